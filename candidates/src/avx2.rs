//! Thirty-two bytes at once: a byte's class is looked up by its two halves in two shuffles.

use std::arch::x86_64::{
    __m256i, _mm256_adds_epu8, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set_epi64x, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
    _mm256_srli_epi16, _mm256_testz_si256,
};

use crate::BLOCK;
use crate::halves::{
    BEYOND, HIGH, JOINT_HIGH, JOINT_LOW, LOW, MARKS, QUOTES, TELLS, TO_BESIDE, TO_LETTER, TO_LINE, TO_UNDERSCORE,
    UNDERSCORE,
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

#[inline]
#[target_feature(enable = "avx2")]
fn each(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

/// The highest bits of a half's bytes, in their place in a block.
#[inline]
#[target_feature(enable = "avx2")]
fn bits(vector: __m256i, half: usize) -> u64 {
    u64::from(_mm256_movemask_epi8(vector).cast_unsigned()) << (half * 32)
}

/// Class and joint of a half's bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(bytes: __m256i) -> (__m256i, __m256i) {
    let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), each(0x0f));
    // A shuffle says nothing of a byte beyond ASCII, as the table of the higher halves does not, but for the first of two.
    let low = _mm256_and_si256(bytes, each(0x0f));
    let both = |of_high, of_low| {
        _mm256_and_si256(_mm256_shuffle_epi8(table(of_high), high), _mm256_shuffle_epi8(table(of_low), low))
    };
    (both(HIGH, LOW), both(JOINT_HIGH, JOINT_LOW))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Bits {
    let (halves, _) = block.as_chunks::<32>();
    let none = _mm256_setzero_si256();
    // Most blocks have no underscore that a `c` or `g` could stand beside.
    let mut all = Bits { letter: u64::MAX, ..Bits::default() };
    let mut seldom = none;
    for (half, bytes) in halves.iter().enumerate() {
        let (class, joint) = look_up(load(bytes));
        // Of a byte only the highest bit counts: what comes in from its neighbour below does no harm.
        all.body |= bits(_mm256_cmpeq_epi8(class, none), half);
        all.mark |= bits(_mm256_adds_epu8(class, each(0x80 - MARKS)), half);
        all.quote |= bits(class, half);
        all.tell |= bits(_mm256_adds_epu8(joint, each(0x80 - TELLS)), half);
        all.line |= bits(_mm256_slli_epi16::<{ TO_LINE.cast_signed() }>(joint), half);
        all.part |= bits(_mm256_slli_epi16::<{ TO_BESIDE.cast_signed() }>(joint), half);
        let of_class = _mm256_and_si256(class, each(UNDERSCORE));
        let of_joint = _mm256_and_si256(joint, each(QUOTES | BEYOND));
        seldom = _mm256_or_si256(seldom, _mm256_or_si256(of_class, of_joint));
    }
    all.body = !(all.body | all.mark);
    all.mark &= !all.quote;
    all.part |= all.body;
    if _mm256_testz_si256(seldom, seldom) == 0 {
        look_closer(halves, &mut all);
    }
    all
}

/// Adds what most blocks have not.
#[inline]
#[target_feature(enable = "avx2")]
fn look_closer(halves: &[[u8; 32]], all: &mut Bits) {
    all.letter = 0;
    for (half, bytes) in halves.iter().enumerate() {
        let bytes = load(bytes);
        let (class, joint) = look_up(bytes);
        all.underscore |= bits(_mm256_slli_epi16::<{ TO_UNDERSCORE.cast_signed() }>(class), half);
        all.letter |= bits(_mm256_slli_epi16::<{ TO_LETTER.cast_signed() }>(joint), half);
        let quotes = _mm256_and_si256(joint, each(QUOTES));
        all.quote |= bits(_mm256_adds_epu8(quotes, each(0x7f)), half);
        let is = |byte| _mm256_cmpeq_epi8(bytes, each(byte));
        all.mark |= bits(_mm256_or_si256(_mm256_or_si256(is(0xc2), is(0xe2)), is(0xef)), half);
    }
    all.tell |= all.underscore;
}
