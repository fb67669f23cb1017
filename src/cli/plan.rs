//! `leastwise plan …`: what to do, in order.

use std::io::{self, Write as _};

use super::Outcome;
use super::args::{Incident, Plan, SimpleFormat};
use super::output::Output;
use crate::plan::incident::incident;
use crate::report::text::{render_paragraph, render_steps};

pub(crate) fn run(plan: &Plan) -> io::Result<Outcome> {
    match plan {
        Plan::Incident(arguments) => run_incident(arguments),
    }
}

fn run_incident(arguments: &Incident) -> io::Result<Outcome> {
    let plan = incident(arguments.kind);
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => output.json(&plan.published())?,
        SimpleFormat::Text => {
            let width = output.width;
            writeln!(output, "A leaked {}\n", plan.kind.facts().name)?;
            output.write_all(render_paragraph("It could reach: ", plan.reach, width).as_bytes())?;
            output.write_all(render_paragraph("It is more than that when: ", plan.escalate, width).as_bytes())?;
            writeln!(output)?;
            output.write_all(render_steps(&plan.steps, width).as_bytes())?;
            for reference in &plan.references {
                writeln!(output, "see {reference}")?;
            }
        }
    }
    output.finish()?;
    Ok(Outcome::Clean)
}
