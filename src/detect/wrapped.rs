//! What tokens are wrapped in: base64, of the token alone, of `user:token`, or of a whole file.
//!
//! Base64 of ASCII text shows what it is: in every group of four characters the first stands for a value below 32, the
//! second has bit 3 clear and the third bit 1. Six such groups in a row, fewer than any token needs, are one chance in
//! 260,000 for other data. So hashes and keys are passed over after one look at each character, the alignment is known
//! without a try, and what stands before the text (a path, binary data) does not matter.

use leastwise_candidates::BLOCK;
use wide::u8x16;
use zeroize::Zeroizing;

use super::bytes::{at, before, count, is_base64, part, rest};
use super::work;
use crate::source::Span;

/// Characters in a row that must look like base64 of ASCII; the shortest token gives 28.
const STRETCH: usize = 24;

/// How far apart the blocks begin that are looked at for one: less than a block without a stretch, a multiple of four.
const STEP: usize = BLOCK - STRETCH;

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
    ///
    /// Blocks overlap by what a stretch may lack in one, and begin a multiple of four from the region's start, so that a
    /// character's role is the same in each.
    fn alignments(&self, text: &[u8]) -> [Option<usize>; 4] {
        let mut found = [None; 4];
        if self.end < self.start + STRETCH {
            return found;
        }
        let mut block_start = self.start;
        loop {
            let block = Block::read(text, block_start, self.end);
            work::add(BLOCK);
            if block.may_hold_text() {
                let fits = block.fits();
                for (alignment, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
                    *found = stretch(block.at_alignment(fits, alignment)).map(|first| block_start + first);
                }
            }
            if block_start + BLOCK >= self.end {
                return found;
            }
            block_start += STEP;
        }
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

/// Some characters of a region, a bit each.
struct Block {
    bytes: [u8; BLOCK],
    /// Those in the region.
    inside: u64,
    /// Those in it whose value is below 32: `A` to `Z` and `a` to `f`.
    small: u64,
}

impl Block {
    fn read(text: &[u8], start: usize, end: usize) -> Self {
        let mut bytes = [0; BLOCK];
        match rest(text, start).first_chunk() {
            Some(whole) => bytes = *whole,
            None => bytes.iter_mut().zip(rest(text, start)).for_each(|(to, from)| *to = *from),
        }
        let length = end - start;
        let inside = if length < BLOCK { !(u64::MAX << length) } else { u64::MAX };
        let small = inside
            & bits(&bytes, |bytes| {
                let (upper, lower) = (bytes - u8x16::splat(b'A'), bytes - u8x16::splat(b'a'));
                upper.min(u8x16::splat(25)).simd_eq(upper) | lower.min(u8x16::splat(5)).simd_eq(lower)
            });
        Self { bytes, inside, small }
    }

    /// Is every fourth character small, six times in a row? Most hashes and words end here.
    fn may_hold_text(&self) -> bool {
        let two = self.small & self.small >> 4;
        (two & two >> 8 & two >> 16) != 0
    }

    /// The characters that may be the second of a group, and those that may be the third.
    fn fits(&self) -> (u64, u64) {
        let clear = |bit: u8| {
            let has = |bytes: u8x16| (values(bytes) & u8x16::splat(bit)).simd_eq(u8x16::splat(0));
            self.inside & bits(&self.bytes, has)
        };
        (clear(8), clear(2))
    }

    /// The characters that fit their role when groups begin at `alignment`.
    fn at_alignment(&self, (second, third): (u64, u64), alignment: usize) -> u64 {
        let role = |role: usize| 0x1111_1111_1111_1111_u64 << ((alignment + role) % 4);
        (self.small & role(0)) | (second & role(1)) | (third & role(2)) | (self.inside & role(3))
    }
}

/// Where the first stretch of ones begins.
fn stretch(fit: u64) -> Option<usize> {
    let two = fit & fit >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let all = eight & eight >> 8 & eight >> 16;
    (all != 0).then(|| all.trailing_zeros() as usize)
}

/// A bit for each byte for which `is` says so.
#[inline(always)]
fn bits(bytes: &[u8; BLOCK], is: impl Fn(u8x16) -> u8x16) -> u64 {
    let (lanes, _) = bytes.as_chunks::<16>();
    let lane = |(index, lane): (usize, &[u8; 16])| u64::from(is(u8x16::new(*lane)).to_bitmask()) << (index * 16);
    lanes.iter().enumerate().map(lane).fold(0, |bits, lane| bits | lane)
}

/// The values of sixteen characters of either alphabet, as [`value`] says them.
#[inline(always)]
fn values(bytes: u8x16) -> u8x16 {
    let all = u8x16::splat;
    let among = |first: u8, last: u8| {
        let from = bytes - all(first);
        from.min(all(last - first)).simd_eq(from)
    };
    let one_of = |a: u8, b: u8| bytes.simd_eq(all(a)) | bytes.simd_eq(all(b));
    (among(b'A', b'Z') & (bytes - all(b'A')))
        | (among(b'a', b'z') & (bytes - all(b'a' - 26)))
        | (among(b'0', b'9') & (bytes + all(4)))
        | (one_of(b'+', b'-') & all(62))
        | (one_of(b'/', b'_') & all(63))
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

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
    use proptest::prelude::*;

    use super::*;

    /// The same, a character at a time.
    fn plainly(text: &[u8], region: &Region) -> [Option<usize>; 4] {
        let mut found = [None; 4];
        for (alignment, found) in found.iter_mut().enumerate() {
            let mut fitting = 0;
            for (index, &byte) in text[region.start..region.end].iter().enumerate() {
                let misfits = [32, 8, 2, 0][(index + 4 - alignment) % 4];
                fitting = if value(byte) & misfits == 0 { fitting + 1 } else { 0 };
                if fitting == STRETCH && found.is_none() {
                    *found = Some(region.start + index + 1 - STRETCH);
                }
            }
        }
        found
    }

    #[test]
    fn sixteen_values_at_once_are_those_of_the_characters() {
        for byte in 0..=u8::MAX {
            assert_eq!(values(u8x16::splat(byte)).to_array(), [value(byte); 16], "{byte:#x}");
        }
    }

    proptest! {
        #[test]
        fn stretches_are_found_where_a_plain_walk_finds_them(
            before in "[ .]{0,3}",
            noise in "[A-Za-z0-9+/_-]{0,70}",
            words in proptest::collection::vec("[ -~]{0,40}", 0..3),
            more in "[A-Za-z0-9+/]{0,70}",
            behind in "[ =.]{0,80}",
        ) {
            let encoded: String = words.iter().map(|word| BASE64_STANDARD_NO_PAD.encode(word.as_bytes())).collect();
            let text = format!("{before}{noise}{encoded}{more}{behind}");
            let region = Region::around(text.as_bytes(), 0, before.len(), before.len());
            prop_assert_eq!(region.alignments(text.as_bytes()), plainly(text.as_bytes(), &region));
        }
    }
}
