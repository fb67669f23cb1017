//! The plan as a task list in Markdown, for an issue.

use std::fmt::Write as _;

use super::layout::weeks;
use super::names::Day;
use super::words::{in_batch, summary, verb};
use super::{Decision, Item, Rotation};
use crate::report::markdown::{escape, fence};
use crate::say;
use crate::source::visible;

/// The plan as Markdown.
#[must_use]
pub fn render(plan: &Rotation) -> String {
    let mut out = format!("# Rotation plan\n\n{}\n", escape(summary(plan).as_str()));
    if !plan.notes.is_empty() {
        out.push('\n');
    }
    for note in &plan.notes {
        let _ = writeln!(out, "* {}", escape(note.as_str()));
    }
    if !plan.how.is_empty() {
        out.push_str("\n## How\n");
    }
    for (decision, how) in &plan.how {
        let lead = match decision {
            Decision::Replace => "Replace",
            Decision::HandOver => "Hand over",
            Decision::Revoke => "Revoke",
        };
        let _ = write!(out, "\n**{lead}:** {}\n", escape(how.as_str()));
    }
    for week in weeks(plan) {
        let _ = write!(out, "\n## {}\n", escape(week.title.as_str()));
        for batch in week.batches {
            let _ = write!(out, "\n### {}\n\n", escape(batch.owner.as_str()));
            if !batch.who.is_empty() {
                let _ = write!(out, "Needs: {}.\n\n", escape(batch.who.as_str()));
            }
            if let Some(unfound) = &batch.unfound {
                let _ = write!(out, "{}\n\n", escape(unfound.as_str()));
            }
            for item in batch.items {
                token(&mut out, item);
            }
        }
    }
    out
}

fn token(out: &mut String, item: &Item) {
    let begin = say![Day(item.begin)];
    let _ = writeln!(out, "- [ ] **{begin}: {}** {}", verb(item).to_lowercase(), escape(in_batch(item).as_str()));
    for step in item.steps.iter().filter(|step| !step.general).map(|step| &step.advice) {
        let mark = if step.destructive { "**Destructive.** " } else { "" };
        let _ = writeln!(out, "  - [ ] {mark}{}", escape(step.text.as_str()));
        if let Some(place) = &step.place {
            let _ = writeln!(out, "    {}", escape(place.as_str()));
        }
        if let Some(command) = &step.command {
            let fence = fence(command.as_str());
            let command: String = command.as_str().chars().map(visible).collect();
            let _ = writeln!(out, "\n    {fence}sh\n    {command}\n    {fence}\n");
        }
    }
}
