use super::row::Row;
use super::{Check, Judgement, rule};
use crate::catalog::TokenType;
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Finding, Severity};
use crate::say;

rule! {
    /// An impersonation token is live: an administrator made it to act as somebody else.
    ///
    /// It is high, and medium when all it can do is read. How wide its scopes are is part of this finding, not one of its own.
    ///
    /// ## Why it matters
    ///
    /// Whatever is done with it is recorded as done by that person, who neither sees the token nor gets mail about it. It is
    /// meant for a short look at a problem; left alive it is a way into somebody's account that nobody watches.
    ///
    /// ## Bad
    ///
    /// ```json inventory impersonation-tokens.json
    /// [{"id": 901, "name": "support case", "scopes": ["api"], "active": true, "revoked": false, "impersonation": true,
    ///   "created_at": "2026-11-10T08:00:00.000Z", "last_used_at": "2026-11-11T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 7}]
    /// ```
    ///
    /// ## Good
    ///
    /// Revoked when the look was over:
    ///
    /// ```json inventory impersonation-tokens.json
    /// [{"id": 901, "name": "support case", "scopes": ["api"], "active": false, "revoked": true, "impersonation": true,
    ///   "created_at": "2026-11-10T08:00:00.000Z", "last_used_at": "2026-11-11T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 7}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask the administrator who made it, then revoke it. Where a program needs to act for people, use OAuth, which asks them;
    /// where it needs rights of its own, a service account. An instance that has no need for impersonation can switch it off.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/api/rest/authentication/#impersonation-tokens>
    /// - <https://docs.gitlab.com/api/user_tokens/>
    "impersonation-token-active", "an impersonation token is live", High, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    if row.kind() != TokenType::ImpersonationToken {
        return;
    }
    let mut message = say![row.opening(), " acts as that person; what is done with it is recorded as theirs, and they do not see it."];
    match row.scopes_in_words() {
        Some(scopes) => message.push(" It has ").push(scopes).push("."),
        None => message.push(" Its scopes are not shown."),
    };
    message.push(row.use_in_words());
    match (token.expires_on, row.never_expires()) {
        (Some(end), _) => message.push(" It ends on ").push(end).push(", without a mail to anybody."),
        (None, true) => message.push(" It never expires."),
        (None, false) => &mut message,
    };
    let mut ask = row.ask_consumers();
    ask.text.push(" The audit events of the instance name the administrator who made it (Premium and Ultimate).");
    let advice = vec![
        ask,
        Advice::step(say![
            "Enough would be: for a look at one person's problem, a screen shared by that person; for a program that acts for \
             people, OAuth, which asks them; for a program with rights of its own, a service account."
        ]),
        row.revoke(),
        Advice::destructive(say![
            "If the instance needs no impersonation at all, switch it off: `gitlab_rails['impersonation_enabled'] = false` in \
             /etc/gitlab/gitlab.rb. That stops these tokens and the Impersonate button for every administrator."
        ]),
    ];
    let title = match row.username() {
        Some(name) => say!["Live impersonation token of ", name],
        None => say!["Live impersonation token"],
    };
    let severity = if row.only_reads() { Severity::Medium } else { RULE.severity };
    findings.push(row.finding(&RULE, title, message, advice).severity(severity));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::TokenStatus;
    use crate::rules::sample::{judged, letter, only, person, personal, scopes, today};

    fn token(names: &str) -> TokenRow {
        TokenRow { kind: TokenType::ImpersonationToken, scopes: scopes(names), ..personal() }
    }

    fn findings(row: TokenRow) -> Vec<Finding> {
        only("impersonation-token-active", judged(person(vec![row])))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&findings(token("api"))[0]));
    }

    #[test]
    fn it_has_no_rotate_call_to_recommend() {
        let endless = TokenRow { never_expires: Some(true), expires_on: None, ..token("api") };
        for finding in judged(person(vec![endless])) {
            assert!(!letter(&finding).contains("rotate"), "{}", letter(&finding));
        }
    }

    #[test]
    fn reading_alone_weighs_less() {
        assert_eq!(findings(token("read_api"))[0].severity, Severity::Medium);
        assert_eq!(findings(token("api"))[0].severity, Severity::High);
        assert_eq!(findings(TokenRow { scopes: None, ..token("") })[0].severity, Severity::High);
    }

    #[test]
    fn what_is_over_and_what_is_ones_own_is_not_meant() {
        assert!(findings(TokenRow { status: Some(TokenStatus::Revoked), ..token("api") }).is_empty());
        assert!(findings(TokenRow { expires_on: Some(today()), ..token("api") }).is_empty());
        assert!(findings(personal()).is_empty());
    }
}
