//! The numbers and layouts of WinHTTP.
#![no_std]
#![forbid(unsafe_code)]
