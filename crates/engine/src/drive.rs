//! Driving: one loop for whichever thread has work for a request.
//!
//! It asks the exchange what is next and does it, tells it, or waits. What this thread may not do or say stays where it
//! is, in order, for the next one.

use winhttp_proto::clock::{Moment, Present};
use winhttp_proto::{Action, CallId, Lane, Next, Notification};

use crate::core::{Core, core};
use crate::deliver::{self, Verdict};
use crate::here::{self, Here};
use crate::park;
use crate::perform;
use crate::slot::{Guard, Kind, Slot};
use crate::sync::atomic::Ordering;
use crate::times;

/// Callbacks in a row after which a request lets others go first.
const BUDGET: u32 = 16;

/// Who drives.
pub(crate) enum Seat {
    /// A thread of the reactor.
    Reactor { budget: u32 },
    /// The application's thread, inside an asynchronous call.
    Caller,
    /// The application's thread, inside a synchronous call: it does and says everything itself.
    Sync,
}

/// A call of the application that is under way on this thread's stack.
pub(crate) struct Call<'out> {
    pub(crate) id: CallId,
    /// Its completion has been told, or passed over by the mask, inside the call.
    pub(crate) told: bool,
    /// The lane that it waits in, where it may settle the other one too.
    pub(crate) lane: Option<Lane>,
    /// A synchronous call has its answer and is not inside any more.
    pub(crate) left: bool,
    /// The answer of a synchronous call: a count, or an error.
    pub(crate) answer: Option<Result<u32, u32>>,
    /// Receives the count of the operation before its completion is told.
    pub(crate) out: Option<&'out mut dyn FnMut(u32)>,
}

impl<'out> Call<'out> {
    pub(crate) fn new(id: CallId, out: Option<&'out mut dyn FnMut(u32)>) -> Self {
        Call { id, told: false, lane: None, left: false, answer: None, out }
    }

    /// The operation of this call is complete: its outputs are written, once, before any callback.
    pub(crate) fn write_out(&mut self, what: &Notification) {
        let count = match what {
            Notification::DataAvailable(count)
            | Notification::ReadComplete(count)
            | Notification::WriteComplete(count) => *count,
            _ => return,
        };
        if let Some(out) = self.out.take() {
            out(count);
        }
    }
}

/// Why the loop ends.
enum Stop {
    /// Another frame of this handle is out and looks again when it comes back.
    Later,
    /// It is the reactor's to go on.
    Elsewhere,
}

/// The reactor has taken a slot from the run queue.
pub(crate) fn from_reactor(core: &'static Core, slot: &'static Slot) {
    let Some(guard) = slot.try_lock() else {
        core.reactor.put_back(slot);
        return;
    };
    if guard.door.closing {
        deliver::finish(slot, guard);
        return;
    }
    if matches!(guard.kind, Kind::Resolver(_)) {
        return deliver::resolved(slot, guard);
    }
    drive(slot, guard, &mut Seat::Reactor { budget: BUDGET }, None);
}

/// Whether a send from here need not be driven: what it begins is the reactor's, and nobody else is at work on the
/// request. A slow one's turn may be under way on another thread.
#[inline]
pub(crate) fn at_rest(slot: &Slot, guard: &Guard) -> bool {
    guard.door.frames == 0
        && guard.door.holder.is_none()
        && slot.slow.load(Ordering::Relaxed) == 0
        && !times::exact()
}

/// Drives until there is nothing to do for this thread. Takes the slot locked and leaves it unlocked.
pub(crate) fn drive(slot: &'static Slot, guard: Guard, seat: &mut Seat, call: Option<&mut Call<'_>>) {
    here::with(|here| drive_here(here, core(), slot, guard, seat, call));
}

