//! A body that nobody reads is read away, so that its connection can serve again.

use super::{Context, Phase, Step, Way};
use crate::clock::{Patience, Present};
use crate::http::body::Body;
use crate::http::framing::Framing;
use crate::message::Side;
use crate::{Action, Event, Failure, Fate, Want};

/// The unread rest of a reply, at most `WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE` bytes.
#[derive(Debug)]
pub struct Leftover {
    body: Body,
    left: u64,
    hopeless: bool,
}

impl Leftover {
    /// `None` when the rest is known to be larger than `limit`, or has no end but the connection's.
    pub(crate) fn of(body: Body, limit: u32) -> Option<Leftover> {
        let left = u64::from(limit);
        match body.remaining_known() {
            Some(remaining) if remaining > left => None,
            None if body.framing() != Framing::Chunked => None,
            _ => Some(Leftover { body, left, hopeless: false }),
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

/// Between two legs: the rest of the last reply goes first.
#[derive(Debug)]
pub(crate) struct Drain {
    leftover: Leftover,
    blocked: bool,
    held: usize,
    over: Option<Fate>,
    patience: Patience,
}

impl Drain {
    pub(crate) fn enter(leftover: Leftover) -> Phase {
        Phase::Drain(Drain { leftover, blocked: false, held: 0, over: None, patience: Patience::default() })
    }

    #[inline(never)]
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        if let Some(fate) = self.over {
            return Step::Then { fate, next: Way::Lease };
        }
        if !self.blocked {
            return Step::Act(Action::Read);
        }
        match self.patience.deadline(now, cx.terms.receive_timeout) {
            Ok(deadline) => Step::Wait(deadline),
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
        self.patience.renew();
        let (taken, result) = self.leftover.feed(input);
        self.held = input.len() - taken;
        match result {
            Ok(true) => self.over = Some(if self.held == 0 { Fate::Keep } else { Fate::Close }),
            Ok(false) => {}
            // contract: api-behaviour section 30, RESPONSE_DRAIN_OVERFLOW beyond MAX_RESPONSE_DRAIN_SIZE
            Err(failure) if failure == Failure::DRAIN_OVERFLOW => return (taken, Step::Fail(failure)),
            Err(_) => self.over = Some(Fate::Close),
        }
        (taken, Step::Again)
    }
}
