use proptest::prelude::*;

use super::*;
use crate::catalog::{endpoints, web_endpoints};

fn ask(method: &str, address: &str) -> Permits {
    permits(method, address, &[])
}

#[test]
fn the_answer_has_the_published_shape() {
    let answer = serde_json::to_value(ask("get", "/projects/42/packages?page=2")).unwrap();
    for (key, want) in [
        ("method", serde_json::json!("GET")),
        ("path", serde_json::json!("/projects/42/packages")),
        ("known", serde_json::json!(true)),
        ("scopes", serde_json::json!(["read_api"])),
        ("role", serde_json::json!("reporter")),
        ("instead", serde_json::Value::Null),
    ] {
        assert_eq!(answer[key], want, "{key}");
    }
    assert_eq!(answer["job_token"]["accepted"], true);
    assert_eq!(answer["job_token"]["permissions"], serde_json::json!(["READ_PACKAGES"]));
    assert_eq!(answer["fine_grained"][0]["permission"], "Package: Read");
}

#[test]
fn what_the_job_token_can_is_told_apart_from_what_is_not_known() {
    for (method, address, want) in [
        ("GET", "/projects/1/packages", Acceptance::Yes),
        ("GET", "$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases", Acceptance::Yes),
        ("HEAD", "/projects/1/repository/tags", Acceptance::Yes),
        ("GET", "/projects/1", Acceptance::No),
        ("GET", "/projects/1/job_token_scope/allowlist", Acceptance::No),
        ("POST", "https://gitlab.example.com/api/graphql", Acceptance::No),
        ("GET", "/projects/1/nonsense", Acceptance::Unknown),
        ("GET", "https://gitlab.com/api/v4/projects/1", Acceptance::Unknown),
    ] {
        let hosts = ["gitlab.example.com".to_owned()];
        assert_eq!(job_token_accepts(method, address, &hosts), want, "{method} {address}");
    }
}

#[test]
fn every_endpoint_gets_an_answer_with_a_next_step() {
    for endpoint in endpoints().iter().filter(|e| e.method != "*").chain(web_endpoints()) {
        let call = format!("{} {}", endpoint.method, endpoint.path);
        assert!(!job_token_in_words(endpoint).is_empty(), "{call}");
        let instead = instead(endpoint);
        assert!(!instead.text.is_empty(), "{call}");
        if let Some(kind) = instead.kind {
            for scope in &instead.scopes {
                let facts = crate::catalog::scopes().iter().find(|facts| facts.scope == *scope).unwrap();
                assert!(facts.available_for(kind), "{call}: a {} cannot have {scope}", kind.id());
            }
        } else {
            assert!(endpoint.permission.is_none(), "{call}: somebody may call it, but nobody is named");
        }
    }
}

#[test]
fn a_word_that_is_no_method_is_said() {
    let says = |method, address| {
        let answer = ask(method, address);
        assert!(!answer.known, "{method}");
        answer.notes.iter().any(|note| note.as_str().contains("GET, POST, PUT, PATCH, DELETE and HEAD"))
    };
    assert!(says("BREW", "/projects"));
    assert!(says("", "/projects"));
    assert!(says("/projects", "GET"), "the two are often swapped");
    assert!(!says("PATCH", "/projects/1"));
}

#[test]
fn a_host_that_is_not_yours_is_said() {
    let hosts = ["gitlab.example.com".to_owned()];
    let answer = permits("GET", "https://evil.example/api/v4/projects/1/packages", &hosts);
    assert!(answer.notes.iter().any(|note| note.as_str().contains("evil.example is none of your GitLab hosts")));
}

proptest! {
    #[test]
    fn no_call_makes_it_fall(method in ".{0,8}|GET|POST", address in ".{0,60}|(https?://|/|projects|groups|api/v4|[$]\\{|%2F|[?#@.]|é|\\n){0,16}") {
        let answer = ask(&method, &address);
        prop_assert!(answer.known || answer.job_token.accepted.is_none());
    }
}

