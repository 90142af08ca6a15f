//! The head of the current reply and what may be said of it.

use crate::Failure;
use crate::http::decode::{Fields, ResponseHead};

/// How far the reply has come, as the application may know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Seal {
    /// Nothing has been read.
    #[default]
    Empty,
    /// The head is in, or the attempt has failed, and ReceiveResponse has not said so yet.
    Sealed(Option<Failure>),
    /// Headers may be queried; ReceiveResponse may still go on (redirects).
    Open,
    /// ReceiveResponse is complete.
    Delivered,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Reply {
    /// Status line and headers; meaningful while [`Reply::readable`].
    pub head: ResponseHead,
    /// What came behind a chunked body, once that has been read to its end.
    pub(crate) trailer: Option<Box<Fields>>,
    pub(crate) seal: Seal,
    /// Codes of the 1xx replies that wait to be told.
    pub(crate) intermediate: Vec<u16>,
    /// How many 1xx replies have come on this leg.
    pub(crate) continues: u32,
    /// Bytes that came in for this reply, up to the end of its head.
    pub(crate) received: u32,
    /// Bytes of the request's head on this leg.
    pub(crate) head_sent: u32,
    /// Bytes of the body that reads were given.
    pub(crate) body: u64,
    /// Bytes that came for a packed body.
    pub(crate) packed: u64,
    /// The peer ended its side before the head was complete.
    pub(crate) ended: bool,
    /// A head has come in that the driver has not looked at.
    pub(crate) fresh: bool,
    /// It is a proxy's answer to CONNECT, and no server's.
    pub(crate) from_connect: bool,
}

impl Reply {
    /// Whether header queries may look at it.
    ///
    /// contract: notifications S2 (M), queries fail before ReceiveResponse although the head is in.
    pub fn readable(&self) -> bool {
        matches!(self.seal, Seal::Open | Seal::Delivered)
    }

    /// Whether what can be read is a proxy's answer to CONNECT (contract: WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE).
    pub fn is_proxy_connect_response(&self) -> bool {
        self.from_connect && self.readable()
    }

    /// What came behind a chunked body; `None` until the body has been read to its end, and where nothing came.
    pub fn trailer(&self) -> Option<&Fields> {
        self.trailer.as_deref()
    }

    /// Whether a final head has come in since the last look; for what the driver keeps of every reply (cookies).
    pub fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// Bytes of the body that were handed over, and, of a body that was unpacked on its way, the bytes that came for it.
    pub fn body_sizes(&self) -> (u64, u64) {
        (self.body, if self.packed > 0 { self.packed } else { self.body })
    }

    pub(crate) fn clear(&mut self) {
        self.head.clear();
        self.trailer = None;
        self.seal = Seal::Empty;
        self.intermediate.clear();
        self.continues = 0;
        self.received = 0;
        self.ended = false;
        self.fresh = false;
        self.from_connect = false;
        self.head_sent = 0;
        self.body = 0;
        self.packed = 0;
    }
}
