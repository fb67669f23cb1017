//! Rows of bits: what is known of a window's bytes, and what they say of each other.

use wide::u8x16;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use crate::simd128;
use crate::{BLOCK, Block, Prefixes};
#[cfg(target_arch = "x86_64")]
use crate::{avx2, avx512};

/// Words of a row before those of the window's blocks, and behind them: one of each is used. So many are what the widest registers
/// hold, and what a register writes or reads at once is one line of the cache.
pub(crate) const EDGE: usize = 8;

/// What is known of the bytes of a window of `N - 2 * EDGE` blocks: rows of a word for each block, a bit for each byte, the first byte
/// lowest. Before them stands the last one of the window before, behind them one that says what may be there.
#[repr(align(64))]
pub(crate) struct Rows<const N: usize> {
    /// Of the token alphabet, `[0-9A-Za-z_-]`.
    body: [u64; N],
    /// Where a run of [`LONG`](crate::LONG) of them or more begins, as far as it is seen in this window.
    begins: [u64; N],
    /// May begin a mark: a percent sign, a backslash, an ampersand, the first byte of a space without width (or of another sign beyond
    /// ASCII); a quote, ESC or a bracket behind a part of a word; a line end between two that may cut a token.
    mark: [u64; N],
    /// Underscores that may belong to the two forms which are found by their prefix: `_g…` and `…c_`.
    underscore: [u64; N],
    /// What words are made of: the token alphabet, and what else may stand beside a joint inside a word.
    part: [u64; N],
    /// Marks where they stand behind a part of a word.
    quote: [u64; N],
    /// Line ends; of them, when all is read, those behind a word that holds nothing of a prefix where one may go on.
    line: [u64; N],
    /// See [`Bits::tell`] and [`Bits::letter`].
    tell: [u64; N],
    letter: [u64; N],
    /// Digits, where it costs nothing to know them; else none.
    digit: [u64; N],
    /// Blocks of the window.
    blocks: usize,
    /// The blocks, a bit each, in which a run begins.
    running: u64,
    /// Those in which there is a mark or an underscore to look at.
    marked: u64,
    /// Those in which a line end is to be looked at first.
    open: u64,
    /// Three hyphens (or other signs that tell) stand in a row, as before the label of a key. Of five across two blocks, three are
    /// in one of them.
    pub(crate) hyphens: bool,
}

/// The classes of one block's bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bits {
    /// The token alphabet.
    pub(crate) body: u64,
    /// What words are made of: of the alphabet, and a full stop, an equals sign, a carriage return, which may stand beside a joint
    /// inside a word. A few other signs may be among them.
    pub(crate) part: u64,
    pub(crate) line: u64,
    pub(crate) quote: u64,
    pub(crate) mark: u64,
    pub(crate) underscore: u64,
    /// Each known prefix has one: a hyphen, an equals sign, an underscore, `R`, `J`. Some other capitals may be among them.
    pub(crate) tell: u64,
    /// `c` and `g`: one stands beside the underscore of a session cookie or a signing token.
    pub(crate) letter: u64,
}

/// What says the classes of a block: a function, or a table.
pub(crate) trait Classify: Copy {
    fn classify(self, block: &[u8; BLOCK]) -> Bits;
}

impl<F: Fn(&[u8; BLOCK]) -> Bits + Copy> Classify for F {
    #[inline(always)]
    fn classify(self, block: &[u8; BLOCK]) -> Bits {
        self(block)
    }
}

impl<const N: usize> Rows<N> {
    /// Bytes of a window.
    pub(crate) const WINDOW: usize = (N - 2 * EDGE) * BLOCK;

    /// Of no text yet. What stands before a text is not known: it may be anything.
    pub(crate) fn new() -> Self {
        let (any, none) = ([u64::MAX; N], [0; N]);
        Self {
            // Whatever stands before a text, what stands at its beginning is looked at as a run of its own.
            body: none,
            begins: none,
            mark: none,
            underscore: none,
            part: any,
            quote: none,
            line: none,
            tell: any,
            letter: any,
            digit: none,
            blocks: 0,
            running: 0,
            marked: 0,
            open: 0,
            hyphens: false,
        }
    }

