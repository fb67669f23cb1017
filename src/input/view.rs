//! A text as a reader's eye would see it, and the way back to the characters of the source.
//!
//! A log cuts and colours what it prints: a timestamp, a colour code or a line's continuation can stand in the middle of
//! a token. A [`View`] is the text without them. It is put together from pieces of the source only, so every character of
//! it has its place there, and a token found in it is one finding whose pieces are known ([`Found::parts`]).

use crate::detect::{self, Found};
use crate::order;
use crate::source::Span;

/// A text made of pieces of a source. Holds whatever the source holds, so it cannot be printed.
#[derive(Default, PartialEq, Eq)]
pub struct View {
    text: String,
    /// In order of `at`, each up to the next one.
    runs: Vec<Run>,
}

/// From `at` in the view on, the characters are those of the source from `source` on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Run {
    at: usize,
    source: usize,
    /// Something was left out right before it, and the two sides now touch.
    seam: bool,
}

/// The pieces in the order of the source.
pub(crate) struct Index {
    /// First byte and one past the last there, first byte in the view.
    pieces: Vec<(usize, usize, usize)>,
    /// How far each and those before it reach: a line's end can be said again.
    reach: Vec<usize>,
}

/// What is between two pieces that follow each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// They belong together, or one of them ends in what separates them.
    Plain,
    /// A mark without width stood there (a colour): what touches now may be one word or two.
    Seam,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("bytes", &self.text.len()).field("runs", &self.runs.len()).finish()
    }
}

