//! The plan as a task list in Markdown, for an issue.

use std::fmt::Write as _;

use super::words::{because, heading, summary, week_of};
use super::{Item, Rotation};
use crate::report::markdown::{escape, fence};
use crate::source::visible;

/// The plan as Markdown.
#[must_use]
pub fn render(plan: &Rotation) -> String {
    let mut out = format!("# Rotation plan\n\n{}\n", escape(summary(plan).as_str()));
    for note in &plan.notes {
        let _ = write!(out, "\n{}\n", escape(note.as_str()));
    }
    let mut week = None;
    for item in &plan.items {
        let this = week_of(item);
        if week.as_ref() != Some(&this) {
            let _ = write!(out, "\n## {}\n", escape(this.as_str()));
            week = Some(this);
        }
        token(&mut out, item);
    }
    out
}

fn token(out: &mut String, item: &Item) {
    let _ = write!(out, "\n### {}\n\n{}\n\n", escape(heading(item).as_str()), escape(because(item).as_str()));
    for step in &item.steps {
        let mark = if step.destructive { "**Destructive.** " } else { "" };
        let _ = writeln!(out, "- [ ] {mark}{}", escape(step.text.as_str()));
        if let Some(place) = &step.place {
            let _ = writeln!(out, "  {}", escape(place.as_str()));
        }
        if let Some(command) = &step.command {
            let fence = fence(command.as_str());
            let command: String = command.as_str().chars().map(visible).collect();
            let _ = writeln!(out, "\n  {fence}sh\n  {command}\n  {fence}\n");
        }
    }
}
