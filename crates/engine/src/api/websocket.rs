//! WebSockets for Rust programs.
//!
//! ```no_run
//! use winhttp_engine::api::{Message, Session};
//!
//! let session = Session::synchronous("example/1.0")?;
//! let request = session.connect("localhost", 8080)?.get("/chat")?;
//! request.upgrade_to_websocket()?;
//! request.send()?;
//! request.receive_response()?;
//! let socket = request.complete_upgrade(0)?;
//! socket.send_text("hello")?;
//! while let Message::Text(text) = socket.read_message()? {
//!     println!("{text}");
//!     socket.close(1000, "")?;
//! }
//! # Ok::<(), winhttp_engine::Error>(())
//! ```

use std::sync::Arc;

use winhttp_abi as abi;

use super::{Closure, Connect, Notification, Owned, Request};
use crate::request::Completion;
use crate::sync::Mutex;
use crate::{Error, Handle, Loan, Target, callback, lock, websocket};

/// A `WINHTTP_WEB_SOCKET_BUFFER_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferType {
    /// A whole binary message, or the last part of one.
    BinaryMessage = 0,
    /// A part of a binary message; more follows.
    BinaryFragment = 1,
    /// A whole text, or the last part of one.
    Utf8Message = 2,
    /// A part of a text; more follows.
    Utf8Fragment = 3,
    /// The other side has closed.
    Close = 4,
}

impl BufferType {
    pub(super) fn of(number: u32) -> BufferType {
        match number {
            abi::WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE => BufferType::BinaryMessage,
            abi::WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE => BufferType::BinaryFragment,
            abi::WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE => BufferType::Utf8Message,
            abi::WINHTTP_WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE => BufferType::Utf8Fragment,
            _ => BufferType::Close,
        }
    }

    /// Whether the message goes on.
    pub fn is_fragment(self) -> bool {
        matches!(self, BufferType::BinaryFragment | BufferType::Utf8Fragment)
    }
}

/// A `WINHTTP_WEB_SOCKET_OPERATION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// WinHttpWebSocketSend.
    Send = 0,
    /// WinHttpWebSocketReceive.
    Receive = 1,
    /// WinHttpWebSocketClose.
    Close = 2,
    /// WinHttpWebSocketShutdown.
    Shutdown = 3,
}

impl Operation {
    pub(super) fn of(number: u32) -> Operation {
        match number {
            abi::WINHTTP_WEB_SOCKET_SEND_OPERATION => Operation::Send,
            abi::WINHTTP_WEB_SOCKET_RECEIVE_OPERATION => Operation::Receive,
            abi::WINHTTP_WEB_SOCKET_CLOSE_OPERATION => Operation::Close,
            _ => Operation::Shutdown,
        }
    }
}

/// A whole message, as [`WebSocket::read_message`] puts it together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// The server's close frame; [`WebSocket::close_status`] says more.
    Close,
}

/// A WebSocket. The connection is dropped with it; [`WebSocket::close`] says goodbye before.
#[derive(Debug)]
pub struct WebSocket(Owned);

common!(WebSocket);

impl Request {
    /// Makes the next [`Request::send`] ask for an upgrade.
    ///
    /// # Errors
    /// As [`websocket::ask`].
    pub fn upgrade_to_websocket(&self) -> Result<(), Error> {
        websocket::ask(self.handle())
    }

    /// Takes the upgraded connection. Whoever hears this request's notifications hears the WebSocket's, with the context
    /// given here.
    ///
    /// # Errors
    /// As [`websocket::complete_upgrade`].
    pub fn complete_upgrade(&self, context: usize) -> Result<WebSocket, Error> {
        websocket::complete_upgrade(self.handle(), context).map(|handle| WebSocket(Owned(handle)))
    }
}