    /// Reads the text's next [`Rows::WINDOW`] bytes, or fewer at its end. With `prefixes` the line ends are among the marks that may
    /// cut a token.
    pub(crate) fn read(&mut self, text: &[u8], prefixes: Option<&Prefixes>) {
        self.fill(text);
        if let Some(prefixes) = prefixes {
            self.settle(text, prefixes);
        }
    }

    fn fill(&mut self, text: &[u8]) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let counts = has!("bmi1") && has!("lzcnt") && has!("popcnt");
            if counts && has!("avx512bw") && has!("avx512vbmi") {
                // SAFETY: the processor has all of them, asked right here; the functions take slices only and have no other
                // condition.
                #[allow(unsafe_code)]
                return unsafe {
                    if has!("gfni") && has!("avx512vbmi2") { self.fill_gfni(text) } else { self.fill_avx512(text) }
                };
            }
            if counts && has!("avx2") {
                // SAFETY: as above.
                #[allow(unsafe_code)]
                return unsafe { self.fill_avx2(text) };
            }
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return self.fill_with(text, simd128::tables());
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        self.fill_with(text, classify)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,gfni,bmi1,lzcnt,popcnt")]
    fn fill_gfni(&mut self, text: &[u8]) {
        self.begin();
        let (whole, rest) = text.as_chunks::<BLOCK>();
        let (whole, others) = whole.as_chunks::<8>();
        let rows = eights(&mut self.body).zip(eights(&mut self.underscore)).zip(eights(&mut self.tell));
        let rows = rows.zip(eights(&mut self.line)).zip(eights(&mut self.quote)).zip(eights(&mut self.mark));
        let rows = rows.zip(eights(&mut self.part)).zip(eights(&mut self.letter)).zip(eights(&mut self.digit));
        let mut beyond = 0_u64;
        for ((((((((((body, underscore), tell), line), quote), mark), part), letter), digit), blocks), index) in
            rows.zip(whole).zip(0..BLOCK)
        {
            let words = [body, underscore, tell, digit, quote, mark, part, letter, line];
            beyond |= u64::from(!avx512::classify_eight(blocks, words)) << index;
        }
        // Once more where not all is ASCII: a call among the others would cost each of them.
        while beyond != 0 {
            let index = beyond.trailing_zeros() as usize;
            beyond &= beyond - 1;
            if let (Some(blocks), Some(words)) = (whole.get(index), self.eight(index)) {
                avx512::classify_eight_beyond(blocks, words);
            }
        }
        let from = EDGE + 8 * whole.len();
        self.note(from, others, rest, |block: &_| avx512::classify(block));
        // Nothing is known of digits there, in a last block or in eight.
        ahead(&mut self.digit, from).take(8).for_each(|digit| *digit = 0);
        self.end::<true>(text.len());
    }

