//! See `winhttp_fuzz::identity`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::identity(input));
