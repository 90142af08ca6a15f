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

#![forbid(unsafe_code)]

#[cfg(feature = "hickory")]
mod choice;
mod flights;
mod literal;
#[cfg(feature = "hickory")]
mod own;
#[cfg(all(test, feature = "hickory"))]
mod scratch;
#[cfg(feature = "hickory")]
mod stamp;
mod system;
pub mod threads;

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
        Self::from_text(&std::env::var("WINHTTP_RESOLVER").unwrap_or_default())
    }

    fn from_text(text: &str) -> Self {
        match text {
            text if text.eq_ignore_ascii_case("system") => Self::System,
            text if text.eq_ignore_ascii_case("hickory") => Self::Hickory,
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
    #[cfg(feature = "hickory")]
    own: Arc<own::Own>,
    /// Decides for each lookup; `None` where [`Choice`] already has, in favour of the own resolver.
    #[cfg(feature = "hickory")]
    judge: Option<choice::Judge>,
    #[cfg(feature = "hickory")]
    system_only: bool,
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
        let room = self.room(std::process::id());
        if let Some(pending) = room.flights.join(host, answer) {
            room.start(kind, pending);
        }
    }

    /// Lets every thread end as soon as nobody waits for it, instead of staying for more work. Lookups under way
    /// are still answered, and a later lookup starts afresh. Does not wait: getaddrinfo cannot be interrupted.
    pub fn close(&self) {
        let Some(room) = self.room.swap(None) else { return };
        if room.process == std::process::id() {
            room.close();
        } else {
            std::mem::forget(room);
        }
    }

    /// The room of this process, made at its first lookup.
    fn room(&self, process: u32) -> Arc<Room> {
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
        self.close();
    }
}

#[cfg(feature = "hickory")]
impl Room {
    fn new(process: u32, choice: Choice) -> Self {
        let settings = own::Settings::machine();
        let judge = choice::Judge::new(choice::Files::machine(), settings.fresh);
        Self {
            process,
            flights: Arc::default(),
            system: system::Pool::new(system::Limits::USUAL),
            own: own::Own::new(settings),
            judge: (choice == Choice::Auto).then_some(judge),
            system_only: choice == Choice::System,
        }
    }

    fn start(&self, kind: Kind, pending: flights::Pending) {
        let asks_dns = matches!(kind, Kind::Name | Kind::Loopback);
        let own = asks_dns && !self.system_only && self.judge.as_ref().is_none_or(choice::Judge::prefers_own);
        if own { self.own.start(pending) } else { self.system.start(pending) }
    }

    fn close(&self) {
        self.system.close();
        self.own.close();
    }
}

#[cfg(not(feature = "hickory"))]
impl Room {
    fn new(process: u32, _: Choice) -> Self {
        Self { process, flights: Arc::default(), system: system::Pool::new(system::Limits::USUAL) }
    }

    fn start(&self, _: Kind, pending: flights::Pending) {
        self.system.start(pending);
    }

    fn close(&self) {
        self.system.close();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    /// Far longer than anything here takes: only a hang reaches it.
    const HANG: Duration = Duration::from_secs(30);

    fn start(resolver: &Resolver, host: &str) -> Receiver<Outcome> {
        let (sender, receiver) = channel();
        resolver.lookup(host, Box::new(move |outcome| sender.send(outcome).unwrap()));
        receiver
    }

    #[test]
    fn what_needs_no_lookup_starts_nothing() {
        static RESOLVER: Resolver = Resolver::new();
        let v6 = Outcome::Found(["::1".parse().unwrap()].into());
        assert_eq!(start(&RESOLVER, "[::1]").try_recv(), Ok(v6));
        let longest = "a".repeat(64);
        for host in ["", ".", "::1", "a\0b", "m\u{fc}nchen.example", "[::1%nowhere-0]", &longest] {
            assert_eq!(start(&RESOLVER, host).try_recv(), Ok(Outcome::NotFound), "{host:?}");
        }
        assert!(RESOLVER.room.load().is_none());
    }

    #[test]
    fn every_choice_finds_localhost() {
        for choice in [Choice::Auto, Choice::System, Choice::Hickory] {
            let resolver = Resolver::with(choice);
            for host in ["localhost", "www.localhost"] {
                let outcome = start(&resolver, host).recv_timeout(HANG).unwrap();
                let Outcome::Found(addresses) = outcome else { panic!("{choice:?} {host}") };
                assert!(!addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback), "{choice:?}");
            }
            assert_eq!(
                start(&resolver, "127.1").recv_timeout(HANG),
                Ok(Outcome::Found(["127.0.0.1".parse().unwrap()].into()))
            );
        }
    }

    #[cfg(feature = "hickory")]
    #[test]
    fn the_choice_is_followed() {
        let process = std::process::id();
        let resolver = Resolver::with(Choice::Hickory);
        assert!(matches!(start(&resolver, "127.1").recv_timeout(HANG), Ok(Outcome::Found(_))));
        // Only the system reads such a number.
        assert!(!resolver.room(process).own.is_running());
        assert!(matches!(start(&resolver, "localhost").recv_timeout(HANG), Ok(Outcome::Found(_))));
        assert!(resolver.room(process).own.is_running());

        let resolver = Resolver::with(Choice::System);
        assert!(matches!(start(&resolver, "localhost").recv_timeout(HANG), Ok(Outcome::Found(_))));
        assert!(!resolver.room(process).own.is_running());

        let resolver = Resolver::with(Choice::Auto);
        assert!(matches!(start(&resolver, "localhost").recv_timeout(HANG), Ok(Outcome::Found(_))));
        let plain = choice::Judge::new(choice::Files::machine(), Duration::ZERO).prefers_own();
        assert_eq!(resolver.room(process).own.is_running(), plain);
    }

    #[test]
    fn after_closing_it_starts_afresh() {
        for choice in [Choice::System, Choice::Hickory] {
            let resolver = Resolver::with(choice);
            resolver.close();
            for _ in 0..20 {
                let lookup = start(&resolver, "localhost");
                resolver.close();
                assert!(matches!(lookup.recv_timeout(HANG), Ok(Outcome::Found(_))), "{choice:?}");
            }
        }
    }

    #[test]
    fn the_choice_is_read_from_text() {
        let table = [
            ("", Choice::Auto),
            ("auto", Choice::Auto),
            ("System", Choice::System),
            ("hickory", Choice::Hickory),
            ("else", Choice::Auto),
        ];
        for (text, choice) in table {
            assert_eq!(Choice::from_text(text), choice, "{text:?}");
        }
    }

    #[test]
    fn another_process_gets_another_room() {
        let resolver = Resolver::with(Choice::System);
        let parent = resolver.room(1);
        assert!(Arc::ptr_eq(&parent, &resolver.room(1)));
        let child = resolver.room(2);
        assert!(!Arc::ptr_eq(&parent, &child));
        assert!(Arc::ptr_eq(&child, &resolver.room(2)));
        // Ours and the one that was given up, which is never dropped.
        assert_eq!(Arc::strong_count(&parent), 2);
    }

    #[test]
    fn threads_that_come_first_together_share_a_room() {
        for _ in 0..50 {
            let resolver = Resolver::with(Choice::System);
            let together = Barrier::new(4);
            let rooms: Vec<Arc<Room>> = std::thread::scope(|scope| {
                let enter = || {
                    together.wait();
                    resolver.room(7)
                };
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(enter)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(rooms.iter().all(|room| Arc::ptr_eq(room, &rooms[0])));
        }
    }
}
