//! `WINHTTP_OPTION_MAX_CONNS_PER_SERVER`: who waits, who comes next, and what ends a wait.

mod delivery_support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_support::*;
use winhttp_engine::{Error, Handle, option, request};

const LIMIT: u32 = abi::WINHTTP_OPTION_MAX_CONNS_PER_SERVER;
const LIMIT_1_0: u32 = abi::WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER;

/// A server that counts its connections: how many have come, how many were open at most, and what was asked.
#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
    targets: Mutex<Vec<String>>,
}

impl Counts {
    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    fn all(&self) -> usize {
        self.all.load(Ordering::SeqCst)
    }

    fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

/// `reply` answers; `None` closes without a word.
fn counting(reply: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> (u16, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let own = counts.clone();
    let port = serve(move |mut stream: TcpStream| {
        let open = own.open.fetch_add(1, Ordering::SeqCst) + 1;
        own.most.fetch_max(open, Ordering::SeqCst);
        own.all.fetch_add(1, Ordering::SeqCst);
        while let Some(head) = head(&mut stream) {
            own.targets.lock().unwrap().push(head.split(' ').nth(1).unwrap().to_owned());
            // Long enough for whoever would come too early.
            std::thread::sleep(Duration::from_millis(2));
            match reply(&head) {
                Some(reply) if stream.write_all(&reply).is_ok() => {}
                _ => break,
            }
        }
        own.open.fetch_sub(1, Ordering::SeqCst);
    });
    (port, counts)
}

fn limited(app: &App, asynchronous: bool, most: u32) -> Handle {
    let session = app.session(asynchronous);
    option::set_number(session, LIMIT, most).unwrap();
    session
}

fn whole(app: &App, request: Handle) {
    app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
}

/// Alone: a slot that another test has just left may still stand in the run queue, and is then looked at in its place.
#[test]
fn requests_wait_in_their_order() {
    alone("requests_wait_in_their_order", || {
        let (port, counts) = counting(|_| Some(OK.to_vec()));
        let app = App::acting(usual);
        let session = limited(&app, true, 1);
        let link = link(session, port);
        let requests: Vec<Handle> = (0..30).map(|number| get(link, &format!("/{number}"))).collect();
        for &request in &requests {
            send(request).unwrap();
        }
        for &request in &requests {
            whole(&app, request);
            assert_eq!(app.count(request, ERROR), 0);
        }
        assert_eq!((counts.most(), counts.all()), (1, 1));
        let order: Vec<String> = (0..30).map(|number| format!("/{number}")).collect();
        assert_eq!(counts.targets(), order, "first come, first served");
        app.close_all(&requests);
        app.close_all(&[link, session]);
    });
}

#[test]
fn as_many_are_under_way_as_may_be() {
    let (port, counts) = counting(|_| Some(OK.to_vec()));
    let app = App::acting(usual);
    let session = limited(&app, true, 3);
    let link = link(session, port);
    let requests: Vec<Handle> = (0..30).map(|number| get(link, &format!("/{number}"))).collect();
    for &request in &requests {
        send(request).unwrap();
    }
    for &request in &requests {
        whole(&app, request);
        assert_eq!(app.count(request, ERROR), 0);
    }
    assert!(counts.most() <= 3 && counts.all() <= 3, "{} of {}", counts.most(), counts.all());
    app.close_all(&requests);
    app.close_all(&[link, session]);
}

/// How many connections a silent server has taken. A request may be sent before the server comes to take its connection:
/// so many are waited for.
fn accepted(kept: &Mutex<Vec<TcpStream>>, expected: usize) -> usize {
    for _ in 0..500 {
        if kept.lock().unwrap().len() >= expected {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    kept.lock().unwrap().len()
}

/// The limit is per server: another one is not waited for, and another session has a limit of its own.
#[test]
fn other_servers_and_other_sessions_do_not_wait() {
    let (full, kept) = silent();
    let (free, _) = counting(|_| Some(OK.to_vec()));
    let app = App::acting(usual);
    let session = limited(&app, true, 1);
    let other = limited(&app, true, 1);
    let (blocked, open) = (link(session, full), link(session, free));
    let first = get(blocked, "/first");
    let waiting = get(blocked, "/waiting");
    let passes = get(open, "/passes");
    send(first).unwrap();
    app.wait(first, REQUEST_SENT);
    send(waiting).unwrap();
    send(passes).unwrap();
    whole(&app, passes);
    let stranger = link(other, full);
    let second = get(stranger, "/second");
    send(second).unwrap();
    app.wait(second, REQUEST_SENT);
    assert_eq!(app.statuses(waiting, 0), [CREATED], "nothing is told while it waits");
    assert_eq!(accepted(&kept, 2), 2);
    app.close_all(&[first, waiting, passes, second, blocked, open, stranger, session, other]);
}

/// contract: notifications R7, a request that waits ends as any other; its place goes to the next one
#[test]
fn a_wait_ends_with_its_handle() {
    let (port, kept) = silent();
    let app = App::acting(usual);
    let session = limited(&app, true, 1);
    let link = link(session, port);
    let requests: Vec<Handle> = (0..4).map(|number| get(link, &format!("/{number}"))).collect();
    for &request in &requests {
        send(request).unwrap();
    }
    app.wait(requests[0], REQUEST_SENT);
    app.close_all(&requests[1..2]);
    let error = app.wait(requests[1], ERROR);
    assert_eq!((error.number, error.error), (API_SEND, CANCELLED));
    // The first one's connection is given up: the third comes, and not the second.
    app.close_all(&requests[..1]);
    app.wait(requests[2], REQUEST_SENT);
    assert_eq!(app.count(requests[3], SENDING), 0);
    assert_eq!(accepted(&kept, 2), 2);
    // Closing the session ends the wait of the last one.
    winhttp_engine::close(session).unwrap();
    assert_eq!(app.wait(requests[3], ERROR).error, CANCELLED);
    app.close_all(&requests[2..]);
    app.close_all(&[link]);
    app.gone(&[session]);
}

#[test]
fn errors_free_a_place() {
    let (port, counts) = counting(|head| head.contains("/good").then(|| OK.to_vec()));
    let app = App::acting(usual);
    let session = limited(&app, true, 1);
    let link = link(session, port);
    let requests: Vec<Handle> =
        (0..12).map(|number| get(link, if number % 4 == 3 { "/good" } else { "/bad" })).collect();
    for &request in &requests {
        send(request).unwrap();
    }
    for (number, &request) in requests.iter().enumerate() {
        if number % 4 == 3 {
            whole(&app, request);
        } else {
            assert_eq!(app.wait(request, ERROR).error, abi::ERROR_WINHTTP_CONNECTION_ERROR);
        }
    }
    assert_eq!(counts.most(), 1);
    app.close_all(&requests);
    // Nor does a connection that never comes about.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = delivery_support::link(session, closed);
    let requests: Vec<Handle> = (0..5).map(|_| get(nowhere, "/")).collect();
    for &request in &requests {
        send(request).unwrap();
    }
    for &request in &requests {
        assert_eq!(app.wait(request, ERROR).error, abi::ERROR_WINHTTP_CANNOT_CONNECT);
    }
    app.close_all(&requests);
    app.close_all(&[link, nowhere, session]);
}

#[test]
fn the_limit_changes_on_the_fly() {
    let (port, kept) = silent();
    let app = App::acting(usual);
    let session = app.session(true);
    let link = link(session, port);
    let requests: Vec<Handle> = (0..6).map(|number| get(link, &format!("/{number}"))).collect();
    // Two from before there was a limit count.
    for &request in &requests[..2] {
        send(request).unwrap();
        app.wait(request, REQUEST_SENT);
    }
    option::set_number(session, LIMIT, 0).unwrap();
    assert_eq!(option::number(session, LIMIT), Ok(2), "contract: options, 0 becomes 2");
    for &request in &requests[2..] {
        send(request).unwrap();
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(accepted(&kept, 2), 2);
    option::set_number(session, LIMIT, 3).unwrap();
    app.wait(requests[2], REQUEST_SENT);
    assert_eq!(app.count(requests[3], SENDING), 0);
    option::set_number(session, LIMIT, 1).unwrap();
    app.close_all(&requests[..2]);
    assert_eq!(app.count(requests[3], SENDING), 0, "one is in use, and one is allowed");
    option::set_number(session, LIMIT, u32::MAX).unwrap();
    for &request in &requests[3..] {
        app.wait(request, REQUEST_SENT);
    }
    app.close_all(&requests);
    app.close_all(&[link, session]);
}

#[test]
fn synchronous_calls_wait_in_the_send() {
    let (port, counts) = counting(|_| Some(OK.to_vec()));
    let app = App::new();
    let session = limited(&app, false, 2);
    let link = link(session, port);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let request = get(link, "/");
                    send(request).unwrap();
                    request::receive(request).unwrap();
                    let (_, count) = request::read_owned(request, vec![0; 9].into()).unwrap();
                    assert_eq!(count, 5);
                    winhttp_engine::close(request).unwrap();
                }
            });
        }
    });
    assert!(counts.most() <= 2, "{}", counts.most());
    app.close_all(&[link, session]);
}