/// A call as somebody makes it: numbers for ids, the instance below a path of its own, a query.
fn made(endpoint: &Endpoint, one: &str) -> String {
    let mut path = String::new();
    let mut depth = 0;
    for part in endpoint.path.replace("\\(", "\u{1}").replace("\\)", "\u{2}").split_inclusive(['(', ')']) {
        // What is optional is left out.
        let text = part.trim_end_matches(['(', ')']);
        if depth == 0 {
            path.push_str(text);
        }
        depth += i32::from(part.ends_with('(')) - i32::from(part.ends_with(')'));
    }
    let path = path.replace('\u{1}', "(").replace('\u{2}', ")");
    let name = regex::Regex::new(r"[:*][A-Za-z_]\w*").unwrap();
    format!("https://gitlab.example.com/gitlab/api/v4{}?per_page=100&page=2#x", name.replace_all(&path, one))
}

#[test]
fn every_call_of_the_catalog_is_known_by_its_concrete_address() {
    let hosts = ["gitlab.example.com".to_owned()];
    let mut asked = 0;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.method != "*") {
        for one in ["42", "group%2Fproject"] {
            let address = made(endpoint, one);
            let answer = permits(&endpoint.method.to_lowercase(), &address, &hosts);
            assert!(answer.known, "{} {address}", endpoint.method);
            if one == "42" {
                // Where a neighbour says it more exactly it is the neighbour's; the job token is told the same.
                let want = match endpoint.job_token {
                    Acceptance::Yes => Some(true),
                    Acceptance::No => Some(false),
                    Acceptance::Unknown => None,
                };
                assert_eq!(answer.job_token.accepted, want, "{} {address}", endpoint.method);
                assert_eq!(answer.job_token.permissions, endpoint.policies, "{} {address}", endpoint.method);
            }
            asked += 1;
        }
    }
    assert_eq!(asked, 2 * 2134, "all but the catch-all");
}

#[test]
fn addresses_that_look_like_something_else_are_read_for_what_they_are() {
    let hosts = ["gitlab.example.com".to_owned()];
    let ask = |method: &str, address: &str| permits(method, address, &hosts);
    for ssh in ["git@gitlab.example.com:group/project.git", "ssh://git@gitlab.example.com:2222/group/project.git"] {
        let answer = ask("GET", ssh);
        assert_eq!(answer.job_token.accepted, Some(false), "{ssh}");
        assert_eq!(answer.instead.unwrap().kind, Some(TokenType::DeployKey), "{ssh}");
    }
    let push = ask("GET", "https://gitlab.example.com/group/project.git/info/refs?service=git-receive-pack");
    assert_eq!(push.job_token.permissions, ["ADMIN_REPOSITORIES"]);
    let fetch = ask("GET", "https://gitlab.example.com/group/project.git/info/refs?service=git-upload-pack");
    assert_eq!(fetch.job_token.permissions, ["READ_REPOSITORIES"]);
    let twice = ask("GET", "https://gitlab.example.com/api/v4/projects/group%252Fproject/packages");
    assert!(twice.notes.iter().any(|note| note.as_str().contains("encoded twice")), "{:?}", twice.notes);
    for (method, address, scope) in [
        ("GET", "https://registry.gitlab.example.com/v2/group/project/image/manifests/latest", "read_registry"),
        ("HEAD", "registry.example.com/v2/group/project/blobs/sha256:00", "read_registry"),
        ("PUT", "https://gitlab.example.com:5050/v2/group/project/manifests/latest", "write_registry"),
        ("POST", "https://registry.gitlab.example.com/v2/group/project/blobs/uploads/", "write_registry"),
        ("GET", "https://registry.gitlab.example.com/v2/", "read_registry"),
    ] {
        let answer = ask(method, address);
        assert_eq!((answer.known, answer.job_token.accepted), (true, Some(true)), "{method} {address}");
        assert_eq!(answer.scopes, [scope], "{method} {address}");
        assert!(
            !answer.notes.iter().any(|note| note.as_str().contains("none of your")),
            "{address}: {:?}",
            answer.notes
        );
    }
    let page = ask("GET", "https://gitlab.example.com/group/project/-/raw/main/README.md");
    assert_eq!((page.known, page.job_token.accepted), (false, None));
    assert_eq!(page.nearest.first().map(|near| near.path), Some("/projects/:id/repository/files/:file_path/raw"));
}
