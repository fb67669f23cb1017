use std::cell::OnceCell;
use std::collections::HashSet;

use super::ci::{Ci, Published, Says, published};
use super::{Check, Judgement, rule};
use crate::input::mapped::Mapped;
use crate::input::pipeline::Pipeline;
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// `artifacts:paths` names a file that usually holds credentials, or one that the job writes a credential into.
    ///
    /// Medium by the name alone for files that hardly exist without a credential (`.netrc`, `*.tfstate`), low for those that
    /// often do (`.npmrc`, `.env`); high where the job itself writes a stored credential into it.
    ///
    /// ## Why it matters
    ///
    /// Who may see the pipeline may download its artifacts, in a public project everyone, until they expire.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// plan:
    ///   script:
    ///     - terraform apply
    ///   artifacts:
    ///     paths:
    ///       - terraform.tfstate
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// plan:
    ///   script:
    ///     - terraform plan
    ///   artifacts:
    ///     paths:
    ///       - dist/
    ///     exclude:
    ///       - .npmrc
    /// ```
    ///
    /// ## What to do
    ///
    /// Take the path out, or put the file under `artifacts:exclude`. Terraform's state belongs into GitLab's state storage.
    /// A job that really has to hand such a file on sets `artifacts:access` to `none` and a short `expire_in`; only later jobs
    /// then get it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/yaml/#artifactspaths>
    /// - <https://docs.gitlab.com/ci/yaml/#artifactsaccess>
    "secret-file-in-artifacts", "artifacts publish a file that holds credentials", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    let writes = ci.writes();
    let refers = OnceCell::new();
    for job in pipeline.jobs.iter().chain([&pipeline.default]) {
        let Some(artifacts) = job.artifacts.as_ref().filter(|artifacts| !artifacts.hidden) else { continue };
        let excluded: HashSet<&str> = artifacts.exclude.iter().map(Mapped::text).collect();
        let written = ci.written(job, &writes);
        for path in &artifacts.paths {
            if excluded.contains(path.text()) {
                continue;
            }
            let Some(published) = published(path, &written) else { continue };
            let shown = ci.name(path);
            let mut message = say!["The ", ci.job(job), " publishes `", shown, "`"];
            published.reason(&ci, &mut message);
            message.push(" Everyone who may see the pipeline can download it until the artifacts expire.");
            let says = Says {
                title: say!["Publishes `", shown, "` as an artifact"],
                message,
                advice: vec![
                    Advice::step(say![
                        "Take the path out, or list the file under `artifacts:exclude`. If later jobs need it, set `access: none` \
                         and a short `expire_in`: `access` needs GitLab 16.11 or newer."
                    ]),
                    Advice::destructive(say![
                        "If such a job has run with a credential in the file: delete its artifacts and renew the credential."
                    ]),
                ],
            };
            let about = About::default().and(ci.job(job)).and(shown);
            let finding = ci.finding(&RULE, path.span(), says, about);
            findings.push(match published {
                Published::Environment => finding.severity(Severity::High).confidence(Confidence::Likely),
                Published::Written(credential) if credential.family.is_stored() => finding.severity(Severity::High).confidence(Confidence::Likely),
                Published::Written(_) => finding.severity(Severity::Low).confidence(Confidence::Likely),
                Published::Named(_) if path.text().ends_with(".npmrc") && *refers.get_or_init(|| only_refers(judgement.source.text())) => {
                    finding.severity(Severity::Info).confidence(Confidence::Possible)
                }
                Published::Named(file) if file.strong => finding.confidence(Confidence::Likely),
                Published::Named(_) => finding.severity(Severity::Low).confidence(Confidence::Possible),
            });
        }
    }
}

/// Is all that the configuration writes into an `.npmrc` the name of the job token's variable, as in GitLab's own template?
/// npm fills it in when it reads the file. <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/ci/templates/npm.gitlab-ci.yml>
fn only_refers(text: &str) -> bool {
    let mut tokens = text.split(":_authToken=").skip(1).peekable();
    tokens.peek().is_some() && tokens.all(|behind| behind.starts_with("\\${CI_JOB_TOKEN}") || behind.starts_with("\\$CI_JOB_TOKEN"))
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::of;
    use super::*;

    fn severity(path: &str, script: &str) -> Option<Severity> {
        let text = format!("a:\n  script:\n    - '{script}'\n  artifacts:\n    paths: ['{path}']\n");
        of("secret-file-in-artifacts", &text).first().map(|finding| finding.severity)
    }

    #[test]
    fn names_and_what_is_written_decide() {
        assert_eq!(severity("infra/*.tfstate", "x"), Some(Severity::Medium));
        assert_eq!(severity("$CI_PROJECT_DIR/.npmrc", "x"), Some(Severity::Low));
        assert_eq!(severity("./.npmrc", "echo \"//r/:_authToken=$NPM_TOKEN\" > .npmrc"), Some(Severity::High));
        assert_eq!(severity(".npmrc", "echo \"//r/:_authToken=$CI_JOB_TOKEN\" > .npmrc"), Some(Severity::Low));
        assert_eq!(severity("conf.txt", "echo $MY_TOKEN > conf.txt"), Some(Severity::High));
        assert_eq!(severity("dist/", "x"), None);
        assert_eq!(severity("public", "x"), None);
        assert_eq!(severity("out.txt", "echo ok > out.txt"), None);
    }

    #[test]
    fn a_file_that_only_names_the_job_token_is_no_leak() {
        let text = |token: &str| {
            format!(
                "publish:\n  script:\n    - |\n      {{\n        echo \"${{CI_API_V4_URL#http*:}}/projects/1/packages/npm/:_authToken={token}\"\n      }} >> .npmrc\n    \
                 - npm publish\n  artifacts:\n    paths: [.npmrc]\n"
            )
        };
        let severity = |text: String| of("secret-file-in-artifacts", &text).first().map(|finding| finding.severity);
        assert_eq!(severity(text("\\${CI_JOB_TOKEN}")), Some(Severity::Info));
        assert_ne!(severity(text("${NPM_TOKEN}")), Some(Severity::Info));
    }

    #[test]
    fn hidden_artifacts_are_left_in_peace() {
        let text = "a:\n  script: x\n  artifacts: {paths: [.netrc], access: none}\n";
        assert!(of("secret-file-in-artifacts", text).is_empty());
    }
}