/// contract: clients P9, closed by another thread in every phase
#[test]
fn a_synchronous_wait_is_closed_by_another_thread() {
    let (port, kept) = silent();
    let app = App::new();
    let session = limited(&app, false, 1);
    let link = link(session, port);
    let (first, second) = (get(link, "/first"), get(link, "/second"));
    let calls = [first, second].map(|request| std::thread::spawn(move || send(request)));
    app.until(|heard| heard.status == REQUEST_SENT);
    std::thread::sleep(Duration::from_millis(30));
    let waits = if app.count(first, REQUEST_SENT) == 0 { first } else { second };
    winhttp_engine::close(waits).unwrap();
    app.wait(waits, CLOSING);
    assert_eq!(accepted(&kept, 1), 1);
    winhttp_engine::close(if waits == first { second } else { first }).unwrap();
    for call in calls {
        assert_eq!(call.join().unwrap(), Err(Error(CANCELLED)));
    }
    app.close_all(&[link, session]);
}

/// Each server is full with requests that want to go to the other one next: nobody waits while he keeps another waiting.
#[test]
fn redirects_across_full_servers() {
    let other = Arc::new(Mutex::new([0u16; 2]));
    let ports: Vec<(u16, Arc<Counts>)> = (0..2)
        .map(|number| {
            let other = other.clone();
            counting(move |head| {
                if head.contains("/end") {
                    return Some(OK.to_vec());
                }
                let port = other.lock().unwrap()[1 - number];
                let to = format!(
                    "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:{port}/end\r\nContent-Length: 0\r\n\r\n"
                );
                Some(to.into_bytes())
            })
        })
        .collect();
    *other.lock().unwrap() = [ports[0].0, ports[1].0];
    let app = App::acting(usual);
    let session = limited(&app, true, 1);
    let links = [link(session, ports[0].0), link(session, ports[1].0)];
    let requests: Vec<Handle> = (0..16).map(|number| get(links[number % 2], "/start")).collect();
    for &request in &requests {
        send(request).unwrap();
    }
    for &request in &requests {
        whole(&app, request);
        assert_eq!(request::status(request), Ok(200));
    }
    for (_, counts) in &ports {
        assert_eq!(counts.most(), 1);
    }
    app.close_all(&requests);
    app.close_all(&links);
    app.close_all(&[session]);
}

