//! Says what stands in the lines of standard input: `cargo run --example classify < FILE`.

#![allow(clippy::print_stdout)] // It is a program.

use std::io::BufRead as _;

use leastwise::classify::classify;

fn main() -> std::io::Result<()> {
    // Prefixes of the instance's own (Admin > Settings > General > Account and limit), if it has any.
    let prefixes: Vec<String> = Vec::new();
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        for token in classify(index + 1, &line?, &prefixes).tokens {
            // `masked` is all that there is to show: the characters of the credential are not in the answer.
            println!("{}:{}: {} {}. {}", index + 1, token.column, token.name, token.masked, token.can);
        }
    }
    Ok(())
}
