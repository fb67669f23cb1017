//! The scanner: where in a text stands a credential, and of which kind?
//!
//! Written by hand, since it is what we exist for: one pass finds candidates, a verifier per grammar decides. What it
//! gives back is kind and place ([`Found`]); the characters stay in the text.

mod bytes;
mod conceal;
mod context_forms;
mod cuts;
mod edges;
mod grammar;
mod jwt;
mod loose;
mod placeholder;
mod private_key;
mod routable;
mod runs;
mod scanner;
#[cfg(test)]
mod tests;
mod unhide;
mod work;
mod wrapped;

pub use conceal::conceal;

use serde::{Deserialize, Serialize};

use crate::catalog::TokenType;
use crate::report::{Confidence, CredentialType};
use crate::secret::Masked;
use crate::source::Span;
use crate::text::Name;
use crate::time::Timestamp;

/// What a routable token's payload says in clear
/// (<https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/>).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// `o`: organization.
    pub organization: Option<u64>,
    /// `u`: user, for project and group access tokens the bot.
    pub user: Option<u64>,
    /// `p`: project.
    pub project: Option<u64>,
    /// `g`: group.
    pub group: Option<u64>,
    /// `c`: cell.
    pub cell: Option<u64>,
    /// `t`: 1 instance, 2 group, 3 project runner.
    pub runner_type: Option<u64>,
}

/// Does the token carry a checksum, and does it hold?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    /// It holds: well-formed, made by GitLab's generator (not: live).
    Valid,
    /// The shape is a routable token's and the check fails: damaged or made up.
    Invalid,
    /// This form has none.
    Absent,
}

/// What a token was wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Base64 of the token, or of a text with it.
    Base64,
    /// Percent-encoding.
    Url,
    /// Base64 of `user:password`.
    Base64Userpass,
}

/// What a JWT's claims say; nothing of it is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwtFacts {
    /// `exp`.
    pub expires: Option<Timestamp>,
    /// The job's number, from `sub` or `job_id`.
    pub job: Option<u64>,
    /// `iss`, the instance.
    pub issuer: Option<Name>,
    /// `project_path`.
    pub project: Option<Name>,
    /// The kind of the long-lived credential that the claims carry in clear: a dependency proxy's JWT does. It stands
    /// inside the JWT's span and has no span of its own.
    pub embedded: Option<TokenType>,
}

/// A credential found in a text. Holds no character of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The whole token in the scanned text, its prefix (instance prefix included) as well.
    pub span: Span,
    /// Its pieces, where something stands between them (a runner's timestamp, a colour code): `span` then reaches from
    /// the first to the last. Empty for a token in one piece.
    pub parts: Vec<Span>,
    /// Its kind.
    pub kind: CredentialType,
    /// The other kinds that cannot be told from it.
    pub could_be: &'static [TokenType],
    /// What may be shown.
    pub masked: Masked,
    /// Checksum, where the form has one.
    pub checksum: Checksum,
    /// The decoded numbers of a routable token.
    pub routing: Option<Box<Routing>>,
    /// What it was wrapped in, outermost first.
    pub encoding: Vec<Encoding>,
    /// The instance's own prefix before the standard one, when it is known to be one (told by the user, or proven by a checksum).
    pub instance_prefix: Option<Name>,
    /// What a JWT says.
    pub jwt: Option<Box<JwtFacts>>,
    /// How sure.
    pub confidence: Confidence,
}

impl Found {
    /// The places that hold its characters, at least one.
    #[must_use]
    pub fn pieces(&self) -> &[Span] {
        if self.parts.is_empty() { std::slice::from_ref(&self.span) } else { &self.parts }
    }
}

/// Finds every credential in `text`, in order of their start, not overlapping. `token_prefixes` are the instance's own.
#[must_use]
pub fn scan(text: &str, token_prefixes: &[String]) -> Vec<Found> {
    scanner::Scanner::new(text.as_bytes(), token_prefixes).scan()
}

/// The same in bytes that need not be characters.
pub(crate) fn scan_bytes(text: &[u8], token_prefixes: &[String]) -> Vec<Found> {
    scanner::Scanner::new(text, token_prefixes).scan()
}

/// So often a text is masked again before nothing of it is shown at all.
const MASKINGS: usize = 4;

/// `text` with everything replaced that must not be shown: each credential and what only looks like one ([`conceal`]),
/// and with what is glued to one left out ([`glued`]). For names and other short texts of the input.
///
/// What is left of a text may look like a credential though the whole did not: behind a told prefix of one character
/// nearly everything does. So it is masked until nothing is left to hide, and masking it again changes nothing.
#[must_use]
pub fn mask_all(text: &str, token_prefixes: &[String]) -> String {
    let mut shown = text.to_owned();
    for _ in 0..MASKINGS {
        let hidden = conceal(&shown, token_prefixes);
        if hidden.is_empty() {
            return shown;
        }
        shown = replace(&shown, &hidden);
    }
    "…".to_owned()
}

/// `text` with each of `hidden`, and what is glued to it, replaced.
fn replace(text: &str, hidden: &[(Span, Masked)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, masked) in hidden {
        if span.end <= at {
            continue;
        }
        let before = glued_before(text, at, span.start);
        out.push_str(text.get(at..before).unwrap_or_default());
        if before < span.start {
            out.push('…');
        }
        out.push_str(&masked.to_string());
        at = glued(text, span.end);
        if at > span.end {
            out.push('…');
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Where the run of token characters begins that ends at `start`, the start of a credential, and not before `from`; `start`
/// itself for a run shorter than 24, which a name before the credential may be.
pub(crate) fn glued_before(text: &str, from: usize, start: usize) -> usize {
    let before = text.as_bytes().get(from..start).unwrap_or_default();
    // `%` as well: a percent-encoded character in the run is one of the token's own.
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%');
    let run = before.iter().rev().take_while(|byte| is_token(byte)).count();
    if run < 24 { start } else { start - run }
}

/// Where the run of token characters ends that begins at `end`, the end of a credential; `end` itself for a run shorter than
/// eight. Two credentials pasted without anything between them are seen as one and a rest: the rest is not shown either.
pub(crate) fn glued(text: &str, end: usize) -> usize {
    let rest = text.as_bytes().get(end..).unwrap_or_default();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=');
    let run = rest.iter().take_while(|byte| is_token(byte)).count();
    if run < 8 { end } else { end + run }
}
