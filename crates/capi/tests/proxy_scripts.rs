//! Proxy configuration scripts through the C doors (cargo feature `pac`).
#![cfg(feature = "pac")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::ptr::null;

use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::library::narrow::{WinHttpCompatFree, WinHttpCompatGetLastError};
use winhttp::exports::proxy_resolver::narrow::{WinHttpGetProxyForUrl, WinHttpResetAutoProxy};
use winhttp::exports::session::narrow::WinHttpOpen;
use winhttp_abi as abi;

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn taken(text: *mut u16) -> String {
    let mut units = Vec::new();
    loop {
        // SAFETY: text from the library ends with a NUL, which has not been met yet.
        let place = unsafe { text.add(units.len()) };
        // SAFETY: as above.
        match unsafe { place.read() } {
            0 => break,
            unit => units.push(unit),
        }
    }
    // SAFETY: from the library, and freed once.
    unsafe { WinHttpCompatFree(text.cast()) };
    String::from_utf16(&units).expect("text")
}

/// Serves these answers of scripts, one for each fetch, and gives the script's URL.
fn serves(answers: &'static [&'static str]) -> Vec<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a fetch");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).expect("a head");
                head.push(byte[0]);
            }
            let script = format!("function FindProxyForURL(url, host) {{ return {answer}; }}");
            let length = script.len();
            let reply =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{script}");
            stream.write_all(reply.as_bytes()).expect("a reply");
        }
    });
    wide(&format!("http://127.0.0.1:{port}/proxy.pac"))
}

/// contract: api-behaviour section 26, CONFIG_URL
#[test]
fn what_a_script_says_is_given_as_a_list() {
    const ANSWERS: &[&str] = &[
        "'PROXY x:8080'",
        "'PROXY a:1; PROXY b; DIRECT; PROXY c:3'",
        "'DIRECT; PROXY a:1'",
        "'SOCKS s; HTTPS t:9; PROXY [::1]:3'",
        "url === 'http://WINEHQ.ORG/Test.html' && host === 'WINEHQ.ORG' ? 'PROXY as-asked' : 'DIRECT'",
    ];
    let script = serves(ANSWERS);
    // SAFETY: NULL is allowed.
    let session = unsafe { WinHttpOpen(null(), 1, null(), null(), 0) };
    let options = abi::WINHTTP_AUTOPROXY_OPTIONS {
        dwFlags: abi::WINHTTP_AUTOPROXY_CONFIG_URL,
        lpszAutoConfigUrl: script.as_ptr(),
        ..Default::default()
    };
    let url = wide("HTTP://WINEHQ.ORG/Test.html");
    for list in [
        Some("x:8080"),
        Some("a:1;b:80"),
        None,
        Some("socks://s:1080;https://t:9;[::1]:3"),
        Some("as-asked:80"),
    ] {
        let mut found = abi::WINHTTP_PROXY_INFO::<u16>::default();
        // SAFETY: everything lives.
        let answer =
            unsafe { WinHttpGetProxyForUrl(session, url.as_ptr(), &raw const options, &raw mut found) };
        // SAFETY: no arguments.
        assert_eq!((answer, unsafe { WinHttpCompatGetLastError() }), (abi::TRUE, 0));
        assert!(found.lpszProxyBypass.is_null());
        match list {
            Some(list) => {
                assert_eq!(found.dwAccessType, abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY);
                assert_eq!(taken(found.lpszProxy), list);
            }
            None => {
                assert_eq!(found.dwAccessType, abi::WINHTTP_ACCESS_TYPE_NO_PROXY);
                assert!(found.lpszProxy.is_null());
            }
        }
        // Otherwise the script would be kept, and the next answer never asked for.
        // SAFETY: any value is allowed.
        assert_eq!(unsafe { WinHttpResetAutoProxy(session, abi::WINHTTP_RESET_SCRIPT_CACHE) }, 0);
    }
    // The server has gone, and the script with it.
    let mut found = abi::WINHTTP_PROXY_INFO::<u16>::default();
    // SAFETY: everything lives.
    let answer = unsafe { WinHttpGetProxyForUrl(session, url.as_ptr(), &raw const options, &raw mut found) };
    assert_eq!(answer, abi::FALSE);
    // SAFETY: no arguments.
    let error = unsafe { WinHttpCompatGetLastError() };
    assert_eq!(error, abi::ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT);
    // SAFETY: any value is allowed.
    unsafe { WinHttpCloseHandle(session) };
}
