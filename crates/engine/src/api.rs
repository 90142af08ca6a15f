//! Types for Rust programs: sessions, connects and requests that close themselves, and typed notifications.
//!
//! ```no_run
//! use std::sync::mpsc;
//! use winhttp_engine::api::{Event, Session};
//!
//! let (tell, told) = mpsc::channel();
//! let session = Session::asynchronous("example/1.0")?;
//! session.on_notification(move |notification| {
//!     let _ = tell.send(format!("{:?}", notification.event));
//! })?;
//! let server = session.connect("localhost", 8080)?;
//! let request = server.get("/")?;
//! request.send()?;
//! for line in told {
//!     println!("{line}");
//!     if line.starts_with("SendRequestComplete") {
//!         request.receive_response()?;
//!     }
//! }
//! # Ok::<(), winhttp_engine::Error>(())
//! ```

use std::sync::Arc;

use winhttp_abi as abi;

use crate::request::{self, Completion, Send};
use crate::{Error, Handed, Handle, Loan, Notice, Payload, Sink, Target, callback, connect, session};

/// A status callback with its payload in Rust's terms. Valid during the call.
#[derive(Debug)]
pub struct Notification<'a> {
    /// The handle that it is about.
    pub handle: Handle,
    /// The context value of that handle.
    pub context: usize,
    /// What happened.
    pub event: Event<'a>,
}

