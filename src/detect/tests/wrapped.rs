use super::*;
use crate::fake;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};

fn kinds_and_layers(text: &str) -> Vec<(&'static str, Vec<Encoding>, Span)> {
    scan(text, &[]).into_iter().map(|found| (found.kind.id(), found.encoding, found.span)).collect()
}

#[test]
fn base64_of_every_kind_is_opened_and_masked_whole() {
    for kind in TokenType::ALL {
        let token = fake::token(*kind, 5);
        if scan(&token, &[]).is_empty() {
            continue;
        }
        let wanted = only(&token, &[]).kind.id();
        for user in ["", "oauth2:", "u:", "gitlab+deploy-token-7:", "__token__:"] {
            for encoded in [
                BASE64_STANDARD.encode(format!("{user}{token}").as_bytes()),
                BASE64_URL_SAFE_NO_PAD.encode(format!("{user}{token}").as_bytes()),
            ] {
                let text = format!("Authorization: Basic {encoded}\r\n");
                let layer = if user.is_empty() { Encoding::Base64 } else { Encoding::Base64Userpass };
                let span = Span::new(21, 21 + encoded.len());
                assert_eq!(kinds_and_layers(&text), [(wanted, vec![layer], span)], "{user} {}", kind.id());
            }
        }
    }
}

#[test]
fn tokens_without_a_prefix_are_known_by_the_user_name() {
    for (user, kind) in [("gitlab-ci-token", "ci_job_token"), ("gitlab+deploy-token-3", "deploy_token")] {
        let encoded = BASE64_STANDARD.encode(format!("{user}:{BODY}").as_bytes());
        let span = Span::new(9, 9 + encoded.len());
        assert_eq!(
            kinds_and_layers(&format!("\"auth\": \"{encoded}\"")),
            [(kind, vec![Encoding::Base64Userpass], span)]
        );
    }
    assert!(kinds_and_layers(&BASE64_STANDARD.encode(format!("dana:{BODY}").as_bytes())).is_empty());
}

#[test]
fn a_kubernetes_secret_with_a_docker_configuration_has_two_layers() {
    let auth = BASE64_STANDARD.encode(format!("gitlab-ci-token:glcbt-64_{BODY}").as_bytes());
    let config = format!("{{\"auths\":{{\"registry.example.com\":{{\"auth\":\"{auth}\"}}}}}}");
    let text = format!("data:\n  .dockerconfigjson: {}\n", BASE64_STANDARD.encode(config.as_bytes()));
    let found = kinds_and_layers(&text);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, &found[0].1), ("ci_job_token", &vec![Encoding::Base64, Encoding::Base64Userpass]));
    assert_eq!(found[0].2, Span::new(text.find("ey").unwrap(), text.len() - 1));
}

#[test]
fn what_stands_before_the_text_does_not_hide_it() {
    let token = format!("glpat-{BODY}");
    for shift in 0..7 {
        let bytes: Vec<u8> =
            [0xf3, 0xaf, 0xff, 0x80, 0x9b, 0xe1, 0xff].into_iter().take(shift).chain(token.bytes()).collect();
        let encoded = BASE64_STANDARD.encode(&bytes);
        for before in ["", "/files/", "x/", "data:;base64,", "a/b/c/"] {
            let found = scan(&format!("{before}{encoded}"), &[]);
            assert_eq!(found.len(), 1, "{shift} bytes before, behind {before:?}");
            assert_eq!(found[0].span.end, before.len() + encoded.len());
        }
    }
}

#[test]
fn several_tokens_in_one_run_share_it_without_a_gap() {
    let file = format!("A=glpat-{BODY}\nB=gldt-{BODY}\nC=GR1348941{BODY}\n");
    let encoded = BASE64_STANDARD.encode(file.as_bytes());
    let found = scan(&encoded, &[]);
    let kinds: Vec<_> = found.iter().map(|one| one.kind.id()).collect();
    assert_eq!(kinds, ["personal_access_token", "deploy_token", "runner_registration_token"]);
    assert_eq!((found[0].span.start, found[2].span.end), (0, encoded.len()));
    assert!(found.windows(2).all(|pair| pair[0].span.end == pair[1].span.start));
}

#[test]
fn base64_over_several_lines_is_one() {
    let file =
        format!("# a file of some length, so that lines are needed: {}\nTOKEN=glpat-{BODY}\n", "words ".repeat(20));
    let encoded = BASE64_STANDARD.encode(file.as_bytes());
    for (width, newline) in [(76, "\n"), (64, "\r\n"), (60, "\n    ")] {
        let lines: Vec<_> = encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let text = format!("value: {}\n next: 1", lines.join(newline));
        let found = only(&text, &[]);
        assert_eq!(found.span, Span::new(7, text.len() - 9), "lines of {width}");
    }
}

#[test]
fn data_that_is_no_text_and_text_without_tokens_are_passed_over() {
    finds_nothing(
        &BASE64_STANDARD.encode(b"a perfectly ordinary sentence, encoded, without anything secret in it at all"),
    );
    finds_nothing(&BASE64_STANDARD.encode((0..=255).collect::<Vec<u8>>().repeat(3)));
    finds_nothing(&BASE64_STANDARD.encode(format!("oauth2:${{CI_JOB_TOKEN}} glpat-{}", "x".repeat(20)).as_bytes()));
}

#[test]
fn three_layers_are_one_too_many() {
    let mut text = format!("glpat-{BODY}");
    for layer in 1..=3 {
        text = BASE64_STANDARD.encode(text.as_bytes());
        assert_eq!(scan(&text, &[]).len(), usize::from(layer < 3), "{layer} layers");
    }
}
