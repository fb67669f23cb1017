//! Blocks with a private key: PEM, OpenSSH, PGP, as they stand in a file, indented in YAML, behind a log's marks, or in one
//! line with `\n` for its line ends. <https://docs.gitlab.com/user/ssh/>, RFC 7468.

use std::sync::LazyLock;

use memchr::memmem;

use super::bytes::{at, count, is_base64, part, rest};
use super::work;
use crate::report::Confidence;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The longest label: `OPENSSH PRIVATE KEY`, with room.
const LONGEST_LABEL: usize = 40;

/// The shortest line of a key that goes on in the next.
const LINE: usize = 32;

/// Characters of base64 in the shortest key, one of Ed25519; less is an example with dots in its middle.
const SHORTEST: usize = 60;

/// Different characters that so much base64 has at least.
const FEWEST_DIFFERENT: u32 = 12;

/// Does a block begin in `from..to`, or right before?
pub(super) fn begins(text: &[u8], from: usize, to: usize) -> bool {
    static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(BEGIN));
    // Its first hyphens may stand at the end of the window before, where they were too few to be seen.
    let from = from.saturating_sub(BEGIN.len());
    FINDER.find(part(text, from, (to + BEGIN.len() - 1).min(text.len()))).is_some()
}

/// Calls `each` with start, end and confidence of every block.
pub(super) fn find(text: &[u8], mut each: impl FnMut(usize, usize, Confidence)) {
    work::add(text.len() / 16);
    let mut begins = memmem::find_iter(text, BEGIN).peekable();
    let mut ends = memmem::find_iter(text, END).peekable();
    while let Some(start) = begins.next() {
        let Some(body) = label(text, start + BEGIN.len()) else { continue };
        while ends.next_if(|&end| end < body).is_some() {}
        // Up to its end, or, where that was cut off, up to the next block.
        let next = begins.peek().copied().unwrap_or(text.len());
        let end = ends.peek().copied().filter(|&end| end < next);
        let key = part(text, body, end.unwrap_or(next));
        let Measure { reach, count, seen } = measure(key, end.is_some());
        if count < SHORTEST || seen.count_ones() < FEWEST_DIFFERENT {
            continue;
        }
        let closed = end.and_then(|end| label(text, end + END.len()));
        // One that a passphrase protects is of no use without it.
        let protected = memmem::find(part(text, start, body + reach.min(200)), b"ENCRYPTED").is_some();
        let confidence = if closed.is_some() && !protected { Confidence::Certain } else { Confidence::Likely };
        each(start, closed.unwrap_or(body + reach), confidence);
    }
}

/// One past the dashes behind a label that speaks of a private key.
fn label(text: &[u8], start: usize) -> Option<usize> {
    let label = rest(text, start);
    let label = label.get(..LONGEST_LABEL + DASHES.len()).unwrap_or(label);
    work::add(label.len());
    let length = memmem::find(label, DASHES)?;
    let words = label.get(..length)?;
    let is_key = words.ends_with(b"PRIVATE KEY") || words.ends_with(b"PRIVATE KEY BLOCK");
    (is_key && words.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' '))
        .then_some(start + length + DASHES.len())
}

/// What the text between two labels is made of.
#[derive(Default)]
struct Measure {
    /// One past its last character that may be a key's.
    reach: usize,
    /// Characters of base64 in words that are as long as a key's lines.
    count: usize,
    /// Which ones, a bit each.
    seen: u128,
}

/// Measures `text`. `closed`: what follows is the end of the block, so all of it counts; else it ends where a word stands that is
/// no line of a key. Prose between two labels is no key: its words are short.
fn measure(text: &[u8], closed: bool) -> Measure {
    let mut all = Measure::default();
    let mut index = 0;
    while index < text.len() {
        let byte = at(text, index);
        if byte == b'\\' && matches!(at(text, index + 1), b'n' | b'r' | b't' | b'\\' | b'\n') {
            index += 2;
            continue;
        }
        let word = count(text, index, usize::MAX, |byte| is_base64(byte) || byte == b'=');
        if word >= LINE || (all.count > 0 && word > 0) {
            all.count += word;
            all.seen |= part(text, index, index + word).iter().fold(0, |seen, &byte| seen | 1u128 << (byte & 0x7f));
            all.reach = index + word;
        } else if !closed
            && (word > 0 || !(byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'>' | b'|' | b',')))
        {
            break;
        }
        index += word.max(1);
        if !closed && all.count > 0 && word > 0 && word < LINE {
            break; // The last line of a key is a short one.
        }
    }
    work::add(index);
    if closed {
        all.reach = text.len();
    }
    all
}
