//! `audit(inputs, context) -> Report`: what every door calls.

use crate::context::Context;
use crate::detect::{self, Found};
use crate::input::decode::{Decoded, decode};
use crate::input::{self, Input, Kind, Model, Reading, Status, Unread, sniff};
use crate::report::{BlindSpot, Finding, InputSummary, Report};
use crate::rules::{self, Judgement};
use crate::say;
use crate::source::{Source, Span};

/// Reads and judges the inputs. A pure function: no I/O, no clock; the same inputs and context give the same report.
#[must_use]
pub fn audit(inputs: Vec<Input>, context: &Context) -> Report {
    let mut report = Report {
        today: context.today,
        inputs: Vec::with_capacity(inputs.len()),
        findings: Vec::new(),
        blind_spots: Vec::new(),
        inventories: Vec::new(),
        accepted: 0,
    };
    for input in inputs {
        audit_one(input, context, &mut report);
    }
    rules::judge_together(&mut report, context);
    sort(&mut report.findings);
    report
}

fn audit_one(input: Input, context: &Context, report: &mut Report) {
    let index = report.inputs.len();
    let name = context.name(&input.name);
    let project = input.project.as_deref().map(|path| context.name(path)).or_else(|| context.project.clone());
    let bytes = input.bytes.len();
    let (text, encoding, replaced) = match decode(input.bytes) {
        Decoded::Text { text, encoding, replaced } => (text, encoding, replaced),
        Decoded::Binary => {
            report.inputs.push(InputSummary {
                name,
                kind: Kind::Text,
                format: say!["binary data"],
                bytes,
                lines: 0,
                status: Status::Unreadable,
                project,
                rows: None,
            });
            report.blind_spots.push(BlindSpot {
                input: index,
                line: None,
                column: None,
                message: say![
                    "This is binary data, not text: nothing in it was read. If it is an archive, unpack it first."
                ],
            });
            return;
        }
    };
    let source = Source::new(name.clone(), text, bytes);
    let kind = input.kind.or(context.kind).unwrap_or_else(|| sniff::sniff(&input.name, source.text()));
    let Reading { mut format, mut status, model, mut unread } = input::read(&source, kind, context);
    if encoding != "UTF-8" {
        format.push(", ").push(encoding);
    }
    if replaced > 0 {
        if status == Status::Read {
            status = Status::Partly;
        }
        let message = say![
            replaced,
            if replaced == 1 { " byte is" } else { " bytes are" },
            " not valid ",
            encoding,
            " and could not be read; the text around was. Save the file as UTF-8 to read all of it."
        ];
        unread.push(Unread { at: None, message });
    }
    let found = detect::scan(source.text(), &context.token_prefixes);
    let rows = match &model {
        Model::Inventory(inventory) => Some(inventory.rows()),
        Model::Plain => None,
    };
    let judgement =
        Judgement { source: &source, kind, input: index, project: project.as_ref(), context, found: &found };
    rules::judge(&judgement, &model, &mut report.findings);
    report.blind_spots.extend(unread.into_iter().map(|unread| {
        let place = unread.at.map(|span| source.line_column(span.start));
        BlindSpot {
            input: index,
            line: place.map(|place| place.0),
            column: place.map(|place| place.1),
            message: unread.message,
        }
    }));
    report.inputs.push(InputSummary { name, kind, format, bytes, lines: source.line_count(), status, project, rows });
    if let Model::Inventory(inventory) = model {
        report.inventories.push((index, *inventory));
    }
}

/// Worst first; then by input, place and rule, so that the same inputs give the same bytes.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.severity, a.confidence, a.input, a.place, a.rule.id)
            .cmp(&(b.severity, b.confidence, b.input, b.place, b.rule.id))
            .then_with(|| a.about.0.cmp(&b.about.0))
    });
}

/// What may be shown for each credential of a source, for [`Source::excerpt`].
#[must_use]
pub fn masks(found: &[Found]) -> Vec<(Span, String)> {
    found.iter().map(|token| (token.span, token.masked.to_string())).collect()
}
