//! The likeliest mistakes (`docs/mistakes.md`): those that no case of the conformance suite holds, and the page itself.

mod plain;

use std::ffi::c_void;
use std::fs;
use std::path::Path;
use std::ptr::{null, null_mut};

use plain::{Handles, answer, set_number, set_text, wide};
use winhttp::exports::auth::narrow::WinHttpSetCredentials;
use winhttp::exports::callback::narrow::WinHttpSetStatusCallback;
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::headers::narrow::WinHttpQueryHeaders;
use winhttp::exports::library::WinHttpCompatSetLastError;
use winhttp::exports::request::narrow::{WinHttpReceiveResponse, WinHttpSendRequest};
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen, WinHttpSetTimeouts};
use winhttp::exports::time::narrow::WinHttpTimeToSystemTime;
use winhttp::exports::url::narrow::{WinHttpCrackUrl, WinHttpCreateUrl};
use winhttp_abi as abi;
use winhttp_conformance::origin::{Conn, Origin, Routes, Script};

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of documentation before a test function, and its name.
fn documented(text: &str, function: &str) -> String {
    let at = text.find(&format!("fn {function}(")).unwrap_or_else(|| panic!("no test {function}"));
    let lines: Vec<&str> = text[..at].lines().rev().take_while(|line| line.starts_with(['/', '#'])).collect();
    assert!(lines.iter().any(|line| line.starts_with("#[test]")), "{function} is no test");
    format!("{} {function}", lines.join(" "))
}

/// Whether a text names the mistake: `Mistakes: 3, 7` or `mistake_07`.
fn names(text: &str, number: usize) -> bool {
    let listed = text.split("Mistakes: ").skip(1).any(|rest| {
        let list = rest.split(['\n', '.']).next().unwrap_or_default();
        list.split(',').any(|entry| entry.trim() == number.to_string())
    });
    listed || text.contains(&format!("mistake_{number:02}_"))
}

#[test]
fn every_mistake_has_tests_that_name_it() {
    let page = file("docs/mistakes.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|row| row.len() == 6 && row[1].parse::<usize>().is_ok())
        .collect();
    assert_eq!(rows.len(), 42);
    let cases = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases"));
    for case in cases.expect("the cases") {
        let path = case.expect("a case").path();
        let text = fs::read_to_string(&path).expect("text");
        let name = format!("`{}`", path.file_stem().expect("a name").display());
        for (at, row) in rows.iter().enumerate() {
            let listed = row[3].contains(&name);
            let named = names(text.lines().next().unwrap_or_default(), at + 1);
            assert_eq!(listed, named, "mistake {}: {name}", at + 1);
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let number = at + 1;
        assert_eq!(row[1], number.to_string());
        let entries = |column: usize| row[column].split('`').skip(1).step_by(2);
        assert!(entries(3).chain(entries(4)).count() > 0, "mistake {number} has no test");
        for case in entries(3) {
            // That it names the mistake was seen above.
            file(&format!("conformance/cases/{case}.toml"));
        }
        for test in entries(4) {
            let (path, function) = test.rsplit_once("::").expect("file::function");
            assert!(names(&documented(&file(path), function), number), "{test} does not name {number}");
        }
    }
}

#[test]
fn mistake_01_success_sets_the_last_error_to_0() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    // The wrapper looks at the last error of every call that it makes.
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    assert_eq!(handles.add("A: b", abi::WINHTTP_ADDREQ_FLAG_ADD), 0);
    assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_CONNECT_TIMEOUT, 5000), 0);
    // SAFETY: numbers only.
    assert_eq!(answer(|| unsafe { WinHttpSetTimeouts(handles.request, 1000, 1000, 1000, 1000) }), 0);
    handles.exchange();
    assert_eq!(handles.available(), 4);
    assert_eq!(handles.read(10), b"root");
    assert_eq!(handles.header(abi::WINHTTP_QUERY_STATUS_CODE, "").as_deref(), Ok("200"));
    let date = wide("Mon, 28 Jul 2008 10:05:52 GMT");
    // SAFETY: a structure of plain numbers.
    let mut time: abi::SYSTEMTIME = unsafe { std::mem::zeroed() };
    // SAFETY: text that ends with a NUL, and a place for the time.
    assert_eq!(answer(|| unsafe { WinHttpTimeToSystemTime(date.as_ptr(), &raw mut time) }), 0);
    // Functions that answer with a handle or a callback.
    WinHttpCompatSetLastError(7);
    // SAFETY: NULL is allowed for each text.
    let session = unsafe { WinHttpOpen(null(), 0, null(), null(), 0) };
    assert_eq!(plain::last_error(), 0);
    WinHttpCompatSetLastError(7);
    // SAFETY: text that ends with a NUL.
    let connect = unsafe { WinHttpConnect(session, wide("h").as_ptr(), 80, 0) };
    assert_eq!((plain::last_error(), connect.is_null()), (0, false));
    WinHttpCompatSetLastError(7);
    // SAFETY: NULL takes the callback away.
    assert!(unsafe { WinHttpSetStatusCallback(session, None, 0, 0) }.is_null());
    assert_eq!(plain::last_error(), 0);
    for handle in [connect, session] {
        // SAFETY: any value is allowed.
        assert_eq!(answer(|| unsafe { WinHttpCloseHandle(handle) }), 0);
    }
}

