//! WebSockets in asynchronous mode: notifications S6, sub-section by sub-section.
mod delivery_support;
mod websocket_support;
use delivery_support::*;
use websocket_support::*;

use winhttp_engine::request::{self, Completion};
use winhttp_engine::{Error, HandleKind, close, option, websocket};

/// contract: notifications S6.1
///
/// Mistakes: 42.
#[test]
fn the_main_flow() {
    let port = upgrading(|peer| {
        peer.say(0x81, b"Request served");
        peer.echo();
    });
    let app = App::new();
    let (session, connect, request) = asked(&app, port, true);
    option::set_number(request, abi::WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE, 15).unwrap();
    let mark = app.mark();
    send(request).unwrap();
    let failed = app.wait(request, ERROR);
    assert_eq!((failed.number, failed.error), (API_SEND, abi::ERROR_NOT_ENOUGH_MEMORY));
    assert_eq!(app.statuses(request, mark), [ERROR], "nothing else is told");

    option::set_number(request, abi::WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE, 32_768).unwrap();
    let mark = app.mark();
    send(request).unwrap();
    app.wait(request, SENT);
    assert_eq!(
        websocket::complete_upgrade(request, 1),
        Err(Error::INCORRECT_STATE),
        "before ReceiveResponse"
    );
    request::receive(request).unwrap();
    assert_eq!(
        app.statuses(request, mark),
        [
            RESOLVING,
            RESOLVED,
            CONNECTING,
            CONNECTED,
            SENDING,
            REQUEST_SENT,
            SENT,
            RECEIVING,
            RECEIVED,
            HEADERS
        ]
    );
    assert_eq!(request::status(request), Ok(101));

    let mark = app.mark();
    let socket = websocket::complete_upgrade(request, CONTEXT).unwrap();
    let created = app.wait_since(mark, socket, CREATED);
    assert_eq!((created.thread, created.context), (me(), CONTEXT));
    assert_eq!(option::kind(socket), Ok(HandleKind::WebSocket));
    assert_eq!(option::parent(socket), Ok(Some(session)));
    close(request).unwrap();
    app.gone(&[request]);

    let part = vec![b'x'; 8192];
    for (at, (kind, bytes)) in
        [(BINARY_FRAGMENT, &part[..]), (BINARY_FRAGMENT, &part), (BINARY, b""), (BINARY, b"hello")]
            .into_iter()
            .enumerate()
    {
        let mark = app.mark();
        assert_eq!(say(socket, kind, bytes), Ok(Completion::Inline), "{at}");
        let written = app.wait_since(mark, socket, WRITTEN);
        assert_eq!((written.number, written.error, written.thread), (bytes.len() as u32, kind, me()));
        assert_eq!(written.context, CONTEXT);
        if at == 0 {
            for other in [TEXT_FRAGMENT, TEXT] {
                assert_eq!(say(socket, other, &part), Err(Error(INVALID_PARAMETER)));
            }
        }
    }
    let mark = app.mark();
    assert_eq!(websocket::shutdown(socket, 1000, b"success"), Ok(Completion::Inline));
    assert_eq!(app.wait_since(mark, socket, SHUT).thread, me());
    let refused = Err(Error(INVALID_OPERATION));
    assert_eq!(say(socket, BINARY, b"hello"), refused);
    assert_eq!(websocket::shutdown(socket, 1000, b"success"), refused);

    let greeting = listen(&app, socket, 1024);
    assert_eq!((greeting.error, &greeting.bytes[..]), (TEXT, &b"Request served"[..]));
    assert_eq!(farewell(socket), Err(Error(INVALID_OPERATION)));
    let mut echoed = 0;
    loop {
        let part = listen(&app, socket, 1024);
        echoed += part.number;
        if part.error == BINARY {
            break;
        }
        assert_eq!(part.error, BINARY_FRAGMENT);
    }
    assert_eq!(echoed, 16_384);
    let hello = listen(&app, socket, 1024);
    assert_eq!((hello.error, &hello.bytes[..]), (BINARY, &b"hello"[..]));

    let mark = app.mark();
    websocket::close(socket, 1000, b"success").unwrap();
    app.wait_since(mark, socket, CLOSED);
    assert_eq!(farewell(socket), Ok((1000, b"success".to_vec())));
    for again in [websocket::close(socket, 1000, b""), hear(socket, 8), say(socket, TEXT, b"x")] {
        assert_eq!(again, refused);
    }
    app.close_all(&[socket, connect, session]);
}

/// Receives once.
fn listen(app: &App, socket: winhttp_engine::Handle, bytes: usize) -> Heard {
    let mark = app.mark();
    hear(socket, bytes).unwrap();
    app.wait_any_since(mark, socket, &[READ, ERROR])
}

