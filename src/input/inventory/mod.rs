//! Exports: REST answers and what tools make of them, in whatever shape a shell left them.
//!
//! Every row is read by itself. What is complete is kept, what is not is counted and said with its place: rows read and
//! rows skipped are together the rows that are there.

mod answer;
mod collect;
mod fields;
mod hints;
mod job_scope;
mod json;
mod people;
mod settings;
mod shape;
mod token;

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
    collect::json(source, context)
}

#[cfg(test)]
mod tests;
