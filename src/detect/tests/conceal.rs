use super::*;
use crate::fake;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Eight characters in a row of a body, at any place, are what no output may contain.
#[track_caller]
fn assert_hidden(text: &str, body: &str) {
    let shown = mask_all(text, &[]);
    for window in body.as_bytes().windows(8) {
        let window = std::str::from_utf8(window).unwrap();
        assert!(!shown.contains(window), "shown as {shown}");
    }
    assert_eq!(mask_all(&shown, &[]), shown, "masking again changes nothing");
    assert!(scan(&shown, &[]).is_empty());
}

#[test]
fn a_name_with_a_whole_damaged_or_glued_token_shows_nothing_of_it() {
    for kind in TokenType::ALL {
        if matches!(kind, TokenType::StaticObjectToken | TokenType::WebhookSecretToken | TokenType::DeployKey) {
            continue;
        }
        for seed in 0..8 {
            let token = fake::token(*kind, seed);
            let body = token.split_at(token.find(['-', '_', '=']).map_or(0, |at| at + 1)).1;
            let body = match token.as_bytes()[0] {
                b'_' => token.split_at(16).1,
                b'G' => token.split_at(9).1,
                _ => body,
            };
            for text in [
                token.clone(),
                format!("ci {token} (old)"),
                format!("my-{token}"),
                format!("{token}."),
                format!("https://u:{token}@gitlab.example.com/x.git"),
            ] {
                assert_hidden(&text, body);
            }
            // No rule makes these a token; they are shown no more than one.
            if !matches!(kind, TokenType::OauthAccessToken | TokenType::OauthRefreshToken) {
                for text in [
                    format!("x{token}"),
                    format!("{token}x"),
                    format!("{token}-"),
                    format!("{token}{token}"),
                    format!("{token}-{token}"),
                    format!("a_{token}_b"),
                    token[..token.len() - 1].to_owned(),
                    token[..token.len() - token.len() / 5].to_owned(),
                ] {
                    assert_hidden(&text, body);
                }
            }
        }
    }
}

#[test]
fn damaged_routable_tokens_and_cut_json_web_tokens_are_hidden() {
    let routable = fake::routable("glpat-", "o:1\nu:16", 3);
    let job = fake::job_jwt(3);
    for text in [&routable, &job] {
        for cut in [1, 8, 12, 20] {
            assert_hidden(&text[..text.len() - cut], &text[6..]);
        }
        assert_hidden(&format!("x{text}y"), &text[6..]);
    }
}

#[test]
fn base64_of_a_damaged_token_is_hidden() {
    let token = format!("glpat-{BODY}x7");
    let encoded = BASE64_STANDARD.encode(format!("u:{token}").as_bytes());
    assert_hidden(&format!("Basic {encoded}"), &encoded);
}

#[test]
fn words_references_and_placeholders_are_shown() {
    // Behind a prefix; the two stand apart so that nothing here has a token's shape.
    for (prefix, word) in [
        ("glpat-", "rotation-for-prod"),
        ("glpat-", "rotation-2026-11-20"),
        ("gldt-", "docker-pull-v2"),
        ("glrt-", "shared-runner-01"),
        ("glpat-", &"x".repeat(20)),
        ("glpat-", "your_access_token_12"),
        ("glpat-", "[MASKED]"),
    ] {
        let text = format!("{prefix}{word}");
        assert_eq!(mask_all(&text, &[]), text);
    }
    for text in [
        "t1_customer_table",
        "deploy-prod",
        "moneyJarService",
        "https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/a.git",
        "https://gitlab.example.com:8443/a@b",
        "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "project_22_bot_a1b2c3",
        "ü 漢字 \u{202e}abc",
    ] {
        assert_eq!(mask_all(text, &[]), text);
    }
    assert_eq!(mask_all("https://u:pa55@h/x", &[]), "https://u:…@h/x");
}

