//! Sixty-four bytes at once: one look-up in a table of all ASCII says every class of a byte, a bit each.

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_gf2p8affine_epi64_epi8, _mm512_mask_blend_epi8,
    _mm512_maskz_permutex2var_epi8, _mm512_movepi8_mask, _mm512_or_si512, _mm512_permutex2var_epi8,
    _mm512_permutex2var_epi64, _mm512_permutexvar_epi8, _mm512_set_epi64, _mm512_set1_epi8, _mm512_set1_epi64,
    _mm512_shuffle_epi8, _mm512_shuffle_i64x2, _mm512_test_epi8_mask, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
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
        b'"' | b'\'' | b'`' => QUOTE,
        b'%' | b'&' | b'\\' | b'[' | 0x1b => MARK,
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

/// The first byte of each eight, then the second of each, and so on.
const GATHER: [i64; 8] = {
    let first = 0x3830_2820_1810_0800;
    let step = 0x0101_0101_0101_0101;
    [
        first,
        first + step,
        first + 2 * step,
        first + 3 * step,
        first + 4 * step,
        first + 5 * step,
        first + 6 * step,
        first + 7 * step,
    ]
};

/// The classes of eight blocks: a word of each block for the lowest bit of [`class`], for the next one, and so on. Squares of bits are
/// turned over instead of asking for each bit by itself: half the time.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(crate) fn classify_eight(blocks: &[[u8; BLOCK]; 8]) -> [[u64; 8]; 8] {
    let [a, b, c, d, e, f, g, h] = blocks;
    let or = |one: __m512i, other: __m512i| _mm512_or_si512(one, other);
    let all = or(or(or(load(a), load(b)), or(load(c), load(d))), or(or(load(e), load(f)), or(load(g), load(h))));
    if _mm512_movepi8_mask(all) == 0 {
        return turn(blocks, |block| _mm512_permutex2var_epi8(register(LOW), load(block), register(HIGH)));
    }
    turn(blocks, |block| {
        let (class, beyond) = look_up(block);
        _mm512_mask_blend_epi8(beyond, class, _mm512_set1_epi8(MARK.cast_signed()))
    })
}

/// Words of a bit of the bytes' classes each, see [`classify_eight`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn turn(blocks: &[[u8; BLOCK]; 8], classes: impl Fn(&[u8; BLOCK]) -> __m512i) -> [[u64; 8]; 8] {
    // A block's eight words.
    let words = |block: &[u8; BLOCK]| {
        let square = _mm512_shuffle_epi8(classes(block), register(OPPOSITE));
        let turned = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_set1_epi64(UNIT), square);
        _mm512_permutexvar_epi8(register(GATHER), turned)
    };
    let [a, b, c, d, e, f, g, h] = blocks;
    // Words of two blocks side by side, then of four, then of all.
    let two = |one: &[u8; BLOCK], other: &[u8; BLOCK]| {
        let (one, other) = (words(one), words(other));
        (_mm512_unpacklo_epi64(one, other), _mm512_unpackhi_epi64(one, other))
    };
    let (even, odd) = (register([0, 1, 8, 9, 4, 5, 12, 13]), register([2, 3, 10, 11, 6, 7, 14, 15]));
    let four = |one: __m512i, other: __m512i| {
        (_mm512_permutex2var_epi64(one, even, other), _mm512_permutex2var_epi64(one, odd, other))
    };
    let ((a, b), (c, d), (e, f), (g, h)) = (two(a, b), two(c, d), two(e, f), two(g, h));
    let ((row_0, row_2), (row_1, row_3)) = (four(a, c), four(b, d));
    let ((more_0, more_2), (more_1, more_3)) = (four(e, g), four(f, h));
    let low = |one: __m512i, other: __m512i| store(_mm512_shuffle_i64x2::<0x44>(one, other));
    let high = |one: __m512i, other: __m512i| store(_mm512_shuffle_i64x2::<0xee>(one, other));
    [
        low(row_0, more_0),
        low(row_1, more_1),
        low(row_2, more_2),
        low(row_3, more_3),
        high(row_0, more_0),
        high(row_1, more_1),
        high(row_2, more_2),
        high(row_3, more_3),
    ]
}

#[inline]
fn store(words: __m512i) -> [u64; 8] {
    // SAFETY: both are 64 bytes of which every value is one.
    #[allow(unsafe_code)]
    unsafe {
        std::mem::transmute(words)
    }
}
