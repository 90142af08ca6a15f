//! WebSockets. All functions but WinHttpWebSocketCompleteUpgrade answer with the error itself: 0 also for a call whose
//! completion comes later (contract: api-behaviour section 28).

use std::ffi::c_void;

use winhttp_engine::{Error, Handle, HandleKind, option, websocket};

use crate::door::{Code, NewHandle};
use crate::{RawHandle, lower, raise};

use winhttp_abi as abi;

exports! {
    /// Makes a WebSocket of a request whose upgrade the server has agreed to; the request may be closed at once.
    NewHandle, [WinHttpWebSocketCompleteUpgrade] (request: RawHandle, context: usize) => complete;

    /// Sends a message, or a part of one.
    Code, [WinHttpWebSocketSend] (
        socket: RawHandle, buffer_type: u32, buffer: *mut c_void, length: u32
    ) => send;

    /// Receives a message, or a part of one. The outputs are written in synchronous mode only.
    Code, [WinHttpWebSocketReceive] (
        socket: RawHandle, buffer: *mut c_void, length: u32, count: *mut u32, buffer_type: *mut u32
    ) => receive;

    /// Sends the close frame; what the server still sends can be received.
    Code, [WinHttpWebSocketShutdown] (
        socket: RawHandle, status: u16, reason: *mut c_void, length: u32
    ) => shutdown;

    /// Closes the connection and waits for the server's close frame. The handle stays open.
    Code, [WinHttpWebSocketClose] (
        socket: RawHandle, status: u16, reason: *mut c_void, length: u32
    ) => close;

    /// Shows the server's close frame.
    Code, [WinHttpWebSocketQueryCloseStatus] (
        socket: RawHandle, status: *mut u16, reason: *mut c_void, length: u32, consumed: *mut u32
    ) => query_close_status;
}

unsafe fn complete(request: RawHandle, context: usize) -> Result<Handle, Error> {
    websocket::complete_upgrade(raise::handle(request)?, context)
}

unsafe fn send(socket: RawHandle, buffer_type: u32, buffer: *mut c_void, length: u32) -> Result<(), Error> {
    let socket = raise::handle(socket)?;
    option::expect(socket, HandleKind::WebSocket)?;
    // SAFETY: the caller keeps the buffer until the operation is complete or the handle is closed; it is only read from.
    let loan = unsafe { raise::loan(buffer.cast(), length) }?;
    websocket::send(socket, buffer_type, loan).map(|_| ())
}

unsafe fn receive(
    socket: RawHandle,
    buffer: *mut c_void,
    length: u32,
    count: *mut u32,
    buffer_type: *mut u32,
) -> Result<(), Error> {
    // contract: api-behaviour section 27c; surface section 4, seen before the handle is looked at
    if buffer.is_null() || length == 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    let socket = raise::handle(socket)?;
    // SAFETY: the caller keeps the buffer until the operation is complete or the handle is closed.
    let loan = unsafe { raise::loan(buffer.cast(), length) }?;
    let (_, received) = websocket::receive(socket, loan)?;
    // contract: notifications S6.1, in asynchronous mode the outputs are not touched
    if let Some(received) = received {
        // SAFETY: a synchronous call: the caller's places are valid until it returns.
        unsafe { lower::out(count, received.bytes) };
        // SAFETY: as above.
        unsafe { lower::out(buffer_type, received.buffer_type) };
    }
    Ok(())
}

/// The reason of a close frame.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER` for NULL with a length, and above 123 bytes (contract: api-behaviour section 27c).
///
/// # Safety
/// `reason` is null or valid for reads of `length` bytes.
unsafe fn reason<'a>(reason: *mut c_void, length: u32) -> Result<&'a [u8], Error> {
    if length > abi::WINHTTP_WEB_SOCKET_MAX_CLOSE_REASON_LENGTH || reason.is_null() && length > 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { raise::things(reason.cast_const().cast(), length as usize) })
}

unsafe fn shutdown(socket: RawHandle, status: u16, text: *mut c_void, length: u32) -> Result<(), Error> {
    let socket = raise::handle(socket)?;
    option::expect(socket, HandleKind::WebSocket)?;
    // SAFETY: the caller's promise for the reason.
    let reason = unsafe { reason(text, length) }?;
    websocket::shutdown(socket, status, reason).map(|_| ())
}

unsafe fn close(socket: RawHandle, status: u16, text: *mut c_void, length: u32) -> Result<(), Error> {
    let socket = raise::handle(socket)?;
    option::expect(socket, HandleKind::WebSocket)?;
    // SAFETY: the caller's promise for the reason.
    let reason = unsafe { reason(text, length) }?;
    websocket::close(socket, status, reason).map(|_| ())
}

unsafe fn query_close_status(
    socket: RawHandle,
    status: *mut u16,
    reason: *mut c_void,
    length: u32,
    consumed: *mut u32,
) -> Result<(), Error> {
    // contract: api-behaviour section 27c; surface section 4, seen before the handle is looked at
    if status.is_null() || consumed.is_null() || reason.is_null() && length > 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    let socket = raise::handle(socket)?;
    websocket::close_status(socket, |code, text| {
        // SAFETY: checked for null, and the caller vouches for the rest.
        unsafe { lower::out(status, code) };
        // The bytes that there are, or that are needed.
        // SAFETY: as above.
        unsafe { lower::out(consumed, u32::try_from(text.len()).unwrap_or(u32::MAX)) };
        if text.len() > length as usize {
            return Err(Error(abi::ERROR_INSUFFICIENT_BUFFER));
        }
        if !text.is_empty() {
            // SAFETY: a reason that fits a buffer that is not null; the caller vouches for its length.
            unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), reason.cast(), text.len()) };
        }
        Ok(())
    })?
}
