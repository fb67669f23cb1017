//! A job's page: the lines of its log that are in the document.

use super::reader::{Reader, digits, plural};
use crate::input::html::{Attribute, Element};
use crate::inventory::{Inventory, JobLine};
use crate::say;

/// Missing lines that are listed one by one; beyond it only their number is said.
const MAX_LISTED: usize = 10_000;

/// Reads name, number and lines.
pub(super) fn read(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    inventory.job_id = reader.gitlab.body.and_then(|body| body.number(Attribute::DataPageTypeId));
    inventory.job_name = job_name(reader, inventory.job_id);
    let log = reader
        .document
        .first(|element| element.is_test_id("job-log-content") || (element.is("code") && element.has_class("job-log")));
    let Some(log) = log else {
        reader.missing(None, say!["The log is not on this page: wait until it is there, then look again; or save it with *Show complete raw* and give Leastwise that file."]);
        return;
    };
    let rows: Vec<Element<'_>> =
        log.descendants().filter(|row| row.has_class("job-log-line") || row.has_class("js-log-line")).collect();
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(number) = row.by_class("job-log-line-number") else { continue };
        let named = number.id().and_then(|id| id.strip_prefix('L')?.parse().ok());
        let Some(n) = named.or_else(|| digits(&number.text())) else { continue };
        let content = row.by_class("job-log-line-content").map(Element::raw_text).unwrap_or_default();
        lines.push(JobLine { n, text: reader.name(&content) });
    }
    let mut gone: Vec<u64> = Vec::new();
    let mut missing = 0_u64;
    let mut next = 1;
    for line in &lines {
        if line.n > next {
            missing = missing.saturating_add(line.n - next);
            let room = MAX_LISTED.saturating_sub(gone.len());
            gone.extend((next..line.n).take(room));
        }
        next = next.max(line.n.saturating_add(1));
    }
    let ends_folded = rows
        .last()
        .is_some_and(|row| row.has_class("job-log-line-header") && row.by_test_id("chevron-lg-right-icon").is_some());
    if missing > 0 || ends_folded {
        let mut message = say![missing, plural(usize::try_from(missing).unwrap_or(2), " line is", " lines are")];
        if ends_folded {
            message = say!["The last section and ", message];
        }
        message.push(" in collapsed sections, which are not in the document: expand every section and look again, or save the log with *Show complete raw*.");
        reader.missing(log.span(), message);
    }
    if log.parent().unwrap_or(log).by_class("loader-animation").is_some() {
        reader.missing(log.span(), say!["The job was still running: lines that came later are not on the page."]);
    }
    inventory.collapsed_lines = Some(gone);
    inventory.lines = Some(lines);
}

/// `deploy (#55123) · Jobs · …`
fn job_name(reader: &Reader<'_>, id: Option<u64>) -> Option<crate::text::Name> {
    let title = reader.document.first(|element| element.is("title"))?.raw_text();
    let (name, _) = title.split_once(&format!(" (#{})", id?))?;
    reader.some_name(name.trim())
}
