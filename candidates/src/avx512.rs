//! Sixty-four bytes at once: one look-up in a table of all ASCII says every class of a byte, a bit each.

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_maskz_permutex2var_epi8, _mm512_movepi8_mask, _mm512_or_si512,
    _mm512_set_epi64, _mm512_set1_epi8, _mm512_test_epi8_mask,
};

use crate::BLOCK;
use crate::rows::Bits;

const BODY: u8 = 1;
const UNDERSCORE: u8 = 2;
const TELL: u8 = 4;
const LINE: u8 = 8;
const QUOTE: u8 = 16;
const MARK: u8 = 32;
const BESIDE: u8 = 64;
const LETTER: u8 = 128;

const fn class(byte: u8) -> u8 {
    match byte {
        b'-' | b'R' | b'J' => BODY | TELL,
        b'c' | b'g' => BODY | LETTER,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => BODY,
        b'_' => BODY | TELL | UNDERSCORE,
        b'=' => BESIDE | TELL,
        b'\n' => LINE,
        b'"' | b'\'' | b'`' => QUOTE,
        b'%' | b'&' | b'\\' | b'[' | 0x1b => MARK,
        b'.' | b'\r' => BESIDE,
        _ => 0,
    }
}

/// The classes of the bytes from `first` on, as a register's eight words, the last one first.
const fn table(first: u8) -> [i64; 8] {
    let mut words = [0; 8];
    let mut at = 0;
    while at < 64 {
        #[allow(clippy::indexing_slicing)] // 63 / 8 is 7, and this runs in the compiler.
        {
            words[at as usize / 8] |= (class(first + at) as i64) << (at % 8 * 8);
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

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Bits {
    let bytes = load(block);
    // The table has no place for what is beyond ASCII.
    let ascii = !_mm512_movepi8_mask(bytes);
    let class = _mm512_maskz_permutex2var_epi8(ascii, register(LOW), bytes, register(HIGH));
    let first_of_two = if ascii == u64::MAX {
        0
    } else {
        _mm512_cmpeq_epi8_mask(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20)), _mm512_set1_epi8(0xe2_u8.cast_signed()))
    };
    let of = |bit: u8| _mm512_test_epi8_mask(class, _mm512_set1_epi8(bit.cast_signed()));
    Bits {
        body: of(BODY),
        part: of(BODY | BESIDE),
        line: of(LINE),
        quote: of(QUOTE),
        mark: of(MARK) | first_of_two,
        underscore: of(UNDERSCORE),
        tell: of(TELL),
        letter: of(LETTER),
    }
}
