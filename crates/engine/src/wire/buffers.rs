//! Input buffers, lent to a connection while it holds bytes and returned when it does not.

use std::cell::RefCell;

use crate::spare::{self, Spare};
use crate::sync::thread_local;

/// Bytes of an input buffer: one TLS record's plaintext, or a head and the beginning of its body.
pub(crate) const SIZE: usize = 16 * 1024;

/// How many a thread keeps.
const KEPT: usize = 16;

thread_local! {
    static SPARE: Spare<Box<[u8]>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that came in and have not been consumed.
#[derive(Default)]
pub(crate) struct Input {
    buffer: Option<Box<[u8]>>,
    start: usize,
    end: usize,
}

impl Input {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.as_deref().and_then(|buffer| buffer.get(self.start..self.end)).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
        if self.start == self.end {
            self.release();
        }
    }

    fn release(&mut self) {
        (self.start, self.end) = (0, 0);
        let Some(buffer) = self.buffer.take() else { return };
        if buffer.len() == SIZE {
            spare::give(&SPARE, buffer, KEPT);
        }
    }

    /// Reads more behind what is there. Grows for a head that is larger than a buffer, up to `most` bytes.
    pub(crate) fn fill<E>(
        &mut self,
        most: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Filled, E> {
        let buffer = self
            .buffer
            .get_or_insert_with(|| spare::take(&SPARE).unwrap_or_else(|| vec![0; SIZE].into_boxed_slice()));
        if self.end == buffer.len() && self.start > 0 {
            buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == buffer.len() {
            let grown = (buffer.len() * 2).min(most.max(SIZE));
            if grown <= buffer.len() {
                return Ok(Filled { bytes: 0, short: false, full: true });
            }
            let mut larger = std::mem::take(buffer).into_vec();
            larger.resize(grown, 0);
            *buffer = larger.into_boxed_slice();
        }
        let room = buffer.len() - self.end;
        match read(&mut buffer[self.end..]) {
            Ok(bytes) => {
                self.end += bytes.min(room);
                if self.len() == 0 {
                    self.release();
                }
                Ok(Filled { bytes, short: bytes < room, full: false })
            }
            Err(error) => {
                if self.len() == 0 {
                    self.release();
                }
                Err(error)
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.release();
    }
}

/// How a read went.
pub(crate) struct Filled {
    pub(crate) bytes: usize,
    /// It brought less than there was room for.
    pub(crate) short: bool,
    /// There was no room and there may be no more.
    pub(crate) full: bool,
}
