//! The system's own resolver: getaddrinfo on a few threads.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::flights::Pending;
use super::literal::{self, Kind};
use super::{Outcome, Trouble};
use crate::threads;

/// The bounds of a [`Pool`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Most threads at once, at most 32: getaddrinfo blocks, so this many names are asked for at a time.
    pub(super) threads: u32,
    /// How long a thread without work stays.
    pub(super) idle: Duration,
}

impl Limits {
    /// Four threads that stay for ten seconds.
    pub(super) const USUAL: Self = Self { threads: 4, idle: Duration::from_secs(10) };
}

/// What does the asking; getaddrinfo outside of tests.
type Ask = fn(&str) -> Outcome;

/// A pool of threads calling getaddrinfo. Starts without any.
pub(super) struct Pool {
    limits: Limits,
    ask: Ask,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Pending>,
    /// Bit N: a thread `winhttp-dns-N` lives.
    alive: u32,
    /// Threads waiting for work.
    idle: usize,
    /// Nobody will ask again: threads end as soon as the queue is empty.
    closing: bool,
}

impl Pool {
    /// A pool that asks getaddrinfo.
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Self::asking(limits, getaddrinfo)
    }

    fn asking(limits: Limits, ask: Ask) -> Arc<Self> {
        Arc::new(Self { limits, ask, state: Mutex::default(), work: Condvar::new() })
    }

    /// Queues a lookup, and starts a thread for it if none is free and the limit allows.
    ///
    /// If no thread can be started and none is there to take it later, the lookup is settled here with
    /// [`Trouble::NoThread`].
    pub(super) fn start(self: &Arc<Self>, pending: Pending) {
        let mut state = self.state();
        state.queue.push_back(pending);
        if state.idle >= state.queue.len() {
            drop(state);
            self.work.notify_one();
            return;
        }
        let number = state.alive.trailing_ones();
        if number >= self.limits.threads.min(u32::BITS) {
            return;
        }
        let pool = Arc::clone(self);
        match threads::start(&format!("winhttp-dns-{number}"), threads::RESOLVER_STACK, move || {
            pool.serve(number)
        }) {
            Ok(()) => state.alive |= 1 << number,
            Err(_) if state.alive != 0 => {}
            Err(_) => {
                let pending = state.queue.pop_back();
                drop(state);
                if let Some(pending) = pending {
                    pending.settle(Outcome::Failed(Trouble::NoThread));
                }
            }
        }
    }

    /// Lets the threads end once the queue is empty, instead of waiting for more work.
    pub(super) fn close(&self) {
        self.state().closing = true;
        self.work.notify_all();
    }

    /// How many threads live.
    #[cfg(test)]
    fn threads(&self) -> u32 {
        self.state().alive.count_ones()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread.
    fn serve(&self, number: u32) {
        let mut state = self.state();
        loop {
            if let Some(pending) = state.queue.pop_front() {
                drop(state);
                let outcome = (self.ask)(pending.host());
                pending.settle(outcome);
                state = self.state();
                continue;
            }
            if state.closing {
                break;
            }
            state.idle += 1;
            let (woken, waited) =
                self.work.wait_timeout(state, self.limits.idle).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.queue.is_empty() {
                break;
            }
        }
        state.alive &= !(1 << number);
    }
}

/// One lookup with getaddrinfo, in its order (RFC 6724 on the usual systems). Blocks.
pub(super) fn getaddrinfo(host: &str) -> Outcome {
    if literal::kind(host) == Kind::Loopback {
        return loopback();
    }
    ask(host)
}

/// `localhost` as the hosts file has it, or both loopback addresses as on Windows, which keeps it out of its
/// hosts file. Names below it are the same (RFC 6761 section 6.3: no server is asked).
fn loopback() -> Outcome {
    match ask("localhost") {
        Outcome::Found(addresses) if addresses.iter().all(IpAddr::is_loopback) => Outcome::Found(addresses),
        _ => Outcome::Found(Arc::from([Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()])),
    }
}

fn ask(host: &str) -> Outcome {
    let answers = match (host, 0).to_socket_addrs() {
        Ok(answers) => answers,
        Err(error) => return refusal(&error),
    };
    let mut addresses: Vec<IpAddr> = Vec::new();
    for answer in answers {
        if !addresses.contains(&answer.ip()) {
            addresses.push(answer.ip());
        }
    }
    if addresses.is_empty() { Outcome::NotFound } else { Outcome::Found(addresses.into()) }
}

