//! A random script of commands and events against one exchange, with what must hold for every script:
//!
//! * nothing panics, and no number of polls without an event changes the answer;
//! * each accepted call gets exactly one completion, and it names the call;
//! * no progress is told while no call is outstanding;
//! * HANDLE_CLOSING is the last thing told, and everything is given back before it;
//! * left alone, the exchange comes to rest in few steps;
//! * what a query promises, a read of that length gets.

use std::collections::BTreeMap;

use winhttp_proto::auth::Login;
use winhttp_proto::clock::Moment;
use winhttp_proto::http::location::Target;
use winhttp_proto::{
    Action, Api, Body, BodyLength, CallId, Command, Event, Exchange, Failure, Fate, Lane, Mode, Next,
    Notification, RedirectPolicy, Route, Side, Terms, Total, Want,
};

/// Pieces of replies; others are made of the script's own bytes.
const PIECES: [&[u8]; 29] = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 302 Found\r\n",
    b"HTTP/1.1 307 Temporary\r\n",
    b"HTTP/1.0 204 None\r\n",
    b"HTTP/1.1 101 Switching\r\n\r\n",
    b"Location: /next\r\n",
    b"Location: https://other:1/#f\r\n",
    b"Content-Length: 0\r\n\r\n",
    b"Content-Length: 9\r\n\r\n",
    b"Content-Length: 9000\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"Connection: close\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"1388\r\n",
    b"0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
    b"xyz",
    b"\0",
    b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=a\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=a, nonce=b, stale=true\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 Tunnel\r\n\r\n",
    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=a\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=a, nonce=b, stale=true\r\nContent-Length: 0\r\n\r\n",
];

struct Player<'a> {
    exchange: Exchange,
    dice: std::slice::Iter<'a, u8>,
    now: u64,
    calls: u32,
    /// Accepted calls, and how often each was completed.
    debts: BTreeMap<u32, u32>,
    /// The wire's buffer.
    buffer: Vec<u8>,
    /// ReadData's buffer.
    out: Vec<u8>,
    written: usize,
    promised: u32,
    depth: u32,
    sealed: bool,
}

/// Plays the script.
pub(crate) fn exchange(input: &[u8]) {
    let mut dice = input.iter();
    let mode = match dice.next() {
        Some(first) if first & 1 == 1 => Mode::Synchronous,
        _ => Mode::Asynchronous,
    };
    let mut player = Player {
        exchange: Exchange::new(mode),
        dice,
        now: 1,
        calls: 0,
        debts: BTreeMap::new(),
        buffer: Vec::new(),
        out: Vec::new(),
        written: 0,
        promised: 0,
        depth: 0,
        sealed: false,
    };
    player.set_up();
    while player.dice.len() > 0 {
        player.turn();
    }
    player.end();
}

