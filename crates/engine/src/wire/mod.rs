//! Connections: the bytes of an exchange on their way.
//!
//! ```text
//!   cell     what the reactor knows of a connection: whose it is, what has become ready
//!   socket   its system calls
//!   stream   one connection: socket, TLS, buffered input
//!   ends     its addresses
//!   buffers  input buffers, lent and returned
//!   pool     connections at rest, shared by the whole process
//!   tls      the TLS stream, verdict  what is wrong with a certificate
//! ```

pub(crate) mod buffers;
pub(crate) mod cell;
pub(crate) mod ends;
pub(crate) mod pool;
#[cfg(not(shuttle))]
mod socket;
#[cfg_attr(shuttle, path = "../model/wire.rs")]
pub(crate) mod stream;
pub mod tls;
pub mod verdict;

pub(crate) use ends::Ends;
pub(crate) use pool::{Pool, PoolKey};
pub(crate) use stream::Wire;

/// `WINHTTP_OPTION_TCP_KEEPALIVE`, in milliseconds; 0 leaves a time to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeepAlive {
    /// Silence before the first question.
    pub(crate) idle: u32,
    /// Between two questions.
    pub(crate) interval: u32,
}
