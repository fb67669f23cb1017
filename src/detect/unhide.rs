//! What hides a token in a text: escapes of URLs, JSON, shells, HTML and terminals, at its edges or in the middle of it.
//!
//! `glpat%2D…`, `glpat\u002d…`, `glpat\-…`, `glpat&#45;…`, a colour code inside, also one whose ESC a copy has lost or a
//! JSON writer has escaped; a text put together from pieces (`"glp" + "at-…"`); a line that a terminal or a mail has
//! wrapped. Words that hold such a mark are decoded and scanned once more; the spans lead back to the characters of the
//! text. Where marks may begin is known from the candidate pass
//! (`leastwise_candidates`): text without them costs nothing more, and nothing is copied.

use zeroize::{Zeroize, Zeroizing};

use super::bytes::{at, before, count, is_body, is_of_a_mark, is_part, is_prefix, is_prefix_or_mark, part, rest};
use super::grammar::known_at;
use super::{cuts, jwt, runs, work};
use crate::source::Span;

/// The longest terminal sequence that is taken for one.
const LONGEST_SEQUENCE: usize = 256;

/// The longest space between two pieces of a text, or before a line that goes on.
const LONGEST_BLANK: usize = 64;

/// The longest word in quotes: longer than a job token.
const LONGEST_WORD: usize = 8192 + 256;

/// The widest line that is wrapped, in bytes: no terminal is wider.
const WIDEST: usize = 512;

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

/// A mark that begins at `start`: what it means, and its length.
fn mark(text: &[u8], start: usize) -> Option<(Meaning, usize)> {
    let here = rest(text, start);
    match *here {
        [b'%', ..] => Some((Meaning::Percent(number(part(here, 1, 3), 16)?), 3)),
        [b'\\', b'"' | b'\'', ..] if let Some(length) = concatenation(text, start) => Some((Meaning::Nothing, length)),
        [b'\\', ..] => escaped(here),
        [b'&', ..] => entity(here),
        [0x1b, ..] => sequence(here).map(|length| (Meaning::Nothing, length)),
        [b'[', ..] => remnant(text, start).map(|length| (Meaning::Nothing, length)),
        // Both join what stands before them.
        [b'"' | b'\'' | b'`', ..] if is_part(before(text, start)) => {
            concatenation(text, start).or_else(|| shell_quote(text, start)).map(|length| (Meaning::Nothing, length))
        }
        // A mail's way to break a line, and to write what it must not hold.
        [b'=', b'\n', ..] if is_inside(text, start, start + 2) => Some((Meaning::Nothing, 2)),
        [b'=', b'\r', b'\n', ..] if is_inside(text, start, start + 3) => Some((Meaning::Nothing, 3)),
        // Zero-width space and joiners, word joiner, soft hyphen, byte order mark.
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => Some((Meaning::Nothing, 3)),
        [0xc2, 0xad, ..] => Some((Meaning::Nothing, 2)),
        _ => None,
    }
}

/// What a backslash begins.
fn escaped(text: &[u8]) -> Option<(Meaning, usize)> {
    // `\u001b[31m`, `\033[31m`: a colour that somebody wrote down.
    let escape = match *text {
        [_, b'u', b'0', b'0', b'1', b'b' | b'B', b'[', ..] => 6,
        [_, b'x', b'1', b'b' | b'B', b'[', ..] | [_, b'0', b'3', b'3', b'[', ..] => 4,
        [_, b'e', b'[', ..] => 2,
        _ => 0,
    };
    if escape > 0 {
        return colour(rest(text, escape)).map(|length| (Meaning::Nothing, escape + length));
    }
    match *text {
        [_, b'u', ..] => Some((Meaning::Byte(number(part(text, 2, 6), 16)?), 6)),
        [_, b'x', ..] => Some((Meaning::Byte(number(part(text, 2, 4), 16)?), 4)),
        // A line that goes on in the next; YAML takes the blanks at its beginning away.
        [_, b'\n', ..] => Some((Meaning::Nothing, 2 + blanks(rest(text, 2)))),
        [_, b'\r', b'\n', ..] => Some((Meaning::Nothing, 3 + blanks(rest(text, 3)))),
        [_, byte, ..] if byte.is_ascii_punctuation() => Some((Meaning::Byte(byte), 2)),
        [_, b'n' | b'r' | b't', ..] => Some((Meaning::Byte(b' '), 2)),
        _ => None,
    }
}

