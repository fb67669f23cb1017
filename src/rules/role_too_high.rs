use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::catalog::{AccessLevel, Scope, TokenType};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Confidence, Finding};
use crate::say;

rule! {
    /// A live project or group token has the role Owner or Maintainer, and its scopes need less.
    ///
    /// It is medium, and likely; possible where the scopes do not settle it (`write_repository` needs Maintainer for pushing to
    /// protected branches; with `api` only Owner stands out).
    ///
    /// ## Why it matters
    ///
    /// The scopes say which doors a token may try, the role which of them open. A token that only clones works with the role
    /// Reporter. With Maintainer it also reaches protected branches, and where `api` is among its scopes, CI/CD variables and
    /// further tokens; with Owner, members and the deletion of the project.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 509, "name": "site build", "scopes": ["read_repository"], "access_level": 40, "active": true,
    ///   "revoked": false, "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z",
    ///   "expires_at": "2026-12-30", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 509, "name": "site build", "scopes": ["read_repository"], "access_level": 20, "active": true,
    ///   "revoked": false, "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z",
    ///   "expires_at": "2026-12-30", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// The role of an existing token stays. Make a second one beside it with the lowest role that its scopes work with, try it,
    /// move its users over, then revoke the old one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/permissions/>
    /// - <https://docs.gitlab.com/user/project/settings/project_access_tokens/>
    "role-too-high", "Owner or Maintainer where the scopes need less", Medium, Check::Row(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let (Some(role), Some(facts), Some(scopes)) = (row.role(), row.scope_facts(), row.scopes_in_words()) else { return };
    if role < AccessLevel::MAINTAINER {
        return;
    }
    // All scopes have to say what they need; `api` does not: that depends on the calls.
    let needed = facts.iter().map(|scope| scope.least_role).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
    let enough = match needed {
        Some(needed) if needed < role => needed,
        Some(_) => return,
        None if role == AccessLevel::OWNER => AccessLevel::MAINTAINER,
        None => return,
    };
    let pushes = row.scopes().unwrap_or_default().iter().any(|scope| scope.is("write_repository") || scope.includes(&Scope::new("write_repository")));
    let mut message = say![row.opening(), " has the role ", role, " and ", scopes];
    let group = row.kind() == TokenType::GroupAccessToken;
    match needed {
        Some(_) => message.push(": these work with the role ").push(enough).push("."),
        None => message.push(". Only an Owner may ").push(if group { "delete the group or " } else { "delete the project or " })
            .push("change who its Owners are; little else needs more than ").push(enough).push("."),
    };
    if needed.is_some() && pushes && enough < AccessLevel::MAINTAINER {
        message.push(" Pushing to a protected branch can need Maintainer; the row does not show whether it does that.");
    }
    message.push(row.use_in_words());
    let mut advice = row.replace(say!["a second one beside it with the role ", enough, " and the same scopes or fewer, ending on ", row.new_end(), "."]);
    if pushes && needed.is_some() {
        advice.insert(1, Advice::step(say![
            "If it pushes to protected branches, leave the role ", enough, " and allow that one bot user on the branch: Settings > \
             Repository > Protected branches > Allowed to push (Premium and Ultimate)."
        ]));
    }
    let title = say![Capital(row.kind().facts().name), " with the role ", role, " where ", enough, " is enough"];
    let sure = needed.is_some() && !pushes;
    let confidence = if sure { Confidence::Likely } else { Confidence::Possible };
    findings.push(row.finding(&RULE, title, message, advice).confidence(confidence));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Role;
    use crate::rules::sample::{good, letter, of, scopes};

    fn with(role: &str, names: &str) -> Vec<Finding> {
        of("role-too-high", TokenRow { role: Some(Role::from_id(role)), scopes: scopes(names), ..good() })
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&with("owner", "read_repository read_registry")[0]));
    }

    #[test]
    fn what_pushes_is_possible_only_and_says_why() {
        let findings = with("maintainer", "write_repository");
        assert_eq!(findings[0].confidence, Confidence::Possible);
        insta::assert_snapshot!(letter(&findings[0]));
    }

    #[test]
    fn what_the_scopes_need_is_not_too_high() {
        assert!(with("maintainer", "create_runner").is_empty());
        assert!(with("maintainer", "read_repository manage_runner").is_empty());
        assert!(with("developer", "read_repository").is_empty(), "Owner and Maintainer only");
        assert_eq!(with("owner", "create_runner").len(), 1);
    }

    #[test]
    fn of_api_only_owner_can_be_told() {
        assert!(with("maintainer", "api").is_empty());
        let findings = with("owner", "api");
        assert_eq!(findings[0].confidence, Confidence::Possible);
        assert!(findings[0].title.as_str().ends_with("where Maintainer is enough"));
    }

    #[test]
    fn what_is_not_known_is_not_judged() {
        assert!(with("owner", "read_repository write_moon").is_empty());
        assert!(with("chief", "read_repository").is_empty());
        assert!(with("owner", "").is_empty());
        assert!(of("role-too-high", TokenRow { role: None, ..good() }).is_empty());
        assert!(of("role-too-high", TokenRow { role: Some(Role::from_id("owner")), scopes: None, ..good() }).is_empty());
    }
}
