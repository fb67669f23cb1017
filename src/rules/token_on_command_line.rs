use super::ci::{Ci, Says, what};
use super::{Check, Judgement, rule};
use crate::catalog::{PasswordFlag, password_flags};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::value::{Credential, Family};
use crate::input::shell::Word;
use crate::report::{About, Advice, Finding, Severity};
use crate::say;

rule! {
    /// A credential is an argument of a program that could read it from its input, a file or a variable instead.
    ///
    /// Only programs whose other way is known are meant. Low, also for a stored credential.
    ///
    /// ## Why it matters
    ///
    /// Arguments are seen by every process on the same machine, stand in process accounting and in the messages of programs
    /// that fail. On a shell runner that is other projects' jobs.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// push:
    ///   script:
    ///     - docker login -u "$CI_REGISTRY_USER" -p "$CI_REGISTRY_PASSWORD" "$CI_REGISTRY"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// push:
    ///   script:
    ///     - echo "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin "$CI_REGISTRY"
    /// ```
    ///
    /// ## What to do
    ///
    /// Hand it over by the program's other way: `--password-stdin`, a variable the program reads, or a file.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/>
    /// - <https://docs.docker.com/reference/cli/docker/login/>
    "token-on-command-line", "a credential is an argument where an input or a file would do", Low, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let Some((credential, range, flag)) = argument(step) else { return };
        let says = Says {
            title: say!["Gives ", ci.variable(&credential), " to ", flag.program, " as an argument"],
            message: say![
                "The ", ci.job(step.job), " hands ", ci.variable(&credential), " (", what(credential.family), ") to ", flag.program,
                " on the command line, where every process on the runner's machine can read it while the command runs."
            ],
            advice: vec![Advice::step(say![flag.instead]).command(say![flag.command])],
        };
        let about = About::default().and(judgement.context.name(&credential.name)).and(flag.program);
        let finding = ci.at_step(&RULE, step, &range, says, about);
        let own = matches!(credential.family, Family::JobToken | Family::IdToken);
        findings.push(if own { finding.severity(Severity::Info) } else { finding });
    });
}

/// The first argument with a credential behind a flag that another way could take.
fn argument(step: &Step<'_, '_>) -> Option<(Credential, std::ops::Range<usize>, &'static PasswordFlag)> {
    let (program, words) = step.command.program()?;
    let flags: Vec<&'static PasswordFlag> = password_flags().iter().filter(|flag| flag.program == program).collect();
    if flags.is_empty() {
        return None;
    }
    let literals: Vec<String> = words.iter().map(|word| word.literal().unwrap_or_default()).collect();
    let credential = |word: &Word| step.environment.word(word, step.commands).credentials.into_iter().next();
    for flag in flags {
        let mut verbs = literals.iter();
        if !flag.verbs.iter().all(|verb| verbs.any(|word| word == verb)) {
            continue;
        }
        for (index, word) in words.iter().enumerate() {
            let start = word.start();
            for option in &flag.options {
                let found = if start == *option && word.parts.len() == 1 {
                    words.get(index + 1).and_then(|value| Some((credential(value)?, value.range.clone())))
                } else if start.strip_prefix(option).is_some_and(|rest| {
                    rest.starts_with('=') || !option.starts_with("--") && rest.is_empty()
                }) {
                    credential(word).map(|credential| (credential, word.range.clone()))
                } else {
                    None
                };
                if let Some((credential, range)) = found {
                    return Some((credential, range, flag));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{on, tells_apart};
    use super::*;

    #[test]
    fn known_programs_fire_with_credentials_only() {
        tells_apart(
            "token-on-command-line",
            &[
                "docker login -u u -p $DOCKERHUB_TOKEN",
                "docker --config x login --password=\"$CI_JOB_TOKEN\" -u x $CI_REGISTRY",
                "sudo podman login -p$MY_TOKEN quay.io",
                "helm registry login -u x --password $CI_REGISTRY_PASSWORD $CI_REGISTRY",
                "glab auth login --token $GITLAB_TOKEN",
                "twine upload -p $PYPI_TOKEN dist/*",
                "sshpass -p $SSH_PASSWORD ssh x",
                "ssh u@h \"docker login -u x -p $DEPLOY_TOKEN r.example.com && docker pull x\"",
            ],
            &[
                "echo $X_TOKEN | docker login --password-stdin",
                "docker run -p 80:80 x",
                "docker login -u u -p hunter2",
                "mkdir -p $MY_TOKEN",
                "glab auth login --stdin < t",
            ],
        );
    }

    #[test]
    fn the_job_token_is_worth_knowing_only() {
        let found = on("token-on-command-line", &["docker login -u x -p $CI_JOB_TOKEN $CI_REGISTRY"]);
        assert_eq!(found[0].severity, Severity::Info);
    }
}
