use super::advice::NEW_LIFE_DAYS;
use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Finding, Severity};
use crate::say;

rule! {
    /// A live token was made to live longer than 365 days, the usual maximum.
    ///
    /// It is medium, and low up to 400 days: some instances allow that much. Where the source does not say when it was made
    /// (deploy tokens), the days that are left count: the whole life is at least that long. Settings pages show days in the
    /// viewer's time zone, so one day more is allowed for there.
    ///
    /// ## Why it matters
    ///
    /// The longer a token lives, the more copies of it exist, and the fewer people remember what it is for. A leak stays
    /// useful until the end date. GitLab allows 365 days for personal, project and group access tokens; longer lives come
    /// from older versions, service accounts and deploy tokens.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 504, "name": "pages", "scopes": ["write_repository"], "access_level": 30, "active": true, "revoked": false,
    ///   "created_at": "2026-03-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2031-03-01",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 504, "name": "pages", "scopes": ["write_repository"], "access_level": 30, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// The end date of an existing token cannot be changed. Make a second one beside it that ends within 90 days, move its
    /// users over, then revoke the old one. An administrator can lower the maximum for all; older tokens above it are then
    /// revoked by GitLab, so tell their owners first.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/administration/settings/account_and_limit_settings/#limit-the-lifetime-of-access-tokens>
    /// - <https://docs.gitlab.com/user/profile/personal_access_tokens/#access-token-expiration>
    "token-lifetime-too-long", "a live token was made to live longer than a year", Medium, Check::Row(check),
}

/// What instances with the feature flag `buffered_token_expiration_limit` allow.
const BUFFERED_LIMIT_DAYS: i64 = 400;

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let (Some(end), Some(left)) = (token.expires_on, row.days_left()) else { return };
    // A day of making after today is damaged or another zone's: then only what is left is sure.
    let life = token.created_on.map(|day| end.days_since(day)).filter(|life| *life >= left);
    let days = life.unwrap_or(left);
    let limit = judgement.context.thresholds.lifetime_days;
    let zone = i64::from(row.is_local_time() && life.is_some());
    if days <= limit.saturating_add(zone) {
        return;
    }
    let mut message = say![row.opening(), " ends on ", end, ": "];
    match (life, token.created_on) {
        (Some(_), Some(created)) => message.push(days).push(" days after it was made on ").push(created).push("."),
        _ => message.push(days).push(" days from today; when it was made is not shown."),
    };
    message.push(" A life of at most ").push(limit).push(" days is asked for here.").push(row.use_in_words());
    if let Some(scopes) = row.scopes_in_words() {
        message.push(" Until then it keeps ").push(scopes).push(".");
    }
    let mut advice = row.replace(say![
        "a second one beside it, with the same scopes or fewer, that ends on ", row.new_end(), " (", NEW_LIFE_DAYS, " days)."
    ]);
    advice.extend(row.rotate());
    let title = say![
        Capital(row.kind().facts().name),
        if life.is_some() { " made to live " } else { " with " },
        days,
        if life.is_some() { " days" } else { " days left" }
    ];
    let buffered = days <= BUFFERED_LIMIT_DAYS;
    let severity = if buffered { Severity::Low } else { RULE.severity };
    findings.push(row.finding(&RULE, title, message, advice).severity(severity));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TokenType;
    use crate::inventory::{Page, PageKind};
    use crate::rules::sample::{good, judged, letter, of, only, project, today};

    fn living(days: i64) -> TokenRow {
        let created = today().plus_days(-50);
        TokenRow { created_on: Some(created), expires_on: Some(created.plus_days(days)), ..good() }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("token-lifetime-too-long", living(800))[0]));
    }

    #[test]
    fn the_limit_itself_is_fine_and_a_day_more_is_not() {
        assert!(of("token-lifetime-too-long", living(365)).is_empty());
        assert_eq!(of("token-lifetime-too-long", living(366))[0].severity, Severity::Low);
        assert_eq!(of("token-lifetime-too-long", living(400))[0].severity, Severity::Low);
        assert_eq!(of("token-lifetime-too-long", living(401))[0].severity, Severity::Medium);
    }

    #[test]
    fn a_page_west_of_utc_may_show_the_day_before() {
        let mut list = project(vec![living(366), living(367)]);
        list.page = Some(Page {
            kind: PageKind::ProjectAccessTokens,
            is_gitlab: true,
            data_page: None,
            url: None,
            path: None,
            relative_url_root: None,
            lang: None,
            gitlab_version: None,
        });
        assert_eq!(only("token-lifetime-too-long", judged(list)).len(), 1);
    }

    #[test]
    fn without_a_day_of_making_what_is_left_counts() {
        let row = |left: i64| TokenRow {
            kind: TokenType::DeployToken,
            created_on: None,
            expires_on: Some(today().plus_days(left)),
            ..good()
        };
        assert!(of("token-lifetime-too-long", row(365)).is_empty());
        assert_eq!(of("token-lifetime-too-long", row(366)).len(), 1);
    }

    #[test]
    fn what_is_over_is_not_judged() {
        let row = TokenRow { created_on: Some(today().plus_days(-900)), expires_on: Some(today()), ..good() };
        assert!(of("token-lifetime-too-long", row).is_empty());
    }
}
