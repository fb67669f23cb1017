//! `leastwise check`: findings in files, folders or standard input.

mod stream;
mod worst;

use std::io::{self, Write as _};
use std::path::Path;

use super::args::{Check, CheckFormat, FailOn};
use super::output::{Output, complain};
use super::{Outcome, files, records};
use crate::accept::{self, baseline::Baseline};
use crate::audit::assemble;
use crate::input::Status;
use crate::report::json::{self, ReportV1, SummaryV1};
use crate::report::{Report, Severity, chart, csv, gitlab, html, markdown, sarif, text};
use crate::text::Name;

pub(crate) fn run(arguments: &Check) -> io::Result<Outcome> {
    let context = arguments.reading.context();
    let accepted = match accepted(arguments) {
        Ok(entries) => entries,
        Err(message) => {
            complain(&message);
            return Ok(Outcome::Failed);
        }
    };
    let baseline = match arguments.baseline.as_deref().map(read_report).transpose() {
        Ok(baseline) => baseline.map(|earlier| Baseline::new(&earlier)),
        Err(message) => {
            complain(&format!("--baseline: {message}"));
            return Ok(Outcome::Failed);
        }
    };
    let settle = |report: &mut Report| {
        keep_confident(report, arguments);
        let unused = accept::apply(report, &accepted);
        if let Some(baseline) = &baseline {
            baseline.apply(report);
        }
        unused
    };
    if arguments.records {
        return records::run(arguments, &context, &settle);
    }
    let Some(mut gathered) = files::examine_short(&arguments.reading, &context) else {
        return Ok(Outcome::Failed);
    };
    let mut report = assemble(gathered.parts, &context);
    let further: Vec<_> = gathered.long.iter().flat_map(|long| long.kept_out().to_vec()).collect();
    if !further.is_empty() {
        crate::join::join(&mut report, &further, &context);
    }
    gathered.long.iter_mut().for_each(|long| long.know(&report));
    let data = matches!(arguments.format, CheckFormat::Json | CheckFormat::Ndjson | CheckFormat::Csv);
    // Which accepted findings are used nowhere is known at the end only, so then nothing is written before.
    if data && accepted.is_empty() && !gathered.long.is_empty() {
        settle(&mut report);
        return stream::run(arguments, report, &gathered.long, &settle);
    }
    let mut figures = chart::Figures::of(&report);
    let unused = worst::add(arguments, &mut report, &gathered.long, &mut figures, data, &settle)?;
    tell_unused(&unused, arguments);
    let mut output = if data { Output::data(&arguments.writing)? } else { Output::open(&arguments.writing)? };
    match arguments.format {
        CheckFormat::Text => output.write_all(text::render(&report, output.width).as_bytes())?,
        CheckFormat::Json => output.json(&json::Published(&report))?,
        CheckFormat::Ndjson => ndjson(&report, &mut output)?,
        CheckFormat::Sarif => output.json(&sarif::render(&json::report(&report, false)))?,
        CheckFormat::GitlabSecretDetection => output.json(&gitlab::secret_detection(&json::report(&report, false)))?,
        CheckFormat::GitlabCodeQuality => output.json(&gitlab::code_quality(&json::report(&report, false)))?,
        CheckFormat::Markdown => output.write_all(markdown::render(&json::report(&report, false)).as_bytes())?,
        CheckFormat::Html => {
            output.write_all(html::render_with(&json::report(&report, true), &figures).as_bytes())?;
        }
        CheckFormat::Csv => output.write_all(csv::render(&json::report(&report, false)).as_bytes())?,
    }
    output.finish()?;
    let unlisted = match arguments.format {
        CheckFormat::GitlabCodeQuality => report.accepted,
        CheckFormat::GitlabSecretDetection => {
            report.accepted_findings.iter().filter(|one| one.finding.token.is_none()).count()
        }
        _ => 0,
    };
    if unlisted > 0 && !arguments.quiet {
        let findings =
            if unlisted == 1 { "1 accepted finding has" } else { &format!("{unlisted} accepted findings have") };
        complain(&format!("{findings} no place in this form of the report; the others list them"));
    }
    if gathered.binary > 0 && !arguments.quiet {
        let files = if gathered.binary == 1 { "file was" } else { "files were" };
        complain(&format!("{} binary {files} passed over", gathered.binary));
    }
    Ok(conclude(&report, arguments))
}

/// The name of the configuration, where nobody says another.
const CONFIG: &str = "leastwise.toml";

/// The accepted findings of `--config`.
///
/// # Errors
/// What is wrong with the file, with its place.
fn accepted(arguments: &Check) -> Result<Vec<accept::Entry>, String> {
    let Some(path) = &arguments.config else {
        // Whoever wrote the folder's files may not be who asks: it counts when it is named, and that is said.
        if !arguments.quiet && Path::new(CONFIG).is_file() {
            complain("leastwise.toml lies here and accepts nothing until you name it: --config leastwise.toml");
        }
        return Ok(Vec::new());
    };
    let name = Name::new(&path.to_string_lossy());
    let text = std::fs::read_to_string(path).map_err(|error| format!("--config: {name}: {}", error.kind()))?;
    accept::config::parse(&text)
        .map_err(|wrong| format!("{name}:{}:{}: {}", wrong.line, wrong.column, text::clean(wrong.message.as_str())))
}

/// Entries that are about nothing that was found: done with, or misspelt.
fn tell_unused(lines: &[usize], arguments: &Check) {
    if let (Some(path), false) = (&arguments.config, arguments.quiet) {
        let name = text::clean(Name::new(&path.to_string_lossy()).as_str());
        for line in lines {
            complain(&format!(
                "{name}:{line}: this entry accepts nothing of what was read: no such finding, or no more"
            ));
        }
    }
}

/// Drops findings that are less sure than the user asked for.
fn keep_confident(report: &mut Report, arguments: &Check) {
    if let Some(least) = arguments.min_confidence {
        report.findings.retain(|finding| finding.confidence <= least);
    }
}

/// Reads a report that `check --format json` wrote.
///
/// # Errors
/// What is wrong with the file, in words that do not quote it.
pub(super) fn read_report(path: &Path) -> Result<ReportV1, String> {
    let name = Name::new(&path.to_string_lossy());
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {}", error.kind()))?;
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("{name}:{line}:{column}: this is no report of `leastwise check --format json`")
    })
}

/// A line of NDJSON.
#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a, 'o> {
    Input(&'a json::InputV1),
    Finding(json::Row<'a, 'o>),
    BlindSpot(&'a json::BlindSpotV1),
    Accepted(&'a json::AcceptedV1),
    Summary(&'a SummaryV1),
}

/// The same objects as in the JSON report, a line each, made one after the other.
fn ndjson(report: &Report, output: &mut Output) -> io::Result<()> {
    let mut made = Vec::new();
    let mut line = |line: &Line<'_, '_>| -> io::Result<()> {
        made.clear();
        serde_json::to_writer(&mut made, line)?;
        made.push(b'\n');
        output.write_all(&made)
    };
    report.inputs.iter().try_for_each(|input| line(&Line::Input(&json::InputV1::from(input))))?;
    let once = json::Once::default();
    json::findings(report, &once).try_for_each(|finding| line(&Line::Finding(finding)))?;
    report.blind_spots.iter().try_for_each(|spot| line(&Line::BlindSpot(&json::BlindSpotV1::of(spot, report))))?;
    json::accepted(report, false).iter().try_for_each(|one| line(&Line::Accepted(one)))?;
    line(&Line::Summary(&SummaryV1::of(report)))
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
