//! Counts the bytes that the scanner looks at, in tests only: time must grow with the text and no faster, and counting
//! proves it on any machine.

#[cfg(test)]
thread_local! {
    static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// `bytes` more were looked at.
#[inline]
pub(super) fn add(bytes: usize) {
    #[cfg(test)]
    BYTES.with(|count| count.set(count.get() + bytes));
    #[cfg(not(test))]
    let _ = bytes;
}

/// How many bytes `action` looked at.
#[cfg(test)]
pub(super) fn of<T>(action: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.with(std::cell::Cell::get);
    let result = action();
    (result, BYTES.with(std::cell::Cell::get) - before)
}
