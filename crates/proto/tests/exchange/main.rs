//! The exchange against the contract: one file per phase, each scenario with the source of its table.

mod authenticate;
mod body;
mod close;
mod dial;
mod dialogue;
mod drain;
mod feed;
mod head;
mod lease;
mod misuse;
mod redirect;
mod resolve;
mod retry;
#[path = "../scenario/mod.rs"]
mod scenario;
mod secure;
mod send;
mod tunnel;
mod unpack;

/// A reply with a body of five bytes that keeps its connection: 38 bytes of head.
pub(crate) const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
/// A reply without a body.
pub(crate) const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