/// Blanks at the beginning, so many as an indentation has.
fn blanks(text: &[u8]) -> usize {
    text.iter().take(LONGEST_BLANK).take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// Do characters that tokens are made of stand before `start` and at `end`?
fn is_inside(text: &[u8], start: usize, end: usize) -> bool {
    is_part(before(text, start)) && is_part(at(text, end))
}

/// The length of `[0;m`, `[31;1m`, `[0K`: a colour or an erasure whose ESC was lost, in the middle of a word or before one.
fn remnant(text: &[u8], start: usize) -> Option<usize> {
    let length = colour(rest(text, start))?;
    is_part(at(text, start + length)).then_some(length)
}

/// The length of `[` numbers and a letter that colours, erases or moves.
fn colour(text: &[u8]) -> Option<usize> {
    let numbers = rest(text, 1).iter().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    matches!(at(text, numbers + 1), b'A'..=b'H' | b'J' | b'K' | b'm').then_some(numbers + 2)
}

/// The length of what stands between two pieces of one text: `" + "`, `' . '`, `""`, `" "`, and `\" + \"` in a text of JSON.
fn concatenation(text: &[u8], start: usize) -> Option<usize> {
    // The length of a quote, and of the backslash before it.
    let quote = |from: usize| {
        let backslash = usize::from(at(text, from) == b'\\');
        matches!(at(text, from + backslash), b'"' | b'\'' | b'`').then_some(backslash + 1)
    };
    let space = |from: usize| {
        let blank = |byte: &&u8| byte.is_ascii_whitespace();
        from + rest(text, from).iter().take(LONGEST_BLANK).take_while(blank).count()
    };
    if !is_part(before(text, start)) {
        return None;
    }
    let after_first = space(start + quote(start)?);
    let operator = match *rest(text, after_first) {
        [b'.', b'.', ..] | [b'|', b'|', ..] | [b'<', b'<' | b'>', ..] | [b'\\', b'\n', ..] => 2,
        [b'+' | b'.' | b'&' | b'~', ..] => 1,
        _ => 0,
    };
    let second = space(after_first + operator);
    let end = second + quote(second)?;
    // A text that begins with a prefix holds a token of its own: what stands in the text before is not a part of it.
    (is_part(at(text, end)) && known_at(rest(text, end)).is_none()).then_some(end - start)
}

/// A quote in the middle of a shell's word: `glp"at-…"`, `"glp"at-…`. It has its other half, or it is the end of a text.
fn shell_quote(text: &[u8], start: usize) -> Option<usize> {
    let quote = at(text, start);
    let opens = || {
        let length = count(text, start + 1, LONGEST_WORD, is_part);
        at(text, start + 1 + length) == quote
    };
    let closes = || {
        let inside = part(text, start.saturating_sub(LONGEST_WORD), start);
        let length = inside.iter().rev().take_while(|&&byte| is_part(byte)).count();
        work::add(length);
        before(text, start - length) == quote
    };
    (is_body(before(text, start)) && is_body(at(text, start + 1)) && (opens() || closes())).then_some(1)
}

/// The length of a line end in the middle of a word that a terminal or a mail wrapped: the line is as wide as the others of the
/// word, `width`, which the first one tells.
fn wrap(text: &[u8], start: usize, width: &mut Option<usize>) -> Option<usize> {
    let length = match rest(text, start) {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    if !is_inside(text, start, start + length) {
        return None;
    }
    let line = part(text, start.saturating_sub(WIDEST + 1), start);
    work::add(line.len().min(WIDEST));
    let columns = match memchr::memrchr(b'\n', line) {
        Some(end) => line.len() - end - 1,
        None if line.len() == start => start,
        None => return None,
    };
    match *width {
        Some(width) if width != columns => None,
        _ => {
            *width = Some(columns);
            Some(length)
        }
    }
}

/// Does a token seem to be cut by this line end? Its prefix stands in the last word of the line, or goes on in the next line.
/// Most lines of a log end with a word and begin with one, so this is asked of nearly every one of them.
fn cuts(text: &[u8], start: usize) -> bool {
    let next = start + 1 + usize::from(at(text, start) == b'\r');
    if !is_inside(text, start, next) {
        return false;
    }
    let first = part(text, start.saturating_sub(WIDEST), start);
    let word = first.iter().rev().take_while(|&&byte| is_part(byte)).count();
    let word_start = start - word;
    work::add(word + 1);
    let may_begin = |at: usize| {
        known_at(rest(text, at)).is_some_and(|known| at + known.prefix.len() <= start) || jwt::begins(rest(text, at))
    };
    let has_prefix = may_begin(word_start)
        || memchr::memchr2_iter(b'-', b'=', part(text, word_start, start)).any(|sign| may_begin(word_start + sign + 1));
    has_prefix || cuts::parts_a_prefix(text, word_start, start, next)
}

/// A number that is an ASCII character. `digits` is empty where the text ends too early.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let digit = |value: u32, byte: &u8| {
        let digit = char::from(*byte).to_digit(radix)?;
        Some((value * radix + digit).min(0x80))
    };
    digits
        .iter()
        .try_fold(0, digit)
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| value.is_ascii() && !digits.is_empty())
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

