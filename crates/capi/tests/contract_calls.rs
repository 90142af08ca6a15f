//! Rows of the contract about what calls do not look at, what they imply, and what they give back.

mod plain;

use std::ffi::c_void;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::ptr::{null, null_mut};

use plain::{Handles, answer, last_error, set, wide};
use winhttp::exports::auth::narrow::{WinHttpQueryAuthSchemes, WinHttpSetCredentials};
use winhttp::exports::callback::narrow::WinHttpSetStatusCallback;
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::library::WinHttpCompatSetLastError;
use winhttp::exports::library::narrow::WinHttpCompatFree;
use winhttp::exports::option::EXTRA_ROOTS;
use winhttp::exports::option::narrow::WinHttpQueryOption;
use winhttp::exports::proxy_resolver::narrow::WinHttpCreateProxyResolver;
use winhttp::exports::request::narrow::{WinHttpOpenRequest, WinHttpReceiveResponse, WinHttpSendRequest};
use winhttp::exports::session::narrow::{WinHttpConnect, WinHttpOpen};
use winhttp_abi as abi;
use winhttp_conformance::origin::certificates::{Authority, Kind};
use winhttp_conformance::origin::{Origin, Routes};

/// The documentation wants 0 or NULL there and names no error for anything else.
#[test]
fn reserved_parameters_are_passed_over() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    WinHttpCompatSetLastError(7);
    // SAFETY: text that ends with a NUL.
    let connect = unsafe { WinHttpConnect(handles.session, wide("h").as_ptr(), 80, 1) };
    assert_eq!((last_error(), connect.is_null()), (0, false));
    // SAFETY: any value is allowed.
    assert_eq!(answer(|| unsafe { WinHttpCloseHandle(connect) }), 0);
    WinHttpCompatSetLastError(7);
    // SAFETY: NULL takes the callback away.
    assert!(unsafe { WinHttpSetStatusCallback(handles.session, None, 0, 1) }.is_null());
    assert_eq!(last_error(), 0);
    let (name, mut something) = (wide("u"), 5u32);
    let reserved = (&raw mut something).cast::<c_void>();
    let (target, scheme) = (abi::WINHTTP_AUTH_TARGET_SERVER, abi::WINHTTP_AUTH_SCHEME_BASIC);
    // SAFETY: texts that end with a NUL; the last pointer is not followed.
    let code = answer(|| unsafe {
        WinHttpSetCredentials(handles.request, target, scheme, name.as_ptr(), name.as_ptr(), reserved)
    });
    assert_eq!(code, 0);
    assert_eq!(handles.send(), 0);
    // SAFETY: the pointer is not followed.
    assert_eq!(answer(|| unsafe { WinHttpReceiveResponse(handles.request, reserved) }), 0);
    assert_eq!((handles.read(10), something), (b"root".to_vec(), 5));
}

/// Connections bear no marks: asking for a marked one if possible is granted, insisting on one is not.
#[test]
fn a_marked_connection_cannot_be_demanded() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let option = abi::WINHTTP_OPTION_MATCH_CONNECTION_GUID;
    let strict = u64::from(abi::WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION);
    for (flags, answer) in [(0, 0), (strict, abi::ERROR_WINHTTP_INVALID_OPTION)] {
        let wanted = [&[7; 16][..], &flags.to_ne_bytes()].concat();
        assert_eq!(set(handles.request, option, &wanted), answer);
    }
    assert_eq!(set(handles.request, option, &[0; 23]), abi::ERROR_INSUFFICIENT_BUFFER);
}

unsafe extern "C" fn silent(_: abi::HINTERNET, _: usize, _: u32, _: *mut c_void, _: u32) {}

/// contract: options, CALLBACK is readable and settable, on sessions and on requests
#[test]
fn the_callback_is_an_option_too() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let option = abi::WINHTTP_OPTION_CALLBACK;
    let address = silent as *const () as usize;
    for handle in [handles.session, handles.request] {
        let asked = || {
            let (mut found, mut length) = (7usize, size_of::<usize>() as u32);
            let place = (&raw mut found).cast::<c_void>();
            // SAFETY: a place for a pointer.
            assert_eq!(answer(|| unsafe { WinHttpQueryOption(handle, option, place, &raw mut length) }), 0);
            (found, length as usize)
        };
        assert_eq!(asked(), (0, size_of::<usize>()), "none");
        assert_eq!(set(handle, option, &address.to_ne_bytes()), 0);
        assert_eq!(asked().0, address);
        assert_eq!(set(handle, option, &address.to_ne_bytes()[..4]), abi::ERROR_INSUFFICIENT_BUFFER);
        WinHttpCompatSetLastError(7);
        // SAFETY: NULL takes the callback away.
        let before = unsafe { WinHttpSetStatusCallback(handle, None, 0, 0) };
        assert_eq!((before.addr(), last_error()), (address, 0), "the one that was set as an option");
        assert_eq!(asked().0, 0);
    }
}

