//! What `lpvStatusInformation` points to, read while its callback runs.
use std::ffi::c_void;

use winhttp_abi::status::{self, Payload};
use winhttp_abi::{
    WINHTTP_ASYNC_RESULT, WINHTTP_WEB_SOCKET_ASYNC_RESULT, WINHTTP_WEB_SOCKET_STATUS, api, error, secure,
    websocket,
};

/// What a WebSocket's handle is called.
pub(crate) const SOCKET: &str = "websocket";

/// A decoded payload. Nothing of it borrows from the callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Info {
    /// Null.
    Nothing,
    /// Text.
    Text(String),
    /// A number of bytes, or a status code.
    Number(u32),
    /// Faults of a certificate.
    Faults(u32),
    /// The value of a handle.
    Handle(usize),
    /// The application's buffer; how many bytes are in it is the payload's length.
    Buffer,
    /// The call that failed and why.
    Failure {
        /// `dwResult`.
        api: usize,
        /// `dwError`.
        error: u32,
    },
    /// What a WebSocket has sent or received.
    Frame {
        /// `dwBytesTransferred`.
        bytes: u32,
        /// `eBufferType`.
        buffer_type: u32,
    },
    /// The operation of a WebSocket that failed and why.
    SocketFailure {
        /// `Operation`.
        operation: u32,
        /// `dwError`.
        error: u32,
    },
    /// Something that this status should not carry: null where a value belongs, or a length that does not fit.
    Unexpected,
}

/// Reads a payload as its status has it.
///
/// contract: table of statuses, winhttp.h and the callback's documentation.
///
/// # Safety
/// `info` and `length` are what the library passed to a callback that is still running, with this `status`, through the
/// door of 16-bit text; `of_socket` says whether the handle is a WebSocket.
pub(crate) unsafe fn decode(status: u32, info: *const c_void, length: u32, of_socket: bool) -> Info {
    let Some(row) = status::find(status) else {
        return if info.is_null() { Info::Nothing } else { Info::Unexpected };
    };
    if info.is_null() {
        return if row.payload == Payload::Nothing { Info::Nothing } else { Info::Unexpected };
    }
    let sized = |size: usize| usize::try_from(length).is_ok_and(|length| length >= size);
    match row.payload {
        Payload::Buffer | Payload::Count if of_socket && sized(size_of::<WINHTTP_WEB_SOCKET_STATUS>()) => {
            // SAFETY: the caller vouches for pointer and status; those of a WebSocket point to this structure.
            let status = unsafe { info.cast::<WINHTTP_WEB_SOCKET_STATUS>().read_unaligned() };
            Info::Frame { bytes: status.dwBytesTransferred, buffer_type: status.eBufferType }
        }
        Payload::Failure if of_socket && sized(size_of::<WINHTTP_WEB_SOCKET_ASYNC_RESULT>()) => {
            // SAFETY: as above.
            let result = unsafe { info.cast::<WINHTTP_WEB_SOCKET_ASYNC_RESULT>().read_unaligned() };
            Info::SocketFailure { operation: result.Operation, error: result.AsyncResult.dwError }
        }
        Payload::Buffer | Payload::Count | Payload::Failure if of_socket => Info::Unexpected,
        // SAFETY: the caller vouches for pointer and status; text ends with a NUL.
        Payload::Text => Info::Text(unsafe { text(info.cast()) }),
        Payload::Count | Payload::Code if sized(4) => {
            // SAFETY: as above; these statuses point to a DWORD.
            Info::Number(unsafe { info.cast::<u32>().read_unaligned() })
        }
        Payload::Faults if sized(4) => {
            // SAFETY: as above.
            Info::Faults(unsafe { info.cast::<u32>().read_unaligned() })
        }
        Payload::Handle if sized(size_of::<usize>()) => {
            // SAFETY: as above; these statuses point to an HINTERNET.
            Info::Handle(unsafe { info.cast::<usize>().read_unaligned() })
        }
        Payload::Buffer => Info::Buffer,
        Payload::Failure if sized(size_of::<WINHTTP_ASYNC_RESULT>()) => {
            // SAFETY: as above; this status points to a WINHTTP_ASYNC_RESULT.
            let result = unsafe { info.cast::<WINHTTP_ASYNC_RESULT>().read_unaligned() };
            Info::Failure { api: result.dwResult, error: result.dwError }
        }
        // SENDREQUEST_COMPLETE may carry the optional data (documented so since 2023).
        Payload::Nothing => Info::Buffer,
        _ => Info::Unexpected,
    }
}

