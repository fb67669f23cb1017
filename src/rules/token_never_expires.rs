use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{About, Advice, Confidence, Finding};
use crate::say;

rule! {
    /// A live token has no expiry date.
    "token-never-expires", "a live token has no expiry date", High, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, _inventory: &Inventory, row: &TokenRow, findings: &mut Vec<Finding>) {
    if row.never_expires != Some(true) || !row.is_alive(judgement.context.today) {
        return;
    }
    findings.push(Finding {
        rule: &RULE,
        severity: RULE.severity,
        confidence: Confidence::Certain,
        title: say![row.kind, " that never expires"],
        message: say!["It works until somebody ends it."],
        input: judgement.input,
        place: row.span.map(|span| judgement.source.place(span)),
        excerpt: None,
        token: None,
        occurrences: 1,
        subject: None,
        denial: None,
        advice: vec![Advice::step(say!["Give it an end."])],
        references: vec![RULE.severity.word()],
        about: About::default().and(row.kind.id()).and(row.id),
    });
}
