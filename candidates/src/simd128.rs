//! Sixteen bytes at once in the browser, looked up by their two halves like [`crate::avx2`]'s.

use core::arch::wasm32::{
    i8x16_bitmask, i8x16_shl, i64x2, u8x16, u8x16_eq, u8x16_max, u8x16_shr, u8x16_splat, u8x16_swizzle, v128, v128_and,
    v128_or,
};

use crate::BLOCK;
use crate::halves::{
    ALPHABET, BESIDE, HIGH, JOINT_HIGH, JOINT_LOW, LETTER, LINE, LOW, MARKS, QUOTES, TELLS, UNDERSCORE,
};
use crate::rows::Bits;

#[inline(always)]
const fn register(bytes: [u8; 16]) -> v128 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes;
    u8x16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

#[inline(always)]
fn load(bytes: &[u8; 16]) -> v128 {
    let whole = u128::from_le_bytes(*bytes);
    i64x2(whole as i64, (whole >> 64) as i64)
}

#[inline(always)]
fn look_up(high: [u8; 16], low: [u8; 16], halves: (v128, v128)) -> v128 {
    v128_and(u8x16_swizzle(register(high), halves.0), u8x16_swizzle(register(low), halves.1))
}

#[inline(always)]
fn bits(vector: v128, place: usize) -> u64 {
    u64::from(i8x16_bitmask(vector)) << place
}

#[inline(always)]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Bits {
    let mut all = Bits::default();
    let (lanes, _) = block.as_chunks::<16>();
    for (index, lane) in lanes.iter().enumerate() {
        let bytes = load(lane);
        // The tables have nothing for the upper half of the bytes: of them, the high half is beyond the marks.
        let halves = (u8x16_shr(bytes, 4), v128_and(bytes, u8x16_splat(0x0f)));
        let class = look_up(HIGH, LOW, halves);
        let joint = look_up(JOINT_HIGH, JOINT_LOW, halves);
        let none = u8x16_splat(0);
        let no_body = u8x16_eq(v128_and(class, u8x16_splat(ALPHABET)), none);
        let no_quote = u8x16_eq(v128_and(joint, u8x16_splat(QUOTES)), none);
        let no_tell = u8x16_eq(v128_and(joint, u8x16_splat(TELLS)), none);
        let ascii_mark = u8x16_eq(u8x16_max(class, u8x16_splat(MARKS)), class);
        let first_of_two = u8x16_eq(v128_or(bytes, u8x16_splat(0x20)), u8x16_splat(0xe2));
        let place = index * 16;
        all.body |= self::bits(no_body, place);
        all.quote |= self::bits(no_quote, place);
        all.mark |= self::bits(v128_or(v128_or(ascii_mark, first_of_two), joint), place);
        all.line |= self::bits(i8x16_shl(joint, LINE), place);
        all.part |= self::bits(i8x16_shl(joint, BESIDE), place);
        all.underscore |= self::bits(i8x16_shl(class, UNDERSCORE), place);
        all.tell |= self::bits(no_tell, place);
        all.letter |= self::bits(i8x16_shl(joint, LETTER), place);
    }
    Bits { body: !all.body, part: !all.body | all.part, quote: !all.quote, tell: !all.tell | all.underscore, ..all }
}
