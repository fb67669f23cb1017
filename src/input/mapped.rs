//! A text that was decoded from a part of a source (a YAML scalar, an unescaped value), and the way back: which
//! characters of the source each part of it is from.

use std::ops::Range;

use crate::source::Span;

/// A decoded text with its places. It may hold credentials, so printing it shows the place only.
#[derive(Clone, PartialEq, Eq)]
pub struct Mapped {
    text: Box<str>,
    /// In order of `at`. Never overlapping in the source, and rising there too.
    runs: Vec<Run>,
    span: Span,
}

/// From `at` in the decoded text on, until the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    at: usize,
    source: usize,
    /// `None`: byte for byte the same. Else the bytes that these characters stand for, to be taken as one.
    length: Option<usize>,
}

impl Mapped {
    /// The text stands in the source as it is, from `start` on.
    #[must_use]
    pub fn plain(text: &str, start: usize) -> Self {
        let runs = vec![Run { at: 0, source: start, length: None }];
        Self { text: text.into(), runs, span: Span::new(start, start + text.len()) }
    }

    /// A decoded text of which only the whole place is known.
    #[must_use]
    pub fn whole(text: &str, span: Span) -> Self {
        let runs = vec![Run { at: 0, source: span.start, length: Some(span.end - span.start) }];
        Self { text: text.into(), runs, span }
    }

    /// The decoded text. Crate only: it may hold credentials.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A part of it, with its places. A range outside is cut to what is there; one that parts a character is empty.
    #[must_use]
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let end = range.start + text.len();
        let span = self.place(range.start..end);
        let first = self.runs.partition_point(|run| run.at <= range.start).saturating_sub(1);
        let runs = self.runs.iter().skip(first).take_while(|run| run.at < end.max(1)).map(|run| {
            let cut = range.start.saturating_sub(run.at);
            // Characters that stand for others keep their place as a whole.
            let source = if run.length.is_none() { run.source + cut } else { run.source };
            Run { at: (run.at + cut).saturating_sub(range.start), source, length: run.length }
        });
        Self { text: text.into(), runs: runs.collect(), span }
    }

    /// All of it in the source.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Where a part of the decoded text stands in the source. Ranges outside are cut to what is there.
    #[must_use]
    pub fn place(&self, range: Range<usize>) -> Span {
        let start = range.start.min(self.text.len());
        let end = range.end.clamp(start, self.text.len());
        let from = self.run(start).map_or(self.span.start, |run| match run.length {
            None => run.source + (start - run.at),
            Some(_) => run.source,
        });
        if start == end {
            return Span::new(from.min(self.span.end), from.min(self.span.end));
        }
        let to = self.run(end - 1).map_or(self.span.end, |run| match run.length {
            None => run.source + (end - run.at),
            Some(length) => run.source + length,
        });
        Span::new(from.min(self.span.end), to.clamp(from.min(self.span.end), self.span.end))
    }

    /// The same text in a source before which `by` more bytes stand.
    pub(crate) fn moved(&mut self, by: usize) {
        self.runs.iter_mut().for_each(|run| run.source += by);
        self.span = Span::new(self.span.start + by, self.span.end + by);
    }

    /// The text with other characters in some ranges: in order, none over another. They keep the place of what they replace.
    #[must_use]
    pub(crate) fn replaced(&self, pieces: &[(Range<usize>, String)]) -> Self {
        let mut builder = Builder::new();
        let mut at = 0;
        for (range, piece) in pieces {
            builder.part(&self.part(at..range.start));
            builder.instead(piece, self.place(range.clone()));
            at = range.end;
        }
        builder.part(&self.part(at..self.text.len()));
        builder.finish(self.span)
    }

    fn run(&self, at: usize) -> Option<Run> {
        let index = self.runs.partition_point(|run| run.at <= at);
        self.runs.get(index.checked_sub(1)?).copied()
    }
}

impl std::fmt::Debug for Mapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mapped({}..{})", self.span.start, self.span.end)
    }
}

/// Puts a [`Mapped`] together, piece by piece.
pub(crate) struct Builder {
    text: String,
    runs: Vec<Run>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), runs: Vec::new() }
    }

    /// `piece` stands in the source as it is, at `source`.
    pub(crate) fn same(&mut self, piece: &str, source: usize) {
        if piece.is_empty() {
            return;
        }
        let continues = self
            .runs
            .last()
            .is_some_and(|run| run.length.is_none() && run.source + (self.text.len() - run.at) == source);
        if !continues {
            self.runs.push(Run { at: self.text.len(), source, length: None });
        }
        self.text.push_str(piece);
    }

    /// `piece` is what the source's `span` stands for.
    pub(crate) fn instead(&mut self, piece: &str, span: Span) {
        if !piece.is_empty() {
            self.runs.push(Run { at: self.text.len(), source: span.start, length: Some(span.end - span.start) });
            self.text.push_str(piece);
        }
    }

    /// A text that was decoded already.
    fn part(&mut self, part: &Mapped) {
        if !part.text.is_empty() {
            let here = self.text.len();
            self.runs.extend(part.runs.iter().map(|run| Run { at: run.at + here, ..*run }));
            self.text.push_str(&part.text);
        }
    }

    /// How much was put in, bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Done; `span` is the place of all of it.
    pub(crate) fn finish(self, span: Span) -> Mapped {
        Mapped { text: self.text.into(), runs: self.runs, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_through_what_was_decoded() {
        // a\nb (written with an escape) then cd
        let mut builder = Builder::new();
        builder.same("a", 10);
        builder.instead("\n", Span::new(11, 13));
        builder.same("bcd", 13);
        let mapped = builder.finish(Span::new(10, 16));
        assert_eq!(mapped.place(0..1), Span::new(10, 11));
        assert_eq!(mapped.place(1..2), Span::new(11, 13));
        assert_eq!(mapped.place(0..3), Span::new(10, 14));
        assert_eq!(mapped.place(2..99), Span::new(13, 16));
        assert_eq!(mapped.place(9..99), Span::new(16, 16));
        for range in [0..5, 0..1, 1..2, 1..4, 2..4, 3..5, 4..4] {
            let part = mapped.part(range.clone());
            assert_eq!(part.text(), mapped.text().get(range.clone()).unwrap());
            for at in 0..part.text().len() {
                let whole = range.start + at;
                assert_eq!(part.place(at..at + 1), mapped.place(whole..whole + 1), "{range:?} {at}");
            }
        }
    }
}
