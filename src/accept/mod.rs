//! Findings that somebody accepted: with a reason, an owner and a day on which they come back.
//!
//! An acceptance hides nothing: it is counted (`summary.accepted`) and listed in every form of the report. Three places hold them: a
//! comment in the file itself ([`crate::rules::ignore`]), a `leastwise.toml` that the user names with `--config`, and an earlier
//! report that the user names with `--baseline`: it has neither reason nor end. A `leastwise.toml` that merely lies in a folder
//! accepts nothing.

#[cfg(not(target_arch = "wasm32"))]
pub mod baseline;
#[cfg(not(target_arch = "wasm32"))]
pub mod config;
#[cfg(not(target_arch = "wasm32"))]
mod entry;
mod write;

#[cfg(not(target_arch = "wasm32"))]
pub use entry::{Entry, apply};
pub use write::{Draft, file};

use serde::{Deserialize, Serialize};

use crate::report::Finding;
use crate::say;
use crate::text::{Name, NotStr, Say};
use crate::time::Date;

/// Why a finding is accepted: the reasons that GitLab knows for dismissing a vulnerability
/// (<https://docs.gitlab.com/user/application_security/vulnerabilities/#vulnerability-dismissal-reasons>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Known, and lived with.
    AcceptableRisk,
    /// It is none.
    FalsePositive,
    /// Something else keeps it from doing harm.
    MitigatingControl,
    /// It is part of a test or of test data.
    UsedInTests,
    /// It is in something that is not used, or not ours to change.
    NotApplicable,
}

impl Reason {
    /// All, in GitLab's order.
    pub const ALL: [Self; 5] =
        [Self::AcceptableRisk, Self::FalsePositive, Self::MitigatingControl, Self::UsedInTests, Self::NotApplicable];

    /// As files and reports write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AcceptableRisk => "acceptable_risk",
            Self::FalsePositive => "false_positive",
            Self::MitigatingControl => "mitigating_control",
            Self::UsedInTests => "used_in_tests",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::AcceptableRisk => "acceptable risk",
            Self::FalsePositive => "false positive",
            Self::MitigatingControl => "mitigating control",
            Self::UsedInTests => "used in tests",
            Self::NotApplicable => "not applicable",
        }
    }

    /// The reason with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

impl Say for Reason {
    fn say(&self, out: &mut String) {
        out.push_str(self.in_words());
    }
}
impl NotStr for Reason {}

/// Where an acceptance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// In the file that `--config` names.
    Config,
    /// In a comment of the input itself.
    Comment,
    /// In the earlier report that `--baseline` names.
    Baseline,
}

/// Who accepted a finding, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Where it stands.
    pub by: By,
    /// Why, of GitLab's list; a comment in a file has its own words only.
    pub reason: Option<Reason>,
    /// In somebody's own words.
    pub comment: Option<Name>,
    /// Who answers for it.
    pub owner: Option<Name>,
    /// The last day on which it counts; `None` for what an earlier report had, which counts as long as that report is given.
    pub until: Option<Date>,
    /// The day of the earlier report.
    pub since: Option<Date>,
}

/// `acceptable risk, by dana, until 31 January 2027: moves in January`, or `in the report of 1 October 2026`.
impl Say for Acceptance {
    fn say(&self, out: &mut String) {
        let mut text = match (self.reason, self.since) {
            (Some(reason), _) => say![reason],
            (None, Some(since)) => say!["in the report of ", since],
            (None, None) => say!["a comment in the file"],
        };
        if let Some(owner) = &self.owner {
            text.push(", by ").push(owner);
        }
        if let Some(until) = self.until {
            text.push(", until ").push(until);
        }
        if let Some(comment) = &self.comment {
            text.push(": ").push(comment);
        }
        text.say(out);
    }
}
impl NotStr for Acceptance {}

/// A finding that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// What would have been reported.
    pub finding: Finding,
    /// Why it is not.
    pub acceptance: Acceptance,
}

#[cfg(test)]
mod tests;
