//! Options whose effect shows in what is sent, looked up or answered.

mod plain;

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use plain::{Handles, answer, number, set, set_number, set_text, wide};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::option::narrow::{WinHttpQueryOption, WinHttpSetOption};
use winhttp::exports::request::narrow::WinHttpSendRequest;
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen};
use winhttp_abi as abi;
use winhttp_conformance::origin::{Conn, Origin, Routes, Script};

fn origin() -> Origin {
    Origin::serve(Routes::new().fixed("/", "root").redirect("/in", 302, "http://user:pw@localhost/x"))
        .expect("an origin")
}

fn send_with(handles: &Handles, headers: &str, total: u32) -> u32 {
    let headers = wide(headers);
    // SAFETY: text that ends with a NUL, and no data.
    answer(|| unsafe {
        WinHttpSendRequest(handles.request, headers.as_ptr(), u32::MAX, null_mut(), 0, total, 0)
    })
}

#[test]
fn a_refused_send_leaves_the_headers_as_they_were() {
    let origin = origin();
    let handles = Handles::new("localhost", origin.port(), "POST", "/");
    assert_eq!(handles.add("A: 1", abi::WINHTTP_ADDREQ_FLAG_ADD), 0);
    for headers in [
        "X: y\r\nContent-Length: 5",
        "X: y\r\nContent-Length: 0\r\nTransfer-Encoding: chunked",
        "X: y\r\nbad",
    ] {
        assert_eq!(send_with(&handles, headers, 4), abi::ERROR_INVALID_PARAMETER, "{headers}");
        for name in ["X", "Content-Length", "Transfer-Encoding"] {
            let sent = abi::WINHTTP_QUERY_CUSTOM | abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
            assert_eq!(handles.header(sent, name), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND), "{headers}");
        }
    }
    handles.exchange();
    let request = &origin.requests()[0];
    assert_eq!(request.headers("A"), ["1"]);
    assert_eq!(request.headers("Content-Length"), ["0"]);
    assert!(request.header("X").is_none());
}

#[test]
fn another_name_is_looked_up_and_its_connections_are_kept_apart() {
    let origin = origin();
    // No resolver knows this name.
    let handles = Handles::new("server.invalid", origin.port(), "GET", "/");
    assert_eq!(handles.send(), abi::ERROR_WINHTTP_NAME_NOT_RESOLVED);
    assert_eq!(number(null_mut(), abi::WINHTTP_OPTION_EXTENDED_ERROR), Ok(11_001));
    assert_eq!(
        set_text(handles.request, abi::WINHTTP_OPTION_RESOLUTION_HOSTNAME, "not a name"),
        abi::ERROR_WINHTTP_INVALID_URL
    );
    assert_eq!(
        set_text(handles.session, abi::WINHTTP_OPTION_RESOLUTION_HOSTNAME, "localhost"),
        abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE
    );
    assert_eq!(set_text(handles.request, abi::WINHTTP_OPTION_RESOLUTION_HOSTNAME, "localhost"), 0);
    handles.exchange();
    assert_eq!(handles.read(100), b"root");
    let host = format!("server.invalid:{}", origin.port());
    assert_eq!(origin.requests()[0].header("Host"), Some(host));
    // The same server by its own name still is not to be found.
    let other = Handles::new("server.invalid", origin.port(), "GET", "/");
    assert_eq!(other.send(), abi::ERROR_WINHTTP_NAME_NOT_RESOLVED);
}

#[test]
fn the_extended_error_is_what_the_network_said() {
    let port = Origin::closed_port().expect("a port");
    let handles = Handles::new("127.0.0.1", port, "GET", "/");
    assert_eq!(handles.send(), abi::ERROR_WINHTTP_CANNOT_CONNECT);
    for handle in [null_mut(), handles.session, handles.connect, handles.request] {
        assert_eq!(number(handle, abi::WINHTTP_OPTION_EXTENDED_ERROR), Ok(10_061), "WSAECONNREFUSED");
    }
    let code = set_number(handles.session, abi::WINHTTP_OPTION_EXTENDED_ERROR, 0);
    assert_eq!(code, abi::ERROR_WINHTTP_OPTION_NOT_SETTABLE);
}

#[test]
fn a_redirect_with_credentials_may_be_refused() {
    let port = Origin::closed_port().expect("a port");
    let place = format!("Location: http://user:pw@localhost:{port}/x");
    let reply = format!("HTTP/1.1 302 Found\r\n{place}\r\nContent-Length: 0\r\n\r\n");
    let conn = Conn::new().request().send(&reply).request().send(&reply);
    let origin = Origin::start(Script::new().conn(conn)).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/in");
    assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_REJECT_USERPWD_IN_URL, 1), 0);
    assert_eq!((handles.send(), handles.receive()), (0, abi::ERROR_WINHTTP_INVALID_URL));
    assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_REJECT_USERPWD_IN_URL, 0), 0);
    // Followed, to where nobody listens.
    let followed = (handles.send(), handles.receive());
    assert!(matches!(followed, (0, abi::ERROR_WINHTTP_CANNOT_CONNECT)), "{followed:?}");
}

