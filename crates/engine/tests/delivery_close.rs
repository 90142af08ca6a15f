//! Closing, cancelling and time-outs, in every phase.
mod delivery_support;
use delivery_support::*;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use winhttp_engine::request::{self, Completion, Send};
use winhttp_engine::{Error, Handle, Loan, close, connect, option};

/// A listener whose backlog is full: who dials it waits.
struct Full {
    port: u16,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

fn full() -> Full {
    // The smallest backlog that the library offers is the system's; a socket of our own has one of 0.
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None);
    let socket = socket.unwrap();
    rustix::net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    rustix::net::listen(&socket, 0).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
        assert!(waiting.len() < 64, "the backlog has no end");
    }
    Full { port: address.port(), _listener: listener, _waiting: waiting }
}

fn ended(app: &App, request: Handle, api: u32, error: u32) {
    app.wait(request, CLOSING);
    let errors: Vec<_> = app
        .all()
        .into_iter()
        .filter(|heard| heard.handle == request && heard.status == ERROR)
        .map(|heard| (heard.number, heard.error))
        .collect();
    assert_eq!(errors, [(api, error)]);
    let statuses = app.statuses(request, 0);
    assert_eq!(statuses[statuses.len() - 2..], [ERROR, CLOSING]);
}

/// contract: notifications R7, REQUEST_ERROR of the pending call with 12017, then HANDLE_CLOSING, each once
#[test]
fn close_while_the_name_is_looked_up() {
    // A name that no machine answers for at once; wherever it is looked up, the close comes first or finds the error.
    let app = App::new();
    let session = app.session(true);
    let server = connect::connect(session, "never.answered.invalid", 80).unwrap();
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, RESOLVING);
    close(request).unwrap();
    app.wait(request, CLOSING);
    let errors: Vec<_> = app.all().into_iter().filter(|heard| heard.status == ERROR).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].number, API_SEND);
    assert!([CANCELLED, abi::ERROR_WINHTTP_NAME_NOT_RESOLVED].contains(&errors[0].error));
    app.close_all(&[server, session]);
}

#[test]
fn close_while_dialling() {
    let full = full();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, full.port);
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, CONNECTING);
    close(request).unwrap();
    ended(&app, request, API_SEND, CANCELLED);
    app.close_all(&[server, session]);
}

#[test]
fn close_while_shaking_hands() {
    let (port, kept) = silent();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let config = request::Config { flags: abi::WINHTTP_FLAG_SECURE, ..Default::default() };
    let request = request::open(server, &config).unwrap();
    send(request).unwrap();
    app.wait(request, CONNECTED);
    close(request).unwrap();
    ended(&app, request, API_SEND, CANCELLED);
    app.close_all(&[server, session]);
    drop(kept);
}

#[test]
fn close_while_the_head_is_awaited() {
    let (port, kept) = silent();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, REQUEST_SENT);
    close(request).unwrap();
    ended(&app, request, API_SEND, CANCELLED);
    app.close_all(&[server, session]);
    drop(kept);
}

/// A server that sends a head and less than its body, and waits.
fn half_a_body() -> u16 {
    serve(|mut stream| {
        if head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            let _ = stream.read(&mut [0]);
        }
    })
}

fn received(app: &App, server: Handle) -> Handle {
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, SENT);
    request::receive(request).unwrap();
    app.wait(request, HEADERS);
    request
}

#[test]
fn close_while_the_body_is_awaited() {
    let port = half_a_body();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = received(&app, server);
    assert_eq!(read(request, 100), Ok(Completion::Pending));
    close(request).unwrap();
    ended(&app, request, API_READ, CANCELLED);
    let request = received(&app, server);
    read(request, 4).unwrap();
    app.wait(request, READ);
    assert_eq!(query(request), Ok(Completion::Pending));
    close(request).unwrap();
    ended(&app, request, API_QUERY, CANCELLED);
    app.close_all(&[server, session]);
}

#[test]
fn close_while_a_write_is_blocked() {
    let (port, kept) = silent();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    let large = vec![b'x'; 64 << 20];
    send_total(request, u32::try_from(large.len()).unwrap()).unwrap();
    app.wait(request, SENT);
    assert_eq!(write(request, &large), Ok(Completion::Pending));
    close(request).unwrap();
    ended(&app, request, API_WRITE, CANCELLED);
    app.close_all(&[server, session]);
    drop(kept);
}

