//! The report as Markdown, for a merge request or an issue.
//!
//! Names from the input are escaped for GitLab Flavored Markdown: they may look like links, mentions, references, quick
//! actions or HTML, and none of it acts (<https://docs.gitlab.com/user/markdown/>).

use std::fmt::Write as _;

use super::Severity;
use super::json::{FindingV1, ReportV1};
use crate::source::visible;

/// The report as Markdown.
#[must_use]
pub fn render(report: &ReportV1) -> String {
    let mut out = String::from("# Leastwise report\n\n");
    let inputs = match report.inputs.len() {
        1 => String::from("1 input"),
        count => format!("{count} inputs"),
    };
    let _ = writeln!(out, "{inputs}, judged by {}.\n", report.today);
    out.push_str("| severity | findings |\n| --- | ---: |\n");
    for severity in Severity::ALL {
        let _ = writeln!(out, "| {severity} | {} |", report.summary.count(severity));
    }
    out.push('\n');
    for severity in Severity::ALL {
        let findings: Vec<_> = report.findings.iter().filter(|finding| finding.severity == severity).collect();
        if findings.is_empty() {
            continue;
        }
        let mut word = String::from(severity.word());
        if let Some(first) = word.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let _ = writeln!(out, "## {word}\n");
        for item in findings {
            finding(&mut out, item);
        }
    }
    if !report.accepted.is_empty() {
        out.push_str("## Accepted\n\n");
        let _ = writeln!(out, "{}\n", super::accepted_in_words(report.summary.accepted, report.accepted.len()));
        for one in &report.accepted {
            let line = one.finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "- {} `{}`: {}, {}{line} ({})",
                one.finding.severity.word(),
                one.finding.rule,
                escape(&one.finding.title),
                escape(&one.finding.input),
                escape(&one.in_words())
            );
        }
        out.push('\n');
    }
    if !report.blind_spots.is_empty() {
        out.push_str("## Not read\n\n");
        for spot in &report.blind_spots {
            let line = spot.line.map(|line| format!(":{line}")).unwrap_or_default();
            let _ = writeln!(out, "- {}{line}: {}", escape(&spot.input), escape(&spot.message));
        }
    }
    out
}

fn finding(out: &mut String, finding: &FindingV1) {
    let _ = writeln!(out, "### {}\n", escape(&finding.title));
    let place = match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", finding.input),
        _ => finding.input.clone(),
    };
    let _ = writeln!(out, "{} · `{}` · {}\n", escape(&place), finding.rule, finding.confidence.word());
    let _ = writeln!(out, "{}\n", escape(&finding.message));
    for (index, advice) in finding.advice.iter().enumerate() {
        let mark = if advice.destructive { "**Destructive.** " } else { "" };
        let _ = writeln!(out, "{}. {mark}{}", index + 1, escape(&advice.text));
        if let Some(place) = &advice.place {
            let _ = writeln!(out, "   {}", escape(place));
        }
        if let Some(command) = &advice.command {
            let fence = fence(command);
            let _ = writeln!(out, "\n   {fence}sh");
            for line in command.lines() {
                let _ = writeln!(out, "   {}", line.chars().map(visible).collect::<String>());
            }
            let _ = writeln!(out, "   {fence}\n");
        }
    }
    out.push('\n');
    for reference in &finding.references {
        let _ = writeln!(out, "- <{reference}>");
    }
    if !finding.references.is_empty() {
        out.push('\n');
    }
}

/// A fence longer than any run of backquotes in the text.
pub(crate) fn fence(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest.max(2) + 1)
}

/// Text that means itself. Between two backquotes (the program writes them around names) nothing acts but the
/// backquote; outside, every character with a meaning in Markdown is escaped, also a backquote without a partner.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('`') {
        push_escaped(&mut out, before);
        match tail.split_once('`') {
            Some((code, after)) if !code.is_empty() => {
                out.push('`');
                out.extend(code.chars().map(visible));
                out.push('`');
                rest = after;
            }
            _ => {
                out.push_str("\\`");
                rest = tail;
            }
        }
    }
    push_escaped(&mut out, rest);
    out
}

fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars().map(visible) {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '!' | '|' | '@' | '~' | '^' | '$'
            | '&' | '%' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_act() {
        assert_eq!(escape("`a` is <b>@all</b> [x](y)"), "`a` is \\<b\\>\\@all\\</b\\> \\[x\\](y)");
        assert_eq!(escape("one ` alone"), "one \\` alone");
        assert_eq!(escape("two `` in a row"), "two \\`\\` in a row");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("echo ``` x"), "````");
        assert_eq!(fence("curl"), "```");
    }
}
