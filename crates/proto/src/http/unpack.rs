//! A packed body is unpacked on its way to the application: `WINHTTP_OPTION_DECOMPRESSION`.
//!
//! It stands between the framing and the application's buffer and keeps nothing of the body but the window of the
//! coding (32 KiB) and what was unpacked ahead for a QueryDataAvailable (at most [`AHEAD`] bytes), however much a few
//! received bytes turn into: a read never unpacks more than it has room for.
//!
//! Decisions where nobody has published what WinHTTP does (inferred):
//! * Content-Encoding and Content-Length of a reply that is unpacked are hidden from every query, since neither is
//!   true of what is read. Clients' tests on Windows see none of the two.
//! * One coding is unpacked, `gzip` (`x-gzip`) or `deflate`, where the option names it. Several codings in one field,
//!   and codings that were not asked for, reach the application as they came, with their header.
//! * `deflate` is zlib's format (RFC 9110 section 8.4.1.2); servers that send the bare stream are understood too.
//! * Members of a gzip body follow each other (RFC 1952 section 2.2). What follows the last one is passed over.
//! * An empty body stays empty. A stream that stops before its end is a fault of the reply.

use flate2::{Decompress, FlushDecompress, Status};
use winhttp_abi as abi;

use super::decode::ResponseHead;
use super::framing::Framing;
use super::headers::trim;

/// The most bytes that are unpacked before the application has a buffer for them: what the documentation of
/// WinHttpReadData says of WinHTTP's own buffer.
pub const AHEAD: usize = 8192;

/// The window of gzip and deflate as a power of two.
const WINDOW_BITS: u8 = 15;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, `x-gzip`
    Gzip,
    /// `deflate`
    Deflate,
}

/// The value of Accept-Encoding for these `WINHTTP_DECOMPRESSION_FLAG_*` bits; empty for none.
///
/// contract: WINHTTP_OPTION_DECOMPRESSION, api-behaviour section 35 (WinHTTP sets the header itself)
pub fn accepted(enabled: u32) -> &'static [u8] {
    match enabled & abi::WINHTTP_DECOMPRESSION_FLAG_ALL {
        abi::WINHTTP_DECOMPRESSION_FLAG_GZIP => b"gzip",
        abi::WINHTTP_DECOMPRESSION_FLAG_DEFLATE => b"deflate",
        abi::WINHTTP_DECOMPRESSION_FLAG_ALL => b"gzip, deflate",
        _ => b"",
    }
}

/// The bytes are not what their coding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpackable;

#[derive(Debug)]
enum State {
    /// No byte yet.
    Empty,
    /// The first byte of `deflate`, which may be zlib's.
    First(u8),
    /// Inside a stream.
    Stream,
    /// A stream has ended.
    Ended,
    /// What is no further stream is passed over.
    Behind,
}

/// One packed body.
#[derive(Debug)]
pub struct Unpack {
    coding: Coding,
    state: State,
    stream: Decompress,
    ahead: Vec<u8>,
    /// Bytes of `ahead` that have been read.
    read: usize,
    /// The last step filled its room: more may come without further bytes.
    full: bool,
}

impl Unpack {
    /// What is needed for the body of this reply, with `WINHTTP_DECOMPRESSION_FLAG_*` bits `enabled`; hides the headers
    /// that are no longer true.
    pub fn of(head: &mut ResponseHead, framing: Framing, enabled: u32) -> Option<Box<Unpack>> {
        if matches!(framing, Framing::None | Framing::Counted(0)) {
            return None;
        }
        let coding = coding(head).filter(|coding| {
            let bit = match coding {
                Coding::Gzip => abi::WINHTTP_DECOMPRESSION_FLAG_GZIP,
                Coding::Deflate => abi::WINHTTP_DECOMPRESSION_FLAG_DEFLATE,
            };
            enabled & bit != 0
        })?;
        head.hide(b"Content-Encoding");
        head.hide(b"Content-Length");
        Some(Box::new(Unpack::new(coding)))
    }

    /// At the beginning of a body.
    pub fn new(coding: Coding) -> Unpack {
        Unpack {
            coding,
            state: State::Empty,
            stream: match coding {
                Coding::Gzip => Decompress::new_gzip(WINDOW_BITS),
                Coding::Deflate => Decompress::new(true),
            },
            ahead: Vec::new(),
            read: 0,
            full: false,
        }
    }

    /// Whether a read may get something without a further byte from the connection.
    pub fn pending(&self) -> bool {
        self.full || self.read < self.ahead.len()
    }

