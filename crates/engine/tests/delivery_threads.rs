//! Which thread says what, and what a callback that overstays holds up.
mod delivery_support;
use delivery_support::*;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};

use winhttp_engine::request::{self, Completion};
use winhttp_engine::{Handle, close};

/// A door that opens once.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let open = self.0.lock().unwrap();
        let (open, _) = self.1.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap();
        assert!(*open, "nobody has opened");
    }
}

/// F2: the callback parks, main calls ReceiveResponse, and everything that it brings is told on main meanwhile.
#[test]
fn receive_while_the_callback_parks() {
    let port = answer(|_| OK.to_vec());
    let gate = Arc::new(Gate::default());
    let parked = gate.clone();
    let app = App::acting(move |_, heard| {
        if heard.status == SENT {
            parked.pass();
        }
    });
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, SENT);
    let mark = app.mark();
    assert_eq!(request::receive(request), Ok(Completion::Inline));
    assert_eq!(app.statuses(request, mark), [RECEIVING, RECEIVED, HEADERS]);
    assert!(app.all()[mark..].iter().all(|heard| heard.thread == me()));
    assert_eq!(request::status(request), Ok(200));
    let mark = app.mark();
    assert_eq!(query(request), Ok(Completion::Inline));
    assert_eq!(read(request, 5), Ok(Completion::Inline));
    assert_eq!(app.statuses(request, mark), [DATA, READ]);
    // I9: the close returns although the callback does not, and the end waits for it.
    close(request).unwrap();
    assert_eq!(app.count(request, CLOSING), 0);
    gate.open();
    app.gone(&[request]);
    app.close_all(&[server, session]);
}

/// F2: while an informational callback runs, nothing else of its request begins, whoever calls.
#[test]
fn nothing_begins_beside_an_informational_callback() {
    let port = answer(|_| OK.to_vec());
    let gate = Arc::new(Gate::default());
    let parked = gate.clone();
    let app = App::acting(move |_, heard| {
        if heard.status == SENDING {
            parked.pass();
        }
    });
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    send(request).unwrap();
    app.wait(request, SENDING);
    let mark = app.mark();
    assert_eq!(request::receive(request), Ok(Completion::Pending));
    assert!(app.statuses(request, mark).is_empty());
    gate.open();
    let headers = app.wait(request, HEADERS);
    assert_ne!(headers.thread, me());
    app.close_all(&[request, server, session]);
}

/// F5: 255 others that became ready with the one whose callback does not return are through before it does.
#[test]
fn a_callback_that_overstays_holds_up_nobody() {
    const MANY: usize = 256;
    let asked = Arc::new(Barrier::new(MANY));
    let port = serve(move |mut stream| {
        head(&mut stream).unwrap();
        // All answers at once.
        asked.wait();
        use std::io::Write;
        stream.write_all(OK).unwrap();
        let _ = head(&mut stream);
    });
    let first = Arc::new(AtomicBool::new(true));
    let gate = Arc::new(Gate::default());
    let through = Arc::new(AtomicU32::new(0));
    let (parked, done) = (gate.clone(), through.clone());
    let app = App::acting(move |app, heard| {
        if heard.status == SENT && first.swap(false, Ordering::SeqCst) {
            parked.pass();
        }
        usual(app, heard);
        if heard.status == DATA && heard.number == 0 && done.fetch_add(1, Ordering::SeqCst) + 2 == MANY as u32
        {
            parked.open();
        }
    });
    let session = app.session(true);
    let server = link(session, port);
    let requests: Vec<Handle> = (0..MANY).map(|_| get(server, "/")).collect();
    for &request in &requests {
        send(request).unwrap();
    }
    for &request in &requests {
        app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
    }
    assert_eq!(through.load(Ordering::SeqCst), MANY as u32);
    app.close_all(&requests);
    app.close_all(&[server, session]);
}

/// A callback that sends another request and waits for its end inside, with nobody else about.
fn waits_inside(wait: impl Fn(&App, Handle) + Send + Sync + 'static) {
    let port = answer(|_| OK.to_vec());
    let server: Arc<Mutex<Option<Handle>>> = Arc::default();
    let known = server.clone();
    let app = App::acting(move |app, heard| {
        let server = known.lock().unwrap().take_if(|_| heard.status == SENT);
        match server {
            Some(server) => {
                let inner = get(server, "/inner");
                send(inner).unwrap();
                wait(app, inner);
                close(inner).unwrap();
            }
            None => usual(app, heard),
        }
    });
    let session = app.session(true);
    let link = link(session, port);
    *server.lock().unwrap() = Some(link);
    let request = get(link, "/");
    send(request).unwrap();
    app.until(|heard| heard.handle != request && heard.status == CLOSING);
    app.close_all(&[request, link, session]);
}

