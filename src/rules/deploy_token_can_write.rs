use super::row::Row;
use super::{Check, Judgement, rule};
use crate::catalog::{Scope, TokenType, Verb};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Confidence, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A live deploy token can publish: it has `write_registry`, `write_package_registry` or another scope that writes.
    ///
    /// Medium; low where its name says that publishing is what it is for.
    ///
    /// ## Why it matters
    ///
    /// Deploy tokens lie on servers and in clusters that pull. Whoever takes one with a write scope from such a machine can
    /// replace the image or package that all the others run next. No user stands behind it, so nobody sees who did it, and
    /// GitLab records no last use.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-deploy-tokens.json
    /// [{"id": 31, "name": "cluster", "username": "gitlab+deploy-token-31", "expires_at": "2027-01-10T00:00:00.000Z",
    ///   "revoked": false, "expired": false, "scopes": ["read_registry", "write_registry"]}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-deploy-tokens.json
    /// [{"id": 32, "name": "cluster", "username": "gitlab+deploy-token-32", "expires_at": "2027-01-10T00:00:00.000Z",
    ///   "revoked": false, "expired": false, "scopes": ["read_registry"]}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Publish from the project's own pipelines with the job token (`CI_REGISTRY_PASSWORD`, `CI_JOB_TOKEN`), and give machines
    /// that pull a deploy token with read scopes. A deploy token cannot be edited: make the smaller one beside it, move over,
    /// revoke this one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/deploy_tokens/#scope>
    /// - <https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/>
    "deploy-token-can-write", "a live deploy token can publish images or packages", Medium, Check::Row(check),
}

/// Its scopes that write, as far as they are known.
pub(super) fn write_scopes(token: &TokenRow) -> Vec<&Scope> {
    let writes = |scope: &&Scope| scope.facts().is_some_and(|facts| facts.verbs.contains(&Verb::Write));
    token.scopes.iter().flatten().filter(writes).collect()
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let writes = write_scopes(token);
    if token.kind != TokenType::DeployToken || writes.is_empty() {
        return;
    }
    let published = publishes(&writes);
    let meant = row.suggested_uses().iter().any(|one| one.elsewhere.contains("write_") && one.elsewhere.contains("deploy token"));
    let mut message = say![
        row.opening(), " has ", if writes.len() == 1 { "the scope " } else { "the scopes " }, Text::list(&writes, "and"),
        ": whoever holds it and its user name can replace the ", published, " that others then run."
    ];
    message.push(if meant {
        " By its name that is what it is for. GitLab does not record when it was used, or from where."
    } else {
        " Nothing in the row shows that it publishes; a machine that only pulls does not need this. GitLab does not record when \
         it was used."
    });
    let mut reads: Vec<&Scope> = token.scopes.iter().flatten().filter(|scope| !writes.contains(scope)).collect();
    reads.dedup();
    let narrower = if reads.is_empty() {
        say!["one with a read scope beside it for machines that pull, ending on ", row.new_end(), "."]
    } else {
        say!["one with only ", Text::list(&reads, "and"), " beside it for machines that pull, ending on ", row.new_end(), "."]
    };
    let mut advice = vec![Advice::step(say![
        "Where it publishes from this project's pipelines, use what each job has: `CI_REGISTRY_PASSWORD` for images, `CI_JOB_TOKEN` for \
         packages. Where it publishes from elsewhere, keep it on that one machine."
    ])];
    advice.extend(row.replace(narrower));
    let severity = if meant { Severity::Low } else { RULE.severity };
    let title = say!["Deploy token that can publish ", published];
    findings.push(row.finding(&RULE, title, message, advice).severity(severity).confidence(Confidence::Likely));
}

/// What these scopes can replace.
fn publishes(writes: &[&Scope]) -> &'static str {
    let has = |part: &str| writes.iter().any(|scope| scope.as_str().contains(part));
    match (has("package"), has("write_registry") || has("virtual")) {
        (true, false) => "packages",
        (false, true) => "images",
        (true, true) | (false, false) => "images and packages",
    }
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
        insta::assert_snapshot!(letter(&of("deploy-token-can-write", deploy("cluster", "read_registry write_registry"))[0]));
    }

    #[test]
    fn reading_is_fine_and_a_name_that_publishes_makes_it_low() {
        assert!(of("deploy-token-can-write", deploy("x", "read_repository read_package_registry")).is_empty());
        assert!(of("deploy-token-can-write", TokenRow { scopes: None, ..deploy("x", "") }).is_empty());
        assert!(of("deploy-token-can-write", deploy("x", "write_moon")).is_empty(), "an unknown scope is not judged");
        assert_eq!(of("deploy-token-can-write", deploy("npm publish", "write_package_registry"))[0].severity, Severity::Low);
        assert_eq!(of("deploy-token-can-write", deploy("x", "write_package_registry"))[0].severity, Severity::Medium);
    }

    #[test]
    fn only_live_deploy_tokens_are_looked_at() {
        assert!(of("deploy-token-can-write", TokenRow { scopes: scopes("write_registry"), ..good() }).is_empty());
        let over = TokenRow { expires_on: Some(crate::rules::sample::today()), ..deploy("x", "write_registry") };
        assert!(of("deploy-token-can-write", over).is_empty());
    }

    #[test]
    fn it_says_what_can_be_replaced() {
        let title = |names| of("deploy-token-can-write", deploy("x", names))[0].title.to_string();
        assert_eq!(title("write_package_registry"), "Deploy token that can publish packages");
        assert_eq!(title("write_registry"), "Deploy token that can publish images");
        assert_eq!(title("write_registry write_package_registry"), "Deploy token that can publish images and packages");
    }
}
