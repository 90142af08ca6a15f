//! What goes in and out: commands and events, actions and bytes.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use crate::{Api, Failure, Lane};

/// The addresses of a host, in the order in which they are tried.
pub(crate) type Addresses = Arc<[IpAddr]>;

/// How many bytes of body the application announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// `dwTotalLength`.
    Bytes(u64),
    /// The application frames a chunked body itself, up to its ReceiveResponse.
    Framed,
    /// `WINHTTP_FLAG_AUTOMATIC_CHUNKING`: every write is a chunk, and an empty write ends the body.
    Chunked,
}

/// A call of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// WinHttpSendRequest; the plan says what.
    Send,
    /// WinHttpWriteData of so many bytes.
    Write(u32),
    /// WinHttpReceiveResponse.
    Receive,
    /// WinHttpQueryDataAvailable.
    Query,
    /// WinHttpReadData into so many bytes.
    Read(u32),
    /// WinHttpReadDataEx into so many bytes, content with what comes first.
    ReadSome(u32),
    /// The session was closed: what waits ends with `ERROR_WINHTTP_OPERATION_CANCELLED`, and so does what comes.
    Cancel,
    /// A closure of the application has panicked: what waits ends with `ERROR_WINHTTP_INTERNAL_ERROR`, and so does what
    /// comes.
    Abandon,
    /// WinHttpCloseHandle.
    Close,
}

impl Command {
    /// The side on which it waits for its completion.
    #[inline]
    pub fn lane(self) -> Option<Lane> {
        match self {
            Command::Send | Command::Write(_) => Some(Lane::Write),
            Command::Receive | Command::Query | Command::Read(_) | Command::ReadSome(_) => Some(Lane::Read),
            Command::Cancel | Command::Abandon | Command::Close => None,
        }
    }

    /// The call that it is, for the failure that is told of it.
    pub(crate) fn api(self) -> Api {
        match self {
            Command::Send => Api::SendRequest,
            Command::Write(_) => Api::WriteData,
            Command::Query => Api::QueryDataAvailable,
            Command::Read(_) | Command::ReadSome(_) => Api::ReadData,
            Command::Receive | Command::Cancel | Command::Abandon | Command::Close => Api::ReceiveResponse,
        }
    }
}

/// What the driver is asked to do. Nothing here may block; what would block is reported as [`Event::Blocked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Find a connection to the plan's peer: [`Event::Leased`], [`Event::Vacant`] or, later, one of them.
    Lease,
    /// Look up the plan's peer: [`Event::Resolved`] or [`Event::Failed`].
    Resolve,
    /// Connect: [`Event::Dialled`] or [`Event::Failed`].
    Dial(SocketAddr),
    /// One step of the TLS handshake: [`Event::Secured`], [`Event::Insecure`],
    /// [`Event::Checking`], [`Event::Failed`] or blocked.
    Secure,
    /// The time for checking revocation is over: [`Event::Secured`] or [`Event::Insecure`] by what is known.
    Judge,
    /// Write what [`crate::Exchange::outgoing`] shows: [`Event::Wrote`] or blocked.
    Write,
    /// Read for [`crate::Exchange::want`] and hand it to [`crate::Exchange::feed`].
    Read,
    /// Give the connection up, or what was begun to get one (a place in a queue, a lookup, an attempt to
    /// connect): [`Event::Released`].
    Release(Fate),
}

/// What becomes of a connection that is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is at rest and may serve another request.
    Keep,
    /// It is closed.
    Close,
    /// The rest of the reply may be read away and the connection kept.
    Drain,
}

/// What the wire reports.
#[derive(Clone, Debug)]
pub enum Event {
    /// A pooled connection is at hand.
    Leased,
    /// The connection of the leg before goes on.
    Held,
    /// There is none: connect. The addresses when the connect handle knows them already.
    Vacant(Option<Addresses>),
    /// The peer's addresses.
    Resolved(Addresses),
    /// TCP is connected.
    Dialled,
    /// TLS is established.
    Secured,
    /// The verdict on the certificate waits for what has to be fetched about its revocation; [`Event::Ready`] follows.
    Checking,
    /// The certificate does not hold: SECURE_FAILURE bits, and the error that follows.
    Insecure {
        /// `WINHTTP_CALLBACK_STATUS_FLAG_*`.
        bits: u32,
        /// The failure of the call.
        failure: Failure,
    },
    /// The connection is given up, as asked.
    Released,
    /// The action was begun or would have blocked; [`Event::Ready`] or a result follows.
    Blocked(Side),
    /// The socket became readable or writable, or a wait of an earlier phase moved.
    Ready,
    /// So many of the outgoing bytes were taken.
    Wrote(usize),
    /// The peer has ended its side in order.
    EndOfStream,
    /// Finding, resolving, dialling or securing failed.
    Failed(Failure),
    /// Reading or writing failed.
    Broke(Side, Failure),
}

/// A direction of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Towards the application.
    Read,
    /// Towards the server.
    Write,
}

/// What a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Nothing is being read.
    Nothing,
    /// Fresh bytes into the wire's own buffer.
    Bytes,
    /// Up to so many bytes straight into the application's buffer, from the given offset on.
    Direct {
        /// Offset into the buffer of ReadData.
        at: u32,
        /// Bytes that are body for certain.
        most: u32,
    },
    /// What is buffered is enough: feed it.
    Buffered,
}

/// The next bytes to write, in three parts of which each may be empty.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// Head or chunk framing before the application's bytes.
    pub before: &'a [u8],
    /// Which part of the application's buffer comes next.
    pub body: Body,
    /// Chunk framing after it.
    pub after: &'a [u8],
}

/// Whose bytes, and which of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None.
    Nothing,
    /// Of the optional data given to SendRequest.
    Optional(Range<usize>),
    /// Of the buffer given to WriteData.
    Written(Range<usize>),
}
