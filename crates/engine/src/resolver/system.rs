//! The system's own resolver: getaddrinfo on a few threads.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::flights::Pending;
use super::literal::{self, Kind};
use super::{Outcome, Trouble, threads};

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
        match threads::start(&format!("winhttp-dns-{number}"), move || pool.serve(number)) {
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
