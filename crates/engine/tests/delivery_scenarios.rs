//! The walk of the scenarios: what comes, in which order, on which thread.
mod delivery_support;
use delivery_support::*;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use winhttp_engine::request::{self, Completion, Send};
use winhttp_engine::{Error, Loan, close, option};

const SEND_WARM: &[u32] = &[SENDING, REQUEST_SENT];
const REPLY: &[u32] = &[RECEIVING, RECEIVED];

/// contract: notifications S1; a literal address needs no lookup, RESOLVING is told all the same
#[test]
fn s1_synchronous_cache() {
    let port = answer(|_| OK.to_vec());
    let app = App::new();
    let session = app.session(false);
    let unloaded = Arc::new(AtomicBool::new(false));
    let unload = unloaded.clone();
    option::set_unload(session, move || unload.store(true, Ordering::SeqCst)).unwrap();
    let server = link(session, port);
    let first = get(server, "/");
    assert_eq!(app.statuses(server, 0), [CREATED]);
    assert_eq!(app.statuses(first, 0), [CREATED]);
    assert!(matches!(send(first), Ok(Completion::Done(_))));
    let cold = [RESOLVING, RESOLVED, CONNECTING, CONNECTED, SENDING, REQUEST_SENT];
    assert_eq!(app.statuses(first, 0)[1..], cold);
    let mark = app.mark();
    request::receive(first).unwrap();
    assert_eq!(app.statuses(first, mark), REPLY);
    assert!(app.all().iter().all(|heard| heard.thread == me() && heard.context == 0x5E55));
    assert_eq!(request::status(first), Ok(200));
    let mark = app.mark();
    close(first).unwrap();
    assert_eq!(app.statuses(first, mark), [CLOSING], "an unread small body costs nothing");

    let second = get(server, "/");
    let mark = app.mark();
    send(second).unwrap();
    assert_eq!(app.statuses(second, mark), SEND_WARM, "the connection was kept");
    let mark = app.mark();
    request::receive(second).unwrap();
    assert_eq!(app.statuses(second, mark), REPLY);
    close(second).unwrap();
    assert_eq!(close(second), Err(Error::INVALID_HANDLE));
    close(server).unwrap();
    assert!(!unloaded.load(Ordering::SeqCst));
    close(session).unwrap();
    app.gone(&[first, second, server, session]);
    assert!(unloaded.load(Ordering::SeqCst));

    // contract: notifications R8, the pool outlives the session
    let session = app.session(false);
    let server = link(session, port);
    for _ in 0..2 {
        let request = get(server, "/");
        let mark = app.mark();
        send(request).unwrap();
        request::receive(request).unwrap();
        assert_eq!(app.statuses(request, mark), [SEND_WARM, REPLY].concat());
        close(request).unwrap();
    }
    app.close_all(&[server, session]);
}

/// contract: notifications S2
#[test]
fn s2_asynchronous_cache() {
    let port = answer(|_| OK.to_vec());
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    for round in 0..3 {
        let request = get(server, "/");
        assert_eq!(send(request), Ok(Completion::Pending));
        let sent = app.wait(request, SENT);
        assert_ne!(sent.thread, me(), "SENDREQUEST_COMPLETE comes on another thread");
        assert_eq!((sent.number, sent.address), (0, 0));
        let heard = app.statuses(request, 0);
        if round == 0 {
            let cold = [CREATED, RESOLVING, RESOLVED, CONNECTING, CONNECTED, SENDING, REQUEST_SENT, SENT];
            assert_eq!(heard, cold);
        } else {
            assert_eq!(heard, [CREATED, SENDING, REQUEST_SENT, SENT]);
        }
        let mark = app.mark();
        assert_eq!(request::receive(request), Ok(Completion::Inline));
        assert_eq!(app.statuses(request, mark), [RECEIVING, RECEIVED, HEADERS]);
        assert!(app.all()[mark..].iter().all(|heard| heard.thread == me()), "inside the call");
        close(request).unwrap();
        app.gone(&[request]);
    }
    app.close_all(&[server, session]);
}

fn redirecting() -> u16 {
    answer(|head| {
        if head.starts_with("GET /redirect ") {
            b"HTTP/1.1 302 Found\r\nLocation: /hello?x\r\nContent-Length: 2\r\n\r\nno".to_vec()
        } else {
            OK.to_vec()
        }
    })
}

