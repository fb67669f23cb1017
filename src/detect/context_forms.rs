//! Tokens without a prefix, known by what stands around them.

use super::bytes::{at, is_hex, part};
use super::placeholder::is_placeholder;
use super::work;
use crate::catalog::TokenType;

/// The longest text before a body that is looked at: `gitlab+deploy-token-` and a number of 20 digits.
const LONGEST_CONTEXT: usize = 48;

/// The kind of the body from `start` to `end`, a whole run, by its surroundings: `feed_token=…`, and the user names of
/// basic authentication in a URL (`gitlab-ci-token:…@`), percent-encoded or not. `floor` is where the text before may
/// begin. `userpass` says that the whole text is `user:password`, so its end stands for the `@`.
pub(super) fn kind(text: &[u8], floor: usize, start: usize, end: usize, userpass: bool) -> Option<TokenType> {
    let length = end - start;
    let body = part(text, start, end);
    let followed = || at(text, end) == b'@' || part(text, end, end + 3) == b"%40" || (userpass && end == text.len());
    // Sixty-four characters are a hash nearly always: they are looked at where a user's name may stand before them.
    let hex64 = || length == 64 && followed() && body.iter().all(|&byte| is_hex(byte));
    if length != 20 && !hex64() {
        return None;
    }
    work::add(LONGEST_CONTEXT);
    let context = part(text, floor.max(start.saturating_sub(LONGEST_CONTEXT)), start);
    let kind = if let Some(kind) = named(context).filter(|_| length == 20 && is_drawn(body)) {
        kind
    } else if let Some(key) = cut(context, b"=", b"%3d") {
        let is_feed = key.ends_with(b"feed_token") || key.ends_with(b"rss_token");
        (length == 20 && is_feed).then_some(TokenType::FeedToken)?
    } else {
        let user = cut(context, b":", b"%3a")?;
        if !followed() {
            return None;
        }
        match length {
            20 if user.ends_with(b"gitlab-ci-token") => TokenType::CiJobToken,
            20 if is_deploy_user(user) => TokenType::DeployToken,
            // Whoever clones with an access token that has no prefix yet.
            20 if user.ends_with(b"oauth2") && is_drawn(body) => TokenType::PersonalAccessToken,
            64 if user.ends_with(b"oauth2") => TokenType::OauthAccessToken,
            _ => return None,
        }
    };
    (!is_placeholder(body)).then_some(kind)
}

/// The kind that a header or parameter of GitLab's names: `PRIVATE-TOKEN: `, `"JOB-TOKEN": "`, `private_token=`
/// (<https://docs.gitlab.com/api/rest/authentication/>).
fn named(context: &[u8]) -> Option<TokenType> {
    const NAMES: [(&[u8], TokenType); 3] = [
        (b"private-token", TokenType::PersonalAccessToken),
        (b"job-token", TokenType::CiJobToken),
        (b"deploy-token", TokenType::DeployToken),
    ];
    let trimmed = |text: &[u8]| {
        let end = text.iter().rposition(|byte| !matches!(byte, b' ' | b'"' | b'\'' | b'\\'));
        end.map_or(0, |end| end + 1)
    };
    let (sign, name) = part(context, 0, trimmed(context)).split_last()?;
    if !matches!(sign, b':' | b'=') {
        return None;
    }
    let name = part(name, 0, trimmed(name));
    NAMES.iter().find_map(|&(known, kind)| {
        let (before, word) = name.split_at_checked(name.len().checked_sub(known.len())?)?;
        let same = word
            .iter()
            .zip(known)
            .all(|(byte, known)| byte.eq_ignore_ascii_case(known) || (*known == b'-' && *byte == b'_'));
        let alone = before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_'));
        (same && alone).then_some(kind)
    })
}

/// Is it drawn at random, as far as one can see? A name or a word has no digit, or no capital among small letters.
fn is_drawn(body: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| body.iter().any(class);
    has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}

/// Without the sign at its end, which may be percent-encoded.
fn cut<'a>(context: &'a [u8], sign: &[u8], encoded: &[u8]) -> Option<&'a [u8]> {
    context.strip_suffix(sign).or_else(|| {
        let at = context.len().checked_sub(encoded.len())?;
        let (key, tail) = context.split_at_checked(at)?;
        tail.eq_ignore_ascii_case(encoded).then_some(key)
    })
}

/// `gitlab+deploy-token-12`, the plus sign percent-encoded or not.
fn is_deploy_user(user: &[u8]) -> bool {
    let digits = user.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = user.get(..user.len() - digits).unwrap_or_default();
    digits > 0
        && name
            .strip_suffix(b"deploy-token-")
            .is_some_and(|name| [&b"gitlab+"[..], b"gitlab%2B", b"gitlab%2b"].iter().any(|plus| name.ends_with(plus)))
}
