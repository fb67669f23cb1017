//! What changed between two exports or two reports: new, gone, better, worse.
//!
//! Tokens are matched by their number (all access tokens are numbered together, whoever owns them and whatever a source calls
//! them), or by kind, owner, name and day of creation where a source has no number; other rows by number or name; findings by
//! their identity. Nothing is matched by anything made from a credential.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::Scope;
use crate::inventory::{Inventory, TokenRow, TokenStatus};
use crate::plan::rotation::family;
use crate::report::json::ReportV1;
use crate::report::{Report, Severity};
use crate::say;
use crate::text::{Name, Text};
use crate::time::Date;

/// In which direction something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More power, a longer life, a worse finding.
    Worse,
    /// It was not there before.
    New,
    /// Neither better nor worse.
    Changed,
    /// Less power, a nearer end, a lighter finding.
    Better,
    /// It is not there any more.
    Gone,
}

impl Direction {
    /// All, in the order of a listing.
    pub const ALL: [Self; 5] = [Self::Worse, Self::New, Self::Changed, Self::Better, Self::Gone];

    /// The word in listings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Better => "better",
            Self::Gone => "gone",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which way.
    pub direction: Direction,
    /// What it is about: a token (`kind`, owner, number, name) or a finding (its identity).
    pub about: Text,
    /// What is different, a sentence each.
    pub changes: Vec<Text>,
}

/// All differences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// Worst first.
    pub differences: Vec<Difference>,
    /// How many were compared and are the same.
    pub unchanged: usize,
    /// What these are about.
    #[serde(skip)]
    pub same: Vec<Text>,
}

impl Differences {
    /// Is anything new or worse?
    #[must_use]
    pub fn any_worse(&self) -> bool {
        self.differences.iter().any(|difference| matches!(difference.direction, Direction::New | Direction::Worse))
    }

    fn keep(&mut self, about: Text) {
        self.unchanged += 1;
        self.same.push(about);
    }

    fn sorted(mut self) -> Self {
        self.differences.sort_by(|a, b| (a.direction, a.about.as_str()).cmp(&(b.direction, b.about.as_str())));
        self
    }
}

/// What names a row from one export to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: &'static str,
    owner: String,
    id: Option<u64>,
    name: String,
    created: Option<Date>,
    /// Rows with the same name made on the same day, in their order.
    ordinal: usize,
}

fn keyed<'a>(inventories: impl Iterator<Item = &'a Inventory>) -> BTreeMap<Key, &'a TokenRow> {
    let mut same: BTreeMap<Key, Vec<&'a TokenRow>> = BTreeMap::new();
    for inventory in inventories {
        let common = inventory.owner.as_ref().and_then(|owner| owner.path.as_ref().or(owner.username.as_ref()));
        for row in inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()) {
            let own = row.owner.as_ref().and_then(|owner| owner.path.as_ref().or(owner.username.as_ref()));
            let by_id = row.id.is_some();
            let key = Key {
                kind: match family(row.kind) {
                    Some(0) => "access token",
                    Some(1) => "deploy token",
                    _ => row.kind.id(),
                },
                owner: if by_id { String::new() } else { own.or(common).map(ToString::to_string).unwrap_or_default() },
                id: row.id,
                name: if by_id { String::new() } else { row.name.as_ref().map(Name::to_string).unwrap_or_default() },
                created: row.created_on.filter(|_| !by_id),
                ordinal: 0,
            };
            same.entry(key).or_default().push(row);
        }
    }
    let mut rows = BTreeMap::new();
    for (mut key, mut all) in same {
        // What the source says of them decides, not their order in it.
        all.sort_by_cached_key(|row| (std::cmp::Reverse(said(row)), serde_json::to_string(row).unwrap_or_default()));
        if key.id.is_some() {
            // One token in two lists: the row that says most.
            all.truncate(1);
        }
        for row in all {
            rows.insert(key.clone(), row);
            key.ordinal += 1;
        }
    }
    rows
}

