//! What people do with a token by other means than a call of the REST API: Git, registries, Terraform's state, `glab`; and
//! which variables their tools read by themselves. What each needs.

use std::sync::LazyLock;

use super::table::rows;
use super::{Acceptance, AccessLevel, Endpoint, Permission, route};

/// One thing that is done with a token; a row of `acts.csv`.
#[derive(Debug)]
pub struct Act {
    /// `git-push`.
    pub id: &'static str,
    /// Follows "it is seen to".
    pub does: &'static str,
    /// The narrowest scopes of an access token, all of them.
    pub scopes: Vec<&'static str>,
    /// Other scopes: each alone does, as every scope that includes the narrowest ones.
    pub also: Vec<&'static str>,
    /// The scopes of a deploy token, all of them; empty where none can.
    pub deploy: Vec<&'static str>,
    /// Does the job token do? `Unknown` where a setting of the project decides.
    pub job: Acceptance,
    /// What an entry in the job token allowlist of another project has to grant.
    pub policies: Vec<&'static str>,
    /// The fine-grained permission; `None` where there is none.
    pub permission: Option<Permission>,
    /// The lowest role in a private project, where it does not depend on more than the act.
    pub role: Option<AccessLevel>,
    /// GitLab's document.
    pub source: &'static str,
}

static ACTS: LazyLock<Vec<Act>> = LazyLock::new(|| {
    rows("acts.csv", include_str!("acts.csv"), |row| Act {
        id: row.cell("act"),
        does: row.cell("does"),
        scopes: row.words("scopes"),
        also: row.words("also"),
        deploy: row.words("deploy"),
        job: match row.cell("job") {
            "yes" => Acceptance::Yes,
            "no" => Acceptance::No,
            _ => Acceptance::Unknown,
        },
        policies: row.words("policies"),
        permission: row
            .some("resource")
            .zip(row.some("action"))
            .map(|(resource, action)| Permission { resource, action }),
        role: row.some("role").and_then(AccessLevel::parse),
        source: row.cell("source"),
    })
});

/// The act with this id.
#[must_use]
pub fn act(id: &str) -> Option<&'static Act> {
    ACTS.iter().find(|act| act.id == id)
}

/// A variable that a tool reads without being told; a row of `tool_credentials.csv`.
#[derive(Debug)]
pub struct ToolCredential {
    /// The variable.
    pub variable: &'static str,
    /// The programs that read it; empty where it is the runner.
    pub programs: Vec<&'static str>,
    /// The variable that says where to, where there is one.
    pub address: Option<&'static str>,
    /// What the programs do with it; `None` where that depends on how they are set up.
    pub act: Option<&'static Act>,
}

/// All of them.
#[must_use]
pub fn tool_credentials() -> &'static [ToolCredential] {
    static TABLE: LazyLock<Vec<ToolCredential>> = LazyLock::new(|| {
        rows("tool_credentials.csv", include_str!("tool_credentials.csv"), |row| ToolCredential {
            variable: row.cell("variable"),
            programs: row.words("programs"),
            address: row.some("address"),
            act: row.some("act").and_then(act),
        })
    });
    &TABLE
}

/// The call that a `glab` command makes, by its first two words: `release create`. `None` where it is not known.
#[must_use]
pub fn glab_call(first: &str, second: &str) -> Option<&'static Endpoint> {
    static TABLE: LazyLock<Vec<(&'static str, Option<&'static Endpoint>)>> = LazyLock::new(|| {
        rows("glab_commands.csv", include_str!("glab_commands.csv"), |row| {
            let segments: Vec<&str> = row.cell("path").split('/').filter(|segment| !segment.is_empty()).collect();
            let method = row.cell("method");
            (row.cell("command"), route::find(method, &segments).or_else(|| route::find_web(method, &segments)))
        })
    });
    let found = TABLE.iter().find(|(command, _)| command.split_once(' ') == Some((first, second)))?;
    found.1
}

/// A service that takes an ID token in place of a stored key; a row of `cloud_variables.csv`.
#[derive(Debug)]
pub struct CloudService {
    words: Vec<&'static str>,
    /// Its name.
    pub service: &'static str,
    /// What to use in a job, a phrase.
    pub how: &'static str,
    /// GitLab's document.
    pub source: &'static str,
}

/// The service whose key a variable holds, by a word of its name: `AWS_SECRET_ACCESS_KEY`.
#[must_use]
pub fn cloud_service(variable: &str) -> Option<&'static CloudService> {
    static TABLE: LazyLock<Vec<CloudService>> = LazyLock::new(|| {
        rows("cloud_variables.csv", include_str!("cloud_variables.csv"), |row| CloudService {
            words: row.words("words"),
            service: row.cell("service"),
            how: row.cell("how"),
            source: row.cell("source"),
        })
    });
    TABLE.iter().find(|service| variable.split('_').any(|word| service.words.contains(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Scope;
    use crate::catalog::table::check_source;

    #[test]
    fn the_tables_are_whole() {
        for act in ACTS.iter() {
            for scope in act.scopes.iter().chain(&act.also).chain(&act.deploy) {
                assert!(Scope::new(scope).facts().is_some(), "{}: {scope}", act.id);
            }
            assert!(!act.scopes.is_empty() && !act.does.is_empty(), "{}", act.id);
            for policy in &act.policies {
                let (action, resource) = policy.split_once('_').unwrap();
                assert!(crate::catalog::job_token_permission(action, resource).is_some(), "{policy}");
            }
        }
        rows("acts.csv", include_str!("acts.csv"), |row| check_source(row, row.cell("act")));
        rows("glab_commands.csv", include_str!("glab_commands.csv"), |row| {
            check_source(row, row.cell("command"));
            let (first, second) = row.cell("command").split_once(' ').unwrap();
            assert!(glab_call(first, second).is_some(), "{first} {second} leads to no endpoint of the catalog");
        });
        rows("tool_credentials.csv", include_str!("tool_credentials.csv"), |row| {
            check_source(row, row.cell("variable"));
            assert_eq!(row.some("act").is_some(), row.some("act").and_then(act).is_some());
        });
        rows("cloud_variables.csv", include_str!("cloud_variables.csv"), |row| check_source(row, row.cell("words")));
    }

    /// Where the endpoints' table knows the same thing, both say the same.
    #[test]
    fn acts_agree_with_the_endpoints() {
        for (id, method, path) in [
            ("git-pull", "POST", "/:project.git/git-upload-pack"),
            ("git-push", "POST", "/:project.git/git-receive-pack"),
            ("package-install", "GET", "/projects/:id/packages/npm/:name"),
            ("state-write", "POST", "/projects/:id/terraform/state/:name"),
            ("state-read", "GET", "/projects/:id/terraform/state/:name"),
        ] {
            let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
            let endpoint = route::find_web(method, &segments).or_else(|| route::find(method, &segments)).unwrap();
            let act = act(id).unwrap();
            assert_eq!(act.scopes, [endpoint.scope], "{id}");
            assert_eq!(act.policies, endpoint.policies, "{id}");
            assert_eq!(act.permission, endpoint.permission, "{id}");
            assert_eq!(act.deploy.first().copied(), endpoint.deploy_scope, "{id}");
        }
    }

    #[test]
    fn cloud_keys_are_known_by_a_whole_word() {
        assert_eq!(cloud_service("PROD_AWS_SECRET_ACCESS_KEY").unwrap().service, "AWS");
        assert!(cloud_service("LAWSUIT_TOKEN").is_none());
        assert!(cloud_service("GITLAB_TOKEN").is_none());
    }
}
