//! A text with a name, places in it, and the only way to quote it: cut and masked.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;

use crate::detect;
use crate::input::view::{self, View};
use crate::order;
use crate::secret::Masked;
use crate::text::Name;

/// A part of a source, in bytes of its decoded text; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// As a range, for slicing.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Do the two share a byte?
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A place as people count: line and column from 1, a column counts characters of the physical line of the original
/// input, `end_column` is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line of the first character, from 1.
    pub line: usize,
    /// Column of the first character, from 1.
    pub column: usize,
    /// Line of the last character, from 1.
    pub end_line: usize,
    /// Column behind the last character, from 1.
    pub end_column: usize,
}

/// One input text: its name, and its characters. It may hold live credentials, so it cannot be printed; what leaves
/// it is a [`Place`], or an [`Excerpt`] with every credential masked.
pub struct Source {
    name: Name,
    text: String,
    /// Byte offset at which each line begins.
    lines: Vec<usize>,
    /// Characters before each [`BLOCK`] of bytes, so that a column in a line of megabytes is known at once; empty where
    /// every byte is a character.
    blocks: Vec<usize>,
    bytes: usize,
    /// Where something was left out of a large text, see [`crate::stream`].
    gaps: Vec<Gap>,
    /// Lines of the original, where it was left out.
    whole_lines: Option<usize>,
    /// Several files, one behind the other: where each begins, and its name.
    files: Vec<(usize, Name)>,
}

/// Something was left out of a text before this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The first byte behind it, in the text that is there.
    pub(crate) at: usize,
    /// The same byte in the original.
    pub(crate) offset: usize,
    /// That byte's line in the original, from 1.
    pub(crate) line: usize,
    /// Characters before it in that line of the original.
    pub(crate) column: usize,
}

/// Bytes counted together.
const BLOCK: usize = 512;

/// The characters that begin in `bytes`, counted eight bytes at a time: a page's every finding asks for its place. Counting bytes
/// cannot panic where slicing inside a character would.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: u8| (byte & 0xC0) != 0x80;
    let (words, rest) = bytes.as_chunks::<8>();
    let in_words = words.iter().map(|word| {
        let word = u64::from_ne_bytes(*word);
        // In the lowest bit of each byte: is it none that goes on with a character, `10xxxxxx`?
        let begins = (!word >> 7 | word >> 6) & 0x0101_0101_0101_0101;
        begins.count_ones() as usize
    });
    in_words.sum::<usize>() + rest.iter().filter(|&&byte| begins(byte)).count()
}

