//! The candidate pass's first step: which bytes can be part of a token, and which begin a mark that may hide one?
//!
//! Sixty-four bytes become two words of a bit each. With AVX2 (found at run time) a byte's class is looked up by its two
//! halves in two shuffles; elsewhere, and in the browser, comparisons of sixteen bytes at once do the same
//! (`wide`: SSE2, NEON, `simd128`). Both say exactly the same.

use wide::u8x16;

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
    /// May begin a mark: a percent sign, a backslash, an ampersand, ESC, the first byte of a space without width
    /// (or of another sign beyond ASCII); a quote, a bracket, a line end.
    pub(super) mark: [u64; BLOCKS],
}

impl Classes {
    pub(super) const fn new() -> Self {
        Self { body: [0; BLOCKS], mark: [0; BLOCKS] }
    }

    /// Classifies the first [`WINDOW`] bytes of `text`, or all of it when it is shorter; says how many blocks that is.
    pub(super) fn read(&mut self, text: &[u8]) -> usize {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, asked right here; the function takes slices only and has no other condition.
            #[allow(unsafe_code)]
            return unsafe { self.read_avx2(text) };
        }
        self.fill(text, classify)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn read_avx2(&mut self, text: &[u8]) -> usize {
        self.fill(text, |block| avx2::classify(block))
    }

    #[inline(always)]
    fn fill(&mut self, text: &[u8], classify: impl Fn(&[u8; BLOCK]) -> (u64, u64)) -> usize {
        let places = self.body.iter_mut().zip(&mut self.mark);
        let (whole, rest) = text.as_chunks::<BLOCK>();
        let mut blocks = 0;
        let mut last = [0; BLOCK];
        if let Some(last) = last.get_mut(..rest.len()) {
            last.copy_from_slice(rest);
        }
        let last = (!rest.is_empty()).then_some(&last);
        for ((body, mark), block) in places.zip(whole.iter().chain(last)) {
            (*body, *mark) = classify(block);
            *mark |= joints(block);
            blocks += 1;
        }
        blocks
    }
}

/// Bits of the token alphabet in one block.
pub(super) fn body(block: &[u8; BLOCK]) -> u64 {
    classify(block).0
}

/// The classes of a block, by comparison.
#[inline(always)]
fn classify(block: &[u8; BLOCK]) -> (u64, u64) {
    let all = u8x16::splat;
    let (mut body, mut mark) = (0, 0);
    let (lanes, _) = block.as_chunks::<16>();
    for (index, lane) in lanes.iter().enumerate() {
        let bytes = u8x16::new(*lane);
        let letter = (bytes | all(0x20)) - all(b'a');
        let digit = bytes - all(b'0');
        let is_body = letter.min(all(25)).simd_eq(letter)
            | digit.min(all(9)).simd_eq(digit)
            | bytes.simd_eq(all(b'-'))
            | bytes.simd_eq(all(b'_'));
        let sign = bytes - all(b'%');
        let is_mark = sign.min(all(1)).simd_eq(sign)
            | bytes.simd_eq(all(b'\\'))
            | bytes.simd_eq(all(0x1b))
            | (bytes | all(0x20)).simd_eq(all(0xe2));
        body |= u64::from(is_body.to_bitmask()) << (index * 16);
        mark |= u64::from(is_mark.to_bitmask()) << (index * 16);
    }
    (body, mark)
}

