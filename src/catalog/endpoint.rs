//! REST endpoints: what each needs, and whether a CI/CD job token may call it.
//!
//! The table `endpoints.csv` has a row a method and path, sorted by path. To keep it small for the browser, a cell is
//! left empty where it holds what the rule says (the first three are GitLab's own rules):
//! - `action`: the method's usual one (GET Read, POST Create, PUT and PATCH Update, DELETE Delete);
//! - `scope`: `read_api` for GET and HEAD, else `api` (<https://docs.gitlab.com/security/tokens/access_token_scopes/>);
//! - `boundaries` (letters P, G, U, I): Project below `/projects`, Group below `/groups`, User below `/user` and
//!   `/users`, else Instance;
//! - `job` (`yes`, `?` for not documented): no.
//!
//! A row without `resource` has no fine-grained permission: either `takes` says which other token it wants, or it is
//! open. `policies` are the job token's permissions; `none` where no permission can grant the call.
//! Sources: <https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens_rest/>,
//! <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>. `web_endpoints.csv` has the same columns for the few
//! addresses that are below the instance's own address and not below `/api/v4`.

use std::sync::OnceLock;

use serde::Serialize;

use super::table;
use super::{AccessLevel, TokenType};
use crate::text::{NotStr, Say};

/// Does an endpoint accept a job token?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acceptance {
    /// Documented.
    Yes,
    /// Not in the documented lists: GitLab answers 401.
    No,
    /// Neither documented nor ruled out.
    Unknown,
}

/// Whose object an endpoint is about: where a fine-grained permission is given, and where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Boundary {
    /// A project.
    Project,
    /// A group.
    Group,
    /// The token's own user.
    User,
    /// The whole instance: mostly administrators only.
    Instance,
}

impl Boundary {
    const ALL: [Self; 4] = [Self::Project, Self::Group, Self::User, Self::Instance];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Group => "group",
            Self::User => "user",
            Self::Instance => "instance",
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Project => 'P',
            Self::Group => 'G',
            Self::User => 'U',
            Self::Instance => 'I',
        }
    }
}

impl Say for Boundary {
    fn say(&self, out: &mut String) {
        out.push_str(self.word());
    }
}
impl NotStr for Boundary {}

/// A fine-grained permission: `Runner: Assign`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// What it is about, `Runner`.
    pub resource: &'static str,
    /// What may be done with it, `Assign`.
    pub action: &'static str,
}

impl Say for Permission {
    fn say(&self, out: &mut String) {
        out.push_str(self.resource);
        out.push_str(": ");
        out.push_str(self.action);
    }
}
impl NotStr for Permission {}

/// What is known of one endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `GET`, …; `*` in the catch-all row, which never matches.
    pub method: &'static str,
    /// The path below `/api/v4` as GitLab writes it: `:x` is one segment, `*x` one or more, `(…)` may be left out.
    pub path: &'static str,
    /// The fine-grained permission; `None` where there is none.
    pub permission: Option<Permission>,
    /// Alternatives: the one of the owner of the object counts.
    pub boundaries: Vec<Boundary>,
    /// A second permission that is needed too.
    pub second: Option<Permission>,
    /// Does it take a job token?
    pub job_token: Acceptance,
    /// The permissions that an allowlist entry needs, all of them; empty where there is none or it is not documented.
    pub policies: Vec<&'static str>,
    /// Can an allowlist entry with restricted permissions allow it? `None` where that is not documented.
    pub grantable: Option<bool>,
    /// The narrowest legacy scope: `any` for every scope, `none` where no such token is of use or none is needed.
    pub scope: &'static str,
    /// Other legacy scopes that do.
    pub other_scopes: Vec<&'static str>,
    /// The scope with which a deploy token does.
    pub deploy_scope: Option<&'static str>,
    /// Needs no permission where the project or group and the feature are public.
    pub public: bool,
    /// The token it wants instead of an access token.
    pub takes: Option<&'static SpecialToken>,
    /// What else is known, as code words; [`Endpoint::hint`].
    hints: Vec<&'static str>,
}

impl Endpoint {
    /// Is this code word among its hints?
    #[must_use]
    pub fn hint(&self, word: &str) -> bool {
        self.hints.contains(&word)
    }