impl Source {
    /// A source from decoded text; `bytes` is the size of the original before decoding.
    #[must_use]
    pub fn new(name: Name, text: String, bytes: usize) -> Self {
        // Counted first: that takes less than making room again and again.
        let ends = || memchr::memchr_iter(b'\n', text.as_bytes());
        let mut lines = Vec::with_capacity(1 + ends().count());
        lines.push(0);
        lines.extend(ends().map(|at| at + 1));
        let mut blocks = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                blocks.push(before);
                before += characters(block);
            }
        }
        Self { name, text, lines, blocks, bytes, gaps: Vec::new(), whole_lines: None, files: Vec::new() }
    }

    /// What was kept of a larger text: `gaps` in order, `lines` of the original.
    pub(crate) fn with_gaps(name: Name, text: String, gaps: Vec<Gap>, lines: usize, bytes: usize) -> Self {
        Self { gaps, whole_lines: Some(lines), ..Self::new(name, text, bytes) }
    }

    /// Several files as one text, one behind the other: where each begins, and its name. Lines and columns are those of the
    /// whole text.
    pub(crate) fn joined(text: String, files: Vec<(usize, Name)>) -> Self {
        let name = files.first().map(|(_, name)| name.clone()).unwrap_or_default();
        let bytes = text.len();
        Self { files, ..Self::new(name, text, bytes) }
    }

    /// The input's name: a path, `-` for standard input, a title in the page.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The name of the file that an offset is in.
    #[must_use]
    pub fn name_at(&self, offset: usize) -> &Name {
        let index = self.files.partition_point(|(start, _)| *start <= offset);
        index.checked_sub(1).and_then(|index| self.files.get(index)).map_or(&self.name, |(_, name)| name)
    }

    /// The decoded text. Crate only: it may hold credentials.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The decoded text, to go on with.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Size of the original, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of lines; a last line without an end counts, an empty text has none.
    #[must_use]
    pub fn line_count(&self) -> usize {
        if let Some(lines) = self.whole_lines {
            return lines;
        }
        match self.lines.last() {
            Some(&start) if start == self.text.len() => self.lines.len() - 1,
            _ => self.lines.len(),
        }
    }

    /// Where a byte offset is: line and column, both from 1.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_here(offset);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let behind = |place: usize| self.characters_between(place, offset);
        let gap =
            self.gaps.partition_point(|gap| gap.at <= offset).checked_sub(1).and_then(|index| self.gaps.get(index));
        match gap {
            None => (line, behind(start) + 1),
            Some(gap) if gap.at > start => (gap.line, gap.column + behind(gap.at) + 1),
            Some(gap) => (
                gap.line + (line - self.line_here(gap.at)),
                behind(start) + if gap.at == start { gap.column } else { 0 } + 1,
            ),
        }
    }

    /// The byte of the original that stands at an offset.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let gap =
            self.gaps.partition_point(|gap| gap.at <= offset).checked_sub(1).and_then(|index| self.gaps.get(index));
        gap.map_or(offset, |gap| gap.offset + (offset - gap.at))
    }

    /// The line of an offset in the text that is there, from 1.
    fn line_here(&self, offset: usize) -> usize {
        self.lines.partition_point(|&start| start <= offset).max(1)
    }

    /// Characters that begin before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        if self.blocks.is_empty() {
            return offset;
        }
        let block = offset / BLOCK;
        // At the very end of a text of whole blocks, the last block is full.
        let block = block.min(self.blocks.len().saturating_sub(1));
        let counted = self.blocks.get(block).copied().unwrap_or(0);
        counted + self.text.as_bytes().get(block * BLOCK..offset).map_or(0, characters)
    }

    /// Characters that begin between two byte offsets. Most lines are shorter than what is counted together: theirs are counted
    /// one by one, and a column in a line of megabytes is told by the counts.
    fn characters_between(&self, start: usize, end: usize) -> usize {
        if self.blocks.is_empty() || end - start > BLOCK {
            return self.characters_before(end) - self.characters_before(start);
        }
        self.text.as_bytes().get(start..end).map_or(0, characters)
    }

    /// The place of a span.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end);
        Place { line, column, end_line, end_column }
    }

    /// Byte range of a line (from 1), without its line end.
    pub(crate) fn line_range(&self, line: usize) -> Option<Range<usize>> {
        let gap =
            self.gaps.partition_point(|gap| gap.line <= line).checked_sub(1).and_then(|index| self.gaps.get(index));
        let line = gap.map_or(line, |gap| self.line_here(gap.at) + (line - gap.line));
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next - 1);
        let end = if end > start && self.text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        Some(start..end)
    }

    /// The line `line` (from 1) as it may be shown: every credential in it masked, and what only looks like one.
    #[must_use]
    pub fn excerpt(&self, line: usize, masks: &Masks<'_>, focus: Span) -> Option<Excerpt> {
        let range = self.line_range(line)?;
        let window = Window::around(&range, focus);
        let masks = masks.within(&self.text, &window.shown, &range);
        Some(Excerpt::cut(&self.text, &window, &masks, focus, line))
    }

    /// The lines of several places, in their order, each line once. `None` without a place.
    pub(crate) fn excerpts(&self, places: &[Span], masks: &Masks<'_>) -> Option<Excerpt> {
        let mut last = 0;
        let lines = places.iter().filter_map(|&place| {
            let line = self.line_column(place.start).0;
            let new = line > last;
            last = last.max(line);
            new.then(|| self.excerpt(line, masks, place))?
        });
        let mut lines = lines.take(Excerpt::LINES);
        let first = lines.next()?;
        Some(Excerpt { more: lines.collect(), ..first })
    }
}

/// What must not be shown of a source: made once, for all its findings.
#[derive(Default)]
pub struct Masks<'a> {
    /// What was found, with the text to show for each: in order, none over another.
    found: Vec<(Span, String)>,
    token_prefixes: &'a [String],
    view: Option<&'a View>,
    index: OnceCell<view::Index>,
    /// What looks like a credential in the source, and in the view, where it was last searched for.
    near: [Near; 2],
}

