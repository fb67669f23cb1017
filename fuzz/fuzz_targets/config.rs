#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| leastwise_fuzz::targets::config(data));
