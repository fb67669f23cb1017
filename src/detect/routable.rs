//! Routable tokens: a payload that says where the token belongs, its length and a checksum.
//!
//! ```text
//! v1   <prefix><base64url>.01.<len><crc>   bytes = 16 random ‖ payload ‖ 1 byte: the payload's length
//! v0   <prefix><base64url>.<len><crc>      bytes = payload ‖ 16 random ‖ 1 byte: 16
//! ```
//! `len` is the length of the base64 part in base 36, 2 digits; `crc` the CRC-32 of everything before it, prefix
//! included, in base 36, 7 digits. The payload is lines of `key:value`, the values in base 36
//! (<https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/>).

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use super::Routing;
use super::bytes::{at, base36, count, is_base36, is_body, is_prefix, part};
use super::work;

/// The shortest base64 part: 16 random bytes, `o:1`, the length.
pub(super) const SHORTEST: usize = 27;
/// The longest that GitLab's own patterns take.
pub(super) const LONGEST: usize = 300;
/// How far before the base64 part a prefix may begin: an instance prefix of 20 characters, a hyphen, the longest
/// standard prefix and a runner type.
const LONGEST_PREFIX: usize = 20 + 1 + 8 + 3;

/// Unused bits at the end are not looked at: GitLab's decoder does not either.
const BASE64: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// What stands behind the base64 part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The two digits of the version; `None` in v0.
    version: Option<[u8; 2]>,
    /// Length of the base64 part, as it says.
    length: usize,
    /// The checksum, as it says. Seven digits hold more than a CRC-32 can be; such a one matches nothing.
    checksum: u64,
    /// One past the last character of the token.
    pub(super) end: usize,
}

/// Reads the part behind the run that ends at `dot`.
pub(super) fn tail(text: &[u8], dot: usize) -> Option<Tail> {
    if at(text, dot) != b'.' {
        return None;
    }
    work::add(14);
    let (version, digits) = match *part(text, dot + 1, dot + 4) {
        [first, second, b'.'] => (Some([first, second]), dot + 4),
        _ => (None, dot + 1),
    };
    let end = digits + 9;
    if is_body(at(text, end)) || version.is_some_and(|version| !version.iter().all(|&byte| is_base36(byte))) {
        return None;
    }
    let length = base36(part(text, digits, digits + 2))?.try_into().ok()?;
    let checksum = base36(part(text, digits + 2, end))?;
    Some(Tail { version, length, checksum, end })
}

/// A tail that does not hold the right number of characters, as when a token was cut or something was appended: where
/// it ends. The body before it stays secret all the same.
pub(super) fn damaged_tail(text: &[u8], dot: usize) -> Option<usize> {
    if at(text, dot) != b'.' {
        return None;
    }
    let (digits, least) = match *part(text, dot + 1, dot + 4) {
        [first, second, b'.'] if is_base36(first) && is_base36(second) => (dot + 4, 1),
        _ => (dot + 1, 7),
    };
    let length = count(text, digits, 32, is_body);
    (length >= least && part(text, digits, digits + least).iter().all(|&byte| is_base36(byte)))
        .then_some(digits + length)
}

/// A routable token whose checksum holds.
pub(super) struct Verified {
    /// First character of its prefix.
    pub(super) start: usize,
    /// First character of the base64 part.
    pub(super) body: usize,
    /// The decoded payload; `None` for a version of the layout that is newer than this program.
    pub(super) routing: Option<Routing>,
}

/// Verifies the token that ends with `tail`, whose base64 part ends at `dot`, in the run that begins at `run_start`.
/// The checksum covers the prefix, so it proves where the token begins, also with a prefix nobody told us; the search
/// goes back to `floor` at most. `None` when any of checksum, length, size byte and payload does not fit.
pub(super) fn verify(text: &[u8], floor: usize, run_start: usize, dot: usize, tail: Tail) -> Option<Verified> {
    if !(SHORTEST..=LONGEST).contains(&tail.length) {
        return None;
    }
    let body = dot.checked_sub(tail.length).filter(|&body| body >= run_start)?;
    let covered = part(text, body, tail.end - 7);
    work::add(covered.len() + LONGEST_PREFIX);
    let mut before = covered.iter().rev().fold(crc::begin(tail.checksum)?, |after, &byte| crc::before(after, byte));
    let mut start = body;
    while before != crc::FIRST {
        let next = start.checked_sub(1)?;
        let byte = at(text, next);
        if next < floor || body - next > LONGEST_PREFIX || !is_prefix(byte) {
            return None;
        }
        before = crc::before(before, byte);
        start = next;
    }
    let routing = match tail.version {
        None => Some(decode(part(text, body, dot), false)?),
        Some([b'0', b'1']) => Some(decode(part(text, body, dot), true)?),
        Some(_) => None,
    };
    Some(Verified { start, body, routing })
}

