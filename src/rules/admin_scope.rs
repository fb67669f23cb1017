use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{Scope, ScopeFacts, TokenType, Verb};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A live token can act as an administrator: it has the scope `sudo` or `admin_mode`.
    ///
    /// It is high, and critical when the token never expires. `scope-too-broad` then says nothing about the same token.
    ///
    /// ## Why it matters
    ///
    /// With `sudo` one token is every user of the instance at once: whatever it does stands in the log under the name of the
    /// person it acted as. With `admin_mode` it reaches the administrator's API past the second sign-in that Admin Mode asks
    /// a person for. Whoever finds such a token owns the instance, its secrets and its users.
    ///
    /// ## Bad
    ///
    /// ```json inventory personal-access-tokens.json
    /// [{"id": 812, "name": "yearly figures", "scopes": ["api", "sudo"], "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 7}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory personal-access-tokens.json
    /// [{"id": 812, "name": "yearly figures", "scopes": ["read_service_ping"], "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 7}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Split it: one token for each job, each with the one thing it needs. A job that acts for a person takes that person's own
    /// token or a service account; administration takes a fine-grained personal access token with instance permissions
    /// (19.2 and newer); usage figures take `read_service_ping`. Then revoke this one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/security/tokens/access_token_scopes/>
    /// - <https://docs.gitlab.com/api/rest/authentication/#sudo>
    /// - <https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/>
    "admin-scope", "a live token can act as an administrator", High, Check::Row(check),
}

/// Lets its holder administer, and is for administrators alone: no bot of a project or group can be given it.
pub(super) fn is_admin(scope: &ScopeFacts) -> bool {
    scope.verbs.contains(&Verb::Administer)
        && !scope.available_for(TokenType::ProjectAccessToken)
        && !scope.available_for(TokenType::GroupAccessToken)
}

/// The row's administrator scopes.
pub(super) fn admin_scopes(row: &Row<'_>) -> Vec<Scope> {
    let scopes = row.scopes().unwrap_or_default();
    scopes.iter().filter(|scope| scope.facts().is_some_and(is_admin)).cloned().collect()
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let admin = admin_scopes(&row);
    if admin.is_empty() {
        return;
    }
    let grants: Vec<Text> = admin.iter().filter_map(Scope::facts).map(|facts| say![facts.grants]).collect();
    let scopes = Text::list(&admin, "and");
    let mut message = say![row.opening(), " has ", scopes, ": it can ", Text::list(&grants, "and"), "."];
    message.push(row.use_in_words());
    match (row.never_expires(), token.expires_on) {
        (true, _) => message.push(" It never expires."),
        (false, Some(end)) => message.push(" It ends on ").push(end).push("."),
        (false, None) => &mut message,
    };
    message.push(" Nothing here shows which of its powers are used.");
    let mut advice = vec![row.ask_consumers()];
    advice.push(Advice::step(say![
        "List what it is used for. For each job a token of its own: acting for one person, that person's or a service account's \
         token; administration, a fine-grained personal access token with only those instance permissions (19.2 and newer); \
         usage figures, `read_service_ping`."
    ]));
    advice.push(row.make(say!["those tokens beside it, none with ", Text::list(&admin, "or"), ", ending on ", row.new_end(), "."]));
    advice.push(row.switch());
    advice.push(row.revoke_replaced());
    let severity = if row.never_expires() { Severity::Critical } else { RULE.severity };
    let title = say![Capital(row.kind().facts().name), " with administrator scope ", scopes];
    findings.push(row.finding(&RULE, title, message, advice).severity(severity));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, person, personal, scopes};

    fn with(names: &str) -> Vec<Finding> {
        judged(person(vec![TokenRow { scopes: scopes(names), ..personal() }]))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&only("admin-scope", with("api sudo admin_mode"))[0]));
    }

    #[test]
    fn it_alone_speaks_of_how_wide_the_token_is() {
        assert_eq!(with("api sudo").len(), 1);
    }

    #[test]
    fn other_scopes_of_administrators_and_wide_ones_are_not_meant() {
        for names in ["api", "read_service_ping", "create_runner manage_runner", "k8s_proxy", "sudo_moon"] {
            assert!(only("admin-scope", with(names)).is_empty(), "{names}");
        }
    }

    #[test]
    fn without_an_end_it_is_critical() {
        let row = TokenRow { scopes: scopes("sudo"), never_expires: Some(true), expires_on: None, ..personal() };
        assert_eq!(only("admin-scope", judged(person(vec![row])))[0].severity, Severity::Critical);
    }
}
