use super::*;
use crate::fake;

#[test]
fn no_word_character_may_stand_before_a_prefix() {
    for before in ["x", "Z", "9", "_", "token_"] {
        finds_nothing(&format!("{before}glpat-{BODY}"));
        finds_nothing(&format!("{before}GR1348941{BODY}"));
        finds_nothing(&format!("{before}{}", fake::token(TokenType::CiIdToken, 1)));
    }
}

#[test]
fn prefixes_are_case_sensitive() {
    for prefix in ["GLPAT-", "Glpat-", "glPAT-", "gr1348941", "T1_"] {
        finds_nothing(&format!("{prefix}{BODY}"));
    }
}

#[test]
fn a_hyphen_before_a_prefix_does_not_change_the_kind_and_is_not_shown_as_a_prefix() {
    let found = only(&format!("acme-glrt-{BODY}"), &[]);
    assert_eq!((found.kind.id(), found.span.start), ("runner_authentication_token", 5));
    assert_eq!(found.instance_prefix, None);
}

#[test]
fn prefixes_that_the_user_told_are_part_of_the_token() {
    for (told, text, kind, shown) in [
        ("acme", format!("acme-glrt-{BODY}"), "runner_authentication_token", "acme"),
        ("acme-", format!("acme-glpat-{BODY}"), "personal_access_token", "acme"),
        ("acme-glpat-", format!("acme-glpat-{BODY}"), "personal_access_token", "acme"),
        ("my.corp", format!("my.corp-gldt-{BODY}"), "deploy_token", "my.corp"),
        ("acme-", format!("acme-{BODY}"), "personal_access_token", "acme-"),
        ("acme_", format!("acme_{BODY}"), "personal_access_token", "acme_"),
        ("a.b@c:", format!("a.b@c:{BODY}"), "personal_access_token", "a.b@c:"),
    ] {
        let told = [String::new(), told.to_owned()];
        for before in ["", " ", "="] {
            let whole = format!("{before}{text} ");
            let found = only(&whole, &told);
            assert_eq!((found.kind.id(), &whole[found.span.range()]), (kind, &text[..]));
            assert_eq!(found.instance_prefix.as_ref().map(Name::as_str), Some(shown));
        }
        assert!(scan(&format!("x{text}"), &told).iter().all(|found| found.instance_prefix.is_none()));
    }
    // A classic body behind a prefix nobody told is nothing.
    finds_nothing(&format!("acme-{BODY}"));
    // Runners that were registered the old way take none.
    let told = [String::from("acme")];
    assert_eq!(only(&format!("acme-glrtr-{BODY}"), &told).instance_prefix, None);
}

#[test]
fn an_instance_prefix_never_reaches_into_another_token() {
    let hex = "b7e0c39a5d2f4816".repeat(3);
    let text = format!("glptt-{}-glpat-{BODY}", &hex[..40]);
    let told = [hex[20..40].to_owned()];
    let found = scan(&text, &told);
    assert_eq!(found.len(), 2);
    assert!(!found[0].span.overlaps(found[1].span));
}

#[test]
fn placeholders_are_no_tokens() {
    for body in [
        "xxxxxxxxxxxxxxxxxxxx",
        "your_access_token_12",
        "12345678901234567890",
        "aaaaaaaaaaaaaaaaaaaa",
        "EXAMPLEqz7WkR3tYbNm5",
        "abcdefghQz7WkR3tYbNm",
    ] {
        for prefix in ["glpat-", "gldt-", "GR1348941", "glrt-t1_", "glcbt-64_", "feed_token="] {
            finds_nothing(&format!("{prefix}{body}"));
        }
    }
    finds_nothing(&format!("gloas-{}", "0".repeat(64)));
    finds_nothing(&format!("glptt-{}", "0123456789abcdef0f1e".repeat(2)));
    finds_nothing(&format!("_gitlab_session={}", "x".repeat(32)));
}

