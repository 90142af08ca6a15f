//! See `winhttp_fuzz::verdict`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::verdict(input));
