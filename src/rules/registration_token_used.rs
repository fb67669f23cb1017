use super::ci::{Ci, Says};
use super::{Check, Judgement, rule};
use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalog::TokenType;
use crate::input::credential_file::CredentialFile;
use crate::input::job_log::JobLog;
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::request::request;
use crate::input::shell::Word;
use crate::report::{About, Advice, CredentialType, Finding};
use crate::say;
use crate::source::Span;
use crate::text::Text;

rule! {
    /// A script, or a file of settings, registers a runner with a registration token.
    ///
    /// ## Why it matters
    ///
    /// A registration token makes any number of runners for its project, group or instance, for whoever has it, and each of
    /// them is handed jobs with their variables. It never ends by itself. GitLab has turned registration tokens off by default
    /// since 17.0 and plans to remove them in 20.0.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// runner:
    ///   script:
    ///     - gitlab-runner register --non-interactive --registration-token "$RUNNER_REGISTRATION"
    /// ```
    ///
    /// ```text job-log
    /// $ gitlab-runner register --non-interactive --registration-token $RUNNER_REGISTRATION
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// runner:
    ///   script:
    ///     - gitlab-runner register --non-interactive --token "$RUNNER_AUTHENTICATION"
    /// ```
    ///
    /// ## What to do
    ///
    /// Create the runner in GitLab first, by hand or with `POST /user/runners` and a token that has `create_runner` alone, and
    /// register with the runner authentication token it gives (`glrt-`). Then reset the registration token and turn it off.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/runners/new_creation_workflow/>
    /// - <https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user>
    "registration-token-used", "a runner is registered with a registration token", Medium,
    Check::Several(CHECKS),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let Some((range, way)) = registers(step) else { return };
        let says = says(say!["The ", ci.job(step.job)], way);
        findings.push(ci.at_step(&RULE, step, &range, says, About::default().and(way)));
    });
}

fn says(who: Text, way: &'static str) -> Says {
    Says {
        title: say!["Registers a runner with a registration token"],
        message: say![
            who, " uses a registration token (", way, "): whoever has it can add runners that are handed jobs and their variables. \
             Registration tokens are off by default since 17.0 and planned to go in 20.0."
        ],
        advice: vec![
            Advice::step(say![
                "Create the runner in GitLab and register it with its runner authentication token (`glrt-`): \
                 `gitlab-runner register --token`. Tags, description, access level and lock are then set in GitLab, not on \
                 the command line."
            ])
            .at(say!["Settings > CI/CD > Runners > Create project runner"]),
            Advice::destructive(say!["When no script uses it any more: reset the registration token, and turn registration by token off."])
                .at(say!["Settings > CI/CD > Runners"]),
        ],
    }
}

/// The flag of a command that registers a runner, by its place in the command's text.
fn flag(command: &str) -> Option<Range<usize>> {
    let program = command.find("gitlab-runner").or_else(|| command.find("gitlab-ci-multi-runner"))?;
    let register = program + command.get(program..)?.find(" register")?;
    let flag = "--registration-token";
    let start = register + command.get(register..)?.find(flag)?;
    Some(start..start + flag.len())
}

/// The commands that a log echoes.
fn in_log(judgement: &Judgement<'_>, log: &JobLog, findings: &mut Vec<Finding>) {
    for command in &log.commands {
        let Some(view) = log.view() else { return };
        let Some(range) = view.text().get(command.view.range()).and_then(flag) else { continue };
        let span = view.hull(Span::new(command.view.start + range.start, command.view.start + range.end));
        findings.push(at(judgement, span, "A command of this job"));
    }
}

/// A script for a shell, known by its name or its first line.
fn in_script(judgement: &Judgement<'_>, findings: &mut Vec<Finding>) {
    let text = judgement.source.text();
    let name = judgement.source.name().as_str();
    let first = text.lines().next().unwrap_or_default();
    if !(name.ends_with(".sh") || first.starts_with("#!") && first.contains("sh")) {
        return;
    }
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        // A command goes on behind a backslash at a line's end.
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            length += line.len();
            if !line.trim_end().ends_with('\\') {
                break;
            }
        }
        let command = rest.get(..length).unwrap_or_default();
        if let Some(range) = flag(command).filter(|_| !command.trim_start().starts_with('#')) {
            let span = Span::new(start + range.start, start + range.end);
            findings.push(at(judgement, span, "This script"));
        }
        start += length.max(1);
    }
}

/// Files that hand a registration token to a runner: a Compose file, `.env`, Helm values, a runner's own `config.toml`.
fn in_file(judgement: &Judgement<'_>, file: &CredentialFile, findings: &mut Vec<Finding>) {
    let kind = CredentialType::Token(TokenType::RunnerRegistrationToken);
    let by_name = file.entries.iter().filter(|entry| {
        // Where the field is kept and a runner authentication token put into it, nothing is wrong.
        let other = judgement.found.iter().any(|found| {
            found.span.overlaps(entry.span) && !matches!(found.kind, CredentialType::GenericPassword) && found.kind != kind
        });
        if other {
            return false;
        }
        let name = entry.key.as_str().rsplit('.').next().unwrap_or_default();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        name.to_ascii_lowercase().ends_with("registrationtoken")
    });
    let by_kind = judgement.found.iter().filter(|found| found.kind == kind).map(|found| found.span);
    let spans: BTreeSet<Span> = by_name.map(|entry| entry.span).chain(by_kind).collect();
    for span in spans {
        let says = says(say!["This file"], "the value here");
        let about = About::default().and("a file");
        findings.push(super::runner::finding(judgement, &RULE, span, says.title, says.message, says.advice, about));
    }
}

