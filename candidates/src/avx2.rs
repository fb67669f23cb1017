//! Thirty-two bytes at once: a byte's class is looked up by its two halves in two shuffles.

use std::arch::x86_64::{
    __m256i, _mm256_adds_epu8, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set_epi64x, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
    _mm256_srli_epi16,
};

use crate::BLOCK;
use crate::halves::{
    BEYOND, HIGH, JOINT_HIGH, JOINT_LOW, LOW, MARKS, QUOTES, TELLS, TO_BESIDE, TO_LETTER, TO_LINE, TO_UNDERSCORE,
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
    let each = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let none = _mm256_setzero_si256();
    for (index, half) in halves.iter().enumerate() {
        let bytes = load(half);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), each(0x0f));
        let low = _mm256_and_si256(bytes, each(0x0f));
        let look_up = |of_high, of_low| {
            _mm256_and_si256(_mm256_shuffle_epi8(table(of_high), high), _mm256_shuffle_epi8(table(of_low), low))
        };
        let (class, joint) = (look_up(HIGH, LOW), look_up(JOINT_HIGH, JOINT_LOW));
        let at = |bits: u64| bits << (index * 32);
        // Of a byte only the highest bit counts: what comes in from its neighbour below does no harm.
        let (sign, bracket) = (bits(_mm256_adds_epu8(class, each(0x80 - MARKS))), bits(class));
        let body = !bits(_mm256_cmpeq_epi8(class, none)) & u64::from(u32::MAX) & !sign;
        let beside = bits(_mm256_slli_epi16::<{ TO_BESIDE.cast_signed() }>(joint));
        all.body |= at(body);
        all.part |= at(body | beside);
        all.mark |= at(sign & !bracket);
        all.quote |= at(bracket);
        all.tell |= at(bits(_mm256_adds_epu8(joint, each(0x80 - TELLS))));
        all.line |= at(bits(_mm256_slli_epi16::<{ TO_LINE.cast_signed() }>(joint)));
        let underscore = at(bits(_mm256_slli_epi16::<{ TO_UNDERSCORE.cast_signed() }>(class)));
        all.underscore |= underscore;
        all.tell |= underscore;
        all.letter |= at(bits(_mm256_slli_epi16::<{ TO_LETTER.cast_signed() }>(joint)));
        let no_quote = _mm256_cmpeq_epi8(_mm256_and_si256(joint, each(QUOTES)), none);
        all.quote |= at(!bits(no_quote) & u64::from(u32::MAX));
        let none_beyond = _mm256_cmpeq_epi8(_mm256_and_si256(joint, each(BEYOND)), none);
        if bits(none_beyond) != u64::from(u32::MAX) {
            let is = |byte| _mm256_cmpeq_epi8(bytes, each(byte));
            all.mark |= at(bits(_mm256_or_si256(_mm256_or_si256(is(0xc2), is(0xe2)), is(0xef))));
        }
    }
    all
}
