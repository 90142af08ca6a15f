//! A leg begins: is a connection at hand?

use super::{Phase, Step, Way};
use crate::{Action, Event};

/// Asks for a connection to the plan's peer, or waits for one that is promised.
#[derive(Debug)]
pub(crate) struct Lease {
    queued: bool,
}

impl Lease {
    pub(crate) fn enter() -> Phase {
        Phase::Lease(Lease { queued: false })
    }

    /// Whether the pool is to be asked now.
    #[inline]
    pub(crate) fn asks(&self) -> bool {
        !self.queued
    }

    pub(super) fn step(&mut self) -> Step {
        if self.asks() { Step::Act(Action::Lease) } else { Step::Wait(None) }
    }

    pub(super) fn event(&mut self, event: Event) -> Step {
        match event {
            // contract: notifications R8, a pooled connection shows no RESOLVING and no CONNECTING
            Event::Leased | Event::Held => Step::Next(Way::Live),
            // contract: notifications R4, RESOLVING only where the connect handle does not know the address yet
            Event::Vacant(Some(addresses)) => Step::Next(Way::Dial(addresses)),
            Event::Vacant(None) => Step::Next(Way::Resolve),
            Event::Blocked(_) => {
                self.queued = true;
                Step::Again
            }
            Event::Ready => {
                self.queued = false;
                Step::Again
            }
            Event::Failed(failure) => {
                self.queued = false;
                Step::Fail(failure)
            }
            _ => Step::Again,
        }
    }
}
