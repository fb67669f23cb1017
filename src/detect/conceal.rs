//! What must not be shown, though it may be no token.
//!
//! [`scan`](super::scan) says what is a credential; a report may be wrong about a damaged one, but must not print it
//! either. So what is shown (names, excerpts) is also cleared of what only looks like a credential: a known prefix
//! anywhere in a word with something random behind it, of whatever length; a JWT that is cut; 64 hexadecimal digits, as
//! an OAuth token has; the password in a URL; and base64 of any of these. Words stay (`glpat-rotation-for-prod`), and so
//! do placeholders and references.

use super::bytes::{at, count, is_base64, is_body, is_hex, part, rest};
use super::grammar::{Grammar, known_at, may_begin};
use super::placeholder::is_placeholder;
use super::wrapped::Region;
use super::{jwt, runs, scan, work};
use crate::order;
use crate::secret::Masked;
use crate::source::Span;

/// The shortest body that gives something away: the promise is about eight characters in a row.
const SHORTEST: usize = 8;

/// Longer words and placeholders are hidden, although somebody may have typed them.
const LONGEST_TYPED: usize = 64;

/// Layers of base64 that are opened, as in the scanner.
const LAYERS: u8 = 2;

/// Every part of `text` that must not be shown, in order and not overlapping, with what to show for it.
#[must_use]
pub fn conceal(text: &str, token_prefixes: &[String]) -> Vec<(Span, Masked)> {
    let mut hidden: Vec<(Span, Masked)> =
        scan(text, token_prefixes).into_iter().map(|found| (found.span, found.masked)).collect();
    suspicious(text.as_bytes(), token_prefixes, LAYERS, &mut |span, masked| hidden.push((span, masked)));
    if hidden.len() > 1 {
        // Of two that begin together the longer one, then the one that was found to be a token.
        order::sort_by_key(&mut hidden, |(span, _)| (span.start, std::cmp::Reverse(span.end)));
        hidden.dedup_by(|(span, _), (kept, _)| {
            let overlaps = kept.overlaps(*span);
            if overlaps {
                kept.end = kept.end.max(span.end);
            }
            overlaps
        });
    }
    hidden
}

/// Calls `hide` for everything that looks like a credential.
fn suspicious(text: &[u8], token_prefixes: &[String], layers: u8, hide: &mut dyn FnMut(Span, Masked)) {
    with_prefix(text, hide);
    passwords(text, hide);
    let mut opened = 0;
    runs::all(text, |runs::Run { start, end, .. }| {
        let body = end - runs::SHORTEST;
        for told in token_prefixes.iter().filter(|told| part(text, 0, body).ends_with(told.as_bytes())) {
            if !told.is_empty() && !is_placeholder(part(text, body, end)) {
                hide(Span::new(body - told.len(), end), Masked::new("", Some(runs::SHORTEST)));
            }
        }
        let mut at = start;
        for digits in part(text, start, end).split(|&byte| !is_hex(byte)) {
            if digits.len() >= 64 && !is_placeholder(digits) {
                hide(Span::new(at, at + digits.len()), Masked::new("", Some(digits.len())));
            }
            at += digits.len() + 1;
        }
        if layers > 0 && start >= opened {
            let region = Region::around(text, opened, start, end);
            opened = region.end;
            for unwrapped in region.open(text) {
                let mut inside = None;
                suspicious(&unwrapped.bytes, token_prefixes, layers - 1, &mut |_, masked| inside = Some(masked));
                opened = opened.max(unwrapped.span().end);
                if let Some(masked) = inside {
                    hide(unwrapped.span(), masked);
                }
            }
        }
        end
    });
}

/// What most tokens are made of, and JWTs.
fn is_narrow(byte: u8) -> bool {
    is_body(byte) || byte == b'.'
}

/// What signing tokens and cookies are made of.
fn is_wide(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'.' | b'%' | b'=')
}

