//! Where an address leads, once variables are replaced as far as the file knows them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::evidence::Target;
use crate::context::Context;
use crate::input::pipeline::value::{Host, host};
use crate::text::Name;

/// Variables that hold the job's own project.
const OWN: [&str; 4] = ["CI_PROJECT_ID", "CI_PROJECT_PATH", "CI_REGISTRY_IMAGE", "CI_PROJECT_URL"];

/// A line of a file with the job's variables as the reader of pipelines writes them: `$CI_X`, `${env.CI_X}`, `$(CI_X)`,
/// `%CI_X%` and `$env:CI_X` are `${CI_X}`.
pub(super) fn with_braces(text: &str) -> Cow<'_, str> {
    static FORMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\$\{?(?:env[.:])?(CI_[A-Z0-9_]+)\}?|\$\((CI_[A-Z0-9_]+)\)|%(CI_[A-Z0-9_]+)%").ok()
    });
    match &*FORMS {
        Some(forms) if text.contains("CI_") => forms.replace_all(text, "$${$1$2$3}"),
        _ => Cow::Borrowed(text),
    }
}

/// A call of the REST API.
pub(in crate::plan) struct Api<'t> {
    pub(in crate::plan) host: Host,
    /// Behind `/api/v4/`, without query.
    pub(in crate::plan) path: &'t str,
}

/// Every address below `/api/v4` in a text, with or without a scheme.
pub(in crate::plan) fn apis(text: &str) -> Vec<Api<'_>> {
    const VARIABLE: &str = "${CI_API_V4_URL}";
    const ROOT: &str = "/api/v4/";
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let variable = rest.find(VARIABLE).map(|found| (found, VARIABLE.len(), true));
        let root = rest.find(ROOT).map(|found| (found, ROOT.len(), false));
        let Some((found, length, is_variable)) = [variable, root].into_iter().flatten().min() else { break };
        let start = at + found + length;
        let tail = text.get(start..).unwrap_or_default();
        let end = start + tail.find(|c: char| c.is_whitespace() || "\"'`,;|<>()".contains(c)).unwrap_or(tail.len());
        at = end.max(start);
        let path = text.get(start..end).unwrap_or_default();
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
        let named = if is_variable {
            Some(Host::Instance)
        } else {
            let before = text.get(..start - length).unwrap_or_default();
            let from = before.rfind(|c: char| c.is_whitespace() || "\"'`,;|<>()".contains(c)).map_or(0, |at| at + 1);
            let word = before.get(from..).unwrap_or_default();
            let authority = word.rsplit_once("//").map_or(word, |(_, rest)| rest);
            let authority = authority.rsplit_once('@').map_or(authority, |(_, rest)| rest);
            host(authority)
        };
        if let Some(host) = named {
            out.push(Api { host, path });
        }
    }
    out
}

/// A repository's address.
pub(super) struct Repository<'t> {
    pub(super) host: Host,
    /// Is there something before the `@`?
    pub(super) signed: bool,
    pub(super) path: &'t str,
}

/// Every address of a repository in a text: whatever has a scheme and is not below `/api/`.
pub(super) fn repositories(text: &str) -> Vec<Repository<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("://")) {
        let start = at + found + 3;
        let tail = text.get(start..).unwrap_or_default();
        let end = tail.find(|c: char| c.is_whitespace() || "\"'`,;|<>()".contains(c)).unwrap_or(tail.len());
        at = start + end;
        let address = tail.get(..end).unwrap_or_default();
        push_repository(address, &mut out);
    }
    // `${CI_SERVER_URL}/group/project.git`
    if let Some((_, tail)) = text.split_once("${CI_SERVER_URL}/") {
        let end = tail.find(|c: char| c.is_whitespace() || "\"'`,;|<>()".contains(c)).unwrap_or(tail.len());
        let path = tail.get(..end).unwrap_or_default();
        if !path.starts_with("api/") && !path.is_empty() {
            out.push(Repository { host: Host::Instance, signed: false, path });
        }
    }
    out
}

fn push_repository<'t>(address: &'t str, out: &mut Vec<Repository<'t>>) {
    // The user part may hold `/` only inside a variable's braces, which the reader has filled in already.
    let (signed, place) = match address.split_once('@') {
        Some((user, place)) if !user.contains('/') => (true, place),
        _ => (false, address),
    };
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with("api/") || path.contains("/api/v4/") {
        return;
    }
    if let Some(host) = host(authority) {
        out.push(Repository { host, signed, path });
    }
}

/// `projects/42/…`, `groups/7/…`, `packages/npm/…`: where it leads, and the segments behind.
pub(super) fn of_api<'t>(path: &'t str, host: &Host, context: &Context) -> Option<(Target, Vec<&'t str>)> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        ["projects", id, rest @ ..] => Some((by_id(id, context, false), rest.to_vec())),
        ["groups" | "group", id, rest @ ..] => {
            let rest = rest.strip_prefix(&["-"]).unwrap_or(rest);
            Some((by_id(id, context, true), rest.to_vec()))
        }
        ["packages", ..] => Some((Target::Host(host_name(host, context)), segments)),
        _ => None,
    }
}

fn by_id(id: &str, context: &Context, group: bool) -> Target {
    if let Ok(number) = id.parse() {
        return if group { Target::GroupId(number) } else { Target::Id(number) };
    }
    let path = id.replace("%2F", "/").replace("%2f", "/").replace("%2E", ".").replace("%2e", ".");
    path_target(&path, context, group)
}