#[test]
fn references_masks_patterns_and_prose_are_no_tokens() {
    for text in [
        "$CI_JOB_TOKEN ${CI_JOB_TOKEN} $env:CI_JOB_TOKEN %CI_JOB_TOKEN%",
        "glpat-[MASKED] glcbt-[MASKED]xxxxxxxxxxxxxxxxxxxx",
        "glpat-********************",
        "glpat-…(20) eyJ…(300)",
        r"glpat-[0-9a-zA-Z_-]{20} \bglrt-[0-9A-Za-z_\-]{20}\b",
        "a personal access token begins with glpat- and has twenty characters",
        "https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/shop/web.git",
        "https://oauth2:$TOKEN@gitlab.example.com",
        "feed_token=$FEED_TOKEN&rss_token=[MASKED]",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "123e4567-e89b-12d3-a456-426614174000",
        "glpat-<your token> glpat-{{ token }} glpat-%s",
        "/builds/shop/web/vendor/bundle/ruby/3.2.0/gems/activesupport-7.1.2/lib/active_support/core_ext/object",
    ] {
        finds_nothing(text);
    }
}

#[test]
fn context_names_what_has_no_prefix() {
    let hex = "b7e0c39a5d2f4816".repeat(4);
    for (before, body, after, kind) in [
        ("?feed_token=", BODY, "&a", TokenType::FeedToken),
        ("?rss_token=", BODY, "", TokenType::FeedToken),
        ("https://gitlab-ci-token:", BODY, "@h", TokenType::CiJobToken),
        ("https://gitlab+deploy-token-12:", BODY, "@h", TokenType::DeployToken),
        ("https://gitlab%2Bdeploy-token-12:", BODY, "@h", TokenType::DeployToken),
        ("https://oauth2:", &hex, "@h", TokenType::OauthAccessToken),
        ("https%3A%2F%2Foauth2%3A", &hex, "%40h", TokenType::OauthAccessToken),
        ("u=https%3a%2f%2fgitlab-ci-token%3a", BODY, "%40h", TokenType::CiJobToken),
        ("x%26feed_token%3D", BODY, "%26", TokenType::FeedToken),
    ] {
        let text = format!("{before}{body}{after}");
        let found = finds(&text, body, kind);
        assert_eq!(found.masked.to_string(), format!("…({})", body.len()));
        assert_eq!(found.encoding.is_empty(), !before.to_lowercase().contains("%3"), "{before}");
    }
    for (before, body, after) in [
        ("", BODY, ""),
        ("", &hex[..], ""),
        ("gitlab-ci-token:", BODY, " "),
        ("gitlab+deploy-token-:", BODY, "@h"),
        ("gitlab+deploy-token-x:", BODY, "@h"),
        ("deploy-token-1:", BODY, "@h"),
        ("gitlab-ci-token:", &hex[..], "@h"),
        ("feed_token=", &hex[..], ""),
        ("oauth2:", "B7E0c39a5d2f4816b7e0c39a5d2f4816b7e0c39a5d2f4816b7e0c39a5d2f4816", "@h"),
    ] {
        finds_nothing(&format!("{before}{body}{after}"));
    }
    // A prefix says more than the user's name does.
    let token = format!("glpat-{BODY}");
    finds(&format!("https://gitlab-ci-token:{token}@h"), &token, TokenType::PersonalAccessToken);
}

#[test]
fn several_tokens_in_a_line_come_in_order() {
    let text = format!("glpat-{BODY},gldt-{BODY} _gitlab_session={} GR1348941{BODY}", "b7e0c39a5d2f4816".repeat(2));
    let kinds: Vec<_> = seen(&text).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["personal_access_token", "deploy_token", "gitlab_session_cookie", "runner_registration_token"]);
}

#[test]
fn the_first_of_several_prefixes_that_fits_wins() {
    let text = format!("glpat-glpat-glpat-{BODY}");
    assert_eq!(only(&text, &[]).span, Span::new(12, text.len()));
    let text = format!("glwt-glpat-{BODY}");
    assert_eq!(only(&text, &[]).span, Span::new(0, text.len()));
}
