//! What the exchange takes for a connection, in the model: plain, with the edges of the real one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::buffers::Input;
use super::cell::{Cell, ENDED, READABLE, Ticket, WRITABLE};
use super::tls::{Handshake, Tls};
use super::{Ends, KeepAlive, PoolKey};
use crate::core::Core;
use crate::model::world;
use crate::model::world::{Pipe, State};

/// A connection to one peer.
pub(crate) struct Wire {
    core: &'static Core,
    pub(crate) key: Arc<PoolKey>,
    pipe: usize,
    pub(crate) input: Input,
    pub(crate) cell: &'static Cell,
    pub(crate) ticket: Ticket,
    pub(crate) peer: SocketAddr,
    pub(crate) connecting: bool,
    registered: bool,
    writes_heard: bool,
    dry: bool,
    full: bool,
    ended: bool,
    pub(crate) served: u32,
}

impl Wire {
    pub(crate) fn dial(core: &'static Core, address: SocketAddr, key: Arc<PoolKey>) -> io::Result<Wire> {
        let Some((cell, ticket)) = core.cells.claim() else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        let pipe = world().dial(address.port(), ticket.token().0);
        Ok(Wire {
            core,
            key,
            pipe,
            input: Input::default(),
            cell,
            ticket,
            peer: address,
            connecting: true,
            registered: false,
            writes_heard: false,
            dry: true,
            full: false,
            ended: false,
            served: 0,
        })
    }

    pub(crate) fn keep_alive(&self, _wanted: KeepAlive) -> io::Result<()> {
        Ok(())
    }

    fn with<R>(&self, change: impl FnOnce(&mut Pipe) -> R) -> R {
        world().change(|state| change(&mut state.pipes[self.pipe]))
    }

    pub(crate) fn connected(&mut self) -> io::Result<bool> {
        self.connecting = !self.with(|pipe| pipe.connected);
        Ok(!self.connecting)
    }

    pub(crate) fn watch(&mut self) -> io::Result<()> {
        if !self.registered {
            self.registered = true;
            self.writes_heard = self.connecting || self.full;
            world().change(|state| state.watch(self.pipe, self.writes_heard));
        }
        Ok(())
    }

    fn hear_writes(&mut self) {
        if self.registered && self.full && !self.writes_heard {
            self.writes_heard = true;
            world().change(|state| state.watch(self.pipe, true));
        }
    }

    pub(crate) fn unwatch(&mut self) {
        if std::mem::take(&mut self.registered) {
            self.with(|pipe| pipe.watched = false);
        }
    }

    pub(crate) fn watched(&self) -> bool {
        self.registered
    }

    pub(crate) fn ends(&self) -> Option<Ends> {
        Some(Ends::of(self.peer, self.peer))
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        None
    }

    pub(crate) fn begin_tls(&mut self, _tls: Tls) {}

    pub(crate) fn settle(&mut self, _last: bool) -> Option<Handshake> {
        None
    }

    pub(crate) fn handshake(&mut self) -> Option<Handshake> {
        None
    }

    pub(crate) fn ready(&mut self, bits: u8) -> io::Result<()> {
        if bits & (READABLE | ENDED) != 0 {
            self.dry = false;
        }
        if bits & ENDED != 0 {
            self.ended = true;
        }
        if bits & WRITABLE != 0 && !self.connecting {
            self.full = false;
        }
        Ok(())
    }

    /// What a synchronous caller waits for and finds.
    pub(crate) fn wants(&self, state: &State) -> u8 {
        let read = if self.dry && !self.connecting { READABLE | ENDED } else { 0 };
        let write = if self.full || self.connecting { WRITABLE } else { 0 };
        state.pipes[self.pipe].ready() & (read | write)
    }

    /// For the waiting caller, under the world's lock: the cell is told afterwards by the same thread.
    pub(crate) fn note(&self, bits: u8) {
        self.cell.raise(bits);
    }

    pub(crate) fn write(&mut self, parts: [&[u8]; 3]) -> io::Result<usize> {
        let bytes = parts.concat();
        let taken = self.with(|pipe| {
            if pipe.takes() {
                pipe.sent.extend_from_slice(&bytes);
            }
            pipe.takes()
        });
        if taken {
            return Ok(bytes.len());
        }
        self.full = true;
        self.hear_writes();
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn receive(pipe: usize, room: &mut [u8]) -> io::Result<usize> {
        world().change(|state| {
            let pipe = &mut state.pipes[pipe];
            if pipe.inbound.is_empty() && !pipe.ended {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = room.len().min(pipe.inbound.len());
            for (place, byte) in room.iter_mut().zip(pipe.inbound.drain(..count)) {
                *place = byte;
            }
            Ok(count)
        })
    }

    pub(crate) fn silent(&self) -> bool {
        self.dry && !self.ended
    }

    pub(crate) fn fill(&mut self, most: usize) -> io::Result<Option<usize>> {
        if self.silent() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let pipe = self.pipe;
        match self.input.fill(most, |room| Self::receive(pipe, room)) {
            Ok(filled) if filled.full => Ok(None),
            Ok(filled) => {
                self.dry = filled.short;
                Ok(Some(filled.bytes))
            }
            Err(error) => {
                self.dry = error.kind() == io::ErrorKind::WouldBlock;
                Err(error)
            }
        }
    }

    pub(crate) fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.silent() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let most = room.len();
        let read = Self::receive(self.pipe, room);
        self.dry = match &read {
            Ok(bytes) => *bytes < most,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        read
    }

    pub(crate) fn alive(&mut self, ask: bool) -> bool {
        let bits = self.cell.take_ready();
        if bits & ENDED != 0 || self.ended || self.input.len() > 0 {
            return false;
        }
        if bits & READABLE == 0 && !ask {
            return true;
        }
        self.dry = true;
        self.with(|pipe| pipe.inbound.is_empty() && !pipe.ended)
    }

    pub(crate) fn rest(&mut self) {}
}

impl Drop for Wire {
    fn drop(&mut self) {
        // A run that is over takes its connections with it.
        if std::thread::panicking() || !std::ptr::eq(self.core, crate::core::core()) {
            return;
        }
        self.with(|pipe| pipe.closed = true);
        self.core.cells.free(self.cell, self.ticket);
    }
}
