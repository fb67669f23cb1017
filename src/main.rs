//! The `leastwise` command.

fn main() {}
