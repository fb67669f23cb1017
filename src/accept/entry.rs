//! Entries of a configuration, and what they do to a report.

use std::collections::HashMap;

use super::{Acceptance, Accepted};
use crate::report::{Finding, Report, SubjectId};
use crate::rules::Rule;

/// One entry of a configuration.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) what: What,
    pub(super) acceptance: Acceptance,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// Which findings an entry is about.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// The one with this identity; in this input, where one is named.
    Identity { identity: String, input: Option<String> },
    /// Those of a rule about a row (its number, name or key), an owner (full path or user name), an input; all that are named.
    Rule { rule: &'static Rule, subject: Option<String>, of: Option<String>, input: Option<String> },
}

impl What {
    fn fits(&self, finding: &Finding, name: &str) -> bool {
        let in_input = |input: &Option<String>| input.as_deref().is_none_or(|wanted| is_input(wanted, name));
        match self {
            // The identity was compared by the index.
            Self::Identity { input, .. } => in_input(input),
            Self::Rule { subject, of, input, .. } => {
                let row = finding.subject.as_ref();
                let is_subject = |wanted: &str| {
                    row.is_some_and(|row| {
                        let id = match &row.id {
                            Some(SubjectId::Number(number)) => number.to_string() == wanted,
                            Some(SubjectId::Key(key)) => key.as_str() == wanted,
                            None => false,
                        };
                        id || row.name.as_ref().is_some_and(|name| name.as_str() == wanted)
                    })
                };
                let is_owner =
                    |wanted: &str| row.and_then(|row| row.owner.as_ref()).is_some_and(|owner| owner.as_str() == wanted);
                subject.as_deref().is_none_or(is_subject) && of.as_deref().is_none_or(is_owner) && in_input(input)
            }
        }
    }
}

/// The whole name of an input, or its last parts: `api/.gitlab-ci.yml` for `/home/x/api/.gitlab-ci.yml`.
fn is_input(wanted: &str, name: &str) -> bool {
    name == wanted || name.strip_suffix(wanted).is_some_and(|before| before.ends_with(['/', '\\']))
}

/// Takes the accepted findings out of a report's findings and lists them; what was accepted until a day that has passed comes back
/// with a sentence that says so. Returns the lines of the entries that are about no finding.
pub fn apply(report: &mut Report, entries: &[Entry]) -> Vec<usize> {
    // Most reports have none, and a million findings.
    if entries.is_empty() {
        return Vec::new();
    }
    let mut by_identity: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_rule: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::Identity { identity, .. } => by_identity.entry(identity).or_default().push(index),
            What::Rule { rule, .. } => by_rule.entry(rule.id).or_default().push(index),
        }
    }
    let today = report.today;
    let mut used = vec![false; entries.len()];
    let inputs = &report.inputs;
    let mut acceptances = Vec::new();
    // In place: a million findings are never there twice.
    let taken = report.findings.extract_if(.., |finding| {
        let name = inputs.get(finding.input).map(|input| input.name.as_str()).unwrap_or_default();
        let identity = finding.identity();
        let candidates = by_identity.get(identity.as_str()).into_iter().chain(by_rule.get(finding.rule.id)).flatten();
        let fitting: Vec<usize> = candidates
            .copied()
            .filter(|index| entries.get(*index).is_some_and(|entry| entry.what.fits(finding, name)))
            .collect();
        for index in &fitting {
            if let Some(used) = used.get_mut(*index) {
                *used = true;
            }
        }
        // Of several, the one that counts longest; then the first in the file.
        let best = fitting
            .iter()
            .filter_map(|index| entries.get(*index))
            .min_by_key(|entry| (std::cmp::Reverse(entry.acceptance.until), entry.line));
        match best.map(|entry| &entry.acceptance) {
            Some(acceptance) if acceptance.until.is_none_or(|until| until >= today) => {
                acceptances.push(acceptance.clone());
                true
            }
            Some(acceptance) => {
                finding
                    .message
                    .push(" It was accepted (")
                    .push(acceptance)
                    .push("); that day has passed, so it counts again.");
                false
            }
            None => false,
        }
    });
    let taken: Vec<Finding> = taken.collect();
    report.accepted += taken.len();
    let accepted = taken.into_iter().zip(acceptances).map(|(finding, acceptance)| Accepted { finding, acceptance });
    report.accepted_findings.extend(accepted);
    entries.iter().zip(used).filter(|(_, used)| !used).map(|(entry, _)| entry.line).collect()
}
