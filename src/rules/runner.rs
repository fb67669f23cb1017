//! What the rules about a runner's `config.toml` share, and the words that tie a found credential to its host and user.

use super::{Judgement, Rule, references};
use crate::input::credential_file::{CredentialFile, Runner};
use crate::report::{About, Advice, Confidence, Finding};
use crate::say;
use crate::source::Span;
use crate::text::Text;

/// The runner in a sentence.
pub(super) fn name(runner: &Runner) -> Text {
    match (&runner.name, &runner.url) {
        (Some(name), Some(url)) => say!["the runner `", name, "` (", url, ")"],
        (Some(name), None) => say!["the runner `", name, "`"],
        (None, Some(url)) => say!["the runner of ", url],
        (None, None) => say!["this runner"],
    }
}

/// What names a runner: its address and name.
pub(super) fn about(runner: &Runner) -> About {
    About::default().and(runner.url.as_ref()).and(runner.name.as_ref())
}

pub(super) fn finding(
    judgement: &Judgement<'_>,
    rule: &'static Rule,
    span: Span,
    title: Text,
    message: Text,
    advice: Vec<Advice>,
    about: About,
) -> Finding {
    let place = judgement.source.place(span);
    let mut parts = vec![say![judgement.source.name()]];
    parts.extend(about.0);
    Finding {
        rule,
        severity: rule.severity,
        confidence: Confidence::Certain,
        title,
        message,
        input: judgement.input,
        place: Some(place),
        excerpt: judgement.source.excerpt(place.line, judgement.masks, span),
        token: None,
        occurrences: 1,
        subject: None,
        denial: None,
        advice,
        references: references(rule),
        about: About(parts),
    }
}

/// Says of each credential in a file under which keys it stands, and for which host and user.
pub(super) fn tie(file: &CredentialFile, findings: &mut [Finding]) {
    for finding in findings {
        let Some(token) = &finding.token else { continue };
        let at = file.entries.partition_point(|entry| entry.span.end <= token.span.start);
        let Some(entry) = file.entries.get(at).filter(|entry| entry.span.overlaps(token.span)) else { continue };
        let mut words = Text::new();
        if !entry.key.as_str().is_empty() {
            words.push(" It stands at `").push(&entry.key).push("`");
        }
        if let Some(host) = &entry.host {
            words.push(if words.is_empty() { " It is for " } else { ", for " }).push(host);
        }
        if let Some(user) = &entry.user {
            words.push(if words.is_empty() { " It is of " } else { " as " }).push(user);
        }
        if !words.is_empty() {
            finding.message.push(words).push(".");
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::super::sample::today;
    use crate::audit::audit;
    use crate::context::Context;
    use crate::input::Input;
    use crate::report::Finding;

    /// The findings of one rule on a `config.toml`.
    pub(in crate::rules) fn of(rule: &str, text: &str) -> Vec<Finding> {
        let report = audit(vec![Input::new("config.toml", text)], &Context::new(today()));
        report.findings.into_iter().filter(|finding| finding.rule.id == rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::sample::of;

    #[test]
    fn a_token_is_tied_to_its_runner() {
        let text =
            "[[runners]]\n  name = \"a\"\n  url = \"https://git.example.com\"\n  token = \"plain2oldtoken3value\"\n";
        let message = of("exposed-token", text)[0].message.to_string();
        assert!(message.contains("It stands at `runners.token`, for https://git.example.com as a."), "{message}");
    }
}