/// Tells trouble from "no such name". The standard library gives getaddrinfo's code only as its text, which an
/// application that set a locale may see translated; then it counts as no such name. Both are the same error
/// to the application (contract: ERROR_WINHTTP_NAME_NOT_RESOLVED).
fn refusal(error: &io::Error) -> Outcome {
    let text = error.to_string();
    let trouble = ["Temporary failure", "Non-recoverable failure", "Try again", "Memory", "System error"];
    if error.raw_os_error().is_some() || trouble.iter().any(|sign| text.contains(sign)) {
        Outcome::Failed(Trouble::Server)
    } else {
        Outcome::NotFound
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;
    use std::time::Instant;

    use super::super::flights::Flights;
    use super::*;

    /// Far longer than anything here takes: only a hang reaches it.
    const HANG: Duration = Duration::from_secs(30);
    const QUICK: Limits = Limits { threads: 4, idle: Duration::from_millis(20) };

    fn start(pool: &Arc<Pool>, host: &str) -> Receiver<Outcome> {
        let (sender, receiver) = channel();
        let answer = Box::new(move |outcome| {
            // The test may have gone away on purpose.
            let _gone = sender.send(outcome);
        });
        pool.start(Arc::<Flights>::default().join(host, answer).unwrap());
        receiver
    }

    fn wait_until_ended(pool: &Pool) {
        let start = Instant::now();
        while pool.threads() > 0 {
            assert!(start.elapsed() < HANG, "the threads do not end");
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn localhost_is_loopback() {
        let pool = Pool::new(QUICK);
        for host in ["localhost", "LocalHost.", "any.thing.localhost"] {
            let Outcome::Found(addresses) = start(&pool, host).recv_timeout(HANG).unwrap() else {
                panic!("{host}");
            };
            assert!(!addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback), "{host}");
        }
    }

    #[test]
    fn short_numbers_are_addresses() {
        let pool = Pool::new(QUICK);
        let loopback = Outcome::Found([Ipv4Addr::LOCALHOST.into()].into());
        for host in ["127.1", "0x7f000001", "2130706433"] {
            assert_eq!(start(&pool, host).recv_timeout(HANG).unwrap(), loopback, "{host}");
        }
        assert_eq!(start(&pool, "1.2.3.4.5").recv_timeout(HANG).unwrap(), Outcome::NotFound);
    }

    #[test]
    fn as_many_at_once_as_there_are_threads() {
        static INSIDE: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        // Every group of four meets inside, so four really run at once.
        static MEETING: Barrier = Barrier::new(4);
        fn ask(_: &str) -> Outcome {
            MOST.fetch_max(INSIDE.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            MEETING.wait();
            INSIDE.fetch_sub(1, Ordering::SeqCst);
            Outcome::NotFound
        }
        let pool = Pool::asking(QUICK, ask);
        let lookups: Vec<_> = (0..40).map(|n| start(&pool, &format!("n{n}"))).collect();
        for lookup in lookups {
            assert_eq!(lookup.recv_timeout(HANG).unwrap(), Outcome::NotFound);
        }
        assert_eq!(MOST.load(Ordering::SeqCst), 4);
        wait_until_ended(&pool);
    }

    #[test]
    fn threads_end_without_work_and_come_back() {
        let pool = Pool::asking(QUICK, |_| Outcome::NotFound);
        assert_eq!(pool.threads(), 0);
        for _ in 0..3 {
            assert_eq!(start(&pool, "host").recv_timeout(HANG).unwrap(), Outcome::NotFound);
            wait_until_ended(&pool);
        }
    }

    #[test]
    fn no_lookup_is_lost_while_threads_end() {
        let pool = Pool::asking(Limits { threads: 2, idle: Duration::ZERO }, |_| Outcome::NotFound);
        for _ in 0..500 {
            assert_eq!(start(&pool, "host").recv_timeout(HANG).unwrap(), Outcome::NotFound);
        }
        wait_until_ended(&pool);
    }

    #[test]
    fn closing_answers_those_who_wait() {
        let pool = Pool::asking(Limits { threads: 1, idle: HANG }, |_| {
            thread::sleep(Duration::from_millis(5));
            Outcome::NotFound
        });
        let lookups: Vec<_> = (0..5).map(|n| start(&pool, &format!("n{n}"))).collect();
        pool.close();
        for lookup in lookups {
            assert_eq!(lookup.recv_timeout(HANG).unwrap(), Outcome::NotFound);
        }
        wait_until_ended(&pool);
    }

    #[test]
    fn an_answer_nobody_wants_harms_nobody() {
        let pool = Pool::asking(Limits { threads: 1, idle: HANG }, |_| Outcome::NotFound);
        drop(start(&pool, "unwanted"));
        assert_eq!(start(&pool, "wanted").recv_timeout(HANG).unwrap(), Outcome::NotFound);
        assert_eq!(pool.threads(), 1);
        pool.close();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_block_every_signal() {
        static STATUS: Mutex<String> = Mutex::new(String::new());
        let pool = Pool::asking(QUICK, |_| {
            *STATUS.lock().unwrap() = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            Outcome::NotFound
        });
        start(&pool, "host").recv_timeout(HANG).unwrap();
        let status = STATUS.lock().unwrap();
        assert!(status.contains("Name:\twinhttp-dns-0\n"), "{status}");
        // All but SIGKILL and SIGSTOP, which cannot be blocked, and the two the C library keeps to itself.
        assert!(status.contains("SigBlk:\tfffffffe7ffbfeff\n"), "{status}");
    }
}
