//! The run queue: slots that have something to do, each at most once.

use std::collections::VecDeque;

use crate::lock;
use crate::slot::Slot;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct RunQueue {
    slots: Mutex<VecDeque<&'static Slot>>,
    /// How many there are, for a look without the lock.
    length: AtomicUsize,
}

impl RunQueue {
    pub(super) const fn new() -> Self {
        RunQueue { slots: Mutex::new(VecDeque::new()), length: AtomicUsize::new(0) }
    }

    pub(super) fn push(&self, slot: &'static Slot) {
        let mut slots = lock(&self.slots);
        slots.push_back(slot);
        self.length.store(slots.len(), Ordering::SeqCst);
    }

    /// Puts several there at once; `slots` is empty afterwards.
    pub(super) fn append(&self, ready: &mut Vec<&'static Slot>) {
        if ready.is_empty() {
            return;
        }
        let mut slots = lock(&self.slots);
        slots.extend(ready.drain(..));
        self.length.store(slots.len(), Ordering::SeqCst);
    }

    pub(super) fn pop(&self) -> Option<&'static Slot> {
        if self.is_empty() {
            return None;
        }
        let mut slots = lock(&self.slots);
        let slot = slots.pop_front();
        // Who sees the old length looks once too often; what is put there is announced in one order.
        self.length.store(slots.len(), Ordering::Release);
        slot
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.length.load(Ordering::SeqCst)
    }
}
