//! Delivery: who may say a notification, and when. The only place where an application's callback is called.
//!
//! * Nothing begins while an informational callback of the request runs on another thread.
//! * While a completion callback runs, a worker may do but not say; an API call may say what it brings about itself.
//! * HANDLE_CLOSING begins when no callback of the handle runs and its children are gone, and nothing follows it.
//! * No lock is held during a callback.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_proto::{CallId, Command, Lane, Load, Mode, Notification, Say};

use crate::address::AddressText;
use crate::core::{Core, core, enter};
use crate::drive::{self, Call, Seat};
use crate::here::{self, Here};
use crate::proxy::resolver::Due;
use crate::reactor::Stamp;
use crate::request::Request;
use crate::slot::{Door, Guard, Kind, Slot};
use crate::{About, Error, Handed, Handle, Loan, Notice, Payload, Sink, Target};

/// What becomes of the front of the queue.
pub(crate) enum Verdict {
    /// It is taken, and nobody is called: the answer of a synchronous call, or progress that the mask passes over.
    Taken,
    /// It is called now, without the lock.
    Say(Telling),
    /// The mask passes it over, with what ends by it.
    Masked,
    /// It comes with more than numbers, or goes to a closure, or is about a buffer that was handed over.
    Unusual,
    /// Not now: a frame that is out comes back and looks.
    Later,
    /// Not on this thread.
    Elsewhere,
}

/// The usual callback: numbers, for a function that stays, about memory that is the application's own. Callback, mask and
/// context are those of the moment in which it was taken from the queue.
pub(crate) struct Telling {
    sink: &'static dyn Sink,
    token: usize,
    about: About,
    status: u32,
    load: Load,
    number: u32,
    address: usize,
    /// The request is not closed.
    open: bool,
    closes: bool,
    informational: bool,
    /// The thread inside an informational callback before this one.
    before: Option<NonZeroU32>,
}

/// Decides about the front of the queue, and takes it if it is this thread's to tell, now.
#[inline(always)]
pub(crate) fn judge(
    here: &Here,
    slot: &'static Slot,
    handle: Handle,
    (door, request): (&mut Door, &mut Request),
    seat: &Seat,
    mut call: Option<&mut Call<'_>>,
) -> Verdict {
    let Some(front) = request.exchange.front() else { return Verdict::Later };
    let status = front.status();
    let closes = status == abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
    let closing = request.exchange.closing();
    let settles = front.settles;
    let own = match call.as_deref_mut() {
        Some(call) if call.id == front.call => {
            if settles.is_some() {
                call.write_out(&front.what);
            }
            true
        }
        _ => false,
    };

    // A synchronous call does not hear of its own end: it is the answer.
    if settles.is_some() && request.exchange.mode() == Mode::Synchronous {
        if let Some(say) = request.exchange.take(false) {
            request.end_loan(&say);
            if let Some((waiting, lane)) = request.waiting.as_mut().zip(say.settles) {
                waiting.answer(lane, say.what, own);
            } else if let Some(call) = call {
                call.answer = Some(answer(&say));
            }
        }
        return Verdict::Taken;
    }
    // A worker never overtakes; the errors of a close never nest and never overlap.
    if door.frames > 0 && (closing || matches!(seat, Seat::Reactor { .. })) {
        return Verdict::Later;
    }
    if closing {
        // Nothing stands in the way of what a close tells, but those who are inside.
        if closes && request.occupied() && !matches!(seat, Seat::Sync) {
            return Verdict::Later;
        }
    } else if matches!(seat, Seat::Caller) && !own {
        return Verdict::Elsewhere;
    } else if settles == Some(Lane::Write) && request.inside == Some(front.call) {
        // contract: clients HERE, SENDREQUEST_COMPLETE never comes before SendRequest has returned
        return Verdict::Later;
    } else if !matches!(seat, Seat::Sync) && here.too_deep(slot) {
        // A synchronous call says everything itself, however deep.
        return Verdict::Elsewhere;
    }

    // Commit, under the lock: callback, mask and context are those of this moment.
    let informational = front.informational();
    if own
        && !informational
        && let Some(call) = call
    {
        call.told = call.lane.is_none() || call.lane == settles;
    }
    let (load, number) = (front.load(), front.number());
    let target = match &door.record.target {
        Some(target) if door.record.mask & status != 0 => target,
        // Nothing ends by it and nothing in it has to be dropped.
        _ if settles.is_none() && !closes && load != Load::Rare => {
            request.exchange.pass(None, false);
            return Verdict::Taken;
        }
        _ => return Verdict::Masked,
    };
    let mut address = if load == Load::Frame { front.what.buffer_type() as usize } else { 0 };
    let &Target::Plain(sink, token) = target else { return Verdict::Unusual };
    if load == Load::Rare
        || settles.is_some_and(|lane| !request.loan(lane).as_ref().is_none_or(Loan::is_lent))
    {
        return Verdict::Unusual;
    }
    if let Some(lane) = settles {
        let loan = request.loan(lane);
        if load == Load::Buffer {
            address = loan.as_ref().map_or(0, Loan::address);
        }
        // The application's own memory: nothing has to be given back.
        std::mem::forget(loan.take());
        if status == abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE {
            address = request.optional.as_ref().map_or(0, Loan::address);
        }
        // Of what [`ends_optional`], errors are rare.
        if status == abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE {
            request.optional = None;
        }
    }
    request.exchange.pass(settles, informational);
    let about = About { handle, context: door.record.context };
    let before = door.enter(here, informational, closes);
    Verdict::Say(Telling {
        sink,
        token,
        about,
        status,
        load,
        number,
        address,
        open: !closing,
        closes,
        informational,
        before,
    })
}

