//! Thirty-two bytes at once: a byte's class is looked up by its two halves in two shuffles.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_max_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set_epi64x, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
    _mm256_srli_epi16,
};

use crate::BLOCK;
use crate::halves::{
    ALPHABET, BESIDE, HIGH, JOINT_HIGH, JOINT_LOW, LETTER, LINE, LOW, MARKS, QUOTES, TELLS, UNDERSCORE,
};
use crate::rows::Bits;

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

/// The highest bit of each byte.
#[inline]
#[target_feature(enable = "avx2")]
fn bits(vector: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(vector).cast_unsigned())
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Bits {
    let mut all = Bits::default();
    let (halves, _) = block.as_chunks::<32>();
    for (index, half) in halves.iter().enumerate() {
        let bytes = load(half);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(0x0f));
        let class = _mm256_and_si256(_mm256_shuffle_epi8(table(HIGH), high), _mm256_shuffle_epi8(table(LOW), bytes));
        let joint = _mm256_and_si256(
            _mm256_shuffle_epi8(table(JOINT_HIGH), high),
            _mm256_shuffle_epi8(table(JOINT_LOW), bytes),
        );
        let none = _mm256_setzero_si256();
        let no_body = _mm256_cmpeq_epi8(_mm256_and_si256(class, _mm256_set1_epi8(ALPHABET.cast_signed())), none);
        let no_quote = _mm256_cmpeq_epi8(_mm256_and_si256(joint, _mm256_set1_epi8(QUOTES.cast_signed())), none);
        let no_tell = _mm256_cmpeq_epi8(_mm256_and_si256(joint, _mm256_set1_epi8(TELLS.cast_signed())), none);
        let ascii_mark = _mm256_cmpeq_epi8(_mm256_max_epu8(class, _mm256_set1_epi8(MARKS.cast_signed())), class);
        let first_of_two =
            _mm256_cmpeq_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), _mm256_set1_epi8(0xe2_u8.cast_signed()));
        let mark = _mm256_or_si256(_mm256_or_si256(ascii_mark, first_of_two), joint);
        let place = index * 32;
        let body = !bits(no_body) & u64::from(u32::MAX);
        all.body |= body << place;
        all.quote |= (!bits(no_quote) & u64::from(u32::MAX)) << place;
        all.mark |= bits(mark) << place;
        all.line |= bits(_mm256_slli_epi16::<{ LINE.cast_signed() }>(joint)) << place;
        all.part |= (body | bits(_mm256_slli_epi16::<{ BESIDE.cast_signed() }>(joint))) << place;
        let underscore = bits(_mm256_slli_epi16::<{ UNDERSCORE.cast_signed() }>(class));
        all.underscore |= underscore << place;
        all.tell |= (underscore | !bits(no_tell) & u64::from(u32::MAX)) << place;
        all.letter |= bits(_mm256_slli_epi16::<{ LETTER.cast_signed() }>(joint)) << place;
    }
    all
}
