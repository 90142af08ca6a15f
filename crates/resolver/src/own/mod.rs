//! The own resolver: hickory's, on one thread `winhttp-dns-own` with mio and nothing else.
//!
//! It takes name servers and options from resolv.conf and looks into the hosts file first, both read again when
//! they change. A and AAAA are asked for together, over UDP, over TCP when an answer is truncated. Answers are
//! kept for their time to live, as long as the thread lives.

mod config;
mod order;
mod reactor;
#[cfg(test)]
mod server;
mod sockets;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use hickory_resolver::Hosts;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use mio::Events;

use super::flights::Pending;
use super::literal::{self, Kind};
use super::{Outcome, Trouble};
use crate::threads;
pub(super) use config::Settings;
use config::{Loaded, Source};
use reactor::{NEWS, Reactor, Woken};

type Hickory = hickory_resolver::Resolver<Reactor>;
type Tasks = FuturesUnordered<BoxFuture<'static, ()>>;

/// Most lookups at once; each may hold a few sockets. More wait their turn.
const MOST: usize = 32;

/// The own resolver. Starts without a thread.
pub(super) struct Own {
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Pending>,
    /// Wakes the thread; there is one exactly while this is set.
    thread: Option<mio::Waker>,
    closing: bool,
}

impl Own {
    /// A resolver that reads its configuration where `settings` say.
    pub(super) fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self { settings, state: Mutex::default() })
    }

    /// Queues a lookup and sees that the thread knows. If it cannot be started or reached, the lookup is settled
    /// here with [`Trouble::NoThread`].
    pub(super) fn start(self: &Arc<Self>, pending: Pending) {
        let mut state = self.state();
        state.queue.push_back(pending);
        let reached = match &state.thread {
            Some(thread) => thread.wake(),
            None => self.start_thread().map(|waker| state.thread = Some(waker)),
        };
        if reached.is_err() {
            let pending = state.queue.pop_back();
            drop(state);
            if let Some(pending) = pending {
                pending.settle(Outcome::Failed(Trouble::NoThread));
            }
        }
    }

    fn start_thread(self: &Arc<Self>) -> io::Result<mio::Waker> {
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), NEWS)?;
        let reactor = Reactor::new(poll.registry().try_clone()?);
        let own = Arc::clone(self);
        threads::start("winhttp-dns-own", threads::RESOLVER_STACK, move || {
            let alive = Alive(&own);
            if Loop::new(&own, reactor).run(poll) {
                // It left in order; by now there may be a successor, whose queue is not ours to clear.
                std::mem::forget(alive);
            }
        })?;
        Ok(waker)
    }

    /// Lets the thread end when nobody waits any more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closing = true;
        if let Some(thread) = &state.thread {
            // If it is not woken it ends when its idle time is over.
            let _ends_later = thread.wake();
        }
    }

    /// Whether the thread lives.
    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        self.state().thread.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the thread is gone, however it ends, and answers those who were not served any more.
struct Alive<'a>(&'a Own);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.thread = None;
        let left = std::mem::take(&mut state.queue);
        drop(state);
        drop(left);
    }
}

/// The thread's loop.
struct Loop<'a> {
    own: &'a Own,
    lookups: Tasks,
    background: Tasks,
    loaded: Option<Loaded>,
    reactor: Reactor,
    woken: Arc<Woken>,
}

impl<'a> Loop<'a> {
    fn new(own: &'a Own, reactor: Reactor) -> Self {
        Self {
            own,
            lookups: Tasks::new(),
            background: Tasks::new(),
            loaded: None,
            reactor,
            woken: Arc::default(),
        }
    }

