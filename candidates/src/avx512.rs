//! Sixty-four bytes at once: one look-up in a table of all ASCII says every class of a byte, a bit each.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_andnot_si512, _mm512_cmpeq_epi8_mask, _mm512_gf2p8affine_epi64_epi8,
    _mm512_mask_blend_epi8, _mm512_maskz_permutex2var_epi8, _mm512_movepi8_mask, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_set_epi64, _mm512_set1_epi8, _mm512_set1_epi64, _mm512_shuffle_epi8,
    _mm512_shuffle_i64x2, _mm512_srli_epi64, _mm512_test_epi8_mask,
};

use crate::BLOCK;
use crate::rows::Bits;

const BODY: u8 = 1;
const UNDERSCORE: u8 = 2;
const TELL: u8 = 4;
const DIGIT: u8 = 8;
const QUOTE: u8 = 16;
const MARK: u8 = 32;
const PART: u8 = 64;
const LETTER: u8 = 128;

/// Eight bits are fewer than there are classes. So of what is no part of a word, the bits of three that are mean something else: a line
/// end, a number's sign, an ampersand.
const fn class(byte: u8) -> u8 {
    match byte {
        b'-' | b'R' | b'J' => BODY | PART | TELL,
        b'c' | b'g' => BODY | PART | LETTER,
        b'0'..=b'9' => BODY | PART | DIGIT,
        b'A'..=b'Z' | b'a'..=b'z' => BODY | PART,
        b'_' => BODY | PART | TELL | UNDERSCORE,
        b'=' => PART | TELL,
        b'\n' => LETTER,
        b'#' => TELL,
        b'"' | b'\'' | b'`' | b'[' | 0x1b => QUOTE,
        b'&' => MARK | UNDERSCORE,
        b'%' | b'\\' => MARK,
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
    let (part, underscore, tell, letter) = (of(PART), of(UNDERSCORE), of(TELL), of(LETTER));
    // See [`class`]; an ampersand at the block's end may begin something.
    let begins = (part | tell) >> 1 | 1 << (BLOCK - 1);
    Bits {
        body: of(BODY),
        part,
        line: letter & !part,
        quote: of(QUOTE),
        mark: (of(MARK) | beyond) & !(underscore & !part & !begins),
        underscore: underscore & part,
        tell: tell & part,
        letter: letter & part,
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

/// Eight words of each row: body, underscore, tell, digit, quote, mark, part, letter, line.
pub(crate) type Words<'a> = [&'a mut [u64; 8]; 9];

/// Notes the classes of eight blocks: a word of each block for the lowest bit of [`class`], for the next one, and so on. Squares of bits are
/// turned over instead of asking for each bit by itself: half the time. Says whether all was ASCII; if not, nothing that is noted holds,
/// and [`classify_eight_beyond`] is to be asked.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(crate) fn classify_eight(blocks: &[[u8; BLOCK]; 8], rows: Words<'_>) -> bool {
    let [a, b, c, d, e, f, g, h] = blocks;
    let or = |one: __m512i, other: __m512i| _mm512_or_si512(one, other);
    let all = or(or(or(load(a), load(b)), or(load(c), load(d))), or(or(load(e), load(f)), or(load(g), load(h))));
    turn(blocks, rows, |block| _mm512_permutex2var_epi8(register(LOW), load(block), register(HIGH)));
    _mm512_movepi8_mask(all) == 0
}

/// The same where not all is ASCII.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(crate) fn classify_eight_beyond(blocks: &[[u8; BLOCK]; 8], rows: Words<'_>) {
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
    let four = |a: __m512i, c: __m512i, e: __m512i, g: __m512i| {
        let (low, more_low) = (_mm512_shuffle_i64x2::<0x44>(a, c), _mm512_shuffle_i64x2::<0x44>(e, g));
        let (high, more_high) = (_mm512_shuffle_i64x2::<0xee>(a, c), _mm512_shuffle_i64x2::<0xee>(e, g));
        [
            _mm512_shuffle_i64x2::<0x88>(low, more_low),
            _mm512_shuffle_i64x2::<0xdd>(low, more_low),
            _mm512_shuffle_i64x2::<0x88>(high, more_high),
            _mm512_shuffle_i64x2::<0xdd>(high, more_high),
        ]
    };
    let ([body, underscore, tell, digit], [quote, mark, part, letter]) =
        (four(a, c, e, g), four(a_last, c_last, e_last, g_last));
    // What follows from three bits that mean two things, as in [`classify`].
    let and = |one: __m512i, other: __m512i| _mm512_and_si512(one, other);
    let without = |one: __m512i, other: __m512i| _mm512_andnot_si512(other, one);
    let last = _mm512_set1_epi64(i64::MIN);
    let begins = _mm512_or_si512(_mm512_srli_epi64::<1>(_mm512_or_si512(part, tell)), last);
    let ampersand = without(without(underscore, part), begins);
    let rows_to_be = [
        body,
        and(underscore, part),
        and(tell, part),
        digit,
        quote,
        without(mark, ampersand),
        part,
        and(letter, part),
        without(letter, part),
    ];
    for (row, words) in rows.into_iter().zip(rows_to_be) {
        *row = store(words);
    }
}

#[inline]
fn store(words: __m512i) -> [u64; 8] {
    // SAFETY: both are 64 bytes of which every value is one.
    #[allow(unsafe_code)]
    unsafe {
        std::mem::transmute(words)
    }
}