/// contract: notifications S3
#[test]
fn s3_synchronous_redirect() {
    let port = redirecting();
    let app = App::new();
    let session = app.session(false);
    let server = link(session, port);
    let request = get(server, "/redirect");
    send(request).unwrap();
    let mark = app.mark();
    request::receive(request).unwrap();
    let expected = [RECEIVING, RECEIVED, REDIRECT, SENDING, REQUEST_SENT, RECEIVING, RECEIVED];
    assert_eq!(app.statuses(request, mark), expected, "one connection for both legs");
    assert!(app.all().iter().all(|heard| heard.thread == me()));
    let redirect = app.wait(request, REDIRECT);
    assert_eq!(redirect.text, format!("http://127.0.0.1:{port}/hello?x"));
    assert_eq!(request::status(request), Ok(200));
    app.close_all(&[request, server, session]);
}

/// contract: notifications S4
#[test]
fn s4_asynchronous_redirect() {
    let port = redirecting();
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/redirect");
    send(request).unwrap();
    app.wait(request, SENT);
    let mark = app.mark();
    assert_eq!(request::receive(request), Ok(Completion::Pending));
    let headers = app.wait(request, HEADERS);
    assert_ne!(headers.thread, me());
    let expected = [RECEIVING, RECEIVED, REDIRECT, SENDING, REQUEST_SENT, RECEIVING, RECEIVED, HEADERS];
    assert_eq!(app.statuses(request, mark), expected);
    let on_main = app.all()[mark..].iter().take(3).all(|heard| heard.thread == me());
    assert!(on_main, "up to REDIRECT inside the call");
    assert!(app.all()[mark + 5..].iter().all(|heard| heard.thread != me()));
    assert_eq!(app.count(request, SENT), 1);
    app.close_all(&[request, server, session]);
}