    /// Eight words of each row, as [`avx512::classify_eight`] takes them.
    #[cfg(target_arch = "x86_64")]
    fn eight(&mut self, index: usize) -> Option<avx512::Words<'_>> {
        Some([
            eights(&mut self.body).nth(index)?,
            eights(&mut self.underscore).nth(index)?,
            eights(&mut self.tell).nth(index)?,
            eights(&mut self.digit).nth(index)?,
            eights(&mut self.quote).nth(index)?,
            eights(&mut self.mark).nth(index)?,
            eights(&mut self.part).nth(index)?,
            eights(&mut self.letter).nth(index)?,
            eights(&mut self.line).nth(index)?,
        ])
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1,lzcnt,popcnt")]
    fn fill_avx512(&mut self, text: &[u8]) {
        self.fill_with(text, |block: &_| avx512::classify(block))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
    fn fill_avx2(&mut self, text: &[u8]) {
        self.fill_with(text, |block: &_| avx2::classify(block))
    }

    #[inline(always)]
    fn fill_with(&mut self, text: &[u8], classify: impl Classify) {
        self.begin();
        let (whole, rest) = text.as_chunks::<BLOCK>();
        self.note(EDGE, whole, rest, classify);
        self.end::<false>(text.len());
    }

    /// Keeps the last words of the window before.
    #[inline(always)]
    fn begin(&mut self) {
        for row in [&mut self.body, &mut self.part, &mut self.tell, &mut self.letter] {
            let last = row.get(EDGE - 1 + self.blocks).copied().unwrap_or_default();
            if let Some(before) = row.get_mut(EDGE - 1) {
                *before = last;
            }
        }
    }

    /// What follows from the noted classes of so many bytes, with `DIGITS` from its digits as well.
    #[inline(always)]
    fn end<const DIGITS: bool>(&mut self, bytes: usize) {
        self.blocks = bytes.div_ceil(BLOCK);
        // Behind the window anything may stand; behind the text, nothing.
        let edge = if bytes == Self::WINDOW { u64::MAX } else { 0 };
        for row in [&mut self.body, &mut self.part, &mut self.tell, &mut self.letter] {
            if let Some(behind) = row.get_mut(EDGE + self.blocks) {
                *behind = edge;
            }
        }
        self.join::<DIGITS>();
    }

    /// Notes the classes of blocks from a word of the rows on, and of the bytes behind them. Nothing but bits for bytes here: what they
    /// say of each other is asked of all blocks together.
    #[inline(always)]
    fn note(&mut self, from: usize, whole: &[[u8; BLOCK]], rest: &[u8], classify: impl Classify) {
        self.note_blocks(from, whole, classify);
        if !rest.is_empty() {
            let mut last = [0; BLOCK];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.note_blocks(from + whole.len(), &[last], classify);
        }
    }

    #[inline(always)]
    fn note_blocks(&mut self, from: usize, blocks: &[[u8; BLOCK]], classify: impl Classify) {
        let rows = ahead(&mut self.body, from).zip(ahead(&mut self.part, from)).zip(ahead(&mut self.mark, from));
        let rows = rows.zip(ahead(&mut self.quote, from)).zip(ahead(&mut self.line, from));
        let rows = rows.zip(ahead(&mut self.underscore, from)).zip(ahead(&mut self.tell, from));
        for ((((((((body, part), mark), quote), line), underscore), tell), letter), block) in
            rows.zip(ahead(&mut self.letter, from)).zip(blocks)
        {
            let bits = classify.classify(block);
            (*body, *part, *mark, *quote) = (bits.body, bits.part, bits.mark, bits.quote);
            (*line, *underscore, *tell, *letter) = (bits.line, bits.underscore, bits.tell, bits.letter);
        }
    }

    /// What bits say of their neighbours, in all blocks: one simple loop over rows, which the compiler makes vectors of where the
    /// processor has wide ones.
    #[inline(always)]
    fn join<const DIGITS: bool>(&mut self) {
        let (mut running, mut marked, mut open, mut three) = (0, 0, 0, 0);
        let known =
            three_of(&self.part).zip(three_of(&self.tell)).zip(three_of(&self.letter)).zip(three_of(&self.body));
        let known = known.zip(three_of(&self.digit));
        let seen = self.mark.iter_mut().zip(&self.quote).zip(self.line.iter_mut().zip(&mut self.underscore));
        let seen = seen.zip(&mut self.begins).skip(EDGE);
        for ((((((part, tell), letter), body), digit), (((mark, quote), (line, underscore)), begins)), index) in
            known.zip(seen).zip(0..self.blocks)
        {
            let behind_part = before((part.0, part.1));
            *mark |= quote & behind_part;
            let joins = *line & behind_part & after((part.1, part.2), 1);
            // Added to the bits of its word, a bit that tells carries up to the first one behind the word: also into the next block. A
            // block that is all one word may carry.
            let (last, overflows) = part.0.overflowing_add(tell.0);
            let carry = u64::from(overflows) | u64::from(last == u64::MAX);
            let behind_prefix = part.1.wrapping_add(tell.1).wrapping_add(carry);
            *mark |= joins & behind_prefix;
            // One further, then two, then three: all of REACH.
            let near = spread(spread((tell.1, tell.2), 1), 2);
            let near = after(spread(near, 3), 1);
            *line = joins & !behind_prefix & near;
            if DIGITS {
                *line &= !after((digit.1, digit.2), 1) | after((tell.1, tell.2), 2);
            }
            *underscore &= before((letter.0, letter.1)) | after((letter.1, letter.2), 1);
            three |= tell.1 & tell.1 >> 1 & tell.1 >> 2;
            // Two, four, eight, sixteen of the alphabet that follow each other; sixteen here and four further on are twenty.
            let four = follow(follow((body.1, body.2), 1), 2);
            *begins = follow(follow(follow(four, 4), 8), 4).0 & !before((body.0, body.1));
            running |= u64::from(*begins != 0) << index;
            marked |= u64::from(*mark | *underscore != 0) << index;
            open |= u64::from(*line != 0) << index;
        }
        (self.running, self.marked, self.open, self.hyphens) = (running, marked, open, three != 0);
    }

    /// Makes marks of the line ends between the letters of a prefix: of those behind a word that holds nothing of one, and before one
    /// that does.
    fn settle(&mut self, window: &[u8], prefixes: &Prefixes) {
        let mut open = self.open;
        while open != 0 {
            let index = open.trailing_zeros() as usize;
            open &= open - 1;
            let (Some(&(mut cut)), Some(mark)) = (self.line.get(EDGE + index), self.mark.get_mut(EDGE + index)) else {
                return;
            };
            while cut != 0 {
                let bit = cut.trailing_zeros();
                cut &= cut - 1;
                let line = index * BLOCK + bit as usize;
                if let Some(&[then, behind]) = window.get(line + 1..line + 3)
                    && !prefixes.goes_on(then, behind)
                {
                    continue;
                }
                let end = line - usize::from(line > 0 && at(window, line - 1) == b'\r');
                let may_cut = match window.get(end.wrapping_sub(2)..end) {
                    Some(&[before, last]) if line + 2 < window.len() => {
                        prefixes.cut(before, last, at(window, line + 1), at(window, line + 2))
                    }
                    // It reaches further than is seen here.
                    _ => true,
                };
                *mark |= u64::from(may_cut) << bit;
                self.marked |= u64::from(may_cut) << index;
            }
        }
    }

    /// The blocks, a bit each, in which a run begins.
    pub(crate) const fn running(&self) -> u64 {
        self.running
    }

    /// The blocks, a bit each, in which there is a mark or an underscore to look at.
    pub(crate) const fn marked(&self) -> u64 {
        self.marked
    }

    /// What is known of a block.
    pub(crate) fn block(&self, index: usize) -> Option<Block> {
        let (begins, mark, underscore) =
            (*self.begins.get(EDGE + index)?, *self.mark.get(EDGE + index)?, *self.underscore.get(EDGE + index)?);
        Some(Block { offset: index * BLOCK, begins, mark, underscore })
    }

    /// Where the run ends that holds the byte at `offset` of the window, as an offset; `None` where it does not end in the window.
    #[inline]
    pub(crate) fn run_end(&self, offset: usize) -> Option<usize> {
        let mut index = offset / BLOCK;
        let mut bits = self.body.get(EDGE + index)? | !from_bit(offset);
        while bits == u64::MAX {
            index += 1;
            // The last word is not of the text.
            bits = *self.body.get(EDGE + index).filter(|_| index < self.blocks)?;
        }
        Some(index * BLOCK + bits.trailing_ones() as usize)
    }

    /// Is there a bit that tells among those of the bytes from one offset to another? True for what ends behind the window.
    #[inline]
    pub(crate) fn tells(&self, from: usize, to: usize) -> bool {
        let (first, last) = (from / BLOCK, to / BLOCK);
        if last >= self.blocks {
            return true;
        }
        let words = self.tell.get(EDGE + first..=EDGE + last).unwrap_or_default();
        words.iter().zip(first..).any(|(word, index)| {
            let begin = if index == first { from_bit(from) } else { u64::MAX };
            let end = if index == last { !from_bit(to) } else { u64::MAX };
            word & begin & end != 0
        })
    }
}

/// The bits of a word from one offset on.
#[inline(always)]
fn from_bit(offset: usize) -> u64 {
    u64::MAX << (offset % BLOCK)
}

/// A row's words from one on, to be written.
#[inline(always)]
fn ahead<const N: usize>(row: &mut [u64; N], from: usize) -> std::slice::IterMut<'_, u64> {
    row.get_mut(from..).unwrap_or_default().iter_mut()
}

