//! Findings as CSV: UTF-8, a header, a finding a row.
//!
//! Columns: severity, confidence, rule, title, message, input, line, column, token type, masked, subject kind, subject id,
//! subject name, owner, first step, where, command, identity, accepted (by whom and until when; empty for what counts). A cell that a spreadsheet would take for a formula gets a
//! leading apostrophe, as GitLab's own exports do (<https://owasp.org/www-community/attacks/CSV_Injection>).

use super::json::{AcceptedV1, FindingV1, ReportV1, SubjectIdV1};
use crate::source::visible;

const HEADER: [&str; 19] = [
    "severity",
    "confidence",
    "rule",
    "title",
    "message",
    "input",
    "line",
    "column",
    "token_type",
    "masked",
    "subject_kind",
    "subject_id",
    "subject_name",
    "owner",
    "first_step",
    "where",
    "command",
    "identity",
    "accepted",
];

/// The findings as CSV.
#[must_use]
pub fn render(report: &ReportV1) -> String {
    header() + &rows(&report.findings) + &accepted(&report.accepted)
}

/// The first line.
#[must_use]
pub fn header() -> String {
    written([HEADER.map(String::from)])
}

/// The lines of findings.
#[must_use]
pub fn rows(findings: &[FindingV1]) -> String {
    written(findings.iter().map(|finding| cells(finding, String::new()).map(|cell| guard(&cell))))
}

/// The lines of accepted findings.
#[must_use]
pub fn accepted(accepted: &[AcceptedV1]) -> String {
    written(accepted.iter().map(|one| cells(&one.finding, one.in_words()).map(|cell| guard(&cell))))
}

fn written(rows: impl IntoIterator<Item = [String; 19]>) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn cells(finding: &FindingV1, accepted: String) -> [String; 19] {
    let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
    let subject = finding.subject.as_ref();
    let step = finding.advice.first();
    [
        finding.severity.word().into(),
        finding.confidence.word().into(),
        finding.rule.clone(),
        finding.title.clone(),
        finding.message.clone(),
        finding.input.clone(),
        number(finding.line),
        number(finding.column),
        finding.token.as_ref().map(|token| token.kind.clone()).unwrap_or_default(),
        finding.token.as_ref().map(|token| token.masked.clone()).unwrap_or_default(),
        subject.map(|subject| subject.kind.clone()).unwrap_or_default(),
        subject.and_then(|subject| subject.id.as_ref()).map(id_text).unwrap_or_default(),
        subject.and_then(|subject| subject.name.clone()).unwrap_or_default(),
        subject.and_then(|subject| subject.owner.clone()).unwrap_or_default(),
        step.map(|step| step.text.clone()).unwrap_or_default(),
        step.and_then(|step| step.place.clone()).unwrap_or_default(),
        step.and_then(|step| step.command.clone()).unwrap_or_default(),
        finding.identity.clone(),
        accepted,
    ]
}

/// A subject's id as text.
pub(super) fn id_text(id: &SubjectIdV1) -> String {
    match id {
        SubjectIdV1::Number(number) => number.to_string(),
        SubjectIdV1::Key(key) => key.clone(),
    }
}

/// Keeps a spreadsheet from running a cell, and a terminal from obeying it.
pub(crate) fn guard(cell: &str) -> String {
    /// What begins a formula or a command in one of the usual spreadsheets, in its wide form too.
    const BEGIN: [char; 11] = ['=', '+', '-', '@', ';', '|', '%', '＝', '＋', '－', '＠'];
    let blank = |character: char| character.is_whitespace() || character.is_control();
    let acts = cell.trim_start_matches(blank).starts_with(BEGIN) || cell.starts_with(['\t', '\r', '\n']);
    // Tables are looked at in terminals too.
    let shown = cell.chars().map(|character| if character == '\n' { character } else { visible(character) });
    acts.then_some('\'').into_iter().chain(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_never_start_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", " =1", ";x", "\r\n=1", "\u{a0}=1", "＝1", "\n\tx"] {
            assert!(guard(cell).starts_with('\''), "{cell}");
        }
        assert_eq!(guard("deploy-prod"), "deploy-prod");
    }
}
