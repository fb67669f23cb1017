//! Findings that somebody accepted in the file itself: `# leastwise: ignore[rule] until=2027-01-31 reason`.
//!
//! The comment counts for its own line, or, on a line of its own, for the next line that says something. It needs a reason
//! and a day not yet passed; one without them accepts nothing, and that is said. Only files that people write and review
//! are looked at: what a log or an export holds cannot accept anything.

use super::find;
use crate::accept::{Acceptance, Accepted, By};
use crate::context::Context;
use crate::input::{Kind, Unread};
use crate::report::Finding;
use crate::say;
use crate::source::{Source, Span};
use crate::time::Date;

/// How such a comment begins.
pub(crate) const WORDS: &str = "leastwise: ignore[";

/// A comment that accepts.
struct Ignore<'a> {
    says: Says<'a>,
    /// The line it counts for, from 1.
    line: usize,
}

/// What stands behind the sign.
struct Says<'a> {
    rules: Vec<&'a str>,
    until: Date,
    reason: &'a str,
}

/// Takes the accepted findings away and returns them. Comments that accept nothing are told in `unread`.
pub fn accept(
    source: &Source,
    kind: Kind,
    context: &Context,
    findings: &mut Vec<Finding>,
    unread: &mut Vec<Unread>,
) -> Vec<Accepted> {
    if !matches!(kind, Kind::CiConfig | Kind::CredentialFile | Kind::Text) || !source.text().contains(WORDS) {
        return Vec::new();
    }
    let ignores = comments(source, context.today, unread);
    let mut accepted = Vec::new();
    for finding in std::mem::take(findings) {
        let says = finding.place.and_then(|place| {
            let first = ignores.partition_point(|ignore| ignore.line < place.line);
            let mut on_line = ignores.iter().skip(first).take_while(|ignore| ignore.line == place.line);
            on_line.find(|ignore| ignore.says.rules.contains(&finding.rule.id)).map(|ignore| &ignore.says)
        });
        match says {
            Some(says) => {
                let comment = Some(context.name(says.reason));
                let until = Some(says.until);
                let acceptance = Acceptance { by: By::Comment, reason: None, comment, owner: None, until, since: None };
                accepted.push(Accepted { finding, acceptance });
            }
            None => findings.push(finding),
        }
    }
    accepted
}

fn comments<'a>(source: &'a Source, today: Date, unread: &mut Vec<Unread>) -> Vec<Ignore<'a>> {
    let mut out: Vec<Ignore<'a>> = Vec::new();
    // Those on a line of their own, until the line comes that they are about.
    let mut waiting: Vec<Says<'a>> = Vec::new();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let comment = line.find(WORDS).and_then(|found| {
            let before = line.get(..found)?.trim_end();
            let code = ["#", "//", ";", "<!--"].iter().find_map(|sign| before.strip_suffix(sign))?;
            // A `#` inside a word is no comment.
            (code.is_empty() || code.ends_with([' ', '\t'])).then_some((found, code))
        });
        let read =
            comment.map(|(found, code)| (found, code.trim().is_empty(), parse(line.get(found + WORDS.len()..), today)));
        if let Some((found, _, Err(message))) = &read {
            let at = Span::new(start + found, start + found + WORDS.len());
            unread.push(Unread { at: Some(at), message: say!["This comment accepts nothing: ", *message] });
        }
        match read {
            Some((_, true, Ok(says))) => waiting.push(says),
            Some((_, true, Err(_))) => {}
            read => {
                if bare.is_empty() || bare.starts_with('#') && read.is_none() {
                    continue;
                }
                // Of a large text there are gaps before it: the line is that of the whole.
                let (line, _) = source.line_column(start);
                out.extend(waiting.drain(..).map(|says| Ignore { says, line }));
                if let Some((_, _, Ok(says))) = read {
                    out.push(Ignore { says, line });
                }
            }
        }
    }
    out
}

