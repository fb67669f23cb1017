use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{AS_OF, GITLAB, Scope};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Finding};
use crate::say;
use crate::text::Text;

rule! {
    /// A live token has a scope that is newer than the catalog of this program.
    ///
    /// It is for information: nothing is known of the scope, so nothing is said of how wide the token is.
    ///
    /// ## Why it matters
    ///
    /// GitLab adds scopes with new features. What an unknown one allows cannot be judged here, and silence about it must not
    /// be read as "harmless".
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 508, "name": "probe", "scopes": ["read_moon_phase"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 508, "name": "probe", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Look the scope up in GitLab's list of scopes, on the instance itself (Help) when it is newer than the public pages. A
    /// newer version of this program may know it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/security/tokens/access_token_scopes/>
    "scope-unknown", "a scope that is newer than the catalog", Info, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let mut unknown: Vec<Scope> = Vec::new();
    for scope in row.scopes().unwrap_or_default() {
        if scope.facts().is_none() && !unknown.contains(scope) {
            unknown.push(scope.clone());
        }
    }
    if unknown.is_empty() {
        return;
    }
    let scopes = Text::list(&unknown, "and");
    let message = say![
        row.opening(), " has ", scopes, if unknown.len() == 1 { ", a scope" } else { ", scopes" }, " that the catalog (GitLab ",
        GITLAB, ", ", AS_OF, ") does not have. What it can do with that, and whether it is more than it needs, cannot be told here."
    ];
    let advice = vec![
        Advice::step(say!["Look ", scopes, " up in GitLab's list of access token scopes, or in the Help pages of your own instance."]),
        Advice::step(say!["If the list does not have it either, ask whoever made the token, and look for a newer version of this program."]),
    ];
    let title = say![Capital(row.kind().facts().name), " with unknown ", if unknown.len() == 1 { "scope " } else { "scopes " }, scopes];
    findings.push(row.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{good, letter, of, scopes};

    fn with(names: &str) -> Vec<Finding> {
        of("scope-unknown", TokenRow { scopes: scopes(names), ..good() })
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&with("read_api write_moon read_moon write_moon")[0]));
    }

    #[test]
    fn known_scopes_and_scopes_that_are_not_shown_are_not_meant() {
        assert!(with("api read_api granular").is_empty());
        assert!(of("scope-unknown", TokenRow { scopes: None, ..good() }).is_empty());
    }
}
