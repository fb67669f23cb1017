//! The tokenizer's text, with pauses.

use std::fmt;

use html5gum::Reader;

/// The tokenizer goes from a quoted attribute to the next one by calling itself, so that an element of some ten thousand
/// would use up the stack. This reader breaks off behind a quotation mark now and then, where nothing is half read; the
/// tokenizer then gives the stack back, and goes on where it was.
pub(super) struct Paced<'t> {
    /// What is not read yet.
    text: &'t [u8],
    /// Was the last that was read a quotation mark?
    quote: bool,
    /// Quotation marks since the last pause.
    quotes: u32,
}

/// Why [`Paced`] breaks off: no error.
#[derive(Debug)]
pub(super) struct Pause;

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pause")
    }
}

impl std::error::Error for Pause {}

impl<'t> Paced<'t> {
    /// Quotation marks between two pauses: two for each attribute.
    const QUOTES: u32 = 64;

    pub(super) const fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), quote: false, quotes: 0 }
    }

    /// Takes the next bytes, no more than there are.
    fn take(&mut self, count: usize) -> &'t [u8] {
        let (taken, rest) = self.text.split_at_checked(count).unwrap_or((self.text, &[]));
        self.text = rest;
        taken
    }
}

impl Reader for Paced<'_> {
    type Error = Pause;

    fn read_byte(&mut self) -> Result<Option<u8>, Pause> {
        if std::mem::take(&mut self.quote) && self.quotes >= Self::QUOTES {
            self.quotes = 0;
            return Err(Pause);
        }
        Ok(self.take(1).first().copied())
    }

    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Pause> {
        self.quote = false;
        let here = self.text.get(..text.len());
        let read = here.is_some_and(|here| here == text || (!case_sensitive && here.eq_ignore_ascii_case(text)));
        if read {
            self.take(text.len());
        }
        Ok(read)
    }

    fn read_until<'b>(&'b mut self, needle: &[u8], _: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Pause> {
        let wanted = Wanted::new(needle);
        let before = self.text.iter().position(|byte| wanted.has(*byte)).unwrap_or(self.text.len());
        let read = self.take(before.max(1));
        self.quote = read == b"\"";
        self.quotes += u32::from(self.quote);
        Ok((!read.is_empty()).then_some(read))
    }
}

/// The bytes that are searched for, a bit for each: the tokenizer looks for ASCII characters alone.
struct Wanted {
    low: u64,
    high: u64,
}

impl Wanted {
    fn new(needle: &[u8]) -> Self {
        let mut wanted = Self { low: 0, high: 0 };
        for byte in needle {
            *(if *byte < 64 { &mut wanted.low } else { &mut wanted.high }) |= 1 << (byte & 63);
        }
        wanted
    }

    const fn has(&self, byte: u8) -> bool {
        let bits = if byte < 64 { self.low } else { self.high };
        byte < 128 && bits >> (byte & 63) & 1 == 1
    }
}
