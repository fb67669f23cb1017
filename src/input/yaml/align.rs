//! From a scalar's decoded text back to the characters of the file.

use std::borrow::Cow;

use granit_parser::ScalarStyle;

use super::{Scalar, Style};
use crate::input::mapped::{Builder, Mapped};
use crate::source::Span;

/// GitLab replaces `$[[ inputs.x ]]` in the raw text before it reads YAML, so it may stand where YAML allows no brackets.
/// Here every such place is replaced by a word of the same length; [`scalar`] takes the characters from the source.
pub(super) fn without_interpolation(text: &str) -> Cow<'_, str> {
    if !text.contains("$[[") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("$[[") {
        out.push_str(before);
        let line = tail.lines().next().unwrap_or_default();
        let Some((inside, _)) = line.split_once("]]") else {
            out.push_str("$[[");
            rest = tail;
            continue;
        };
        out.push_str("$__");
        out.extend(inside.chars().map(|c| if c.is_ascii() && !c.is_ascii_alphanumeric() { '_' } else { c }));
        out.push_str("__");
        rest = tail.get(inside.len() + 2..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The decoded `value` of the scalar at `span` with the place of each of its parts.
pub(super) fn scalar(source: &str, span: Span, value: &str, style: Style, raw: ScalarStyle) -> Scalar {
    let inside = source.get(span.range()).unwrap_or_default();
    if span.start == span.end && style == Style::Plain {
        // Nothing: the parser calls it `~`.
        return Scalar { text: Mapped::plain("", span.start), style };
    }
    let text = match raw {
        ScalarStyle::Plain if inside.len() == value.len() => Some(Mapped::plain(inside, span.start)),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            quoted(inside, span, value, matches!(raw, ScalarStyle::DoubleQuoted))
        }
        _ => lines(inside, span, value),
    };
    Scalar { text: text.unwrap_or_else(|| Mapped::whole(value, span)), style }
}

/// Block and many-line plain scalars: each line of the source stands in the value, without its indentation.
fn lines(inside: &str, span: Span, value: &str) -> Option<Mapped> {
    let mut builder = Builder::new();
    let mut rest = value;
    let mut at = span.start;
    for line in inside.split_inclusive('\n') {
        let content = line.trim();
        let content_at = at + (line.len() - line.trim_start().len());
        at += line.len();
        if content.is_empty() {
            continue;
        }
        // What the value has before it: line ends, the blanks they were folded to, deeper indentation.
        let blanks = rest.len() - rest.trim_start().len();
        let (gap, tail) = rest.split_at_checked(blanks)?;
        if !gap.is_empty() {
            builder.instead(gap, Span::new(content_at, content_at));
        }
        // The interpolation's stand-in has the same length.
        tail.get(..content.len())?;
        builder.same(content, content_at);
        rest = tail.get(content.len()..)?;
    }
    if !rest.trim().is_empty() {
        return None;
    }
    let end = span.start + inside.trim_end().len();
    builder.instead(rest, Span::new(end, end));
    let same = builder.len() == value.len();
    same.then(|| builder.finish(Span::new(span.start, end)))
}

fn quoted(inside: &str, span: Span, value: &str, double: bool) -> Option<Mapped> {
    let content = inside.get(1..inside.len().checked_sub(1)?)?;
    let base = span.start + 1;
    let whole = Span::new(base, base + content.len());
    let special: &[char] = if double { &['\\', '\n'] } else { &['\'', '\n'] };
    let mut builder = Builder::new();
    let mut at = 0;
    while let Some(rest) = content.get(at..).filter(|rest| !rest.is_empty()) {
        let stop = rest.find(special).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at_checked(stop)?;
        let here = base + at + stop;
        if tail.is_empty() {
            builder.same(piece, base + at);
            break;
        }
        if tail.starts_with('\n') {
            // A line end with the blanks around it is folded: to a blank, or to one less than its line ends.
            builder.same(piece.trim_end(), base + at);
            let blanks = tail.len() - tail.trim_start().len();
            let ends = tail.get(..blanks)?.matches('\n').count();
            let folded = if ends == 1 { " ".into() } else { "\n".repeat(ends - 1) };
            builder.instead(&folded, Span::new(base + at + piece.trim_end().len(), here + blanks));
            at += stop + blanks;
            continue;
        }
        builder.same(piece, base + at);
        let (stands_for, length) = if double { escape(tail)? } else { (Some('\''), 2) };
        if let Some(character) = stands_for {
            builder.instead(character.encode_utf8(&mut [0; 4]), Span::new(here, here + length));
        }
        at += stop + length;
    }
    // Whatever was not foreseen above shows itself here.
    (builder.len() == value.len()).then(|| builder.finish(whole))
}

/// A `\` escape: the character and how many bytes it takes in the source. An escaped line end is nothing.
fn escape(tail: &str) -> Option<(Option<char>, usize)> {
    let kind = tail.chars().nth(1)?;
    let hex = |digits: usize| {
        let number = u32::from_str_radix(tail.get(2..2 + digits)?, 16).ok()?;
        Some((Some(char::from_u32(number)?), 2 + digits))
    };
    let one = |character| Some((Some(character), 1 + kind.len_utf8()));
    match kind {
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        '\n' | '\r' => {
            let after = tail.get(1..)?;
            let blanks = after.len() - after.trim_start_matches([' ', '\t', '\r', '\n']).len();
            Some((None, 1 + blanks))
        }
        '0' => one('\0'),
        'a' => one('\u{7}'),
        'b' => one('\u{8}'),
        't' | '\t' => one('\t'),
        'n' => one('\n'),
        'v' => one('\u{b}'),
        'f' => one('\u{c}'),
        'r' => one('\r'),
        'e' => one('\u{1b}'),
        'N' => one('\u{85}'),
        '_' => one('\u{a0}'),
        'L' => one('\u{2028}'),
        'P' => one('\u{2029}'),
        other => one(other),
    }
}
