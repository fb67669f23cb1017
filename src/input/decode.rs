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

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// UTF-8, behind a byte order mark of so many bytes.
    Utf8 {
        /// Bytes of the mark.
        mark: usize,
    },
    /// UTF-16, little-endian or not, with a mark or without.
    Utf16 {
        /// The order.
        little_endian: bool,
        /// Is there a mark?
        mark: bool,
    },
    /// No text.
    Binary,
}

/// Name of the encoding.
pub(crate) const UTF_8: &str = "UTF-8";
/// The same behind a byte order mark.
pub(crate) const WITH_MARK: &str = "UTF-8 with a byte order mark";

/// Tells text from binary data by the first bytes.
pub(crate) fn look(bytes: &[u8]) -> Look {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => return Look::Utf8 { mark: 3 },
        [0xFF, 0xFE, ..] => return Look::Utf16 { little_endian: true, mark: true },
        [0xFE, 0xFF, ..] => return Look::Utf16 { little_endian: false, mark: true },
        _ => {}
    }
    let look = bytes.get(..LOOK.min(bytes.len())).unwrap_or_default();
    // Most texts hold none of what would have to be counted. No way out before the end: so many bytes are seen at once.
    if !look.iter().fold(false, |seen, &byte| seen | is_control(byte)) {
        return Look::Utf8 { mark: 0 };
    }
    if let Some(little_endian) = markless_utf16(look) {
        return Look::Utf16 { little_endian, mark: false };
    }
    // Logs hold stray NUL bytes and escapes; text in an old 8-bit encoding holds bytes that are no UTF-8. What only binary
    // data has is many control characters of the other sort.
    let nul = look.iter().filter(|&&byte| byte == 0).count();
    let control = look.iter().filter(|&&byte| is_control(byte)).count();
    if nul * 50 > look.len() || control * 20 > look.len() { Look::Binary } else { Look::Utf8 { mark: 0 } }
}

/// NUL, or a control character that texts do not have.
const fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=7 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F)
}

/// How characters are written as bytes.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8(&'static str),
    Utf16(fn([u8; 2]) -> u16, &'static str),
}

impl Encoding {
    /// Tells the encoding by the first bytes, and how many of them are a byte order mark. `None` for what is no text.
    fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        Some(match look(bytes) {
            Look::Binary => return None,
            Look::Utf8 { mark: 0 } => (Self::Utf8(UTF_8), 0),
            Look::Utf8 { mark } => (Self::Utf8(WITH_MARK), mark),
            Look::Utf16 { little_endian, mark } => {
                let unit = if little_endian { u16::from_le_bytes } else { u16::from_be_bytes };
                let name = match (little_endian, mark) {
                    (true, true) => "UTF-16 (little-endian)",
                    (false, true) => "UTF-16 (big-endian)",
                    (true, false) => "UTF-16 (little-endian, no mark)",
                    (false, false) => "UTF-16 (big-endian, no mark)",
                };
                (Self::Utf16(unit, name), if mark { 2 } else { 0 })
            }
        })
    }
}

/// Is this the beginning of no text?
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    look(bytes) == Look::Binary
}

/// Decodes bytes. A byte that is no character becomes U+FFFD, one for one, so that nothing readable is lost.
#[must_use]
pub fn decode(bytes: Vec<u8>) -> Decoded {
    match Encoding::of(&bytes) {
        None => Decoded::Binary,
        Some((Encoding::Utf8(name), 0)) => utf8(bytes, name),
        Some((Encoding::Utf8(name), mark)) => utf8(bytes.get(mark..).unwrap_or_default().to_vec(), name),
        Some((Encoding::Utf16(unit, name), mark)) => utf16(bytes.get(mark..).unwrap_or_default(), unit, name),
    }
}

/// [`decode`] for a text that comes block by block. A character that is cut by the end of a block waits for the next one.
pub(crate) struct Decoder {
    encoding: Encoding,
    /// Bytes to leave out: the mark, before anything was decoded.
    mark: usize,
    held: Vec<u8>,
    /// Bytes that were no characters.
    pub(crate) replaced: usize,
}

impl Decoder {
    /// By the first bytes; `None` for what is no text.
    pub(crate) fn new(head: &[u8]) -> Option<Self> {
        let (encoding, mark) = Encoding::of(head)?;
        Some(Self { encoding, mark, held: Vec::new(), replaced: 0 })
    }

