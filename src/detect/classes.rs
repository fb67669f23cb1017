//! The candidate pass's first step: which bytes can be part of a token, and which begin a mark that may hide one?
//!
//! Sixty-four bytes become a few words of a bit each. With AVX-512 or AVX2 (found at run time) a byte's class is looked up in a
//! table; elsewhere, and in the browser, comparisons of sixteen bytes at once do the same (`wide`: SSE2, NEON, `simd128`). All
//! say the same.

use wide::u8x16;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128")))]
mod halves;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::bytes::{at, part};
use super::cuts::Prefixes;
use super::runs::SHORTEST;

/// Bytes in a block.
pub(super) const BLOCK: usize = 64;
/// Bytes classified in one go: their bits stay in the fastest cache, and nothing is allocated.
pub(super) const WINDOW: usize = 4 * 1024;
/// Blocks in a window.
const BLOCKS: usize = WINDOW / BLOCK;

/// The classes of a window's bytes, a bit each, the first byte lowest. Behind the end of the text they are zero.
pub(super) struct Classes {
    /// Of the token alphabet, `[0-9A-Za-z_-]`.
    pub(super) body: [u64; BLOCKS],
    /// May begin a mark: a percent sign, a backslash, an ampersand, ESC, a bracket, the first byte of a space without width
    /// (or of another sign beyond ASCII); a quote behind a part of a word; a line end between two that may cut a token.
    pub(super) mark: [u64; BLOCKS],
    /// What words are made of: the token alphabet, and what else may stand beside a joint inside a word.
    part: [u64; BLOCKS],
    hyphen: [u64; BLOCKS],
    /// Line ends between two parts of a word: [`Classes::settle`] says which of them are marks.
    lines: Lines,
    /// Underscores: each of the two forms that are found by their prefix has one.
    pub(super) underscore: [u64; BLOCKS],
    /// The blocks, a bit each, in which there is anything to look at: a run that is long enough for a token, a mark, an
    /// underscore. The first and the last are always among them.
    pub(super) busy: u64,
    /// Three hyphens stand in a row, as before the label of a key. Of five across two blocks, three are in one of them.
    pub(super) hyphens: bool,
}

/// So many line ends of a block are noted without counting them first.
const AT_ONCE: usize = 4;

/// Places in a window, in order. No two of them are neighbours.
struct Lines {
    places: [u16; WINDOW / 2 + AT_ONCE],
    count: usize,
}

impl Lines {
    /// Adds the places of `bits`. How many there are in a block is as good as random, so nothing depends on it for the most of
    /// them: a wrong guess of the processor's costs more than writing a few places for nothing.
    #[inline(always)]
    fn push(&mut self, place: usize, mut bits: u64) {
        let count = bits.count_ones() as usize;
        bits = self.write(self.count, place, bits);
        let mut written = AT_ONCE;
        while written < count {
            bits = self.write(self.count + written, place, bits);
            written += AT_ONCE;
        }
        self.count += count;
    }

    /// Writes the next places, whether there are so many or not, and gives back the bits of the others.
    #[inline(always)]
    fn write(&mut self, from: usize, place: usize, mut bits: u64) -> u64 {
        if let Some([first, second, third, fourth]) = self.places.get_mut(from..from + AT_ONCE) {
            // Written out: the browser's module is made small, with loops left as they are.
            *first = (place + bits.trailing_zeros() as usize) as u16;
            bits &= bits.wrapping_sub(1);
            *second = (place + bits.trailing_zeros() as usize) as u16;
            bits &= bits.wrapping_sub(1);
            *third = (place + bits.trailing_zeros() as usize) as u16;
            bits &= bits.wrapping_sub(1);
            *fourth = (place + bits.trailing_zeros() as usize) as u16;
            bits &= bits.wrapping_sub(1);
        }
        bits
    }
}

/// A block with something to look at.
pub(super) struct Block {
    /// Its first byte in the window.
    pub(super) offset: usize,
    pub(super) body: u64,
    pub(super) mark: u64,
    pub(super) underscore: u64,
    /// The token characters of the block before it, where that had nothing to look at.
    pub(super) skipped: Option<u64>,
}

/// The classes of one block's bytes.
#[derive(Clone, Copy, Default)]
struct Bits {
    /// The token alphabet.
    body: u64,
    /// What else may stand beside a joint inside a word: a full stop, an equals sign, a carriage return. A few other signs may be
    /// among them.
    beside: u64,
    line: u64,
    quote: u64,
    mark: u64,
    underscore: u64,
    hyphen: u64,
}

