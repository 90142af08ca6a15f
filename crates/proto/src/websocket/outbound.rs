//! What the application may send next: its messages and the closing state.

use super::frame::{FrameHead, Opcode};
use super::{Kind, Mask};
use winhttp_abi::{
    ERROR_INVALID_OPERATION, ERROR_INVALID_PARAMETER, WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE,
    WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, WINHTTP_WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE,
    WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE,
};

/// A buffer type as a kind and whether it ends its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Binary or text.
    pub kind: Kind,
    /// A `..._MESSAGE` type; a `..._FRAGMENT` type leaves the message open.
    pub ends: bool,
}

impl Message {
    /// Reads a `WINHTTP_WEB_SOCKET_BUFFER_TYPE` given to WinHttpWebSocketSend.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` for the close type (contract: WinHttpWebSocketSend, api-behaviour section 32) and
    /// for a number that is no type.
    pub const fn of(buffer_type: u32) -> Result<Self, u32> {
        Ok(match buffer_type {
            WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE => Self { kind: Kind::Binary, ends: true },
            WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE => Self { kind: Kind::Binary, ends: false },
            WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE => Self { kind: Kind::Text, ends: true },
            WINHTTP_WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE => Self { kind: Kind::Text, ends: false },
            _ => return Err(ERROR_INVALID_PARAMETER),
        })
    }

    /// The number of this type.
    pub const fn buffer_type(self) -> u32 {
        match (self.kind, self.ends) {
            (Kind::Binary, true) => WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE,
            (Kind::Binary, false) => WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE,
            (Kind::Text, true) => WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE,
            (Kind::Text, false) => WINHTTP_WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE,
        }
    }
}

/// The sending half of a WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    /// The kind of the message that fragments have begun.
    open: Option<Kind>,
    closed: bool,
}

impl Outbound {
    /// Nothing sent yet.
    pub const fn new() -> Self {
        Self { open: None, closed: false }
    }

    /// Whether a close frame has gone out, or been promised.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// The kind of the message that fragments have begun and none has ended.
    pub const fn open_message(&self) -> Option<Kind> {
        self.open
    }

    /// One WinHttpWebSocketSend is one frame: its head, and the mask for the application's bytes. The payload may
    /// be empty, as when a message of fragments is ended (contract: notifications S6.1).
    ///
    /// The text of a UTF-8 type is not looked at: it is the application's.
    ///
    /// # Errors
    /// `ERROR_INVALID_OPERATION` once a close frame was sent (contract: notifications R9);
    /// `ERROR_INVALID_PARAMETER` if the type is none, or not that of the open message (contract: notifications S6.1).
    /// Nothing has changed then.
    pub fn send(&mut self, buffer_type: u32, length: u64, key: [u8; 4]) -> Result<(FrameHead, Mask), u32> {
        self.may_send(buffer_type)?;
        let message = Message::of(buffer_type)?;
        let opcode = if self.open.is_some() { Opcode::Continuation } else { Opcode::from(message.kind) };
        self.open = if message.ends { None } else { Some(message.kind) };
        Ok((FrameHead::new(opcode, message.ends, length, key), Mask::new(key)))
    }

    /// Whether [`send`](Self::send) would take this type now.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn may_send(&self, buffer_type: u32) -> Result<(), u32> {
        let message = Message::of(buffer_type)?;
        if self.closed {
            return Err(ERROR_INVALID_OPERATION);
        }
        if self.open.is_some_and(|kind| kind != message.kind) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        Ok(())
    }

    /// A close frame goes out: no application data, ping or pong may follow it (RFC 6455 section 5.5.1). An open
    /// message stays unfinished.
    ///
    /// # Errors
    /// `ERROR_INVALID_OPERATION` the second time (contract: notifications S6.1, a second Shutdown). WinHttpWebSocketClose
    /// after Shutdown is allowed and sends nothing: ask [`is_closed`](Self::is_closed) first.
    pub fn close(&mut self) -> Result<(), u32> {
        if self.closed {
            return Err(ERROR_INVALID_OPERATION);
        }
        self.closed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Message, Outbound};

    const KEY: [u8; 4] = [0; 4];
    const BINARY: u32 = 0;
    const BINARY_FRAGMENT: u32 = 1;
    const TEXT: u32 = 2;
    const TEXT_FRAGMENT: u32 = 3;

    fn first_byte(outbound: &mut Outbound, buffer_type: u32) -> u8 {
        outbound.send(buffer_type, 1, KEY).expect("may be sent").0.as_bytes()[0]
    }

    #[test]
    fn fragments_continue_and_a_message_type_ends() {
        let mut outbound = Outbound::new();
        assert_eq!(first_byte(&mut outbound, BINARY), 0x82);
        assert_eq!(first_byte(&mut outbound, TEXT), 0x81);
        assert_eq!(first_byte(&mut outbound, BINARY_FRAGMENT), 0x02);
        assert_eq!(outbound.open_message(), Some(Kind::Binary));
        // contract: notifications S6.1, both text types while a binary message is open
        assert_eq!(outbound.send(TEXT_FRAGMENT, 1, KEY), Err(87));
        assert_eq!(outbound.send(TEXT, 1, KEY), Err(87));
        assert_eq!(first_byte(&mut outbound, BINARY_FRAGMENT), 0x00);
        assert_eq!(first_byte(&mut outbound, BINARY), 0x80);
        assert_eq!(first_byte(&mut outbound, TEXT_FRAGMENT), 0x01);
        assert_eq!(outbound.send(BINARY, 1, KEY), Err(87));
        assert_eq!(first_byte(&mut outbound, TEXT), 0x80);
        assert_eq!(outbound, Outbound::new());
    }

    #[test]
    fn nothing_follows_a_close() {
        let mut outbound = Outbound::new();
        assert_eq!(outbound.send(4, 0, KEY), Err(87));
        assert_eq!(outbound.send(5, 0, KEY), Err(87));
        assert_eq!(first_byte(&mut outbound, TEXT_FRAGMENT), 0x01);
        assert_eq!(outbound.close(), Ok(()));
        assert!(outbound.is_closed());
        assert_eq!(outbound.close(), Err(4317));
        assert_eq!(outbound.send(TEXT, 1, KEY), Err(4317));
        assert_eq!(outbound.send(BINARY, 1, KEY), Err(4317));
    }

    #[test]
    fn types_there_and_back() {
        for buffer_type in 0..4 {
            assert_eq!(Message::of(buffer_type).map(Message::buffer_type), Ok(buffer_type));
        }
        assert_eq!(Message::of(4), Err(87));
        assert_eq!(Message::of(u32::MAX), Err(87));
    }
}
