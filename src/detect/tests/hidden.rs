use super::*;
use crate::fake;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// The token with its `-` and `_` written differently.
fn written(token: &str, hyphen: &str, underscore: &str) -> String {
    token.replace('-', hyphen).replace('_', underscore)
}

#[test]
fn a_text_before_a_token_that_is_put_together_is_not_a_part_of_it() {
    for before in
        ["cd x && git pull origin master\"\n", "URL=\"https://gitlab.example.com\"\n", "\"Bearer\" + ", "a = 'b' "]
    {
        for token in ["{{personal_access_token}}", "{{cluster_agent_token}}", "{{pipeline_trigger_token}}"] {
            let token = crate::fake::expand(token);
            let (head, tail) = token.split_at(token.len() / 2);
            let text = format!("{before}\"{head}\" + \"{tail}\"\nmore\n");
            assert_eq!(crate::detect::scan(&text, &[]).len(), 1, "{before}");
        }
    }
}

/// A line that ends with a token and another that begins with a word look like one word that something wrapped.
#[test]
fn a_line_that_begins_with_a_word_does_not_hide_the_token_before_it() {
    let token = fake::token(TokenType::PersonalAccessToken, 2);
    let (head, tail) = token.split_at(1);
    for written in [token.replacen('-', "%2D", 1), format!("{head}\u{1b}[1m{tail}"), format!("{head}[0K{tail}")] {
        for behind in ["compiling", "and-so-on", "x\ny\nz", "12"] {
            for end in ["\n", "\r\n"] {
                let text = format!("key is {written}{end}{behind}\n");
                assert_eq!(only(&text, &[]).kind.id(), "personal_access_token", "{text:?}");
                // And one in each of two lines.
                let text = format!("{written}{end}{written}{end}{behind}\n");
                assert_eq!(scan(&text, &[]).len(), 2, "{text:?}");
            }
        }
    }
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
    for mark in [
        "\u{1b}[0;m",
        "\u{1b}[31;1m",
        "\u{1b}[m\u{1b}[0K",
        "\\\n",
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\u{1b}]8;;x\u{7}",
    ] {
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
fn a_sequence_of_the_terminal_before_a_token_is_no_part_of_it() {
    let hex = "b7e0c39a5d2f4816".repeat(2);
    let tokens = [format!("glpat-{BODY}"), format!("_gitlab_session={hex}"), format!("whsec_{BODY}{BODY}")];
    let sequences = [
        "\u{1b}[0m",
        "\u{1b}[31;1m",
        "[0;m",
        "\u{1b}[K",
        "\u{1b}[38;5;196m",
        "\u{1b}[?25h",
        "\u{1b}(B",
        "\u{1b}(B\u{1b}[m",
    ];
    for token in &tokens {
        for sequence in sequences {
            let text = format!("gitlab: {sequence}{token}");
            let found = only(&text, &[]);
            assert_eq!(&text[found.span.range()], token, "behind {sequence:?}");
        }
    }
}

#[test]
fn layers_are_named_from_the_outside() {
    let token = format!("u:glpat-{BODY}");
    let encoded = BASE64_STANDARD.encode(token.as_bytes());
    let text = format!("auth={}&x=1", encoded.replace('=', "%3D"));
    let found = only(&text, &[]);
    assert_eq!(found.encoding, [Encoding::Url, Encoding::Base64Userpass]);
    assert_eq!(found.span, Span::new(5, text.len() - 4));
    let twice = format!("glpat%252D{BODY}");
    assert_eq!(only(&twice, &[]).encoding, [Encoding::Url, Encoding::Url]);
    let json = BASE64_STANDARD.encode(format!(r#"{{"t":"glpat\u002d{BODY}"}}"#).as_bytes());
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

/// Every kind with a mark of its own, once in each form.
fn kinds() -> Vec<(TokenType, String)> {
    let mut kinds: Vec<_> = TokenType::ALL.iter().map(|kind| (*kind, fake::token(*kind, 4))).collect();
    kinds.retain(|(_, token)| !scan(token, &[]).is_empty());
    kinds.push((TokenType::CiJobToken, fake::job_jwt(4)));
    kinds.push((TokenType::PersonalAccessToken, fake::routable("glpat-", "o:1\nu:16", 4)));
    kinds
}

/// What is found in `text`: one credential of this kind, whose pieces are the characters of `token` and no other.
#[track_caller]
fn found_in_pieces(text: &str, kind: TokenType, token: &str) {
    let all = scan(text, &[]);
    assert_eq!(all.len(), 1, "{} in {text}: {all:?}", kind.id());
    let found = &all[0];
    let pieces: String = found.pieces().iter().map(|piece| &text[piece.range()]).collect();
    assert_eq!(found.kind, only(token, &[]).kind, "{} in {text}", kind.id());
    assert_eq!(pieces, token, "{} in {text}", kind.id());
}

#[test]
fn a_text_put_together_in_one_place_is_one_token() {
    for (kind, token) in kinds() {
        for cut in [2, 5, token.len() / 2, token.len() - 2] {
            let (head, tail) = token.split_at(cut);
            for (before, between, after) in [
                ("const t = \"", "\" + \"", "\";"),
                ("x='", "'+'", "'"),
                ("t = ('", "' '", "')"),
                ("$t = '", "' . '", "';"),
                ("a: `", "` + `", "`"),
                ("t = \"", "\" +\n      \"", "\""),
                ("t = \"", "\" & \"", "\""),
                ("t = \"", "\" || \"", "\""),
                ("t = '", "' ~ \"", "\""),
                ("export T=\"", "\"\"", "\""),
                ("export T='", "'\"", "\""),
                ("export T=", "\"", "\""),
                ("export T=\"", "\"", ""),
                ("{\"a\": \"f(\\\"", "\\\" + \\\"", "\\\")\"}"),
            ] {
                // What is a token without its last two characters does not need them.
                if between.trim_matches(['"', '\'', ' ']).is_empty() && !scan(head, &[]).is_empty() {
                    continue;
                }
                found_in_pieces(&format!("{before}{head}{between}{tail}{after}"), kind, &token);
            }
        }
    }
}

#[test]
fn texts_side_by_side_are_no_token() {
    let (head, tail) = ("glpat-Qz7WkR3tY", "bNm5sK9mPqT");
    for between in ["\", \"", "\": \"", "\"; \"", "\")(\"", "\" - \"", "\" = \"", "\" if \""] {
        finds_nothing(&format!("(\"{head}{between}{tail}\")"));
    }
}

#[test]
fn colours_that_a_copy_or_a_writer_changed_part_a_token_and_its_pieces_are_known() {
    for (kind, token) in kinds() {
        for mark in ["[0;m", "[0K", "[32;1m", "\\u001b[31m", "\\u001B[0;m", "\\x1b[0m", "\\033[1;31m", "\\e[m"] {
            for cut in [2, 7, token.len() / 2, token.len() - 2] {
                let (head, tail) = token.split_at(cut);
                found_in_pieces(&format!("a {head}{mark}{tail} b"), kind, &token);
            }
            found_in_pieces(&format!("a {mark}{token}[0;m b"), kind, &token);
        }
    }
}

#[test]
fn lines_that_a_terminal_or_a_mail_wrapped_are_put_together() {
    for (kind, token) in kinds() {
        for width in [40, 80, 132] {
            for shift in [1, 2, 4, 6, 9, 12, 19] {
                for newline in ["\n", "\r\n"] {
                    for before in [" ", " TOKEN=", " --token=", " \"token\":\""] {
                        let filler = "x".repeat(width - shift - before.len());
                        let line = format!("{filler}{before}{token} and more");
                        let lines: Vec<_> =
                            line.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
                        found_in_pieces(&format!("head\n{}", lines.join(newline)), kind, &token);
                    }
                }
            }
        }
        let (head, tail) = token.split_at(8);
        found_in_pieces(&format!("token: {head}=\n{tail} x"), kind, &token);
        found_in_pieces(&format!("token=3D{head}=\r\n{tail} x"), kind, &token);
        found_in_pieces(&format!("a: \"{head}\\\n      {tail}\""), kind, &token);
    }
}

#[test]
fn a_whole_token_does_not_grow_behind_a_quote_or_a_line_end() {
    for (kind, token) in kinds() {
        for after in [
            "\"b\" c",
            "'word' more",
            "`rest`",
            "\nnext line",
            "\r\nnext line",
            "\" \"other\"",
            "\"\"other\"",
            "' 'other'",
        ] {
            for before in ["t=\"", "t = '", "\n", "a `"] {
                let text = format!("{before}{token}{after}");
                let found = scan(&text, &[]);
                assert_eq!(found.len(), 1, "{} in {text}", kind.id());
                assert_eq!(
                    found[0].span,
                    Span::new(before.len(), before.len() + token.len()),
                    "{} in {text}",
                    kind.id()
                );
            }
        }
    }
}

#[test]
fn lines_that_end_where_they_end_are_not_put_together() {
    let token = format!("glpat-{BODY}");
    // Whole at the end of a line, and the next begins with a word.
    for text in [format!("the token {token}\nnext line"), format!("x\n{token}\n{token}x")] {
        assert_eq!(scan(&text, &[])[0].span.end, text.find(&token).unwrap() + token.len(), "{text}");
    }
    // Cut in the first line, which is longer than the second that seems to go on.
    let lines = format!("a long line that ends with glpat-{}\n{}\n{}", &BODY[..6], &BODY[6..12], &BODY[12..]);
    finds_nothing(&lines);
}
