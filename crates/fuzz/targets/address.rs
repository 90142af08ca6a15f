//! See `winhttp_fuzz::address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::address(input));