/// contract: evidence Q15, one operation on each side: each hears of its own end, the write first
#[test]
fn close_with_two_operations() {
    let (port, kept) = silent();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    let large = vec![b'x'; 64 << 20];
    send_total(request, u32::try_from(large.len()).unwrap()).unwrap();
    app.wait(request, SENT);
    write(request, &large).unwrap();
    assert_eq!(request::receive(request), Ok(Completion::Pending));
    close(request).unwrap();
    app.gone(&[request]);
    let errors: Vec<_> = app.all().into_iter().filter(|h| h.status == ERROR).collect();
    let told: Vec<_> = errors.iter().map(|heard| (heard.number, heard.error)).collect();
    assert_eq!(told, [(API_WRITE, CANCELLED), (API_RECEIVE, CANCELLED)]);
    app.close_all(&[server, session]);
    drop(kept);
}

/// F9, F10: buffers are the application's again when CloseHandle returns.
#[test]
fn buffers_come_back_with_close() {
    let port = serve(|mut stream| {
        if head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
            while stream.write_all(&[b'y'; 4096]).is_ok() {}
        }
    });
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    for _ in 0..20 {
        let request = received(&app, server);
        let mut buffer = vec![0u8; 4 << 20];
        // SAFETY: the buffer lives until the handle is closed, and is looked at only afterwards.
        let loan = unsafe { Loan::lent(buffer.as_mut_ptr(), buffer.len()) };
        request::read(request, loan, &mut |_| {}).unwrap();
        close(request).unwrap();
        buffer.fill(b'z');
        std::thread::yield_now();
        assert!(buffer.iter().all(|&byte| byte == b'z'), "written after CloseHandle");
        app.gone(&[request]);
    }
    app.close_all(&[server, session]);
}

/// F10: closing inside a callback of the same handle nests nothing: the errors and the end come after it.
#[test]
fn close_inside_each_callback() {
    struct Inside<'a>(&'a AtomicU32);
    impl Drop for Inside<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    for status in
        [RESOLVING, CONNECTING, CONNECTED, SENDING, REQUEST_SENT, SENT, RECEIVING, RECEIVED, HEADERS, DATA]
    {
        let port = answer(|_| OK.to_vec());
        let inside = AtomicU32::new(0);
        let app = App::acting(move |app, heard| {
            let frames = inside.fetch_add(1, Ordering::SeqCst);
            let _inside = Inside(&inside);
            if [ERROR, CLOSING].contains(&heard.status) {
                assert_eq!(frames, 0, "nested in another callback");
            }
            if heard.status == status {
                close(heard.handle).unwrap();
                assert_eq!(close(heard.handle), Err(Error::INVALID_HANDLE));
                assert_eq!(query(heard.handle), Err(Error::INVALID_HANDLE));
                assert!(
                    app.statuses(heard.handle, 0).iter().all(|status| ![ERROR, CLOSING].contains(status))
                );
            } else {
                usual(app, heard);
            }
        });
        let session = app.session(true);
        let server = link(session, port);
        let request = get(server, "/");
        send(request).unwrap();
        app.gone(&[request]);
        let pending = match status {
            SENT | HEADERS | DATA => None,
            RECEIVING | RECEIVED => Some((API_RECEIVE, CANCELLED)),
            _ => Some((API_SEND, CANCELLED)),
        };
        let errors = app.all().into_iter().filter(|heard| heard.status == ERROR);
        assert!(errors.map(|heard| (heard.number, heard.error)).eq(pending), "{status:#x}");
        app.close_all(&[server, session]);
    }
}

/// P5: all three are closed inside one callback; the order of their ends is request, connect, session.
#[test]
fn close_all_inside_one_callback() {
    let port = answer(|_| OK.to_vec());
    let parents: Arc<Mutex<Vec<Handle>>> = Arc::default();
    let known = parents.clone();
    let app = App::acting(move |app, heard| {
        usual(app, heard);
        if heard.status == DATA && heard.number == 0 {
            for parent in known.lock().unwrap().drain(..) {
                close(parent).unwrap();
            }
            close(heard.handle).unwrap();
        }
    });
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    parents.lock().unwrap().extend([session, server]);
    send(request).unwrap();
    app.gone(&[request, server, session]);
    let order: Vec<_> = app.all().into_iter().filter(|h| h.status == CLOSING).map(|h| h.handle).collect();
    assert_eq!(order, [request, server, session]);
}

