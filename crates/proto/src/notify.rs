//! What the application hears.

use std::net::IpAddr;
use std::sync::Arc;

use winhttp_abi as abi;

use crate::{Api, CallId, Lane};

/// One status callback, with its payload in the protocol's terms. Variants stand in WinHTTP's numeric order.
///
/// The door lowers text to the unit of the callback and gives pointers and lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// The name that is being looked up.
    ResolvingName(Arc<str>),
    /// The first address found (contract: evidence Q2, the address as text and not the name).
    NameResolved(IpAddr),
    /// The address that is tried; once per attempt (contract: notifications S8).
    ConnectingToServer(IpAddr),
    /// The address that answered, before any TLS handshake (contract: evidence Q9).
    ConnectedToServer(IpAddr),
    /// No byte of this leg has been sent yet; closing the handle here keeps it so.
    SendingRequest,
    /// Bytes of head and optional data that were sent.
    RequestSent(u32),
    /// The reply is awaited.
    ReceivingResponse,
    /// Bytes received for this reply so far.
    ResponseReceived(u32),
    /// The connection is about to be closed.
    ClosingConnection,
    /// The connection has been closed.
    ConnectionClosed,
    /// The handle is being closed; nothing follows.
    HandleClosing,
    /// The absolute URL that is followed, with the fragment of Location.
    Redirect(Arc<str>),
    /// The status code of a 1xx reply.
    IntermediateResponse(u16),
    /// `WINHTTP_CALLBACK_STATUS_FLAG_*` bits of the certificate.
    SecureFailure(u32),
    /// ReceiveResponse is complete.
    HeadersAvailable,
    /// Bytes that one ReadData can take at once; 0 at the end of the body.
    DataAvailable(u32),
    /// Bytes that were read into the application's buffer.
    ReadComplete(u32),
    /// Bytes that were written from the application's buffer.
    WriteComplete(u32),
    /// The call failed.
    RequestError {
        /// The call that failed.
        api: Api,
        /// The Win32 or WinHTTP error.
        error: u32,
    },
    /// SendRequest is complete, with the length of its optional data.
    SendRequestComplete(u32),
    /// READ_COMPLETE of a WebSocket.
    WebSocketReceived {
        /// Bytes in the application's buffer.
        bytes: u32,
        /// `WINHTTP_WEB_SOCKET_BUFFER_TYPE`.
        buffer_type: u32,
    },
    /// WRITE_COMPLETE of a WebSocket.
    WebSocketSent {
        /// Bytes of the application's buffer.
        bytes: u32,
        /// `WINHTTP_WEB_SOCKET_BUFFER_TYPE`, as it was given.
        buffer_type: u32,
    },
    /// Both close frames are exchanged.
    CloseComplete,
    /// The close frame is out.
    ShutdownComplete,
}

impl Notification {
    /// The `WINHTTP_CALLBACK_STATUS_*` number, which is also its bit in the mask.
    #[inline(always)]
    pub fn status(&self) -> u32 {
        match self {
            Notification::ResolvingName(_) => abi::WINHTTP_CALLBACK_STATUS_RESOLVING_NAME,
            Notification::NameResolved(_) => abi::WINHTTP_CALLBACK_STATUS_NAME_RESOLVED,
            Notification::ConnectingToServer(_) => abi::WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER,
            Notification::ConnectedToServer(_) => abi::WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER,
            Notification::SendingRequest => abi::WINHTTP_CALLBACK_STATUS_SENDING_REQUEST,
            Notification::RequestSent(_) => abi::WINHTTP_CALLBACK_STATUS_REQUEST_SENT,
            Notification::ReceivingResponse => abi::WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE,
            Notification::ResponseReceived(_) => abi::WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED,
            Notification::ClosingConnection => abi::WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION,
            Notification::ConnectionClosed => abi::WINHTTP_CALLBACK_STATUS_CONNECTION_CLOSED,
            Notification::HandleClosing => abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING,
            Notification::Redirect(_) => abi::WINHTTP_CALLBACK_STATUS_REDIRECT,
            Notification::IntermediateResponse(_) => abi::WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE,
            Notification::SecureFailure(_) => abi::WINHTTP_CALLBACK_STATUS_SECURE_FAILURE,
            Notification::HeadersAvailable => abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE,
            Notification::DataAvailable(_) => abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE,
            Notification::ReadComplete(_) => abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
            Notification::WriteComplete(_) => abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE,
            Notification::RequestError { .. } => abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR,
            Notification::SendRequestComplete(_) => abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE,
            Notification::WebSocketReceived { .. } => abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
            Notification::WebSocketSent { .. } => abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE,
            Notification::CloseComplete => abi::WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE,
            Notification::ShutdownComplete => abi::WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE,
        }
    }
}