/// A row's words of blocks, eight at a time, to be written.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn eights<const N: usize>(row: &mut [u64; N]) -> std::slice::IterMut<'_, [u64; 8]> {
    row.get_mut(EDGE..).unwrap_or_default().as_chunks_mut().0.iter_mut()
}

/// A row from a word on.
#[inline(always)]
fn behind<const N: usize>(row: &[u64; N], from: usize) -> &[u64] {
    row.get(from..).unwrap_or_default()
}

/// Each word of a row between its neighbours.
#[inline(always)]
fn three_of<const N: usize>(row: &[u64; N]) -> impl Iterator<Item = (u64, u64, u64)> {
    let (last, here, next) = (behind(row, EDGE - 1), behind(row, EDGE), behind(row, EDGE + 1));
    last.iter().zip(here).zip(next).map(|((&last, &here), &next)| (last, here, next))
}

/// The bits one place before each.
#[inline(always)]
fn before((last, here): (u64, u64)) -> u64 {
    here << 1 | last >> (BLOCK - 1)
}

/// The bits so many places behind each, of a word before another.
#[inline(always)]
fn after((here, next): (u64, u64), by: u32) -> u64 {
    here >> by | next << (BLOCK as u32 - by)
}

/// Bits with another one so many places behind them. Of the second word the last are not known, since what is behind it is not.
#[inline(always)]
fn follow(words: (u64, u64), by: u32) -> (u64, u64) {
    (words.0 & after(words, by), words.1 & words.1 >> by)
}

