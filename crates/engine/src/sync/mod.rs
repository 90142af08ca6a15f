//! Locks, atomics and pauses: the machine's, or those of the model checker under `--cfg shuttle`.
//!
//! What the delivery is made of (slots, run queue, reactor, pool, sessions) takes them from here, so that the checker
//! sees and orders every step. Counters that only hand out numbers stay the machine's.
//!
//! In debug builds every lock has a rank, and a thread that takes one out of order panics (`rank`); in release builds
//! the locks are the machine's own. No lock is poisoned: a panic of an application's closure never happens under one of
//! ours, so what it guards is whole. On Linux most do not even look (`bare`).

#[cfg(all(debug_assertions, not(shuttle)))]
mod rank;

#[cfg(not(shuttle))]
pub(crate) use std::thread_local;

#[cfg(shuttle)]
pub(crate) use shuttle::thread_local;

#[cfg(all(target_os = "linux", not(debug_assertions), not(shuttle)))]
pub(crate) use bare::{Mutex, MutexGuard, lock, try_lock};
#[cfg(not(all(target_os = "linux", not(debug_assertions), not(shuttle))))]
pub(crate) use waited::{Mutex, MutexGuard, lock, try_lock};

/// Locks that know nothing of panics, and that nobody waits with.
#[cfg(all(target_os = "linux", not(debug_assertions), not(shuttle)))]
mod bare {
    pub(crate) use rustix_futex_sync::{Mutex, MutexGuard};

    /// Locks.
    #[inline]
    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock()
    }

    /// Locks unless somebody else has.
    #[inline]
    pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        mutex.try_lock()
    }
}

/// Locks of the standard library, or in its form: for what is waited for, and where there are no others.
pub(crate) mod waited {
    use std::sync::PoisonError;
    use std::time::Duration;

    #[cfg(all(debug_assertions, not(shuttle)))]
    pub(crate) use super::rank::{Condvar, Mutex, MutexGuard};
    #[cfg(shuttle)]
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    #[cfg(all(not(debug_assertions), not(shuttle)))]
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

    /// Locks.
    #[inline]
    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks unless somebody else has.
    #[cfg(not(all(target_os = "linux", not(debug_assertions), not(shuttle))))]
    pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        use std::sync::TryLockError;
        match mutex.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Waits without the lock until it is called or the time is over; says whether it is.
    pub(crate) fn wait_timeout<'a, T>(
        called: &Condvar,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> (MutexGuard<'a, T>, bool) {
        let (guard, wait) = called.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner);
        (guard, wait.timed_out())
    }
}

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
