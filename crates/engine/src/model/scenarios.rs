//! What the checker plays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner, thread};
use winhttp_abi as abi;

use super::laws::{Heard, Laws};
use super::world::Script;
use super::{begin, core, world};
use crate::core::me;
use crate::request::{self, Completion, Send};
use crate::slot::Kind;
use crate::{Error, Handle, Loan, callback, connect, lock, session};

const SENT: u32 = abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE;
const HEADERS: u32 = abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE;
const DATA: u32 = abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE;
const READ: u32 = abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE;
const WRITTEN: u32 = abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE;
const ERROR: u32 = abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR;
const CREATED: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED;
const CLOSING: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
const CANCELLED: u32 = abi::ERROR_WINHTTP_OPERATION_CANCELLED;

/// Runs of each scenario under each scheduler: `WINHTTP_MODEL_RUNS`, or a few.
fn runs() -> usize {
    std::env::var("WINHTTP_MODEL_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300)
}

fn check(scenario: impl Fn() + std::marker::Send + Sync + Clone + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.max_steps = MaxSteps::FailAfter(200_000);
    config.failure_persistence = FailurePersistence::Print;
    config.silence_warnings = true;
    let played = {
        let scenario = scenario.clone();
        move || {
            begin();
            scenario();
        }
    };
    Runner::new(RandomScheduler::new(runs()), config.clone()).run(played.clone());
    Runner::new(PctScheduler::new(3, runs()), config).run(played);
}

struct Handles {
    session: Handle,
    connect: Handle,
    request: Handle,
}

fn open_session(laws: &'static Laws, asynchronous: bool, limit: u32) -> Handle {
    let session = session::open(session::Config { asynchronous, ..Default::default() }).unwrap();
    {
        let slot = core().table.slot(session).unwrap();
        let guard = slot.lock();
        let Kind::Session(session) = &guard.kind else { unreachable!() };
        let mut settings = lock(&session.shared.settings);
        settings.terms.receive_timeout = limit;
        settings.terms.send_timeout = limit;
        settings.terms.connect_timeout = limit;
        settings.terms.resolve_timeout = limit;
    }
    callback::set(session, Some(laws.target()), abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS).unwrap();
    session
}

fn open_limited(laws: &'static Laws, asynchronous: bool, script: Script, limit: u32) -> Handles {
    let session = open_session(laws, asynchronous, limit);
    let connect = connect::connect(session, "127.0.0.1", script as u16).unwrap();
    let request = request::open(connect, &request::Config::default()).unwrap();
    Handles { session, connect, request }
}

/// As [`open`], by a name.
fn open_named(laws: &'static Laws, asynchronous: bool, name: &str, script: Script, limit: u32) -> Handles {
    let session = open_session(laws, asynchronous, limit);
    let connect = connect::connect(session, name, script as u16).unwrap();
    let request = request::open(connect, &request::Config::default()).unwrap();
    Handles { session, connect, request }
}

fn open(laws: &'static Laws, script: Script) -> Handles {
    open_limited(laws, true, script, 0)
}

impl Handles {
    fn all(&self) -> [Handle; 3] {
        [self.request, self.connect, self.session]
    }

    fn close(&self, laws: &Laws) {
        for handle in self.all() {
            laws.close(handle);
        }
    }
}

fn send(laws: &Laws, handle: Handle, total: u32) -> Result<Completion, Error> {
    laws.call(handle, 5, || {
        request::send(handle, Send { headers: Vec::new(), optional: None, total, context: 0 })
    })
}

fn receive(laws: &Laws, handle: Handle) -> Result<Completion, Error> {
    laws.call(handle, 1, || request::receive(handle))
}

fn query(laws: &Laws, handle: Handle) -> Result<Completion, Error> {
    laws.call(handle, 2, || request::query_data(handle, &mut |_| {}))
}

/// Reads; the count that was given before the call returned, if any.
fn read(laws: &Laws, handle: Handle, bytes: usize) -> (Result<Completion, Error>, Option<u32>) {
    let mut count = None;
    let done = laws.call(handle, 3, || {
        let loan = Loan::owned(vec![0; bytes].into_boxed_slice());
        request::read(handle, loan, &mut |bytes| count = Some(bytes))
    });
    (done, count)
}

fn write(laws: &Laws, handle: Handle, bytes: &[u8]) -> Result<Completion, Error> {
    laws.call(handle, 4, || request::write(handle, Loan::owned(bytes.into()), &mut |_| {}))
}

/// The usual application: everything from inside the callbacks. What it may not do any more is refused.
fn usual(laws: &'static Laws, heard: &Heard) {
    match heard.status {
        SENT => {
            let _ = receive(laws, heard.handle);
        }
        HEADERS => {
            let _ = query(laws, heard.handle);
        }
        DATA if heard.detail.1 > 0 => {
            let _ = read(laws, heard.handle, heard.detail.1 as usize);
        }
        READ if heard.detail.1 > 0 => {
            let _ = query(laws, heard.handle);
        }
        _ => {}
    }
}

fn is(handle: Handle, status: u32) -> impl Fn(&Heard) -> bool {
    move |heard| heard.handle == handle && heard.status == status
}

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

/// As [`check`], for scenarios that come in many kinds.
fn check_few(scenario: impl Fn() + std::marker::Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.max_steps = MaxSteps::FailAfter(200_000);
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(runs() / 5 + 1), config).run(move || {
        begin();
        scenario();
    });
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

/// Whatever comes: threads and callbacks that call, close and wait at random.
#[test]
fn monkeys() {
    use shuttle::rand::{Rng, thread_rng};
    fn throw(sides: u32) -> u32 {
        thread_rng().gen_range(0..sides)
    }
    fn any(laws: &'static Laws, handle: Handle) {
        match throw(7) {
            0 => drop(send(laws, handle, 0).map(drop)),
            1 | 2 => drop(receive(laws, handle).map(drop)),
            3 => drop(query(laws, handle).map(drop)),
            4 => drop(read(laws, handle, 1 + throw(3) as usize).0.map(drop)),
            5 => thread::yield_now(),
            _ => drop(laws.close(handle)),
        }
    }
    check(|| {
        let laws = Laws::new(|laws, heard| {
            if [CLOSING, CREATED].contains(&heard.status) || throw(3) > 0 {
                usual(laws, heard);
            } else {
                any(laws, heard.handle);
            }
        });
        let script =
            [Script::Prompt, Script::Slow, Script::Silent, Script::Rude, Script::Deaf][throw(5) as usize];
        let handles = open(laws, script);
        let second = request::open(handles.connect, &request::Config::default()).unwrap();
        let both = [handles.request, second];
        let session = handles.session;
        let threads: Vec<_> = (0..2)
            .map(|which| {
                thread::spawn(move || {
                    let _ = send(laws, both[which], 0);
                    for _ in 0..4 {
                        any(laws, both[throw(2) as usize]);
                    }
                    if throw(4) == 0 {
                        laws.close(session);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        laws.close(second);
        handles.close(laws);
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
    });
}

/// As [`monkeys`], with synchronous calls.
#[test]
fn synchronous_monkeys() {
    use shuttle::rand::{Rng, thread_rng};
    check(|| {
        let laws = Laws::new(|laws, heard| {
            if heard.status != CLOSING && heard.status != CREATED && thread_rng().gen_range(0..8) == 0 {
                laws.close(heard.handle);
            }
        });
        let script =
            [Script::Prompt, Script::Slow, Script::Silent, Script::Deaf][thread_rng().gen_range(0..4)];
        let session = open_session(laws, false, 0);
        let connect = connect::connect(session, "127.0.0.1", script as u16).unwrap();
        let open = move || request::open(connect, &request::Config::default()).unwrap();
        let requests = [open(), open()];
        let call = |handle| {
            let plain = Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
            request::send(handle, plain)?;
            request::receive(handle)?;
            request::read_owned(handle, vec![0; 2].into_boxed_slice())?;
            Ok::<_, Error>(())
        };
        let threads: Vec<_> = requests
            .into_iter()
            .map(|request| {
                thread::spawn(move || {
                    let _ = call(request);
                    let next = open();
                    laws.close(request);
                    next
                })
            })
            .collect();
        let closers: Vec<_> =
            requests.into_iter().map(|request| thread::spawn(move || laws.close(request))).collect();
        for closer in closers {
            closer.join().unwrap();
        }
        let mut all = requests.to_vec();
        for thread in threads {
            all.push(thread.join().unwrap());
        }
        all.extend([connect, session]);
        for &handle in &all {
            laws.close(handle);
        }
        laws.until_gone(&all);
    });
}
