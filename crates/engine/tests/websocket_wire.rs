//! What a WebSocket makes of a server that does not behave, and of one that says nothing.
mod delivery_support;
mod websocket_support;
use delivery_support::*;
use websocket_support::*;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use winhttp_engine::request::Completion;
use winhttp_engine::{Error, option, websocket};

/// Listens until a receive fails or the server closes.
fn drained(app: &App, socket: winhttp_engine::Handle) -> Vec<(u32, u32, u32)> {
    let mut heard = Vec::new();
    loop {
        let mark = app.mark();
        if hear(socket, 64).is_err() {
            return heard;
        }
        let last = app.wait_any_since(mark, socket, &[READ, ERROR]);
        heard.push((last.status, last.number, last.error));
        if last.status == ERROR || last.error == CLOSE {
            return heard;
        }
    }
}

/// Each violation fails the receive with 12152, and the server is told why.
#[test]
fn violations() {
    for (bytes, status) in [
        (&b"\x82\x80abcd"[..], 1002u16),
        (b"\x83\x00", 1002),
        (b"\xC1\x00", 1002),
        (b"\x80\x00", 1002),
        (b"\x09\x00", 1002),
        (b"\x89\x7E\x00\x80", 1002),
        (b"\x81\x02\xFF\xFF", 1007),
        (b"\x88\x01\x03", 1002),
        (b"\x88\x02\x03\xED", 1002),
    ] {
        let (tell, told) = mpsc::channel();
        let port = upgrading(move |peer| {
            std::io::Write::write_all(&mut peer.0, bytes).unwrap();
            let _ = tell.send(peer.frame());
            assert_eq!(peer.frame(), None, "the connection is given up");
        });
        let app = App::new();
        let upgraded = Upgraded::open(&app, port);
        let error = (ERROR, OF_RECEIVE, abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
        assert_eq!(drained(&app, upgraded.socket), [error], "{bytes:x?}");
        let close = told.recv_timeout(PATIENCE).unwrap().expect("a close frame");
        assert_eq!((close.first, &close.payload[..]), (0x88, &status.to_be_bytes()[..]), "{bytes:x?}");
        assert_eq!(farewell(upgraded.socket), Err(Error(INVALID_OPERATION)));
        upgraded.close(&app);
    }
}

/// contract: notifications R3, what breaks is told to nobody before a call owes; an end without a close frame is an error
#[test]
fn a_connection_that_ends() {
    let port = upgrading(|peer| {
        peer.say(0x82, b"last");
        peer.hang_up();
    });
    let app = App::new();
    for early in [false, true] {
        let upgraded = Upgraded::open(&app, port);
        if early {
            thread::sleep(Duration::from_millis(50));
            assert_eq!(app.statuses(upgraded.socket, 0), [CREATED]);
        }
        assert_eq!(
            drained(&app, upgraded.socket),
            [(READ, 4, BINARY), (ERROR, OF_RECEIVE, abi::ERROR_WINHTTP_CONNECTION_ERROR)]
        );
        let mark = app.mark();
        websocket::close(upgraded.socket, 1000, b"").unwrap();
        let error = app.wait_since(mark, upgraded.socket, ERROR);
        assert_eq!((error.number, error.error), (OF_CLOSE, abi::ERROR_WINHTTP_CONNECTION_ERROR));
        upgraded.close(&app);
    }
}

/// The server closes first: the receive says so, and Close answers its close frame inside the call.
#[test]
fn the_server_closes_first() {
    let (tell, told) = mpsc::channel();
    let port = upgrading(move |peer| {
        peer.say(0x88, b"\x0F\xA0for a reason");
        let _ = tell.send(peer.frame());
    });
    let app = App::new();
    let upgraded = Upgraded::open(&app, port);
    let socket = upgraded.socket;
    assert_eq!(drained(&app, socket), [(READ, 0, CLOSE)]);
    assert_eq!(farewell(socket), Ok((4000, b"for a reason".to_vec())));
    assert_eq!(websocket::close(socket, 1001, b"bye"), Ok(Completion::Inline));
    let close = told.recv_timeout(PATIENCE).unwrap().expect("a close frame");
    assert_eq!((close.first, &close.payload[..]), (0x88, &b"\x03\xE9bye"[..]));
    upgraded.close(&app);
}

/// Pings are answered while nobody receives, also between the fragments of a message; data waits meanwhile.
#[test]
fn pings() {
    for waiting in [false, true] {
        let (tell, told) = mpsc::channel();
        let port = upgrading(move |peer| {
            peer.say(0x89, b"first");
            let _ = tell.send(peer.frame());
            peer.say(0x01, b"he");
            peer.say(0x89, b"second");
            peer.say(0x80, b"llo");
            let _ = tell.send(peer.frame());
            peer.echo();
        });
        let app = App::new();
        let upgraded = Upgraded::open(&app, port);
        let socket = upgraded.socket;
        let mark = app.mark();
        if waiting {
            hear(socket, 64).unwrap();
        }
        let pong = told.recv_timeout(PATIENCE).unwrap().unwrap();
        assert_eq!((pong.first, &pong.payload[..]), (0x8A, &b"first"[..]));
        if !waiting {
            assert_eq!(app.statuses(socket, mark), [], "pings are not told");
            hear(socket, 64).unwrap();
        }
        let part = app.wait_since(mark, socket, READ);
        assert_eq!((part.error, &part.bytes[..]), (TEXT_FRAGMENT, &b"he"[..]));
        let pong = told.recv_timeout(PATIENCE).unwrap().unwrap();
        assert_eq!((pong.first, &pong.payload[..]), (0x8A, &b"second"[..]));
        let mark = app.mark();
        hear(socket, 64).unwrap();
        let part = app.wait_since(mark, socket, READ);
        assert_eq!((part.error, &part.bytes[..]), (TEXT, &b"llo"[..]));
        upgraded.close(&app);
    }
}

/// What comes in one piece with the reply to the upgrade is not lost.
#[test]
fn bytes_behind_the_reply() {
    let port = serve(|mut stream| {
        let head = head(&mut stream).unwrap();
        let mut reply = agreement(&head).into_bytes();
        reply.extend_from_slice(&Peer::bytes(0x81, b"at once"));
        reply.extend_from_slice(&Peer::bytes(0x82, b""));
        std::io::Write::write_all(&mut stream, &reply).unwrap();
        Peer(stream).echo();
    });
    let app = App::new();
    let upgraded = Upgraded::open(&app, port);
    thread::sleep(Duration::from_millis(20));
    for (kind, bytes) in [(TEXT, &b"at once"[..]), (BINARY, b"")] {
        let mark = app.mark();
        assert_eq!(hear(upgraded.socket, 64), Ok(Completion::Inline));
        let heard = app.wait_since(mark, upgraded.socket, READ);
        assert_eq!((heard.error, &heard.bytes[..], heard.thread), (kind, bytes, me()));
    }
    upgraded.close(&app);
}

/// A message that the connection does not take at once goes on without the caller, and nothing else is sent meanwhile.
#[test]
fn a_large_message() {
    let (go, going) = mpsc::channel::<()>();
    let going = std::sync::Mutex::new(going);
    let port = upgrading(move |peer| {
        going.lock().unwrap().recv().unwrap();
        peer.echo();
    });
    let app = App::new();
    let upgraded = Upgraded::open(&app, port);
    let socket = upgraded.socket;
    let message: Vec<u8> = (0..16 << 20).map(|at: u32| (at * 7 + (at >> 9)) as u8).collect();
    let mark = app.mark();
    assert_eq!(say(socket, BINARY, &message), Ok(Completion::Pending));
    let refused = Err(Error(INVALID_OPERATION));
    assert_eq!(say(socket, BINARY, b"x"), refused);
    assert_eq!(websocket::shutdown(socket, 1000, b""), refused);
    assert_eq!(websocket::close(socket, 1000, b""), refused);
    go.send(()).unwrap();
    let mut echoed = Vec::new();
    loop {
        let mark = app.mark();
        hear(socket, 100_000).unwrap();
        let part = app.wait_since(mark, socket, READ);
        echoed.extend_from_slice(&part.bytes);
        if part.error == BINARY {
            break;
        }
    }
    assert!(echoed == message);
    let written = app.wait_since(mark, socket, WRITTEN);
    assert_eq!((written.number, written.error), (16 << 20, BINARY));
    assert_ne!(written.thread, me());
    upgraded.close(&app);
}

/// RFC 6455 section 4.1: a proxy is asked for a tunnel, also where there is no TLS.
#[test]
fn through_a_proxy() {
    let (tell, told) = mpsc::channel();
    let proxy = serve(move |mut stream| {
        let asked = head(&mut stream).unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 Here you are\r\n\r\n").unwrap();
        let request = head(&mut stream).unwrap();
        std::io::Write::write_all(&mut stream, agreement(&request).as_bytes()).unwrap();
        tell.send((asked, request)).unwrap();
        Peer(stream).echo();
    });
    let app = App::new();
    let (session, connect, request) = asked(&app, 8765, true);
    let named = winhttp_engine::proxy::NamedProxy::new(&format!("127.0.0.1:{proxy}"), "").unwrap();
    option::set_proxy(request, Some(std::sync::Arc::new(named))).unwrap();
    send(request).unwrap();
    app.wait(request, SENT);
    winhttp_engine::request::receive(request).unwrap();
    app.wait(request, HEADERS);
    let socket = websocket::complete_upgrade(request, CONTEXT).unwrap();
    let (connected, upgraded) = told.recv_timeout(PATIENCE).unwrap();
    assert!(connected.starts_with("CONNECT 127.0.0.1:8765 HTTP/1.1\r\n"), "{connected}");
    assert_eq!(field(&connected, "Sec-WebSocket-Key"), None);
    assert!(upgraded.starts_with("GET /chat HTTP/1.1\r\n"), "{upgraded}");
    assert_eq!(field(&upgraded, "Connection"), Some("Upgrade"));
    let mark = app.mark();
    say(socket, TEXT, b"through").unwrap();
    hear(socket, 64).unwrap();
    assert_eq!(app.wait_since(mark, socket, READ).bytes, b"through");
    app.close_all(&[socket, request, connect, session]);
}

/// contract: api-behaviour section 27b
///
/// Mistakes: 42.
#[test]
fn options() {
    let port = upgrading(|peer| peer.echo());
    let app = App::new();
    let upgraded = Upgraded::open(&app, port);
    let keep_alive = abi::WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL;
    let timeout = abi::WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT;
    assert_eq!(option::set_number(upgraded.socket, keep_alive, 14_999), Err(Error(INVALID_PARAMETER)));
    assert_eq!(option::set_number(upgraded.socket, keep_alive, 15_000), Ok(()));
    assert_eq!(option::number(upgraded.socket, timeout), Ok(10_000));
    assert_eq!(option::set_number(upgraded.socket, timeout, 1), Ok(()));
    assert_eq!(option::number(upgraded.socket, timeout), Ok(1));
    for buffer in
        [abi::WINHTTP_OPTION_WEB_SOCKET_RECEIVE_BUFFER_SIZE, abi::WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE]
    {
        assert_eq!(option::number(upgraded.session, buffer), Ok(32_768));
        option::set_number(upgraded.session, buffer, 65_535).unwrap();
        assert_eq!(option::number(upgraded.request, buffer), Ok(32_768), "a request is on its own");
        let later = get(upgraded.connect, "/");
        assert_eq!(option::number(later, buffer), Ok(65_535));
        app.close_all(&[later]);
    }
    upgraded.close(&app);
}
