//! Locks, atomics and pauses: the machine's, or those of the model checker under `--cfg shuttle`.
//!
//! What the delivery is made of (slots, run queue, reactor, pool, sessions) takes them from here, so that the checker
//! sees and orders every step. Counters that only hand out numbers stay the machine's.

#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard},
    thread_local,
};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard},
    thread_local,
};

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
