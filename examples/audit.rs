//! Judges files as `leastwise check` does, and prints a line a finding: `cargo run --example audit -- FILE...`.

#![allow(clippy::print_stdout)] // It is a program.

use leastwise::time::Date;
use leastwise::{Context, Input, audit};

fn main() -> std::io::Result<()> {
    let inputs: std::io::Result<Vec<Input>> =
        std::env::args().skip(1).map(|path| Ok(Input::new(path.clone(), std::fs::read(path)?))).collect();
    // The core knows no clock: the same inputs and day give the same report.
    let today = Date::parse("2026-11-20").unwrap_or(Date::MAX);
    let mut context = Context::new(today);
    context.hosts.push("gitlab.example.com".into());
    let report = leastwise::report::json::report(&audit(inputs?, &context), false);
    for finding in &report.findings {
        let line = finding.line.map_or_else(String::new, |line| format!(":{line}"));
        println!("{}{line}: {:?}: {} [{}]", finding.input, finding.severity, finding.title, finding.rule);
    }
    println!("{} findings, {} things that could not be read", report.findings.len(), report.blind_spots.len());
    Ok(())
}
