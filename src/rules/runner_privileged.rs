use super::runner::{about, name};
use super::{Check, Judgement, rule};
use crate::input::credential_file::CredentialFile;
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A runner's configuration starts job containers in privileged mode.
    ///
    /// ## Why it matters
    ///
    /// A job in a privileged container can take over the machine it runs on: the runner's token, other jobs' variables and
    /// files, and whatever that machine can reach. Anyone who can start a pipeline on this runner can do so.
    ///
    /// ## Bad
    ///
    /// ```toml credential-file config.toml
    /// [[runners]]
    ///   name = "builds"
    ///   url = "https://gitlab.example.com"
    ///   executor = "docker"
    ///   [runners.docker]
    ///     image = "docker:27"
    ///     privileged = true
    /// ```
    ///
    /// ## Good
    ///
    /// ```toml credential-file config.toml
    /// [[runners]]
    ///   name = "builds"
    ///   url = "https://gitlab.example.com"
    ///   executor = "docker"
    ///   [runners.docker]
    ///     image = "docker:27"
    ///     privileged = false
    /// ```
    ///
    /// ## What to do
    ///
    /// Build images without it: BuildKit rootless, Buildah or kaniko. Where privileged mode has to stay, give it a runner of its
    /// own, for protected branches only, on machines that are thrown away after each job, and list the images it may use
    /// (`allowed_privileged_images`).
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/runner/security/#usage-of-docker-executor>
    /// - <https://docs.gitlab.com/runner/executors/docker/#use-docker-in-docker-with-privileged-mode>
    "runner-privileged", "a runner starts job containers in privileged mode", High, Check::CredentialFile(check),
}

fn check(judgement: &Judgement<'_>, file: &CredentialFile, findings: &mut Vec<Finding>) {
    for runner in &file.runners {
        let Some(span) = runner.privileged else { continue };
        let message = say![
            "Jobs on ", name(runner), " run in privileged containers: a job can leave its container and take over the machine, \
             with the runner's token and other jobs' variables. How many projects use the runner this file does not show."
        ];
        let advice = vec![
            Advice::step(say![
                "Find the jobs that need it (mostly `docker:dind`), and build their images with BuildKit rootless, Buildah or \
                 kaniko, which do not."
            ]),
            Advice::step(say![
                "Until then: keep it for protected branches and one project, and set `allowed_privileged_images` and \
                 `allowed_privileged_services`."
            ])
            .at(say!["Settings > CI/CD > Runners > edit the runner > Protected"]),
            Advice::step(say!["Set `privileged = false`. Jobs that start a Docker daemon then fail: move them first."]),
        ];
        let title = say!["Runner with privileged containers"];
        findings.push(super::runner::finding(judgement, &RULE, span, title, message, advice, about(runner)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::runner::sample::of;

    #[test]
    fn it_counts_for_docker_and_kubernetes_and_for_each_runner() {
        let text = "[[runners]]\n name=\"a\"\n [runners.docker]\n privileged = true\n[[runners]]\n [runners.kubernetes]\n privileged = true\n[[runners]]\n [runners.docker]\n privileged = false\n";
        let found = of("runner-privileged", text);
        assert_eq!(found.iter().map(|finding| finding.place.unwrap().line).collect::<Vec<_>>(), [4, 7]);
        assert_ne!(found[0].identity(), found[1].identity());
    }
}
