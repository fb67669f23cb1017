//! The two forms whose alphabet is wider than a token's, found by their prefix: session cookies and signing tokens.

use std::sync::OnceLock;

use super::bytes::{at, before, count, is_body, is_cookie, is_word, part, rest};
use super::grammar::{Grammar, Known, known};
use super::placeholder::is_placeholder;
use super::{edges, work};
use crate::report::Confidence;

/// A token of one of the two forms.
pub(super) struct Loose {
    pub(super) start: usize,
    /// First character behind the prefix.
    pub(super) body: usize,
    pub(super) end: usize,
    pub(super) known: &'static Known,
    pub(super) confidence: Confidence,
}

/// How far around a `whsec_` token a word that speaks of GitLab is looked for.
const NEAR: usize = 200;

/// Reads the token behind a prefix that ends at a place: first character of its body, end, how sure.
type Read = fn(&[u8], usize) -> Option<(usize, usize, Confidence)>;

/// A prefix to search for, and what reads the token behind it.
struct Form {
    known: &'static Known,
    name: &'static [u8],
    /// Bytes of the name before its first underscore, which is what it is searched by.
    underscore: usize,
    read: Read,
}

impl Form {
    fn new(known: &'static Known) -> Option<Self> {
        let read = if known.has(Grammar::Session) {
            session
        } else {
            known.has(Grammar::Signing).then_some(signing as Read)?
        };
        let name = known.prefix.trim_end_matches('=').as_bytes();
        let underscore = memchr::memchr(b'_', name)?;
        Some(Self { known, name, underscore, read })
    }

    /// Where the name begins whose first underscore stands at a place.
    fn start(&self, text: &[u8], underscore: usize) -> Option<usize> {
        let start = underscore.checked_sub(self.underscore)?;
        rest(text, start).starts_with(self.name).then_some(start)
    }
}

fn forms() -> &'static [Form] {
    static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
    FORMS.get_or_init(|| known().iter().filter_map(Form::new).collect())
}

/// Calls `each` for every such token whose prefix has its first underscore among those of the block at `place`, a bit each.
#[inline]
pub(super) fn find(text: &[u8], place: usize, mut underscores: u64, mut each: impl FnMut(Loose)) {
    while underscores != 0 {
        let underscore = place + underscores.trailing_zeros() as usize;
        underscores &= underscores - 1;
        // Both names are looked for by their letters beside it: see the test.
        if at(text, underscore + 1) == b'g' || before(text, underscore) == b'c' {
            look(text, underscore, &mut each);
        }
    }
}

fn look(text: &[u8], underscore: usize, each: &mut impl FnMut(Loose)) {
    for form in forms() {
        let Some(start) = form.start(text, underscore) else { continue };
        // A mail's `=3D` may stand before it, or a colour.
        if is_word(before(text, start))
            && part(text, start.saturating_sub(3), start) != b"=3D"
            && !edges::behind_sequence(text, start)
        {
            continue;
        }
        if let Some((body, end, confidence)) = (form.read)(text, start + form.name.len())
            && !is_placeholder(part(text, body, end))
        {
            each(Loose { start, body, end, known: form.known, confidence });
        }
    }
}

/// A cookie's value, in a header (`=`), in a percent-encoded one, in a cookie jar (tab) or in JSON.
fn session(text: &[u8], name_end: usize) -> Option<(usize, usize, Confidence)> {
    let follows = rest(text, name_end);
    let separator = [&b"="[..], b"%3D", b"%3d", b"\t", b"\":\"", b"\": \""]
        .into_iter()
        .find(|separator| follows.starts_with(separator))?;
    let body = name_end + separator.len();
    // In a text that is percent-encoded itself, a percent sign is where the value ends.
    let encoded = separator.starts_with(b"%");
    let length = count(text, body, 201, if encoded { is_body } else { is_cookie });
    // A full stop at the end ends a sentence.
    let length = part(text, body, body + length).iter().rposition(|&byte| byte != b'.')? + 1;
    if !(32..=200).contains(&length) {
        return None;
    }
    let end = body + length;
    let usual = length == 32 && part(text, body, end).iter().all(u8::is_ascii_hexdigit);
    Some((body, end, if usual { Confidence::Certain } else { Confidence::Likely }))
}

/// Standard base64 of a key. Stripe and Svix use the same prefix, so without a word of GitLab near it is only possible.
fn signing(text: &[u8], body: usize) -> Option<(usize, usize, Confidence)> {
    let length = count(text, body, 89, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    // What the length asks for, and no more: a `=` behind it separates.
    let padding = count(text, body + length, ((4 - length % 4) % 4).min(2), |byte| byte == b'=');
    let end = body + length + padding;
    // Behind padding the base64 is over, whatever follows.
    if !(32..=88).contains(&length)
        || (padding == 0 && (is_word(at(text, end)) || matches!(at(text, end), b'+' | b'/')))
    {
        return None;
    }
    let near = part(text, body.saturating_sub(NEAR), (end + NEAR).min(text.len()));
    work::add(near.len());
    let of_gitlab = near.windows(6).any(|word| word.eq_ignore_ascii_case(b"gitlab"));
    Some((body, end, if of_gitlab { Confidence::Likely } else { Confidence::Possible }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_beside_an_underscore_misses_no_form_of_the_catalog() {
        let forms = forms();
        let wide = known().iter().filter(|known| known.has(Grammar::Session) || known.has(Grammar::Signing));
        assert_eq!(forms.len(), wide.count());
        for form in forms {
            let looked_at = at(form.name, form.underscore + 1) == b'g' || before(form.name, form.underscore) == b'c';
            assert!(looked_at, "{}: `find` passes its underscore over", form.known.prefix);
        }
    }
}
