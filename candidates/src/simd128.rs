//! Sixteen bytes at once in the browser, looked up by their two halves like [`crate::avx2`]'s.

use core::arch::wasm32::{
    i8x16_bitmask, i16x8_shl, u8x16, u8x16_add_sat, u8x16_eq, u8x16_splat, u8x16_swizzle, u16x8_shr, v128, v128_and,
    v128_any_true, v128_or,
};

use crate::BLOCK;
use crate::halves::{
    BEYOND, HIGH, JOINT_HIGH, JOINT_LOW, LOW, MARKS, QUOTES, TELLS, TO_BESIDE, TO_LETTER, TO_LINE, TO_UNDERSCORE,
    UNDERSCORE,
};
use crate::rows::{Bits, Classify};

#[inline(always)]
const fn register(bytes: [u8; 16]) -> v128 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes;
    u8x16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

#[inline(always)]
fn load(bytes: &[u8; 16]) -> v128 {
    // SAFETY: both are sixteen bytes of which every value is one.
    #[allow(unsafe_code)]
    unsafe {
        core::mem::transmute(*bytes)
    }
}

/// What a block is looked up in.
pub(crate) struct Tables {
    high: v128,
    low: v128,
    joint_high: v128,
    joint_low: v128,
    half: v128,
    to_marks: v128,
    to_tells: v128,
}

static TABLES: Tables = Tables {
    high: register(HIGH),
    low: register(LOW),
    joint_high: register(JOINT_HIGH),
    joint_low: register(JOINT_LOW),
    half: register([0x0f; 16]),
    to_marks: register([0x80 - MARKS; 16]),
    to_tells: register([0x80 - TELLS; 16]),
};

/// The tables, as something that the compiler does not know: V8 puts a constant together anew wherever one is used, in up to five
/// instructions, and takes what it has loaded from a register.
#[inline(always)]
pub(crate) fn tables() -> &'static Tables {
    core::hint::black_box(&TABLES)
}

impl Tables {
    /// Class and joint of sixteen bytes.
    #[inline(always)]
    fn look_up(&self, bytes: v128) -> (v128, v128) {
        let (high, low) = (v128_and(u16x8_shr(bytes, 4), self.half), v128_and(bytes, self.half));
        (
            v128_and(u8x16_swizzle(self.high, high), u8x16_swizzle(self.low, low)),
            v128_and(u8x16_swizzle(self.joint_high, high), u8x16_swizzle(self.joint_low, low)),
        )
    }

    /// Adds what most blocks have not.
    #[inline(always)]
    fn look_closer(&self, lanes: &[[u8; 16]], all: &mut Bits) {
        all.letter = 0;
        for (index, lane) in lanes.iter().enumerate() {
            let bytes = load(lane);
            let (class, joint) = self.look_up(bytes);
            let at = |vector: v128| u64::from(i8x16_bitmask(vector)) << (index * 16);
            all.underscore |= at(i16x8_shl(class, TO_UNDERSCORE));
            all.letter |= at(i16x8_shl(joint, TO_LETTER));
            all.quote |= at(u8x16_add_sat(v128_and(joint, u8x16_splat(QUOTES)), u8x16_splat(0x7f)));
            let is = |byte| u8x16_eq(bytes, u8x16_splat(byte));
            all.mark |= at(v128_or(v128_or(is(0xc2), is(0xe2)), is(0xef)));
        }
        all.tell |= all.underscore;
    }
}

impl Classify for &Tables {
    #[inline(always)]
    fn classify(self, block: &[u8; BLOCK]) -> Bits {
        let (lanes, _) = block.as_chunks::<16>();
        let none = u8x16_splat(0);
        // Most blocks have no underscore that a `c` or `g` could stand beside.
        let mut all = Bits { letter: u64::MAX, ..Bits::default() };
        let mut seldom = none;
        for (index, lane) in lanes.iter().enumerate() {
            let (class, joint) = self.look_up(load(lane));
            // Of a byte only the highest bit counts: what comes in from its neighbour below does no harm.
            let at = |vector: v128| u64::from(i8x16_bitmask(vector)) << (index * 16);
            all.body |= at(u8x16_eq(class, none));
            all.mark |= at(u8x16_add_sat(class, self.to_marks));
            all.quote |= at(class);
            all.tell |= at(u8x16_add_sat(joint, self.to_tells));
            all.line |= at(i16x8_shl(joint, TO_LINE));
            all.part |= at(i16x8_shl(joint, TO_BESIDE));
            seldom = v128_or(
                seldom,
                v128_or(v128_and(class, u8x16_splat(UNDERSCORE)), v128_and(joint, u8x16_splat(QUOTES | BEYOND))),
            );
        }
        all.body = !(all.body | all.mark);
        all.mark &= !all.quote;
        all.part |= all.body;
        if v128_any_true(seldom) {
            self.look_closer(lanes, &mut all);
        }
        all
    }
}
