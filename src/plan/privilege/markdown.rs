//! The plan in Markdown, for an issue.

use std::fmt::Write as _;

use super::words::{decision, heading, summary};
use super::{Item, Privilege};
use crate::report::markdown::{escape, fence};
use crate::source::visible;

/// The plan as Markdown.
#[must_use]
pub fn render(plan: &Privilege) -> String {
    let mut out = format!("# Privilege plan\n\n{}\n", escape(summary(plan).as_str()));
    for note in &plan.notes {
        let _ = write!(out, "\n{}\n", escape(note.as_str()));
    }
    for item in &plan.items {
        one(&mut out, item);
    }
    out
}

fn one(out: &mut String, item: &Item) {
    let _ = write!(out, "\n## {}: {}\n\n", decision(item.decision), escape(heading(item).as_str()));
    for text in [&item.can, &item.seen, &item.enough_words] {
        let _ = writeln!(out, "{}\n", escape(text.as_str()));
    }
    if !item.not_seen.is_empty() {
        out.push_str("Not seen, so not ruled out:\n\n");
        for text in &item.not_seen {
            let _ = writeln!(out, "- {}", escape(text.as_str()));
        }
        out.push('\n');
    }
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
