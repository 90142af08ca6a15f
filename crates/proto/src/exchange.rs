//! `Phase x Owed`: the one place where bytes and waiting calls meet.

use crate::clock::{Moment, Present};
use crate::message::Body;
use crate::owed::Owed;
use crate::phase::{Context, Drain, Lease, Leftover, Phase, Rest, Step};
use crate::refuse::{self, Verdict};
use crate::reply::Seal;
use crate::says::Says;
use crate::settle::Reception;
use crate::socket::SMALLEST_SEND_BUFFER;
use crate::{
    Action, Api, CallId, Command, Common, Event, Failure, Fate, Lane, Mode, Notification, Outgoing, Plan,
    Refusal, Reply, Say, Terms, Want,
};

/// What [`Exchange::poll`] asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Perform this and report an [`Event`]; until then the answer stays the same.
    Do(Action),
    /// Tell [`Exchange::front`]: [`Exchange::take`] it, call, and report [`Exchange::told`].
    Tell,
    /// Nothing before the moment, if there is one.
    Wait(Option<Moment>),
}

/// Whether the handle still works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    #[default]
    Open,
    /// The session is closed, or the application's closure has panicked: with this everything ends.
    Ended(Failure),
    /// The handle is being closed.
    Closing,
}

/// One request handle's conversation, from SendRequest to CloseHandle, as often as it is sent.
#[derive(Debug, Default)]
pub struct Exchange {
    /// The options in force: the session's, until one is set.
    pub terms: Common<Terms>,
    /// What is sent; changes take effect with the next leg.
    pub plan: Plan,
    /// What came back.
    pub reply: Reply,
    mode: Mode,
    pub(crate) life: Life,
    pub(crate) phase: Phase,
    pub(crate) owed: Owed,
    pub(crate) says: Says,
    out: Vec<u8>,
    held: u32,
    announced: bool,
    pub(crate) reception: Reception,
    release: Option<Fate>,
    leftover: Option<Box<Leftover>>,
    wired: bool,
    /// Why the last leg's connection was lost, for the calls that meet it.
    pub(crate) broken: Option<Failure>,
    /// A challenge waits for the application to send again (ERROR_WINHTTP_RESEND_REQUEST).
    pub(crate) resend: bool,
    /// The connection came from the pool.
    pub(crate) reused: bool,
    /// How often this send has gone once more.
    pub(crate) retried: u32,
}

macro_rules! context {
    ($exchange:expr) => {
        Context {
            terms: &$exchange.terms,
            plan: &mut $exchange.plan,
            reply: &mut $exchange.reply,
            owed: &mut $exchange.owed,
            says: &mut $exchange.says,
            out: &mut $exchange.out,
            announced: &mut $exchange.announced,
        }
    };
}

impl Exchange {
    /// An exchange at rest.
    pub fn new(mode: Mode) -> Self {
        Exchange { mode, ..Exchange::default() }
    }

