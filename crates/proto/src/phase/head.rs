//! The head of the reply is awaited.

use winhttp_abi as abi;

use super::{Context, Down, Receiving, Step};
use crate::clock::{Patience, Present};
use crate::http::decode::{Limits, Progress};
use crate::http::framing::{self, Asked};
use crate::http::unpack::Unpack;
use crate::{Action, Failure, Fate, Notification};

/// Reads until a final status line and its headers are in.
#[derive(Debug)]
pub(crate) struct Awaiting {
    pub(super) blocked: bool,
    taken: usize,
    seen: usize,
    silence: Patience,
    whole: Patience,
    late: bool,
}

impl Awaiting {
    #[inline(never)]
    pub(crate) fn enter(cx: &mut Context<'_>, blocked: bool) -> Self {
        // contract: notifications R4, RECEIVING_RESPONSE belongs to the ReceiveResponse that pays; under a send
        // the head is read in silence
        if cx.owed.receiving() && !*cx.announced {
            *cx.announced = true;
            cx.inform(Notification::ReceivingResponse);
        }
        Awaiting {
            blocked,
            taken: 0,
            seen: 0,
            silence: Patience::default(),
            whole: Patience::default(),
            late: false,
        }
    }

    /// Whether there may be something to read, and nothing that was waited for can be late.
    #[inline]
    pub(crate) fn reads(&self) -> bool {
        !self.blocked && !self.late && !self.whole.running()
    }

    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        // contract: options.csv RECEIVE_RESPONSE_TIMEOUT, the limit of the whole head is looked at when bytes arrive
        let whole = cx.terms.effective_response_timeout();
        if !self.blocked {
            // Nothing can be late before anything was waited for.
            self.late = self.whole.running() && self.whole.deadline(now, whole).is_err();
            return Step::Act(Action::Read);
        }
        self.late = self.whole.deadline(now, whole).is_err();
        match self.silence.deadline(now, cx.terms.receive_timeout) {
            Ok(deadline) => Step::Wait(deadline),
            Err(_) => Step::NoHead(Failure::TIMEOUT),
        }
    }

    fn note_received(&self, buffered: usize, cx: &mut Context<'_>) {
        cx.reply.received = u32::try_from(self.taken + buffered).unwrap_or(u32::MAX);
    }

    pub(super) fn feed(
        &mut self,
        input: &[u8],
        cx: &mut Context<'_>,
    ) -> (usize, Result<Option<Down>, Failure>) {
        if input.len() > self.seen {
            self.silence.renew();
        }
        if self.late {
            return (0, Err(Failure::TIMEOUT));
        }
        let mut at = 0;
        loop {
            let limits = Limits { size: cx.terms.max_header_size as usize, ..Limits::default() };
            match cx.reply.head.parse(&input[at..], &limits) {
                Ok(Progress::Partial) => {
                    self.seen = input.len() - at;
                    self.note_received(self.seen, cx);
                    return (at, Ok(None));
                }
                Ok(Progress::Complete { consumed }) => {
                    at += consumed;
                    self.taken += consumed;
                    let status = cx.reply.head.status();
                    // 101 is the final answer to an upgrade (RFC 9110 section 15.2.2).
                    if (100..200).contains(&status) && u32::from(status) != abi::HTTP_STATUS_SWITCH_PROTOCOLS
                    {
                        cx.reply.continues += 1;
                        if cx.reply.continues > cx.terms.max_continues {
                            return (at, Err(Failure::INVALID_RESPONSE));
                        }
                        cx.reply.intermediate.push(status);
                        cx.reply.head.clear();
                        continue;
                    }
                    self.note_received(input.len() - at, cx);
                    cx.reply.fresh = true;
                    return (at, self.down(cx));
                }
                Err(fault) => {
                    self.note_received(input.len() - at, cx);
                    return (at, Err(Failure(fault.code())));
                }
            }
        }
    }

    fn down(&self, cx: &mut Context<'_>) -> Result<Option<Down>, Failure> {
        let close = cx.plan.asks_to_close(cx.terms.disabled);
        let via_proxy = cx.plan.proxied() && !cx.plan.tunnels();
        let asked = Asked { method: &cx.plan.method, close, via_proxy };
        if u32::from(cx.reply.head.status()) == abi::HTTP_STATUS_SWITCH_PROTOCOLS {
            return Ok(Some(Down::Upgraded));
        }
        let verdict = framing::frame(&mut cx.reply.head, &asked).map_err(|fault| Failure(fault.code()))?;
        let fate = if verdict.persistent { Fate::Keep } else { Fate::Close };
        let unpack = match cx.terms.decompression {
            0 => None,
            enabled => Unpack::of(&mut cx.reply.head, verdict.framing, enabled),
        };
        Ok(Some(Receiving::enter(verdict.framing, fate, close, unpack)))
    }

    /// contract: evidence Q14, RESPONSE_RECEIVED counts 0 when the peer closed without a byte
    pub(super) fn end_of_stream(&mut self, cx: &mut Context<'_>) -> Failure {
        cx.reply.ended = true;
        if self.seen == 0 && self.taken == 0 { Failure::CONNECTION_ERROR } else { Failure::INVALID_RESPONSE }
    }
}
