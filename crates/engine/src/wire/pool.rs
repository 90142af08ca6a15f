//! Connections at rest. The pool belongs to the process and outlives sessions.
//!
//! contract: notifications R8 and S8, a new session to the same host and port uses a connection that a closed session
//! left; what a request's TLS policy allows is part of the key, so a stricter request never gets a laxer connection.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use winhttp_proto::Leftover;
use winhttp_proto::auth::Identity;
use winhttp_proto::clock::Moment;

use super::Wire;
use super::cell::{Cell, Ticket};
use super::tls::TlsPolicy;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::{Handle, lock};

/// How long a connection may rest, in milliseconds (contract: notifications R8 [W]; Windows' own number is not known).
const IDLE: u64 = 30_000;

/// A rest in milliseconds after which a connection is looked at before it serves: a tick of the coarse clock.
const BRIEF: u64 = 4;

/// To whom, and under which conditions, a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PoolKey {
    /// The peer's name in lower case; through a tunnel the server's.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The proxy that a tunnel leads through.
    pub(crate) through: Option<(Arc<str>, u16)>,
    /// The TLS policy.
    pub(crate) secure: Option<TlsPolicy>,
    /// A session that does not share with others.
    pub(crate) private: Option<usize>,
    /// Who has logged in on it, where the login belongs to the connection (NTLM, Negotiate).
    identity: Option<Identity>,
    shelf: u64,
}

impl PoolKey {
    pub(crate) fn new(host: &str, port: u16, secure: Option<TlsPolicy>, private: Option<usize>) -> PoolKey {
        PoolKey {
            host: host.to_ascii_lowercase(),
            port,
            through: None,
            secure,
            private,
            identity: None,
            shelf: 0,
        }
        .shelved()
    }

    /// The same through a tunnel.
    pub(crate) fn through(self, proxy: Option<(Arc<str>, u16)>) -> PoolKey {
        match proxy {
            None => self,
            Some(proxy) => PoolKey { through: Some(proxy), ..self }.shelved(),
        }
    }

    /// The same of somebody who has logged in.
    pub(crate) fn of(&self, identity: Identity) -> Arc<PoolKey> {
        Arc::new(PoolKey { identity: Some(identity), ..self.clone() }.shelved())
    }

    /// Whether both lead to the same place under the same conditions, whoever has logged in.
    pub(crate) fn leads_as(&self, other: &PoolKey) -> bool {
        (&self.host, self.port, &self.through, &self.secure, self.private)
            == (&other.host, other.port, &other.through, &other.secure, other.private)
    }

    fn shelved(self) -> PoolKey {
        let mut hasher = std::hash::DefaultHasher::new();
        (&self.host, self.port, &self.through, &self.secure, self.private, &self.identity).hash(&mut hasher);
        PoolKey { shelf: hasher.finish(), ..self }
    }
}

/// Everything at rest.
pub(crate) struct Pool {
    shelves: Mutex<Option<Shelves>>,
    /// When to sweep next, 0 for never: for a look without the lock.
    due: AtomicU64,
}

/// A shelf's number is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[derive(Default)]
struct Shelves {
    by_key: HashMap<u64, Vec<Resting>, BuildHasherDefault<Hashed>>,
    swept: Moment,
}

/// A connection on which the reply to another request has not ended yet.
pub(crate) type Late = (Box<Wire>, Box<Leftover>);

