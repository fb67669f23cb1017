//! A long export, block by block: what is in memory is one block and its rows, however long the list is.

use super::closing::Fixes;
use super::collect::{Collector, Suspended};
use super::json::Walk;
use super::table::{self, Layout, Place};
use crate::context::Context;
use crate::detect::Found;
use crate::input::{Kind, Reading, sniff};
use crate::inventory::Inventory;
use crate::source::Source;

/// How the rows are told apart.
enum Form {
    Json(Walk),
    Table(Layout, Place),
}

/// The reading of an export that comes in blocks. Each block begins where the one before was done.
pub(crate) struct Stream<'c> {
    context: &'c Context,
    form: Form,
    kept: Option<Suspended>,
    base: usize,
}

/// What a block gave.
pub(crate) struct Rows {
    /// Bytes of the block that are done; the next block begins there.
    pub(crate) done: usize,
    /// The complete rows in it. Their places count from the beginning of the block.
    pub(crate) inventory: Inventory,
    /// Places of the block, counted from the beginning of the input, that the closing words may name.
    pub(crate) places: Vec<usize>,
    /// Credentials that only their field gives away.
    pub(crate) found: Vec<Found>,
}

impl<'c> Stream<'c> {
    /// For a text that begins so. `None` for what has to be read as a whole: pages, logs, reports.
    pub(crate) fn new(name: &str, head: &str, context: &'c Context) -> Option<Self> {
        let kind = context.kind.unwrap_or_else(|| sniff::sniff(name, head));
        let start = head.trim_start_matches('\u{feff}').trim_start();
        if kind != Kind::Inventory
            || start.starts_with('<')
            || super::report::is_report(head)
            || super::env::is_export(head)
        {
            return None;
        }
        let form = match table::layout(head) {
            Some(layout) => {
                let place = Place::begin(&layout);
                Form::Table(layout, place)
            }
            None => Form::Json(Walk::default()),
        };
        Some(Self { context, form, kept: None, base: 0 })
    }

    /// Reads a block. `last`: nothing comes behind it.
    pub(crate) fn block(&mut self, block: &Source, last: bool) -> Rows {
        let mut collector = self.collector(block);
        let mut places = Vec::new();
        let done = match &mut self.form {
            Form::Json(walk) => {
                let outline = &walk.outline;
                let before = (outline.headers.len(), outline.other_lines.len(), outline.breaks.len());
                let done = walk.block(block.text(), self.base, last, &mut |node| collector.top(&node));
                collector.note_surroundings(&walk.outline, before.0, before.1);
                places.extend(walk.outline.breaks.get(before.2..).unwrap_or_default());
                done
            }
            Form::Table(layout, place) => {
                if self.base > 0 {
                    place.rows = 0;
                }
                let done = table::block(&mut collector, layout, place, last);
                places.push(layout.header);
                done
            }
        };
        places.extend(collector.places());
        let mut found = std::mem::take(&mut collector.found);
        found.sort_by_key(|found| found.span);
        let (inventory, kept) = collector.suspend();
        self.kept = Some(kept);
        self.base += done;
        Rows { done, inventory, places, found }
    }

    fn collector<'a>(&mut self, block: &'a Source) -> Collector<'a>
    where
        'c: 'a,
    {
        match self.kept.take() {
            Some(kept) => Collector::resume(block, self.base, self.context, kept),
            None => {
                let mut collector = Collector::new(block, self.context);
                collector.hints_of_headers();
                collector
            }
        }
    }

    /// What can be said now that all rows went by. `nothing` is an empty source with the input's name.
    pub(crate) fn close(mut self, nothing: &Source) -> (Reading, Fixes) {
        let collector = self.collector(nothing);
        match &self.form {
            Form::Json(walk) => collector.finish(&walk.outline),
            Form::Table(layout, place) => table::close(collector, layout, place),
        }
    }
}
