use super::*;
use crate::fake;

type Example = (&'static str, &'static str, &'static str, [Option<u64>; 6], Option<&'static str>);

/// The worked examples: prefix, rest, kind, decoded numbers (c g o p t u), the instance's own prefix. The two parts stand
/// apart so that no whole token stands here.
#[rustfmt::skip]
const EXAMPLES: [Example; 11] = [
    ("glrtr-", "W5m1cHR6skC98Bx7XkuYjmM6MQpnOjgKbzpyegp0OjIQ.01.181uebm4k", "runner_authentication_token", [Some(1), Some(8), Some(1007), None, Some(2), None], None),
    ("glpat-", "AAECAwQFBgcICQoLDA0OD2M6MQpvOjEKdTpxZ2xqDg.01.160swl7ew", "personal_access_token", [Some(1), None, Some(1), None, None, Some(1_234_567)], None),
    ("glpat-", "jzrB0gR76VVmoPHCfU6bA286MQp1OjE2CA.01.0y07ev7or", "personal_access_token", [None, None, Some(1), None, None, Some(42)], None),
    ("glrt-", "AAECAwQFBgcICQoLDA0OD2M6MQpvOjEKcDo1ejkwCnQ6Mwp1OjRpMBg.01.1j014y0ja", "runner_authentication_token", [Some(1), None, Some(1), Some(278_964), Some(3), Some(5832)], None),
    ("glrt-", "jzrB0gR76VVmoPHCfU6bA2M6MQpnOjdveQpvOjEKdDoyCnU6NGkwFw.01.1i0umobde", "runner_authentication_token", [Some(1), Some(9970), Some(1), None, Some(2), Some(5832)], None),
    ("glagent-", "jzrB0gR76VVmoPHCfU6bA2M6MQpvOjEKcDo1ejkwDg.01.160ssvqvq", "cluster_agent_token", [Some(1), None, Some(1), Some(278_964), None, None], None),
    ("gldt-", "AAECAwQFBgcICQoLDA0OD2M6MQpnOjdveQpvOjEN.01.141vgtgl3", "deploy_token", [Some(1), Some(9970), Some(1), None, None, None], None),
    ("glpat-", "bzoxCnU6MTaPOsHSBHvpVWag8cJ9TpsDEA.0y04mk55i", "personal_access_token", [None, None, Some(1), None, None, Some(42)], None),
    ("glrt-t2_", "Zzo3b3kKbzoxCnU6NGkwjzrB0gR76VVmoPHCfU6bAxA.1718pgfpd", "runner_authentication_token", [None, Some(9970), Some(1), None, None, Some(5832)], None),
    ("acme-glpat-", "jzrB0gR76VVmoPHCfU6bA286MQp1OjE2CA.01.0y0ybx9y0", "personal_access_token", [None, None, Some(1), None, None, Some(42)], Some("acme")),
    ("acme_", "jzrB0gR76VVmoPHCfU6bA2M6MQpvOjEKdToxNgw.01.130bk33a6", "personal_access_token", [Some(1), None, Some(1), None, None, Some(42)], Some("acme_")),
];

#[test]
fn gitlabs_own_example_and_the_worked_ones_are_decoded_wherever_they_stand() {
    for (prefix, rest, kind, [cell, group, organization, project, runner_type, user], own) in EXAMPLES {
        let token = format!("{prefix}{rest}");
        for (before, after) in [("", ""), ("token ", " now"), ("\"", "\""), ("ä", "."), ("x, ", ",y"), ("é\n", "\r\n")]
        {
            let text = format!("{before}{token}{after}");
            let found = only(&text, &[]);
            assert_eq!(&text[found.span.range()], token, "the whole of it");
            assert_eq!(found.kind.id(), kind);
            assert_eq!(found.checksum, Checksum::Valid, "{prefix} {before:?} {after:?}");
            assert_eq!(found.confidence, Confidence::Certain);
            let routing = Routing { organization, user, project, group, cell, runner_type };
            assert_eq!(found.routing.as_deref(), Some(&routing));
            assert_eq!(found.instance_prefix.as_ref().map(Name::as_str), own);
            let own = prefix.trim_start_matches("acme-").trim_start_matches("acme_");
            let shown = own.trim_end_matches("t2_");
            assert_eq!(
                found.masked.to_string(),
                format!("{shown}…({})", token.len() - prefix.len() + own.len() - shown.len())
            );
        }
    }
}

#[test]
fn the_checksum_proves_where_an_unknown_prefix_begins() {
    let (_, rest, ..) = EXAMPLES[10];
    for before in ["TOKEN=", "https://oauth2:", "\"auth\":\"", "a.b@"] {
        let text = format!("{before}acme_{rest}");
        assert_eq!(seen(&text), [("personal_access_token", &text[before.len()..])]);
    }
}

