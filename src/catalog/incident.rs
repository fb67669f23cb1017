//! What a leaked token of each kind could reach, and where to look for its use.

use std::sync::OnceLock;

use super::{TokenType, table};

/// A row of `incident.csv`. Our own judgement, built on what GitLab documents of each kind.
#[derive(Clone, Debug)]
pub struct IncidentFacts {
    /// Which kind.
    pub kind: TokenType,
    /// What it could reach.
    pub reach: &'static str,
    /// What else to replace.
    pub also_rotate: &'static str,
    /// Where its use would show.
    pub look_for: &'static str,
    /// When it is more than a leaked token.
    pub escalate: &'static str,
    /// Whom to tell.
    pub tell: &'static str,
}

impl IncidentFacts {
    /// The row of a kind.
    ///
    /// # Panics
    /// Never: a test compares the table with the list of kinds.
    #[must_use]
    #[allow(clippy::panic)]
    pub fn of(kind: TokenType) -> &'static Self {
        match all().iter().find(|facts| facts.kind == kind) {
            Some(facts) => facts,
            None => panic!("incident.csv has no row {}", kind.id()),
        }
    }
}

fn all() -> &'static [IncidentFacts] {
    static TABLE: OnceLock<Vec<IncidentFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("incident.csv", include_str!("incident.csv"), |row| {
            TokenType::parse(row.cell("id")).map(|kind| IncidentFacts {
                kind,
                reach: row.cell("reach"),
                also_rotate: row.cell("also_rotate"),
                look_for: row.cell("look_for"),
                escalate: row.cell("escalate"),
                tell: row.cell("tell"),
            })
        })
        .into_iter()
        .flatten()
        .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_row_without_gaps() {
        assert_eq!(all().len(), TokenType::ALL.len());
        for &kind in TokenType::ALL {
            let facts = IncidentFacts::of(kind);
            for cell in [facts.reach, facts.also_rotate, facts.look_for, facts.escalate, facts.tell] {
                assert!(cell.ends_with('.'), "{}: {cell}", kind.id());
            }
        }
    }
}