    /// Serves until nobody has asked for long enough (true), or nothing can be heard any more (false).
    fn run(mut self, mut poll: mio::Poll) -> bool {
        let mut events = Events::with_capacity(64);
        let mut busy = Instant::now();
        loop {
            let due = loop {
                self.run_tasks();
                let due = reactor::run_timers(Instant::now());
                if !self.woken.take() {
                    break due;
                }
            };
            let now = Instant::now();
            let wait = if self.lookups.is_empty() {
                let left = (busy + self.own.settings.idle).saturating_duration_since(now);
                if self.leaves(left) {
                    return true;
                }
                left
            } else {
                busy = now;
                Duration::MAX
            };
            let wait = due.map_or(wait, |due| wait.min(due.saturating_duration_since(now)));
            let wait = (wait != Duration::MAX).then_some(wait);
            match poll.poll(&mut events, wait) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Dropping the lookups answers them.
                Err(_) => return false,
                Ok(()) => events.iter().for_each(|event| self.reactor.tell(event)),
            }
        }
    }

    /// Takes lookups from the queue as far as there is room.
    fn admit(&mut self) {
        while self.lookups.len() < MOST {
            let Some(pending) = self.own.state().queue.pop_front() else { return };
            match Loaded::current(&mut self.loaded, &self.own.settings, &self.reactor) {
                Ok(source) => self.lookups.push(Box::pin(look_up(source, pending))),
                Err(error) => pending.settle(trouble(&error)),
            }
        }
    }

    /// Polls tasks until none can go on.
    fn run_tasks(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut cx = Context::from_waker(&waker);
        loop {
            // A lookup that ended has made room.
            self.admit();
            let before = self.lookups.len();
            while let Poll::Ready(Some(())) = self.lookups.poll_next_unpin(&mut cx) {}
            while let Poll::Ready(Some(())) = self.background.poll_next_unpin(&mut cx) {}
            let spawned = self.reactor.spawned();
            let quiet = spawned.is_empty() && self.lookups.len() == before;
            self.background.extend(spawned);
            if quiet && !self.woken.take() {
                return;
            }
        }
    }

    /// Whether the thread ends now. Decided under the lock under which lookups come in, so none is lost.
    fn leaves(&self, left: Duration) -> bool {
        let mut state = self.own.state();
        if !state.queue.is_empty() || !(left.is_zero() || state.closing) {
            return false;
        }
        state.thread = None;
        true
    }
}

/// One lookup, from name to settled.
async fn look_up(source: Source, pending: Pending) {
    let mut addresses = in_hosts(&source.hosts, pending.host());
    if addresses.is_empty() {
        let mut name = pending.host().to_owned();
        if literal::kind(&name) == Kind::Loopback && !name.ends_with('.') {
            // Complete, so that no search domain is put behind it and no server asked.
            name.push('.');
        }
        match source.hickory.lookup_ip(name.as_str()).await {
            Ok(found) => addresses.extend(found.iter()),
            Err(error) => return pending.settle(trouble(&error)),
        }
    }
    let mut seen = HashSet::new();
    addresses.retain(|&address| seen.insert(address));
    order::sort(&mut addresses);
    let outcome = if addresses.is_empty() { Outcome::NotFound } else { Outcome::Found(addresses.into()) };
    pending.settle(outcome);
}

/// What the hosts file has for a name as it is, without search domains.
fn in_hosts(hosts: &Hosts, host: &str) -> Vec<IpAddr> {
    let Ok(name) = Name::from_str_relaxed(host) else { return Vec::new() };
    let kinds = [RecordType::A, RecordType::AAAA];
    let lines = kinds.map(|kind| hosts.lookup_static_host(&Query::query(name.clone(), kind)));
    let records = lines.iter().flatten().flat_map(Lookup::answers);
    records.filter_map(|record| record.data.ip_addr()).collect()
}

/// What a failed lookup means.
fn trouble(error: &NetError) -> Outcome {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none))
            if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
        {
            Outcome::NotFound
        }
        // The name is too long with its search domain, or has a label DNS cannot carry.
        NetError::Proto(_) => Outcome::NotFound,
        NetError::Io(error) if matches!(error.raw_os_error(), Some(code) if out_of_descriptors(code)) => {
            Outcome::Failed(Trouble::NoThread)
        }
        _ => Outcome::Failed(Trouble::Server),
    }
}

fn out_of_descriptors(code: i32) -> bool {
    code == nix::errno::Errno::EMFILE as i32 || code == nix::errno::Errno::ENFILE as i32
}
