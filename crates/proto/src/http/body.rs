//! A response body: one face for every framing.

use super::chunked::{ChunkFault, ChunkedDecoder, Step, bounded};
use super::framing::Framing;

/// How a body ended when the connection did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The body was whole.
    Clean,
    /// Bytes are missing. WinHTTP reports the end of the data all the same
    /// (contract: WinHttpReadData, evidence table A "body cut off by graceful close").
    Truncated,
}

/// The body of one response, from its framing to its end.
#[derive(Clone, Debug, Default)]
pub struct Body {
    framing: Framing,
    /// Missing bytes of a counted body.
    left: u64,
    chunks: ChunkedDecoder,
    ended: bool,
}

impl Body {
    /// No body, without memory.
    pub const fn new() -> Self {
        Self { framing: Framing::None, left: 0, chunks: ChunkedDecoder::new(), ended: false }
    }

    /// Begins a body; keeps the memory of the last one.
    pub fn begin(&mut self, framing: Framing) {
        self.framing = framing;
        self.left = if let Framing::Counted(length) = framing { length } else { 0 };
        self.chunks.clear();
        self.ended = false;
    }

    /// Back to "no body"; keeps the memory.
    pub fn clear(&mut self) {
        self.begin(Framing::None);
    }

    /// The framing it was begun with.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether no byte can follow.
    pub fn is_done(&self) -> bool {
        self.ended
            || match self.framing {
                Framing::None => true,
                Framing::Counted(_) => self.left == 0,
                Framing::Chunked => self.chunks.is_done(),
                Framing::UntilClose => false,
            }
    }

    /// Copies payload out of received bytes. See [`ChunkedDecoder::decode`]; other framings copy as much as
    /// both sides allow.
    ///
    /// # Errors
    /// Only the chunked coding can be at fault.
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, ChunkFault> {
        if self.framing == Framing::Chunked && !self.ended {
            return self.chunks.decode(input, out);
        }
        let length = bounded(self.direct_len(), input.len().min(out.len()));
        if let (Some(target), Some(source)) = (out.get_mut(..length), input.get(..length)) {
            target.copy_from_slice(source);
        }
        self.advance(length as u64);
        Ok(Step { consumed: length, produced: length, done: self.is_done() })
    }

    /// How many payload bytes `input` holds that one read delivers; for a chunked body, up to the end of the
    /// current chunk.
    pub fn available(&self, input: &[u8]) -> usize {
        if self.framing == Framing::Chunked && !self.ended {
            return self.chunks.available(input);
        }
        bounded(self.direct_len(), input.len())
    }

    /// How many bytes of pure payload come next on the connection: so many may be read straight into the
    /// application's buffer. `u64::MAX` for a body that ends with the connection.
    pub fn direct_len(&self) -> u64 {
        match self.framing {
            _ if self.ended => 0,
            Framing::None => 0,
            Framing::Counted(_) => self.left,
            Framing::Chunked => self.chunks.direct_len(),
            Framing::UntilClose => u64::MAX,
        }
    }

    /// Tells that `length` payload bytes were read straight from the connection.
    pub fn advance(&mut self, length: u64) {
        match self.framing {
            Framing::Counted(_) => self.left = self.left.saturating_sub(length),
            Framing::Chunked => self.chunks.advance(length),
            Framing::None | Framing::UntilClose => {}
        }
    }

    /// How many payload bytes are missing, if the framing tells: 0 for no body or an ended one.
    pub fn remaining_known(&self) -> Option<u64> {
        match self.framing {
            _ if self.is_done() => Some(0),
            Framing::Counted(_) => Some(self.left),
            _ => None,
        }
    }

    /// The connection has ended: no byte follows, whatever was announced.
    pub fn on_end_of_stream(&mut self) -> End {
        let whole = self.is_done() || self.framing == Framing::UntilClose;
        self.ended = true;
        if whole { End::Clean } else { End::Truncated }
    }

    /// The raw trailer lines of a chunked body; complete once the body is done. See
    /// [`Fields::parse_trailer`](super::decode::Fields::parse_trailer).
    pub fn trailer(&self) -> &[u8] {
        self.chunks.trailer()
    }
}
