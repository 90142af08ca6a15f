//! See `winhttp_fuzz::socket`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::socket(input));
