//! Sixty-four bytes at once: one look-up in a table of all ASCII says every class of a byte, a bit each.

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_gf2p8affine_epi64_epi8, _mm512_mask_blend_epi8,
    _mm512_maskz_permutex2var_epi8, _mm512_movepi8_mask, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_set_epi64,
    _mm512_set1_epi8, _mm512_set1_epi64, _mm512_shuffle_epi8, _mm512_shuffle_i64x2, _mm512_test_epi8_mask,
};

use crate::BLOCK;
use crate::rows::Bits;

const BODY: u8 = 1;
const UNDERSCORE: u8 = 2;
const TELL: u8 = 4;
const LINE: u8 = 8;
const QUOTE: u8 = 16;
const MARK: u8 = 32;
const PART: u8 = 64;
const LETTER: u8 = 128;

const fn class(byte: u8) -> u8 {
    match byte {
        b'-' | b'R' | b'J' => BODY | PART | TELL,
        b'c' | b'g' => BODY | PART | LETTER,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => BODY | PART,
        b'_' => BODY | PART | TELL | UNDERSCORE,
        b'=' => PART | TELL,
        b'\n' => LINE,
        b'"' | b'\'' | b'`' | b'[' | 0x1b => QUOTE,
        b'%' | b'&' | b'\\' => MARK,
        b'.' | b'\r' => PART,
        _ => 0,
    }
}

/// The classes of the bytes from `first` on, as a register's eight words, the first one lowest.
const fn table(first: u8) -> [i64; 8] {
    let (mut words, mut at) = ([0; 8], 0);
    while at < BLOCK {
        #[allow(clippy::indexing_slicing)] // 63 / 8 is 7, and this runs in the compiler.
        {
            words[at / 8] |= (class(first + at as u8) as i64) << (at % 8 * 8);
        }
        at += 1;
    }
    words
}

const LOW: [i64; 8] = table(0);
const HIGH: [i64; 8] = table(64);

#[inline]
#[target_feature(enable = "avx512f")]
fn register([a, b, c, d, e, f, g, h]: [i64; 8]) -> __m512i {
    _mm512_set_epi64(h, g, f, e, d, c, b, a)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; BLOCK]) -> __m512i {
    let (words, _) = bytes.as_chunks::<8>();
    let word = |index: usize| words.get(index).map_or(0, |word| i64::from_le_bytes(*word));
    register([word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7)])
}

/// The table's bytes for a block's, and which of the block's may be the first of a space without width.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn look_up(block: &[u8; BLOCK]) -> (__m512i, u64) {
    let bytes = load(block);
    // The table has no place for what is beyond ASCII.
    let ascii = !_mm512_movepi8_mask(bytes);
    let class = _mm512_maskz_permutex2var_epi8(ascii, register(LOW), bytes, register(HIGH));
    if ascii == u64::MAX {
        return (class, 0);
    }
    let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
    (class, is(0xc2) | is(0xe2) | is(0xef))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Bits {
    let (class, beyond) = look_up(block);
    let of = |bit: u8| _mm512_test_epi8_mask(class, _mm512_set1_epi8(bit.cast_signed()));
    Bits {
        body: of(BODY),
        part: of(PART),
        line: of(LINE),
        quote: of(QUOTE),
        mark: of(MARK) | beyond,
        underscore: of(UNDERSCORE),
        tell: of(TELL),
        letter: of(LETTER),
    }
}

/// In each eight bytes, the byte of a number has the bit of that number: multiplied with it, a square of bits is turned over.
const UNIT: i64 = 0x8040_2010_0804_0201_u64.cast_signed();

/// The bytes of each eight in the opposite order, as the multiplication takes them: of sixteen bytes at a time.
const OPPOSITE: [i64; 8] = {
    let (first, second) = (0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    [first, second, first, second, first, second, first, second]
};

/// Of two registers: the first byte of each eight of the one, and of the other; then the second of each, up to the fourth.
const GATHER_FIRST: [i64; 8] = gather(0);
/// The fifth of each up to the last.
const GATHER_LAST: [i64; 8] = gather(4);

const fn gather(first: i64) -> [i64; 8] {
    const EACH: i64 = 0x0101_0101_0101_0101;
    // Every eighth byte; of the other register, 64 more.
    let (one, other) = (0x3830_2820_1810_0800 + first * EACH, 0x7870_6860_5850_4840 + first * EACH);
    [one, other, one + EACH, other + EACH, one + 2 * EACH, other + 2 * EACH, one + 3 * EACH, other + 3 * EACH]
}

/// Eight words of each row.
pub(crate) type Words<'a> = [&'a mut [u64; 8]; 8];

