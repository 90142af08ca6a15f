//! What comes from the server: frames taken apart without being put together.

use super::close::{Close, received_status_is_valid};
use super::frame::{MAX_CONTROL, Opcode};
use super::utf8::Utf8;
use super::{Kind, Message};
use crate::http::chunked::bounded;
use winhttp_abi::{
    WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS, WINHTTP_WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS,
    WINHTTP_WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS,
};

/// How the server has broken RFC 6455. An operation that meets it fails with `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`
/// (contract: WinHttpWebSocketReceive and WinHttpWebSocketClose, api-behaviour section 32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A reserved bit is set, and no extension was agreed (section 5.2).
    ReservedBit,
    /// A reserved opcode (section 5.2).
    Opcode,
    /// The frame is masked (section 5.1).
    Masked,
    /// A fragmented control frame (section 5.5).
    FragmentedControl,
    /// A control frame above 125 bytes (section 5.5).
    LongControl,
    /// A length in more bytes than it needs (section 5.2).
    Length,
    /// A length with its highest bit set (section 5.2).
    HugeLength,
    /// A continuation, and no message is open (section 5.4).
    Continuation,
    /// A new message inside an open one (section 5.4).
    Interleaved,
    /// Text that is not UTF-8 (section 8.1).
    Text,
    /// A close frame with one byte (section 5.5.1).
    CloseLength,
    /// A close status that may not stand on the wire (section 7.4).
    CloseStatus,
    /// A close reason that is not UTF-8 (section 5.5.1).
    CloseReason,
}

impl Violation {
    /// The status with which the connection is failed (RFC 6455 section 7.4.1).
    pub const fn close_status(self) -> u16 {
        match self {
            Self::Text | Self::CloseReason => WINHTTP_WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS,
            _ => WINHTTP_WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS,
        }
    }
}

/// Bytes of a message, all of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// How many bytes; 0 only for a frame without any.
    pub length: usize,
    /// What the message is.
    pub kind: Kind,
    /// Whether the frame ends with them.
    pub ends_frame: bool,
    /// Whether the message ends with them.
    pub ends_message: bool,
}

impl Chunk {
    /// The `WINHTTP_WEB_SOCKET_BUFFER_TYPE` that a receive reports: a fragment until the message ends
    /// (contract: api-behaviour section 27c, the echo of 256 bytes into a buffer of 128).
    pub const fn buffer_type(self) -> u32 {
        Message { kind: self.kind, ends: self.ends_message }.buffer_type()
    }
}

/// Something that a receive or the connection has to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes of a message were written to the output.
    Data(Chunk),
    /// A ping, to be answered by a pong with [`Inbound::control`], unless a close frame was sent.
    Ping,
    /// A pong with [`Inbound::control`].
    Pong,
    /// The close frame, kept as [`Inbound::close`]. Nothing after it is read.
    Close,
}

/// What one call took and gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that are used up.
    pub consumed: usize,
    /// What they have led to. `None`: the input is used up, or message bytes come next and there is no room for
    /// them ([`Inbound::direct_len`] says how many), or the close frame was there before.
    pub event: Option<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the head of a frame.
    Head,
    /// In the payload of a frame of the open message.
    Data,
    /// In the payload of a control frame.
    Control,
    /// Behind the close frame.
    Closed,
    Broken(Violation),
}

/// The receiving half of a WebSocket.
///
/// Two ways lead message bytes to their reader. [`take`](Self::take) copies from received bytes. In the middle of a
/// frame, [`direct_len`](Self::direct_len) says how many pure message bytes come next: so many may be read from the
/// connection straight into the application's buffer, and [`took`](Self::took) shows them afterwards.
#[derive(Clone, Debug)]
pub struct Inbound {
    state: State,
    /// The head of the current frame, as far as it has come.
    head: [u8; 10],
    head_length: u8,
    opcode: Opcode,
    fin: bool,
    /// Payload of the current frame that has not come.
    left: u64,
    /// The kind of the message that is not at its end.
    open: Option<Kind>,
    text: Utf8,
    /// Payload of the last control frame; that of the close frame stays.
    control: [u8; MAX_CONTROL],
    control_length: u8,
}

impl Default for Inbound {
    fn default() -> Self {
        Self::new()
    }
}

/// Where message bytes go.
enum Target<'a> {
    Copy(&'a mut [u8]),
    Drop,
}

