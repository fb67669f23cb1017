//! How fast the scanner goes through a file's bytes in memory, beside `memchr` and `memcpy` on the same bytes: a line of
//! JSON, in bytes a second. `./build.sh bench` runs it; with `--once` it scans once and `--memchr` looks for a byte once, for
//! counting instructions.

// It is a measurement: it needs a clock, which the core must not have.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Rounds, of which the fastest counts: the three take turns, so that a busy moment of the machine meets all.
const ROUNDS: usize = 20;

/// Seconds that a job takes in a round at least, done again and again.
const LEAST: f64 = 0.1;

/// Seconds that this thread has used the processor, where the system says so (Linux does, to the nanosecond); else of the clock.
fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let used = used.and_then(|used| used.split(' ').next()?.parse::<u64>().ok());
    let time = used.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos);
    time.as_secs_f64()
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [options @ .., path] = arguments.as_slice() else { return Ok(()) };
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let bytes = text.as_bytes();
    let mut copy = vec![1; bytes.len()];
    let mut found = 0;
    let mut jobs: [(&str, &mut dyn FnMut()); 3] = [
        ("memchr", &mut || {
            black_box(memchr::memchr(0, black_box(bytes)));
        }),
        ("memcpy", &mut || copy.copy_from_slice(black_box(bytes))),
        ("scan", &mut || found = leastwise::detect::scan(black_box(&text), &[]).len()),
    ];
    if let [option] = options {
        let once = if option == "--memchr" { "memchr" } else { "scan" };
        jobs.iter_mut().filter(|(name, _)| *name == once).for_each(|(_, job)| job());
        return Ok(());
    }
    let mut fastest = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        for ((_, job), fastest) in jobs.iter_mut().zip(&mut fastest) {
            let (start, mut times) = (clock(), 0.0);
            // The system counts in steps of a few milliseconds: the job is done until they do not matter.
            let used = loop {
                job();
                times += 1.0;
                let used = clock() - start;
                if used >= LEAST {
                    break used;
                }
            };
            *fastest = (used / times).min(*fastest);
        }
    }
    #[allow(clippy::cast_precision_loss)] // Files are smaller than 2^52 bytes.
    let length = bytes.len() as f64;
    let rates: Vec<_> =
        jobs.iter().zip(fastest).map(|((name, _), time)| format!("\"{name}\": {:.0}", length / time)).collect();
    println!("{{{}, \"found\": {found}}}", rates.join(", "));
    Ok(())
}
