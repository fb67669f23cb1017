use super::*;
use crate::fake;

/// The token with its `-` and `_` written differently.
fn written(token: &str, hyphen: &str, underscore: &str) -> String {
    token.replace('-', hyphen).replace('_', underscore)
}

#[test]
fn escapes_inside_a_token_do_not_hide_it() {
    let mut tokens: Vec<String> = [
        TokenType::PersonalAccessToken,
        TokenType::CiJobToken,
        TokenType::OauthApplicationSecret,
        TokenType::IncomingEmailToken,
        TokenType::ErrorTrackingClientKey,
    ]
    .map(|kind| fake::token(kind, 2))
    .into();
    tokens.push(fake::routable("acme-glpat-", "o:1\nu:16", 1));
    tokens.push(format!("glpat-{}-_x-9", &BODY[..15]));
    tokens.push(fake::job_jwt(2));
    for token in &tokens {
        for (hyphen, underscore) in [
            ("%2D", "%5F"),
            ("%2d", "%5f"),
            ("\\u002d", "\\u005F"),
            ("\\x2d", "\\x5f"),
            ("\\-", "\\_"),
            ("&#45;", "&#95;"),
            ("&#x2D;", "&lowbar;"),
            ("&hyphen;", "&#x5f;"),
        ] {
            let hidden = written(token, hyphen, underscore);
            for (before, after) in
                [("", ""), ("x = \"", "\"\n"), ("%22", "%22"), ("\\\"", "\\\""), ("&quot;", "&quot;"), ("ä ", " ß")]
            {
                let text = format!("{before}{hidden}{after}");
                let found = only(&text, &[]);
                assert_eq!(found.kind, only(token, &[]).kind);
                assert_eq!(
                    found.span,
                    Span::new(before.len(), before.len() + hidden.len()),
                    "{hyphen} behind {before}"
                );
                assert_eq!(found.encoding.contains(&Encoding::Url), hyphen.starts_with('%'), "{hyphen}");
                assert_eq!(found.checksum, only(token, &[]).checksum);
            }
        }
    }
}

#[test]
fn what_has_no_width_parts_a_token_and_its_pieces_are_known() {
    let token = format!("glpat-{BODY}");
    for mark in ["\u{1b}[0;m", "\u{1b}[31;1m", "\u{1b}[m\u{1b}[0K", "\\\n", "\u{200b}", "\u{ad}", "\u{1b}]8;;x\u{7}"] {
        for cut in [3, 6, 10, 25] {
            let text = format!("a {}{mark}{} b", &token[..cut], &token[cut..]);
            let found = only(&text, &[]);
            assert_eq!(found.span, Span::new(2, text.len() - 2), "{mark:?} at {cut}");
            let pieces: String = found.pieces().iter().map(|piece| &text[piece.range()]).collect();
            assert_eq!((pieces.as_str(), found.parts.len()), (&token[..], 2));
        }
    }
}

#[test]
fn layers_are_named_from_the_outside() {
    let token = format!("u:glpat-{BODY}");
    let encoded = data_encoding::BASE64.encode(token.as_bytes());
    let text = format!("auth={}&x=1", encoded.replace('=', "%3D"));
    let found = only(&text, &[]);
    assert_eq!(found.encoding, [Encoding::Url, Encoding::Base64Userpass]);
    assert_eq!(found.span, Span::new(5, text.len() - 4));
    let twice = format!("glpat%252D{BODY}");
    assert_eq!(only(&twice, &[]).encoding, [Encoding::Url, Encoding::Url]);
    let json = data_encoding::BASE64.encode(format!(r#"{{"t":"glpat\u002d{BODY}"}}"#).as_bytes());
    assert_eq!(only(&json, &[]).encoding, [Encoding::Base64]);
}

#[test]
fn ordinary_escapes_around_a_token_change_nothing() {
    let token = format!("glpat-{BODY}");
    for text in [
        format!(r#"{{"log":"a\n{token}\n\tb \/c\/d"}}"#),
        format!("https://h/?a=%20{token}%20b"),
        format!("https%3A%2F%2Foauth2%3A{token}%40gitlab.example.com%2Fa.git"),
        format!("\u{1b}[32;1m$ echo {token}\u{1b}[0;m"),
        format!("C:\\temp\\{token}\\x"),
        format!("&lt;b&gt;{token}&lt;/b&gt;"),
    ] {
        finds(&text, &token, TokenType::PersonalAccessToken);
    }
}

#[test]
fn marks_in_text_without_tokens_are_nothing() {
    for text in [
        "100%2D",
        "%",
        "\\",
        "&",
        "\u{1b}",
        "\u{1b}[",
        "%2",
        "\\u00",
        "&#",
        "glpat%2D",
        r"glpat\-[0-9a-zA-Z_\-]{20}",
        "%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D%2D",
    ] {
        finds_nothing(text);
    }
    finds_nothing(&format!("glpat%2D{BODY}x"));
    finds_nothing("glpat%2Dyour_access_token_12");
}
