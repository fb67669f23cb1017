#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| leastwise_fuzz::targets::stretches(data));
