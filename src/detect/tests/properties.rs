//! What holds for every text: exact spans in random surroundings, no panic, nothing found in what is masked, agreement
//! with a slow reference, and time that grows with the text.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::fake;

fn kind() -> impl Strategy<Value = TokenType> {
    proptest::sample::select(TokenType::ALL)
}

/// Text without anything that belongs to a token, with an edge on each side.
fn surroundings() -> impl Strategy<Value = String> {
    "([ -,:-@\\[-`{-~äß漢\n\t]|[a-z]{1,9}[ ,;\n]|https://[a-z]{1,9}/|\\$\\{[A-Z_]{1,9}\\}){0,30}[ \"'(\n,;|äß]"
}

proptest! {
    #[test]
    fn made_up_tokens_are_found_whole_in_any_surroundings(
        parts in proptest::collection::vec((surroundings(), kind(), 0..1000u64), 1..6),
        last in surroundings(),
    ) {
        let mut text = String::new();
        let mut want = Vec::new();
        for (before, kind, seed) in parts {
            text.push_str(&before);
            let token = fake::token(kind, seed);
            if scan(&token, &[]).is_empty() {
                continue; // A kind without a mark.
            }
            want.push(Span::new(text.len(), text.len() + token.len()));
            text.push_str(&token);
            text.push(' ');
        }
        text.push(' ');
        text.push_str(&last);
        let found: Vec<_> = scan(&text, &[]).iter().map(|found| found.span).collect();
        prop_assert_eq!(found, want);
    }

    #[test]
    fn routable_tokens_are_found_whole_with_any_prefix(
        prefix in "[a-zA-Z0-9_+=/@:.-]{0,20}",
        known in proptest::sample::select(vec!["", "-glpat-", "-glrt-", "-gldt-", "-glagent-"]),
        before in "[^a-zA-Z0-9_+=/@:.%\\\\;\\[-]{0,20}",
        payload in "(c:[0-9a-z]{1,3}\n)?o:[0-9a-z]{1,6}(\nu:[0-9a-z]{1,9})?",
        seed in any::<u64>(),
    ) {
        let token = fake::routable(&format!("{prefix}{known}"), &payload, seed);
        let text = format!("{before}{token}");
        let found = only(&text, &[]);
        prop_assert_eq!(found.checksum, Checksum::Valid);
        prop_assert_eq!(found.span, Span::new(before.len(), text.len()));
    }

    #[test]
    fn no_text_makes_it_panic_and_masked_text_has_no_token(
        text in "(\\PC|[\n\r\u{1b}]|glpat-|eyJ|\\.|[A-Za-z0-9_-]{20}|[a-f0-9]{64}|whsec_|_gitlab_session=|oauth2:|@|%2D|Z2xwYXQt){0,60}",
        told in proptest::collection::vec("[a-z.=-]{0,5}|[a-zA-Z0-9_+=/@:.-]", 0..3),
    ) {
        let found = scan(&text, &told);
        for pair in found.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start);
        }
        for one in &found {
            prop_assert!(text.get(one.span.range()).is_some_and(|part| !part.is_empty()));
        }
        let masked = mask_all(&text, &told);
        prop_assert!(scan(&masked, &told).is_empty(), "{}", masked);
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let _ = (scan(&text, &[]), mask_all(&text, &[]));
        let _ = scan(&BASE64_STANDARD.encode(&bytes), &[]);
    }

    /// Blocks and windows are a way to go through a text quickly: what is found does not depend on where they end.
    #[test]
    fn a_plain_walk_over_the_bytes_finds_the_same(
        parts in proptest::collection::vec((
            "([a-z ]{0,30}|[ -~]{0,40}|[0-9a-f]{40}|\u{1b}\\[[0-9;]{0,4}m|eyJ|%2D|\\\\u002d|[éß漢\n]{0,9}){0,6}",
            prop_oneof![Just(0_usize), 0..200_usize, 3_800..4_300_usize],
            kind(),
            0..1000_u64,
            0..4_u8,
        ), 1..7),
        told in proptest::collection::vec("[a-z]{1,4}-", 0..2),
    ) {
        let mut text = String::new();
        for (before, filler, kind, seed, form) in parts {
            text.push_str(&before);
            text.push_str(&"filler and word-with-hyphens, ".repeat(filler / 30));
            text.push_str(&"x".repeat(filler % 30));
            let token = fake::token(kind, seed);
            text.push_str(&match form {
                0 => token,
                1 => format!(" {token} "),
                2 => format!("={}", token.replace('-', "%2D")),
                _ => format!(" {} ", BASE64_STANDARD.encode(format!("user:{token}").as_bytes())),
            });
        }
        prop_assert_eq!(scan(&text, &told), scanner::Scanner::new(text.as_bytes(), &told).scan_plainly());
    }

    /// The plain forms again, by regular expressions and the rules about edges and placeholders written out.
    #[test]
    fn a_slow_reference_finds_the_same(
        text in "(gl(pat|dt|oas|ptt|rct|soat|ffct|ft|et)[-_]|GR1348941|[ .,:\"x_-]|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9A-Za-z_-]{19,21}){0,12}",
    ) {
        // Two bodies with a dot between look like a routable token with a wrong checksum: no plain form.
        let plain = |found: &&Found| found.checksum == Checksum::Absent;
        let got: Vec<_> =
            scan(&text, &[]).iter().filter(plain).map(|found| (found.kind.id(), found.span.start, found.span.end)).collect();
        prop_assert_eq!(got, reference(&text));
    }
}