/// What comes with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Nothing.
    Nothing,
    /// [`Say::number`].
    Number,
    /// The handle.
    Handle,
    /// As many bytes of the application's buffer as [`Say::number`] says.
    Buffer,
    /// As many bytes of a WebSocket's buffer, and [`Notification::buffer_type`].
    Frame,
    /// Anything else, made from the notification itself.
    Rare,
}

/// A notification that waits to be told, and the call that it belongs to.
#[derive(Clone, Debug)]
pub struct Say {
    /// What is told.
    pub what: Notification,
    /// The call whose doing this is; a caller tells only its own (contract: delivery on the caller's thread).
    pub call: CallId,
    /// The debt that this settles, when it is a completion.
    pub settles: Option<Lane>,
    /// It comes from a command given inside an informational callback and may be told while that one runs.
    pub(crate) nested: bool,
    /// What is known of its kind where it is made, so that nobody asks again where it is told: the bit that is its
    /// status, whether it is informational, what comes with it.
    bit: u8,
    informational: bool,
    load: Load,
    number: u32,
}

impl Say {
    #[inline(always)]
    pub(crate) fn new(what: Notification, call: CallId, settles: Option<Lane>, nested: bool) -> Say {
        let bit = what.status().trailing_zeros() as u8;
        let (informational, load, number) = (what.informational(), what.load(), what.number());
        Say { what, call, settles, nested, bit, informational, load, number }
    }

    /// [`Notification::status`].
    #[inline]
    pub fn status(&self) -> u32 {
        1 << (self.bit % 32)
    }

    /// Whether the exchange waits for this callback to return before it goes on.
    ///
    /// Completions do not hold: their lane is free as soon as they are told.
    #[inline]
    pub fn informational(&self) -> bool {
        self.informational
    }

    /// What comes with it.
    #[inline]
    pub fn load(&self) -> Load {
        self.load
    }

    /// The number that comes with it, 0 where there is none.
    #[inline]
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl Notification {
    /// `WINHTTP_WEB_SOCKET_BUFFER_TYPE` where one comes with it, else 0.
    pub fn buffer_type(&self) -> u32 {
        match *self {
            Notification::WebSocketReceived { buffer_type, .. }
            | Notification::WebSocketSent { buffer_type, .. } => buffer_type,
            _ => 0,
        }
    }

    /// The number that comes with it, 0 where there is none.
    #[inline(always)]
    fn number(&self) -> u32 {
        match *self {
            Notification::RequestSent(number)
            | Notification::ResponseReceived(number)
            | Notification::SecureFailure(number)
            | Notification::DataAvailable(number)
            | Notification::ReadComplete(number)
            | Notification::WriteComplete(number)
            | Notification::SendRequestComplete(number)
            | Notification::WebSocketReceived { bytes: number, .. }
            | Notification::WebSocketSent { bytes: number, .. } => number,
            Notification::IntermediateResponse(code) => u32::from(code),
            _ => 0,
        }
    }

    /// What comes with it.
    #[inline(always)]
    fn load(&self) -> Load {
        match *self {
            Notification::RequestSent(_)
            | Notification::ResponseReceived(_)
            | Notification::SecureFailure(_)
            | Notification::DataAvailable(_)
            | Notification::WriteComplete(_)
            | Notification::IntermediateResponse(_) => Load::Number,
            Notification::HandleClosing => Load::Handle,
            // contract: evidence Q5, the optional data and its length when there was a body, NULL and 0 otherwise
            Notification::SendRequestComplete(0)
            | Notification::SendingRequest
            | Notification::ReceivingResponse
            | Notification::ClosingConnection
            | Notification::ConnectionClosed
            | Notification::HeadersAvailable
            // contract: notifications S6.5, CLOSE_COMPLETE has length 0
            | Notification::CloseComplete
            | Notification::ShutdownComplete => Load::Nothing,
            Notification::WebSocketReceived { .. } | Notification::WebSocketSent { .. } => Load::Frame,
            Notification::ReadComplete(_) | Notification::SendRequestComplete(_) => Load::Buffer,
            Notification::ResolvingName(_)
            | Notification::Redirect(_)
            | Notification::NameResolved(_)
            | Notification::ConnectingToServer(_)
            | Notification::ConnectedToServer(_)
            | Notification::RequestError { .. } => Load::Rare,
        }
    }

    #[inline(always)]
    fn informational(&self) -> bool {
        !matches!(
            self,
            Notification::HandleClosing
                | Notification::HeadersAvailable
                | Notification::DataAvailable(_)
                | Notification::ReadComplete(_)
                | Notification::WriteComplete(_)
                | Notification::RequestError { .. }
                | Notification::SendRequestComplete(_)
                | Notification::WebSocketReceived { .. }
                | Notification::WebSocketSent { .. }
                | Notification::CloseComplete
                | Notification::ShutdownComplete
        )
    }
}