/// How much of a token a row says.
fn said(row: &TokenRow) -> usize {
    let said = [
        row.scopes.is_some(),
        row.role.is_some(),
        row.expires_on.is_some() || row.never_expires.is_some(),
        row.status.is_some(),
        row.name.is_some(),
        row.last_used_day().is_some() || row.never_used.is_some(),
    ];
    said.iter().filter(|said| **said).count()
}

/// Compares the tokens of two sets of exports.
#[must_use]
pub fn inventories(old: &Report, new: &Report) -> Differences {
    let (before, after) = (
        keyed(old.inventories.iter().map(|(_, inventory)| inventory)),
        keyed(new.inventories.iter().map(|(_, inventory)| inventory)),
    );
    let mut out = Differences::default();
    rows::compare(&old.inventories, &new.inventories, &mut out);
    for (key, row) in &after {
        let Some(was) = before.get(key) else {
            out.differences.push(Difference {
                direction: Direction::New,
                about: about(row),
                changes: vec![describe(row)],
            });
            continue;
        };
        let changes = changes(was, row);
        match changes.iter().map(|(direction, _)| *direction).min() {
            None => out.keep(about(row)),
            Some(direction) => out.differences.push(Difference {
                direction,
                about: about(row),
                changes: changes.into_iter().map(|(_, text)| text).collect(),
            }),
        }
    }
    for (key, row) in &before {
        if !after.contains_key(key) {
            out.differences.push(Difference {
                direction: Direction::Gone,
                about: about(row),
                changes: vec![describe(row)],
            });
        }
    }
    out.sorted()
}

fn about(row: &TokenRow) -> Text {
    let mut text = say![row.kind];
    if let Some(name) = &row.name {
        text.push(" `").push(name).push("`");
    }
    if let Some(id) = row.id {
        text.push(" (id ").push(id).push(")");
    }
    if let Some(path) = row.owner.as_ref().and_then(|owner| owner.path.as_ref().or(owner.username.as_ref())) {
        text.push(" of ").push(path);
    }
    text
}

fn describe(row: &TokenRow) -> Text {
    let mut text = Text::new();
    match &row.scopes {
        Some(scopes) if !scopes.is_empty() => text.push("scopes ").push(Text::list(scopes, "and")),
        Some(_) => text.push("no scopes"),
        None => text.push("scopes unknown"),
    };
    if let Some(role) = &row.role {
        text.push(", role ").push(role);
    }
    match (row.never_expires, row.expires_on) {
        (Some(true), _) => text.push(", never expires"),
        (_, Some(day)) => text.push(", expires ").push(day),
        _ => text.push(", expiry unknown"),
    };
    text
}

/// What is different between two readings of one token. What a source does not say is no change.
fn changes(was: &TokenRow, is: &TokenRow) -> Vec<(Direction, Text)> {
    let mut out = Vec::new();
    if let (Some(before), Some(after)) = (&was.scopes, &is.scopes) {
        scope_changes(before, after, &mut out);
    }
    if let Some((before, after)) = changed(was.role.as_ref(), is.role.as_ref()) {
        let direction = match (before.level(), after.level()) {
            (Some(before), Some(after)) if after > before => Direction::Worse,
            (Some(_), Some(_)) => Direction::Better,
            _ => Direction::Changed,
        };
        out.push((direction, say!["the role is ", after, ", was ", before]));
    }
    match ((was.never_expires, was.expires_on), (is.never_expires, is.expires_on)) {
        ((Some(true), _), (_, Some(day))) => out.push((Direction::Better, say!["it expires ", day, ", before never"])),
        ((_, Some(day)), (Some(true), _)) => out.push((Direction::Worse, say!["it never expires, before ", day])),
        ((_, Some(before)), (_, Some(after))) if before != after => {
            let direction = if after > before { Direction::Worse } else { Direction::Better };
            out.push((direction, say!["it expires ", after, ", before ", before]));
        }
        _ => {}
    }
    if let Some((before, after)) = changed(was.status.as_ref(), is.status.as_ref()) {
        let direction = match after {
            TokenStatus::Active => Direction::Worse,
            TokenStatus::Other(_) => Direction::Changed,
            _ => Direction::Better,
        };
        out.push((direction, say!["it is ", status(after), ", was ", status(before)]));
    }
    if let Some((before, after)) = changed(was.name.as_ref(), is.name.as_ref()) {
        out.push((Direction::Changed, say!["its name is `", after, "`, was `", before, "`"]));
    }
    let started = was.never_used == Some(true) && is.last_used_day().is_some();
    if started {
        out.push((Direction::Changed, say!["it was used for the first time, last on ", is.last_used_day()]));
    }
    out
}

