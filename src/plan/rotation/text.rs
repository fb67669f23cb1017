//! The plan for a terminal: a heading a week, a paragraph a token, numbered steps.

use super::Rotation;
use super::words::{because, heading, summary, week_of};
use crate::report::text::{clean, render_paragraph};

/// The plan as text; `width` is the terminal's, in columns.
#[must_use]
pub fn render(plan: &Rotation, width: usize) -> String {
    let mut out = paragraph("", summary(plan).as_str(), width);
    for note in &plan.notes {
        out.push('\n');
        out.push_str(&paragraph("", note.as_str(), width));
    }
    let mut week = None;
    for item in &plan.items {
        let this = week_of(item);
        if week.as_ref() != Some(&this) {
            let count = plan.items.iter().filter(|other| week_of(other) == this).count();
            let tokens = if count == 1 { "token" } else { "tokens" };
            out.push_str(&format!("\n{}: {count} {tokens}\n", this.as_str()));
            week = Some(this);
        }
        out.push('\n');
        out.push_str(&paragraph("", heading(item).as_str(), width));
        out.push_str(&paragraph("   ", because(item).as_str(), width));
        for (index, step) in item.steps.iter().enumerate() {
            let mark = if step.destructive { "Destructive: " } else { "" };
            out.push_str(&paragraph(&format!("   {}  ", index + 1), &format!("{mark}{}", step.text), width));
        }
    }
    if !plan.items.is_empty() {
        out.push_str("\nThe calls for each step: --format markdown. As a script that asks: --format sh. As a calendar: --format ics.\n");
    }
    out
}

fn paragraph(lead: &str, text: &str, width: usize) -> String {
    render_paragraph(lead, &clean(text), width)
}
