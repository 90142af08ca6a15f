//! `Phase x Owed`: the one place where bytes and waiting calls meet.

use crate::clock::Moment;
use crate::message::Body;
use crate::owed::Owed;
use crate::phase::redirect::{self, Hop, Judgement};
use crate::phase::{Context, Down, Drain, Lease, Leftover, Phase, Step, Up};
use crate::refuse::{self, Verdict};
use crate::reply::Seal;
use crate::says::Says;
use crate::{
    Action, Api, CallId, Command, Event, Failure, Fate, Lane, Mode, Notification, Outgoing, Plan, Refusal,
    Reply, Say, Terms, Total, Want,
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
    /// The session is closed.
    Cancelled,
    /// The handle is being closed.
    Closing,
}

/// How far an outstanding ReceiveResponse has come.
#[derive(Debug, Default)]
enum Receiving {
    /// It waits for a head, or nobody receives.
    #[default]
    Head,
    /// The head has been told as received.
    Judging,
    /// REDIRECT has been queued; the leg begins when it has been told.
    Following(Hop),
}

/// One request handle's conversation, from SendRequest to CloseHandle, as often as it is sent.
#[derive(Debug, Default)]
pub struct Exchange {
    /// The options in force.
    pub terms: Terms,
    /// What is sent; changes take effect with the next leg.
    pub plan: Plan,
    /// What came back.
    pub reply: Reply,
    mode: Mode,
    pub(crate) life: Life,
    pub(crate) phase: Phase,
    pub(crate) owed: Owed,
    says: Says,
    out: Vec<u8>,
    held: u32,
    announced: bool,
    receiving: Receiving,
    release: Option<Fate>,
    leftover: Option<Leftover>,
    wired: bool,
    broken: Option<Failure>,
}

