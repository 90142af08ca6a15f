//! A body that nobody reads is read away, so that its connection can serve again.

use super::{Context, Phase, Step, Way};
use crate::clock::{Patience, Present};
use crate::http::body::Body;
use crate::http::framing::Framing;
use crate::message::Side;
use crate::{Action, Event, Exchange, Failure, Fate, Want};

/// Milliseconds that a request gives the rest of another's reply before it dials.
const LONGEST: u32 = 200;

/// The unread rest of a reply, at most `WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE` bytes.
#[derive(Debug)]
pub struct Leftover {
    body: Body,
    left: u64,
    hopeless: bool,
}

impl Leftover {
    /// `None` when the rest is known to be larger than `limit`, or has no end but the connection's.
    pub(crate) fn of(body: Body, limit: u32) -> Option<Box<Leftover>> {
        let left = u64::from(limit);
        match body.remaining_known() {
            Some(remaining) if remaining > left => None,
            None if body.framing() != Framing::Chunked => None,
            _ => Some(Box::new(Leftover { body, left, hopeless: false })),
        }
    }

    /// The rest cannot be had.
    pub fn give_up(&mut self) {
        self.hopeless = true;
    }

    /// Whether the rest cannot be had, so that the connection is of no more use.
    pub fn hopeless(&self) -> bool {
        self.hopeless
    }

    /// Takes from `input` what belongs to the body. `Ok(true)` at its end; `Err` beyond the limit or at a fault.
    pub fn feed(&mut self, mut input: &[u8]) -> (usize, Result<bool, Failure>) {
        let mut scrap = [0u8; 512];
        let mut taken = 0;
        loop {
            let step = match self.body.decode(input, &mut scrap) {
                Ok(step) => step,
                Err(fault) => return (taken, Err(Failure(fault.code()))),
            };
            taken += step.consumed;
            input = &input[step.consumed..];
            let Some(left) = self.left.checked_sub(step.produced as u64) else {
                return (taken, Err(Failure::DRAIN_OVERFLOW));
            };
            self.left = left;
            if self.body.is_done() {
                return (taken, Ok(true));
            }
            if step.consumed == 0 {
                return (taken, Ok(false));
            }
        }
    }
}

/// Between two legs: the rest of the last reply goes first. Before the first one: that of another request's reply.
#[derive(Debug)]
pub(crate) struct Drain {
    leftover: Box<Leftover>,
    /// The reply was another request's: what becomes of it is no failure of this one.
    foreign: bool,
    blocked: bool,
    held: usize,
    over: Option<Fate>,
    patience: Patience,
}

impl Exchange {
    /// Instead of [`Event::Leased`]: a connection was found on which another request's reply has not ended yet. When it
    /// has, the leg asks for a lease again; when that takes too long, the connection is given up first.
    ///
    /// contract: notifications S1 and S2, CONNECTING_TO_SERVER does not come where an unread body is still on its way
    pub fn drain_first(&mut self, leftover: Box<Leftover>) {
        self.wire();
        self.phase = Drain::of(leftover, true);
    }
}

impl Drain {
    pub(crate) fn enter(leftover: Box<Leftover>) -> Phase {
        Drain::of(leftover, false)
    }

    fn of(leftover: Box<Leftover>, foreign: bool) -> Phase {
        let patience = Patience::default();
        Phase::Drain(Drain { leftover, foreign, blocked: false, held: 0, over: None, patience })
    }

    #[inline(never)]
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        if let Some(fate) = self.over {
            return Step::Then { fate, next: Way::Lease };
        }
        if !self.blocked {
            return Step::Act(Action::Read);
        }
        let limit = match (self.foreign, cx.terms.connect_timeout) {
            (false, _) => cx.terms.receive_timeout,
            (true, 0) => LONGEST,
            (true, limit) => limit.min(LONGEST),
        };
        match self.patience.deadline(now, limit) {
            Ok(deadline) => Step::Wait(deadline),
            Err(_) if self.foreign => Step::Then { fate: Fate::Close, next: Way::Lease },
            Err(_) => Step::Fail(Failure::TIMEOUT),
        }
    }

    pub(super) fn event(&mut self, event: Event) -> Step {
        match event {
            Event::Blocked(Side::Read) => self.blocked = true,
            Event::Ready => self.blocked = false,
            // The connection is gone; the next leg dials a new one.
            Event::EndOfStream | Event::Broke(..) | Event::Failed(_) => self.over = Some(Fate::Close),
            _ => {}
        }
        Step::Again
    }

    pub(crate) fn want(&self, buffered: usize) -> Want {
        if buffered > self.held { Want::Buffered } else { Want::Bytes }
    }

    pub(crate) fn feed(&mut self, input: &[u8]) -> (usize, Step) {
        // Another's reply has its time for all of it, not for each piece.
        if !self.foreign {
            self.patience.renew();
        }
        let (taken, result) = self.leftover.feed(input);
        self.held = input.len() - taken;
        match result {
            Ok(true) => self.over = Some(if self.held == 0 { Fate::Keep } else { Fate::Close }),
            Ok(false) => {}
            // contract: api-behaviour section 30, RESPONSE_DRAIN_OVERFLOW beyond MAX_RESPONSE_DRAIN_SIZE
            Err(failure) if failure == Failure::DRAIN_OVERFLOW && !self.foreign => {
                return (taken, Step::Fail(failure));
            }
            Err(_) => self.over = Some(Fate::Close),
        }
        (taken, Step::Again)
    }
}
