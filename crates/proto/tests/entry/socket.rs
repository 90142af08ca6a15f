//! A script of calls, bytes, breaks and time against one WebSocket.

use winhttp_proto::clock::Moment;
use winhttp_proto::websocket::Close;
use winhttp_proto::{
    Action, CallId, Command, Event, Exchange, Failure, Lane, Mode, Next, Notification, Side, SocketCommand,
    Want,
};

/// More steps than any call or event can cause.
const STEPS: usize = 2_000;

struct Play {
    exchange: Exchange,
    now: u64,
    calls: u32,
    waiting: [u32; 2],
    input: Vec<u8>,
    network: Vec<u8>,
    ended: bool,
    takes: usize,
    sent: Vec<u8>,
    sending: Vec<u8>,
    receiving: Vec<u8>,
    came: usize,
    received: usize,
    closed: bool,
}

/// Plays the bytes as a script; then the handle is closed, and every call has ended once.
pub(crate) fn socket(input: &[u8]) {
    let mut exchange = Exchange::new(Mode::Asynchronous);
    exchange.open_socket(Mode::Asynchronous, [9; 32]);
    let mut play = Play {
        exchange,
        now: 1,
        calls: 0,
        waiting: [0; 2],
        input: Vec::new(),
        network: Vec::new(),
        ended: false,
        takes: 500,
        sent: Vec::new(),
        sending: Vec::new(),
        receiving: Vec::new(),
        came: 0,
        received: 0,
        closed: false,
    };
    let mut rest = input;
    while let [first, more @ ..] = rest {
        rest = more;
        let first = *first;
        match first {
            0..=0x1F => play.send(u32::from(first % 6), usize::from(first) * 40),
            0x20..=0x3F => play.receive(usize::from(first % 16)),
            0x40 => play.call(SocketCommand::Shutdown(Close { status: 1000, reason: b"s" })),
            0x41 => play.call(SocketCommand::Close(Close { status: 1000, reason: b"c" })),
            0x42 => play.ended = true,
            0x43 => play.exchange.event(Event::Broke(Side::Write, Failure::CONNECTION_ERROR)),
            0x44 => play.exchange.event(Event::Broke(Side::Read, Failure::CONNECTION_ERROR)),
            0x45 => drop(play.exchange.command(Command::Cancel, CallId(u32::MAX))),
            0x46..=0x5F => play.takes += usize::from(first),
            0x60..=0x7F => play.now += u64::from(first - 0x5F) * 2_000,
            0x80.. => {
                let (bytes, more) = rest.split_at(rest.len().min(usize::from(first & 0x7F)));
                play.network.extend_from_slice(bytes);
                play.came += bytes.len();
                rest = more;
            }
        }
        play.exchange.event(Event::Ready);
        play.drive();
    }
    play.exchange.command(Command::Close, CallId(u32::MAX)).expect("closing is never refused");
    play.drive();
    assert!(play.closed && play.waiting == [0; 2], "every call has ended: {:?}", play.waiting);
    assert!(play.received <= play.came);
    play.frames();
}

impl Play {
    fn call(&mut self, command: SocketCommand<'_>) {
        let lane = command.api().lane();
        self.calls += 1;
        if self.exchange.socket(command, CallId(self.calls)).is_ok() {
            self.waiting[lane as usize] += 1;
            assert_eq!(self.waiting[lane as usize], 1, "one call of a side at a time");
        }
    }

    fn send(&mut self, buffer_type: u32, length: usize) {
        let buffer = vec![0x5A; length];
        if !self.exchange.owes(Lane::Write) {
            self.sending = buffer;
        }
        self.call(SocketCommand::Send { buffer_type, length: length as u32 });
    }

    fn receive(&mut self, length: usize) {
        if !self.exchange.owes(Lane::Read) {
            self.receiving = vec![0; length];
        }
        self.call(SocketCommand::Receive(length as u32));
    }

    fn drive(&mut self) {
        for _ in 0..STEPS {
            match self.exchange.poll(Moment(self.now)) {
                Next::Tell => self.tell(),
                Next::Wait(deadline) => {
                    assert!(deadline.is_none_or(|deadline| deadline.0 > self.now), "a wait that is over");
                    return;
                }
                Next::Do(Action::Write) => self.write(),
                Next::Do(Action::Read) => self.read(),
                Next::Do(Action::Release(_)) => self.exchange.event(Event::Released),
                Next::Do(other) => panic!("{other:?} on an upgraded connection"),
            }
        }
        panic!("no rest");
    }

    fn tell(&mut self) {
        let say = self.exchange.take(true).expect("something to tell");
        assert!(!self.closed && !say.informational(), "{say:?}");
        match say.what {
            Notification::HandleClosing => self.closed = true,
            Notification::WebSocketReceived { bytes, .. } => self.received += bytes as usize,
            _ => {}
        }
        if let Some(lane) = say.settles {
            assert_eq!(self.waiting[lane as usize], 1, "{say:?} without a call");
            self.waiting[lane as usize] = 0;
        }
    }

    fn write(&mut self) {
        self.exchange.stage(&self.sending);
        let outgoing = self.exchange.outgoing().before;
        assert!(!outgoing.is_empty(), "a write of nothing");
        let length = outgoing.len().min(self.takes);
        self.sent.extend_from_slice(&outgoing[..length]);
        self.takes -= length;
        self.exchange.event(if length == 0 { Event::Blocked(Side::Write) } else { Event::Wrote(length) });
    }

    fn read(&mut self) {
        match self.exchange.want(self.input.len()) {
            Want::Bytes if !self.network.is_empty() => self.input.append(&mut self.network),
            Want::Bytes if self.ended => return self.exchange.event(Event::EndOfStream),
            Want::Buffered => {}
            _ => return self.exchange.event(Event::Blocked(Side::Read)),
        }
        let taken = self.exchange.feed(&self.input, &mut self.receiving);
        self.input.drain(..taken);
    }

    /// What was sent are masked frames, messages in order, and nothing follows a close frame.
    fn frames(&self) {
        let mut rest = &self.sent[..];
        let (mut open, mut over) = (false, false);
        while let [first, length, more @ ..] = rest {
            assert!(!over && length & 0x80 != 0, "a close frame is the last, and all are masked");
            let (length, more) = match (length & 0x7F, more) {
                (126, [a, b, more @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), more),
                (126.., _) => return,
                (short, more) => (usize::from(short), more),
            };
            match first & 0x0F {
                0 => assert!(open, "a continuation of nothing"),
                1 | 2 => assert!(!open, "a message in a message"),
                8 => over = true,
                9 | 10 => assert!(length <= 125),
                other => panic!("opcode {other}"),
            }
            if first & 0x0F < 8 {
                open = first & 0x80 == 0;
            }
            let Some(more) = more.get(4 + length..) else { return };
            rest = more;
        }
    }
}
