//! Bodies: how much there is, reading, writing.
//!
//! Out-parameters are written before the completion is told and never after the call (contract: delivery of
//! completions): a callback inside the call may free what they are part of.

use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_engine::{Error, HandleKind, option, request};

use super::request::last_error;
use crate::door::{BoolWith, Code};
use crate::{RawHandle, lower, raise};

exports! {
    /// Asks how many bytes can be read at once; 0 at the end of the body.
    BoolWith, [WinHttpQueryDataAvailable] (request: RawHandle, count: *mut u32) => available;

    /// Reads until the buffer is full or the body ends.
    BoolWith, [WinHttpReadData] (
        request: RawHandle, buffer: *mut c_void, length: u32, count: *mut u32
    ) => read;

    /// Reads what comes first, or until the buffer is full if `WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER` asks for it.
    Code, [WinHttpReadDataEx] (
        request: RawHandle, buffer: *mut c_void, length: u32, count: *mut u32, flags: u64, property_size: u32,
        property: *mut c_void
    ) => read_ex;

    /// Writes a part of the request's body.
    BoolWith, [WinHttpWriteData] (
        request: RawHandle, buffer: *const c_void, length: u32, count: *mut u32
    ) => write;
}

unsafe fn available(request: RawHandle, count: *mut u32) -> Result<u32, Error> {
    // SAFETY: the engine calls this while the call is inside, when the caller's place is valid.
    let mut out = |bytes| unsafe { lower::out(count, bytes) };
    request::query_data(raise::handle(request)?, &mut out).map(last_error)
}

unsafe fn read(request: RawHandle, buffer: *mut c_void, length: u32, count: *mut u32) -> Result<u32, Error> {
    // contract: WinHttpReadData (documentation), the count is 0 before anything is looked at (question in the ledger)
    // SAFETY: the caller's promise: null or writable.
    unsafe { lower::out(count, 0) };
    let request = raise::handle(request)?;
    // SAFETY: the caller keeps the buffer until the operation is complete or the handle is closed.
    let loan = match unsafe { raise::loan(buffer.cast(), length) } {
        Ok(loan) => loan,
        Err(error) => return refused(request, error),
    };
    // SAFETY: as in `available`.
    let mut out = |bytes| unsafe { lower::out(count, bytes) };
    request::read(request, loan, &mut out).map(last_error)
}

#[allow(clippy::too_many_arguments)]
unsafe fn read_ex(
    request: RawHandle,
    buffer: *mut c_void,
    length: u32,
    count: *mut u32,
    flags: u64,
    property_size: u32,
    property: *mut c_void,
) -> Result<(), Error> {
    const FILL: u64 = abi::WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER as u64;
    // contract: WinHttpReadDataEx (documentation), the count is 0 before anything is looked at
    // SAFETY: the caller's promise: null or writable.
    unsafe { lower::out(count, 0) };
    let request = raise::handle(request)?;
    // The property is reserved.
    if flags & !FILL != 0 || property_size != 0 || !property.is_null() {
        return refused(request, Error::INVALID_PARAMETER).map(|_| ());
    }
    // SAFETY: as in `read`.
    let loan = match unsafe { raise::loan(buffer.cast(), length) } {
        Ok(loan) => loan,
        Err(error) => return refused(request, error).map(|_| ()),
    };
    // SAFETY: as in `available`.
    let mut out = |bytes| unsafe { lower::out(count, bytes) };
    let read = if flags & FILL != 0 { request::read } else { request::read_some };
    // contract: as the WebSocket functions that answer with the error, an accepted call is 0 (question in the ledger)
    read(request, loan, &mut out).map(|_| ())
}

unsafe fn write(
    request: RawHandle,
    buffer: *const c_void,
    length: u32,
    count: *mut u32,
) -> Result<u32, Error> {
    let request = raise::handle(request)?;
    // contract: notifications R9, nothing is written from nowhere: a pointer to no bytes is refused
    if length == 0 && !buffer.is_null() {
        return refused(request, Error::INVALID_PARAMETER);
    }
    // SAFETY: as in `read`; what is written is only read from.
    let loan = match unsafe { raise::loan(buffer.cast_mut().cast(), length) } {
        Ok(loan) => loan,
        Err(error) => return refused(request, error),
    };
    // SAFETY: as in `available`.
    let mut out = |bytes| unsafe { lower::out(count, bytes) };
    request::write(request, loan, &mut out).map(last_error)
}

/// A parameter is wrong; a wrong handle is reported first (contract: api-behaviour section 31).
fn refused(request: winhttp_engine::Handle, error: Error) -> Result<u32, Error> {
    option::expect(request, HandleKind::Request)?;
    Err(error)
}
