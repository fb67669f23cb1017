//! `leastwise permits`: can the job token make this call? With which permission, scope and role; else which token can?

mod facts;
#[cfg(test)]
mod tests;

pub use facts::facts;

use serde::Serialize;

use super::call::Call;
use crate::catalog::{Acceptance, AccessLevel, Boundary, Endpoint, TokenType, route, web_page};
use crate::say;
use crate::text::{Name, Text};

/// The answer. Serialises as `permits --format json` publishes it.
#[derive(Clone, Debug, Serialize)]
pub struct Permits {
    /// The method, upper case.
    pub method: Name,
    /// The path below `/api/v4`, without query; credentials in it are masked.
    pub path: Name,
    /// Is the endpoint in the catalog?
    pub known: bool,
    /// The endpoint's path as GitLab's documents write it.
    pub endpoint: Option<&'static str>,
    /// What a CI/CD job token can do here.
    pub job_token: JobToken,
    /// The narrowest legacy scope; empty where any will do, where none is of use, or for an unknown endpoint.
    pub scopes: Vec<&'static str>,
    /// Other legacy scopes that do.
    pub other_scopes: Vec<&'static str>,
    /// The scope with which a deploy token does.
    pub deploy_token_scope: Option<&'static str>,
    /// The lowest role in a private project or group, where it is known.
    pub role: Option<&'static str>,
    /// Where project or group and the feature are public, less is needed.
    pub public: bool,
    /// The fine-grained permission, an entry for each kind of owner that the object may have.
    pub fine_grained: Vec<FineGrained>,
    /// The token to use when the job token cannot.
    pub instead: Option<Instead>,
    /// What else matters, a sentence each.
    pub notes: Vec<Text>,
    /// For an unknown endpoint: the known ones most like it.
    pub nearest: Vec<Near>,
}

/// What a job token can do at an endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct JobToken {
    /// Is it accepted? `None` where that is not documented, or the endpoint is unknown.
    pub accepted: Option<bool>,
    /// The permissions an allowlist entry needs for it, all of them.
    pub permissions: Vec<&'static str>,
    /// Can an entry with restricted permissions allow it? `None` where that is not documented.
    pub grantable: Option<bool>,
    /// In words, and how to send it.
    pub text: Text,
}

/// A fine-grained permission of a personal access token.
#[derive(Clone, Debug, Serialize)]
pub struct FineGrained {
    /// `Package: Read`.
    pub permission: Text,
    /// Where it is given.
    pub boundary: Boundary,
    /// A second one that is needed too.
    pub also: Option<Text>,
    /// The lowest role there, where it is known.
    pub role: Option<&'static str>,
}

/// The better token.
#[derive(Clone, Debug, Serialize)]
pub struct Instead {
    /// Its kind; `None` where no token of a user is meant for the call.
    #[serde(rename = "type")]
    pub kind: Option<TokenType>,
    /// Its scopes.
    pub scopes: Vec<&'static str>,
    /// The role it needs, where it is known.
    pub role: Option<&'static str>,
    /// In words.
    pub text: Text,
}

/// A known endpoint like the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Near {
    /// `GET`.
    pub method: &'static str,
    /// `/projects/:id/packages`.
    pub path: &'static str,
}

/// Does the endpoint of a call accept a job token? `Unknown` also for an endpoint that is not in the catalog, and for
/// a host that is none of the user's.
#[must_use]
pub fn job_token_accepts(method: &str, address: &str, hosts: &[String]) -> Acceptance {
    let call = Call::new(method, address, hosts);
    if call.foreign {
        return Acceptance::Unknown;
    }
    call.read().endpoint.map_or(Acceptance::Unknown, |endpoint| endpoint.job_token)
}

