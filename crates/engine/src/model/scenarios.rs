//! Callbacks, calls and closing beside each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use shuttle::thread;
use winhttp_abi as abi;

use super::laws::{Heard, Laws};
use super::play::*;
use super::world;
use super::world::Script;
use crate::core::me;
use crate::request::{self, Completion, Send};
use crate::{Error, Handle, connect};

/// S2 and F2: the event is set inside SENDREQUEST_COMPLETE, and what ReceiveResponse brings is told on its thread.
#[test]
fn receive_beside_the_callback_that_allowed_it() {
    check(|| {
        let laws = Laws::new(|_, _| {});
        let handles = open(laws, Script::Prompt);
        let request = handles.request;
        send(laws, request, 0).unwrap();
        laws.until(is(request, SENT));
        assert_eq!(receive(laws, request), Ok(Completion::Inline));
        let headers = laws.until(is(request, HEADERS));
        assert_eq!(headers.thread, me(), "HEADERS_AVAILABLE on the thread that calls ReceiveResponse");
        let _ = read(laws, request, 3).0.unwrap();
        laws.until(is(request, READ));
        handles.close(laws);
        laws.settled(&handles.all());
    });
}

/// R7: from another thread, at any moment, whatever the peer does.
#[test]
fn close_from_another_thread() {
    for script in [Script::Prompt, Script::Silent, Script::Deaf, Script::Slow, Script::Blocked, Script::Rude]
    {
        check(move || {
            let laws = Laws::new(usual);
            let handles = open(laws, script);
            let request = handles.request;
            let closer = thread::spawn(move || {
                for _ in 0..3 {
                    thread::yield_now();
                }
                laws.close(request);
            });
            let _ = send(laws, request, 0);
            closer.join().unwrap();
            handles.close(laws);
            laws.settled(&handles.all());
            let errors = laws.heard().into_iter().filter(|heard| heard.status == ERROR);
            for error in errors {
                let expected = [CANCELLED, abi::ERROR_WINHTTP_CONNECTION_ERROR];
                assert!(expected.contains(&error.detail.1), "{error:?}");
            }
        });
    }
}

/// F10: from inside every callback, twice, with its parents.
#[test]
fn close_inside_every_callback() {
    for status in (0..23).map(|bit| 1 << bit).filter(|status| status & !(CREATED | CLOSING) != 0) {
        for script in [Script::Prompt, Script::Slow] {
            check_few(move || {
                let laws = Laws::new(move |laws, heard| {
                    if heard.status == status {
                        assert!(laws.close(heard.handle));
                        assert!(!laws.close(heard.handle));
                    } else {
                        usual(laws, heard);
                    }
                });
                let handles = open(laws, script);
                let _ = send(laws, handles.request, 0);
                let over = move |heard: &Heard| {
                    heard.handle == handles.request
                        && (heard.status == CLOSING || heard.status == DATA && heard.detail.1 == 0)
                };
                laws.until(over);
                handles.close(laws);
                laws.settled(&handles.all());
            });
        }
    }
}

/// F7: one byte after the other from inside the callbacks; the count is there when the call returns.
#[test]
fn nested_reads() {
    for script in [Script::Prompt, Script::Slow] {
        check(move || {
            let laws = Laws::new(move |laws, heard| match heard.status {
                SENT => {
                    let _ = receive(laws, heard.handle);
                }
                HEADERS | READ => {
                    let _ = query(laws, heard.handle);
                }
                DATA if heard.detail.1 > 0 => {
                    let (done, count) = read(laws, heard.handle, 1);
                    assert!(done.is_ok());
                    assert_eq!(count, Some(1), "the byte is there and counted when ReadData returns");
                }
                _ => {}
            });
            let handles = open(laws, script);
            let request = handles.request;
            send(laws, request, 0).unwrap();
            laws.until(|heard| heard.handle == request && heard.status == DATA && heard.detail.1 == 0);
            handles.close(laws);
            laws.settled(&handles.all());
        });
    }
}

/// Everything from the main thread: completions at the depth limit of an application thread.
#[test]
fn nested_reads_on_the_callers_thread() {
    check(|| {
        let laws = Laws::new(|laws, heard| match heard.status {
            HEADERS | READ => {
                let _ = query(laws, heard.handle);
            }
            DATA if heard.detail.1 > 0 => {
                let _ = read(laws, heard.handle, 1);
            }
            _ => {}
        });
        let handles = open(laws, Script::Prompt);
        let request = handles.request;
        send(laws, request, 0).unwrap();
        laws.until(is(request, SENT));
        receive(laws, request).unwrap();
        laws.until(|heard| heard.handle == request && heard.status == DATA && heard.detail.1 == 0);
        handles.close(laws);
        laws.settled(&handles.all());
    });
}

