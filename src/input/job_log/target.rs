//! Which project an address leads to.

use crate::catalog::{Endpoint, TokenType, route};

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A project by its full path.
    Path(String),
    /// A project by its number.
    Id(u64),
    /// The job's own project.
    Own,
    /// A group, by full path or number; it hides the project.
    Group,
    /// A path or number in a variable.
    Variable(String),
}

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Host with its port; `None` for a variable.
    pub(super) host: Option<String>,
    /// The user before the `@`.
    pub(super) user: Option<String>,
    /// Where it leads, when it leads to a project or group.
    pub(super) target: Option<Target>,
    /// Everything behind the host.
    pub(super) path: String,
}

/// Takes an address apart: `https://user:…@host/group/project.git`, `git@host:group/project.git`,
/// `$CI_API_V4_URL/projects/42/…`. `None` when it is none.
pub(super) fn address(raw: &str) -> Option<Address> {
    let raw = raw.trim_matches(['"', '\'', '`', ',', ';', '.']);
    if let Some(at) = raw.find("CI_API_V4_URL") {
        let path = raw.get(at + "CI_API_V4_URL".len()..)?.trim_start_matches('}');
        return Some(Address { host: None, user: None, target: api(path), path: path.into() });
    }
    let (rest, server) = if let Some(at) = raw.find("CI_SERVER_URL") {
        (raw.get(at + "CI_SERVER_URL".len()..)?.trim_start_matches('}').trim_start_matches('/'), true)
    } else if let Some((scheme, rest)) = raw.split_once("://") {
        if !matches!(scheme, "https" | "http" | "ssh" | "git") {
            return None;
        }
        (rest, false)
    } else {
        let (left, path) = raw.split_once(':')?;
        let (user, host) = left.split_once('@')?;
        let host_like =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        if !host_like || path.starts_with("//") {
            return None;
        }
        let target = repository(path);
        return Some(Address { host: Some(host.into()), user: Some(user.into()), target, path: path.into() });
    };
    let (host, path) = if server { ("$", rest) } else { rest.split_once('/').unwrap_or((rest, "")) };
    let (user, host) = match host.rsplit_once('@') {
        Some((user, host)) => (Some(user.split(':').next().unwrap_or(user).to_owned()), host),
        None => (None, host),
    };
    let host = Some(host).filter(|host| !host.is_empty() && !host.contains('$')).map(str::to_owned);
    let target = match path.split_once("api/v4/") {
        Some((_, call)) => api(call),
        None => repository(path),
    };
    Some(Address { host, user, target, path: path.into() })
}

/// Behind `/api/v4`: `/projects/42/…`, `/projects/shop%2Fweb/…`, `/groups/7/…`.
fn api(call: &str) -> Option<Target> {
    let mut parts = call.trim_start_matches('/').split(['/', '?', '"', '\'']);
    match parts.next()? {
        "projects" => named(parts.next()?),
        "groups" | "group" => Some(Target::Group),
        _ => None,
    }
}

fn named(part: &str) -> Option<Target> {
    if let Ok(id) = part.parse() {
        return Some(Target::Id(id));
    }
    if let Some(variable) = part.strip_prefix('$') {
        let name = variable.trim_matches(['{', '}']).trim_start_matches("{");
        return Some(match name {
            "CI_PROJECT_ID" | "CI_PROJECT_PATH" | "CI_PROJECT_PATH_SLUG" => Target::Own,
            other => Target::Variable(other.into()),
        });
    }
    let path = part.replace("%2F", "/").replace("%2f", "/").replace("%2E", ".").replace("%2e", ".");
    is_full_path(&path).then_some(Target::Path(path))
}

/// `shop/web.git/`, `shop/web/-/archive/…`, `shop/web.git/info/refs?service=…`.
fn repository(path: &str) -> Option<Target> {
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_matches('/');
    let path = path.split("/-/").next().unwrap_or(path);
    let path = match path.find(".git/") {
        Some(at) => path.get(..at)?,
        None => path.strip_suffix(".git").unwrap_or(path),
    };
    let path = path.trim_end_matches('/');
    if let Some(at) = path.find('$') {
        let rest = path.get(at + 1..)?;
        let name: String =
            rest.chars().skip_while(|c| *c == '{').take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let alone = rest.trim_matches(['{', '}']) == name && at == 0;
        return Some(if alone && name == "CI_PROJECT_PATH" { Target::Own } else { Target::Variable(name) });
    }
    is_full_path(path).then(|| Target::Path(path.to_owned()))
}

/// A group and a project at least, of the characters GitLab allows.
fn is_full_path(path: &str) -> bool {
    let mut parts = 0;
    let plain = path.split('/').all(|part| {
        parts += 1;
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    });
    plain && parts >= 2 && path.len() <= 1024
}

