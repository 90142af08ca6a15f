//! A WebSocket as an exchange, with virtual time and bytes that a test gives and takes.

use winhttp_abi as abi;
use winhttp_proto::clock::Moment;
use winhttp_proto::websocket::Close;
use winhttp_proto::{
    Action, Api, CallId, Command, Event, Exchange, Failure, Fate, Mode, Next, Notification, Refusal, Side,
    SocketCommand, Want,
};

/// An exchange that is a WebSocket, with its connection.
struct Play {
    exchange: Exchange,
    now: u64,
    calls: u32,
    /// Bytes that have come in and are not consumed.
    input: Vec<u8>,
    /// What the socket has not read yet; the end of the stream behind it.
    network: Vec<u8>,
    ended: bool,
    /// How many bytes the connection takes.
    takes: usize,
    sent: Vec<u8>,
    /// The application's buffers.
    sending: Vec<u8>,
    receiving: Vec<u8>,
    heard: Vec<Notification>,
    wakes: Option<u64>,
    released: bool,
}

impl Play {
    fn new() -> Play {
        let mut exchange = Exchange::new(Mode::Asynchronous);
        exchange.open_socket(Mode::Asynchronous, [7; 32]);
        let mut play = Play {
            exchange,
            now: 1000,
            calls: 0,
            input: Vec::new(),
            network: Vec::new(),
            ended: false,
            takes: usize::MAX,
            sent: Vec::new(),
            sending: Vec::new(),
            receiving: Vec::new(),
            heard: Vec::new(),
            wakes: None,
            released: false,
        };
        play.drive();
        play
    }

    fn command(&mut self, command: SocketCommand<'_>) -> Result<(), Refusal> {
        self.calls += 1;
        self.exchange.socket(command, CallId(self.calls))?;
        self.drive();
        Ok(())
    }

    fn send(&mut self, buffer_type: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let length = bytes.len() as u32;
        // The buffer of a send that is refused is not the connection's.
        let before = std::mem::replace(&mut self.sending, bytes.to_vec());
        let sent = self.command(SocketCommand::Send { buffer_type, length });
        if sent.is_err() {
            self.sending = before;
        }
        sent
    }

    fn receive(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.receiving = vec![0; bytes];
        self.command(SocketCommand::Receive(bytes as u32))
    }

    fn shutdown(&mut self) -> Result<(), Refusal> {
        self.command(SocketCommand::Shutdown(Close { status: 1000, reason: b"ours" }))
    }

    fn close(&mut self) -> Result<(), Refusal> {
        self.command(SocketCommand::Close(Close { status: 1000, reason: b"ours" }))
    }

    /// Bytes come in.
    fn comes(&mut self, bytes: &[u8]) {
        self.network.extend_from_slice(bytes);
        self.exchange.event(Event::Ready);
        self.drive();
    }

    fn ends(&mut self) {
        self.ended = true;
        self.comes(b"");
    }

    fn passes(&mut self, milliseconds: u64) {
        self.now += milliseconds;
        self.drive();
    }

    fn drive(&mut self) {
        for _ in 0..10_000 {
            match self.exchange.poll(Moment(self.now)) {
                Next::Tell => {
                    let say = self.exchange.take(true).expect("something to tell");
                    self.heard.push(say.what);
                }
                Next::Wait(deadline) => {
                    self.wakes = deadline.map(|moment| moment.0);
                    return;
                }
                Next::Do(Action::Write) => self.write(),
                Next::Do(Action::Read) => self.read(),
                Next::Do(Action::Release(fate)) => {
                    assert_eq!(fate, Fate::Close);
                    self.released = true;
                    self.exchange.event(Event::Released);
                }
                Next::Do(other) => panic!("{other:?} on an upgraded connection"),
            }
        }
        panic!("it goes round in circles");
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
            Want::Nothing => return self.exchange.event(Event::Blocked(Side::Read)),
            Want::Bytes if self.network.is_empty() && self.ended => {
                return self.exchange.event(Event::EndOfStream);
            }
            Want::Bytes if self.network.is_empty() => return self.exchange.event(Event::Blocked(Side::Read)),
            Want::Bytes => self.input.append(&mut self.network),
            Want::Buffered => {}
            Want::Direct { .. } => panic!("nothing of a WebSocket is read past its framing"),
        }
        let taken = self.exchange.feed(&self.input, &mut self.receiving);
        self.input.drain(..taken);
    }

    fn take_heard(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.heard)
    }

    /// The frames sent since the last look: first byte and payload.
    fn take_frames(&mut self) -> Vec<(u8, Vec<u8>)> {
        let sent = std::mem::take(&mut self.sent);
        let mut rest = &sent[..];
        let mut frames = Vec::new();
        while let [first, length, more @ ..] = rest {
            assert_eq!(length & 0x80, 0x80, "masked");
            let (length, more) = match length & 0x7F {
                126 => (usize::from(u16::from_be_bytes([more[0], more[1]])), &more[2..]),
                127 => (u64::from_be_bytes(more[..8].try_into().unwrap()) as usize, &more[8..]),
                short => (usize::from(short), more),
            };
            let (key, more) = more.split_at(4);
            let (payload, more) = more.split_at(length);
            frames.push((
                *first,
                payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect(),
            ));
            rest = more;
        }
        frames
    }
}