/// What a notification says; variants stand in WinHTTP's numeric order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The name being looked up.
    ResolvingName(&'a str),
    /// The first address found.
    NameResolved(&'a str),
    /// The address being tried.
    ConnectingToServer(&'a str),
    /// The address that answered.
    ConnectedToServer(&'a str),
    /// No byte of this leg has been sent yet.
    SendingRequest,
    /// Bytes sent.
    RequestSent(u32),
    /// The reply is awaited.
    ReceivingResponse,
    /// Bytes received for the reply so far.
    ResponseReceived(u32),
    /// The connection is about to be closed.
    ClosingConnection,
    /// The connection has been closed.
    ConnectionClosed,
    /// The handle has been made.
    HandleCreated,
    /// The handle is gone when this returns; the last notification.
    HandleClosing,
    /// The absolute URL that is followed.
    Redirect(&'a str),
    /// The code of a 1xx reply.
    IntermediateResponse(u32),
    /// `WINHTTP_CALLBACK_STATUS_FLAG_*` bits.
    SecureFailure(u32),
    /// The reply's headers can be queried.
    HeadersAvailable,
    /// Bytes that can be read at once; 0 at the end of the body.
    DataAvailable(u32),
    /// Bytes that were read, at the front of the buffer that was handed over; none at the end of the body.
    ReadComplete {
        /// The buffer given to [`Request::read`].
        buffer: Box<[u8]>,
        /// Bytes in it.
        length: usize,
    },
    /// Bytes that were written.
    WriteComplete(u32),
    /// The call failed.
    RequestError {
        /// `API_*` number of the call.
        api: u32,
        /// Why.
        error: Error,
    },
    /// The request has been sent.
    SendRequestComplete,
    /// A WebSocket has received.
    MessageReceived {
        /// The buffer given to [`WebSocket::receive`], as far as it is filled.
        bytes: Vec<u8>,
        /// What the bytes are.
        kind: BufferType,
    },
    /// A WebSocket has sent so many bytes.
    MessageSent {
        /// How many.
        length: usize,
        /// What they are.
        kind: BufferType,
    },
    /// A WebSocket is closed.
    CloseComplete,
    /// A WebSocket has sent its close frame.
    ShutdownComplete,
    /// A call on a WebSocket failed.
    WebSocketError {
        /// Which one.
        operation: Operation,
        /// Why.
        error: Error,
    },
    /// A status that has no variant here.
    Other(u32),
}

impl<'a> Event<'a> {
    fn of(status: u32, payload: Payload<'a>) -> Event<'a> {
        match (status, payload) {
            (abi::WINHTTP_CALLBACK_STATUS_RESOLVING_NAME, Payload::Text(name)) => Event::ResolvingName(name),
            (abi::WINHTTP_CALLBACK_STATUS_NAME_RESOLVED, Payload::Text(text)) => Event::NameResolved(text),
            (abi::WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER, Payload::Text(text)) => {
                Event::ConnectingToServer(text)
            }
            (abi::WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER, Payload::Text(text)) => {
                Event::ConnectedToServer(text)
            }
            (abi::WINHTTP_CALLBACK_STATUS_SENDING_REQUEST, _) => Event::SendingRequest,
            (abi::WINHTTP_CALLBACK_STATUS_REQUEST_SENT, Payload::Number(bytes)) => Event::RequestSent(bytes),
            (abi::WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE, _) => Event::ReceivingResponse,
            (abi::WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED, Payload::Number(bytes)) => {
                Event::ResponseReceived(bytes)
            }
            (abi::WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION, _) => Event::ClosingConnection,
            (abi::WINHTTP_CALLBACK_STATUS_CONNECTION_CLOSED, _) => Event::ConnectionClosed,
            (abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED, _) => Event::HandleCreated,
            (abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING, _) => Event::HandleClosing,
            (abi::WINHTTP_CALLBACK_STATUS_REDIRECT, Payload::Text(url)) => Event::Redirect(url),
            (abi::WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE, Payload::Number(code)) => {
                Event::IntermediateResponse(code)
            }
            (abi::WINHTTP_CALLBACK_STATUS_SECURE_FAILURE, Payload::Number(bits)) => {
                Event::SecureFailure(bits)
            }
            (abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, _) => Event::HeadersAvailable,
            (abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE, Payload::Number(bytes)) => {
                Event::DataAvailable(bytes)
            }
            (abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE, Payload::Buffer { length, owned, .. }) => {
                Event::ReadComplete {
                    buffer: owned.map(Handed::take).unwrap_or_default(),
                    length: length as usize,
                }
            }
            (abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE, Payload::Number(bytes)) => {
                Event::WriteComplete(bytes)
            }
            (abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, Payload::AsyncResult { api, error }) => {
                Event::RequestError { api, error: Error(error) }
            }
            (abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE, _) => Event::SendRequestComplete,
            (
                abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
                Payload::SocketStatus { bytes, buffer_type, owned },
            ) => {
                let mut buffer = owned.map(Handed::take).unwrap_or_default().into_vec();
                buffer.truncate(bytes as usize);
                Event::MessageReceived { bytes: buffer, kind: BufferType::of(buffer_type) }
            }
            (
                abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE,
                Payload::SocketStatus { bytes, buffer_type, .. },
            ) => Event::MessageSent { length: bytes as usize, kind: BufferType::of(buffer_type) },
            (abi::WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE, _) => Event::CloseComplete,
            (abi::WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE, _) => Event::ShutdownComplete,
            (abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, Payload::SocketResult { operation, error }) => {
                Event::WebSocketError { operation: Operation::of(operation), error: Error(error) }
            }
            (status, _) => Event::Other(status),
        }
    }
}

/// A closure as a sink.
struct Closure<F>(F);

impl<F: Fn(Notification<'_>) + Sync + std::marker::Send> Sink for Closure<F> {
    fn notify(&self, _token: usize, notice: Notice<'_>) {
        let Notice { handle, context, status, payload } = notice;
        (self.0)(Notification { handle, context, event: Event::of(status, payload) });
    }
}

/// Closes its handle when it is dropped.
#[derive(Debug)]
struct Owned(Handle);

impl Drop for Owned {
    fn drop(&mut self) {
        // Closed already, through the raw handle: then there is nothing to do.
        let _ = crate::close(self.0);
    }
}

macro_rules! common {
    ($kind:ident) => {
        impl $kind {
            /// The handle itself, for the functions of this crate. It is closed when this value is dropped.
            pub fn handle(&self) -> Handle {
                self.0.0
            }

            /// Hears every notification of this handle and of handles made from it afterwards. The closure runs without
            /// a lock held, on the thread that the contract names; it may call back. Should it panic, its request fails.
            ///
            /// # Errors
            /// `ERROR_INVALID_HANDLE` when the handle was closed through its value.
            pub fn on_notification(
                &self,
                heard: impl Fn(Notification<'_>) + Sync + std::marker::Send + 'static,
            ) -> Result<(), Error> {
                let target = Target::Shared(Arc::new(Closure(heard)));
                callback::set(self.handle(), Some(target), abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS)?;
                Ok(())
            }

            /// Sets the context value that notifications carry.
            ///
            /// # Errors
            /// As [`Self::on_notification`].
            pub fn set_context(&self, context: usize) -> Result<(), Error> {
                callback::set_context(self.handle(), context)
            }
        }
    };
}

mod websocket;

pub use websocket::{BufferType, Message, Operation, WebSocket};

/// A session.
#[derive(Debug)]
pub struct Session(Owned);

/// A server.
#[derive(Debug)]
pub struct Connect(Owned);

/// A request.
#[derive(Debug)]
pub struct Request(Owned);

common!(Session);
common!(Connect);
common!(Request);

impl Session {
    /// A session whose calls complete by notification. `agent` becomes `User-Agent`.
    ///
    /// # Errors
    /// As [`session::open`].
    pub fn asynchronous(agent: &str) -> Result<Session, Error> {
        let config = session::Config { agent: agent.to_owned(), asynchronous: true, ..Default::default() };
        session::open(config).map(|handle| Session(Owned(handle)))
    }

    /// A session whose calls return when they are done.
    ///
    /// # Errors
    /// As [`session::open`].
    pub fn synchronous(agent: &str) -> Result<Session, Error> {
        let config = session::Config { agent: agent.to_owned(), ..Default::default() };
        session::open(config).map(|handle| Session(Owned(handle)))
    }

    /// Names a server; nothing is sent. `port` 0 is the scheme's own.
    ///
    /// # Errors
    /// As [`connect::connect`].
    pub fn connect(&self, host: &str, port: u16) -> Result<Connect, Error> {
        connect::connect(self.handle(), host, port).map(|handle| Connect(Owned(handle)))
    }
}

impl Connect {
    /// A GET of `path` without TLS.
    ///
    /// # Errors
    /// As [`request::open`].
    pub fn get(&self, path: &str) -> Result<Request, Error> {
        self.open("GET", path, 0)
    }

    /// A request; `flags` are `WINHTTP_FLAG_SECURE` and the other flags of WinHttpOpenRequest.
    ///
    /// # Errors
    /// As [`request::open`].
    pub fn open(&self, method: &str, path: &str, flags: u32) -> Result<Request, Error> {
        let mut target = Vec::new();
        let escape = winhttp_proto::http::target::Escape::from_flags(flags);
        winhttp_proto::http::target::request_target(path.as_bytes(), escape, &mut target);
        let config = request::Config { method: method.into(), target, flags, ..Default::default() };
        request::open(self.handle(), &config).map(|handle| Request(Owned(handle)))
    }
}

impl Request {
    /// Sends without a body.
    ///
    /// # Errors
    /// As [`request::send`].
    pub fn send(&self) -> Result<Completion, Error> {
        self.send_with(Vec::new(), 0)
    }

    /// Sends with `body`, the beginning of `total` bytes; the rest follows with [`Request::write`].
    ///
    /// # Errors
    /// As [`request::send`].
    pub fn send_with(&self, body: Vec<u8>, total: u32) -> Result<Completion, Error> {
        let optional = (!body.is_empty()).then(|| Loan::owned(body.into_boxed_slice()));
        request::send(self.handle(), Send { headers: Vec::new(), optional, total, context: 0 })
    }

    /// Writes a part of the body.
    ///
    /// # Errors
    /// As [`request::write`].
    pub fn write(&self, part: Vec<u8>) -> Result<Completion, Error> {
        request::write(self.handle(), Loan::owned(part.into_boxed_slice()), &mut |_| {})
    }

    /// Asks for the reply.
    ///
    /// # Errors
    /// As [`request::receive`].
    pub fn receive_response(&self) -> Result<Completion, Error> {
        request::receive(self.handle())
    }

    /// Asks how much can be read at once.
    ///
    /// # Errors
    /// As [`request::query_data`].
    pub fn query_data(&self) -> Result<Completion, Error> {
        request::query_data(self.handle(), &mut |_| {})
    }

    /// Reads up to `size` bytes of the body; in asynchronous mode they come with [`Event::ReadComplete`].
    ///
    /// # Errors
    /// As [`request::read`].
    pub fn read(&self, size: usize) -> Result<Completion, Error> {
        request::read(self.handle(), Loan::owned(vec![0; size].into_boxed_slice()), &mut |_| {})
    }

    /// Reads the whole body in synchronous mode.
    ///
    /// # Errors
    /// As [`request::read`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` in asynchronous mode.
    pub fn read_to_end(&self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        loop {
            match request::read_owned(self.handle(), vec![0; 64 * 1024].into_boxed_slice())? {
                (_, 0) => return Ok(body),
                (part, count) => body.extend_from_slice(&part[..count]),
            }
        }
    }

    /// The status code of the reply.
    ///
    /// # Errors
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before the reply has been received.
    pub fn status(&self) -> Result<u16, Error> {
        request::status(self.handle())
    }
}