/// contract: evidence table A, closing the session ends what waits with 12017, and what comes later
#[test]
fn session_close_cancels() {
    let (port, kept) = silent();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    let idle = get(server, "/");
    send(request).unwrap();
    app.wait(request, REQUEST_SENT);
    close(session).unwrap();
    let error = app.wait(request, ERROR);
    assert_eq!((error.number, error.error), (API_SEND, CANCELLED));
    assert!(send(idle).is_ok());
    let error = app.wait(idle, ERROR);
    assert_eq!((error.number, error.error), (API_SEND, CANCELLED));
    assert_eq!(app.count(session, CLOSING), 0, "its children are still there");
    app.close_all(&[request, idle, server]);
    app.gone(&[session]);
    drop(kept);
}

/// contract: evidence table A, closing the connect handle cancels nothing
#[test]
fn connect_close_cancels_nothing() {
    let port = answer(|_| OK.to_vec());
    let app = App::acting(usual);
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    close(server).unwrap();
    send(request).unwrap();
    assert_eq!(app.wait(request, READ).bytes, b"hello");
    assert_eq!(app.count(server, CLOSING), 0);
    app.close_all(&[request]);
    app.gone(&[server]);
    app.close_all(&[session]);
}

/// P9, F11: a synchronous call closed by another thread returns 12017, in every phase.
#[test]
fn synchronous_call_closed_by_another_thread() {
    let (port, kept) = silent();
    let full = full();
    let half = half_a_body();
    for (port, secure) in [(port, false), (port, true), (full.port, false), (half, false)] {
        for by_session in [false, true] {
            let app = App::new();
            let session = app.session(false);
            let server = link(session, port);
            let flags = if secure { abi::WINHTTP_FLAG_SECURE } else { 0 };
            let request = request::open(server, &request::Config { flags, ..Default::default() }).unwrap();
            let worker = std::thread::spawn(move || {
                send(request)?;
                request::receive(request)?;
                request::read_owned(request, vec![0; 100].into_boxed_slice())?;
                Ok::<_, Error>(())
            });
            app.wait(request, if port == full.port { CONNECTING } else { CONNECTED });
            if port == half {
                app.wait(request, RECEIVED);
            }
            // Whatever it does right now, it ends.
            std::thread::sleep(Duration::from_millis(30));
            close(if by_session { session } else { request }).unwrap();
            let error = worker.join().unwrap().unwrap_err();
            assert_eq!(error, Error(CANCELLED));
            assert_eq!(app.count(request, ERROR), 0, "the answer is not told as well");
            app.close_all(&[request, server, session]);
        }
    }
    drop(kept);
}

fn limit(session: Handle, id: u32, millis: u32) {
    option::set_number(session, id, millis).unwrap();
}

/// contract: evidence table A, a time-out is the pending call's 12002
#[test]
fn time_outs() {
    let (port, kept) = silent();
    let full = full();
    let half = half_a_body();
    let app = App::new();
    let session = app.session(true);
    for id in [abi::WINHTTP_OPTION_CONNECT_TIMEOUT, abi::WINHTTP_OPTION_SEND_TIMEOUT] {
        limit(session, id, 200);
    }
    // Only where nothing comes: what does come may be late on a busy machine.
    let hurry = |request: Handle| limit(request, abi::WINHTTP_OPTION_RECEIVE_TIMEOUT, 200);
    let timed_out = |request: Handle, api: u32| {
        let error = app.wait(request, ERROR);
        assert_eq!((error.number, error.error), (api, abi::ERROR_WINHTTP_TIMEOUT));
    };
    // Dialling.
    let deaf = link(session, full.port);
    let request = get(deaf, "/");
    send(request).unwrap();
    timed_out(request, API_SEND);
    app.close_all(&[request, deaf]);
    // The handshake.
    let server = link(session, port);
    let config = request::Config { flags: abi::WINHTTP_FLAG_SECURE, ..Default::default() };
    let request = request::open(server, &config).unwrap();
    hurry(request);
    send(request).unwrap();
    timed_out(request, API_SEND);
    app.close_all(&[request]);
    // The head: the send is complete all the same, and the error is the receive's.
    let request = get(server, "/");
    hurry(request);
    send(request).unwrap();
    app.wait(request, SENT);
    request::receive(request).unwrap();
    timed_out(request, API_RECEIVE);
    app.close_all(&[request]);
    // A write that nobody takes.
    let request = get(server, "/");
    let large = vec![b'x'; 64 << 20];
    send_total(request, u32::try_from(large.len()).unwrap()).unwrap();
    app.wait(request, SENT);
    write(request, &large).unwrap();
    timed_out(request, API_WRITE);
    app.close_all(&[request, server]);
    // The body.
    let server = link(session, half);
    let request = received(&app, server);
    hurry(request);
    read(request, 100).unwrap();
    timed_out(request, API_READ);
    app.close_all(&[request, server, session]);
    drop(kept);
}

