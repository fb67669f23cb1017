use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{Scope, redundant};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Finding};
use crate::say;
use crate::text::Text;

rule! {
    /// A live token has a scope that another of its scopes already includes.
    ///
    /// It is low: the extra scope gives a thief nothing more. It matters because it shows that the wider one was added without
    /// need, or the narrower one without effect.
    ///
    /// ## Why it matters
    ///
    /// `api` includes reading, Git and the registries; `read_api` can clone code and pull images as well;
    /// `write_repository` can pull. Beside the wider scope the narrower one has no effect, and reading the list one takes the
    /// token for smaller than it is.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 507, "name": "docs-sync", "scopes": ["read_repository", "write_repository"], "access_level": 30,
    ///   "active": true, "revoked": false, "created_at": "2026-10-01T08:00:00.000Z",
    ///   "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30", "user_id": 9001,
    ///   "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 507, "name": "docs-sync", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z",
    ///   "expires_at": "2026-12-30", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Scopes of an existing token cannot be changed. When the next one is made, give it one of the two: the narrower if that is
    /// enough, else the wider alone. There is no need to replace the token for this alone.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/security/tokens/access_token_scopes/>
    "scope-redundant", "a scope that another one already includes", Low, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let scopes = row.scopes().unwrap_or_default();
    let (redundant, wider) = redundant(scopes);
    if redundant.is_empty() {
        return;
    }
    let (narrow, wide) = (Text::list(&redundant, "and"), Text::list(&wider, "and"));
    let several = redundant.len() > 1;
    let message = say![
        row.opening(), " has ", narrow, " beside ", wide, if wider.len() == 1 { ", which includes " } else { ", which include " },
        if several { "them" } else { "it" }, ". The narrower ", if several { "ones have" } else { "one has" },
        " no effect: take the token for what ", wide, " can do."
    ];
    let kept: Vec<Scope> = scopes.iter().filter(|scope| !redundant.contains(scope)).cloned().collect();
    let make = row.make(say![
        "the next one, when this one ends or is replaced, with ", narrow, " alone if that is enough, else with ",
        Text::list(&kept, "and"), ". The scopes of an existing token cannot be changed."
    ]);
    let advice = vec![
        Advice::step(say!["Ask what it is used for: if ", narrow, if several { " are" } else { " is" }, " all it needs, the wider scope is the thing to drop."]),
        make,
    ];
    let title = say![Capital(row.kind().facts().name), " with ", narrow, " although ", wide, if wider.len() == 1 { " includes " } else { " include " }, if several { "them" } else { "it" }];
    findings.push(row.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{good, letter, of, scopes};

    fn with(names: &str) -> Vec<Finding> {
        of("scope-redundant", TokenRow { scopes: scopes(names), ..good() })
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&with("api read_api read_repository")[0]));
    }

    #[test]
    fn one_finding_a_row() {
        assert_eq!(with("api read_api read_user write_repository read_registry").len(), 1);
    }

    #[test]
    fn what_gitlab_needs_both_of_is_not_redundant() {
        for names in ["read_registry write_registry", "read_repository read_registry", "api sudo", "api k8s_proxy", "api", ""] {
            assert!(with(names).is_empty(), "{names}");
        }
    }

    #[test]
    fn nobody_knows_what_an_unknown_scope_includes() {
        assert!(with("api write_moon").is_empty());
        assert!(of("scope-redundant", TokenRow { scopes: None, ..good() }).is_empty());
    }

    #[test]
    fn the_same_scope_twice_is_a_matter_of_the_source() {
        assert!(with("read_repository read_repository").is_empty());
    }
}
