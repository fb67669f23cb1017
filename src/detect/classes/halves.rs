//! A byte's classes by its two halves: a byte below 0x80 is in a class when both halves have its bit.

/// The alphabet's, the five low bits: A–O and a–o; P–Z and p–z; digits; the hyphen; the underscore. The three high ones are
/// marks: `%` and `&`; `\`; ESC.
pub(super) const HIGH: [u8; 16] = [0, 128, 8 | 32, 4, 1, 2 | 16 | 64, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0];
pub(super) const LOW: [u8; 16] = [6, 7, 7, 7, 7, 7 | 32, 7 | 32, 7, 7, 7, 3, 1 | 128, 1 | 64, 1 | 8, 1, 1 | 16];
pub(super) const ALPHABET: u8 = 0x1f;
pub(super) const MARKS: u8 = 0x20;
/// How far the bits of hyphen and underscore are from the highest.
pub(super) const HYPHEN: u32 = 4;
pub(super) const UNDERSCORE: u32 = 3;

/// Joints likewise: the line end; quotes; the backtick; what may stand beside a joint (`.`, `=`, the carriage return, and with
/// them `-`, `>` and 0x0e); the bracket, highest, which is a mark.
pub(super) const JOINT_HIGH: [u8; 16] = [1 | 8, 0, 2 | 8, 8, 0, 128, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
pub(super) const JOINT_LOW: [u8; 16] = [4, 0, 2, 0, 0, 0, 0, 2, 0, 0, 1, 128, 0, 8, 8, 0];
pub(super) const QUOTES: u8 = 2 | 4;
/// How far the bits of the line end and of what may stand beside a joint are from the highest.
pub(super) const LINE: u32 = 7;
pub(super) const BESIDE: u32 = 4;
