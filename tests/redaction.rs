//! Promise 1: no output of any command, format, message or error contains eight consecutive characters of a credential's
//! body. Tokens of every kind are planted in every place of every kind of input, and all that comes out is searched.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(unreachable_pub, missing_docs)]

#[path = "../fuzz/src/harmless.rs"]
mod harmless;
#[path = "../fuzz/src/planted.rs"]
mod planted;
mod support;
#[path = "../fuzz/src/writers.rs"]
mod writers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use leastwise::catalog::TokenType;
use leastwise::context::Context;
use leastwise::input::{Input, Kind};
use leastwise::report::{csv, gitlab, html, json, markdown, sarif, text};
use leastwise::time::Date;
use leastwise::web::answer::Sent;
use leastwise::{audit, fake};
use proptest::prelude::*;

/// Kinds whose characters alone give them away; the others need the context that [`in_context`] puts around them.
const BY_THEMSELVES: &[TokenType] = &[
    TokenType::PersonalAccessToken,
    TokenType::OauthApplicationSecret,
    TokenType::DeployToken,
    TokenType::RunnerRegistrationToken,
    TokenType::RunnerAuthenticationToken,
    TokenType::RunnerControllerToken,
    TokenType::CiJobToken,
    TokenType::CiIdToken,
    TokenType::PipelineTriggerToken,
    TokenType::FeedToken,
    TokenType::IncomingEmailToken,
    TokenType::ClusterAgentToken,
    TokenType::WorkspaceToken,
    TokenType::ScimToken,
    TokenType::FeatureFlagsClientToken,
    TokenType::GitlabSessionCookie,
    TokenType::WebhookSigningToken,
    TokenType::ErrorTrackingClientKey,
    TokenType::LfsToken,
    TokenType::ContainerRegistryJwt,
    TokenType::DependencyProxyJwt,
];

