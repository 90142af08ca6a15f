//! A WebSocket: the upgrade, messages out and in, the close.
use std::ptr::null_mut;

use winhttp_abi::{
    ERROR_SUCCESS, HINTERNET, WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE, WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
    WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE, WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET,
    WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE,
    WINHTTP_WEB_SOCKET_SUCCESS_CLOSE_STATUS, WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, websocket,
};

use super::{Exchange, Trouble};
use crate::body::Sink;
use crate::c;
use crate::info::SOCKET;
use crate::record::Failure;
use crate::recorder::Signal;

/// What one receive takes.
const ROOM: usize = 16 * 1024;

/// How a message ended.
#[derive(PartialEq, Eq)]
enum End {
    Message,
    Closed,
}

impl Exchange<'_> {
    /// Makes the request ask for an upgrade.
    pub(super) fn ask_for_upgrade(&self) -> Result<(), Failure> {
        let request = self.request;
        let option = WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET;
        self.call(request, "WinHttpSetOption", "UPGRADE_TO_WEB_SOCKET".to_owned(), || {
            // SAFETY: the option has no value.
            unsafe { c::WinHttpSetOption(request, option, null_mut(), 0) }
        })
    }

    /// Talks: every message that is to be sent, and after each the one that comes; without any, whatever comes until the
    /// server closes.
    pub(super) fn talk(&mut self, context: usize, sink: &mut Sink) -> Result<(), Trouble> {
        let request = self.request;
        self.socket =
            self.make(request, SOCKET, "WinHttpWebSocketCompleteUpgrade", format!("{context}"), || {
                // SAFETY: a number goes along, no pointer.
                unsafe { c::WinHttpWebSocketCompleteUpgrade(request, context) }
            })?;
        let messages = &self.plan.messages;
        for text in messages {
            self.say(text)?;
            if self.hear(sink)? == End::Closed {
                return self.farewell();
            }
        }
        while messages.is_empty() {
            if self.hear(sink)? == End::Closed {
                break;
            }
        }
        self.farewell()
    }

    /// As [`Exchange::call`], for functions that answer with the error itself.
    fn code(
        &self,
        function: &'static str,
        arguments: String,
        call: impl FnOnce(HINTERNET) -> u32,
    ) -> Result<(), Failure> {
        let socket = self.socket;
        self.recorder.call(socket as usize, function, arguments);
        let error = call(socket);
        self.recorder.returned(socket as usize, function, error.to_string(), error);
        if error == ERROR_SUCCESS { Ok(()) } else { Err(Failure { function, error, faults: 0 }) }
    }

    /// Waits for the completion of an accepted call: bytes and buffer type.
    fn settled(&self, function: &'static str, status: u32) -> Result<(u32, u32), Trouble> {
        loop {
            match self.signals.recv() {
                Ok(Signal::Frame { status: own, bytes, buffer_type }) if own == status => {
                    return Ok((bytes, buffer_type));
                }
                Ok(Signal::Completed { status: own, .. }) if own == status => return Ok((0, 0)),
                Ok(Signal::Failed { error }) => {
                    return Err(Trouble::Library(Failure { function, error, faults: 0 }));
                }
                Ok(Signal::Closing(_)) => {}
                Ok(other) => {
                    return Err(Trouble::Silent(format!(
                        "{function} was answered by {other:?}: a fault of the library"
                    )));
                }
                Err(_) => return Err(Trouble::Silent(format!("{function} was never completed"))),
            }
        }
    }

    fn say(&mut self, text: &str) -> Result<(), Trouble> {
        const FUNCTION: &str = "WinHttpWebSocketSend";
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let kind = WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE;
        self.code(FUNCTION, format!("UTF8_MESSAGE, {length}"), |socket| {
            // SAFETY: the text is the plan's, which outlives the exchange.
            unsafe { c::WinHttpWebSocketSend(socket, kind, text.as_ptr().cast(), length) }
        })?;
        if !self.plan.synchronous {
            self.settled(FUNCTION, WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE)?;
        }
        self.outcome.uploaded += u64::from(length);
        Ok(())
    }

    /// Receives one message, or the server's close.
    fn hear(&mut self, sink: &mut Sink) -> Result<End, Trouble> {
        const FUNCTION: &str = "WinHttpWebSocketReceive";
        let mut buffer = vec![0u8; ROOM];
        let room = u32::try_from(ROOM).unwrap_or(u32::MAX);
        loop {
            let (mut bytes, mut kind) = (0, 0);
            let (count, of) = if self.plan.synchronous {
                (std::ptr::from_mut(&mut bytes), std::ptr::from_mut(&mut kind))
            } else {
                (null_mut(), null_mut())
            };
            let at = buffer.as_mut_ptr();
            self.code(FUNCTION, room.to_string(), |socket| {
                // SAFETY: the buffer has this size and is not touched before its completion; the places are null where
                // the call may outlast this frame.
                unsafe { c::WinHttpWebSocketReceive(socket, at.cast(), room, count, of) }
            })?;
            if !self.plan.synchronous {
                match self.settled(FUNCTION, WINHTTP_CALLBACK_STATUS_READ_COMPLETE) {
                    Ok(settled) => (bytes, kind) = settled,
                    Err(trouble) => {
                        self.give_up(buffer, &trouble);
                        return Err(trouble);
                    }
                }
            }
            let filled = usize::try_from(bytes).unwrap_or(ROOM).min(ROOM);
            sink.take(&buffer[..filled]).map_err(Trouble::File)?;
            match kind {
                WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE => return Ok(End::Closed),
                WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE
                | WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE => {
                    // Messages are lines of what is written.
                    if kind == WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE {
                        sink.take(b"\n").map_err(Trouble::File)?;
                    }
                    return Ok(End::Message);
                }
                _ => {}
            }
        }
    }

    fn farewell(&self) -> Result<(), Trouble> {
        const FUNCTION: &str = "WinHttpWebSocketClose";
        let status = WINHTTP_WEB_SOCKET_SUCCESS_CLOSE_STATUS;
        self.code(FUNCTION, status.to_string(), |socket| {
            // SAFETY: no reason.
            unsafe { c::WinHttpWebSocketClose(socket, status, null_mut(), 0) }
        })?;
        if !self.plan.synchronous {
            self.settled(FUNCTION, WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE)?;
        }
        self.closed_with()
    }

    /// What the server's close frame says; it stands in the return's line.
    fn closed_with(&self) -> Result<(), Trouble> {
        const FUNCTION: &str = "WinHttpWebSocketQueryCloseStatus";
        let socket = self.socket;
        let (mut status, mut used, mut reason) = (0u16, 0u32, [0u8; 123]);
        self.recorder.call(socket as usize, FUNCTION, String::new());
        // SAFETY: the buffer has the size that is said.
        let error = unsafe {
            c::WinHttpWebSocketQueryCloseStatus(
                socket,
                &mut status,
                reason.as_mut_ptr().cast(),
                123,
                &mut used,
            )
        };
        let text = String::from_utf8_lossy(reason.get(..used as usize).unwrap_or_default()).into_owned();
        let name = websocket::close_status_name(status).unwrap_or("");
        let result =
            if error == ERROR_SUCCESS { format!("0: {status} {name} {text:?}") } else { error.to_string() };
        self.recorder.returned(socket as usize, FUNCTION, result, error);
        if error == ERROR_SUCCESS {
            Ok(())
        } else {
            Err(Trouble::Library(Failure { function: FUNCTION, error, faults: 0 }))
        }
    }
}
