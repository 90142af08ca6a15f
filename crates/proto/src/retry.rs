//! A leg that goes once more without the application's doing.

use winhttp_abi as abi;

use crate::Failure;
use crate::exchange::{Exchange, Life};
use crate::phase::Phase;
use crate::reply::Seal;

impl Exchange {
    /// Whether the session allows that a request goes once more, for this reason. What was written piece by piece cannot.
    ///
    /// contract: evidence table A, no retry unless `WINHTTP_OPTION_FAILED_CONNECTION_RETRIES` asks for it
    pub(crate) fn may_retry(&self, condition: u32) -> bool {
        self.terms.retry_on & condition != 0
            && self.retried < self.terms.retries
            && self.plan.body.complete()
            && self.life == Life::Open
    }

    /// A kept connection that died before a byte of the reply.
    pub(crate) fn retries_stale(&self) -> bool {
        self.reused
            && self.reply.received == 0
            && self.may_retry(abi::WINHTTP_CONNECTION_RETRY_CONDITION_STALE_CONNECTION)
    }

    /// A handshake that broke; a certificate that does not hold is no accident.
    pub(crate) fn retries_handshake(&self, failure: Failure) -> bool {
        let verdict = matches!(
            failure.0,
            abi::ERROR_WINHTTP_SECURE_FAILURE | abi::ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED
        );
        matches!(self.phase, Phase::Secure(_))
            && !verdict
            && self.may_retry(abi::WINHTTP_CONNECTION_RETRY_CONDITION_SSL_HANDSHAKE)
    }

    /// A proxy that cannot be reached, where its list names another.
    pub(crate) fn leaves_proxy(&mut self) -> bool {
        matches!(self.phase, Phase::Resolve(_) | Phase::Dial(_))
            && self.life == Life::Open
            && self.plan.leave_proxy()
    }

    /// Begins the leg once more.
    pub(crate) fn send_again(&mut self) {
        self.retried += 1;
        self.begin_again();
    }

    pub(crate) fn begin_again(&mut self) {
        self.drop_wire();
        self.begin_leg();
        self.reply.seal = Seal::Empty;
    }
}