/// contract: notifications S6.2, Close ends a pending receive inside the call
#[test]
fn close_while_a_receive_is_pending() {
    let (answer, told) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let port = upgrading(move |peer| {
        peer.say(0x81, b"hello");
        let close = peer.frame().expect("a close frame");
        assert_eq!((close.first, &close.payload[2..]), (0x88, &b"success"[..]));
        told.lock().unwrap().recv().unwrap();
        peer.say(0x88, &close.payload);
    });
    let app = App::new();
    let upgraded = Upgraded::open(&app, port);
    let socket = upgraded.socket;
    assert_eq!(listen(&app, socket, 64).bytes, b"hello");
    let mark = app.mark();
    assert_eq!(hear(socket, 64), Ok(Completion::Pending));
    assert_eq!(hear(socket, 64), Err(Error(INVALID_OPERATION)), "one at a time");
    assert_eq!(websocket::close(socket, 1000, b"success"), Ok(Completion::Pending));
    let cancelled = &app.all()[mark..];
    assert_eq!(cancelled.len(), 1, "inside the call: {cancelled:?}");
    assert_eq!((cancelled[0].status, cancelled[0].thread), (ERROR, me()));
    assert_eq!((cancelled[0].number, cancelled[0].error), (OF_RECEIVE, CANCELLED));
    assert_eq!(farewell(socket), Err(Error(INVALID_OPERATION)));
    answer.send(()).unwrap();
    app.wait_since(mark, socket, CLOSED);
    assert_eq!(farewell(socket), Ok((1000, b"success".to_vec())));
    upgraded.close(&app);
}

/// contract: notifications S6.3 and S6.4, CloseHandle ends what is pending, each once
#[test]
fn close_the_handle_while_something_is_pending() {
    let port = upgrading(|peer| while peer.frame().is_some() {});
    let app = App::new();
    for closing in [true, false] {
        let upgraded = Upgraded::open(&app, port);
        let socket = upgraded.socket;
        hear(socket, 64).unwrap();
        if closing {
            websocket::close(socket, 1000, b"").unwrap();
        }
        let mark = app.mark();
        close(socket).unwrap();
        app.gone(&[socket]);
        let heard: Vec<_> =
            app.all()[mark..].iter().map(|heard| (heard.status, heard.number, heard.error)).collect();
        let operation = if closing { OF_CLOSE } else { OF_RECEIVE };
        assert_eq!(heard, [(ERROR, operation, CANCELLED), (CLOSING, 0, 0)]);
        assert_eq!(hear(socket, 64), Err(Error::INVALID_HANDLE));
        upgraded.close(&app);
    }
}

/// contract: notifications S6.5, Shutdown leaves a pending receive, which ends with the server's close frame
#[test]
fn shutdown_while_a_receive_is_pending() {
    let port = upgrading(|peer| peer.echo());
    let app = App::new();
    let upgraded = Upgraded::open(&app, port);
    let socket = upgraded.socket;
    let mark = app.mark();
    assert_eq!(hear(socket, 64), Ok(Completion::Pending));
    websocket::shutdown(socket, 1000, b"success").unwrap();
    let heard = app.wait_since(mark, socket, READ);
    assert_eq!((heard.number, heard.error), (0, CLOSE));
    assert_eq!(app.wait_since(mark, socket, SHUT).thread, me());
    assert_eq!(farewell(socket), Ok((1000, b"success".to_vec())));
    assert_eq!(hear(socket, 64), Err(Error(INVALID_OPERATION)));
    assert_eq!(websocket::close(socket, 1000, b"success"), Ok(Completion::Inline));
    assert_eq!(app.wait(socket, CLOSED).thread, me());
    upgraded.close(&app);
}

/// contract: evidence L1, a server that answers otherwise: the reply is an ordinary one, and a reply that does not fit
/// the key makes no WebSocket
#[test]
fn refused_upgrades() {
    const INVALID: u32 = abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
    // What is no upgrade leaves an ordinary connection, which is used again.
    let port = serve(|mut stream| {
        while let Some(head) = head(&mut stream) {
            let agreed = agreement(&head);
            let path = head.split(' ').nth(1).unwrap_or_default();
            let reply = match path {
                "/ok" => String::from_utf8_lossy(OK).into_owned(),
                "/forbidden" => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_owned(),
                "/accept" => agreed.replacen("Accept: ", "Accept: A", 1),
                "/upgrade" => agreed.replacen("Upgrade: websocket", "Upgrade: other", 1),
                "/protocol" => agreed.replacen("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n", 1),
                other => panic!("{other}"),
            };
            std::io::Write::write_all(&mut stream, reply.as_bytes()).unwrap();
        }
    });
    let app = App::new();
    for (path, status, error) in [
        ("/ok", 200, INVALID_OPERATION),
        ("/forbidden", 403, INVALID_OPERATION),
        ("/accept", 101, INVALID),
        ("/upgrade", 101, INVALID),
        ("/protocol", 101, INVALID),
    ] {
        for asynchronous in [true, false] {
            let session = app.session(asynchronous);
            let connect = link(session, port);
            let request = get(connect, path);
            websocket::ask(request).unwrap();
            let mark = app.mark();
            send(request).unwrap();
            if asynchronous {
                app.wait_since(mark, request, SENT);
            }
            request::receive(request).unwrap();
            assert_eq!(request::status(request), Ok(status));
            assert_eq!(websocket::complete_upgrade(request, 0), Err(Error(error)), "{path}");
            assert_eq!(request::status(request), Ok(status), "the reply stays");
            app.close_all(&[request, connect, session]);
        }
    }
}
