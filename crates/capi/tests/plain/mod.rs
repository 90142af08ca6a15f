//! A synchronous request through the C functions, for tests that look at what they answer.
#![allow(dead_code)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use winhttp::exports::data::narrow::{WinHttpQueryDataAvailable, WinHttpReadData};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::headers::narrow::{WinHttpAddRequestHeaders, WinHttpQueryHeaders};
use winhttp::exports::library::WinHttpCompatSetLastError;
use winhttp::exports::library::narrow::WinHttpCompatGetLastError;
use winhttp::exports::option::narrow::{WinHttpQueryOption, WinHttpSetOption};
use winhttp::exports::request::narrow::{WinHttpOpenRequest, WinHttpReceiveResponse, WinHttpSendRequest};
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen};
use winhttp_abi as abi;

/// UTF-16 with its NUL.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

pub(crate) fn last_error() -> u32 {
    // SAFETY: no arguments.
    unsafe { WinHttpCompatGetLastError() }
}

/// 0, or the last error of a call that failed; the last error of one that succeeds must be 0.
pub(crate) fn answer(call: impl FnOnce() -> abi::BOOL) -> u32 {
    WinHttpCompatSetLastError(0xDEAD_BEEF);
    let done = call();
    let error = last_error();
    assert_eq!(
        done != 0,
        error == 0,
        "mistake 1: success sets the last error to 0, failure to something else"
    );
    error
}

/// Session, connect and request.
pub(crate) struct Handles {
    pub(crate) session: abi::HINTERNET,
    pub(crate) connect: abi::HINTERNET,
    pub(crate) request: abi::HINTERNET,
}

impl Handles {
    pub(crate) fn new(host: &str, port: u16, method: &str, path: &str) -> Handles {
        // SAFETY: NULL is allowed for each text.
        let session = unsafe { WinHttpOpen(null(), 1, null(), null(), 0) };
        // SAFETY: text that ends with a NUL.
        let connect = unsafe { WinHttpConnect(session, wide(host).as_ptr(), port, 0) };
        let mut handles = Handles { session, connect, request: null_mut() };
        handles.request = handles.open(method, path);
        assert!(!handles.request.is_null());
        handles
    }

    pub(crate) fn open(&self, method: &str, path: &str) -> abi::HINTERNET {
        let (method, path) = (wide(method), wide(path));
        // SAFETY: text that ends with a NUL, and NULL.
        unsafe { WinHttpOpenRequest(self.connect, method.as_ptr(), path.as_ptr(), null(), null(), null(), 0) }
    }

    pub(crate) fn send(&self) -> u32 {
        // SAFETY: NULL is allowed for headers and data.
        answer(|| unsafe { WinHttpSendRequest(self.request, null(), 0, null_mut(), 0, 0, 0) })
    }

    pub(crate) fn receive(&self) -> u32 {
        // SAFETY: the reserved parameter is NULL.
        answer(|| unsafe { WinHttpReceiveResponse(self.request, null_mut()) })
    }

    pub(crate) fn exchange(&self) {
        assert_eq!((self.send(), self.receive()), (0, 0));
    }

    pub(crate) fn add(&self, lines: &str, modifiers: u32) -> u32 {
        let lines = wide(lines);
        // SAFETY: text that ends with a NUL.
        answer(|| unsafe { WinHttpAddRequestHeaders(self.request, lines.as_ptr(), u32::MAX, modifiers) })
    }

    pub(crate) fn available(&self) -> u32 {
        let mut count = u32::MAX;
        // SAFETY: a place for the count.
        assert_eq!(answer(|| unsafe { WinHttpQueryDataAvailable(self.request, &raw mut count) }), 0);
        count
    }

    /// One ReadData.
    pub(crate) fn read(&self, size: usize) -> Vec<u8> {
        let mut buffer = vec![0u8; size];
        let mut count = u32::MAX;
        let place = buffer.as_mut_ptr().cast::<c_void>();
        // SAFETY: a buffer of this size and a place for the count.
        let code = answer(|| unsafe { WinHttpReadData(self.request, place, size as u32, &raw mut count) });
        assert_eq!(code, 0);
        buffer.truncate(count as usize);
        buffer
    }

    /// The text of a header query, or its error.
    pub(crate) fn header(&self, level: u32, name: &str) -> Result<String, u32> {
        let mut units = vec![0u16; 4096];
        let mut length = (units.len() * 2) as u32;
        let name = wide(name);
        let buffer = units.as_mut_ptr().cast::<c_void>();
        // SAFETY: text that ends with a NUL; a buffer of `length` bytes.
        let code = answer(|| unsafe {
            WinHttpQueryHeaders(self.request, level, name.as_ptr(), buffer, &raw mut length, null_mut())
        });
        if code != 0 { Err(code) } else { Ok(String::from_utf16_lossy(&units[..length as usize / 2])) }
    }
}

impl Drop for Handles {
    fn drop(&mut self) {
        for handle in [self.request, self.connect, self.session] {
            // SAFETY: any value is allowed.
            unsafe { WinHttpCloseHandle(handle) };
        }
    }
}

pub(crate) fn set(handle: abi::HINTERNET, option: u32, value: &[u8]) -> u32 {
    let buffer = value.as_ptr().cast_mut().cast::<c_void>();
    // SAFETY: the buffer has as many bytes as the length says, and is only read from.
    answer(|| unsafe { WinHttpSetOption(handle, option, buffer, value.len() as u32) })
}

pub(crate) fn set_number(handle: abi::HINTERNET, option: u32, value: u32) -> u32 {
    set(handle, option, &value.to_ne_bytes())
}

pub(crate) fn set_text(handle: abi::HINTERNET, option: u32, text: &str) -> u32 {
    let units = wide(text);
    let buffer = units.as_ptr().cast_mut().cast::<c_void>();
    // SAFETY: so many units, and only read from.
    answer(|| unsafe { WinHttpSetOption(handle, option, buffer, units.len() as u32 - 1) })
}

/// The value of a number option, or the error.
pub(crate) fn number(handle: abi::HINTERNET, option: u32) -> Result<u32, u32> {
    let mut value = u32::MAX;
    let mut length = 4u32;
    let buffer = (&raw mut value).cast::<c_void>();
    // SAFETY: a place of four bytes.
    match answer(|| unsafe { WinHttpQueryOption(handle, option, buffer, &raw mut length) }) {
        0 => Ok(value),
        code => Err(code),
    }
}