/// A known prefix, or the head of a JWT, with something random behind it, wherever it stands.
fn with_prefix(text: &[u8], hide: &mut dyn FnMut(Span, Masked)) {
    let mut narrow = Word { alphabet: is_narrow, reach: 0, end: 0 };
    let mut wide = Word { alphabet: is_wide, reach: 0, end: 0 };
    let mut start = 0;
    // Nothing but these begins with such two characters, the head of a JWT with the last: see the test.
    let begins =
        |pair: &[u8]| matches!(*pair, [first, second] if may_begin(first, second) || (first, second) == (b'e', b'y'));
    while let Some(passed) = rest(text, start).windows(2).position(begins) {
        start += passed;
        let here = rest(text, start);
        let known = known_at(here);
        let (prefix, word, is_part): (_, _, fn(u8) -> bool) = match known {
            Some(known) if known.has(Grammar::Signing) || known.has(Grammar::Session) => {
                (known.prefix, &mut wide, is_wide)
            }
            Some(known) => (known.prefix, &mut narrow, is_narrow),
            None if jwt::begins(here) => ("eyJ", &mut narrow, is_narrow),
            None => {
                start += 1;
                continue;
            }
        };
        let body = start + prefix.len();
        let end = word.end(text, body);
        let random = is_random(part(text, body, end), prefix == "eyJ");
        // Several words are no part of a token; a single one, or a few characters, may be, unless the prefix is so short that
        // any text may have it.
        let one_word = || part(text, body, end).iter().all(u8::is_ascii_alphanumeric) || end - body < SHORTEST;
        let may_go_on = random || (prefix.len() > 3 && one_word());
        let goes_on = if may_go_on { continuation(text, end, is_part) } else { None };
        let least = known.iter().flat_map(|known| &known.grammars).map(|grammar| grammar.least()).max();
        let goes_on =
            goes_on.or_else(|| missing(text, end, least.unwrap_or(0).checked_sub(end - body)?).filter(|_| random));
        match goes_on.or(random.then_some(end)) {
            Some(end) => {
                hide(Span::new(start, end), Masked::new(prefix, Some(end - body)));
                start = end;
            }
            None => start = body,
        }
    }
    work::add(text.len());
}

/// Where a body goes on that broke off at `end`: behind one character that belongs to no token stands something random. The
/// full stops at its end, which the word was told without, may be those of a JWT.
fn continuation(text: &[u8], end: usize, is_part: fn(u8) -> bool) -> Option<usize> {
    let dots = count(text, end, 2, |byte| byte == b'.');
    (0..=dots).find_map(|dots| behind_one(text, end + dots, is_part))
}

/// Where a body goes on that broke off at `end` with so many characters `missing`: behind one character stands what it lacks, though
/// it may look like a word.
fn missing(text: &[u8], end: usize, missing: usize) -> Option<usize> {
    let next = end + rest(text, end).first()?.leading_ones().max(1) as usize;
    let length = count(text, next, LONGEST_TYPED, is_body);
    // The character may stand in the place of one.
    (length >= SHORTEST && length + 1 >= missing && missing > 0).then_some(next + length)
}

/// The end of something random that stands behind the character at `sign`.
fn behind_one(text: &[u8], sign: usize, is_part: fn(u8) -> bool) -> Option<usize> {
    let first = rest(text, sign).first()?;
    // A character of several bytes is stepped over whole.
    let next = sign + first.leading_ones().max(1) as usize;
    let length = count(text, next, LONGEST_TYPED + 1, is_part);
    if length > LONGEST_TYPED {
        return Some(next + length + count(text, next + length, usize::MAX, is_part));
    }
    is_drawn(part(text, next, next + length)).then_some(next + length)
}

/// The word that was last measured, of one alphabet: a hostile text has many prefixes in one word.
struct Word {
    alphabet: fn(u8) -> bool,
    /// One past its last character.
    reach: usize,
    /// As `reach`, without full stops at the end: they end a sentence.
    end: usize,
}

impl Word {
    /// Where the word that goes on at `body` ends.
    fn end(&mut self, text: &[u8], body: usize) -> usize {
        if body >= self.reach {
            self.reach = body + count(text, body, usize::MAX, self.alphabet);
            let dots = part(text, body, self.reach).iter().rev().take_while(|&&byte| byte == b'.').count();
            self.end = self.reach - dots;
        }
        self.end.max(body)
    }
}

