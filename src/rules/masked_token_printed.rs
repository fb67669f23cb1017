use super::{Check, Judgement, references, rule};
use crate::input::job_log::JobLog;
use crate::report::{About, Advice, Confidence, Finding};
use crate::say;

rule! {
    /// A log shows a token that the runner masked: `glpat-[MASKED]`. Nothing leaked here, but the job prints tokens.
    ///
    /// ## Why it matters
    ///
    /// The runner masks a token only in the exact form it knows. The same print in another form (base64, JSON escapes, cut in
    /// two), on an older runner, or of a kind that no runner masks would have been a leak.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    /// $ ./deploy.sh --verbose
    /// using token glpat-[MASKED]
    /// Job succeeded
    /// ```
    ///
    /// ## Good
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    /// $ ./deploy.sh
    /// deployed
    /// Job succeeded
    /// ```
    ///
    /// ## What to do
    ///
    /// Find what prints it and stop that: a verbose flag, `set -x`, a URL with the token in it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>
    /// - <https://docs.gitlab.com/runner/configuration/feature-flags/>
    "masked-token-printed", "a job prints tokens, and the runner masked them", Info, Check::Log(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, findings: &mut Vec<Finding>) {
    for print in &log.masked {
        let source = judgement.source;
        let line = source.line_column(print.first.start).0;
        let mut message = say![
            "Behind `", print.mark, "` stood a token; the runner replaced it, so this log does not give it away. What prints it \
             would have leaked it in any other form: encoded, split, or on a runner that does not mask this."
        ];
        if print.count > 1 {
            message.push(" The log shows it ").push(print.count).push(" times; this is the first.");
        }
        let stop = if print.mark.as_str().ends_with('=') {
            "Send the token in a header (`PRIVATE-TOKEN`) instead of the address: addresses are kept by proxies and servers too."
        } else {
            "Find what prints it (a verbose flag, `set -x`, a token in an address) and stop that."
        };
        findings.push(Finding {
            rule: &RULE,
            severity: RULE.severity,
            confidence: Confidence::Certain,
            title: say!["The job prints a token (`", print.mark, "[MASKED]`)"],
            message,
            input: judgement.input,
            place: Some(source.place(print.first)),
            excerpt: source.excerpt(line, judgement.masks, print.first),
            token: None,
            occurrences: print.count,
            subject: None,
            denial: None,
            advice: vec![Advice::step(say![stop])],
            references: references(&RULE),
            about: About::default().and(judgement.project.map_or_else(|| say!["-"], |project| say![project])).and(&print.mark),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    #[test]
    fn what_the_user_sees() {
        let log = "Initialized empty Git repository in /builds/shop/web/.git/\na glpat-[MASKED]\nb glpat-[MASKED]\nPASSWORD=[MASKED]\n";
        let findings = of("masked-token-printed", log);
        assert_eq!(findings.len(), 1, "a masked variable by itself need not be a token");
        insta::assert_snapshot!(letter(&findings[0]));
    }
}
