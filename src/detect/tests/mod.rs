//! What the scanner finds, leaves and costs.

#![allow(clippy::string_slice)] // Tests may cut where they know the text.

mod candidates;
mod conceal;
mod forms;
mod hidden;
mod private_key;
mod properties;
mod routable;
mod rules;
mod wrapped;

use super::*;

/// Type, matched text, of each found token.
fn seen(text: &str) -> Vec<(&'static str, &str)> {
    scan(text, &[]).iter().map(|found| (found.kind.id(), &text[found.span.range()])).collect()
}

/// The one token of a text.
fn only(text: &str, prefixes: &[String]) -> Found {
    let found = scan(text, prefixes);
    assert_eq!(found.len(), 1, "{} characters, found {found:?}", text.len());
    found.into_iter().next().unwrap()
}

/// Asserts that `token`, somewhere in `text`, is all that is found, whole, and of this kind.
#[track_caller]
fn finds(text: &str, token: &str, kind: TokenType) -> Found {
    let found = only(text, &[]);
    let start = text.find(token).unwrap();
    assert_eq!(found.span, Span::new(start, start + token.len()), "the span of a {}", kind.id());
    assert_eq!(found.kind.id(), kind.id());
    found
}

#[track_caller]
fn finds_nothing(text: &str) {
    let found = scan(text, &[]);
    assert!(found.is_empty(), "{found:?}");
}

/// A body that no rule objects to, 20 characters.
const BODY: &str = "Qz7WkR3tYbNm5sK9mPqT";
