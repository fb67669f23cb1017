use super::ci::{Ci, Published, Says, published};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// `cache:paths` names a file that usually holds credentials, or one that the job writes a credential into.
    ///
    /// ## Why it matters
    ///
    /// A cache is shared: with later jobs, with other branches where the key is the same, and it lies on the runner or in
    /// object storage for long. A job of an unprotected branch may read what a job of a protected one put there, where the
    /// project does not keep their caches apart.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// install:
    ///   script:
    ///     - echo "//registry.npmjs.org/:_authToken=$NPM_TOKEN" > .npmrc
    ///     - npm ci
    ///   cache:
    ///     paths:
    ///       - node_modules/
    ///       - .npmrc
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// install:
    ///   script:
    ///     - npm ci --cache .npm
    ///   cache:
    ///     paths:
    ///       - .npm/
    /// ```
    ///
    /// ## What to do
    ///
    /// Cache what is downloaded, and write files with credentials in each job anew, outside of the cached paths.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/caching/#security>
    /// - <https://docs.gitlab.com/ci/yaml/#cachepaths>
    "secret-file-in-cache", "a cache keeps a file that holds credentials", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    let writes = ci.writes();
    for job in pipeline.jobs.iter().chain([&pipeline.default]) {
        if job.cache_paths.is_empty() {
            continue;
        }
        let written = ci.written(job, &writes);
        for path in &job.cache_paths {
            let Some(published) = published(path, &written) else { continue };
            let shown = ci.name(path);
            let mut message = say!["The ", ci.job(job), " keeps `", shown, "` in the cache"];
            published.reason(&ci, &mut message);
            message.push(" Later jobs get it, also of other branches where the cache has the same key.");
            let says = Says {
                title: say!["Keeps `", shown, "` in the cache"],
                message,
                advice: vec![
                    Advice::step(say!["Take the path out and write the file anew in each job that needs it."]),
                    Advice::destructive(say!["Then clear the caches that have it; jobs download again once."])
                        .at(say!["Build > Pipelines > Clear runner caches"]),
                ],
            };
            let finding = ci.finding(&RULE, path.span(), says, About::default().and(ci.job(job)).and(shown));
            findings.push(match published {
                Published::Environment => finding.confidence(Confidence::Likely),
                Published::Written(credential) if credential.family.is_stored() => finding.confidence(Confidence::Likely),
                Published::Named(file) if file.strong => finding.severity(Severity::Low).confidence(Confidence::Likely),
                _ => finding.severity(Severity::Low).confidence(Confidence::Possible),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::of;
    use super::*;

    #[test]
    fn downloads_are_no_secrets() {
        for (paths, want) in [
            ("[node_modules/, .npm/, .m2/repository, vendor/ruby, .cache/pip, .terraform/]", None),
            ("[.npmrc]", Some(Severity::Low)),
            ("['~/.docker/config.json']", Some(Severity::Low)),
        ] {
            let text = format!("a:\n  script: x\n  cache: {{paths: {paths}}}\n");
            assert_eq!(of("secret-file-in-cache", &text).first().map(|finding| finding.severity), want, "{paths}");
        }
    }
}
