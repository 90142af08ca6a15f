//! The body of the reply comes in, as far as the application asks for it.

use super::{Context, Down, Leftover, Step};
use crate::clock::{Patience, Present};
use crate::http::body::{Body, End};
use crate::http::chunked::bounded;
use crate::http::framing::Framing;
use crate::http::unpack::Unpack;
use crate::owed::Pair;
use crate::{Action, Api, Debt, Failure, Fate, Notification, Want};

/// Reads smaller than this go through the wire's buffer, so that a loop of small reads is not one of system calls.
const DIRECT_FROM: usize = 4096;

/// A body that is not at its end.
#[derive(Debug)]
pub(crate) struct Receiving {
    body: Body,
    /// Where the body is unpacked on its way.
    unpack: Option<Box<Unpack>>,
    fate: Fate,
    asked_to_close: bool,
    /// How the connection ended while unpacked bytes still waited.
    over: Option<End>,
    pub(super) blocked: bool,
    patience: Patience,
    /// What DATA_AVAILABLE has promised and ReadData has not taken yet.
    pub(crate) promised: u32,
}

impl Receiving {
    pub(crate) fn enter(
        framing: Framing,
        fate: Fate,
        asked_to_close: bool,
        unpack: Option<Box<Unpack>>,
    ) -> Down {
        let mut body = Body::new();
        body.begin(framing);
        if body.is_done() {
            return Down::Ended { fate, closed: asked_to_close };
        }
        Down::Body(Receiving {
            body,
            unpack,
            fate,
            asked_to_close,
            over: None,
            blocked: false,
            patience: Patience::default(),
            promised: 0,
        })
    }

    /// The body has come to its end; its trailer can be queried from now on.
    fn whole(&self, cx: &mut Context<'_>) -> Result<Down, Failure> {
        if !self.body.trailer().is_empty() {
            let fields = cx.reply.trailer.get_or_insert_default();
            fields.parse_trailer(self.body.trailer()).map_err(|fault| Failure(fault.code()))?;
        }
        Ok(self.ended(self.over.is_some()))
    }

    fn ended(&self, closed: bool) -> Down {
        let fate = if closed { Fate::Close } else { self.fate };
        Down::Ended { fate, closed: closed || self.asked_to_close }
    }

