//! See `winhttp_fuzz::exchange`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::exchange(input));
