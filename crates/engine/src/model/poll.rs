//! What the reactor takes for mio: the same names, over the [`World`](super::world::World).

use std::io;
use std::time::Duration;

pub(crate) use mio::Token;

use super::world;
use crate::wire::cell::{ENDED, READABLE, WRITABLE};

pub(crate) struct Registry;

impl Registry {
    pub(crate) fn try_clone(&self) -> io::Result<Registry> {
        Ok(Registry)
    }
}

pub(crate) struct Waker;

impl Waker {
    pub(crate) fn new(_registry: &Registry, _token: Token) -> io::Result<Waker> {
        Ok(Waker)
    }

    pub(crate) fn wake(&self) -> io::Result<()> {
        world().change(|state| state.woken = true);
        Ok(())
    }
}

pub(crate) struct Event {
    token: Token,
    bits: u8,
}

impl Event {
    pub(crate) fn token(&self) -> Token {
        self.token
    }

    pub(crate) fn is_readable(&self) -> bool {
        self.bits & READABLE != 0
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.bits & WRITABLE != 0
    }

    pub(crate) fn is_read_closed(&self) -> bool {
        self.bits & ENDED != 0
    }

    pub(crate) fn is_error(&self) -> bool {
        false
    }
}

pub(crate) struct Events(Vec<Event>);

impl Events {
    pub(crate) fn with_capacity(_capacity: usize) -> Events {
        Events(Vec::new())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Event> {
        self.0.iter()
    }
}

pub(crate) struct Poll(Registry);

impl Poll {
    pub(crate) fn new() -> io::Result<Poll> {
        Ok(Poll(Registry))
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0
    }

    /// Waits for edges, the waker, or the end of the time. Time passes only where the scenario says so.
    pub(crate) fn poll(&mut self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        let mut until = None;
        events.0 = world().wait(|state| {
            let until = *until.get_or_insert_with(|| {
                let millis = timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
                millis.map(|millis| state.now.saturating_add(millis))
            });
            let over = until.is_some_and(|until| until <= state.now);
            if state.edges.is_empty() && !state.woken && !over {
                return None;
            }
            state.woken = false;
            let edges = std::mem::take(&mut state.edges);
            Some(edges.into_iter().map(|(token, bits)| Event { token: Token(token), bits }).collect())
        });
        Ok(())
    }
}
