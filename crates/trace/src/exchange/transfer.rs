//! The bodies of an exchange: pieces out with WinHttpWriteData, pieces in with WinHttpReadData.
use std::io::Read;
use std::ptr::null_mut;

use winhttp_abi::{
    WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE, WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
    WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE,
};

use super::{Exchange, Trouble};
use crate::body::{Sink, fill};
use crate::{c, lock};

/// Pieces of a request's body.
const PIECE: usize = 64 * 1024;
/// Largest number of bytes that one read asks for.
const MOST: usize = 256 * 1024;

impl Exchange<'_> {
    /// Sends `total` bytes with WinHttpWriteData.
    pub(super) fn write(&mut self, reader: &mut dyn Read, total: u64, name: &str) -> Result<(), Trouble> {
        const FUNCTION: &str = "WinHttpWriteData";
        let request = self.request;
        let mut buffer = vec![0; PIECE];
        while self.outcome.uploaded < total {
            let full =
                fill(reader, &mut buffer).map_err(|e| Trouble::File(format!("cannot read {name}: {e}")))?;
            if full == 0 {
                let text = format!("{name} became shorter while it was sent");
                return Err(Trouble::File(text));
            }
            let (at, length) = (buffer.as_ptr(), u32::try_from(full).unwrap_or(u32::MAX));
            let mut written = 0;
            let out = if self.plan.synchronous { std::ptr::from_mut(&mut written) } else { null_mut() };
            let called = self.call(request, FUNCTION, length.to_string(), || {
                // SAFETY: the buffer is not touched before its completion; `out` is null where the call may
                // outlast this frame.
                unsafe { c::WinHttpWriteData(request, at.cast(), length, out) }
            });
            let done = called
                .map_err(Trouble::from)
                .and_then(|()| self.completion(FUNCTION, WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE, written));
            match done {
                Ok(count) => self.outcome.uploaded += u64::from(count),
                Err(trouble) => {
                    self.give_up(buffer, &trouble);
                    return Err(trouble);
                }
            }
            self.progress(self.outcome.uploaded, Some(total));
        }
        Ok(())
    }

    /// Reads the body to its end: to the announced length, or until a query says 0.
    pub(super) fn read(&mut self, length: Option<u64>, sink: &mut Sink) -> Result<(), Trouble> {
        let request = self.request;
        let mut buffer = vec![0u8; 16 * 1024];
        let mut done = 0u64;
        while length.is_none_or(|length| done < length) {
            let mut available = 0;
            let out = if self.plan.synchronous { std::ptr::from_mut(&mut available) } else { null_mut() };
            self.call(request, "WinHttpQueryDataAvailable", String::new(), || {
                // SAFETY: `out` is null where the call may outlast this frame.
                unsafe { c::WinHttpQueryDataAvailable(request, out) }
            })?;
            let status = WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE;
            let available = self.completion("WinHttpQueryDataAvailable", status, available)?;
            if available == 0 {
                break;
            }
            let size = usize::try_from(available).unwrap_or(MOST).min(MOST);
            if buffer.len() < size {
                buffer.resize(size, 0);
            }
            let asked = u32::try_from(size).unwrap_or(available);
            let at = buffer.as_mut_ptr();
            let mut read = 0;
            let out = if self.plan.synchronous { std::ptr::from_mut(&mut read) } else { null_mut() };
            let called = self.call(request, "WinHttpReadData", asked.to_string(), || {
                // SAFETY: the buffer has this size and is not touched before its completion; `out` as above.
                unsafe { c::WinHttpReadData(request, at.cast(), asked, out) }
            });
            let status = WINHTTP_CALLBACK_STATUS_READ_COMPLETE;
            let read =
                called.map_err(Trouble::from).and_then(|()| self.completion("WinHttpReadData", status, read));
            let read = match read {
                Ok(read) => usize::try_from(read).unwrap_or(size).min(size),
                Err(trouble) => {
                    self.give_up(buffer, &trouble);
                    return Err(trouble);
                }
            };
            if read == 0 {
                break;
            }
            sink.take(&buffer[..read]).map_err(Trouble::File)?;
            done += read as u64;
            self.progress(done, length);
        }
        Ok(())
    }

    /// A buffer whose operation has ended is dropped; one whose end never came stays the library's for good.
    pub(super) fn give_up(&self, buffer: Vec<u8>, trouble: &Trouble) {
        if matches!(trouble, Trouble::Silent(_)) {
            std::mem::forget(buffer);
        }
    }

    fn progress(&self, done: u64, total: Option<u64>) {
        lock(&self.screen).progress(done, total);
    }
}