    /// Begins with an exchange that is new or has been [`Exchange::reset`].
    #[inline]
    pub fn renew(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// Makes this a fresh exchange; buffers keep their room. The plan and the terms are the caller's to set.
    pub fn reset(&mut self, mode: Mode) {
        self.mode = mode;
        self.life = Life::Open;
        self.phase = Phase::Idle;
        self.owed = Owed::default();
        self.says.clear();
        self.out.clear();
        self.held = 0;
        self.announced = false;
        self.reception = Reception::Head;
        self.release = None;
        self.leftover = None;
        self.wired = false;
        self.broken = None;
        self.resend = false;
        self.reused = false;
        self.retried = 0;
        self.reply.clear();
        self.plan.unsent();
    }

    /// Whether completions are told or returned.
    #[inline]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the handle is closed or being closed.
    #[inline]
    pub fn closing(&self) -> bool {
        self.life == Life::Closing
    }

    /// Whether a call of this lane has not been told its completion.
    #[inline]
    pub fn owes(&self, lane: Lane) -> bool {
        match lane {
            Lane::Write => self.owed.write.is_some(),
            Lane::Read => self.owed.read.is_some(),
        }
    }

    /// Whether a connection carries this exchange right now.
    #[inline]
    pub fn wired(&self) -> bool {
        self.wired
    }

    /// Bytes of the request's head on the last leg that sent one; 0 before.
    pub fn head_sent(&self) -> u32 {
        self.reply.head_sent
    }

    /// Whether the connection that is given up was that of a leg which another leg follows.
    pub fn between_legs(&self) -> bool {
        matches!(self.phase, Phase::Lease(_))
    }

    /// Whether a call would be accepted now, or accepted to fail by callback.
    pub fn may(&self, command: Command) -> Result<(), Refusal> {
        match refuse::judge(self, command) {
            Verdict::Refuse(refusal) => Err(refusal),
            _ => Ok(()),
        }
    }

    /// Takes a call of the application.
    pub fn command(&mut self, command: Command, call: CallId) -> Result<(), Refusal> {
        match refuse::judge(self, command) {
            Verdict::Refuse(refusal) => return Err(refusal),
            Verdict::Misuse => {
                let what = Notification::RequestError {
                    api: Api::ReceiveResponse,
                    error: Failure::INCORRECT_STATE.0,
                };
                self.says.answer(what, call, self.held > 0);
                return Ok(());
            }
            Verdict::Ended(failure) => {
                let what = Notification::RequestError { api: command.api(), error: failure.0 };
                self.says.answer(what, call, self.held > 0);
                return Ok(());
            }
            Verdict::Accept => {}
        }
        match command {
            Command::Send => {
                self.owed.open(Api::SendRequest, call, self.plan.body.optional);
                if !std::mem::take(&mut self.resend) {
                    self.plan.begin();
                }
                self.retried = 0;
                // contract: api-behaviour section 27b, an upgrade with a send buffer below 16 bytes is accepted and fails
                if self.plan.upgrade && self.terms.socket_send_buffer < SMALLEST_SEND_BUFFER {
                    self.settle_failed(Lane::Write, Failure::NOT_ENOUGH_MEMORY);
                    return Ok(());
                }
                self.begin_leg();
                self.reply.seal = Seal::Empty;
            }
            Command::Write(length) => self.owed.open(Api::WriteData, call, length),
            Command::Receive => self.receive(call),
            Command::Query => self.owed.open(Api::QueryDataAvailable, call, 0),
            Command::Read(length) => self.owed.open(Api::ReadData, call, length),
            Command::ReadSome(length) => self.owed.open_some(call, length),
            Command::Cancel => self.end(Failure::CANCELLED),
            Command::Abandon => self.end(Failure::INTERNAL_ERROR),
            Command::Close => self.close(call),
        }
        Ok(())
    }

    fn receive(&mut self, call: CallId) {
        self.owed.open(Api::ReceiveResponse, call, 0);
        self.reception = Reception::Head;
        self.announced = true;
        if let Phase::Live(live) = &mut self.phase {
            live.reply_is_asked();
        }
        // contract: notifications R4, RECEIVING_RESPONSE is told on the thread that calls ReceiveResponse, also
        // from inside SENDING_REQUEST (S7.4)
        if self.held > 0 {
            self.says.answer(Notification::ReceivingResponse, call, true);
        } else {
            self.says.inform(Notification::ReceivingResponse, call);
        }
    }

    /// Starts the way to a connection: first the rest of an earlier reply goes.
    pub(crate) fn begin_leg(&mut self) {
        self.announced = false;
        self.reception = Reception::Head;
        self.broken = None;
        self.plan.authorize();
        self.phase = match self.leave() {
            Some(Rest::Unread(leftover)) => Drain::enter(leftover),
            Some(Rest::Gone(fate)) => {
                self.release = Some(fate);
                Lease::enter()
            }
            None => Lease::enter(),
        };
    }

    /// Takes the connection from a live phase, and leaves any other phase as it is. Phases are large: only this is moved.
    #[inline]
    fn leave(&mut self) -> Option<Rest> {
        if !matches!(self.phase, Phase::Live(_)) {
            return None;
        }
        match std::mem::take(&mut self.phase) {
            Phase::Live(live) => Some(live.leave(self.terms.max_drain_size)),
            _ => None,
        }
    }

    fn end(&mut self, failure: Failure) {
        if self.life != Life::Open {
            return;
        }
        self.life = Life::Ended(failure);
        self.fail_all(failure);
        self.drop_wire();
    }

    /// contract: notifications R7, REQUEST_ERROR with the id of each pending call, then HANDLE_CLOSING
    fn close(&mut self, call: CallId) {
        let reads = self.owed.read.is_some_and(|debt| !debt.paid);
        let engaged = self.wired || self.phase.engaged();
        // contract: notifications S1, a small body that was not read does not cost the connection
        let fate = match if reads { None } else { self.leave() } {
            Some(Rest::Unread(leftover)) => {
                self.leftover = Some(leftover);
                Fate::Drain
            }
            Some(Rest::Gone(fate)) => fate,
            None => Fate::Close,
        };
        self.phase = Phase::Idle;
        self.release = self.release.or(engaged.then_some(fate));
        self.says.drop_progress();
        self.fail_all(Failure::CANCELLED);
        self.life = Life::Closing;
        self.says.inform(Notification::HandleClosing, call);
    }

    /// Takes what the wire reports, at any moment.
    ///
    /// What nobody waits for any more changes nothing: while something is to be given up ([`Action::Release`]), other
    /// news is that of the past; a connection that comes too late is released.
    pub fn event(&mut self, event: Event) {
        match event {
            Event::Leased | Event::Held | Event::Dialled => {
                let leased = !matches!(event, Event::Dialled);
                // While something is still to be given up, nothing new has been asked for.
                let awaited = self.release.is_none()
                    && match self.phase {
                        Phase::Lease(_) => leased,
                        Phase::Dial(_) => !leased,
                        _ => false,
                    };
                // The call that wanted this connection has failed or was cancelled meanwhile.
                if !awaited && !self.wired {
                    let fate = if leased { Fate::Keep } else { Fate::Close };
                    self.release = self.release.or(Some(fate));
                }
                self.wired = true;
                self.reused = leased;
                if !awaited {
                    return;
                }
                if matches!(event, Event::Leased) {
                    self.plan.moved();
                }
            }
            Event::Released => {
                self.wired = false;
                self.release = None;
                return;
            }
            // News of what is being given up.
            _ if self.release.is_some() => return,
            Event::Vacant(_) => self.plan.moved(),
            _ => {}
        }
        match self.phase.event(event, &mut context!(self)) {
            Step::Again => {}
            step => self.apply(step),
        }
    }

    /// Hands over bytes that wait in the wire's buffer; `out` is ReadData's buffer, empty where there is none.
    /// Returns how many were consumed.
    pub fn feed(&mut self, input: &[u8], out: &mut [u8]) -> usize {
        let (taken, step) = match &mut self.phase {
            Phase::Live(live) => live.feed(input, out, &mut context!(self)),
            Phase::Tunnel(tunnel) => tunnel.feed(input, &mut context!(self)),
            Phase::Drain(drain) => drain.feed(input),
            Phase::Socket(socket) => socket.feed(input, out, &mut context!(self)),
            _ => (0, Step::Again),
        };
        if !matches!(step, Step::Again) {
            self.apply(step);
        }
        taken
    }

    /// Says beside a write that nothing is there to be read: what comes later is reported as [`Event::Ready`].
    #[inline]
    pub fn dry(&mut self) {
        if let Phase::Live(live) = &mut self.phase {
            live.dry();
        }
    }

    /// Reports bytes that were read straight into ReadData's buffer, as [`Want::Direct`] allowed.
    pub fn direct(&mut self, bytes: usize) {
        if let Phase::Live(live) = &mut self.phase {
            live.direct(bytes, &mut context!(self));
        }
    }

    /// What the read that [`Action::Read`] asks for is for, when `buffered` bytes wait in the wire's buffer.
    pub fn want(&mut self, buffered: usize) -> Want {
        match &self.phase {
            Phase::Live(live) => live.want(&mut context!(self), buffered),
            Phase::Tunnel(tunnel) => tunnel.want(buffered),
            Phase::Drain(drain) => drain.want(buffered),
            Phase::Socket(socket) => socket.want(&mut context!(self), buffered),
            _ => Want::Nothing,
        }
    }

    /// The bytes that [`Action::Write`] asks for.
    pub fn outgoing(&self) -> Outgoing<'_> {
        match &self.phase {
            Phase::Live(live) => live.outgoing(&self.out),
            Phase::Tunnel(tunnel) => tunnel.outgoing(&self.out),
            Phase::Socket(socket) => socket.outgoing(&self.out),
            _ => Outgoing { before: &[], body: Body::Nothing, after: &[] },
        }
    }

