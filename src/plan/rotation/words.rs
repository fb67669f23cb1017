//! Headings and summaries that the renderings share.

use super::names::Day;
use super::{Decision, Item, Rotation};
use crate::say;
use crate::text::Text;

/// `31 to replace, 1 to hand over, 8 to revoke`.
pub(super) fn count(items: &[Item]) -> Text {
    let mut text = Text::new();
    for (decision, words) in
        [(Decision::Replace, " to replace"), (Decision::HandOver, " to hand over"), (Decision::Revoke, " to revoke")]
    {
        let count = items.iter().filter(|item| item.decision == decision).count();
        if count > 0 {
            text.push(if text.is_empty() { "" } else { ", " }).push(count).push(words);
        }
    }
    text
}

/// `200 live tokens of 40 owners: …`.
pub(super) fn summary(plan: &Rotation) -> Text {
    let mut text = say![
        "Rotation plan of ",
        plan.today,
        ": ",
        plan.live,
        if plan.live == 1 { " live token" } else { " live tokens" }
    ];
    if plan.owners > 0 {
        text.push(" of ").push(plan.owners).push(if plan.owners == 1 { " owner" } else { " owners" });
    }
    if plan.items.is_empty() {
        text.push(". Nothing to do in the next ").push(plan.within_days).push(" days.");
        return text;
    }
    text.push(": ").push(count(&plan.items)).push("; ").push(plan.fine).push(" with nothing to do in the next ");
    text.push(plan.within_days).push(" days.");
    text
}

/// `Tue 24 Nov 2026: mirror-push (project access token 503 of acme/payments/api), ends Tue 1 Dec 2026 00:00 UTC`.
pub(super) fn heading(item: &Item) -> Text {
    let mut text = say![Day(item.begin), ": "];
    match &item.name {
        Some(name) => text.push("`").push(name).push("` (").push(item.kind),
        None => text.push(item.kind),
    };
    if let Some(id) = item.id {
        text.push(" ").push(id);
    }
    if let Some(owner) = &item.owner {
        text.push(" of ").push(owner);
    }
    if item.name.is_some() {
        text.push(")");
    }
    if let Some(end) = item.ends {
        text.push(", ends ").push(Day(end)).push(" 00:00 UTC");
    }
    text
}

/// `Replace: ends in 11 days. Needs: Maintainer with `api`.`
pub(super) fn because(item: &Item) -> Text {
    let mut text = say![verb(item), ": ", Text::list(&item.reasons, "and"), "."];
    if let Some(who) = item.who {
        text.push(" Needs: ").push(who).push(".");
    }
    text
}

/// `Replace`.
pub(super) const fn verb(item: &Item) -> &'static str {
    match item.decision {
        Decision::Replace => "Replace",
        Decision::HandOver => "Hand over",
        Decision::Revoke => "Revoke",
    }
}

/// `` `mirror-push` (project access token 503), ends Tue 1 Dec 2026: made to live 500 days. ``, in its owner's part of the plan.
pub(super) fn in_batch(item: &Item) -> Text {
    let mut text = Text::new();
    match &item.name {
        Some(name) => text.push("`").push(name).push("` (").push(item.kind),
        None => text.push("the ").push(item.kind),
    };
    if let Some(id) = item.id {
        text.push(" ").push(id);
    }
    if item.name.is_some() {
        text.push(")");
    }
    if let Some(end) = item.ends {
        text.push(", ends ").push(Day(end));
    }
    // When it ends is said.
    let rest: Vec<Text> = item.reasons.iter().filter(|reason| !is_end(reason)).cloned().collect();
    if !rest.is_empty() {
        text.push(": ").push(Text::list(&rest, "and"));
    }
    text.push(".");
    text
}

fn is_end(reason: &Text) -> bool {
    let reason = reason.as_str();
    let reason = reason.strip_prefix("it ").unwrap_or(reason);
    reason.starts_with("ends in ") || reason.starts_with("ends at ")
}
