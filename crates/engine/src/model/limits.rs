//! Sessions that limit their connections: nobody is forgotten in a queue, and nobody comes in beside it.

use shuttle::thread;
use winhttp_abi as abi;

use super::laws::{Heard, Laws};
use super::play::*;
use super::world;
use super::world::Script;
use crate::request::Send;
use crate::{Handle, connect, option, request};

const LIMIT: u32 = abi::WINHTTP_OPTION_MAX_CONNS_PER_SERVER;

fn open_queue(
    laws: &'static Laws,
    asynchronous: bool,
    script: Script,
    requests: usize,
) -> (Vec<Handle>, Handle) {
    let session = open_session(laws, asynchronous, 0);
    option::set_number(session, LIMIT, 1).unwrap();
    let connect = connect::connect(session, "127.0.0.1", script as u16).unwrap();
    let open = || request::open(connect, &request::Config::default()).unwrap();
    let mut handles: Vec<Handle> = (0..requests).map(|_| open()).collect();
    handles.push(connect);
    handles.push(session);
    (handles, session)
}

/// Connections that are open right now.
fn connections() -> usize {
    world().change(|state| state.pipes.iter().filter(|pipe| !pipe.closed).count())
}

fn over(handle: Handle) -> impl Fn(&Heard) -> bool {
    move |heard| {
        heard.handle == handle
            && (heard.status == ERROR
                || heard.status == CLOSING
                || heard.status == DATA && heard.detail.1 == 0)
    }
}

/// Each comes to its end, one after the other, whatever the server does.
#[test]
fn a_queue_of_requests() {
    for script in [Script::Prompt, Script::Slow, Script::Rude, Script::Leaves] {
        check(move || {
            let laws = Laws::new(|laws, heard| {
                assert!(connections() <= 1, "the limit");
                usual(laws, heard);
                // What is over leaves its place.
                if over(heard.handle)(heard) && heard.status != CLOSING {
                    laws.close(heard.handle);
                }
            });
            let (handles, _) = open_queue(laws, true, script, 3);
            for &request in &handles[..3] {
                send(laws, request, 0).unwrap();
            }
            for &request in &handles[..3] {
                laws.until(over(request));
            }
            for &handle in &handles[3..] {
                laws.close(handle);
            }
            laws.settled(&handles);
        });
    }
}

/// One that waits, or is just being called, is closed by another thread: its place is not lost.
#[test]
fn close_beside_a_call() {
    for script in [Script::Prompt, Script::Rude] {
        check(move || {
            let laws = Laws::new(|laws, heard| {
                usual(laws, heard);
                if over(heard.handle)(heard) && heard.status != CLOSING {
                    laws.close(heard.handle);
                }
            });
            let (handles, _) = open_queue(laws, true, script, 3);
            for &request in &handles[..3] {
                send(laws, request, 0).unwrap();
            }
            let middle = handles[1];
            let closer = thread::spawn(move || {
                laws.close(middle);
            });
            laws.until(over(handles[0]));
            laws.until(over(handles[2]));
            closer.join().unwrap();
            for &handle in &handles[3..] {
                laws.close(handle);
            }
            laws.settled(&handles);
        });
    }
}

/// The limit goes up and down while requests come and go.
#[test]
fn the_limit_changes_beside_requests() {
    check(|| {
        let laws = Laws::new(|laws, heard| {
            usual(laws, heard);
            if over(heard.handle)(heard) && heard.status != CLOSING {
                laws.close(heard.handle);
            }
        });
        let (handles, session) = open_queue(laws, true, Script::Prompt, 3);
        let changer = thread::spawn(move || {
            for most in [u32::MAX, 1, 2] {
                option::set_number(session, LIMIT, most).unwrap();
                thread::yield_now();
            }
        });
        for &request in &handles[..3] {
            send(laws, request, 0).unwrap();
        }
        for &request in &handles[..3] {
            laws.until(over(request));
        }
        changer.join().unwrap();
        for &handle in &handles[3..] {
            laws.close(handle);
        }
        laws.settled(&handles);
    });
}

/// Two synchronous calls, of which one waits; the session is closed beside them.
#[test]
fn synchronous_calls_in_a_queue() {
    for closes in [false, true] {
        check(move || {
            let laws = Laws::new(|_, _| {});
            let (handles, session) = open_queue(laws, false, Script::Prompt, 2);
            let calls = [handles[0], handles[1]].map(|request| {
                thread::spawn(move || {
                    let send = Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
                    let sent = request::send(request, send);
                    laws.close(request);
                    sent
                })
            });
            if closes {
                laws.close(session);
            }
            for call in calls {
                let sent = call.join().unwrap();
                assert!(closes || sent.is_ok(), "{sent:?}");
            }
            for &handle in &handles[2..] {
                laws.close(handle);
            }
            laws.settled(&handles);
        });
    }
}
