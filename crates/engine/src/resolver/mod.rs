//! Host names to addresses, without ever blocking the caller.
//!
//! Two resolvers stand behind one door. The *system's* is getaddrinfo on a small pool of threads. The *own* one
//! (cargo feature `hickory`) speaks DNS itself on one thread. Which is asked is [`Choice`], set for the process
//! by the environment variable `WINHTTP_RESOLVER` = `auto` (the default), `system` or `hickory`, read at the
//! first lookup.
//!
//! Nothing is started before the first lookup that needs it. Threads are called `winhttp-dns-N`, block every
//! signal and end after some seconds without work. Lookups of one name that overlap are one lookup.
//!
//! # After fork
//! A child made by fork without exec has none of its parent's threads. The resolver notices that the process id
//! has changed at the next lookup and starts afresh; lookups that were under way stay the parent's and are never
//! answered in the child. What the parent's resolver held (memory, and descriptors if the own resolver was in
//! use) is left alone in the child, for it may be half changed. The C library must itself survive getaddrinfo
//! after fork; the usual ones do.

mod flights;
mod literal;
mod system;
mod threads;

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use flights::Flights;
use literal::Kind;

/// The addresses of a host, in the order they are to be tried. Never empty.
pub type Addresses = Arc<[IpAddr]>;

/// How a lookup ended.
///
/// Everything but `Found` is ERROR_WINHTTP_NAME_NOT_RESOLVED to the application (contract: WinHttpSendRequest).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The host has these addresses.
    Found(Addresses),
    /// The text is no host name, or there is no such name, or it has no address.
    NotFound,
    /// It could not be found out.
    Failed(Trouble),
}

/// Why a lookup could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No name server answered in time, or none gave a usable answer.
    Server,
    /// No thread or descriptor could be had to ask with.
    NoThread,
    /// The resolver ended before the answer came.
    Abandoned,
}

/// Receives the outcome of one lookup; called once.
///
/// Called on a resolver thread, or inside [`Resolver::lookup`] when nobody has to be asked or nobody can be. It
/// must not block, and must not take a lock that the caller of `lookup` holds.
pub type Answer = Box<dyn FnOnce(Outcome) + Send>;

/// Which resolver answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Whichever fits the machine's configuration.
    #[default]
    Auto,
    /// getaddrinfo.
    System,
    /// The own resolver; where it is not compiled in, the system's.
    Hickory,
}

impl Choice {
    /// Reads the value of `WINHTTP_RESOLVER`; without one, or with one that is not known, `Auto`.
    fn from_environment() -> Self {
        match std::env::var("WINHTTP_RESOLVER") {
            Ok(text) if text.eq_ignore_ascii_case("system") => Self::System,
            Ok(text) if text.eq_ignore_ascii_case("hickory") => Self::Hickory,
            _ => Self::Auto,
        }
    }
}

/// Looks up host names. One serves a whole process; it is fit for a `static`.
///
/// Dropping it lets lookups under way finish and then ends its threads.
pub struct Resolver {
    choice: Option<Choice>,
    room: ArcSwapOption<Room>,
}

/// What belongs to one process: replaced, not repaired, in a forked child.
struct Room {
    process: u32,
    flights: Arc<Flights>,
    system: Arc<system::Pool>,
}

impl Resolver {
    /// A resolver that follows `WINHTTP_RESOLVER`. Starts nothing.
    pub const fn new() -> Self {
        Self { choice: None, room: ArcSwapOption::const_empty() }
    }

    /// A resolver of the given kind, whatever the environment says. Starts nothing.
    pub const fn with(choice: Choice) -> Self {
        Self { choice: Some(choice), room: ArcSwapOption::const_empty() }
    }

    /// The address, at once, if `host` is one: IPv4 in four decimal parts (`127.0.0.1`) or IPv6 in brackets
    /// (`[::1]`, `[fe80::1%eth0]`). `None` for anything else, so also for IPv6 without brackets, which is no
    /// host to WinHTTP (contract: WinHttpConnect, evidence Q3). Never blocks.
    pub fn literal(host: &str) -> Option<Addresses> {
        literal::addresses(host)
    }

    /// The interface index that an IPv6 literal names behind `%`, to be put into the socket address; 0 where
    /// there is none. An [`IpAddr`] has no room for it.
    pub fn scope(host: &str) -> u32 {
        literal::scope(host)
    }

    /// Starts a lookup of `host`, in ASCII form; `answer` gets the outcome.
    ///
    /// There is nothing to cancel: who no longer wants the answer lets `answer` do nothing.
    pub fn lookup(&self, host: &str, answer: Answer) {
        if let Some(addresses) = literal::addresses(host) {
            return flights::give(answer, Outcome::Found(addresses));
        }
        let kind = literal::kind(host);
        if kind == Kind::Invalid {
            return flights::give(answer, Outcome::NotFound);
        }
        let room = self.room();
        if let Some(pending) = room.flights.join(host, answer) {
            room.system.start(pending);
        }
    }

    /// The room of this process, made at its first lookup.
    fn room(&self) -> Arc<Room> {
        let process = std::process::id();
        let mut found = self.room.load_full();
        loop {
            if let Some(room) = found.as_ref().filter(|room| room.process == process) {
                return Arc::clone(room);
            }
            let fresh = Arc::new(Room::new(process, self.choice.unwrap_or_else(Choice::from_environment)));
            let before = self.room.compare_and_swap(&found, Some(Arc::clone(&fresh)));
            let replaced = match (&*before, &found) {
                (None, None) => true,
                (Some(before), Some(found)) => Arc::ptr_eq(before, found),
                _ => false,
            };
            if replaced {
                // A parent's room may be locked by a thread that does not exist here: it is never touched again.
                std::mem::forget(found);
                return fresh;
            }
            found = arc_swap::Guard::into_inner(before);
        }
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let Some(room) = self.room.swap(None) else { return };
        if room.process == std::process::id() {
            room.system.close();
        } else {
            std::mem::forget(room);
        }
    }
}

impl Room {
    fn new(process: u32, _choice: Choice) -> Self {
        Self { process, flights: Arc::default(), system: system::Pool::new(system::Limits::USUAL) }
    }
}
