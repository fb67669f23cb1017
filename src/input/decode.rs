//! From bytes to characters: UTF-8, UTF-8 with a mark, UTF-16 of both orders, and a look that tells text from binary.

use std::borrow::Cow;

/// What the bytes turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Characters, and how they were written: `UTF-8`, `UTF-16`…; `replaced` bytes were no characters and stand as U+FFFD.
    Text {
        /// The characters; a byte order mark is taken away.
        text: String,
        /// Name of the encoding.
        encoding: &'static str,
        /// Bytes that were no characters.
        replaced: usize,
    },
    /// Not text: a picture, an archive, a program.
    Binary,
}

/// Bytes looked at to tell text from binary; git's own number.
const LOOK: usize = 8000;

/// Decodes bytes. A byte that is no character becomes U+FFFD, one for one, so that nothing readable is lost.
#[must_use]
pub fn decode(bytes: Vec<u8>) -> Decoded {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest.to_vec(), "UTF-8 with a byte order mark"),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, "UTF-16 (little-endian)"),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, "UTF-16 (big-endian)"),
        _ => {
            let look = bytes.get(..LOOK.min(bytes.len())).unwrap_or_default();
            match markless_utf16(look) {
                Some(true) => return utf16(&bytes, u16::from_le_bytes, "UTF-16 (little-endian, no mark)"),
                Some(false) => return utf16(&bytes, u16::from_be_bytes, "UTF-16 (big-endian, no mark)"),
                None => {}
            }
            // Logs hold stray NUL bytes and escapes; text in an old 8-bit encoding holds bytes that are no UTF-8. What
            // only binary data has is many control characters of the other sort.
            let nul = look.iter().filter(|&&byte| byte == 0).count();
            let control =
                look.iter().filter(|&&byte| matches!(byte, 1..=7 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F)).count();
            if nul * 50 > look.len() || (nul + control) * 20 > look.len() {
                return Decoded::Binary;
            }
            utf8(bytes, "UTF-8")
        }
    }
}

/// ASCII text in UTF-16 has a NUL in every second byte: `Some(true)` for little-endian.
fn markless_utf16(look: &[u8]) -> Option<bool> {
    if look.len() < 8 || !look.len().is_multiple_of(2) && look.len() < LOOK {
        return None;
    }
    let pairs = look.chunks_exact(2);
    let count = pairs.len();
    let (mut high, mut low) = (0, 0);
    for pair in pairs {
        if let &[first, second] = pair {
            low += usize::from(first == 0 && second != 0);
            high += usize::from(second == 0 && first != 0);
        }
    }
    if high * 10 > count * 7 && low == 0 {
        Some(true)
    } else if low * 10 > count * 7 && high == 0 {
        Some(false)
    } else {
        None
    }
}

fn utf8(bytes: Vec<u8>, encoding: &'static str) -> Decoded {
    match String::from_utf8(bytes) {
        Ok(text) => Decoded::Text { text, encoding, replaced: 0 },
        Err(error) => {
            let mut text = String::with_capacity(error.as_bytes().len());
            let mut replaced = 0;
            for chunk in error.as_bytes().utf8_chunks() {
                text.push_str(chunk.valid());
                replaced += chunk.invalid().len();
                // One sign a byte: columns stay those of the original.
                text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
            }
            Decoded::Text { text, encoding, replaced }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, encoding: &'static str) -> Decoded {
    let units =
        bytes.chunks_exact(2).map(|pair| unit([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]));
    let mut replaced = bytes.len() % 2;
    let text = char::decode_utf16(units)
        .map(|unit| {
            unit.unwrap_or_else(|_| {
                replaced += 2;
                '\u{fffd}'
            })
        })
        .collect();
    Decoded::Text { text, encoding, replaced }
}

/// A page or paste is characters already.
#[must_use]
pub fn strip_mark(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        match decode(bytes.to_vec()) {
            Decoded::Text { text, .. } => text,
            Decoded::Binary => String::from("<binary>"),
        }
    }

    #[test]
    fn every_usual_encoding_gives_the_same_characters() {
        let want = "name: ä\r\n";
        let utf16 = |swap: bool, mark: bool| -> Vec<u8> {
            let mark = if mark { Some(0xFEFF) } else { None };
            mark.into_iter()
                .chain(want.encode_utf16())
                .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        assert_eq!(text(want.as_bytes()), want);
        assert_eq!(text(&[b"\xEF\xBB\xBF", want.as_bytes()].concat()), want);
        for (swap, mark) in [(false, true), (true, true), (false, false), (true, false)] {
            assert_eq!(text(&utf16(swap, mark)), want, "swap {swap} mark {mark}");
        }
    }

    #[test]
    fn stray_bytes_are_replaced_one_for_one() {
        assert_eq!(
            decode(b"a\xFF\xFEb and enough text around".to_vec()),
            Decoded::Text { text: "a\u{fffd}\u{fffd}b and enough text around".into(), encoding: "UTF-8", replaced: 2 }
        );
    }

    #[test]
    fn pictures_and_archives_are_binary() {
        let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(decode(noise), Decoded::Binary);
        assert_eq!(decode(vec![0; 64]), Decoded::Binary);
        assert_eq!(text(b""), "");
    }
}