/// What looks like a credential in a part of a text. Where findings lie close together, each would search through what the one
/// before it searched through: so the part reaches further than asked for, once a second one asks.
#[derive(Default)]
struct Near(RefCell<Option<Searched>>);

/// A part that was searched, and what in it must not be shown, in order.
struct Searched {
    part: Span,
    hidden: Vec<(Span, Masked)>,
}

/// So many bytes more are searched where findings lie close together.
const AHEAD: usize = 8192;

impl Near {
    /// Calls `each` with what looks like a credential in `part`, in order; what is behind `most` does not belong to it.
    fn each(&self, text: &str, part: Span, most: usize, told: &[String], mut each: impl FnMut(Span, &Masked)) {
        let mut last = self.0.borrow_mut();
        let known = last.as_ref().map(|last| last.part);
        if !known.is_some_and(|known| known.start <= part.start && part.end <= known.end) {
            let mut end = part.end;
            if known.is_some_and(|known| known.overlaps(part)) {
                end = (part.end + AHEAD).min(most).max(part.end);
                while !text.is_char_boundary(end) {
                    end += 1;
                }
            }
            let mut hidden = detect::conceal(text.get(part.start..end).unwrap_or_default(), told);
            for (span, _) in &mut hidden {
                *span = Span::new(span.start + part.start, span.end + part.start);
            }
            *last = Some(Searched { part: Span::new(part.start, end), hidden });
        }
        let hidden = last.as_ref().map_or(&[][..], |last| &last.hidden);
        let first = hidden.partition_point(|(span, _)| span.end <= part.start);
        let inside = hidden.iter().skip(first).take_while(|(span, _)| span.start < part.end);
        inside.for_each(|(span, masked)| each(*span, masked));
    }
}

/// So far around what is shown a line is searched for what looks like a credential, in bytes: one may be cut off at the edge.
const AROUND: usize = 1024;

/// A longer word than a credential has.
const LONGEST_WORD: usize = 8192;

impl<'a> Masks<'a> {
    /// `found` are credentials and passwords with the text to show for each; `view` is the text as its reader saw it, where
    /// that is not the source's own.
    #[must_use]
    pub fn new(mut found: Vec<(Span, String)>, token_prefixes: &'a [String], view: Option<&'a View>) -> Self {
        disjoint(&mut found);
        Self { found, token_prefixes, view, index: OnceCell::new(), near: Default::default() }
    }

    /// Those that reach into `shown`, a part of `line`, and what looks like a credential there.
    fn within(&self, text: &str, shown: &Range<usize>, line: &Range<usize>) -> Vec<(Span, String)> {
        let inside = |span: &Span| span.start < shown.end && shown.start < span.end;
        let first = self.found.partition_point(|(span, _)| span.end <= shown.start);
        let found = self.found.get(first..).unwrap_or_default().iter().take_while(|(span, _)| inside(span));
        let mut masks: Vec<(Span, String)> = found.cloned().collect();
        let mut hidden: Vec<(Span, String)> = Vec::new();
        let bytes = text.as_bytes();
        let is_token =
            |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.+/=%".contains(byte));
        let mut from = shown.start.saturating_sub(AROUND).max(line.start);
        let least = from.saturating_sub(LONGEST_WORD).max(line.start);
        while from > least && is_token(from - 1) {
            from -= 1;
        }
        let mut to = (shown.end + AROUND).min(line.end);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        while !text.is_char_boundary(to) {
            to += 1;
        }
        let [in_source, in_view] = &self.near;
        in_source.each(text, Span::new(from, to), line.end.max(to), self.token_prefixes, |span, masked| {
            if inside(&span) {
                hidden.push((span, masked.to_string()));
            }
        });
        if let Some(view) = self.view {
            let index = self.index.get_or_init(|| view.index());
            // Only what stands there can hide anything of what is shown.
            let shown = view.around(index, Span::new(shown.start, shown.end), 0);
            for part in view.around(index, Span::new(from, to), AROUND) {
                in_view.each(view.text(), part, view.text().len(), self.token_prefixes, |span, masked| {
                    if shown.iter().any(|shown| shown.overlaps(span)) {
                        let says = |index| if index == 0 { masked.to_string() } else { String::from("…") };
                        let pieces = view.original(span).into_iter().enumerate();
                        hidden.extend(pieces.map(|(index, piece)| (piece, says(index))));
                    }
                });
            }
        }
        hidden.retain(|(span, _)| inside(span));
        if !hidden.is_empty() {
            add(&mut masks, hidden);
        }
        masks
    }
}

