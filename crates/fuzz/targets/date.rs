//! See `winhttp_fuzz::date`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::date(input));
