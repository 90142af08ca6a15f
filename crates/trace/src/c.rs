//! The C functions as a C program with 16-bit `WCHAR` sees them: declared here, found by the linker.
use std::ffi::{c_char, c_void};

use winhttp_abi::{BOOL, CERT_CONTEXT, HINTERNET, URL_COMPONENTS, WINHTTP_STATUS_CALLBACK};

// Nothing of the crate is named: it only has to be linked.
use winhttp as _;

#[allow(non_snake_case)]
unsafe extern "C" {
    pub(crate) fn WinHttpOpen(
        agent: *const u16,
        access: u32,
        proxy: *const u16,
        bypass: *const u16,
        flags: u32,
    ) -> HINTERNET;
    pub(crate) fn WinHttpConnect(
        session: HINTERNET,
        server: *const u16,
        port: u16,
        reserved: u32,
    ) -> HINTERNET;
    pub(crate) fn WinHttpOpenRequest(
        connect: HINTERNET,
        verb: *const u16,
        object: *const u16,
        version: *const u16,
        referrer: *const u16,
        accept: *const *const u16,
        flags: u32,
    ) -> HINTERNET;
    pub(crate) fn WinHttpCloseHandle(handle: HINTERNET) -> BOOL;
    pub(crate) fn WinHttpSetStatusCallback(
        handle: HINTERNET,
        callback: WINHTTP_STATUS_CALLBACK,
        mask: u32,
        reserved: usize,
    ) -> usize;
    pub(crate) fn WinHttpSetTimeouts(
        handle: HINTERNET,
        resolve: i32,
        connect: i32,
        send: i32,
        receive: i32,
    ) -> BOOL;
    pub(crate) fn WinHttpSetOption(handle: HINTERNET, option: u32, value: *const c_void, length: u32)
    -> BOOL;
    pub(crate) fn WinHttpAddRequestHeaders(
        request: HINTERNET,
        headers: *const u16,
        length: u32,
        modifiers: u32,
    ) -> BOOL;
    pub(crate) fn WinHttpSendRequest(
        request: HINTERNET,
        headers: *const u16,
        headers_length: u32,
        optional: *mut c_void,
        optional_length: u32,
        total_length: u32,
        context: usize,
    ) -> BOOL;
    pub(crate) fn WinHttpWriteData(
        request: HINTERNET,
        data: *const c_void,
        length: u32,
        written: *mut u32,
    ) -> BOOL;
    pub(crate) fn WinHttpReceiveResponse(request: HINTERNET, reserved: *mut c_void) -> BOOL;
    pub(crate) fn WinHttpQueryHeaders(
        request: HINTERNET,
        level: u32,
        name: *const u16,
        buffer: *mut c_void,
        length: *mut u32,
        index: *mut u32,
    ) -> BOOL;
    pub(crate) fn WinHttpQueryDataAvailable(request: HINTERNET, available: *mut u32) -> BOOL;
    pub(crate) fn WinHttpReadData(
        request: HINTERNET,
        buffer: *mut c_void,
        length: u32,
        read: *mut u32,
    ) -> BOOL;
    pub(crate) fn WinHttpWebSocketCompleteUpgrade(request: HINTERNET, context: usize) -> HINTERNET;
    pub(crate) fn WinHttpWebSocketSend(
        socket: HINTERNET,
        buffer_type: u32,
        buffer: *const c_void,
        length: u32,
    ) -> u32;
    pub(crate) fn WinHttpWebSocketReceive(
        socket: HINTERNET,
        buffer: *mut c_void,
        length: u32,
        read: *mut u32,
        buffer_type: *mut u32,
    ) -> u32;
    pub(crate) fn WinHttpWebSocketClose(
        socket: HINTERNET,
        status: u16,
        reason: *mut c_void,
        length: u32,
    ) -> u32;
    pub(crate) fn WinHttpWebSocketQueryCloseStatus(
        socket: HINTERNET,
        status: *mut u16,
        reason: *mut c_void,
        length: u32,
        used: *mut u32,
    ) -> u32;
    pub(crate) fn WinHttpCrackUrl(
        url: *const u16,
        length: u32,
        flags: u32,
        parts: *mut URL_COMPONENTS<u16>,
    ) -> BOOL;
    pub(crate) fn WinHttpCompatCertFromPem(
        certificates: *const c_char,
        certificates_size: usize,
        key: *const c_char,
        key_size: usize,
    ) -> *const CERT_CONTEXT;
    pub(crate) fn WinHttpCompatCertFreeContext(context: *const CERT_CONTEXT) -> BOOL;
    pub(crate) fn WinHttpCompatGetLastError() -> u32;
}

/// Text as the C functions take it: UTF-16 with its NUL.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The last error of this thread.
pub(crate) fn last_error() -> u32 {
    // SAFETY: takes nothing and touches only the calling thread's number.
    unsafe { WinHttpCompatGetLastError() }
}
