use super::*;
use crate::fake;

/// Kinds whose made-up token is known by itself.
fn by_itself() -> impl Iterator<Item = TokenType> {
    TokenType::ALL.iter().copied().filter(|kind| {
        !matches!(
            kind,
            TokenType::OauthAccessToken
                | TokenType::OauthRefreshToken
                | TokenType::StaticObjectToken
                | TokenType::WebhookSecretToken
                | TokenType::DeployKey
        )
    })
}

fn reported_as(kind: TokenType) -> TokenType {
    if TokenType::PERSONAL_FAMILY.contains(&kind) { TokenType::PersonalAccessToken } else { kind }
}

#[test]
fn every_kind_is_found_whole_between_every_pair_of_edges() {
    let before = [
        "",
        " ",
        "\"",
        "'",
        "=",
        ":",
        "(",
        "[",
        "{",
        "/",
        ",",
        ";",
        "ä",
        "\n",
        "\t",
        "@",
        "-",
        "acme-",
        "…",
        ">",
        "%20",
        "\\n",
        "\\u0022",
        "\u{1b}[31m",
        "[0K",
        "01O+",
    ];
    let after = [
        "",
        " ",
        "\"",
        "'",
        ".",
        ",",
        ")",
        "]",
        "}",
        "@",
        ":",
        ";",
        "\n",
        "\r\n",
        "ä",
        "…",
        "<",
        "&",
        "\\n",
        "\u{1b}[0;m",
        "/path",
        ". The",
    ];
    for kind in by_itself() {
        for seed in 1..4 {
            let token = fake::token(kind, seed);
            for b in before {
                for a in after {
                    // Characters that the alphabets of these two include.
                    let grows = match kind {
                        TokenType::WebhookSigningToken => a.starts_with('/'),
                        TokenType::GitlabSessionCookie => false,
                        _ => false,
                    };
                    if grows || (kind == TokenType::GitlabSessionCookie && b.ends_with(['n', '2', 'm', 'K', '0'])) {
                        continue;
                    }
                    if kind == TokenType::WebhookSigningToken && b.ends_with(['n', '2', 'm', 'K', '0']) {
                        continue;
                    }
                    let text = format!("{b}{token}{a}");
                    let found = scan(&text, &[]);
                    assert_eq!(found.len(), 1, "{} between {b:?} and {a:?}: {found:?}", kind.id());
                    assert_eq!(found[0].kind.id(), reported_as(kind).id(), "{b:?} {a:?}");
                    assert_eq!(&text[found[0].span.range()], token, "{} between {b:?} and {a:?}", kind.id());
                }
            }
        }
    }
}

#[test]
fn a_body_one_character_too_long_or_short_is_no_token() {
    for (prefix, body) in [
        ("glpat-", BODY.to_owned()),
        ("gldt-", BODY.to_owned()),
        ("GR1348941", BODY.to_owned()),
        ("glrt-t1_", BODY.to_owned()),
        ("glcbt-64_", BODY.to_owned()),
        ("glagent-", format!("{BODY}{BODY}{}", &BODY[..10])),
        ("glptt-", "0123456789abcdef0f1e".repeat(2).replace("0123456789abcdef", "b7e0c39a5d2f4816")),
        ("glet_", "b7e0c39a5d2f4816".repeat(2)),
        ("gloas-", "b7e0c39a5d2f4816".repeat(4)),
    ] {
        let token = format!("{prefix}{body}");
        assert_eq!(seen(&token).len(), 1, "{prefix}");
        finds_nothing(&format!("{token}a"));
        finds_nothing(&format!("{token}_"));
        finds_nothing(&token[..token.len() - 1]);
    }
}

#[test]
fn a_hyphen_may_follow_hexadecimal_bodies_only() {
    finds_nothing(&format!("glpat-{BODY}-"));
    let hex = "b7e0c39a5d2f4816".repeat(4);
    for (prefix, digits, kind) in [
        ("gloas-", 64, TokenType::OauthApplicationSecret),
        ("glptt-", 40, TokenType::PipelineTriggerToken),
        ("glet_", 32, TokenType::ErrorTrackingClientKey),
    ] {
        let token = format!("{prefix}{}", &hex[..digits]);
        finds(&format!("{token}-tail"), &token, kind);
    }
    let mail = fake::token(TokenType::IncomingEmailToken, 1);
    finds(&format!("incoming+shop-web-22-{mail}-issue@gitlab.example.com"), &mail, TokenType::IncomingEmailToken);
}