    /// Bytes that wait unpacked.
    pub fn waiting(&self) -> usize {
        self.ahead.len() - self.read
    }

    /// Whether the body may end here.
    pub fn whole(&self) -> bool {
        matches!(self.state, State::Empty | State::Ended | State::Behind)
    }

    /// Moves what waits unpacked into `out`; says how much it was.
    pub fn take_ahead(&mut self, out: &mut [u8]) -> usize {
        let waiting = self.ahead.get(self.read..).unwrap_or_default();
        let length = waiting.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), waiting.get(..length)) {
            to.copy_from_slice(from);
        }
        self.read += length;
        length
    }

    /// Unpacks ahead, where nothing waits; says how many bytes of `input` it took.
    ///
    /// # Errors
    /// As [`Unpack::step`].
    pub fn look_ahead(&mut self, input: &[u8]) -> Result<usize, Unpackable> {
        if self.waiting() > 0 {
            return Ok(0);
        }
        let mut room = std::mem::take(&mut self.ahead);
        room.resize(AHEAD, 0);
        self.read = 0;
        let step = self.step(input, &mut room);
        let (taken, given) = step.unwrap_or_default();
        room.truncate(given);
        self.ahead = room;
        step.map(|_| taken)
    }

    /// Unpacks from `input` into `out`, until one of them is used up. Says how many bytes were taken and given.
    ///
    /// # Errors
    /// [`Unpackable`] when the bytes are not what their coding says; what was given before them is lost.
    pub fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Unpackable> {
        let (mut taken, mut given) = (0, 0);
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let (took, gave) = match (&self.state, rest.first()) {
                (State::Behind, _) => (rest.len(), 0),
                (State::Stream, _) => self.inflate(rest, out.get_mut(given..).unwrap_or_default())?,
                (_, None) => break,
                (_, Some(&byte)) => {
                    taken += self.begin(byte)?;
                    continue;
                }
            };
            taken += took;
            given += gave;
            if took == 0 && gave == 0 && !matches!(self.state, State::Ended) {
                break;
            }
        }
        self.full = given == out.len() && matches!(self.state, State::Stream);
        Ok((taken, given))
    }

    /// Decides by the next byte what begins here; says whether the byte was taken. The state is another one afterwards.
    fn begin(&mut self, byte: u8) -> Result<usize, Unpackable> {
        let mut took = 0;
        self.state = match (self.coding, &self.state) {
            (Coding::Gzip, State::Empty) => State::Stream,
            // RFC 1952 section 2.3.1: a member begins with 0x1F.
            (Coding::Gzip, _) if byte == 0x1F => {
                self.stream.reset(true);
                State::Stream
            }
            // RFC 1950 section 2.2: the low half of zlib's first byte names deflate, ...
            (Coding::Deflate, State::Empty) if byte & 0x0F == 8 => {
                took = 1;
                State::First(byte)
            }
            (Coding::Deflate, State::Empty) => {
                self.stream = Decompress::new(false);
                State::Stream
            }
            (Coding::Deflate, &State::First(first)) => {
                // ... and both bytes together are a multiple of 31.
                if (u32::from(first) * 256 + u32::from(byte)) % 31 != 0 {
                    self.stream = Decompress::new(false);
                }
                self.inflate(&[first], &mut [])?;
                if self.stream.total_in() != 1 {
                    return Err(Unpackable);
                }
                State::Stream
            }
            _ => State::Behind,
        };
        Ok(took)
    }

    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Unpackable> {
        let (taken, given) = (self.stream.total_in(), self.stream.total_out());
        let status = self.stream.decompress(input, out, FlushDecompress::None).map_err(|_| Unpackable)?;
        if status == Status::StreamEnd {
            self.state = State::Ended;
        }
        // Both differences are at most the length of a slice.
        Ok(((self.stream.total_in() - taken) as usize, (self.stream.total_out() - given) as usize))
    }
}