/// Notes the classes of eight blocks: a word of each block for the lowest bit of [`class`], for the next one, and so on. Squares of bits are
/// turned over instead of asking for each bit by itself: half the time.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(crate) fn classify_eight(blocks: &[[u8; BLOCK]; 8], rows: Words<'_>) {
    let [a, b, c, d, e, f, g, h] = blocks;
    let or = |one: __m512i, other: __m512i| _mm512_or_si512(one, other);
    let all = or(or(or(load(a), load(b)), or(load(c), load(d))), or(or(load(e), load(f)), or(load(g), load(h))));
    if _mm512_movepi8_mask(all) == 0 {
        turn(blocks, rows, |block| _mm512_permutex2var_epi8(register(LOW), load(block), register(HIGH)));
    } else {
        classify_eight_beyond(blocks, rows);
    }
}

/// The same where not all is ASCII.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn classify_eight_beyond(blocks: &[[u8; BLOCK]; 8], rows: Words<'_>) {
    turn(blocks, rows, |block| {
        let (class, beyond) = look_up(block);
        _mm512_mask_blend_epi8(beyond, class, _mm512_set1_epi8(MARK.cast_signed()))
    });
}

/// Notes words of a bit of the bytes' classes each, see [`classify_eight`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn turn(blocks: &[[u8; BLOCK]; 8], rows: Words<'_>, classes: impl Fn(&[u8; BLOCK]) -> __m512i) {
    // In each eight bytes the first has the lowest bits of eight classes.
    let turned = |block: &[u8; BLOCK]| {
        let square = _mm512_shuffle_epi8(classes(block), register(OPPOSITE));
        _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_set1_epi64(UNIT), square)
    };
    let [a, b, c, d, e, f, g, h] = blocks;
    // The words of two blocks side by side, of the first four bits and of the last four; then of four blocks; then of all.
    let two = |one: &[u8; BLOCK], other: &[u8; BLOCK]| {
        let (one, other) = (turned(one), turned(other));
        let gather = |which| _mm512_permutex2var_epi8(one, register(which), other);
        (gather(GATHER_FIRST), gather(GATHER_LAST))
    };
    let ((a, a_last), (c, c_last)) = (two(a, b), two(c, d));
    let ((e, e_last), (g, g_last)) = (two(e, f), two(g, h));
    let four = |a: __m512i, c: __m512i, e: __m512i, g: __m512i, [one, two, three, four]: [&mut [u64; 8]; 4]| {
        let (low, more_low) = (_mm512_shuffle_i64x2::<0x44>(a, c), _mm512_shuffle_i64x2::<0x44>(e, g));
        let (high, more_high) = (_mm512_shuffle_i64x2::<0xee>(a, c), _mm512_shuffle_i64x2::<0xee>(e, g));
        *one = store(_mm512_shuffle_i64x2::<0x88>(low, more_low));
        *two = store(_mm512_shuffle_i64x2::<0xdd>(low, more_low));
        *three = store(_mm512_shuffle_i64x2::<0x88>(high, more_high));
        *four = store(_mm512_shuffle_i64x2::<0xdd>(high, more_high));
    };
    let [row_0, row_1, row_2, row_3, row_4, row_5, row_6, row_7] = rows;
    four(a, c, e, g, [row_0, row_1, row_2, row_3]);
    four(a_last, c_last, e_last, g_last, [row_4, row_5, row_6, row_7]);
}

#[inline]
fn store(words: __m512i) -> [u64; 8] {
    // SAFETY: both are 64 bytes of which every value is one.
    #[allow(unsafe_code)]
    unsafe {
        std::mem::transmute(words)
    }
}
