//! WebSocket handles: the upgrade, and the calls on what comes of it.
//!
//! A WebSocket lives in a slot of its own, as a request does, and is driven in the same way. It differs in two things:
//! the reactor watches it in synchronous mode too, since pings come and go while no call is inside; and in synchronous
//! mode a send and a receive may be inside at the same time, on two threads, each waiting for the answer of its lane.

use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_proto::websocket::{Close, Key, outbound_close};
use winhttp_proto::{Lane, Mode, Notification, SocketCommand, SocketTerms};

use crate::core::{core, enter_as};
use crate::deliver;
use crate::drive::{self, Call, Seat};
use crate::handle::Table;
use crate::park::{self, Wake};
use crate::request::{self, Completion, Request};
use crate::slot::{Guard, Kind, Slot};
use crate::sync::atomic::Ordering;
use crate::wire::Wire;
use crate::{Error, Handle, Loan, option};

/// Synchronous calls that are inside, one for each lane.
#[derive(Default)]
pub(crate) struct Waiting {
    lanes: [Option<Waiter>; 2],
}

struct Waiter {
    wake: Arc<Wake>,
    answer: Option<Notification>,
}

impl Waiting {
    /// Whether a call has not returned.
    pub(crate) fn occupied(&self) -> bool {
        self.lanes.iter().any(Option::is_some)
    }

    /// A lane is settled. `own` when a call of this thread has brought it about; an error may be that of another call,
    /// which waits elsewhere.
    pub(crate) fn answer(&mut self, lane: Lane, what: Notification, own: bool) {
        let Some(waiter) = &mut self.lanes[lane as usize] else { return };
        let wake = !own || matches!(what, Notification::RequestError { .. });
        waiter.answer = Some(what);
        if wake {
            waiter.wake.wake();
        }
    }

    fn enter(&mut self, lane: Lane, wake: Arc<Wake>) {
        self.lanes[lane as usize] = Some(Waiter { wake, answer: None });
    }

    /// The answer, and with it the call is not inside any more.
    fn leave(&mut self, lane: Lane) -> Option<Notification> {
        let waiter = &mut self.lanes[lane as usize];
        let answer = waiter.as_mut()?.answer.take()?;
        *waiter = None;
        Some(answer)
    }
}

impl Request {
    /// Whether a synchronous call is inside: HANDLE_CLOSING does not come before it has returned.
    pub(crate) fn occupied(&self) -> bool {
        self.sync.is_some() || self.waiting.as_ref().is_some_and(|waiting| waiting.occupied())
    }
}

/// Turns a request into a WebSocket handshake (`WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET`).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`.
pub fn ask(request: Handle) -> Result<(), Error> {
    let (_, mut guard) = request::enter(request)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    request.exchange.plan.upgrade = true;
    Ok(())
}

/// Puts the lines of a handshake among the request's headers, with a new key.
///
/// contract: api-behaviour section 27a, the generated headers are visible after the send, and a second send has a new key
pub(crate) fn prepare(request: &mut Request) -> Result<(), Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    let key = Key::new(random);
    let mut lines = Vec::new();
    key.lines(&mut lines);
    let flags = abi::WINHTTP_ADDREQ_FLAG_ADD | abi::WINHTTP_ADDREQ_FLAG_REPLACE;
    request.exchange.plan.headers.apply(&lines, flags).map_err(Error)?;
    request.key_sent = Some(Box::new(key));
    Ok(())
}

/// Completes the upgrade: the connection moves to a new handle (contract: WinHttpWebSocketCompleteUpgrade).
/// HANDLE_CREATED is told before this returns. Callback and mask are the request's, the context is `context`; the request
/// may be closed at once, or sent again.
///
/// # Errors
/// * `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`
/// * `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before ReceiveResponse is complete
/// * `ERROR_INVALID_OPERATION` when the server did not agree to an upgrade (contract: evidence L1)
/// * `ERROR_WINHTTP_INVALID_SERVER_RESPONSE` when its agreement does not fit the key
/// * `ERROR_NOT_ENOUGH_MEMORY`
pub fn complete_upgrade(request: Handle, context: usize) -> Result<Handle, Error> {
    let core = core();
    let (from, mut guard) = request::enter(request)?;
    let parent = guard.door.parent;
    let mut record = guard.door.record.clone();
    let Some((door, request)) = guard.door_and_request() else { return Err(Error::INCORRECT_TYPE) };
    let mode = request.exchange.mode();
    let peer = request.peer.clone().ok_or(Error::INCORRECT_STATE)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    core.reactor.start().map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    request.exchange.upgrade(request.key_sent.as_deref())?;
    let mut wire = request.wire.take().ok_or(Error::INCORRECT_STATE)?;
    request.ends = wire.ends();
    let permit = request.permit.take();
    request.key_sent = None;
    // The request's HANDLE_CLOSING waits, and so its session's slot stays what it is until the socket counts as a child.
    door.frames += 1;
    drop(guard);

    let made = make(&mut wire, parent).map(|(slot, session)| {
        let mut guard = slot.lock();
        let mut socket = guard.spare.take().unwrap_or_default();
        socket.exchange.open_socket(mode, secret);
        socket.peer = Some(peer.clone());
        socket.count();
        wire.cell.own(Some(Table::upcoming(slot, &guard)));
        socket.wire = Some(wire);
        socket.permit = permit;
        record.context = context;
        let handle = slot.occupy(&mut guard, Kind::Socket(socket), record, session);
        (slot, guard, handle)
    });
    let made = made.map(|(slot, mut guard, handle)| {
        if peer.session.cancelled.load(Ordering::SeqCst)
            && let Some(socket) = guard.driven()
        {
            socket.cancel();
        }
        deliver::created(slot, guard);
        // What came in with the reply, or while the connection changed hands, has no event of its own.
        core.reactor.post(slot);
        handle
    });
    leave(from);
    made
}