    /// Gives it room for the head of its next leg, where it has none.
    pub fn lend(&mut self, room: impl FnOnce() -> Vec<u8>) {
        if self.out.capacity() == 0 {
            self.out = room();
        }
    }

    /// The room of a head that has gone out, for another exchange.
    pub fn spare_room(&mut self) -> Option<Vec<u8>> {
        let over = matches!(&self.phase, Phase::Live(live) if live.up_over());
        (over && self.out.capacity() > 0).then(|| std::mem::take(&mut self.out))
    }

    /// The unread rest of the reply, when the connection is released with [`Fate::Drain`].
    pub fn take_leftover(&mut self) -> Option<Box<Leftover>> {
        self.leftover.take()
    }

    #[inline(never)]
    fn apply(&mut self, step: Step) {
        match step {
            Step::Act(_) | Step::Again | Step::Wait(_) => {}
            Step::Next(way) => self.phase = Phase::enter(way, &mut context!(self)),
            Step::Done { fate, closed } => {
                // A write that comes too late is answered by the half that is about to go.
                self.settle_late_write();
                self.phase = Phase::Idle;
                self.release = Some(fate);
                // contract: notifications S5, the pair comes before the READ_COMPLETE that ends the body
                if let Some(debt) =
                    self.owed.read.filter(|d| closed && !d.paid && d.api != Api::ReceiveResponse)
                {
                    self.says.inform(Notification::ClosingConnection, debt.call);
                    self.says.inform(Notification::ConnectionClosed, debt.call);
                }
            }
            Step::Hang => self.release = Some(Fate::Close),
            Step::Then { fate, next } => {
                self.release = Some(fate);
                self.phase = Phase::enter(next, &mut context!(self));
            }
            Step::Fail(failure) if self.retries_handshake(failure) => self.send_again(),
            Step::NoHead(_) if self.retries_stale() => self.send_again(),
            Step::Fail(_) if self.leaves_proxy() => self.begin_again(),
            Step::Fail(failure) => {
                self.drop_wire();
                self.reply.seal = Seal::Empty;
                self.fail_all(failure);
            }
            Step::NoHead(failure) => {
                self.drop_wire();
                self.broken = Some(failure);
                self.reply.seal = Seal::Sealed(Some(failure));
            }
            Step::NoBody(failure) => {
                self.drop_wire();
                self.broken = Some(failure);
            }
        }
    }

