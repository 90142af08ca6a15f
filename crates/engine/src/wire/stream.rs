//! One connection: its socket, its TLS and what has come in.

use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use mio::Interest;
use mio::net::TcpStream;

use super::buffers::Input;
use super::cell::{Cell, Ticket};
use super::socket::{self, Bare, Heard, Last};
use super::tls::{Handshake, Tls, TlsFault};
use super::{Ends, KeepAlive, PoolKey};
use crate::core::Core;

/// The largest read into an application's buffer under the slot's lock, in bytes, so that CloseHandle never waits long. Reads
/// of 64 KB cost an eighth more.
const STEP: usize = 256 * 1024;

/// The same of encrypted bytes, each way.
const SECURE_STEP: usize = 64 * 1024;

/// A connection to one peer.
pub(crate) struct Wire {
    core: &'static Core,
    pub(crate) key: Arc<PoolKey>,
    socket: TcpStream,
    tls: Option<Box<Tls>>,
    pub(crate) input: Input,
    pub(crate) cell: &'static Cell,
    pub(crate) ticket: Ticket,
    /// Once it is connected.
    ends: Option<Ends>,
    /// It is not known to be connected yet.
    pub(crate) connecting: bool,
    registered: bool,
    /// The reactor listens also for when it can be written.
    writes_heard: bool,
    /// The last read took everything that was there.
    dry: bool,
    /// The last write was not taken whole.
    full: bool,
    /// The peer has ended its side: only a read tells how.
    ended: bool,
    /// Something has been written.
    spoken: bool,
    /// What is written goes out at once, whatever has not been acknowledged.
    prompt: bool,
    /// How many requests it has served.
    pub(crate) served: u32,
}

impl Wire {
    /// Begins to connect.
    pub(crate) fn dial(core: &'static Core, address: SocketAddr, key: Arc<PoolKey>) -> io::Result<Wire> {
        let socket = TcpStream::connect(address)?;
        let Some((cell, ticket)) = core.cells.claim() else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        Ok(Wire {
            core,
            key,
            socket,
            tls: None,
            input: Input::default(),
            cell,
            ticket,
            ends: None,
            connecting: true,
            registered: false,
            writes_heard: false,
            dry: true,
            full: false,
            ended: false,
            spoken: false,
            prompt: false,
            served: 0,
        })
    }

    /// Lets the system ask a silent peer.
    pub(crate) fn keep_alive(&self, wanted: KeepAlive) -> io::Result<()> {
        socket::keep_alive(&self.socket, wanted)
    }