impl Inbound {
    /// At the first byte after the handshake.
    pub const fn new() -> Self {
        Self {
            state: State::Head,
            head: [0; 10],
            head_length: 0,
            opcode: Opcode::Continuation,
            fin: false,
            left: 0,
            open: None,
            text: Utf8::new(),
            control: [0; MAX_CONTROL],
            control_length: 0,
        }
    }

    /// Takes received bytes up to the first event. Message bytes go to `out`; a chunk ends where its frame, `out` or
    /// `input` ends. With an empty `out` it stops in front of message bytes.
    ///
    /// Call it again with the rest of the input until a step has no event.
    ///
    /// # Errors
    /// A violation, the same one from then on; nothing was written to `out` that counts.
    pub fn take(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Violation> {
        self.run(input, Target::Copy(out))
    }

    /// As [`take`](Self::take), with message bytes dropped and never an event about them: for the time between WinHttpWebSocketClose and the
    /// server's close frame. Dropped text is not checked; nothing is taken after the first skip.
    ///
    /// # Errors
    /// A violation of the framing.
    pub fn skip(&mut self, input: &[u8]) -> Result<Step, Violation> {
        self.run(input, Target::Drop)
    }

    /// How many message bytes come next on the connection before any framing; 0 where framing comes next.
    pub const fn direct_len(&self) -> u64 {
        if matches!(self.state, State::Data) { self.left } else { 0 }
    }

    /// Shows message bytes that were read past [`take`](Self::take), at most [`direct_len`](Self::direct_len) of
    /// them: more do not count.
    ///
    /// # Errors
    /// Text that is not UTF-8.
    pub fn took(&mut self, bytes: &[u8]) -> Result<Chunk, Violation> {
        let length = bounded(self.direct_len(), bytes.len());
        if length == 0 {
            let kind = self.open.unwrap_or(Kind::Binary);
            return Ok(Chunk { length, kind, ends_frame: false, ends_message: false });
        }
        self.pass(bytes.get(..length).unwrap_or_default(), true)
    }

    /// The payload of the ping, pong or close frame that the last event was about; at most 125 bytes.
    pub fn control(&self) -> &[u8] {
        self.control.get(..usize::from(self.control_length)).unwrap_or_default()
    }

    /// The server's close frame, once it is there.
    pub fn close(&self) -> Option<Close<'_>> {
        if self.state != State::Closed {
            return None;
        }
        Some(match self.control().split_first_chunk() {
            Some((status, reason)) => Close { status: u16::from_be_bytes(*status), reason },
            None => Close { status: WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS, reason: &[] },
        })
    }

    /// Whether the server may not end the connection here without breaking a message: a frame or a fragmented
    /// message is incomplete.
    pub const fn is_inside_message(&self) -> bool {
        self.head_length > 0 || self.open.is_some() || matches!(self.state, State::Data | State::Control)
    }

    fn run(&mut self, input: &[u8], mut target: Target<'_>) -> Result<Step, Violation> {
        let mut consumed = 0;
        loop {
            let rest = input.get(consumed..).unwrap_or_default();
            match self.state {
                State::Broken(violation) => return Err(violation),
                State::Closed => return Ok(Step { consumed, event: None }),
                State::Head => {
                    let Some(&byte) = rest.first() else { return Ok(Step { consumed, event: None }) };
                    consumed += 1;
                    self.head_byte(byte).map_err(|violation| self.broken(violation))?;
                    // A frame without payload is at its end already.
                    if self.left == 0 && self.state == State::Data {
                        let copies = matches!(target, Target::Copy(_));
                        let chunk = self.pass(&[], copies)?;
                        if copies {
                            return Ok(Step { consumed, event: Some(Event::Data(chunk)) });
                        }
                    }
                    if self.left == 0 && self.state == State::Control {
                        return Ok(Step { consumed, event: Some(self.control_whole()?) });
                    }
                }
                State::Control => {
                    let length = bounded(self.left, rest.len());
                    if length == 0 {
                        return Ok(Step { consumed, event: None });
                    }
                    self.keep_control(rest.get(..length).unwrap_or_default());
                    consumed += length;
                    if self.left == 0 {
                        return Ok(Step { consumed, event: Some(self.control_whole()?) });
                    }
                }
                State::Data => {
                    let room = if let Target::Copy(out) = &target { out.len() } else { usize::MAX };
                    let length = bounded(self.left, rest.len().min(room));
                    if length == 0 {
                        return Ok(Step { consumed, event: None });
                    }
                    let source = rest.get(..length).unwrap_or_default();
                    consumed += length;
                    match &mut target {
                        Target::Copy(out) => {
                            if let Some(place) = out.get_mut(..length) {
                                place.copy_from_slice(source);
                            }
                            let event = Some(Event::Data(self.pass(source, true)?));
                            return Ok(Step { consumed, event });
                        }
                        Target::Drop => {
                            self.pass(source, false)?;
                        }
                    }
                }
            }
        }
    }

