//! What an earlier report had (`--baseline`): counted and listed, and no finding again.

use std::collections::HashMap;

use super::{Acceptance, Accepted, By};
use crate::catalog::TokenType;
use crate::plan::rotation::family;
use crate::report::json::{FindingV1, ReportV1, SubjectIdV1};
use crate::report::{Report, SubjectId};
use crate::time::Date;

/// The findings of an earlier report, each with the day of the report that had it first.
pub struct Baseline {
    known: HashMap<Known, Date>,
}

/// What an earlier finding is known by. A row that has GitLab's number is that row in any file, and whatever a list calls its
/// kind: an administrator's list calls every token a personal one. Anything else is known in its own file only.
#[derive(PartialEq, Eq, Hash)]
enum Known {
    Row(String, u8, u64),
    Other(String, String),
}

impl Known {
    fn new(rule: &str, subject: Option<(&str, u64)>, input: &str, identity: &str) -> Self {
        let row = subject.and_then(|(kind, id)| Some((family(TokenType::parse(kind)?)?, id)));
        match row {
            Some((family, id)) => Self::Row(rule.to_owned(), family, id),
            None => Self::Other(input.to_owned(), identity.to_owned()),
        }
    }

    fn of(finding: &FindingV1) -> Self {
        let subject = finding.subject.as_ref().and_then(|subject| match &subject.id {
            Some(SubjectIdV1::Number(id)) => Some((subject.kind.as_str(), *id)),
            _ => None,
        });
        Self::new(&finding.rule, subject, &finding.input, &finding.identity)
    }
}

impl Baseline {
    /// What this report had: its findings, and those that it had from an earlier one itself. What somebody accepted in it one by
    /// one has an end of its own.
    #[must_use]
    pub fn new(earlier: &ReportV1) -> Self {
        let inherited = earlier.accepted.iter().filter(|one| one.by == By::Baseline);
        let inherited = inherited.map(|one| (Known::of(&one.finding), one.since.unwrap_or(earlier.today)));
        let own = earlier.findings.iter().map(|finding| (Known::of(finding), earlier.today));
        Self { known: own.chain(inherited).collect() }
    }

    /// Takes what was known out of the findings, counts and lists it.
    pub fn apply(&self, report: &mut Report) {
        let inputs = &report.inputs;
        let mut days = Vec::new();
        // In place: a million findings are never there twice.
        let taken = report.findings.extract_if(.., |finding| {
            let input = inputs.get(finding.input).map(|input| input.name.as_str()).unwrap_or_default();
            let subject = finding.subject.as_ref().and_then(|subject| match &subject.id {
                Some(SubjectId::Number(id)) => Some((subject.kind, *id)),
                _ => None,
            });
            let since = self.known.get(&Known::new(finding.rule.id, subject, input, &finding.identity()));
            days.extend(since);
            since.is_some()
        });
        let taken: Vec<_> = taken.collect();
        report.accepted += taken.len();
        report.accepted_findings.extend(taken.into_iter().zip(days).map(|(finding, since)| {
            let (by, since) = (By::Baseline, Some(since));
            let acceptance = Acceptance { by, reason: None, comment: None, owner: None, until: None, since };
            Accepted { finding, acceptance }
        }));
    }
}