/// A word without its marks, or a line of one.
pub(super) struct Plain<'a> {
    /// The decoded text.
    pub(super) bytes: &'a [u8],
    /// Stretches that follow each other.
    stretches: &'a [Stretch],
    /// What stands before `bytes` in the decoded word.
    before: usize,
    /// Where it ends in the text.
    end: usize,
}

/// Where a part of a decoded word begins there and in the text, and what it is.
#[derive(Clone, Copy)]
struct Stretch {
    decoded: usize,
    source: usize,
    holds: Holds,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Characters as they stand.
    Literal,
    /// A character that belongs to no word, but stands before a mark like one.
    Foreign,
    Mark(Meaning),
    /// A line end in a word that something wrapped.
    Wrap,
}

impl Plain<'_> {
    /// Where a part of the decoded text stands in the text: its pieces, and whether it crosses a percent sign. Marks that
    /// mean nothing part the pieces; those that mean a character belong to them.
    pub(super) fn origin(&self, span: Span) -> (Vec<Span>, bool) {
        let (start, end) = (self.before + span.start, self.before + span.end);
        let first = self.stretches.partition_point(|stretch| stretch.decoded <= start).saturating_sub(1);
        let mut pieces: Vec<Span> = Vec::new();
        let mut percent = false;
        for (index, stretch) in self.stretches.iter().enumerate().skip(first) {
            if stretch.decoded >= end {
                break;
            }
            let next = self.stretches.get(index + 1);
            let piece = match stretch.holds {
                Holds::Wrap | Holds::Mark(Meaning::Nothing) => continue,
                Holds::Mark(meaning) => {
                    if start > stretch.decoded {
                        continue;
                    }
                    percent |= matches!(meaning, Meaning::Percent(_));
                    Span::new(stretch.source, next.map_or(self.end, |next| next.source))
                }
                Holds::Literal | Holds::Foreign => {
                    let until = next.map_or(self.before + self.bytes.len(), |next| next.decoded).min(end);
                    let from = start.max(stretch.decoded);
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

/// A place of the text at which a mark was looked for, and what was found.
#[derive(Clone, Copy)]
pub(super) struct Looked {
    start: usize,
    mark: Option<(Meaning, usize)>,
}

/// The words of a text that hold a mark, block by block.
#[derive(Default)]
pub(super) struct Words {
    /// Before this, words have been decoded.
    done: usize,
    word: Word,
}

impl Words {
    /// Calls `each` for every word with one of the marks of the block at `place` (a bit each) that is long enough for a
    /// token, without its marks.
    pub(super) fn block(&mut self, text: &[u8], place: usize, mut marks: u64, mut each: impl FnMut(&Plain<'_>)) {
        while marks != 0 {
            let found = place + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            if found < self.done {
                continue;
            }
            let Some(looked) = telling(text, found) else { continue };
            let first = found - usize::from(part(text, found.saturating_sub(1), found + 1) == b"\r\n");
            // Marks before it belong to the word as well: a token begins behind one.
            let word = part(text, self.done, first).iter().rev().take_while(|&&byte| is_prefix_or_mark(byte)).count();
            let start = first - word;
            self.word.decode(text, start, found, looked);
            work::add(self.word.end - start);
            self.done = self.word.end.max(found + 1);
            self.word.each(&mut each);
        }
    }
}

/// The word that is decoded. One place serves all words of a text: nothing is allocated for each, and what a word leaves there is
/// overwritten before the next and at the end.
#[derive(Default)]
struct Word {
    bytes: Zeroizing<Vec<u8>>,
    stretches: Vec<Stretch>,
    end: usize,
    /// Does it go over the end of a line that something wrapped?
    wrapped: bool,
}

impl Word {
    /// Decodes the word that begins at `start` and reaches at least up to `least`; on over ends of lines where these may be wraps.
    fn decode(&mut self, text: &[u8], start: usize, least: usize, looked: Looked) {
        self.bytes.as_mut_slice().zeroize();
        self.bytes.clear();
        self.stretches.clear();
        self.end = start;
        self.wrapped = false;
        let mut width = None;
        loop {
            // An equals sign may be a mark.
            let is_literal = |byte: &&u8| is_prefix(**byte) && **byte != b'=';
            let literal = rest(text, self.end).iter().take_while(is_literal).count();
            if literal > 0 {
                self.keep(Holds::Literal, part(text, self.end, self.end + literal));
            }
            let Some(&byte) = text.get(self.end) else { break };
            let mark = if looked.start == self.end { looked.mark } else { mark(text, self.end) };
            if let Some((meaning, length)) = mark {
                self.stretch(Holds::Mark(meaning));
                if let Meaning::Byte(byte) | Meaning::Percent(byte) = meaning {
                    self.bytes.push(byte);
                }
                self.end += length;
            } else if let Some(length) = wrap(text, self.end, &mut width) {
                self.stretch(Holds::Wrap);
                self.end += length;
                self.wrapped = true;
            } else if is_prefix(byte) {
                self.keep(Holds::Literal, &[byte]);
            } else if self.end < least {
                self.keep(Holds::Foreign, &[byte]);
            } else {
                break;
            }
        }
    }

    fn stretch(&mut self, holds: Holds) {
        self.stretches.push(Stretch { decoded: self.bytes.len(), source: self.end, holds });
    }

    /// Takes characters as they stand.
    fn keep(&mut self, holds: Holds, bytes: &[u8]) {
        self.stretch(holds);
        self.bytes.extend_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Calls `each` for what is long enough for a token: the word, and where it seems to be wrapped each of its lines by itself. It
    /// may be the end of one line and the beginning of another, unrelated one.
    fn each(&self, each: &mut impl FnMut(&Plain<'_>)) {
        if self.bytes.len() < runs::SHORTEST {
            return;
        }
        each(&Plain { bytes: &self.bytes, stretches: &self.stretches, before: 0, end: self.end });
        if !self.wrapped {
            return;
        }
        let mut index = 0;
        for stretches in self.stretches.split(|stretch| matches!(stretch.holds, Holds::Wrap | Holds::Foreign)) {
            let behind = index + stretches.len();
            let whole = (self.bytes.len(), self.end);
            let (until, end) = self.stretches.get(behind).map_or(whole, |next| (next.decoded, next.source));
            index = behind + 1;
            let before = stretches.first().map_or(until, |first| first.decoded);
            let bytes = part(&self.bytes, before, until);
            // Without a mark it was read as it stands.
            let is_marked = |stretch: &Stretch| matches!(stretch.holds, Holds::Mark(_));
            if bytes.len() >= runs::SHORTEST && stretches.iter().any(is_marked) {
                each(&Plain { bytes, stretches, before, end });
            }
        }
    }
}

/// Could what is around this mark be a token that cannot be read with it? It stands for a character that tokens are made
/// of, or for nothing between two of them. Says what was looked at.
pub(super) fn telling(text: &[u8], start: usize) -> Option<Looked> {
    work::add(8);
    // Of the two forms that are known by their prefix alone, the edge before it must not be a letter of a mark.
    let begins = |length: usize| matches!(at(text, start + length), b'w' | b'_');
    let first = at(text, start);
    // Quotes, brackets, colours and ampersands are everywhere: one look beside them is nearly always enough.
    let joins = matches!(first, b'"' | b'\'' | b'`' | b'[' | 0x1b);
    let next = at(text, start + 1);
    let is_end_of_a_colour = matches!(next, b'0'..=b'9' | b';' | b'A'..=b'H' | b'J' | b'K' | b'm');
    if joins && !is_part(before(text, start))
        || first == b'[' && !is_end_of_a_colour
        || first == b'&' && next != b'#' && !next.is_ascii_lowercase()
    {
        return None;
    }
    let look = |start: usize| Looked { start, mark: mark(text, start) };
    if first == b'\n' {
        let soft = match *part(text, start.saturating_sub(2), start) {
            [.., b'='] => 1,
            [b'=', b'\r'] => 2,
            [.., end] => {
                let start = start - usize::from(end == b'\r');
                return cuts(text, start).then_some(Looked { start, mark: None });
            }
            [] => return None,
        };
        return Some(look(start - soft)).filter(|looked| looked.mark.is_some());
    }
    let looked = look(start);
    let is_telling = match looked.mark? {
        // A mark that stands for the first character of another one: escaped twice.
        (Meaning::Byte(byte) | Meaning::Percent(byte), length) => {
            is_prefix(byte) || matches!(byte, b'%' | b'\\' | b'&') || begins(length)
        }
        // What follows may be the next mark.
        (Meaning::Nothing, length) => {
            let next = at(text, start + length);
            begins(length)
                || (is_part(before(text, start)) && (is_prefix(next) || !next.is_ascii() || is_of_a_mark(next)))
        }
    };
    is_telling.then_some(looked)
}
