use super::admin_scope::admin_scopes;
use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{AccessLevel, Scope, TokenType, Use, Verb};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Confidence, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A live token has the scope `api`, or another scope wider than what its name says it is for, and the row gives no sign
    /// that it needs that.
    ///
    /// `api` is medium; high for the role Owner, for a group access token with Maintainer, and for a token that never expires;
    /// low for the role Reporter and below. A name that speaks of work that does need `api` (Renovate, releases, Terraform) is
    /// such a sign. Where the name speaks of a smaller use (`clone`) and the scope is wider (`read_api`), it is low and possible.
    /// Tokens with `sudo` or `admin_mode` are left to `admin-scope`, impersonation tokens to `impersonation-token-active`, and
    /// of a fine-grained token or one whose scopes are not shown nothing is said.
    ///
    /// ## Why it matters
    ///
    /// `api` is everything its owner may do: read CI/CD variables, push code, add members, make further tokens. Most tokens do
    /// one thing. The distance between the two is what a leak costs.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 501, "name": "deploy-prod", "scopes": ["api"], "access_level": 40, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 510, "name": "site clone", "scopes": ["read_api"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 510, "name": "site clone", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Find out what it is used for, then make the smallest credential for that beside it: in a pipeline often none at all
    /// (`CI_JOB_TOKEN`), for cloning and registries a deploy token, for reading by API `read_api` with the role Reporter, for
    /// pushing `write_repository`. Move over, watch the old one stand still, revoke it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/security/tokens/access_token_scopes/>
    /// - <https://docs.gitlab.com/security/tokens/#security-considerations>
    "scope-too-broad", "a scope wider than the row shows need for", Medium, Check::Row(check),
}

/// Can do everything there is: read, write, administer, make credentials.
fn does_everything(scope: &Scope) -> bool {
    let all = [Verb::Read, Verb::Write, Verb::Administer, Verb::Mint];
    scope.facts().is_some_and(|facts| all.iter().all(|verb| facts.verbs.contains(verb)))
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    if row.kind() == TokenType::ImpersonationToken || !admin_scopes(&row).is_empty() {
        return;
    }
    let uses = row.suggested_uses();
    let scopes = row.scopes().unwrap_or_default();
    if let Some(wide) = scopes.iter().find(|scope| does_everything(scope)) {
        if !uses.iter().any(|one| one.justifies_api) {
            findings.push(everything(&row, wide, &uses));
        }
    } else if let Some((wide, enough)) = wider_than_its_name(scopes, &uses) {
        findings.push(wider(&row, &wide, &enough, &uses));
    }
}

fn everything(row: &Row<'_>, wide: &Scope, uses: &[&Use]) -> Finding {
    let token = row.token;
    let mut message = say![row.opening(), " has the scope ", wide];
    if let Some(role) = row.role() {
        message.push(" and the role ").push(role);
    }
    message.push(": it can ").push(wide.facts().map_or("do everything", |facts| facts.grants)).push(".");
    if row.is_personal() {
        message.push(" Its owner's reach is its own: every project and group that the person is a member of.");
    }
    message.push(row.use_in_words());
    match (uses, narrower(uses)) {
        ([], _) => message.push(" Nothing in the row shows what it is for, and so nothing shows that it needs this."),
        (_, Some(_)) => message.push(" By its name it is for ").push(phrases(uses)).push("; that needs less."),
        (_, None) => message.push(" By its name it is for ").push(phrases(uses)).push("; nothing shows that this needs all of it."),
    };
    let title = match row.role() {
        Some(role) => say![Capital(row.kind().facts().name), " with full API access and the role ", role],
        None => say![Capital(row.kind().facts().name), " with full API access"],
    };
    let mut advice = vec![enough_would_be(row, uses)];
    let what = match (narrower(uses), row.role()) {
        (Some((scopes, role)), Some(_)) => say!["the narrower one beside it: role ", role, ", ", scopes, ", ending on ", row.new_end(), "."],
        (Some((scopes, _)), None) => say!["the narrower one beside it: ", scopes, ", ending on ", row.new_end(), "."],
        (None, _) => say!["the narrower one beside it, ending on ", row.new_end(), "."],
    };
    advice.extend(row.replace(what));
    let owner = row.role() == Some(AccessLevel::OWNER);
    let group = row.kind() == TokenType::GroupAccessToken && row.role() >= Some(AccessLevel::MAINTAINER);
    let severity = if owner || group || row.never_expires() {
        Severity::High
    } else if row.role().is_some_and(|role| role <= AccessLevel::REPORTER) {
        Severity::Low
    } else {
        RULE.severity
    };
    let confidence = if token.name.is_some() { Confidence::Likely } else { Confidence::Possible };
    row.finding(&RULE, title, message, advice).severity(severity).confidence(confidence)
}

/// `cloning code and pushing code`.
fn phrases(uses: &[&Use]) -> Text {
    let phrases: Vec<&'static str> = uses.iter().map(|one| one.phrase).collect();
    Text::list(&phrases, "and")
}

