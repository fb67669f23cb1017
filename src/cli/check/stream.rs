//! `check --format json|ndjson` of exports that are too long to be kept: findings are written as they come, in the order of
//! the text, not the worst first.

use std::io::{self, Write as _};

use super::super::Outcome;
use super::super::args::{Check, CheckFormat};
pub(super) use super::super::long::judge;
use super::super::output::Output;
use super::{Line, conclude, fails};
use crate::long::Long;
use crate::report::json::{self, ReportV1, SummaryV1};
use crate::report::{BlindSpot, Finding, Report};

/// Puts a long export's input and blind spots into a report. Gives back the input's number in it.
pub(super) fn add(report: &mut Report, long: &Long<'_>) -> usize {
    let index = report.inputs.len();
    report.inputs.push(long.summary().clone());
    report.blind_spots.extend(long.blind_spots().iter().map(|spot| BlindSpot { input: index, ..spot.clone() }));
    index
}

/// What a part of the findings came to.
struct Part {
    lines: Vec<u8>,
    summary: SummaryV1,
    fails: bool,
}

/// Writes the report; `report` has what was short enough to be kept.
pub(super) fn run(
    arguments: &Check,
    mut report: Report,
    long: &[Long<'_>],
    settle: &(impl Fn(&mut Report) + Sync),
) -> io::Result<Outcome> {
    for export in long {
        add(&mut report, export);
    }
    let ndjson = arguments.format == CheckFormat::Ndjson;
    let mut output = Output::data(&arguments.writing)?;
    // Nothing is accepted one by one here: see the caller.
    let ReportV1 { version, tool, today, inputs, findings, blind_spots, accepted: _, mut summary } =
        json::report(&report, false);
    if ndjson {
        for input in &inputs {
            line(&mut output, &Line::Input(input))?;
        }
    } else {
        write!(output, "{{\n  \"version\": {version},\n  \"tool\": ")?;
        serde_json::to_writer(&mut output, &tool)?;
        output.write_all(b",\n  \"today\": ")?;
        serde_json::to_writer(&mut output, &today)?;
        output.write_all(b",\n  \"inputs\": ")?;
        serde_json::to_writer(&mut output, &inputs)?;
        output.write_all(b",\n  \"findings\": [")?;
    }
    // Rows of the list in the JSON report have a comma behind them, but for the last.
    let mut first = true;
    let mut write = |lines: &[u8], output: &mut Output| -> io::Result<()> {
        for row in lines.split_inclusive(|&byte| byte == b'\n') {
            if ndjson {
                output.write_all(row)?;
            } else {
                output.write_all(if first { b"\n" } else { b",\n" })?;
                output.write_all(row.strip_suffix(b"\n").unwrap_or(row))?;
                first = false;
            }
        }
        Ok(())
    };
    write(&rendered(&findings, ndjson), &mut output)?;
    let mut found = false;
    for export in long {
        let render = |findings: Vec<Finding>| {
            let mut part = export.report(findings);
            settle(&mut part);
            let severities: Vec<_> = part.findings.iter().map(|finding| finding.severity).collect();
            let part = json::report(&part, false);
            let lines = rendered(&part.findings, ndjson);
            Part { lines, summary: part.summary, fails: fails(&severities, arguments.fail_on) }
        };
        judge(export, &arguments.reading, render, |part| {
            summary.add_all(&part.summary);
            found |= part.fails;
            write(&part.lines, &mut output)
        })?;
    }
    if ndjson {
        for spot in &blind_spots {
            line(&mut output, &Line::BlindSpot(spot))?;
        }
        line(&mut output, &Line::Summary(&summary))?;
    } else {
        output.write_all(b"\n  ],\n  \"blind_spots\": ")?;
        serde_json::to_writer(&mut output, &blind_spots)?;
        output.write_all(b",\n  \"summary\": ")?;
        serde_json::to_writer(&mut output, &summary)?;
        output.write_all(b"\n}\n")?;
    }
    output.finish()?;
    Ok(match conclude(&report, arguments) {
        Outcome::Clean if found => Outcome::Found,
        outcome => outcome,
    })
}

fn line(output: &mut Output, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *output, line)?;
    output.write_all(b"\n")
}

/// A line each.
fn rendered(findings: &[json::FindingV1], ndjson: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for finding in findings {
        // Writing into memory fails for values that are no JSON only, and these are.
        let written = if ndjson {
            serde_json::to_writer(&mut lines, &Line::Finding(finding))
        } else {
            serde_json::to_writer(&mut lines, finding)
        };
        if written.is_ok() {
            lines.push(b'\n');
        }
    }
    lines
}
