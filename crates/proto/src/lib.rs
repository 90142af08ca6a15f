//! One WinHTTP exchange as a sans-IO state machine.
#![forbid(unsafe_code)]
pub mod http;
