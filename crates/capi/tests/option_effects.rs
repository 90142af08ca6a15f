//! Options whose effect shows in which connection a request takes, how often it is sent and what is let in. Each test also
//! plays the same without the option.

mod plain;

use std::ptr::null_mut;

use plain::{Handles, answer, set, set_number};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::option::narrow::WinHttpSetOption;
use winhttp_abi as abi;
use winhttp_conformance::origin::{Conn, Origin, Routes, Script};

fn origin() -> Origin {
    Origin::serve(Routes::new().fixed("/", "root")).expect("an origin")
}

fn handles(origin: &Origin) -> Handles {
    Handles::new("localhost", origin.port(), "GET", "/")
}

fn close(handle: abi::HINTERNET) {
    // SAFETY: any value is allowed.
    assert_ne!(unsafe { WinHttpCloseHandle(handle) }, 0);
}

/// A whole exchange, after which the connection is at rest or closed.
fn whole(handles: &Handles) {
    handles.exchange();
    while !handles.read(1000).is_empty() {}
}

fn status(handles: &Handles) -> String {
    handles.header(abi::WINHTTP_QUERY_STATUS_CODE, "").expect("a status")
}

/// contract: options, DISABLE_FEATURE 8
#[test]
fn without_keep_alive_the_request_says_so_and_its_connection_ends() {
    let origin = origin();
    for disabled in [0, abi::WINHTTP_DISABLE_KEEP_ALIVE] {
        let first = handles(&origin);
        assert_eq!(set_number(first.request, abi::WINHTTP_OPTION_DISABLE_FEATURE, disabled), 0);
        whole(&first);
    }
    whole(&handles(&origin));
    let said: Vec<_> = origin.requests().iter().map(|request| request.header("Connection")).collect();
    let said: Vec<_> = said.iter().map(|value| value.as_deref().unwrap_or("").to_ascii_lowercase()).collect();
    assert_eq!(said, ["keep-alive", "close", "keep-alive"]);
    // The second one goes where the first one went, and takes the connection with it.
    assert_eq!(origin.connections(), 2);
}

/// contract: api-behaviour section 30, the pool belongs to the process and DISABLE_GLOBAL_POOLING turns that off
#[test]
fn a_session_may_keep_its_connections_to_itself() {
    let origin = origin();
    let private = |on: u32| {
        let mut handles = handles(&origin);
        assert_eq!(set_number(handles.session, abi::WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, on), 0);
        // Requests take it from the session when they are opened.
        close(handles.request);
        handles.request = handles.open("GET", "/");
        handles
    };
    whole(&private(0));
    whole(&private(0));
    assert_eq!(origin.connections(), 1, "sessions share");
    let own = private(1);
    whole(&own);
    assert_eq!(origin.connections(), 2, "it does not take what others left");
    whole(&own);
    assert_eq!(origin.connections(), 2, "it uses its own again");
    whole(&private(1));
    assert_eq!(origin.connections(), 3, "nor does another session like it");
    drop(own);
    whole(&private(0));
    assert_eq!(origin.connections(), 3, "the shared one is still there");
}

/// 0, or the error.
fn expire(handles: &Handles) -> u32 {
    let option = abi::WINHTTP_OPTION_EXPIRE_CONNECTION;
    // SAFETY: the option has no value.
    answer(|| unsafe { WinHttpSetOption(handles.request, option, null_mut(), 0) })
}

/// contract: options, EXPIRE_CONNECTION; api-behaviour section 34, only while active
#[test]
fn a_connection_may_be_retired_while_it_serves() {
    let origin = origin();
    let first = handles(&origin);
    assert_eq!(expire(&first), abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE, "there is none yet");
    whole(&first);
    whole(&first);
    assert_eq!(origin.connections(), 1);
    first.exchange();
    assert_eq!(expire(&first), 0);
    assert_eq!(first.read(1000), b"root", "the exchange goes on to its end");
    assert_eq!(first.read(1000), b"");
    assert_eq!(expire(&first), abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE, "it is over");
    whole(&first);
    assert_eq!(origin.connections(), 2);
    whole(&first);
    assert_eq!(origin.connections(), 2, "it was that one connection's end");
}