/// contract: notifications S5, double ReceiveResponse, and the pair before the end of a body that closes
#[test]
fn s5_double_receive_and_connection_close() {
    let port = serve(|mut stream| {
        use std::io::Write;
        let head = head(&mut stream).unwrap();
        assert!(head.contains("Connection: close"));
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello").unwrap();
    });
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    let headers = b"Connection: close\r\n".to_vec();
    request::send(request, Send { headers, optional: None, total: 0, context: 0 }).unwrap();
    app.wait(request, SENT);
    request::receive(request).unwrap();
    let mark = app.mark();
    assert_eq!(request::receive(request), Ok(Completion::Inline));
    assert_eq!(app.statuses(request, mark), [ERROR]);
    let error = app.wait(request, ERROR);
    assert_eq!((error.thread, error.number), (me(), API_RECEIVE));
    assert_eq!(error.error, abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    assert_eq!(request::status(request), Ok(200), "the failed second receive has damaged nothing");
    let mark = app.mark();
    let done = query(request).unwrap();
    let data = app.wait(request, DATA);
    assert_eq!(done == Completion::Inline, data.thread == me(), "0 means inside the call, 997 elsewhere");
    assert_eq!(app.statuses(request, mark).last(), Some(&DATA));
    let mark = app.mark();
    read(request, 1024).unwrap();
    let end = app.wait_since(mark, request, READ);
    assert_eq!(end.bytes, b"hello");
    let mut heard = app.statuses(request, mark);
    heard.retain(|status| !REPLY.contains(status));
    assert_eq!(heard, [CONNECTION_CLOSING, CONNECTION_CLOSED, READ]);
    app.close_all(&[request, server, session]);
}

/// contract: notifications S7, 1: never sent
#[test]
fn s7_receive_without_send() {
    let app = App::new();
    let session = app.session(true);
    let server = link(session, 1);
    let request = get(server, "/");
    assert_eq!(request::receive(request), Ok(Completion::Inline));
    let error = app.wait(request, ERROR);
    assert_eq!(error.error, abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    app.close_all(&[request, server, session]);
}

/// contract: notifications S7, 2 and 3: write and receive inside callbacks, then reads of one byte inside queries
#[test]
fn s7_recursion() {
    let port = serve(|mut stream| {
        use std::io::{Read, Write};
        head(&mut stream).unwrap();
        stream.read_exact(&mut [0]).unwrap();
        stream
            .write_all(&[b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", &[b'x'; 200][..]].concat())
            .unwrap();
        let _ = head(&mut stream);
    });
    let deepest = Arc::new(AtomicU32::new(0));
    let deep = deepest.clone();
    let bytes = Arc::new(AtomicU32::new(0));
    let got = bytes.clone();
    thread_local!(static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });
    let app = App::acting(move |_, heard| {
        DEPTH.set(DEPTH.get() + 1);
        deep.fetch_max(DEPTH.get(), Ordering::SeqCst);
        match heard.status {
            SENT => drop(write(heard.handle, b"!").unwrap()),
            WRITTEN => {
                request::receive(heard.handle).unwrap();
            }
            DATA if heard.number > 0 => {
                let mut count = None;
                let mut place = [0u8; 1];
                // SAFETY: the byte is in the buffer when the call returns (asserted), and nobody looks at it later.
                let loan = unsafe { Loan::lent(place.as_mut_ptr(), 1) };
                request::read(heard.handle, loan, &mut |n| count = Some(n)).unwrap();
                assert_eq!(count, Some(1), "written on return, whoever tells");
                assert_eq!(place, *b"x");
                got.fetch_add(1, Ordering::SeqCst);
            }
            READ => {
                let mut count = None;
                request::query_data(heard.handle, &mut |n| count = Some(n)).unwrap();
                assert!(count.is_some());
            }
            _ => {}
        }
        DEPTH.set(DEPTH.get() - 1);
    });
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    send_total(request, 1).unwrap();
    app.wait(request, HEADERS);
    let receiving = app.wait(request, RECEIVING);
    let written = app.wait(request, WRITTEN);
    assert_eq!(receiving.thread, written.thread, "on the thread that calls ReceiveResponse");
    query(request).unwrap();
    app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
    assert_eq!(bytes.load(Ordering::SeqCst), 200);
    let deepest = deepest.load(Ordering::SeqCst);
    assert!((2..=3).contains(&deepest), "nested {deepest} deep");
    app.close_all(&[request, server, session]);
}

/// contract: notifications S7, 4: ReceiveResponse inside SENDING_REQUEST, and inside REQUEST_SENT
#[test]
fn s7_receive_inside_the_send() {
    for status in [SENDING, REQUEST_SENT] {
        let port = answer(|_| OK.to_vec());
        let app = App::acting(move |_, heard| {
            if heard.status == status {
                request::receive(heard.handle).unwrap();
            }
        });
        let session = app.session(true);
        let server = link(session, port);
        let request = get(server, "/");
        send(request).unwrap();
        let headers = app.wait(request, HEADERS);
        assert_ne!(headers.thread, me());
        app.wait(request, SENT);
        read(request, 1024).unwrap();
        assert_eq!(app.wait(request, READ).bytes, b"hello");
        app.close_all(&[request, server, session]);
    }
}

/// contract: notifications S8, rounds with new sessions on one connection
#[test]
fn s8_persistent_connection() {
    let round = Arc::new(AtomicU32::new(0));
    let replies: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nX",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nyy",
    ];
    let port = answer(move |_| replies[round.fetch_add(1, Ordering::SeqCst) as usize].to_vec());
    for (round, body) in [&b"X"[..], b"123456789", b"xx", b"yy"].into_iter().enumerate() {
        let app = App::new();
        let session = app.session(true);
        let server = link(session, port);
        let request = get(server, "/socket");
        send(request).unwrap();
        app.wait(request, SENT);
        let cold = app.statuses(request, 0).contains(&CONNECTING);
        assert_eq!(cold, round == 0, "round {round}");
        request::receive(request).unwrap();
        app.wait(request, HEADERS);
        let mark = app.mark();
        read(request, 1024).unwrap();
        assert_eq!(app.wait(request, READ).bytes, body);
        app.close_all(&[request, server, session]);
        let mut heard = app.statuses(request, mark);
        heard.retain(|status| !REPLY.contains(status));
        assert_eq!(heard, [READ, CLOSING]);
    }
}

/// contract: evidence Q5, SENDREQUEST_COMPLETE names the optional data; F20, ReadData of nothing
#[test]
fn payloads() {
    let port = serve(|mut stream| {
        use std::io::{Read, Write};
        head(&mut stream).unwrap();
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.write_all(OK).unwrap();
        let _ = head(&mut stream);
    });
    let app = App::new();
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    let body = Loan::owned(Box::from(*b"body"));
    let address = body.address();
    request::send(request, Send { headers: Vec::new(), optional: Some(body), total: 4, context: 7 }).unwrap();
    let sent = app.wait(request, SENT);
    assert_eq!((sent.address, sent.number, sent.context), (address, 4, 7));
    assert!(app.wait(request, REQUEST_SENT).number > 4);
    assert_eq!(app.wait(request, CONNECTING).text, "127.0.0.1");
    request::receive(request).unwrap();
    app.wait(request, HEADERS);
    assert_eq!(read(request, 0), Ok(Completion::Inline));
    assert_eq!(app.wait(request, READ).number, 0);
    app.close_all(&[request, server, session]);
}
