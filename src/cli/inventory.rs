//! `leastwise inventory`: the rows that were read, without values.

use std::io::{self, Write as _};

use serde::Serialize;

use super::args::{Inventory, SimpleFormat};
use super::output::{Output, complain};
use super::{Outcome, files};
use crate::audit::assemble;
use crate::catalog::Scope;
use crate::input::Status;
use crate::inventory::TokenRow;
use crate::report::Report;
use crate::report::json::{self, BlindSpotV1};
use crate::report::text::clean;

pub(crate) fn run(arguments: &Inventory) -> io::Result<Outcome> {
    let context = arguments.reading.context();
    let Some(gathered) = files::examine_all(&arguments.reading, &context) else {
        return Ok(Outcome::Failed);
    };
    let report = assemble(gathered.parts, &context);
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => output.json(&listing(&report))?,
        SimpleFormat::Text => output.write_all(table(&report).as_bytes())?,
    }
    output.finish()?;
    if report.inventories.is_empty() {
        complain("no rows in what was given: an inventory is an export (JSON) or a saved GitLab settings page (HTML)");
        return Ok(Outcome::Failed);
    }
    let trouble = report.inputs.iter().any(|input| input.status != Status::Read);
    Ok(if arguments.strict && trouble { Outcome::Failed } else { Outcome::Clean })
}

/// The published form.
#[derive(Serialize)]
struct Listing<'a> {
    version: u32,
    inventories: Vec<Listed<'a>>,
}

/// One input's rows.
#[derive(Serialize)]
struct Listed<'a> {
    input: &'a str,
    format: &'a str,
    status: Status,
    #[serde(flatten)]
    inventory: &'a crate::inventory::Inventory,
    blind_spots: Vec<BlindSpotV1>,
}

fn listing(report: &Report) -> Listing<'_> {
    let spots = json::report(report, false).blind_spots;
    let inventories = report
        .inventories
        .iter()
        .filter_map(|(index, inventory)| {
            let input = report.inputs.get(*index)?;
            let mine = report.blind_spots.iter().zip(&spots).filter(|(spot, _)| spot.input == *index);
            Some(Listed {
                input: input.name.as_str(),
                format: input.format.as_str(),
                status: input.status,
                inventory,
                blind_spots: mine.map(|(_, spot)| spot.clone()).collect(),
            })
        })
        .collect();
    Listing { version: 1, inventories }
}

const HEADINGS: [&str; 9] = ["KIND", "ID", "NAME", "SCOPES", "ROLE", "CREATED", "LAST USED", "EXPIRES", "STATUS"];

fn table(report: &Report) -> String {
    let mut out = String::new();
    for (index, inventory) in &report.inventories {
        let Some(input) = report.inputs.get(*index) else { continue };
        let (name, format) = (clean(input.name.as_str()), clean(input.format.as_str()));
        out.push_str(&format!("{name}: {format}, {} rows\n", inventory.rows()));
        let rows: Vec<[String; 9]> =
            inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()).map(cells).collect();
        if !rows.is_empty() {
            let mut widths = HEADINGS.map(str::len);
            for row in &rows {
                for (width, cell) in widths.iter_mut().zip(row) {
                    *width = (*width).max(textwrap::core::display_width(cell));
                }
            }
            push_row(&mut out, &HEADINGS.map(String::from), &widths);
            for row in &rows {
                push_row(&mut out, row, &widths);
            }
        }
        for spot in report.blind_spots.iter().filter(|spot| spot.input == *index) {
            out.push_str(&format!("not read: {}\n", clean(spot.message.as_str())));
        }
        out.push('\n');
    }
    out
}

fn push_row(out: &mut String, row: &[String; 9], widths: &[usize; 9]) {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(width.saturating_sub(textwrap::core::display_width(cell)) + 2));
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

fn cells(row: &TokenRow) -> [String; 9] {
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "unknown".into());
    let or_never = |never: Option<bool>, day: Option<crate::time::Date>| {
        if never == Some(true) { "never".into() } else { or_unknown(day.map(|day| day.to_string())) }
    };
    let scopes = row.scopes.as_ref().map(|scopes| {
        let names: Vec<_> = scopes.iter().map(Scope::as_str).collect();
        if names.is_empty() { "none".into() } else { clean(&names.join(",")) }
    });
    let status = serde_json::to_value(&row.status).ok().and_then(|value| value.as_str().map(clean));
    [
        row.kind.id().into(),
        row.id.map_or_else(|| "-".into(), |id| id.to_string()),
        or_unknown(row.name.as_ref().map(|name| clean(name.as_str()))),
        or_unknown(scopes),
        row.role.as_ref().map_or_else(|| "-".into(), |role| clean(role.as_str())),
        or_unknown(row.created_on.map(|day| day.to_string())),
        or_never(row.never_used, row.last_used_day()),
        or_never(row.never_expires, row.expires_on),
        or_unknown(status),
    ]
}
