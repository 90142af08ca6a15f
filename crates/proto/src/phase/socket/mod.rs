//! An upgraded connection: a WebSocket until its handle is closed.
//!
//! ```text
//!   write lane   Send -> frame out                     Shutdown -> close frame out
//!                Close -> close frame out (unless Shutdown sent it), server's close frame in
//!   read lane    Receive -> a frame at its end, a full buffer, or the server's close frame
//! ```
//!
//! Both halves go on by themselves: pings are answered and keep-alive pings sent while no call is outstanding. What
//! breaks is told to nobody before a call owes (contract: notifications R3).

mod down;
mod keys;
mod up;

use winhttp_abi as abi;

use self::down::{Down, Got, Room};
use self::up::Up;
use super::{Context, Step};
use crate::clock::{Moment, Patience, Present};
use crate::owed::Owed;
use crate::says::Says;
use crate::websocket::{Close, Message};
use crate::{Action, Api, CallId, Event, Failure, Lane, Notification, Outgoing, Refusal, Side, Want};

/// The options of a WebSocket handle, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketTerms {
    /// `WINHTTP_OPTION_WEB_SOCKET_CLOSE_TIMEOUT`: how long WinHttpWebSocketClose waits; 10 s by default.
    pub close_timeout: u32,
    /// `WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL`; 30 s by default.
    pub keep_alive: u32,
}

impl Default for SocketTerms {
    fn default() -> Self {
        SocketTerms { close_timeout: 10_000, keep_alive: 30_000 }
    }
}

/// A call on a WebSocket handle.
#[derive(Clone, Copy, Debug)]
pub enum SocketCommand<'a> {
    /// WinHttpWebSocketSend.
    Send {
        /// `WINHTTP_WEB_SOCKET_BUFFER_TYPE`.
        buffer_type: u32,
        /// Bytes.
        length: u32,
    },
    /// WinHttpWebSocketReceive into so many bytes.
    Receive(u32),
    /// WinHttpWebSocketShutdown.
    Shutdown(Close<'a>),
    /// WinHttpWebSocketClose.
    Close(Close<'a>),
}

impl SocketCommand<'_> {
    /// The call.
    pub fn api(&self) -> Api {
        match self {
            SocketCommand::Send { .. } => Api::WebSocketSend,
            SocketCommand::Receive(_) => Api::WebSocketReceive,
            SocketCommand::Shutdown(_) => Api::WebSocketShutdown,
            SocketCommand::Close(_) => Api::WebSocketClose,
        }
    }
}

/// A WebSocket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) terms: SocketTerms,
    up: Up,
    down: Down,
    /// The buffer type of the Send that is under way.
    sending: u32,
    /// WinHttpWebSocketClose was called.
    closing: bool,
    /// The connection cannot be used any more.
    broken: Option<Failure>,
    /// The connection has been given up.
    gone: bool,
    patience: Patience,
    beat: Patience,
}

impl Socket {
    /// `secret` is 32 bytes that nobody can guess.
    pub(crate) fn enter(secret: [u8; 32]) -> Self {
        Socket {
            terms: SocketTerms::default(),
            up: Up::new(secret),
            down: Down::default(),
            sending: 0,
            closing: false,
            broken: None,
            gone: false,
            patience: Patience::default(),
            beat: Patience::default(),
        }
    }

    /// Takes a call, or says why it is illegal.
    ///
    /// contract: notifications R9, a second call of the same side, a send or shutdown after the close frame, a receive
    /// after the server's: `ERROR_INVALID_OPERATION`; a change of type inside a message: `ERROR_INVALID_PARAMETER`
    pub(crate) fn command(
        &mut self,
        command: SocketCommand<'_>,
        call: CallId,
        owed: &mut Owed,
        says: &mut Says,
    ) -> Result<(), Refusal> {
        let api = command.api();
        let busy = owed.lane(api.lane()).is_some();
        let length = match command {
            SocketCommand::Send { buffer_type, length } => {
                Message::of(buffer_type).map_err(Refusal)?;
                if busy {
                    return Err(Refusal::INVALID_OPERATION);
                }
                self.up.send(buffer_type, length).map_err(Refusal)?;
                self.sending = buffer_type;
                length
            }
            SocketCommand::Receive(length) => {
                if busy || self.closing || self.down.heard {
                    return Err(Refusal::INVALID_OPERATION);
                }
                self.down.begin();
                length
            }
            SocketCommand::Shutdown(close) => {
                if busy {
                    return Err(Refusal::INVALID_OPERATION);
                }
                self.up.close(close).map_err(Refusal)?;
                0
            }
            SocketCommand::Close(close) => {
                if busy || self.closing {
                    return Err(Refusal::INVALID_OPERATION);
                }
                if !self.up.outbound.is_closed() {
                    self.up.close(close).map_err(Refusal)?;
                }
                self.closing = true;
                self.patience.renew();
                // contract: notifications S6.2, a pending receive ends inside the call of Close
                fail(owed, says, Lane::Read, Failure::CANCELLED, Some(call));
                self.down.skip();
                0
            }
        };
        owed.open(api, call, length);
        Ok(())
    }

