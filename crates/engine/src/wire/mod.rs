//! Connections: the bytes of an exchange on their way.

pub mod tls;
pub mod verdict;
