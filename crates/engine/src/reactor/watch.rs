//! The watch: notices a callback that overstays and has another thread take over.
//!
//! Every thread of the reactor has a stamp that is odd while it is inside a callback; no clock is read for it. The
//! watch compares the leader's stamp at two ticks of 1 ms, and asks the system about a thread that has not come back
//! ([`super::excuse`]). It runs only while something could be stalled, and stops after two quiet ticks.

use std::time::Duration;

use super::Reactor;
use super::excuse::{self, Excuse};
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use crate::sync::thread;
use crate::sync::waited::{Condvar, Mutex, lock, wait_timeout};
use crate::threads;

pub(super) const TICK: Duration = Duration::from_millis(1);

/// Two looks at nothing are enough to rest, and this many at a single request.
const REST: u32 = 32;

/// After a few looks at a single request that goes on they get rarer: each costs what a small request does.
const FEW: u32 = 4;
const STRIDE: Duration = Duration::from_millis(4);

/// How long the watching thread stays without anything to watch.
const PATIENCE: Duration = Duration::from_secs(10);

/// Threads of the reactor at the same time: the leader, and those whose callbacks have overstayed.
pub(super) const SEATS: usize = 256;

pub(super) struct Watch {
    stamps: [Stamp; SEATS],
    awake: AtomicBool,
    running: Mutex<Running>,
    called: Condvar,
    promotions: AtomicU32,
}

/// Written by its own thread only.
pub(crate) struct Stamp {
    /// Odd inside a callback; changes with every one.
    number: AtomicU32,
    /// The thread's name for the system.
    thread: AtomicU32,
}

impl Stamp {
    const fn new() -> Stamp {
        Stamp { number: AtomicU32::new(0), thread: AtomicU32::new(0) }
    }

    /// The callback that was entered has returned.
    #[inline]
    pub(crate) fn leave(&self) {
        self.number.store(self.number.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }
}

#[derive(Default)]
struct Running {
    thread: bool,
    wanted: bool,
}

impl Watch {
    pub(super) const fn new() -> Self {
        Watch {
            stamps: [const { Stamp::new() }; SEATS],
            awake: AtomicBool::new(false),
            running: Mutex::new(Running { thread: false, wanted: false }),
            called: Condvar::new(),
            promotions: AtomicU32::new(0),
        }
    }

    pub(super) fn promotions(&self) -> u32 {
        self.promotions.load(Ordering::Relaxed)
    }

    fn stamp(&self, seat: u32) -> Option<&Stamp> {
        self.stamps.get((seat as usize).checked_sub(1)?)
    }

    fn stamp_of(&self, leader: u32) -> u32 {
        self.stamp(leader).map_or(0, |stamp| stamp.number.load(Ordering::SeqCst))
    }

    /// The calling thread has taken this seat.
    pub(super) fn seated(&self, seat: u32) {
        if let Some(stamp) = self.stamp(seat) {
            stamp.thread.store(excuse::own(), Ordering::Relaxed);
        }
    }

    /// What the thread in this seat does.
    fn doing(&self, seat: u32) -> excuse::Doing {
        self.stamp(seat)
            .map_or(excuse::Doing::Unknown, |stamp| excuse::ask(stamp.thread.load(Ordering::Relaxed)))
    }

    /// The thread with this seat enters its outermost callback. The stamp is to be left when it returns. `own` says how
    /// many of the open requests the callback is of, one or none. Callbacks of others than the leader stall nobody and are
    /// not watched.
    #[inline]
    pub(super) fn enter(
        &'static self,
        reactor: &'static Reactor,
        seat: u32,
        own: usize,
    ) -> Option<&'static Stamp> {
        if !reactor.leads_from(seat) {
            return None;
        }
        let stamp = self.stamp(seat)?;
        stamp.number.store(stamp.number.load(Ordering::Relaxed).wrapping_add(1), Ordering::SeqCst);
        // With no other request open nothing can be stalled but what others post, and they attend.
        if reactor.crowded(own) && !self.awake.load(Ordering::SeqCst) {
            self.wake(reactor);
        }
        Some(stamp)
    }

    /// Something waits for the leader: if it is inside a callback, watch that it comes back.
    pub(super) fn attend(&'static self, reactor: &'static Reactor) {
        if self.stamp_of(reactor.leader.load(Ordering::SeqCst)) % 2 == 1 && !self.awake.load(Ordering::SeqCst)
        {
            self.wake(reactor);
        }
    }

    #[cold]
    fn wake(&'static self, reactor: &'static Reactor) {
        // In one order with the stamp: a watch that goes to rest either sees it or is seen resting.
        if self.awake.load(Ordering::SeqCst) || self.awake.swap(true, Ordering::SeqCst) {
            return;
        }
        let mut running = lock(&self.running);
        running.wanted = true;
        if running.thread {
            self.called.notify_one();
        } else {
            // Without a watch the others wait until the callback returns: slower, and nothing is lost.
            running.thread =
                threads::start("winhttp-watch", threads::WATCHER_STACK, move || self.run(reactor)).is_ok();
            if !running.thread {
                self.awake.store(false, Ordering::SeqCst);
            }
        }
    }

    fn run(&'static self, reactor: &'static Reactor) {
        loop {
            self.tick(reactor);
            let mut running = lock(&self.running);
            while !running.wanted {
                let (guard, over) = wait_timeout(&self.called, running, PATIENCE);
                running = guard;
                if over && !running.wanted {
                    running.thread = false;
                    return;
                }
            }
        }
    }

    /// Looks every millisecond until there is nothing to watch.
    fn tick(&'static self, reactor: &'static Reactor) {
        lock(&self.running).wanted = false;
        let mut seen = (0, 0);
        let mut quiet = 0;
        let mut excuse = Excuse::default();
        while quiet < REST {
            let leader = reactor.leader.load(Ordering::SeqCst);
            let look = (leader, self.stamp_of(leader));
            let inside = look.1 % 2 == 1;
            if inside
                && look == seen
                && excuse.overstays(look, || self.doing(leader))
                && reactor.promote(leader)
            {
                self.promotions.fetch_add(1, Ordering::Relaxed);
            }
            // With a single request nothing but what others post can be stalled, and they attend.
            let crowded = reactor.crowded(1);
            quiet = match (look != seen, inside) {
                // A single request that goes on and on: who wakes this thread for each of its callbacks pays for it.
                (true, _) if !crowded => quiet + 1,
                (false, false) => quiet + REST / 2,
                _ => 0,
            };
            seen = look;
            thread::sleep(if quiet < FEW { TICK } else { STRIDE });
        }
        self.awake.store(false, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        // Who came in between found it awake: look once more.
        if self.stamp_of(reactor.leader.load(Ordering::SeqCst)) % 2 == 1 {
            lock(&self.running).wanted = true;
            self.awake.store(true, Ordering::SeqCst);
        }
    }
}