type Form = (&'static str, Regex, usize, bool);

/// Kind, pattern, length of the prefix, whether a hyphen may follow.
static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let body = "[0-9A-Za-z_-]{20}";
    [
        ("personal_access_token", "glpat-", body, false),
        ("deploy_token", "gldt-", body, false),
        ("runner_controller_token", "glrct-", body, false),
        ("scim_token", "glsoat-", body, false),
        ("feature_flags_client_token", "glffct-", body, false),
        ("feed_token", "glft-", body, false),
        ("runner_registration_token", "GR1348941", body, false),
        ("oauth_application_secret", "gloas-", "[0-9a-f]{64}", true),
        ("pipeline_trigger_token", "glptt-", "[0-9a-f]{40}", true),
        ("error_tracking_client_key", "glet_", "[0-9a-f]{32}", true),
    ]
    .map(|(kind, prefix, body, hyphen)| (kind, Regex::new(&format!("^{prefix}{body}")).unwrap(), prefix.len(), hyphen))
    .into()
});

fn reference(text: &str) -> Vec<(&'static str, usize, usize)> {
    let mut found = Vec::new();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (start, _) in text.match_indices(['g', 'G']) {
        for (kind, pattern, prefix, hyphen_may_follow) in FORMS.iter() {
            let Some(matched) = pattern.find(&text[start..]) else { continue };
            let end = start + matched.end();
            let left = !text[..start].ends_with(word);
            let right = !text[end..].starts_with(word) && (*hyphen_may_follow || !text[end..].starts_with('-'));
            if left && right && !placeholder::is_placeholder(&text.as_bytes()[start + prefix..end]) {
                found.push((*kind, start, end));
            }
        }
    }
    // Where two share characters, the first one counts.
    found.sort_by_key(|found| found.1);
    let mut end = 0;
    found.retain(|found| {
        let free = found.1 >= end;
        end = if free { found.2 } else { end };
        free
    });
    found
}

