//! Bodies: how much there is, reading, writing. The functions are called through [`crate::request`].

use std::sync::Arc;

use winhttp_proto::Command;

use crate::call::{Completion, call};
use crate::request::enter;
use crate::sync::Mutex;
use crate::{Error, Handle, Loan, lock};

/// Asks how many bytes can be read at once (contract: WinHttpQueryDataAvailable). `out` gets the number before its
/// notification is told, and is not called after this has returned.
///
/// # Errors
/// As [`read`].
pub fn query_data(handle: Handle, out: &mut dyn FnMut(u32)) -> Result<Completion, Error> {
    let (slot, guard) = enter(handle)?;
    call(slot, guard, Command::Query, None, Some(out))
}

/// Reads until the buffer is full or the body ends (contract: WinHttpReadData). `out` as for [`query_data`].
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` (no reply
/// yet, or a read is pending), `ERROR_INVALID_PARAMETER` (a buffer of 4 GiB); in synchronous mode what the exchange met.
pub fn read(handle: Handle, loan: Loan, out: &mut dyn FnMut(u32)) -> Result<Completion, Error> {
    let length = u32::try_from(loan.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    let (slot, guard) = enter(handle)?;
    call(slot, guard, Command::Read(length), Some(loan), Some(out))
}

/// As [`read`], content with what comes first (contract: WinHttpReadDataEx without
/// `WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER`).
///
/// # Errors
/// As [`read`].
pub fn read_some(handle: Handle, loan: Loan, out: &mut dyn FnMut(u32)) -> Result<Completion, Error> {
    let length = u32::try_from(loan.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    let (slot, guard) = enter(handle)?;
    call(slot, guard, Command::ReadSome(length), Some(loan), Some(out))
}

/// Writes a part of the body (contract: WinHttpWriteData). `out` as for [`query_data`].
///
/// # Errors
/// As [`read`]; `ERROR_INVALID_PARAMETER` beyond the total that was announced.
pub fn write(handle: Handle, loan: Loan, out: &mut dyn FnMut(u32)) -> Result<Completion, Error> {
    let length = u32::try_from(loan.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    let (slot, guard) = enter(handle)?;
    call(slot, guard, Command::Write(length), Some(loan), Some(out))
}

/// Reads in synchronous mode into a buffer that is handed over and comes back, with the bytes in it.
///
/// # Errors
/// As [`read`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` in asynchronous mode.
pub fn read_owned(handle: Handle, buffer: Box<[u8]>) -> Result<(Box<[u8]>, usize), Error> {
    let length = u32::try_from(buffer.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    let (slot, mut guard) = enter(handle)?;
    if guard.request().is_none_or(|request| request.asynchronous()) {
        return Err(Error::INCORRECT_STATE);
    }
    let back = Arc::new(Mutex::new(None));
    let loan = Loan::returned(buffer, back.clone());
    let done = call(slot, guard, Command::Read(length), Some(loan), None)?;
    let buffer = lock(&back).take().unwrap_or_default();
    match done {
        Completion::Done(count) => Ok((buffer, count as usize)),
        Completion::Inline | Completion::Pending => Err(Error::INCORRECT_STATE),
    }
}
