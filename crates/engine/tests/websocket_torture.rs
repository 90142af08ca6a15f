//! WebSockets closed in every callback, by several threads at once, and used where it hurts; nothing is left open.
mod delivery_support;
mod websocket_support;
use delivery_support::*;
use websocket_support::*;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use winhttp_engine::{Error, Handle, close, request, websocket};

/// Descriptors of this process that lead to a socket.
fn sockets() -> usize {
    let Ok(folder) = std::fs::read_dir("/proc/self/fd") else { return 0 };
    let targets = folder.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

/// The WebSocket is closed inside each kind of callback that it has; HANDLE_CLOSING is the last.
#[test]
fn closed_inside_every_callback() {
    let port = upgrading(|peer| {
        peer.say(0x81, b"hello");
        peer.echo();
    });
    for at in [CREATED, WRITTEN, READ, SHUT, CLOSED] {
        let app = App::acting(move |_, heard| {
            if heard.context == CONTEXT && heard.status == at {
                close(heard.handle).unwrap();
                // A handle that is closed is closed for everything.
                assert_eq!(say(heard.handle, TEXT, b"x"), Err(Error::INVALID_HANDLE));
            }
        });
        let upgraded = Upgraded::open(&app, port);
        let socket = upgraded.socket;
        // Each ends with its own completion, or with the handle.
        let wait = |status| drop(app.wait_any_since(0, socket, &[status, CLOSING]));
        let _ = hear(socket, 64);
        wait(READ);
        let _ = say(socket, TEXT, b"hello");
        wait(WRITTEN);
        let _ = websocket::shutdown(socket, 1000, b"");
        wait(SHUT);
        let _ = websocket::close(socket, 1000, b"");
        app.gone(&[socket]);
        // What this thread called before the close ran is told; what it called after it is refused.
        let heard = app.statuses(socket, 0);
        assert!(heard.contains(&at), "{at:x}: {heard:x?}");
        for error in app.all().iter().filter(|heard| heard.handle == socket && heard.status == ERROR) {
            assert_eq!(error.error, CANCELLED, "{at:x}");
        }
        upgraded.close(&app);
    }
}

/// Many WebSockets, each with two threads that do whatever comes to mind, and callbacks that do, too.
#[test]
fn many_at_once() {
    let port = upgrading(|peer| peer.echo());
    let dice = Arc::new(AtomicU32::new(1));
    let throw = move |sides: u32| {
        // Any order will do; it is the threads that make the difference.
        let seed = dice.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        ((seed ^ (seed >> 15)).wrapping_mul(0x2C1B_3C6D) >> 8) % sides
    };
    let any = move |socket: Handle| match throw(10) {
        0..=3 => drop(say(socket, BINARY, &[7; 3000]).map(drop)),
        4..=6 => drop(hear(socket, 1000).map(drop)),
        7 => drop(websocket::shutdown(socket, 1000, b"").map(drop)),
        8 => drop(websocket::close(socket, 1000, b"").map(drop)),
        _ => drop(close(socket)),
    };
    let acting = any.clone();
    let app = App::acting(move |_, heard| {
        if heard.context == CONTEXT && [READ, WRITTEN].contains(&heard.status) {
            acting(heard.handle);
        }
    });
    let before = sockets();
    for _ in 0..4 {
        let all: Vec<Upgraded> = (0..16).map(|_| Upgraded::open(&app, port)).collect();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (all, any) = (all.clone(), any.clone());
                thread::spawn(move || {
                    for _ in 0..8 {
                        all.iter().for_each(|upgraded| any(upgraded.socket));
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        for upgraded in all {
            upgraded.close(&app);
        }
    }
    // The server's ends go when its threads have seen the end of theirs.
    for _ in 0..200 {
        if sockets() <= before + 1 {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{} sockets before, {} after", before, sockets());
}

/// A synchronous conversation inside the callback of an asynchronous request: somebody else polls meanwhile.
#[test]
fn a_conversation_inside_a_callback() {
    let port = upgrading(|peer| {
        thread::sleep(Duration::from_millis(20));
        peer.echo();
    });
    let other = answer(|_| OK.to_vec());
    let app = App::acting(move |_, heard| {
        if heard.status == SENT {
            let inner = App::new();
            let upgraded = Upgraded::open_sync(&inner, port);
            say(upgraded.socket, TEXT, b"inside").unwrap();
            hear(upgraded.socket, 64).unwrap();
            websocket::close(upgraded.socket, 1000, b"").unwrap();
            upgraded.close(&inner);
            request::receive(heard.handle).unwrap();
        }
    });
    let session = app.session(true);
    let connect = link(session, other);
    let request = get(connect, "/");
    send(request).unwrap();
    app.wait(request, HEADERS);
    app.close_all(&[request, connect, session]);
}
