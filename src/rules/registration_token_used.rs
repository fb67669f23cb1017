use super::ci::{Ci, Says};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::request::request;
use crate::input::shell::Word;
use crate::report::{About, Advice, Finding};
use crate::say;

rule! {
    /// A script registers a runner with a registration token.
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
    "registration-token-used", "a runner is registered with a registration token", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let Some((range, way)) = registers(step) else { return };
        let says = Says {
            title: say!["Registers a runner with a registration token"],
            message: say![
                "The ", ci.job(step.job), " uses a registration token (", way, "): whoever has it can add runners that are handed \
                 jobs and their variables. Registration tokens are off by default since 17.0 and planned to go in 20.0."
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
        };
        findings.push(ci.at_step(&RULE, step, &range, says, About::default().and(way)));
    });
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

#[cfg(test)]
mod tests {
    use super::super::ci::sample::tells_apart;

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
