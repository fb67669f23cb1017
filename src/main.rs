//! The `leastwise` command.

/// Overwrites memory with zeros when it is given back: what was read does not linger.
#[cfg(not(target_arch = "wasm32"))]
#[global_allocator]
static MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    leastwise::cli::run()
}

/// The browser loads the library; a wasm build of the command would have no terminal.
#[cfg(target_arch = "wasm32")]
fn main() {}
