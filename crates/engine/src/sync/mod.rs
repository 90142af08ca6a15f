//! Locks, atomics and pauses: the machine's, or those of the model checker under `--cfg shuttle`.
//!
//! What the delivery is made of (slots, run queue, reactor, pool, sessions) takes them from here, so that the checker
//! sees and orders every step. Counters that only hand out numbers stay the machine's.
//!
//! In debug builds every lock has a rank, and a thread that takes one out of order panics (`rank`); in release builds
//! the locks are the machine's own.

#[cfg(all(debug_assertions, not(shuttle)))]
mod rank;

#[cfg(all(debug_assertions, not(shuttle)))]
pub(crate) use rank::{Condvar, Mutex, MutexGuard};
#[cfg(all(not(debug_assertions), not(shuttle)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(crate) use std::thread_local;

#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard},
    thread_local,
};

/// The lock of a slot. Every other lock is a leaf: `Mutex::new`.
#[cfg(all(debug_assertions, not(shuttle)))]
pub(crate) const fn slot_lock<T>(value: T) -> Mutex<T> {
    Mutex::ranked(rank::Rank::Slot, value)
}

/// The lock of the poll, which only the leader takes.
#[cfg(all(debug_assertions, not(shuttle)))]
pub(crate) const fn poll_lock<T>(value: T) -> Mutex<T> {
    Mutex::ranked(rank::Rank::Poll, value)
}

#[cfg(not(all(debug_assertions, not(shuttle))))]
pub(crate) use {new_lock as poll_lock, new_lock as slot_lock};

#[cfg(not(all(debug_assertions, not(shuttle))))]
pub(crate) const fn new_lock<T>(value: T) -> Mutex<T> {
    Mutex::new(value)
}

/// As in `std::sync`.
pub(crate) mod atomic {
    #[cfg(shuttle)]
    pub(crate) use shuttle::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
    #[cfg(not(shuttle))]
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

/// As in `std::thread`.
pub(crate) mod thread {
    #[cfg(shuttle)]
    pub(crate) use shuttle::thread::yield_now;

    /// Others go first: the checker's own pause does not say so.
    #[cfg(shuttle)]
    pub(crate) fn sleep(_time: std::time::Duration) {
        yield_now();
    }

    #[cfg(not(shuttle))]
    pub(crate) use std::thread::{sleep, yield_now};
}