/// Bits, and those so many places before one. Of the second word the last are not known.
#[inline(always)]
fn spread(words: (u64, u64), by: u32) -> (u64, u64) {
    (words.0 | after(words, by), words.1 | words.1 >> by)
}

/// The classes of a block, by comparison.
#[inline(always)]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Bits {
    let all = u8x16::splat;
    let mut bits = Bits::default();
    let (lanes, _) = block.as_chunks::<16>();
    for (index, lane) in lanes.iter().enumerate() {
        let bytes = u8x16::new(*lane);
        let is = |byte: u8| bytes.simd_eq(all(byte));
        let at = |found: u8x16| u64::from(found.to_bitmask()) << (index * 16);
        let letter = (bytes | all(0x20)) - all(b'a');
        let digit = bytes - all(b'0');
        let (hyphen, underscore, equals) = (is(b'-'), is(b'_'), is(b'='));
        let body = letter.min(all(25)).simd_eq(letter) | digit.min(all(9)).simd_eq(digit) | hyphen | underscore;
        let sign = bytes - all(b'%');
        let beyond = is(0xc2) | is(0xe2) | is(0xef);
        let mark = sign.min(all(1)).simd_eq(sign) | is(b'\\') | beyond;
        bits.body |= at(body);
        bits.part |= at(body | is(b'.') | equals | is(b'\r'));
        bits.line |= at(is(b'\n'));
        bits.quote |= at(is(b'"') | is(b'\'') | is(b'`') | is(0x1b) | is(b'['));
        bits.mark |= at(mark);
        bits.underscore |= at(underscore);
        bits.tell |= at(hyphen | equals | underscore | is(b'R') | is(b'J'));
        bits.letter |= at(is(b'c') | is(b'g'));
    }
    bits
}

