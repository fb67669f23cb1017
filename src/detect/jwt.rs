//! JSON web tokens, told apart by what they claim. Nothing is verified: that needs the instance's key.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Map, Value};

use super::bytes::{at, count, is_body, part, rest};
use super::{JwtFacts, scan, work};
use crate::catalog::TokenType;
use crate::text::Name;
use crate::time::Timestamp;

/// Longest claim that is shown as a name; GitLab's own paths are shorter.
const LONGEST_NAME: usize = 512;

/// A well-formed JWT behind a header.
pub(super) struct Jwt {
    /// One past the last character of the signature.
    pub(super) end: usize,
    claims: Map<String, Value>,
}

/// What the header of a JWT begins with: `{"`, in base64.
pub(super) const HEAD: &str = "eyJ";

/// Does `text` begin as the header of a JWT does?
pub(super) fn begins(text: &[u8]) -> bool {
    text.starts_with(HEAD.as_bytes())
}

/// Reads the JWT whose header is a run that ends at `dot`: payload and signature behind it.
pub(super) fn read(text: &[u8], dot: usize) -> Option<Jwt> {
    let payload = dot + 1;
    if at(text, dot) != b'.' || !begins(rest(text, payload)) {
        return None;
    }
    let payload_end = payload + count(text, payload, usize::MAX, is_body);
    if payload_end - payload < 11 || at(text, payload_end) != b'.' {
        return None;
    }
    let signature = payload_end + 1;
    let end = signature + count(text, signature, usize::MAX, is_body);
    if end - signature < 20 {
        return None;
    }
    work::add(payload_end - payload);
    let json = BASE64_URL_SAFE_NO_PAD.decode(part(text, payload, payload_end)).ok()?;
    let Value::Object(claims) = serde_json::from_slice(&json).ok()? else { return None };
    Some(Jwt { end, claims })
}

/// Characters of the signatures that there are: HS256, HS384, HS512 and ES256, ES384, ES512, RS256 with keys of 2048, 3072 and
/// 4096 bits (RFC 7518).
const SIGNATURES: [usize; 8] = [43, 64, 86, 128, 176, 342, 512, 683];

/// Has this JWT a signature of a usual length? If not, it may go on where it seems to end.
pub(super) fn is_whole(text: &[u8]) -> bool {
    let dot = memchr::memrchr(b'.', text).unwrap_or(0);
    SIGNATURES.contains(&(text.len() - dot - 1))
}

impl Jwt {
    /// Which of GitLab's kinds, by its claims; `None` for a JWT of somebody else.
    /// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
    pub(super) fn kind(&self) -> Option<TokenType> {
        let has = |key: &str| self.claims.contains_key(key);
        if self.is_for("container_registry") && has("access") {
            Some(TokenType::ContainerRegistryJwt)
        } else if EMBEDDED.iter().any(|(claim, _)| self.text(claim).is_some()) {
            Some(TokenType::DependencyProxyJwt)
        } else if self.claims.get("data").and_then(|data| data.get("actor")).is_some() {
            Some(TokenType::LfsToken)
        } else if ["project_path", "job_id", "pipeline_id", "ref_type"].iter().all(|key| has(key)) {
            Some(TokenType::CiIdToken)
        } else if self.is_job_token() {
            Some(TokenType::CiJobToken)
        } else {
            None
        }
    }

    /// Are these the claims of a job token?
    pub(super) fn is_job_token(&self) -> bool {
        self.is_for("gitlab-authz-token") && self.job_of_subject().is_some()
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// `aud` is a text or a list of texts.
    fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            _ => false,
        }
    }

    /// `gid://gitlab/Ci::Build/302`
    fn job_of_subject(&self) -> Option<u64> {
        self.text("sub")?.rsplit_once("/Ci::Build/")?.1.parse().ok()
    }

    /// What the claims say, with every credential in a name masked.
    pub(super) fn facts(&self, token_prefixes: &[String]) -> JwtFacts {
        let name = |claim: &str| {
            self.text(claim)
                .filter(|text| text.len() <= LONGEST_NAME)
                .map(|raw| Name::with_prefixes(raw, token_prefixes))
        };
        let number = |claim: &str| match self.claims.get(claim)? {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        JwtFacts {
            expires: self.claims.get("exp").and_then(whole_seconds).and_then(Timestamp::from_unix_seconds),
            job: self.job_of_subject().or_else(|| number("job_id")),
            issuer: name("iss"),
            project: name("project_path"),
            embedded: self.embedded(token_prefixes),
        }
    }

    /// The kind of the credential that a dependency proxy's JWT carries in clear: by its text, else by its claim.
    fn embedded(&self, token_prefixes: &[String]) -> Option<TokenType> {
        let (value, claimed) =
            EMBEDDED.iter().find_map(|&(claim, kind)| self.text(claim).map(|value| (value, kind)))?;
        let seen = scan(value, token_prefixes).first().and_then(|found| found.kind.token());
        // The claim tells a group's token from a person's, which the text cannot.
        Some(seen.filter(|&seen| seen != TokenType::PersonalAccessToken).unwrap_or(claimed))
    }
}

/// The claims that hold a credential in clear.
const EMBEDDED: [(&str, TokenType); 3] = [
    ("personal_access_token", TokenType::PersonalAccessToken),
    ("group_access_token", TokenType::GroupAccessToken),
    ("deploy_token", TokenType::DeployToken),
];

/// A JSON number of seconds; some libraries write fractions.
#[allow(clippy::cast_possible_truncation)] // `as` stops at the ends of the range, which is what is wanted.
fn whole_seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}