impl View {
    /// Room for a text of `bytes`.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), runs: Vec::new() }
    }

    /// Appends `piece`, which stands in the source at `source`.
    pub(crate) fn push(&mut self, piece: &str, source: usize, join: Join) {
        if piece.is_empty() {
            return;
        }
        let at = self.text.len();
        let follows = self.runs.last().is_some_and(|run| run.source + (at - run.at) == source);
        if !follows {
            self.runs.push(Run { at, source, seam: join == Join::Seam });
        }
        self.text.push_str(piece);
    }

    /// Takes the last `bytes` back, when they are there and end between characters.
    pub(crate) fn shorten(&mut self, bytes: usize) {
        let Some(end) = self.text.len().checked_sub(bytes).filter(|&end| self.text.is_char_boundary(end)) else {
            return;
        };
        self.text.truncate(end);
        while self.runs.pop_if(|run| run.at >= end).is_some() {}
    }

    /// Appends the end of the view from `from` on once more, with its places: a line that goes on after another one
    /// came in between.
    pub(crate) fn repeat(&mut self, from: usize, to: usize) {
        let Some(again) = self.text.get(from..to).map(str::to_owned) else { return };
        let mut done = from;
        for span in self.original(Span::new(from, to)) {
            let length = span.end - span.start;
            if let Some(piece) = again.get(done - from..done - from + length) {
                self.push(piece, span.start, Join::Plain);
            }
            done += length;
        }
    }

    /// The text. Crate only: it may hold credentials.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where a part of the view stands in the source: its pieces, in the view's order. A part outside is cut to what is
    /// there; an empty part has one empty piece.
    #[must_use]
    pub fn original(&self, part: Span) -> Vec<Span> {
        let end = part.end.min(self.text.len());
        let start = part.start.min(end);
        let first = self.runs.partition_point(|run| run.at <= start).saturating_sub(1);
        let mut pieces: Vec<Span> = Vec::new();
        for (index, run) in self.runs.iter().enumerate().skip(first) {
            if run.at >= end && !pieces.is_empty() {
                break;
            }
            let until = self.runs.get(index + 1).map_or(self.text.len(), |next| next.at).min(end);
            let from = start.max(run.at);
            let piece = Span::new(run.source + (from - run.at), run.source + (until.max(from) - run.at));
            match pieces.last_mut() {
                Some(last) if last.end == piece.start => last.end = piece.end,
                _ => pieces.push(piece),
            }
            if until >= end {
                break;
            }
        }
        pieces
    }

    /// From the first to the last character of a part, in the source.
    #[must_use]
    pub fn hull(&self, part: Span) -> Span {
        let pieces = self.original(part);
        let start = pieces.iter().map(|piece| piece.start).min().unwrap_or(0);
        Span::new(start, pieces.iter().map(|piece| piece.end).max().unwrap_or(start))
    }

    /// Made once to ask [`View::around`] often.
    pub(crate) fn index(&self) -> Index {
        let ends = self.runs.iter().skip(1).map(|run| run.at).chain([self.text.len()]);
        let mut pieces: Vec<_> =
            self.runs.iter().zip(ends).map(|(run, end)| (run.source, run.source + (end - run.at), run.at)).collect();
        order::sort(&mut pieces);
        let mut reach = 0;
        let reaching = |&(_, end, _): &(usize, usize, usize)| {
            reach = reach.max(end);
            reach
        };
        Index { reach: pieces.iter().map(reaching).collect(), pieces }
    }

    /// The parts of the view that hold characters of a part of the source, each with `near` more bytes on both sides: in order,
    /// none over another.
    pub(crate) fn around(&self, index: &Index, part: Span, near: usize) -> Vec<Span> {
        let mut parts: Vec<Span> = Vec::new();
        let first = index.reach.partition_point(|&reach| reach <= part.start);
        for &(start, end, at) in index.pieces.get(first..).unwrap_or_default() {
            if start >= part.end {
                break;
            }
            if end <= part.start {
                continue;
            }
            let from = at + part.start.saturating_sub(start);
            let to = at + (end.min(part.end) - start);
            parts.push(Span::new(from.saturating_sub(near), (to + near).min(self.text.len())));
        }
        order::sort(&mut parts);
        let mut joined: Vec<Span> = Vec::with_capacity(parts.len());
        for mut part in parts {
            while !self.text.is_char_boundary(part.start) {
                part.start -= 1;
            }
            while !self.text.is_char_boundary(part.end) {
                part.end += 1;
            }
            match joined.last_mut() {
                Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
                _ => joined.push(part),
            }
        }
        joined
    }

    /// Every credential in it, each with its place in the source, in order of their start there and not twice.
    #[must_use]
    pub fn scan(&self, token_prefixes: &[String]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for token in detect::scan(&self.text, token_prefixes) {
            found.push(self.placed(token, |span| self.original(span)));
        }
        self.scan_at_seams(token_prefixes, &mut found);
        order::sort_by_key(&mut found, |token| (token.span.start, std::cmp::Reverse(token.span.end)));
        // A repeated end of a line shows the same token again, or the beginning of one that is known by now as a whole.
        let mut kept: Vec<Found> = Vec::with_capacity(found.len());
        for token in found {
            let known = kept.iter().rev().take(8).any(|other| {
                token.pieces().iter().any(|piece| other.pieces().iter().any(|known| piece.overlaps(*known)))
            });
            if !known {
                kept.push(token);
            }
        }
        kept
    }

    fn placed(&self, mut token: Found, original: impl Fn(Span) -> Vec<Span>) -> Found {
        // What hides a token within a line (an escape, a wrap) has parted it already.
        let mut parts: Vec<Span> = Vec::new();
        for piece in token.pieces().iter().flat_map(|piece| original(*piece)) {
            match parts.last_mut() {
                Some(last) if last.end == piece.start => last.end = piece.end,
                _ => parts.push(piece),
            }
        }
        let start = parts.iter().map(|piece| piece.start).min().unwrap_or(token.span.start);
        let end = parts.iter().map(|piece| piece.end).max().unwrap_or(token.span.end);
        token.span = Span::new(start, end);
        token.parts = if parts.len() > 1 { parts } else { Vec::new() };
        token
    }

    /// A colour code can part a token from the word before or behind it as well as cut it in the middle. Lines where two
    /// word characters touch only since a mark was left out are scanned once more with a blank in its place.
    fn scan_at_seams(&self, token_prefixes: &[String], found: &mut Vec<Found>) {
        let bytes = self.text.as_bytes();
        let word =
            |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let mut done = 0;
        for (index, run) in self.runs.iter().enumerate() {
            if !run.seam || run.at < done || run.at == 0 || !word(run.at) || !word(run.at - 1) {
                continue;
            }
            let start = bytes.get(..run.at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
            let end =
                bytes.get(run.at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(bytes.len(), |at| run.at + at);
            done = end;
            let mut parted = String::new();
            // Where each piece of the parted line is in the view.
            let mut pieces: Vec<(usize, usize)> = Vec::new();
            let mut from = start;
            let seams = self.runs.iter().skip(index).take_while(|run| run.at < end).filter(|run| run.seam);
            for to in seams.map(|run| run.at).chain([end]) {
                if let Some(piece) = self.text.get(from..to) {
                    pieces.push((parted.len(), from));
                    parted.push_str(piece);
                    parted.push(' ');
                }
                from = to;
            }
            for token in detect::scan(&parted, token_prefixes) {
                let index = pieces.partition_point(|(at, _)| *at <= token.span.start).saturating_sub(1);
                let Some(&(at, view)) = pieces.get(index) else { continue };
                if pieces.get(index + 1).is_some_and(|&(next, _)| token.span.end >= next) {
                    continue; // It reaches over a blank that is ours.
                }
                let token =
                    self.placed(token, |span| self.original(Span::new(span.start - at + view, span.end - at + view)));
                found.push(token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(pieces: &[(&str, usize)]) -> View {
        let mut view = View::default();
        for &(piece, source) in pieces {
            view.push(piece, source, Join::Plain);
        }
        view
    }

    #[test]
    fn parts_of_the_view_lead_back_to_their_pieces() {
        let view = view(&[("abc", 10), ("def", 20), ("ghi", 23), ("jkl", 40)]);
        assert_eq!(view.text(), "abcdefghijkl");
        assert_eq!(view.original(Span::new(0, 3)), [Span::new(10, 13)]);
        assert_eq!(view.original(Span::new(2, 4)), [Span::new(12, 13), Span::new(20, 21)]);
        assert_eq!(view.original(Span::new(3, 9)), [Span::new(20, 26)], "pieces that touch in the source are one");
        assert_eq!(view.original(Span::new(4, 99)), [Span::new(21, 26), Span::new(40, 43)]);
        assert_eq!(view.original(Span::new(3, 3)), [Span::new(20, 20)]);
        assert_eq!(view.hull(Span::new(1, 12)), Span::new(11, 43));
        assert_eq!(View::default().original(Span::new(3, 9)), []);
    }

    #[test]
    fn an_end_can_be_taken_back_or_said_again() {
        let mut view = view(&[("abc", 10), ("\n", 13), ("xyz", 50)]);
        view.repeat(1, 4);
        assert_eq!(view.text(), "abc\nxyzbc\n");
        assert_eq!(view.original(Span::new(7, 9)), [Span::new(11, 13)]);
        view.shorten(1);
        view.push("d", 90, Join::Plain);
        assert_eq!(view.text(), "abc\nxyzbcd");
        assert_eq!(view.original(Span::new(7, 10)), [Span::new(11, 13), Span::new(90, 91)]);
    }
}