    /// The connection has gone to another exchange.
    pub(crate) fn unwire(&mut self) {
        self.wired = false;
    }

    /// A connection has come from another exchange.
    pub(crate) fn wire(&mut self) {
        self.wired = true;
    }

    pub(crate) fn phase_and_out(&mut self) -> (&mut Phase, &mut Vec<u8>) {
        (&mut self.phase, &mut self.out)
    }

    /// The connection is lost, or what was begun to get one is given up.
    pub(crate) fn drop_wire(&mut self) {
        if self.wired || self.phase.engaged() {
            self.release = Some(Fate::Close);
        }
        self.phase = Phase::Idle;
    }

    /// What is to be done now. Asking changes nothing that the answer promises.
    pub fn poll(&mut self, now: Moment) -> Next {
        if self.tells() { Next::Tell } else { self.advance(&mut Present::at(now)) }
    }

    /// Whether the next thing is to tell [`Exchange::front`].
    #[inline(always)]
    pub fn tells(&self) -> bool {
        let Some(front) = self.says.front() else { return false };
        (self.held == 0 || front.nested) && (self.release.is_none() || !self.closing())
    }

    /// What comes before any byte is moved, if there is something: it is known without a look at the clock.
    #[inline]
    pub(crate) fn ahead(&self) -> Option<Next> {
        if self.tells() { Some(Next::Tell) } else { self.due() }
    }

