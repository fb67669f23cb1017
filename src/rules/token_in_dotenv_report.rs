use super::ci::{Ci, Says, same_file, what};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// A job writes a credential into the file that it hands on as `artifacts:reports:dotenv`.
    ///
    /// ## Why it matters
    ///
    /// Each line of that file becomes a variable of later jobs, and those variables are not masked: `echo`, a trace or an error
    /// message shows them. The file can be downloaded with the job's artifacts.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// prepare:
    ///   script:
    ///     - echo "UPLOAD_TOKEN=$DEPLOY_TOKEN" >> build.env
    ///   artifacts:
    ///     reports:
    ///       dotenv: build.env
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// prepare:
    ///   script:
    ///     - echo "VERSION=$CI_COMMIT_TAG" >> build.env
    ///   artifacts:
    ///     reports:
    ///       dotenv: build.env
    /// ```
    ///
    /// ## What to do
    ///
    /// Leave it out: later jobs get the same masked variable from the settings. A credential that the job makes itself goes to
    /// later jobs through a secrets manager (`secrets:`).
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv>
    /// - <https://docs.gitlab.com/ci/variables/job_scripts/>
    "token-in-dotenv-report", "a credential is handed on by a dotenv report", High, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    let writes = ci.writes();
    let mut said = std::collections::HashSet::new();
    for job in &pipeline.jobs {
        let lineage = pipeline.lineage(job);
        let Some(artifacts) = lineage.iter().find_map(|job| job.artifacts.as_ref()) else { continue };
        if artifacts.dotenv.is_empty() {
            continue;
        }
        for write in writes.of(pipeline, &lineage) {
            if !artifacts.dotenv.iter().any(|path| same_file(path.text(), &write.path)) || !said.insert(write.span) {
                continue;
            }
            let (title, message, stored) = match &write.credential {
                Some(credential) => (
                    say!["Hands ", ci.variable(credential), " on in a dotenv report"],
                    say![
                        "The ", ci.job(job), " writes ", ci.variable(credential), " (", what(credential.family), ") into its dotenv \
                         report. Later jobs get it as a variable that is not masked, and the file can be downloaded."
                    ],
                    credential.family.is_stored(),
                ),
                None => (
                    say!["Hands its whole environment on in a dotenv report"],
                    say![
                        "The ", ci.job(job), " writes all its variables into its dotenv report: the job token, and every stored \
                         credential, unmasked, in a file that can be downloaded."
                    ],
                    true,
                ),
            };
            let advice = vec![
                Advice::step(say![
                    "Write only the values that later jobs need. They get the stored variables from the settings anyway, masked."
                ]),
                Advice::destructive(say![
                    "If such a job has run: delete its artifacts, and renew the stored credentials that were in the file."
                ]),
            ];
            let about = About::default().and(ci.job(job)).and(write.credential.as_ref().map(|c| judgement.context.name(&c.name)));
            let finding = ci.finding(&RULE, write.span, Says { title, message, advice }, about);
            findings.push(if stored {
                finding.confidence(Confidence::Likely)
            } else {
                finding.severity(Severity::Medium)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::of;

    fn count(line: &str) -> usize {
        let text = format!(
            "a:\n  script:\n    - |\n      {}\n  artifacts: {{reports: {{dotenv: [./build.env]}}}}\n",
            line.replace('\n', "\n      ")
        );
        of("token-in-dotenv-report", &text).len()
    }

    #[test]
    fn what_is_written_into_the_report_counts() {
        for line in [
            "echo \"T=$MY_TOKEN\" >> build.env",
            "echo A=$CI_JOB_TOKEN > $CI_PROJECT_DIR/build.env",
            "cat > build.env <<EOF\nT=$API_KEY\nEOF",
            "env > build.env",
            "echo T=$MY_TOKEN | tee -a build.env",
            "{ echo a; echo \"T=$MY_TOKEN\"; } >> build.env\necho T=$MY_TOKEN >> build.env",
        ] {
            assert_eq!(count(line), 1, "{line}");
        }
        for line in ["echo A=1 >> build.env", "echo T=$MY_TOKEN >> other.env", "echo ${#MY_TOKEN} > build.env", "A=$(env)"] {
            assert_eq!(count(line), 0, "{line}");
        }
    }

    #[test]
    fn a_script_that_is_extended_counts_too() {
        let text = ".base:\n  script: echo T=$MY_TOKEN > a.env\njob:\n  extends: .base\n  artifacts: {reports: {dotenv: a.env}}\n";
        assert_eq!(of("token-in-dotenv-report", text).len(), 1);
    }
}