    /// The encoding's name.
    pub(crate) const fn encoding(&self) -> &'static str {
        match self.encoding {
            Encoding::Utf8(name) | Encoding::Utf16(_, name) => name,
        }
    }

    /// The characters of a block.
    pub(crate) fn text(&mut self, block: &[u8], last: bool) -> String {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(block.get(std::mem::take(&mut self.mark)..).unwrap_or_default());
        let keep = if last { 0 } else { self.unfinished(&bytes) };
        self.held = bytes.split_off(bytes.len() - keep);
        let decoded = match self.encoding {
            Encoding::Utf8(name) => utf8(bytes, name),
            Encoding::Utf16(unit, name) => utf16(&bytes, unit, name),
        };
        match decoded {
            Decoded::Text { text, replaced, .. } => {
                self.replaced += replaced;
                text
            }
            Decoded::Binary => String::new(),
        }
    }

    /// Bytes at the end that may be the beginning of a character.
    fn unfinished(&self, bytes: &[u8]) -> usize {
        match self.encoding {
            Encoding::Utf8(_) => {
                let tail = bytes.get(bytes.len().saturating_sub(3)..).unwrap_or_default();
                let starts = tail.iter().rposition(|byte| byte & 0xC0 != 0x80);
                let open = starts.and_then(|start| tail.get(start..)).filter(|open| {
                    let length = open.first().map_or(0, |byte| byte.leading_ones() as usize);
                    length > open.len() && length <= 4
                });
                open.map_or(0, <[u8]>::len)
            }
            Encoding::Utf16(unit, _) => {
                let odd = bytes.len() % 2;
                let end = bytes.len() - odd;
                let last = end.checked_sub(2).and_then(|at| bytes.get(at..end));
                let high = last.is_some_and(|pair| {
                    let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
                    (0xD800..0xDC00).contains(&unit(pair))
                });
                odd + if high { 2 } else { 0 }
            }
        }
    }
}

/// Appends bytes as characters, and says how many were none: each of them is one sign, so that columns stay those of the
/// original.
pub(crate) fn push_characters(text: &mut String, bytes: &[u8]) -> usize {
    let mut replaced = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        replaced += chunk.invalid().len();
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    replaced
}

/// Are they all whole characters? With vector instructions, where the processor has them: of a text in Chinese it takes a tenth of
/// the time.
#[cfg(not(target_arch = "wasm32"))]
fn are_characters(bytes: &[u8]) -> bool {
    simdutf8::basic::from_utf8(bytes).is_ok()
}

#[cfg(target_arch = "wasm32")]
fn are_characters(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

/// Bytes that are no characters.
pub(crate) fn invalid(bytes: &[u8]) -> usize {
    if are_characters(bytes) {
        return 0;
    }
    bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum()
}

/// The characters that [`push_characters`] would append.
pub(crate) fn characters(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
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
            let replaced = push_characters(&mut text, error.as_bytes());
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
    use proptest::strategy::Strategy as _;

    #[test]
    fn blocks_of_any_size_give_what_the_whole_gives() {
        let text = "Zoë, 日本, 🦀 [{\"a\": 1}] and plain letters behind";
        let with = |mark: &[u8], units: fn(u16) -> [u8; 2]| {
            let bytes = text.encode_utf16().flat_map(units);
            mark.iter().copied().chain(bytes).collect::<Vec<u8>>()
        };
        let mut broken = text.as_bytes().to_vec();
        broken.extend([0xFF, b'x', 0xF0, 0x9F, b'y', 0xE2, 0x82]);
        let mut marked = vec![0xEF, 0xBB, 0xBF];
        marked.extend(text.as_bytes());
        for bytes in [broken, marked, with(&[0xFF, 0xFE], u16::to_le_bytes), with(&[0xFE, 0xFF], u16::to_be_bytes)] {
            let Decoded::Text { text: whole, encoding, replaced } = decode(bytes.clone()) else { panic!("binary") };
            for size in 1..bytes.len() {
                let mut decoder = Decoder::new(&bytes).unwrap();
                let blocks = bytes.chunks(size).enumerate();
                // The mark is in the first block: the command's are never that small.
                let blocks = blocks.filter(|_| size >= 3);
                let got: String =
                    blocks.map(|(at, block)| decoder.text(block, (at + 1) * size >= bytes.len())).collect();
                if size >= 3 {
                    assert_eq!(
                        (got, decoder.encoding(), decoder.replaced),
                        (whole.clone(), encoding, replaced),
                        "{size}"
                    );
                }
            }
        }
    }

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

    proptest::proptest! {
        #[test]
        fn characters_are_counted_as_they_are_appended(bytes in proptest::collection::vec(proptest::prop_oneof![
            3 => proptest::collection::vec(b' '..=b'~', 0..70),
            2 => "[äß漢🦀]{0,30}".prop_map(String::into_bytes),
            1 => proptest::collection::vec(proptest::num::u8::ANY, 0..3),
        ], 0..8)) {
            let bytes = bytes.concat();
            let mut text = String::new();
            let replaced = push_characters(&mut text, &bytes);
            proptest::prop_assert_eq!(invalid(&bytes), replaced);
            proptest::prop_assert_eq!(characters(&bytes), text.chars().count());
        }
    }

    #[test]
    fn pictures_and_archives_are_binary() {
        let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(decode(noise), Decoded::Binary);
        assert_eq!(decode(vec![0; 64]), Decoded::Binary);
        assert_eq!(text(b""), "");
    }
}