/// A path with variables in it, or a variable alone.
pub(super) fn path_target(path: &str, context: &Context, group: bool) -> Target {
    let path = path.trim_matches('/');
    if let Some(name) = path.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|n| !n.contains('}')) {
        if OWN.contains(&name) {
            return Target::Own;
        }
        if name.is_empty() {
            return Target::Unknown(Name::new("expression"));
        }
        if !name.starts_with("CI_PROJECT_") {
            return Target::Unknown(context.name(name));
        }
    }
    let path = path.replace("${CI_PROJECT_NAMESPACE}/${CI_PROJECT_NAME}", "${CI_PROJECT_PATH}");
    if path == "${CI_PROJECT_PATH}" {
        return Target::Own;
    }
    if group { Target::Group(context.name(&path)) } else { Target::Project(context.name(&path)) }
}

/// A repository's path: `shop/lib.git`, `shop/lib.git@v2`, `shop/lib/-/…`.
pub(super) fn of_repository(path: &str, context: &Context) -> Option<Target> {
    let path = path.split("/-/").next().unwrap_or_default();
    let path = match path.find(".git") {
        Some(at) if path.get(at + 4..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@', '#'])) => {
            path.get(..at)?
        }
        _ => path.split('@').next().unwrap_or_default(),
    };
    let path = path.trim_matches('/');
    if path.is_empty() {
        return None;
    }
    let plausible = path.contains("${") || path.contains('/') && path.split('/').all(is_segment);
    plausible.then(|| path_target(path, context, false))
}

/// Characters that GitLab allows in a path.
fn is_segment(segment: &str) -> bool {
    !segment.is_empty() && segment.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
}

/// An image without tag and digest.
pub(super) fn without_tag(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') && !tag.contains('}') || before.ends_with('}') => before,
        _ => image,
    }
}

/// An image of the instance's registry: host and where it leads.
pub(super) fn of_image(text: &str, context: &Context) -> Option<(Host, Target)> {
    let text = text.trim_start_matches("docker://");
    if text.starts_with("${CI_REGISTRY_IMAGE}") {
        return Some((Host::Instance, Target::Own));
    }
    let (first, path) = text.split_once('/')?;
    if first.contains("DEPENDENCY_PROXY") || !(first.contains('.') || first.contains(':') || first.contains("${")) {
        return None;
    }
    let path = without_tag(path);
    let host = host(first)?;
    if path.split('/').count() < 2 && !path.contains("${") {
        return None;
    }
    let target = match path_target(path, context, false) {
        Target::Project(path) => Target::Below(path),
        other => other,
    };
    Some((host, target))
}

/// An image behind a group's dependency proxy: the group.
/// <https://docs.gitlab.com/user/packages/dependency_proxy/>
pub(super) fn of_dependency_proxy(text: &str, context: &Context) -> Option<Target> {
    for (variable, group) in [
        ("${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}", "${CI_PROJECT_ROOT_NAMESPACE}"),
        ("${CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX}", "${CI_PROJECT_NAMESPACE}"),
    ] {
        if text.starts_with(variable) {
            return Some(Target::Group(Name::new(group)));
        }
    }
    let (before, _) = text.split_once("/dependency_proxy/containers/")?;
    let (_, group) = before.trim_start_matches("https://").split_once('/')?;
    Some(path_target(group, context, true))
}

/// A Go package behind its host: a project's path, and where it is longer than the shortest one can be, perhaps a folder
/// in it (<https://docs.gitlab.com/user/project/use_project_as_go_package/>).
pub(super) fn of_module(path: &str, context: &Context) -> Option<Target> {
    // A major version behind the path is no part of it.
    let path = match path.rsplit_once("/v") {
        Some((before, version)) if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => path,
    };
    // `…/lib.git/v2`: the module's author says where the project ends.
    let ends = path.split('/').any(|part| part.ends_with(".git"));
    match of_repository(path, context)? {
        Target::Project(path) if !ends && path.as_str().matches('/').count() > 1 => Some(Target::Below(path)),
        other => Some(other),
    }
}

/// Does a command, or a setting, tell Git or another tool to use what it holds for a host, or for what is below a group?
pub(super) fn git_setup(text: &str) -> Option<(Host, String)> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("insteadof") || lower.contains("http.extraheader") && !lower.contains("-c ") {
        // `url.BASE.insteadOf OTHER`: the base may name a group.
        let end = [".insteadof", ".pushinsteadof"].iter().filter_map(|word| lower.find(word)).min();
        let base = repositories(text.get(..end.unwrap_or(text.len())).unwrap_or_default()).into_iter().next();
        let (host, path) = base.map_or((Host::Instance, String::new()), |base| (base.host, base.path.to_owned()));
        return Some((host, path.trim_matches(['/', '.']).to_owned()));
    }
    if lower.contains("machine ") && lower.contains("password") {
        let at = lower.find("machine ")?;
        let name = text.get(at + "machine ".len()..)?.split(|c: char| c.is_whitespace() || c == '\\').next()?;
        return Some((host(name).unwrap_or(Host::Instance), String::new()));
    }
    if [".git-credentials", "credential.helper", "git_askpass"].iter().any(|word| lower.contains(word)) {
        let host = repositories(text).into_iter().next().map_or(Host::Instance, |found| found.host);
        return Some((host, String::new()));
    }
    None
}

/// A host in a plan: its name, or the variable that holds it.
pub(super) fn host_name(host: &Host, context: &Context) -> Name {
    match host {
        Host::Named(name) | Host::Unknown(name) => context.name(name),
        Host::Instance => context.hosts.first().map_or_else(|| Name::new("CI_SERVER_HOST"), |host| context.name(host)),
    }
}
