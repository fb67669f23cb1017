//! `check --format json|ndjson|csv` of exports that are too long to be kept: findings are written as they come, in the order of
//! the text, not the worst first.

use std::io::{self, Write as _};

use super::super::Outcome;
use super::super::args::{Check, CheckFormat};
pub(super) use super::super::long::judge;
use super::super::output::Output;
use super::{Line, conclude, fails};
use crate::long::Long;
use crate::report::json::{self, SummaryV1};
use crate::report::{BlindSpot, Finding, Report, csv};

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
    accepted: Vec<json::AcceptedV1>,
    summary: SummaryV1,
    fails: bool,
}

/// Writes the report; `report` has what was short enough to be kept.
pub(super) fn run(
    arguments: &Check,
    mut report: Report,
    long: &[Long<'_>],
    settle: &(impl Fn(&mut Report) -> Vec<usize> + Sync),
) -> io::Result<Outcome> {
    for export in long {
        add(&mut report, export);
    }
    let form = arguments.format;
    let mut output = Output::data(&arguments.writing)?;
    // What `leastwise.toml` accepts is not here: see the caller. What an earlier report had is no more than that report, which is
    // held already.
    let (tool, today, mut summary) = (json::tool(), report.today, SummaryV1::of(&report));
    let inputs: Vec<_> = report.inputs.iter().map(json::InputV1::from).collect();
    let blind_spots: Vec<_> = report.blind_spots.iter().map(|spot| json::BlindSpotV1::of(spot, &report)).collect();
    let mut accepted = json::accepted(&report, false);
    if form == CheckFormat::Ndjson {
        for input in &inputs {
            line(&mut output, &Line::Input(input))?;
        }
    } else if form == CheckFormat::Csv {
        output.write_all(csv::header().as_bytes())?;
    } else {
        write!(output, "{{\n  \"version\": 1,\n  \"tool\": ")?;
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
        if form == CheckFormat::Csv {
            return output.write_all(lines);
        }
        for row in lines.split_inclusive(|&byte| byte == b'\n') {
            if form == CheckFormat::Ndjson {
                output.write_all(row)?;
            } else {
                output.write_all(if first { b"\n" } else { b",\n" })?;
                output.write_all(row.strip_suffix(b"\n").unwrap_or(row))?;
                first = false;
            }
        }
        Ok(())
    };
    write(&rendered(&report, form), &mut output)?;
    let mut found = false;
    for export in long {
        let render = |findings: Vec<Finding>| {
            let mut part = export.report(findings);
            settle(&mut part);
            let severities: Vec<_> = part.findings.iter().map(|finding| finding.severity).collect();
            let fails = fails(&severities, arguments.fail_on);
            let (lines, accepted) = (rendered(&part, form), json::accepted(&part, false));
            Part { lines, accepted, summary: SummaryV1::of(&part), fails }
        };
        judge(
            export,
            &arguments.reading,
            |_| {},
            render,
            |part| {
                summary.add_all(&part.summary);
                found |= part.fails;
                accepted.extend(part.accepted);
                write(&part.lines, &mut output)
            },
        )?;
    }
    if form == CheckFormat::Ndjson {
        for spot in &blind_spots {
            line(&mut output, &Line::BlindSpot(spot))?;
        }
        for one in &accepted {
            line(&mut output, &Line::Accepted(one))?;
        }
        line(&mut output, &Line::Summary(&summary))?;
    } else if form == CheckFormat::Csv {
        output.write_all(csv::accepted(&accepted).as_bytes())?;
    } else {
        output.write_all(b"\n  ],\n  \"blind_spots\": ")?;
        serde_json::to_writer(&mut output, &blind_spots)?;
        if !accepted.is_empty() {
            output.write_all(b",\n  \"accepted\": ")?;
            serde_json::to_writer(&mut output, &accepted)?;
        }
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

fn line(output: &mut Output, line: &Line<'_, '_>) -> io::Result<()> {
    serde_json::to_writer(&mut *output, line)?;
    output.write_all(b"\n")
}

/// The findings of a report, a line each.
fn rendered(report: &Report, form: CheckFormat) -> Vec<u8> {
    if form == CheckFormat::Csv {
        return csv::rows(&json::report(report, false).findings).into_bytes();
    }
    let mut lines = Vec::new();
    let once = json::Once::default();
    for finding in json::findings(report, &once) {
        // Writing into memory fails for values that are no JSON only, and these are.
        let written = if form == CheckFormat::Ndjson {
            serde_json::to_writer(&mut lines, &Line::Finding(finding))
        } else {
            serde_json::to_writer(&mut lines, &finding)
        };
        if written.is_ok() {
            lines.push(b'\n');
        }
    }
    lines
}