/// F10: the session goes with children in flight; what waits ends with 12017, and so does what comes.
#[test]
fn session_close() {
    check(|| {
        let laws = Laws::new(usual);
        let handles = open(laws, Script::Silent);
        let second = request::open(handles.connect, &request::Config::default()).unwrap();
        send(laws, handles.request, 0).unwrap();
        let closer = thread::spawn(move || laws.close(handles.session));
        let _ = send(laws, second, 0);
        closer.join().unwrap();
        let cancelled = |request| {
            move |heard: &Heard| {
                heard.handle == request && heard.status == ERROR && heard.detail == (5, CANCELLED)
            }
        };
        laws.until(cancelled(handles.request));
        laws.until(cancelled(second));
        assert!(send(laws, second, 0).is_ok());
        for handle in [second, handles.request, handles.connect] {
            assert!(laws.close(handle));
        }
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
    });
}

/// P5: the parents are closed inside the child's last callback.
#[test]
fn parents_inside_the_childs_last_callback() {
    check(|| {
        let parents: Arc<std::sync::Mutex<Vec<Handle>>> = Arc::default();
        let known = parents.clone();
        let laws = Laws::new(move |laws, heard| {
            if heard.status == CLOSING {
                let parents = std::mem::take(&mut *known.lock().unwrap());
                for parent in parents {
                    laws.close(parent);
                }
            } else {
                usual(laws, heard);
            }
        });
        let handles = open(laws, Script::Prompt);
        *parents.lock().unwrap() = vec![handles.session, handles.connect];
        let request = handles.request;
        let closer = thread::spawn(move || laws.close(request));
        let _ = send(laws, request, 0);
        closer.join().unwrap();
        laws.settled(&handles.all());
        let order: Vec<_> =
            laws.heard().into_iter().filter(|h| h.status == CLOSING).map(|h| h.handle).collect();
        assert_eq!(order, handles.all());
    });
}

/// F5: a callback that does not come back before the other requests of its batch are through.
#[test]
fn a_callback_that_overstays() {
    check(|| {
        let first = Arc::new(AtomicU32::new(0));
        let laws = Laws::new(move |laws, heard| {
            if heard.status == SENT && first.fetch_add(1, Ordering::SeqCst) == 0 {
                let own = heard.handle;
                laws.until(|heard| heard.handle != own && heard.status == HEADERS);
                let _ = receive(laws, own);
            } else if heard.status == SENT {
                let _ = receive(laws, heard.handle);
            }
        });
        let handles = open(laws, Script::Prompt);
        let second = request::open(handles.connect, &request::Config::default()).unwrap();
        send(laws, handles.request, 0).unwrap();
        send(laws, second, 0).unwrap();
        laws.until(is(handles.request, HEADERS));
        laws.until(is(second, HEADERS));
        laws.close(second);
        handles.close(laws);
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
    });
}

/// F5: the same in the last callback of a request, which is not open any more.
#[test]
fn a_last_callback_that_overstays() {
    check(|| {
        let first = Arc::new(std::sync::OnceLock::new());
        let laws = Laws::new(move |laws, heard| match heard.status {
            SENT if *first.get_or_init(|| heard.handle) == heard.handle => {
                laws.close(heard.handle);
            }
            SENT => {
                let _ = receive(laws, heard.handle);
            }
            CLOSING if first.get() == Some(&heard.handle) => {
                let own = heard.handle;
                laws.until(|heard| heard.handle != own && heard.status == HEADERS);
            }
            _ => {}
        });
        let handles = open(laws, Script::Prompt);
        let second = request::open(handles.connect, &request::Config::default()).unwrap();
        send(laws, handles.request, 0).unwrap();
        send(laws, second, 0).unwrap();
        laws.until(|heard| heard.status == HEADERS);
        // One of the two is closed already.
        laws.close(second);
        handles.close(laws);
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
    });
}

