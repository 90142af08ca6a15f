//! Rows of the contract that no case and no program holds: what calls answer about handles, lengths and names.

mod plain;

use std::ffi::c_void;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::ptr::{null, null_mut};

use plain::{Handles, answer, last_error, number, set_number, set_text, wide};
use winhttp::exports::auth::narrow::{WinHttpQueryAuthSchemes, WinHttpSetCredentials};
use winhttp::exports::data::narrow::{WinHttpQueryDataAvailable, WinHttpReadData, WinHttpWriteData};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::headers::narrow::{WinHttpAddRequestHeaders, WinHttpQueryHeaders};
use winhttp::exports::option::narrow::{WinHttpQueryOption, WinHttpSetOption};
use winhttp::exports::request::narrow::{WinHttpOpenRequest, WinHttpReceiveResponse, WinHttpSendRequest};
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen, WinHttpSetTimeouts};
use winhttp::exports::url::narrow::{WinHttpCrackUrl, WinHttpCreateUrl};
use winhttp_abi as abi;
use winhttp_conformance::origin::{Origin, Routes};

const OWN: u32 = abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS;

/// What each function answers for a handle that it cannot use, whatever else is wrong.
fn every_call(handle: abi::HINTERNET) -> Vec<(&'static str, u32)> {
    let (mut count, mut read) = (7u32, 7u32);
    let place = &raw mut count;
    let place_of_read = &raw mut read;
    let calls: [(&str, &dyn Fn() -> abi::BOOL); 9] = [
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("ReceiveResponse", &|| unsafe { WinHttpReceiveResponse(handle, null_mut()) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("SendRequest", &|| unsafe { WinHttpSendRequest(handle, null(), 0, null_mut(), 5, 0, 0) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("QueryDataAvailable", &|| unsafe { WinHttpQueryDataAvailable(handle, place) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("ReadData", &|| unsafe { WinHttpReadData(handle, null_mut(), 4, place_of_read) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("WriteData", &|| unsafe { WinHttpWriteData(handle, null(), 4, place) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("AddRequestHeaders", &|| unsafe { WinHttpAddRequestHeaders(handle, null(), 0, 0) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("QueryHeaders", &|| unsafe {
            WinHttpQueryHeaders(handle, 0xFFFF, null(), null_mut(), null_mut(), null_mut())
        }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("SetCredentials", &|| unsafe { WinHttpSetCredentials(handle, 9, 9, null(), null(), null_mut()) }),
        // SAFETY: NULL is an error of its own, and the place is valid.
        ("QueryAuthSchemes", &|| unsafe {
            WinHttpQueryAuthSchemes(handle, null_mut(), null_mut(), null_mut())
        }),
    ];
    let answers = calls.map(|(name, call)| (name, answer(call))).to_vec();
    // SAFETY: a number of this function's own.
    assert_eq!(unsafe { place.read() }, 7, "what is refused writes nothing");
    // SAFETY: as above.
    assert_eq!(unsafe { place_of_read.read() }, 0, "but a refused read has read nothing");
    answers
}

#[test]
fn the_handle_is_looked_at_first() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let closed = handles.open("GET", "/");
    // SAFETY: any value is allowed.
    assert_eq!(answer(|| unsafe { WinHttpCloseHandle(closed) }), 0);
    for handle in [null_mut(), closed] {
        for (name, error) in every_call(handle) {
            assert_eq!(error, abi::ERROR_INVALID_HANDLE, "{name}");
        }
    }
    for handle in [handles.session, handles.connect] {
        for (name, error) in every_call(handle) {
            assert_eq!(error, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, "{name}");
        }
    }
    // Those that make handles.
    for (parent, wanted) in [
        (null_mut(), abi::ERROR_INVALID_HANDLE),
        (closed, abi::ERROR_INVALID_HANDLE),
        (handles.request, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    ] {
        for name in [None, Some("a b")] {
            let name = name.map(wide);
            let text = name.as_ref().map_or(null(), |name| name.as_ptr());
            // SAFETY: NULL or text that ends with a NUL.
            assert!(unsafe { WinHttpConnect(parent, text, 80, 0) }.is_null());
            assert_eq!(last_error(), wanted, "Connect {name:?}");
            // SAFETY: as above.
            let opened = unsafe { WinHttpOpenRequest(parent, text, null(), null(), null(), null(), 0) };
            assert!(opened.is_null());
            assert_eq!(last_error(), wanted, "OpenRequest {name:?}");
        }
    }
    // SetTimeouts: values before the kind, the handle before the values.
    for (handle, limit, wanted) in [
        (null_mut(), -2, abi::ERROR_INVALID_HANDLE),
        (closed, -2, abi::ERROR_INVALID_HANDLE),
        (handles.connect, -2, abi::ERROR_INVALID_PARAMETER),
        (handles.connect, -1, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
        (handles.session, -1, 0),
        (handles.request, 0, 0),
    ] {
        // SAFETY: numbers only.
        assert_eq!(answer(|| unsafe { WinHttpSetTimeouts(handle, 0, 0, limit, 0) }), wanted);
    }
    // SetOption and QueryOption.
    assert_eq!(set_number(closed, abi::WINHTTP_OPTION_CONNECT_TIMEOUT, 1), abi::ERROR_INVALID_HANDLE);
    assert_eq!(set_number(closed, 0, 1), abi::ERROR_INVALID_HANDLE);
    assert_eq!(number(closed, 0), Err(abi::ERROR_INVALID_HANDLE));
    assert_eq!(number(closed, abi::WINHTTP_OPTION_DISABLE_FEATURE), Err(abi::ERROR_INVALID_HANDLE));
}

#[test]
fn lengths_of_header_queries() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "POST", "/");
    assert_eq!(handles.add("Warning:test1", abi::WINHTTP_ADDREQ_FLAG_ADD), 0);
    let name = wide("Warning");
    let ask = |level: u32, buffer: &mut [u8], null: bool, mut length: u32| {
        let mut index = 0u32;
        let place = if null { null_mut() } else { buffer.as_mut_ptr().cast::<c_void>() };
        // SAFETY: text that ends with a NUL, a buffer of at least `length` bytes or NULL, and places for numbers.
        let code = answer(|| unsafe {
            WinHttpQueryHeaders(handles.request, level, name.as_ptr(), place, &raw mut length, &raw mut index)
        });
        (code, length, index)
    };
    let mut buffer = [0x55u8; 512];
    let custom = abi::WINHTTP_QUERY_CUSTOM | OWN;
    // Without a buffer every length is too small.
    for length in [0, 10, 12, 512, u32::MAX] {
        assert_eq!(ask(custom, &mut buffer, true, length), (abi::ERROR_INSUFFICIENT_BUFFER, 12, 0));
        let (code, needed, index) = ask(abi::WINHTTP_QUERY_RAW_HEADERS_CRLF | OWN, &mut buffer, true, length);
        assert_eq!((code, index), (abi::ERROR_INSUFFICIENT_BUFFER, 0));
        assert!(needed > 40, "{needed}");
        let (code, needed, index) = ask(abi::WINHTTP_QUERY_RAW_HEADERS | OWN, &mut buffer, true, length);
        assert_eq!((code, index), (abi::ERROR_INSUFFICIENT_BUFFER, 0));
        assert!(needed > 40, "{needed}");
    }
    for length in [0, 10, 11] {
        assert_eq!(ask(custom, &mut buffer, false, length), (abi::ERROR_INSUFFICIENT_BUFFER, 12, 0));
        assert!(buffer.iter().all(|byte| *byte == 0x55));
    }
    assert_eq!(ask(custom, &mut buffer, false, 12), (0, 10, 1));
    assert_eq!(buffer[10..13], [0, 0, 0x55]);
    // Both raw forms take what they have asked for, and end as they must.
    for (level, end) in
        [(abi::WINHTTP_QUERY_RAW_HEADERS_CRLF, "\r\n\r\n"), (abi::WINHTTP_QUERY_RAW_HEADERS, "\0")]
    {
        let (_, needed, _) = ask(level | OWN, &mut buffer, true, 0);
        let (code, length, index) = ask(level | OWN, &mut buffer, false, needed);
        assert_eq!((code, index), (0, 0));
        assert!(length + 2 <= needed, "{length} {needed}");
        let units: Vec<u16> =
            buffer[..length as usize + 2].as_chunks().0.iter().map(|two| u16::from_ne_bytes(*two)).collect();
        let text = String::from_utf16(&units).expect("text");
        assert!(text.starts_with("POST / HTTP/1"), "{text:?}");
        assert!(text.ends_with(&format!("{end}\0")), "{text:?}");
        assert!(!text.ends_with("\0\0\0"), "{text:?}");
    }
    // In any state, without the flag.
    assert_eq!(handles.header(abi::WINHTTP_QUERY_REQUEST_METHOD, "").as_deref(), Ok("POST"));
    handles.exchange();
    assert_eq!(handles.header(abi::WINHTTP_QUERY_REQUEST_METHOD, "").as_deref(), Ok("POST"));
    assert_eq!(handles.header(abi::WINHTTP_QUERY_ORIG_URI, ""), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND));
    assert_eq!(handles.header(abi::WINHTTP_QUERY_MAX + 1, ""), Err(abi::ERROR_INVALID_PARAMETER));
    // A number is four bytes in any larger buffer too.
    let status = abi::WINHTTP_QUERY_STATUS_CODE | abi::WINHTTP_QUERY_FLAG_NUMBER;
    assert_eq!(ask(status, &mut buffer, false, 3), (abi::ERROR_INSUFFICIENT_BUFFER, 4, 0));
    let (code, length, _) = ask(status, &mut buffer, false, 9);
    assert_eq!((code, length, buffer[..4] == 200u32.to_ne_bytes()), (0, 4, true));
}

#[test]
fn lengths_of_option_texts() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let read = |handle, option, room: Option<usize>| {
        let mut units = vec![0x5555u16; 64];
        let mut length = room.map_or(u32::MAX, |room| room as u32);
        let place = if room.is_none() { null_mut() } else { units.as_mut_ptr().cast::<c_void>() };
        // SAFETY: a buffer of at least `length` bytes or NULL.
        let code = answer(|| unsafe { WinHttpQueryOption(handle, option, place, &raw mut length) });
        let end = units.iter().position(|unit| *unit == 0).unwrap_or(0);
        (code, length, String::from_utf16_lossy(&units[..end]))
    };
    let all = [
        abi::WINHTTP_OPTION_USERNAME,
        abi::WINHTTP_OPTION_PASSWORD,
        abi::WINHTTP_OPTION_PROXY_USERNAME,
        abi::WINHTTP_OPTION_PROXY_PASSWORD,
    ];
    for option in all {
        assert_eq!(read(handles.request, option, Some(100)), (0, 0, String::new()), "{option}");
    }
    assert_eq!(set_text(handles.request, abi::WINHTTP_OPTION_PROXY_USERNAME, "proxyuser"), 0);
    assert_eq!(read(handles.request, all[0], Some(100)), (0, 0, String::new()));
    assert_eq!(read(handles.request, all[2], Some(100)), (0, 18, "proxyuser".into()));
    assert_eq!(read(handles.request, all[2], Some(20)), (0, 18, "proxyuser".into()));
    for room in [None, Some(0), Some(18), Some(19)] {
        let (code, length, text) = read(handles.request, all[2], room);
        assert_eq!((code, length, text.as_str()), (abi::ERROR_INSUFFICIENT_BUFFER, 20, ""), "{room:?}");
    }
    // SetCredentials has a store of its own.
    let text = wide("user");
    // SAFETY: texts that end with a NUL.
    let code = answer(|| unsafe {
        WinHttpSetCredentials(handles.request, 0, 1, text.as_ptr(), text.as_ptr(), null_mut())
    });
    assert_eq!(code, 0);
    assert_eq!(read(handles.request, all[0], Some(100)), (0, 0, String::new()));
    assert_eq!(read(handles.request, all[1], Some(100)), (0, 0, String::new()));
    // The text's length counts units and needs no NUL.
    let text = wide("userX");
    let place = text.as_ptr().cast_mut().cast::<c_void>();
    // SAFETY: a text of more than four units.
    assert_eq!(answer(|| unsafe { WinHttpSetOption(handles.request, all[0], place, 4) }), 0);
    assert_eq!(read(handles.request, all[0], Some(100)), (0, 8, "user".into()));
    // A request has no user agent, a session no user.
    for option in all {
        assert_eq!(set_text(handles.session, option, "x"), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
        assert_eq!(set_text(handles.connect, option, "x"), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    }
}

/// Schemes without credentials; the outputs of QueryAuthSchemes that stay what they were.
#[test]
fn credentials_before_anything_was_asked() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let name = wide("name");
    let none = null::<u16>();
    for (scheme, user, password, wanted) in [
        (abi::WINHTTP_AUTH_SCHEME_NTLM, none, none, 0),
        (abi::WINHTTP_AUTH_SCHEME_PASSPORT, none, none, 0),
        (abi::WINHTTP_AUTH_SCHEME_NEGOTIATE, none, none, 0),
        (abi::WINHTTP_AUTH_SCHEME_DIGEST, none, none, abi::ERROR_INVALID_PARAMETER),
        (abi::WINHTTP_AUTH_SCHEME_BASIC, none, none, abi::ERROR_INVALID_PARAMETER),
        (abi::WINHTTP_AUTH_SCHEME_BASIC, name.as_ptr(), none, abi::ERROR_INVALID_PARAMETER),
        (abi::WINHTTP_AUTH_SCHEME_BASIC, none, name.as_ptr(), abi::ERROR_INVALID_PARAMETER),
    ] {
        // SAFETY: NULL or texts that end with a NUL.
        let code = answer(|| unsafe {
            WinHttpSetCredentials(
                handles.request,
                abi::WINHTTP_AUTH_TARGET_SERVER,
                scheme,
                user,
                password,
                null_mut(),
            )
        });
        assert_eq!(code, wanted, "{scheme}");
    }
    let mut out = [7u32; 3];
    let [a, b, c] = &mut out;
    // SAFETY: places for numbers.
    let code = answer(|| unsafe { WinHttpQueryAuthSchemes(handles.request, a, b, c) });
    assert_eq!((code, out), (abi::ERROR_INVALID_OPERATION, [7; 3]));
}

#[test]
fn security_flags_belong_to_requests() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let option = abi::WINHTTP_OPTION_SECURITY_FLAGS;
    for handle in [handles.session, handles.connect] {
        assert_eq!(set_number(handle, option, 0x100), abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    }
    assert_eq!(number(handles.request, option), Ok(0));
    for bit in 0..32 {
        let flag = 1u32 << bit;
        let settable = abi::SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS | abi::SECURITY_FLAG_IGNORE_WEAK_SIGNATURE;
        let wanted = if flag & settable == 0 { abi::ERROR_INVALID_PARAMETER } else { 0 };
        assert_eq!(set_number(handles.request, option, flag), wanted, "{flag:#x}");
        // What is refused changes nothing.
        if wanted == 0 {
            assert_eq!(number(handles.request, option), Ok(flag));
            assert_eq!(set_number(handles.request, option, flag | 1), abi::ERROR_INVALID_PARAMETER);
            assert_eq!(number(handles.request, option), Ok(flag));
        }
    }
}

fn cracked(url: &str) -> Result<(String, u16, String), u32> {
    let text = wide(url);
    // SAFETY: a structure of numbers and pointers.
    let mut parts: abi::URL_COMPONENTS<u16> = unsafe { std::mem::zeroed() };
    parts.dwStructSize = size_of_val(&parts) as u32;
    parts.dwHostNameLength = 1;
    parts.dwUrlPathLength = 1;
    // SAFETY: text that ends with a NUL; the parts point into it.
    let code = answer(|| unsafe { WinHttpCrackUrl(text.as_ptr(), 0, 0, &raw mut parts) });
    let part = |first: *mut u16, length: u32| {
        // SAFETY: a part of the text.
        String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(first, length as usize) })
    };
    match code {
        0 => Ok((
            part(parts.lpszHostName, parts.dwHostNameLength),
            parts.nPort,
            part(parts.lpszUrlPath, parts.dwUrlPathLength),
        )),
        code => Err(code),
    }
}

fn created(host: &str, port: u16) -> Result<String, u32> {
    let mut name = wide(host);
    // SAFETY: a structure of numbers and pointers.
    let mut parts: abi::URL_COMPONENTS<u16> = unsafe { std::mem::zeroed() };
    parts.dwStructSize = size_of_val(&parts) as u32;
    parts.lpszHostName = name.as_mut_ptr();
    parts.dwHostNameLength = name.len() as u32 - 1;
    parts.nPort = port;
    let mut url = [0u16; 128];
    let mut length = 128;
    // SAFETY: parts and a buffer that are valid.
    match answer(|| unsafe { WinHttpCreateUrl(&raw const parts, 0, url.as_mut_ptr(), &raw mut length) }) {
        0 => Ok(String::from_utf16_lossy(&url[..length as usize])),
        code => Err(code),
    }
}

#[test]
fn addresses_scopes_and_port_0() {
    assert_eq!(cracked("http://[::1]/"), Ok(("[::1]".into(), 80, "/".into())));
    assert_eq!(cracked("https://[fe80::1%25lo]:0/x"), Ok(("[fe80::1%25lo]".into(), 0, "/x".into())));
    assert_eq!(cracked("http://[fe80::1%1]:8080"), Ok(("[fe80::1%1]".into(), 8080, String::new())));
    assert_eq!(cracked("http://localhost:"), Ok(("localhost".into(), 80, String::new())));
    for bad in ["http://[::1", "http://[::1]x/", "http://[::1]:65536/", "http://::1/"] {
        assert_eq!(cracked(bad), Err(abi::ERROR_WINHTTP_INVALID_URL), "{bad}");
    }
    assert_eq!(created("[fe80::1%1]", 80).as_deref(), Ok("http://[fe80::1%1]"));
    assert_eq!(created("[::1]", 81).as_deref(), Ok("http://[::1]:81"));
    assert_eq!(created("localhost", 0).as_deref(), Ok("http://localhost:0"));
    // Port 0 of a connect handle is the scheme's.
    let handles = Handles::new("[::1]", 0, "GET", "/");
    let url = |request| {
        let mut units = [0u16; 128];
        let mut length = 256;
        let place = units.as_mut_ptr().cast::<c_void>();
        // SAFETY: a buffer of 256 bytes.
        let code = answer(|| unsafe {
            WinHttpQueryOption(request, abi::WINHTTP_OPTION_URL, place, &raw mut length)
        });
        assert_eq!(code, 0);
        String::from_utf16_lossy(&units[..length as usize / 2])
    };
    assert_eq!(url(handles.request), "http://[::1]/");
    // SAFETY: NULL is allowed for each text.
    let secure = unsafe {
        WinHttpOpenRequest(handles.connect, null(), null(), null(), null(), null(), abi::WINHTTP_FLAG_SECURE)
    };
    assert_eq!(url(secure), "https://[::1]/");
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(secure) };
    // A zone that no interface has is no address.
    for host in ["[fe80::1%nowhere]", "[fe80::1%]", "[::1", "::1"] {
        let handles = Handles::new(host, 80, "GET", "/");
        assert_eq!(handles.send(), abi::ERROR_WINHTTP_NAME_NOT_RESOLVED, "{host}");
    }
    // Proxy text beside another access type is passed over.
    let text = wide("x");
    // SAFETY: texts that end with a NUL.
    let session = unsafe { WinHttpOpen(null(), 0, text.as_ptr(), text.as_ptr(), 0) };
    assert!(!session.is_null());
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(session) };
}

#[test]
fn a_zone_is_used_and_not_told() {
    // A machine without IPv6 has nothing to show here.
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let port = listener.local_addr().expect("an address").port();
    let zone = if cfg!(target_os = "macos") { "lo0" } else { "lo" };
    let server = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut text = Vec::new();
            let mut piece = [0; 1024];
            while !text.ends_with(b"\r\n\r\n") {
                let count = stream.read(&mut piece).expect("a request");
                assert_ne!(count, 0);
                text.extend_from_slice(&piece[..count]);
            }
            let reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
            stream.write_all(reply).expect("a reply");
            seen.push(String::from_utf8(text).expect("text"));
        }
        seen
    });
    for separator in ["%", "%25"] {
        let handles = Handles::new(&format!("[::1{separator}{zone}]"), port, "GET", "/");
        handles.exchange();
        assert_eq!(handles.read(10), b"ok");
    }
    for request in server.join().expect("the server") {
        assert!(request.contains(&format!("\r\nHost: [::1]:{port}\r\n")), "{request}");
    }
}

#[test]
fn web_socket_options_of_other_handles() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let interval = abi::WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL;
    assert_eq!(number(handles.session, interval), Err(abi::ERROR_INVALID_PARAMETER));
    assert_eq!(number(handles.request, interval), Err(abi::ERROR_INVALID_PARAMETER));
    let code = set_number(handles.request, interval, 20_000);
    assert_eq!(code, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
}

fn add(handles: &Handles, text: &str, length: u32) -> u32 {
    let text = wide(text);
    // SAFETY: a text with at least so many units.
    answer(|| unsafe { WinHttpAddRequestHeaders(handles.request, text.as_ptr(), length, 0) })
}

#[test]
fn lengths_of_header_texts() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    let sent = abi::WINHTTP_QUERY_CUSTOM | OWN;
    // A length counts units and cuts the text.
    assert_eq!(add(&handles, "A: 1234", 5), 0);
    assert_eq!(handles.header(sent, "A").as_deref(), Ok("12"));
    // SAFETY: NULL is refused.
    let nothing = answer(|| unsafe { WinHttpAddRequestHeaders(handles.request, null(), u32::MAX, 0) });
    assert_eq!(nothing, abi::ERROR_INVALID_PARAMETER);
    assert_eq!(add(&handles, "B: 1", 0), abi::ERROR_INVALID_PARAMETER);
    // One malformed line, and none is added.
    assert_eq!(add(&handles, "C: 1\r\n:d", u32::MAX), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(handles.header(sent, "C"), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND));
    let text = wide("E: 12345\rF: 6");
    // SAFETY: a text of more than five units.
    let code =
        answer(|| unsafe { WinHttpSendRequest(handles.request, text.as_ptr(), 5, null_mut(), 0, 0, 0) });
    assert_eq!((code, handles.receive()), (0, 0));
    let first = handles.read(10);
    // SAFETY: a text that ends with a NUL.
    let code =
        answer(|| unsafe { WinHttpSendRequest(handles.request, text.as_ptr(), 0, null_mut(), 0, 0, 0) });
    assert_eq!((code, handles.receive(), &first[..]), (0, 0, &b"root"[..]));
    let requests = origin.requests();
    assert_eq!((requests[0].headers("E"), requests[0].headers("F").len()), (vec!["12".into()], 0));
    assert_eq!(requests[1].header("F").as_deref(), Some("6"));
}
