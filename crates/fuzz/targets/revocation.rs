//! See `winhttp_fuzz::revocation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| winhttp_fuzz::revocation(input));
