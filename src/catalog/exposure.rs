//! How bad it is when a credential of a kind lies open.

use std::sync::OnceLock;

use super::table;
use crate::report::{CredentialType, Severity};

/// A row of `exposure.csv`.
#[derive(Debug)]
pub struct Exposure {
    credential: &'static str,
    /// When it is live, as far as one can tell.
    pub severity: Severity,
    /// Why so, a clause: `it acts in a project`.
    pub why: &'static str,
}

fn rows() -> &'static [Exposure] {
    static TABLE: OnceLock<Vec<Exposure>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("exposure.csv", include_str!("exposure.csv"), |row| Exposure {
            credential: row.cell("credential"),
            severity: severity(row.cell("severity")),
            why: row.cell("why"),
        })
    })
}

fn severity(word: &str) -> Severity {
    Severity::ALL.into_iter().find(|severity| severity.word() == word).unwrap_or(Severity::Critical)
}

/// How bad it is when a credential of this kind lies open.
///
/// # Panics
/// Never: a test asks for every kind.
#[must_use]
#[allow(clippy::panic)]
pub fn exposure(kind: CredentialType) -> &'static Exposure {
    match rows().iter().find(|row| row.credential == kind.id()) {
        Some(row) => row,
        None => panic!("exposure.csv has no row {}", kind.id()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TokenType;

    #[test]
    fn every_kind_has_its_row() {
        for kind in TokenType::ALL {
            let exposure = exposure(CredentialType::Token(*kind));
            assert!(!exposure.why.is_empty());
        }
        for kind in [CredentialType::GenericPassword, CredentialType::PrivateKey] {
            assert!(exposure(kind).severity <= Severity::High);
        }
        assert_eq!(rows().len(), TokenType::ALL.len() + 2);
        let words = include_str!("exposure.csv").lines().skip(1).filter_map(|line| line.split(',').nth(1));
        for word in words {
            assert_eq!(severity(word).word(), word);
        }
    }
}
