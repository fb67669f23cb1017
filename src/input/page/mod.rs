//! GitLab's settings pages, read from HTML: one file a page kind.

use super::{Reading, Status};
use crate::context::Context;
use crate::source::Source;
use crate::text::Text;

/// Reads a page.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Reading {
    let _ = (source, context);
    Reading { format: Text::from("HTML page"), status: Status::Unreadable, ..Reading::default() }
}
