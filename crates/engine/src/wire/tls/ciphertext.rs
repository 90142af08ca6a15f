//! Ciphertext on its way in or out: in room that the thread lends while there are bytes, and that it gets back afterwards.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};

use crate::spare::{self, Spare};
use crate::sync::thread_local;

/// What a thread lends, in bytes: four full records and what encryption adds to them, or the longest handshake message.
const SIZE: usize = 68 * 1024;

/// How many a thread keeps.
const KEPT: usize = 4;

/// Where the first byte goes. The payload of a record, five bytes on, is then aligned as allocations are: the TLS library copies
/// it into one, and processors that copy by `rep movsb` take forty times as long where the target is ahead of the source by less
/// than sixteen bytes within their pages (AMD Zen, docs/PERFORMANCE.md).
const LEAD: usize = 11;

/// The longest message that may wait for its end, in bytes: a limit of the TLS library's own, where it has the buffer.
const LONGEST: usize = 0xffff;

thread_local! {
    static SPARE: Spare<Box<[u8]>> = const { RefCell::new(Vec::new()) };
}

/// Bytes, none at first.
#[derive(Default)]
pub(super) struct Ciphertext {
    buffer: Option<Box<[u8]>>,
    start: usize,
    end: usize,
}

impl Ciphertext {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        self.buffer.as_deref_mut().and_then(|buffer| buffer.get_mut(self.start..self.end)).unwrap_or_default()
    }

    /// Takes bytes away at the front.
    pub(super) fn discard(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (LEAD, LEAD);
        }
    }

    /// Reads once, as much as there is room for. The bytes read, and whether there was room for more.
    ///
    /// # Errors
    /// Those of `io`; `InvalidData` for a message that is too long to wait for.
    pub(super) fn receive(&mut self, io: &mut impl Read) -> io::Result<(usize, bool)> {
        let waiting = self.end - self.start;
        if waiting >= LONGEST {
            return Err(io::Error::new(ErrorKind::InvalidData, "message buffer full"));
        }
        let room = self.room(SIZE - LEAD - waiting);
        let most = room.len();
        let bytes = io.read(room)?.min(most);
        self.end += bytes;
        Ok((bytes, bytes < most))
    }

    /// At least so many bytes behind what is there; [`add`](Self::add) says how many were written.
    pub(super) fn room(&mut self, least: usize) -> &mut [u8] {
        let waiting = self.end - self.start;
        let needed = LEAD + waiting + least;
        let buffer = match self.buffer.take() {
            Some(mut buffer) if buffer.len() >= needed => {
                if self.start > LEAD {
                    buffer.copy_within(self.start..self.end, LEAD);
                }
                buffer
            }
            smaller => {
                let mut buffer = if needed <= SIZE { lend() } else { vec![0; needed].into_boxed_slice() };
                if let Some(smaller) = smaller {
                    buffer[LEAD..LEAD + waiting].copy_from_slice(&smaller[self.start..self.end]);
                    returned(smaller);
                }
                buffer
            }
        };
        (self.start, self.end) = (LEAD, LEAD + waiting);
        &mut self.buffer.insert(buffer)[LEAD + waiting..]
    }

    /// So many bytes of [`room`](Self::room) have been written.
    pub(super) fn add(&mut self, bytes: usize) {
        let most = self.buffer.as_deref().map_or(0, <[u8]>::len);
        self.end = (self.end + bytes).min(most);
    }

    /// Writes until nothing is left; `false` when `io` takes no more for now.
    ///
    /// # Errors
    /// Those of `io` other than `WouldBlock`.
    pub(super) fn send(&mut self, io: &mut impl Write) -> io::Result<bool> {
        while !self.is_empty() {
            match io.write(self.bytes()) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(bytes) => self.discard(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.park();
                    return Ok(false);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.rest();
        Ok(true)
    }

    /// Gives room back that is not needed.
    pub(super) fn rest(&mut self) {
        if self.is_empty()
            && let Some(buffer) = self.buffer.take()
        {
            returned(buffer);
        }
    }

    /// The bytes will have to wait: they keep no more room than they need.
    pub(super) fn park(&mut self) {
        if self.is_empty() {
            return self.rest();
        }
        let bytes = self.bytes();
        let length = bytes.len();
        if self.buffer.as_deref().is_some_and(|buffer| length < buffer.len() / 2) {
            let own = self.bytes().to_vec().into_boxed_slice();
            if let Some(buffer) = self.buffer.replace(own) {
                returned(buffer);
            }
            (self.start, self.end) = (0, length);
        }
    }
}

impl Drop for Ciphertext {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            returned(buffer);
        }
    }
}

fn lend() -> Box<[u8]> {
    spare::take(&SPARE).unwrap_or_else(|| vec![0; SIZE].into_boxed_slice())
}

fn returned(buffer: Box<[u8]>) {
    if buffer.len() == SIZE {
        spare::give(&SPARE, buffer, KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, then none.
    struct Narrow(Vec<u8>, usize);

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.1 == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.1);
            self.1 -= taken;
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn say(out: &mut Ciphertext, bytes: &[u8]) {
        out.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        out.add(bytes.len());
    }

    #[test]
    fn nothing_is_lost_between_parking_and_growing() {
        let mut out = Ciphertext::default();
        let all: Vec<u8> = (0..200_000u32).map(|n| (n * 7 + n / 251) as u8).collect();
        let mut peer = Narrow(Vec::new(), 0);
        let mut said = 0;
        for length in [100, 0, 16_406, 70_000, 1, 113_493] {
            say(&mut out, &all[said..said + length]);
            said += length;
            peer.1 = 5_000;
            assert!(!out.send(&mut peer).expect("send") || out.is_empty());
        }
        assert_eq!(said, all.len());
        peer.1 = usize::MAX;
        assert!(out.send(&mut peer).expect("send") && out.is_empty() && out.buffer.is_none());
        assert!(peer.0 == all);
    }

    #[test]
    fn what_waits_keeps_little_room() {
        let mut came = Ciphertext::default();
        assert_eq!(came.receive(&mut &[7u8; 300][..]).expect("read"), (300, true));
        came.discard(100);
        came.park();
        assert_eq!(came.buffer.as_deref().map(<[u8]>::len), Some(200));
        assert_eq!(came.receive(&mut &[8u8; 100_000][..]).expect("read"), (SIZE - LEAD - 200, false));
        assert!(came.bytes()[..200] == [7; 200] && came.bytes()[200..].iter().all(|byte| *byte == 8));
        assert_eq!(came.receive(&mut &[8u8][..]).expect_err("full").kind(), ErrorKind::InvalidData);
        came.discard(usize::MAX >> 1);
        assert!(came.is_empty() && came.bytes().is_empty());
        came.rest();
        assert!(came.buffer.is_none());
    }
}
