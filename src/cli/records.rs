//! `check --records`: NDJSON in, a report a line out. One process a partition of a data engine; memory does not grow with
//! the number of records.

use std::io::{self, BufRead as _, BufReader, Write as _};

use serde::{Deserialize, Serialize};

use super::Outcome;
use super::args::Check;
use super::check::fails;
use super::output::Output;
use crate::audit::audit;
use crate::context::Context;
use crate::input::{Input, Kind};
use crate::report::Report;
use crate::report::json::{self, ReportV1};
use crate::text::Name;

#[derive(Deserialize)]
struct Record {
    name: String,
    text: String,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    project: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Report { name: Name, report: Box<ReportV1> },
    Error { name: Option<Name>, error: &'static str },
}

/// `settle` takes out of a report what is not wanted or was accepted.
pub(crate) fn run(
    arguments: &Check,
    context: &Context,
    settle: &impl Fn(&mut Report) -> Vec<usize>,
) -> io::Result<Outcome> {
    let mut output = Output::open(&arguments.writing)?;
    let mut found = false;
    let mut line = Vec::new();
    let mut input = BufReader::new(io::stdin().lock());
    loop {
        // Whoever waits for the answer before giving the next record gets it now.
        if input.buffer().is_empty() {
            output.flush()?;
        }
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = answer(&line, arguments, context, settle, &mut found);
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
    }
    output.finish()?;
    Ok(if found { Outcome::Found } else { Outcome::Clean })
}

fn answer(
    line: &[u8],
    arguments: &Check,
    context: &Context,
    settle: &impl Fn(&mut Report) -> Vec<usize>,
    found: &mut bool,
) -> Answer {
    let record: Record = match serde_json::from_slice(line) {
        Ok(record) => record,
        Err(error) => {
            // The parser's own message may quote the record: only its class is told, and the name where there is one.
            let error = match error.classify() {
                serde_json::error::Category::Data => {
                    "a record needs \"name\" and \"text\", both strings, and a known \"kind\" if it has one"
                }
                _ => "not a JSON object on one line",
            };
            let name = serde_json::from_slice::<serde_json::Value>(line)
                .ok()
                .and_then(|value| value.get("name")?.as_str().map(|name| context.name(name)));
            return Answer::Error { name, error };
        }
    };
    let name = context.name(&record.name);
    let input = Input { kind: record.kind, project: record.project, ..Input::new(record.name, record.text) };
    let mut report = audit(vec![input], context);
    // An entry is about some record, not about each.
    let _ = settle(&mut report);
    let severities: Vec<_> = report.findings.iter().map(|finding| finding.severity).collect();
    *found |= fails(&severities, arguments.fail_on);
    Answer::Report { name, report: Box::new(json::report(&report, false)) }
}