/// A slot for the socket, and the session's, which counts it as a child: the connect handle and the request may be gone
/// before it (contract: notifications S6.1).
fn make(
    wire: &mut Wire,
    connect: Option<&'static Slot>,
) -> Result<(&'static Slot, Option<&'static Slot>), Error> {
    wire.watch().map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    let slot = core().table.vacant().ok_or(Error::NOT_ENOUGH_MEMORY)?;
    let session = connect.and_then(|connect| connect.lock().door.parent);
    if let Some(session) = session {
        session.lock().door.made += 1;
    }
    Ok((slot, session))
}

/// CompleteUpgrade has done with the request: what waited for it goes on.
fn leave(slot: &'static Slot) {
    let mut guard = slot.lock();
    guard.door.frames -= 1;
    if guard.door.frames == 0 && guard.door.again {
        drive::drive(slot, guard, &mut Seat::Caller, None);
    }
}

fn enter(handle: Handle) -> Result<(&'static Slot, Guard), Error> {
    enter_as(handle, |kind| matches!(kind, Kind::Socket(_)))
}

/// Whether the calls on a WebSocket complete by notification.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`.
pub fn asynchronous(handle: Handle) -> Result<bool, Error> {
    let (_, mut guard) = enter(handle)?;
    Ok(guard.driven().is_some_and(|socket| socket.asynchronous()))
}

/// What a receive got: bytes in the buffer, and `WINHTTP_WEB_SOCKET_BUFFER_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes in the buffer.
    pub bytes: u32,
    /// `WINHTTP_WEB_SOCKET_BUFFER_TYPE`.
    pub buffer_type: u32,
}

