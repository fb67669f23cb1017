//! The published JSON, version 1: a frozen copy of the report with its own types.
//!
//! Also what crosses to a browser's other context (background to popup, worker to page): plain data, every text already
//! free of credentials. Fields are added, never renamed or dropped.

mod once;
mod published;
mod row;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use once::Once;
pub use published::Published;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use published::findings;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use row::Row;
use serde::{Deserialize, Serialize};

use super::{Advice, BlindSpot, Confidence, Denial, Finding, InputSummary, Report, Severity, SubjectId};
use crate::accept::{By, Reason};
use crate::detect::{Checksum, Encoding, Routing};
use crate::input::{Kind, Status};
use crate::source::Excerpt;
use crate::time::Date;

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportV1 {
    /// 1.
    pub version: u32,
    /// Who made it.
    pub tool: ToolV1,
    /// The day of the audit.
    pub today: Date,
    /// What was given.
    pub inputs: Vec<InputV1>,
    /// Worst first.
    pub findings: Vec<FindingV1>,
    /// What could not be read.
    pub blind_spots: Vec<BlindSpotV1>,
    /// Findings that were accepted, one by one or by an earlier report: listed, never hidden. Absent where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<AcceptedV1>,
    /// Counts.
    pub summary: SummaryV1,
}

/// A finding that was accepted, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AcceptedV1 {
    pub finding: FindingV1,
    pub by: By,
    pub reason: Option<Reason>,
    pub comment: Option<String>,
    pub owner: Option<String>,
    /// `None` for what an earlier report had.
    pub until: Option<Date>,
    /// The day of the earlier report; absent for what was accepted one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

impl AcceptedV1 {
    /// `acceptable risk, by dana, until 31 January 2027: moves in January`, or `in the report of 1 October 2026`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut text = match (self.reason, self.since) {
            (Some(reason), _) => String::from(reason.in_words()),
            (None, Some(since)) => format!("in the report of {}", since.in_words()),
            (None, None) => String::from("a comment in the file"),
        };
        if let Some(owner) = &self.owner {
            text.push_str(", by ");
            text.push_str(owner);
        }
        if let Some(until) = self.until {
            text.push_str(", until ");
            text.push_str(&until.in_words());
        }
        if let Some(comment) = &self.comment {
            text.push_str(": ");
            text.push_str(comment);
        }
        text
    }
}

/// The program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ToolV1 {
    pub name: String,
    pub version: String,
    pub catalog: CatalogV1,
}

/// The facts it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CatalogV1 {
    pub gitlab: String,
    pub as_of: String,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct InputV1 {
    pub name: String,
    pub kind: Kind,
    pub format: String,
    pub bytes: usize,
    pub lines: usize,
    pub status: Status,
    pub project: Option<String>,
    pub rows: Option<usize>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FindingV1 {
    pub rule: String,
    pub severity: Severity,
    pub confidence: Confidence,
    pub title: String,
    pub message: String,
    pub input: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub end_line: Option<usize>,
    pub end_column: Option<usize>,
    pub token: Option<TokenV1>,
    pub subject: Option<SubjectV1>,
    pub denial: Option<DenialV1>,
    pub advice: Vec<AdviceV1>,
    pub references: Vec<String>,
    pub identity: String,
    /// The masked line; not in the published JSON, but shown by page and popup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<ExcerptV1>,
}

/// The credential a finding is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TokenV1 {
    #[serde(rename = "type")]
    pub kind: String,
    pub could_be: Vec<String>,
    pub masked: String,
    pub checksum: Checksum,
    pub routing: Option<Routing>,
    pub encoding: Vec<Encoding>,
    pub occurrences: usize,
}

/// The row a finding is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SubjectV1 {
    pub kind: String,
    pub id: Option<SubjectIdV1>,
    pub name: Option<String>,
    pub owner: Option<String>,
    /// The row's number on the page, from 0; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
}

/// Number or key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum SubjectIdV1 {
    Number(u64),
    Key(String),
}