    /// Takes one byte of a frame's head and judges what it says as soon as it is there.
    fn head_byte(&mut self, byte: u8) -> Result<(), Violation> {
        let at = self.head_length;
        if let Some(place) = self.head.get_mut(usize::from(at)) {
            *place = byte;
        }
        self.head_length += 1;
        match at {
            0 => return self.first_byte(byte),
            1 if byte & 0x80 != 0 => return Err(Violation::Masked),
            1 if byte > 125 && self.opcode.is_control() => return Err(Violation::LongControl),
            _ => {}
        }
        let [_, short, long @ ..] = self.head;
        let [a, b, ..] = long;
        self.left = match (short, self.head_length) {
            (..=125, _) => u64::from(short),
            (126, 4) => match u16::from_be_bytes([a, b]) {
                ..=125 => return Err(Violation::Length),
                length => u64::from(length),
            },
            (127, 3) if byte & 0x80 != 0 => return Err(Violation::HugeLength),
            (127, 10) => match u64::from_be_bytes(long) {
                ..=0xffff => return Err(Violation::Length),
                length => length,
            },
            _ => return Ok(()),
        };
        self.head_length = 0;
        self.state = if self.opcode.is_control() {
            self.control_length = 0;
            State::Control
        } else {
            State::Data
        };
        Ok(())
    }

    fn first_byte(&mut self, byte: u8) -> Result<(), Violation> {
        if byte & 0x70 != 0 {
            return Err(Violation::ReservedBit);
        }
        self.opcode = Opcode::of(byte).ok_or(Violation::Opcode)?;
        self.fin = byte & 0x80 != 0;
        match (self.opcode, self.open) {
            (Opcode::Continuation, None) => return Err(Violation::Continuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Violation::Interleaved),
            (Opcode::Text, None) => {
                self.open = Some(Kind::Text);
                self.text = Utf8::new();
            }
            (Opcode::Binary, None) => self.open = Some(Kind::Binary),
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) if !self.fin => {
                return Err(Violation::FragmentedControl);
            }
            _ => {}
        }
        Ok(())
    }

    /// Message bytes have come: at most those that the frame still misses.
    fn pass(&mut self, bytes: &[u8], check: bool) -> Result<Chunk, Violation> {
        let kind = self.open.unwrap_or(Kind::Binary);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        let ends_frame = self.left == 0;
        let ends_message = ends_frame && self.fin;
        if check && kind == Kind::Text {
            // RFC 6455 section 8.1; a character may go on in the next chunk or frame, not beyond the message.
            let valid = self.text.take(bytes) && (!ends_message || self.text.is_whole());
            if !valid {
                return Err(self.broken(Violation::Text));
            }
        }
        if ends_frame && self.state == State::Data {
            self.state = State::Head;
        }
        if ends_message {
            self.open = None;
        }
        Ok(Chunk { length: bytes.len(), kind, ends_frame, ends_message })
    }

    fn keep_control(&mut self, bytes: &[u8]) {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        for (place, byte) in self.control.iter_mut().skip(usize::from(self.control_length)).zip(bytes) {
            *place = *byte;
            self.control_length += 1;
        }
    }

    fn control_whole(&mut self) -> Result<Event, Violation> {
        self.state = State::Head;
        match self.opcode {
            Opcode::Ping => Ok(Event::Ping),
            Opcode::Pong => Ok(Event::Pong),
            _ => {
                self.check_close().map_err(|violation| self.broken(violation))?;
                self.state = State::Closed;
                Ok(Event::Close)
            }
        }
    }

    fn check_close(&self) -> Result<(), Violation> {
        match self.control().split_first_chunk() {
            None if self.control_length > 0 => Err(Violation::CloseLength),
            None => Ok(()),
            Some((status, _)) if !received_status_is_valid(u16::from_be_bytes(*status)) => {
                Err(Violation::CloseStatus)
            }
            Some((_, reason)) if std::str::from_utf8(reason).is_err() => Err(Violation::CloseReason),
            Some(_) => Ok(()),
        }
    }

    fn broken(&mut self, violation: Violation) -> Violation {
        self.state = State::Broken(violation);
        violation
    }
}
