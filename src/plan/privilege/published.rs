//! The plan as the command prints it with `--format json`.

use serde::Serialize;

use super::{About, Item, Origin, Privilege, Use, Way};
use crate::report::Confidence;
use crate::report::json::{AdviceV1, advice};
use crate::text::Text;
use crate::time::{Date, Timestamp};

/// The published form.
#[derive(Serialize)]
pub struct PrivilegeV1<'a> {
    version: u32,
    today: Date,
    live: usize,
    notes: &'a [Text],
    items: Vec<ItemV1<'a>>,
}

#[derive(Serialize)]
struct ItemV1<'a> {
    subject: SubjectV1<'a>,
    decision: &'static str,
    can: CanV1<'a>,
    seen: SeenV1<'a>,
    enough: EnoughV1<'a>,
    not_seen: &'a [Text],
    steps: Vec<AdviceV1>,
    identity: &'a str,
}

#[derive(Serialize)]
struct SubjectV1<'a> {
    kind: &'static str,
    id: Option<u64>,
    name: Option<&'a str>,
    owner: Option<&'a str>,
}

#[derive(Serialize)]
struct CanV1<'a> {
    text: &'a Text,
    scopes: Option<Vec<&'a str>>,
    role: Option<&'static str>,
}

#[derive(Serialize)]
struct SeenV1<'a> {
    text: &'a Text,
    last_used_on: Option<Date>,
    uses: Vec<UseV1<'a>>,
}

#[derive(Serialize)]
struct UseV1<'a> {
    does: &'a Text,
    through: Option<&'a str>,
    confidence: Confidence,
    understood: bool,
    own_project: Option<bool>,
    count: usize,
    last_seen_at: Option<Timestamp>,
    evidence: Vec<PlaceV1<'a>>,
}

#[derive(Serialize)]
struct PlaceV1<'a> {
    input: &'a str,
    line: usize,
    kind: Origin,
}

#[derive(Serialize)]
struct EnoughV1<'a> {
    text: &'a Text,
    way: Option<&'a Way>,
    other_ways: &'a [Way],
}

impl Privilege {
    /// The published form.
    #[must_use]
    pub fn published(&self) -> PrivilegeV1<'_> {
        PrivilegeV1 {
            version: 1,
            today: self.today,
            live: self.live,
            notes: &self.notes,
            items: self.items.iter().map(item).collect(),
        }
    }
}

fn item(item: &Item) -> ItemV1<'_> {
    let subject = match &item.about {
        About::Token { kind, id, name, owner } => SubjectV1 {
            kind: kind.id(),
            id: *id,
            name: name.as_ref().map(|name| name.as_str()),
            owner: owner.as_ref().map(Text::as_str),
        },
        About::Variable(name) => SubjectV1 { kind: "variable", id: None, name: Some(name.as_str()), owner: None },
        About::Value(kind, user) => {
            SubjectV1 { kind: kind.id(), id: None, name: user.as_ref().map(|user| user.as_str()), owner: None }
        }
    };
    ItemV1 {
        subject,
        decision: item.decision.word(),
        can: CanV1 {
            text: &item.can,
            scopes: item.scopes.as_ref().map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect()),
            role: item.role.map(crate::catalog::AccessLevel::id),
        },
        seen: SeenV1 { text: &item.seen, last_used_on: item.last_used, uses: item.uses.iter().map(used).collect() },
        enough: EnoughV1 { text: &item.enough_words, way: item.enough.as_ref(), other_ways: &item.others },
        not_seen: &item.not_seen,
        steps: advice(&item.steps),
        identity: item.key.as_str(),
    }
}

fn used(one: &Use) -> UseV1<'_> {
    UseV1 {
        does: &one.does,
        through: one.through.as_ref().map(|name| name.as_str()),
        confidence: one.confidence,
        understood: one.known,
        own_project: one.own,
        count: one.count,
        last_seen_at: one.last,
        evidence: one
            .places
            .iter()
            .map(|(input, line, kind)| PlaceV1 { input: input.as_str(), line: *line, kind: *kind })
            .collect(),
    }
}
