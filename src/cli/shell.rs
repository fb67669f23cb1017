//! `leastwise completions` and `leastwise man`: made from the same definitions as `--help`.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use super::Outcome;
use super::args::{Arguments, Completions, Man};

/// A script for the shell, on standard output.
pub(crate) fn completions(arguments: &Completions) -> io::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "leastwise", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Outcome::Clean)
}

/// The manual as roff: on standard output, or a page a command in a folder.
pub(crate) fn man(arguments: &Man) -> io::Result<Outcome> {
    let command = Arguments::command();
    match &arguments.folder {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            clap_mangen::generate_to(command, folder)?;
        }
        None => clap_mangen::Man::new(command).render(&mut io::stdout().lock())?,
    }
    Ok(Outcome::Clean)
}