    /// Whether TCP is connected, or why it cannot be.
    pub(crate) fn connected(&mut self) -> io::Result<bool> {
        match self.socket.peer_addr() {
            Ok(peer) => {
                self.connecting = false;
                self.ends = self.socket.local_addr().ok().map(|local| Ends::of(local, peer));
                Ok(true)
            }
            // Not yet, or not any more.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                self.socket.take_error()?.map_or(Ok(false), Err)
            }
            Err(error) => Err(self.socket.take_error()?.unwrap_or(error)),
        }
    }

    /// Lets the reactor watch it, once for its whole life.
    pub(crate) fn watch(&mut self) -> io::Result<()> {
        if !self.registered {
            // That a fresh connection can be written is known, and would be an event of its own.
            self.writes_heard = self.connecting || self.stuck();
            let interest = Interest::READABLE;
            let interest = if self.writes_heard { interest | Interest::WRITABLE } else { interest };
            self.core.reactor.registry()?.register(&mut self.socket, self.ticket.token(), interest)?;
            self.registered = true;
        }
        Ok(())
    }

    /// Whether something waits until the socket can be written.
    fn stuck(&self) -> bool {
        self.full || self.tls.as_deref().is_some_and(Tls::stuck)
    }

    /// Behind every write: from the first one on that was not taken whole, the reactor listens for the moment when the
    /// rest can go.
    fn hear_writes(&mut self) -> io::Result<()> {
        if self.registered && !self.writes_heard && self.stuck() {
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.core.reactor.registry()?.reregister(&mut self.socket, self.ticket.token(), interest)?;
            self.writes_heard = true;
        }
        Ok(())
    }

    /// A synchronous caller polls it itself.
    pub(crate) fn unwatch(&mut self) {
        if self.registered
            && let Ok(registry) = self.core.reactor.registry()
        {
            // Nothing is lost if this fails: the caller polls, the reactor's events are only noted.
            let _ = registry.deregister(&mut self.socket);
            self.registered = false;
        }
    }

    pub(crate) fn watched(&self) -> bool {
        self.registered
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Both ends of what has been connected.
    pub(crate) fn ends(&self) -> Option<Ends> {
        self.ends.clone()
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.tls.as_deref()
    }

    pub(crate) fn begin_tls(&mut self, mut tls: Tls) {
        // SENDING_REQUEST is told in between, and then the request's head is written.
        tls.hold_last_flight();
        self.tls = Some(Box::new(tls));
    }

    /// One step of the handshake.
    pub(crate) fn handshake(&mut self) -> Option<Handshake> {
        let tls = self.tls.as_deref_mut()?;
        if self.dry && !self.ended && !tls.wants_write() {
            return Some(Handshake::WantRead);
        }
        let mut heard = Heard { socket: Bare(&self.socket), dry: self.dry && !self.ended };
        let step = tls.handshake(&mut heard);
        // A reply cannot be there before its request, nor data behind a flight that came whole.
        self.dry = heard.dry;
        self.full = matches!(step, Handshake::WantWrite);
        Some(self.heard_when_stuck(step))
    }

    /// A handshake goes on when the reactor says that what is left of a flight can be written.
    fn heard_when_stuck(&mut self, step: Handshake) -> Handshake {
        match self.hear_writes() {
            Ok(()) => step,
            Err(error) => Handshake::Failed(TlsFault::of_transport(&error)),
        }
    }

    /// The verdict anew, after what was lacking has been fetched; `last`: nothing more will be.
    pub(crate) fn settle(&mut self, last: bool) -> Option<Handshake> {
        let step = self.tls.as_deref_mut()?.settle(&mut Bare(&self.socket), last);
        Some(self.heard_when_stuck(step))
    }

    /// The reactor, or the caller's own poll, has seen something.
    pub(crate) fn ready(&mut self, bits: u8) -> io::Result<()> {
        if bits & (super::cell::READABLE | super::cell::ENDED) != 0 {
            self.dry = false;
        }
        if bits & super::cell::ENDED != 0 {
            self.ended = true;
        }
        if bits & super::cell::WRITABLE != 0 && !self.connecting {
            self.full = false;
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = self.tls.as_deref_mut().filter(|tls| tls.wants_write()) {
            tls.flush(&mut Bare(&self.socket))?;
        }
        self.hear_writes()
    }

    /// What a caller that polls the socket itself waits for: to read, to write.
    pub(crate) fn waits(&self) -> (bool, bool) {
        let pending = self.tls.as_deref().is_some_and(Tls::wants_write);
        (self.dry && !self.connecting, self.full || self.connecting || pending)
    }

    /// Writes as much as the socket takes.
    pub(crate) fn write(&mut self, parts: [&[u8]; 3]) -> io::Result<usize> {
        if !self.prompt && std::mem::replace(&mut self.spoken, true) {
            self.hurry();
        }
        let written = self.push(parts);
        if matches!(&written, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.full = true;
        }
        self.hear_writes()?;
        written
    }

    /// Small writes go out at once from the second one on. What the first one could wait for has been acknowledged: before it comes a
    /// handshake at most, and the peer has answered that.
    #[cold]
    fn hurry(&mut self) {
        self.prompt = true;
        // A wish: without it small pieces are slower.
        let _ = self.socket.set_nodelay(true);
    }

    fn push(&mut self, parts: [&[u8]; 3]) -> io::Result<usize> {
        match self.tls.as_deref_mut() {
            None => send(&self.socket, parts),
            Some(tls) => {
                let mut bare = Bare(&self.socket);
                tls.write(&mut bare, &parts.map(|part| IoSlice::new(&part[..part.len().min(SECURE_STEP)])))
            }
        }
    }

    /// Whether no read can bring anything before the socket is ready again.
    #[inline]
    pub(crate) fn silent(&self) -> bool {
        self.dry && !self.ended && !self.tls.as_deref().is_some_and(Tls::speaks)
    }

    /// Reads into the wire's own buffer. `Ok(None)` when it is full.
    pub(crate) fn fill(&mut self, most: usize) -> io::Result<Option<usize>> {
        if self.silent() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (socket, tls) = (&self.socket, self.tls.as_deref_mut());
        let encrypted = tls.is_some();
        let filled = self.input.fill(most, |room| receive(socket, tls, room));
        match filled {
            Ok(filled) if filled.full => Ok(None),
            Ok(filled) => {
                self.dry = filled.short && !encrypted && socket::HEARD_AFTER_SHORT;
                Ok(Some(filled.bytes))
            }
            Err(error) => {
                self.dry = error.kind() == io::ErrorKind::WouldBlock;
                Err(error)
            }
        }
    }

    /// Reads straight into the application's buffer.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.silent() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let encrypted = self.tls.is_some();
        let most = room.len().min(if encrypted { SECURE_STEP } else { STEP });
        let read = receive(&self.socket, self.tls.as_deref_mut(), &mut room[..most]);
        self.dry = match &read {
            Ok(bytes) => *bytes < most && !encrypted && socket::HEARD_AFTER_SHORT,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        read
    }

    /// Whether a connection that rested can serve: nothing has come in and nobody has closed it.
    ///
    /// A watched one has been heard by the reactor; `ask` looks at the socket itself.
    pub(crate) fn alive(&mut self, ask: bool) -> bool {
        let bits = self.cell.take_ready();
        if bits & super::cell::ENDED != 0 || self.ended || self.input.len() > 0 {
            return false;
        }
        if bits & super::cell::READABLE == 0 && !ask && socket::HEARD_AFTER_SHORT {
            return true;
        }
        match self.tls.as_deref_mut() {
            Some(tls) => {
                let alive = tls.probe(&mut Bare(&self.socket));
                self.dry = true;
                alive
            }
            None => {
                self.dry = true;
                socket::quiet(&self.socket)
            }
        }
    }

    /// Gives memory back before a rest.
    pub(crate) fn rest(&mut self) {
        if let Some(tls) = self.tls.as_deref_mut() {
            // A connection that cannot be written is found out by the next request.
            let _ = tls.flush(&mut Bare(&self.socket));
            tls.rest();
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(tls) = self.tls.as_deref_mut().filter(|_| !self.connecting) {
            tls.close(&mut Last(&self.socket));
        }
        // With the socket goes what the system knows of it.
        if cfg!(not(unix)) {
            self.unwatch();
        }
        self.core.cells.free(self.cell, self.ticket);
    }
}

fn receive(socket: &TcpStream, tls: Option<&mut Tls>, room: &mut [u8]) -> io::Result<usize> {
    match tls {
        None => Bare(socket).read(room),
        Some(tls) => tls.read(&mut Bare(socket), room),
    }
}

fn send(socket: &TcpStream, parts: [&[u8]; 3]) -> io::Result<usize> {
    let [before, body, after] = parts;
    if body.is_empty() && after.is_empty() {
        return Bare(socket).write(before);
    }
    socket::send_all(socket, &parts.map(IoSlice::new))
}
