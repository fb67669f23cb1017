//! Classes of bytes, and reading a text byte by byte without ever stepping out of it.

use leastwise_candidates::is_token;

/// `[0-9A-Za-z_]`: what may not stand directly beside a token.
const WORD: u16 = 1;
/// `[0-9A-Za-z_-]`: what the body of a token is made of.
const BODY: u16 = 2;
/// `[0-9a-f]`.
const HEX: u16 = 4;
/// `[0-9a-z]`.
const BASE36: u16 = 8;
/// Both alphabets of base64, without padding.
const BASE64: u16 = 16;
/// What GitLab allows in a prefix that an administrator chooses
/// (<https://docs.gitlab.com/administration/settings/account_and_limit_settings/#personal-access-token-prefix>).
const PREFIX: u16 = 32;
/// What a session cookie's value is made of.
const COOKIE: u16 = 64;
/// What the longest forms are made of: [`BODY`], and what stands between and behind the pieces of a JWT.
const PART: u16 = 128;
/// What the marks that hide a token are made of, beside letters and digits.
const MARK: u16 = 256;

const CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        let mut class = 0;
        if is_token(byte) {
            class |= BODY | BASE64 | PREFIX | COOKIE | PART;
            if byte != b'-' {
                class |= WORD;
            }
        }
        if byte.is_ascii_digit() || (byte >= b'a' && byte <= b'f') {
            class |= HEX;
        }
        if byte.is_ascii_digit() || byte.is_ascii_lowercase() {
            class |= BASE36;
        }
        if byte == b'+' || byte == b'/' {
            class |= BASE64 | PREFIX;
        }
        if matches!(byte, b'=' | b'@' | b':' | b'.') {
            class |= PREFIX;
        }
        if matches!(byte, b'%' | b'.') {
            class |= COOKIE;
        }
        if matches!(byte, b'.' | b'=') {
            class |= PART;
        }
        if matches!(byte, b'%' | b'\\' | b'&' | b'#' | b';' | b'[' | 0x1b | b'"' | b'\'' | b'`') {
            class |= MARK;
        }
        #[allow(clippy::indexing_slicing)] // A byte is always below 256, and this runs in the compiler.
        {
            classes[byte as usize] = class;
        }
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    classes
};

#[inline(always)]
fn is(byte: u8, class: u16) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|&classes| classes & class != 0)
}

pub(super) fn is_word(byte: u8) -> bool {
    is(byte, WORD)
}

#[inline(always)]
pub(super) fn is_body(byte: u8) -> bool {
    is(byte, BODY)
}

pub(super) fn is_hex(byte: u8) -> bool {
    is(byte, HEX)
}

pub(super) fn is_base36(byte: u8) -> bool {
    is(byte, BASE36)
}

pub(super) fn is_base64(byte: u8) -> bool {
    is(byte, BASE64)
}

#[inline]
pub(super) fn is_prefix(byte: u8) -> bool {
    is(byte, PREFIX)
}

#[inline]
pub(super) fn is_part(byte: u8) -> bool {
    is(byte, PART)
}

/// What marks are made of, beside letters and digits.
#[inline]
pub(super) fn is_of_a_mark(byte: u8) -> bool {
    is(byte, MARK)
}

/// What stands in a word with marks: around them, or in them.
#[inline]
pub(super) fn is_prefix_or_mark(byte: u8) -> bool {
    is(byte, PREFIX | MARK)
}

pub(super) fn is_cookie(byte: u8) -> bool {
    is(byte, COOKIE)
}

/// The byte at an offset; 0 outside of the text, which belongs to no class and so is an edge.
#[inline(always)]
pub(super) fn at(text: &[u8], offset: usize) -> u8 {
    text.get(offset).copied().unwrap_or(0)
}

/// The byte before an offset; 0 at the start.
#[inline(always)]
pub(super) fn before(text: &[u8], offset: usize) -> u8 {
    offset.checked_sub(1).map_or(0, |previous| at(text, previous))
}

/// A part of the text, nothing where it is not all inside.
#[inline]
pub(super) fn part(text: &[u8], start: usize, end: usize) -> &[u8] {
    text.get(start..end).unwrap_or_default()
}

/// The text from an offset on.
#[inline]
pub(super) fn rest(text: &[u8], start: usize) -> &[u8] {
    text.get(start..).unwrap_or_default()
}

/// How many bytes from `start` on are of a class, at most `most`.
pub(super) fn count(text: &[u8], start: usize, most: usize, class: fn(u8) -> bool) -> usize {
    let length = rest(text, start).iter().take(most).take_while(|&&byte| class(byte)).count();
    super::work::add(length + 1);
    length
}

/// The value of a base-36 number in lower case; `None` when it is none or too large.
pub(super) fn base36(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(|&byte| is_base36(byte)) {
        return None;
    }
    digits.iter().try_fold(0u64, |value, &byte| {
        let digit = char::from(byte).to_digit(36)?;
        value.checked_mul(36)?.checked_add(u64::from(digit))
    })
}