#[test]
fn a_body_that_ends_in_a_hyphen_is_whole() {
    let token = format!("glpat-{}-", &BODY[..19]);
    finds(&format!("is {token} there"), &token, TokenType::PersonalAccessToken);
}

#[test]
fn incoming_mail_tokens_are_not_padded() {
    for digits in 18..28 {
        let token = format!("glimt-{}", &"8k2m9x4q7w1z5r3t6y0p8s4d2f7"[..digits]);
        assert_eq!(scan(&token, &[]).len(), usize::from((20..=25).contains(&digits)), "{digits} digits");
    }
}

#[test]
fn a_feeds_own_token_has_two_parts() {
    let hex = "b7e0c39a5d2f4816".repeat(4);
    for id in ["7", "1234567"] {
        let token = format!("glft-{hex}-{id}");
        finds(&format!("?feed_token={token}&x=1"), &token, TokenType::FeedToken);
        finds_nothing(&format!("{token}_"));
        finds_nothing(&format!("{token}a"));
    }
    finds_nothing(&format!("glft-{hex}"));
    finds_nothing(&format!("glft-{hex}-"));
}

#[test]
fn runner_tokens_have_four_old_forms() {
    for prefix in ["glrt-", "glrtr-", "glrt-t1_", "glrt-t2_", "glrtr-t3_", "t1_", "t2_", "t3_"] {
        let token = format!("{prefix}{BODY}");
        let found = finds(&format!("token = \"{token}\""), &token, TokenType::RunnerAuthenticationToken);
        let shown = if prefix.starts_with("glrtr-") {
            "glrtr-"
        } else if prefix.starts_with("glrt-") {
            "glrt-"
        } else {
            prefix
        };
        assert_eq!(found.masked.to_string(), format!("{shown}…({})", token.len() - shown.len()));
    }
    finds_nothing(&format!("glrt-t4_{BODY}"));
    finds_nothing("select t1_customer_and_order_id_x from t1");
    finds_nothing("on runner-name t3_AbCdEfGhI, system ID: s_0123456789ab");
    finds_nothing("token=64_abcdef");
}

#[test]
fn session_cookies_are_found_in_headers_jars_and_json() {
    let value = "b7e0c39a5d2f4816".repeat(2);
    for text in [
        format!("Cookie: a=b; _gitlab_session={value}; c=d"),
        format!("gitlab.example.com\tFALSE\t/\tTRUE\t0\t_gitlab_session\t{value}"),
        format!("{{\"_gitlab_session\": \"{value}\"}}"),
        format!("cookie%3D_gitlab_session%3D{value}%3B"),
    ] {
        let found = only(&text.replace("%3D_gitlab", "=_gitlab"), &[]);
        assert_eq!(found.kind.id(), "gitlab_session_cookie");
        assert_eq!(found.masked.to_string(), "_gitlab_session=…(32)");
    }
    let cell = format!("_gitlab_session=cell-1-{value}");
    assert_eq!(finds(&format!("{cell}."), &cell, TokenType::GitlabSessionCookie).confidence, Confidence::Likely);
    finds_nothing(&format!("_gitlab_session={}", &value[..31]));
    finds_nothing(&format!("x_gitlab_session={value}"));
    finds_nothing("_gitlab_session=$COOKIE");
}

#[test]
fn a_signing_token_is_gitlabs_only_near_a_word_of_gitlab() {
    let token = fake::token(TokenType::WebhookSigningToken, 1);
    assert_eq!(only(&token, &[]).confidence, Confidence::Possible);
    assert_eq!(only(&format!("# GitLab webhook\nsecret: {token}"), &[]).confidence, Confidence::Likely);
    let plus = token.replace('K', "+").replace('m', "/");
    finds(&format!("x={plus};"), &plus, TokenType::WebhookSigningToken);
    finds_nothing(&token[..30]);
}

#[test]
fn the_six_kinds_of_one_prefix_are_all_named() {
    let found = only(&fake::token(TokenType::GroupAccessToken, 1), &[]);
    assert_eq!(found.could_be, &TokenType::PERSONAL_FAMILY[1..]);
    assert!(only(&fake::token(TokenType::DeployToken, 1), &[]).could_be.is_empty());
}

#[test]
fn a_body_that_the_generator_cannot_make_is_less_sure() {
    assert_eq!(only(&format!("glpat-{BODY}"), &[]).confidence, Confidence::Certain);
    assert_eq!(only(&fake::token(TokenType::PersonalAccessToken, 1), &[]).confidence, Confidence::Likely);
}

