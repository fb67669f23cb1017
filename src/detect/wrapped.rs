//! What tokens are wrapped in: base64, of the token alone, of `user:token`, or of a whole file.
//!
//! Base64 of ASCII text shows what it is: in every group of four characters the first stands for a value below 32, the
//! second has bit 3 clear and the third bit 1. Six such groups in a row, fewer than any token needs, are one chance in
//! 260,000 for other data. So hashes and keys are passed over after one look at each character, the alignment is known
//! without a try, and what stands before the text (a path, binary data) does not matter.

use zeroize::Zeroizing;

use super::bytes::{at, before, count, is_base64, part};
use super::work;
use crate::source::Span;

/// Characters in a row that must look like base64 of ASCII; the shortest token gives 28.
const STRETCH: usize = 24;

/// A line of base64 so long goes on in the next line: 64 and 76 are the usual widths.
const WRAPPED_LINE: usize = 60;

/// A run of base64, opened.
pub(super) struct Opened {
    /// The decoded bytes, overwritten when dropped.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where the characters stand: number of characters before a line of it, and the line's offset in the text.
    lines: Vec<(usize, usize)>,
    start: usize,
    end: usize,
}

impl Opened {
    /// The whole run, with its padding.
    pub(super) const fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }

    /// The character of the text that holds the first bits of a decoded byte.
    pub(super) fn origin(&self, decoded: usize) -> usize {
        let character = decoded / 3 * 4 + decoded % 3;
        let line = self.lines.partition_point(|&(first, _)| first <= character).saturating_sub(1);
        self.lines.get(line).map_or(self.start, |&(first, offset)| offset + (character - first)).min(self.end)
    }
}

/// Base64 without interruption around a place, as far left as `floor`.
pub(super) struct Region {
    start: usize,
    pub(super) end: usize,
}

impl Region {
    pub(super) fn around(text: &[u8], floor: usize, start: usize, end: usize) -> Self {
        let (mut first, mut last) = (start, end);
        while first > floor && is_base64(before(text, first)) {
            first -= 1;
        }
        while is_base64(at(text, last)) {
            last += 1;
        }
        work::add(start - first + last - end);
        Self { start: first, end: last }
    }

    /// The alignments (0 to 3, from the region's start) at which text seems to be encoded, with the place of the first
    /// character that looks so.
    fn alignments(&self, text: &[u8]) -> [Option<usize>; 4] {
        let mut found = [None; 4];
        // For each alignment, the characters in a row that fit it.
        let mut fitting = [0usize; 4];
        let region = part(text, self.start, self.end);
        work::add(region.len());
        for (index, &byte) in region.iter().enumerate() {
            let value = value(byte);
            let misfits = [value & 32 != 0, value & 8 != 0, value & 2 != 0, false];
            for (alignment, (fitting, found)) in fitting.iter_mut().zip(&mut found).enumerate() {
                let role = (index + 4 - alignment) % 4;
                if misfits.get(role).copied().unwrap_or(false) {
                    *fitting = 0;
                } else {
                    *fitting += 1;
                    if *fitting == STRETCH && found.is_none() {
                        *found = Some(self.start + index + 1 - STRETCH);
                    }
                }
            }
        }
        found
    }

    /// Opens the region at each alignment that seems to hold text.
    pub(super) fn open(&self, text: &[u8]) -> impl Iterator<Item = Opened> {
        self.alignments(text)
            .into_iter()
            .enumerate()
            .filter_map(|(alignment, found)| found.map(|stretch| self.open_at(text, alignment, stretch)))
    }

    fn open_at(&self, text: &[u8], alignment: usize, stretch: usize) -> Opened {
        let mut start = self.start + alignment;
        // `/files/Z2xw…`: the part behind the last slash, when it fits.
        if alignment != 0 || at(text, self.start) == b'/' {
            let slash = part(text, self.start, stretch).iter().rposition(|&byte| byte == b'/');
            if let Some(piece) = slash.map(|slash| self.start + slash + 1)
                && piece >= start
                && (piece - start).is_multiple_of(4)
            {
                start = piece;
            }
        }
        let mut encoded = Zeroizing::new(part(text, start, self.end).to_vec());
        let mut lines = vec![(0, start)];
        let mut end = self.end;
        let mut line = self.end - self.start;
        while line >= WRAPPED_LINE
            && let Some(next) = continuation(text, end)
        {
            lines.push((encoded.len(), next.start));
            encoded.extend_from_slice(part(text, next.start, next.end));
            (line, end) = (next.end - next.start, next.end);
        }
        let padding = count(text, end, 2, |byte| byte == b'=');
        Opened { bytes: decode(&encoded), lines, start, end: end + padding }
    }
}

/// The next line, when it is nothing but more base64.
fn continuation(text: &[u8], line_end: usize) -> Option<Region> {
    let mut start = line_end + usize::from(at(text, line_end) == b'\r');
    if at(text, start) != b'\n' {
        return None;
    }
    start += 1;
    start += count(text, start, 64, |byte| byte == b' ');
    let region = Region::around(text, start, start, start);
    let alone = matches!(at(text, region.end), 0 | b'\n' | b'\r' | b'=' | b'"' | b'\'');
    (region.end > start && alone).then_some(region)
}

/// The value of a character of either alphabet; 0 for any other.
const fn value(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => 0,
    }
}

/// Decodes leniently, since what is around the text of interest may be anything: both alphabets, and a last group that
/// is not whole gives the bytes that it has.
fn decode(encoded: &[u8]) -> Zeroizing<Vec<u8>> {
    work::add(encoded.len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len() / 4 * 3 + 3));
    for group in encoded.chunks(4) {
        let bits = group.iter().fold(0u32, |bits, &byte| bits << 6 | u32::from(value(byte)));
        let [_, first, second, third] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend([first, second, third].iter().take(group.len() * 6 / 8));
    }
    bytes
}