impl Telling {
    /// Calls, unlocked, and locks again. `None` when it was HANDLE_CLOSING: there is nothing left.
    #[inline(always)]
    pub(crate) fn tell(
        self,
        here: &Here,
        core: &'static Core,
        slot: &'static Slot,
        guard: Guard,
    ) -> Option<Guard> {
        drop(guard);
        // What the callback leaves by unwinding ends the process: nothing has to be put right behind it.
        let depth = here.descend(slot);
        let stamp = core.reactor.enter_callback(here, depth, self.open);
        self.sink.tell(self.token, self.about, self.status, self.load, self.number, self.address);
        if let Some(stamp) = stamp {
            stamp.leave();
        }
        here.ascend(depth);
        returned(slot, slot.lock(), self.closes, self.informational, self.before)
    }
}

/// A callback has returned. `None` when it was the last one.
#[inline(always)]
fn returned(
    slot: &'static Slot,
    mut guard: Guard,
    closes: bool,
    informational: bool,
    before: Option<NonZeroU32>,
) -> Option<Guard> {
    guard.door.frames -= 1;
    if closes {
        vacate(slot, guard);
        return None;
    }
    if informational {
        guard.door.holder = before;
        if let Some(request) = guard.driven() {
            request.exchange.told();
        }
    }
    Some(guard)
}

/// The mask passes it over: nobody is called, and everything goes on as if somebody had been.
#[inline(never)]
pub(crate) fn masked(slot: &'static Slot, mut guard: Guard) -> Option<Guard> {
    let (door, request) = guard.door_and_request()?;
    let Some(say) = request.exchange.take(false) else { return Some(guard) };
    request.end_loan(&say);
    if say.what == Notification::HandleClosing {
        door.sealed = true;
        vacate(slot, guard);
        return None;
    }
    Some(guard)
}

/// Says what comes with more than numbers, or to a closure, or about a buffer that was handed over.
#[inline(never)]
pub(crate) fn unusual(
    here: &Here,
    core: &'static Core,
    slot: &'static Slot,
    mut guard: Guard,
) -> Option<Guard> {
    let (door, request) = guard.door_and_request()?;
    let Some(target) = door.record.target.clone() else { return Some(guard) };
    let Some(say) = request.exchange.take(true) else { return Some(guard) };
    let informational = say.informational();
    let closes = say.what == Notification::HandleClosing;
    let open = !request.exchange.closing();
    let (address, owned) = match say.settles {
        Some(_) => given_back(request, &say),
        None => (0, None),
    };
    let context = door.record.context;
    let before = door.enter(here, informational, closes);
    let handle = guard.handle(slot);
    drop(guard);
    let panicked = {
        let _frame = Frame::enter(here, core, slot, open);
        let handed = owned.map(Handed::new);
        let owned = handed.as_ref();
        let mut text = AddressText::new();
        let payload = match &say.what {
            Notification::ResolvingName(name) => Payload::Text(name),
            Notification::Redirect(url) => Payload::Text(url),
            Notification::NameResolved(address)
            | Notification::ConnectingToServer(address)
            | Notification::ConnectedToServer(address) => Payload::Text(text.write(*address)),
            Notification::RequestError { api, error } => match api.operation() {
                None => Payload::AsyncResult { api: *api as u32, error: *error },
                Some(operation) => Payload::SocketResult { operation, error: *error },
            },
            what => {
                let frame = say.load() == Load::Frame;
                let address = if frame { what.buffer_type() as usize } else { address };
                Payload::of(say.load(), handle, say.number(), address, owned)
            }
        };
        call_target(&target, Notice { handle, context, status: say.status(), payload })
    };
    drop(target);
    let mut guard = returned(slot, slot.lock(), closes, informational, before)?;
    if panicked && let Some(request) = guard.driven() {
        // A closure that panics has no more use for its request; the thread and the others go on.
        request.abandon();
    }
    Some(guard)
}

