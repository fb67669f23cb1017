use super::*;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Base64 that no library made: a repeated row of bytes.
fn body(bytes: usize) -> String {
    BASE64_STANDARD.encode((0..bytes).map(|at| (at * 37 % 251) as u8).collect::<Vec<_>>())
}

fn block(label: &str, bytes: usize, newline: &str) -> String {
    let body = body(bytes);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----{newline}{}{newline}-----END {label}-----", lines.join(newline))
}

#[track_caller]
fn finds_key(text: &str, span: Span) -> Found {
    let found = only(text, &[]);
    assert_eq!((found.kind, found.span), (CredentialType::PrivateKey, span), "{text}");
    assert_eq!(found.masked.to_string(), "-----BEGIN …");
    found
}

#[test]
fn blocks_are_found_whole_in_every_dress() {
    for label in [
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "DSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        for newline in ["\n", "\r\n", "\n      ", "\\n", "\\r\\n", "\\\\n", "\\n\" +\n  \""] {
            for bytes in [48, 300, 2300] {
                let key = block(label, bytes, newline);
                let text = format!("key: \"{key}\"\nnext: 1\n");
                let found = finds_key(&text, Span::new(6, 6 + key.len()));
                let sure = if label.starts_with("ENC") { Confidence::Likely } else { Confidence::Certain };
                assert_eq!(found.confidence, sure);
            }
        }
    }
}

#[test]
fn one_that_was_cut_reaches_to_its_last_line() {
    let key = block("RSA PRIVATE KEY", 300, "\n");
    let cut = &key[..key.len() - 40];
    let text = format!("{cut}\n\nAnd so on, as it stands in the wiki.\n{key}\n");
    let found = scan(&text, &[]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].span.start, 0);
    assert!(found[0].span.end >= cut.len() - 4 && found[0].span.end <= cut.len(), "{:?}", found[0].span);
    assert_eq!(found[1].span.end, text.len() - 1);
}

#[test]
fn a_key_in_base64_is_found_there() {
    let key = block("OPENSSH PRIVATE KEY", 300, "\n") + "\n";
    let encoded = BASE64_STANDARD.encode(key.as_bytes());
    let text = format!("data:\n  ssh-privatekey: {encoded}\n");
    let found = finds_key(&text, Span::new(24, 24 + encoded.len()));
    assert_eq!(found.encoding, [Encoding::Base64]);
}

#[test]
fn what_speaks_of_a_key_is_none() {
    for text in [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nPut the key that the administrator of the server gave you into this place and save it\n-----END PRIVATE KEY-----",
        "grep -q -- '-----BEGIN OPENSSH PRIVATE KEY-----' \"$FILE\" && echo this file must not be committed to the repository",
        "-----BEGIN (RSA|EC|DSA) PRIVATE KEY-----[A-Za-z0-9+/=]{64,}-----END",
        "-----BEGIN PRIVATE KEY-----\n$DEPLOY_KEY\n-----END PRIVATE KEY-----",
    ] {
        finds_nothing(text);
    }
    finds_nothing(&block("CERTIFICATE", 900, "\n"));
    finds_nothing(&block("PUBLIC KEY", 300, "\n"));
    let filler = "x".repeat(64);
    finds_nothing(&format!("-----BEGIN PRIVATE KEY-----\n{filler}\n{filler}\n-----END PRIVATE KEY-----"));
}

#[test]
fn many_beginnings_cost_no_more_than_their_length() {
    let unit = "-----BEGIN PRIVATE KEY-----aaaa ";
    let cost = |times: usize| work::of(|| scan(&unit.repeat(times), &[])).1 as f64 / times as f64;
    assert!(cost(4000) < cost(400) * 1.2);
}
