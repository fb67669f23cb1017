use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{AccessLevel, TokenType, Verb};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// A live token was never used, or not in the last 90 days.
    ///
    /// "Never used" counts only when the token is older than that too. It is medium; high when it can administer or make
    /// further credentials (`api`, `create_runner`, `sudo`, …) and its role lets it; low when all it can do is read.
    ///
    /// ## Why it matters
    ///
    /// A token that nothing needs can only be used by somebody who found it. Ending it costs nothing and removes a risk that
    /// no one watches.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 506, "name": "old-import", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-03-01T08:00:00.000Z", "last_used_at": "2026-05-01T10:20:00.000Z",
    ///   "expires_at": "2027-02-20", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// Made last week, and waiting for its first use:
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 506, "name": "old-import", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-11-13T08:00:00.000Z", "last_used_at": null, "expires_at": "2027-02-11",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask whoever made it. If nobody knows, look for jobs that run once a quarter or a year, then revoke it. GitLab writes the
    /// last use at most every ten minutes, and not for every kind of use in old versions.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/profile/personal_access_tokens/#view-token-usage-information>
    /// - <https://docs.gitlab.com/security/tokens/>
    "token-unused", "a live token has not been used for 90 days", Medium, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token).filter(Row::is_unused) else { return };
    let Some(days) = row.days_unused() else { return };
    let never = token.last_used_day().is_none();
    let mut message = say![row.opening()];
    match (never, token.created_on, token.last_used_day()) {
        (true, Some(created), _) => message.push(" was made on ").push(created).push(" and has not been used since."),
        (_, _, Some(day)) => message.push(" was last used on ").push(day).push("."),
        _ => message.push(" has not been used."),
    };
    message.push(" GitLab updates that time at most every ten minutes, so it is not in daily use; a yearly job would look the same.");
    if let Some(scopes) = row.scopes_in_words() {
        message.push(" It has ").push(scopes);
        if let Some(role) = row.role() {
            message.push(" and the role ").push(role);
        }
        message.push(".");
    }
    match (token.expires_on, row.never_expires()) {
        (Some(end), _) => message.push(" It ends by itself on ").push(end).push("."),
        (None, true) => message.push(" It never ends by itself."),
        (None, false) => &mut message,
    };
    let mut advice = vec![row.ask_consumers(), row.revoke()];
    if row.kind() == TokenType::ServiceAccountToken {
        advice.push(Advice::step(say!["If it was the account's last token, ask whether the account itself is still needed."]));
    }
    let title = match never {
        true => say![Capital(row.kind().facts().name), " never used in ", days, " days"],
        false => say![Capital(row.kind().facts().name), " unused for ", days, " days"],
    };
    let severity = if row.only_reads() {
        Severity::Low
    } else if reaches_far(&row) {
        Severity::High
    } else {
        RULE.severity
    };
    findings.push(row.finding(&RULE, title, message, advice).severity(severity).confidence(Confidence::Likely));
}

/// Does one of its scopes let it change who may do what, or make credentials for others than itself?
fn reaches_far(row: &Row<'_>) -> bool {
    if row.role().is_some_and(|role| role <= AccessLevel::REPORTER) {
        return false;
    }
    let scopes = row.scopes().unwrap_or_default();
    scopes.iter().filter_map(crate::catalog::Scope::facts).any(|facts| {
        facts.verbs.contains(&Verb::Administer) || facts.verbs.contains(&Verb::Mint) && facts.scope != "self_rotate"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Role;
    use crate::rules::sample::{good, letter, of, scopes, today};
    use crate::time::Timestamp;

    fn unused(days: i64) -> TokenRow {
        let day = today().plus_days(-days);
        TokenRow {
            last_used_at: Timestamp::parse(&format!("{day}T23:59:59Z")),
            created_on: Some(today().plus_days(-150)),
            scopes: scopes("write_repository"),
            ..good()
        }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("token-unused", unused(120))[0]));
    }

    #[test]
    fn ninety_days_are_fine_and_a_day_more_is_not() {
        assert!(of("token-unused", unused(90)).is_empty());
        assert_eq!(of("token-unused", unused(91)).len(), 1);
    }

    #[test]
    fn never_used_counts_from_the_day_of_making() {
        let row = |days: i64, never_used| TokenRow {
            created_on: Some(today().plus_days(-days)),
            last_used_at: None,
            never_used,
            ..good()
        };
        assert!(of("token-unused", row(90, Some(true))).is_empty());
        assert_eq!(of("token-unused", row(91, Some(true))).len(), 1);
        assert!(of("token-unused", row(500, None)).is_empty(), "a source that does not tell is not believed");
        assert!(of("token-unused", TokenRow { created_on: None, ..row(500, Some(true)) }).is_empty());
    }

    #[test]
    fn what_it_could_do_decides_how_bad_it_is() {
        let role = Some(Role::from_id("developer"));
        let row = |names| TokenRow { scopes: scopes(names), role: role.clone(), ..unused(120) };
        let severity = |names| of("token-unused", row(names))[0].severity;
        assert_eq!(severity("api"), Severity::High);
        assert_eq!(severity("create_runner"), Severity::High);
        assert_eq!(severity("write_repository self_rotate"), Severity::Medium);
        assert_eq!(severity("read_repository"), Severity::Low);
        assert_eq!(severity("write_moon"), Severity::Medium);
        let guest = TokenRow { role: Some(Role::from_id("guest")), ..row("api") };
        assert_eq!(of("token-unused", guest)[0].severity, Severity::Medium, "a role that administers nothing");
    }

    #[test]
    fn a_last_use_in_the_future_is_no_evidence() {
        assert!(of("token-unused", unused(-3)).is_empty());
    }
}