/// Where two pieces of one text may meet: quotes, a bracket, a line end.
#[inline(always)]
fn joints(block: &[u8; BLOCK]) -> u64 {
    let all = u8x16::splat;
    let (lanes, _) = block.as_chunks::<16>();
    lanes.iter().enumerate().fold(0, |joints, (index, lane)| {
        let bytes = u8x16::new(*lane);
        let is_joint = bytes.simd_eq(all(b'"'))
            | bytes.simd_eq(all(b'\''))
            | bytes.simd_eq(all(b'`'))
            | bytes.simd_eq(all(b'['))
            | bytes.simd_eq(all(b'\n'));
        joints | u64::from(is_joint.to_bitmask()) << (index * 16)
    })
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_max_epu8, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set_epi64x, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    };

    use super::BLOCK;

    // A byte below 0x80 is in a class when its two halves have a bit in common. The five low bits are the alphabet's: A–O
    // and a–o; P–Z and p–z; digits; the hyphen; the underscore. The three high ones are marks: `%` and `&`; `\`; ESC.
    const HIGH: [u8; 16] = [0, 128, 8 | 32, 4, 1, 2 | 16 | 64, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0];
    const LOW: [u8; 16] = [6, 7, 7, 7, 7, 7 | 32, 7 | 32, 7, 7, 7, 3, 1 | 128, 1 | 64, 1 | 8, 1, 1 | 16];
    const ALPHABET: i8 = 0x1f;
    const MARKS: i8 = 0x20;

    /// Both halves of the register hold the table: a shuffle looks it up in each.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn table(bytes: [u8; 16]) -> __m256i {
        let whole = u128::from_le_bytes(bytes);
        let (low, high) = (whole as u64 as i64, (whole >> 64) as u64 as i64);
        _mm256_set_epi64x(high, low, high, low)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        let (words, _) = bytes.as_chunks::<8>();
        let word = |index: usize| words.get(index).map_or(0, |word| i64::from_le_bytes(*word));
        _mm256_set_epi64x(word(3), word(2), word(1), word(0))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn classify(block: &[u8; BLOCK]) -> (u64, u64) {
        let (mut body, mut mark) = (0, 0);
        let (halves, _) = block.as_chunks::<32>();
        for (index, half) in halves.iter().enumerate() {
            let bytes = load(half);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(0x0f));
            let class =
                _mm256_and_si256(_mm256_shuffle_epi8(table(HIGH), high), _mm256_shuffle_epi8(table(LOW), bytes));
            let no_body =
                _mm256_cmpeq_epi8(_mm256_and_si256(class, _mm256_set1_epi8(ALPHABET)), _mm256_setzero_si256());
            let ascii_mark = _mm256_cmpeq_epi8(_mm256_max_epu8(class, _mm256_set1_epi8(MARKS)), class);
            let first_of_two = _mm256_cmpeq_epi8(
                _mm256_or_si256(bytes, _mm256_set1_epi8(0x20)),
                _mm256_set1_epi8(0xe2_u8.cast_signed()),
            );
            let bits = |vector| u64::from(_mm256_movemask_epi8(vector).cast_unsigned());
            body |= (!bits(no_body) & u64::from(u32::MAX)) << (index * 32);
            mark |= bits(_mm256_or_si256(ascii_mark, first_of_two)) << (index * 32);
        }
        (body, mark)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bytes::is_body;
    use super::*;

    fn is_mark(byte: u8) -> bool {
        matches!(byte, b'%' | b'&' | b'\\' | 0x1b | 0xc2 | 0xe2 | b'"' | b'\'' | b'`' | b'[' | b'\n')
    }

    fn plain(block: &[u8; BLOCK]) -> (u64, u64) {
        let bits = |class: fn(u8) -> bool| {
            block.iter().enumerate().fold(0, |bits, (index, &byte)| bits | u64::from(class(byte)) << index)
        };
        (bits(is_body), bits(is_mark))
    }

    #[test]
    fn every_byte_is_in_its_classes_however_it_is_looked_up() {
        for byte in 0..=u8::MAX {
            for place in [0, 15, 16, 31, 32, 63] {
                let mut block = [b' '; BLOCK];
                block[place] = byte;
                let (body, mark) = classify(&block);
                assert_eq!((body, mark | joints(&block)), plain(&block), "{byte:#x} at {place}");
                let mut classes = Classes::new();
                assert_eq!(classes.read(&block), 1);
                assert_eq!((classes.body[0], classes.mark[0]), plain(&block), "{byte:#x} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn windows_of_any_length_are_read_whole(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut classes = Classes::new();
            classes.body = [u64::MAX; BLOCKS];
            let blocks = classes.read(&text);
            prop_assert_eq!(blocks, text.len().div_ceil(BLOCK));
            for (index, chunk) in text.chunks(BLOCK).enumerate() {
                let mut block = [0; BLOCK];
                block[..chunk.len()].copy_from_slice(chunk);
                prop_assert_eq!((classes.body[index], classes.mark[index]), plain(&block));
            }
        }
    }
}