impl Classes {
    pub(super) const fn new() -> Self {
        let none = [0; BLOCKS];
        let lines = Lines { places: [0; WINDOW / 2 + AT_ONCE], count: 0 };
        Self { body: none, mark: none, part: none, hyphen: none, lines, underscore: none, busy: 0, hyphens: false }
    }

    /// Classifies the first [`WINDOW`] bytes of `text`, or all of it when it is shorter; says how many blocks that is.
    pub(super) fn read(&mut self, text: &[u8]) -> usize {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let counts = has!("bmi1") && has!("lzcnt") && has!("popcnt");
            if counts && has!("avx512bw") && has!("avx512vbmi") {
                // SAFETY: the processor has all of them, asked right here; the function takes slices only and has no other
                // condition.
                #[allow(unsafe_code)]
                return unsafe { self.read_avx512(text) };
            }
            if counts && has!("avx2") {
                // SAFETY: as above.
                #[allow(unsafe_code)]
                return unsafe { self.read_avx2(text) };
            }
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return self.fill(text, simd128::classify);
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        self.fill(text, classify)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1,lzcnt,popcnt")]
    fn read_avx512(&mut self, text: &[u8]) -> usize {
        self.fill(text, |block| avx512::classify(block))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
    fn read_avx2(&mut self, text: &[u8]) -> usize {
        self.fill(text, |block| avx2::classify(block))
    }

    #[inline(always)]
    fn fill(&mut self, text: &[u8], classify: impl Fn(&[u8; BLOCK]) -> Bits) -> usize {
        let (whole, rest) = text.as_chunks::<BLOCK>();
        let mut last = [0; BLOCK];
        if let Some(last) = last.get_mut(..rest.len()) {
            last.copy_from_slice(rest);
        }
        let last = (!rest.is_empty()).then_some(&last);
        let places = self.body.iter_mut().zip(&mut self.mark).zip(&mut self.underscore);
        let places = places.zip(self.part.iter_mut().zip(&mut self.hyphen));
        self.lines.count = 0;
        // What stands before the window is not known: it may be a part of a word.
        let (mut ones, mut part_before, mut hyphens) = (BLOCK as u32, 1, 0);
        let (mut busy, mut bit) = (1, 1_u64);
        let mut blocks = 0_usize;
        for ((((body, mark), underscore), (parts, dashes)), block) in places.zip(whole.iter().chain(last)) {
            let bits = classify(block);
            let part = bits.body | bits.beside;
            // What stands behind the block may be a part of a word as well.
            let (before, behind) = (part << 1 | part_before, part >> 1 | 1 << (BLOCK - 1));
            let marks = bits.mark | bits.quote & before;
            self.lines.push(blocks * BLOCK, bits.line & before & behind);
            let runs = (ones + bits.body.trailing_ones() >= SHORTEST as u32) | (long(bits.body) != 0);
            busy |= if runs | (marks | bits.underscore != 0) { bit } else { 0 };
            hyphens |= bits.hyphen & bits.hyphen >> 1 & bits.hyphen >> 2;
            (*body, *mark, *underscore) = (bits.body, marks, bits.underscore);
            (*parts, *dashes) = (part, bits.hyphen);
            (ones, part_before) = (bits.body.leading_ones(), part >> (BLOCK - 1));
            blocks += 1;
            bit <<= 1;
        }
        self.busy = busy | bit >> 1 | if blocks == BLOCKS { 1 << (BLOCK - 1) } else { 0 };
        self.hyphens = hyphens != 0;
        blocks
    }
}

impl Classes {
    /// Makes marks of the line ends of the window that may cut a token: those behind a word that may begin with a prefix or has a
    /// hyphen or an equals sign in it, and those between two letters of a prefix. It is asked of nearly every line of a log.
    pub(super) fn settle(&mut self, window: &[u8], prefixes: &Prefixes) {
        for &line in self.lines.places.iter().take(self.lines.count) {
            let line = usize::from(line);
            let (block, bit) = (line / BLOCK, line % BLOCK);
            let carriage = usize::from(at(window, line.wrapping_sub(1)) == b'\r');
            let parts = before_bit(&self.part, block, bit);
            let word = parts.leading_ones() as usize;
            let hyphens = before_bit(&self.hyphen, block, bit).leading_zeros() as usize;
            let start = line.wrapping_sub(word);
            let last = line.wrapping_sub(1 + carriage);
            let beside = (parts & !before_bit(&self.body, block, bit)).leading_zeros() as usize;
            let may_cut = (hyphens < word)
                // `NAME=`, and the prefix behind it.
                | (beside < word && part(window, start, line).contains(&b'='))
                // The word, or what is behind the line end, reaches further than is seen here.
                | (word == BLOCK) | (word >= line) | (line + 2 >= window.len())
                | (carriage == 1)
                // A mail's way to break a line.
                | (at(window, last) == b'=')
                | prefixes.begins(at(window, start), at(window, start + 1))
                | prefixes.cut(at(window, last.wrapping_sub(1)), at(window, last), at(window, line + 1), at(window, line + 2));
            let set = u64::from(may_cut) << bit;
            if let Some(mark) = self.mark.get_mut(block) {
                *mark |= set;
            }
            self.busy |= u64::from(may_cut) << block;
        }
    }

    /// The blocks with something to look at, in order.
    #[inline]
    pub(super) fn busy(&self) -> impl Iterator<Item = Block> + '_ {
        let mut busy = self.busy;
        std::iter::from_fn(move || {
            let index = busy.trailing_zeros() as usize;
            let (&body, &mark, &underscore) =
                (self.body.get(index)?, self.mark.get(index)?, self.underscore.get(index)?);
            busy &= busy - 1;
            let before = index.checked_sub(1).filter(|&before| self.busy >> before & 1 == 0);
            let skipped = before.and_then(|before| self.body.get(before)).copied();
            Some(Block { offset: index * BLOCK, body, mark, underscore, skipped })
        })
    }
}

/// The 64 bits before a place, the nearest one highest.
#[inline(always)]
fn before_bit(bits: &[u64; BLOCKS], block: usize, bit: usize) -> u64 {
    let of = |block: usize| bits.get(block).copied().unwrap_or(0);
    let previous = of(block.wrapping_sub(1)) >> bit;
    // For the first bit nothing of its own block: by 64 one shifts in two steps.
    previous | of(block) << 1 << (BLOCK - 1 - bit)
}

/// Bits of the token alphabet in one block.
pub(super) fn body(block: &[u8; BLOCK]) -> u64 {
    classify(block).body
}

/// The places where [`SHORTEST`] ones begin.
#[inline(always)]
pub(super) fn long(bits: u64) -> u64 {
    let two = bits & bits >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let sixteen = eight & eight >> 8;
    sixteen & four >> 16
}

/// The classes of a block, by comparison.
#[inline(always)]
fn classify(block: &[u8; BLOCK]) -> Bits {
    let all = u8x16::splat;
    let mut bits = Bits::default();
    let (lanes, _) = block.as_chunks::<16>();
    for (index, lane) in lanes.iter().enumerate() {
        let bytes = u8x16::new(*lane);
        let is = |byte: u8| bytes.simd_eq(all(byte));
        let at = |found: u8x16| u64::from(found.to_bitmask()) << (index * 16);
        let letter = (bytes | all(0x20)) - all(b'a');
        let digit = bytes - all(b'0');
        let (hyphen, underscore) = (is(b'-'), is(b'_'));
        let body = letter.min(all(25)).simd_eq(letter) | digit.min(all(9)).simd_eq(digit) | hyphen | underscore;
        let sign = bytes - all(b'%');
        let first_of_two = (bytes | all(0x20)).simd_eq(all(0xe2));
        let mark = sign.min(all(1)).simd_eq(sign) | is(b'\\') | is(0x1b) | is(b'[') | first_of_two;
        bits.body |= at(body);
        bits.beside |= at(is(b'.') | is(b'=') | is(b'\r'));
        bits.line |= at(is(b'\n'));
        bits.quote |= at(is(b'"') | is(b'\'') | is(b'`'));
        bits.mark |= at(mark);
        bits.underscore |= at(underscore);
        bits.hyphen |= at(hyphen);
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bytes::{before, is_body};
    use super::super::{cuts, unhide};
    use super::*;

    /// Which bytes of a block are of a class.
    fn plain(block: &[u8], class: impl Fn(u8) -> bool) -> u64 {
        block.iter().enumerate().fold(0, |bits, (index, &byte)| bits | u64::from(class(byte)) << index)
    }

    fn is_mark(byte: u8) -> bool {
        matches!(byte, b'%' | b'&' | b'\\' | 0x1b | 0xc2 | 0xe2 | b'[')
    }

    fn is_beside(byte: u8) -> bool {
        matches!(byte, b'.' | b'=' | b'\r')
    }

    fn is_quote(byte: u8) -> bool {
        matches!(byte, b'"' | b'\'' | b'`')
    }

    #[test]
    fn every_byte_is_in_its_classes_however_it_is_looked_up() {
        for byte in 0..=u8::MAX {
            for place in [0, 15, 16, 31, 32, 63] {
                let mut block = [b' '; BLOCK];
                block[place] = byte;
                let looked_up = |bits: Bits| {
                    assert_eq!(bits.body, plain(&block, is_body), "{byte:#x} at {place}");
                    assert_eq!(bits.mark, plain(&block, is_mark), "{byte:#x} at {place}");
                    assert_eq!(bits.quote, plain(&block, is_quote), "{byte:#x} at {place}");
                    assert_eq!(bits.line, plain(&block, |byte| byte == b'\n'), "{byte:#x} at {place}");
                    assert_eq!(bits.underscore, plain(&block, |byte| byte == b'_'), "{byte:#x} at {place}");
                    assert_eq!(bits.hyphen, plain(&block, |byte| byte == b'-'), "{byte:#x} at {place}");
                    let beside = plain(&block, is_beside);
                    assert_eq!(bits.beside & beside, beside, "{byte:#x} at {place}");
                    assert!(bits.beside == beside || matches!(byte, b'-' | b'>' | 0x0e), "{byte:#x} at {place}");
                };
                looked_up(classify(&block));
                #[cfg(target_arch = "x86_64")]
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has it.
                    #[allow(unsafe_code)]
                    looked_up(unsafe { avx2::classify(&block) });
                }
            }
        }
    }

    /// Of what a token is made that a line end cuts.
    const PIECES: [&str; 18] = [
        "gl",
        "p",
        "at-",
        "eyJ",
        "whs",
        "ec_",
        "t1",
        "_",
        "GR134",
        "8941",
        "a",
        "bc",
        "\n",
        "\n",
        "\r\n",
        "=",
        " ",
        "_gitlab_session=",
    ];

    proptest! {
        #[test]
        fn windows_of_any_length_are_read_whole(
            text in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                proptest::collection::vec(proptest::sample::select(b"ab1-_.=\r\n\"' [%>".to_vec()), 0..300),
                "([a-c-]{0,40}[ .\n])*".prop_map(String::into_bytes),
                proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..90).prop_map(|all| all.concat().into_bytes()),
            ],
        ) {
            let mut classes = Classes::new();
            classes.body = [u64::MAX; BLOCKS];
            let blocks = classes.read(&text);
            classes.settle(&text, cuts::prefixes());
            prop_assert_eq!(blocks, text.len().div_ceil(BLOCK));
            let is_part = |byte: u8| is_body(byte) || is_beside(byte);
            // At the edges of the window anything may stand.
            let may_be_part = |place: Option<usize>| place.is_none_or(|place| place >= text.len() || is_part(at(&text, place)));
            for (index, chunk) in text.chunks(BLOCK).enumerate() {
                let place = index * BLOCK;
                prop_assert_eq!(classes.body[index], plain(chunk, is_body));
                prop_assert_eq!(classes.underscore[index], plain(chunk, |byte| byte == b'_'));
                for (offset, &byte) in chunk.iter().enumerate() {
                    let here = place + offset;
                    let marked = classes.mark[index] >> offset & 1 == 1;
                    let (joins, telling) = (
                        may_be_part(here.checked_sub(1)),
                        match byte {
                            b'\n' => unhide::is_telling(&text, here),
                            quote if is_quote(quote) => is_part(before(&text, here)),
                            other => is_mark(other),
                        },
                    );
                    prop_assert!(marked || !telling, "{here}");
                    let could = is_mark(byte) || joins && (is_quote(byte) || byte == b'\n');
                    // The other signs that are taken for one that may stand beside a joint.
                    let other = matches!(before(&text, here), b'-' | b'>' | 0x0e);
                    prop_assert!(!marked || could || other, "{here}");
                }
                let busy = classes.busy >> index & 1 == 1;
                let seldom = classes.mark[index] | classes.underscore[index] == 0;
                prop_assert!(busy || seldom);
            }
            prop_assert!(text.is_empty() || classes.busy & 1 == 1);
            let five = memchr::memmem::find(&text, b"-----").is_some();
            prop_assert!(classes.hyphens || !five);
        }
    }
}
