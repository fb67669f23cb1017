//! Is a field's value a credential, and of which kind?

use std::ops::Range;

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};

use super::fields::Field;
use crate::catalog::{FieldHolds, TokenType, credential_name};
use crate::detect::{Checksum, Encoding, Found};
use crate::report::{Confidence, CredentialType};
use crate::secret::Masked;
use crate::source::Span;

/// Values that stand for something else: names of variables, templates, references to a store.
const REFERENCES: &[&str] = &[
    "$",
    "%",
    "{{",
    "<",
    "op://",
    "vault:",
    "ENC[",
    "env(",
    "env.",
    "process.env",
    "${",
    "[MASKED]",
    "!",
    "arn:",
    "file:",
    "keychain:",
];

/// Values that people write where a password would stand.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "pass",
    "password",
    "passwd",
    "secret",
    "token",
    "example",
    "todo",
    "none",
    "null",
    "true",
    "false",
    "test",
    "dummy",
    "placeholder",
    "redacted",
    "your-token",
    "your_token",
    "xxx",
];

/// The credential in a field, if there is one.
pub(super) fn judge(field: &Field, holds: FieldHolds) -> Option<Found> {
    let text = field.value.text();
    let whole = || field.value.span();
    match holds {
        FieldHolds::Token(kind) => {
            // No token holds a blank or a letter of another script: that is somebody's description of where to get one.
            (secret(text) && text.bytes().all(|byte| byte.is_ascii_graphic()))
                .then(|| found(whole(), CredentialType::Token(kind), Vec::new(), Confidence::Likely))
        }
        FieldHolds::Password => {
            // What stands in the field may be a token of a known kind: then the scanner has it, kind and all.
            secret(text).then(|| found(whole(), CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
        }
        FieldHolds::PrivateKey => text
            .contains("PRIVATE KEY")
            .then(|| found(whole(), CredentialType::PrivateKey, Vec::new(), Confidence::Certain)),
        FieldHolds::PasswordBase64 => {
            let inside = decode(text)?;
            secret(&inside)
                .then(|| found(whole(), CredentialType::GenericPassword, vec![Encoding::Base64], Confidence::Likely))
        }
        FieldHolds::UserPassBase64 => {
            let inside = decode(text)?;
            let (_, password) = inside.split_once(':')?;
            secret(password).then(|| {
                found(whole(), CredentialType::GenericPassword, vec![Encoding::Base64Userpass], Confidence::Likely)
            })
        }
        FieldHolds::Secret => named(field).then(|| of_secret(text, whole(), Vec::new())).flatten(),
        FieldHolds::SecretBase64 => {
            let inside = decode(text)?;
            if named(field) {
                return of_secret(&inside, whole(), vec![Encoding::Base64]);
            }
            // Docker's logins in a Secret: encoded twice.
            let logins = field.path.last().is_some_and(|key| key.starts_with(".docker"));
            let inner = inside.split_once("\"auth\"").and_then(|(_, rest)| {
                let value = rest.split('"').nth(1)?;
                decode(value)?.split_once(':').map(|(_, password)| secret(password))
            });
            (logins && inner == Some(true)).then(|| {
                let layers = vec![Encoding::Base64, Encoding::Base64Userpass];
                found(whole(), CredentialType::GenericPassword, layers, Confidence::Likely)
            })
        }
        FieldHolds::Environment => {
            let (name, _) = text.split_once('=')?;
            let span = field.value.place(name.len() + 1..text.len());
            let value = text.get(name.len() + 1..)?;
            (credential_name(name).is_some() && secret(value))
                .then(|| found(span, CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
        }
        FieldHolds::Header => {
            let value = text.strip_prefix("Bearer ").unwrap_or(text);
            if let Some(encoded) = text.strip_prefix("Basic ") {
                let inside = decode(encoded)?;
                let (_, password) = inside.split_once(':')?;
                let span = field.value.place(text.len() - encoded.len()..text.len());
                return secret(password).then(|| {
                    found(span, CredentialType::GenericPassword, vec![Encoding::Base64Userpass], Confidence::Likely)
                });
            }
            let span = field.value.place(text.len() - value.len()..text.len());
            secret(value).then(|| found(span, CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
        }
        FieldHolds::HeaderLine => {
            let (_, value) = text.split_once(':').filter(|(name, _)| is_header(name))?;
            let value = field.value.part(text.len() - value.trim_start().len()..text.len());
            judge(&Field { path: field.path.clone(), value, group: field.group }, FieldHolds::Header)
        }
        FieldHolds::UserPass => {
            let (_, password) = text.split_once(':').filter(|(user, _)| !user.contains(['/', ' ']))?;
            let span = field.value.place(text.len() - password.len()..text.len());
            (secret(password) && !password.starts_with("//"))
                .then(|| found(span, CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
        }
        FieldHolds::Ident => {
            judge(field, if text.contains(':') { FieldHolds::UserPass } else { FieldHolds::UserPassBase64 })
        }
        FieldHolds::Helper => {
            let start = text.find("password=")? + "password=".len();
            let value = text.get(start..)?;
            let length = value.find([';', '"', '\'', ' ']).unwrap_or(value.len());
            let span = field.value.place(start..start + length);
            secret(value.get(..length)?)
                .then(|| found(span, CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
        }
        FieldHolds::RunnerConfig => None,
        FieldHolds::Named => {
            if let Some(found) = in_address(field) {
                return Some(found);
            }
            (named(field) && secret(text))
                .then(|| found(whole(), CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
        }
        FieldHolds::Address => in_address(field),
        FieldHolds::Reference => None,
    }
}

/// The headers in which GitLab takes a credential, and its session's cookie
/// (<https://docs.gitlab.com/api/rest/authentication/>).
pub(super) fn is_header(name: &str) -> bool {
    ["private-token", "authorization", "job-token", "deploy-token", "x-gitlab-token", "runner-token", "_gitlab_session"]
        .contains(&name.trim().to_ascii_lowercase().as_str())
}

fn of_secret(text: &str, span: Span, layers: Vec<Encoding>) -> Option<Found> {
    if text.contains("PRIVATE KEY-----") {
        return Some(found(span, CredentialType::PrivateKey, layers, Confidence::Certain));
    }
    secret(text).then(|| found(span, CredentialType::GenericPassword, layers, Confidence::Likely))
}

/// Does the field's own name say that it holds a credential? `stringData.password`, `ssh-privatekey`, `gitLabPrivateToken`.
fn named(field: &Field) -> bool {
    let Some(key) = field.path.last() else { return false };
    // `gitLabPrivateToken` becomes `GIT_LAB_PRIVATE_TOKEN`.
    let mut name = String::new();
    let mut lower = false;
    for character in key.chars() {
        if character.is_ascii_uppercase() && lower {
            name.push('_');
        }
        lower = character.is_ascii_lowercase();
        name.push(if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' });
    }
    let name = name.trim_matches('_');
    credential_name(name).is_some() || ["SSH_PRIVATEKEY", "TLS_KEY", "BEARER_TOKEN"].contains(&name)
}

/// The password in an address.
fn in_address(field: &Field) -> Option<Found> {
    let text = field.value.text();
    let (_, range) = userinfo(text)?;
    secret(text.get(range.clone())?)
        .then(|| found(field.value.place(range), CredentialType::GenericPassword, Vec::new(), Confidence::Likely))
}

/// The password before the `@` of an address, its place, and the scheme.
pub(super) fn userinfo(text: &str) -> Option<(&str, Range<usize>)> {
    let at = text.find("://")?;
    let rest = text.get(at + 3..)?;
    let end = rest.find(['/', ' ', '"', '\'', '<', '>', '\n', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let sign = authority.rfind('@')?;
    let colon = authority.get(..sign)?.find(':')?;
    let (start, stop) = (at + 3 + colon + 1, at + 3 + sign);
    Some((text.get(..at)?, start..stop)).filter(|_| start < stop)
}

fn decode(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let bytes = compact.as_bytes();
    let decoded = BASE64_STANDARD.decode(bytes).or_else(|_| BASE64_STANDARD_NO_PAD.decode(bytes)).ok()?;
    String::from_utf8(decoded).ok()
}

/// What stands in for a variable that is not set: `${NAME:-value}`.
fn default_of(text: &str) -> Option<&str> {
    let (name, default) = text.strip_prefix("${")?.strip_suffix('}')?.split_once(":-")?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some(default)
}

/// Is this a value, and not a reference or a placeholder?
fn secret(text: &str) -> bool {
    let text = text.trim();
    if let Some(default) = default_of(text) {
        return secret(default);
    }
    let lower = text.to_ascii_lowercase();
    if text.len() < 4 || REFERENCES.iter().any(|sign| text.starts_with(sign)) {
        return false;
    }
    if text.contains("${")
        || text.contains("{{")
        || text.contains("$[[")
        || text.starts_with('{') && text.ends_with('}')
    {
        return false;
    }
    // Who writes Chinese or Japanese without a blank into a password's place writes what belongs there.
    let is_sentence = text.chars().any(|character| ('\u{2e80}'..='\u{fffd}').contains(&character));
    if is_name_of_one(text) || only_words(&lower) || is_sentence || (!text.is_ascii() && text.contains(' ')) {
        return false;
    }
    let mut different: Vec<char> = text.chars().take(64).collect();
    different.sort_unstable();
    different.dedup();
    different.len() > 2
        && !PLACEHOLDERS.contains(&lower.as_str())
        && !lower.starts_with("your")
        && !lower.contains("placeholder")
        && !lower.contains("changeme")
        && !lower.contains("xxxx")
        && !lower.contains("****")
        && !lower.contains("example-token")
}

/// `PROJECT_REGISTRATION_TOKEN`, `INSERT-TOKEN-HERE`: what a manual writes where the value would stand.
fn is_name_of_one(text: &str) -> bool {
    let words: Vec<&str> = text.split(['_', '-']).collect();
    words.len() > 1
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase()))
        && words.iter().any(|word| matches!(*word, "TOKEN" | "PASSWORD" | "SECRET" | "KEY" | "HERE" | "PASS"))
}

/// Words of which manuals put together what they write in a credential's place: `my_gitlab_token`, `your-password-here`.
pub(super) const MANUAL: &[&str] = &[
    "a",
    "access",
    "account",
    "actual",
    "admin",
    "alphanumeric",
    "and",
    "api",
    "app",
    "auth",
    "authentication",
    "bot",
    "change",
    "ci",
    "credentials",
    "deploy",
    "enter",
    "example",
    "fake",
    "fill",
    "from",
    "generated",
    "get",
    "git",
    "github",
    "gitlab",
    "goes",
    "group",
    "here",
    "in",
    "insert",
    "is",
    "it",
    "job",
    "key",
    "long",
    "me",
    "my",
    "name",
    "new",
    "npm",
    "oauth",
    "of",
    "or",
    "pass",
    "passwd",
    "password",
    "paste",
    "pat",
    "personal",
    "plain",
    "private",
    "project",
    "put",
    "random",
    "read",
    "registration",
    "registry",
    "replace",
    "runner",
    "sample",
    "secret",
    "set",
    "some",
    "string",
    "strong",
    "super",
    "test",
    "the",
    "this",
    "to",
    "token",
    "user",
    "username",
    "value",
    "very",
    "with",
    "write",
    "your",
];

/// Several words with something between them, and all of them a manual's? No generator makes that.
fn only_words(lower: &str) -> bool {
    let words = || lower.split(['_', '-', ' ', '.']).filter(|word| !word.is_empty());
    words().count() > 1 && words().all(|word| MANUAL.binary_search(&word).is_ok())
}

/// Passwords are shown without a length: somebody chose it. A token's length is its kind's own.
fn found(span: Span, kind: CredentialType, encoding: Vec<Encoding>, confidence: Confidence) -> Found {
    Found {
        span,
        parts: Vec::new(),
        kind,
        could_be: could_be(kind),
        masked: Masked::new("", None),
        checksum: Checksum::Absent,
        routing: None,
        encoding,
        instance_prefix: None,
        jwt: None,
        confidence,
    }
}

/// A value in the old form, without prefix, shows no more than its field does.
const fn could_be(kind: CredentialType) -> &'static [TokenType] {
    match kind {
        CredentialType::Token(TokenType::PersonalAccessToken) => &[
            TokenType::ProjectAccessToken,
            TokenType::GroupAccessToken,
            TokenType::ImpersonationToken,
            TokenType::ServiceAccountToken,
        ],
        _ => &[],
    }
}
