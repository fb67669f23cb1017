//! The command line: collects text, calls the core, shows the report. Nothing is judged here.

mod args;
mod check;
mod choose;
mod classify;
mod clock;
mod demo;
mod diff;
mod explain;
mod files;
mod incident;
mod inventory;
mod long;
mod output;
mod permits;
mod plan;
mod records;
mod serve;
mod shell;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};

use crate::text::Name;

/// What a command came to.
pub(crate) enum Outcome {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Something at or above it.
    Found,
    /// Could not do what was asked; the message is already on standard error.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Found => Self::from(1),
            Outcome::Failed => Self::from(2),
        }
    }
}

/// Runs the command with the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    crate::fault::tell_only_the_place(output::complain);
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            if !error.use_stderr() {
                // Help and version are answers, not errors.
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            // The message quotes the argument, and people do paste tokens where a file name belongs.
            output::complain(Name::new(&error.render().to_string()).as_str().trim_start_matches("error: ").trim_end());
            return Outcome::Failed.into();
        }
    };
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Classify(arguments) => classify::run(&arguments),
        Command::Plan(plan) => plan::run(&plan),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Choose(arguments) => choose::run(&arguments),
        Command::Permits(arguments) => permits::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        // The reader went away (`leastwise … | head`): it has what it wanted.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("the report could not be written: {}", Name::new(&error.to_string())));
            Outcome::Failed.into()
        }
    }
}