impl Connect {
    /// Upgrades `path` and waits for it, in synchronous mode. `flags` as for [`Connect::open`].
    ///
    /// # Errors
    /// As [`websocket::complete_upgrade`], and what the request meets; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` in
    /// asynchronous mode.
    pub fn websocket(&self, path: &str, flags: u32) -> Result<WebSocket, Error> {
        let request = self.open("GET", path, flags)?;
        request.upgrade_to_websocket()?;
        match request.send()? {
            Completion::Done(_) => {}
            Completion::Inline | Completion::Pending => return Err(Error::INCORRECT_STATE),
        }
        request.receive_response()?;
        request.complete_upgrade(0)
    }
}

impl WebSocket {
    /// Sends bytes of a message.
    ///
    /// # Errors
    /// As [`websocket::send`].
    pub fn send(&self, kind: BufferType, bytes: Vec<u8>) -> Result<Completion, Error> {
        websocket::send(self.handle(), kind as u32, Loan::owned(bytes.into_boxed_slice()))
    }

    /// Sends a text.
    ///
    /// # Errors
    /// As [`websocket::send`].
    pub fn send_text(&self, text: &str) -> Result<Completion, Error> {
        self.send(BufferType::Utf8Message, text.into())
    }

    /// Asks for up to `size` bytes, in asynchronous mode; they come with [`super::Event::MessageReceived`].
    ///
    /// # Errors
    /// As [`websocket::receive`].
    pub fn receive(&self, size: usize) -> Result<Completion, Error> {
        let loan = Loan::owned(vec![0; size].into_boxed_slice());
        websocket::receive(self.handle(), loan).map(|(completion, _)| completion)
    }

    /// Receives up to `size` bytes in synchronous mode.
    ///
    /// # Errors
    /// As [`websocket::receive`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` in asynchronous mode.
    pub fn read(&self, size: usize) -> Result<(BufferType, Vec<u8>), Error> {
        let back = Arc::new(Mutex::new(None));
        let loan = Loan::returned(vec![0; size].into_boxed_slice(), back.clone());
        if websocket::asynchronous(self.handle())? {
            return Err(Error::INCORRECT_STATE);
        }
        let (_, received) = websocket::receive(self.handle(), loan)?;
        let received = received.ok_or(Error::INCORRECT_STATE)?;
        let mut bytes = lock(&back).take().unwrap_or_default().into_vec();
        bytes.truncate(received.bytes as usize);
        Ok((BufferType::of(received.buffer_type), bytes))
    }

    /// Receives a whole message in synchronous mode, of any length.
    ///
    /// # Errors
    /// As [`WebSocket::read`].
    pub fn read_message(&self) -> Result<Message, Error> {
        let mut message = Vec::new();
        loop {
            let (kind, mut part) = self.read(64 * 1024)?;
            message.append(&mut part);
            match kind {
                BufferType::BinaryFragment | BufferType::Utf8Fragment => {}
                BufferType::BinaryMessage => return Ok(Message::Binary(message)),
                // The bytes were checked as they came.
                BufferType::Utf8Message => {
                    return Ok(Message::Text(String::from_utf8_lossy(&message).into_owned()));
                }
                BufferType::Close => return Ok(Message::Close),
            }
        }
    }

    /// Sends the close frame; what the server still sends can be received.
    ///
    /// # Errors
    /// As [`websocket::shutdown`].
    pub fn shutdown(&self, status: u16, reason: &str) -> Result<Completion, Error> {
        websocket::shutdown(self.handle(), status, reason.as_bytes())
    }

    /// Closes the connection and waits for the server's close frame.
    ///
    /// # Errors
    /// As [`websocket::close`].
    pub fn close(&self, status: u16, reason: &str) -> Result<Completion, Error> {
        websocket::close(self.handle(), status, reason.as_bytes())
    }

    /// Status and reason of the server's close frame.
    ///
    /// # Errors
    /// As [`websocket::close_status`].
    pub fn close_status(&self) -> Result<(u16, String), Error> {
        websocket::close_status(self.handle(), |status, reason| {
            (status, String::from_utf8_lossy(reason).into_owned())
        })
    }
}