/// A reply that nobody reads gives its place up with its handle.
#[test]
fn an_unread_reply_keeps_its_place_until_it_is_closed() {
    let (port, _) = counting(|_| Some(OK.to_vec()));
    let app = App::acting(|_, heard| {
        if heard.status == SENT {
            request::receive(heard.handle).unwrap();
        }
    });
    let session = limited(&app, true, 1);
    let link = link(session, port);
    let (first, second) = (get(link, "/first"), get(link, "/second"));
    send(first).unwrap();
    app.wait(first, HEADERS);
    send(second).unwrap();
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(app.count(second, SENDING), 0);
    app.close_all(&[first]);
    app.wait(second, HEADERS);
    assert_eq!(app.count(second, CONNECTING), 0, "contract: notifications R8");
    app.close_all(&[second, link, session]);
}

/// A server that answers in HTTP/1.0 has a limit of its own once it has answered.
#[test]
fn servers_of_the_old_version() {
    let old = b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello";
    for (reply, expected) in [(&old[..], 1), (OK, 8)] {
        let (port, counts) = counting(move |head| {
            if !head.contains("/first") {
                std::thread::sleep(Duration::from_millis(60));
            }
            Some(reply.to_vec())
        });
        let app = App::acting(usual);
        let session = app.session(true);
        option::set_number(session, LIMIT_1_0, 1).unwrap();
        let link = link(session, port);
        let first = get(link, "/first");
        send(first).unwrap();
        whole(&app, first);
        let requests: Vec<Handle> = (0..8).map(|number| get(link, &format!("/{number}"))).collect();
        for &request in &requests {
            send(request).unwrap();
        }
        for &request in &requests {
            whole(&app, request);
        }
        assert_eq!(counts.most(), expected);
        app.close_all(&requests);
        app.close_all(&[first, link, session]);
    }
}