/// CRC-32 (ISO-HDLC, as of gzip), backwards: from a checksum and the last bytes that it covers to the state before them. Where that
/// is the one a checksum begins with, the covered bytes begin. So one look tells it of every place, where a checksum of each
/// would read all bytes again.
mod crc {
    /// The state before the first byte.
    pub(super) const FIRST: u32 = u32::MAX;

    const POLYNOMIAL: u32 = 0xedb8_8320;

    /// What a byte adds to the state, found by its upper eight bits, which are others for each byte; and that byte.
    static ADDED: [(u32, u8); 256] = added();

    #[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // Below 256, and made when the program is built.
    const fn added() -> [(u32, u8); 256] {
        let mut all = [(0, 0); 256];
        let mut byte: u32 = 0;
        while byte < 256 {
            let mut added = byte;
            let mut bit = 0;
            while bit < 8 {
                added = added >> 1 ^ if added & 1 == 1 { POLYNOMIAL } else { 0 };
                bit += 1;
            }
            all[(added >> 24) as usize] = (added, byte as u8);
            byte += 1;
        }
        all
    }

    /// The state that a checksum ends with; `None` for a greater number than any has.
    pub(super) fn begin(checksum: u64) -> Option<u32> {
        u32::try_from(checksum).ok().map(|checksum| !checksum)
    }

    /// The state before a byte, of the one after it.
    pub(super) fn before(after: u32, byte: u8) -> u32 {
        let [.., high] = after.to_le_bytes();
        let (added, index) = ADDED.get(usize::from(high)).copied().unwrap_or_default();
        (after ^ added) << 8 | u32::from(index ^ byte)
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn a_checksum_is_undone_byte_by_byte(
                covered in prop::collection::vec(any::<u8>(), 0..400),
                ahead in prop::collection::vec(any::<u8>(), 0..40),
            ) {
                let state = |bytes: &[u8]| !crc32fast::hash(bytes);
                let mut now = begin(crc32fast::hash(&[&ahead[..], &covered].concat()).into()).unwrap();
                for &byte in covered.iter().rev() {
                    now = before(now, byte);
                }
                prop_assert_eq!(now, state(&ahead));
                for &byte in ahead.iter().rev() {
                    now = before(now, byte);
                }
                prop_assert_eq!(now, FIRST);
            }
        }

        #[test]
        fn a_greater_number_is_no_checksum() {
            assert_eq!(begin(1 << 32), None);
        }
    }
}

fn decode(base64: &[u8], v1: bool) -> Option<Routing> {
    work::add(base64.len());
    let bytes = BASE64.decode(base64).ok()?;
    let (&size, bytes) = bytes.split_last()?;
    let payload = if v1 {
        let payload = bytes.get(16..)?;
        (usize::from(size) == payload.len()).then_some(payload)?
    } else {
        (size == 16).then_some(bytes.get(..bytes.len().checked_sub(16)?)?)?
    };
    read_payload(std::str::from_utf8(payload).ok()?)
}

fn read_payload(payload: &str) -> Option<Routing> {
    let mut routing = Routing::default();
    for line in payload.split('\n') {
        let (key, value) = line.split_once(':')?;
        if key.is_empty() || value.is_empty() || value.contains(':') {
            return None;
        }
        // A value that is no number stays unknown: GitLab's own examples have such.
        let number = base36(value.as_bytes());
        match key {
            "c" => routing.cell = number,
            "g" => routing.group = number,
            "o" => routing.organization = number,
            "p" => routing.project = number,
            "t" => routing.runner_type = number,
            "u" => routing.user = number,
            _ => {}
        }
    }
    Some(routing)
}
