//! Lanes and halves meet: what is owed and has become known is queued to be told.

use winhttp_abi as abi;

use crate::exchange::Exchange;
use crate::phase::authenticate;
use crate::phase::redirect::{self, Hop, Judgement};
use crate::phase::{Down, Live, Phase, Up};
use crate::reply::Seal;
use crate::{Action, Api, CallId, Failure, Lane, Next, Notification, Total};

/// How far an outstanding ReceiveResponse has come.
#[derive(Debug, Default)]
pub(crate) enum Reception {
    /// It waits for a head, or nobody receives.
    #[default]
    Head,
    /// The head has been told as received.
    Judging,
    /// REDIRECT has been queued; the leg begins when it has been told.
    Following(Box<Hop>),
}

impl Exchange {
    /// What a step of the phase would come to where a request is out and its reply comes, or is over: most looks are of
    /// this kind, and need neither the time nor anything else that a phase may touch.
    #[inline(always)]
    pub(crate) fn glance(&mut self) -> Option<Next> {
        let settles = match &mut self.phase {
            Phase::Idle if !self.owed.unpaid() => return Some(Next::Wait(None)),
            Phase::Idle => true,
            Phase::Lease(lease) => return lease.asks().then_some(Next::Do(Action::Lease)),
            Phase::Live(Live { up: Up::Ended, down: Down::Head(awaiting), .. }) => {
                return awaiting.reads().then_some(Next::Do(Action::Read));
            }
            Phase::Live(Live { up: Up::Ended, down: Down::Body(body), .. }) => match &self.owed.read {
                _ if self.owed.owes(Lane::Write) => true,
                Some(debt) if debt.paid => return None,
                Some(debt) if debt.api == Api::ReceiveResponse => true,
                Some(debt) if debt.api == Api::ReadData && body.reads(debt) => {
                    return Some(Next::Do(Action::Read));
                }
                _ => return None,
            },
            _ => return None,
        };
        if settles && self.settle() { self.ahead() } else { None }
    }

    /// Lanes and halves meet: whatever is owed and has become known is queued. True when something was.
    #[inline(always)]
    pub(crate) fn settle(&mut self) -> bool {
        if let Phase::Socket(socket) = &mut self.phase {
            return socket.settle(&mut self.owed, &mut self.says);
        }
        // A lane that owes nothing is passed over before anything is called.
        let write = self.owed.owes(Lane::Write) && self.settle_write();
        let read = self.owed.owes(Lane::Read) && self.settle_read();
        write || read
    }

    fn settle_write(&mut self) -> bool {
        let Some(debt) = self.owed.write.filter(|debt| !debt.paid) else { return false };
        let sent = match debt.api {
            // contract: evidence Q11, with a complete body the completion of the send waits for the head of the
            // reply, and what goes wrong with the reply belongs to ReceiveResponse
            Api::SendRequest => match &self.phase {
                Phase::Live(live) => match live.up {
                    Up::Feed(_) => true,
                    Up::Head(_) => false,
                    Up::Ended | Up::Broken(_) => {
                        self.plan.body.total == Total::Framed
                            || !matches!(live.down, Down::Quiet | Down::Head(_))
                    }
                },
                Phase::Idle => true,
                _ => false,
            },
            _ if debt.finished => true,
            _ => {
                let failure = match &self.phase {
                    Phase::Live(live) => match &live.up {
                        Up::Broken(broken) => Some(broken.0),
                        Up::Ended => None,
                        Up::Head(_) | Up::Feed(_) => return false,
                    },
                    _ => self.broken,
                };
                // An empty write after the end of the body adds nothing and is complete.
                if failure.is_some() || debt.length > 0 {
                    self.settle_failed(Lane::Write, failure.unwrap_or(Failure::CONNECTION_ERROR));
                    return true;
                }
                true
            }
        };
        if sent {
            let what = match debt.api {
                Api::SendRequest => Notification::SendRequestComplete(debt.length),
                _ => Notification::WriteComplete(debt.length),
            };
            self.settle_as(Lane::Write, what);
        }
        sent
    }

    /// A write that meets the end of its exchange hears of it before the connection goes.
    pub(crate) fn settle_late_write(&mut self) {
        if self.owed.write.is_some_and(|debt| debt.api == Api::WriteData) {
            self.settle_write();
        }
    }