#[test]
fn mistake_12_set_credentials_beat_the_options() {
    let no = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n";
    let origin = Origin::start(Script::new().conn(Conn::new().request().send(no))).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    assert_eq!(set_text(handles.request, abi::WINHTTP_OPTION_USERNAME, "right"), 0);
    assert_eq!(set_text(handles.request, abi::WINHTTP_OPTION_PASSWORD, "right"), 0);
    let (user, password) = (wide("wrong"), wide("wrong"));
    // SAFETY: texts that end with a NUL.
    let code = answer(|| unsafe {
        WinHttpSetCredentials(
            handles.request,
            abi::WINHTTP_AUTH_TARGET_SERVER,
            abi::WINHTTP_AUTH_SCHEME_BASIC,
            user.as_ptr(),
            password.as_ptr(),
            null_mut(),
        )
    });
    assert_eq!(code, 0);
    handles.exchange();
    assert_eq!(handles.header(abi::WINHTTP_QUERY_STATUS_CODE, "").as_deref(), Ok("401"), "no second try");
    let requests = origin.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("Authorization").as_deref(), Some("Basic d3Jvbmc6d3Jvbmc="));
}

#[test]
fn mistake_16_length_0_beside_text() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    let text = wide("X: y");
    // SAFETY: text that ends with a NUL, and no data.
    let code =
        answer(|| unsafe { WinHttpSendRequest(handles.request, text.as_ptr(), 0, null_mut(), 0, 0, 0) });
    assert_eq!(code, 0);
    assert_eq!(origin.requests()[0].header("X").as_deref(), Some("y"));
    use winhttp::exports::headers::narrow::WinHttpAddRequestHeaders;
    // SAFETY: text that ends with a NUL.
    let code = answer(|| unsafe { WinHttpAddRequestHeaders(handles.request, text.as_ptr(), 0, 0) });
    assert_eq!(code, abi::ERROR_INVALID_PARAMETER);
}