/// Answers for a method and a path or address; `hosts` are the user's own instances, empty when not known.
#[must_use]
pub fn permits(method: &str, address: &str, hosts: &[String]) -> Permits {
    if let Some(answer) = over_ssh(method, address) {
        return answer;
    }
    let call = Call::new(method, address, hosts);
    let read = call.read();
    let (method, path) = (Name::new(&call.method), read.path());
    let mut notes = Vec::new();
    if read.segments.iter().any(|segment| segment.to_ascii_lowercase().contains("%252f")) {
        notes.push(say![
            "`%252F` is encoded twice: GitLab undoes one, looks for a name with `%2F` in it, and answers 404. Write `%2F`."
        ]);
    }
    if let Some(host) = call.host.filter(|_| call.foreign) {
        notes.push(say![
            Name::new(host),
            " is none of your GitLab hosts. A job token belongs to the instance that made it: sent there, it is given \
             away and opens nothing."
        ]);
    }
    let Some(endpoint) = read.endpoint else {
        return unknown(&call, &read.segments, method, path, notes);
    };
    let accepted = match endpoint.job_token {
        Acceptance::Yes => Some(true),
        Acceptance::No => Some(false),
        Acceptance::Unknown => None,
    };
    notes.extend(more(endpoint));
    Permits {
        method,
        path,
        known: true,
        endpoint: Some(endpoint.path),
        job_token: JobToken {
            accepted,
            permissions: endpoint.policies.clone(),
            grantable: endpoint.grantable,
            text: job_token_in_words(endpoint),
        },
        scopes: Some(endpoint.scope).filter(|scope| !matches!(*scope, "any" | "none")).into_iter().collect(),
        other_scopes: endpoint.other_scopes.clone(),
        deploy_token_scope: endpoint.deploy_scope,
        role: lowest_role(endpoint).map(AccessLevel::id),
        public: endpoint.public,
        fine_grained: fine_grained(endpoint),
        instead: if accepted == Some(true) { None } else { Some(instead(endpoint)) },
        notes,
        nearest: Vec::new(),
    }
}

/// SSH takes keys and no token: `git@HOST:group/project.git`, `ssh://git@HOST/group/project.git`.
fn over_ssh(method: &str, address: &str) -> Option<Permits> {
    let address = address.trim().trim_matches(['"', '\'', '`', '<', '>']);
    let rest = address.strip_prefix("git+").unwrap_or(address).strip_prefix("ssh://");
    let path = match rest {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None => {
            let (place, path) = address.split_once(':')?;
            let (user, host) = place.split_once('@')?;
            let plain =
                |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
            if !plain(user) || !plain(host) || path.starts_with("//") {
                return None;
            }
            path
        }
    };
    let instead =
        "a deploy key of that project, read-only unless it has to push; in a job, clone over HTTPS with the job token";
    Some(Permits {
        // In capitals a credential is not known as one any more: it is masked before.
        method: Name::new(&Name::new(method.trim()).as_str().to_ascii_uppercase()),
        path: Name::new(&format!("/{}", path.trim_start_matches('/'))),
        known: true,
        endpoint: None,
        job_token: JobToken {
            accepted: Some(false),
            permissions: Vec::new(),
            grantable: None,
            text: "refused: SSH takes keys, and no token of any kind".into(),
        },
        scopes: Vec::new(),
        other_scopes: Vec::new(),
        deploy_token_scope: None,
        role: None,
        public: false,
        fine_grained: Vec::new(),
        instead: Some(Instead {
            kind: Some(TokenType::DeployKey),
            scopes: Vec::new(),
            role: None,
            text: instead.into(),
        }),
        notes: Vec::new(),
        nearest: Vec::new(),
    })
}

