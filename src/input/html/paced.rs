//! The tokenizer's text, with pauses.

use std::fmt;

use html5gum::{Readable as _, Reader, StringReader};

/// The tokenizer goes from a quoted attribute to the next one by calling itself, so that an element of some ten thousand
/// would use up the stack. This reader breaks off behind a quotation mark now and then, where nothing is half read; the
/// tokenizer then gives the stack back, and goes on where it was.
pub(super) struct Paced<'t> {
    reader: StringReader<'t>,
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

    pub(super) fn new(text: &'t str) -> Self {
        Self { reader: text.to_reader(), quote: false, quotes: 0 }
    }
}

impl Reader for Paced<'_> {
    type Error = Pause;

    fn read_byte(&mut self) -> Result<Option<u8>, Pause> {
        if std::mem::take(&mut self.quote) && self.quotes >= Self::QUOTES {
            self.quotes = 0;
            return Err(Pause);
        }
        let Ok(byte) = self.reader.read_byte();
        Ok(byte)
    }

    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Pause> {
        self.quote = false;
        let Ok(read) = self.reader.try_read_string(text, case_sensitive);
        Ok(read)
    }

    fn read_until<'b>(&'b mut self, needle: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Pause> {
        let Ok(read) = self.reader.read_until(needle, buffer);
        self.quote = read == Some(b"\"");
        self.quotes += u32::from(self.quote);
        Ok(read)
    }
}