/// In order, and none over another: where two overlap, what the first leaves of the second keeps a mask.
fn disjoint(masks: &mut Vec<(Span, String)>) {
    order::sort_by_key(masks, |(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    masks.retain_mut(|(span, _)| {
        span.start = span.start.max(end);
        end = end.max(span.end);
        span.start < span.end
    });
}

/// Adds what no mask covers yet: what was found keeps its place and its words.
fn add(masks: &mut Vec<(Span, String)>, mut hidden: Vec<(Span, String)>) {
    disjoint(&mut hidden);
    let known = std::mem::take(masks);
    let mut known = known.into_iter().peekable();
    for (mut span, says) in hidden {
        let mut left_out = false;
        while let Some((mask, _)) = known.peek().filter(|(mask, _)| mask.start < span.end) {
            let mask = *mask;
            if span.start < mask.start {
                masks.push((Span::new(span.start, mask.start), if left_out { "…".into() } else { says.clone() }));
            }
            left_out |= mask.end > span.start;
            span.start = span.start.max(mask.end);
            if mask.end > span.end {
                break;
            }
            masks.extend(known.next());
        }
        if span.start < span.end {
            masks.push((span, if left_out { "…".into() } else { says }));
        }
    }
    masks.extend(known);
    order::sort_by_key(masks, |(span, _)| span.start);
}

/// The part of a line that may be shown: all of it, or what is around the focus. A line may be megabytes long.
struct Window {
    shown: Range<usize>,
    cut_before: bool,
    cut_behind: bool,
}

impl Window {
    fn around(line: &Range<usize>, focus: Span) -> Self {
        let near = focus.start.clamp(line.start, line.end);
        let start = near.saturating_sub(4 * Excerpt::WIDTH).max(line.start);
        let end = focus.end.clamp(near, line.end).saturating_add(4 * Excerpt::WIDTH).min(line.end);
        Self { shown: start..end, cut_before: start > line.start, cut_behind: end < line.end }
    }
}

/// One line of a source with its credentials masked, and where to underline. Long lines are cut around the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line's number, from 1.
    pub line: usize,
    /// The masked line, cut to at most [`Excerpt::WIDTH`] characters, control characters made visible.
    pub text: String,
    /// Characters of `text` before the underlined part.
    pub underline_start: usize,
    /// Characters underlined, at least 1.
    pub underline_length: usize,
    /// The other lines that it is about, in order: a token that goes on in a later line, the lines of one refusal.
    pub more: Box<[Excerpt]>,
}

impl Excerpt {
    /// The most characters of a line that are shown.
    pub const WIDTH: usize = 160;

    /// The most lines that are shown of one finding.
    pub const LINES: usize = 4;

    /// Where the cut is inside a mask, the mask is shown whole; inside a character, the character is left out.
    fn cut(text: &str, window: &Window, masks: &[(Span, String)], focus: Span, number: usize) -> Self {
        let mut shown: Vec<char> = Vec::new();
        let (mut from, mut to) = (None, None);
        let line = &window.shown;
        let mut at = line.start;
        let mut unmasked_from = at;
        let mut masks = masks.iter().peekable();
        while at < line.end {
            while masks.next_if(|(span, _)| span.end <= at).is_some() {}
            if let Some((span, mask)) = masks.next_if(|(span, _)| span.start <= at) {
                let glued = at - crate::detect::glued_before(text, unmasked_from, at);
                if glued > 0 {
                    shown.truncate(shown.len().saturating_sub(glued));
                    shown.push('…');
                }
                if focus.overlaps(*span) && from.is_none() {
                    from = Some(shown.len());
                }
                shown.extend(mask.chars());
                if focus.overlaps(*span) {
                    to = Some(shown.len());
                }
                at = crate::detect::glued(text, span.end);
                unmasked_from = at;
                if at > span.end {
                    shown.push('…');
                }
                continue;
            }
            let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                at += 1; // Inside a character: cannot happen for spans on boundaries, and must not loop if it does.
                continue;
            };
            if at >= focus.start && at < focus.end {
                from.get_or_insert(shown.len());
                to = Some(shown.len() + 1);
            }
            shown.push(visible(character));
            at += character.len_utf8();
        }
        let start = from.unwrap_or(0);
        let end = to.unwrap_or(start).max(start + 1);
        let (mut skip, mut take) = (0, shown.len());
        if take > Self::WIDTH {
            skip = start.saturating_sub(Self::WIDTH / 4).min(shown.len() - Self::WIDTH);
            take = Self::WIDTH;
        }
        let mut out = String::new();
        let mut shift = 0;
        if skip > 0 || window.cut_before {
            out.push('…');
            shift = 1;
        }
        out.extend(shown.iter().skip(skip).take(take));
        if skip + take < shown.len() || window.cut_behind {
            out.push('…');
        }
        // A million findings have one each.
        out.shrink_to_fit();
        let underline_start = start.saturating_sub(skip) + shift;
        let underline_length = (end - start).min((take + shift).saturating_sub(underline_start)).max(1);
        Self { line: number, text: out, underline_start, underline_length, more: Box::default() }
    }
}

