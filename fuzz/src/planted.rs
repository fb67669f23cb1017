//! Made-up credentials in an input, and the look for pieces of them in what comes out.
//!
//! A seed says `{{deploy_token 3}}` for a made-up token (kind, seed), which may be glued to anything; `{{cut 7 deploy_token 3}}` for
//! one that lost the eighth character of its body, `{{wound 7 deploy_token 3}}` for one with a sign put there.

use leastwise::catalog::TokenType;
use leastwise::fake;

/// An input as text, with the made-up tokens that it names.
pub struct Planted {
    pub text: String,
    /// The bodies of the tokens, whose pieces must not come out.
    bodies: Vec<String>,
    /// Where they stand.
    places: Vec<std::ops::Range<usize>>,
}

impl Planted {
    pub fn new(data: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(data);
        let mut text = String::new();
        let (mut bodies, mut places) = (Vec::new(), Vec::new());
        let mut rest: &str = &raw;
        while let Some((before, tail)) = rest.split_once("{{") {
            text.push_str(before);
            match tail.split_once("}}").and_then(|(inside, after)| Some((made(inside)?, after))) {
                Some(((shown, body), after)) => {
                    places.push(text.len()..text.len() + shown.len());
                    text.push_str(&shown);
                    bodies.extend(body);
                    rest = after;
                }
                None => {
                    text.push_str("{{");
                    rest = tail;
                }
            }
        }
        text.push_str(rest);
        bodies.sort();
        bodies.dedup();
        let mut without = text.clone();
        for body in &bodies {
            without = without.replace(body.as_str(), " ");
        }
        // A piece that the fuzzer has learnt to write by itself, outside any token, tells nothing of a token.
        bodies.retain(|body| pieces(body).all(|piece| !without.contains(&piece)));
        Self { text, bodies, places }
    }

    /// Some characters from the beginning, and the rest of a token that would be cut: eight characters of one may be a word.
    #[allow(dead_code)] // Each test binary uses its part of this.
    pub fn beginning(&self, characters: usize) -> String {
        let end = self.text.char_indices().nth(characters).map_or(self.text.len(), |(at, _)| at);
        let cut = self.places.iter().find(|place| place.start < end && end < place.end);
        self.text[..cut.map_or(end, |place| place.end)].to_owned()
    }

    /// Fails when a piece of a planted token is in `said`.
    pub fn assert_hidden(&self, said: &str) {
        for body in &self.bodies {
            for piece in pieces(body) {
                assert!(
                    !said.contains(&piece),
                    "`{piece}`, a piece of a credential, came out: {}",
                    around(said, &piece)
                );
            }
        }
    }
}

/// What a placeholder stands for: the characters, and the body that is secret, where the characters alone give it away.
fn made(inside: &str) -> Option<(String, Option<String>)> {
    let (word, argument) = inside.split_once(' ').unwrap_or((inside, ""));
    if !matches!(word, "cut" | "wound") {
        let token = fake::expand(&format!("{{{{{inside}}}}}"));
        let known = !token.starts_with("{{");
        let secret = match TokenType::parse(word) {
            Some(kind) => marked(kind),
            // A prefix that the fuzzer has spoilt makes no token.
            None => word != "routable" || ["glpat-", "acme-glpat-", "glrt-", "gldt-"].contains(&argument),
        };
        let secret = secret.then(|| body(&token).to_owned());
        return known.then_some((token, secret));
    }
    let (at, inside) = argument.split_once(' ')?;
    let kind = TokenType::parse(inside.split(' ').next()?)?;
    let (token, _) = made(inside)?;
    // The header of a JWT says how it is signed, and is the same for all of them.
    let body = body(&token);
    let secret = body.split_once('.').filter(|_| body.starts_with("eyJ")).map_or(body, |(_, claims)| claims).to_owned();
    let at = at.parse::<usize>().ok()? % secret.len();
    let (before, hurt) = secret.split_at_checked(at)?;
    let hurt = hurt.strip_prefix(|_: char| true)?;
    let sign = if word == "cut" { "" } else { "~" };
    let head = token.strip_suffix(&secret)?;
    Some((format!("{head}{before}{sign}{hurt}"), marked(kind).then_some(secret)))
}

/// Every eight characters in a row of a token's body.
fn pieces(body: &str) -> impl Iterator<Item = String> {
    let body: Vec<char> = body.chars().collect();
    (0..body.len().saturating_sub(7)).map(move |start| body[start..start + 8].iter().collect())
}

/// Do the characters alone give this kind away?
fn marked(kind: TokenType) -> bool {
    !matches!(
        kind,
        TokenType::OauthAccessToken
            | TokenType::OauthRefreshToken
            | TokenType::StaticObjectToken
            | TokenType::WebhookSecretToken
            | TokenType::DeployKey
            | TokenType::GitlabSessionCookie
    )
}

fn body(token: &str) -> &str {
    ["GR1348941", "whsec_", "glet_"]
        .iter()
        .find_map(|prefix| token.strip_prefix(prefix))
        .or_else(|| token.strip_prefix("acme-")?.split_once('-').map(|(_, body)| body))
        .or_else(|| token.split_once('-').filter(|(prefix, _)| prefix.len() <= 10).map(|(_, body)| body))
        .unwrap_or(token)
}

fn around<'a>(said: &'a str, piece: &str) -> &'a str {
    let at = said.find(piece).unwrap_or_default();
    let from = (0..=at.saturating_sub(120)).rev().find(|&at| said.is_char_boundary(at)).unwrap_or_default();
    let to = (at + 120..said.len()).find(|&at| said.is_char_boundary(at)).unwrap_or(said.len());
    &said[from..to]
}