fn drive_here(
    here: &Here,
    core: &'static Core,
    slot: &'static Slot,
    mut guard: Guard,
    seat: &mut Seat,
    mut call: Option<&mut Call<'_>>,
) {
    let clock = || core.now();
    let mut now = Present::read_by(&clock);
    // It stays the same: while a callback runs, or a synchronous call is inside, nothing else moves in.
    let handle = guard.handle(slot);
    let exact = times::exact();
    let stop = 'drive: loop {
        if guard.door.holder.is_some_and(|holder| holder != here.number()) {
            break Stop::Later;
        }
        let Some((door, request)) = guard.door_and_request() else { return };
        if door.sealed {
            return;
        }
        // A synchronous call inside does everything itself; it has been woken.
        if request.sync.is_some() && !matches!(seat, Seat::Sync) {
            break Stop::Later;
        }
        if !request.exchange.tells() && request.has_news() {
            request.absorb();
        }
        while !request.exchange.tells() {
            let next = request.exchange.advance(&mut now);
            if exact {
                request.pass_exactly();
            }
            match next {
                Next::Tell => {}
                Next::Do(action) => {
                    let here = !matches!(seat, Seat::Caller)
                        || matches!(action, Action::Read | Action::Write | Action::Release(_));
                    if !here {
                        break 'drive Stop::Elsewhere;
                    }
                    perform::perform(core, slot, handle, request, action, &mut now);
                }
                Next::Wait(deadline) => {
                    let unanswered = call.as_ref().is_some_and(|call| call.answer.is_none());
                    if matches!(seat, Seat::Sync) && unanswered {
                        request.pass(now.now());
                        guard = park(slot, guard, now.now(), deadline);
                        now.pass();
                        continue 'drive;
                    }
                    if let Some(deadline) = deadline
                        && !matches!(seat, Seat::Sync)
                    {
                        request.pass(now.now());
                        arm(core, slot, &mut guard, now.now(), deadline);
                    }
                    guard.door.again = false;
                    return;
                }
            }
        }
        if exact {
            request.pass_exactly();
        }
        let after = match deliver::judge(here, slot, handle, (door, request), seat, call.as_deref_mut()) {
            Verdict::Say(telling) => telling.tell(here, core, slot, guard),
            Verdict::Taken => Some(guard),
            Verdict::Masked => deliver::masked(slot, guard),
            Verdict::Unusual => deliver::unusual(here, core, slot, guard),
            Verdict::Later => break Stop::Later,
            Verdict::Elsewhere => break Stop::Elsewhere,
        };
        match after {
            Some(next) => guard = next,
            None => return,
        }
        now.pass();
        if matches!(seat, Seat::Sync)
            && let Some(call) = call.as_deref_mut().filter(|call| call.answer.is_some())
            && let Some(request) = guard.driven().filter(|request| !request.exchange.closing())
        {
            request.leave();
            call.left = true;
            return;
        }
        if let Seat::Reactor { budget } = seat {
            *budget = budget.saturating_sub(1);
            if *budget == 0 {
                break Stop::Elsewhere;
            }
        }
    };
    let frames = guard.door.frames;
    if matches!(stop, Stop::Elsewhere) && frames == 0 {
        guard.door.again = false;
        drop(guard);
        core.reactor.post(slot);
    } else {
        guard.door.again = true;
    }
}

/// Waits for the socket of a synchronous call, unlocked. The connection is taken along: nobody else touches it while
/// the call is inside.
#[inline(never)]
fn park(slot: &'static Slot, mut guard: Guard, now: Moment, deadline: Option<Moment>) -> Guard {
    let Some(request) = guard.driven() else { return guard };
    let Some(wake) = request.sync.clone() else { return guard };
    let wire = request.wire.take();
    drop(guard);
    park::wait(wire.as_deref(), &wake, now, deadline);
    let mut guard = slot.lock();
    if let Some(request) = guard.driven() {
        request.wire = wire;
    }
    guard
}

/// Sees to it that the deadline is noticed. Only one that is earlier than what is entered is entered.
#[inline(never)]
fn arm(core: &'static Core, slot: &'static Slot, guard: &mut Guard, now: Moment, deadline: Moment) {
    let handle = guard.handle(slot);
    let Some(request) = guard.driven() else { return };
    let timer = match &request.wire {
        Some(wire) => {
            if !wire.cell.arm(deadline.0) {
                return;
            }
            crate::reactor::Timer::Wire(wire.ticket)
        }
        None => {
            // An entry whose time has come is gone, or about to be.
            if request.armed > now && request.armed <= deadline {
                return;
            }
            request.armed = deadline;
            crate::reactor::Timer::Slot(handle)
        }
    };
    core.reactor.timers.enter(deadline, timer);
    core.reactor.timer_entered(deadline);
}
