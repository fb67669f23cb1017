//! A text with a name, places in it, and the only way to quote it: cut and masked.

use std::ops::Range;

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
}

/// Bytes counted together.
const BLOCK: usize = 4096;

/// The characters that begin in `bytes`. Counting bytes cannot panic where slicing inside a character would.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| (byte & 0xC0) != 0x80).count()
}

impl Source {
    /// A source from decoded text; `bytes` is the size of the original before decoding.
    #[must_use]
    pub fn new(name: Name, text: String, bytes: usize) -> Self {
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        let mut blocks = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                blocks.push(before);
                before += characters(block);
            }
        }
        Self { name, text, lines, blocks, bytes }
    }

    /// The input's name: a path, `-` for standard input, a title in the page.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The decoded text. Crate only: it may hold credentials.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Size of the original, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of lines; a last line without an end counts, an empty text has none.
    #[must_use]
    pub fn line_count(&self) -> usize {
        match self.lines.last() {
            Some(&start) if start == self.text.len() => self.lines.len() - 1,
            _ => self.lines.len(),
        }
    }

    /// Where a byte offset is: line and column, both from 1.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        (line, self.characters_before(offset) - self.characters_before(start) + 1)
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

    /// The place of a span.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end);
        Place { line, column, end_line, end_column }
    }

    /// Byte range of a line (from 1), without its line end.
    pub(crate) fn line_range(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next - 1);
        let end = if end > start && self.text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        Some(start..end)
    }

    /// The line `line` (from 1) as it may be shown: every credential in it masked. `masks` are the credentials
    /// found in this source with the text to show for each, in order of their start.
    #[must_use]
    pub fn excerpt(&self, line: usize, masks: &[(Span, String)], focus: Span) -> Option<Excerpt> {
        let range = self.line_range(line)?;
        Some(Excerpt::cut(&self.text, range, masks, focus, line))
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
}

impl Excerpt {
    /// The most characters of a line that are shown.
    pub const WIDTH: usize = 160;

    fn cut(text: &str, line: Range<usize>, masks: &[(Span, String)], focus: Span, number: usize) -> Self {
        let mut shown: Vec<char> = Vec::new();
        let (mut from, mut to) = (None, None);
        // Only what can be shown is looked at: a line may be megabytes long and hold thousands of credentials. Where the
        // cut is inside a mask, the mask is shown whole; inside a character, the character is left out.
        let near = focus.start.clamp(line.start, line.end);
        let from_byte = near.saturating_sub(4 * Self::WIDTH).max(line.start);
        let to_byte = focus.end.clamp(near, line.end).saturating_add(4 * Self::WIDTH).min(line.end);
        let (cut_before, cut_behind) = (from_byte > line.start, to_byte < line.end);
        let line = from_byte..to_byte;
        let mut at = line.start;
        let mut unmasked_from = at;
        // Masks that reach into this line, also those that began on an earlier one.
        let first = masks.partition_point(|(span, _)| span.end <= line.start);
        let mut masks = masks.get(first..).unwrap_or_default().iter().peekable();
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
        if skip > 0 || cut_before {
            out.push('…');
            shift = 1;
        }
        out.extend(shown.iter().skip(skip).take(take));
        if skip + take < shown.len() || cut_behind {
            out.push('…');
        }
        let underline_start = start.saturating_sub(skip) + shift;
        let underline_length = (end - start).min((take + shift).saturating_sub(underline_start)).max(1);
        Self { line: number, text: out, underline_start, underline_length }
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
        let excerpt = source.excerpt(1, &[(span, "x…(12)".into())], span).unwrap();
        assert_eq!(excerpt.text, "key=x…(12) tail");
        assert_eq!((excerpt.underline_start, excerpt.underline_length), (4, 6));
    }

    #[test]
    fn what_is_glued_to_a_masked_span_is_not_shown_either() {
        let source = source("key=SECRETSECRET-secretrest/tail SECRETSECRET.log");
        let (span, other) = (Span::new(4, 16), Span::new(33, 45));
        let excerpt = source.excerpt(1, &[(span, "x…(12)".into()), (other, "y…(12)".into())], span).unwrap();
        assert_eq!(excerpt.text, "key=x…(12)…/tail y…(12).log");
        let text = "DEPLOY_TOKEN=SECRETSECRET name.of.something.secret.SECRETSECRET";
        let source = self::source(text);
        let (span, other) = (Span::new(13, 25), Span::new(51, 63));
        assert_eq!(text.get(other.range()), Some("SECRETSECRET"));
        let excerpt = source.excerpt(1, &[(span, "x…(12)".into()), (other, "y…(12)".into())], other).unwrap();
        assert_eq!(excerpt.text, "DEPLOY_TOKEN=x…(12) …y…(12)");
        assert_eq!((excerpt.underline_start, excerpt.underline_length), (21, 6));
    }

    #[test]
    fn a_long_line_is_cut_around_the_focus() {
        let text = format!("{}KEY{}", "a".repeat(500), "b".repeat(500));
        let source = source(&text);
        let excerpt = source.excerpt(1, &[], Span::new(500, 503)).unwrap();
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
        let masks: Vec<_> =
            (0..10_000).map(|index| (Span::new(index * 16, index * 16 + 12), "x…(12)".to_string())).collect();
        let source = source(&text);
        for (span, _) in &masks {
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
        let excerpt = source.excerpt(1, &[], Span::new(0, 1)).unwrap();
        assert_eq!(excerpt.text, "a␛[31mred\u{fffd}");
    }
}