/// A callback on this thread's stack that may unwind.
struct Frame<'a> {
    here: &'a Here,
    depth: usize,
    stamp: Option<&'static Stamp>,
}

impl<'a> Frame<'a> {
    /// Of a request that is `open`, or of one that is closed or of another handle.
    fn enter(here: &'a Here, core: &'static Core, slot: &Slot, open: bool) -> Frame<'a> {
        let depth = here.descend(slot);
        Frame { here, depth, stamp: core.reactor.enter_callback(here, depth, open) }
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        // A run of the model that is over ends its tasks where they stand.
        #[cfg(shuttle)]
        if std::thread::panicking() {
            return;
        }
        if let Some(stamp) = self.stamp {
            stamp.leave();
        }
        self.here.ascend(self.depth);
    }
}

/// The loan of a settled lane ends: where the application's bytes were, and the buffer itself if it had been handed
/// over.
fn given_back(request: &mut Request, say: &Say) -> (usize, Option<Box<[u8]>>) {
    let loan = request.end_loan(say);
    match say.what {
        Notification::SendRequestComplete(length) if length > 0 => {
            (request.optional.as_ref().map_or(0, Loan::address), None)
        }
        _ => loan.map_or((0, None), |loan| (loan.address(), loan.into_owned())),
    }
}

#[inline(never)]
fn answer(say: &Say) -> Result<u32, u32> {
    match say.what {
        Notification::RequestError { error, .. } => Err(error),
        Notification::DataAvailable(count)
        | Notification::ReadComplete(count)
        | Notification::WriteComplete(count)
        | Notification::SendRequestComplete(count) => Ok(count),
        _ => Ok(0),
    }
}

/// True when a Rust closure panicked. A C callback is called bare: what it throws is its own.
#[inline]
fn call_target(target: &Target, notice: Notice<'_>) -> bool {
    match target {
        Target::Plain(sink, token) => {
            sink.notify(*token, notice);
            false
        }
        Target::Shared(sink) => call_shared(&**sink, notice),
    }
}

#[inline(never)]
fn call_shared(sink: &dyn Sink, notice: Notice<'_>) -> bool {
    catch_unwind(AssertUnwindSafe(|| sink.notify(0, notice))).is_err()
}

/// Says what is about the handle alone: created, closing.
fn tell_handle(slot: &'static Slot, target: Target, handle: Handle, context: usize, status: u32) {
    here::with(|here| {
        let _frame = Frame::enter(here, core(), slot, false);
        call_target(&target, Notice { handle, context, status, payload: Payload::Handle(handle) });
    });
}

/// Tells HANDLE_CREATED on the creating thread, before the function returns.
///
/// contract: notifications section 1; which handle is passed is open (Q6): the new one for every kind
pub(crate) fn created(slot: &'static Slot, mut guard: Guard) {
    let handle = guard.handle(slot);
    let status = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED;
    let Some(target) = guard.door.record.admits(status) else { return };
    let context = guard.door.record.context;
    guard.door.frames += 1;
    drop(guard);
    tell_handle(slot, target, handle, context, status);
    let mut guard = slot.lock();
    guard.door.frames -= 1;
    if guard.door.frames > 0 || !(guard.door.again || guard.door.closing) {
        return;
    }
    match guard.kind {
        Kind::Request(_) | Kind::Socket(_) => drive::drive(slot, guard, &mut Seat::Caller, None),
        Kind::Resolver(_) => resolved(slot, guard),
        _ => finish(slot, guard),
    }
}

/// Tells what a proxy resolver has to tell, and what its callback has held back.
pub(crate) fn resolved(slot: &'static Slot, mut guard: Guard) {
    loop {
        let closing = guard.door.closing;
        if guard.door.sealed {
            return;
        }
        if guard.door.frames > 0 {
            guard.door.again = true;
            return;
        }
        guard.door.again = false;
        let Kind::Resolver(resolver) = &mut guard.kind else { return };
        match resolver.take(closing) {
            Some(due) => guard = tell_due(slot, guard, due),
            None => break,
        }
    }
    finish(slot, guard);
}

