//! Frames as the client writes them: RFC 6455 section 5.2.

use super::Kind;
use super::mask::Mask;
use winhttp_abi::WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS;

/// The most payload of a control frame (RFC 6455 section 5.5).
pub const MAX_CONTROL: usize = 125;

/// The most a client's frame has before its payload: two bytes, a 64-bit length, the masking key.
const MAX_HEAD: usize = 14;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// Goes on with the message that an earlier frame began.
    Continuation = 0,
    /// Begins a text.
    Text = 1,
    /// Begins a binary message.
    Binary = 2,
    /// Closes.
    Close = 8,
    /// Asks whether the other side is there.
    Ping = 9,
    /// Answers a ping, or says something unasked.
    Pong = 10,
}

impl Opcode {
    /// The opcode of the low four bits of a frame's first byte; `None` for a reserved one.
    pub const fn of(byte: u8) -> Option<Self> {
        Some(match byte & 0x0f {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    /// Whether it is a control frame: never fragmented, at most [`MAX_CONTROL`] bytes.
    pub const fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

impl From<Kind> for Opcode {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Binary => Self::Binary,
            Kind::Text => Self::Text,
        }
    }
}

/// What stands before the payload of a frame that a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    bytes: [u8; MAX_HEAD],
    length: u8,
}

impl FrameHead {
    /// The head of a masked frame; the length takes the fewest bytes (RFC 6455 section 5.2). A length above
    /// 2^63-1, which no payload in memory has, is written as that.
    pub fn new(opcode: Opcode, fin: bool, length: u64, key: [u8; 4]) -> Self {
        let mut head = Self { bytes: [0; MAX_HEAD], length: 0 };
        head.push(&[u8::from(fin) << 7 | opcode as u8]);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..=125), _) => head.push(&[0x80 | short]),
            (_, Ok(medium)) => {
                head.push(&[0x80 | 126]);
                head.push(&medium.to_be_bytes());
            }
            _ => {
                head.push(&[0x80 | 127]);
                head.push(&length.min(i64::MAX as u64).to_be_bytes());
            }
        }
        head.push(&key);
        head
    }

    /// The bytes that go out, before the masked payload.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        for (place, byte) in self.bytes.iter_mut().skip(usize::from(self.length)).zip(bytes) {
            *place = *byte;
            self.length += 1;
        }
    }
}

/// A whole control frame of a client, masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlFrame {
    /// Two bytes, the key, the payload.
    bytes: [u8; 6 + MAX_CONTROL],
    length: u8,
}

impl ControlFrame {
    /// A ping. At most [`MAX_CONTROL`] bytes of the payload are taken.
    pub fn ping(payload: &[u8], key: [u8; 4]) -> Self {
        Self::new(Opcode::Ping, &[payload], key)
    }

    /// The answer to a ping with this payload (RFC 6455 section 5.5.3). At most [`MAX_CONTROL`] bytes are taken.
    pub fn pong(payload: &[u8], key: [u8; 4]) -> Self {
        Self::new(Opcode::Pong, &[payload], key)
    }

    /// A close frame. `WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS` (1005) makes an empty one, since that number never
    /// stands on the wire. See [`outbound_close`](super::outbound_close) for what an application may ask for.
    pub fn close(status: u16, reason: &[u8], key: [u8; 4]) -> Self {
        if status == WINHTTP_WEB_SOCKET_EMPTY_CLOSE_STATUS {
            return Self::new(Opcode::Close, &[], key);
        }
        Self::new(Opcode::Close, &[&status.to_be_bytes(), reason], key)
    }

    fn new(opcode: Opcode, payload: &[&[u8]], key: [u8; 4]) -> Self {
        let length = payload.iter().map(|part| part.len()).sum::<usize>().min(MAX_CONTROL);
        let head = FrameHead::new(opcode, true, length as u64, key);
        let mut frame = Self { bytes: [0; 6 + MAX_CONTROL], length: 0 };
        let (mut at, mut mask) = (head.as_bytes().len(), Mask::new(key));
        if let Some(place) = frame.bytes.get_mut(..at) {
            place.copy_from_slice(head.as_bytes());
        }
        for part in payload {
            at += mask.copy(part, frame.bytes.get_mut(at..).unwrap_or_default());
        }
        frame.length = u8::try_from(at).unwrap_or_default();
        frame
    }

    /// The bytes that go out.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::mask::Mask;
    use super::{ControlFrame, FrameHead, Opcode};

    /// The key of the examples.
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[test]
    fn the_masked_examples_of_the_rfc() {
        // RFC 6455 section 5.7: a single-frame masked text message.
        let mut frame = FrameHead::new(Opcode::Text, true, 5, KEY).as_bytes().to_vec();
        let mut payload = *b"Hello";
        Mask::new(KEY).apply(&mut payload);
        frame.extend_from_slice(&payload);
        assert_eq!(frame, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        // And the masked pong that answers the ping "Hello".
        let pong = ControlFrame::pong(b"Hello", KEY);
        assert_eq!(pong.as_bytes(), [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn lengths_take_the_fewest_bytes() {
        let cases: [(u64, &[u8]); 8] = [
            (0, &[0x80]),
            (125, &[0xfd]),
            (126, &[0xfe, 0, 126]),
            (256, &[0xfe, 1, 0]),
            (65535, &[0xfe, 0xff, 0xff]),
            (65536, &[0xff, 0, 0, 0, 0, 0, 1, 0, 0]),
            (i64::MAX as u64, &[0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (u64::MAX, &[0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (length, expected) in cases {
            let head = FrameHead::new(Opcode::Binary, false, length, KEY);
            let (first, rest) = head.as_bytes().split_first().expect("never empty");
            assert_eq!(*first, 2);
            assert_eq!(rest, [expected, &KEY].concat(), "{length}");
        }
    }

    #[test]
    fn control_frames_hold_at_most_125_bytes() {
        assert_eq!(ControlFrame::ping(&[7; 300], KEY).as_bytes().len(), 6 + 125);
        assert_eq!(ControlFrame::close(1000, &[b'x'; 300], KEY).as_bytes().len(), 6 + 125);
        assert_eq!(ControlFrame::close(1005, b"", [0; 4]).as_bytes(), [0x88, 0x80, 0, 0, 0, 0]);
        assert_eq!(ControlFrame::close(1000, b"ok", [0; 4]).as_bytes(), b"\x88\x84\0\0\0\0\x03\xe8ok");
    }
}
