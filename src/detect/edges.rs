//! Where a token may begin although a letter or digit stands before it: behind an escape that the text still shows.
//!
//! `\nglpat-…` in JSON, `%3Aglpat-…` in a URL, `ESC[31mglpat-…` in a log, `[0Kglpat-…` in a log copied from the browser.

use super::bytes::{at, before, is_word, part};
use super::work;

/// How an escape before a token ends inside the run that the token is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escape {
    /// First byte behind the escape.
    pub(super) end: usize,
    /// Is it percent-encoding?
    pub(super) percent: bool,
}

/// The escape whose last characters are the first ones of the run at `start`.
pub(super) fn escape(text: &[u8], start: usize) -> Option<Escape> {
    work::add(8);
    let hex = |from: usize, digits: usize| {
        let digits = part(text, from, from + digits);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
    };
    let length = match before(text, start) {
        b'%' if hex(start, 2) => return Some(Escape { end: start + 2, percent: true }),
        // Quoted-printable, as in a mail: `token=3Dglft-…`.
        b'=' if part(text, start, start + 2) == b"3D" => 2,
        b'\\' => match at(text, start) {
            b'u' if hex(start + 1, 4) => 5,
            b'x' if hex(start + 1, 2) => 3,
            b'0' if part(text, start, start + 3).iter().all(u8::is_ascii_digit) => 3,
            b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0' => 1,
            _ => return None,
        },
        b'[' | b';' | b'?' | b'(' | b')' => terminal(text, start)?,
        _ => return None,
    };
    Some(Escape { end: start + length, percent: false })
}

/// `31m`, `0K`, `m`: the end of a terminal's colour or erase sequence, also where the ESC byte itself was lost; and with it the end of
/// any other sequence, `25h` of a cursor that is shown again, or the `B` of a character set.
fn terminal(text: &[u8], start: usize) -> Option<usize> {
    let parameters = part(text, start.saturating_sub(16), start);
    if let [.., 0x1b, b'(' | b')'] = parameters {
        return Some(1);
    }
    let opened = parameters.iter().rposition(|&byte| byte == b'[')?;
    if !parameters.iter().skip(opened + 1).all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b'?')) {
        return None;
    }
    let whole = part(parameters, 0, opened).last() == Some(&0x1b);
    let digits = part(text, start, start + 4).iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ends = match at(text, start + digits) {
        b'A'..=b'H' | b'J' | b'K' | b'm' => true,
        other => whole && other.is_ascii_alphabetic(),
    };
    ends.then_some(digits + 1)
}

/// Is what stands before `start` the end of a terminal's sequence, and no word?
pub(super) fn behind_sequence(text: &[u8], start: usize) -> bool {
    work::add(8);
    let end = part(text, start.saturating_sub(5), start);
    let word = end.iter().rev().take_while(|&&byte| is_word(byte)).count();
    let from = start - word;
    word > 0 && terminal(text, from).is_some_and(|length| from + length == start)
}