/// `rule, rule] until=2027-01-31 reason`.
fn parse(text: Option<&str>, today: Date) -> Result<Says<'_>, &'static str> {
    let (rules, rest) = text
        .and_then(|text| text.split_once(']'))
        .ok_or("the `]` behind the rule is missing. Write `ignore[rule] until=2027-01-31 reason`.")?;
    let rules: Vec<&str> = rules.split(',').map(str::trim).collect();
    if rules.iter().any(|rule| find(rule).is_none()) {
        return Err("there is no such rule. `leastwise explain` lists them.");
    }
    let rest = rest.trim().trim_end_matches("-->").trim();
    let (day, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let day = day
        .strip_prefix("until=")
        .and_then(Date::parse)
        .ok_or("it needs a day behind the rule, `until=2027-01-31`, so that somebody looks again.")?;
    if day < today {
        return Err("its day has passed. Look at the finding again; if it is still accepted, set a later day.");
    }
    if !reason.contains(char::is_alphanumeric) {
        return Err("it needs a reason behind the day, for whoever reads it next.");
    }
    Ok(Says { rules, until: day, reason: reason.trim() })
}

#[cfg(test)]
mod tests {
    use super::super::sample::today;
    use crate::audit::audit;
    use crate::context::Context;
    use crate::input::{Input, Kind};
    use crate::report::Report;

    fn report(comment_above: &str, comment_behind: &str) -> Report {
        let text = format!("a:\n  script:\n    {comment_above}\n    - printenv {comment_behind}\n    - printenv\n");
        let input = Input { kind: Some(Kind::CiConfig), ..Input::new("x.yml", text) };
        audit(vec![input], &Context::new(today()))
    }

    /// Findings, accepted ones, blind spots.
    fn counts(above: &str, behind: &str) -> (usize, usize, usize) {
        let report = report(above, behind);
        (report.findings.len(), report.accepted, report.blind_spots.len())
    }

    #[test]
    fn a_whole_comment_accepts_its_line_and_no_other() {
        let good = "# leastwise: ignore[environment-dumped] until=2026-12-31 looking for a fault";
        assert_eq!(counts("", ""), (2, 0, 0));
        assert_eq!(counts(good, ""), (1, 1, 0));
        assert_eq!(counts("", good), (1, 1, 0));
        assert_eq!(counts("# leastwise: ignore[token-in-url, environment-dumped] until=2026-11-20 a", ""), (1, 1, 0));
        assert_eq!(counts("# leastwise: ignore[token-in-url] until=2026-12-31 another rule", ""), (2, 0, 0));
    }

    #[test]
    fn a_comment_that_accepts_nothing_is_told() {
        for bad in [
            "# leastwise: ignore[environment-dumped] until=2026-12-31",
            "# leastwise: ignore[environment-dumped] a reason",
            "# leastwise: ignore[environment-dumped] until=2026-11-19 passed",
            "# leastwise: ignore[no-such-rule] until=2026-12-31 a",
            "# leastwise: ignore[environment-dumped until=2026-12-31 a",
        ] {
            assert_eq!(counts(bad, ""), (2, 0, 1), "{bad}");
        }
        let message = report("# leastwise: ignore[environment-dumped] a reason", "").blind_spots[0].message.to_string();
        assert!(message.starts_with("This comment accepts nothing: it needs a day"), "{message}");
    }

    #[test]
    fn a_log_cannot_accept_anything() {
        let text = "# leastwise: ignore[exposed-token] until=2026-12-31 trust me\n{{personal_access_token}}\n";
        let input = |kind| Input { kind: Some(kind), ..Input::new("x", crate::fake::expand(text)) };
        let context = Context::new(today());
        assert_eq!(audit(vec![input(Kind::JobLog)], &context).findings.len(), 1);
        assert_eq!(audit(vec![input(Kind::Text)], &context).accepted, 1);
    }
}
