//! This repository, read as anybody's: nothing in it looks like a token, neither to our own command nor to a scanner that knows no
//! more than shapes. Tokens of tests are made when they run, so that nobody's scanner stops at a clone of it.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use std::path::Path;

use leastwise::catalog::TokenType;
use leastwise::fake;
use serde_json::Value;

/// The report of our own command over the repository, without what git ignores.
fn report() -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let answer = support::leastwise(&["check", "--format", "json", "--fail-on", "none", "--today", "2026-11-20", root]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

/// Fixtures with passwords of other tools, which have no shape: made up, and words. In every one of them the finding is meant.
const PASSWORDS: &[&str] = &["src/catalog/messages.csv", "tests/fixtures/exports/"];

#[test]
fn our_own_command_finds_no_credential_here_but_those_that_are_meant() {
    let report = report();
    let inputs = report["inputs"].as_array().unwrap();
    assert!(inputs.len() > 500, "the repository was read: {} files", inputs.len());
    let found: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "exposed-token")
        .map(|finding| (finding, finding["input"].as_str().unwrap()))
        .filter(|(finding, input)| {
            let meant = PASSWORDS.iter().any(|meant| input.contains(meant));
            finding["token"]["type"] != "generic_password" || !meant
        })
        .map(|(finding, input)| format!("{input}:{}: {}", finding["line"], finding["token"]["masked"]))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// A prefix and so many characters behind it: what most scanners look for, placeholders included.
fn shapes() -> Vec<(String, usize)> {
    let of = |kind: &TokenType| {
        let token = fake::token(*kind, 1);
        let body = support::body(&token);
        let prefix = token.strip_suffix(body)?.to_owned();
        (!prefix.is_empty()).then_some((prefix, body.len().min(20)))
    };
    let mut shapes: Vec<_> = TokenType::ALL.iter().filter_map(of).collect();
    shapes.sort();
    shapes.dedup();
    shapes
}

fn is_body(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Where a text has such a shape, or that of a JSON web token.
fn shaped(text: &str, shapes: &[(String, usize)]) -> Option<usize> {
    let body = |from: usize| text.as_bytes()[from..].iter().take_while(|&byte| is_body(byte)).count();
    let prefixed = shapes.iter().find_map(|(prefix, least)| {
        text.match_indices(prefix).find(|(at, _)| body(at + prefix.len()) >= *least).map(|(at, _)| at)
    });
    let mut headers = text.match_indices("eyJ").map(|(at, _)| at);
    prefixed.or_else(|| {
        headers.find(|&at| {
            let dot = at + body(at);
            dot - at >= 20 && text[dot..].starts_with(".eyJ") && body(dot + 1) >= 20
        })
    })
}

#[test]
fn no_file_has_a_tokens_shape_not_even_a_placeholder() {
    let shapes = shapes();
    assert!(shapes.len() > 15 && shapes.iter().any(|(prefix, _)| prefix == "glpat-"), "{shapes:?}");
    let whole = format!("x {} y", fake::token(TokenType::DeployToken, 3));
    assert_eq!(shaped(&whole, &shapes), Some(2));
    assert_eq!(shaped(&fake::job_jwt(3), &shapes), Some(0));
    let mut found = Vec::new();
    for input in report()["inputs"].as_array().unwrap() {
        let name = input["name"].as_str().unwrap();
        let Ok(text) = std::fs::read_to_string(Path::new(name)) else { continue };
        if let Some(at) = shaped(&text, &shapes) {
            found.push(format!("{name}:{}", text[..at].matches('\n').count() + 1));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
