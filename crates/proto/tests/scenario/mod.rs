//! A virtual driver: performs actions against a scripted wire in virtual time, tells notifications as an
//! application thread ("main") or a worker would, and records what is told.
//!
//! It follows the rules that a real driver follows: a caller tells only what its own call brings about and leaves a
//! new leg to a worker; the completion of a send is not told while the send is on a stack; what a close tells
//! waits until no callback runs. On the way it checks what must hold in every scenario: an answer stays the same
//! until an event, the queue comes to rest, each accepted call gets one completion, nothing follows HANDLE_CLOSING,
//! no progress is told while no call is outstanding.
#![allow(dead_code)]

mod tell;
mod wire;

use std::collections::BTreeMap;

pub(crate) use tell::Told;
use winhttp_proto::clock::Moment;
use winhttp_proto::http::location::Target;
use winhttp_proto::{
    Action, Body, BodyLength, CallId, Command, Event, Exchange, Failure, Fate, Mode, Next, Notification,
    Plan, Side, Terms, Total, Want,
};
pub(crate) use wire::{Lease, Piece, Reach, Taken, Wire};

/// More turns than any scenario needs.
const TURNS: usize = 10_000;

/// What a script does inside a callback.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    Send,
    Receive,
    Query,
    Read(u32),
    Write(&'static [u8]),
    Close,
    /// A request header is added for the next leg.
    Header(&'static str),
}

/// Who drives.
#[derive(Clone, Copy, Debug)]
enum Seat {
    Caller { call: u32, thread: &'static str },
    Worker,
}

/// An answer to a call.
pub(crate) type Answer = Result<u32, u32>;

/// One request handle with its scripted surroundings.
pub(crate) struct Scenario {
    pub(crate) exchange: Exchange,
    pub(crate) wire: Wire,
    pub(crate) now: u64,
    /// What the last wait said.
    pub(crate) deadline: Option<u64>,
    pub(crate) told: Vec<Told>,
    /// Bytes that reads have delivered.
    pub(crate) body: Vec<u8>,
    /// Answers of the calls made inside callbacks.
    pub(crate) nested: Vec<Answer>,
    pub(crate) masked: u32,
    buffer: Vec<u8>,
    written: Vec<u8>,
    optional: Vec<u8>,
    inside: Vec<(&'static str, Vec<Do>)>,
    calls: u32,
    sending: Option<u32>,
    frames: u32,
    sealed: bool,
    debts: BTreeMap<u32, u32>,
    /// Completion of the synchronous call under way.
    answer: Option<Notification>,
}

impl Scenario {
    /// `GET http://host/path` in asynchronous mode.
    pub(crate) fn asynchronous() -> Self {
        Self::new(Mode::Asynchronous)
    }

    /// The same in synchronous mode.
    pub(crate) fn synchronous() -> Self {
        Self::new(Mode::Synchronous)
    }

    fn new(mode: Mode) -> Self {
        let mut exchange = Exchange::new(mode);
        exchange.plan.target =
            Target { secure: false, host: "host".into(), port: 80, path: b"/path".to_vec() };
        Scenario {
            exchange,
            wire: Wire::new(),
            now: 1_000,
            deadline: None,
            told: Vec::new(),
            body: Vec::new(),
            nested: Vec::new(),
            masked: 0,
            buffer: Vec::new(),
            written: Vec::new(),
            optional: Vec::new(),
            inside: Vec::new(),
            calls: 0,
            sending: None,
            frames: 0,
            sealed: false,
            debts: BTreeMap::new(),
            answer: None,
        }
    }

    pub(crate) fn https(mut self) -> Self {
        self.exchange.plan.target.secure = true;
        self.exchange.plan.target.port = 443;
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.exchange.plan.method = method.as_bytes().to_vec().into();
        self
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.exchange.plan.headers.apply(line.as_bytes(), 0).expect("a header line");
        self
    }

    /// Optional data, and how much body there is in all.
    pub(crate) fn with_body(mut self, optional: &[u8], total: Total) -> Self {
        self.optional = optional.to_vec();
        self.exchange.plan.body = BodyLength { optional: optional.len() as u32, total };
        self
    }

    pub(crate) fn terms(mut self, change: impl FnOnce(&mut Terms)) -> Self {
        change(&mut self.exchange.terms);
        self
    }

    pub(crate) fn plan(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        change(&mut self.exchange.plan);
        self
    }

    /// Changes the wire's script.
    pub(crate) fn wired(mut self, change: impl FnOnce(&mut Wire)) -> Self {
        change(&mut self.wire);
        self
    }

    /// Every lease finds a pooled connection.
    pub(crate) fn pooled(mut self) -> Self {
        self.wire.leases.extend(std::iter::repeat_n(Lease::Pooled, 8));
        self
    }

    /// One piece that arrives when it is read for.
    pub(crate) fn replies(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.wire.incoming.push_back(Piece::Bytes(bytes.as_ref().to_vec()));
        self
    }

    pub(crate) fn then(mut self, piece: Piece) -> Self {
        self.wire.incoming.push_back(piece);
        self
    }

    /// Does this inside the next callback of that name.
    pub(crate) fn inside(mut self, status: &'static str, acts: &[Do]) -> Self {
        self.inside.push((status, acts.to_vec()));
        self
    }

    pub(crate) fn send(&mut self) -> Answer {
        self.call(Command::Send)
    }

    pub(crate) fn receive(&mut self) -> Answer {
        self.call(Command::Receive)
    }

    pub(crate) fn query(&mut self) -> Answer {
        self.call(Command::Query)
    }

    pub(crate) fn read(&mut self, length: u32) -> Answer {
        self.call(Command::Read(length))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Answer {
        if !self.exchange.owes(winhttp_proto::Lane::Write) {
            self.written = bytes.to_vec();
        }
        self.call(Command::Write(bytes.len() as u32))
    }

    pub(crate) fn cancel(&mut self) -> Answer {
        self.call(Command::Cancel)
    }

    pub(crate) fn close(&mut self) -> Answer {
        self.call(Command::Close)
    }

    /// Bytes arrive while a call waits.
    pub(crate) fn arrive(&mut self, bytes: impl AsRef<[u8]>) {
        self.piece(Piece::Bytes(bytes.as_ref().to_vec()));
    }

    /// Anything arrives while a call waits.
    pub(crate) fn piece(&mut self, piece: Piece) {
        self.wire.incoming.push_back(piece);
        self.ready();
    }

    /// The socket is ready again, or a queue has moved.
    pub(crate) fn ready(&mut self) {
        self.event(Event::Ready);
    }

    /// The wire reports something by itself.
    pub(crate) fn event(&mut self, event: Event) {
        self.exchange.event(event);
        self.drive(Seat::Worker);
    }

    /// Time goes by.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.now += milliseconds;
        self.drive(Seat::Worker);
    }

    fn call(&mut self, command: Command) -> Answer {
        self.call_on(command, "main")
    }

    fn call_on(&mut self, command: Command, thread: &'static str) -> Answer {
        self.calls += 1;
        let call = self.calls;
        if let Command::Read(length) = command
            && !self.exchange.owes(winhttp_proto::Lane::Read)
        {
            self.buffer = vec![0; length as usize];
        }
        self.answer = None;
        self.exchange.command(command, CallId(call)).map_err(|refusal| refusal.0)?;
        let completes = !matches!(command, Command::Close | Command::Cancel | Command::Abandon);
        if completes {
            self.debts.insert(call, 0);
        }
        if self.exchange.mode() == Mode::Synchronous && completes {
            return self.wait_for(call);
        }
        if matches!(command, Command::Send) {
            self.sending = Some(call);
        }
        self.drive(Seat::Caller { call, thread });
        if self.sending == Some(call) {
            self.sending = None;
        }
        if self.frames == 0 {
            self.drive(Seat::Worker);
        }
        Ok(call)
    }

    /// A synchronous call: its own thread does everything, and waits in virtual time.
    fn wait_for(&mut self, call: u32) -> Answer {
        for _ in 0..TURNS {
            self.drive(Seat::Caller { call, thread: "main" });
            match self.answer.take() {
                Some(Notification::RequestError { error, .. }) => return Err(error),
                Some(_) => return Ok(call),
                None if self.wire.pending() => self.exchange.event(Event::Ready),
                None => self.now = self.deadline.expect("a synchronous call that waits for ever"),
            }
        }
        panic!("a synchronous call does not come to rest");
    }

    fn drive(&mut self, seat: Seat) {
        let synchronous = self.exchange.mode() == Mode::Synchronous;
        for _ in 0..TURNS {
            match self.exchange.poll(Moment(self.now)) {
                Next::Do(action) => {
                    assert_eq!(self.exchange.poll(Moment(self.now)), Next::Do(action.clone()), "asked twice");
                    if action == Action::Lease && matches!(seat, Seat::Caller { .. }) && !synchronous {
                        return;
                    }
                    self.perform(action);
                }
                Next::Tell => {
                    if !self.tell(seat) || (synchronous && self.answer.is_some()) {
                        return;
                    }
                }
                Next::Wait(deadline) => {
                    self.deadline = deadline.map(|moment| moment.0);
                    let more = matches!(seat, Seat::Worker)
                        && self.wire.pending()
                        && self.frames == 0
                        && self.waits_for_bytes();
                    if !more {
                        return;
                    }
                    self.exchange.event(Event::Ready);
                }
            }
        }
        panic!("the exchange does not come to rest");
    }

    fn waits_for_bytes(&mut self) -> bool {
        self.exchange.want(self.wire.buffer.len()) != Want::Nothing
    }

    fn perform(&mut self, action: Action) {
        let event = match action {
            Action::Lease => match self.wire.leases.pop_front().unwrap_or(Lease::Vacant(None)) {
                Lease::Pooled => Event::Leased,
                Lease::Held => Event::Held,
                Lease::Vacant(known) => Event::Vacant(known.map(Into::into)),
                Lease::Queued => Event::Blocked(Side::Read),
                Lease::Late => {
                    let leftover = self.wire.late.take().expect("the rest of a reply");
                    return self.exchange.drain_first(leftover);
                }
            },
            Action::Resolve => match self.wire.resolves.pop_front().unwrap_or(Reach::Works) {
                Reach::Fails(failure) => Event::Failed(failure),
                Reach::Works => Event::Resolved(self.wire.addresses.clone().into()),
                _ => Event::Blocked(Side::Read),
            },
            Action::Dial(address) => {
                self.wire.dialled.push(address);
                match self.wire.dials.pop_front().unwrap_or(Reach::Works) {
                    Reach::Fails(failure) => Event::Failed(failure),
                    Reach::Works => Event::Dialled,
                    _ => Event::Blocked(Side::Write),
                }
            }
            Action::Secure => match self.wire.handshakes.pop_front().unwrap_or(Reach::Works) {
                Reach::Works => Event::Secured,
                Reach::Fails(failure) => Event::Failed(failure),
                Reach::Insecure(bits, failure) => Event::Insecure { bits, failure },
                Reach::Blocked => {
                    self.exchange.event(Event::Blocked(Side::Read));
                    Event::Ready
                }
                Reach::Pending => Event::Blocked(Side::Read),
                Reach::Checking => Event::Checking,
            },
            Action::Judge => Event::Insecure { bits: 1, failure: Failure(12175) },
            Action::Write => self.perform_write(),
            Action::Read => return self.perform_read(),
            Action::Release(fate) => {
                self.wire.released.push(fate);
                let leftover = self.exchange.take_leftover();
                assert_eq!(leftover.is_some(), fate == Fate::Drain, "a drain has something to drain");
                self.wire.late = leftover.or(self.wire.late.take());
                if fate == Fate::Keep {
                    assert_eq!(self.wire.buffer, b"", "a kept connection is at rest");
                }
                self.wire.buffer.clear();
                Event::Released
            }
        };
        self.exchange.event(event);
    }

    fn perform_write(&mut self) -> Event {
        let out = self.exchange.outgoing();
        let body = match out.body {
            Body::Nothing => &[][..],
            Body::Optional(range) => &self.optional[range],
            Body::Written(range) => &self.written[range],
        };
        let bytes = [out.before, body, out.after].concat();
        assert!(!bytes.is_empty(), "a write has something to write");
        let most = match self.wire.writes.pop_front() {
            None => bytes.len(),
            Some(Taken::Bytes(most)) => most.min(bytes.len()),
            Some(Taken::Blocked) => {
                self.exchange.event(Event::Blocked(Side::Write));
                return Event::Ready;
            }
            Some(Taken::Stuck) => return Event::Blocked(Side::Write),
            Some(Taken::Broke(failure)) => return Event::Broke(Side::Write, failure),
        };
        self.wire.sent.extend_from_slice(&bytes[..most]);
        Event::Wrote(most)
    }

    fn perform_read(&mut self) {
        match self.exchange.want(self.wire.buffer.len()) {
            Want::Nothing => panic!("asked to read for nothing"),
            Want::Buffered => self.feed(),
            Want::Bytes => match self.receive_piece() {
                Ok(bytes) => {
                    self.wire.buffer.extend_from_slice(&bytes);
                    self.feed();
                }
                Err(event) => self.exchange.event(event),
            },
            Want::Direct { at, most } => match self.receive_piece() {
                Ok(mut bytes) => {
                    if bytes.len() > most as usize {
                        let rest = bytes.split_off(most as usize);
                        self.wire.incoming.push_front(Piece::Bytes(rest));
                    }
                    self.buffer[at as usize..][..bytes.len()].copy_from_slice(&bytes);
                    self.exchange.direct(bytes.len());
                }
                Err(event) => self.exchange.event(event),
            },
        }
    }

    fn receive_piece(&mut self) -> Result<Vec<u8>, Event> {
        match self.wire.incoming.pop_front() {
            Some(Piece::Bytes(bytes)) => Ok(bytes),
            Some(Piece::End) => Err(Event::EndOfStream),
            Some(Piece::Reset(failure)) => Err(Event::Broke(Side::Read, failure)),
            Some(Piece::Pause) | None => Err(Event::Blocked(Side::Read)),
        }
    }

    fn feed(&mut self) {
        let taken = self.exchange.feed(&self.wire.buffer, &mut self.buffer);
        self.wire.buffer.drain(..taken);
    }

    /// Everything written so far, as text.
    pub(crate) fn sent(&self) -> String {
        String::from_utf8_lossy(&self.wire.sent).into_owned()
    }

    /// The reset of a connection.
    pub(crate) const RESET: Failure = Failure::CONNECTION_ERROR;
}
