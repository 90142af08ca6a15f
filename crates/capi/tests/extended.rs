//! The functions that read headers as pairs and bodies in part, and trailers.

mod plain;

use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;
use std::time::Duration;

use plain::{Handles, wide};
use winhttp::exports::data::narrow::WinHttpReadDataEx;
use winhttp::exports::extended::narrow::WinHttpQueryHeadersEx;
use winhttp::exports::extended::wide::WinHttpQueryHeadersEx_w32;
use winhttp_abi as abi;
use winhttp_conformance::origin::{Conn, Origin, Script};

const REPLY: &str = "HTTP/1.1 200 OK\r\nA: one\r\nb: \r\nA: \u{e9}\r\nTransfer-Encoding: chunked\r\n\r\n";

fn origin(body: &'static str) -> Origin {
    let connection = Conn::new().request().send(REPLY);
    let connection = connection.delay(Duration::from_millis(50)).send(body);
    Origin::start(Script::new().conn(connection)).expect("an origin")
}

/// What WinHttpQueryHeadersEx gives: its code and the pairs.
fn pairs(
    request: abi::HINTERNET,
    level: u32,
    name: &str,
    index: Option<&mut u32>,
) -> Result<Vec<[String; 2]>, u32> {
    let units = wide(name);
    let name = abi::WINHTTP_HEADER_NAME { pwsz: units.as_ptr() };
    let index = index.map_or(null_mut(), |index| &raw mut *index);
    let mut length = 0;
    let (mut list, mut count) = (null_mut(), 0);
    // SAFETY: a name that ends with a NUL; no buffer, and places for the rest.
    let code = unsafe {
        WinHttpQueryHeadersEx(
            request,
            level,
            0,
            0,
            index,
            &raw const name,
            null_mut(),
            &raw mut length,
            &raw mut list,
            &raw mut count,
        )
    };
    if code != abi::ERROR_INSUFFICIENT_BUFFER {
        assert_ne!(code, 0, "without a buffer there is no success");
        return Err(code);
    }
    assert_eq!((list, count), (null_mut(), 0), "untouched");
    let mut buffer = vec![0u64; (length as usize).div_ceil(8)];
    let place = buffer.as_mut_ptr().cast::<c_void>();
    // One byte less is not enough.
    let mut short = length - 1;
    // SAFETY: as above, with a buffer of more than `short` bytes.
    let code = unsafe {
        WinHttpQueryHeadersEx(
            request,
            level,
            0,
            0,
            index,
            &raw const name,
            place,
            &raw mut short,
            &raw mut list,
            &raw mut count,
        )
    };
    assert_eq!((code, short, count), (abi::ERROR_INSUFFICIENT_BUFFER, length, 0));
    // SAFETY: as above, with a buffer of `length` bytes.
    let code = unsafe {
        WinHttpQueryHeadersEx(
            request,
            level,
            0,
            0,
            index,
            &raw const name,
            place,
            &raw mut length,
            &raw mut list,
            &raw mut count,
        )
    };
    assert_eq!(code, 0);
    let wire = level & abi::WINHTTP_QUERY_FLAG_WIRE_ENCODING != 0;
    let text = |text: &abi::WINHTTP_HEADER_TEXT| {
        if wire {
            // SAFETY: with the flag texts are narrow; they stand in the buffer and end with a NUL.
            let text = unsafe { CStr::from_ptr(text.psz.cast::<c_char>()) };
            return text.to_string_lossy().into_owned();
        }
        // SAFETY: without the flag they are wide.
        let first = unsafe { text.pwsz };
        // SAFETY: as above.
        let units = (0..).map(|at| unsafe { first.wrapping_add(at).read() }).take_while(|&unit| unit != 0);
        String::from_utf16_lossy(&units.collect::<Vec<u16>>())
    };
    // SAFETY: the list stands in the buffer and has so many entries.
    let list = unsafe { std::slice::from_raw_parts(list, count as usize) };
    Ok(list.iter().map(|entry| [text(&entry.name), text(&entry.value)]).collect())
}

fn pair(name: &str, value: &str) -> [String; 2] {
    [name.into(), value.into()]
}