/// contract: api-behaviour section 17, INVALID_PARAMETER or INVALID_OPERATION, and outputs that stay as they were
#[test]
fn schemes_without_a_place_for_each() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    for missing in 0..3 {
        let mut out = [7u32; 3];
        let base = out.as_mut_ptr();
        // SAFETY: each place is within the numbers.
        let place = |at: usize| if at == missing { null_mut() } else { unsafe { base.add(at) } };
        let (supported, first, target) = (place(0), place(1), place(2));
        // SAFETY: NULL or places for numbers.
        let code = answer(|| unsafe { WinHttpQueryAuthSchemes(handles.request, supported, first, target) });
        assert!(matches!(code, abi::ERROR_INVALID_PARAMETER | abi::ERROR_INVALID_OPERATION), "{code}");
        assert_eq!(out, [7; 3]);
    }
}

/// contract: api-behaviour section 32, SECURE_DEFAULTS implies ASYNC; section 33, a resolver needs an asynchronous session
#[test]
fn secure_defaults_are_asynchronous() {
    for (flags, wanted) in [
        (abi::WINHTTP_FLAG_SECURE_DEFAULTS, 0),
        (abi::WINHTTP_FLAG_ASYNC, 0),
        (0, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    ] {
        // SAFETY: NULL is allowed for each text.
        let session = unsafe { WinHttpOpen(null(), 1, null(), null(), flags) };
        let mut resolver = null_mut();
        // SAFETY: a place for a handle.
        let code = unsafe { WinHttpCreateProxyResolver(session, &raw mut resolver) };
        assert_eq!((code, resolver.is_null()), (wanted, wanted != 0), "{flags:#x}");
        for handle in [resolver, session] {
            // SAFETY: any value is allowed.
            unsafe { WinHttpCloseHandle(handle) };
        }
    }
}

/// contract: api-behaviour section 23, the structure's size is filled in by the callee
#[test]
fn connection_info_says_its_own_size() {
    let origin = Origin::serve(Routes::new().fixed("/", "root")).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    let whole = size_of::<abi::WINHTTP_CONNECTION_INFO>() as u32;
    let ask = |mut room: u32| {
        let mut info = [0u8; size_of::<abi::WINHTTP_CONNECTION_INFO>()];
        let place = info.as_mut_ptr().cast::<c_void>();
        let option = abi::WINHTTP_OPTION_CONNECTION_INFO;
        // SAFETY: a buffer of at least this size.
        let code = answer(|| unsafe { WinHttpQueryOption(handles.request, option, place, &raw mut room) });
        (code, room, u32::from_ne_bytes([info[0], info[1], info[2], info[3]]))
    };
    assert_eq!(ask(whole).0, abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    assert_eq!(handles.send(), 0);
    for _ in 0..2 {
        assert_eq!(ask(0), (abi::ERROR_INSUFFICIENT_BUFFER, whole, 0));
        assert_eq!(ask(whole), (0, whole, whole));
        assert_eq!(handles.receive(), 0);
        assert_eq!(handles.read(10), b"root");
        assert_eq!(ask(whole), (0, whole, whole));
        assert_eq!(handles.send(), 0);
    }
}

/// contract: api-behaviour section 9, the structure can be asked between SendRequest and ReceiveResponse, its texts are the
/// caller's to free, and the body is read in small pieces to its end
#[test]
fn the_certificate_structure_before_the_reply() {
    let authority = Authority::new().expect("an authority");
    let offer = authority.offer(Kind::Good).expect("an offer");
    let origin = Origin::serve_tls(Routes::new().counted("/", 100), offer).expect("an origin");
    let handles = Handles::new("localhost", origin.port(), "GET", "/");
    assert_eq!(set(handles.session, EXTRA_ROOTS, authority.ca_pem().as_bytes()), 0);
    let request = Handles { request: secure(&handles), session: null_mut(), connect: null_mut() };
    assert_eq!(request.send(), 0);
    for round in 0..2 {
        // SAFETY: a structure of numbers and pointers.
        let mut info: abi::WINHTTP_CERTIFICATE_INFO<u16> = unsafe { std::mem::zeroed() };
        let mut room = size_of_val(&info) as u32;
        let place = (&raw mut info).cast::<c_void>();
        let option = abi::WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT;
        // SAFETY: a buffer of this size.
        let code = answer(|| unsafe { WinHttpQueryOption(request.request, option, place, &raw mut room) });
        assert_eq!((code, room as usize), (0, size_of_val(&info)), "round {round}");
        assert!(info.dwKeySize >= 128, "{}", info.dwKeySize);
        for (text, wanted) in [(info.lpszSubjectInfo, "localhost"), (info.lpszIssuerInfo, authority.name())] {
            assert!(!text.is_null());
            let unit = |at: usize| {
                // SAFETY: not beyond the NUL.
                let place = unsafe { text.add(at) };
                // SAFETY: as above.
                unsafe { place.read() }
            };
            let units = (0..).map(unit).take_while(|unit| *unit != 0);
            let told = String::from_utf16_lossy(&units.collect::<Vec<_>>());
            assert!(told.contains(wanted), "{told}");
            // SAFETY: the caller's own, freed once.
            unsafe { WinHttpCompatFree(text.cast()) };
        }
        if round == 0 {
            assert_eq!(request.receive(), 0);
        }
    }
    let available = request.available() as usize;
    let mut total = 0;
    loop {
        match request.read(32).len() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, 100);
    assert!(available > 0 && available <= total, "{available}");
}

fn secure(handles: &Handles) -> abi::HINTERNET {
    // SAFETY: NULL is allowed for each text.
    unsafe {
        WinHttpOpenRequest(handles.connect, null(), null(), null(), null(), null(), abi::WINHTTP_FLAG_SECURE)
    }
}

/// contract: api-behaviour section 9, plain HTTP is sent to port 443 where no WINHTTP_FLAG_SECURE asks for more.
///
/// Only who may listen on the port can see it directly; `A9-plain-on-443` shows it through a proxy to everybody.
#[test]
fn port_443_alone_is_plain() {
    let listener = match TcpListener::bind("127.0.0.1:443") {
        Ok(listener) => listener,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::AddrInUse), "{error}");
            return;
        }
    };
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut text = Vec::new();
        let mut piece = [0; 1024];
        while !text.ends_with(b"\r\n\r\n") {
            let count = stream.read(&mut piece).expect("a request");
            assert_ne!(count, 0);
            text.extend_from_slice(&piece[..count]);
        }
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").expect("a reply");
        String::from_utf8(text).expect("text")
    });
    let handles = Handles::new("127.0.0.1", 443, "GET", "/");
    // SAFETY: NULL is allowed for headers and data.
    let sent = answer(|| unsafe { WinHttpSendRequest(handles.request, null(), 0, null_mut(), 0, 0, 0) });
    assert_eq!((sent, handles.receive()), (0, 0));
    assert_eq!(handles.header(abi::WINHTTP_QUERY_STATUS_CODE, "").as_deref(), Ok("400"));
    assert!(server.join().expect("the server").starts_with("GET / HTTP/1.1\r\n"));
}

/// contract: api-behaviour section 35, text beyond Latin-1 or over 64 KiB in a header is INVALID_PARAMETER
#[test]
fn header_text_that_cannot_be_sent() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let sent = abi::WINHTTP_QUERY_CUSTOM | abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    for text in ["X: \u{100}", "\u{20ac}: x", &format!("X: {}", "v".repeat(65_537))] {
        assert_eq!(handles.add(text, abi::WINHTTP_ADDREQ_FLAG_ADD), abi::ERROR_INVALID_PARAMETER);
        assert_eq!(handles.header(sent, "X"), Err(abi::ERROR_WINHTTP_HEADER_NOT_FOUND));
    }
    assert_eq!(handles.add("X: \u{e9}", abi::WINHTTP_ADDREQ_FLAG_ADD), 0);
    assert_eq!(handles.header(sent, "X").as_deref(), Ok("\u{e9}"));
}