#[test]
fn mistake_22_too_little_room_changes_nothing() {
    let reply = "HTTP/1.1 200 OK\r\nA: 12345\r\nContent-Length: 0\r\n\r\n";
    let origin = Origin::start(Script::new().conn(Conn::new().request().send(reply))).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    handles.exchange();
    let name = wide("A");
    let mut buffer = [0xAAAAu16; 100];
    let mut query = |level: u32, length: &mut u32, index: &mut u32| {
        let place = buffer.as_mut_ptr().cast::<c_void>();
        // SAFETY: a buffer of more bytes than the length says.
        let code = answer(|| unsafe {
            WinHttpQueryHeaders(
                handles.request,
                level,
                name.as_ptr(),
                place,
                &raw mut *length,
                &raw mut *index,
            )
        });
        (code, buffer)
    };
    // Ten bytes of text leave no room for the NUL.
    let (mut length, mut index) = (10, 0);
    let (code, held) = query(abi::WINHTTP_QUERY_CUSTOM, &mut length, &mut index);
    assert_eq!((code, length, index), (abi::ERROR_INSUFFICIENT_BUFFER, 12, 0));
    assert!(held.iter().all(|&unit| unit == 0xAAAA), "untouched");
    let (code, _) = query(abi::WINHTTP_QUERY_CUSTOM, &mut length, &mut index);
    assert_eq!((code, length, index), (0, 10, 1), "bytes, without the NUL");
    // The raw form: the last line's NUL counts, the one behind it does not; no occurrence is counted.
    (length, index) = (200, 0);
    let (code, held) = query(abi::WINHTTP_QUERY_RAW_HEADERS, &mut length, &mut index);
    let units = length as usize / 2;
    assert_eq!((code, index), (0, 0));
    assert_eq!(String::from_utf16_lossy(&held[..units]), "HTTP/1.1 200 OK\0A: 12345\0Content-Length: 0\0");
    assert_eq!(held[units], 0, "and one more");
}

fn components() -> abi::URL_COMPONENTS {
    // SAFETY: a structure of numbers and pointers, for which zeros are good values.
    let mut parts: abi::URL_COMPONENTS = unsafe { std::mem::zeroed() };
    parts.dwStructSize = size_of::<abi::URL_COMPONENTS>() as u32;
    parts
}

#[test]
fn mistake_24_the_size_of_a_url() {
    let (mut host, mut path) = (wide("example.org"), wide("/a"));
    let mut parts = components();
    (parts.lpszHostName, parts.dwHostNameLength) = (host.as_mut_ptr(), 11);
    (parts.lpszUrlPath, parts.dwUrlPathLength) = (path.as_mut_ptr(), 2);
    (parts.nScheme, parts.nPort) = (1, 80);
    let create = |buffer: *mut u16, length: &mut u32| {
        // SAFETY: texts with their lengths; a buffer of more units than any length here, or NULL.
        answer(|| unsafe { WinHttpCreateUrl(&raw const parts, 0, buffer, &raw mut *length) })
    };
    let whole = "http://example.org/a".len() as u32;
    let mut length = 0;
    assert_eq!(create(null_mut(), &mut length), abi::ERROR_INSUFFICIENT_BUFFER);
    assert_eq!(length, whole + 1, "with the NUL");
    length = 256;
    assert_eq!(create(null_mut(), &mut length), abi::ERROR_INVALID_PARAMETER);
    assert_eq!(length, 256, "untouched");
    let mut buffer = [0u16; 64];
    length = 2;
    assert_eq!(create(buffer.as_mut_ptr(), &mut length), abi::ERROR_INSUFFICIENT_BUFFER);
    assert_eq!(length, whole + 1);
    assert_eq!(create(buffer.as_mut_ptr(), &mut length), 0);
    assert_eq!(length, whole, "without the NUL");
}

