//! Which credential for which use: our own judgement, on GitLab's order job token, project token, group token
//! (<https://docs.gitlab.com/security/tokens/#tokens-in-cicd>).

use std::sync::OnceLock;

use super::{TokenType, table};

/// One use and the credential for it; a row of `use_cases.csv`.
#[derive(Clone, Debug)]
pub struct UseCase {
    /// Kebab-case, as `choose --for` takes it.
    pub id: &'static str,
    /// What somebody wants to do, in a phrase.
    pub question: &'static str,
    /// Further words that people use for it.
    pub words: Vec<&'static str>,
    /// The credential.
    pub kind: TokenType,
    /// Its scopes, where it has such.
    pub scopes: Vec<&'static str>,
    /// The lowest role, where it has one.
    pub role: Option<&'static str>,
    /// The allowlist permission of a job token, or the fine-grained permissions of a personal one.
    pub permissions: Option<&'static str>,
    /// How long it should live.
    pub expiry: &'static str,
    /// How to do it; sentences.
    pub how: &'static str,
    /// Where to keep it; sentences.
    pub keep: &'static str,
    /// How it is replaced; `None` where the kind's own way does.
    pub rotate: Option<&'static str>,
    /// Other kinds, and why not.
    pub why_not: Vec<(TokenType, &'static str)>,
    /// GitLab's document.
    pub source: &'static str,
}

/// Every use, jobs first.
#[must_use]
pub fn use_cases() -> &'static [UseCase] {
    static TABLE: OnceLock<Vec<UseCase>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("use_cases.csv", include_str!("use_cases.csv"), |row| {
            TokenType::parse(row.cell("token_type")).map(|kind| UseCase {
                id: row.cell("id"),
                question: row.cell("question"),
                words: row.words("words"),
                kind,
                scopes: row.words("scopes"),
                role: row.some("role"),
                permissions: row.some("permissions"),
                expiry: row.cell("expiry"),
                how: row.cell("how"),
                keep: row.some("keep").unwrap_or(kind.more().keep),
                rotate: row.some("rotate"),
                why_not: row
                    .cell("why_not")
                    .split(" | ")
                    .filter_map(|reason| reason.split_once(": "))
                    .filter_map(|(kind, why)| TokenType::parse(kind).map(|kind| (kind, why)))
                    .collect(),
                source: row.cell("source"),
            })
        })
        .into_iter()
        .flatten()
        .collect()
    })
}

/// What somebody may want to do with a credential of a kind, in phrases, jobs first: the questions of [`use_cases`].
#[must_use]
pub fn questions() -> &'static [(TokenType, &'static str)] {
    static TABLE: OnceLock<Vec<(TokenType, &'static str)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("use_cases.csv", table::columns!("use_cases.csv": "question" "token_type"), |row| {
            TokenType::parse(row.cell("token_type")).map(|kind| (kind, row.cell("question")))
        })
        .into_iter()
        .flatten()
        .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Scope;

    #[test]
    fn every_row_is_read_and_every_cell_is_of_its_column() {
        let ids = table::rows("use_cases.csv", include_str!("use_cases.csv"), |row| {
            let id = row.cell("id");
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
            table::check_source(row, id);
            let reasons = row.cell("why_not").split(" | ").count();
            let read =
                use_cases().iter().find(|case| case.id == id).unwrap_or_else(|| panic!("{id}: no such token type"));
            assert_eq!(read.why_not.len(), reasons, "{id}: each reason names a kind");
            id
        });
        assert_eq!(use_cases().iter().map(|case| case.id).collect::<Vec<_>>(), ids);
        assert!(use_cases().iter().map(|case| (case.kind, case.question)).eq(questions().iter().copied()));
        assert!(ids.len() > 30);
        for case in use_cases() {
            let id = case.id;
            for text in [case.how, case.keep].into_iter().chain(case.rotate) {
                assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{id}: {text}");
            }
            for phrase in [case.question, case.expiry].into_iter().chain(case.role) {
                assert!(!phrase.is_empty() && !phrase.ends_with('.'), "{id}: {phrase}");
            }
            for scope in &case.scopes {
                let scope = Scope::new(scope);
                assert!(scope.facts().is_some_and(|facts| facts.available_for(case.kind)), "{id}: {}", scope.as_str());
            }
            assert!(case.why_not.iter().all(|(kind, _)| *kind != case.kind), "{id} speaks against itself");
            assert!(case.rotate.is_some() || case.kind.facts().rotate.ui.is_some(), "{id}: how is it replaced?");
            // What a person holds, or a thief keeps, is never the first answer for a machine.
            assert!(!id.starts_with("job-") || case.kind != TokenType::PersonalAccessToken, "{id}");
        }
    }

    #[test]
    fn a_job_gets_a_stored_token_only_where_its_own_is_refused() {
        for case in use_cases().iter().filter(|case| case.id.starts_with("job-") && case.id != "job-api-refused") {
            assert!(matches!(case.kind, TokenType::CiJobToken | TokenType::CiIdToken), "{}", case.id);
        }
    }
}
