//! The `leastwise` command.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    leastwise::cli::run()
}

/// The browser loads the library; a wasm build of the command would have no terminal.
#[cfg(target_arch = "wasm32")]
fn main() {}
