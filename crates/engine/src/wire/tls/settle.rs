//! Verdicts that wait for what has to be fetched about revocation.
//!
//! The TLS library asks for the verdict in the middle of a handshake, where nothing can wait. A certificate that lacks nothing but an
//! answer about revocation is let pass there, and the connection is held before its first byte of application data: no session
//! of it is kept, and whoever drives it fetches what is lacking and has the chain judged again. One that has other faults fails at once,
//! and is judged again only for the whole set of its faults.

use std::io::{Read, Write};
use std::sync::Arc;

use super::{Handshake, Tls, TlsFault};
use crate::wire::verdict::{RevocationFetch, reported};

/// So often a chain is judged again: an answer that comes may show that another one is lacking.
const ROUNDS: u32 = 12;

/// What is open about a verdict.
pub(super) struct Unsettled {
    lacking: Vec<RevocationFetch>,
    ocsp: Arc<[u8]>,
    /// The handshake waits for the answer.
    suspended: bool,
    /// It fails anyhow.
    fault: Option<TlsFault>,
    rounds: u32,
}

impl Unsettled {
    pub(super) fn new(lacking: Vec<RevocationFetch>, ocsp: Arc<[u8]>) -> Self {
        Self { lacking, ocsp, suspended: false, fault: None, rounds: 0 }
    }
}

impl Tls {
    /// What has to be fetched before [`settle`](Self::settle).
    pub fn lacking(&self) -> &[RevocationFetch] {
        self.unsettled.as_deref().map_or(&[], |unsettled| &unsettled.lacking)
    }

    /// The handshake waits for a verdict.
    pub(crate) fn suspended(&self) -> bool {
        self.unsettled.as_deref().is_some_and(|unsettled| unsettled.suspended)
    }

    pub(super) fn suspend(&mut self) -> Handshake {
        if let Some(unsettled) = self.unsettled.as_deref_mut() {
            unsettled.suspended = true;
        }
        Handshake::Unsettled
    }

    /// A failure in the handshake; one of the certificate may have to wait for the rest of its faults.
    pub(super) fn condemned(&mut self, fault: TlsFault) -> Handshake {
        match self.unsettled.as_deref_mut().filter(|_| self.report.verdict.fatal() != 0) {
            Some(unsettled) if fault.error == winhttp_abi::ERROR_WINHTTP_SECURE_FAILURE => {
                unsettled.fault = Some(fault);
                self.suspend()
            }
            _ => {
                self.unsettled = None;
                self.failed(fault)
            }
        }
    }

    /// Judges the chain again, by what is known now. `last`: nothing more will be fetched, so what is lacking counts as
    /// unreachable.
    pub fn settle(&mut self, io: &mut (impl Read + Write), last: bool) -> Handshake {
        let (Some(mut unsettled), Some(name)) = (self.unsettled.take(), &self.name) else {
            return self.handshake(io);
        };
        let judge = self.config.judge.clone();
        let judged = judge.again(&self.report.chain, name, &unsettled.ocsp);
        unsettled.rounds += 1;
        if !judged.lacking.is_empty() && !last && unsettled.rounds < ROUNDS {
            unsettled.lacking = judged.lacking;
            self.unsettled = Some(unsettled);
            return self.suspend();
        }
        let verdict = judged.verdict;
        Arc::make_mut(&mut self.report).verdict = verdict;
        if let Some(mut fault) = unsettled.fault {
            fault.bits = reported(verdict);
            return self.failed(fault);
        }
        if verdict.fatal() != 0 {
            self.close(io);
            return self.failed(TlsFault::certificate(reported(verdict), "revoked, or nobody can say"));
        }
        judge.settled(self.report.chain.clone(), verdict, unsettled.ocsp);
        self.done(io)
    }
}
