//! Deadlines. Each stands in its request; here is at most one entry for each connection, looked at when it comes up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use winhttp_proto::clock::Moment;

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::wire::cell::Ticket;
use crate::{Handle, lock};

/// Whose deadline it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Timer {
    /// Of whichever request the connection serves when it comes up.
    Wire(Ticket),
    /// Of a request that has no connection yet.
    Slot(Handle),
}

struct Entry {
    at: Moment,
    timer: Timer,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

pub(crate) struct Timers {
    heap: Mutex<BinaryHeap<Reverse<Entry>>>,
    /// The earliest, `u64::MAX` when there is none: for a look without the lock.
    earliest: AtomicU64,
}

impl Timers {
    pub(super) const fn new() -> Self {
        Timers { heap: Mutex::new(BinaryHeap::new()), earliest: AtomicU64::new(u64::MAX) }
    }

    pub(crate) fn enter(&self, at: Moment, timer: Timer) {
        let mut heap = lock(&self.heap);
        heap.push(Reverse(Entry { at, timer }));
        self.note(&heap);
    }

    fn note(&self, heap: &BinaryHeap<Reverse<Entry>>) {
        let earliest = heap.peek().map_or(u64::MAX, |entry| entry.0.at.0);
        self.earliest.store(earliest, Ordering::SeqCst);
    }

    /// How many deadlines are kept.
    pub(super) fn count(&self) -> usize {
        lock(&self.heap).len()
    }

    pub(super) fn next(&self) -> Option<Moment> {
        let earliest = self.earliest.load(Ordering::SeqCst);
        (earliest != u64::MAX).then_some(Moment(earliest))
    }

    pub(super) fn due(&self, now: Moment) -> Option<(Moment, Timer)> {
        if self.next()? > now {
            return None;
        }
        let mut heap = lock(&self.heap);
        if heap.peek().is_none_or(|entry| entry.0.at > now) {
            return None;
        }
        let entry = heap.pop()?.0;
        self.note(&heap);
        Some((entry.at, entry.timer))
    }
}
