//! Sockets with scripted peers, the events that they cause, and the time.

use std::collections::VecDeque;

use winhttp_proto::clock::Moment;

use crate::lock;
use crate::sync::waited::Condvar;
use crate::sync::{Mutex, MutexGuard};
use crate::wire::cell::{ENDED, READABLE, WRITABLE};

/// What the peer of a connection does; the port chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Answers every request at once.
    Prompt = 1,
    /// Takes the request and never answers.
    Silent = 2,
    /// Is never connected.
    Deaf = 3,
    /// Is connected late and sends its answer in pieces.
    Slow = 4,
    /// Is connected and takes no byte.
    Blocked = 5,
    /// Ends the connection instead of answering.
    Rude = 6,
    /// Answers a request whose body ends with `END`.
    Body = 7,
    /// Answers and hangs up without a word.
    Leaves = 8,
    /// Speaks WebSocket.
    Chat = 9,
}

impl Script {
    fn of(port: u16) -> Script {
        [
            Script::Prompt,
            Script::Silent,
            Script::Deaf,
            Script::Slow,
            Script::Blocked,
            Script::Rude,
            Script::Body,
            Script::Leaves,
            Script::Chat,
        ]
        .into_iter()
        .find(|script| *script as u16 == port)
        .unwrap_or(Script::Silent)
    }
}

/// The answer's head and body.
pub(crate) const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
pub(crate) const BODY: &[u8] = b"abc";

/// One connection.
pub(crate) struct Pipe {
    script: Script,
    pub(crate) token: usize,
    pub(crate) connected: bool,
    pub(crate) inbound: VecDeque<u8>,
    pub(crate) ended: bool,
    /// What has been sent and not been answered.
    pub(crate) sent: Vec<u8>,
    pub(crate) watched: bool,
    /// Who watches hears also when it can be written.
    pub(crate) writes_heard: bool,
    pub(crate) closed: bool,
}

impl Pipe {
    pub(crate) fn takes(&self) -> bool {
        self.connected && self.script != Script::Blocked
    }

    fn asked(&self) -> bool {
        match self.script {
            Script::Body => self.sent.ends_with(b"END"),
            _ => self.sent.ends_with(b"\r\n\r\n"),
        }
    }

    pub(crate) fn ready(&self) -> u8 {
        let mut bits = 0;
        if self.takes() {
            bits |= WRITABLE;
        }
        if !self.inbound.is_empty() {
            bits |= READABLE;
        }
        if self.ended {
            bits |= READABLE | ENDED;
        }
        bits
    }
}

/// An edge: the token and what became ready.
pub(crate) type Edge = (usize, u8);

pub(crate) struct State {
    pub(crate) now: u64,
    pub(crate) edges: Vec<Edge>,
    pub(crate) woken: bool,
    pub(crate) pipes: Vec<Pipe>,
}

impl State {
    /// An edge of a connection that is watched.
    fn edge(&mut self, pipe: usize, bits: u8) {
        let pipe = &self.pipes[pipe];
        let bits = if pipe.writes_heard { bits } else { bits & !WRITABLE };
        if pipe.watched && !pipe.closed && bits != 0 {
            self.edges.push((pipe.token, bits));
        }
    }

    pub(crate) fn watch(&mut self, pipe: usize, writes_heard: bool) {
        self.pipes[pipe].watched = true;
        self.pipes[pipe].writes_heard = writes_heard;
        let bits = self.pipes[pipe].ready();
        if bits != 0 {
            self.edge(pipe, bits);
        }
    }
}

pub(crate) struct World {
    state: Mutex<State>,
    moved: Condvar,
}

impl World {
    pub(crate) fn new() -> World {
        let state = State { now: 1, edges: Vec::new(), woken: false, pipes: Vec::new() };
        World { state: Mutex::new(state), moved: Condvar::new() }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(lock(&self.state).now)
    }

    /// Time passes.
    pub(crate) fn pass(&self, millis: u64) {
        self.change(|state| state.now += millis);
    }

    /// Changes something; whoever waits looks again.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = lock(&self.state);
        let result = change(&mut state);
        self.moved.notify_all();
        result
    }

    /// Waits until `ready` has something.
    pub(crate) fn wait<R>(&self, mut ready: impl FnMut(&mut State) -> Option<R>) -> R {
        let mut state = lock(&self.state);
        loop {
            if let Some(result) = ready(&mut state) {
                return result;
            }
            state = self.sleep(state);
        }
    }

    fn sleep<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.moved.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A connection to a peer, who begins to play its part.
    pub(crate) fn dial(&'static self, port: u16, token: usize) -> usize {
        let script = Script::of(port);
        let connected = !matches!(script, Script::Deaf | Script::Slow);
        let pipe = self.change(|state| {
            state.pipes.push(Pipe {
                script,
                token,
                connected,
                inbound: VecDeque::new(),
                ended: false,
                sent: Vec::new(),
                watched: false,
                writes_heard: false,
                closed: false,
            });
            state.pipes.len() - 1
        });
        if !matches!(script, Script::Deaf | Script::Silent | Script::Blocked) {
            super::detached(move || self.play(pipe, script));
        }
        pipe
    }

    fn play(&'static self, pipe: usize, script: Script) {
        if script == Script::Slow {
            self.change(|state| {
                state.pipes[pipe].connected = true;
                state.edge(pipe, WRITABLE);
            });
        }
        while script == Script::Chat {
            let said = self.wait(|state| {
                let pipe = &mut state.pipes[pipe];
                if pipe.closed {
                    return Some(None);
                }
                super::chat::answer(&mut pipe.sent).map(Some)
            });
            let Some(said) = said else { return };
            self.push(pipe, &said);
        }
        loop {
            let goes_on = self.wait(|state| {
                let pipe = &mut state.pipes[pipe];
                if pipe.closed {
                    return Some(false);
                }
                let asked = pipe.asked();
                if asked {
                    pipe.sent.clear();
                }
                asked.then_some(true)
            });
            if !goes_on {
                return;
            }
            match script {
                Script::Rude => self.hang_up(pipe),
                Script::Slow => {
                    for piece in [&HEAD[..20], &HEAD[20..], &BODY[..1], &BODY[1..]] {
                        self.push(pipe, piece);
                    }
                }
                Script::Leaves => {
                    self.push(pipe, &[HEAD, BODY].concat());
                    self.hang_up(pipe);
                }
                _ => self.push(pipe, &[HEAD, BODY].concat()),
            }
        }
    }

    fn hang_up(&self, pipe: usize) {
        self.change(|state| {
            state.pipes[pipe].ended = true;
            state.edge(pipe, READABLE | ENDED);
        });
    }

    fn push(&self, pipe: usize, bytes: &[u8]) {
        self.change(|state| {
            state.pipes[pipe].inbound.extend(bytes);
            state.edge(pipe, READABLE);
        });
    }
}
