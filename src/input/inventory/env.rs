//! `glab variable export --output env` and `--output export`: `KEY="value"`, `KEY=value`, `export KEY=value`, with nothing
//! escaped, so a value may hold quotes and line ends (<https://docs.gitlab.com/cli/variable/export/>).

use super::collect::Collector;
use super::fields::Fields;
use super::json::Outline;
use super::shape::Shape;
use crate::context::Context;
use crate::input::Reading;
use crate::say;
use crate::source::{Source, Span};

/// What `glab` says before it, when both streams went into one file.
const ANNOUNCED: &str = "Exporting variables from the ";

/// Is it such an export? A file of the same form without the first line is as likely a `.env` file, and read as one.
pub(super) fn is_export(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
    lines.next().is_some_and(|line| line.starts_with(ANNOUNCED))
        && lines.find(|line| !line.trim().is_empty()).and_then(key_of).is_some()
}

/// The key at the beginning of a line, and where its value begins.
fn key_of(line: &str) -> Option<(&str, usize)> {
    let start = if line.starts_with("export ") { "export ".len() } else { 0 };
    let (key, _) = line.get(start..)?.split_once('=')?;
    let named = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !key.starts_with(|first: char| first.is_ascii_digit());
    named.then_some((key, start + key.len() + 1))
}

/// Reads the variables.
pub(super) fn read(source: &Source, context: &Context) -> Reading {
    let mut collector = Collector::new(source, context);
    let mut outline = Outline { documents: 1, ..Outline::default() };
    let mut variables: Vec<(&str, Span, usize)> = Vec::new();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end().len());
        at += line.len();
        match key_of(line) {
            Some((key, value)) => variables.push((key, span, span.start + value)),
            None if line.trim().is_empty() => {}
            // What has no key goes on with the value before it.
            None => match variables.last_mut() {
                Some((_, whole, _)) => whole.end = span.end,
                None => outline.other_lines.push(span),
            },
        }
    }
    for (key, span, value) in variables {
        let value = source.text().get(value..span.end).unwrap_or_default();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let cells = [("key".to_owned(), key.to_owned()), ("value".to_owned(), bare.to_owned())];
        let fields = Fields::cells(source.text(), context, span, &cells);
        collector.row(&fields, Shape::Variable, "");
    }
    collector.note_surroundings(&outline, 0, 0);
    collector.finish_as(say!["glab variable export in shell form"], &outline)
}