#[test]
fn what_must_be_newer_than_http_1_is_not_sent() {
    let origin = origin();
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED, 1), 0);
    handles.exchange();
    let newer = abi::WINHTTP_PROTOCOL_FLAG_HTTP2;
    assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL, newer), 0);
    assert_eq!(handles.send(), abi::ERROR_WINHTTP_HTTP_PROTOCOL_MISMATCH);
    assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED, 0), 0);
    handles.exchange();
    assert_eq!(number(handles.request, abi::WINHTTP_OPTION_HTTP_PROTOCOL_USED), Ok(0));
    assert_eq!(origin.requests().len(), 2);
}

#[test]
fn the_code_page_is_that_of_the_query() {
    let origin = origin();
    let mut handles = Handles::new("localhost", origin.port(), "GET", "/");
    let pages = [
        (65_001, "/%C3%A9?%C3%A9%E2%82%AC"),
        (28_591, "/%C3%A9?%E9?"),
        (1252, "/%C3%A9?%E9%80"),
        (20_127, "/%C3%A9???"),
        (0, "/%C3%A9?%C3%A9%E2%82%AC"),
    ];
    for (at, (page, wanted)) in pages.into_iter().enumerate() {
        assert_eq!(set_number(handles.session, abi::WINHTTP_OPTION_CODEPAGE, page), 0);
        // SAFETY: any value is allowed.
        unsafe { WinHttpCloseHandle(handles.request) };
        handles.request = handles.open("GET", "/\u{e9}?\u{e9}\u{20ac}");
        handles.exchange();
        assert_eq!(origin.requests()[at].path(), wanted, "{page}");
    }
    let code = set_number(handles.session, abi::WINHTTP_OPTION_CODEPAGE, 932);
    assert_eq!(code, abi::ERROR_INVALID_PARAMETER);
    let code = set_number(handles.request, abi::WINHTTP_OPTION_CODEPAGE, 65_001);
    assert_eq!(code, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
}

#[test]
fn international_names_go_out_in_punycode() {
    let origin = origin();
    let handles = Handles::new("b\u{fc}cher.example", origin.port(), "GET", "/");
    assert_eq!(set_text(handles.request, abi::WINHTTP_OPTION_RESOLUTION_HOSTNAME, "localhost"), 0);
    handles.exchange();
    let host = format!("xn--bcher-kva.example:{}", origin.port());
    assert_eq!(origin.requests()[0].header("Host"), Some(host));
    // SAFETY: NULL is allowed for each text.
    let session = unsafe { WinHttpOpen(null(), 1, null(), null(), 0) };
    for name in ["a b", "a/b", "a\u{ff0f}b", "\u{3000}\u{fc}", "\u{ad}", ""] {
        let name = wide(name);
        // SAFETY: text that ends with a NUL.
        assert!(unsafe { WinHttpConnect(session, name.as_ptr(), 80, 0) }.is_null());
        assert_eq!(plain::last_error(), abi::ERROR_WINHTTP_INVALID_URL);
    }
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(session) };
}

#[test]
fn the_process_has_a_version_for_its_sessions() {
    let version = |minor: u32| [1u32.to_ne_bytes(), minor.to_ne_bytes()].concat();
    let option = abi::WINHTTP_OPTION_HTTP_VERSION;
    let read = |handle| {
        let mut found = [0u32; 2];
        let mut length = 8;
        let place = found.as_mut_ptr().cast::<c_void>();
        // SAFETY: a place of eight bytes.
        assert_eq!(answer(|| unsafe { WinHttpQueryOption(handle, option, place, &raw mut length) }), 0);
        found
    };
    assert_eq!(read(null_mut()), [1, 1]);
    assert_eq!(set(null_mut(), option, &version(0)), 0);
    let old = Handles::new("localhost", 1, "GET", "/");
    assert_eq!(set(null_mut(), option, &version(2)), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(set(null_mut(), option, &version(1)), 0);
    let new = Handles::new("localhost", 1, "GET", "/");
    assert_eq!((read(old.session), read(old.request)), ([1, 0], [1, 0]));
    assert_eq!((read(new.session), read(new.request)), ([1, 1], [1, 1]));
}

#[test]
fn what_is_there_can_be_asked() {
    let ask = |feature: u32| {
        let mut value = feature;
        let mut length = 4;
        let place = (&raw mut value).cast::<c_void>();
        let option = abi::WINHTTP_OPTION_FEATURE_SUPPORTED;
        // SAFETY: a place of four bytes.
        let read = answer(|| unsafe { WinHttpQueryOption(null_mut(), option, place, &raw mut length) });
        // SAFETY: as above.
        let written = answer(|| unsafe { WinHttpSetOption(null_mut(), option, place, 4) });
        assert_eq!((read, value), (written, feature));
        read
    };
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/COVERAGE.md"));
    let page = page.expect("the page");
    let mut checked = 0;
    for feature in abi::feature::TABLE {
        let answer = ask(feature.value as u32);
        // What a feature is about stands between backticks.
        let Some(name) = feature.meaning.split('`').nth(1) else { continue };
        let Some(line) = page.lines().find(|line| line.starts_with(&format!("| `{name}` |"))) else {
            continue;
        };
        let works = line.contains("| works |");
        let wanted = if works { 0 } else { abi::ERROR_WINHTTP_INVALID_OPTION };
        assert_eq!(answer, wanted, "{} in FEATURES of exports/option.rs: {line}", feature.name);
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
    assert_eq!(ask(0), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(ask(abi::WINHTTP_FEATURE_FLAG_AUTOMATIC_CHUNKING), 0);
}