#[test]
fn one_wrong_character_makes_it_damaged_and_still_whole() {
    for (prefix, rest, kind, ..) in &EXAMPLES[..9] {
        let token = format!("{prefix}{rest}");
        for at in prefix.len()..token.len() {
            let mut bytes = token.clone().into_bytes();
            if bytes[at] == b'.' {
                continue;
            }
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let damaged = String::from_utf8(bytes).unwrap();
            let found = only(&damaged, &[]);
            assert_eq!(found.checksum, Checksum::Invalid, "character {at} of a {kind}");
            assert_eq!(found.span, Span::new(0, damaged.len()));
            assert_eq!(found.routing, None);
            assert_eq!(found.kind.id(), *kind);
        }
    }
}

#[test]
fn what_the_decoder_of_gitlab_refuses_is_never_valid() {
    // A payload that is not pairs, no payload at all, a wrong size byte: each with a checksum that holds.
    let cases =
        [(&b"x\n1:o:1\nz"[..], 10u8), (b"", 0), (b"o:1\n", 4), (b"o:", 2), (b"o:1", 9), (b":1", 2), (b"o:1:2", 5)];
    for (payload, size) in cases {
        let mut bytes = b"0123456789ABCDEF".to_vec();
        bytes.extend(payload);
        bytes.push(size);
        let text = fake::sealed("glrt-", &bytes, Some("01"));
        assert!(scan(&text, &[]).iter().all(|found| found.checksum != Checksum::Valid), "{payload:?}");
    }
}

/// The negative examples of GitLab's own test of its decoder: a checksum computed over what is not a token.
#[test]
fn gitlabs_own_negative_examples_are_refused() {
    for head in [
        "W5m1cHR6skC98Bx7XkuYjmM6MQpnOjgKbzpyegp0OjIQ",
        "W5m1cHR6skC98Bx7XkuYjmM6MQpnOjgKbzpyegp0OjIQ.01.181uebm4k",
        "8CLoDbhWwqW3qiRbgpHYEwA.01.0n",
        "igz7z_MRijGFhUQwq0FCzWEKeAoxCjIH.01.0w",
    ] {
        for prefix in ["glrtr-", "wrong-glrtr-"] {
            let text = fake::with_checksum(format!("{prefix}{head}"));
            assert!(scan(&text, &[]).iter().all(|found| found.checksum != Checksum::Valid), "{head}");
        }
    }
}

#[test]
fn a_tail_of_the_wrong_length_is_damaged_and_whole() {
    let (prefix, rest, ..) = EXAMPLES[1];
    let token = format!("{prefix}{rest}");
    for text in [
        format!("{token}a"),
        format!("{token}-b"),
        token[..token.len() - 1].to_owned(),
        token[..token.len() - 6].to_owned(),
    ] {
        let found = only(&text, &[]);
        assert_eq!((found.checksum, found.span), (Checksum::Invalid, Span::new(0, text.len())));
    }
}

#[test]
fn an_unknown_prefix_without_a_valid_checksum_is_nothing() {
    let (_, rest, ..) = EXAMPLES[1];
    finds_nothing(&format!("acme-{rest}"));
    finds_nothing(rest);
}

#[test]
fn placeholders_in_the_routable_shape_are_left() {
    finds_nothing(&format!("glpat-{}.01.{}", "x".repeat(30), "x".repeat(9)));
    finds_nothing(&format!("glpat-{}", "your_very_long_token_goes_in_here.01.0z1234567"));
}

#[test]
fn the_prefix_told_by_the_user_shows_a_damaged_one() {
    let told = [String::from("acme_")];
    let (prefix, rest, ..) = EXAMPLES[10];
    let (damaged, _) = rest.split_at(rest.len() - 1);
    let text = format!("x={prefix}{damaged}7 ");
    let found = only(&text, &told);
    assert_eq!((found.checksum, found.span), (Checksum::Invalid, Span::new(2, text.len() - 1)));
}

#[test]
fn every_layout_that_the_generator_can_make_is_verified() {
    for payload in
        ["o:1", "c:1", "c:1\ng:7oy\no:1\nt:2\nu:4i0", "o:zzzzzzzzzzzz", &format!("o:1\nz:{}", "q".repeat(150))]
    {
        for prefix in ["glpat-", "acme-glrt-", "glagent-", "", "a.b@c:d=", "+++", "gitlab.example.com-"] {
            for text in [fake::routable(prefix, payload, 7), fake::routable_v0(prefix, payload, 7)] {
                let found = only(&format!(" {text} "), &[]);
                assert_eq!((found.checksum, found.span), (Checksum::Valid, Span::new(1, text.len() + 1)), "{prefix}");
            }
        }
    }
}

#[test]
fn a_layout_newer_than_this_program_is_likely_and_not_decoded() {
    let text = fake::sealed("glpat-", &[7; 30], Some("02"));
    let found = only(&text, &[]);
    assert_eq!((found.checksum, found.routing, found.confidence), (Checksum::Valid, None, Confidence::Likely));
}
