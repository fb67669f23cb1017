//! An HTTP call as people write it: a path or a whole address, with variables, with or without `/api/v4`.

use crate::catalog::{Endpoint, route};
use crate::input::pipeline::value::Host;
use crate::rules::ci::is_foreign;
use crate::text::Name;

/// A call, taken apart. Only pieces of the text it was read from are kept: no user name or password of the address, no
/// query, no fragment, for that is where credentials stand.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The method, upper case.
    pub method: String,
    /// The host, where the address names one.
    pub host: Option<&'a str>,
    /// The address names a host that is none of the user's.
    pub foreign: bool,
    /// The segments behind the host.
    segments: Vec<&'a str>,
    /// Does the query ask Git's server for a push?
    push: bool,
    /// The address had a scheme, so its first segment is below the host and not below `/api/v4`.
    whole: bool,
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct Read<'a> {
    /// Its endpoint, where it is known.
    pub endpoint: Option<&'static Endpoint>,
    /// The segments below `/api/v4`, or behind the host where it is no call of the REST API.
    pub segments: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// Takes a call apart. `hosts` are the user's own instances; empty when not known.
    #[must_use]
    pub fn new(method: &str, address: &'a str, hosts: &[String]) -> Self {
        let address = address.trim().trim_matches(['"', '\'', '`', '<', '>']);
        let (host, rest) = split_host(address);
        let path = first_outside_brackets(rest, |byte| matches!(byte, b'?' | b'#')).map_or(rest, |(path, _)| path);
        let mut segments = split_outside_brackets(path);
        let own = |host: &str| hosts.iter().any(|own| without_port(own).eq_ignore_ascii_case(without_port(host)));
        let mut whole = host.is_some();
        // `gitlab.example.com/api/v4/…`, `registry.example.com/v2/…`, without a scheme.
        let named = |segments: &[&str]| match segments {
            [first, second, ..] => first.contains('.') && !is_variable(first) && matches!(*second, "v2" | "api"),
            _ => false,
        };
        if !whole && (segments.first().is_some_and(|first| own(first)) || named(&segments)) {
            segments.remove(0);
            whole = true;
        }
        let registry = |host: &str| segments.first() == Some(&"v2") && !is_foreign(&Host::Named(host.into()), hosts);
        let foreign = host.is_some_and(|host| {
            !host.contains(['$', '{', '<', '%']) && !hosts.is_empty() && !own(host) && !registry(host)
        });
        let push = rest.split_once('?').is_some_and(|(_, query)| query.contains("service=git-receive-pack"));
        // In capitals a credential is not known as one any more: it is masked before.
        let method = Name::new(method.trim()).as_str().to_ascii_uppercase();
        Self { method, host, foreign, segments, push, whole }
    }

    /// Looks the endpoint up.
    #[must_use]
    pub fn read(&self) -> Read<'a> {
        let readings = self.readings();
        for segments in &readings {
            if let Some(endpoint) = lenient(&self.method, segments) {
                return Read { endpoint: Some(endpoint), segments: segments.clone() };
            }
        }
        // The first question of a push looks like that of a fetch but for its query.
        if self.push
            && let [.., project, "info", "refs"] = self.segments.as_slice()
            && let Some(endpoint) = route::find_web("POST", &[*project, "git-receive-pack"])
        {
            return Read { endpoint: Some(endpoint), segments: self.segments.clone() };
        }
        if let Some(endpoint) = route::find_web(&self.method, &self.segments) {
            return Read { endpoint: Some(endpoint), segments: self.segments.clone() };
        }
        // None fits: show the one that was meant most likely, what stands behind /api/v4 if anything does.
        Read { endpoint: None, segments: readings.into_iter().last().unwrap_or_else(|| self.segments.clone()) }
    }

    /// What may stand below `/api/v4`, in the order in which to try.
    fn readings(&self) -> Vec<Vec<&'a str>> {
        let all = &self.segments;
        let mut readings = Vec::new();
        if !self.whole {
            readings.push(all.clone());
            // `$CI_API_V4_URL/projects/…`
            if let Some((first, rest)) = all.split_first()
                && is_variable(first)
            {
                readings.push(rest.to_vec());
            }
        }
        // The SCIM endpoints are below /api/scim, and the table says so.
        if let Some(at) = all.windows(2).position(|pair| matches!(pair, ["api", "scim"])) {
            readings.push(all.get(at..).unwrap_or_default().to_vec());
        }
        if let Some(at) = all.windows(2).position(|pair| matches!(pair, ["api", "v4"])) {
            readings.push(all.get(at + 2..).unwrap_or_default().to_vec());
        }
        readings
    }

    /// Is it a call of the REST API as far as the address says?
    #[must_use]
    pub fn is_rest(&self) -> bool {
        !self.whole || !self.readings().is_empty()
    }

    /// The same with the parts of a project's or group's path joined as GitLab wants it, where that makes it a known
    /// call: `/projects/group/project/issues` for `/projects/group%2Fproject/issues`.
    #[must_use]
    pub fn with_encoded_path(&self) -> Option<String> {
        for segments in self.readings() {
            let [first @ ("projects" | "groups"), rest @ ..] = segments.as_slice() else { continue };
            // Groups nest up to 20 deep.
            for taken in 2..=rest.len().min(21) {
                let (path, rest) = rest.split_at_checked(taken)?;
                let id = path.join("%2F");
                let joined: Vec<&str> = [*first, id.as_str()].into_iter().chain(rest.iter().copied()).collect();
                if rest
                    .first()
                    .is_some_and(|word| route::find(&self.method, &joined).is_some_and(|e| e.path.contains(word)))
                {
                    return Some(format!("/{}", joined.join("/")));
                }
            }
        }
        None
    }
}