/// The only coding of the body, if it is one that is known here.
fn coding(head: &ResponseHead) -> Option<Coding> {
    let mut values = head.fields().all(b"Content-Encoding");
    let value = trim(values.next()?);
    if values.next().is_some() {
        return None;
    }
    if value.eq_ignore_ascii_case(b"gzip") || value.eq_ignore_ascii_case(b"x-gzip") {
        Some(Coding::Gzip)
    } else if value.eq_ignore_ascii_case(b"deflate") {
        Some(Coding::Deflate)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn packed(text: &[u8], compress: &mut Compress) -> Vec<u8> {
        let mut out = vec![0; text.len() + 1024];
        compress.compress(text, &mut out, FlushCompress::Finish).expect("it compresses");
        out.truncate(compress.total_out() as usize);
        out
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        packed(text, &mut Compress::new_gzip(Compression::best(), WINDOW_BITS))
    }

    fn zlib(text: &[u8], header: bool) -> Vec<u8> {
        packed(text, &mut Compress::new(Compression::best(), header))
    }

    /// Fed in pieces of `piece` bytes, read with `room` bytes at a time.
    fn unpacked(
        coding: Coding,
        bytes: &[u8],
        piece: usize,
        room: usize,
    ) -> Result<(Vec<u8>, bool), Unpackable> {
        let mut unpack = Unpack::new(coding);
        let mut all = Vec::new();
        let mut out = vec![0; room];
        for piece in bytes.chunks(piece) {
            let mut rest = piece;
            loop {
                let (taken, given) = unpack.step(rest, &mut out)?;
                rest = &rest[taken..];
                all.extend_from_slice(&out[..given]);
                if taken == 0 && given == 0 {
                    break;
                }
            }
            assert!(rest.is_empty(), "what can be taken is taken");
        }
        assert!(!unpack.pending());
        Ok((all, unpack.whole()))
    }

    #[test]
    fn any_pieces_and_any_room_give_the_same() {
        let text: Vec<u8> = (0..20_000u32).flat_map(|n| (n % 977).to_le_bytes()).collect();
        for (coding, bytes) in [
            (Coding::Gzip, gzip(&text)),
            (Coding::Deflate, zlib(&text, true)),
            (Coding::Deflate, zlib(&text, false)),
        ] {
            for (piece, room) in [(1, 1), (1, 4096), (7, 13), (4096, 1), (usize::MAX, 100_000)] {
                let (all, whole) = unpacked(coding, &bytes, piece, room).expect("it unpacks");
                assert!(all == text && whole, "{coding:?} {piece} {room}");
            }
        }
    }

    #[test]
    fn members_follow_each_other_and_what_is_behind_does_not_count() {
        let mut bytes = gzip(b"one ");
        bytes.extend(gzip(b""));
        bytes.extend(gzip(b"two"));
        assert_eq!(unpacked(Coding::Gzip, &bytes, 3, 2), Ok((b"one two".to_vec(), true)));
        bytes.extend(b"\0\0 rubbish \x1f\x8b");
        assert_eq!(unpacked(Coding::Gzip, &bytes, 5, 100), Ok((b"one two".to_vec(), true)));
        let mut bytes = zlib(b"three", true);
        bytes.extend(b"\x78\x9c");
        assert_eq!(unpacked(Coding::Deflate, &bytes, 1, 100), Ok((b"three".to_vec(), true)));
    }

    #[test]
    fn what_is_cut_off_is_not_whole_and_what_is_wrong_is_a_fault() {
        for (coding, bytes) in [(Coding::Gzip, gzip(b"hello")), (Coding::Deflate, zlib(b"hello", true))] {
            for length in 1..bytes.len() {
                let (_, whole) = unpacked(coding, &bytes[..length], 1, 100).expect("good so far");
                assert!(!whole, "{coding:?} {length}");
            }
            for at in bytes.len() - 4..bytes.len() {
                let mut wrong = bytes.clone();
                wrong[at] ^= 0x40;
                assert_eq!(unpacked(coding, &wrong, 100, 100), Err(Unpackable), "{coding:?} {at}: checksum");
            }
        }
        assert_eq!(unpacked(Coding::Gzip, b"no gzip", 1, 100), Err(Unpackable));
        assert_eq!(unpacked(Coding::Deflate, b"\xff\xff\xff", 1, 100), Err(Unpackable));
        assert_eq!(unpacked(Coding::Gzip, b"", 1, 100), Ok((Vec::new(), true)), "an empty body is one");
    }

    #[test]
    fn a_bomb_gives_no_more_than_there_is_room_for() {
        let bytes = gzip(&vec![0; 10 << 20]);
        assert!(bytes.len() < 16 << 10, "a thousandfold");
        let mut unpack = Unpack::new(Coding::Gzip);
        let taken = unpack.look_ahead(&bytes).expect("it unpacks");
        assert_eq!((unpack.waiting(), unpack.ahead.capacity()), (AHEAD, AHEAD));
        assert!(taken < 100, "{taken} bytes were enough for what is looked at");
        assert_eq!(unpack.look_ahead(&bytes[taken..]), Ok(0), "nothing more while something waits");
    }
}
