//! See `winhttp_fuzz::response`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::response(input));