    /// The lowest role that may make the call in a private project or group, where it is known.
    #[must_use]
    pub fn role(&self, boundary: Boundary) -> Option<AccessLevel> {
        let permission = self.permission?;
        let fits = |row: &&RoleRow| row.boundary == boundary && row.resource == permission.resource;
        let rows = || role_rows().iter().filter(fits);
        let exact = rows().find(|row| row.action == Some(permission.action));
        exact.or_else(|| rows().find(|row| row.action.is_none())).map(|row| row.role)
    }
}

/// A token that only some endpoints want, or a caller that is a part of GitLab; a row of `special_tokens.csv`.
#[derive(Clone, Debug)]
pub struct SpecialToken {
    /// GitLab's words for it.
    pub name: &'static str,
    /// The kind, where it is one that people hold.
    pub kind: Option<TokenType>,
    /// What that means for somebody who wants to make the call, a sentence.
    pub means: &'static str,
}

fn special_tokens() -> &'static [SpecialToken] {
    static TABLE: OnceLock<Vec<SpecialToken>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("special_tokens.csv", include_str!("special_tokens.csv"), |row| SpecialToken {
            name: row.cell("takes"),
            kind: row.some("token_type").and_then(TokenType::parse),
            means: row.cell("means"),
        })
    })
}

/// The lowest role for a permission; a row of `permission_roles.csv`, from GitLab's tables of roles and permissions.
struct RoleRow {
    boundary: Boundary,
    resource: &'static str,
    action: Option<&'static str>,
    role: AccessLevel,
}

fn role_rows() -> &'static [RoleRow] {
    static TABLE: OnceLock<Vec<RoleRow>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("permission_roles.csv", include_str!("permission_roles.csv"), |row| {
            let boundary = Boundary::ALL.into_iter().find(|boundary| boundary.word() == row.cell("boundary"));
            boundary.zip(AccessLevel::parse(row.cell("role"))).map(|(boundary, role)| RoleRow {
                boundary,
                resource: row.cell("resource"),
                action: row.some("action"),
                role,
            })
        })
        .into_iter()
        .flatten()
        .collect()
    })
}

/// Every known REST endpoint, by path.
#[must_use]
pub fn endpoints() -> &'static [Endpoint] {
    static TABLE: OnceLock<Vec<Endpoint>> = OnceLock::new();
    TABLE.get_or_init(|| table::short_rows("endpoints.csv", include_str!("endpoints.csv"), read))
}

/// The known endpoints that are not below `/api/v4`: Git over HTTPS, GraphQL, the registry's sign-in.
#[must_use]
pub fn web_endpoints() -> &'static [Endpoint] {
    static TABLE: OnceLock<Vec<Endpoint>> = OnceLock::new();
    TABLE.get_or_init(|| table::short_rows("web_endpoints.csv", include_str!("web_endpoints.csv"), read))
}

