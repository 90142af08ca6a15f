//! The WebSocket half of the origin (RFC 6455): the server's handshake, frames out, frames in.
//!
//! Frames that go out are only bytes, so a script can break every rule. Frames that come in are read without judging
//! and kept, so that a test can ask what a client has sent.
use std::io::{self, ErrorKind};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use super::http;
use super::stream::Stream;

/// What the server hashes behind the key (RFC 6455 section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Longest payload that is read.
const MAX_PAYLOAD: u64 = 1 << 26;
/// How much of a payload is kept; the rest is only counted.
const KEPT: usize = 256;

/// What the answer says about the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accept {
    /// The proof that it was read.
    #[default]
    Right,
    /// The proof of another key.
    Wrong,
    /// Nothing.
    Missing,
}

/// One frame as a client has sent it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// On which connection, counted from 0.
    pub connection: usize,
    /// The first byte: FIN, reserved bits, opcode.
    pub first: u8,
    /// Whether it was masked, as a client's frames must be.
    pub masked: bool,
    /// The first 256 bytes of the payload, unmasked.
    pub payload: Vec<u8>,
    /// The length of the whole payload.
    pub length: u64,
}

impl Frame {
    /// `text 5 hello`: opcode (with `+` where more of the message follows), length, the bytes kept. A frame without a
    /// mask or with reserved bits says so in front.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.masked {
            text.push_str("unmasked ");
        }
        if self.first & 0x70 != 0 {
            text.push_str("reserved ");
        }
        text.push_str(&opcode_name(self.first & 0x0f));
        if self.first & 0x80 == 0 {
            text.push('+');
        }
        let bytes: String = self.payload.iter().map(|b| char::from(*b)).collect();
        text.push_str(&format!(" {} {bytes}", self.length));
        text.trim_end().to_owned()
    }
}

const OPCODES: [(&str, u8); 6] =
    [("more", 0), ("text", 1), ("binary", 2), ("close", 8), ("ping", 9), ("pong", 10)];

fn opcode_name(opcode: u8) -> String {
    let known = OPCODES.iter().find(|(_, number)| *number == opcode);
    known.map_or_else(|| opcode.to_string(), |(name, _)| (*name).to_owned())
}

/// The opcode of a name: `more`, `text`, `binary`, `close`, `ping`, `pong`, or a number.
pub fn opcode(name: &str) -> Option<u8> {
    let known = OPCODES.iter().find(|(text, _)| *text == name).map(|(_, number)| *number);
    known.or_else(|| name.parse().ok().filter(|number| *number < 16))
}

/// A server's frame, with the shortest length and no mask. `first` is FIN, reserved bits and opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ ..=125 => bytes.push(length as u8),
        length @ ..=0xffff => {
            bytes.push(126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// A close frame with a status and a reason.
pub fn close_frame(status: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&status.to_be_bytes(), reason].concat())
}

/// The value of `Sec-WebSocket-Accept` for a key.
pub fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// Reads a request and answers 101. False when the peer ended before it.
pub(crate) fn upgrade(stream: &mut Stream<'_>, proof: Accept, headers: &[String]) -> io::Result<bool> {
    let Some(request) = http::read_head(stream)? else { return Ok(false) };
    let key = request.header("Sec-WebSocket-Key").unwrap_or_default();
    stream.shared().record(request);
    let mut head =
        String::from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    match proof {
        Accept::Right => head.push_str(&format!("Sec-WebSocket-Accept: {}\r\n", accept(&key))),
        Accept::Wrong => head.push_str(&format!("Sec-WebSocket-Accept: {}\r\n", accept("another"))),
        Accept::Missing => {}
    }
    for line in headers {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write(head.as_bytes())?;
    Ok(true)
}

fn exactly(stream: &mut Stream<'_>, into: &mut [u8]) -> io::Result<()> {
    let mut at = 0;
    while at < into.len() {
        match stream.read(&mut into[at..])? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            n => at += n,
        }
    }
    Ok(())
}

/// Reads one frame and keeps it for [`Origin::frames`](super::Origin::frames); its whole payload comes with it.
/// Nothing at the peer's end.
pub(crate) fn read(stream: &mut Stream<'_>) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0u8; 2];
    if stream.read(&mut head[..1])? == 0 {
        return Ok(None);
    }
    exactly(stream, &mut head[1..])?;
    let mut long = [0u8; 8];
    let length = match head[1] & 0x7f {
        126 => {
            exactly(stream, &mut long[6..])?;
            u64::from_be_bytes(long)
        }
        127 => {
            exactly(stream, &mut long)?;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    if length > MAX_PAYLOAD {
        return Err(ErrorKind::InvalidData.into());
    }
    let masked = head[1] & 0x80 != 0;
    let mut key = [0u8; 4];
    if masked {
        exactly(stream, &mut key)?;
    }
    let mut payload = vec![0u8; usize::try_from(length).map_err(io::Error::other)?];
    exactly(stream, &mut payload)?;
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    stream.shared().record_frame(Frame {
        connection: stream.connection(),
        first: head[0],
        masked,
        payload: payload[..payload.len().min(KEPT)].to_vec(),
        length,
    });
    Ok(Some((head[0], payload)))
}

/// Reads frames until one of this opcode (any, if none is given) has come. False when the peer ended before it.
pub(crate) fn await_frame(stream: &mut Stream<'_>, wanted: Option<u8>) -> io::Result<bool> {
    while let Some((first, _)) = read(stream)? {
        if wanted.is_none_or(|opcode| opcode == first & 0x0f) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads frames until the close frame and answers it: with these bytes, or with its own. False when the peer ended
/// before it.
pub(crate) fn answer_close(stream: &mut Stream<'_>, answer: Option<&[u8]>) -> io::Result<bool> {
    while let Some((first, payload)) = read(stream)? {
        if first & 0x0f == 8 {
            stream.write(&answer.map_or_else(|| frame(0x88, &payload), <[u8]>::to_vec))?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sends back every frame of a message as it is, and answers pings; a close frame is answered and ends it, as so many
/// frames of messages do. False when it ended in a close frame, or the peer did without one.
pub(crate) fn echo(stream: &mut Stream<'_>, mut frames: u32) -> io::Result<bool> {
    while frames > 0 {
        let Some((first, payload)) = read(stream)? else { return Ok(false) };
        match first & 0x0f {
            8 => {
                stream.write(&frame(0x88, &payload))?;
                return Ok(false);
            }
            9 => stream.write(&frame(0x8a, &payload))?,
            10 => {}
            _ => {
                stream.write(&frame(first, &payload))?;
                frames -= 1;
            }
        }
    }
    Ok(true)
}