/// The scopes and the role that are enough for all these uses; `None` where one does not say.
fn narrower(uses: &[&Use]) -> Option<(Text, AccessLevel)> {
    let telling: Vec<_> = uses.iter().filter(|one| !one.scopes.is_empty()).collect();
    let role = telling.iter().map(|one| one.role).max()?;
    let mut scopes: Vec<Scope> = Vec::new();
    for scope in telling.iter().flat_map(|one| &one.scopes) {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    let all = scopes.clone();
    scopes.retain(|scope| !all.iter().any(|other| other.includes(scope)));
    Some((say![if scopes.len() == 1 { "scope " } else { "scopes " }, Text::list(&scopes, "and")], role))
}

/// What is enough, by case.
fn enough_would_be(row: &Row<'_>, uses: &[&Use]) -> Advice {
    let mut text = super::advice::instead(uses);
    if uses.is_empty() {
        text.push(
            "What is enough depends on what it is for, and the row does not say. If it runs in the project's own pipelines, no stored token: `CI_JOB_TOKEN`. If it \
             only reads by API: `read_api` with the role Reporter. If it clones or pulls: a deploy token with `read_repository` or \
             `read_registry`. If it pushes: `write_repository` with the role Developer.",
        );
    }
    if row.kind() == TokenType::GroupAccessToken {
        text.push(" If it serves one project: a project access token there.");
    }
    Advice::step(text)
}

/// A scope that includes all that the name asks for, and is none of it.
fn wider_than_its_name(scopes: &[Scope], uses: &[&Use]) -> Option<(Scope, Vec<Scope>)> {
    let mut enough: Vec<Scope> = Vec::new();
    for one in uses {
        // A use whose scopes are not known may need any.
        if one.scopes.is_empty() {
            return None;
        }
        enough.extend(one.scopes.iter().cloned());
    }
    let wide = scopes.iter().find(|scope| {
        !enough.is_empty() && !enough.contains(scope) && enough.iter().all(|other| scope.includes(other))
    })?;
    enough.dedup();
    Some((wide.clone(), enough))
}

fn wider(row: &Row<'_>, wide: &Scope, enough: &[Scope], uses: &[&Use]) -> Finding {
    let narrow = Text::list(enough, "and");
    let grants = wide.facts().map_or("", |facts| facts.grants);
    let mut message = say![row.opening(), " has the scope ", wide, ": it can ", grants, "."];
    message.push(" By its name it is for ").push(phrases(uses)).push(", and for that ").push(&narrow);
    message.push(if enough.len() == 1 { " is enough." } else { " are enough." });
    message.push(row.use_in_words()).push(" A name is weak evidence: ask before anything is changed.");
    let mut advice = vec![enough_would_be(row, uses)];
    advice.extend(row.replace(say!["the narrower one beside it with ", &narrow, ", ending on ", row.new_end(), "."]));
    let title = say![Capital(row.kind().facts().name), " with ", wide, " where ", narrow, if enough.len() == 1 { " looks enough" } else { " look enough" }];
    row.finding(&RULE, title, message, advice).severity(Severity::Low).confidence(Confidence::Possible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Role;
    use crate::rules::sample::{good, judged, letter, of, only, person, personal, scopes};
    use crate::text::Name;

    fn named(name: &str, names: &str, role: &str) -> Vec<Finding> {
        let row = TokenRow { name: Some(Name::new(name)), scopes: scopes(names), role: Some(Role::from_id(role)), ..good() };
        of("scope-too-broad", row)
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&named("deploy-prod", "api", "owner")[0]));
        insta::assert_snapshot!(letter(&named("things", "api", "maintainer")[0]));
        insta::assert_snapshot!(letter(&named("site clone", "read_api", "reporter")[0]));
    }

    #[test]
    fn a_persons_token_reaches_as_far_as_the_person() {
        let row = TokenRow { scopes: scopes("api"), ..personal() };
        let findings = only("scope-too-broad", judged(person(vec![row])));
        assert!(findings[0].message.as_str().contains("every project and group"));
    }

    #[test]
    fn how_far_it_reaches_decides_how_bad_it_is() {
        assert_eq!(named("x", "api", "reporter")[0].severity, Severity::Low);
        assert_eq!(named("x", "api", "developer")[0].severity, Severity::Medium);
        assert_eq!(named("x", "api", "maintainer")[0].severity, Severity::Medium);
        assert_eq!(named("x", "api", "owner")[0].severity, Severity::High);
        let endless = TokenRow { scopes: scopes("api"), never_expires: Some(true), expires_on: None, ..good() };
        assert_eq!(of("scope-too-broad", endless)[0].severity, Severity::High);
        let group = TokenRow {
            kind: TokenType::GroupAccessToken,
            role: Some(Role::from_id("maintainer")),
            scopes: scopes("api"),
            ..good()
        };
        assert_eq!(of("scope-too-broad", group)[0].severity, Severity::High);
    }

    #[test]
    fn a_sign_of_need_is_enough() {
        assert!(named("renovate", "api", "developer").is_empty());
        assert!(named("terraform-state", "api", "maintainer").is_empty());
        assert!(named("clone", "read_repository", "reporter").is_empty());
        assert!(named("mirror clone", "write_repository", "developer").is_empty());
        assert!(named("site", "read_api", "reporter").is_empty(), "reading by API is a use of its own");
    }

    #[test]
    fn a_smaller_scope_is_named_only_where_it_covers_the_use() {
        assert_eq!(named("clone", "write_repository", "developer").len(), 1);
        assert!(named("registry", "read_api", "reporter").is_empty(), "write_registry would be more, not less");
        assert!(named("deploy clone", "read_api", "reporter").is_empty(), "deploying may need any scope");
    }

    #[test]
    fn others_speak_of_administrators_and_impersonation() {
        assert!(named("x", "api sudo", "owner").is_empty());
        let row = TokenRow { kind: TokenType::ImpersonationToken, scopes: scopes("api"), ..personal() };
        assert!(only("scope-too-broad", judged(person(vec![row]))).is_empty());
    }

    #[test]
    fn scopes_that_are_not_shown_are_not_judged() {
        assert!(of("scope-too-broad", TokenRow { scopes: None, ..good() }).is_empty());
        let granular = TokenRow { granular: Some(true), scopes: scopes("granular"), ..personal() };
        assert!(judged(person(vec![granular])).is_empty());
    }
}
