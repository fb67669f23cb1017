//! How fast the scanner goes through a file's bytes in memory, beside `memchr` and `memcpy` on the same bytes: a line of
//! JSON, in bytes a second. `./build.sh bench` runs it.

// It is a measurement: it needs a clock, which the core must not have.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let bytes = text.as_bytes();
    let mut copy = vec![1; bytes.len()];
    let memchr = best(bytes.len(), || usize::from(memchr::memchr(0, black_box(bytes)).is_some()));
    let memcpy = best(bytes.len(), || {
        copy.copy_from_slice(black_box(bytes));
        copy.len()
    });
    let mut found = 0;
    let scan = best(bytes.len(), || {
        found = leastwise::detect::scan(black_box(&text), &[]).len();
        found
    });
    println!("{{\"memchr\": {memchr:.0}, \"memcpy\": {memcpy:.0}, \"scan\": {scan:.0}, \"found\": {found}}}");
    Ok(())
}

/// Bytes a second of the fastest of several runs.
fn best(bytes: usize, mut run: impl FnMut() -> usize) -> f64 {
    let time = |run: &mut dyn FnMut() -> usize| {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_secs_f64()
    };
    let fastest = (0..7).map(|_| time(&mut run)).fold(f64::INFINITY, f64::min);
    #[allow(clippy::cast_precision_loss)] // Files are smaller than 2^52 bytes.
    let bytes = bytes as f64;
    bytes / fastest
}