impl Read<'_> {
    /// The path, with every credential in it masked.
    #[must_use]
    pub fn path(&self) -> Name {
        // Each segment alone too: base64 has `/` among its letters, so a token may seem to go on behind its segment.
        let masked: Vec<Name> = self.segments.iter().map(|segment| Name::new(segment)).collect();
        let segments: Vec<&str> = masked.iter().map(Name::as_str).collect();
        Name::new(&format!("/{}", segments.join("/")))
    }
}

/// The endpoint, also where a format suffix stands behind the path (`.json`, `archive.tar.gz`).
fn lenient(method: &str, segments: &[&str]) -> Option<&'static Endpoint> {
    if let Some(endpoint) = route::find(method, segments) {
        return Some(endpoint);
    }
    let (last, before) = segments.split_last()?;
    let cuts = [last.rsplit_once('.'), last.split_once('.')];
    cuts.into_iter().flatten().filter(|(stem, _)| !stem.is_empty()).find_map(|(stem, _)| {
        let shorter: Vec<&str> = before.iter().copied().chain([stem]).collect();
        route::find(method, &shorter)
    })
}

/// Host and rest of an address with a scheme.
fn split_host(address: &str) -> (Option<&str>, &str) {
    let Some((scheme, rest)) = address.split_once("://") else { return (None, address) };
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return (None, address);
    }
    let (authority, path) = match first_outside_brackets(rest, |byte| matches!(byte, b'/' | b'?' | b'#')) {
        Some((authority, path)) => (authority, path),
        None => (rest, ""),
    };
    (Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host)), path)
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(host, _)| host)
}

/// A variable of a shell, of CI/CD, of PowerShell or of a template, alone.
fn is_variable(segment: &str) -> bool {
    segment.starts_with(['$', '{', '%', '<']) || (segment.starts_with("process.env.") && segment.len() > 12)
}