impl Player<'_> {
    /// The script's next byte; 0, which always means "nothing more happens", behind its end.
    fn roll(&mut self) -> u8 {
        self.dice.next().copied().unwrap_or(0)
    }

    fn set_up(&mut self) {
        let (kind, options) = (self.roll(), self.roll());
        let methods: [&[u8]; 4] = [b"GET", b"POST", b"HEAD", b"PUT"];
        self.exchange.plan.method = methods[usize::from(kind) % 4].into();
        self.exchange.plan.target =
            Target { secure: kind & 4 != 0, host: "host".into(), port: 1, path: b"/".to_vec() };
        if kind & 8 != 0 {
            self.exchange.plan.headers.apply(b"Connection: close", 0).expect("a header");
        }
        if kind & 16 == 0 {
            *self.exchange.plan.server.option_mut() = Login { user: "user".into(), password: "pwd".into() };
        }
        if kind & 32 != 0 {
            // http in absolute form, https through a tunnel.
            self.exchange.plan.take_route(Route::Proxy { host: "proxy".into(), port: 3128 });
            *self.exchange.plan.proxy.option_mut() = Login { user: "user".into(), password: "pwd".into() };
        }
        *self.exchange.terms = Terms {
            resolve_timeout: 7_000,
            max_redirects: 2,
            max_continues: 2,
            max_header_size: 200,
            max_drain_size: if options & 1 == 0 { 1_000_000 } else { 4 },
            receive_response_timeout: if options & 2 == 0 { u32::MAX } else { 40_000 },
            redirect_policy: if options & 4 == 0 { RedirectPolicy::Always } else { RedirectPolicy::Never },
            ..Terms::default()
        };
    }

    fn turn(&mut self) {
        match self.roll() % 16 {
            op @ 0..=6 => self.command(op),
            7 => self.now += u64::from(self.roll()) * 500,
            8 => self.exchange.event(Event::Ready),
            9 => self.surprise(),
            10 | 11 => {
                self.step();
            }
            _ => while self.step() {},
        }
    }

    fn command(&mut self, op: u8) {
        let length = u32::from(self.roll()) * if self.roll() & 1 == 0 { 1 } else { 100 };
        let command = match op {
            0 => Command::Send,
            1 => Command::Write(length),
            2 => Command::Receive,
            3 => Command::Query,
            4 if self.promised > 0 && length.is_multiple_of(3) => Command::Read(self.promised),
            4 => Command::Read(length),
            5 if length.is_multiple_of(16) => Command::Abandon,
            5 if length.is_multiple_of(8) => Command::Cancel,
            6 if length.is_multiple_of(4) => Command::Close,
            _ => return,
        };
        if command == Command::Send && !self.exchange.owes(Lane::Write) && !self.exchange.owes(Lane::Read) {
            let optional = length % 10;
            let total = match length % 4 {
                0 => Total::Bytes(u64::from(optional)),
                1 => Total::Bytes(u64::from(length)),
                2 => Total::Framed,
                _ => Total::Chunked,
            };
            self.exchange.plan.body = BodyLength { optional, total };
        }
        self.issue(command);
    }

    fn issue(&mut self, command: Command) {
        self.calls += 1;
        let free = [Lane::Write, Lane::Read].map(|lane| !self.exchange.owes(lane));
        let result = self.exchange.command(command, CallId(self.calls));
        assert!(!self.sealed || result.is_err(), "nothing is accepted after HANDLE_CLOSING");
        if result.is_err() {
            return;
        }
        match command {
            Command::Cancel | Command::Abandon | Command::Close => return,
            Command::Write(length) if free[0] => self.written = length as usize,
            Command::Read(length) if free[1] => self.out = vec![0; length as usize],
            _ => {}
        }
        self.debts.insert(self.calls, 0);
    }

    /// What the wire may report at any moment.
    fn surprise(&mut self) {
        let event = match self.roll() % 9 {
            // One connection at a time is what a driver has.
            0 | 1 if self.exchange.wired() => return,
            0 if self.calls.is_multiple_of(2) => Event::Held,
            0 => Event::Leased,
            1 => Event::Dialled,
            2 => Event::Failed(Failure::CANNOT_CONNECT),
            3 => Event::Broke(Side::Read, Failure::CONNECTION_ERROR),
            4 => Event::Broke(Side::Write, Failure::CONNECTION_ERROR),
            5 => Event::Secured,
            6 => Event::Resolved([std::net::IpAddr::from([127, 0, 0, 1])].into()),
            7 => Event::Vacant(None),
            _ => Event::Insecure { bits: 8, failure: Failure(12175) },
        };
        self.exchange.event(event);
    }

    /// One answer of the exchange, carried out; false when it waits.
    fn step(&mut self) -> bool {
        let now = Moment(self.now);
        let next = self.exchange.poll(now);
        assert_eq!(self.exchange.poll(now), next, "asking changes nothing");
        match next {
            Next::Do(action) => self.perform(action),
            Next::Tell => return self.tell(),
            Next::Wait(deadline) => {
                assert!(deadline.is_none_or(|deadline| deadline > now), "a wait that is over");
                return false;
            }
        }
        true
    }

    fn tell(&mut self) -> bool {
        let front = self.exchange.front().expect("something to tell").clone();
        if self.exchange.closing() && self.depth > 0 {
            return false;
        }
        let (informational, closing) = (front.informational(), front.what == Notification::HandleClosing);
        assert!(!self.sealed, "told after HANDLE_CLOSING: {front:?}");
        if informational {
            assert!(
                self.exchange.owes(Lane::Write) || self.exchange.owes(Lane::Read),
                "progress while nothing is outstanding: {front:?}"
            );
        }
        let completes = !informational && !closing;
        let said = !(completes && self.exchange.mode() == Mode::Synchronous) && self.roll() % 8 != 7;
        let say = self.exchange.take(said).expect("what was in front");
        if completes {
            let paid = self.debts.get_mut(&say.call.0).expect("a completion of an accepted call");
            *paid += 1;
            assert_eq!(*paid, 1, "one completion for each call: {say:?}");
        }
        self.note(&say.what);
        if closing {
            self.sealed = true;
            assert!(!self.exchange.wired(), "the connection is given back before");
        }
        if said && self.depth < 3 {
            // The application inside its callback.
            self.depth += 1;
            for _ in 0..self.roll() % 3 {
                let op = self.roll() % 7;
                self.command(op);
                while self.step() {}
            }
            self.depth -= 1;
        }
        if said && informational {
            self.exchange.told();
        }
        true
    }

    fn note(&mut self, what: &Notification) {
        match *what {
            Notification::DataAvailable(bytes) => {
                // A completion that was known before the close is told as it was.
                let there = bytes as usize <= self.buffer.len() || self.exchange.closing();
                assert!(there, "promised and not there");
                self.promised = bytes;
            }
            Notification::ReadComplete(bytes) => {
                let asked = self.out.len();
                assert!(bytes as usize <= asked);
                assert!(bytes as usize >= asked.min(self.promised as usize), "less than was promised");
                self.promised = self.promised.saturating_sub(bytes);
            }
            Notification::RequestError { api, .. } => {
                if matches!(api, Api::ReadData | Api::QueryDataAvailable) {
                    self.promised = 0;
                }
            }
            Notification::SendingRequest => self.promised = 0,
            _ => {}
        }
    }

    fn perform(&mut self, action: Action) {
        let roll = self.roll();
        let event = match action {
            Action::Lease => match roll % 4 {
                0 => Event::Blocked(Side::Read),
                1 => Event::Leased,
                2 => Event::Vacant(None),
                _ => Event::Vacant(Some([std::net::IpAddr::from([10, 0, 0, 1])].into())),
            },
            Action::Resolve => match roll % 4 {
                0 => Event::Blocked(Side::Read),
                1 => Event::Failed(Failure::NAME_NOT_RESOLVED),
                n => Event::Resolved(vec![std::net::IpAddr::from([10, 0, 0, n]); usize::from(n)].into()),
            },
            Action::Dial(_) => match roll % 4 {
                0 => Event::Blocked(Side::Write),
                1 => Event::Failed(Failure::CANNOT_CONNECT),
                _ => Event::Dialled,
            },
            Action::Secure => match roll % 6 {
                0 => Event::Blocked(Side::Read),
                1 => Event::Insecure { bits: 8, failure: Failure(12175) },
                2 => Event::EndOfStream,
                3 => Event::Checking,
                _ => Event::Secured,
            },
            Action::Judge if roll.is_multiple_of(2) => Event::Secured,
            Action::Judge => Event::Insecure { bits: 1, failure: Failure(12175) },
            Action::Write => self.write(roll),
            Action::Read => return self.read(roll),
            Action::Release(fate) => {
                let leftover = self.exchange.take_leftover();
                assert_eq!(leftover.is_some(), fate == Fate::Drain);
                assert!(fate != Fate::Keep || self.buffer.is_empty(), "kept, and not at rest");
                if let Some(mut leftover) = leftover {
                    let (taken, _) = leftover.feed(&self.buffer);
                    assert!(taken <= self.buffer.len());
                }
                self.buffer.clear();
                Event::Released
            }
        };
        self.exchange.event(event);
    }

    fn write(&mut self, roll: u8) -> Event {
        let out = self.exchange.outgoing();
        let body = match out.body {
            Body::Nothing => 0..0,
            Body::Optional(range) => {
                assert!(range.end <= self.exchange.plan.body.optional as usize);
                range
            }
            Body::Written(range) => {
                assert!(range.end <= self.written, "beyond the buffer of WriteData");
                range
            }
        };
        let length = out.before.len() + body.len() + out.after.len();
        assert!(length > 0, "a write has something to write");
        match roll % 8 {
            0 => Event::Blocked(Side::Write),
            1 => Event::Broke(Side::Write, Failure::CONNECTION_ERROR),
            2 => Event::Wrote(1),
            3 => Event::Wrote(length / 2),
            _ => Event::Wrote(length),
        }
    }

    fn read(&mut self, roll: u8) {
        let want = self.exchange.want(self.buffer.len());
        assert_ne!(want, Want::Nothing, "asked to read for nothing");
        if want == Want::Buffered {
            return self.feed();
        }
        let piece = match roll % 32 {
            0 | 1 => return self.exchange.event(Event::Blocked(Side::Read)),
            2 => return self.exchange.event(Event::EndOfStream),
            3 => return self.exchange.event(Event::Broke(Side::Read, Failure::CONNECTION_ERROR)),
            4 => vec![b'z'; usize::from(self.roll()) * 40 + 1],
            5 => vec![self.roll()],
            n => PIECES[usize::from(n) % PIECES.len()].to_vec(),
        };
        match want {
            Want::Direct { at, most } => {
                let room = self.out.get(at as usize..).map_or(0, <[u8]>::len);
                assert!(most as usize <= room && self.buffer.is_empty());
                self.exchange.direct(piece.len().min(most as usize));
            }
            _ => {
                self.buffer.extend_from_slice(&piece);
                self.feed();
            }
        }
    }

    fn feed(&mut self) {
        let taken = self.exchange.feed(&self.buffer, &mut self.out);
        assert!(taken <= self.buffer.len());
        self.buffer.drain(..taken);
    }

    /// Left alone, everything comes to rest; then the handle is closed.
    fn end(&mut self) {
        let turns = 200 + 4 * self.calls;
        let rest = |player: &mut Self| (0..turns).any(|_| !player.step());
        assert!(rest(self), "does not come to rest");
        if !self.exchange.closing() {
            self.issue(Command::Close);
        }
        assert!(rest(self), "does not come to rest when closed");
        assert!(self.sealed, "HANDLE_CLOSING is told");
        let open: Vec<_> = self.debts.iter().filter(|(_, paid)| **paid != 1).collect();
        assert!(open.is_empty(), "calls without their completion: {open:?}");
        self.exchange.event(Event::Ready);
        self.now += 10_000_000;
        assert_eq!(self.exchange.poll(Moment(self.now)), Next::Wait(None), "nothing follows");
        for command in [Command::Send, Command::Write(1), Command::Receive, Command::Query, Command::Close] {
            self.issue(command);
        }
        assert!(self.exchange.front().is_none());
    }
}