/// Says one thing of a handle without an exchange.
fn tell_due(slot: &'static Slot, mut guard: Guard, due: Due) -> Guard {
    let handle = guard.handle(slot);
    let Some(target) = guard.door.record.admits(due.status) else { return guard };
    guard.door.frames += 1;
    drop(guard);
    here::with(|here| {
        let _frame = Frame::enter(here, core(), slot, false);
        let Due { context, status, payload } = due;
        // A closure that panics has nothing here that could be abandoned.
        call_target(&target, Notice { handle, context, status, payload });
    });
    drop(target);
    let mut guard = slot.lock();
    guard.door.frames -= 1;
    guard
}

/// Closes a handle.
///
/// The value is invalid from now on, buffers are given back before this returns, and this never waits for a callback.
/// With no callback of the handle running, REQUEST_ERROR (for each pending call) and HANDLE_CLOSING are told before it
/// returns, on this thread; otherwise the callback that is running tells them when it returns.
///
/// # Errors
/// `ERROR_INVALID_HANDLE` for a value that is not a live handle.
pub fn close(handle: Handle) -> Result<(), Error> {
    let (slot, mut guard) = enter(handle)?;
    guard.live = false;
    let frames = guard.door.frames;
    match &mut guard.kind {
        Kind::Request(request) | Kind::Socket(request) => {
            let id = request.next_call();
            // Closing is never refused.
            let _ = request.exchange.command(Command::Close, id);
            request.end_all_loans();
            request.gone();
            if let Some(wake) = &request.sync {
                wake.wake();
            }
            // Inside a callback nothing but HANDLE_CLOSING is left: who is in that callback tells it.
            if frames > 0 && request.exchange.released() && request.exchange.closes_next() {
                guard.door.again = true;
                return Ok(());
            }
            close_request(slot, guard, id);
        }
        Kind::Session(session) => {
            let shared = session.shared.clone();
            guard.door.closing = true;
            let generation = guard.generation;
            drop(guard);
            crate::session::cancel_children(&shared);
            // The last child may have finished it meanwhile, and another handle may live here.
            let guard = slot.lock();
            if guard.generation == generation {
                finish(slot, guard);
            }
        }
        _ => {
            guard.door.closing = true;
            finish(slot, guard);
        }
    }
    Ok(())
}

fn close_request(slot: &'static Slot, guard: Guard, id: CallId) {
    let mut call = Call::new(id, None);
    drive::drive(slot, guard, &mut Seat::Caller, Some(&mut call));
}

/// Tells HANDLE_CLOSING of a session or connect handle if it is due and nothing stands in its way.
pub(crate) fn finish(slot: &'static Slot, mut guard: Guard) {
    let handle = guard.handle(slot);
    let vacant = matches!(guard.kind, Kind::Vacant);
    let door = &mut guard.door;
    if !door.closing || door.sealed || vacant {
        return;
    }
    if door.frames > 0 || slot.has_children(&guard) {
        guard.door.again = true;
        return;
    }
    if let Kind::Resolver(resolver) = &mut guard.kind
        && let Some(due) = resolver.take(true)
    {
        let guard = tell_due(slot, guard, due);
        return finish(slot, guard);
    }
    let door = &mut guard.door;
    door.sealed = true;
    let status = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
    if let Some(target) = door.record.admits(status) {
        let context = door.record.context;
        door.frames += 1;
        drop(guard);
        tell_handle(slot, target, handle, context, status);
        guard = slot.lock();
        guard.door.frames -= 1;
    }
    vacate(slot, guard);
}

/// The last callback has returned: the slot is free, and the parent has a child less.
#[inline(never)]
fn vacate(slot: &'static Slot, mut guard: Guard) {
    let parent = guard.door.parent.take();
    let kind = std::mem::take(&mut guard.kind);
    let record = std::mem::take(&mut guard.door.record);
    let mut unloaded = None;
    let rest = match kind {
        Kind::Request(mut request) | Kind::Socket(mut request) => {
            request.clear();
            guard.spare = Some(request);
            None
        }
        Kind::Session(session) => {
            unloaded = session.unload_hook();
            Some(Kind::Session(session))
        }
        kind => Some(kind),
    };
    drop(guard);
    // What may run foreign code or take locks is dropped after unlocking.
    drop(rest);
    drop(record);
    core().table.free(slot);
    if let Some(hook) = unloaded {
        hook();
    }
    if let Some(parent) = parent {
        child_gone(parent);
    }
}

/// A handle that was made from the one in this slot is gone: where that is waited for, HANDLE_CLOSING may be due. By then
/// the slot may be another handle's, which such a look does nothing to.
pub(crate) fn child_gone(parent: &'static Slot) {
    if parent.child_gone() {
        finish(parent, parent.lock());
    }
}

/// What the unload event needs to be signalled.
pub(crate) type UnloadHook = Arc<dyn Fn() + Send + Sync>;