fn error(api: Api, failure: Failure) -> Notification {
    Notification::RequestError { api, error: failure.0 }
}

fn received(bytes: u32, buffer_type: u32) -> Notification {
    Notification::WebSocketReceived { bytes, buffer_type }
}

const BUSY: Result<(), Refusal> = Err(Refusal::INVALID_OPERATION);
const SERVER_CLOSE: &[u8] = b"\x88\x06\x03\xE8bye!";

/// contract: options.csv WEB_SOCKET_KEEPALIVE_INTERVAL, 30 s at first; a change counts for the wait that is under way
#[test]
fn keep_alive() {
    let mut play = Play::new();
    assert_eq!(play.wakes, Some(31_000));
    play.passes(29_999);
    assert_eq!(play.take_frames(), []);
    play.passes(1);
    assert_eq!(play.take_frames(), [(0x89, vec![])]);
    play.comes(b"\x8A\x00");
    assert_eq!((play.take_heard(), play.wakes), (vec![], Some(61_000)), "pongs are not told");
    play.exchange.socket_terms().unwrap().keep_alive = 15_000;
    play.drive();
    assert_eq!(play.wakes, Some(46_000));
    play.passes(15_000);
    assert_eq!(play.take_frames(), [(0x89, vec![])]);
    play.shutdown().unwrap();
    play.take_frames();
    play.passes(100_000);
    assert_eq!(play.take_frames(), [], "nothing follows a close frame");
}

/// contract: options.csv WEB_SOCKET_CLOSE_TIMEOUT, 10 s at first; it counts from WinHttpWebSocketClose
#[test]
fn a_close_that_is_not_answered() {
    let mut play = Play::new();
    play.passes(5_000);
    play.close().unwrap();
    assert_eq!(play.take_frames(), [(0x88, b"\x03\xE8ours".to_vec())]);
    play.passes(9_999);
    assert_eq!((play.take_heard(), play.released), (vec![], false));
    play.passes(1);
    assert_eq!(play.take_heard(), [error(Api::WebSocketClose, Failure::TIMEOUT)]);
    assert!(play.released);
    assert_eq!(play.close(), BUSY);
    assert!(play.exchange.close_status().is_none());
}

/// contract: options.csv WEB_SOCKET_CLOSE_TIMEOUT
///
/// A server that has closed and reads nothing does not hold WinHttpWebSocketClose for ever: its own close frame is enough.
#[test]
fn a_close_that_does_not_go_out() {
    for first in ["the server", "the application"] {
        let mut play = Play::new();
        play.takes = 0;
        play.comes(b"\x89\x02up");
        if first == "the server" {
            play.receive(64).unwrap();
            play.comes(SERVER_CLOSE);
            assert_eq!(play.take_heard(), [received(0, abi::WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE)]);
            play.close().unwrap();
        } else {
            play.close().unwrap();
            play.comes(SERVER_CLOSE);
        }
        assert_eq!((play.take_heard(), play.released, play.wakes), (vec![], false, Some(11_000)), "{first}");
        play.passes(10_000);
        assert_eq!((play.take_heard(), play.released), (vec![Notification::CloseComplete], true), "{first}");
        assert_eq!(play.exchange.close_status().map(|close| close.status), Some(1000), "{first}");
        assert_eq!(play.close(), BUSY);
    }
}

/// What the server still sends before its close frame goes by.
#[test]
fn a_close_among_messages() {
    let mut play = Play::new();
    play.receive(64).unwrap();
    play.comes(b"\x82\x05ab");
    play.close().unwrap();
    assert_eq!(play.take_heard(), [error(Api::WebSocketReceive, Failure::CANCELLED)]);
    play.comes(b"cde\x01\x02no\x80\x01!\x89\x01x");
    play.comes(SERVER_CLOSE);
    assert_eq!(play.take_heard(), [Notification::CloseComplete]);
    let close = play.exchange.close_status().unwrap();
    assert_eq!((close.status, close.reason), (1000, &b"bye!"[..]));
    assert!(play.released);
    assert_eq!(play.take_frames().len(), 1, "no pong follows a close frame");
    for refused in [play.close(), play.receive(1), play.shutdown(), play.send(2, b"x")] {
        assert_eq!(refused, BUSY);
    }
}

