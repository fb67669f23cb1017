use super::runner::{about, name};
use super::{Check, Judgement, rule};
use crate::input::credential_file::CredentialFile;
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A runner runs jobs directly on its machine: the executor is `shell` or `ssh`.
    ///
    /// ## Why it matters
    ///
    /// All jobs share one user and one machine. A job can read what others left behind (clones with tokens in `.git/config`,
    /// logins in `~/.docker/config.json`), watch their processes, and often the runner's own configuration with its token.
    ///
    /// ## Bad
    ///
    /// ```toml credential-file config.toml
    /// [[runners]]
    ///   name = "deploy"
    ///   url = "https://gitlab.example.com"
    ///   executor = "shell"
    /// ```
    ///
    /// ## Good
    ///
    /// ```toml credential-file config.toml
    /// [[runners]]
    ///   name = "deploy"
    ///   url = "https://gitlab.example.com"
    ///   executor = "docker"
    /// ```
    ///
    /// ## What to do
    ///
    /// Move to an executor that starts each job anew (Docker, Kubernetes, instance). Where it has to be `shell`, let one trusted
    /// project use it, for protected branches only.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/runner/security/#usage-of-shell-executor>
    /// - <https://docs.gitlab.com/runner/executors/>
    "runner-shell-executor", "a runner runs jobs directly on its machine", Medium, Check::CredentialFile(check),
}

fn check(judgement: &Judgement<'_>, file: &CredentialFile, findings: &mut Vec<Finding>) {
    for runner in &file.runners {
        let Some((executor, span)) = &runner.executor else { continue };
        if !matches!(executor.as_str(), "shell" | "ssh") {
            continue;
        }
        let message = say![
            "Jobs on ", name(runner), " run with the executor `", executor, "`: all of them on one machine, as one user. A job can \
             read what others left there. How many projects use the runner this file does not show."
        ];
        let advice = vec![
            Advice::step(say![
                "Register a second runner with the Docker or Kubernetes executor beside it, and move the jobs by their tags. Scripts \
                 that rely on programs of the machine need an image that has them."
            ]),
            Advice::step(say!["Until then: lock it to one project and to protected branches."])
                .at(say!["Settings > CI/CD > Runners > edit the runner"]),
        ];
        let title = say!["Runner that runs jobs on its own machine"];
        findings.push(super::runner::finding(judgement, &RULE, *span, title, message, advice, about(runner)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::runner::sample::of;

    #[test]
    fn executors_that_start_anew_are_fine() {
        for (executor, count) in [("shell", 1), ("ssh", 1), ("docker", 0), ("kubernetes", 0), ("instance", 0), ("custom", 0)] {
            let text = format!("[[runners]]\n  executor = \"{executor}\"\n");
            assert_eq!(of("runner-shell-executor", &text).len(), count, "{executor}");
        }
    }
}
