//! Standard output, a file, and standard error.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::args::{Color, Writing};
use crate::report::text::{WIDTH, clean};
use crate::source::visible;

/// Where an answer goes.
pub(crate) struct Output {
    stream: Box<dyn Write>,
    /// Columns to wrap at.
    pub(crate) width: usize,
}

impl Output {
    /// Opens what the arguments name.
    ///
    /// # Errors
    /// When the file cannot be created; the error names it.
    pub(crate) fn open(writing: &Writing) -> io::Result<Self> {
        let choice = match writing.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        if let Some(path) = &writing.output {
            let file = create(path)?;
            let choice = if matches!(choice, ColorChoice::Auto) { ColorChoice::Never } else { choice };
            return Ok(Self { stream: Box::new(BufWriter::new(AutoStream::new(file, choice))), width: WIDTH });
        }
        let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
        Ok(Self { stream: Box::new(BufWriter::new(AutoStream::new(io::stdout(), choice))), width })
    }

    /// Opens it for data, which holds no escape sequence: JSON escapes its first character. A million rows are not searched for them.
    ///
    /// # Errors
    /// As [`Output::open`].
    pub(crate) fn data(writing: &Writing) -> io::Result<Self> {
        let stream: Box<dyn Write> = match &writing.output {
            Some(path) => Box::new(BufWriter::with_capacity(1 << 16, create(path)?)),
            None => Box::new(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
        };
        Ok(Self { stream, width: WIDTH })
    }

    /// Writes a value as indented JSON and a line end.
    ///
    /// # Errors
    /// When the reader went away or the disk is full.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        // A JSON text is written in pieces of a few bytes. What holds them until they are many parts none of them.
        let mut pieces = BufWriter::with_capacity(1 << 16, self);
        serde_json::to_writer_pretty(&mut pieces, value)?;
        pieces.write_all(b"\n")?;
        pieces.flush()
    }

    /// Writes what is left and makes sure that it arrives.
    ///
    /// # Errors
    /// When the reader went away or the disk is full.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_inert(&mut self.stream, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Writes text in which the characters that act though JSON leaves them as they are (DEL, the one-byte forms of escape sequences, and
/// those that turn the direction of text or cannot be seen) are spelled as JSON spells them: `\u009b`. They stand in strings only.
fn write_inert(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    let mut done = 0;
    // The first bytes, in UTF-8, of characters that may have to be spelled: of one of them most texts have none.
    let mut common = memchr::memchr3_iter(0x7f, 0xc2, 0xe2, bytes).peekable();
    let mut rare = memchr::memchr_iter(0xef, bytes).peekable();
    while let Some(at) = match (common.peek(), rare.peek()) {
        (Some(one), Some(other)) if other < one => rare.next(),
        (None, _) => rare.next(),
        _ => common.next(),
    } {
        let length = bytes.get(at).map_or(1, |byte| byte.leading_ones().max(1) as usize);
        let character = bytes.get(at..at + length).and_then(|bytes| std::str::from_utf8(bytes).ok()?.chars().next());
        if let Some(character) = character.filter(|&character| visible(character) != character) {
            out.write_all(bytes.get(done..at).unwrap_or_default())?;
            write!(out, "\\u{:04x}", u32::from(character))?;
            done = at + length;
        }
    }
    out.write_all(bytes.get(done..).unwrap_or_default())
}

fn create(path: &Path) -> io::Result<File> {
    File::create(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", clean(&path.to_string_lossy()))))
}

/// A paragraph behind a label, aligned and wrapped; nothing in it can act in a terminal. Addresses are not broken.
pub(crate) fn labelled(label: &str, text: &str, width: usize) -> String {
    const COLUMN: usize = 16;
    let first = format!("  {:<1$}", clean(label), COLUMN - 2);
    let rest = " ".repeat(COLUMN);
    let options = textwrap::Options::new(width.max(COLUMN + 24))
        .initial_indent(&first)
        .subsequent_indent(&rest)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(&clean(text), options) + "\n"
}

/// A line on standard error, or several. File names and arguments in it do not act in the terminal.
pub(crate) fn complain(message: &str) {
    let shown: String =
        message.chars().map(|character| if character == '\n' { character } else { visible(character) }).collect();
    let _ = writeln!(anstream::stderr(), "leastwise: {shown}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_in_a_terminal_is_spelled_as_json_spells_it() {
        for (text, want) in [
            ("plain ä 漢 — …", "plain ä 漢 — …"),
            ("a\u{9b}31m\u{202e}b\u{7f}", "a\\u009b31m\\u202eb\\u007f"),
            ("\u{feff}x\u{2069}", "\\ufeffx\\u2069"),
            (
                &format!("{}\u{9b}{}\u{202e}", "a".repeat(63), "…".repeat(30)),
                &format!("{}\\u009b{}\\u202e", "a".repeat(63), "…".repeat(30)),
            ),
        ] {
            let mut out = Vec::new();
            write_inert(&mut out, text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), want);
            let read: String = serde_json::from_str(&format!("\"{want}\"")).unwrap();
            assert_eq!(read, text, "it means the same");
        }
        let mut out = Vec::new();
        write_inert(&mut out, b"\xc2\xff \xe2").unwrap();
        assert_eq!(out, b"\xc2\xff \xe2", "what is no text is passed on");
    }
}
