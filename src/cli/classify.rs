//! `leastwise classify`: what is this string?

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::Outcome;
use super::args::{Classify, SimpleFormat};
use super::output::{Output, complain};
use crate::classify::{ClassifiedLine, classify, render};

pub(crate) fn run(arguments: &Classify) -> io::Result<Outcome> {
    let mut output = Output::open(&arguments.writing)?;
    let width = output.width;
    let mut answer = |number: usize, line: &str| -> io::Result<()> {
        let classified: ClassifiedLine = classify(number, line, &arguments.token_prefixes);
        match arguments.format {
            SimpleFormat::Json => {
                serde_json::to_writer(&mut output, &classified)?;
                output.write_all(b"\n")?;
            }
            SimpleFormat::Text => output.write_all(render(&classified, width).as_bytes())?,
        }
        // Somebody may be pasting line by line.
        output.flush()
    };
    if !arguments.text.is_empty() {
        for (index, text) in arguments.text.iter().enumerate() {
            answer(index + 1, text)?;
        }
        return Ok(Outcome::Clean);
    }
    if io::stdin().is_terminal() {
        complain("paste a string and press Enter; Ctrl-D ends");
    }
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(Outcome::Clean);
        }
        number += 1;
        while line.pop_if(|byte| matches!(byte, b'\n' | b'\r')).is_some() {}
        answer(number, &String::from_utf8_lossy(&line))?;
    }
}