/// The endpoint that a refused address and the command or line that asked for it go to.
pub(super) fn endpoint(address: &Address, command: &str, line: &str) -> Option<&'static Endpoint> {
    let call = match address.path.split_once("api/v4/") {
        Some((_, call)) => call,
        None if address.host.is_none() => address.path.as_str(), // $CI_API_V4_URL
        None => return None,
    };
    let call = call.split(['?', '#']).next()?.trim_matches('/');
    let segments: Vec<&str> = call.split('/').collect();
    route::find(method(command, line), &segments)
}

/// The method of a call: as the tool's answer names it, else as curl is told, else by what is sent.
fn method<'t>(command: &'t str, line: &'t str) -> &'t str {
    const METHODS: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD"];
    let answered = METHODS.into_iter().find(|method| line.contains(&[method, " http"].concat()));
    let mut words = command.split_whitespace();
    let told = || {
        while let Some(word) = words.next() {
            let given = match word {
                "-X" | "--request" => words.next(),
                _ => word.strip_prefix("--request=").or_else(|| word.strip_prefix("-X")),
            };
            if let Some(method) = given.map(|word| word.trim_matches(['"', '\''])).filter(|word| METHODS.contains(word))
            {
                return Some(method);
            }
        }
        None
    };
    let sends = |options: [&str; 4]| {
        command.split_whitespace().any(|word| options.iter().any(|option| word.starts_with(option)))
    };
    answered.or_else(told).unwrap_or_else(|| {
        if sends(["--upload-file", "-T", "--upload-file=", "--put"]) {
            "PUT"
        } else if sends(["--data", "-d", "--form", "-F"]) {
            "POST"
        } else {
            "GET"
        }
    })
}

/// Which kind of credential a user name goes with
/// (<https://docs.gitlab.com/user/project/deploy_tokens/>, <https://docs.gitlab.com/ci/jobs/ci_job_token/>).
pub(super) fn user_kind(user: &str) -> Option<TokenType> {
    match user {
        "gitlab-ci-token" => Some(TokenType::CiJobToken),
        user if user.starts_with("gitlab+deploy-token-") => Some(TokenType::DeployToken),
        _ => None,
    }
}

/// The addresses in a command, left to right.
pub(super) fn addresses(command: &str) -> impl Iterator<Item = Address> {
    command.split([' ', '\t', '"', '\'', '=', '(', ')', '|', '<', '>']).filter_map(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_projects() {
        let path = |text: &str| Some(Target::Path(text.into()));
        for (raw, want) in [
            ("https://gitlab.example.com/team/shared/vise-kit.git/", path("team/shared/vise-kit")),
            ("https://gitlab-ci-token:[MASKED]@gitlab.example.com:8443/team/b.git", path("team/b")),
            ("https://gitlab.example.com/team/b/-/jobs/12", path("team/b")),
            ("https://gitlab.example.com/team/b.git/info/refs?service=git-upload-pack", path("team/b")),
            ("git@gitlab.example.com:team/b.git", path("team/b")),
            ("ssh://git@gitlab.example.com:2222/team/b.git", path("team/b")),
            ("https://gitlab.example.com/api/v4/projects/42/packages/npm/@scope%2fname", Some(Target::Id(42))),
            ("https://gitlab.example.com/git/api/v4/projects/team%2Fb/releases", path("team/b")),
            ("${CI_API_V4_URL}/projects/team%2Fb/jobs", path("team/b")),
            ("$CI_API_V4_URL/projects/$CI_PROJECT_ID/jobs", Some(Target::Own)),
            ("$CI_API_V4_URL/projects/${OTHER}/jobs", Some(Target::Variable("OTHER".into()))),
            ("https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/team/b.git", path("team/b")),
            (
                "https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/${LIB}.git",
                Some(Target::Variable("LIB".into())),
            ),
            ("$CI_SERVER_URL/team/b.git", path("team/b")),
            ("https://gitlab.example.com/api/v4/groups/7/-/packages/npm/x", Some(Target::Group)),
            ("https://gitlab.example.com", None),
        ] {
            assert_eq!(address(raw).and_then(|address| address.target), want, "{raw}");
        }
        assert_eq!(
            address("https://gitlab-ci-token:abc@h.example/a/b").unwrap().user.as_deref(),
            Some("gitlab-ci-token")
        );
        assert_eq!(address("C:/builds/x"), None);
        let call = |command: &str, line: &str| {
            endpoint(&addresses(command).next().unwrap(), command, line).map(|call| (call.method, call.path))
        };
        assert_eq!(
            call("curl -d a=b $CI_API_V4_URL/projects/7/releases", ""),
            Some(("POST", "/projects/:id/releases"))
        );
        assert_eq!(
            call("curl -X DELETE https://h.example/api/v4/projects/a%2Fb/hooks/3", ""),
            Some(("DELETE", "/projects/:id/hooks/:hook_id"))
        );
        assert_eq!(call("curl https://h.example/a/b.git", ""), None);
        assert_eq!(address("12:30"), None);
    }
}