#[test]
fn mistake_29_pointers_and_lengths_of_crack_url() {
    let url = wide("http://example.org/a?b");
    let crack = |parts: &mut abi::URL_COMPONENTS, flags: u32| {
        // SAFETY: text that ends with a NUL; buffers as large as their lengths say.
        answer(|| unsafe { WinHttpCrackUrl(url.as_ptr(), 0, flags, &raw mut *parts) })
    };
    // A buffer without a length: nothing is touched, not even the numbers.
    let mut buffer = [7u16; 8];
    let mut parts = components();
    parts.lpszHostName = buffer.as_mut_ptr();
    parts.dwUrlPathLength = u32::MAX;
    assert_eq!(crack(&mut parts, 0), abi::ERROR_INVALID_PARAMETER);
    assert_eq!((parts.nScheme, parts.nPort, parts.dwUrlPathLength), (0, 0, u32::MAX));
    assert_eq!(buffer, [7; 8]);
    // No pointer and a length: pointers into the URL. No pointer and no length: not wanted.
    let mut parts = components();
    parts.dwHostNameLength = 1;
    parts.dwUserNameLength = 1;
    parts.dwUrlPathLength = 1;
    parts.dwExtraInfoLength = 1;
    assert_eq!(crack(&mut parts, 0), 0);
    let start = url.as_ptr().addr();
    let place = |text: *mut u16| (text.addr() - start) / 2;
    assert_eq!((place(parts.lpszHostName), parts.dwHostNameLength), (7, 11));
    assert_eq!((place(parts.lpszUrlPath), parts.dwUrlPathLength), (18, 2));
    assert_eq!((place(parts.lpszExtraInfo), parts.dwExtraInfoLength), (20, 2));
    assert!(parts.lpszUserName.is_null() && parts.dwUserNameLength == 0, "absent");
    assert!(
        parts.lpszScheme.is_null() && parts.nScheme == 1 && parts.nPort == 80,
        "not wanted, and still known"
    );
    // Without a place for the extra part the path takes it along.
    let mut parts = components();
    parts.dwUrlPathLength = 1;
    assert_eq!(crack(&mut parts, 0), 0);
    assert_eq!(parts.dwUrlPathLength, 4);
}

#[test]
fn mistake_30_what_is_decoded_needs_a_buffer() {
    let url = wide("http://example.org/%3F?%41");
    let crack = |parts: &mut abi::URL_COMPONENTS| {
        // SAFETY: text that ends with a NUL; buffers as large as their lengths say.
        answer(|| unsafe { WinHttpCrackUrl(url.as_ptr(), 0, abi::ICU_DECODE, &raw mut *parts) })
    };
    let mut parts = components();
    parts.dwUrlPathLength = 1;
    assert_eq!(crack(&mut parts), abi::ERROR_INVALID_PARAMETER);
    let (mut path, mut extra) = ([0u16; 8], [0u16; 8]);
    let mut parts = components();
    (parts.lpszUrlPath, parts.dwUrlPathLength) = (path.as_mut_ptr(), 8);
    (parts.lpszExtraInfo, parts.dwExtraInfoLength) = (extra.as_mut_ptr(), 8);
    assert_eq!(crack(&mut parts), 0);
    assert_eq!(
        String::from_utf16_lossy(&path[..parts.dwUrlPathLength as usize]),
        "/?",
        "split, then decoded"
    );
    assert_eq!(String::from_utf16_lossy(&extra[..parts.dwExtraInfoLength as usize]), "?A");
}

#[test]
fn mistake_34_receive_out_of_turn() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    assert_eq!(handles.receive(), abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    // SAFETY: the reserved parameter is NULL.
    let code = answer(|| unsafe { WinHttpReceiveResponse(handles.connect, null_mut()) });
    assert_eq!(code, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
}

#[test]
fn mistake_41_a_request_outlives_its_parents() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    // SAFETY: any value is allowed.
    assert_eq!(answer(|| unsafe { WinHttpCloseHandle(handles.connect) }), 0);
    handles.exchange();
    // SAFETY: as above.
    assert_eq!(answer(|| unsafe { WinHttpCloseHandle(handles.session) }), 0);
    assert_eq!(handles.header(abi::WINHTTP_QUERY_STATUS_CODE, "").as_deref(), Ok("200"));
    assert_eq!(handles.add("A: b", abi::WINHTTP_ADDREQ_FLAG_ADD), 0);
    // What would need the network fails (contract: evidence table A).
    assert_eq!(handles.send(), abi::ERROR_WINHTTP_OPERATION_CANCELLED);
}