fn read(row: &table::Row<'_>) -> Endpoint {
    let (method, path) = (row.cell("method"), row.cell("path"));
    let usual_action = match method {
        "GET" | "HEAD" => "Read",
        "POST" => "Create",
        "PUT" | "PATCH" => "Update",
        "DELETE" => "Delete",
        _ => "",
    };
    let permission = row
        .some("resource")
        .map(|resource| Permission { resource, action: row.some("action").unwrap_or(usual_action) });
    let boundaries = match (permission, row.some("boundaries")) {
        (None, _) => Vec::new(),
        (_, Some(letters)) => {
            Boundary::ALL.into_iter().filter(|boundary| letters.contains(boundary.letter())).collect()
        }
        (_, None) => vec![match path.split('/').nth(1) {
            Some("projects") => Boundary::Project,
            Some("groups") => Boundary::Group,
            Some("user" | "users") => Boundary::User,
            _ => Boundary::Instance,
        }],
    };
    let job_token = match row.cell("job") {
        "yes" => Acceptance::Yes,
        "?" => Acceptance::Unknown,
        _ => Acceptance::No,
    };
    let policies = row.words("policies");
    let grantable = match (job_token, policies.as_slice()) {
        (_, ["none"]) => Some(false),
        (_, []) => None,
        _ => Some(true),
    };
    let usual_scope = if matches!(method, "GET" | "HEAD") { "read_api" } else { "api" };
    Endpoint {
        method,
        path,
        permission,
        boundaries,
        second: row
            .some("second")
            .and_then(|text| text.split_once(' '))
            .map(|(action, resource)| Permission { resource, action }),
        job_token,
        policies: if grantable == Some(true) { policies } else { Vec::new() },
        grantable,
        scope: row.some("scope").unwrap_or(usual_scope),
        other_scopes: row.words("also"),
        deploy_scope: row.some("deploy"),
        public: row.some("public").is_some(),
        takes: row.some("takes").and_then(|name| special_tokens().iter().find(|token| token.name == name)),
        hints: row.words("hints"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn tables() -> impl Iterator<Item = &'static Endpoint> {
        endpoints().iter().chain(web_endpoints())
    }

    #[test]
    fn the_table_is_whole_and_sorted() {
        assert_eq!(endpoints().len(), 2135);
        let keys: Vec<_> = endpoints().iter().map(|endpoint| (endpoint.path, endpoint.method)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "sorted, and no call twice");
    }

    #[test]
    fn every_cell_is_of_its_column() {
        let policies: BTreeSet<_> = tables().flat_map(|endpoint| endpoint.policies.iter().copied()).collect();
        assert!(
            policies.iter().all(|policy| policy.starts_with("READ_") || policy.starts_with("ADMIN_")),
            "{policies:?}"
        );
        let scopes: Vec<&str> = super::super::scopes().iter().map(|facts| facts.scope).collect();
        for endpoint in tables() {
            let call = format!("{} {}", endpoint.method, endpoint.path);
            assert!(matches!(endpoint.method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "*"), "{call}");
            assert!(["any", "none"].contains(&endpoint.scope) || scopes.contains(&endpoint.scope), "{call}");
            for scope in endpoint.other_scopes.iter().chain(&endpoint.deploy_scope) {
                assert!(scopes.contains(scope), "{call}: {scope}");
            }
            if let Some(scope) = endpoint.deploy_scope {
                let facts = super::super::scopes().iter().find(|facts| facts.scope == scope).unwrap();
                assert!(facts.available_for(TokenType::DeployToken), "{call}: {scope}");
            }
            assert_eq!(endpoint.permission.is_some(), !endpoint.boundaries.is_empty(), "{call}");
            assert!(endpoint.job_token == Acceptance::Yes || endpoint.policies.is_empty(), "{call}");
            for hint in &endpoint.hints {
                let known = [
                    "basic",
                    "bearer",
                    "authorization",
                    "header",
                    "parameter",
                    "open",
                    "running",
                    "own",
                    "since-19.1",
                    "read_user",
                    "mcp",
                    "admin",
                    "public-only",
                    "graphql",
                    "git",
                    "push",
                    "registry",
                    "oauth",
                ];
                assert!(known.contains(hint), "{call}: {hint}");
            }
        }
    }

    #[test]
    fn a_word_in_takes_has_its_row() {
        for (name, text) in
            [("endpoints.csv", include_str!("endpoints.csv")), ("web_endpoints.csv", include_str!("web_endpoints.csv"))]
        {
            let wanted: BTreeSet<_> =
                table::short_rows(name, text, |row| row.some("takes")).into_iter().flatten().collect();
            for takes in wanted {
                assert!(special_tokens().iter().any(|token| token.name == takes), "{takes}");
            }
        }
        for token in special_tokens() {
            assert!(
                tables().any(|endpoint| endpoint.takes.is_some_and(|t| t.name == token.name)),
                "{} is in vain",
                token.name
            );
            assert!(token.means.ends_with('.'), "{}", token.name);
        }
    }

    #[test]
    fn a_role_belongs_to_a_permission_that_exists() {
        let text = include_str!("permission_roles.csv");
        table::rows("permission_roles.csv", text, |row| table::check_source(row, row.cell("resource")));
        assert_eq!(role_rows().len(), text.lines().count() - 1, "every row has a boundary and a role");
        for row in role_rows() {
            let used = tables().any(|endpoint| {
                endpoint.boundaries.contains(&row.boundary)
                    && endpoint.permission.is_some_and(|permission| {
                        permission.resource == row.resource
                            && row.action.is_none_or(|action| action == permission.action)
                    })
            });
            assert!(used, "{} {} {:?}: no endpoint needs it", row.boundary.word(), row.resource, row.action);
        }
    }

    /// What our columns say, in the words of the source's notes.
    fn notes(endpoint: &Endpoint) -> BTreeSet<String> {
        let mut notes = BTreeSet::new();
        if endpoint.public {
            notes.insert(
                "public: fine-grained token needs no permission when the target is publicly visible and the feature is \
                 enabled"
                    .to_owned(),
            );
        }
        notes.extend(endpoint.takes.map(|token| format!("no fine-grained token: {}", token.name)));
        notes.extend(endpoint.deploy_scope.map(|scope| format!("deploy token: {scope}")));
        notes.extend(endpoint.other_scopes.iter().map(|scope| format!("{scope} also")));
        for hint in &endpoint.hints {
            notes.insert((*hint).to_owned());
        }
        notes
    }

    #[test]
    fn the_table_equals_the_source_it_was_made_from() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts/endpoints.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: {} is not there", path.display());
            return;
        };
        // Longer first, so that no phrase is taken for the beginning of another.
        let words = [
            ("job token by JOB-TOKEN header or basic authentication", "header basic"),
            ("job token by JOB-TOKEN header (source)", "header"),
            ("job token by JOB-TOKEN header", "header"),
            ("job token by basic authentication", "basic"),
            ("job token by Authorization: Bearer", "bearer"),
            ("job token by Authorization header", "authorization"),
            ("token of the running job itself", "running"),
            ("job token: own project only", "own"),
            ("job token since 19.1", "since-19.1"),
            ("read_user documented for read-only /users endpoints, not confirmed here", "read_user"),
            ("OAuth: scope mcp", "mcp"),
            ("administrator", "admin"),
            ("job token: public repositories only (documentation)", "public-only"),
            ("job token or trigger token as token= parameter", "parameter"),
            ("no authentication needed", "open"),
            // Said by other columns: an accepted job token without a permission, a row without one, the scope `any`.
            ("permission not documented", ""),
            ("permission name not documented", ""),
            ("fine-grained scope not checked", ""),
            ("any scope of the token itself is enough", ""),
        ];
        let mut ours: BTreeMap<(&str, &str), &Endpoint> =
            endpoints().iter().map(|endpoint| ((endpoint.method, endpoint.path), endpoint)).collect();
        let mut seen: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            let record = record.unwrap();
            let cell = |index: usize| record.get(index).unwrap();
            let path = cell(1).replace("(/)(*suffix_path)", "(/*suffix_path)");
            let call = format!("{} {path}", cell(0));
            let endpoint = ours.get(&(cell(0), path.as_str())).unwrap_or_else(|| panic!("{call} is missing"));
            let permission = endpoint.permission.map_or(("", ""), |p| (p.resource, p.action));
            assert_eq!(permission, (cell(3), cell(4)), "{call}");
            let second = endpoint.second.map_or_else(String::new, |p| format!("{} {}", p.action, p.resource));
            assert_eq!(second, cell(6), "{call}");
            let job = match endpoint.job_token {
                Acceptance::Yes => "yes",
                Acceptance::No => "no",
                Acceptance::Unknown => "unknown",
            };
            assert_eq!(job, cell(7), "{call}");
            let policies = if endpoint.grantable == Some(false) { "none".into() } else { endpoint.policies.join(", ") };
            assert_eq!(policies, cell(8), "{call}");
            assert_eq!(endpoint.scope, cell(9), "{call}");
            let wanted = cell(10).split("; ").filter(|part| !part.is_empty()).flat_map(|part| {
                let word = words.iter().find(|(phrase, _)| *phrase == part).map_or(part, |(_, word)| *word);
                let words: Vec<String> = match word {
                    "header basic" => vec!["header".into(), "basic".into()],
                    "" => Vec::new(),
                    word => vec![word.to_owned()],
                };
                words
            });
            assert_eq!(notes(endpoint), wanted.collect::<BTreeSet<_>>(), "{call}");
            if cell(10).contains("not documented") {
                assert_eq!((endpoint.job_token, endpoint.grantable), (Acceptance::Yes, None), "{call}");
            }
            seen.entry((cell(0).into(), path)).or_default().push(cell(5).to_ascii_lowercase());
        }
        for ((method, path), boundaries) in &seen {
            let mut boundaries = boundaries.clone();
            let endpoint = ours.remove(&(method.as_str(), path.as_str())).unwrap();
            let mut words: Vec<_> = endpoint.boundaries.iter().map(|boundary| boundary.word().to_owned()).collect();
            boundaries.retain(|boundary| !boundary.is_empty());
            boundaries.sort();
            words.sort();
            assert_eq!(words, boundaries, "{method} {path}");
        }
        assert!(ours.is_empty(), "the source has no {:?}", ours.keys());
    }
}
