//! Both directions at once: the request going up, the reply coming down.

use super::{Awaiting, Context, Feed, Leftover, Phase, Receiving, Sending, Step};
use crate::clock::{Moment, Present};
use crate::message::{Body, Side};
use crate::owed::Broken;
use crate::reply::Seal;
use crate::{Event, Failure, Fate, Outgoing, Want};

/// A connection that carries this exchange.
///
/// A reply can arrive while the body is still being fed, so the halves advance on their own; lanes and halves
/// meet only where completions are settled.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) up: Up,
    pub(crate) down: Down,
    /// Bytes of the wire's buffer that have been looked at and left: part of a head, or more than the reply.
    pub(super) held: usize,
    /// The connection had nothing to read when the reply was not awaited yet.
    dry: bool,
}

/// The half towards the server.
#[derive(Debug)]
#[repr(u8)]
pub(crate) enum Up {
    Head(Sending),
    Feed(Feed),
    Ended,
    /// Silent until a write owes.
    Broken(Broken),
}

/// The half towards the application.
#[derive(Debug)]
#[repr(u8)]
pub(crate) enum Down {
    /// Nobody asks yet.
    Quiet,
    Head(Awaiting),
    Body(Receiving),
    /// The reply is complete; what becomes of the connection, and whether its end was seen.
    Ended {
        fate: Fate,
        closed: bool,
    },
    /// The connection speaks another protocol from here on (101): it stays until the exchange is closed or sent again.
    Upgraded,
}

/// What is left of a connection when its exchange goes on to something else.
#[derive(Debug)]
pub(crate) enum Rest {
    /// A reply that nobody has read, on a connection that is worth keeping.
    Unread(Box<Leftover>),
    /// Nothing that matters.
    Gone(Fate),
}

impl Live {
    pub(crate) fn enter(cx: &mut Context<'_>) -> Phase {
        cx.reply.clear();
        Live::of(Sending::enter(cx), Down::Quiet, 0)
    }

    pub(super) fn of(up: Up, down: Down, held: usize) -> Phase {
        Phase::Live(Live { up, down, held, dry: false })
    }

    /// ReceiveResponse was called.
    pub(crate) fn reply_is_asked(&mut self) {
        if let Up::Feed(feed) = &mut self.up {
            feed.reply_is_asked();
        }
    }

    /// What becomes of the connection when the exchange leaves it here; `limit` is that of draining.
    pub(crate) fn leave(self, limit: u32) -> Rest {
        if let Down::Body(body) = &self.down
            && let Some(fate) = body.arrived_whole()
        {
            return Rest::Gone(if self.clean() { fate } else { Fate::Close });
        }
        match self.down {
            Down::Body(body) if matches!(self.up, Up::Ended) => {
                body.leftover(limit).map_or(Rest::Gone(Fate::Close), Rest::Unread)
            }
            Down::Ended { fate, .. } if self.clean() => Rest::Gone(fate),
            _ => Rest::Gone(Fate::Close),
        }
    }

    /// The request went out whole, and nothing came behind the reply.
    fn clean(&self) -> bool {
        matches!(self.up, Up::Ended) && self.held == 0
    }

