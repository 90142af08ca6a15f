//! See `winhttp_fuzz::request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::request(input));
