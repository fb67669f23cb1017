use super::advice::NEW_LIFE_DAYS;
use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::TokenType;
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Finding, Severity};
use crate::say;

rule! {
    /// A live token has no end date.
    ///
    /// It is medium where reading is all the token can do, and high otherwise.
    ///
    /// ## Why it matters
    ///
    /// A token without an end works for whoever finds it in an old log, backup or laptop years from now. Nobody is
    /// reminded of it either: GitLab sends its e-mails 60, 30 and 7 days before an end date, and there is none.
    /// GitLab asks for an end date since 16.0; an instance may have that switched off since 17.3, tokens of service
    /// accounts can be exempt, and deploy tokens have none unless somebody sets one.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 503, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-09-02T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z",
    ///   "expires_at": null, "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 503, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-09-02T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z",
    ///   "expires_at": "2026-12-31", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// The end date of an existing token cannot be changed. Make a second one beside it that ends within 90 days, move its
    /// users over, then revoke the old one. Where one place alone holds it, rotating it with `expires_at` does the same in
    /// one call; the old value stops at that moment.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/profile/personal_access_tokens/#access-token-expiration>
    /// - <https://docs.gitlab.com/administration/settings/account_and_limit_settings/#require-expiration-dates-for-new-access-tokens>
    "token-never-expires", "a live token has no end date", High, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token).filter(Row::never_expires) else {
        return;
    };
    let mut message = say![row.opening(), " has no end date: it works until somebody ends it."];
    if let Some(scopes) = row.scopes_in_words() {
        message.push(" It has ").push(scopes).push(".");
    }
    message.push(row.use_in_words());
    if let Some(created) = token.created_on {
        message.push(" It was made on ").push(created).push(".");
    }
    let end = row.new_end();
    let mut advice = row.replace(say!["a second one beside it, with the same scopes or fewer, that ends on ", end, " (", NEW_LIFE_DAYS, " days)."]);
    if let Some(rotate) = row.rotate() {
        advice.push(rotate);
    }
    match row.kind() {
        TokenType::ServiceAccountToken => {
            message.push(" Tokens of service accounts can be exempt from the end date that all others need.");
            advice.push(crate::report::Advice::step(say![
                "So that no further one is made: require expiration dates for service accounts. With the scope `self_rotate` \
                 the account's own job can then renew its token, and nothing else."
            ]));
        }
        TokenType::DeployToken => {
            message.push(" GitLab does not record when a deploy token was last used.");
        }
        _ => {}
    }
    let severity = if row.only_reads() { Severity::Medium } else { RULE.severity };
    findings.push(row.finding(&RULE, say![Capital(row.kind().facts().name), " that never expires"], message, advice).severity(severity));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{OwnerKind, TokenStatus};
    use crate::rules::sample::{good, judged, letter, of, only, person, personal, project, scopes};
    use crate::text::Name;

    fn endless() -> TokenRow {
        TokenRow { never_expires: Some(true), expires_on: None, scopes: scopes("write_repository"), ..good() }
    }

    #[test]
    fn what_the_user_sees() {
        let findings = of("token-never-expires", endless());
        insta::assert_snapshot!(letter(&findings[0]));
    }

    #[test]
    fn only_a_source_that_says_never_is_believed() {
        assert!(of("token-never-expires", TokenRow { never_expires: None, ..endless() }).is_empty());
        assert!(of("token-never-expires", good()).is_empty());
    }

    #[test]
    fn what_is_over_is_not_judged() {
        for status in [TokenStatus::Revoked, TokenStatus::Expired, TokenStatus::Inactive] {
            assert!(of("token-never-expires", TokenRow { status: Some(status), ..endless() }).is_empty());
        }
    }

    #[test]
    fn reading_alone_weighs_less_and_unknown_scopes_do_not() {
        let severity = |scopes| of("token-never-expires", TokenRow { scopes, ..endless() })[0].severity;
        assert_eq!(severity(scopes("read_repository read_registry")), Severity::Medium);
        assert_eq!(severity(scopes("read_repository read_moon")), Severity::High);
        assert_eq!(severity(None), Severity::High);
    }

    #[test]
    fn a_deploy_token_is_not_told_to_rotate() {
        let row = TokenRow { kind: TokenType::DeployToken, last_used_at: None, never_used: None, ..endless() };
        let letter = letter(&only("token-never-expires", judged(project(vec![row])))[0]);
        assert!(!letter.contains("rotate"), "{letter}");
        assert!(letter.contains("projects/318/deploy_tokens/501"), "{letter}");
    }

    #[test]
    fn a_service_account_gets_its_own_advice() {
        let mut list = person(vec![TokenRow { never_expires: Some(true), expires_on: None, ..personal() }]);
        list.owner.as_mut().unwrap().kind = OwnerKind::ServiceAccount;
        list.owner.as_mut().unwrap().path = Some(Name::new("acme"));
        let letter = letter(&only("token-never-expires", judged(list))[0]);
        assert!(letter.contains("require expiration dates for service accounts"), "{letter}");
        assert!(letter.contains("/groups/acme/service_accounts/7/personal_access_tokens/501"), "{letter}");
    }
}