    /// No more can go up: everything is sent, or sending has failed.
    pub(crate) fn up_over(&self) -> bool {
        matches!(self.up, Up::Ended | Up::Broken(_))
    }

    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        let up = match &mut self.up {
            Up::Head(sending) => sending.step(cx, now),
            Up::Feed(feed) => feed.step(cx, now),
            Up::Ended | Up::Broken(_) => Ok(Step::Wait(None)),
        };
        let upper = match up {
            Ok(Step::Wait(deadline)) => deadline,
            Ok(step) => return step,
            Err(up) => {
                self.up = up;
                return Step::Again;
            }
        };
        let (listens, up_over) = (self.listens(cx), self.up_over());
        let down = match &mut self.down {
            Down::Quiet if listens => {
                self.down = Down::Head(Awaiting::enter(cx, self.dry));
                // That the reply is awaited is told first; without that there is no need to come again.
                match &mut self.down {
                    Down::Head(awaiting) if cx.says.front().is_none() => awaiting.step(cx, now),
                    _ => Step::Again,
                }
            }
            Down::Quiet => Step::Wait(None),
            Down::Head(awaiting) => awaiting.step(cx, now),
            Down::Body(receiving) => receiving.step(cx, now),
            Down::Upgraded => Step::Wait(None),
            Down::Ended { .. } if !up_over => Step::Wait(None),
            &mut Down::Ended { fate, closed } => {
                return Step::Done { fate: if self.clean() { fate } else { Fate::Close }, closed };
            }
        };
        match down {
            Step::Wait(deadline) => Step::Wait(Moment::earlier(upper, deadline)),
            step => step,
        }
    }

    /// The reply's head is read under the send once everything is sent, and for a ReceiveResponse in any case.
    ///
    /// contract: notifications R4, after a body that came by WriteData it is ReceiveResponse that needs the network
    fn listens(&self, cx: &Context<'_>) -> bool {
        self.up_over() && cx.owed.sending() || cx.owed.receiving() && !matches!(self.up, Up::Head(_))
    }

    pub(super) fn event(&mut self, event: Event, cx: &mut Context<'_>) -> Step {
        match event {
            Event::Wrote(bytes) => match &mut self.up {
                Up::Head(sending) => {
                    sending.wrote(bytes);
                    if let Some(up) = sending.over(cx) {
                        self.up = up;
                    }
                }
                Up::Feed(feed) => feed.wrote(bytes),
                Up::Ended | Up::Broken(_) => {}
            },
            Event::Blocked(Side::Write) => self.up_blocked(true),
            Event::Blocked(Side::Read) => self.down_blocked(true),
            Event::Ready => {
                self.up_blocked(false);
                self.down_blocked(false);
            }
            // A reply that is already on its way is still delivered: the failure waits for a write that owes.
            // contract: evidence table A, a dead pooled connection shows at ReceiveResponse and never at the send
            Event::Broke(Side::Write, failure) => {
                // The send completes without having been taken whole: what was sent is said before it.
                if let Up::Head(sending) = &self.up {
                    cx.inform(crate::Notification::RequestSent(sending.sent()));
                }
                self.up = Up::Broken(Broken(failure));
                // Whether a reply came before it shows when it is read for.
                self.down_blocked(false);
            }
            Event::Broke(Side::Read, failure) => return self.down_broke(failure),
            Event::EndOfStream => return self.end_of_stream(cx),
            Event::Failed(failure) => return self.down_broke(failure),
            _ => {}
        }
        Step::Again
    }

    fn up_blocked(&mut self, blocked: bool) {
        match &mut self.up {
            Up::Head(sending) => sending.blocked = blocked,
            Up::Feed(feed) => feed.blocked = blocked,
            Up::Ended | Up::Broken(_) => {}
        }
    }

    /// Nothing is there to be read now; what comes is reported.
    pub(crate) fn dry(&mut self) {
        self.dry = true;
    }

    fn down_blocked(&mut self, blocked: bool) {
        self.dry &= blocked;
        match &mut self.down {
            Down::Head(awaiting) => awaiting.blocked = blocked,
            Down::Body(receiving) => receiving.blocked = blocked,
            Down::Quiet | Down::Ended { .. } | Down::Upgraded => {}
        }
    }

    fn down_broke(&mut self, failure: Failure) -> Step {
        match self.down {
            Down::Head(_) | Down::Quiet => Step::NoHead(failure),
            Down::Body(_) => Step::NoBody(failure),
            Down::Ended { .. } | Down::Upgraded => Step::Again,
        }
    }

    fn end_of_stream(&mut self, cx: &mut Context<'_>) -> Step {
        match &mut self.down {
            Down::Head(awaiting) => Step::NoHead(awaiting.end_of_stream(cx)),
            Down::Body(receiving) => match receiving.end_of_stream() {
                Ok(Some(down)) => {
                    self.down = down;
                    Step::Again
                }
                Ok(None) => Step::Again,
                Err(failure) => Step::NoBody(failure),
            },
            Down::Quiet | Down::Ended { .. } | Down::Upgraded => Step::Again,
        }
    }

    pub(crate) fn outgoing<'a>(&self, out: &'a [u8]) -> Outgoing<'a> {
        match &self.up {
            Up::Head(sending) => sending.outgoing(out),
            Up::Feed(feed) => feed.outgoing(out),
            Up::Ended | Up::Broken(_) => Outgoing { before: &[], body: Body::Nothing, after: &[] },
        }
    }

    /// What the next read is for, when `buffered` bytes wait in the wire.
    pub(crate) fn want(&self, cx: &mut Context<'_>, buffered: usize) -> Want {
        match &self.down {
            Down::Head(_) if buffered > self.held => Want::Buffered,
            Down::Head(_) => Want::Bytes,
            Down::Body(receiving) => receiving.want(cx, buffered),
            Down::Quiet | Down::Ended { .. } | Down::Upgraded => Want::Nothing,
        }
    }

    /// Takes from `input` what it can, into `out` where the application's buffer is; says how much it took.
    pub(crate) fn feed(&mut self, input: &[u8], out: &mut [u8], cx: &mut Context<'_>) -> (usize, Step) {
        let (taken, next) = match &mut self.down {
            Down::Head(awaiting) => {
                let (taken, next) = awaiting.feed(input, cx);
                if matches!(next, Ok(Some(_))) {
                    // The head is kept until ReceiveResponse asks for it.
                    cx.reply.seal = Seal::Sealed(None);
                }
                (taken, next)
            }
            Down::Body(receiving) => receiving.feed(input, out, cx),
            Down::Quiet | Down::Ended { .. } | Down::Upgraded => (0, Ok(None)),
        };
        self.held = input.len() - taken;
        match next {
            Ok(Some(down)) => {
                // What is left belongs to the next part and has not been looked at: only past the end does it count.
                if !matches!(down, Down::Ended { .. }) {
                    self.held = 0;
                }
                self.down = down;
                (taken, Step::Again)
            }
            Ok(None) => (taken, Step::Again),
            Err(failure) => (taken, self.down_broke(failure)),
        }
    }

    /// So many bytes were read straight into the application's buffer.
    pub(crate) fn direct(&mut self, bytes: usize, cx: &mut Context<'_>) {
        self.held = 0;
        if let Down::Body(receiving) = &mut self.down
            && let Some(down) = receiving.direct(bytes, cx)
        {
            self.down = down;
        }
    }
}
