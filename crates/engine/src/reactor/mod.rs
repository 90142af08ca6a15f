//! The reactor: one thread polls, and takes one slot at a time from the run queue.
//!
//! The batch of events belongs to the reactor and not to the thread: everything that is ready is put on the run
//! queue before the first callback. Callbacks run inline on the polling thread. When one overstays, the watch makes
//! another thread the leader; the one that comes back finds that it no longer leads and goes to stand by.
//!
//! A request whose callback overstayed is slow, and so is one that such a callback opens: threads that stand by take its
//! turns, so that the next callback that overstays stalls nobody, until it has been quick some times in a row.

mod excuse;
mod queue;
mod timers;
mod watch;

use std::collections::VecDeque;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

#[cfg(not(shuttle))]
use mio::{Events, Poll, Registry, Token, Waker};
use winhttp_proto::clock::Moment;

use crate::core::{Core, core};
use crate::here::{self, Here};
#[cfg(shuttle)]
use crate::model::poll::{Events, Poll, Registry, Token, Waker};
use crate::slot::Slot;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use crate::sync::{Mutex, poll_lock, thread, waited};
use crate::wire::cell::{ENDED, READABLE, Ticket, WRITABLE};
use crate::{Handle, drive, lock, threads};

pub(crate) use queue::RunQueue;
pub(crate) use timers::{Timer, Timers};
pub(crate) use watch::Stamp;
use watch::Watch;

/// Events fetched at a time.
const BATCH: usize = 256;

/// The waker's token: no connection has it.
const WAKER: Token = Token(usize::MAX);

/// Turns in a row that have to be quick before a slow request's callbacks run on the thread that polls again.
pub(crate) const SLOW: u8 = 8;

/// What is quick, in milliseconds: a tick of the coarse clock.
const QUICK: u64 = 4;

/// How long a thread that no longer leads stands by before it ends.
const STANDBY: Duration = Duration::from_secs(10);

/// The reactor of a process. Nothing runs before the first asynchronous request.
pub(crate) struct Reactor {
    parts: OnceLock<Parts>,
    pub(crate) queue: RunQueue,
    pub(crate) timers: Timers,
    /// The seat of the thread that polls and takes slots; 0 when there is none.
    leader: AtomicU32,
    /// The leader waits in the poll, or is about to.
    sleeping: AtomicBool,
    /// When a sleeping leader wakes by itself, in milliseconds; 0 for never.
    wakes: AtomicU64,
    standby: waited::Mutex<Standby>,
    called: waited::Condvar,
    watch: Watch,
    /// Requests whose handles are open.
    open: AtomicUsize,
}

