//! `leastwise plan incident`: what to do now that a token leaked, and what happened to it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::Serialize;

use super::args::{Incident, SimpleFormat};
use super::check::read_report;
use super::output::{Output, complain};
use super::{Outcome, clock};
use crate::audit::{assemble, examine};
use crate::catalog::TokenType;
use crate::context::Context;
use crate::input::Input;
use crate::plan::incident::{self, incident};
use crate::plan::timeline::{Timeline, Uses, timeline};
use crate::report::text::{clean, render_paragraph, render_steps};
use crate::text::Name;

/// A line of a log beyond this length is no request.
const LONGEST_LINE: u64 = 1 << 20;

pub(crate) fn run(arguments: &Incident) -> io::Result<Outcome> {
    let kinds = match &arguments.from {
        None => arguments.kind.into_iter().collect(),
        Some(path) => match kinds_in(path) {
            Ok(kinds) if kinds.is_empty() => {
                complain("--from: no credential of GitLab's stands in this report, so there is no leak to plan for");
                return Ok(Outcome::Clean);
            }
            Ok(kinds) => kinds,
            Err(message) => {
                complain(&format!("--from: {message}"));
                return Ok(Outcome::Failed);
            }
        },
    };
    let story = match arguments.id.map(|id| story(id, arguments)).transpose() {
        Ok(story) => story,
        Err(message) => {
            complain(&message);
            return Ok(Outcome::Failed);
        }
    };
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => {
            let published: Vec<_> = kinds.iter().map(|&kind| incident(kind).published()).collect();
            match (published.as_slice(), &arguments.from) {
                ([one], None) => output.json(&Published { plan: Some(one), plans: None, timeline: story.as_ref() })?,
                _ => output.json(&Published { plan: None, plans: Some(&published), timeline: story.as_ref() })?,
            }
        }
        SimpleFormat::Text => {
            let width = output.width;
            if let Some(story) = &story {
                tell(story, width, &mut output)?;
            }
            for &kind in &kinds {
                let plan = incident(kind);
                writeln!(output, "A leaked {}\n", plan.kind.facts().name)?;
                output.write_all(render_paragraph("It could reach: ", plan.reach, width).as_bytes())?;
                output.write_all(render_paragraph("It is more than that when: ", plan.escalate, width).as_bytes())?;
                writeln!(output)?;
                output.write_all(render_steps(&plan.steps, width).as_bytes())?;
                for reference in &plan.references {
                    writeln!(output, "see {reference}")?;
                }
            }
        }
    }
    output.finish()?;
    Ok(Outcome::Clean)
}

/// The plan as before for one kind; `plans` for those of a report.
#[derive(Serialize)]
struct Published<'a> {
    #[serde(flatten)]
    plan: Option<&'a incident::IncidentV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plans: Option<&'a [incident::IncidentV1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<&'a Timeline>,
}

/// The kinds of credential that a report found, in the order of the findings: the worst first.
fn kinds_in(path: &Path) -> Result<Vec<TokenType>, String> {
    let report = read_report(path)?;
    let mut seen = BTreeSet::new();
    let found = report.findings.iter().filter(|finding| finding.rule == "exposed-token");
    let kinds = found.filter_map(|finding| TokenType::parse(&finding.token.as_ref()?.kind));
    Ok(kinds.filter(|kind| seen.insert(*kind)).collect())
}

/// Reads the evidence: logs line by line, everything else as an export.
fn story(id: u64, arguments: &Incident) -> Result<Timeline, String> {
    let context = Context::new(arguments.today.unwrap_or_else(clock::today));
    let mut uses = Uses::new(id);
    let mut parts = Vec::new();
    for path in &arguments.evidence {
        let shown = path.to_string_lossy();
        let name = context.name(&shown);
        let failed = |error: io::Error| format!("{name}: not read: {}", error.kind());
        if read_log(path, &name, &context, &mut uses).map_err(failed)? {
            continue;
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        parts.push(examine(Input::new(shown.into_owned(), bytes), &context));
    }
    Ok(timeline(&assemble(parts, &context), uses))
}

/// Reads a file as a server's log, if it begins like one.
fn read_log(path: &Path, name: &Name, context: &Context, uses: &mut Uses) -> io::Result<bool> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(number > 0);
        }
        number += 1;
        let text = String::from_utf8_lossy(&line);
        let is_request = text.starts_with('{') && (text.contains("\"correlation_id\"") || text.contains("\"route\""));
        if number == 1 && !is_request {
            return Ok(false);
        }
        uses.line(text.trim_end(), number, name, context);
    }
}

fn tell(story: &Timeline, width: usize, output: &mut Output) -> io::Result<()> {
    writeln!(output, "What happened to the token {}\n", story.id)?;
    for moment in &story.moments {
        let until = moment.until.map(|until| format!(" to {until}")).unwrap_or_default();
        let line = moment.line.map(|line| format!(":{line}")).unwrap_or_default();
        writeln!(output, "{}{until}  {}{line}", moment.at, clean(moment.input.as_str()))?;
        output.write_all(render_paragraph("    ", moment.what.as_str(), width).as_bytes())?;
        for mark in &moment.unusual {
            output.write_all(render_paragraph("    unusual: ", mark.as_str(), width).as_bytes())?;
        }
    }
    writeln!(output)?;
    for note in &story.notes {
        output.write_all(render_paragraph("", note.as_str(), width).as_bytes())?;
    }
    writeln!(output)
}
