//! Who still waits: at most one call of each side.

use crate::Failure;

/// The two sides on which one operation each may be outstanding.
///
/// contract: evidence Q15 and Q23, one write-side plus one read-side operation may be outstanding together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// SendRequest, WriteData; of a WebSocket Send, Shutdown, Close.
    Write = 0,
    /// ReceiveResponse, QueryDataAvailable, ReadData; of a WebSocket Receive.
    Read = 1,
}

/// The asynchronous calls, with the numbers that `WINHTTP_ASYNC_RESULT::dwResult` names them by. Those of a WebSocket
/// have none there: they are told by [`Api::operation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `API_RECEIVE_RESPONSE`.
    ReceiveResponse = 1,
    /// `API_QUERY_DATA_AVAILABLE`.
    QueryDataAvailable = 2,
    /// `API_READ_DATA`.
    ReadData = 3,
    /// `API_WRITE_DATA`.
    WriteData = 4,
    /// `API_SEND_REQUEST`.
    SendRequest = 5,
    /// WinHttpWebSocketSend.
    WebSocketSend = 0x100,
    /// WinHttpWebSocketReceive.
    WebSocketReceive,
    /// WinHttpWebSocketClose.
    WebSocketClose,
    /// WinHttpWebSocketShutdown.
    WebSocketShutdown,
}

impl Api {
    /// The side on which this call waits.
    pub fn lane(self) -> Lane {
        match self {
            Api::SendRequest
            | Api::WriteData
            | Api::WebSocketSend
            | Api::WebSocketClose
            | Api::WebSocketShutdown => Lane::Write,
            Api::ReceiveResponse | Api::QueryDataAvailable | Api::ReadData | Api::WebSocketReceive => {
                Lane::Read
            }
        }
    }

    /// The `WINHTTP_WEB_SOCKET_OPERATION` of a call on a WebSocket; `None` for one on a request.
    pub fn operation(self) -> Option<u32> {
        crate::phase::socket::operation(self)
    }
}

/// Names one call of the application, unique within its exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallId(pub u32);

/// An accepted call that has not been told its completion yet.
#[derive(Clone, Copy, Debug)]
pub struct Debt {
    /// Which function was called.
    pub api: Api,
    /// Which call of it.
    pub call: CallId,
    /// Bytes that the application's buffer holds, 0 where there is none.
    pub length: u32,
    /// Bytes of it that are read or written.
    pub done: u32,
    /// All bytes of a write are out.
    pub(crate) finished: bool,
    /// The completion stands in the queue; the lane stays taken until it is told.
    pub(crate) paid: bool,
    /// The pair RECEIVING_RESPONSE / RESPONSE_RECEIVED of a read that had to wait.
    pub(crate) pair: Pair,
    /// A read that is complete with the first bytes.
    pub(crate) some: bool,
}

impl Debt {
    /// A ReadData that has got what it asked for.
    #[inline]
    pub(crate) fn filled(&self) -> bool {
        self.done >= self.length || self.some && self.done > 0
    }
}

/// How far a waiting read has told that it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    Untold,
    Receiving,
    Received,
}

/// Both lanes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Owed {
    pub(crate) write: Option<Debt>,
    pub(crate) read: Option<Debt>,
}

impl Owed {
    pub(crate) fn open(&mut self, api: Api, call: CallId, length: u32) {
        let debt = Debt {
            api,
            call,
            length,
            done: 0,
            finished: false,
            paid: false,
            pair: Pair::Untold,
            some: false,
        };
        *self.lane(api.lane()) = Some(debt);
    }

    /// A ReadData that does not wait until its buffer is full.
    pub(crate) fn open_some(&mut self, call: CallId, length: u32) {
        self.open(Api::ReadData, call, length);
        if let Some(debt) = &mut self.read {
            debt.some = true;
        }
    }

    /// Whether a call waits for something that is not known yet.
    #[inline]
    pub(crate) fn unpaid(&self) -> bool {
        self.owes(Lane::Write) || self.owes(Lane::Read)
    }

    /// Whether the call in this lane waits for something that is not known yet.
    #[inline]
    pub(crate) fn owes(&self, lane: Lane) -> bool {
        let debt = match lane {
            Lane::Write => &self.write,
            Lane::Read => &self.read,
        };
        debt.as_ref().is_some_and(|debt| !debt.paid)
    }

    pub(crate) fn lane(&mut self, lane: Lane) -> &mut Option<Debt> {
        match lane {
            Lane::Write => &mut self.write,
            Lane::Read => &mut self.read,
        }
    }

    /// The read-side call of this kind that still waits for its result.
    pub(crate) fn waits(&mut self, api: Api) -> Option<&mut Debt> {
        self.lane(api.lane()).as_mut().filter(|debt| debt.api == api && !debt.paid)
    }

    pub(crate) fn receiving(&self) -> bool {
        matches!(self.read, Some(Debt { api: Api::ReceiveResponse, paid: false, .. }))
    }

    pub(crate) fn sending(&self) -> bool {
        matches!(self.write, Some(Debt { api: Api::SendRequest, paid: false, .. }))
    }
}

/// What a half that broke has to say to the call that meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) Failure);