/// Both sides, when both are known and differ.
fn changed<T: PartialEq>(was: Option<T>, is: Option<T>) -> Option<(T, T)> {
    was.zip(is).filter(|(was, is)| was != is)
}

fn scope_changes(before: &[Scope], after: &[Scope], out: &mut Vec<(Direction, Text)>) {
    let names = |scopes: &[Scope]| scopes.iter().map(|scope| scope.as_str().to_owned()).collect::<BTreeSet<_>>();
    let (old, new) = (names(before), names(after));
    let added: Vec<_> = after.iter().filter(|scope| !old.contains(scope.as_str())).collect();
    let removed: Vec<_> = before.iter().filter(|scope| !new.contains(scope.as_str())).collect();
    if !added.is_empty() {
        // A scope that another one already included gives nothing new.
        let wider = added.iter().any(|scope| !before.iter().any(|had| had.includes(scope)));
        let direction = if wider { Direction::Worse } else { Direction::Better };
        out.push((direction, say!["gained ", Text::list(&added, "and")]));
    }
    if !removed.is_empty() {
        out.push((Direction::Better, say!["lost ", Text::list(&removed, "and")]));
    }
}

fn status(status: &TokenStatus) -> Text {
    match status {
        TokenStatus::Active => say!["active"],
        TokenStatus::Expired => say!["expired"],
        TokenStatus::Revoked => say!["revoked"],
        TokenStatus::Inactive => say!["inactive"],
        TokenStatus::Other(name) => say![name],
    }
}

/// The accepted findings of a report, with the words of their acceptance.
fn accepted(report: &ReportV1) -> BTreeMap<&str, Name> {
    report.accepted.iter().map(|one| (one.finding.identity.as_str(), Name::new(&one.in_words()))).collect()
}