/// It sleeps: nobody takes it for a thread that has been stopped.
#[test]
fn a_callback_that_waits_for_another_request() {
    waits_inside(|app, inner| {
        app.until(|heard| heard.handle == inner && heard.status == DATA && heard.number == 0);
    });
}

/// It could run at every look, and uses the processor.
#[test]
fn a_callback_that_looks_for_another_request_without_a_pause() {
    waits_inside(|app, inner| {
        let end = std::time::Instant::now() + PATIENCE;
        let done = |heard: &Heard| heard.handle == inner && heard.status == DATA && heard.number == 0;
        while !app.all().iter().any(done) {
            assert!(std::time::Instant::now() < end, "nobody has taken over");
            std::hint::spin_loop();
        }
    });
}

/// F19: a closure that panics ends its own request; the thread and the others go on.
#[test]
fn a_closure_that_panics() {
    use winhttp_engine::api::{Event, Session};
    let port = answer(|_| OK.to_vec());
    let (tell, told) = std::sync::mpsc::channel();
    let session = Session::asynchronous("delivery").unwrap();
    session
        .on_notification(move |notification| {
            let handle = notification.handle;
            match notification.event {
                Event::SendRequestComplete if notification.context == 1 => panic!("on purpose"),
                Event::SendRequestComplete => drop(tell.send((handle, 0))),
                Event::RequestError { error, .. } => drop(tell.send((handle, error.0))),
                _ => {}
            }
        })
        .unwrap();
    let server = session.connect("127.0.0.1", port).unwrap();
    let (bad, good) = (server.get("/").unwrap(), server.get("/").unwrap());
    bad.set_context(1).unwrap();
    bad.send().unwrap();
    good.send().unwrap();
    assert_eq!(told.recv_timeout(PATIENCE), Ok((good.handle(), 0)));
    // Its panic comes before or after; then it accepts calls and fails them.
    let end = std::time::Instant::now() + PATIENCE;
    let error = loop {
        assert!(std::time::Instant::now() < end);
        assert!(bad.receive_response().is_ok());
        // Until the panic has left the callback it may be answered in the usual way, or refused as one too many.
        match told.recv_timeout(std::time::Duration::from_millis(100)) {
            Ok((handle, error)) if error != abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE => {
                assert_eq!(handle, bad.handle());
                break error;
            }
            _ => std::thread::yield_now(),
        }
    };
    assert_eq!(error, abi::ERROR_WINHTTP_INTERNAL_ERROR, "and not the cancellation of a close");
    assert!(good.receive_response().is_ok());
}

/// A synchronous call inside an asynchronous callback.
#[test]
fn a_synchronous_call_inside_a_callback() {
    let port = answer(|_| OK.to_vec());
    let app = App::acting(move |app, heard| {
        if heard.status == SENT {
            let quiet = App::new();
            let session = quiet.session(false);
            let server = link(session, port);
            let request = get(server, "/");
            send(request).unwrap();
            request::receive(request).unwrap();
            assert_eq!(request::status(request), Ok(200));
            quiet.close_all(&[request, server, session]);
        }
        usual(app, heard);
    });
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    send(request).unwrap();
    app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
    app.close_all(&[request, server, session]);
}

/// The engine's threads have names, and leave every signal to the application.
#[cfg(target_os = "linux")]
#[test]
fn threads_are_named_and_block_signals() {
    let port = answer(|_| OK.to_vec());
    let app = App::acting(usual);
    let session = app.session(true);
    let server = link(session, port);
    let request = get(server, "/");
    send(request).unwrap();
    app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
    let mut engine = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap().path();
        // A thread may have ended meanwhile.
        let Ok(name) = std::fs::read_to_string(task.join("comm")) else { continue };
        if !name.starts_with("winhttp-") {
            continue;
        }
        let Ok(status) = std::fs::read_to_string(task.join("status")) else { continue };
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap().trim();
        // All but KILL (9), STOP (19) and the two that the C library keeps for itself (32, 33).
        let unblockable = 1u64 << 8 | 1 << 18 | 1 << 31 | 1 << 32;
        let blocked = u64::from_str_radix(blocked, 16).unwrap();
        assert_eq!(blocked | unblockable, u64::MAX, "{name}");
        engine += 1;
    }
    assert!(engine > 0, "the reactor has a thread");
    app.close_all(&[request, server, session]);
}
