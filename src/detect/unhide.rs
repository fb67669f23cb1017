//! What hides a token in a text: escapes of URLs, JSON, shells, HTML and terminals, at its edges or in the middle of it.
//!
//! `glpat%2D…`, `glpat\u002d…`, `glpat\-…`, `glpat&#45;…`, a colour code inside. Words that hold such a mark are decoded
//! and scanned once more; the spans lead back to the characters of the text. Text without marks costs a search for the
//! four bytes they begin with, and nothing is copied.

use zeroize::Zeroizing;

use super::bytes::{at, is_body, is_prefix, part, rest};
use super::{runs, work};
use crate::source::Span;

/// The longest terminal sequence that is taken for one.
const LONGEST_SEQUENCE: usize = 256;

/// What a mark stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A character.
    Byte(u8),
    /// A character, in percent-encoding.
    Percent(u8),
    /// Nothing: a colour, a line's continuation, a space without width.
    Nothing,
}

/// A mark at the beginning of `text`: what it means, and its length.
fn mark(text: &[u8]) -> Option<(Meaning, usize)> {
    match *text {
        [b'%', ..] => Some((Meaning::Percent(number(part(text, 1, 3), 16)?), 3)),
        [b'\\', b'u', ..] => Some((Meaning::Byte(number(part(text, 2, 6), 16)?), 6)),
        [b'\\', b'x', ..] => Some((Meaning::Byte(number(part(text, 2, 4), 16)?), 4)),
        [b'\\', b'\n', ..] => Some((Meaning::Nothing, 2)),
        [b'\\', b'\r', b'\n', ..] => Some((Meaning::Nothing, 3)),
        [b'\\', byte, ..] if byte.is_ascii_punctuation() => Some((Meaning::Byte(byte), 2)),
        [b'\\', b'n' | b'r' | b't', ..] => Some((Meaning::Byte(b' '), 2)),
        [b'&', ..] => entity(text),
        [0x1b, ..] => sequence(text).map(|length| (Meaning::Nothing, length)),
        // Zero-width space and joiners, word joiner, soft hyphen, byte order mark.
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => Some((Meaning::Nothing, 3)),
        [0xc2, 0xad, ..] => Some((Meaning::Nothing, 2)),
        _ => None,
    }
}

/// A number that is an ASCII character. `digits` is empty where the text ends too early.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    u32::from_str_radix(text, radix).ok().and_then(|value| u8::try_from(value).ok()).filter(u8::is_ascii)
}

/// `&#45;`, `&#x2d;`, and the names of the signs that tokens and what is around them are made of.
fn entity(text: &[u8]) -> Option<(Meaning, usize)> {
    let length = memchr::memchr(b';', text.get(..12).unwrap_or(text))?;
    let byte = match part(text, 1, length) {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        b"amp" => b'&',
        b"quot" => b'"',
        b"apos" => b'\'',
        b"lt" => b'<',
        b"gt" => b'>',
        b"hyphen" | b"dash" => b'-',
        b"lowbar" => b'_',
        b"period" => b'.',
        b"equals" => b'=',
        b"colon" => b':',
        b"commat" => b'@',
        b"sol" => b'/',
        b"plus" => b'+',
        _ => return None,
    };
    Some((Meaning::Byte(byte), length + 1))
}

/// The length of a terminal sequence: `ESC [ … letter`, `ESC ] … BEL`, `ESC ( B`.
fn sequence(text: &[u8]) -> Option<usize> {
    let text = text.get(..LONGEST_SEQUENCE).unwrap_or(text);
    match at(text, 1) {
        b'[' => rest(text, 2).iter().position(|byte| (0x40..0x7f).contains(byte)).map(|index| index + 3),
        b']' => memchr::memchr2(0x07, b'\\', text).map(|index| index + 1),
        b'(' | b')' => (text.len() > 2).then_some(3),
        _ => None,
    }
}

/// A word without its marks.
pub(super) struct Plain {
    /// The decoded text, overwritten when dropped.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Stretches that follow each other: where each begins here and in the text, and whether it is a mark.
    stretches: Vec<Stretch>,
    end: usize,
}

#[derive(Clone, Copy)]
struct Stretch {
    decoded: usize,
    source: usize,
    mark: Option<Meaning>,
}

