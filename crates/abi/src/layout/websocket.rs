//! Payloads of upgraded connections.

use super::base::{
    WINHTTP_ASYNC_RESULT, WINHTTP_PROTOCOL_OPERATION, WINHTTP_WEB_SOCKET_BUFFER_TYPE,
    WINHTTP_WEB_SOCKET_OPERATION,
};

/// What `REQUEST_ERROR` points to on a WebSocket handle.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_WEB_SOCKET_ASYNC_RESULT {
    /// The failure.
    pub AsyncResult: WINHTTP_ASYNC_RESULT,
    /// Which WebSocket operation failed.
    pub Operation: WINHTTP_WEB_SOCKET_OPERATION,
}

/// What `READ_COMPLETE` and `WRITE_COMPLETE` point to on a WebSocket handle.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_WEB_SOCKET_STATUS {
    /// Bytes read or written.
    pub dwBytesTransferred: u32,
    /// The type of the buffer.
    pub eBufferType: WINHTTP_WEB_SOCKET_BUFFER_TYPE,
}

/// What `REQUEST_ERROR` points to on a handle of another upgraded protocol.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_PROTOCOL_ASYNC_RESULT {
    /// The failure.
    pub AsyncResult: WINHTTP_ASYNC_RESULT,
    /// Which operation failed.
    pub Operation: WINHTTP_PROTOCOL_OPERATION,
}