    /// The server's close frame, once a call has met it.
    pub(crate) fn close_status(&self) -> Option<Close<'_>> {
        self.down.inbound.close().filter(|_| self.down.heard)
    }

    /// Queues what is owed and has become known. True when something was.
    pub(crate) fn settle(&mut self, owed: &mut Owed, says: &mut Says) -> bool {
        let write = self.settle_write(owed, says);
        let read = self.settle_read(owed, says);
        write || read
    }

    fn settle_write(&mut self, owed: &mut Owed, says: &mut Says) -> bool {
        let Some(debt) = owed.write.filter(|debt| !debt.paid) else { return false };
        let lost = self.broken.or(self.up.dead);
        let (done, lost) = match debt.api {
            Api::WebSocketSend => (debt.finished, lost),
            Api::WebSocketShutdown => (self.up.said_close(), lost),
            // With the server's close frame at hand, what happens to ours does not matter any more. Without it, it may
            // still be among what was received before the connection broke.
            _ => (self.down.closed && (self.up.said_close() || lost.is_some() || self.gone), self.broken),
        };
        let what = match (done, lost) {
            (true, _) => match debt.api {
                Api::WebSocketSend => {
                    Notification::WebSocketSent { bytes: debt.length, buffer_type: self.sending }
                }
                Api::WebSocketShutdown => Notification::ShutdownComplete,
                _ => Notification::CloseComplete,
            },
            (false, Some(failure)) => Notification::RequestError { api: debt.api, error: failure.0 },
            (false, None) => return false,
        };
        pay(owed, says, Lane::Write, what, None);
        true
    }

    fn settle_read(&mut self, owed: &mut Owed, says: &mut Says) -> bool {
        if !receives(owed) {
            return false;
        }
        let what = match (self.down.take_got(), self.broken) {
            (Some(Got { bytes, buffer_type }), _) => Notification::WebSocketReceived { bytes, buffer_type },
            (None, Some(failure)) => {
                Notification::RequestError { api: Api::WebSocketReceive, error: failure.0 }
            }
            (None, None) => return false,
        };
        pay(owed, says, Lane::Read, what, None);
        true
    }

    /// The connection is of no use any more.
    fn lose(&mut self, failure: Failure) {
        if !self.down.closed {
            self.broken.get_or_insert(failure);
        }
        self.up.broke(failure);
    }

    pub(crate) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        if self.gone {
            return Step::Wait(None);
        }
        let waits = cx.owed.waits(Api::WebSocketClose).is_some();
        let mut deadline = None;
        // Not only for the server's close frame: one that reads nothing may keep ours from going out.
        if waits && self.broken.is_none() && self.up.dead.is_none() {
            match self.patience.deadline(now, self.terms.close_timeout) {
                Ok(end) => deadline = end,
                Err(_) => self.lose(Failure::TIMEOUT),
            }
        }
        if !self.up.outbound.is_closed() && self.broken.is_none() {
            match self.beat.deadline(now, self.terms.keep_alive) {
                Ok(end) => deadline = Moment::earlier(deadline, end),
                Err(_) => {
                    self.beat.renew();
                    self.up.ping();
                    return Step::Again;
                }
            }
        }
        let wants = self.up.wants(cx.out);
        if wants && !self.up.blocked {
            return Step::Act(Action::Write);
        }
        // RFC 6455 section 7.1.1: with both close frames exchanged the connection has served.
        let served = self.down.closed && (self.up.said_close() || self.up.dead.is_some());
        if served || self.broken.is_some() {
            self.gone = true;
            return Step::Hang;
        }
        if self.down.listens(receives(cx.owed)) {
            return Step::Act(Action::Read);
        }
        Step::Wait(deadline)
    }

    pub(crate) fn event(&mut self, event: Event, cx: &mut Context<'_>) -> Step {
        match event {
            Event::Wrote(bytes) => {
                if self.up.wrote(bytes, cx.out)
                    && let Some(debt) = cx.owed.waits(Api::WebSocketSend)
                {
                    debt.finished = true;
                }
            }
            Event::Blocked(Side::Write) => self.up.blocked = true,
            Event::Blocked(Side::Read) => self.down.blocked = true,
            Event::Ready => {
                self.up.blocked = false;
                self.down.blocked = false;
            }
            // What came in before is still read.
            Event::Broke(Side::Write, failure) => {
                self.up.broke(failure);
                self.down.blocked = false;
            }
            Event::Broke(Side::Read, failure) | Event::Failed(failure) => self.lose(failure),
            // RFC 6455 section 7.1.5: an end without a close frame is none.
            Event::EndOfStream => self.lose(Failure::CONNECTION_ERROR),
            _ => {}
        }
        Step::Again
    }

    /// What the next read is for, when `buffered` bytes wait in the wire.
    pub(crate) fn want(&self, cx: &mut Context<'_>, buffered: usize) -> Want {
        self.down.want(receives(cx.owed), buffered)
    }

    /// Takes from `input` what it can, into `out` where the application's buffer is; says how much it took.
    pub(crate) fn feed(&mut self, input: &[u8], out: &mut [u8], cx: &mut Context<'_>) -> (usize, Step) {
        let debt = cx.owed.waits(Api::WebSocketReceive);
        let room = debt.map(|debt| Room { buffer: out, done: &mut debt.done });
        let Socket { up, down, .. } = self;
        let (taken, fault) = down.feed(input, room, |payload| up.answer_ping(payload));
        if let Err(violation) = fault {
            // RFC 6455 section 7.1.7: the connection is failed, and the close frame says why.
            up.fail(violation.close_status());
            self.broken = Some(Failure::INVALID_RESPONSE);
        }
        (taken, Step::Again)
    }

    /// Takes the next part of the application's bytes, before a write.
    pub(crate) fn stage(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.up.stage(payload, out);
    }

    pub(crate) fn outgoing<'a>(&self, out: &'a [u8]) -> Outgoing<'a> {
        self.up.outgoing(out)
    }
}

