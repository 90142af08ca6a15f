//! Errors that no other test meets, and the text of every error.

mod plain;

use std::ffi::{c_char, c_void};
use std::ptr::null;

use plain::{Handles, answer, last_error, set, set_number, wide};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::library::narrow::{
    WinHttpCompatCertFromPem, WinHttpCompatErrorText, WinHttpCompatVersion,
};
use winhttp::exports::option::narrow::WinHttpSetOption;
use winhttp::exports::request::narrow::WinHttpOpenRequest;
use winhttp::exports::session::narrow::WinHttpOpen;
use winhttp_abi as abi;

#[test]
fn the_library_has_a_version() {
    let mut text = [0x55u8; 16];
    let place = text.as_mut_ptr().cast::<c_char>();
    // SAFETY: a buffer of this size.
    let length = unsafe { WinHttpCompatVersion(place, text.len()) } as usize;
    assert_eq!(&text[..=length], concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes());
    // SAFETY: the same, but said to be smaller.
    assert_eq!(unsafe { WinHttpCompatVersion(place, 2) } as usize, length);
    assert_eq!(text[..2], [b'0', 0]);
}

#[test]
fn every_error_has_a_text() {
    for row in abi::error::TABLE.iter().chain(abi::error::WIN32) {
        let mut text = [0x55u8; 200];
        let place = text.as_mut_ptr().cast::<c_char>();
        // SAFETY: a buffer of this size.
        let length = unsafe { WinHttpCompatErrorText(row.value as u32, place, text.len()) } as usize;
        assert!((5..text.len()).contains(&length), "{}: {length}", row.name);
        assert_eq!(text[length], 0, "{}", row.name);
        let text = std::str::from_utf8(&text[..length]).expect("UTF-8");
        assert!(text.ends_with('.') && !text.contains('\n'), "{}: {text}", row.name);
    }
    // SAFETY: no buffer.
    assert_eq!(unsafe { WinHttpCompatErrorText(0x7FFF_FFFF, std::ptr::null_mut(), 0) }, 0, "no error");
}

#[test]
fn a_header_that_is_there_is_not_new() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    assert_eq!(handles.add("A: b", abi::WINHTTP_ADDREQ_FLAG_ADD_IF_NEW), 0);
    let code = handles.add("a: c", abi::WINHTTP_ADDREQ_FLAG_ADD_IF_NEW);
    assert_eq!(code, abi::ERROR_WINHTTP_HEADER_ALREADY_EXISTS);
    let sent = abi::WINHTTP_QUERY_CUSTOM | abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    assert_eq!(handles.header(sent, "A").as_deref(), Ok("b"));
}

#[test]
fn secure_defaults_allow_nothing_old() {
    // SAFETY: NULL is allowed for each text.
    let session = unsafe { WinHttpOpen(null(), 1, null(), null(), abi::WINHTTP_FLAG_SECURE_DEFAULTS) };
    let protocols = abi::WINHTTP_OPTION_SECURE_PROTOCOLS;
    let old = abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1;
    assert_eq!(set_number(session, protocols, old), abi::ERROR_ACCESS_DENIED);
    assert_eq!(set_number(session, protocols, abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2), 0);
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(session) };
}

#[test]
fn certificates_that_cannot_be_used() {
    let text = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let first = text.as_ptr().cast::<c_char>();
    // SAFETY: texts with their lengths.
    let made = unsafe { WinHttpCompatCertFromPem(first, text.len(), first, text.len()) };
    // SAFETY: an answer that holds a pointer and nothing else.
    let made: *const c_void = unsafe { std::mem::transmute_copy(&made) };
    assert!(made.is_null());
    assert_eq!(last_error(), abi::ERROR_INVALID_DATA);

    let handles = Handles::new("localhost", 1, "GET", "/");
    let path = wide("/");
    // SAFETY: texts that end with a NUL, and NULL.
    let secure = unsafe {
        WinHttpOpenRequest(
            handles.connect,
            null(),
            path.as_ptr(),
            null(),
            null(),
            null(),
            abi::WINHTTP_FLAG_SECURE,
        )
    };
    let option = abi::WINHTTP_OPTION_CLIENT_CERT_CONTEXT;
    let foreign = vec![0u8; size_of::<abi::CERT_CONTEXT>()];
    assert_eq!(set(secure, option, &foreign), abi::ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY);
    assert_eq!(set(secure, option, &foreign[1..]), abi::ERROR_INSUFFICIENT_BUFFER);
    let none = std::ptr::null_mut();
    // SAFETY: NULL and 0: no certificate on purpose.
    assert_eq!(answer(|| unsafe { WinHttpSetOption(secure, option, none, 0) }), 0);
    // SAFETY: as above; without TLS there is nothing to show.
    let code = answer(|| unsafe { WinHttpSetOption(handles.request, option, none, 0) });
    assert_eq!(code, abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(secure) };
}