/// A close frame that nobody has received is as good as not there.
#[test]
fn the_servers_close_waits_to_be_heard() {
    let mut play = Play::new();
    play.comes(SERVER_CLOSE);
    assert!(play.exchange.close_status().is_none() && play.take_heard().is_empty());
    play.send(2, b"still").unwrap();
    play.take_heard();
    play.receive(64).unwrap();
    assert_eq!(play.take_heard(), [received(0, abi::WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE)]);
    assert!(play.exchange.close_status().is_some());
    assert_eq!(play.receive(64), BUSY);
    play.take_frames();
    play.close().unwrap();
    assert_eq!(play.take_frames(), [(0x88, b"\x03\xE8ours".to_vec())]);
    assert_eq!(play.take_heard(), [Notification::CloseComplete]);
}

/// Every byte by itself, into every size of buffer: the pieces add up and only the last one ends the message.
#[test]
fn pieces_of_any_size() {
    let frames = b"\x01\x05ab\xC3\xA4c\x89\x01p\x00\x00\x80\x03def\x82\x00\x82\x02xy";
    for room in 1..9 {
        for step in 1..frames.len() {
            let mut play = Play::new();
            let mut messages = Vec::new();
            let mut message = Vec::new();
            play.receive(room).unwrap();
            for piece in frames.chunks(step) {
                play.comes(piece);
                while let Some(what) = play.take_heard().pop() {
                    let Notification::WebSocketReceived { bytes, buffer_type } = what else {
                        panic!("{what:?}")
                    };
                    message.extend_from_slice(&play.receiving[..bytes as usize]);
                    assert!(bytes > 0 || buffer_type == 0, "empty pieces end a message or are not told");
                    if buffer_type & 1 == 0 {
                        messages.push((buffer_type, std::mem::take(&mut message)));
                    }
                    play.receive(room).unwrap();
                }
            }
            let expected = [(2, "abäcdef".as_bytes().to_vec()), (0, Vec::new()), (0, b"xy".to_vec())];
            assert_eq!(messages, expected, "{room} {step}");
            assert_eq!(play.take_frames(), [(0x8A, b"p".to_vec())]);
        }
    }
}

/// A send that the connection does not take holds the lane; a ping waits for the end of the frame, the next send too.
#[test]
fn a_send_in_pieces() {
    let message: Vec<u8> = (0..200_000u32).map(|at| at as u8).collect();
    let mut play = Play::new();
    play.takes = 1000;
    play.send(0, &message).unwrap();
    assert!(play.take_heard().is_empty());
    assert_eq!(play.send(0, b"x"), BUSY);
    assert_eq!(play.shutdown(), BUSY);
    assert_eq!(play.close(), BUSY);
    play.comes(b"\x89\x02up");
    while play.heard.is_empty() {
        play.takes = 7001;
        play.comes(b"");
    }
    play.takes = usize::MAX;
    play.comes(b"");
    let sent = Notification::WebSocketSent { bytes: 200_000, buffer_type: 0 };
    assert_eq!(play.take_heard(), [sent]);
    assert_eq!(play.take_frames(), [(0x82, message), (0x8A, b"up".to_vec())]);
}

/// A connection that breaks while it is written to: what came in before is still received.
#[test]
fn what_came_before_a_break() {
    let mut play = Play::new();
    play.takes = 0;
    play.send(2, b"lost").unwrap();
    play.network.extend_from_slice(b"\x81\x04last\x88\x00");
    play.exchange.event(Event::Broke(Side::Write, Failure::CONNECTION_ERROR));
    play.ends();
    assert_eq!(play.take_heard(), [error(Api::WebSocketSend, Failure::CONNECTION_ERROR)]);
    play.receive(64).unwrap();
    play.receive(64).unwrap();
    assert_eq!(play.take_heard(), [received(4, 2), received(0, abi::WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE)]);
    assert_eq!(play.exchange.close_status().map(|close| close.status), Some(1005));
    play.close().unwrap();
    assert_eq!(play.take_heard(), [Notification::CloseComplete], "the server's close frame is enough");
}

/// contract: notifications R7, CloseHandle: REQUEST_ERROR for each call that waits, then HANDLE_CLOSING
#[test]
fn closing_the_handle() {
    let mut play = Play::new();
    play.takes = 0;
    play.send(2, b"waits").unwrap();
    play.receive(64).unwrap();
    play.exchange.command(Command::Close, CallId(99)).unwrap();
    play.drive();
    assert_eq!(
        play.take_heard(),
        [
            error(Api::WebSocketSend, Failure::CANCELLED),
            error(Api::WebSocketReceive, Failure::CANCELLED),
            Notification::HandleClosing
        ]
    );
    assert!(play.released);
    assert_eq!(play.receive(64), Err(Refusal::INVALID_HANDLE));
}
