//! The TLS handshake, between CONNECTED_TO_SERVER and SENDING_REQUEST.

use super::{Context, Phase, Step, Way};
use crate::clock::{Patience, Present};
use crate::{Action, Event, Failure, Notification};

/// Shakes hands, limited by `WINHTTP_OPTION_RECEIVE_TIMEOUT` without progress; the check of revocation has the same
/// limit as a whole.
#[derive(Debug)]
pub(crate) struct Secure {
    blocked: bool,
    checking: bool,
    failed: Option<Failure>,
    patience: Patience,
}

impl Secure {
    pub(crate) fn enter() -> Phase {
        Phase::Secure(Secure { blocked: false, checking: false, failed: None, patience: Patience::default() })
    }

    #[inline(never)]
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        if let Some(failure) = self.failed {
            return Step::Fail(failure);
        }
        if !self.blocked {
            return Step::Act(Action::Secure);
        }
        // contract: evidence Q10, a listener that never answers the handshake is a time-out and not 12175
        match self.patience.deadline(now, cx.terms.receive_timeout) {
            Ok(deadline) => Step::Wait(deadline),
            // What cannot be had in time is unreachable, and that is the certificate's fault: no time-out.
            Err(_) if self.checking => Step::Act(Action::Judge),
            Err(_) => Step::Fail(Failure::TIMEOUT),
        }
    }

    pub(super) fn event(&mut self, event: Event, cx: &mut Context<'_>) -> Step {
        match event {
            Event::Secured => Step::Next(Way::Live),
            // contract: clients P10, SECURE_FAILURE comes before the REQUEST_ERROR of the same failure
            Event::Insecure { bits, failure } => {
                cx.inform(Notification::SecureFailure(bits));
                self.failed = Some(failure);
                Step::Again
            }
            Event::Blocked(_) => {
                self.blocked = true;
                Step::Again
            }
            Event::Checking => {
                self.blocked = true;
                if !self.checking {
                    self.checking = true;
                    self.patience.renew();
                }
                Step::Again
            }
            Event::Ready => {
                self.blocked = false;
                if !self.checking {
                    self.patience.renew();
                }
                Step::Again
            }
            Event::Failed(failure) | Event::Broke(_, failure) => Step::Fail(failure),
            Event::EndOfStream => Step::Fail(Failure::CONNECTION_ERROR),
            _ => Step::Again,
        }
    }
}
