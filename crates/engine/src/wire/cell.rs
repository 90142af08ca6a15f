//! What the reactor knows of a connection without its lock.

use std::collections::VecDeque;

use crate::segments::Segments;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::{Handle, lock};

/// The socket can be read, or the peer has ended its side.
pub(crate) const READABLE: u8 = 1;
/// The socket can be written.
pub(crate) const WRITABLE: u8 = 2;
/// The peer has ended its side, or the connection is broken.
pub(crate) const ENDED: u8 = 4;

/// One connection, as events name it. It never moves; later connections use it again under another generation.
#[derive(Default)]
pub(crate) struct Cell {
    generation: AtomicU32,
    /// The handle that the connection works for; 0 while it rests in the pool.
    owner: AtomicUsize,
    ready: AtomicU8,
    /// The moment of its entry among the timers, 0 when it has none.
    armed: AtomicU64,
    /// Where it rests in the pool.
    shelf: AtomicU64,
}

/// Names a connection: index and generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Ticket {
    pub(crate) fn token(self) -> mio::Token {
        mio::Token(self.0 as usize)
    }

    pub(crate) fn of(token: mio::Token) -> Ticket {
        Ticket(token.0 as u64)
    }

    fn index(self) -> usize {
        if usize::BITS == 64 { (self.0 & 0xFFFF_FFFF) as usize } else { (self.0 & 0xF_FFFF) as usize }
    }

    fn generation(self) -> u32 {
        if usize::BITS == 64 { (self.0 >> 32) as u32 } else { ((self.0 >> 20) & 0xFFF) as u32 }
    }

    fn join(index: usize, generation: u32) -> Ticket {
        if usize::BITS == 64 {
            Ticket(u64::from(generation) << 32 | index as u64)
        } else {
            Ticket(u64::from(generation & 0xFFF) << 20 | index as u64)
        }
    }
}

impl Cell {
    /// From now on events go to this handle.
    pub(crate) fn own(&self, owner: Option<Handle>) {
        self.owner.store(owner.map_or(0, Handle::raw), Ordering::SeqCst);
    }

    pub(crate) fn owner(&self) -> Option<Handle> {
        Handle::from_raw(self.owner.load(Ordering::SeqCst))
    }

    /// Notes what has become ready, for whoever looks next.
    pub(crate) fn raise(&self, bits: u8) {
        self.ready.fetch_or(bits, Ordering::SeqCst);
    }

    /// Whether anything has become ready since the last look.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst) != 0
    }

    /// What has become ready since the last look.
    pub(crate) fn take_ready(&self) -> u8 {
        if !self.is_ready() {
            return 0;
        }
        self.ready.swap(0, Ordering::SeqCst)
    }

    /// Whether something has become ready since the last look.
    pub(crate) fn has_news(&self) -> bool {
        self.ready.load(Ordering::SeqCst) & (READABLE | ENDED) != 0
    }

    /// Whether an entry for this deadline is needed: there is none that comes as early.
    pub(crate) fn arm(&self, millis: u64) -> bool {
        let armed = self.armed.load(Ordering::SeqCst);
        if armed != 0 && armed <= millis {
            return false;
        }
        self.armed.store(millis, Ordering::SeqCst);
        true
    }

    /// An entry has come up; false when a later one has taken its place.
    pub(crate) fn disarm(&self, millis: u64) -> bool {
        self.armed.compare_exchange(millis, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub(crate) fn put_on(&self, shelf: u64) {
        self.shelf.store(shelf, Ordering::Relaxed);
    }

    pub(crate) fn shelf(&self) -> u64 {
        self.shelf.load(Ordering::Relaxed)
    }
}

/// All cells of a process.
pub(crate) struct Cells {
    cells: Segments<Cell>,
    free: Mutex<(VecDeque<usize>, usize)>,
}

impl Cells {
    pub(crate) const fn new() -> Self {
        Cells { cells: Segments::new(), free: Mutex::new((VecDeque::new(), 0)) }
    }

    /// A cell for a new connection; `None` when there are a million of them.
    pub(crate) fn claim(&'static self) -> Option<(&'static Cell, Ticket)> {
        let index = {
            let mut free = lock(&self.free);
            match free.0.pop_front() {
                Some(index) => index,
                // The last index is the waker's.
                None if free.1 == Segments::<Cell>::LENGTH - 1 => return None,
                None => {
                    free.1 += 1;
                    free.1 - 1
                }
            }
        };
        let cell = self.cells.get_or_make(index, |_| Cell::default())?;
        let generation = cell.generation.load(Ordering::Relaxed);
        cell.ready.store(0, Ordering::SeqCst);
        cell.armed.store(0, Ordering::SeqCst);
        Some((cell, Ticket::join(index, generation)))
    }

    /// The connection is gone; events that still name it find nothing.
    pub(crate) fn free(&self, cell: &Cell, ticket: Ticket) {
        cell.own(None);
        cell.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.free).0.push_back(ticket.index());
    }

    /// How many belong to a connection.
    pub(crate) fn claimed(&self) -> usize {
        let free = lock(&self.free);
        free.1 - free.0.len()
    }

    /// The cell that an event names, unless its connection is gone.
    pub(crate) fn find(&'static self, ticket: Ticket) -> Option<&'static Cell> {
        let cell = self.cells.get(ticket.index())?;
        let current = Ticket::join(ticket.index(), cell.generation.load(Ordering::SeqCst));
        (current.generation() == ticket.generation()).then_some(cell)
    }
}