/// Does it look drawn, not typed? What is longer than a person types is not looked at any closer, except that the header
/// of a JWT (base64 of JSON) has digits.
fn is_random(body: &[u8], header: bool) -> bool {
    let first = body.get(..LONGEST_TYPED).unwrap_or(body);
    work::add(first.len());
    body.len() >= SHORTEST
        && (!header || first.iter().any(u8::is_ascii_digit))
        && !(body.len() <= LONGEST_TYPED && is_typed(body))
}

/// Is it random by itself, without a prefix to say so? Letters and digits mixed as nobody types them.
fn is_drawn(text: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| text.iter().any(class);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    is_random(text, false) && (mixed || (has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)))
}

/// Did somebody type all of it? Words and fillers (`xxxxxxxx`, `12345678`), joined by signs. A word like `example` somewhere
/// in it is not enough: it may be the name of the host that a damaged token is glued to.
fn is_typed(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric()).all(|part| is_a_word(part) || is_filler(part))
}

/// The same few characters again and again, or the row of the keys.
fn is_filler(part: &[u8]) -> bool {
    let different = part.iter().fold(0u128, |seen, &byte| seen | 1 << (byte & 0x7f)).count_ones() as usize;
    let steps = part.windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) == 1)).count();
    part.len() >= SHORTEST && (different * 3 <= part.len().min(21) || steps * 8 >= part.len() * 7 - 8)
}

/// The password of `scheme://user:password@host`.
fn passwords(text: &[u8], hide: &mut dyn FnMut(Span, Masked)) {
    for colon in memchr::memchr_iter(b':', text) {
        let start = colon + 3;
        if part(text, colon + 1, start) != b"//" {
            continue;
        }
        let length =
            count(text, start, 1024, |byte| byte > b' ' && !matches!(byte, b'/' | b'@' | b'"' | b'\'' | b'<' | b'>'));
        let end = start + length;
        let colon = memchr::memchr(b':', part(text, start, end)).map(|colon| start + colon + 1);
        if let Some(password) = colon
            && at(text, end) == b'@'
            && password < end
            && !is_reference(part(text, password, end))
            && !is_masked(part(text, password, end))
        {
            hide(Span::new(password, end), Masked::new("", None));
        }
    }
}

/// `$TOKEN`, `${TOKEN}`, `{{ token }}`, `%TOKEN%`, `[MASKED]`, `***`, `<token>`: what stands for a password, and is none.
fn is_reference(text: &[u8]) -> bool {
    let name = |name: &[u8]| !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match text {
        [b'$', rest @ ..] => rest.starts_with(b"{") || rest.starts_with(b"(") || name(rest),
        [b'%', inside @ .., b'%'] => name(inside),
        [b'{' | b'[', ..] => true,
        _ => text.iter().all(|&byte| byte == b'*'),
    }
}

/// Is it what a [`Masked`] shows already?
fn is_masked(text: &[u8]) -> bool {
    let sign = "…".as_bytes();
    text == sign || (text.ends_with(b")") && memchr::memmem::find(text, sign).is_some())
}

/// A word, a year, a short number, or so short that it tells nothing.
fn is_a_word(part: &[u8]) -> bool {
    let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, digits) = part.split_at_checked(letters).unwrap_or_default();
    let lower = |letters: &[u8]| letters.iter().all(u8::is_ascii_lowercase);
    let one_case = lower(word)
        || word.iter().all(u8::is_ascii_uppercase)
        || word.split_first().is_some_and(|(_, rest)| lower(rest));
    let number = digits.iter().all(u8::is_ascii_digit) && digits.len() <= if word.is_empty() { 8 } else { 4 };
    (one_case && word.len() <= 16 && number) || part.len() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_begins_with_a_character_that_is_looked_at() {
        let body = "Qz7WkR3tYbNm5sK9mPqT";
        for prefix in crate::catalog::prefixes().iter().map(|row| row.prefix).chain([jwt::HEAD]) {
            let mut hidden = 0;
            with_prefix(format!("{prefix}{body}").as_bytes(), &mut |_, _| hidden += 1);
            assert_eq!(hidden, 1, "{prefix}");
        }
    }
}