/// Compares the findings of two reports.
#[must_use]
pub fn reports(old: &ReportV1, new: &ReportV1) -> Differences {
    let index = |report: &ReportV1| {
        let mut map: BTreeMap<String, (Severity, Name)> = BTreeMap::new();
        for finding in &report.findings {
            let entry = map.entry(finding.identity.clone()).or_insert((finding.severity, Name::new(&finding.title)));
            entry.0 = entry.0.min(finding.severity);
        }
        map
    };
    let (before, after) = (index(old), index(new));
    let mut out = Differences::default();
    let (was_accepted, is_accepted) = (accepted(old), accepted(new));
    for (identity, (severity, title)) in &after {
        let about = say![Name::new(identity)];
        match before.get(identity) {
            None if was_accepted.contains_key(identity.as_str()) => out.differences.push(Difference {
                direction: Direction::New,
                about,
                changes: vec![say![severity.word(), ": ", title, "; it was accepted before"]],
            }),
            None => out.differences.push(Difference {
                direction: Direction::New,
                about,
                changes: vec![say![severity.word(), ": ", title]],
            }),
            Some((was, _)) if was != severity => out.differences.push(Difference {
                direction: if severity < was { Direction::Worse } else { Direction::Better },
                about,
                changes: vec![say![severity.word(), ", was ", was.word(), ": ", title]],
            }),
            Some(_) => out.keep(about),
        }
    }
    for (identity, (severity, title)) in &before {
        if !after.contains_key(identity) {
            out.differences.push(Difference {
                direction: match is_accepted.get(identity.as_str()) {
                    Some(_) => Direction::Changed,
                    None => Direction::Gone,
                },
                about: say![Name::new(identity)],
                changes: vec![match is_accepted.get(identity.as_str()) {
                    Some(words) => say![severity.word(), ": ", title, "; accepted now: ", words],
                    None => say![severity.word(), ": ", title],
                }],
            });
        }
    }
    out.sorted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{AccessLevel, Role, TokenType};

    fn row(id: u64, scopes: &[&str], role: AccessLevel, expires: Option<&str>) -> TokenRow {
        TokenRow {
            kind: TokenType::ProjectAccessToken,
            id: Some(id),
            name: Some(Name::new("ci")),
            scopes: Some(scopes.iter().map(|scope| Scope::new(scope)).collect()),
            role: Some(Role::Known(role)),
            expires_on: expires.and_then(Date::parse),
            never_expires: Some(expires.is_none()),
            ..TokenRow::default()
        }
    }

    fn report(rows: Vec<TokenRow>) -> Report {
        Report {
            today: Date::parse("2026-11-20").unwrap(),
            inputs: Vec::new(),
            findings: Vec::new(),
            blind_spots: Vec::new(),
            inventories: vec![(0, Inventory { tokens: rows, ..Inventory::default() })],
            mentions: Vec::new(),
            seen: Vec::new(),
            accepted_findings: Vec::new(),
            left_out: [0; 5],
            accepted: 0,
        }
    }

    fn directions(old: Vec<TokenRow>, new: Vec<TokenRow>) -> Vec<(Direction, String)> {
        inventories(&report(old), &report(new))
            .differences
            .into_iter()
            .map(|difference| (difference.direction, Text::list(&difference.changes, "and").to_string()))
            .collect()
    }

    #[test]
    fn new_and_gone_tokens_are_told() {
        let a = row(1, &["api"], AccessLevel::OWNER, None);
        let b = row(2, &["read_api"], AccessLevel::REPORTER, Some("2027-01-01"));
        assert_eq!(
            directions(vec![a], vec![b]),
            [
                (Direction::New, "scopes `read_api`, role Reporter, expires 1 January 2027".into()),
                (Direction::Gone, "scopes `api`, role Owner, never expires".into()),
            ]
        );
    }

    #[test]
    fn a_direction_is_what_the_change_does() {
        let old = row(1, &["read_repository"], AccessLevel::REPORTER, Some("2027-01-01"));
        for (new, want) in [
            (row(1, &["read_repository", "api"], AccessLevel::REPORTER, Some("2027-01-01")), Direction::Worse),
            (row(1, &["read_repository"], AccessLevel::OWNER, Some("2027-01-01")), Direction::Worse),
            (row(1, &["read_repository"], AccessLevel::GUEST, Some("2027-01-01")), Direction::Better),
            (row(1, &["read_repository"], AccessLevel::REPORTER, Some("2026-12-01")), Direction::Better),
            (row(1, &["read_repository"], AccessLevel::REPORTER, None), Direction::Worse),
            (row(1, &[], AccessLevel::REPORTER, Some("2027-01-01")), Direction::Better),
        ] {
            assert_eq!(directions(vec![old.clone()], vec![new])[0].0, want);
        }
    }

    #[test]
    fn the_same_is_counted_and_unknown_is_no_change() {
        let old = row(1, &["api"], AccessLevel::OWNER, None);
        let same = TokenRow { scopes: None, role: None, ..old.clone() };
        let differences = inventories(&report(vec![old]), &report(vec![same]));
        assert_eq!((differences.differences.len(), differences.unchanged), (0, 1));
    }

    #[test]
    fn order_of_rows_does_not_matter() {
        let rows: Vec<_> = (0..5).map(|id| row(id, &["api"], AccessLevel::OWNER, None)).collect();
        let reversed: Vec<_> = rows.iter().rev().cloned().collect();
        assert_eq!(inventories(&report(rows), &report(reversed)).unchanged, 5);
    }
}
