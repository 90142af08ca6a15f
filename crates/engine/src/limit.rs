//! `WINHTTP_OPTION_MAX_CONNS_PER_SERVER`: how many connections a session has to a server at once, and who comes next.
//!
//! A request that needs a connection takes a [`Permit`], or a [`Turn`] in its server's queue. Who is called has its
//! permit already: nobody who comes later gets in between. A permit that is given up, however that happens, calls the
//! first in the queue. Sessions without a limit have neither.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::core::core;
use crate::lock;
use crate::park::Wake;
use crate::session::Shared;
use crate::slot::Slot;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::wire::PoolKey;

/// No limit.
pub(crate) const NONE: u32 = u32::MAX;

/// A session's limits and its servers.
pub(crate) struct Gate {
    /// `WINHTTP_OPTION_MAX_CONNS_PER_SERVER`.
    most: AtomicU32,
    /// `WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER`.
    most_1_0: AtomicU32,
    servers: Mutex<Servers>,
}

/// Who answers, and where: a tunnel's server counts, not the proxy before it.
type Name = (String, u16);

#[derive(Default)]
struct Servers {
    by_name: HashMap<Name, Server>,
    turns: u64,
}

#[derive(Default)]
struct Server {
    /// Permits that are out, those of the called included.
    busy: u32,
    /// It answers in HTTP/1.0.
    old: bool,
    queue: VecDeque<Waiter>,
    /// Turns that were called and have not come yet.
    called: Vec<u64>,
}

struct Waiter {
    turn: u64,
    bell: Bell,
}

/// How a request that waits is called.
#[derive(Clone)]
struct Bell {
    rung: Arc<AtomicBool>,
    slot: &'static Slot,
    /// A synchronous call waits on its own thread.
    wake: Option<Arc<Wake>>,
}

impl Bell {
    fn ring(self) {
        self.rung.store(true, Ordering::SeqCst);
        match self.wake {
            Some(wake) => wake.wake(),
            None => core().reactor.post(self.slot),
        }
    }
}

/// The right to one connection to a server.
pub(crate) struct Permit {
    session: Arc<Shared>,
    server: Name,
}

/// A place in a server's queue.
pub(crate) struct Turn {
    session: Arc<Shared>,
    server: Name,
    number: u64,
    rung: Arc<AtomicBool>,
}

/// What a request gets that asks for a connection.
pub(crate) enum Entry {
    Permit(Permit),
    Turn(Turn),
}

impl Gate {
    pub(crate) fn new() -> Gate {
        Gate {
            most: AtomicU32::new(NONE),
            most_1_0: AtomicU32::new(NONE),
            servers: Mutex::new(Servers::default()),
        }
    }

    /// Whether there is a limit at all.
    pub(crate) fn limits(&self) -> bool {
        self.most.load(Ordering::Relaxed) != NONE || self.most_1_0.load(Ordering::Relaxed) != NONE
    }

    pub(crate) fn limit(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }

    pub(crate) fn limit_1_0(&self) -> u32 {
        self.most_1_0.load(Ordering::Relaxed)
    }

    fn most(&self, server: &Server) -> u32 {
        let most = self.most.load(Ordering::Relaxed);
        if server.old { most.min(self.most_1_0.load(Ordering::Relaxed)) } else { most }
    }

    /// Changes a limit. Whoever fits in now is called.
    pub(crate) fn set(&self, most: Option<u32>, most_1_0: Option<u32>) {
        if let Some(most) = most {
            self.most.store(most, Ordering::Relaxed);
        }
        if let Some(most) = most_1_0 {
            self.most_1_0.store(most, Ordering::Relaxed);
        }
        let bells: Vec<Bell> = {
            let mut servers = lock(&self.servers);
            servers.by_name.values_mut().flat_map(|server| server.call(self.most(server))).collect()
        };
        bells.into_iter().for_each(Bell::ring);
    }

