//! The chunked coding, decoded incrementally: RFC 9112 section 7.1.
//!
//! Two ways lead the payload to its reader. [`decode`](ChunkedDecoder::decode) copies from received bytes and
//! takes the framing out. In the middle of a chunk, [`direct_len`](ChunkedDecoder::direct_len) says how many
//! bytes of pure payload come next: that many may be read from the connection straight into the reader's
//! buffer, and [`advance`](ChunkedDecoder::advance) tells the decoder so.
//!
//! | input | answer |
//! |---|---|
//! | lines ended by LF alone; blanks behind the size; extensions | taken |
//! | no digit, a size above 2^64-1, a lone CR, payload not followed by a line end | `ERROR_WINHTTP_INVALID_SERVER_RESPONSE` |
//! | a size line above [`MAX_SIZE_LINE`] bytes | `ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW` |
//! | trailer lines above [`MAX_TRAILER`] bytes | `ERROR_WINHTTP_HEADER_SIZE_OVERFLOW` |

use winhttp_abi::{
    ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW, ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
    ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
};

/// The longest size line with its extensions, without the line end. WinHTTP's number is not public (inferred).
pub const MAX_SIZE_LINE: usize = 4096;
/// The most bytes of trailer lines; the same as the default limit of a head (inferred).
pub const MAX_TRAILER: usize = 65_536;

/// What is wrong with a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkFault {
    /// The bytes do not follow the chunked coding.
    Garbage,
    /// A size line is too long.
    SizeLine,
    /// The trailer is too long.
    Trailer,
}

impl ChunkFault {
    /// The Win32 error number (contract: WinHttpReceiveResponse, api-behaviour section 32; R10).
    pub const fn code(self) -> u32 {
        match self {
            Self::Garbage => ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
            Self::SizeLine => ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW,
            Self::Trailer => ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
        }
    }
}

/// What one call took and gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that are used up.
    pub consumed: usize,
    /// Bytes of payload written to the output.
    pub produced: usize,
    /// Whether the body has ended; bytes behind `consumed` belong to the next response.
    pub done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the hexadecimal digits of a size line, or before them.
    Size {
        digits: bool,
    },
    /// Behind the digits: blanks, then an extension or the line end.
    Blanks,
    /// In an extension.
    Extension,
    /// Behind the CR of a size line.
    SizeEnd,
    /// In the payload.
    Payload,
    /// Behind the payload: CR or LF.
    PayloadEnd,
    /// Behind the CR after the payload.
    PayloadLf,
    /// At the beginning of a trailer line.
    TrailerStart,
    /// Inside a trailer line.
    TrailerLine,
    /// Behind the CR of the last, empty line.
    LastLf,
    Done,
    Faulty(ChunkFault),
}

/// The part of the decoder that a look ahead copies.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    state: State,
    /// Size of the current chunk while it is being read, then the payload still missing.
    left: u64,
    /// Bytes of the current size line or of the trailer.
    line: usize,
}

impl Cursor {
    const fn new() -> Self {
        Self { state: State::Size { digits: false }, left: 0, line: 0 }
    }

    /// Takes one byte of framing.
    fn take(&mut self, byte: u8) -> Result<(), ChunkFault> {
        self.state = match (self.state, byte) {
            (State::Size { .. } | State::Blanks | State::Extension, _) => return self.size_line(byte),
            (State::SizeEnd, b'\n') => self.size_known(),
            (State::PayloadEnd, b'\r') => State::PayloadLf,
            (State::PayloadEnd | State::PayloadLf, b'\n') => {
                *self = Self::new();
                self.state
            }
            (State::TrailerStart, b'\r') => State::LastLf,
            (State::TrailerStart | State::LastLf, b'\n') => State::Done,
            (State::TrailerStart | State::TrailerLine, _) => {
                self.line += 1;
                if self.line > MAX_TRAILER {
                    return Err(ChunkFault::Trailer);
                }
                if byte == b'\n' { State::TrailerStart } else { State::TrailerLine }
            }
            (State::Faulty(fault), _) => return Err(fault),
            _ => return Err(ChunkFault::Garbage),
        };
        Ok(())
    }

    fn size_line(&mut self, byte: u8) -> Result<(), ChunkFault> {
        let state = match (self.state, byte) {
            (State::Size { .. }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let size = self.left.checked_mul(16).and_then(|size| size.checked_add(u64::from(digit)));
                self.left = size.ok_or(ChunkFault::Garbage)?;
                State::Size { digits: true }
            }
            // RFC 9112 section 7.1: at least one digit.
            (State::Size { digits: false }, _) => return Err(ChunkFault::Garbage),
            (_, b'\r') => State::SizeEnd,
            (_, b'\n') => self.size_known(),
            (State::Size { .. } | State::Blanks, b' ' | b'\t') => State::Blanks,
            (State::Size { .. } | State::Blanks, b';') => State::Extension,
            (State::Extension, 0) => return Err(ChunkFault::Garbage),
            (State::Extension, _) => State::Extension,
            _ => return Err(ChunkFault::Garbage),
        };
        if !matches!(byte, b'\r' | b'\n') {
            self.line += 1;
            if self.line > MAX_SIZE_LINE {
                return Err(ChunkFault::SizeLine);
            }
        }
        self.state = state;
        Ok(())
    }

