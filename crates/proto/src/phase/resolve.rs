//! The peer's name becomes addresses.

use std::sync::Arc;

use super::{Context, Phase, Step, Way};
use crate::clock::{Patience, Present};
use crate::{Action, Event, Failure, Notification};

/// Waits for the lookup, limited by `WINHTTP_OPTION_RESOLVE_TIMEOUT`.
#[derive(Debug)]
pub(crate) struct Resolve {
    asked: bool,
    patience: Patience,
}

impl Resolve {
    pub(crate) fn enter(cx: &mut Context<'_>) -> Phase {
        let host: Arc<str> = Arc::from(cx.plan.lookup_host());
        cx.inform(Notification::ResolvingName(host));
        Phase::Resolve(Resolve { asked: false, patience: Patience::default() })
    }

    #[inline(never)]
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        if !self.asked {
            return Step::Act(Action::Resolve);
        }
        match self.patience.deadline(now, cx.terms.resolve_timeout) {
            Ok(deadline) => Step::Wait(deadline),
            Err(_) => Step::Fail(Failure::TIMEOUT),
        }
    }

    pub(super) fn event(&mut self, event: Event, cx: &mut Context<'_>) -> Step {
        match event {
            Event::Resolved(addresses) => match addresses.first() {
                Some(&first) => {
                    cx.inform(Notification::NameResolved(first));
                    Step::Next(Way::Dial(addresses))
                }
                None => Step::Fail(Failure::NAME_NOT_RESOLVED),
            },
            Event::Blocked(_) => {
                self.asked = true;
                Step::Again
            }
            Event::Failed(failure) => {
                self.asked = false;
                Step::Fail(failure)
            }
            _ => Step::Again,
        }
    }
}
