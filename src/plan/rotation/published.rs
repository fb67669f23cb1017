//! The plan as the command prints it with `--format json`.

use serde::Serialize;

use super::{Item, Rotation};
use crate::report::json::{AdviceV1, advice};
use crate::time::Date;

/// The published form.
#[derive(Serialize)]
pub struct RotationV1<'a> {
    version: u32,
    today: Date,
    within_days: i64,
    summary: Summary,
    notes: &'a [crate::text::Text],
    how: Vec<HowV1<'a>>,
    items: Vec<ItemV1<'a>>,
}

#[derive(Serialize)]
struct Summary {
    live: usize,
    owners: usize,
    replace: usize,
    hand_over: usize,
    revoke: usize,
    fine: usize,
}

#[derive(Serialize)]
struct HowV1<'a> {
    decision: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct ItemV1<'a> {
    kind: &'static str,
    id: Option<u64>,
    name: Option<&'a str>,
    owner: Option<&'a str>,
    decision: &'static str,
    reasons: &'a [crate::text::Text],
    expires_on: Option<Date>,
    begin_on: Date,
    revoke_from: Date,
    new: Option<NewV1<'a>>,
    needs: Option<&'static str>,
    consumers: Vec<ConsumerV1<'a>>,
    steps: Vec<AdviceV1>,
    identity: &'a str,
}

#[derive(Serialize)]
struct NewV1<'a> {
    name: &'a str,
    scopes: Vec<&'a str>,
    role: Option<&'static str>,
    expires_on: Option<Date>,
}

#[derive(Serialize)]
struct ConsumerV1<'a> {
    variable: &'a str,
    owner: Option<&'a str>,
    environment_scope: Option<&'a str>,
    used_in: Vec<UsedV1<'a>>,
    confidence: &'static str,
}

#[derive(Serialize)]
struct UsedV1<'a> {
    input: &'a str,
    line: usize,
}

impl Rotation {
    /// As the command prints it with `--format json`.
    #[must_use]
    pub fn published(&self) -> RotationV1<'_> {
        let count = |decision| self.items.iter().filter(|item| item.decision == decision).count();
        RotationV1 {
            version: 1,
            today: self.today,
            within_days: self.within_days,
            summary: Summary {
                live: self.live,
                owners: self.owners,
                replace: count(super::Decision::Replace),
                hand_over: count(super::Decision::HandOver),
                revoke: count(super::Decision::Revoke),
                fine: self.fine,
            },
            notes: &self.notes,
            how: self
                .how
                .iter()
                .map(|(decision, text)| HowV1 { decision: decision.word(), text: text.as_str() })
                .collect(),
            items: self.items.iter().map(item).collect(),
        }
    }
}

fn item(item: &Item) -> ItemV1<'_> {
    let new = item.new.as_ref().map(|new| NewV1 {
        name: new.name.as_str(),
        scopes: new.scopes.iter().map(crate::catalog::Scope::as_str).collect(),
        role: new.role.map(crate::catalog::AccessLevel::id),
        expires_on: item.new_end,
    });
    let consumers = item.holders.iter().map(|holder| {
        let place = holder.place.as_ref();
        ConsumerV1 {
            variable: holder.key.as_str(),
            owner: place.and_then(|place| place.path.as_ref()).map(crate::text::Name::as_str),
            environment_scope: place.and_then(|place| place.scope.as_ref()).map(crate::text::Name::as_str),
            used_in: holder.used.iter().map(|(input, line)| UsedV1 { input: input.as_str(), line: *line }).collect(),
            confidence: holder.confidence.word(),
        }
    });
    ItemV1 {
        kind: item.kind.id(),
        id: item.id,
        name: item.name.as_ref().map(crate::text::Name::as_str),
        owner: item.owner.as_ref().map(crate::text::Text::as_str),
        decision: item.decision.word(),
        reasons: &item.reasons,
        expires_on: item.ends,
        begin_on: item.begin,
        revoke_from: item.revoke_from,
        new,
        needs: item.who,
        consumers: consumers.collect(),
        steps: advice(&item.advice()),
        identity: item.key.as_str(),
    }
}
