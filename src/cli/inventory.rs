//! `leastwise inventory`: the rows that were read, without values.

use std::io::{self, Write as _};

use serde::Serialize;

use super::args::{Inventory, InventoryFormat};
use super::long::{LISTS, rows_as_lines};
use super::output::{Output, complain};
use super::{Outcome, files};
use crate::audit::assemble;
use crate::catalog::Scope;
use crate::input::Status;
use crate::inventory::TokenRow;
use crate::long::Long;
use crate::report::Report;
use crate::report::json::{self, BlindSpotV1};
use crate::report::text::clean;

pub(crate) fn run(arguments: &Inventory) -> io::Result<Outcome> {
    let context = arguments.reading.context();
    let Some(gathered) = files::examine_short(&arguments.reading, &context) else {
        return Ok(Outcome::Failed);
    };
    let report = assemble(gathered.parts, &context);
    let data = arguments.format != InventoryFormat::Text;
    let mut output = if data { Output::data(&arguments.writing)? } else { Output::open(&arguments.writing)? };
    match arguments.format {
        InventoryFormat::Json if gathered.long.is_empty() => output.json(&listing(&report))?,
        InventoryFormat::Json => as_json(&report, &gathered.long, &mut output)?,
        InventoryFormat::Ndjson => as_ndjson(&report, &gathered.long, &mut output)?,
        InventoryFormat::Text => {
            output.write_all(table(&report).as_bytes())?;
            gathered.long.iter().try_for_each(|export| long_table(export, &mut output))?;
        }
    }
    output.finish()?;
    if report.inventories.is_empty() && gathered.long.is_empty() {
        complain("no rows in what was given: an inventory is an export (JSON) or a saved GitLab settings page (HTML)");
        return Ok(Outcome::Failed);
    }
    let long = gathered.long.iter().map(Long::summary);
    let trouble = report.inputs.iter().chain(long).any(|input| input.status != Status::Read);
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

/// All of a long export that is no row of a list.
fn frame<'a>(export: &'a Long<'_>) -> Listed<'a> {
    let input = export.summary();
    let blind_spots = export.blind_spots().iter().map(|spot| BlindSpotV1 {
        input: input.name.to_string(),
        line: spot.line,
        column: spot.column,
        message: spot.message.to_string(),
    });
    Listed {
        input: input.name.as_str(),
        format: input.format.as_str(),
        status: input.status,
        inventory: export.shared(),
        blind_spots: blind_spots.collect(),
    }
}

/// The listing with long exports in it: their rows are written while they are read, once for each kind of row.
fn as_json(report: &Report, long: &[Long<'_>], output: &mut Output) -> io::Result<()> {
    output.write_all(b"{\"version\":1,\"inventories\":[")?;
    let mut separator = "\n";
    for listed in listing(report).inventories {
        output.write_all(separator.as_bytes())?;
        serde_json::to_writer(&mut *output, &listed)?;
        separator = ",\n";
    }
    for export in long {
        output.write_all(separator.as_bytes())?;
        separator = ",\n";
        let serde_json::Value::Object(frame) = serde_json::to_value(frame(export))? else { continue };
        let mut first = true;
        for (key, value) in &frame {
            output.write_all(if first { b"{" } else { b",\n" })?;
            first = false;
            serde_json::to_writer(&mut *output, key)?;
            output.write_all(b":")?;
            match export.counts().get(key.as_str()) {
                Some(&count) if count > 0 => list(export, key, output)?,
                _ => serde_json::to_writer(&mut *output, value)?,
            }
        }
        // Lists that are left out where they are empty.
        for key in LISTS.iter().filter(|key| !frame.contains_key(**key)) {
            if export.counts().get(key).is_some_and(|&count| count > 0) {
                write!(output, ",\n\"{key}\":")?;
                list(export, key, output)?;
            }
        }
        output.write_all(b"}")?;
    }
    output.write_all(b"\n]}\n")
}

fn list(export: &Long<'_>, key: &str, output: &mut Output) -> io::Result<()> {
    let mut separator = "[\n";
    for block in export.blocks()? {
        for row in rows_as_lines(&block?.inventory, key)?.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()) {
            output.write_all(separator.as_bytes())?;
            output.write_all(row)?;
            separator = ",\n";
        }
    }
    output.write_all(b"]")
}

/// A line a row, `{"input": …, "part": "tokens", "row": {…}}`, and behind them a line for the input with all that is no row.
fn as_ndjson(report: &Report, long: &[Long<'_>], output: &mut Output) -> io::Result<()> {
    for listed in listing(report).inventories {
        let mut rest = listed.inventory.clone();
        let rows = rest.take_rows();
        let input = serde_json::to_string(listed.input)?;
        LISTS.iter().try_for_each(|key| lines(&input, &rows, key, output))?;
        ending(&Listed { inventory: &rest, ..listed }, rows.counts(), output)?;
    }
    for export in long {
        let input = serde_json::to_string(export.summary().name.as_str())?;
        for block in export.blocks()? {
            let block = block?;
            LISTS.iter().try_for_each(|key| lines(&input, &block.inventory, key, output))?;
        }
        let counts = export.counts().iter().map(|(key, count)| (*key, *count));
        ending(&frame(export), counts, output)?;
    }
    Ok(())
}

fn lines(input: &str, inventory: &crate::inventory::Inventory, key: &str, output: &mut Output) -> io::Result<()> {
    for row in rows_as_lines(inventory, key)?.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()) {
        write!(output, "{{\"input\":{input},\"part\":\"{key}\",\"row\":")?;
        output.write_all(row)?;
        output.write_all(b"}\n")?;
    }
    Ok(())
}

fn ending(
    listed: &Listed<'_>,
    counts: impl IntoIterator<Item = (&'static str, usize)>,
    output: &mut Output,
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Ending<'a> {
        #[serde(flatten)]
        listed: serde_json::Value,
        rows: std::collections::BTreeMap<&'a str, usize>,
    }
    let counts = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    let mut frame = serde_json::to_value(listed)?;
    if let serde_json::Value::Object(frame) = &mut frame {
        frame.retain(|key, _| !LISTS.contains(&key.as_str()));
    }
    serde_json::to_writer(&mut *output, &Ending { listed: frame, rows: counts })?;
    output.write_all(b"\n")
}

/// A long export's table: the columns are as wide as the first block's need.
fn long_table(export: &Long<'_>, output: &mut Output) -> io::Result<()> {
    let input = export.summary();
    let (name, format) = (clean(input.name.as_str()), clean(input.format.as_str()));
    writeln!(output, "{name}: {format}, {} rows", input.rows.unwrap_or_default())?;
    let mut widths = None;
    for block in export.blocks()? {
        let rows: Vec<[String; 9]> = block?.inventory.tokens.iter().map(cells).collect();
        let mut out = String::new();
        if widths.is_none() && !rows.is_empty() {
            push_row(&mut out, &HEADINGS.map(String::from), &widths_of(&rows));
        }
        let widths = widths.get_or_insert_with(|| widths_of(&rows));
        rows.iter().for_each(|row| push_row(&mut out, row, widths));
        output.write_all(out.as_bytes())?;
    }
    for spot in export.blind_spots() {
        writeln!(output, "not read: {}", clean(spot.message.as_str()))?;
    }
    writeln!(output)
}

fn widths_of(rows: &[[String; 9]]) -> [usize; 9] {
    let mut widths = HEADINGS.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(textwrap::core::display_width(cell));
        }
    }
    widths
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
            let widths = widths_of(&rows);
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