impl Plain {
    /// Where a part of the decoded text stands in the text: its pieces, and whether it crosses a percent sign. Marks that
    /// mean nothing part the pieces; those that mean a character belong to them.
    pub(super) fn origin(&self, span: Span) -> (Vec<Span>, bool) {
        let first = self.stretches.partition_point(|stretch| stretch.decoded <= span.start).saturating_sub(1);
        let mut pieces: Vec<Span> = Vec::new();
        let mut percent = false;
        for (index, stretch) in self.stretches.iter().enumerate().skip(first) {
            if stretch.decoded >= span.end {
                break;
            }
            let next = self.stretches.get(index + 1);
            let piece = match stretch.mark {
                Some(Meaning::Nothing) => continue,
                Some(meaning) => {
                    if span.start > stretch.decoded {
                        continue;
                    }
                    percent |= matches!(meaning, Meaning::Percent(_));
                    Span::new(stretch.source, next.map_or(self.end, |next| next.source))
                }
                None => {
                    let until = next.map_or(self.bytes.len(), |next| next.decoded).min(span.end);
                    let from = span.start.max(stretch.decoded);
                    if until <= from {
                        continue;
                    }
                    let shift = |decoded: usize| decoded - stretch.decoded + stretch.source;
                    Span::new(shift(from), shift(until))
                }
            };
            match pieces.last_mut() {
                Some(last) if last.end == piece.start => last.end = piece.end,
                _ => pieces.push(piece),
            }
        }
        (pieces, percent)
    }
}

/// Calls `each` for every word of `text` that holds a mark and is long enough for a token, without its marks.
pub(super) fn words(text: &[u8], mut each: impl FnMut(Plain)) {
    work::add(text.len() / 8);
    let mut done = 0;
    for found in starts(text) {
        if found < done || !is_telling(text, found) {
            continue;
        }
        let mut start = found;
        // Marks before it belong to the word as well: a token begins behind one.
        while start > done && (is_prefix(at(text, start - 1)) || is_of_a_mark(at(text, start - 1))) {
            start -= 1;
        }
        let plain = decode(text, start, found);
        work::add(plain.end - start);
        done = plain.end.max(found + 1);
        if plain.bytes.len() >= runs::SHORTEST {
            each(plain);
        }
    }
}

/// Where a mark may begin, in order.
fn starts(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut escapes = memchr::memchr3_iter(b'%', b'\\', b'&', text).peekable();
    let mut others = memchr::memchr3_iter(0x1b, 0xe2, 0xc2, text).peekable();
    std::iter::from_fn(move || match (escapes.peek(), others.peek()) {
        (Some(escape), Some(other)) if other < escape => others.next(),
        (None, _) => others.next(),
        _ => escapes.next(),
    })
}

/// Could what is around this mark be a token that cannot be read with it? It stands for a character that tokens are made
/// of, or for nothing between two of them.
fn is_telling(text: &[u8], start: usize) -> bool {
    work::add(8);
    match mark(rest(text, start)) {
        // A mark that stands for the first character of another one: escaped twice.
        Some((Meaning::Byte(byte) | Meaning::Percent(byte), _)) => {
            is_prefix(byte) || matches!(byte, b'%' | b'\\' | b'&')
        }
        Some((Meaning::Nothing, _)) => is_body(super::bytes::before(text, start)),
        None => false,
    }
}

/// What marks are made of, beside letters and digits.
fn is_of_a_mark(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'#' | b';' | b'[' | 0x1b)
}

/// Decodes the word that begins at `start` and reaches at least up to `least`.
fn decode(text: &[u8], start: usize, least: usize) -> Plain {
    let mut plain = Plain { bytes: Zeroizing::new(Vec::new()), stretches: Vec::new(), end: start };
    let mut literal = false;
    loop {
        let here = rest(text, plain.end);
        let Some(&byte) = here.first() else { break };
        if let Some((meaning, length)) = mark(here) {
            let decoded = plain.bytes.len();
            plain.stretches.push(Stretch { decoded, source: plain.end, mark: Some(meaning) });
            if let Meaning::Byte(byte) | Meaning::Percent(byte) = meaning {
                plain.bytes.push(byte);
            }
            plain.end += length;
            literal = false;
        } else if is_prefix(byte) || plain.end < least {
            if !literal {
                let decoded = plain.bytes.len();
                plain.stretches.push(Stretch { decoded, source: plain.end, mark: None });
                literal = true;
            }
            plain.bytes.push(byte);
            plain.end += 1;
        } else {
            break;
        }
    }
    plain
}