    fn change<R>(&self, name: &Name, change: impl FnOnce(&mut Server, u32) -> R) -> Option<R> {
        let mut servers = lock(&self.servers);
        let server = servers.by_name.get_mut(name)?;
        let most = self.most(server);
        let result = change(server, most);
        if server.busy == 0 && server.queue.is_empty() && !server.old {
            servers.by_name.remove(name);
        }
        Some(result)
    }
}

impl Server {
    /// Calls as many as fit in.
    fn call(&mut self, most: u32) -> Vec<Bell> {
        let mut bells = Vec::new();
        while self.busy < most
            && let Some(waiter) = self.queue.pop_front()
        {
            self.busy += 1;
            self.called.push(waiter.turn);
            bells.push(waiter.bell);
        }
        bells
    }
}

/// Asks for a connection of `session` to the server of `key`. Nobody overtakes the queue.
pub(crate) fn enter(
    session: &Arc<Shared>,
    key: &PoolKey,
    slot: &'static Slot,
    wake: Option<Arc<Wake>>,
) -> Entry {
    let gate = &session.gate;
    let name = (key.host.clone(), key.port);
    let mut servers = lock(&gate.servers);
    servers.turns += 1;
    let number = servers.turns;
    let server = servers.by_name.entry(name.clone()).or_default();
    let most = gate.most(server);
    let session = session.clone();
    if server.busy < most && server.queue.is_empty() {
        server.busy += 1;
        return Entry::Permit(Permit { session, server: name });
    }
    let rung = Arc::new(AtomicBool::new(false));
    server.queue.push_back(Waiter { turn: number, bell: Bell { rung: rung.clone(), slot, wake } });
    Entry::Turn(Turn { session, server: name, number, rung })
}

/// A permit for a connection that is there already, from the time before there was a limit.
pub(crate) fn adopt(session: &Arc<Shared>, key: &PoolKey) -> Permit {
    let name = (key.host.clone(), key.port);
    lock(&session.gate.servers).by_name.entry(name.clone()).or_default().busy += 1;
    Permit { session: session.clone(), server: name }
}

impl Permit {
    /// Whether it is one for this server.
    pub(crate) fn fits(&self, key: &PoolKey) -> bool {
        self.server.0 == key.host && self.server.1 == key.port
    }

    /// The server's answer was of this minor version.
    pub(crate) fn heard(&self, minor: u8) {
        let bells = self.session.gate.change(&self.server, |server, _| {
            server.old = minor == 0;
            let most = self.session.gate.most(server);
            server.call(most)
        });
        bells.into_iter().flatten().for_each(Bell::ring);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let bells = self.session.gate.change(&self.server, |server, most| {
            server.busy -= 1;
            server.call(most)
        });
        bells.into_iter().flatten().for_each(Bell::ring);
    }
}

impl Turn {
    /// Whether it is one for this server.
    pub(crate) fn fits(&self, key: &PoolKey) -> bool {
        self.server.0 == key.host && self.server.1 == key.port
    }

    /// Whether it was called, as far as one look tells.
    pub(crate) fn rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }

    /// The permit, if it was called.
    pub(crate) fn claim(self) -> Result<Permit, Turn> {
        let called = self.session.gate.change(&self.server, |server, _| server.take_call(self.number));
        if called == Some(true) {
            let permit = Permit { session: self.session.clone(), server: self.server.clone() };
            return Ok(permit);
        }
        Err(self)
    }
}

impl Server {
    fn take_call(&mut self, number: u64) -> bool {
        let at = self.called.iter().position(|&turn| turn == number);
        at.map(|at| self.called.swap_remove(at)).is_some()
    }
}

impl Drop for Turn {
    /// Leaves the queue; a call that has come already goes to the next one.
    fn drop(&mut self) {
        let bells = self.session.gate.change(&self.server, |server, most| {
            if server.take_call(self.number) {
                server.busy -= 1;
                return server.call(most);
            }
            server.queue.retain(|waiter| waiter.turn != self.number);
            Vec::new()
        });
        bells.into_iter().flatten().for_each(Bell::ring);
    }
}