    /// The same where there is nothing to tell.
    #[inline]
    fn due(&self) -> Option<Next> {
        // contract: notifications S1, the next request may be sent inside HANDLE_CLOSING and finds the connection
        if let Some(fate) = self.release.filter(|_| self.closing()) {
            return Some(Next::Do(Action::Release(fate)));
        }
        if self.held > 0 || self.says.front().is_some() {
            return Some(Next::Wait(None));
        }
        self.release.map(|fate| Next::Do(Action::Release(fate)))
    }

    /// [`Exchange::poll`] where there is nothing to tell: asks for the time only if it has to.
    #[inline(never)]
    pub fn advance(&mut self, now: &mut Present<'_>) -> Next {
        match self.due().or_else(|| self.glance()) {
            Some(next) => next,
            None => self.step(now),
        }
    }

    /// A step of the phase, and of the next one, until something is to be done, told or waited for.
    #[inline(never)]
    fn step(&mut self, now: &mut Present<'_>) -> Next {
        loop {
            let next = match self.phase.step(&mut context!(self), now) {
                Step::Act(action) => Next::Do(action),
                Step::Wait(deadline) => Next::Wait(deadline),
                step => {
                    self.apply(step);
                    match self.ahead() {
                        Some(next) => return next,
                        None => continue,
                    }
                }
            };
            // What can be told already is told before the next system call.
            if !self.owed.unpaid() || !self.settle() {
                return next;
            }
            if let Some(next) = self.ahead() {
                return next;
            }
        }
    }

    /// The notification that is to be told next.
    #[inline]
    pub fn front(&self) -> Option<&Say> {
        self.says.front()
    }

    /// Whether nothing is left to tell but HANDLE_CLOSING.
    #[inline]
    pub fn closes_next(&self) -> bool {
        self.front().is_some_and(|say| matches!(say.what, Notification::HandleClosing))
    }

    /// Whether no connection is left to be given up.
    #[inline]
    pub fn released(&self) -> bool {
        self.release.is_none()
    }

    /// Takes it. `said` when a callback will be made: an informational one holds the exchange until
    /// [`Exchange::told`]; a masked one holds nothing.
    #[inline]
    pub fn take(&mut self, said: bool) -> Option<Say> {
        let say = self.says.take()?;
        if let Some(lane) = say.settles {
            *self.owed.lane(lane) = None;
        }
        if said && say.informational() {
            self.held += 1;
        }
        Some(say)
    }

    /// Takes it away, as [`Exchange::take`] does, when all that it says is known: numbers alone, what it settles, and whether
    /// an informational callback will be made, which `holds` the exchange.
    #[inline(always)]
    pub fn pass(&mut self, settles: Option<Lane>, holds: bool) {
        match settles {
            Some(Lane::Write) => self.owed.write = None,
            Some(Lane::Read) => self.owed.read = None,
            None => {}
        }
        self.held += u32::from(holds);
        self.says.pass();
    }

    /// An informational callback has returned.
    #[inline]
    pub fn told(&mut self) {
        self.held = self.held.saturating_sub(1);
    }
}
