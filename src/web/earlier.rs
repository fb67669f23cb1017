//! An earlier export or report that the user compares with.

use crate::audit::audit;
use crate::context::Context;
use crate::input::{Input, Kind};
use crate::plan::diff::{self, Differences};
use crate::report::Report;
use crate::report::json::{self, ReportV1};
use crate::text::Text;
use crate::web::show;
use crate::web::talk::Given;
use crate::web::words;

/// What was read of it, and what changed since.
pub(super) struct Earlier {
    id: u32,
    kind: Option<Kind>,
    name: String,
    content: Content,
    pub(super) differences: Differences,
}

enum Content {
    /// A report of ours.
    Report(Box<ReportV1>),
    /// An export with rows.
    Rows(Box<Report>),
    /// It cannot be compared with; why.
    Nothing(String),
}

impl Earlier {
    /// Reads it: a JSON report, or any export with rows.
    pub(super) fn read(given: &Given, input: Input, context: &Context) -> Self {
        let content = match serde_json::from_slice::<ReportV1>(&input.bytes) {
            Ok(report) => Content::Report(Box::new(report)),
            Err(_) => {
                let report = audit(vec![input], context);
                if report.inventories.iter().any(|(_, inventory)| inventory.rows() > 0) {
                    Content::Rows(Box::new(report))
                } else {
                    Content::Nothing(words::NOT_COMPARABLE.into())
                }
            }
        };
        Self::new(given, content)
    }

    /// The browser could not read it.
    pub(super) fn unreadable(given: &Given, why: Text) -> Self {
        Self::new(given, Content::Nothing(why.as_str().into()))
    }

    fn new(given: &Given, content: Content) -> Self {
        let name = show::visible(&given.name, false);
        Self { id: given.id, kind: given.kind, name, content, differences: Differences::default() }
    }

    /// Is it this input, read in the same way?
    pub(super) fn is(&self, given: &Given) -> bool {
        self.id == given.id && self.kind == given.kind
    }

    /// Its name; or why it cannot be compared with.
    pub(super) fn state(&self) -> Result<String, String> {
        match &self.content {
            Content::Nothing(why) => Err(format!("{}: {why}", self.name)),
            _ => Ok(self.name.clone()),
        }
    }

    /// Compares a report with it: findings with findings, or rows with rows.
    pub(super) fn compare(&mut self, report: &Report) {
        self.differences = match &self.content {
            Content::Report(old) => diff::reports(old, &json::report(report, false)),
            Content::Rows(old) => diff::inventories(old, report),
            Content::Nothing(_) => Differences::default(),
        };
    }
}