/// Cuts at `/`, but not inside `${…}`, `$(…)`, `$[[ … ]]` and `{{ … }}`; empty pieces are dropped, as GitLab's router does.
fn split_outside_brackets(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let mut rest = path;
    while let Some((segment, more)) = first_outside_brackets(rest, |byte| byte == b'/') {
        segments.push(segment);
        rest = more.get(1..).unwrap_or_default();
    }
    segments.push(rest);
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// Splits before the first byte that `wanted` takes and that is not inside a variable's brackets.
fn first_outside_brackets(text: &str, wanted: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut previous = 0_u8;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' if depth > 0 || previous == b'$' || (byte == b'{' && previous == b'{') => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ if depth == 0 && wanted(byte) => return Some((text.get(..at)?, text.get(at..)?)),
            _ => {}
        }
        previous = byte;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn endpoint(method: &str, address: &str) -> Option<&'static str> {
        Call::new(method, address, &[]).read().endpoint.map(|endpoint| endpoint.path)
    }

    #[test]
    fn a_call_is_read_however_it_is_written() {
        let packages = "/projects/:id/packages";
        for address in [
            "/projects/42/packages",
            "projects/42/packages",
            "/api/v4/projects/42/packages",
            "api/v4/projects/42/packages/",
            "https://gitlab.example.com/api/v4/projects/42/packages",
            "HTTPS://GitLab.example.com:8443/gitlab/api/v4/projects/42/packages?per_page=100&page=2#x",
            "https://user:password@gitlab.example.com/api/v4/projects/42/packages",
            "gitlab.example.com/api/v4/projects/42/packages",
            "/gitlab/api/v4/projects/42/packages",
            "/projects/group%2Fsub%2Fproject/packages",
            "\"$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages\"",
            "${CI_API_V4_URL}/projects/${CI_PROJECT_ID:?no/id}/packages?x=${Y}",
            "https://$CI_SERVER_HOST/api/v4/projects/$(echo $P | sed s/\\//%2F/)/packages",
            "https://{{ host }}/api/v4/projects/{{ a/b }}/packages",
            "$[[ inputs.url ]]/projects/$[[ inputs.a/b ]]/packages",
            "//projects//42//packages//",
            "/projects/:id/packages",
            "/projects/{id}/packages",
            "/projects/<id>/packages",
            "/projects/42/packages.json",
        ] {
            assert_eq!(endpoint("get", address), Some(packages), "{address}");
        }
        for (method, address, want) in [
            ("HEAD", "/projects/1/packages", "/projects/:id/packages"),
            ("GET", "/projects/1/repository/archive.tar.gz?sha=main", "/projects/:id/repository/archive"),
            ("GET", "/projects/1/repository/files/src%2Fapi%2Fv4/raw", "/projects/:id/repository/files/:file_path/raw"),
            // What a file is called is no base address.
            (
                "PUT",
                "/projects/1/packages/generic/x/1.0/api/v4/projects",
                "/projects/:id/packages/generic/:package_name/*package_version/(*path/):file_name",
            ),
            ("GET", "https://h/api/scim/v2/groups/acme/Users/1", "/api/scim/:version/groups/:group/Users/:id"),
            ("POST", "https://h/gitlab/api/graphql", "/(*root/)api/graphql"),
            ("GET", "https://h/group/sub/project.git", "/(*namespace/):project.git"),
            ("GET", "https://h/g/p.git/info/refs?service=git-upload-pack", "/(*namespace/):project.git/info/refs"),
            ("POST", "https://h/g/p.git/git-receive-pack", "/(*namespace/):project.git/git-receive-pack"),
            ("GET", "https://h/jwt/auth?service=container_registry", "/(*root/)jwt/auth"),
        ] {
            assert_eq!(endpoint(method, address), Some(want), "{method} {address}");
        }
    }

    #[test]
    fn what_is_no_call_of_the_api_is_not_taken_for_one() {
        for (method, address) in [
            ("GET", ""),
            ("GET", "https://gitlab.example.com"),
            ("GET", "https://gitlab.example.com/projects/42/packages"),
            ("GET", "https://api.github.com/repos/a/b"),
            ("GET", "ftp://h/api/v5/projects"),
            ("GET", "/api/v3/projects"),
            ("BREW", "/projects/1"),
            ("GET", "/projects/group/project/packages"),
            ("GET", "${unclosed/projects/1"),
        ] {
            assert_eq!(endpoint(method, address), None, "{method} {address}");
        }
    }

    #[test]
    fn foreign_hosts_are_seen() {
        let hosts = ["gitlab.example.com".to_owned()];
        let foreign = |address| Call::new("GET", address, &hosts).foreign;
        assert!(!foreign("https://GitLab.Example.com/api/v4/projects"));
        assert!(!foreign("https://gitlab.example.com:8443/api/v4/projects"));
        assert!(!foreign("https://$CI_SERVER_HOST/api/v4/projects"));
        assert!(!foreign("/projects"));
        assert!(foreign("https://gitlab.com/api/v4/projects"));
        assert!(foreign("https://gitlab.example.com@evil.example/api/v4/projects"));
        assert!(
            !Call::new("GET", "https://gitlab.com/api/v4/projects", &[]).foreign,
            "no host is known to be the user's"
        );
        let call = Call::new("GET", "gitlab.example.com/api/v4/projects/1", &hosts);
        assert_eq!(call.read().path().as_str(), "/projects/1");
    }

    #[test]
    fn a_path_that_should_be_encoded_is_recognised() {
        let encoded = |address| Call::new("GET", address, &[]).with_encoded_path();
        assert_eq!(encoded("/projects/group/project/issues").as_deref(), Some("/projects/group%2Fproject/issues"));
        assert_eq!(
            encoded("https://h/api/v4/projects/a/b/c/repository/tags").as_deref(),
            Some("/projects/a%2Fb%2Fc/repository/tags")
        );
        assert_eq!(encoded("/users/1"), None);
        assert_eq!(encoded("/projects/group/project/nonsense"), None);
    }

    proptest! {
        #[test]
        fn no_address_makes_it_fall(method in ".{0,8}", address in ".{0,80}|(https?://|/|\\$\\{|\\$\\(|\\{\\{|api|v4|projects|%2F|[?#@:.]|é){0,20}") {
            let hosts = ["gitlab.example.com".to_owned()];
            let call = Call::new(&method, &address, &hosts);
            let _ = (call.read().path(), call.with_encoded_path(), call.is_rest());
        }
    }
}
