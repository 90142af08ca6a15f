//! Locks that know their rank: two levels, and a thread that takes one out of order panics. Debug builds only.
//!
//! A thread holds at most one slot, and under it at most one leaf; a leaf takes nothing. The leader holds the poll while
//! it polls, with no slot, and leaves under it. Where this holds no two threads can wait for each other, whatever they do.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult, WaitTimeoutResult};
use std::time::Duration;

/// What a lock guards, as far as the order is concerned. The numbers are bits of what a thread holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Rank {
    Poll = 1,
    Slot = 2,
    Leaf = 4,
}

std::thread_local! {
    /// The ranks that this thread holds.
    static HELD: Cell<u8> = const { Cell::new(0) };
}

impl Rank {
    /// Takes the place of a lock among those that this thread holds.
    fn enter(self) {
        // A thread that is ending has nothing left to look at.
        let _ = HELD.try_with(|held| {
            let before = held.get();
            let allowed = match self {
                Rank::Poll | Rank::Slot => before == 0,
                Rank::Leaf => before & Rank::Leaf as u8 == 0,
            };
            assert!(allowed, "a lock out of order: {self:?} while ranks {before:#b} are held");
            held.set(before | self as u8);
        });
    }

    fn leave(self) {
        let _ = HELD.try_with(|held| held.set(held.get() & !(self as u8)));
    }
}

/// As `std::sync::Mutex`, with a rank.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    rank: Rank,
    inner: std::sync::Mutex<T>,
}

impl<T> Mutex<T> {
    /// A leaf.
    pub(crate) const fn new(value: T) -> Self {
        Mutex { rank: Rank::Leaf, inner: std::sync::Mutex::new(value) }
    }

    pub(super) const fn ranked(rank: Rank, value: T) -> Self {
        Mutex { rank, inner: std::sync::Mutex::new(value) }
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        // Before it waits: an order that could lock up is seen also where it does not.
        self.rank.enter();
        self.guard(self.inner.lock())
    }

    pub(crate) fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let taken = match self.inner.try_lock() {
            Ok(inner) => Ok(inner),
            Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
            Err(TryLockError::WouldBlock) => return Err(TryLockError::WouldBlock),
        };
        self.rank.enter();
        Ok(self.guard(taken)?)
    }

    fn guard<'a>(&'a self, taken: LockResult<std::sync::MutexGuard<'a, T>>) -> LockResult<MutexGuard<'a, T>> {
        let wrap = |inner| MutexGuard { rank: self.rank, inner: Some(inner) };
        taken.map(wrap).map_err(|poisoned| PoisonError::new(wrap(poisoned.into_inner())))
    }
}

/// As `std::sync::MutexGuard`.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    rank: Rank,
    /// Empty only while a [`Condvar`] waits with it.
    inner: Option<std::sync::MutexGuard<'a, T>>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_deref().expect("a guard that is seen holds its lock")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_deref_mut().expect("a guard that is seen holds its lock")
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.inner.take().is_some() {
            self.rank.leave();
        }
    }
}

/// As `std::sync::Condvar`.
#[derive(Debug)]
pub(crate) struct Condvar(std::sync::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Condvar(std::sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Waits without the lock, and without its rank.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let rank = guard.rank;
        let inner = guard.inner.take().expect("a guard that is seen holds its lock");
        rank.leave();
        let woken = self.0.wait_timeout(inner, limit);
        rank.enter();
        let wrap = |(inner, result)| (MutexGuard { rank, inner: Some(inner) }, result);
        woken.map(wrap).map_err(|poisoned| PoisonError::new(wrap(poisoned.into_inner())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{poll_lock, slot_lock};
    use super::*;

    #[test]
    fn a_slot_and_a_leaf_under_it() {
        let (slot, leaf, other) = (slot_lock(1), Mutex::new(2), Mutex::new(3));
        for _ in 0..2 {
            let mut held = slot.lock().unwrap();
            *held += *leaf.lock().unwrap();
            *held += *other.try_lock().unwrap();
        }
        assert_eq!(*slot.lock().unwrap(), 11);
        assert!(leaf.try_lock().is_ok() && slot.try_lock().is_ok());
    }

    #[test]
    #[should_panic(expected = "a lock out of order: Leaf")]
    fn two_leaves() {
        let (leaf, other) = (Mutex::new(()), Mutex::new(()));
        let _held = leaf.lock().unwrap();
        let _second = other.lock().unwrap();
    }

    #[test]
    #[should_panic(expected = "a lock out of order: Slot")]
    fn two_slots() {
        let (slot, other) = (slot_lock(()), slot_lock(()));
        let _held = slot.lock().unwrap();
        let _second = other.try_lock().unwrap();
    }

    #[test]
    #[should_panic(expected = "a lock out of order: Slot")]
    fn a_slot_under_a_leaf() {
        let (slot, leaf) = (slot_lock(()), Mutex::new(()));
        let _held = leaf.lock().unwrap();
        let _second = slot.lock().unwrap();
    }

    #[test]
    #[should_panic(expected = "a lock out of order: Slot")]
    fn a_slot_under_the_poll() {
        let (poll, leaf, slot) = (poll_lock(()), Mutex::new(()), slot_lock(()));
        let _held = poll.lock().unwrap();
        drop(leaf.lock().unwrap());
        let _second = slot.lock().unwrap();
    }

    #[test]
    fn what_fails_or_waits_holds_nothing() {
        let (leaf, waiting, bell) = (Mutex::new(()), Mutex::new(()), Condvar::new());
        let held = leaf.lock().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(leaf.try_lock().is_err());
                drop(waiting.lock().unwrap());
            });
        });
        drop(held);
        let (held, result) = bell.wait_timeout(waiting.lock().unwrap(), Duration::from_millis(1)).unwrap();
        assert!(result.timed_out());
        drop(held);
        drop(leaf.lock().unwrap());
    }
}
