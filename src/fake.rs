//! Made-up tokens for samples, examples and tests.
//!
//! No whole token stands in this repository: forges refuse such pushes and scanners raise alarms. They are made here, at
//! run time, from a prefix and a body that GitLab's generators cannot make: a genuine short body never contains `l`, `I`,
//! `O` or `0` (Devise's friendly tokens replace them), these always do; the others come from a fixed seed.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use crate::catalog::TokenType;

/// A repeatable source of numbers (SplitMix64, public domain by Sebastiano Vigna); not for secrets, which is the point.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn pick(&mut self, alphabet: &[u8]) -> char {
        let index = usize::try_from(self.next() % alphabet.len() as u64).unwrap_or(0);
        alphabet.get(index).copied().map_or('a', char::from)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| self.pick(alphabet)).collect()
    }
}

const FRIENDLY: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
const HEX: &[u8] = b"0123456789abcdef";
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A short body, `length` characters from 8, impossible for GitLab's generator.
fn friendly(numbers: &mut Numbers, length: usize) -> String {
    let mut body = numbers.text(FRIENDLY, length - 4);
    // The four letters that a genuine one cannot have, in a place of their own.
    let at = length / 3;
    body.insert_str(at, "l0OI");
    body
}

/// A made-up token of a kind; `seed` tells several apart. The short form where a kind has two.
#[must_use]
pub fn token(kind: TokenType, seed: u64) -> String {
    let mut numbers = Numbers(seed ^ 0x1EA5_7153);
    let n = &mut numbers;
    match kind {
        TokenType::OauthApplicationSecret => format!("gloas-{}", n.text(HEX, 64)),
        TokenType::OauthAccessToken | TokenType::OauthRefreshToken => n.text(HEX, 64),
        TokenType::DeployToken => format!("gldt-{}", friendly(n, 20)),
        TokenType::RunnerRegistrationToken => format!("GR1348941{}", friendly(n, 20)),
        TokenType::RunnerAuthenticationToken => format!("glrt-{}", friendly(n, 20)),
        TokenType::RunnerControllerToken => format!("glrct-{}", friendly(n, 20)),
        TokenType::CiJobToken => format!("glcbt-64_{}", friendly(n, 20)),
        TokenType::PipelineTriggerToken => format!("glptt-{}", n.text(HEX, 40)),
        TokenType::FeedToken => format!("glft-{}", friendly(n, 20)),
        TokenType::IncomingEmailToken => format!("glimt-{}", n.text(BASE36, 25)),
        TokenType::ClusterAgentToken => format!("glagent-{}", friendly(n, 50)),
        TokenType::WorkspaceToken => format!("glwt-{}", friendly(n, 20)),
        TokenType::ScimToken => format!("glsoat-{}", friendly(n, 20)),
        TokenType::FeatureFlagsClientToken => format!("glffct-{}", friendly(n, 20)),
        TokenType::GitlabSessionCookie => format!("_gitlab_session={}", n.text(HEX, 32)),
        TokenType::WebhookSigningToken => format!("whsec_{}=", n.text(FRIENDLY, 43)),
        TokenType::ErrorTrackingClientKey => format!("glet_{}", n.text(HEX, 32)),
        TokenType::CiIdToken => jwt(
            n,
            r#"{"iss":"https://gitlab.example.com","project_id":"22","project_path":"shop/web","namespace_id":"7","namespace_path":"shop","user_login":"dana","pipeline_id":"9","pipeline_source":"push","job_id":"302","ref":"main","ref_type":"branch","exp":1795176000,"aud":"https://vault.example.com","sub":"project_path:shop/web:ref_type:branch:ref:main"}"#,
        ),
        TokenType::LfsToken => jwt(n, r#"{"data":{"actor":"dana"},"exp":1795176000}"#),
        TokenType::ContainerRegistryJwt => jwt(
            n,
            r#"{"aud":"container_registry","sub":"dana","access":[{"type":"repository","name":"shop/web","actions":["pull"]}],"exp":1795176000}"#,
        ),
        TokenType::DependencyProxyJwt => {
            let inner = token(TokenType::DeployToken, seed.wrapping_add(1));
            jwt(n, &format!(r#"{{"user_id":7,"deploy_token":"{inner}","exp":1795176000}}"#))
        }
        TokenType::StaticObjectToken | TokenType::WebhookSecretToken | TokenType::DeployKey => friendly(n, 20),
        TokenType::PersonalAccessToken
        | TokenType::FineGrainedPersonalAccessToken
        | TokenType::ImpersonationToken
        | TokenType::ProjectAccessToken
        | TokenType::GroupAccessToken
        | TokenType::ServiceAccountToken => format!("glpat-{}", friendly(n, 20)),
    }
}

/// A job token in its newer form, a JWT.
#[must_use]
pub fn job_jwt(seed: u64) -> String {
    let claims = r#"{"version":"0.1.0","iss":"gitlab.example.com","aud":"gitlab-authz-token","sub":"gid://gitlab/Ci::Build/302","jti":"0","iat":1795170000,"nbf":1795169995,"exp":1795176000}"#;
    format!("glcbt-{}", jwt(&mut Numbers(seed), claims))
}

/// A routable token: `prefix` (`glpat-`, `acme-glrt-`), and a payload such as `o:1\nu:16`; version 1 of the layout
/// (<https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/>).
#[must_use]
pub fn routable(prefix: &str, payload: &str, seed: u64) -> String {
    let mut bytes = random_bytes(seed);
    bytes.extend(payload.as_bytes());
    bytes.push(u8::try_from(payload.len()).unwrap_or(u8::MAX));
    sealed(prefix, &bytes, Some("01"))
}

/// As [`routable`], in the first layout, which had no version.
#[must_use]
pub fn routable_v0(prefix: &str, payload: &str, seed: u64) -> String {
    let mut bytes = payload.as_bytes().to_vec();
    bytes.extend(random_bytes(seed));
    bytes.push(16);
    sealed(prefix, &bytes, None)
}

fn random_bytes(seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed ^ 0x0520_77AB);
    (0..2).flat_map(|_| numbers.next().to_le_bytes()).collect()
}

/// Any bytes with the length and the checksum of a routable token behind them.
#[must_use]
pub fn sealed(prefix: &str, bytes: &[u8], version: Option<&str>) -> String {
    let body = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let mut text = format!("{prefix}{body}.");
    if let Some(version) = version {
        text.push_str(version);
        text.push('.');
    }
    text.push_str(&base36(body.len() as u64, 2));
    with_checksum(text)
}

/// A text with its own checksum behind it, as a routable token has.
#[must_use]
pub fn with_checksum(mut text: String) -> String {
    text.push_str(&base36(u64::from(crc32fast::hash(text.as_bytes())), 7));
    text
}

/// A JWT with these claims, a JSON text.
#[must_use]
pub fn jwt_with(claims: &str) -> String {
    jwt(&mut Numbers(1), claims)
}

fn base36(mut number: u64, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 || digits.len() < width {
        digits.push(char::from_digit(u32::try_from(number % 36).unwrap_or(0), 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}

fn jwt(numbers: &mut Numbers, claims: &str) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","typ":"JWT","kid":"made-up"}"#);
    let signature: Vec<u8> = (0..32).flat_map(|_| numbers.next().to_le_bytes()).collect();
    format!(
        "{header}.{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(claims.as_bytes()),
        BASE64_URL_SAFE_NO_PAD.encode(&signature)
    )
}

/// Replaces `{{deploy_token}}` and `{{deploy_token 2}}` (kind, seed) in a sample by made-up tokens; also
/// `{{job_jwt}}` and `{{routable glpat-}}`. Other braces stay.
#[must_use]
pub fn expand(sample: &str) -> String {
    let mut out = String::with_capacity(sample.len());
    let mut rest = sample;
    while let Some((before, tail)) = rest.split_once("{{") {
        out.push_str(before);
        let made = tail.split_once("}}").and_then(|(inside, after)| Some((make(inside)?, after)));
        match made {
            Some((token, after)) => {
                out.push_str(&token);
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

fn make(inside: &str) -> Option<String> {
    let (word, argument) = inside.split_once(' ').unwrap_or((inside, ""));
    let seed = || if argument.is_empty() { Some(1) } else { argument.parse().ok() };
    match word {
        "job_jwt" => Some(job_jwt(seed()?)),
        "routable" => Some(routable(argument, "c:1\no:1\nu:qglj", 1)),
        _ => Some(token(TokenType::parse(word)?, seed()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_tokens_differ_by_seed_and_repeat() {
        for kind in TokenType::ALL {
            assert_eq!(token(*kind, 1), token(*kind, 1));
            assert_ne!(token(*kind, 1), token(*kind, 2), "{}", kind.id());
        }
    }

    #[test]
    fn samples_are_filled_in() {
        let text = expand("a={{deploy_token 7}} b=${{ matrix }} c={{nonsense}}");
        assert!(text.starts_with("a=gldt-"));
        assert!(text.ends_with("b=${{ matrix }} c={{nonsense}}"));
    }
}
