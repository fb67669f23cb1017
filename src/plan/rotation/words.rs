//! Headings and summaries that the renderings share.

use super::steps::Day;
use super::{Decision, Item, Rotation};
use crate::say;
use crate::text::Text;

/// `Week 48, from Mon 23 Nov 2026`.
pub(super) fn week_of(item: &Item) -> Text {
    let monday = item.begin.plus_days(1 - i64::from(item.begin.weekday()));
    say!["Week ", item.begin.week(), ", from ", Day(monday)]
}

/// `200 live tokens of 40 owners: …`.
pub(super) fn summary(plan: &Rotation) -> Text {
    let count = |decision| plan.items.iter().filter(|item| item.decision == decision).count();
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
    text.push(". ").push(count(Decision::Replace)).push(" to replace, ");
    text.push(count(Decision::HandOver)).push(" to hand over because the owner is gone, ");
    text.push(count(Decision::Revoke)).push(" to revoke because nothing seems to use them, ");
    text.push(plan.fine).push(" with nothing to do in the next ").push(plan.within_days).push(" days.");
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
    let lead = match item.decision {
        Decision::Replace => "Replace: ",
        Decision::HandOver => "Hand over: ",
        Decision::Revoke => "Revoke: ",
    };
    let mut text = say![lead, Text::list(&item.reasons, "and"), "."];
    if let Some(who) = item.who {
        text.push(" Needs: ").push(who).push(".");
    }
    text
}