    /// The read-side call that needs more bytes.
    fn hungry<'a>(&self, cx: &'a mut Context<'_>) -> Option<&'a mut Debt> {
        let debt = cx.owed.read.as_mut().filter(|debt| !debt.paid)?;
        let needs = match debt.api {
            Api::QueryDataAvailable => debt.done == 0 && self.promised == 0,
            Api::ReadData => !debt.filled(),
            _ => false,
        };
        needs.then_some(debt)
    }

    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        let receive_timeout = cx.terms.receive_timeout;
        if self.hungry(cx).is_none() {
            self.patience.renew();
            return Step::Wait(None);
        }
        if !self.blocked || self.pending() {
            return Step::Act(Action::Read);
        }
        let Some(debt) = self.hungry(cx) else { return Step::Again };
        // contract: notifications S5 and S8 [T?], a read that has to wait may tell RECEIVING and RECEIVED
        if debt.pair == Pair::Untold {
            debt.pair = Pair::Receiving;
            let call = debt.call;
            cx.says.inform(Notification::ReceivingResponse, call);
            return Step::Again;
        }
        match self.patience.deadline(now, receive_timeout) {
            Ok(deadline) => Step::Wait(deadline),
            Err(_) => Step::NoBody(Failure::TIMEOUT),
        }
    }

    /// Whether a ReadData is served by a read now.
    #[inline]
    pub(crate) fn reads(&self, debt: &Debt) -> bool {
        !self.blocked && !debt.filled()
    }

    /// Whatever is buffered feeds a call that is hungry: what an earlier call left, too.
    pub(super) fn want(&self, cx: &mut Context<'_>, buffered: usize) -> Want {
        let direct = self.body.direct_len();
        let pending = self.pending();
        let packed = self.unpack.is_some();
        let Some(debt) = self.hungry(cx) else { return Want::Nothing };
        if buffered > 0 || pending {
            return Want::Buffered;
        }
        let room = (debt.length - debt.done) as usize;
        if debt.api == Api::ReadData && direct > 0 && room >= DIRECT_FROM && !packed {
            let most =
                u32::try_from(room.min(usize::try_from(direct).unwrap_or(usize::MAX))).unwrap_or(u32::MAX);
            return Want::Direct { at: debt.done, most };
        }
        Want::Bytes
    }

    /// A waiting read has got bytes.
    fn arrived(&mut self, bytes: usize, cx: &mut Context<'_>) {
        self.patience.renew();
        if let Some(debt) = cx.owed.read.as_mut().filter(|debt| debt.pair == Pair::Receiving) {
            debt.pair = Pair::Received;
            let call = debt.call;
            cx.says.inform(Notification::ResponseReceived(u32::try_from(bytes).unwrap_or(u32::MAX)), call);
        }
    }

    pub(super) fn feed(
        &mut self,
        input: &[u8],
        out: &mut [u8],
        cx: &mut Context<'_>,
    ) -> (usize, Result<Option<Down>, Failure>) {
        if self.unpack.is_some() {
            return self.feed_packed(input, out, cx);
        }
        self.arrived(input.len(), cx);
        let Some(debt) = cx.owed.read.as_mut().filter(|debt| !debt.paid) else { return (0, Ok(None)) };
        let room = match debt.api {
            Api::ReadData => out.get_mut(debt.done as usize..debt.length as usize).unwrap_or_default(),
            _ => &mut [],
        };
        let step = match self.body.decode(input, room) {
            Ok(step) => step,
            Err(fault) => return (0, Err(Failure(fault.code()))),
        };
        debt.done += step.produced as u32;
        let (api, hungry) = (debt.api, !debt.filled());
        self.promised = self.promised.saturating_sub(step.produced as u32);
        let ended = self.body.is_done();
        // Room on both sides and no progress: a fault stands behind the payload that was just copied.
        if api == Api::ReadData && hungry && !ended && step.consumed < input.len() {
            let fault = self.body.decode(&input[step.consumed..], &mut []).err();
            return (
                step.consumed,
                Err(fault.map_or(Failure::INVALID_RESPONSE, |fault| Failure(fault.code()))),
            );
        }
        if api == Api::QueryDataAvailable && !ended {
            self.promised = u32::try_from(self.body.available(&input[step.consumed..])).unwrap_or(u32::MAX);
        }
        (step.consumed, if ended { self.whole(cx).map(Some) } else { Ok(None) })
    }

    /// Whether a read may get something, or the end, without a further byte from the connection.
    fn pending(&self) -> bool {
        self.unpack.as_ref().is_some_and(|unpack| unpack.pending() || self.body.is_done())
    }

    /// As [`Receiving::feed`], through the unpacking. What is left of `input` comes again with the next read.
    fn feed_packed(
        &mut self,
        input: &[u8],
        out: &mut [u8],
        cx: &mut Context<'_>,
    ) -> (usize, Result<Option<Down>, Failure>) {
        if !input.is_empty() {
            self.arrived(input.len(), cx);
        }
        let (Some(unpack), Some(debt)) = (&mut self.unpack, cx.owed.read.as_mut().filter(|debt| !debt.paid))
        else {
            return (0, Ok(None));
        };
        let room = match debt.api {
            Api::ReadData => out.get_mut(debt.done as usize..debt.length as usize),
            _ => Some(&mut [][..]),
        };
        let Some(room) = room else { return (0, Err(Failure::CANCELLED)) };
        let mut taken = 0;
        let mut given = unpack.take_ahead(room);
        let outcome = loop {
            let rest = &input[taken..];
            // With nowhere to put payload, only framing is taken.
            let framing = match self.body.decode(rest, &mut []) {
                Ok(step) => step.consumed,
                Err(fault) => break Err(Failure(fault.code())),
            };
            taken += framing;
            let rest = &rest[framing..];
            let payload = &rest[..bounded(self.body.direct_len(), rest.len())];
            let step = match debt.api {
                Api::ReadData => unpack.step(payload, &mut room[given..]),
                _ => unpack.look_ahead(payload).map(|took| (took, 0)),
            };
            let Ok((took, gave)) = step else { break Err(Failure::INVALID_RESPONSE) };
            self.body.advance(took as u64);
            cx.reply.packed += took as u64;
            taken += took;
            given += gave;
            if framing == 0 && took == 0 && gave == 0 {
                break Ok(());
            }
        };
        debt.done += given as u32;
        self.promised = unpack.waiting() as u32;
        if let Err(failure) = outcome {
            return (taken, Err(failure));
        }
        if !self.body.is_done() || unpack.pending() {
            return (taken, Ok(None));
        }
        match self.over {
            _ if unpack.whole() => (taken, self.whole(cx).map(Some)),
            Some(End::Truncated) => (taken, Err(Failure::CONNECTION_ERROR)),
            _ => (taken, Err(Failure::INVALID_RESPONSE)),
        }
    }

    pub(super) fn direct(&mut self, bytes: usize, cx: &mut Context<'_>) -> Option<Down> {
        self.arrived(bytes, cx);
        self.body.advance(bytes as u64);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if let Some(debt) = cx.owed.waits(Api::ReadData) {
            debt.done = debt.done.saturating_add(bytes).min(debt.length);
        }
        self.promised = self.promised.saturating_sub(bytes);
        self.body.is_done().then(|| self.ended(false))
    }

    /// contract: evidence table A, a body cut off by an orderly close is a clean end
    pub(super) fn end_of_stream(&mut self) -> Result<Option<Down>, Failure> {
        let end = self.body.on_end_of_stream();
        if end == End::Truncated && self.body.framing() == Framing::Chunked {
            return Err(Failure::CONNECTION_ERROR);
        }
        if self.unpack.is_some() {
            // Whether the packed stream is whole shows when the rest of it is asked for.
            self.over = Some(end);
            return Ok(None);
        }
        Ok(Some(self.ended(true)))
    }

    /// All of it came in, and a connection that is to be closed afterwards is at rest: only unpacked bytes wait.
    pub(crate) fn arrived_whole(&self) -> Option<Fate> {
        self.body.is_done().then_some(if self.over.is_some() { Fate::Close } else { self.fate })
    }

    /// The rest of this body, for a connection that is worth keeping.
    pub(crate) fn leftover(self, limit: u32) -> Option<Box<Leftover>> {
        (self.fate == Fate::Keep).then(|| Leftover::of(self.body, limit)).flatten()
    }
}