/// Texts made to cost a scanner more than they are long.
fn hostile(size: usize) -> Vec<(&'static str, String)> {
    let repeat = |unit: &str| unit.repeat(size / unit.len() + 1);
    let routable = fake::routable("glpat-", "o:1\nu:16", 1);
    let broken = routable.replace(".01.", ".01.0");
    vec![
        ("prefixes without bodies", repeat("glpat-")),
        ("prefixes of feeds", repeat("glft-")),
        ("prefixes of job JWTs", repeat("glcbt-eyJ-")),
        ("heads of JWTs", repeat("eyJ")),
        ("heads of JWTs with dots", repeat("eyJ.")),
        ("heads of JWTs with dots and bodies", repeat("eyJhbGciOiJIUzI1NiJ9.")),
        ("one enormous word", repeat("aB3")),
        ("one enormous word of hexadecimal digits", repeat("b7e0c39a5d2f4816")),
        ("base64 of text", BASE64_STANDARD.encode(repeat("endless base64 of ordinary words ").as_bytes())),
        (
            "base64 of base64 of text",
            BASE64_STANDARD.encode(BASE64_STANDARD.encode(repeat("words, words ").as_bytes()).as_bytes()),
        ),
        ("paths", repeat("/builds/shop/web/a_directory_with_a_long_name")),
        ("tails of routable tokens", repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaa.01.0raaaaaaa:")),
        ("tails behind long words", repeat(&format!("{}.01.8caaaaaaa@", "a+b=".repeat(5) + &"glpat-".repeat(50)))),
        ("damaged routable tokens", repeat(&format!("{broken} "))),
        ("routable tokens", repeat(&format!("{routable}\n"))),
        ("short tokens", repeat(&format!("glpat-{BODY}\n"))),
        ("tokens one character too long", repeat(&format!("glpat-{BODY}x\n"))),
        ("signing prefixes", repeat("whsec_")),
        ("session prefixes", repeat("_gitlab_session=")),
        ("lines of base64", repeat(&format!("{}\n", "Z2l0bGFi".repeat(9)))),
        ("hyphens", repeat("-")),
        ("terminal escapes", repeat("\u{1b}[31m")),
        ("percent signs", repeat("%2D%5F")),
        ("percent signs of percent signs", repeat("%25")),
        ("single percent signs", repeat("%")),
        ("words with a mark each", repeat("aaaaaaaaaaaaaaaaaaaa%2Daaaaaaaaaaaaaaaaaaaa ")),
        ("one word with a mark at its end", format!("{}%2D", repeat("glpat-"))),
        ("escapes of JSON", repeat("\\u002d")),
        ("backslashes", repeat("\\")),
        ("ampersands", repeat("&#45;&")),
        ("open terminal sequences", repeat("\u{1b}[")),
        ("open titles of a terminal", repeat("\u{1b}]a")),
        ("spaces without width", repeat("a\u{200b}")),
        ("quotes", repeat("a\"")),
        ("pairs of quotes", repeat("a\" + \"")),
        ("quotes and blanks", repeat("a\"          \n         ")),
        ("one word in quotes and another", repeat(&format!("a\"{}", "b".repeat(300)))),
        ("prefixes at the ends of lines", repeat("glpat-\n")),
        ("prefixes cut by the ends of lines", repeat("glp\nat-a")),
        ("wrapped lines", repeat(&format!("{}\n", "glpat-aB3".repeat(9)))),
        ("colours without their escape", repeat("a[0;m")),
        ("open brackets", repeat("a[")),
        ("soft line breaks", repeat("a=\n")),
        ("contexts", repeat("gitlab-ci-token:gitlab-ci-token:@")),
        ("URLs", repeat("://:@")),
    ]
}

/// So many looks at each byte are few enough that a hostile text costs seconds where an ordinary one costs a moment, and
/// many enough for the 33 places where an unknown prefix may begin.
const LOOKS: usize = 90;

#[test]
fn a_hostile_text_costs_no_more_a_byte_when_it_is_longer() {
    for ((name, small), (_, large)) in hostile(5_000).into_iter().zip(hostile(50_000)) {
        for told in [&[][..], &[String::from("a"), String::from("gl")]] {
            let (_, few) = work::of(|| scan(&small, told));
            let (_, many) = work::of(|| scan(&large, told));
            let (few, many) = (few as f64 / small.len() as f64, many as f64 / large.len() as f64);
            assert!(many < few * 1.2 + 1.0, "{name}: {few:.1} looks a byte, then {many:.1}");
            assert!(many < LOOKS as f64, "{name}: {many:.1} looks a byte");
            let (_, few) = work::of(|| mask_all(&small, told));
            let (_, many) = work::of(|| mask_all(&large, told));
            let (few, many) = (few as f64 / small.len() as f64, many as f64 / large.len() as f64);
            assert!(many < few * 1.2 + 1.0, "masking {name}: {few:.1} looks a byte, then {many:.1}");
        }
    }
}

#[test]
fn a_million_candidates_are_all_looked_at() {
    let token = format!("glpat-{BODY}\n");
    assert_eq!(scan(&token.repeat(100_000), &[]).len(), 100_000);
    assert!(scan(&"glpat-".repeat(1_000_000), &[]).is_empty());
}

#[test]
fn what_is_left_behind_a_told_prefix_of_one_character_is_no_token() {
    for (text, told) in [
        ("_--0-0-Aa0___-A-_aA_eyJZ2xwYXQt", "-"),
        ("---aAaa_A0aa00AaAa0beyJa00a0aaaaaa0aa0a0a000a0aaaa0a0aa0a0a0aa000aa0aaaaa00ac2a3a4baa01", "-"),
    ] {
        let told = [String::from(told)];
        let masked = mask_all(text, &told);
        assert!(scan(&masked, &told).is_empty(), "{masked}");
        assert_eq!(mask_all(&masked, &told), masked);
    }
}

#[test]
fn every_character_that_may_be_a_told_prefix_hides_its_token_and_keeps_words() {
    for prefix in ('!'..='~').filter(|sign| sign.is_ascii_alphanumeric() || "_+=/@:.-".contains(*sign)) {
        let told = [String::from(prefix)];
        let masked = mask_all(&format!("key {prefix}{BODY} end"), &told);
        assert_eq!(masked, "key …(20) end", "{prefix}");
        let words = "deploy-prod of acme/payments/api at https://gitlab.example.com/acme?x=1";
        assert_eq!(mask_all(words, &told), words, "{prefix}");
    }
}

#[test]
fn what_is_left_of_an_encoded_run_that_is_masked_in_its_middle_is_no_token() {
    // Too long for a token, until its end is masked for another reason.
    let text =
        ["glpat-", "%2DAaA0aAAaaaaAAA01b2g", "aaaa0a00a", "a000aa000a0a000aa00a00aaaaaa00aaaaa00aa00aa000aaabfac1ed"]
            .concat();
    let masked = mask_all(&text, &[]);
    assert!(scan(&masked, &[]).is_empty(), "{masked}");
}

/// Each sign of ASCII on either side of each kind: found where it stands, and nothing more; never shown.
#[test]
fn every_punctuation_mark_on_either_side_leaves_a_token_whole() {
    let signs = || ('!'..='~').filter(char::is_ascii_punctuation);
    for kind in TokenType::ALL {
        let token = fake::token(*kind, 9);
        if scan(&token, &[]).is_empty() {
            continue; // A kind without a mark.
        }
        let body = support_body(&token);
        for (before, after) in signs().flat_map(|before| signs().map(move |after| (before, after))) {
            let text = format!("a{before}{token}{after}b");
            let shown = mask_all(&text, &[]);
            for piece in body.as_bytes().windows(8) {
                let piece = std::str::from_utf8(piece).unwrap();
                assert!(!shown.contains(piece), "{} between {before} and {after}: {shown}", kind.id());
            }
            if !belongs(*kind, before, after) {
                let found: Vec<_> = scan(&text, &[]).iter().map(|found| found.span).collect();
                assert_eq!(found, [Span::new(2, 2 + token.len())], "{} between {before} and {after}", kind.id());
            }
        }
    }
}

/// Can the sign be a character of the token itself, so that it is longer than its kind, or none?
fn belongs(kind: TokenType, before: char, after: char) -> bool {
    let hyphen_follows = matches!(
        kind,
        TokenType::OauthApplicationSecret
            | TokenType::PipelineTriggerToken
            | TokenType::IncomingEmailToken
            | TokenType::ErrorTrackingClientKey
            | TokenType::WebhookSigningToken
    );
    let cookie = kind == TokenType::GitlabSessionCookie && matches!(after, '%' | '.' | '-' | '_');
    before == '_' || after == '_' || cookie || (after == '-' && !hyphen_follows)
}

fn support_body(token: &str) -> &str {
    let prefix = token.find(['-', '_', '=']).filter(|&at| at < 12).map_or(0, |at| at + 1);
    match token.as_bytes()[0] {
        b'_' => &token[16..],
        b'G' => &token[9..],
        _ => &token[prefix..],
    }
}
