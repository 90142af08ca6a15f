//! Delivery: who may say a notification, and when. The only place where an application's callback is called.
//!
//! * Nothing begins while an informational callback of the request runs on another thread.
//! * While a completion callback runs, a worker may do but not say; an API call may say what it brings about itself.
//! * HANDLE_CLOSING begins when no callback of the handle runs and its children are gone, and nothing follows it.
//! * No lock is held during a callback.

use std::cell::Cell;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_proto::{CallId, Command, Lane, Notification, Say};

use crate::core::{core, me};
use crate::drive::{self, Call, Seat};
use crate::slot::{Guard, Kind, Slot};
use crate::sync::thread_local;
use crate::{Error, Handle, Loan, Notice, Payload, Target};

/// Callbacks of one request on one thread's stack (contract: notifications R5, three deep since Windows 7).
const NESTED: usize = 3;
/// Callbacks of all requests on one thread's stack.
const NESTED_ALL: usize = 32;

/// The slots whose callbacks are on this thread's stack; of more than [`NESTED_ALL`] only the number.
struct Stack {
    depth: Cell<usize>,
    slots: [Cell<usize>; NESTED_ALL],
}

thread_local! {
    static STACK: Stack =
        const { Stack { depth: Cell::new(0), slots: [const { Cell::new(0) }; NESTED_ALL] } };
}

fn too_deep(slot: &Slot) -> bool {
    STACK
        .try_with(|stack| {
            let depth = stack.depth.get();
            // Fewer than NESTED callbacks cannot be too many of one request.
            depth >= NESTED
                && stack.slots.get(..depth).is_none_or(|slots| {
                    depth == NESTED_ALL
                        || slots.iter().filter(|index| index.get() == slot.index).count() >= NESTED
                })
        })
        .unwrap_or(false)
}

/// A callback on this thread's stack.
struct Depth;

impl Depth {
    fn enter(slot: &Slot) -> Depth {
        let _ = STACK.try_with(|stack| {
            let depth = stack.depth.get();
            if let Some(place) = stack.slots.get(depth) {
                place.set(slot.index);
            }
            stack.depth.set(depth + 1);
        });
        Depth
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        let _ = STACK.try_with(|stack| stack.depth.set(stack.depth.get().saturating_sub(1)));
    }
}

/// What came of an attempt to say the front of the queue.
pub(crate) enum Delivered {
    Said(Guard),
    /// HANDLE_CLOSING was said: there is nothing left.
    Gone,
    /// Not now: a frame that is out comes back and looks.
    Later(Guard),
    /// Not on this thread.
    Elsewhere(Guard),
}

/// Says the front of the queue, if this thread may, now.
pub(crate) fn deliver(
    slot: &'static Slot,
    mut guard: Guard,
    seat: &Seat,
    call: Option<&mut Call<'_>>,
) -> Delivered {
    let Some((door, request)) = guard.door_and_request() else { return Delivered::Gone };
    let Some(front) = request.exchange.front() else { return Delivered::Said(guard) };
    let closes = front.what == Notification::HandleClosing;
    let own = call.as_ref().is_some_and(|call| call.id == front.call);

    // A synchronous call does not hear of its own end: it is the answer.
    let synchronous = request.exchange.mode() == winhttp_proto::Mode::Synchronous;
    if synchronous && front.settles.is_some() {
        let say = request.exchange.take(false);
        if let Some((say, call)) = say.zip(call) {
            request.end_loan(&say);
            call.answer = Some(answer(&say));
        }
        return Delivered::Said(guard);
    }
    if matches!(seat, Seat::Reactor { .. }) && door.frames > 0 {
        return Delivered::Later(guard);
    }
    if closes {
        if door.frames > 0 || door.children > 0 || (request.sync.is_some() && !matches!(seat, Seat::Sync)) {
            return Delivered::Later(guard);
        }
    } else if request.exchange.closing() {
        // The errors of a close never nest and never overlap.
        if door.frames > 0 {
            return Delivered::Later(guard);
        }
    } else if matches!(seat, Seat::Caller) && !own {
        return Delivered::Elsewhere(guard);
    } else if front.settles == Some(Lane::Write) && request.inside == Some(front.call) {
        // contract: clients HERE, SENDREQUEST_COMPLETE never comes before SendRequest has returned
        return Delivered::Later(guard);
    } else if !matches!(seat, Seat::Sync) && too_deep(slot) {
        // A synchronous call says everything itself, however deep.
        return Delivered::Elsewhere(guard);
    }

    // Commit, under the lock: callback, mask and context are those of this moment.
    let target = door.record.admits(front.what.status());
    let context = door.record.context;
    let Some(say) = request.exchange.take(target.is_some()) else { return Delivered::Said(guard) };
    let informational = say.informational();
    let loan = request.end_loan(&say);
    let address = match say.what {
        Notification::SendRequestComplete(length) if length > 0 => {
            request.optional.as_ref().map_or(0, Loan::address)
        }
        _ => loan.as_ref().map_or(0, Loan::address),
    };
    if own
        && !informational
        && let Some(call) = call
    {
        call.told = true;
    }
    if closes {
        door.sealed = true;
    }
    let handle = guard.handle(slot);
    let door = &mut guard.door;
    if let Some(target) = target {
        let before = door.holder;
        if informational {
            door.holder = Some(me());
        }
        door.frames += 1;
        drop(guard);
        let panicked = say_it(slot, &target, handle, context, &say, address, loan);
        drop(target);
        guard = slot.lock();
        let door = &mut guard.door;
        door.frames -= 1;
        if informational {
            door.holder = before;
            if let Some(request) = guard.request() {
                request.exchange.told();
            }
        }
        if panicked && let Some(request) = guard.request() {
            // A closure that panics has no more use for its request; the thread and the others go on.
            request.abandon();
        }
    }
    if closes {
        vacate(slot, guard);
        return Delivered::Gone;
    }
    Delivered::Said(guard)
}

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