/// Longest text that is read, in code units; a URL is far shorter.
const LONGEST: usize = 1 << 16;

/// # Safety
/// `at` points to UTF-16 text that ends with a NUL.
unsafe fn text(at: *const u16) -> String {
    let mut units = Vec::new();
    while units.len() < LONGEST {
        // SAFETY: no NUL has come before this unit, so it is part of the text.
        let next = unsafe { at.wrapping_add(units.len()).read_unaligned() };
        if next == 0 {
            break;
        }
        units.push(next);
    }
    String::from_utf16_lossy(&units)
}

/// The short name of a status; its number where it has none.
pub(crate) fn status_name(value: u32) -> String {
    status::find(value).map_or_else(|| format!("{value:#010x}"), |row| row.short_name().to_owned())
}

/// An error as people read it: name and number.
pub(crate) fn error_name(code: u32) -> String {
    match error::name(code) {
        Some(name) => format!("{name} ({code})"),
        None => format!("error {code}"),
    }
}

/// The name of a `dwResult`.
pub(crate) fn api_name(id: usize) -> String {
    u32::try_from(id).ok().and_then(api::name).map_or_else(|| format!("API {id}"), str::to_owned)
}

/// The name of a WebSocket's buffer type, shortened.
pub(crate) fn buffer_type_name(value: u32) -> String {
    let name = websocket::buffer_type_name(value).map(|name| name.trim_start_matches("WINHTTP_WEB_SOCKET_"));
    name.map_or_else(|| value.to_string(), |name| name.trim_end_matches("_BUFFER_TYPE").to_owned())
}

/// The name of a WebSocket's operation.
pub(crate) fn operation_name(value: u32) -> String {
    websocket::operation_name(value).map_or_else(|| format!("operation {value}"), str::to_owned)
}

/// The names of certificate faults, shortened, with the bits that have none.
pub(crate) fn fault_names(bits: u32) -> Vec<String> {
    let mut names = secure::names(bits);
    let mut list: Vec<String> = names
        .by_ref()
        .map(|name| name.strip_prefix("WINHTTP_CALLBACK_STATUS_FLAG_").unwrap_or(name).to_owned())
        .collect();
    if names.unnamed() != 0 {
        list.push(format!("{:#x}", names.unnamed()));
    }
    list
}

