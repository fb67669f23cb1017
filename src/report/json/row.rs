//! One finding while it is written: nothing of it is copied, and the words that many findings share are made into JSON once.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::once::Once;
use super::published::Each;
use crate::detect::{Checksum, Encoding, Found, Routing};
use crate::report::{Advice, Denial, Finding, Report, Subject, SubjectId};
use crate::text::Name;

/// A finding in its published form: the same bytes as [`super::FindingV1`] without an excerpt.
pub(crate) struct Row<'a, 'o> {
    pub(super) finding: &'a Finding,
    pub(super) report: &'a Report,
    pub(super) once: &'o Once<'a>,
}

impl Serialize for Row<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { finding, report, once } = *self;
        let place = finding.place;
        let input = report.inputs.get(finding.input).map_or("", |input| input.name.as_str());
        let mut fields = serializer.serialize_struct("FindingV1", 16)?;
        fields.serialize_field("rule", finding.rule.id)?;
        fields.serialize_field("severity", &finding.severity)?;
        fields.serialize_field("confidence", &finding.confidence)?;
        fields.serialize_field("title", &once.text(&finding.title))?;
        fields.serialize_field("message", &once.text(&finding.message))?;
        fields.serialize_field("input", &once.words(input))?;
        fields.serialize_field("line", &place.map(|place| place.line))?;
        fields.serialize_field("column", &place.map(|place| place.column))?;
        fields.serialize_field("end_line", &place.map(|place| place.end_line))?;
        fields.serialize_field("end_column", &place.map(|place| place.end_column))?;
        fields
            .serialize_field("token", &finding.token.as_ref().map(|token| TokenRow::of(token, finding.occurrences)))?;
        fields.serialize_field("subject", &finding.subject.as_ref().map(SubjectRow::of))?;
        fields.serialize_field("denial", &finding.denial.as_ref().map(DenialRow::of))?;
        fields.serialize_field("advice", &Each(|| finding.advice.iter().map(|advice| Step { advice, once })))?;
        fields.serialize_field("references", &Each(|| finding.references.iter().map(|words| once.words(words))))?;
        fields.serialize_field("identity", &finding.identity())?;
        fields.end()
    }
}

/// [`super::TokenV1`].
#[derive(Serialize)]
struct TokenRow<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    could_be: Vec<&'static str>,
    masked: String,
    checksum: Checksum,
    routing: Option<&'a Routing>,
    encoding: &'a [Encoding],
    occurrences: usize,
}

impl<'a> TokenRow<'a> {
    fn of(token: &'a Found, occurrences: usize) -> Self {
        Self {
            kind: token.kind.id(),
            could_be: token.could_be.iter().map(|kind| kind.id()).collect(),
            masked: token.masked.to_string(),
            checksum: token.checksum,
            routing: token.routing.as_deref(),
            encoding: &token.encoding,
            occurrences,
        }
    }
}

/// [`super::SubjectV1`].
#[derive(Serialize)]
struct SubjectRow<'a> {
    kind: &'static str,
    id: Option<IdRow<'a>>,
    name: Option<&'a Name>,
    owner: Option<&'a Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u32>,
}

/// [`super::SubjectIdV1`].
#[derive(Serialize)]
#[serde(untagged)]
enum IdRow<'a> {
    Number(u64),
    Key(&'a Name),
}

impl<'a> SubjectRow<'a> {
    fn of(subject: &'a Subject) -> Self {
        let id = subject.id.as_ref().map(|id| match id {
            SubjectId::Number(number) => IdRow::Number(*number),
            SubjectId::Key(key) => IdRow::Key(key),
        });
        let (name, owner) = (subject.name.as_ref(), subject.owner.as_ref());
        Self { kind: subject.kind, id, name, owner, row: subject.row }
    }
}

/// [`super::DenialV1`].
#[derive(Serialize)]
struct DenialRow<'a> {
    status: Option<u16>,
    caller: Option<&'a Name>,
    callee: Option<&'a Name>,
    permission: Option<&'a Name>,
    by: Option<&'static str>,
}

impl<'a> DenialRow<'a> {
    fn of(denial: &'a Denial) -> Self {
        let Denial { status, caller, callee, permission, by } = denial;
        let (caller, callee, permission) = (caller.as_ref(), callee.as_ref(), permission.as_ref());
        Self { status: *status, caller, callee, permission, by: *by }
    }
}

/// [`super::AdviceV1`].
struct Step<'a, 'o> {
    advice: &'a Advice,
    once: &'o Once<'a>,
}

impl Serialize for Step<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { advice, once } = *self;
        let mut fields = serializer.serialize_struct("AdviceV1", 4)?;
        fields.serialize_field("text", &once.text(&advice.text))?;
        fields.serialize_field("where", &advice.place.as_ref().map(|text| once.text(text)))?;
        fields.serialize_field("command", &advice.command.as_ref().map(|text| once.text(text)))?;
        fields.serialize_field("destructive", &advice.destructive)?;
        fields.end()
    }
}