#[test]
fn headers_come_as_pairs() {
    let origin = origin("0\r\nT: u\r\nT: v\r\n\r\n");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    let request = handles.request;
    let all = abi::WINHTTP_QUERY_EX_ALL_HEADERS;
    assert_eq!(pairs(request, all, "", None), Err(abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE));
    handles.exchange();
    let chunked = pair("Transfer-Encoding", "chunked");
    let latin = pair("A", "\u{c3}\u{a9}");
    let found = pairs(request, all, "", None).expect("all of them");
    assert_eq!(found, [pair("A", "one"), pair("b", ""), latin.clone(), chunked.clone()]);
    let wire = all | abi::WINHTTP_QUERY_FLAG_WIRE_ENCODING;
    assert_eq!(pairs(request, wire, "", None).expect("as bytes")[2], pair("A", "\u{e9}"));
    // One name, occurrence by occurrence.
    let custom = abi::WINHTTP_QUERY_CUSTOM;
    let mut index = 0;
    assert_eq!(pairs(request, custom, "a", Some(&mut index)), Ok(vec![pair("A", "one")]));
    assert_eq!(index, 1);
    assert_eq!(pairs(request, custom, "a", Some(&mut index)), Ok(vec![latin]));
    assert_eq!(pairs(request, custom, "a", Some(&mut index)), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND));
    assert_eq!(index, 2);
    assert_eq!(pairs(request, abi::WINHTTP_QUERY_TRANSFER_ENCODING, "", None), Ok(vec![chunked]));
    for level in [
        abi::WINHTTP_QUERY_VERSION,
        abi::WINHTTP_QUERY_STATUS_CODE,
        abi::WINHTTP_QUERY_STATUS_TEXT,
        abi::WINHTTP_QUERY_RAW_HEADERS_CRLF,
        all | abi::WINHTTP_QUERY_FLAG_NUMBER,
        custom | abi::WINHTTP_QUERY_FLAG_NUMBER64,
        custom | abi::WINHTTP_QUERY_FLAG_SYSTEMTIME,
        abi::WINHTTP_QUERY_MAX + 1,
    ] {
        assert_eq!(pairs(request, level, "a", None), Err(abi::ERROR_INVALID_PARAMETER), "{level:#x}");
    }
    // What the stack added is there once the request has been sent.
    let sent = abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    let host = format!("localhost:{}", origin.port());
    assert_eq!(pairs(request, sent | custom, "host", None), Ok(vec![pair("Host", &host)]));
    assert_eq!(
        pairs(request, sent | all, "", None),
        Ok(vec![pair("Connection", "Keep-Alive"), pair("Host", &host)])
    );
    // The trailer: when the body has been read.
    let trailers = abi::WINHTTP_QUERY_FLAG_TRAILERS;
    assert_eq!(pairs(request, trailers | all, "", None), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND));
    assert_eq!(handles.read(10), b"");
    assert_eq!(pairs(request, trailers | all, "", None), Ok(vec![pair("T", "u"), pair("T", "v")]));
    assert_eq!(handles.header(trailers | custom, "t").as_deref(), Ok("u"));
    let raw = trailers | abi::WINHTTP_QUERY_RAW_HEADERS_CRLF;
    assert_eq!(handles.header(raw, "").as_deref(), Ok("T: u\r\nT: v\r\n\r\n"));
    assert_eq!(handles.header(custom, "T"), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND), "not a header");
}

#[test]
fn wrong_handles_come_before_wrong_parameters() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let all = abi::WINHTTP_QUERY_EX_ALL_HEADERS;
    let query = |request, flags, length: *mut u32| {
        let (mut list, mut count) = (null_mut(), 0);
        let null = std::ptr::null();
        // SAFETY: NULL is answered with an error, and places for the rest.
        unsafe {
            WinHttpQueryHeadersEx_w32(
                request,
                all,
                flags,
                0,
                null_mut(),
                null,
                null_mut(),
                length,
                &raw mut list,
                &raw mut count,
            )
        }
    };
    let mut length = 0;
    assert_eq!(query(null_mut(), 1, null_mut()), abi::ERROR_INVALID_HANDLE);
    assert_eq!(query(handles.session, 1, null_mut()), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    assert_eq!(query(handles.request, 0, null_mut()), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(query(handles.request, 1, &raw mut length), abi::ERROR_INVALID_PARAMETER);
}

#[test]
fn a_read_may_be_content_with_what_comes_first() {
    const FILL: u64 = abi::WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER as u64;
    let connection = Conn::new().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none");
    let connection = connection.delay(Duration::from_millis(100)).send("two");
    let connection = connection.delay(Duration::from_millis(100)).send("six");
    let origin = Origin::start(Script::new().conn(connection)).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    let read = |flags, size: u32| {
        let mut buffer = vec![0u8; size as usize];
        let mut count = 99;
        let place = buffer.as_mut_ptr().cast::<c_void>();
        // SAFETY: a buffer of this size and a place for the count.
        let code =
            unsafe { WinHttpReadDataEx(handles.request, place, size, &raw mut count, flags, 0, null_mut()) };
        buffer.truncate(count as usize);
        (code, String::from_utf8_lossy(&buffer).into_owned())
    };
    assert_eq!(read(0, 10), (abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE, String::new()), "the count is 0");
    handles.exchange();
    assert_eq!(read(0, 10), (0, "one".into()));
    assert_eq!(read(FILL, 4), (0, "twos".into()), "as WinHttpReadData");
    assert_eq!(read(2, 4), (abi::ERROR_INVALID_PARAMETER, String::new()));
    assert_eq!(read(0, 10), (0, "ix".into()));
    assert_eq!(read(0, 10), (0, String::new()));
}