struct Parts {
    /// With the events of a turn, and the slots that they are for.
    poll: Mutex<(Poll, Events, Vec<&'static Slot>)>,
    registry: Registry,
    waker: Waker,
}

struct Standby {
    /// Seats of the threads that stand by.
    idle: Vec<u32>,
    /// Slots of slow requests, for a thread that stands by.
    aside: VecDeque<&'static Slot>,
    /// Seats that were given back.
    vacated: Vec<u32>,
    /// Seats that were ever given.
    seats: u32,
}

/// The slot that a handle names, if its place on the run queue is the caller's to fill.
#[inline]
fn claimed(core: &'static Core, owner: Handle) -> Option<&'static Slot> {
    core.table.slot(owner).filter(|slot| slot.claim_place())
}

/// The calling thread's seat.
fn seat() -> u32 {
    here::with(Here::seat)
}

impl Reactor {
    pub(crate) const fn new() -> Self {
        Reactor {
            parts: OnceLock::new(),
            queue: RunQueue::new(),
            timers: Timers::new(),
            leader: AtomicU32::new(0),
            sleeping: AtomicBool::new(false),
            wakes: AtomicU64::new(0),
            standby: waited::Mutex::new(Standby {
                idle: Vec::new(),
                aside: VecDeque::new(),
                vacated: Vec::new(),
                seats: 0,
            }),
            called: waited::Condvar::new(),
            watch: Watch::new(),
            open: AtomicUsize::new(0),
        }
    }

    fn parts(&self) -> io::Result<&Parts> {
        if let Some(parts) = self.parts.get() {
            return Ok(parts);
        }
        // A failure is not kept: descriptors that are missing now may be there for the next request.
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let made =
            Parts { poll: poll_lock((poll, Events::with_capacity(BATCH), Vec::new())), registry, waker };
        Ok(self.parts.get_or_init(|| made))
    }

    /// Where connections are registered.
    pub(crate) fn registry(&self) -> io::Result<&Registry> {
        self.parts().map(|parts| &parts.registry)
    }

    /// Makes sure that somebody polls.
    pub(crate) fn start(&'static self) -> io::Result<()> {
        if self.leader.load(Ordering::Acquire) != 0 {
            return Ok(());
        }
        self.parts()?;
        let mut standby = waited::lock(&self.standby);
        if self.leader.load(Ordering::Acquire) == 0 {
            self.spawn(&mut standby, true)?;
        }
        Ok(())
    }

    /// Starts a thread; one that `leads` does so from its first moment on.
    fn spawn(&'static self, standby: &mut Standby, leads: bool) -> io::Result<()> {
        let seat = match standby.vacated.pop() {
            Some(seat) => seat,
            None if standby.seats as usize == watch::SEATS => return Err(io::ErrorKind::OutOfMemory.into()),
            None => {
                standby.seats += 1;
                standby.seats
            }
        };
        let name = format!("winhttp-io-{seat}");
        let started = threads::start(&name, threads::CALLBACK_STACK, move || {
            here::with(|here| here.sit(seat));
            self.watch.seated(seat);
            if leads {
                // Whoever starts it says so too, but under the lock, and a thread that has to ask there waits for it.
                self.leader.store(seat, Ordering::SeqCst);
            }
            threads::began();
            self.run();
        });
        match started {
            Ok(()) if leads => self.leader.store(seat, Ordering::SeqCst),
            Ok(()) => {}
            Err(_) => standby.vacated.push(seat),
        }
        started
    }

    /// Whether the calling thread is the one that polls.
    pub(crate) fn leads(&self) -> bool {
        self.leads_from(seat())
    }

    /// Whether the thread with this seat is the one that polls.
    #[inline]
    fn leads_from(&self, seat: u32) -> bool {
        // In one order with what is put on the queue: whoever leads next sees what this thread leaves there.
        seat != 0 && self.leader.load(Ordering::SeqCst) == seat
    }

    /// Puts a slot on the run queue and sees to it that somebody takes it.
    pub(crate) fn post(&'static self, slot: &'static Slot) {
        if slot.claim_place() {
            self.enqueue(slot);
        }
    }

    /// Takes the place of a slot on the run queue for [`Reactor::enqueue`], if this thread leads: until then nobody
    /// takes a turn of that slot.
    #[inline]
    pub(crate) fn claim(&self, slot: &'static Slot) -> bool {
        self.leads() && slot.claim_place()
    }

    /// Puts a slot whose place is taken on the run queue. Whether this thread leads is asked behind that: another one
    /// that has become the leader meanwhile sees the slot, or is woken.
    pub(crate) fn enqueue(&'static self, slot: &'static Slot) {
        self.queue.push(slot);
        if self.leads() {
            // Inside a callback that may wait for what it has just begun: the watch finds out.
            self.watch.attend(self);
            return;
        }
        if self.leader.load(Ordering::SeqCst) == 0 {
            // What is told of a request that was never sent needs a thread too; without one it waits for the next.
            let _ = self.start();
        }
        fence(Ordering::SeqCst);
        self.wake();
        // The leader may be inside a callback that does not come back: the watch finds out.
        self.watch.attend(self);
    }

    /// Wakes a sleeper. Nobody else is disturbed.
    fn wake(&self) {
        if self.sleeping.swap(false, Ordering::SeqCst)
            && let Ok(parts) = self.parts()
        {
            // The eventfd of a poll that exists can always be written.
            let _ = parts.waker.wake();
        }
    }

    /// A deadline has been entered that may come before the sleeper wakes.
    pub(crate) fn timer_entered(&self, at: Moment) {
        if self.leads() {
            return;
        }
        fence(Ordering::SeqCst);
        let wakes = self.wakes.load(Ordering::SeqCst);
        if wakes == 0 || at.0 < wakes {
            self.wake();
        }
    }

    fn run(&'static self) {
        let core = core();
        loop {
            if !self.leads() && !self.stand_by(core) {
                return;
            }
            self.turn(core);
        }
    }

    /// Waits until this thread is called to lead, and takes the turns of slow requests meanwhile. False when it has
    /// waited long enough.
    fn stand_by(&'static self, core: &'static Core) -> bool {
        let seat = seat();
        let mut standby = waited::lock(&self.standby);
        standby.idle.push(seat);
        let mut patient = true;
        while !self.leads() {
            if let Some(slot) = standby.aside.pop_front() {
                standby.idle.retain(|&idle| idle != seat);
                drop(standby);
                self.turn_aside(core, slot);
                standby = waited::lock(&self.standby);
                standby.idle.push(seat);
                patient = true;
            } else if !patient {
                break;
            } else {
                let (guard, over) = waited::wait_timeout(&self.called, standby, STANDBY);
                standby = guard;
                patient = !over;
            }
        }
        standby.idle.retain(|&idle| idle != seat);
        if !self.leads() {
            standby.vacated.push(seat);
            return false;
        }
        true
    }

    /// The turn of a slow request. A quick one brings it nearer to the thread that polls.
    fn turn_aside(&'static self, core: &'static Core, slot: &'static Slot) {
        let slow = slot.slow.load(Ordering::Relaxed);
        let quick = Moment(core.now().0 + QUICK);
        here::with(|here| here.take_aside(slow.max(1), quick));
        slot.queued.store(false, Ordering::Release);
        drive::from_reactor(core, slot);
        here::with(|here| here.take_aside(0, quick));
        let slow = if core.now() <= quick { slow.saturating_sub(1) } else { SLOW };
        slot.slow.store(slow, Ordering::Relaxed);
    }

    /// Gives a slow request's turn to a thread that stands by. False when there is none and none can be had.
    #[cold]
    fn set_aside(&'static self, slot: &'static Slot) -> bool {
        let mut standby = waited::lock(&self.standby);
        if standby.idle.len() <= standby.aside.len() && self.spawn(&mut standby, false).is_err() {
            return false;
        }
        standby.aside.push_back(slot);
        self.called.notify_all();
        true
    }

    /// Takes what is on the queue, then polls once.
    fn turn(&'static self, core: &'static Core) {
        while let Some(slot) = self.queue.pop() {
            if !self.take(core, slot) {
                return;
            }
        }
        match self.poll(core) {
            Some(slot) if self.leads() => {
                self.take(core, slot);
            }
            // Another one has become the leader in the last moment.
            Some(slot) => self.enqueue(slot),
            None => {}
        }
    }

    /// The turn of one slot. Whether this thread still leads.
    fn take(&'static self, core: &'static Core, slot: &'static Slot) -> bool {
        if slot.slow.load(Ordering::Relaxed) != 0 && self.set_aside(slot) {
            return true;
        }
        slot.queued.store(false, Ordering::Release);
        drive::from_reactor(core, slot);
        if self.leads() {
            return true;
        }
        // Its callback has overstayed, and it may again.
        slot.slow.store(SLOW, Ordering::Relaxed);
        false
    }

    /// Waits for events and deadlines. A single slot that they are for is the caller's to take; several are on the queue.
    fn poll(&'static self, core: &'static Core) -> Option<&'static Slot> {
        let parts = self.parts().ok()?;
        let mut poll = lock(&parts.poll);
        let (poll, events, ready) = &mut *poll;
        let now = core.now();
        let next = Moment::earlier(self.timers.next(), core.pool.sweep(now));
        // The fence puts both before what is looked at behind it, and whoever wakes has one between the two as well.
        self.wakes.store(next.map_or(0, |moment| moment.0), Ordering::Relaxed);
        self.sleeping.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        // Whoever entered a deadline before this saw the last poll's, and did not wake.
        let next = Moment::earlier(next, self.timers.next());
        let busy = !self.queue.is_empty() || !self.leads();
        let timeout = match next {
            _ if busy => Some(Duration::ZERO),
            Some(next) => Some(Duration::from_millis(next.0.saturating_sub(now.0))),
            None => None,
        };
        if let Err(error) = poll.poll(events, timeout)
            && error.kind() != io::ErrorKind::Interrupted
        {
            // Nothing but a broken poll gets here; do not burn the processor over it.
            thread::sleep(Duration::from_millis(1));
        }
        // Who still sees a sleeper wakes it once too often.
        self.sleeping.store(false, Ordering::Relaxed);
        // The whole batch goes onto the queue before the first callback.
        for event in events.iter() {
            if event.token() == WAKER {
                continue;
            }
            let ticket = Ticket::of(event.token());
            let Some(cell) = core.cells.find(ticket) else { continue };
            let mut bits = 0;
            if event.is_readable() {
                bits |= READABLE;
            }
            if event.is_writable() {
                bits |= WRITABLE;
            }
            if event.is_read_closed() || event.is_error() {
                bits |= ENDED | READABLE;
            }
            cell.raise(bits);
            match cell.owner() {
                Some(owner) => ready.extend(claimed(core, owner)),
                None if bits & (READABLE | ENDED) != 0 => core.pool.disturbed(cell, ticket),
                None => {}
            }
        }
        self.fire(core, ready);
        if ready.len() == 1 && self.queue.is_empty() {
            return ready.pop();
        }
        self.queue.append(ready);
        None
    }

    /// Deadlines that have come: their slots look for themselves.
    fn fire(&'static self, core: &'static Core, ready: &mut Vec<&'static Slot>) {
        let now = core.now();
        while let Some((at, timer)) = self.timers.due(now) {
            let owner = match timer {
                Timer::Wire(ticket) => match core.cells.find(ticket) {
                    Some(cell) if cell.disarm(at.0) => cell.owner(),
                    _ => None,
                },
                Timer::Slot(handle) => Some(handle),
            };
            ready.extend(owner.and_then(|owner| claimed(core, owner)));
        }
    }

    /// Puts a slot back that somebody else holds right now. Not only the leader takes slots: a slow one's turn is
    /// another thread's, and the leader may sleep meanwhile.
    pub(crate) fn put_back(&'static self, slot: &'static Slot) {
        self.post(slot);
        if self.queue.len() < 2 {
            thread::yield_now();
        }
    }

    /// A request's handle is opened, or closed.
    pub(crate) fn count(&self, opened: bool) {
        if opened {
            self.open.fetch_add(1, Ordering::Relaxed);
        } else {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether a slot waits on the queue, or more requests are open than these. Others come and go at every moment: in
    /// the model there may be one more than the scenario's.
    #[inline]
    fn crowded(&self, these: usize) -> bool {
        #[cfg(not(shuttle))]
        let others = 0;
        #[cfg(shuttle)]
        let others = usize::from(shuttle::rand::Rng::gen_bool(&mut shuttle::rand::thread_rng(), 0.5));
        !self.queue.is_empty() || self.open.load(Ordering::Relaxed) + others > these
    }

    /// How slow a request is that the calling thread opens now.
    #[inline]
    pub(crate) fn slowness(&self) -> u8 {
        here::with(|here| here.slowness(self.leader.load(Ordering::SeqCst)))
    }

    /// A callback begins on this thread, with so many on its stack already: of a request that is `open`, or of one that
    /// is closed or of another handle.
    #[inline]
    pub(crate) fn enter_callback(
        &'static self,
        here: &Here,
        depth: usize,
        open: bool,
    ) -> Option<&'static Stamp> {
        // Nested ones are part of the outermost.
        if depth > 0 {
            return None;
        }
        self.watch.enter(self, here.seat(), usize::from(open))
    }

    /// Makes somebody else the leader, because `overstayed` does not come back. Whether somebody was found.
    fn promote(&'static self, overstayed: u32) -> bool {
        let mut standby = waited::lock(&self.standby);
        if self.leader.load(Ordering::SeqCst) != overstayed {
            return false;
        }
        match standby.idle.pop() {
            Some(seat) => {
                self.leader.store(seat, Ordering::SeqCst);
                // What waits for a thread that stands by waits for another one now.
                if standby.idle.len() < standby.aside.len() {
                    // Without one it waits for one that comes back.
                    let _ = self.spawn(&mut standby, false);
                }
                self.called.notify_all();
                true
            }
            // Out of threads: the others wait for the callback, as they would without a watch.
            None => self.spawn(&mut standby, true).is_ok(),
        }
    }
}

/// For tests and benchmarks: how often leadership has moved.
#[doc(hidden)]
pub fn promotions() -> u32 {
    let reactor: &'static Reactor = &core().reactor;
    reactor.watch.promotions()
}

/// For tests and benchmarks: deadlines that the reactor keeps, and connections that there are, at rest or not.
#[doc(hidden)]
pub fn kept() -> (usize, usize) {
    let core = core();
    (core.reactor.timers.count(), core.cells.claimed())
}