    fn size_known(&mut self) -> State {
        self.line = 0;
        if self.left == 0 { State::TrailerStart } else { State::Payload }
    }

    fn pass_payload(&mut self, length: u64) {
        self.left = self.left.saturating_sub(length);
        if self.left == 0 {
            self.state = State::PayloadEnd;
        }
    }
}

/// The decoder of one chunked body.
#[derive(Clone, Debug)]
pub struct ChunkedDecoder {
    cursor: Cursor,
    trailer: Vec<u8>,
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkedDecoder {
    /// At the beginning of a body, without memory.
    pub const fn new() -> Self {
        Self { cursor: Cursor::new(), trailer: Vec::new() }
    }

    /// Back to the beginning of a body; keeps the memory.
    pub fn clear(&mut self) {
        self.cursor = Cursor::new();
        self.trailer.clear();
    }

    /// Whether the last chunk and the trailer have been read.
    pub fn is_done(&self) -> bool {
        self.cursor.state == State::Done
    }

    /// The trailer lines as received, each with its line end; complete once the body is done.
    pub fn trailer(&self) -> &[u8] {
        &self.trailer
    }

    /// Takes framing and copies payload until the input is used up, the output is full and payload comes
    /// next, or the body ends. With an empty output it only takes the framing in front of the payload.
    ///
    /// Crosses chunk boundaries: a read fills its buffer (contract: WinHttpReadData, notifications S8).
    ///
    /// # Errors
    /// A fault behind payload that was just produced is kept for the next call, so no good byte is lost.
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, ChunkFault> {
        let mut step = Step::default();
        if let State::Faulty(fault) = self.cursor.state {
            return Err(fault);
        }
        while let Some(&byte) = input.get(step.consumed) {
            match self.cursor.state {
                State::Done => break,
                State::Payload => {
                    let source = input.get(step.consumed..).unwrap_or_default();
                    let target = out.get_mut(step.produced..).unwrap_or_default();
                    let length = bounded(self.cursor.left, source.len().min(target.len()));
                    if length == 0 {
                        break;
                    }
                    let (Some(target), Some(source)) = (target.get_mut(..length), source.get(..length))
                    else {
                        break;
                    };
                    target.copy_from_slice(source);
                    step.consumed += length;
                    step.produced += length;
                    self.cursor.pass_payload(length as u64);
                }
                _ => {
                    if let Err(fault) = self.cursor.take(byte) {
                        self.cursor.state = State::Faulty(fault);
                        return if step.produced > 0 { Ok(step) } else { Err(fault) };
                    }
                    if matches!(self.cursor.state, State::TrailerLine)
                        || (self.cursor.state == State::TrailerStart && self.cursor.line > 0)
                    {
                        self.trailer.push(byte);
                    }
                    step.consumed += 1;
                }
            }
        }
        step.done = self.is_done();
        Ok(step)
    }

    /// How many payload bytes `input` holds up to the end of the current chunk; looks past the framing that
    /// stands in front of the payload, but takes nothing. 0 if that framing is incomplete, faulty or the end.
    ///
    /// contract: WinHttpQueryDataAvailable, api-behaviour section 19 (never across the current chunk).
    pub fn available(&self, input: &[u8]) -> usize {
        let mut ahead = self.cursor;
        for (at, &byte) in input.iter().enumerate() {
            if ahead.state == State::Payload {
                return bounded(ahead.left, input.len() - at);
            }
            if matches!(ahead.state, State::Done | State::TrailerStart) || ahead.take(byte).is_err() {
                return 0;
            }
        }
        0
    }

    /// How many bytes of pure payload come next on the connection; 0 where framing comes next.
    pub fn direct_len(&self) -> u64 {
        if self.cursor.state == State::Payload { self.cursor.left } else { 0 }
    }

    /// Tells that `length` payload bytes were read past the decoder; at most
    /// [`direct_len`](Self::direct_len) of them count.
    pub fn advance(&mut self, length: u64) {
        if self.cursor.state == State::Payload {
            self.cursor.pass_payload(length);
        }
    }
}

/// The smaller of a 64-bit count and a length in memory.
pub(crate) fn bounded(count: u64, length: usize) -> usize {
    usize::try_from(count).map_or(length, |count| count.min(length))
}
