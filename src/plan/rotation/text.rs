//! The plan for a terminal: what stands out, how it is done, and then by week and owner.

use super::layout::weeks;
use super::words::{in_batch, summary, verb};
use super::{Decision, Item, Rotation};
use crate::report::text::{clean, render_paragraph};

/// The plan as text; `width` is the terminal's, in columns.
#[must_use]
pub fn render(plan: &Rotation, width: usize) -> String {
    let paragraph = |lead: &str, text: &str| render_paragraph(lead, &clean(text), width);
    let mut out = paragraph("", summary(plan).as_str());
    if !plan.notes.is_empty() {
        out.push('\n');
    }
    for note in &plan.notes {
        out.push_str(&paragraph("- ", note.as_str()));
    }
    if !plan.how.is_empty() {
        out.push_str("\nHow\n");
    }
    for (decision, how) in &plan.how {
        let lead = match decision {
            Decision::Replace => "Replace: ",
            Decision::HandOver => "Hand over: ",
            Decision::Revoke => "Revoke: ",
        };
        out.push_str(&paragraph("   ", &format!("{lead}{how}")));
    }
    for week in weeks(plan) {
        out.push_str(&format!("\n{}\n", clean(week.title.as_str())));
        for batch in week.batches {
            out.push('\n');
            let who = if batch.who.is_empty() { String::new() } else { format!(" ({})", batch.who) };
            out.push_str(&paragraph("", &format!("{}{who}", batch.owner)));
            if let Some(unfound) = &batch.unfound {
                out.push_str(&paragraph("   ", unfound.as_str()));
            }
            for item in batch.items {
                token(&mut out, item, width);
            }
        }
    }
    if !plan.items.is_empty() {
        out.push_str("\nThe calls for each step: --format markdown. As a script that asks: --format sh. As a calendar: --format ics.\n");
    }
    out
}

/// `   Mon 23 Nov  Replace …`, and the steps that say more than is said of all.
fn token(out: &mut String, item: &Item, width: usize) {
    let paragraph = |lead: &str, text: &str| render_paragraph(lead, &clean(text), width);
    let begin = crate::say![super::names::Day(item.begin)].to_string();
    // The year stands in the week's heading.
    let begin = begin.rsplit_once(' ').map_or(begin.as_str(), |(day, _)| day);
    out.push_str(&paragraph(&format!("   {begin:<10}  "), &format!("{} {}", verb(item), in_batch(item))));
    let own = item.steps.iter().filter(|step| !step.general).map(|step| &step.advice);
    // Nothing but the end of it: the heading says so.
    let own = own.filter(|step| !(item.decision == Decision::Revoke && step.destructive));
    for (index, step) in own.enumerate() {
        let mark = if step.destructive { "Destructive: " } else { "" };
        out.push_str(&paragraph(&format!("               {}  ", index + 1), &format!("{mark}{}", step.text)));
    }
}