fn receives(owed: &Owed) -> bool {
    matches!(owed.read, Some(debt) if debt.api == Api::WebSocketReceive && !debt.paid)
}

/// The `WINHTTP_WEB_SOCKET_OPERATION` of a call; `None` where it is not one of a WebSocket.
pub(crate) fn operation(api: Api) -> Option<u32> {
    Some(match api {
        Api::WebSocketSend => abi::WINHTTP_WEB_SOCKET_SEND_OPERATION,
        Api::WebSocketReceive => abi::WINHTTP_WEB_SOCKET_RECEIVE_OPERATION,
        Api::WebSocketClose => abi::WINHTTP_WEB_SOCKET_CLOSE_OPERATION,
        Api::WebSocketShutdown => abi::WINHTTP_WEB_SOCKET_SHUTDOWN_OPERATION,
        _ => return None,
    })
}

/// Settles a lane; `inside` is the call that brings it about, where it is another one.
fn pay(owed: &mut Owed, says: &mut Says, lane: Lane, what: Notification, inside: Option<CallId>) {
    if let Some(debt) = owed.lane(lane).as_mut() {
        debt.paid = true;
        says.settle(what, inside.unwrap_or(debt.call), lane);
    }
}

fn fail(owed: &mut Owed, says: &mut Says, lane: Lane, failure: Failure, inside: Option<CallId>) {
    if let Some(debt) = owed.lane(lane).filter(|debt| !debt.paid) {
        pay(owed, says, lane, Notification::RequestError { api: debt.api, error: failure.0 }, inside);
    }
}
