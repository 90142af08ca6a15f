//! What concerns the whole process: each case runs in a child of its own.
#![cfg(target_os = "linux")]
mod delivery_support;
use delivery_support::*;

use std::io::Write;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use winhttp_engine::request::{self, Completion};
use winhttp_engine::{Error, Handle, close};

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// Waits until there are no more than `most` entries.
fn settles(folder: &str, most: usize) {
    let end = Instant::now() + PATIENCE;
    while count(folder) > most {
        assert!(Instant::now() < end, "{folder}: {} instead of {most}", count(folder));
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn play(app: &App, server: Handle) -> Handle {
    let request = get(server, "/");
    send(request).unwrap();
    app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
    request
}

#[test]
fn descriptors_close_on_exec() {
    alone("descriptors_close_on_exec", || {
        let before: Vec<_> =
            std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let (port, kept) = silent();
        let app = App::acting(usual);
        let (asynchronous, synchronous) = (app.session(true), App::new().session(false));
        let server = link(asynchronous, port);
        let request = get(server, "/");
        send(request).unwrap();
        app.wait(request, REQUEST_SENT);
        let blocked = get(link(synchronous, port), "/");
        let worker = std::thread::spawn(move || send(blocked));
        std::thread::sleep(Duration::from_millis(100));
        let mut seen = 0;
        for entry in std::fs::read_dir("/proc/self/fdinfo").unwrap() {
            let entry = entry.unwrap();
            if before.contains(&entry.file_name()) {
                continue;
            }
            // The descriptor of this very listing is gone by now.
            let Ok(info) = std::fs::read_to_string(entry.path()) else { continue };
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
            assert_ne!(u32::from_str_radix(flags, 8).unwrap() & 0o2_000_000, 0, "{entry:?}: {info}");
            seen += 1;
        }
        assert!(seen >= 5, "sockets, poll and wakers: {seen}");
        close(blocked).unwrap();
        assert_eq!(worker.join().unwrap(), Err(Error(CANCELLED)));
        app.close_all(&[request, server, asynchronous]);
        drop(kept);
    });
}

#[test]
fn no_sigpipe() {
    alone("no_sigpipe", || {
        // SAFETY: the default action of a signal is set before any other thread looks at it.
        unsafe { nix::sys::signal::signal(nix::sys::signal::SIGPIPE, nix::sys::signal::SigHandler::SigDfl) }
            .unwrap();
        let port = serve(|mut stream| {
            let _ = head(&mut stream);
            let _ = stream.shutdown(Shutdown::Both);
        });
        let app = App::new();
        let session = app.session(true);
        let server = link(session, port);
        let request = get(server, "/");
        send_total(request, 1 << 30).unwrap();
        app.wait(request, SENT);
        let part = vec![b'x'; 1 << 20];
        let mut failed = false;
        for _ in 0..100 {
            let mark = app.mark();
            if write(request, &part).is_err() {
                failed = true;
                break;
            }
            let end = app.wait_any_since(mark, request, &[WRITTEN, ERROR]);
            if end.status == ERROR {
                assert_eq!(end.number, API_WRITE);
                failed = true;
                break;
            }
        }
        assert!(failed, "a peer that is gone shows");
        app.close_all(&[request, server, session]);
    });
}

/// Without descriptors a request fails, alone, and the next one works again.
#[test]
fn descriptors_run_out() {
    alone("descriptors_run_out", || {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let (enough, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let limit = |soft| setrlimit(Resource::RLIMIT_NOFILE, soft, most).unwrap();
        let (port, other) = (answer(|_| OK.to_vec()), answer(|_| OK.to_vec()));
        let app = App::acting(usual);
        let session = app.session(true);
        let (server, poor) = (link(session, port), link(session, other));
        // Not even a reactor can be made.
        let request = get(server, "/");
        limit(3);
        assert_eq!(send(request), Err(Error(abi::ERROR_NOT_ENOUGH_MEMORY)));
        limit(enough);
        app.close_all(&[request, play(&app, server)]);
        // A reactor, and no connection.
        let request = get(poor, "/");
        limit(3);
        send(request).unwrap();
        let error = app.wait(request, ERROR);
        assert_eq!((error.number, error.error), (API_SEND, abi::ERROR_WINHTTP_CANNOT_CONNECT));
        let before = used();
        std::thread::sleep(Duration::from_millis(500));
        assert!(used() - before < 40, "half a second costs {} ticks", used() - before);
        let quiet = App::new();
        let synchronous = quiet.session(false);
        let first = get(link(synchronous, other), "/");
        assert!(
            [abi::ERROR_NOT_ENOUGH_MEMORY, abi::ERROR_WINHTTP_CANNOT_CONNECT]
                .contains(&send(first).unwrap_err().0)
        );
        limit(enough);
        let again = play(&app, poor);
        app.close_all(&[again, request, server, poor, session]);
    });
}

/// Processor time of this process, in hundredths of a second.
fn used() -> u64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let (user, system) = (usage.user_time(), usage.system_time());
    let hundredths = |sec: i64, usec: i64| (sec * 100 + usec / 10_000) as u64;
    hundredths(user.tv_sec(), user.tv_usec()) + hundredths(system.tv_sec(), system.tv_usec())
}

/// The parent's handles mean nothing in the child, which starts afresh; the parent goes on.
#[test]
fn fork_without_exec() {
    alone("fork_without_exec", || {
        let port = answer(|_| OK.to_vec());
        let app = App::acting(usual);
        let session = app.session(true);
        let server = link(session, port);
        let request = play(&app, server);
        // SAFETY: the child uses the engine and ends with `_exit`; the test process has no locks that it needs.
        match unsafe { nix::unistd::fork() }.unwrap() {
            nix::unistd::ForkResult::Child => {
                winhttp_engine::forked();
                let fails = close(request) == Err(Error::INVALID_HANDLE);
                let own = App::acting(usual);
                let session = own.session(true);
                let server = link(session, port);
                let request = play(&own, server);
                own.close_all(&[request, server, session]);
                let own = App::new();
                let session = own.session(false);
                let server = link(session, port);
                let request = get(server, "/");
                let done = send(request).and_then(|_| request::receive(request));
                let right = fails && matches!(done, Ok(Completion::Done(_)));
                nix::sys::signal::kill(
                    nix::unistd::getpid(),
                    if right { nix::sys::signal::SIGUSR1 } else { nix::sys::signal::SIGKILL },
                )
                .unwrap();
                std::process::abort();
            }
            nix::unistd::ForkResult::Parent { child } => {
                let end = nix::sys::wait::waitpid(child, None).unwrap();
                let right =
                    matches!(end, nix::sys::wait::WaitStatus::Signaled(_, nix::sys::signal::SIGUSR1, _));
                assert!(right, "{end:?}");
            }
        }
        let again = play(&app, server);
        app.close_all(&[request, again, server, session]);
    });
}

/// The thread that forks may be the reactor's own, inside a callback: in the child it is nobody.
#[test]
fn fork_inside_a_callback() {
    alone("fork_inside_a_callback", || {
        let port = answer(|_| OK.to_vec());
        let app = App::acting(move |app, heard| {
            usual(app, heard);
            if heard.status != HEADERS {
                return;
            }
            // SAFETY: the child uses the engine and ends by a signal; it needs no lock of the test's.
            match unsafe { nix::unistd::fork() }.unwrap() {
                nix::unistd::ForkResult::Child => {
                    winhttp_engine::forked();
                    let own = App::acting(usual);
                    let session = own.session(true);
                    let server = link(session, port);
                    let request = play(&own, server);
                    own.close_all(&[request, server, session]);
                    // The engine's threads block every signal, and in the child there are no others.
                    nix::sys::signal::SigSet::all().thread_unblock().unwrap();
                    nix::sys::signal::kill(nix::unistd::getpid(), nix::sys::signal::SIGUSR1).unwrap();
                    std::process::abort();
                }
                nix::unistd::ForkResult::Parent { child } => {
                    let end = nix::sys::wait::waitpid(child, None).unwrap();
                    let right =
                        matches!(end, nix::sys::wait::WaitStatus::Signaled(_, nix::sys::signal::SIGUSR1, _));
                    assert!(right, "{end:?}");
                }
            }
        });
        let session = app.session(true);
        let server = link(session, port);
        let request = play(&app, server);
        app.close_all(&[request, server, session]);
    });
}

/// Opened, sent, closed at any moment, by several threads at once: nothing is left, and every end comes once.
#[test]
fn ten_thousand() {
    alone("ten_thousand", || {
        const THREADS: u64 = 4;
        const ROUNDS: u64 = 50;
        const EACH: usize = 50;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let port = serve(move |mut stream| {
            stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            while !stopped.load(Ordering::SeqCst) {
                // A look that takes nothing, so that a head is never torn by the time limit.
                match stream.peek(&mut [0]) {
                    Ok(0) => return,
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                    Err(_) => return,
                }
                let Some(head) = head(&mut stream) else { return };
                let once = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
                let reply = if head.contains("GET /once") { once } else { OK };
                if head.contains("GET /rude") || stream.write_all(reply).is_err() || reply == once {
                    return;
                }
            }
        });
        let warm = App::acting(usual);
        let session = warm.session(true);
        let server = link(session, port);
        let (threads, descriptors) = (count("/proc/self/task"), count("/proc/self/fd"));
        let worker = move |seed: u64| {
            let mut dice = seed * 7919 + 1;
            let mut throw = move |sides: u64| {
                // xorshift: any numbers will do.
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                dice % sides
            };
            for round in 0..ROUNDS {
                let asynchronous = round % 8 != 0;
                let app = if asynchronous { App::acting(usual) } else { App::new() };
                let session = app.session(asynchronous);
                let server = link(session, port);
                let mut open: Vec<Handle> = Vec::new();
                for _ in 0..EACH {
                    let path = match throw(10) {
                        0 => "/rude",
                        _ if asynchronous => "/",
                        // What rests of a synchronous session is not watched, and would stay for its time.
                        _ => "/once",
                    };
                    let request = get(server, path);
                    open.push(request);
                    if throw(20) > 0 && send(request).is_ok() && !asynchronous && throw(2) == 0 {
                        let _ = request::receive(request);
                    }
                    match throw(4) {
                        0 => close(request).unwrap(),
                        1 => close(open[throw(open.len() as u64) as usize]).unwrap_or_default(),
                        2 => std::thread::yield_now(),
                        _ => {}
                    }
                }
                if throw(4) == 0 {
                    close(session).unwrap();
                }
                // Each end is awaited, comes once, and nothing follows it.
                app.close_all(&open);
                app.close_all(&[server, session]);
            }
        };
        let workers: Vec<_> = (0..THREADS).map(|seed| std::thread::spawn(move || worker(seed))).collect();
        for worker in workers {
            worker.join().unwrap();
        }
        // The server hangs up on what rests: those connections go, and its threads with them.
        stop.store(true, Ordering::SeqCst);
        // The reactor's poll and waker and a handful of what the lookup keeps.
        settles("/proc/self/fd", descriptors + 8);
        // The leader, the watch, a thread or two that stand by.
        settles("/proc/self/task", threads + 4);
        warm.close_all(&[server, session]);
    });
}