    #[inline(never)]
    fn settle_read(&mut self) -> bool {
        let Some(debt) = self.owed.read.filter(|debt| !debt.paid) else { return false };
        if debt.api == Api::ReceiveResponse {
            return self.settle_receive(debt.call);
        }
        let (ended, promised) = match &self.phase {
            Phase::Live(live) => match &live.down {
                Down::Body(body) => (false, body.promised),
                _ => (true, 0),
            },
            _ => (true, 0),
        };
        let whole = debt.api == Api::ReadData && debt.filled();
        if let Some(failure) = self.broken.filter(|_| ended && !whole) {
            self.settle_failed(Lane::Read, failure);
            return true;
        }
        let what = match debt.api {
            Api::QueryDataAvailable if promised > 0 || ended => Notification::DataAvailable(promised),
            Api::ReadData if ended || whole => {
                self.reply.body += u64::from(debt.done);
                Notification::ReadComplete(debt.done)
            }
            _ => return false,
        };
        self.settle_as(Lane::Read, what);
        true
    }

    fn settle_receive(&mut self, call: CallId) -> bool {
        match std::mem::take(&mut self.reception) {
            Reception::Head => match self.reply.seal {
                Seal::Sealed(failure) => {
                    self.head_received(failure, call);
                    true
                }
                _ => false,
            },
            Reception::Judging if self.retries_late() => {
                self.send_again();
                true
            }
            Reception::Judging => {
                let challenged = authenticate::judge(&mut self.plan, &self.reply, &self.terms);
                match challenged.unwrap_or_else(|| redirect::judge(&self.plan, &self.reply, &self.terms)) {
                    Judgement::Deliver => {
                        self.reply.seal = Seal::Delivered;
                        self.settle_as(Lane::Read, Notification::HeadersAvailable);
                    }
                    Judgement::Follow(hop) => {
                        self.says.inform(Notification::Redirect(hop.url.clone()), call);
                        self.reception = Reception::Following(Box::new(hop));
                    }
                    // contract: notifications R4, sent again as after a redirect, without REDIRECT
                    Judgement::Authenticate => {
                        self.begin_leg();
                        self.reply.seal = Seal::Empty;
                    }
                    // contract: evidence Q18, {1, 12032}, and neither headers nor schemes can be queried then
                    Judgement::Resend => {
                        self.reply.seal = Seal::Empty;
                        self.resend = true;
                        self.settle_failed(Lane::Read, Failure::RESEND_REQUEST);
                    }
                    Judgement::Fail(failure) => {
                        self.drop_wire();
                        self.reply.seal = Seal::Empty;
                        self.settle_failed(Lane::Read, failure);
                    }
                }
                true
            }
            Reception::Following(hop) => {
                hop.apply(&mut self.plan);
                self.begin_leg();
                self.reply.seal = Seal::Empty;
                true
            }
        }
    }

    /// The server says that the request came too late (RFC 9110 section 15.5.9).
    fn retries_late(&self) -> bool {
        u32::from(self.reply.head.status()) == abi::HTTP_STATUS_REQUEST_TIMEOUT
            && self.may_retry(abi::WINHTTP_CONNECTION_RETRY_CONDITION_408)
    }

    fn head_received(&mut self, failure: Option<Failure>, call: CallId) {
        if !self.reply.intermediate.is_empty() {
            let code = self.reply.intermediate.remove(0);
            self.says.inform(Notification::IntermediateResponse(code), call);
            return;
        }
        let counted = self.reply.received > 0 || self.reply.ended;
        match failure {
            None => {
                if self.terms.passport {
                    authenticate::passport(&mut self.reply);
                }
                self.reply.seal = Seal::Open;
                self.reception = Reception::Judging;
                self.says.inform(Notification::ResponseReceived(self.reply.received), call);
            }
            Some(failure) => {
                if counted {
                    self.says.inform(Notification::ResponseReceived(self.reply.received), call);
                }
                self.reply.seal = Seal::Empty;
                self.settle_failed(Lane::Read, failure);
            }
        }
    }

    pub(crate) fn fail_all(&mut self, failure: Failure) {
        for lane in [Lane::Write, Lane::Read] {
            self.settle_failed(lane, failure);
        }
    }

    pub(crate) fn settle_failed(&mut self, lane: Lane, failure: Failure) {
        let debt = *self.owed.lane(lane);
        if let Some(debt) = debt.filter(|debt| !debt.paid) {
            self.settle_as(lane, Notification::RequestError { api: debt.api, error: failure.0 });
        }
    }

    #[inline(always)]
    fn settle_as(&mut self, lane: Lane, what: Notification) {
        if let Some(debt) = self.owed.lane(lane).as_mut() {
            debt.paid = true;
            let call = debt.call;
            self.says.settle(what, call, lane);
        }
    }
}
