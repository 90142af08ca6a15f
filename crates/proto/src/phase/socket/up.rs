//! Frames on their way to the server.

use super::keys::Keys;
use crate::message::Body;
use crate::websocket::{Close, ControlFrame, FrameHead, Mask, Outbound};
use crate::{Failure, Outgoing};

/// The most payload that is masked for one write, in bytes.
const STAGE: usize = 64 * 1024;

/// The most of unsent answers to pings, in bytes.
const PONGS: usize = 4 * 1024;

/// What a socket keeps of its staging buffer between frames, in bytes.
const KEPT: usize = 16 * 1024;

/// The half towards the server: one frame after the other.
#[derive(Debug)]
pub(super) struct Up {
    pub(super) outbound: Outbound,
    keys: Keys,
    /// The connection took less than it was given.
    pub(super) blocked: bool,
    /// The connection takes nothing any more. What the server has sent before may still be read.
    pub(super) dead: Option<Failure>,
    frame: Option<Frame>,
    /// Bytes of the staging buffer that are out.
    sent: usize,
    /// Answers to pings, one frame after the other; without memory before the first ping.
    pongs: Vec<u8>,
    ping: Option<ControlFrame>,
    close: Option<ControlFrame>,
    farewell: Farewell,
}

/// The frame of a WinHttpWebSocketSend.
#[derive(Debug)]
struct Frame {
    head: FrameHead,
    mask: Mask,
    begun: bool,
    /// Bytes of the payload that have been masked into the staging buffer.
    at: usize,
    length: usize,
}

/// How far the close frame has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Farewell {
    Untold,
    Staged,
    Out,
}

impl Up {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Up {
            outbound: Outbound::new(),
            keys: Keys::new(secret),
            blocked: false,
            dead: None,
            frame: None,
            sent: 0,
            pongs: Vec::new(),
            ping: None,
            close: None,
            farewell: Farewell::Untold,
        }
    }

    /// A frame of the application.
    pub(super) fn send(&mut self, buffer_type: u32, length: u32) -> Result<(), u32> {
        let (head, mask) = self.outbound.send(buffer_type, u64::from(length), self.keys.next())?;
        self.frame = Some(Frame { head, mask, begun: false, at: 0, length: length as usize });
        Ok(())
    }

    /// The close frame. Behind it nothing goes out.
    pub(super) fn close(&mut self, close: Close<'_>) -> Result<(), u32> {
        self.outbound.close()?;
        self.close = Some(ControlFrame::close(close.status, close.reason, self.keys.next()));
        Ok(())
    }

    /// The connection is failed: a close frame says why, where one can still be put in.
    pub(super) fn fail(&mut self, status: u16) {
        if self.frame.is_none() {
            // After a close frame of the application there is nothing to add.
            let _ = self.close(Close { status, reason: b"" });
        }
    }

    /// Every ping is answered, in order, as long as the server takes the answers; of those that have piled up the last
    /// one alone is (RFC 6455 section 5.5.3).
    pub(super) fn answer_ping(&mut self, payload: &[u8]) {
        if self.outbound.is_closed() {
            return;
        }
        let pong = ControlFrame::pong(payload, self.keys.next());
        if self.pongs.len() + pong.as_bytes().len() > PONGS {
            self.pongs.clear();
        }
        self.pongs.extend_from_slice(pong.as_bytes());
    }

    pub(super) fn ping(&mut self) {
        if !self.outbound.is_closed() {
            self.ping = Some(ControlFrame::ping(b"", self.keys.next()));
        }
    }

    /// Whether the close frame is out.
    pub(super) fn said_close(&self) -> bool {
        self.farewell == Farewell::Out
    }

    /// Whether something is to be written. Control frames go between frames, not into one.
    pub(super) fn wants(&mut self, out: &mut Vec<u8>) -> bool {
        if self.dead.is_some() {
            return false;
        }
        if self.sent < out.len() {
            return true;
        }
        if self.frame.as_ref().is_some_and(|frame| frame.begun) {
            return true;
        }
        if !self.pongs.is_empty() {
            self.sent = 0;
            out.clear();
            out.append(&mut self.pongs);
            return true;
        }
        if let Some(frame) = self.ping.take() {
            self.sent = 0;
            out.clear();
            out.extend_from_slice(frame.as_bytes());
            return true;
        }
        if self.frame.is_some() {
            return true;
        }
        if let Some(frame) = self.close.take() {
            self.sent = 0;
            out.clear();
            out.extend_from_slice(frame.as_bytes());
            self.farewell = Farewell::Staged;
            return true;
        }
        false
    }

    /// Masks the next part of the application's bytes, when everything staged before is out.
    pub(super) fn stage(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        if self.sent < out.len() {
            return;
        }
        let Some(frame) = &mut self.frame else { return };
        self.sent = 0;
        out.clear();
        if !frame.begun {
            frame.begun = true;
            out.extend_from_slice(frame.head.as_bytes());
        }
        let end = frame.length.min(frame.at + STAGE);
        let Some(part) = payload.get(frame.at..end) else { return };
        let from = out.len();
        out.extend_from_slice(part);
        if let Some(staged) = out.get_mut(from..) {
            frame.mask.apply(staged);
        }
        frame.at = end;
    }

    /// So many of the staged bytes were taken. True when that was the end of a Send's frame.
    pub(super) fn wrote(&mut self, bytes: usize, out: &mut Vec<u8>) -> bool {
        self.sent = (self.sent + bytes).min(out.len());
        if self.sent < out.len() {
            return false;
        }
        self.sent = 0;
        out.clear();
        if self.farewell == Farewell::Staged {
            self.farewell = Farewell::Out;
        }
        let whole = self.frame.as_ref().is_some_and(|frame| frame.begun && frame.at == frame.length);
        if whole {
            self.frame = None;
            out.shrink_to(KEPT);
        }
        whole
    }

    pub(super) fn outgoing<'a>(&self, out: &'a [u8]) -> Outgoing<'a> {
        Outgoing { before: out.get(self.sent..).unwrap_or_default(), body: Body::Nothing, after: &[] }
    }

    /// The connection takes nothing any more.
    pub(super) fn broke(&mut self, failure: Failure) {
        self.dead.get_or_insert(failure);
        self.frame = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{PONGS, Up};

    /// The payload lengths of the unmasked headers in these frames.
    fn lengths(mut frames: &[u8]) -> Vec<usize> {
        let mut lengths = Vec::new();
        while let Some((&[_, length], _)) = frames.split_first_chunk() {
            let length = usize::from(length & 0x7f);
            lengths.push(length);
            frames = &frames[6 + length..];
        }
        lengths
    }

    #[test]
    fn every_ping_has_its_answer_in_order() {
        let (mut up, mut out) = (Up::new([7; 32]), Vec::new());
        (0..10).for_each(|length| up.answer_ping(&[0; 125][..length]));
        assert!(up.wants(&mut out));
        assert_eq!(lengths(&out), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn a_flood_of_pings_does_not_pile_up() {
        let (mut up, mut out) = (Up::new([7; 32]), Vec::new());
        for at in 0..100_000_usize {
            up.answer_ping(&[0; 125][..at % 126]);
        }
        assert!(up.wants(&mut out));
        assert!(out.len() <= PONGS, "{}", out.len());
        assert_eq!(lengths(&out).last(), Some(&((100_000 - 1) % 126)), "the last ping is answered");
    }
}
