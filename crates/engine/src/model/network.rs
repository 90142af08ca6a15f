//! Deadlines, lookups and connections.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shuttle::thread;
use winhttp_abi as abi;

use super::laws::{Heard, Laws};
use super::play::*;
use super::world;
use super::world::Script;
use crate::Handle;
use crate::request::{self, Send};

/// Nothing but the clock brings these requests on: no deadline may be lost.
#[test]
fn deadlines() {
    for (script, api, error) in [
        (Script::Silent, 1, abi::ERROR_WINHTTP_TIMEOUT),
        (Script::Deaf, 5, abi::ERROR_WINHTTP_TIMEOUT),
        (Script::Blocked, 5, abi::ERROR_WINHTTP_TIMEOUT),
    ] {
        check(move || {
            let laws = Laws::new(|laws, heard| {
                if heard.status == SENT {
                    let _ = receive(laws, heard.handle);
                }
            });
            let handles = open_limited(laws, true, script, 100);
            let second = request::open(handles.connect, &request::Config::default()).unwrap();
            let request = handles.request;
            let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
            let watch = over.clone();
            let clock = thread::spawn(move || {
                while !watch.load(Ordering::SeqCst) {
                    world().pass(30);
                    thread::yield_now();
                }
            });
            let other = thread::spawn(move || send(laws, second, 0).unwrap());
            send(laws, request, 0).unwrap();
            other.join().unwrap();
            for request in [request, second] {
                assert_eq!(laws.until(is(request, ERROR)).detail, (api, error));
            }
            laws.close(second);
            handles.close(laws);
            laws.settled(&[second, handles.request, handles.connect, handles.session]);
            over.store(true, Ordering::SeqCst);
            clock.join().unwrap();
        });
    }
}

/// A request without a connection has deadlines too, one after the other.
#[test]
fn deadlines_of_lookups() {
    check(|| {
        let laws = Laws::new(|_, _| {});
        let handles = open_named(laws, true, "never", Script::Prompt, 100);
        let request = handles.request;
        let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let watch = over.clone();
        let clock = thread::spawn(move || {
            while !watch.load(Ordering::SeqCst) {
                world().pass(30);
                thread::yield_now();
            }
        });
        for round in 1..=2 {
            send(laws, request, 0).unwrap();
            world().wait(|_| {
                let heard = laws.heard();
                let errors = heard.iter().filter(|heard| heard.detail == (5, abi::ERROR_WINHTTP_TIMEOUT));
                (errors.count() == round).then_some(())
            });
        }
        handles.close(laws);
        laws.settled(&handles.all());
        over.store(true, Ordering::SeqCst);
        clock.join().unwrap();
    });
}

/// A lookup answers whenever it likes, and so does the application.
#[test]
fn close_beside_a_lookup() {
    for name in ["prompt", "late", "lost", "never"] {
        for asynchronous in [true, false] {
            check_few(move || {
                let laws = Laws::new(move |laws, heard| {
                    if asynchronous {
                        usual(laws, heard);
                    }
                });
                let handles = open_named(laws, asynchronous, name, Script::Prompt, 0);
                let request = handles.request;
                let closer = thread::spawn(move || laws.close(request));
                if asynchronous {
                    let _ = send(laws, request, 0);
                } else {
                    let plain = Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
                    let _ = request::send(request, plain);
                }
                closer.join().unwrap();
                handles.close(laws);
                laws.settled(&handles.all());
            });
        }
    }
}

/// Connections go to rest and come back while others look for one: no event goes to nobody.
#[test]
fn connections_that_change_hands() {
    check(|| {
        let laws = Laws::new(usual);
        let handles = open(laws, Script::Prompt);
        let connect = handles.connect;
        let play = move |request: Handle| {
            send(laws, request, 0).unwrap();
            laws.until(|heard| heard.handle == request && heard.status == DATA && heard.detail.1 == 0);
            laws.close(request);
            request
        };
        let other = thread::spawn(move || {
            let request = request::open(connect, &request::Config::default()).unwrap();
            play(request)
        });
        let first = play(handles.request);
        let third = play(request::open(connect, &request::Config::default()).unwrap());
        let second = other.join().unwrap();
        handles.close(laws);
        laws.settled(&[first, second, third, handles.connect, handles.session]);
    });
}

/// A connection that ends while it rests, goes to rest or is taken does not stay.
#[test]
fn connections_that_end_at_rest() {
    check(|| {
        let laws = Laws::new(usual);
        let handles = open(laws, Script::Leaves);
        let connect = handles.connect;
        let play = move |request: Handle| {
            send(laws, request, 0).unwrap();
            let over = move |heard: &Heard| {
                heard.handle == request
                    && (heard.status == DATA && heard.detail.1 == 0 || heard.status == ERROR)
            };
            laws.until(over);
            laws.close(request);
        };
        play(handles.request);
        let second = request::open(connect, &request::Config::default()).unwrap();
        play(second);
        laws.close(handles.connect);
        laws.close(handles.session);
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
        world().wait(|state| state.pipes.iter().all(|pipe| pipe.closed).then_some(()));
    });
}

/// S7: WriteData inside SENDREQUEST_COMPLETE, ReceiveResponse inside WRITE_COMPLETE, and a close at any moment.
#[test]
fn body_by_write_data() {
    for early in [false, true] {
        check(move || {
            let laws = Laws::new(|laws, heard| match heard.status {
                SENT => {
                    let _ = write(laws, heard.handle, b"xxxEND");
                }
                WRITTEN => {
                    let _ = receive(laws, heard.handle);
                }
                status if status == HEADERS => usual(laws, heard),
                DATA | READ => usual(laws, heard),
                _ => {}
            });
            let handles = open(laws, Script::Body);
            let request = handles.request;
            send(laws, request, 6).unwrap();
            if !early {
                laws.until(|heard| heard.handle == request && heard.status == DATA && heard.detail.1 == 0);
            }
            handles.close(laws);
            laws.settled(&handles.all());
        });
    }
}