fn at(judgement: &Judgement<'_>, span: Span, who: &'static str) -> Finding {
    let says = says(say![who], "`--registration-token`");
    let about = About::default().and("`--registration-token`");
    super::runner::finding(judgement, &RULE, span, says.title, says.message, says.advice, about)
}

fn registers(step: &Step<'_, '_>) -> Option<(std::ops::Range<usize>, &'static str)> {
    if let Some(request) = request(step) {
        // POST /runners with `token=`.
        let of_runners = request.urls.iter().any(|given| given.value.text.trim_end_matches('/').ends_with("/runners"));
        let given = request.data.iter().find(|given| given.value.text.starts_with("token="))?;
        return (of_runners && request.method == "POST").then(|| (given.range.clone(), "`POST /runners`"));
    }
    let (program, words) = step.command.program()?;
    let literals: Vec<String> = words.iter().map(|word| word.literal().unwrap_or_default()).collect();
    if program == "helm" {
        return words
            .iter()
            .find(|word| word.start().contains("runnerRegistrationToken="))
            .map(|word| (word.range.clone(), "`runnerRegistrationToken`"));
    }
    if !program.starts_with("gitlab-runner") && program != "docker" && program != "gitlab-ci-multi-runner" {
        return None;
    }
    if !literals.iter().any(|word| word == "register") {
        return None;
    }
    let variable = step.command.assignments.iter().find(|assignment| &*assignment.name == "REGISTRATION_TOKEN");
    if let Some(assignment) = variable {
        return Some((assignment.range.clone(), "`REGISTRATION_TOKEN`"));
    }
    let flag = |word: &&Word| {
        let start = word.start();
        start.starts_with("--registration-token") || program != "docker" && start == "-r"
    };
    words.iter().find(flag).map(|word| (word.range.clone(), "`--registration-token`"))
}

const CHECKS: &[Check] = &[
    Check::Pipeline(check).linked(),
    Check::Log(in_log).linked(),
    Check::Text(in_script).linked(),
    Check::CredentialFile(in_file).linked(),
];

#[cfg(test)]
mod tests {
    use super::super::ci::sample::tells_apart;
    use super::super::sample::today;
    use crate::audit;
    use crate::context::Context;
    use crate::input::Input;

    /// Lines of the findings of this rule.
    fn lines(name: &str, text: &str) -> Vec<usize> {
        let report = audit(vec![Input::new(name, text)], &Context::new(today()));
        let of_rule = report.findings.iter().filter(|finding| finding.rule.id == "registration-token-used");
        of_rule.map(|finding| finding.place.unwrap().line).collect()
    }

    #[test]
    fn scripts_and_logs_show_it_too() {
        let script = "#!/bin/sh\n# gitlab-runner register --registration-token x\nsudo gitlab-runner register \\\n  --url https://h \\\n  --registration-token \"$T\"\n";
        assert_eq!(lines("setup", script), [5]);
        assert!(lines("setup.sh", "gitlab-runner register --token $T\ngitlab-runner verify\n").is_empty());
        assert!(lines("README.md", "Run `gitlab-runner register --registration-token $T`\n").is_empty());
        let log = "Running with gitlab-runner 18.7.0 (abcdef01)\n\u{1b}[32;1m$ gitlab-runner register -n --registration-token $T\u{1b}[0;m\nERROR: gitlab-runner register --registration-token\n";
        assert_eq!(lines("job.log", log), [2]);
    }

    #[test]
    fn files_that_hand_one_to_a_runner_show_it_too() {
        let token = crate::fake::expand("{{runner_registration_token}}");
        for (name, text, want) in [
            ("config.toml", format!("[[runners]]\n  url = \"https://h.example\"\n  token = \"{token}\"\n  executor = \"docker\"\n"), vec![3]),
            ("docker-compose.yml", format!("services:\n  r:\n    image: gitlab/gitlab-runner\n    environment:\n      - REGISTRATION_TOKEN=uQ2xyYTUDVVD\n      - CI_SERVER_URL=https://h.example\n      - OTHER={token}\n"), vec![5, 7]),
            ("compose.yaml", "services:\n  r:\n    image: gitlab/gitlab-runner\n    environment:\n      REGISTRATION_TOKEN: ${RUNNER_TOKEN}\n".into(), vec![]),
            (".env", "GITLAB_RUNNER_REGISTRATION_TOKEN=uQ2xyYTUDVVD\n".into(), vec![1]),
            ("values.yaml", "gitlabUrl: https://h.example\nrunnerRegistrationToken: \"uQ2xyYTUDVVD\"\n".into(), vec![2]),
            ("config.toml", "[[runners]]\n  url = \"https://h.example\"\n  token = \"uQ2xyYTUDVVDtRgLxNzz\"\n".into(), vec![]),
            ("values.yaml", crate::fake::expand("gitlabUrl: https://h.example\nrunnerRegistrationToken: \"{{runner_authentication_token}}\"\n"), vec![]),
        ] {
            assert_eq!(lines(name, &text), want, "{text}");
        }
    }

    #[test]
    fn registering_in_the_old_way_fires() {
        tells_apart(
            "registration-token-used",
            &[
                "sudo gitlab-runner register -n -r $TOKEN",
                "docker run --rm gitlab/gitlab-runner register --registration-token=$X",
                "REGISTRATION_TOKEN=$X gitlab-runner register -n",
                "curl --request POST $CI_API_V4_URL/runners --form \"token=$T\"",
                "helm install r gitlab/gitlab-runner --set runnerRegistrationToken=$T",
            ],
            &[
                "gitlab-runner register --token $X",
                "gitlab-runner verify",
                "docker run -r x register",
                "curl -X POST $CI_API_V4_URL/user/runners --form runner_type=project_type",
                "curl -X POST $CI_API_V4_URL/projects/1/trigger/pipeline -F token=$X",
            ],
        );
    }
}