/// Places for a token; `@` is where it goes.
const PLACES: &[(&str, &str)] = &[
    ("notes.txt", "@"),
    ("notes.txt", "my token is @, do not tell\nand again: \"@\""),
    ("notes.txt", "x@y"),
    (
        "job.log",
        "2026-03-04T10:20:30.123456Z 01O token @\n\u{1b}[32;1m$ echo @\u{1b}[0;m\nremote: Authentication by CI/CD job token not allowed from @ to b.\n",
    ),
    (
        "curl.log",
        "curl --header 'PRIVATE-TOKEN: @' https://gitlab.example.com/api/v4/user\nurl: https://oauth2:@@gitlab.example.com/a/b.git",
    ),
    (
        "tokens.json",
        r#"[{"id": 1, "name": "@", "description": "@", "scopes": ["@", "api"], "active": true, "revoked": false, "created_at": "2025-01-01T00:00:00Z", "last_used_at": null, "expires_at": null, "access_level": 50, "token": "@"}]"#,
    ),
    (
        "tokens.json",
        r#"{"id": "@", "name": ["@"], "scopes": "@", "created_at": "@", "expires_at": "@", "last_used_at": "@", "@": "@"}"#,
    ),
    ("tokens.json", r#"[{"id": 1, "name": "ok", "scopes": ["api"]}, {"id": 2, "name": "@"#),
    (
        "vars.json",
        r#"[{"key": "@", "value": "@", "variable_type": "env_var", "protected": false, "masked": false, "environment_scope": "*", "description": "@"}]"#,
    ),
    ("tokens.csv", "id,name,scopes,expires_at\n1,@,api,2027-01-01\n"),
    (
        ".gitlab-ci.yml",
        "deploy:\n  variables:\n    T: @\n    @: x\n  script:\n    - echo @ | docker login -u x -p @ registry.example.com\n    - git clone https://x:@@gitlab.example.com/a/b\n  only: [@]\n",
    ),
    (".gitlab-ci.yml", "a: [@\nb: 'broken\n@"),
    (".npmrc", "//gitlab.example.com/api/v4/projects/1/packages/npm/:_authToken=@\n"),
    (".netrc", "machine gitlab.example.com login x password @\n"),
    ("config.json", r#"{"auths": {"registry.example.com": {"username": "x", "password": "@"}}}"#),
    (
        "config.toml",
        "[[runners]]\n  name = \"@\"\n  url = \"https://gitlab.example.com\"\n  token = \"@\"\n  executor = \"shell\"\n",
    ),
    (
        "page.html",
        r#"<!DOCTYPE html><html lang="en"><head prefix="og: http://ogp.me/ns#"><meta property="og:site_name" content="GitLab"><script>
//<![CDATA[
window.gon={};gon.api_version="v4";gon.relative_url_root="";gon.gitlab_url="https://gitlab.example.com";gon.pat_prefix="glpat-";gon.version="18.9.0-pre";gon.current_user_id=7;gon.current_username="@";
//]]></script></head><body data-page="projects:settings:access_tokens:index" data-project-id="318" data-project-full-path="acme/@">
<input id="new-access-token" value="@"><button data-clipboard-text="@"></button>
<table class="gl-table" role="table" data-testid="active-tokens" aria-colcount="9"><tbody><tr role="row"><th aria-colindex="1" role="rowheader"><div><span class="gl-font-normal">@</span></div></th>
<td aria-colindex="2">@</td><td aria-colindex="3">api, @</td><td aria-colindex="4">Feb 11, 2026</td><td aria-colindex="5">@</td><td aria-colindex="6">@</td><td aria-colindex="7"><span title="@">@</span></td><td aria-colindex="8">@</td><td aria-colindex="9"><a data-testid="revoke-button" href="/x/@/501/revoke"></a></td></tr></tbody></table></body></html>"#,
    ),
    ("page.html", r#"<!DOCTYPE html><html><body data-page="@" title="@">@</body></html>"#),
];

/// Everything the core can say about the inputs.
fn everything(name: &str, body: &str, kind: Option<Kind>) -> String {
    let mut context = Context::new(Date::parse("2026-11-20").unwrap());
    context.kind = kind;
    let report = audit(vec![Input::new(name, body)], &context);
    let mut out = text::render(&report, 100);
    let published = json::report(&report, true);
    out.push_str(&serde_json::to_string(&published).unwrap());
    out.push_str(&sarif::render(&published).to_string());
    out.push_str(&gitlab::secret_detection(&published).to_string());
    out.push_str(&gitlab::code_quality(&published).to_string());
    out.push_str(&markdown::render(&published));
    out.push_str(&html::render(&published));
    out.push_str(&csv::render(&published));
    out.push_str(&serde_json::to_string(&report.inventories).unwrap());
    // What popup and page show.
    out.push_str(&Sent::written(&report).unwrap());
    out.push_str(&format!("{report:?}"));
    out
}

fn kinds() -> impl Strategy<Value = Option<Kind>> {
    prop_oneof![3 => Just(None), 1 => proptest::sample::select(&Kind::ALL[..]).prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_piece_of_a_planted_token_comes_out(
        kind in proptest::sample::select(BY_THEMSELVES),
        seed in 0..1000_u64,
        place in proptest::sample::select(PLACES),
        forced in kinds(),
    ) {
        let token = fake::token(kind, seed);
        let output = everything(place.0, &place.1.replace('@', &token), forced);
        support::assert_no_piece_of(&token, &output);
    }

    #[test]
    fn no_piece_of_a_routable_token_comes_out(
        prefix in proptest::sample::select(vec!["glpat-", "glrt-", "glrtr-", "gldt-", "glagent-", "acme-glpat-", "acme_", "corp-glrt-"]),
        payload in proptest::sample::select(vec!["c:1\no:1\nu:qglj", "o:1", "g:8\no:rz\nt:2", "c:1\no:1\np:5z90\nt:3\nu:4i0"]),
        seed in 0..1000_u64,
        place in proptest::sample::select(PLACES),
    ) {
        let token = fake::routable(prefix, payload, seed);
        let output = everything(place.0, &place.1.replace('@', &token), None);
        support::assert_no_piece_of(&token[prefix.len()..], &output);
    }

    #[test]
    fn a_token_in_a_name_of_a_file_or_project_does_not_come_out(
        kind in proptest::sample::select(BY_THEMSELVES),
        seed in 0..1000_u64,
    ) {
        let token = fake::token(kind, seed);
        let output = everything(&format!("logs/{token}.log"), "nothing here", None);
        support::assert_no_piece_of(&token, &output);
    }
}

/// Characters that stand around tokens and in them by mistake.
const SIGNS: &str = "aZ9_-./+=%@:\"'`<>()[]{}&#;,$\\ \t\n|~!?ä";

/// What a damaged token is glued to; `@` is where it goes.
const GLUED: &[&str] = &[
    "@",
    "https://oauth2:@@gitlab.example.com/shop/lib.git",
    "@.example.com",
    "your-@-token",
    "\"@\"",
    "'@'",
    "sample/@/secret",
    "my_@",
    "<@>",
    "key=@&dummy=1",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// A damaged token is no finding, but its characters are as secret as they were.
    #[test]
    fn no_piece_of_a_damaged_token_comes_out(
        kind in proptest::sample::select(BY_THEMSELVES),
        seed in 0..1000_u64,
        place in proptest::sample::select(PLACES),
        glued in proptest::sample::select(GLUED),
        at in 0.0..1.0_f64,
        damage in 0..3_u8,
        sign in proptest::sample::select(SIGNS.chars().collect::<Vec<_>>()),
    ) {
        let token = fake::token(kind, seed);
        // The header of a JWT says how it is signed, and is the same for all of them.
        let body = support::body(&token).split_once('.').map_or(support::body(&token), |(_, claims)| claims);
        let first = token.len() - body.len();
        let at = first + (at * body.len() as f64) as usize;
        let (keep, put) = match damage {
            0 => (at + 1, Some(sign)),
            1 => (at + 1, None),
            _ => (at, Some(sign)),
        };
        let damaged = format!("{}{}{}", &token[..at], put.map(String::from).unwrap_or_default(), &token[keep..]);
        let planted = glued.replacen('@', &damaged, 1);
        let text = place.1.replace('@', &planted);
        let output = everything(place.0, &text, None);
        support::assert_no_piece_of_body(body, &output);
        // In names as well, which are shown whole.
        let name = leastwise::text::Name::new(&format!("logs/{planted}.log"));
        support::assert_no_piece_of_body(body, name.as_str());
    }
}

/// The fixtures of every reader, and the samples: name and text with placeholders.
fn fixtures() -> Vec<(String, String)> {
    fn below(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { below(&path, files) } else { files.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [
        "tests/fixtures/exports",
        "tests/fixtures/logs",
        "tests/fixtures/pages",
        "www/samples",
        "fuzz/seeds/credential_file",
    ] {
        below(&root.join(folder), &mut files);
    }
    files.retain(|path| !path.to_string_lossy().contains(".expected."));
    files.sort();
    let named = |path: &Path| {
        // A credential file is known by its name; the others by their own.
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        match name.strip_prefix("fuzz/seeds/credential_file/") {
            Some("docker") => "config.json".into(),
            Some("toml") => "config.toml".into(),
            Some("xml") => "settings.xml".into(),
            Some("k8s") => "secret.yaml".into(),
            Some(word) => format!(".{word}"),
            None => name,
        }
    };
    files.iter().filter_map(|path| Some((named(path), std::fs::read_to_string(path).ok()?))).collect()
}

/// Where words stand: a token is put in the place of one.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut words: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, character) in text.char_indices().filter(|(_, character)| character.is_ascii_alphanumeric()) {
        match words.last_mut() {
            Some(word) if word.end == at => word.end = at + character.len_utf8(),
            _ => words.push(at..at + 1),
        }
    }
    words.retain(|word| word.len() > 2 && !text[..word.start].ends_with("{{"));
    words
}

/// Every reader, every form of every report and plan: a token of each kind in the place of any word of each kind of input (a
/// value, a name, a key, a part of an address), whole, glued to what stands beside it, or damaged.
#[test]
fn no_piece_of_a_token_in_any_place_of_any_input_comes_out_in_any_form() {
    const PLACES: usize = 8;
    let context = {
        let mut context = Context::new(Date::parse("2026-11-20").unwrap());
        context.hosts.push("gitlab.example.com".into());
        context
    };
    let mut formats = BTreeSet::new();
    let mut read_as = BTreeSet::new();
    let mut turn = 0;
    for (name, text) in fixtures() {
        let words = words(&text);
        for place in 0..PLACES.min(words.len()) {
            turn += 1;
            // Not the same places in two files of one kind.
            let word = &words[(place * words.len() / PLACES + turn * 7) % words.len()];
            let kind = BY_THEMSELVES[turn % BY_THEMSELVES.len()].id();
            let token = match turn % 4 {
                0 => format!("{{{{cut {turn} {kind} {turn}}}}}"),
                1 => format!("{{{{wound {turn} {kind} {turn}}}}}"),
                _ => format!("{{{{{kind} {turn}}}}}"),
            };
            let seeded = format!("{}{token}{}", &text[..word.start], &text[word.end..]);
            let planted = planted::Planted::new(seeded.as_bytes());
            let input = || vec![Input::new(name.clone(), planted.text.clone())];
            let report = audit(input(), &context);
            formats.extend(report.inputs.iter().map(|input| input.format.as_str().to_owned()));
            read_as.extend(report.inputs.iter().map(|input| input.kind));
            // Named first: a failure then says which it was.
            eprintln!("{name}: {token} at byte {}", word.start);
            writers::report(&report, &planted);
            writers::plans(input(), &context, &planted);
        }
    }
    assert!(turn > 400, "{turn} runs");
    assert!(formats.len() >= 40, "too few readers were met: {formats:#?}");
    assert_eq!(read_as.len(), Kind::ALL.len(), "{read_as:?}");
}

/// People paste tokens where a file name, a host or a number belongs, and the message quotes what was wrong.
#[test]
fn no_message_about_arguments_repeats_a_token() {
    let commands: &[&[&str]] = &[
        &["check", "--as", "@"],
        &["check", "--today", "@", "x"],
        &["inventory", "--format", "@"],
        &["classify", "--format", "@"],
        &["plan", "allowlist", "--gitlab-version", "@"],
        &["plan", "rotation", "--within", "@"],
        &["plan", "incident", "@"],
        &["plan", "@"],
        &["choose", "--for", "@"],
        &["permits", "@", "/projects/1"],
        &["permits", "GET", "@"],
        &["diff", "@", "@"],
        &["explain", "@"],
        &["demo", "--@"],
        &["@"],
        &["check", "--fail-on=@", "x"],
        &["check", "--token-prefix", "@", "--jobs", "@"],
        &["check", "--config", "@", "@"],
    ];
    for (index, kind) in BY_THEMSELVES.iter().enumerate() {
        for arguments in commands {
            let token = fake::token(*kind, index as u64);
            let with_token = |argument: &&str| argument.replace('@', &token);
            let arguments: Vec<String> = arguments.iter().map(with_token).collect();
            let answer = support::leastwise(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            let output = format!("{}{}", answer.stdout, answer.stderr);
            support::assert_no_piece_of(&token, &output);
            assert!(!output.is_empty(), "{:?} says nothing", &arguments[..1]);
        }
    }
}

#[test]
fn no_command_prints_a_piece_of_what_it_is_given() {
    for (index, (name, place)) in PLACES.iter().enumerate() {
        let kind = BY_THEMSELVES[index % BY_THEMSELVES.len()];
        let token = fake::token(kind, index as u64);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, place.replace('@', &token)).unwrap();
        let file = file.to_str().unwrap();
        for arguments in [
            vec!["check", file],
            vec!["check", "--format", "json", file],
            vec!["check", "--format", "ndjson", "--color", "always", file],
            vec!["inventory", file],
            vec!["inventory", "--format", "json", file],
        ] {
            let answer = support::leastwise(&arguments);
            support::assert_no_piece_of(&token, &format!("{}{}", answer.stdout, answer.stderr));
        }
        for format in ["text", "json"] {
            let answer = support::leastwise_with_stdin(&["classify", "--format", format], token.as_bytes());
            support::assert_no_piece_of(&token, &format!("{}{}", answer.stdout, answer.stderr));
        }
    }
}