impl Info {
    /// For people. `name` gives the symbolic name of a handle.
    pub(crate) fn describe(&self, name: impl Fn(usize) -> String) -> String {
        match self {
            Info::Nothing => String::new(),
            Info::Text(text) => format!("{text:?}"),
            Info::Number(number) => number.to_string(),
            Info::Faults(bits) => {
                let names = fault_names(*bits);
                let names = if names.is_empty() { "no bit set".to_owned() } else { names.join(" | ") };
                format!("{bits:#x} {names}")
            }
            Info::Handle(value) => name(*value),
            Info::Buffer => "buffer".to_owned(),
            Info::Failure { api, error } => format!("{}: {}", api_name(*api), error_name(*error)),
            Info::Frame { bytes, buffer_type } => {
                format!("{bytes} bytes {}", buffer_type_name(*buffer_type))
            }
            Info::SocketFailure { operation, error } => {
                format!("{}: {}", operation_name(*operation), error_name(*error))
            }
            Info::Unexpected => "(payload does not fit the status)".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::c::wide;
    use winhttp_abi::{
        WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING, WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE,
        WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE, WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
        WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, WINHTTP_CALLBACK_STATUS_REQUEST_SENT,
        WINHTTP_CALLBACK_STATUS_RESOLVING_NAME, WINHTTP_CALLBACK_STATUS_SECURE_FAILURE,
    };

    fn read<T>(status: u32, value: &T, length: u32) -> Info {
        // SAFETY: the value outlives the call and is of the kind that the status has, or the length says it is not.
        unsafe { decode(status, std::ptr::from_ref(value).cast(), length, false) }
    }

    #[test]
    fn every_kind_of_payload_is_read() {
        let name = wide("localhost");
        // SAFETY: text with its NUL, alive during the call.
        let text = unsafe { decode(WINHTTP_CALLBACK_STATUS_RESOLVING_NAME, name.as_ptr().cast(), 9, false) };
        assert_eq!(text, Info::Text("localhost".into()));
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_REQUEST_SENT, &82u32, 4), Info::Number(82));
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE, &103u32, 4), Info::Number(103));
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_SECURE_FAILURE, &0x38u32, 4), Info::Faults(0x38));
        let handle = 77usize;
        let length = u32::try_from(size_of::<usize>()).unwrap();
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING, &handle, length), Info::Handle(77));
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_READ_COMPLETE, &[0u8; 8], 3), Info::Buffer);
        let result = WINHTTP_ASYNC_RESULT { dwResult: 5, dwError: 12029 };
        let length = u32::try_from(size_of_val(&result)).unwrap();
        let failure = read(WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, &result, length);
        assert_eq!(failure, Info::Failure { api: 5, error: 12029 });
        assert_eq!(
            failure.describe(|_| String::new()),
            "API_SEND_REQUEST: ERROR_WINHTTP_CANNOT_CONNECT (12029)"
        );
    }

    #[test]
    fn payloads_of_a_websocket_are_read_as_such() {
        let status = WINHTTP_WEB_SOCKET_STATUS { dwBytesTransferred: 5, eBufferType: 2 };
        let at = std::ptr::from_ref(&status).cast();
        for (length, expected) in [(8, Info::Frame { bytes: 5, buffer_type: 2 }), (4, Info::Unexpected)] {
            // SAFETY: the value outlives the call and is of the kind that the status has, or the length says it is not.
            let info = unsafe { decode(WINHTTP_CALLBACK_STATUS_READ_COMPLETE, at, length, true) };
            assert_eq!(info, expected);
        }
        assert_eq!(
            Info::Frame { bytes: 5, buffer_type: 2 }.describe(|_| String::new()),
            "5 bytes UTF8_MESSAGE"
        );
        let failure = Info::SocketFailure { operation: 1, error: 12017 };
        assert!(failure.describe(|_| String::new()).starts_with("WINHTTP_WEB_SOCKET_RECEIVE_OPERATION: "));
    }

    #[test]
    fn a_payload_that_does_not_fit_is_not_read() {
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_REQUEST_SENT, &1u32, 2), Info::Unexpected);
        assert_eq!(read(WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, &1u32, 4), Info::Unexpected);
        // SAFETY: null is never read.
        let null = unsafe { decode(WINHTTP_CALLBACK_STATUS_RESOLVING_NAME, std::ptr::null(), 0, false) };
        assert_eq!(null, Info::Unexpected);
        // SAFETY: as above.
        let nothing =
            unsafe { decode(WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, std::ptr::null(), 0, false) };
        assert_eq!(nothing, Info::Nothing);
    }

    #[test]
    fn faults_are_named_and_unknown_bits_kept() {
        assert_eq!(fault_names(0x38), ["INVALID_CA", "CERT_CN_INVALID", "CERT_DATE_INVALID"]);
        assert_eq!(fault_names(0x8000_0000), ["SECURITY_CHANNEL_ERROR"]);
        assert_eq!(fault_names(0x100), ["0x100"]);
        assert_eq!(Info::Faults(0x10).describe(|_| String::new()), "0x10 CERT_CN_INVALID");
    }

    #[test]
    fn unknown_numbers_stay_numbers() {
        assert_eq!(status_name(1), "RESOLVING_NAME");
        assert_eq!(status_name(0x2000), "0x00002000");
        assert_eq!(error_name(12007), "ERROR_WINHTTP_NAME_NOT_RESOLVED (12007)");
        assert_eq!(error_name(99_999), "error 99999");
        assert_eq!(api_name(99), "API 99");
    }
}
