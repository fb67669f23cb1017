use std::cell::OnceCell;

use super::ci::{Ci, Says};
use super::{Check, Judgement, rule};
use crate::input::mapped::Mapped;
use crate::input::pipeline::{Included, Pipeline};
use crate::report::{About, Advice, Finding, Severity};
use crate::say;

rule! {
    /// The pipeline includes a file by its address without saying which content it expects, or a component at a moving version,
    /// and holds credentials.
    ///
    /// Medium where the pipeline uses stored credentials, low where the job token is all it has. A component at `~latest` or at
    /// a branch is info.
    ///
    /// ## Why it matters
    ///
    /// Whoever can change that file decides what runs in your jobs, with every variable they get. The change needs no merge
    /// request in your project, and nobody sees it there.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// include:
    ///   - remote: https://ci.example.com/templates/deploy.yml
    /// deploy:
    ///   script:
    ///     - ./deploy "$DEPLOY_TOKEN"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// include:
    ///   - remote: https://ci.example.com/templates/deploy.yml
    ///     integrity: sha256-L3/GAoKaw0Arw6hDCKeKQlV1QPEgHYxGBHsH4zG1IY8=
    /// deploy:
    ///   script:
    ///     - ./deploy "$DEPLOY_TOKEN"
    /// ```
    ///
    /// ## What to do
    ///
    /// Add `integrity` with the file's checksum (GitLab 17.9 and newer), or copy the file into a project of yours and include it
    /// with `project`, `file` and a commit as `ref`. Name a component by its full version or a commit.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/yaml/#includeintegrity>
    /// - <https://docs.gitlab.com/ci/components/#component-versions>
    "unpinned-remote-include", "a remote include can change unseen in a pipeline that holds credentials", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    let uses = OnceCell::new();
    for include in &pipeline.includes {
        let (address, severity, title, message, advice) = match &include.what {
            Included::Remote(address) if include.integrity.is_none() && !names_commit(address.text()) => {
                let stored = *uses.get_or_init(|| ci.uses_stored_credentials());
                let message = say![
                    "What this address gives today and tomorrow runs in this project's jobs, with ",
                    if stored { "the stored credentials they use" } else { "their job token" },
                    ". The file does not say which content it expects."
                ];
                let advice = Advice::step(say![
                    "Add `integrity` with the checksum of the file you have read (GitLab 17.9 and newer), or include a copy from a \
                     project of yours with a commit as `ref`."
                ])
                .command(say!["curl --silent \"$URL\" | openssl dgst -sha256 -binary | openssl base64"]);
                let severity = if stored { Severity::Medium } else { Severity::Low };
                (address, severity, say!["Includes a remote file without `integrity`"], message, advice)
            }
            Included::Component(address) if moves(address) => (
                address,
                Severity::Info,
                say!["Includes a component at a moving version"],
                say!["`~latest` and branches change without a merge request here; a full version or a commit does not."],
                Advice::step(say!["Name a full version (`@1.2.3`) or a commit."]),
            ),
            _ => continue,
        };
        let says = Says { title, message, advice: vec![advice] };
        // The address may be long, and its parameters are nobody's business.
        let short = judgement.context.name(address.text().split(['?', '#']).next().unwrap_or_default());
        findings.push(ci.finding(&RULE, address.span(), says, About::default().and(short)).severity(severity));
    }
}

/// A raw file at a commit cannot change: `…/-/raw/<40 hex digits>/…`.
fn names_commit(address: &str) -> bool {
    address.split('/').any(|part| part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `~latest` or a name. A version, a part of one, a commit, a variable do not count.
fn moves(address: &Mapped) -> bool {
    let Some((_, version)) = address.text().rsplit_once('@') else { return false };
    let commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = version.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit());
    !(commit || number || version.starts_with('$') || version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::of;
    use super::*;

    fn severity(include: &str, script: &str) -> Option<Severity> {
        let text = format!("include:\n  - {include}\na:\n  script: {script}\n");
        of("unpinned-remote-include", &text).first().map(|finding| finding.severity)
    }

    #[test]
    fn what_can_change_unseen_is_told() {
        assert_eq!(severity("remote: https://x.example/a.yml", "make"), Some(Severity::Low));
        assert_eq!(severity("https://x.example/a.yml", "curl -u u:$MY_TOKEN x"), Some(Severity::Medium));
        assert_eq!(severity("{remote: https://x.example/a.yml, integrity: sha256-x}", "make"), None);
        assert_eq!(severity(&format!("https://gitlab.com/a/b/-/raw/{}/a.yml", "0a".repeat(20)), "make"), None);
        assert_eq!(severity("{project: a/b, file: c.yml}", "make"), None);
        assert_eq!(severity("component: $CI_SERVER_FQDN/a/b/c@~latest", "make"), Some(Severity::Info));
        assert_eq!(severity("component: $CI_SERVER_FQDN/a/b/c@main", "make"), Some(Severity::Info));
        for version in ["1.2.3", "1", "v2.0", "$VERSION", &"0a".repeat(20)] {
            assert_eq!(severity(&format!("component: $CI_SERVER_FQDN/a/b/c@{version}"), "make"), None, "{version}");
        }
    }
}
