//! A byte's classes by its two halves: a byte below 0x80 is in a class when both halves have its bit.

/// The alphabet's, the five low bits: A–O and a–o; P–Z and p–z; digits; the hyphen; the underscore. The three high ones are
/// marks: `%` and `&`; `\`; ESC.
pub(crate) const HIGH: [u8; 16] = [0, 128, 8 | 32, 4, 1, 2 | 16 | 64, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0];
pub(crate) const LOW: [u8; 16] = [6, 7, 7, 7, 7, 7 | 32, 7 | 32, 7, 7, 7, 3, 1 | 128, 1 | 64, 1 | 8, 1, 1 | 16];
pub(crate) const ALPHABET: u8 = 0x1f;
pub(crate) const MARKS: u8 = 0x20;
/// How far the underscore's bit is from the highest.
pub(crate) const UNDERSCORE: u32 = 3;

/// Joints likewise: the line end; quotes; the backtick; what may stand beside a joint (`.`, `=`, the carriage return, and with
/// them `-`, `>` and 0x0e); `-` and `=`, which tell of a prefix; the capitals that do (`J`, `R`, and with them `B` and `Z`); `c` and `g`;
/// the bracket, highest, which is a mark.
pub(crate) const JOINT_HIGH: [u8; 16] = [1 | 8, 0, 2 | 8 | 16, 8 | 16, 32, 128 | 32, 4 | 64, 0, 0, 0, 0, 0, 0, 0, 0, 0];
pub(crate) const JOINT_LOW: [u8; 16] = [4, 0, 2 | 32, 64, 0, 0, 0, 2 | 64, 0, 0, 1 | 32, 128, 0, 8 | 16, 8, 0];
pub(crate) const QUOTES: u8 = 2 | 4;
pub(crate) const TELLS: u8 = 16 | 32;
/// How far the bits of the line end, of what may stand beside a joint, and of `c` and `g` are from the highest.
pub(crate) const LINE: u32 = 7;
pub(crate) const BESIDE: u32 = 4;
pub(crate) const LETTER: u32 = 1;
