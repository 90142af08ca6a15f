//! WebSockets: calls of both lanes, closing, and the request that they came from, beside each other.

use shuttle::thread;

use super::laws::{Heard, Laws};
use super::play::*;
use super::world::Script;
use crate::request::Completion;
use crate::{Error, Handle, Loan, request, websocket};

/// The calls, as the laws count them.
const SAY: u32 = 0x10;
const HEAR: u32 = 0x11;
const CLOSE: u32 = 0x12;
const SHUT: u32 = 0x13;

fn say(laws: &Laws, socket: Handle) -> Result<Completion, Error> {
    laws.call(socket, SAY, || websocket::send(socket, 2, Loan::owned(b"abc".as_slice().into())))
}

fn hear(laws: &Laws, socket: Handle) -> Result<Completion, Error> {
    laws.call(socket, HEAR, || {
        websocket::receive(socket, Loan::owned(vec![0; 2].into_boxed_slice()))
            .map(|(completion, _)| completion)
    })
}

fn close(laws: &Laws, socket: Handle) -> Result<Completion, Error> {
    laws.call(socket, CLOSE, || websocket::close(socket, 1000, b""))
}

fn shut(laws: &Laws, socket: Handle) -> Result<Completion, Error> {
    laws.call(socket, SHUT, || websocket::shutdown(socket, 1000, b""))
}

/// S6.1 up to the upgrade.
fn upgrade(laws: &'static Laws) -> (Handles, Handle) {
    let handles = open(laws, Script::Chat);
    websocket::ask(handles.request).unwrap();
    send(laws, handles.request, 0).unwrap();
    laws.until(is(handles.request, SENT));
    receive(laws, handles.request).unwrap();
    laws.until(is(handles.request, HEADERS));
    let socket = websocket::complete_upgrade(handles.request, 1).unwrap();
    (handles, socket)
}

fn over(laws: &Laws, handles: &Handles, socket: Handle) {
    laws.close(socket);
    handles.close(laws);
    laws.settled(&[socket, handles.request, handles.connect, handles.session]);
}

/// One thread receives, another one sends, and what comes back is received from inside callbacks: nothing is lost.
#[test]
fn a_conversation() {
    check(|| {
        let laws = Laws::new(|laws, heard: &Heard| {
            if heard.status == READ && heard.detail.0 == HEAR {
                let _ = hear(laws, heard.handle);
            }
        });
        let (handles, socket) = upgrade(laws);
        let writer = thread::spawn(move || {
            for _ in 0..2 {
                let before = count(laws, socket, WRITTEN);
                if say(laws, socket).is_ok() {
                    super::world().wait(|_| (count(laws, socket, WRITTEN) > before).then_some(()));
                }
            }
        });
        let _ = hear(laws, socket);
        laws.close(handles.request);
        // Two echoes of three bytes, two bytes at a time.
        super::world().wait(|_| (count(laws, socket, READ) == 4).then_some(()));
        writer.join().unwrap();
        over(laws, &handles, socket);
        // The receive that was still waiting, if the last callback got that far.
        assert!(count(laws, socket, ERROR) <= 1);
    });
}

fn count(laws: &Laws, handle: Handle, status: u32) -> usize {
    laws.heard().iter().filter(|heard| heard.handle == handle && heard.status == status).count()
}

/// Everything at once: both lanes, both ways to close, CloseHandle of the socket, its request and its session.
#[test]
fn whatever_comes() {
    use shuttle::rand::{Rng, thread_rng};
    fn any(laws: &'static Laws, handles: (Handle, Handle, Handle)) {
        let (socket, request, session) = handles;
        match thread_rng().gen_range(0..12) {
            0..3 => drop(say(laws, socket)),
            3..6 => drop(hear(laws, socket)),
            6 => drop(shut(laws, socket)),
            7 => drop(close(laws, socket)),
            8 => drop(laws.close(socket)),
            9 => drop(laws.close(request)),
            10 => drop(laws.close(session)),
            _ => thread::yield_now(),
        }
    }
    check(|| {
        let laws = Laws::new(|laws, heard| {
            if heard.detail.0 >= SAY && thread_rng().gen_range(0..2) == 0 {
                let handle = heard.handle;
                let _ = match thread_rng().gen_range(0..4) {
                    0 => say(laws, handle),
                    1 => hear(laws, handle),
                    2 => close(laws, handle),
                    _ => Ok(if laws.close(handle) { Completion::Inline } else { Completion::Pending }),
                };
            }
        });
        let (handles, socket) = upgrade(laws);
        let all = (socket, handles.request, handles.session);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(move || {
                    for _ in 0..4 {
                        any(laws, all);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        over(laws, &handles, socket);
    });
}

/// The request is closed beside CompleteUpgrade: either there is a WebSocket, or there is none, and everything ends.
#[test]
fn the_request_closed_beside_the_upgrade() {
    check(|| {
        let laws = Laws::new(|_, _| {});
        let handles = open(laws, Script::Chat);
        let (request, session) = (handles.request, handles.session);
        websocket::ask(request).unwrap();
        send(laws, request, 0).unwrap();
        laws.until(is(request, SENT));
        receive(laws, request).unwrap();
        laws.until(is(request, HEADERS));
        let closer = thread::spawn(move || {
            laws.close(request);
            laws.close(session);
        });
        let upgraded = websocket::complete_upgrade(request, 1);
        closer.join().unwrap();
        let mut all = vec![handles.request, handles.connect, handles.session];
        if let Ok(socket) = upgraded {
            let _ = hear(laws, socket);
            laws.close(socket);
            all.push(socket);
        }
        handles.close(laws);
        laws.settled(&all);
    });
}

/// Synchronous: a reader and a writer at once, and a close from a third thread; both return, and the end is told once.
#[test]
fn two_synchronous_lanes() {
    check(|| {
        let laws = Laws::new(|_, _| {});
        let session = open_session(laws, false, 0);
        let connect = crate::connect::connect(session, "127.0.0.1", Script::Chat as u16).unwrap();
        let asked = request::open(connect, &request::Config::default()).unwrap();
        websocket::ask(asked).unwrap();
        let plain = request::Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
        request::send(asked, plain).unwrap();
        let socket = websocket::complete_upgrade(asked, 1).unwrap();
        laws.close(asked);
        let reader = thread::spawn(move || {
            let mut bytes = 0;
            let buffer = || Loan::owned(vec![0; 2].into_boxed_slice());
            while let Ok((_, Some(received))) = websocket::receive(socket, buffer()) {
                bytes += received.bytes;
            }
            bytes
        });
        let writer = thread::spawn(move || {
            let sent = websocket::send(socket, 2, Loan::owned(b"abc".as_slice().into()));
            let shut = websocket::shutdown(socket, 1000, b"");
            (sent, shut)
        });
        let closer = thread::spawn(move || {
            for _ in 0..6 {
                thread::yield_now();
            }
            laws.close(socket)
        });
        assert!(reader.join().unwrap() <= 3);
        let _ = writer.join().unwrap();
        assert!(closer.join().unwrap());
        for handle in [connect, session] {
            laws.close(handle);
        }
        laws.until_gone(&[socket, asked, connect, session]);
    });
}
