//! WebSockets in synchronous mode: what Wine's tests assert of them, and two threads at once.
mod delivery_support;
mod websocket_support;
use delivery_support::*;
use websocket_support::*;

use std::thread;
use std::time::Duration;

use winhttp_engine::request::{self, Completion};
use winhttp_engine::websocket::Received;
use winhttp_engine::{Error, Handle, Loan, callback, close, option, websocket};

/// Receives once: the type, and the bytes.
fn listen(socket: Handle, bytes: usize) -> Result<(u32, Vec<u8>), Error> {
    let mut buffer = vec![0; bytes];
    // SAFETY: the buffer outlives the call, and a synchronous call is over when it returns.
    #[allow(unsafe_code)]
    let loan = unsafe { Loan::lent(buffer.as_mut_ptr(), buffer.len()) };
    let (completion, received) = websocket::receive(socket, loan)?;
    let Received { bytes, buffer_type } = received.expect("a synchronous receive has an answer");
    assert_eq!(completion, Completion::Done(bytes));
    buffer.truncate(bytes as usize);
    Ok((buffer_type, buffer))
}

/// contract: api-behaviour section 27
///
/// Mistakes: 42.
#[test]
fn the_main_flow() {
    let port = upgrading(|peer| {
        peer.say(0x81, b"Request served");
        peer.echo();
    });
    let app = App::new();
    let (session, connect, request) = asked(&app, port, false);
    send(request).unwrap();
    request::receive(request).unwrap();
    assert_eq!(request::status(request), Ok(101));
    assert_eq!(query(request), Ok(Completion::Done(0)));
    let socket = websocket::complete_upgrade(request, 0).unwrap();

    assert_eq!(listen(socket, 128), Ok((TEXT, b"Request served".to_vec())));
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(say(socket, BINARY, &bytes), Ok(Completion::Done(256)));
    assert_eq!(say(socket, CLOSE, b""), Err(Error(INVALID_PARAMETER)));
    assert_eq!(listen(socket, 128), Ok((BINARY_FRAGMENT, bytes[..128].to_vec())));
    assert_eq!(listen(socket, 128), Ok((BINARY, bytes[128..].to_vec())));
    assert_eq!(listen(socket, 0), Err(Error(INVALID_PARAMETER)));
    assert_eq!(websocket::shutdown(socket, 1000, &[b'x'; 124]), Err(Error(INVALID_PARAMETER)));
    assert_eq!(websocket::shutdown(socket, 1000, b"success"), Ok(Completion::Done(0)));
    assert_eq!(websocket::close(socket, 1000, &[b'x'; 124]), Err(Error(INVALID_PARAMETER)));
    assert_eq!(websocket::close(socket, 1000, b"success2"), Ok(Completion::Done(0)));
    assert_eq!(farewell(socket), Ok((1000, b"success".to_vec())));

    // The request may be sent again, and upgraded without ReceiveResponse.
    send(request).unwrap();
    let second = websocket::complete_upgrade(request, 0).unwrap();
    assert_ne!(second, socket);
    assert_eq!(listen(second, 128), Ok((TEXT, b"Request served".to_vec())));
    close(connect).unwrap();
    assert_eq!(option::parent(second), Ok(Some(session)));
    let statuses = app.statuses(socket, 0);
    assert_eq!(statuses, [CREATED], "a synchronous WebSocket tells nothing but its making and its end");
    app.close_all(&[socket, second, request, connect, session]);
}

/// One thread receives for as long as there is something, another one sends: every message comes back.
#[test]
fn a_reader_beside_a_writer() {
    let port = upgrading(|peer| peer.echo());
    let app = App::new();
    let upgraded = Upgraded::open_sync(&app, port);
    let socket = upgraded.socket;
    let reader = thread::spawn(move || {
        let mut heard = Vec::new();
        loop {
            match listen(socket, 4096).unwrap() {
                (CLOSE, _) => return heard,
                (kind, bytes) => heard.push((kind, bytes.len())),
            }
        }
    });
    for length in 0..200 {
        say(socket, if length % 2 == 0 { TEXT } else { BINARY }, &vec![b'a'; length]).unwrap();
    }
    websocket::shutdown(socket, 1000, b"").unwrap();
    let heard = reader.join().unwrap();
    let expected: Vec<_> =
        (0..200).map(|length| (if length % 2 == 0 { TEXT } else { BINARY }, length)).collect();
    assert_eq!(heard, expected);
    assert_eq!(websocket::close(socket, 1000, b""), Ok(Completion::Done(0)));
    upgraded.close(&app);
}

/// Waits until a call of another thread is inside: the callback cannot be taken away then.
fn inside(socket: Handle) {
    while let Ok(before) = callback::set(socket, None, 0) {
        callback::set(socket, before, abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS).unwrap();
        thread::sleep(Duration::from_millis(1));
    }
}

/// contract: delivery of a synchronous call that is closed elsewhere: 12017, and HANDLE_CLOSING after it has returned
#[test]
fn a_receive_that_another_thread_ends() {
    let port = upgrading(|peer| while peer.frame().is_some() {});
    for by in ["handle", "session", "close"] {
        let app = App::new();
        let upgraded = Upgraded::open_sync(&app, port);
        let socket = upgraded.socket;
        option::set_number(socket, abi::WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT, 50).unwrap();
        let reader = thread::spawn(move || listen(socket, 64));
        inside(socket);
        match by {
            "handle" => close(socket).unwrap(),
            "session" => close(upgraded.session).unwrap(),
            _ => {
                // The server never answers the close frame.
                assert_eq!(websocket::close(socket, 1000, b""), Err(Error(abi::ERROR_WINHTTP_TIMEOUT)));
            }
        }
        assert_eq!(reader.join().unwrap(), Err(Error(CANCELLED)), "{by}");
        if by == "session" {
            assert_eq!(say(socket, TEXT, b"x"), Err(Error(CANCELLED)));
        }
        upgraded.close(&app);
    }
}