/// A control or direction-changing character must not act in a terminal or reorder a line: it is shown as a sign.
#[must_use]
pub fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new(Name::new("test"), text.into(), text.len())
    }

    fn masks(found: Vec<(Span, String)>) -> Masks<'static> {
        Masks::new(found, &[], None)
    }

    #[test]
    fn places_count_characters_from_one() {
        let source = source("äb\nc\r\n");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(2), (1, 2));
        assert_eq!(source.line_column(4), (2, 1));
        assert_eq!(source.line_count(), 2);
        assert_eq!(source.line_range(2), Some(4..5));
        assert_eq!(source.line_column(999), (3, 1));
    }

    #[test]
    fn an_excerpt_never_shows_a_masked_span() {
        let source = source("key=SECRETSECRET tail");
        let span = Span::new(4, 16);
        let excerpt = source.excerpt(1, &masks(vec![(span, "x…(12)".into())]), span).unwrap();
        assert_eq!(excerpt.text, "key=x…(12) tail");
        assert_eq!((excerpt.underline_start, excerpt.underline_length), (4, 6));
    }

    #[test]
    fn what_is_glued_to_a_masked_span_is_not_shown_either() {
        let source = source("key=SECRETSECRET-secretrest/tail SECRETSECRET.log");
        let (span, other) = (Span::new(4, 16), Span::new(33, 45));
        let excerpt = source.excerpt(1, &masks(vec![(span, "x…(12)".into()), (other, "y…(12)".into())]), span).unwrap();
        assert_eq!(excerpt.text, "key=x…(12)…/tail y…(12).log");
        let text = "DEPLOY_TOKEN=SECRETSECRET name.of.something.secret.SECRETSECRET";
        let source = self::source(text);
        let (span, other) = (Span::new(13, 25), Span::new(51, 63));
        assert_eq!(text.get(other.range()), Some("SECRETSECRET"));
        let excerpt =
            source.excerpt(1, &masks(vec![(span, "x…(12)".into()), (other, "y…(12)".into())]), other).unwrap();
        assert_eq!(excerpt.text, "DEPLOY_TOKEN=x…(12) …y…(12)");
        assert_eq!((excerpt.underline_start, excerpt.underline_length), (21, 6));
    }

    #[test]
    fn what_only_looks_like_a_credential_is_not_shown_either() {
        let damaged = "Qz7WkR3tYbNm5sK9mPq";
        // Behind the cut, before it, at its edge.
        for before in [0, 200, 639, 640, 645, 660, 700] {
            let text = format!("{} KEY {}glpat-{damaged} end", "a".repeat(2000), "b ".repeat(before / 2));
            let source = source(&text);
            let excerpt = source.excerpt(1, &Masks::default(), Span::new(2001, 2004)).unwrap();
            assert!(excerpt.text.contains("KEY"));
            let text = format!("glpat-{damaged} {}KEY", "b ".repeat(before / 2));
            let at = text.len() - 3;
            let other = self::source(&text).excerpt(1, &Masks::default(), Span::new(at, at + 3)).unwrap();
            for piece in damaged.as_bytes().windows(8) {
                let piece = std::str::from_utf8(piece).unwrap();
                assert!(
                    !excerpt.text.contains(piece) && !other.text.contains(piece),
                    "{} {}",
                    excerpt.text,
                    other.text
                );
            }
        }
        let told = [String::from("acme_")];
        let source = source("KEY acme_Qz7WkR3tYbNm5sK9mPqT");
        let shown = source.excerpt(1, &Masks::new(Vec::new(), &told, None), Span::new(0, 3)).unwrap();
        assert_eq!(shown.text, "KEY …(20)");
    }

    #[test]
    fn what_looks_like_a_credential_keeps_the_words_of_what_was_found_in_it() {
        let masks = |found: &[(usize, usize)], hidden: &[(usize, usize)]| {
            let mut masks = found.iter().map(|&(a, b)| (Span::new(a, b), String::from("found"))).collect();
            let hidden = hidden.iter().map(|&(a, b)| (Span::new(a, b), String::from("hidden"))).collect();
            add(&mut masks, hidden);
            masks.into_iter().map(|(span, says)| (span.start, span.end, says)).collect::<Vec<_>>()
        };
        let say = |start, end, says: &str| (start, end, String::from(says));
        assert_eq!(masks(&[(5, 9)], &[(5, 9)]), [say(5, 9, "found")]);
        assert_eq!(masks(&[(5, 9)], &[(2, 12)]), [say(2, 5, "hidden"), say(5, 9, "found"), say(9, 12, "…")]);
        assert_eq!(
            masks(&[(5, 9), (20, 30)], &[(10, 12)]),
            [say(5, 9, "found"), say(10, 12, "hidden"), say(20, 30, "found")]
        );
        assert_eq!(
            masks(&[(5, 9), (10, 12)], &[(6, 14)]),
            [say(5, 9, "found"), say(9, 10, "…"), say(10, 12, "found"), say(12, 14, "…")]
        );
        assert_eq!(masks(&[(5, 9)], &[(7, 8), (8, 11)]), [say(5, 9, "found"), say(9, 11, "…")]);
    }

    #[test]
    fn a_long_line_is_cut_around_the_focus() {
        let text = format!("{}KEY{}", "a".repeat(500), "b".repeat(500));
        let source = source(&text);
        let excerpt = source.excerpt(1, &Masks::default(), Span::new(500, 503)).unwrap();
        assert!(excerpt.text.chars().count() <= Excerpt::WIDTH + 2);
        let under: String = excerpt.text.chars().skip(excerpt.underline_start).take(excerpt.underline_length).collect();
        assert_eq!(under, "KEY");
    }

    #[test]
    fn columns_count_characters_across_blocks() {
        let text = format!("{}\n{}x{}", "é".repeat(3000), "é".repeat(5000), "é".repeat(1096));
        let source = source(&text);
        let at = text.find('x').unwrap();
        assert_eq!(source.line_column(at), (2, 5001));
        assert_eq!(source.line_column(text.len()), (2, 5001 + 1097));
        for (index, (offset, _)) in text.char_indices().enumerate().skip(3001) {
            assert_eq!(source.line_column(offset), (2, index - 3000));
        }
    }

    #[test]
    fn a_line_of_megabytes_is_not_walked_for_each_of_its_credentials() {
        let text = "SECRETSECRET é ".repeat(10_000);
        let spans: Vec<_> =
            (0..10_000).map(|index| (Span::new(index * 16, index * 16 + 12), "x…(12)".to_string())).collect();
        let source = source(&text);
        let masks = masks(spans.clone());
        for (span, _) in &spans {
            let excerpt = source.excerpt(1, &masks, *span).unwrap();
            assert!(!excerpt.text.contains("SECRET"), "{}", excerpt.text);
            let under = excerpt.text.chars().skip(excerpt.underline_start).take(excerpt.underline_length);
            assert_eq!(under.collect::<String>(), "x…(12)");
            assert_eq!(source.line_column(span.start).1, span.start / 16 * 15 + 1);
        }
    }

    #[test]
    fn control_characters_do_not_act() {
        let source = source("a\u{1b}[31mred\u{202e}");
        let excerpt = source.excerpt(1, &Masks::default(), Span::new(0, 1)).unwrap();
        assert_eq!(excerpt.text, "a␛[31mred\u{fffd}");
    }
}