/// Calls. True when a Rust closure panicked.
fn say_it(
    slot: &'static Slot,
    target: &Target,
    handle: Handle,
    context: usize,
    say: &Say,
    address: usize,
    loan: Option<Loan>,
) -> bool {
    let _depth = Depth::enter(slot);
    let _frame = core().reactor.enter_callback();
    let mut text = AddressText { bytes: [0; 46] };
    let payload = match &say.what {
        Notification::ResolvingName(name) => Payload::Text(name),
        Notification::Redirect(url) => Payload::Text(url),
        Notification::NameResolved(address)
        | Notification::ConnectingToServer(address)
        | Notification::ConnectedToServer(address) => Payload::Text(text.write(*address)),
        Notification::RequestSent(number)
        | Notification::ResponseReceived(number)
        | Notification::SecureFailure(number)
        | Notification::DataAvailable(number)
        | Notification::WriteComplete(number) => Payload::Number(*number),
        Notification::IntermediateResponse(code) => Payload::Number(u32::from(*code)),
        Notification::HandleClosing => Payload::Handle(handle),
        Notification::ReadComplete(length) => {
            Payload::Buffer { address, length: *length, owned: loan.and_then(Loan::into_owned) }
        }
        // contract: evidence Q5, the optional data and its length when there was a body, NULL and 0 otherwise
        Notification::SendRequestComplete(0) => Payload::None,
        Notification::SendRequestComplete(length) => {
            Payload::Buffer { address, length: *length, owned: None }
        }
        Notification::RequestError { api, error } => Payload::AsyncResult { api: *api as u32, error: *error },
        Notification::SendingRequest
        | Notification::ReceivingResponse
        | Notification::ClosingConnection
        | Notification::ConnectionClosed
        | Notification::HeadersAvailable => Payload::None,
    };
    call_target(target, Notice { handle, context, status: say.what.status(), payload })
}

/// True when a Rust closure panicked. A C callback is called bare: what it throws is its own.
fn call_target(target: &Target, notice: Notice<'_>) -> bool {
    match target {
        Target::Plain(..) => {
            target.notify(notice);
            false
        }
        Target::Shared(_) => catch_unwind(AssertUnwindSafe(|| target.notify(notice))).is_err(),
    }
}

/// An address as text, on the stack.
struct AddressText {
    bytes: [u8; 46],
}

impl AddressText {
    fn write(&mut self, address: IpAddr) -> &str {
        use std::io::Write as _;
        let mut room = &mut self.bytes[..];
        // The longest text of an address has 45 characters.
        let _ = write!(room, "{address}");
        let length = 46 - room.len();
        std::str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }
}

/// Says what is about the handle alone: created, closing.
fn tell_handle(slot: &'static Slot, target: Target, handle: Handle, context: usize, status: u32) {
    let _depth = Depth::enter(slot);
    let _frame = core().reactor.enter_callback();
    call_target(&target, Notice { handle, context, status, payload: Payload::Handle(handle) });
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
        Kind::Request(_) => drive::drive(slot, guard, &mut Seat::Caller, None),
        _ => finish(slot, guard),
    }
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
    let core = core();
    let slot = core.table.slot(handle).ok_or(Error::INVALID_HANDLE)?;
    let mut guard = slot.enter(handle).ok_or(Error::INVALID_HANDLE)?;
    guard.live = false;
    match &mut guard.kind {
        Kind::Request(request) => {
            let id = request.next_call();
            // Closing is never refused.
            let _ = request.exchange.command(Command::Close, id);
            request.end_all_loans();
            request.gone();
            if let Some(wake) = &request.sync {
                wake.wake();
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
    if door.frames > 0 || door.children > 0 {
        door.again = true;
        return;
    }
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
fn vacate(slot: &'static Slot, mut guard: Guard) {
    let parent = guard.door.parent.take();
    let kind = std::mem::take(&mut guard.kind);
    let record = std::mem::take(&mut guard.door.record);
    let mut unloaded = None;
    let rest = match kind {
        Kind::Request(mut request) => {
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

pub(crate) fn child_gone(parent: &'static Slot) {
    let mut guard = parent.lock();
    guard.door.children = guard.door.children.saturating_sub(1);
    if guard.door.children == 0 && guard.door.closing {
        finish(parent, guard);
    }
}

/// What the unload event needs to be signalled.
pub(crate) type UnloadHook = Arc<dyn Fn() + Send + Sync>;
