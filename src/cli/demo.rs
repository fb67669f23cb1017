//! `leastwise demo`: findings in made-up samples, or the samples themselves as files.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::Outcome;
use super::args::Demo;
use super::output::Output;
use crate::audit::audit;
use crate::context::Context;
use crate::report::text;
use crate::samples;

pub(crate) fn run(arguments: &Demo) -> io::Result<Outcome> {
    if let Some(folder) = &arguments.files {
        return write(folder);
    }
    let report = audit(samples::inputs(), &Context::new(samples::today()));
    let mut output = Output::open(&arguments.writing)?;
    output.write_all(text::render(&report, output.width).as_bytes())?;
    output.finish()?;
    Ok(Outcome::Clean)
}

/// The samples as files, for trying the other commands on them. What is there already stays as it is.
fn write(folder: &Path) -> io::Result<Outcome> {
    fs::create_dir_all(folder)?;
    for (name, text) in samples::texts() {
        let path = folder.join(name);
        File::create_new(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    Ok(Outcome::Clean)
}
