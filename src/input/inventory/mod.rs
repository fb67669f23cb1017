//! Exports: REST answers and what tools make of them, in whatever shape a shell left them.
//!
//! Every row is read by itself. What is complete is kept, what is not is counted and said with its place: rows read and
//! rows skipped are together the rows that are there.

mod answer;
mod closing;
mod collect;
mod env;
mod fields;
mod hints;
mod job_scope;
mod json;
mod key;
mod others;
mod people;
mod report;
mod settings;
mod shape;
pub(crate) mod stream;
mod table;
mod terraform;
mod token;

pub(crate) use closing::{Fixes, says_whose};

use super::{Reading, Status, Unread};
use crate::context::Context;
use crate::source::Source;

/// Reads an export.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Reading {
    let text = source.text();
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return Reading {
            format: "HTML page".into(),
            status: Status::Unreadable,
            unread: vec![Unread { at: None, message: answer::html_message(text) }],
            ..Reading::default()
        };
    }
    if let Some(reading) = report::read(source, context) {
        return reading;
    }
    if env::is_export(text) {
        return env::read(source, context);
    }
    if let Some(layout) = table::layout(text) {
        return table::read(source, context, &layout);
    }
    collect::json(source, context)
}

/// Is it what `glab variable export` writes for a shell?
#[must_use]
pub fn is_shell_export(text: &str) -> bool {
    env::is_export(text)
}

/// Is the text a table or report that this reader knows? For telling kinds of text apart: a document may have a table with
/// two familiar words, so a text that is not named as data needs more of them.
#[must_use]
pub fn is_table_or_report(text: &str, named_as_data: bool) -> bool {
    let least = if named_as_data { 2 } else { 4 };
    report::is_report(text)
        || table::layout(text).is_some_and(|layout| layout.known >= least || layout.is_authentication_log())
}

#[cfg(test)]
mod tests;
