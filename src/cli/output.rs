//! Standard output, a file, and standard error.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::args::{Color, Writing};
use crate::report::text::{WIDTH, clean};

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

    /// Opens it for data, which holds nothing that acts in a terminal: JSON escapes it. A million rows are not searched for it.
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
        serde_json::to_writer_pretty(&mut *self, value)?;
        self.write_all(b"\n")
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
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
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

/// A line on standard error.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(anstream::stderr(), "leastwise: {message}");
}
