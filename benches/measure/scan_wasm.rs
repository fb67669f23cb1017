//! The scanner as the browser runs it, for `./build.sh bench`: a text is copied into the module, scanned there, and the number of
//! credentials comes back.

use std::cell::RefCell;

thread_local! {
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Room for a text of so many bytes, which have to be UTF-8: where it is.
#[allow(unsafe_code)] // Only a name: what JavaScript calls has to have it.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *const u8 {
    TEXT.with_borrow_mut(|text| {
        *text = "\0".repeat(bytes);
        text.as_ptr()
    })
}

/// How many credentials stand in the text.
#[allow(unsafe_code)] // As above.
#[unsafe(no_mangle)]
pub extern "C" fn scan() -> usize {
    TEXT.with_borrow(|text| leastwise::detect::scan(text, &[]).len())
}
