//! A WebSocket server that does what random numbers say, and a client that sends back what it receives.
//!
//! Each seed is one connection: messages of any kind and length in any fragments, with pings between them, written in any
//! pieces; then an end that is a close frame, a violation, garbage, or silence. What came back, the pongs, the close
//! frames and the client's errors must be what the seed says. `WEBSOCKET_SEEDS=N` plays so many instead of 150.
mod delivery_support;
mod websocket_support;
use websocket_support::*;

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use winhttp_abi as abi;
use winhttp_engine::Error;
use winhttp_engine::api::{BufferType, Session};

/// xorshift64*: the same numbers for the same seed everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        self.roll() as usize % limit.max(1)
    }

    /// Mostly short, at times long.
    fn length(&mut self) -> usize {
        match self.below(8) {
            0 => 0,
            1..=4 => self.below(126),
            5 | 6 => self.below(2000),
            _ => self.below(70_000),
        }
    }
}

/// How the connection ends, and what the client must make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// A close frame with this status: the client's has the same.
    Close(u16),
    /// A violation: the client's close frame has this status, its receive fails with 12152.
    Violation(u16),
    /// Anything, and then the connection's end: the client fails, or sees a close frame in it.
    Garbage,
    /// The connection ends in the middle of a message.
    Cut,
}

const TEXT_PIECES: [&str; 4] = ["plain ", "\u{e9}\u{4e2d}", "\u{1f600}", "\u{7ff}\u{ffff}"];

struct Server<'a> {
    peer: &'a mut Peer,
    dice: Dice,
    pongs: Vec<Vec<u8>>,
}

impl Server<'_> {
    /// Writes bytes in random pieces. False when the client has gone.
    fn write(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let piece = match self.dice.below(4) {
                0 => 1 + self.dice.below(5),
                _ => bytes.len(),
            };
            let (now, later) = bytes.split_at(piece.min(bytes.len()));
            if self.peer.0.write_all(now).is_err() {
                return false;
            }
            bytes = later;
        }
        true
    }

    /// One message out and back; what was wrong with it.
    fn message(&mut self) -> Result<(), String> {
        let text = self.dice.below(2) == 0;
        let length = self.dice.length();
        let mut whole = Vec::new();
        while whole.len() < length {
            if text {
                whole.extend_from_slice(TEXT_PIECES[self.dice.below(4)].as_bytes());
            } else {
                whole.push(self.dice.roll() as u8);
            }
        }
        let (mut rest, mut first) = (whole.as_slice(), if text { 1 } else { 2 });
        loop {
            while self.dice.below(4) == 0 {
                let payload: Vec<u8> = (0..self.dice.below(126)).map(|at| at as u8).collect();
                if !self.write(&Peer::bytes(0x89, &payload)) {
                    return Err("the client is gone before a ping".into());
                }
                self.pongs.push(payload);
            }
            let part = if self.dice.below(2) == 0 { rest.len() } else { self.dice.below(rest.len() + 1) };
            let last = part == rest.len() && self.dice.below(3) != 0;
            let (now, later) = rest.split_at(part);
            if !self.write(&Peer::bytes(first | if last { 0x80 } else { 0 }, now)) {
                return Err("the client is gone inside a message".into());
            }
            (rest, first) = (later, 0);
            if last {
                break;
            }
        }
        self.expect(&whole, if text { 1 } else { 2 })
    }

    /// Reads the message back, and pongs in their order.
    fn expect(&mut self, whole: &[u8], kind: u8) -> Result<(), String> {
        let (mut back, mut opcode) = (Vec::new(), kind);
        loop {
            let frame = self.peer.frame().ok_or("the client is gone")?;
            match frame.first & 0x0f {
                10 => {
                    if self.pongs.is_empty() || self.pongs.remove(0) != frame.payload {
                        return Err("a pong that answers no ping".into());
                    }
                    continue;
                }
                got if got != opcode => return Err(format!("opcode {got}, {opcode} is due")),
                _ => {}
            }
            opcode = 0;
            back.extend_from_slice(&frame.payload);
            if frame.first & 0x80 != 0 {
                break;
            }
        }
        if back == whole { Ok(()) } else { Err(format!("{} bytes came back of {}", back.len(), whole.len())) }
    }

    fn end(&mut self, end: End) -> Result<(), String> {
        match end {
            End::Close(status) => {
                self.write(&Peer::bytes(0x88, &[&status.to_be_bytes()[..], b"enough"].concat()));
                self.farewell(status)
            }
            End::Violation(status) => {
                let bytes: &[u8] = match (status, self.dice.below(6)) {
                    (1007, _) => b"\x81\x02\xc3\x28",
                    (_, 0) => b"\x80\x00",
                    (_, 1) => b"\x81\x81\x00\x00\x00\x00x",
                    (_, 2) => b"\xc2\x00",
                    (_, 3) => b"\x8b\x00",
                    (_, 4) => b"\x09\x00",
                    _ => b"\x82\x7e\x00\x01x",
                };
                self.write(bytes);
                self.farewell(status)
            }
            End::Garbage => {
                let bytes: Vec<u8> = (0..self.dice.below(200)).map(|_| self.dice.roll() as u8).collect();
                self.write(&bytes);
                self.silence()
            }
            End::Cut => {
                let bytes = Peer::bytes(2, &[7; 100]);
                let cut = 1 + self.dice.below(bytes.len() - 1);
                self.write(&bytes[..cut]);
                self.silence()
            }
        }
    }

    /// Nothing more is said; what the client says until it goes is read.
    fn silence(&mut self) -> Result<(), String> {
        let _ = self.peer.0.shutdown(std::net::Shutdown::Write);
        while self.peer.frame().is_some() {}
        Ok(())
    }

    /// The client's close frame has this status.
    fn farewell(&mut self, status: u16) -> Result<(), String> {
        loop {
            let frame = self.peer.frame().ok_or("the client went without a close frame")?;
            if frame.first == 0x88 {
                let told = frame.payload.first_chunk().map(|two| u16::from_be_bytes(*two));
                return if told == Some(status) {
                    Ok(())
                } else {
                    Err(format!("told {told:?}, not {status}"))
                };
            }
        }
    }
}

