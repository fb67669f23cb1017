//! `leastwise check`: findings in files, folders or standard input.

use std::io::{self, Write as _};

use super::args::{Check, CheckFormat, FailOn};
use super::output::{Output, complain};
use super::{Outcome, files, records};
use crate::audit::assemble;
use crate::input::Status;
use crate::report::json::{self, SummaryV1};
use crate::report::{Report, Severity, text};

pub(crate) fn run(arguments: &Check) -> io::Result<Outcome> {
    let context = arguments.reading.context();
    if arguments.records {
        return records::run(arguments, &context);
    }
    let Some(gathered) = files::examine_all(&arguments.reading, &context) else {
        return Ok(Outcome::Failed);
    };
    let mut report = assemble(gathered.parts, &context);
    keep_confident(&mut report, arguments);
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        CheckFormat::Text => output.write_all(text::render(&report, output.width).as_bytes())?,
        CheckFormat::Json => {
            serde_json::to_writer_pretty(&mut output, &json::report(&report, false))?;
            output.write_all(b"\n")?;
        }
        CheckFormat::Ndjson => ndjson(&report, &mut output)?,
    }
    output.finish()?;
    if gathered.binary > 0 && !arguments.quiet {
        let files = if gathered.binary == 1 { "file was" } else { "files were" };
        complain(&format!("{} binary {files} passed over", gathered.binary));
    }
    Ok(conclude(&report, arguments))
}

/// Drops findings that are less sure than the user asked for.
pub(super) fn keep_confident(report: &mut Report, arguments: &Check) {
    if let Some(least) = arguments.min_confidence {
        report.findings.retain(|finding| finding.confidence <= least);
    }
}

/// The same objects as in the JSON report, a line each.
fn ndjson(report: &Report, output: &mut Output) -> io::Result<()> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Line<'a> {
        Input(&'a json::InputV1),
        Finding(&'a json::FindingV1),
        BlindSpot(&'a json::BlindSpotV1),
        Summary(&'a SummaryV1),
    }
    let report = json::report(report, false);
    let lines = (report.inputs.iter().map(Line::Input))
        .chain(report.findings.iter().map(Line::Finding))
        .chain(report.blind_spots.iter().map(Line::BlindSpot))
        .chain([Line::Summary(&report.summary)]);
    for line in lines {
        serde_json::to_writer(&mut *output, &line)?;
        output.write_all(b"\n")?;
    }
    Ok(())
}

/// Says what could not be read, and decides the exit code.
fn conclude(report: &Report, arguments: &Check) -> Outcome {
    let mut trouble = false;
    for (index, input) in report.inputs.iter().enumerate() {
        let what = match input.status {
            Status::Read => continue,
            Status::Partly => "partly read",
            Status::Unreadable => "not read",
        };
        trouble = true;
        if !arguments.quiet || input.status == Status::Unreadable {
            let name = text::clean(input.name.as_str());
            let spot = report.blind_spots.iter().find(|spot| spot.input == index);
            let because = spot.map(|spot| text::clean(spot.message.as_str())).unwrap_or_default();
            complain(&format!("{name}: {what}: {because}"));
        }
    }
    let all_unreadable = report.inputs.iter().all(|input| input.status == Status::Unreadable);
    if (all_unreadable && !report.inputs.is_empty())
        || (arguments.strict && (trouble || !report.blind_spots.is_empty()))
    {
        return Outcome::Failed;
    }
    let severities: Vec<_> = report.findings.iter().map(|finding| finding.severity).collect();
    if fails(&severities, arguments.fail_on) { Outcome::Found } else { Outcome::Clean }
}

/// Is one of the severities at or above the limit?
pub(super) fn fails(severities: &[Severity], limit: FailOn) -> bool {
    limit.0.is_some_and(|limit| severities.iter().any(|&severity| severity <= limit))
}
