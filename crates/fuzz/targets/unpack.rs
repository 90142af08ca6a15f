//! See `winhttp_fuzz::unpack`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::unpack(input));