/// F2: while a completion callback runs, a worker does and does not say.
#[test]
fn a_worker_beside_a_completion_callback() {
    check(|| {
        let asked = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let known = asked.clone();
        let laws = Laws::new(move |laws, heard| match heard.status {
            SENT => {
                let _ = receive(laws, heard.handle);
            }
            HEADERS => {
                world().wait(|_| known.load(Ordering::SeqCst).then_some(()));
                for _ in 0..20 {
                    thread::yield_now();
                }
            }
            _ => {}
        });
        let handles = open(laws, Script::Slow);
        let second = request::open(handles.connect, &request::Config::default()).unwrap();
        let request = handles.request;
        send(laws, request, 0).unwrap();
        laws.until(is(request, HEADERS));
        let (done, _) = read(laws, request, 3);
        assert!(done.is_ok());
        asked.store(true, Ordering::SeqCst);
        world().change(|_| {});
        laws.until(is(request, READ));
        laws.close(second);
        handles.close(laws);
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
    });
}

/// A callback sends another request and waits for it: nobody but itself knows that somebody is needed.
#[test]
fn a_callback_that_waits_for_what_it_sent() {
    check(|| {
        let connect: Arc<std::sync::Mutex<Vec<Handle>>> = Arc::default();
        let known = connect.clone();
        let laws = Laws::new(move |laws, heard| {
            if heard.status != SENT {
                return;
            }
            let connect = known.lock().unwrap().pop();
            if let Some(connect) = connect {
                let second = request::open(connect, &request::Config::default()).unwrap();
                send(laws, second, 0).unwrap();
                laws.until(is(second, SENT));
                laws.close(second);
            }
        });
        let handles = open(laws, Script::Prompt);
        connect.lock().unwrap().push(handles.connect);
        send(laws, handles.request, 0).unwrap();
        laws.until(|heard| heard.handle != handles.request && heard.status == SENT);
        handles.close(laws);
        laws.settled(&handles.all());
    });
}

/// F11: a synchronous call is closed by another thread, which at once makes a synchronous call of its own.
#[test]
fn synchronous_call_closed_by_another_thread() {
    for script in [Script::Silent, Script::Deaf, Script::Slow, Script::Prompt] {
        check(move || {
            let laws = Laws::new(|_, _| {});
            let handles = open_limited(laws, false, script, 0);
            let request = handles.request;
            let prompt = connect::connect(handles.session, "127.0.0.1", Script::Prompt as u16).unwrap();
            let closer = thread::spawn(move || {
                laws.close(request);
                let next = request::open(prompt, &request::Config::default()).unwrap();
                let plain = Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
                request::send(next, plain).unwrap();
                request::receive(next).unwrap();
                laws.close(next);
                next
            });
            let plain = Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
            let expected = [CANCELLED, abi::ERROR_INVALID_HANDLE];
            let done = request::send(request, plain).and_then(|_| request::receive(request));
            if let Err(Error(error)) = done {
                assert!(expected.contains(&error), "{error}");
            } else {
                assert!(matches!(script, Script::Slow | Script::Prompt));
            }
            let next = closer.join().unwrap();
            laws.close(prompt);
            handles.close(laws);
            laws.settled(&[next, request, prompt, handles.connect, handles.session]);
        });
    }
}

/// R9: ReceiveResponse by two threads at once, and once too often.
#[test]
fn receive_by_two_threads() {
    check(|| {
        let laws = Laws::new(|_, _| {});
        let handles = open(laws, Script::Slow);
        let request = handles.request;
        send(laws, request, 0).unwrap();
        laws.until(is(request, SENT));
        let other = thread::spawn(move || receive(laws, request).is_ok());
        assert!(receive(laws, request).is_ok());
        assert!(other.join().unwrap());
        laws.until(is(request, HEADERS));
        let error = laws.until(is(request, ERROR));
        assert_eq!(error.detail, (1, abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE));
        handles.close(laws);
        laws.settled(&handles.all());
    });
}

/// HANDLE_CREATED: the handle works inside it, also for being closed or sent.
#[test]
fn calls_inside_handle_created() {
    for close in [false, true] {
        check(move || {
            let created = Arc::new(AtomicU32::new(0));
            let laws = Laws::new(move |laws, heard| {
                if heard.status == CREATED && created.fetch_add(1, Ordering::SeqCst) == 1 {
                    assert!(send(laws, heard.handle, 0).is_ok());
                    if close {
                        assert!(laws.close(heard.handle));
                    }
                } else {
                    usual(laws, heard);
                }
            });
            let handles = open(laws, Script::Prompt);
            let request = handles.request;
            laws.until(|heard| {
                heard.handle == request
                    && (heard.status == DATA && heard.detail.1 == 0 || heard.status == CLOSING)
            });
            handles.close(laws);
            laws.settled(&handles.all());
        });
    }
}
