//! Frames from the server.

use winhttp_abi as abi;

use crate::Want;
use crate::websocket::{Chunk, Event, Inbound, Violation};

/// What a WinHttpWebSocketReceive gets: bytes, and their buffer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Got {
    pub(super) bytes: u32,
    pub(super) buffer_type: u32,
}

/// The half towards the application.
///
/// Bytes of messages wait in the connection until somebody receives. Control frames before them do not: pings are
/// answered while nobody receives, too.
#[derive(Debug, Default)]
pub(super) struct Down {
    pub(super) inbound: Inbound,
    pub(super) blocked: bool,
    /// Bytes of the wire's buffer that have been looked at and left.
    held: usize,
    /// An empty frame that came while nobody received.
    waiting: Option<Chunk>,
    /// What the outstanding receive gets.
    got: Option<Got>,
    /// WinHttpWebSocketClose was called: messages go by.
    skipping: bool,
    /// The close frame is there.
    pub(super) closed: bool,
    /// A call has met it. Before that it is as good as not there.
    pub(super) heard: bool,
}

/// The buffer of an outstanding receive.
pub(super) struct Room<'a> {
    pub(super) buffer: &'a mut [u8],
    pub(super) done: &'a mut u32,
}

impl Down {
    /// Somebody receives.
    pub(super) fn begin(&mut self) {
        self.blocked = false;
        self.held = 0;
        if let Some(chunk) = self.waiting.take() {
            self.got = Some(Got { bytes: 0, buffer_type: chunk.buffer_type() });
        } else if self.closed {
            self.hear_close();
        }
    }

    /// contract: notifications S6.5, READ_COMPLETE with no bytes and the close type
    fn hear_close(&mut self) {
        self.heard = true;
        self.got = Some(Got { bytes: 0, buffer_type: abi::WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE });
    }

    /// Nobody receives any more; what comes until the close frame goes by.
    pub(super) fn skip(&mut self) {
        self.blocked = false;
        self.held = 0;
        self.waiting = None;
        self.got = None;
        self.heard = self.closed;
        self.skipping = true;
    }

    pub(super) fn take_got(&mut self) -> Option<Got> {
        self.got.take()
    }

    /// Whether bytes of a message come next and have nowhere to go.
    fn stalled(&self, receives: bool) -> bool {
        let hungry = receives && self.got.is_none() || self.skipping;
        !hungry && (self.waiting.is_some() || self.inbound.direct_len() > 0)
    }

    /// Whether the connection is to be read from.
    pub(super) fn listens(&self, receives: bool) -> bool {
        !self.closed && !self.blocked && !self.stalled(receives)
    }

    pub(super) fn want(&self, receives: bool, buffered: usize) -> Want {
        if self.closed || self.stalled(receives) {
            Want::Nothing
        } else if buffered > self.held {
            Want::Buffered
        } else {
            Want::Bytes
        }
    }

    /// Takes what it can; pings go to `ping`.
    pub(super) fn feed(
        &mut self,
        input: &[u8],
        mut room: Option<Room<'_>>,
        mut ping: impl FnMut(&[u8]),
    ) -> (usize, Result<(), Violation>) {
        let mut at = 0;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            let open = room.as_mut().filter(|_| self.got.is_none());
            let place = open.and_then(|room| room.buffer.get_mut(*room.done as usize..)).unwrap_or_default();
            let step = if self.skipping { self.inbound.skip(rest) } else { self.inbound.take(rest, place) };
            let step = match step {
                Ok(step) => step,
                Err(violation) => return (at, Err(violation)),
            };
            at += step.consumed;
            match step.event {
                None => break,
                Some(Event::Data(_)) if self.skipping => {}
                Some(Event::Data(chunk)) => self.data(chunk, &mut room),
                Some(Event::Ping) => ping(self.inbound.control()),
                Some(Event::Pong) => {}
                Some(Event::Close) => {
                    self.closed = true;
                    if room.is_some() && self.got.is_none() {
                        self.hear_close();
                    }
                    self.heard |= self.skipping;
                    break;
                }
            }
            if self.waiting.is_some() {
                break;
            }
        }
        self.held = input.len().saturating_sub(at);
        (at, Ok(()))
    }

    /// A receive is complete when its buffer is full or a frame ends; a frame without bytes that ends nothing is not
    /// worth one.
    ///
    /// contract: api-behaviour section 27c, a frame that is larger than the buffer comes in fragments, and the last
    /// piece has the type of the message
    fn data(&mut self, chunk: Chunk, room: &mut Option<Room<'_>>) {
        let Some(room) = room.as_mut().filter(|_| self.got.is_none()) else {
            // Without room only a frame without bytes gets here.
            if chunk.ends_message {
                self.waiting = Some(chunk);
            }
            return;
        };
        *room.done = room.done.saturating_add(u32::try_from(chunk.length).unwrap_or(u32::MAX));
        let ends = chunk.ends_frame && (*room.done > 0 || chunk.ends_message);
        if ends || *room.done as usize >= room.buffer.len() {
            self.got = Some(Got { bytes: *room.done, buffer_type: chunk.buffer_type() });
        }
    }
}