impl From<&SubjectId> for SubjectIdV1 {
    fn from(id: &SubjectId) -> Self {
        match id {
            SubjectId::Number(number) => Self::Number(*number),
            SubjectId::Key(key) => Self::Key(key.to_string()),
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DenialV1 {
    pub status: Option<u16>,
    pub caller: Option<String>,
    pub callee: Option<String>,
    pub permission: Option<String>,
    pub by: Option<String>,
}

impl From<&Denial> for DenialV1 {
    fn from(denial: &Denial) -> Self {
        Self {
            status: denial.status,
            caller: denial.caller.as_ref().map(ToString::to_string),
            callee: denial.callee.as_ref().map(ToString::to_string),
            permission: denial.permission.as_ref().map(ToString::to_string),
            by: denial.by.map(Into::into),
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AdviceV1 {
    pub text: String,
    #[serde(rename = "where")]
    pub place: Option<String>,
    pub command: Option<String>,
    pub destructive: bool,
}

/// A masked line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ExcerptV1 {
    pub line: usize,
    pub text: String,
    pub underline_start: usize,
    pub underline_length: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Self>,
}

impl From<&Excerpt> for ExcerptV1 {
    fn from(excerpt: &Excerpt) -> Self {
        Self {
            line: excerpt.line,
            text: excerpt.text.clone(),
            underline_start: excerpt.underline_start,
            underline_length: excerpt.underline_length,
            more: excerpt.more.iter().map(Self::from).collect(),
        }
    }
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BlindSpotV1 {
    pub input: String,
    pub line: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    pub message: String,
}

/// Counts per severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SummaryV1 {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub info: usize,
    pub accepted: usize,
}

impl SummaryV1 {
    /// Adds the counts of another part of the same report.
    pub const fn add_all(&mut self, other: &Self) {
        self.critical += other.critical;
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
        self.info += other.info;
        self.accepted += other.accepted;
    }

    /// The count of one severity.
    #[must_use]
    pub const fn count(&self, severity: Severity) -> usize {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Info => self.info,
        }
    }
}

impl SummaryV1 {
    /// The counts of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut counts = Self { accepted: report.accepted, ..Self::default() };
        let [critical, high, medium, low, info] = report.left_out;
        counts.add_all(&Self { critical, high, medium, low, info, accepted: 0 });
        for finding in &report.findings {
            counts.add(finding.severity);
        }
        counts
    }

    /// Counts one more.
    pub const fn add(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        };
        *count += 1;
    }
}

impl From<&InputSummary> for InputV1 {
    fn from(input: &InputSummary) -> Self {
        Self {
            name: input.name.to_string(),
            kind: input.kind,
            format: input.format.to_string(),
            bytes: input.bytes,
            lines: input.lines,
            status: input.status,
            project: input.project.as_ref().map(ToString::to_string),
            rows: input.rows,
        }
    }
}

impl BlindSpotV1 {
    /// A blind spot of a report.
    #[must_use]
    pub fn of(spot: &BlindSpot, report: &Report) -> Self {
        Self {
            input: input_name(report, spot.input),
            line: spot.line,
            column: spot.column,
            message: spot.message.to_string(),
        }
    }
}

fn input_name(report: &Report, index: usize) -> String {
    report.inputs.get(index).map(|input| input.name.to_string()).unwrap_or_default()
}

/// The report in its published form; `excerpts` adds the masked lines for page and popup.
#[must_use]
pub fn report(report: &Report, excerpts: bool) -> ReportV1 {
    ReportV1 {
        version: 1,
        tool: tool(),
        today: report.today,
        inputs: report.inputs.iter().map(InputV1::from).collect(),
        findings: report.findings.iter().map(|finding| self::finding(finding, report, excerpts)).collect(),
        blind_spots: report.blind_spots.iter().map(|spot| BlindSpotV1::of(spot, report)).collect(),
        accepted: accepted(report, excerpts),
        summary: SummaryV1::of(report),
    }
}

/// The accepted findings, published as the others are.
pub(crate) fn accepted(report: &Report, excerpts: bool) -> Vec<AcceptedV1> {
    let published = report.accepted_findings.iter().map(|one| AcceptedV1 {
        finding: finding(&one.finding, report, excerpts),
        by: one.acceptance.by,
        reason: one.acceptance.reason,
        comment: one.acceptance.comment.as_ref().map(ToString::to_string),
        owner: one.acceptance.owner.as_ref().map(ToString::to_string),
        until: one.acceptance.until,
        since: one.acceptance.since,
    });
    published.collect()
}

/// This program and the facts it rests on.
#[must_use]
pub fn tool() -> ToolV1 {
    ToolV1 {
        name: "leastwise".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        catalog: CatalogV1 { gitlab: crate::catalog::GITLAB.to_string(), as_of: crate::catalog::AS_OF.into() },
    }
}

/// Steps in their published form.
#[must_use]
pub fn advice(steps: &[Advice]) -> Vec<AdviceV1> {
    let published = steps.iter().map(|advice| AdviceV1 {
        text: advice.text.to_string(),
        place: advice.place.as_ref().map(ToString::to_string),
        command: advice.command.as_ref().map(ToString::to_string),
        destructive: advice.destructive,
    });
    published.collect()
}

/// The credential of a finding.
pub(crate) fn token(finding: &Finding) -> Option<TokenV1> {
    finding.token.as_ref().map(|token| TokenV1 {
        kind: token.kind.id().into(),
        could_be: token.could_be.iter().map(|kind| kind.id().into()).collect(),
        masked: token.masked.to_string(),
        checksum: token.checksum,
        routing: token.routing.as_deref().cloned(),
        encoding: token.encoding.clone(),
        occurrences: finding.occurrences,
    })
}

/// One finding of a report.
pub(crate) fn finding(finding: &Finding, report: &Report, excerpts: bool) -> FindingV1 {
    let input = input_name(report, finding.input);
    let place = finding.place;
    FindingV1 {
        rule: finding.rule.id.into(),
        severity: finding.severity,
        confidence: finding.confidence,
        title: finding.title.to_string(),
        message: finding.message.to_string(),
        input,
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        end_line: place.map(|place| place.end_line),
        end_column: place.map(|place| place.end_column),
        token: token(finding),
        subject: finding.subject.as_ref().map(|subject| SubjectV1 {
            kind: subject.kind.into(),
            id: subject.id.as_ref().map(SubjectIdV1::from),
            name: subject.name.as_ref().map(ToString::to_string),
            owner: subject.owner.as_ref().map(ToString::to_string),
            row: subject.row,
        }),
        denial: finding.denial.as_ref().map(DenialV1::from),
        advice: advice(&finding.advice),
        references: finding.references.iter().map(|&reference| reference.into()).collect(),
        identity: finding.identity(),
        excerpt: finding.excerpt.as_ref().filter(|_| excerpts).map(ExcerptV1::from),
    }
}