fn ending(dice: &mut Dice) -> End {
    match dice.below(8) {
        0..=2 => End::Close([1000, 1001, 1011, 3000, 4999][dice.below(5)]),
        3 | 4 => End::Violation(1002),
        5 => End::Violation(1007),
        6 => End::Garbage,
        _ => End::Cut,
    }
}

/// What the client saw at the end.
fn echo(port: u16, seed: u64) -> Result<u16, Error> {
    let mut dice = Dice::new(seed ^ 0xffff);
    let session = Session::synchronous("random")?;
    let socket = session.connect("127.0.0.1", port)?.websocket("/", 0)?;
    loop {
        let size = if dice.below(3) == 0 { 1 + dice.below(300) } else { 100_000 };
        let (kind, bytes) = socket.read(size)?;
        if kind == BufferType::Close {
            let (status, reason) = socket.close_status()?;
            socket.close(status, &reason)?;
            return Ok(status);
        }
        socket.send(kind, bytes)?;
    }
}

#[test]
fn what_random_servers_send_comes_back() {
    let seeds: u64 = std::env::var("WEBSOCKET_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
    let (tell, told) = mpsc::channel();
    let (tell, next) = (Mutex::new(tell), AtomicU64::new(1));
    let port = upgrading(move |peer| {
        let seed = next.fetch_add(1, Ordering::SeqCst);
        let mut server = Server { peer, dice: Dice::new(seed), pongs: Vec::new() };
        let end = ending(&mut server.dice);
        let messages = server.dice.below(6);
        let outcome = (0..messages).try_for_each(|_| server.message()).and_then(|()| server.end(end));
        // The test may have failed and gone.
        let _ = tell.lock().unwrap().send((end, outcome));
    });
    let mut ends = std::collections::BTreeMap::<String, u64>::new();
    for seed in 1..=seeds {
        let client = echo(port, seed);
        let (end, server) = told.recv_timeout(Duration::from_secs(20)).expect("the server's end");
        assert_eq!(server, Ok(()), "seed {seed}, {end:?}, client {client:?}");
        let right = match end {
            End::Close(status) => client == Ok(status),
            End::Violation(_) => client == Err(Error(abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE)),
            End::Cut => client == Err(Error(abi::ERROR_WINHTTP_CONNECTION_ERROR)),
            End::Garbage => {
                // A violation that is read ahead of a message's echo closes the sending side.
                let known = [
                    abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
                    abi::ERROR_WINHTTP_CONNECTION_ERROR,
                    abi::ERROR_INVALID_OPERATION,
                ];
                client.as_ref().map_or_else(|error| known.contains(&error.0), |_| true)
            }
        };
        assert!(right, "seed {seed}: {end:?}, and the client saw {client:?}");
        let name = format!("{end:?}");
        *ends.entry(name.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    assert_eq!(ends.len(), 4, "every end was played: {ends:?}");
}
