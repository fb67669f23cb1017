//! What the command gives back is zero: an allocator below the zeroising one looks at each block that is freed. tests/browser/memory.test.mjs
//! does the like for the browser, and searches the module's memory too.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]
// An allocator is the one place from which this can be seen.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use leastwise::context::Context;
use leastwise::input::Input;
use leastwise::report::{html, json, text};
use leastwise::time::Date;
use leastwise::{audit, fake};
use zeroizing_alloc::ZeroAlloc;

/// Blocks that came back, and those of them that held something.
static FREED: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Looking;

// SAFETY: everything is passed on to the system's allocator as it came; a block is read before it is given back, while it is ours.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on. Zeroed, so that what nobody wrote to is no find.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the block was given out with this size, and zeroed then: every byte of it is initialised.
        let block = unsafe { std::slice::from_raw_parts(pointer, layout.size()) };
        FREED.fetch_add(1, Ordering::Relaxed);
        if block.iter().any(|&byte| byte != 0) {
            HELD.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// As src/main.rs has it, but for what is below.
#[global_allocator]
static MEMORY: ZeroAlloc<Looking> = ZeroAlloc(Looking);

#[test]
fn every_block_that_is_given_back_is_zero() {
    let main = include_str!("../src/main.rs");
    assert!(
        main.contains("#[global_allocator]\nstatic MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System>"),
        "the command's allocator"
    );
    let token = fake::expand("{{personal_access_token}}");
    let inputs = || {
        vec![
            Input::new("job.log", format!("$ deploy\ntoken is {token}\n").repeat(100)),
            Input::new(
                "tokens.json",
                format!(
                    "[{{\"id\": 1, \"name\": \"{token}\", \"scopes\": [\"api\"], \"token\": \"{token}\", \"active\": true}}]"
                ),
            ),
            Input::new(".gitlab-ci.yml", format!("job:\n  variables:\n    T: {token}\n  script:\n    - echo $T\n")),
            Input::new(".netrc", format!("machine gitlab.example.com login x password {token}\n")),
        ]
    };
    let report = audit(inputs(), &Context::new(Date::parse("2026-11-20").unwrap()));
    let published = json::report(&report, true);
    let said = [text::render(&report, 80), html::render(&published), serde_json::to_string(&published).unwrap()];
    assert!(said.iter().all(|said| said.len() > 500));
    drop((report, published, said));
    assert!(FREED.load(Ordering::Relaxed) > 200, "blocks were looked at");
    assert_eq!(HELD.load(Ordering::Relaxed), 0, "blocks that still held something");
}