#[test]
fn what_the_user_told_is_used() {
    let told = [String::from("acme_")];
    assert_eq!(mask_all(&format!("acme_{BODY}"), &told), "…(20)");
}

#[test]
fn a_damaged_token_glued_to_a_name_is_no_placeholder() {
    for kind in TokenType::ALL {
        if matches!(kind, TokenType::StaticObjectToken | TokenType::WebhookSecretToken | TokenType::DeployKey)
            || matches!(kind, TokenType::OauthAccessToken | TokenType::OauthRefreshToken)
        {
            continue;
        }
        let token = fake::token(*kind, 3);
        let body = body(&token);
        let shorter = &token[..token.len() - 1];
        let longer = format!("{token}7");
        for damaged in [shorter, &longer] {
            for text in [
                format!("https://oauth2:{damaged}@gitlab.example.com/a/b"),
                format!("{damaged}.example.com"),
                format!("{damaged}-example"),
                format!("{damaged}_token_example"),
                format!("https://{damaged}@your-gitlab.example.com/sample"),
                format!("dummy-{damaged}/example/secret"),
                format!("my_example_{damaged}"),
            ] {
                assert_hidden(&text, body);
            }
        }
    }
}

#[test]
fn one_character_that_no_token_has_does_not_uncover_the_rest() {
    for (kind, seed) in [
        (TokenType::PersonalAccessToken, 5),
        (TokenType::OauthApplicationSecret, 5),
        (TokenType::ClusterAgentToken, 5),
        // Letters alone in the last part of it.
        (TokenType::IncomingEmailToken, 400),
        // Its padding counts among what is left behind the sign.
        (TokenType::WebhookSigningToken, 756),
        (TokenType::WebhookSigningToken, 5),
    ] {
        let token = fake::token(kind, seed);
        let body = body(&token);
        let prefix = token.len() - body.len();
        for at in 1..body.len() {
            for sign in ['"', ' ', '/', '+', '\n', 'ä', '<', '漢', '[', '@'] {
                let text = format!("{}{sign}{}", &token[..prefix + at], &token[prefix + at..]);
                assert_hidden(&text, body);
                let text = format!("{}{sign}{}", &token[..prefix + at], &token[prefix + at + 1..]);
                assert_hidden(&text, body);
            }
        }
    }
}

/// A sign before one of its full stops is as far as a look at the word goes; the rest of the token stands behind both.
#[test]
fn one_character_that_no_token_has_does_not_uncover_the_rest_of_a_json_web_token() {
    for kind in [TokenType::LfsToken, TokenType::CiIdToken, TokenType::ContainerRegistryJwt] {
        let token = fake::token(kind, 5);
        let body = token.split_once('.').unwrap().1;
        for at in (token.len() - body.len())..token.len() {
            for sign in ['"', ' ', '/', '+', '\n', 'ä', '.', '漢'] {
                assert_hidden(&format!("{}{sign}{}", &token[..at], &token[at..]), body);
                assert_hidden(&format!("{}{sign}{}", &token[..at], &token[at + 1..]), body);
            }
        }
    }
}

#[test]
fn a_password_that_begins_like_a_reference_is_hidden() {
    assert_eq!(mask_all("https://u:%40bcdefgh@h/x", &[]), "https://u:…@h/x");
    assert_eq!(mask_all("https://u:$ecret-and-more@h/x", &[]), "https://u:…@h/x");
    for text in ["https://u:%TOKEN%@h/x", "https://u:$TOKEN@h/x", "https://u:****@h/x", "https://u:{{ t }}@h/x"] {
        assert_eq!(mask_all(text, &[]), text);
    }
}

/// What stands behind the public prefix.
fn body(token: &str) -> &str {
    match token.as_bytes()[0] {
        b'_' => token.split_at(16).1,
        b'G' => token.split_at(9).1,
        b'e' => token,
        _ => token.split_at(token.find(['-', '_']).unwrap() + 1).1,
    }
}