/// contract: options, MAX_RESPONSE_HEADER_SIZE, in bytes, of a session and of a request
#[test]
fn a_head_may_be_too_large_for_the_application() {
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(300));
    let origin =
        Origin::start(Script::new().every(Conn::new().request().send(&head).again())).expect("an origin");
    let option = abi::WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE;
    let whole_head = head.len() as u32;
    for (limit, error) in [(whole_head, 0), (200, abi::ERROR_WINHTTP_HEADER_SIZE_OVERFLOW)] {
        let by_request = handles(&origin);
        assert_eq!(set_number(by_request.request, option, limit), 0);
        assert_eq!((by_request.send(), by_request.receive()), (0, error), "{limit}");
        let mut by_session = handles(&origin);
        assert_eq!(set_number(by_session.session, option, limit), 0);
        let before = by_session.request;
        by_session.request = by_session.open("GET", "/");
        assert_eq!((by_session.send(), by_session.receive()), (0, error), "{limit}");
        let opened = std::mem::replace(&mut by_session.request, before);
        assert_eq!((by_session.send(), by_session.receive()), (0, 0), "opened before");
        close(opened);
    }
}

/// contract: options, MAX_HTTP_STATUS_CONTINUE
#[test]
fn interim_replies_may_be_too_many() {
    let reply =
        format!("{}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 102 Wait\r\n\r\n".repeat(3));
    let origin =
        Origin::start(Script::new().every(Conn::new().request().send(&reply).again())).expect("an origin");
    for (most, error) in [(3, 0), (2, abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE)] {
        let handles = handles(&origin);
        assert_eq!(set_number(handles.request, abi::WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE, most), 0);
        assert_eq!((handles.send(), handles.receive()), (0, error), "{most}");
    }
}

/// contract: options, FAILED_CONNECTION_RETRIES: how often, and on which conditions
#[test]
fn a_request_may_go_once_more() {
    let late = "HTTP/1.1 408 Late\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let script = || {
        let conn = || Conn::new().request().send(late);
        Script::new().conn(conn()).conn(conn()).every(Conn::new().request().reply(200, "served"))
    };
    let on_408 = abi::WINHTTP_CONNECTION_RETRY_CONDITION_408;
    let stale = abi::WINHTTP_CONNECTION_RETRY_CONDITION_STALE_CONNECTION;
    for (most, conditions, wanted) in
        [(0, on_408, "408"), (1, on_408, "408"), (2, on_408, "200"), (2, stale, "408")]
    {
        let origin = Origin::start(script()).expect("an origin");
        let mut handles = handles(&origin);
        let retries = [most, conditions].map(u32::to_ne_bytes).concat();
        assert_eq!(set(handles.session, abi::WINHTTP_OPTION_FAILED_CONNECTION_RETRIES, &retries), 0);
        close(handles.request);
        handles.request = handles.open("GET", "/");
        handles.exchange();
        assert_eq!(status(&handles), wanted, "{most} {conditions:x}");
    }
}

/// contract: options, TCP_KEEPALIVE of a session: what the system keeps of the connection's timer
#[test]
#[cfg(target_os = "linux")]
fn the_system_asks_whether_a_silent_peer_is_still_there() {
    let origin = origin();
    for (on, time) in [(0, 600_000u32), (1, 600_000)] {
        let handles = handles(&origin);
        let keep_alive = [on, time, 1_000].map(u32::to_ne_bytes).concat();
        assert_eq!(set(handles.session, abi::WINHTTP_OPTION_TCP_KEEPALIVE, &keep_alive), 0);
        handles.exchange();
        let timer = timer_towards(origin.port());
        // The time goes to the system in whole seconds, and the timer counts down in hundredths.
        let armed = timer.is_some_and(|(kind, left)| kind == 2 && (50_000..=60_100).contains(&left));
        assert_eq!(armed, on == 1, "{timer:?}");
        // Its connection serves nobody else.
        assert_eq!(expire(&handles), 0);
        while !handles.read(1000).is_empty() {}
    }
    let handles = handles(&origin);
    for (value, error) in
        [(vec![1; 8], abi::ERROR_INSUFFICIENT_BUFFER), (vec![1; 13], abi::ERROR_INSUFFICIENT_BUFFER)]
    {
        assert_eq!(set(handles.session, abi::WINHTTP_OPTION_TCP_KEEPALIVE, &value), error);
    }
    let whole = [1, 0, 0].map(u32::to_ne_bytes).concat();
    let code = set(handles.request, abi::WINHTTP_OPTION_TCP_KEEPALIVE, &whole);
    assert_eq!(code, abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
}

/// Kind and hundredths of a second left of the timer of this process' connection to `port` (proc(5): 2 is keep-alive).
#[cfg(target_os = "linux")]
fn timer_towards(port: u16) -> Option<(u8, u64)> {
    let suffix = format!(":{port:04X}");
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(std::fs::read_to_string);
    let tables = tables.map(|table| table.unwrap_or_default()).concat();
    tables.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (remote, state, timer) = (columns.get(2)?, columns.get(3)?, columns.get(5)?);
        let (kind, left) = timer.split_once(':')?;
        (remote.ends_with(&suffix) && *state == "01")
            .then(|| (kind.parse().expect("a number"), u64::from_str_radix(left, 16).expect("a number")))
    })
}
