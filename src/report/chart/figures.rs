//! The numbers behind the charts.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use crate::catalog::{AccessLevel, Role as CatalogRole, TokenType, scopes};
use crate::inventory::TokenRow;
use crate::plan::rotation::family;
use crate::report::Report;
use crate::time::Date;

/// Months ahead that have a bar of their own, this one among them.
pub(super) const MONTHS: usize = 13;
/// Scopes newer than the catalog that have a row of their own; the rest share one.
const NEWER: usize = 12;

/// When a token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Month {
    /// So many months from the one of the report's day, 0 to 12.
    In(u8),
    /// After that.
    Later,
    /// It has no end.
    Never,
    /// The source does not say.
    Unknown,
}

/// A column of the scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// GitLab's number of it, inverted: the highest comes first.
    Level(std::cmp::Reverse<u8>),
    /// A custom role, or one newer than the catalog.
    Other,
    /// The kind has none, as a personal token: its owner's role counts, place by place.
    None,
    /// The source does not show it.
    Unknown,
}

/// How old, and how long since the last use: indices into [`AGES`] and [`USES`].
pub(super) type Corner = (u8, u8);

/// Upper ends of the ages, in days, and their words; the last but one is open, the last unknown.
pub(super) const AGES: [(i64, &str); 7] = [
    (30, "up to 30 days"),
    (90, "31 to 90 days"),
    (180, "91 to 180 days"),
    (365, "181 to 365 days"),
    (730, "1 to 2 years"),
    (i64::MAX, "older"),
    (i64::MAX, "unknown"),
];
/// The same for the last use.
pub(super) const USES: [(i64, &str); 7] = [
    (7, "last 7 days"),
    (30, "8 to 30 days ago"),
    (90, "31 to 90 days ago"),
    (180, "91 to 180 days ago"),
    (i64::MAX, "longer ago"),
    (i64::MAX, "never"),
    (i64::MAX, "not shown"),
];
const NEVER: u8 = 5;
const UNKNOWN: u8 = 6;

/// Numbers about the live tokens of a report. Its size does not grow with their number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The day they are counted from.
    pub today: Date,
    /// Live tokens, each once.
    pub tokens: usize,
    /// How many end when.
    #[serde(with = "pairs")]
    pub ends: BTreeMap<Month, usize>,
    /// How many have which scope with which role; a token counts once for each scope. In the catalog's order, most powerful first.
    #[serde(with = "pairs")]
    pub scopes: BTreeMap<(ScopeRow, Role), usize>,
    /// How many are how old and were last used when.
    #[serde(with = "pairs")]
    pub ages: BTreeMap<Corner, usize>,
}

/// A map as a list of pairs: its keys are no strings, which JSON and JavaScript want.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer, K: Serialize>(
        map: &BTreeMap<K, usize>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, K: Deserialize<'de> + Ord>(
        deserializer: D,
    ) -> Result<BTreeMap<K, usize>, D::Error> {
        Vec::<(K, usize)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}

/// A row of the scopes: its place in the catalog, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeRow(pub u16, pub String);

/// Behind the catalog's.
const NEWER_AT: u16 = 1_000;
const MORE_AT: u16 = 1_001;
const GRANULAR_AT: u16 = 1_002;
const HIDDEN_AT: u16 = 1_003;

impl Figures {
    /// No token yet.
    #[must_use]
    pub const fn new(today: Date) -> Self {
        Self { today, tokens: 0, ends: BTreeMap::new(), scopes: BTreeMap::new(), ages: BTreeMap::new() }
    }

    /// The live tokens of all inventories, each once, whichever of its rows comes first. Linear in the rows.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut out = Self::new(report.today);
        let mut seen = HashSet::new();
        for (_, inventory) in &report.inventories {
            for row in &inventory.tokens {
                let new = row.id.zip(family(row.kind)).is_none_or(|key| seen.insert(key));
                if new && row.is_alive(report.today) {
                    out.add(row);
                }
            }
        }
        out
    }

    /// Counts one more token.
    pub fn add(&mut self, row: &TokenRow) {
        self.tokens += 1;
        *self.ends.entry(self.month(row)).or_default() += 1;
        let role = role(row);
        for scope in self.scope_rows(row) {
            *self.scopes.entry((scope, role)).or_default() += 1;
        }
        *self.ages.entry(self.corner(row)).or_default() += 1;
    }

    fn month(&self, row: &TokenRow) -> Month {
        match (row.expires_on, row.never_expires) {
            (Some(end), _) => {
                let number = |date: Date| {
                    let (year, month, _) = date.parts();
                    i64::from(year) * 12 + i64::from(month)
                };
                match u8::try_from((number(end) - number(self.today)).max(0)) {
                    Ok(months) if usize::from(months) < MONTHS => Month::In(months),
                    _ => Month::Later,
                }
            }
            (None, Some(true)) => Month::Never,
            (None, _) => Month::Unknown,
        }
    }

    fn scope_rows(&self, row: &TokenRow) -> Vec<ScopeRow> {
        let granular = row.granular == Some(true) || row.kind == TokenType::FineGrainedPersonalAccessToken;
        if granular {
            return vec![ScopeRow(GRANULAR_AT, "fine-grained permissions".into())];
        }
        let Some(own) = row.scopes.as_deref().filter(|scopes| !scopes.is_empty()) else {
            return vec![ScopeRow(HIDDEN_AT, "scopes not shown".into())];
        };
        let mut out: Vec<ScopeRow> = own
            .iter()
            .map(|scope| match scopes().iter().position(|facts| scope.is(facts.scope)).map(u16::try_from) {
                Some(Ok(at)) => ScopeRow(at, scope.as_str().to_owned()),
                _ => {
                    let new = ScopeRow(NEWER_AT, scope.as_str().to_owned());
                    let newer: BTreeSet<&ScopeRow> =
                        self.scopes.keys().map(|(known, _)| known).filter(|known| known.0 == NEWER_AT).collect();
                    if newer.len() >= NEWER && !newer.contains(&new) {
                        ScopeRow(MORE_AT, "other scopes, newer than the catalog".into())
                    } else {
                        new
                    }
                }
            })
            .collect();
        out.sort();
        out.dedup();
        out
    }

    fn corner(&self, row: &TokenRow) -> Corner {
        let bucket = |days: i64, ends: &[(i64, &str)]| {
            let at = ends.iter().position(|(end, _)| days <= *end);
            at.and_then(|at| u8::try_from(at).ok()).unwrap_or(UNKNOWN)
        };
        let age = row.created_on.map_or(UNKNOWN, |day| bucket(self.today.days_since(day), &AGES));
        let used = match (row.last_used_day(), row.never_used) {
            (Some(day), _) => bucket(self.today.days_since(day), &USES),
            (None, Some(true)) => NEVER,
            (None, _) => UNKNOWN,
        };
        (age, used)
    }
}

fn role(row: &TokenRow) -> Role {
    match &row.role {
        Some(CatalogRole::Known(level)) => Role::Level(std::cmp::Reverse(AccessLevel::number(*level))),
        Some(CatalogRole::Other(_)) => Role::Other,
        None if matches!(row.kind, TokenType::ProjectAccessToken | TokenType::GroupAccessToken) => Role::Unknown,
        None => Role::None,
    }
}
