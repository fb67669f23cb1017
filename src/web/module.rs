//! What holds for a whole wasm module, whichever door started it: page, popup, background or worker.

use wasm_bindgen::prelude::wasm_bindgen;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites memory with zeros when it is given back. What the browser copied before (its own strings, the text field,
/// the clipboard's history) is out of our reach: docs/verify.md says so.
#[global_allocator]
static MEMORY: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// Runs when the module starts, before any door is called.
#[wasm_bindgen(start)]
fn set_up() {
    let hook = crate::fault::hook(|line| web_sys::console::error_1(&line.into()));
    // yew puts a hook of its own in place, which tells everything, unless it is given one.
    #[cfg(not(feature = "reads"))]
    yew::set_custom_panic_hook(hook);
    #[cfg(feature = "reads")]
    std::panic::set_hook(hook);
}

/// Bytes of the stack that are overwritten after a call; more than the deepest of them was seen to use.
#[cfg(not(feature = "shows"))]
const STACK: usize = 256 * 1024;

/// Does something that reads credentials, then overwrites the stack that it used: looking for tokens copies pieces of the
/// text there, which the allocator does not know of.
#[cfg(not(feature = "shows"))]
pub(crate) fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    wipe();
    done
}

/// A frame of its own, below the caller's: where [`wipe`] writes afterwards.
#[cfg(not(feature = "shows"))]
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(not(feature = "shows"))]
#[inline(never)]
fn wipe() {
    std::hint::black_box(&mut [0_u8; STACK]);
}