macro_rules! context {
    ($exchange:expr) => {
        Context {
            terms: &$exchange.terms,
            plan: &$exchange.plan,
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
        self.receiving = Receiving::Head;
        self.release = None;
        self.leftover = None;
        self.wired = false;
        self.broken = None;
        self.reply.clear();
    }

    /// Whether completions are told or returned.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn terms_mode(&self) -> Mode {
        self.mode
    }

    /// Whether the handle is closed or being closed.
    pub fn closing(&self) -> bool {
        self.life == Life::Closing
    }

    /// Whether a call of this lane has not been told its completion.
    pub fn owes(&self, lane: Lane) -> bool {
        match lane {
            Lane::Write => self.owed.write.is_some(),
            Lane::Read => self.owed.read.is_some(),
        }
    }

    /// Whether a connection carries this exchange right now.
    pub fn wired(&self) -> bool {
        self.wired
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
            Verdict::Cancelled => {
                let what = Notification::RequestError { api: api_of(command), error: Failure::CANCELLED.0 };
                self.says.answer(what, call, self.held > 0);
                return Ok(());
            }
            Verdict::Accept => {}
        }
        match command {
            Command::Send => {
                self.owed.open(Api::SendRequest, call, self.plan.body.optional);
                self.plan.redirects = 0;
                self.begin_leg();
                self.reply.seal = Seal::Empty;
            }
            Command::Write(length) => self.owed.open(Api::WriteData, call, length),
            Command::Receive => self.receive(call),
            Command::Query => self.owed.open(Api::QueryDataAvailable, call, 0),
            Command::Read(length) => self.owed.open(Api::ReadData, call, length),
            Command::Cancel => self.cancel(),
            Command::Close => self.close(call),
        }
        Ok(())
    }

    fn receive(&mut self, call: CallId) {
        self.owed.open(Api::ReceiveResponse, call, 0);
        self.receiving = Receiving::Head;
        self.announced = true;
        if let Phase::Live(live) = &mut self.phase
            && matches!(&live.up, Up::Feed(feed) if feed.ends_with_receive())
        {
            live.up = Up::Ended;
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
    fn begin_leg(&mut self) {
        self.announced = false;
        self.receiving = Receiving::Head;
        self.broken = None;
        let (phase, fate) = match std::mem::take(&mut self.phase) {
            Phase::Live(live) => {
                let up_ended = matches!(live.up, Up::Ended);
                match live.down {
                    Down::Body(body) if up_ended => match body.leftover(self.terms.max_drain_size) {
                        Some(leftover) => (Drain::enter(leftover), None),
                        None => (Lease::enter(), Some(Fate::Close)),
                    },
                    Down::Ended { fate, .. } if up_ended => (Lease::enter(), Some(fate)),
                    _ => (Lease::enter(), Some(Fate::Close)),
                }
            }
            _ => (Lease::enter(), None),
        };
        self.phase = phase;
        if fate.is_some() {
            self.release = fate;
        }
    }

    fn cancel(&mut self) {
        if self.life != Life::Open {
            return;
        }
        self.life = Life::Cancelled;
        self.fail_all(Failure::CANCELLED);
        self.phase = Phase::Idle;
        self.release = self.wired.then_some(Fate::Close);
    }

    /// contract: notifications R7, REQUEST_ERROR with the id of each pending call, then HANDLE_CLOSING
    fn close(&mut self, call: CallId) {
        let fate = match std::mem::take(&mut self.phase) {
            Phase::Live(live) if matches!(live.up, Up::Ended) => match live.down {
                // contract: notifications S1, a small body that was not read does not cost the connection
                Down::Body(body) if self.owed.read.is_none() => {
                    match body.leftover(self.terms.max_drain_size) {
                        Some(leftover) => {
                            self.leftover = Some(leftover);
                            Fate::Drain
                        }
                        None => Fate::Close,
                    }
                }
                Down::Ended { fate, .. } => fate,
                _ => Fate::Close,
            },
            _ => Fate::Close,
        };
        self.release = self.release.or(self.wired.then_some(fate));
        self.says.drop_progress();
        self.fail_all(Failure::CANCELLED);
        self.life = Life::Closing;
        self.says.inform(Notification::HandleClosing, call);
    }

    fn fail_all(&mut self, failure: Failure) {
        for lane in [Lane::Write, Lane::Read] {
            self.settle_failed(lane, failure);
        }
    }

    fn settle_failed(&mut self, lane: Lane, failure: Failure) {
        let debt = *self.owed.lane(lane);
        if let Some(debt) = debt.filter(|debt| !debt.paid) {
            self.settle_as(lane, Notification::RequestError { api: debt.api, error: failure.0 });
        }
    }

    fn settle_as(&mut self, lane: Lane, what: Notification) {
        if let Some(debt) = self.owed.lane(lane).as_mut() {
            debt.paid = true;
            let call = debt.call;
            self.says.settle(what, call, lane);
        }
    }

    /// Takes what the wire reports.
    pub fn event(&mut self, event: Event) {
        match event {
            Event::Leased | Event::Dialled => self.wired = true,
            Event::Released => {
                self.wired = false;
                self.release = None;
                return;
            }
            _ => {}
        }
        let step = self.phase.event(event, &mut context!(self));
        self.apply(step);
    }

    /// Hands over bytes that wait in the wire's buffer; `out` is ReadData's buffer, empty where there is none.
    /// Returns how many were consumed.
    pub fn feed(&mut self, input: &[u8], out: &mut [u8]) -> usize {
        let (taken, step) = match &mut self.phase {
            Phase::Live(live) => live.feed(input, out, &mut context!(self)),
            Phase::Drain(drain) => drain.feed(input),
            _ => (0, Step::Again),
        };
        self.apply(step);
        taken
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
            Phase::Drain(drain) => drain.want(buffered),
            _ => Want::Nothing,
        }
    }

    /// The bytes that [`Action::Write`] asks for.
    pub fn outgoing(&self) -> Outgoing<'_> {
        match &self.phase {
            Phase::Live(live) => live.outgoing(&self.out),
            _ => Outgoing { before: &[], body: Body::Nothing, after: &[] },
        }
    }

    /// The unread rest of the reply, when the connection is released with [`Fate::Drain`].
    pub fn take_leftover(&mut self) -> Option<Leftover> {
        self.leftover.take()
    }

    /// Applies a step; true when it was a wait.
    fn apply(&mut self, step: Step) {
        match step {
            Step::Act(_) | Step::Again | Step::Wait(_) => {}
            Step::Next(phase) => self.phase = phase,
            Step::Done { fate, closed } => {
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
            Step::Then { fate, next } => {
                self.release = Some(fate);
                self.phase = next;
            }
            Step::Fail(failure) => {
                self.drop_wire();
                self.reply.seal = Seal::Empty;
                self.fail_all(failure);
            }
            Step::NoHead(failure) => {
                self.drop_wire();
                self.reply.seal = Seal::Sealed(Some(failure));
            }
            Step::NoBody(failure) => {
                self.drop_wire();
                self.broken = Some(failure);
            }
        }
    }

    fn drop_wire(&mut self) {
        self.phase = Phase::Idle;
        self.release = self.wired.then_some(Fate::Close);
    }

    /// What is to be done now. Asking changes nothing that the answer promises.
    pub fn poll(&mut self, now: Moment) -> Next {
        loop {
            if let Some(front) = self.says.front() {
                let may = self.held == 0 || front.nested;
                return if may { Next::Tell } else { Next::Wait(None) };
            }
            if self.held > 0 {
                return Next::Wait(None);
            }
            if let Some(fate) = self.release {
                return Next::Do(Action::Release(fate));
            }
            match self.phase.step(&mut context!(self), now) {
                Step::Act(action) => {
                    // What can be told already is told before the next system call.
                    if self.settle() {
                        continue;
                    }
                    return Next::Do(action);
                }
                Step::Wait(deadline) => {
                    if self.settle() {
                        continue;
                    }
                    return Next::Wait(deadline);
                }
                step => self.apply(step),
            }
        }
    }

    /// Lanes and halves meet: whatever is owed and has become known is queued. True when something was.
    fn settle(&mut self) -> bool {
        let write = self.settle_write();
        let read = self.settle_read();
        write || read
    }

    fn settle_write(&mut self) -> bool {
        let Some(debt) = self.owed.write.filter(|debt| !debt.paid) else { return false };
        let sent = match debt.api {
            // contract: evidence Q11, with a complete body the completion of the send waits for the head of the
            // reply, and what goes wrong with the reply belongs to ReceiveResponse
            Api::SendRequest => match &self.phase {
                Phase::Live(live) => match live.up {
                    Up::Feed(_) => true,
                    Up::Head(_) => false,
                    Up::Ended | Up::Broken(_) => {
                        self.plan.body.total == Total::Framed
                            || !matches!(live.down, Down::Quiet | Down::Head(_))
                    }
                },
                Phase::Idle => true,
                _ => false,
            },
            _ => match &self.phase {
                Phase::Live(live) => match &live.up {
                    Up::Broken(broken) => {
                        let failure = broken.0;
                        self.settle_failed(Lane::Write, failure);
                        return true;
                    }
                    _ => debt.finished || debt.length == 0 && matches!(live.up, Up::Ended),
                },
                _ if debt.finished => true,
                _ => {
                    let failure = self.broken.unwrap_or(Failure::CONNECTION_ERROR);
                    self.settle_failed(Lane::Write, failure);
                    return true;
                }
            },
        };
        if sent {
            let what = match debt.api {
                Api::SendRequest => Notification::SendRequestComplete(debt.length),
                _ => Notification::WriteComplete(debt.length),
            };
            self.seal_head();
            self.settle_as(Lane::Write, what);
        }
        sent
    }

    /// A head that is in is kept until ReceiveResponse asks for it.
    fn seal_head(&mut self) {
        let head_in = match &self.phase {
            Phase::Live(live) => matches!(live.down, Down::Body(_) | Down::Ended { .. }),
            Phase::Idle => true,
            _ => false,
        };
        if head_in && self.reply.seal == Seal::Empty {
            self.reply.seal = Seal::Sealed(None);
        }
    }

    fn settle_read(&mut self) -> bool {
        let Some(debt) = self.owed.read.filter(|debt| !debt.paid) else { return false };
        if debt.api == Api::ReceiveResponse {
            return self.settle_receive(debt.call);
        }
        let (ended, promised) = match &self.phase {
            Phase::Live(live) => match &live.down {
                Down::Body(body) => (false, body.promised),
                _ => (true, 0),
            },
            _ => (true, 0),
        };
        let whole = debt.api == Api::ReadData && debt.done >= debt.length;
        if let Some(failure) = self.broken.filter(|_| ended && !whole) {
            self.settle_failed(Lane::Read, failure);
            return true;
        }
        let what = match debt.api {
            Api::QueryDataAvailable if promised > 0 || ended => Notification::DataAvailable(promised),
            Api::ReadData if ended || whole => Notification::ReadComplete(debt.done),
            _ => return false,
        };
        self.settle_as(Lane::Read, what);
        true
    }

    fn settle_receive(&mut self, call: CallId) -> bool {
        self.seal_head();
        match std::mem::take(&mut self.receiving) {
            Receiving::Head => match self.reply.seal {
                Seal::Sealed(failure) => {
                    self.head_received(failure, call);
                    true
                }
                _ => false,
            },
            Receiving::Judging => {
                match redirect::judge(&self.plan, &self.reply, &self.terms) {
                    Judgement::Deliver => {
                        self.reply.seal = Seal::Delivered;
                        self.settle_as(Lane::Read, Notification::HeadersAvailable);
                    }
                    Judgement::Follow(hop) => {
                        self.says.inform(Notification::Redirect(hop.url.clone()), call);
                        self.receiving = Receiving::Following(hop);
                    }
                    Judgement::Fail(failure) => {
                        self.drop_wire();
                        self.reply.seal = Seal::Empty;
                        self.settle_failed(Lane::Read, failure);
                    }
                }
                true
            }
            Receiving::Following(hop) => {
                hop.apply(&mut self.plan);
                self.begin_leg();
                self.reply.seal = Seal::Empty;
                true
            }
        }
    }

    fn head_received(&mut self, failure: Option<Failure>, call: CallId) {
        if !self.reply.intermediate.is_empty() {
            let code = self.reply.intermediate.remove(0);
            self.says.inform(Notification::IntermediateResponse(code), call);
            return;
        }
        let counted = self.reply.received > 0 || self.reply.ended;
        match failure {
            None => {
                self.reply.seal = Seal::Open;
                self.receiving = Receiving::Judging;
                self.says.inform(Notification::ResponseReceived(self.reply.received), call);
            }
            Some(failure) => {
                if counted {
                    self.says.inform(Notification::ResponseReceived(self.reply.received), call);
                }
                self.reply.seal = Seal::Empty;
                self.settle_failed(Lane::Read, failure);
            }
        }
    }

    /// The notification that is to be told next.
    pub fn front(&self) -> Option<&Say> {
        self.says.front()
    }

    /// Takes it. `said` when a callback will be made: an informational one holds the exchange until
    /// [`Exchange::told`]; a masked one holds nothing.
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

    /// An informational callback has returned.
    pub fn told(&mut self) {
        self.held = self.held.saturating_sub(1);
    }
}

fn api_of(command: Command) -> Api {
    match command {
        Command::Send => Api::SendRequest,
        Command::Write(_) => Api::WriteData,
        Command::Query => Api::QueryDataAvailable,
        Command::Read(_) => Api::ReadData,
        Command::Receive | Command::Cancel | Command::Close => Api::ReceiveResponse,
    }
}
