//! The WinHTTP callback contract on a mio reactor.
#![deny(unsafe_code)]
pub mod resolver;
pub mod wire;