#[test]
fn json_web_tokens_are_told_apart_by_their_claims() {
    for (token, kind, job, expires) in [
        (fake::job_jwt(1), TokenType::CiJobToken, Some(302), true),
        (fake::job_jwt(1).replace("glcbt-", ""), TokenType::CiJobToken, Some(302), true),
        (fake::token(TokenType::CiIdToken, 1), TokenType::CiIdToken, Some(302), true),
        (fake::token(TokenType::LfsToken, 1), TokenType::LfsToken, None, true),
        (fake::token(TokenType::ContainerRegistryJwt, 1), TokenType::ContainerRegistryJwt, None, true),
        (fake::token(TokenType::DependencyProxyJwt, 1), TokenType::DependencyProxyJwt, None, true),
    ] {
        let found = finds(&format!("Bearer {token}, next"), &token, kind);
        let facts = found.jwt.unwrap();
        assert_eq!((facts.job, facts.expires.is_some()), (job, expires), "{}", kind.id());
        let embedded = (kind == TokenType::DependencyProxyJwt).then_some(TokenType::DeployToken);
        assert_eq!(facts.embedded, embedded);
    }
    let id = only(&fake::token(TokenType::CiIdToken, 1), &[]).jwt.unwrap();
    assert_eq!(id.project.unwrap().as_str(), "shop/web");
    assert_eq!(id.issuer.unwrap().as_str(), "https://gitlab.example.com");
}

#[test]
fn a_json_web_token_of_somebody_else_is_none_of_ours() {
    for claims in [
        r#"{"sub":"1234567890","name":"J","iat":1516239022}"#,
        r#"{"aud":"container_registry"}"#,
        r#"{"data":{}}"#,
        "[1,2,3,4,5,6,7,8]",
        "{\"aud\"",
    ] {
        finds_nothing(&fake::jwt_with(claims));
    }
    let token = fake::job_jwt(1);
    finds_nothing(&token[..token.rfind('.').unwrap()]);
    finds_nothing(&format!("glcbt-{}", token[6..].replace('.', ":")));
}

#[test]
fn a_list_of_audiences_and_fractions_of_seconds_are_read() {
    let token = fake::jwt_with(r#"{"aud":["x","container_registry"],"access":[],"exp":1795176000.5}"#);
    let facts = finds(&token, &token, TokenType::ContainerRegistryJwt).jwt.unwrap();
    assert_eq!(facts.expires.unwrap().unix_seconds(), 1_795_176_000);
}

#[test]
fn names_in_claims_are_cleaned() {
    let inner = fake::token(TokenType::DeployToken, 3);
    let claims = format!(r#"{{"iss":"{inner}","project_path":"a","job_id":1,"pipeline_id":1,"ref_type":"branch"}}"#);
    let issuer = only(&fake::jwt_with(&claims), &[]).jwt.unwrap().issuer.unwrap();
    assert_eq!(issuer.as_str(), "gldt-…(20)");
}

#[test]
fn tokens_of_before_the_prefixes_are_known_by_header_parameter_and_user() {
    for (text, kind) in [
        (format!("curl -H \"PRIVATE-TOKEN: {BODY}\" https://gitlab.example.com"), TokenType::PersonalAccessToken),
        (format!("curl -H 'private-token:{BODY}'"), TokenType::PersonalAccessToken),
        (format!("{{\"name\":\"x\",\"PRIVATE-TOKEN\": \"{BODY}\"}}"), TokenType::PersonalAccessToken),
        (format!("/api/v4/user?private_token={BODY}&x=1"), TokenType::PersonalAccessToken),
        (format!("Deploy-Token: {BODY}\r\n"), TokenType::DeployToken),
        (format!("JOB-TOKEN: {BODY}"), TokenType::CiJobToken),
        (format!("git clone https://oauth2:{BODY}@gitlab.example.com/a/b.git"), TokenType::PersonalAccessToken),
    ] {
        finds(&text, BODY, kind);
    }
    for text in [
        "PRIVATE-TOKEN: yourAccessTokenHere1".to_owned(),
        "PRIVATE-TOKEN: abcdefghijklmnopqrst".into(),
        "PRIVATE-TOKEN: MyProjectAccessToken".into(),
        format!("MY-PRIVATE-TOKEN: {BODY}"),
        format!("private_token_name={BODY}"),
        format!("PRIVATE-TOKEN: {BODY}x"),
        format!("see PRIVATE-TOKEN, then {BODY}"),
    ] {
        finds_nothing(&text);
    }
}
