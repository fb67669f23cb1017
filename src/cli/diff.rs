//! `leastwise diff`: two exports, or two reports.

use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::args::{Diff, SimpleFormat};
use super::check::read_report;
use super::output::{Output, complain};
use super::{Outcome, clock};
use crate::audit::audit;
use crate::context::Context;
use crate::input::Input;
use crate::inventory::Inventory;
use crate::plan::diff::{self, Differences, Direction};
use crate::report::Report;
use crate::report::text::clean;
use crate::text::Name;

pub(crate) fn run(arguments: &Diff) -> io::Result<Outcome> {
    let context = Context::new(arguments.today.unwrap_or_else(clock::today));
    let differences = match (read_report(&arguments.old), read_report(&arguments.new)) {
        (Ok(old), Ok(new)) => diff::reports(&old, &new),
        (Ok(_), Err(message)) | (Err(message), Ok(_)) => {
            complain(&format!("{message}, while the other one is. Compare two reports or two exports"));
            return Ok(Outcome::Failed);
        }
        (Err(_), Err(_)) => {
            let (Some(old), Some(new)) = (rows(&arguments.old, &context), rows(&arguments.new, &context)) else {
                return Ok(Outcome::Failed);
            };
            diff::inventories(&old, &new)
        }
    };
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => output.json(&Published { version: 1, differences: &differences })?,
        SimpleFormat::Text => output.write_all(listing(&differences).as_bytes())?,
    }
    output.finish()?;
    Ok(if differences.any_worse() { Outcome::Found } else { Outcome::Clean })
}

/// The published form.
#[derive(Serialize)]
struct Published<'a> {
    version: u32,
    #[serde(flatten)]
    differences: &'a Differences,
}

/// The rows that `leastwise inventory --format json` printed: an export whose values are gone already.
#[derive(Deserialize)]
struct Earlier {
    #[serde(rename = "version")]
    _version: u32,
    inventories: Vec<Inventory>,
}

fn earlier(bytes: &[u8], context: &Context) -> Option<Report> {
    let earlier: Earlier = serde_json::from_slice(bytes).ok()?;
    let mut report = audit(Vec::new(), context);
    report.inventories = earlier.inventories.into_iter().enumerate().collect();
    Some(report)
}

/// Reads an export; says what is wrong when there are no rows in it.
fn rows(path: &Path, context: &Context) -> Option<Report> {
    let name = path.to_string_lossy();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&format!("{}: {}", Name::new(&name), error.kind()));
            return None;
        }
    };
    if let Some(report) = earlier(&bytes, context) {
        return Some(report);
    }
    let report = audit(vec![Input::new(name.clone(), bytes)], context);
    if report.inventories.is_empty() {
        complain(&format!("{}: neither an export with rows nor a report of `check --format json`", Name::new(&name)));
        return None;
    }
    let aside = report
        .inventories
        .iter()
        .map(|(_, rows)| rows.projects.len() + rows.groups.len() + rows.audit_events.len() + rows.expiry_counts.len());
    let aside: usize = aside.sum();
    if aside > 0 {
        let name = Name::new(&name);
        complain(&format!(
            "{name}: {aside} rows (projects, groups, events) are no credentials or settings and are not compared"
        ));
    }
    for spot in &report.blind_spots {
        complain(&format!("{}: {}", Name::new(&name), clean(spot.message.as_str())));
    }
    Some(report)
}

fn listing(differences: &Differences) -> String {
    let mut out = String::new();
    for difference in &differences.differences {
        let changes: Vec<_> = difference.changes.iter().map(|change| clean(change.as_str())).collect();
        let about = clean(difference.about.as_str());
        out.push_str(&format!("{:<8}{about}: {}\n", difference.direction.word(), changes.join("; ")));
    }
    let count =
        |direction| differences.differences.iter().filter(|difference| difference.direction == direction).count();
    let counts: Vec<_> =
        Direction::ALL.into_iter().map(|direction| format!("{} {}", count(direction), direction.word())).collect();
    out.push_str(&format!("{}, {} unchanged\n", counts.join(", "), differences.unchanged));
    out
}
