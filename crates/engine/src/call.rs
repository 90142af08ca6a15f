//! Calls of the application on a request: command, loan, drive, answer.

use winhttp_abi as abi;
use winhttp_proto::{CallId, Command, Refusal};

use crate::core::core;
use crate::drive::{self, Call, Seat};
use crate::park::Wake;
use crate::request::Request;
use crate::slot::{Guard, Slot};
use crate::{Error, Loan};

/// How an accepted call has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Synchronous mode: it is done, with this count.
    Done(u32),
    /// Asynchronous mode: its completion was told, or passed over by the mask, inside the call.
    Inline,
    /// Asynchronous mode: its completion comes later.
    Pending,
}

/// A call of the application: command, loan, drive, answer.
#[inline]
pub(crate) fn call(
    slot: &'static Slot,
    mut guard: Guard,
    command: Command,
    loan: Option<Loan>,
    out: Option<&mut dyn FnMut(u32)>,
) -> Result<Completion, Error> {
    let Some(request) = guard.request() else { return Err(Error::INCORRECT_TYPE) };
    if !request.asynchronous() {
        return call_and_wait(slot, guard, command, loan, out);
    }
    let id = request.begin_call(command, loan)?;
    let mut call = Call::new(id, out);
    drive::drive(slot, guard, &mut Seat::Caller, Some(&mut call));
    Ok(if call.told { Completion::Inline } else { Completion::Pending })
}

/// The same in synchronous mode.
#[inline(never)]
pub(crate) fn call_and_wait(
    slot: &'static Slot,
    mut guard: Guard,
    command: Command,
    loan: Option<Loan>,
    out: Option<&mut dyn FnMut(u32)>,
) -> Result<Completion, Error> {
    let Some(request) = guard.request() else { return Err(Error::INCORRECT_TYPE) };
    if request.sync.is_some() {
        // Another synchronous call is inside, on this thread or another one.
        return Err(Error::INCORRECT_STATE);
    }
    let wake = Wake::mine().map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    let id = request.begin_call(command, loan)?;
    let mut call = Call::new(id, out);
    request.sync = Some(wake);
    request.inside = Some(id);
    drive::drive(slot, guard, &mut Seat::Sync, Some(&mut call));
    if !call.left {
        leave_sync(slot, id);
    }
    match call.answer {
        Some(Ok(count)) => Ok(Completion::Done(count)),
        Some(Err(error)) => Err(Error(error)),
        None => Err(Error(abi::ERROR_WINHTTP_OPERATION_CANCELLED)),
    }
}

impl Request {
    /// The synchronous call that is inside leaves.
    pub(crate) fn leave(&mut self) {
        self.inside = None;
        if let Some(wake) = self.sync.take() {
            Wake::keep(wake);
        }
    }

    /// The call is taken, with its buffer. One that fails at once owes nothing and borrows nothing.
    #[inline]
    fn begin_call(&mut self, command: Command, loan: Option<Loan>) -> Result<CallId, Error> {
        let id = self.next_call();
        self.exchange.command(command, id).map_err(|Refusal(error)| Error(error))?;
        if let Some(loan) = loan
            && let Some(lane) = command.lane()
            && self.exchange.owes(lane)
        {
            *self.loan(lane) = Some(loan);
        }
        Ok(id)
    }
}

/// SendRequest of asynchronous mode: nothing is told before it has returned.
pub(crate) fn call_send(slot: &'static Slot, mut guard: Guard) -> Result<Completion, Error> {
    let Some(request) = guard.request() else { return Err(Error::INCORRECT_TYPE) };
    let id = request.begin_call(Command::Send, None)?;
    if drive::at_rest(slot, &guard) && core().reactor.claim(slot) {
        guard.door.again = false;
        drop(guard);
        core().reactor.enqueue(slot);
        return Ok(Completion::Pending);
    }
    let Some(request) = guard.request() else { return Err(Error::INCORRECT_TYPE) };
    request.inside = Some(id);
    drive::drive(slot, guard, &mut Seat::Caller, Some(&mut Call::new(id, None)));
    leave_send(slot, id);
    Ok(Completion::Pending)
}

/// The synchronous call leaves without its answer; a handle that was closed meanwhile has been finished by the drive
/// itself. By then another request may live in the slot, with a synchronous call of its own: numbers of calls tell them
/// apart.
fn leave_sync(slot: &'static Slot, id: CallId) {
    let mut guard = slot.lock();
    let Some(request) = guard.request().filter(|request| request.inside == Some(id)) else { return };
    request.leave();
    if request.exchange.closing() {
        drive::drive(slot, guard, &mut Seat::Caller, None);
    }
}

/// SendRequest leaves: what its own presence held back is looked at again. Another request may live in the slot by now.
fn leave_send(slot: &'static Slot, id: CallId) {
    let mut guard = slot.lock();
    let Some((door, request)) = guard.door_and_request() else { return };
    if request.inside != Some(id) {
        return;
    }
    request.inside = None;
    if door.again && door.frames == 0 {
        door.again = false;
        drop(guard);
        core().reactor.post(slot);
    }
}