fn unknown(call: &Call<'_>, segments: &[&str], method: Name, path: Name, mut notes: Vec<Text>) -> Permits {
    let mut nearest = Vec::new();
    if !METHODS.contains(&call.method.as_str()) {
        notes.push(say![
            if call.method.is_empty() { "There is no method" } else { "The first word is no method of GitLab's API" },
            ": it knows ",
            Text::list(&METHODS, "and"),
            "."
        ]);
    }
    let mut text: Text =
        "unknown: the endpoint is not in the catalog; GitLab answers 404, or it is newer than the catalog".into();
    if call.is_rest() {
        if let Some(encoded) = call.with_encoded_path() {
            notes.push(say![
                "GitLab takes a project's or group's path as one segment, with %2F for each slash: ",
                Name::new(&encoded),
                "."
            ]);
            let segments: Vec<&str> = encoded.split('/').filter(|segment| !segment.is_empty()).collect();
            nearest.extend(route::find(&call.method, &segments).map(near));
        }
        if nearest.is_empty() {
            nearest.extend(route::nearest(&call.method, segments, 3).into_iter().map(near));
        }
    } else if let Some(pages) = web_page(segments) {
        text = "unknown: this is a page of GitLab's web interface, made for people who are signed in".into();
        notes.push("The API has the same below /api/v4, and says which token it takes there.".into());
        nearest.extend(pages.map(near));
    } else {
        text = "unknown: this is no call of the REST API; those stand below /api/v4".into();
    }
    Permits {
        method,
        path,
        known: false,
        endpoint: None,
        job_token: JobToken { accepted: None, permissions: Vec::new(), grantable: None, text },
        scopes: Vec::new(),
        other_scopes: Vec::new(),
        deploy_token_scope: None,
        role: None,
        public: false,
        fine_grained: Vec::new(),
        instead: None,
        notes,
        nearest,
    }
}

/// The methods that GitLab's API has.
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

const fn near(endpoint: &'static Endpoint) -> Near {
    Near { method: endpoint.method, path: endpoint.path }
}

/// The lowest role among the owners that the object may have: the first of them for which one is known.
fn lowest_role(endpoint: &Endpoint) -> Option<AccessLevel> {
    endpoint.boundaries.iter().find_map(|boundary| endpoint.role(*boundary))
}

fn fine_grained(endpoint: &Endpoint) -> Vec<FineGrained> {
    let entry = |boundary: &Boundary| {
        endpoint.permission.map(|permission| FineGrained {
            permission: say![permission],
            boundary: *boundary,
            also: endpoint.second.map(|second| say![second]),
            role: endpoint.role(*boundary).map(AccessLevel::id),
        })
    };
    endpoint.boundaries.iter().filter_map(entry).collect()
}

fn job_token_in_words(endpoint: &Endpoint) -> Text {
    if endpoint.hint("graphql") {
        return "refused: a job token cannot sign in to GraphQL".into();
    }
    if endpoint.hint("running") {
        return "accepted: the token of that very job, while it runs; the runner sends it".into();
    }
    let mut text = match (endpoint.job_token, endpoint.grantable) {
        (Acceptance::Yes, _) if endpoint.hint("own") => "accepted, for the job's own project only".into(),
        (Acceptance::No, _) => return "refused with 401 Unauthorized, in the job's own project too".into(),
        (Acceptance::Unknown, _) => return "not documented: it may answer 401 Unauthorized".into(),
        (Acceptance::Yes, Some(true)) => say![
            "accepted; from another project, the allowlist entry there needs ",
            Text::list(&endpoint.policies, "and"),
            ", or has no restricted permissions"
        ],
        (Acceptance::Yes, Some(false)) => {
            "accepted, but no permission grants it: an allowlist entry with restricted permissions is refused".into()
        }
        (Acceptance::Yes, None) => {
            "accepted; which permission an allowlist entry needs for it is not documented, so only one without \
             restricted permissions is sure to do"
                .into()
        }
    };
    let ways: Vec<&'static str> = [
        ("header", "in the header `JOB-TOKEN`"),
        ("basic", "as the password of the user `gitlab-ci-token`"),
        ("bearer", "as `Authorization: Bearer`"),
        ("authorization", "in the header `Authorization`"),
        ("parameter", "as the parameter `token=`"),
    ]
    .into_iter()
    .filter(|(hint, _)| endpoint.hint(hint))
    .map(|(_, way)| way)
    .collect();
    let ways = if ways.is_empty() { vec!["in the header `JOB-TOKEN`"] } else { ways };
    text.push(". Send it ").push(Text::list(&ways, "or"));
    text
}

