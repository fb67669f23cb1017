use super::deploy_token_can_write::write_scopes;
use super::row::Row;
use super::{Check, Judgement, rule};
use crate::catalog::TokenType;
use crate::inventory::{Inventory, OwnerKind, TokenRow};
use crate::report::{Advice, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A live deploy token is named `gitlab-deploy-token`: GitLab hands it to every job by itself.
    ///
    /// Medium; high when it can write.
    ///
    /// ## Why it matters
    ///
    /// Jobs get it as `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD`, also those of unprotected branches, without any line in the
    /// configuration that says so. Unlike the job token it does not end with the job, so a job that prints or keeps it gives
    /// away a credential that lives on. It has no protected or environment switch.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-deploy-tokens.json
    /// [{"id": 33, "name": "gitlab-deploy-token", "username": "gitlab+deploy-token-33", "revoked": false, "expired": false,
    ///   "expires_at": "2027-01-10T00:00:00.000Z", "scopes": ["read_registry"]}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-deploy-tokens.json
    /// [{"id": 34, "name": "cluster", "username": "gitlab+deploy-token-34", "revoked": false, "expired": false,
    ///   "expires_at": "2027-01-10T00:00:00.000Z", "scopes": ["read_registry"]}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Search the CI configuration for `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD`. A job that pulls from its own project needs
    /// neither: `CI_REGISTRY_USER` and `CI_REGISTRY_PASSWORD` are there. Where a job hands the token on to a cluster, make one
    /// with another name and put it where the cluster reads it. Then revoke this one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token>
    /// - <https://docs.gitlab.com/ci/variables/predefined_variables/>
    "deploy-token-auto-injected", "a deploy token is handed to every job", Medium, Check::Row(check),
}

/// The name by which GitLab picks it.
const NAME: &str = "gitlab-deploy-token";

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let named = token.name.as_ref().is_some_and(|name| name.as_str() == NAME);
    if token.kind != TokenType::DeployToken || !named {
        return;
    }
    let writes = write_scopes(token);
    let mut message = say![
        row.opening(), " has the name that GitLab looks for: ",
        if row.owner_kind() == OwnerKind::Group { "every job of the group's own projects" } else { "every job of the project" },
        " gets it as `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD`, on any branch. It does not end with the job."
    ];
    if let Some(scopes) = row.scopes_in_words() {
        message.push(" It has ").push(scopes).push(".");
    }
    if !writes.is_empty() {
        message.push(" With ").push(Text::list(&writes, "and")).push(" any of those jobs can publish what others run.");
    }
    let mut advice = vec![Advice::step(say![
        "Search the CI configuration for `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD`, and use `CI_REGISTRY_USER` and \
         `CI_REGISTRY_PASSWORD` instead where a job pulls from or pushes to its own project."
    ])];
    advice.extend(row.replace(say!["one with another name beside it, if something outside of pipelines pulls with it: read scopes, ending on ", row.new_end(), "."]));
    let severity = if writes.is_empty() { RULE.severity } else { Severity::High };
    findings.push(row.finding(&RULE, say!["Deploy token that every job gets"], message, advice).severity(severity));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{good, letter, of, scopes};
    use crate::text::Name;

    fn deploy(name: &str, names: &str) -> TokenRow {
        let (name, scopes) = (Some(Name::new(name)), scopes(names));
        TokenRow { kind: TokenType::DeployToken, role: None, name, scopes, last_used_at: None, never_used: None, ..good() }
    }

    #[test]
    fn what_the_user_sees() {
        let row = deploy("gitlab-deploy-token", "read_registry write_registry");
        insta::assert_snapshot!(letter(&of("deploy-token-auto-injected", row)[0]));
    }

    #[test]
    fn only_the_exact_name_counts() {
        assert_eq!(of("deploy-token-auto-injected", deploy("gitlab-deploy-token", "read_registry"))[0].severity, Severity::Medium);
        assert!(of("deploy-token-auto-injected", deploy("gitlab-deploy-token-2", "read_registry")).is_empty());
        assert!(of("deploy-token-auto-injected", deploy("GitLab-Deploy-Token", "read_registry")).is_empty());
        let other = TokenRow { kind: TokenType::ProjectAccessToken, ..deploy("gitlab-deploy-token", "read_registry") };
        assert!(of("deploy-token-auto-injected", other).is_empty());
    }
}