/// Sends a message or a part of one (contract: WinHttpWebSocketSend). It completes inside the call when the connection
/// takes all of it.
///
/// # Errors
/// * `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`
/// * `ERROR_INVALID_PARAMETER`: not a type that can be sent, or not that of the open message; a buffer of 4 GiB
/// * `ERROR_INVALID_OPERATION`: a send, shutdown or close is pending, or a close frame was sent
/// * in synchronous mode what the connection met
pub fn send(handle: Handle, buffer_type: u32, loan: Loan) -> Result<Completion, Error> {
    let length = u32::try_from(loan.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    match call(handle, SocketCommand::Send { buffer_type, length }, Some(loan))? {
        Outcome::Answer(Notification::WebSocketSent { bytes, .. }) => Ok(Completion::Done(bytes)),
        outcome => outcome.completion(),
    }
}

/// Receives: until the buffer is full, a frame ends, or the server closes (contract: WinHttpWebSocketReceive).
/// The second part of the answer is there in synchronous mode only.
///
/// # Errors
/// As [`send`]; `ERROR_INVALID_PARAMETER` for an empty buffer; `ERROR_INVALID_OPERATION` while a receive is pending, and
/// after the server's close frame or [`close`].
pub fn receive(handle: Handle, loan: Loan) -> Result<(Completion, Option<Received>), Error> {
    let length = u32::try_from(loan.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    if length == 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    match call(handle, SocketCommand::Receive(length), Some(loan))? {
        Outcome::Answer(Notification::WebSocketReceived { bytes, buffer_type }) => {
            Ok((Completion::Done(bytes), Some(Received { bytes, buffer_type })))
        }
        outcome => Ok((outcome.completion()?, None)),
    }
}

/// Sends the close frame and goes on receiving (contract: WinHttpWebSocketShutdown).
///
/// # Errors
/// As [`send`]; `ERROR_INVALID_PARAMETER` for a reason above 123 bytes or a status that never stands in a frame.
pub fn shutdown(handle: Handle, status: u16, reason: &[u8]) -> Result<Completion, Error> {
    outbound_close(status, reason.len()).map_err(Error)?;
    call(handle, SocketCommand::Shutdown(Close { status, reason }), None)?.completion()
}

/// Closes the connection: sends the close frame if [`shutdown`] has not, and waits for the server's. A pending receive
/// ends with `ERROR_WINHTTP_OPERATION_CANCELLED` inside the call (contract: WinHttpWebSocketClose).
///
/// # Errors
/// As [`shutdown`]; in synchronous mode `ERROR_WINHTTP_TIMEOUT` when the server takes too long.
pub fn close(handle: Handle, status: u16, reason: &[u8]) -> Result<Completion, Error> {
    outbound_close(status, reason.len()).map_err(Error)?;
    call(handle, SocketCommand::Close(Close { status, reason }), None)?.completion()
}

/// Shows the server's close frame: status, 1005 where it had none, and reason. `show` is called under a lock and must
/// not call back.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_INVALID_OPERATION` before there was one
/// (contract: WinHttpWebSocketQueryCloseStatus).
pub fn close_status<R>(handle: Handle, show: impl FnOnce(u16, &[u8]) -> R) -> Result<R, Error> {
    let (_, mut guard) = enter(handle)?;
    let socket = guard.driven().ok_or(Error::INVALID_HANDLE)?;
    let close = socket.exchange.close_status().ok_or(Error(abi::ERROR_INVALID_OPERATION))?;
    Ok(show(close.status, close.reason))
}

/// Changes the options of a WebSocket. They count from the next wait on.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_INVALID_OPERATION` once the session is closed.
pub fn terms<R>(handle: Handle, change: impl FnOnce(&mut SocketTerms) -> R) -> Result<R, Error> {
    let (slot, mut guard) = enter(handle)?;
    let socket = guard.driven().ok_or(Error::INVALID_HANDLE)?;
    let terms = socket.exchange.socket_terms().ok_or(Error(abi::ERROR_INVALID_OPERATION))?;
    let before = *terms;
    let changed = change(terms);
    let other = *terms != before;
    drop(guard);
    if other {
        // A wait that is under way has another end now.
        core().reactor.post(slot);
    }
    Ok(changed)
}

/// An option of a WebSocket that is a number.
pub(crate) fn number(handle: Handle, id: u32) -> Result<u32, Error> {
    match id {
        abi::WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT => terms(handle, |terms| terms.close_timeout),
        _ => Err(option::INVALID_OPTION),
    }
}

pub(crate) fn set_number(handle: Handle, id: u32, value: u32) -> Result<(), Error> {
    match id {
        abi::WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT => terms(handle, |terms| terms.close_timeout = value),
        // contract: api-behaviour section 27b, 15 s are the least
        abi::WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL
            if value < abi::WINHTTP_WEB_SOCKET_MIN_KEEPALIVE_VALUE =>
        {
            Err(Error::INVALID_PARAMETER)
        }
        abi::WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL => terms(handle, |terms| terms.keep_alive = value),
        _ => Err(option::INVALID_OPTION),
    }
}

enum Outcome {
    Answer(Notification),
    Inline,
    Pending,
}

impl Outcome {
    fn completion(self) -> Result<Completion, Error> {
        match self {
            Outcome::Answer(Notification::RequestError { error, .. }) => Err(Error(error)),
            Outcome::Answer(_) => Ok(Completion::Done(0)),
            Outcome::Inline => Ok(Completion::Inline),
            Outcome::Pending => Ok(Completion::Pending),
        }
    }
}

/// A call of the application: command, loan, drive, answer.
fn call(handle: Handle, command: SocketCommand<'_>, loan: Option<Loan>) -> Result<Outcome, Error> {
    let (slot, mut guard) = enter(handle)?;
    let lane = command.api().lane();
    let socket = guard.driven().ok_or(Error::INVALID_HANDLE)?;
    let wake = match socket.exchange.mode() {
        Mode::Synchronous => Some(Wake::mine().map_err(|_| Error::NOT_ENOUGH_MEMORY)?),
        Mode::Asynchronous => None,
    };
    let id = socket.next_call();
    socket.exchange.socket(command, id)?;
    if loan.is_some() {
        *socket.loan(lane) = loan;
    }
    let mut call = Call { lane: Some(lane), ..Call::new(id, None) };
    let Some(wake) = wake else {
        drive::drive(slot, guard, &mut Seat::Caller, Some(&mut call));
        return Ok(if call.told { Outcome::Inline } else { Outcome::Pending });
    };
    socket.waiting.get_or_insert_default().enter(lane, wake.clone());
    drive::drive(slot, guard, &mut Seat::Caller, Some(&mut call));
    if core().reactor.leads() {
        // Inside a callback on the thread that polls: somebody else has to, while this one waits.
        core().reactor.post(slot);
    }
    loop {
        let mut guard = slot.lock();
        // While this call is inside, the slot is not given to another handle.
        let Some(socket) = guard.driven() else { return Err(Error::INVALID_HANDLE) };
        let answer = socket.waiting.as_mut().and_then(|waiting| waiting.leave(lane));
        let Some(answer) = answer else {
            drop(guard);
            park::wait(None, &wake, core().now(), None);
            continue;
        };
        if socket.exchange.closing() {
            drive::drive(slot, guard, &mut Seat::Caller, None);
        } else {
            drop(guard);
        }
        Wake::keep(wake);
        return Ok(Outcome::Answer(answer));
    }
}
