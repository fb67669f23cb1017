//! A byte's classes by its two halves: a byte is in a class when both halves have its bit.

/// The alphabet's, the five low bits: A–O and a–o; P–Z and p–z; digits; the hyphen; the underscore. The next two are marks: `%` and
/// `&`; `\`. The highest: ESC and the bracket, which are marks behind a part of a word, like quotes. So a class below [`MARKS`] is of the
/// alphabet, unless it is zero.
pub(crate) const HIGH: [u8; 16] = [0, 128, 8 | 32, 4, 1, 2 | 16 | 64 | 128, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0];
pub(crate) const LOW: [u8; 16] = [6, 7, 7, 7, 7, 7 | 32, 7 | 32, 7, 7, 7, 3, 1 | 128, 1 | 64, 1 | 8, 1, 1 | 16];
pub(crate) const MARKS: u8 = 32;
pub(crate) const UNDERSCORE: u8 = 16;

/// Joints likewise, the highest bits first: `-` and `=`, which tell of a prefix; the capitals that do (`J`, `R`, and with them `B` and
/// `Z`); the line end; what may stand beside a joint (`.`, `=`, the carriage return, and with them `-`, `>` and 0x0e); quotes; the
/// backtick; `c` and `g`; what may be the first byte of a space without width.
pub(crate) const JOINT_HIGH: [u8; 16] = [32 | 16, 0, 128 | 16 | 8, 128 | 16, 64, 64, 4 | 2, 0, 0, 0, 0, 0, 1, 0, 1, 0];
pub(crate) const JOINT_LOW: [u8; 16] = [4, 0, 64 | 8 | 1, 2, 0, 0, 0, 8 | 2, 0, 0, 64 | 32, 0, 0, 128 | 16, 16, 1];
/// A joint of so much or more tells.
pub(crate) const TELLS: u8 = 64;
pub(crate) const QUOTES: u8 = 8 | 4;
pub(crate) const BEYOND: u8 = 1;
/// How far the bits of the underscore, of the line end, of what may stand beside a joint, and of `c` and `g` are from the highest.
pub(crate) const TO_UNDERSCORE: u32 = 3;
pub(crate) const TO_LINE: u32 = 2;
pub(crate) const TO_BESIDE: u32 = 3;
pub(crate) const TO_LETTER: u32 = 6;
