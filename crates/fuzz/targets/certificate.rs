//! See `winhttp_fuzz::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::certificate(input));