struct Resting {
    wire: Box<Wire>,
    since: Moment,
    /// The body that has still to be read away.
    leftover: Option<Box<Leftover>>,
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Pool { shelves: Mutex::new(None), due: AtomicU64::new(0) }
    }

    /// A connection that can serve at once, for this handle. `watched` says which camp the caller prefers. One that will
    /// serve when the rest of its last reply has come is put among the `late` ones.
    pub(crate) fn lease(
        &self,
        key: &Arc<PoolKey>,
        owner: Handle,
        watched: bool,
        now: Moment,
        late: &mut Vec<Late>,
    ) -> Option<Box<Wire>> {
        loop {
            let mut resting = {
                let mut shelves = lock(&self.shelves);
                let shelf = shelves.as_mut()?.by_key.get_mut(&key.shelf)?;
                let fits =
                    |resting: &Resting| Arc::ptr_eq(&resting.wire.key, key) || *resting.wire.key == **key;
                let at = shelf
                    .iter()
                    .rposition(|resting| fits(resting) && resting.wire.watched() == watched)
                    .or_else(|| shelf.iter().rposition(fits))?;
                // The order is of no matter but that the last come are served first.
                if at + 1 == shelf.len() { shelf.pop()? } else { shelf.remove(at) }
            };
            // From here on its events come to the new owner; what came before is in the cell.
            resting.wire.cell.own(Some(owner));
            if let Some(mut leftover) = resting.leftover.take()
                && !drain(&mut resting.wire, &mut leftover)
            {
                if !leftover.hopeless() {
                    late.push((resting.wire, leftover));
                }
                continue;
            }
            // A dead one is noticed before it is used. Who is not the reactor cannot rely on what it has heard so far,
            // and neither can the reactor where the peer has had time to leave: that costs one look after a rest, and
            // none from one request to the next.
            let rested = now.0 > resting.since.0 + BRIEF;
            let ask = rested || !watched || !resting.wire.watched();
            if resting.wire.alive(ask) {
                resting.wire.served += 1;
                return Some(resting.wire);
            }
        }
    }

    /// Lays a connection to rest. What is left of its last body is read away as far as it has come.
    pub(crate) fn rest(&self, mut wire: Box<Wire>, mut leftover: Option<Box<Leftover>>, now: Moment) {
        if let Some(rest) = &mut leftover {
            if drain(&mut wire, rest) {
                leftover = None;
            } else if rest.hopeless() {
                return;
            }
        }
        // Its end may have been heard with its last bytes, and will not be heard again.
        let fit = match &leftover {
            Some(_) => wire.input.len() == 0,
            None => wire.alive(false),
        };
        if !fit {
            return;
        }
        wire.rest();
        let (shelf, cell) = (wire.key.shelf, wire.cell);
        cell.put_on(shelf);
        let (gone, ticket) = {
            let mut shelves = lock(&self.shelves);
            let shelves = shelves.get_or_insert_default();
            let ticket = wire.ticket;
            // Before anybody can lease it: its next owner's name stays.
            cell.own(None);
            shelves.by_key.entry(shelf).or_default().push(Resting { wire, since: now, leftover });
            let gone = shelves.sweep(now);
            self.due.store(shelves.due(), Ordering::Relaxed);
            (gone, ticket)
        };
        drop(gone);
        // Something may have come in while it was still the old owner's.
        if cell.has_news() {
            self.disturbed(cell, ticket);
        }
    }

    /// Something happened to a connection at rest: unless it is harmless, the connection goes.
    pub(crate) fn disturbed(&self, cell: &Cell, ticket: Ticket) {
        let taken = {
            let mut shelves = lock(&self.shelves);
            let shelf = shelves.as_mut().and_then(|shelves| shelves.by_key.get_mut(&cell.shelf()));
            shelf.and_then(|shelf| {
                let at = shelf.iter().position(|resting| resting.wire.ticket == ticket)?;
                Some(shelf.swap_remove(at))
            })
        };
        let Some(mut resting) = taken else { return };
        if let Some(leftover) = &mut resting.leftover
            && drain(&mut resting.wire, leftover)
        {
            resting.leftover = None;
        }
        let keep = match &resting.leftover {
            Some(leftover) => !leftover.hopeless(),
            None => resting.wire.alive(false),
        };
        if !keep {
            return;
        }
        if let Some(shelves) = lock(&self.shelves).as_mut() {
            shelves.by_key.entry(cell.shelf()).or_default().push(resting);
            self.due.store(shelves.due(), Ordering::Relaxed);
        }
        // Whoever heard of it meanwhile did not find it.
        if cell.has_news() {
            self.disturbed(cell, ticket);
        }
    }

    /// Drops what has rested too long. Returns when to look again, in milliseconds.
    pub(crate) fn sweep(&self, now: Moment) -> Option<Moment> {
        let due = self.due.load(Ordering::Relaxed);
        if due == 0 || now.0 < due {
            return (due != 0).then_some(Moment(due));
        }
        let (gone, next) = {
            let mut shelves = lock(&self.shelves);
            let shelves = shelves.as_mut()?;
            let gone = shelves.sweep(now);
            let next = if shelves.by_key.is_empty() { 0 } else { shelves.due() };
            self.due.store(next, Ordering::Relaxed);
            (gone, next)
        };
        drop(gone);
        (next != 0).then_some(Moment(next))
    }

    /// Drops everything that belongs to one session alone.
    pub(crate) fn forget(&self, private: usize) {
        let mut gone = Vec::new();
        if let Some(shelves) = lock(&self.shelves).as_mut() {
            for shelf in shelves.by_key.values_mut() {
                let mut at = 0;
                while at < shelf.len() {
                    if shelf[at].wire.key.private == Some(private) {
                        gone.push(shelf.swap_remove(at));
                    } else {
                        at += 1;
                    }
                }
            }
        }
        drop(gone);
    }
}

impl Shelves {
    /// When to sweep next, in milliseconds.
    fn due(&self) -> u64 {
        self.swept.0 + IDLE / 4
    }

    /// Takes out what is too old, at most every quarter of the limit.
    #[inline]
    fn sweep(&mut self, now: Moment) -> Vec<Resting> {
        if now.0 < self.due() { Vec::new() } else { self.clear_out(now) }
    }

    #[cold]
    fn clear_out(&mut self, now: Moment) -> Vec<Resting> {
        let mut gone = Vec::new();
        self.swept = now;
        self.by_key.retain(|_, shelf| {
            let mut at = 0;
            while at < shelf.len() {
                if shelf[at].since.0 + IDLE <= now.0 {
                    gone.push(shelf.remove(at));
                } else {
                    at += 1;
                }
            }
            !shelf.is_empty()
        });
        gone
    }
}

/// Reads the rest of a body away, as far as it has come. True when nothing is left of it.
fn drain(wire: &mut Wire, leftover: &mut Leftover) -> bool {
    let bits = wire.cell.take_ready();
    if wire.ready(bits).is_err() {
        leftover.give_up();
        return false;
    }
    loop {
        let (taken, result) = leftover.feed(wire.input.bytes());
        wire.input.consume(taken);
        match result {
            Ok(true) => return true,
            Ok(false) => {}
            Err(_) => {
                leftover.give_up();
                return false;
            }
        }
        match wire.fill(super::buffers::SIZE) {
            Ok(Some(bytes)) if bytes > 0 => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
            _ => {
                leftover.give_up();
                return false;
            }
        }
    }
}
