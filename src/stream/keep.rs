//! What is kept of a large text, and where in it that stands.

use std::ops::Range;

use super::look::Seen;
use crate::input::decode;
use crate::source::{Gap, Source};
use crate::text::Name;

/// What is kept is kept with the whole line it is in; of a longer line so much on each side.
const LONG: usize = 8 * 1024;

/// Collects parts of a text, in order.
#[derive(Clone, Default)]
pub(super) struct Keeper {
    text: String,
    gaps: Vec<Gap>,
    /// Up to here the text was counted, kept or not.
    counted: usize,
    /// Line ends before `counted`.
    lines: usize,
    /// Characters between the last of them and `counted`.
    characters: usize,
    /// Something was left out right before `counted`: line ends before it.
    left_out: Option<usize>,
    /// The last byte was no line's end, and there was one.
    in_line: bool,
}

impl Keeper {
    /// Goes on to the byte `to` of `text`, whose first byte is the original's byte `base`: the `pending` parts of the
    /// original, whole lines where they are not too long, are kept, the rest is counted, as `seen` did already where nothing
    /// is kept. What is kept only in part stays pending.
    pub(super) fn take(&mut self, text: &[u8], base: usize, to: usize, pending: &mut Vec<Range<usize>>, seen: &[Seen]) {
        let mut at = self.counted - base;
        let mut whole: Vec<Range<usize>> = Vec::with_capacity(pending.len());
        for range in pending.iter() {
            let (start, end) = (range.start.saturating_sub(base), range.end.saturating_sub(base));
            whole.push(line_start(text, start.min(text.len()))..line_end(text, end));
        }
        whole.sort_by_key(|range| range.start);
        let mut windows = seen.iter().peekable();
        for range in whole {
            let (start, end) = (range.start.clamp(at, to.max(at)), range.end.min(to));
            if end > start {
                self.leave_out(text, at, start, &mut windows);
                self.keep(text.get(start..end).unwrap_or_default());
                at = end;
            }
        }
        self.leave_out(text, at, to, &mut windows);
        pending.retain(|range| range.end + 2 * LONG > self.counted);
    }

    /// Counts what is left out. Windows that lie inside were counted when they were looked at.
    fn leave_out<'s>(
        &mut self,
        text: &[u8],
        from: usize,
        to: usize,
        windows: &mut std::iter::Peekable<impl Iterator<Item = &'s Seen>>,
    ) {
        if from >= to {
            return;
        }
        if self.left_out.is_none() {
            self.left_out = Some(self.lines);
        }
        let mut at = from;
        while at < to {
            while windows.next_if(|seen| seen.own.start < at).is_some() {}
            match windows.next_if(|seen| seen.own.start == at && seen.own.end <= to) {
                Some(seen) => {
                    self.count(seen.own.len(), seen.lines, seen.tail, text.get(seen.own.end - 1) == Some(&b'\n'));
                    at = seen.own.end;
                }
                None => {
                    let end = windows.peek().map_or(to, |seen| seen.own.start.clamp(at + 1, to));
                    let bytes = text.get(at..end).unwrap_or_default();
                    let (lines, tail) = count(bytes);
                    self.count(bytes.len(), lines, tail, bytes.last() == Some(&b'\n'));
                    at = end;
                }
            }
        }
    }

    fn count(&mut self, bytes: usize, lines: usize, tail: usize, at_line_start: bool) {
        self.counted += bytes;
        self.lines += lines;
        self.characters = if lines == 0 { self.characters + tail } else { tail };
        self.in_line = !at_line_start;
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(lines) = self.left_out.take() {
            // A byte that no text has and that is an edge for everybody says that something is missing.
            self.text.push('\0');
            if self.lines > lines {
                self.text.push('\n');
                if self.in_line {
                    self.text.push('\0');
                }
            }
            self.gaps.push(Gap {
                at: self.text.len(),
                offset: self.counted,
                line: self.lines + 1,
                column: self.characters,
            });
        }
        decode::push_characters(&mut self.text, bytes);
        let (lines, tail) = count(bytes);
        self.count(bytes.len(), lines, tail, bytes.last() == Some(&b'\n'));
    }

    /// Bytes that are kept.
    #[cfg(test)]
    pub(super) const fn length(&self) -> usize {
        self.text.len()
    }

    /// The kept text, with its gaps. `bytes` is the size of the original.
    pub(super) fn finish(mut self, name: Name, bytes: usize) -> Source {
        if self.left_out.is_some() {
            self.text.push('\0');
        }
        let lines = self.lines + usize::from(self.in_line);
        Source::with_gaps(name, self.text, self.gaps, lines, bytes)
    }
}

/// Line ends in `bytes`, and the characters behind the last of them.
pub(super) fn count(bytes: &[u8]) -> (usize, usize) {
    let tail = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    let lines = memchr::memchr_iter(b'\n', bytes.get(..tail).unwrap_or_default()).count();
    (lines, decode::characters(bytes.get(tail..).unwrap_or_default()))
}

/// Where the line begins that `at` is in; in a long one, a place before it.
fn line_start(text: &[u8], at: usize) -> usize {
    let least = at.saturating_sub(LONG);
    match memchr::memrchr(b'\n', text.get(least..at).unwrap_or_default()) {
        Some(end) => least + end + 1,
        None if least == 0 => 0,
        None => character(text, least),
    }
}

/// Where the line ends that `at` is in, its line end included; in a long one, a place behind it.
fn line_end(text: &[u8], at: usize) -> usize {
    // The byte at the end of a range may be the line's end already.
    let from = at.saturating_sub(1);
    let near = text.get(from..).unwrap_or_default();
    match memchr::memchr(b'\n', near.get(..LONG).unwrap_or(near)) {
        Some(end) => from + end + 1,
        None => character(text, (from + LONG).min(text.len())),
    }
}

/// The first place at or behind `at` where a character begins.
pub(super) fn character(text: &[u8], at: usize) -> usize {
    let inside = text.get(at..).unwrap_or_default().iter().take(3).take_while(|&&byte| byte & 0xc0 == 0x80).count();
    (at + inside).min(text.len())
}

/// How much of `text` is whole characters: the last one may go on in bytes that are still to come.
pub(super) fn whole_characters(text: &[u8]) -> usize {
    for back in 1..=text.len().min(3) {
        let at = text.len() - back;
        let needs = match text.get(at) {
            Some(0xc2..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            Some(0xf0..=0xf4) => 4,
            Some(0x80..=0xbf) => continue,
            _ => return text.len(),
        };
        return if needs > back { at } else { text.len() };
    }
    text.len()
}