/// What the columns do not say.
fn more(endpoint: &Endpoint) -> Vec<Text> {
    let mut notes: Vec<Text> = [
        ("since-19.1", "It takes a job token in GitLab 19.1 and newer."),
        ("public-only", "With a job token it works where the repository is public."),
        ("read_user", "`read_user` may be enough: it is documented for reading users in general."),
        ("mcp", "An OAuth token with the scope `mcp` does too."),
        ("admin", "Only an administrator may call it."),
        ("open", "It needs no token at all."),
        (
            "push",
            "A job token may push only where Settings > CI/CD > Job token permissions > Allow Git push requests to the \
             repository is on, and to another project only where that project allows cross-project pushes too (19.0 \
             and newer). A push with a job token starts no pipeline.",
        ),
        ("git", "A public repository needs no token and no allowlist entry to be read."),
        ("registry", "Pulling from another private project needs an allowlist entry there."),
        ("graphql", "A mutation needs the scope `api`."),
        ("oauth", "It takes the application's id and secret, not an access token."),
    ]
    .into_iter()
    .filter(|(hint, _)| endpoint.hint(hint))
    .map(|(_, note)| note.into())
    .collect();
    if endpoint.public && !endpoint.hint("git") {
        notes.push("Where project and feature are public, a fine-grained token needs no permission for it.".into());
    }
    if for_administrators(endpoint) && !endpoint.hint("admin") {
        notes.push("Endpoints of the whole instance mostly need an administrator.".into());
    }
    if let Some(token) = endpoint.takes {
        notes.push(token.means.into());
    }
    notes
}

/// Most endpoints of the whole instance are for administrators; what any user may read has a narrower scope, or is public.
fn for_administrators(endpoint: &Endpoint) -> bool {
    endpoint.boundaries == [Boundary::Instance]
        && !endpoint.public
        && matches!(endpoint.scope, "api" | "read_api" | "read_service_ping")
}

/// The better token where a job token is refused, or where nobody says that it is accepted.
fn instead(endpoint: &Endpoint) -> Instead {
    let none = |text: &'static str| Instead { kind: None, scopes: Vec::new(), role: None, text: text.into() };
    if endpoint.hint("oauth") {
        return none("the application's own id and secret");
    }
    if let Some(token) = endpoint.takes.filter(|_| endpoint.permission.is_none() && endpoint.scope == "none") {
        return match token.kind {
            Some(kind) => Instead { kind: Some(kind), scopes: Vec::new(), role: None, text: say![kind] },
            None => none("no token of yours: a part of GitLab or a connected service calls it"),
        };
    }
    if endpoint.hint("open") {
        return none("no token: it answers without one");
    }
    if let Some(scope) = endpoint.deploy_scope {
        let text = say!["a deploy token with the scope `", scope, "`, in the pipeline as in any other place"];
        return Instead { kind: Some(TokenType::DeployToken), scopes: vec![scope], role: None, text };
    }
    let boundary = endpoint.boundaries.first().copied();
    let kind = match boundary {
        Some(Boundary::Project) | None => TokenType::ProjectAccessToken,
        Some(Boundary::Group) => TokenType::GroupAccessToken,
        Some(Boundary::User | Boundary::Instance) => TokenType::PersonalAccessToken,
    };
    let role = boundary.and_then(|boundary| endpoint.role(boundary));
    let mut text = match boundary {
        Some(Boundary::Instance) if for_administrators(endpoint) => say!["a ", kind, ", mostly an administrator's,"],
        Some(Boundary::User) => say!["a ", kind, " of that user or service account,"],
        _ => say!["a ", kind],
    };
    match endpoint.scope {
        "any" => text.push(" with any scope"),
        "none" => text.push(", whose scopes do not matter"),
        scope => text.push(" with the scope `").push(scope).push("`"),
    };
    if let Some(role) = role {
        text.push(" and the role ").push(role);
    }
    if let Some(permission) = endpoint.permission {
        text.push("; for a person, a fine-grained token with ").push(permission);
        text.push(endpoint.second.map_or_else(Text::new, |second| say![" and ", second]));
    }
    Instead {
        kind: Some(kind),
        scopes: Some(endpoint.scope).filter(|scope| !matches!(*scope, "any" | "none")).into_iter().collect(),
        role: role.map(AccessLevel::id),
        text,
    }
}
