use super::advice::instead;
use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{TokenType, Use};
use crate::inventory::{Inventory, OwnerKind, TokenRow};
use crate::report::{Advice, Confidence, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A live personal access token seems to serve a machine: its name or description has a word such as `ci`, `bot`,
    /// `deploy`, `renovate` or `grafana`.
    ///
    /// It is possible on one such word; likely when the name has words of two uses, or name and description agree, or it was
    /// used from three or more addresses as well. It is medium, and low when all the token can do is read. Tokens of service accounts and bots
    /// are not meant.
    ///
    /// ## Why it matters
    ///
    /// A personal token can do what the person can, in every project and group. What the machine does is recorded as the
    /// person's doing. And when the person leaves, is blocked or changes teams, the machine stops, or it keeps a former
    /// colleague's rights.
    ///
    /// ## Bad
    ///
    /// ```json inventory personal-access-tokens.json
    /// [{"id": 813, "name": "jenkins", "scopes": ["write_repository"], "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 7}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 514, "name": "jenkins", "scopes": ["write_repository"], "access_level": 30, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Give the machine a credential of its own: in a pipeline the job token, which has to be stored nowhere; for one project
    /// a project access token or a deploy token; for several a group access token or a service account. Then revoke the personal
    /// one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/profile/service_accounts/>
    /// - <https://docs.gitlab.com/user/project/settings/project_access_tokens/>
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    "personal-token-for-automation", "a person's token that serves a machine", Medium, Check::Row(check),
}

/// A person has a laptop and a desk; a machine that moves has more addresses.
const MANY_ADDRESSES: usize = 3;

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    if !matches!(row.kind(), TokenType::PersonalAccessToken | TokenType::FineGrainedPersonalAccessToken) {
        return;
    }
    let machines = |uses: Vec<&'static Use>| uses.into_iter().filter(|one| one.machine).collect::<Vec<_>>();
    let by = |name: &Option<crate::text::Name>| {
        machines(name.as_ref().map(|name| crate::catalog::suggested_by(name.as_str())).unwrap_or_default())
    };
    let (by_name, by_description) = (by(&token.name), by(&token.description));
    let all = machines(row.suggested_uses());
    if all.is_empty() {
        return;
    }
    let addresses = token.last_used_ips.as_ref().map_or(0, Vec::len);
    let person_is_known = row.owner_kind() == OwnerKind::User && row.username().is_some();
    let agreed = by_name.len() > 1 || (!by_name.is_empty() && !by_description.is_empty());
    let likely = agreed || addresses >= MANY_ADDRESSES;
    let phrases: Vec<&'static str> = all.iter().map(|one| one.phrase).collect();
    let mut message = say![row.opening(), " is a personal access token, and by its "];
    message.push(match (by_name.is_empty(), by_description.is_empty()) {
        (false, false) => "name and description",
        (true, _) => "description",
        (false, true) => "name",
    });
    message.push(" it serves ").push(Text::list(&phrases, "and")).push(".");
    if addresses >= MANY_ADDRESSES {
        message.push(" It was used from ").push(addresses).push(" addresses lately.");
    }
    message.push(row.use_in_words());
    message.push(" It can do what the person can, and it ends with the person's account.");
    if !person_is_known {
        message.push(
            " The list does not say whether the owner is a person: in an administrator's list the tokens of bots and service accounts \
             look the same.",
        );
    }
    let advice = vec![
        Advice::step(instead(&all)),
        row.ask_consumers(),
        Advice::step(say!["Make that credential, in the project or group that it serves, with an end date: ", row.new_end(), " at the latest."]),
        row.switch(),
        row.revoke(),
    ];
    let severity = if row.only_reads() { Severity::Low } else { RULE.severity };
    let confidence = if likely && person_is_known { Confidence::Likely } else { Confidence::Possible };
    let title = say![Capital(row.kind().facts().name), " that seems to serve ", Text::list(&phrases, "and")];
    findings.push(row.finding(&RULE, title, message, advice).severity(severity).confidence(confidence));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, person, personal, project, scopes};
    use crate::text::Name;

    fn named(name: &str) -> TokenRow {
        TokenRow { name: Some(Name::new(name)), scopes: scopes("write_repository"), ..personal() }
    }

    fn of_dana(row: TokenRow) -> Vec<Finding> {
        only("personal-token-for-automation", judged(person(vec![row])))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of_dana(named("gitlab-runner bot"))[0]));
    }

    #[test]
    fn one_word_is_possible_and_two_signs_are_likely() {
        assert_eq!(of_dana(named("jenkins"))[0].confidence, Confidence::Possible);
        assert_eq!(of_dana(named("jenkins deploy"))[0].confidence, Confidence::Likely);
        let described = TokenRow { description: Some(Name::new("for the nightly build")), ..named("jenkins") };
        assert_eq!(of_dana(described)[0].confidence, Confidence::Likely);
        let ips = (1..=3).map(|last| Name::new(&format!("203.0.113.{last}"))).collect();
        let moving = TokenRow { last_used_ips: Some(ips), ..named("jenkins") };
        assert_eq!(of_dana(moving)[0].confidence, Confidence::Likely);
    }

    #[test]
    fn names_of_people_and_things_are_not_meant() {
        for name in ["laptop", "git over https", "Lucía", "citric", "report for Ada", ""] {
            assert!(of_dana(named(name)).is_empty(), "{name}");
        }
        assert!(of_dana(TokenRow { name: None, ..named("x") }).is_empty());
    }

    #[test]
    fn addresses_alone_are_no_sign() {
        let ips = (1..=5).map(|last| Name::new(&format!("203.0.113.{last}"))).collect();
        assert!(of_dana(TokenRow { last_used_ips: Some(ips), ..named("laptop") }).is_empty());
    }

    #[test]
    fn machines_with_an_account_of_their_own_are_not_meant() {
        for username in ["project_318_bot_1a2b", "group_42_bot", "service_account_group_42_9f"] {
            let mut list = person(vec![named("jenkins")]);
            list.owner.as_mut().unwrap().username = Some(Name::new(username));
            assert!(only("personal-token-for-automation", judged(list)).is_empty(), "{username}");
        }
        let mut list = person(vec![named("jenkins")]);
        list.owner.as_mut().unwrap().kind = OwnerKind::ServiceAccount;
        assert!(only("personal-token-for-automation", judged(list)).is_empty());
        let row = TokenRow { kind: TokenType::ProjectAccessToken, ..named("jenkins") };
        assert!(only("personal-token-for-automation", judged(project(vec![row]))).is_empty());
    }

    #[test]
    fn an_administrators_list_does_not_tell_people_from_bots() {
        let list = Inventory { tokens: vec![TokenRow { user_id: Some(9001), ..named("jenkins deploy") }], ..Inventory::default() };
        let findings = only("personal-token-for-automation", judged(list));
        assert_eq!(findings[0].confidence, Confidence::Possible);
        assert!(findings[0].message.as_str().contains("does not say whether the owner is a person"));
    }
}
