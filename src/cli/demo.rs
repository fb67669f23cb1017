//! `leastwise demo`: findings in made-up samples.

use std::io::{self, Write as _};

use super::Outcome;
use super::args::Demo;
use super::output::Output;
use crate::audit::audit;
use crate::context::Context;
use crate::report::text;
use crate::samples;

pub(crate) fn run(arguments: &Demo) -> io::Result<Outcome> {
    let report = audit(samples::inputs(), &Context::new(samples::today()));
    let mut output = Output::open(&arguments.writing)?;
    output.write_all(text::render(&report, output.width).as_bytes())?;
    output.finish()?;
    Ok(Outcome::Clean)
}
