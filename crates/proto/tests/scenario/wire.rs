//! The scripted wire: answers to actions, in the order in which they are asked.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use winhttp_proto::{Failure, Fate, Leftover};

/// Answers to a lease.
#[derive(Clone, Debug)]
pub(crate) enum Lease {
    /// A pooled connection is at hand.
    Pooled,
    /// That of the leg before.
    Held,
    /// One on which another request's reply has not ended: [`Wire::late`].
    Late,
    /// None; the connect handle knows these addresses, or none yet.
    Vacant(Option<Vec<IpAddr>>),
    /// A place in a queue: answered again after the next [`super::Scenario::ready`].
    Queued,
}

/// Answers to a lookup, a dial or a handshake.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// It works at once.
    Works,
    /// Under way: nothing comes of it unless the script says so.
    Pending,
    /// The handshake is done and its verdict waits for something to be fetched.
    Checking,
    /// Once blocked, then asked again.
    Blocked,
    /// It fails.
    Fails(Failure),
    /// SECURE_FAILURE bits and the failure that follows (handshakes only).
    Insecure(u32, Failure),
}

/// Answers to a write.
#[derive(Clone, Debug)]
pub(crate) enum Taken {
    /// So many bytes fit.
    Bytes(usize),
    /// None; ready again at once.
    Blocked,
    /// None; never ready by itself.
    Stuck,
    /// The peer has reset.
    Broke(Failure),
}

/// What arrives.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// One piece of bytes, as one receive gives it.
    Bytes(Vec<u8>),
    /// Nothing for the moment: the receive would block once.
    Pause,
    /// FIN.
    End,
    /// RST.
    Reset(Failure),
}

/// The wire of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    pub(crate) leases: VecDeque<Lease>,
    /// The rest of another request's reply.
    pub(crate) late: Option<Box<Leftover>>,
    pub(crate) resolves: VecDeque<Reach>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) dials: VecDeque<Reach>,
    pub(crate) handshakes: VecDeque<Reach>,
    pub(crate) writes: VecDeque<Taken>,
    pub(crate) incoming: VecDeque<Piece>,
    /// Received and not consumed.
    pub(crate) buffer: Vec<u8>,
    /// Everything that was written.
    pub(crate) sent: Vec<u8>,
    pub(crate) dialled: Vec<SocketAddr>,
    pub(crate) released: Vec<Fate>,
    /// A dial or a lookup has been answered with "pending".
    pub(crate) connected: bool,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Wire { addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], ..Wire::default() }
    }

    /// Whether a receive would give something, now or after the next readiness.
    pub(crate) fn pending(&self) -> bool {
        !self.incoming.is_empty()
    }
}