/// The byte at an offset; 0 outside.
#[inline(always)]
fn at(text: &[u8], offset: usize) -> u8 {
    text.get(offset).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_body(byte: u8) -> bool {
        crate::is_token(byte)
    }

    /// Which bytes of a block are of a class.
    fn plain(block: &[u8], class: impl Fn(u8) -> bool) -> u64 {
        block.iter().enumerate().fold(0, |bits, (index, &byte)| bits | u64::from(class(byte)) << index)
    }

    fn is_mark(byte: u8) -> bool {
        matches!(byte, b'%' | b'&' | b'\\' | 0xc2 | 0xe2 | 0xef)
    }

    /// An ampersand before nothing that `may_begin` a character's name or number; what stands behind a block is not seen.
    fn is_alone(chunk: &[u8], offset: usize, may_begin: impl FnOnce(u8) -> bool) -> bool {
        chunk[offset] == b'&' && offset + 1 < BLOCK && !chunk.get(offset + 1).is_some_and(|&next| may_begin(next))
    }

    fn is_beside(byte: u8) -> bool {
        matches!(byte, b'.' | b'=' | b'\r')
    }

    fn is_tell(byte: u8) -> bool {
        crate::TELLS.contains(&byte)
    }

    fn is_quote(byte: u8) -> bool {
        matches!(byte, b'"' | b'\'' | b'`' | b'[' | 0x1b)
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
                    let tell = plain(&block, is_tell);
                    assert!(bits.tell == tell || matches!(byte, b'B' | b'Z'), "{byte:#x} at {place}");
                    assert_eq!(bits.tell & tell, tell, "{byte:#x} at {place}");
                    // Asked for only in a block with something else that is seldom.
                    let letter = plain(&block, |byte| matches!(byte, b'c' | b'g'));
                    assert!(bits.letter == letter || bits.letter == u64::MAX, "{byte:#x} at {place}");
                    assert!(bits.letter == letter || bits.underscore == 0, "{byte:#x} at {place}");
                    let part = plain(&block, |byte| is_body(byte) || is_beside(byte));
                    assert_eq!(bits.part & part, part, "{byte:#x} at {place}");
                    assert!(bits.part == part || matches!(byte, b'>' | 0x0e), "{byte:#x} at {place}");
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

    const PREFIXES: [&str; 3] = ["glpat-", "whsec_", "GR1348941"];

    /// Of what a prefix is made that a line end cuts.
    const PIECES: [&str; 17] =
        ["gl", "p", "at-", "eyJ", "whs", "ec_", "t1", "_", "GR134", "8941", "a", "bc", "\n", "\n", "\r\n", "=", " "];

    /// Does a prefix end in the last word before this line end, or go on behind it?
    fn cuts_a_prefix(text: &[u8], line: usize) -> bool {
        let end = line - usize::from(line > 0 && text[line - 1] == b'\r');
        let is_part = |byte: &&u8| is_body(**byte) || is_beside(**byte);
        let word = text[..end].iter().rev().take_while(is_part).count();
        let (word, next) = (&text[end - word..end], &text[line + 1..]);
        PREFIXES.iter().map(|prefix| prefix.as_bytes()).any(|prefix| {
            let inside = |cut: usize| word.ends_with(&prefix[..cut]) && next.starts_with(&prefix[cut..]);
            let goes_on = !word.is_empty() && next.first().is_some_and(|byte| is_part(&byte));
            goes_on && (word.windows(prefix.len()).any(|part| part == prefix) || (1..prefix.len()).any(inside))
        })
    }

    /// What may stand behind an ampersand that is a mark.
    fn begins(next: u8) -> bool {
        is_body(next) || is_beside(next) || next == b'#'
    }

    /// All that is known of a window. Of an underscore at the edge of a block some say more than others, since what is beside it may
    /// not have been looked at; and some pass an ampersand over that is alone.
    fn known(rows: &Rows<80>, text: &[u8]) -> [[u64; 80]; 4] {
        let inside = !(1 | 1 << (BLOCK - 1));
        let mut mark = rows.mark;
        for (mark, chunk) in mark[EDGE..].iter_mut().zip(text.chunks(BLOCK)) {
            let alone = (0..chunk.len()).filter(|&offset| is_alone(chunk, offset, begins));
            alone.for_each(|offset| *mark &= !(1 << offset));
        }
        [rows.body, rows.begins, mark, rows.underscore.map(|bits| bits & inside)]
    }

    proptest! {
        #[test]
        fn every_processor_says_the_same(
            // Without the few signs that some take for others.
            text in proptest::collection::vec(
                prop_oneof![
                    4 => proptest::sample::select(b"acgJR019-_=. \r\n\"'`%&#\\[\x1b".to_vec()),
                    1 => any::<u8>().prop_filter("is taken for another", |byte| !matches!(byte, b'>' | 0x0e | b'B' | b'Z')),
                ],
                0..1500,
            ),
        ) {
            let mut plainly = Rows::<80>::new();
            plainly.fill_with(&text, classify);
            let mut here = Rows::<80>::new();
            here.fill(&text);
            prop_assert_eq!(known(&here, &text), known(&plainly, &text));
            #[cfg(target_arch = "x86_64")]
            {
                use std::arch::is_x86_feature_detected as has;
                let mut other = Rows::<80>::new();
                if has!("avx512bw") && has!("avx512vbmi") {
                    // SAFETY: the processor has it.
                    #[allow(unsafe_code)]
                    unsafe { other.fill_avx512(&text) };
                    prop_assert_eq!(known(&other, &text), known(&plainly, &text));
                }
                let mut other = Rows::<80>::new();
                if has!("avx2") {
                    // SAFETY: as above.
                    #[allow(unsafe_code)]
                    unsafe { other.fill_avx2(&text) };
                    prop_assert_eq!(known(&other, &text), known(&plainly, &text));
                }
            }
        }

        #[test]
        fn windows_of_any_length_are_read_whole(
            text in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                proptest::collection::vec(proptest::sample::select(b"ab1-_.=\r\n\"' [%>&#".to_vec()), 0..300),
                "([a-c-]{0,40}[ .\n])*".prop_map(String::into_bytes),
                proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..90).prop_map(|all| all.concat().into_bytes()),
            ],
        ) {
            let prefixes = Prefixes::new(PREFIXES);
            let mut classes = Rows::<20>::new();
            let text = &text[..text.len().min(Rows::<20>::WINDOW)];
            classes.read(text, Some(&prefixes));
            let is_part = |byte: u8| is_body(byte) || is_beside(byte);
            // At the edges of the window anything may stand.
            let may_be_part = |place: Option<usize>| place.is_none_or(|place| place >= text.len() || is_part(at(text, place)));
            for (index, chunk) in text.chunks(BLOCK).enumerate() {
                let place = index * BLOCK;
                prop_assert_eq!(classes.body[EDGE + index], plain(chunk, is_body));
                for (offset, &byte) in chunk.iter().enumerate() {
                    let here = place + offset;
                    let marked = classes.mark[EDGE + index] >> offset & 1 == 1;
                    let (joins, telling) = (
                        may_be_part(here.checked_sub(1)),
                        match byte {
                            b'\n' => cuts_a_prefix(text, here),
                            quote if is_quote(quote) => here > 0 && is_part(text[here - 1]),
                            other => is_mark(other) && !is_alone(chunk, offset, begins),
                        },
                    );
                    prop_assert!(marked || !telling, "{here}");
                    let could = is_mark(byte) || joins && (is_quote(byte) || byte == b'\n');
                    // The other signs that are taken for one that may stand beside a joint.
                    let other = here > 0 && matches!(text[here - 1], b'-' | b'>' | 0x0e);
                    prop_assert!(!marked || could || other, "{here}");
                }
                prop_assert_eq!(classes.running >> index & 1 == 1, classes.begins[EDGE + index] != 0);
                let looked_at = classes.mark[EDGE + index] | classes.underscore[EDGE + index];
                prop_assert_eq!(classes.marked >> index & 1 == 1, looked_at != 0);
            }
            let run = |from: usize| text[from..].iter().take_while(|&&byte| is_body(byte)).count();
            for place in 0..text.len() {
                let (block, bit) = (place / BLOCK, place % BLOCK);
                let reaches_further = text.len() == Rows::<20>::WINDOW && place + run(place) == text.len();
                let starts = run(place) >= crate::LONG || reaches_further && run(place) > 0;
                let begins = starts && !place.checked_sub(1).is_some_and(|before| is_body(text[before]));
                prop_assert_eq!(classes.begins[EDGE + block] >> bit & 1 == 1, begins, "{}", place);
                let (end, blocks) = (place + run(place), text.len().div_ceil(BLOCK));
                let telling = text[place..end].iter().any(|&byte| is_tell(byte));
                prop_assert!(classes.tells(place, end) || !telling);
                let other = |byte: &u8| matches!(byte, b'B' | b'Z');
                prop_assert!(!classes.tells(place, end) || telling || text[place..end].iter().any(other) || end / BLOCK >= blocks);
                if starts {
                    // What ends with the last block does not end in it.
                    prop_assert_eq!(classes.run_end(place), (end / BLOCK < blocks).then_some(end));
                    prop_assert_eq!(crate::run_end(text, place), place + run(place));
                }
                let form = text[place] == b'_' && (at(text, place + 1) == b'g' || place > 0 && text[place - 1] == b'c');
                prop_assert!(!form || classes.underscore[EDGE + block] >> bit & 1 == 1);
            }
            let five = text.windows(5).any(|five| five == b"-----");
            prop_assert!(classes.hyphens || !five);
        }
    }
}
