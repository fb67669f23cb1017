//! Reads a `leastwise.toml`.
//!
//! ```toml
//! [[accepted]]
//! identity = "token-unused:project_access_token:acme/payments/api:501"   # as a report has it
//! reason = "acceptable_risk"     # or false_positive, mitigating_control, used_in_tests, not_applicable
//! comment = "moves to a job token in January"
//! owner = "dana"
//! until = 2027-01-31
//!
//! [[accepted]]
//! rule = "scope-too-broad"
//! subject = "renovate"           # number, name or key of the row
//! of = "acme/payments/api"       # full path or user name of its owner
//! input = "tokens.json"          # name of the input, or its last parts; at least one of the three
//! reason = "mitigating_control"
//! owner = "dana"
//! until = 2027-01-31
//! ```

use serde::Deserialize;
use toml::Spanned;

use super::entry::{Entry, What};
use super::{Acceptance, By, Reason};
use crate::rules;
use crate::source::Source;
use crate::text::Name;
use crate::time::Date;

/// What is wrong with a configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What, and what would be right.
    pub message: Name,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accepted: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    identity: Option<Spanned<String>>,
    rule: Option<Spanned<String>>,
    subject: Option<Spanned<toml::Value>>,
    of: Option<Spanned<String>>,
    input: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    comment: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    until: Option<Spanned<toml::Value>>,
}

/// Reads a whole file.
///
/// # Errors
/// The first thing that is wrong with it: nothing of a file that is not understood counts.
pub fn parse(text: &str) -> Result<Vec<Entry>, Wrong> {
    let source = Source::new(Name::default(), text.to_owned(), text.len());
    let wrong = |at: usize, message: &str| {
        let (line, column) = source.line_column(at);
        Wrong { line, column, message: Name::new(message) }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(at.min(text.len()), error.message())
    })?;
    file.accepted
        .into_iter()
        .map(|raw| {
            let start = raw.span().start;
            entry(raw.into_inner(), start, &source).map_err(|(at, message)| wrong(at, &message))
        })
        .collect()
}

type Fault = (usize, String);

fn entry(raw: Raw, start: usize, source: &Source) -> Result<Entry, Fault> {
    let missing = |key: &str, right: &str| (start, format!("this entry has no `{key}`: {right}"));
    let reason = raw.reason.ok_or_else(|| missing("reason", REASONS))?;
    let reason = Reason::parse(reason.get_ref())
        .ok_or_else(|| (reason.span().start, format!("`{}` is no reason: {REASONS}", reason.get_ref())))?;
    let until = raw.until.ok_or_else(|| missing("until", "the last day on which it counts, `until = 2027-01-31`"))?;
    let day = match until.get_ref() {
        toml::Value::Datetime(day) => Date::parse(&day.to_string()),
        toml::Value::String(day) => Date::parse(day).filter(|_| day.len() == 10),
        _ => None,
    };
    let day = day.ok_or_else(|| (until.span().start, "`until` is a day, `until = 2027-01-31`".to_owned()))?;
    let owner = raw.owner.ok_or_else(|| missing("owner", "who answers for it"))?;
    if owner.get_ref().trim().is_empty() {
        return Err((owner.span().start, "`owner` is empty: who answers for it?".into()));
    }
    let said = |text: Option<Spanned<String>>| text.map(Spanned::into_inner).filter(|text| !text.trim().is_empty());
    let what = match (raw.identity, raw.rule) {
        (Some(_), Some(rule)) => {
            return Err((rule.span().start, "an entry has either `identity` or `rule`, not both".into()));
        }
        (None, None) => {
            return Err((
                start,
                "this entry names no finding: `identity` as a report has it, or `rule` with `subject`, `of` or `input`"
                    .into(),
            ));
        }
        (Some(identity), None) => {
            if let Some(at) =
                raw.subject.map(|subject| subject.span().start).or_else(|| raw.of.map(|of| of.span().start))
            {
                return Err((at, "`subject` and `of` go with `rule`; an `identity` says it all".into()));
            }
            let rule = identity.get_ref().split(':').next().unwrap_or_default();
            if rules::find(rule).is_none() {
                return Err((
                    identity.span().start,
                    format!("an identity begins with a rule, and `{rule}` is none; `leastwise explain` lists them"),
                ));
            }
            What::Identity { identity: identity.into_inner(), input: said(raw.input) }
        }
        (None, Some(rule)) => {
            let known = rules::find(rule.get_ref()).ok_or_else(|| {
                (rule.span().start, format!("there is no rule `{}`; `leastwise explain` lists them", rule.get_ref()))
            })?;
            let subject = match raw.subject {
                None => None,
                Some(subject) => match subject.get_ref() {
                    toml::Value::Integer(number) => Some(number.to_string()),
                    toml::Value::String(name) => Some(name.clone()),
                    _ => return Err((subject.span().start, "`subject` is a number, name or key".into())),
                },
            };
            let (of, input) = (said(raw.of), said(raw.input));
            if subject.is_none() && of.is_none() && input.is_none() {
                return Err((
                    rule.span().start,
                    "a whole rule cannot be accepted: say which with `subject`, `of` or `input`, or leave it out with `--min-confidence` or `--fail-on`".into(),
                ));
            }
            What::Rule { rule: known, subject, of, input }
        }
    };
    let acceptance = Acceptance {
        by: By::Config,
        reason: Some(reason),
        comment: said(raw.comment).map(|comment| Name::new(&comment)),
        owner: Some(Name::new(owner.get_ref())),
        until: Some(day),
        since: None,
    };
    Ok(Entry { what, acceptance, line: source.line_column(start).0 })
}

const REASONS: &str = "use acceptable_risk, false_positive, mitigating_control, used_in_tests or not_applicable";
