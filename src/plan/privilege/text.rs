//! The plan for a terminal.

use super::Privilege;
use super::words::{decision, heading, summary};
use crate::report::text::{clean, render_paragraph};

/// The plan as text; `width` is the terminal's, in columns.
#[must_use]
pub fn render(plan: &Privilege, width: usize) -> String {
    let mut out = paragraph("", summary(plan).as_str(), width);
    for note in &plan.notes {
        out.push('\n');
        out.push_str(&paragraph("", note.as_str(), width));
    }
    for item in &plan.items {
        out.push('\n');
        out.push_str(&paragraph("", &format!("{}: {}", decision(item.decision), heading(item).as_str()), width));
        for text in [&item.can, &item.seen, &item.enough_words] {
            out.push_str(&paragraph("   ", text.as_str(), width));
        }
        if !item.not_seen.is_empty() {
            out.push_str("   Not seen, so not ruled out:\n");
            for text in &item.not_seen {
                out.push_str(&paragraph("   - ", text.as_str(), width));
            }
        }
        for (index, step) in item.steps.iter().enumerate() {
            let mark = if step.destructive { "Destructive: " } else { "" };
            out.push_str(&paragraph(&format!("   {}  ", index + 1), &format!("{mark}{}", step.text), width));
            if let Some(place) = &step.place {
                out.push_str(&paragraph("      ", place.as_str(), width));
            }
            if let Some(command) = &step.command {
                out.push_str(&format!("      {}\n", clean(command.as_str())));
            }
        }
    }
    out
}

fn paragraph(lead: &str, text: &str, width: usize) -> String {
    render_paragraph(lead, &clean(text), width)
}