/// The limit of the lookup runs while there is no connection: its entry among the timers is the request's own.
#[test]
fn time_out_of_the_lookup() {
    let app = App::new();
    let session = app.session(true);
    limit(session, abi::WINHTTP_OPTION_RESOLVE_TIMEOUT, 1);
    let server = connect::connect(session, "never.answered.invalid", 80).unwrap();
    let request = get(server, "/");
    send(request).unwrap();
    let error = app.wait(request, ERROR);
    assert_eq!(error.number, API_SEND);
    let errors = [abi::ERROR_WINHTTP_TIMEOUT, abi::ERROR_WINHTTP_NAME_NOT_RESOLVED];
    assert!(errors.contains(&error.error));
    app.close_all(&[request, server, session]);
}

/// A pooled connection that the server has closed is noticed before it is used.
#[test]
fn stale_connection_is_noticed() {
    let accepted = Arc::new(AtomicU32::new(0));
    let count = accepted.clone();
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    let port = serve(move |mut stream| {
        count.fetch_add(1, Ordering::SeqCst);
        head(&mut stream).unwrap();
        stream.write_all(OK).unwrap();
        drop(stream);
        tell.lock().unwrap().send(()).unwrap();
    });
    for asynchronous in [true, false] {
        let app = App::acting(move |app, heard| {
            if asynchronous {
                usual(app, heard);
            }
        });
        let session = app.session(asynchronous);
        let server = link(session, port);
        for _ in 0..3 {
            let request = get(server, "/");
            send(request).unwrap();
            if asynchronous {
                assert_eq!(app.wait(request, READ).bytes, b"hello");
            } else {
                request::receive(request).unwrap();
                assert_eq!(request::status(request), Ok(200));
            }
            told.recv_timeout(PATIENCE).unwrap();
            assert_eq!(app.count(request, ERROR), 0);
            app.close_all(&[request]);
            if asynchronous {
                // Noticed is what the reactor has heard: it gets the time to.
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        app.close_all(&[server, session]);
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 6);
}

/// contract: evidence table A, a connection that dies after it was used again: 12030 at ReceiveResponse, no retry
#[test]
fn reused_connection_that_dies() {
    let port = serve(|mut stream| {
        head(&mut stream).unwrap();
        stream.write_all(OK).unwrap();
        let _ = head(&mut stream);
    });
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = received(&app, server);
    app.close_all(&[request]);
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, SENT);
    assert_eq!(app.count(request, CONNECTING), 0, "it was used again");
    assert_eq!(request::receive(request), Ok(Completion::Inline));
    let error = app.wait(request, ERROR);
    assert_eq!((error.number, error.error), (API_RECEIVE, abi::ERROR_WINHTTP_CONNECTION_ERROR));
    app.close_all(&[request, server, session]);
}

/// contract: clients P6, the handle may be sent again after a failure and after a reply
#[test]
fn send_again() {
    let port = answer(|_| OK.to_vec());
    let app = App::new();
    let session = app.session(true);
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let server = link(session, nobody);
    let request = get(server, "/");
    for _ in 0..2 {
        let mark = app.mark();
        send(request).unwrap();
        let error = app.wait_since(mark, request, ERROR);
        assert_eq!((error.number, error.error), (API_SEND, abi::ERROR_WINHTTP_CANNOT_CONNECT));
    }
    app.close_all(&[request, server]);
    let server = link(session, port);
    let request = get(server, "/");
    for _ in 0..3 {
        let mark = app.mark();
        request::send(request, Send { headers: Vec::new(), optional: None, total: 0, context: 0 }).unwrap();
        app.wait_since(mark, request, SENT);
        request::receive(request).unwrap();
        app.wait_since(mark, request, HEADERS);
    }
    assert_eq!(app.count(request, CONNECTING), 1, "one connection for all legs");
    app.close_all(&[request, server, session]);
}
