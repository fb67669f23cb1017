//! Addresses as they may be shown: without what lets somebody in.

use crate::context::Context;
use crate::text::Name;

/// From this length on a part of a path with letters and digits is taken for a key, as chat services put them there.
const KEY_LIKE: usize = 16;

/// An address (of a webhook, a mirror, a callback) without user and password, without the values of its query, and
/// without parts of the path that look like keys. GitLab's own placeholders (`{token}`) stay.
#[must_use]
pub fn clean(raw: &str, context: &Context) -> Name {
    let (scheme, rest) = raw.split_once("://").map_or(("", raw), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (rest, fragment) = rest.split_once('#').map_or((rest, false), |(rest, _)| (rest, true));
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let mut out = String::with_capacity(raw.len());
    if !scheme.is_empty() {
        out.push_str(scheme);
        out.push_str("://");
    }
    match authority.rsplit_once('@') {
        Some((_, host)) => {
            out.push_str("…@");
            out.push_str(host);
        }
        None => out.push_str(authority),
    }
    for (index, part) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        out.push_str(if is_key_like(part) { "…" } else { part });
    }
    if let Some(query) = query {
        out.push('?');
        for (index, pair) in query.split('&').enumerate() {
            if index > 0 {
                out.push('&');
            }
            match pair.split_once('=') {
                Some((key, value)) => {
                    out.push_str(if is_key_like(key) { "…" } else { key });
                    out.push('=');
                    out.push_str(if value.is_empty() || is_placeholder(value) { value } else { "…" });
                }
                None => out.push_str(if is_key_like(pair) { "…" } else { pair }),
            }
        }
    }
    if fragment {
        out.push_str("#…");
    }
    context.name(&out)
}

/// `{token}`: GitLab fills it in when it sends, its value is not in the address.
fn is_placeholder(value: &str) -> bool {
    value.strip_prefix('{').and_then(|value| value.strip_suffix('}')).is_some_and(|name| !name.contains(['{', '}']))
}

/// Long, of letters and digits mixed: nobody names a path so.
fn is_key_like(part: &str) -> bool {
    let run = part.split(['-', '_', '.', '%', '~', '=', '+', ':', ';', ',']);
    let longest = run.map(|run| run.chars().filter(char::is_ascii_alphanumeric).count()).max().unwrap_or(0);
    let digits = part.bytes().any(|byte| byte.is_ascii_digit());
    let mixed =
        part.bytes().any(|byte| byte.is_ascii_lowercase()) && part.bytes().any(|byte| byte.is_ascii_uppercase());
    let letters = part.bytes().any(|byte| byte.is_ascii_alphabetic());
    longest >= KEY_LIKE && letters && (digits || mixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;

    #[test]
    fn what_lets_somebody_in_is_taken_out() {
        let context = Context::new(Date::new(2026, 11, 20).unwrap());
        for (raw, want) in [
            ("https://chat.example.net/hooks/abc", "https://chat.example.net/hooks/abc"),
            ("http://ci.internal.example:8080/notify", "http://ci.internal.example:8080/notify"),
            ("https://old.example.org/x?token={token}", "https://old.example.org/x?token={token}"),
            ("https://old.example.org/x?token=hunter22hunter22&v=1", "https://old.example.org/x?token=…&v=…"),
            ("https://me:hunter2@example.org/a", "https://…@example.org/a"),
            (
                "https://hooks.example.com/services/T0AB/B0CD/aB3dE5fG7hI9jK1lM3nO5pQ7",
                "https://hooks.example.com/services/T0AB/B0CD/…",
            ),
            ("https://example.org/a#secret", "https://example.org/a#…"),
            ("https://example.org?aB3dE5fG7hI9jK1lM3nO5", "https://example.org?…"),
            ("not an address", "not an address"),
            ("", ""),
        ] {
            assert_eq!(clean(raw, &context).as_str(), want);
        }
    }
}
