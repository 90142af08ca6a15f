//! WebSocket (RFC 6455, version 13) as the client sees it: the handshake, frames and the closing state.
//!
//! Everything is sans-IO and allocates nothing: bytes come in as slices and go out into slices or small fixed
//! arrays, random bytes (the key of the handshake, the mask of each frame) are arguments.
//!
//! ```text
//!   connection -> Inbound  -> chunks of messages, pings, pongs, the close frame, or a violation
//!   Send       -> Outbound -> FrameHead + Mask over the application's bytes -> connection
//!   Shutdown, Close, an answer to a ping -> ControlFrame                    -> connection
//! ```
//!
//! WinHTTP does not put messages together: a receive gets the bytes of one frame at most, and says whether more of
//! the message follows (contract: WinHttpWebSocketReceive, notifications S6.1, api-behaviour section 27c). So the
//! unit here is the [`Chunk`], and a message of any length passes through a buffer of any size.

mod close;
mod frame;
mod handshake;
mod inbound;
mod mask;
mod outbound;
mod utf8;

pub use close::{Close, MAX_REASON, outbound_close, received_status_is_valid};
pub use frame::{ControlFrame, FrameHead, MAX_CONTROL, Opcode};
pub use handshake::{Key, Mismatch, Offer, check_response};
pub use inbound::{Chunk, Event, Inbound, Step, Violation};
pub use mask::Mask;
pub use outbound::{Message, Outbound};
pub use utf8::Utf8;

/// What the bytes of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any bytes.
    Binary,
    /// UTF-8.
    Text,
}
