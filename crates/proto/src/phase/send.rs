//! The head of the request goes out, and the data given to SendRequest with it.

use super::{Context, Feed, Step, Up, feed};
use crate::clock::{Patience, Present};
use crate::message::Body;
use crate::{Action, Notification, Outgoing, Total};

/// Head and optional data, written in one go where the socket takes them.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    encoded: bool,
    pub(super) blocked: bool,
    written: usize,
    optional: usize,
    /// The optional data is a chunk.
    chunk: bool,
    patience: Patience,
}

impl Sending {
    pub(crate) fn enter(cx: &mut Context<'_>) -> Up {
        cx.inform(Notification::SendingRequest);
        Up::Head(Sending::default())
    }

    /// Encodes only now: the application may have changed headers inside SENDING_REQUEST's predecessors.
    #[inline(never)]
    fn encode(&mut self, cx: &mut Context<'_>) {
        cx.out.clear();
        cx.plan.encode(cx.terms, cx.out);
        cx.reply.head_sent = u32::try_from(cx.out.len()).unwrap_or(u32::MAX);
        self.optional = cx.plan.body.optional as usize;
        if cx.plan.body.total == Total::Chunked && self.optional > 0 {
            feed::chunk_size(self.optional, cx.out);
            self.chunk = true;
        }
        self.encoded = true;
    }

    fn all(&self, out: &[u8]) -> usize {
        out.len() + self.optional + feed::chunk_end(self.chunk).len()
    }

    pub(super) fn outgoing<'a>(&self, out: &'a [u8]) -> Outgoing<'a> {
        let body = self.written.saturating_sub(out.len());
        let after = body.saturating_sub(self.optional);
        Outgoing {
            before: out.get(self.written..).unwrap_or_default(),
            body: if body < self.optional { Body::Optional(body..self.optional) } else { Body::Nothing },
            after: feed::chunk_end(self.chunk).get(after..).unwrap_or_default(),
        }
    }

    /// How many bytes the connection took.
    pub(super) fn sent(&self) -> u32 {
        u32::try_from(self.written).unwrap_or(u32::MAX)
    }

    pub(super) fn wrote(&mut self, bytes: usize) {
        self.written = self.written.saturating_add(bytes);
        self.patience.renew();
    }

    /// What `up` becomes when all of it has gone out.
    #[inline]
    pub(super) fn over(&self, cx: &mut Context<'_>) -> Option<Up> {
        let all = self.all(cx.out);
        if self.written < all {
            return None;
        }
        cx.inform(Notification::RequestSent(u32::try_from(all).unwrap_or(u32::MAX)));
        Some(Feed::enter(&cx.plan.body))
    }

    /// The next step, or what `up` becomes.
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Result<Step, Up> {
        if !self.encoded {
            self.encode(cx);
        }
        if let Some(up) = self.over(cx) {
            return Err(up);
        }
        if !self.blocked {
            return Ok(Step::Act(Action::Write));
        }
        match self.patience.deadline(now, cx.terms.send_timeout) {
            Ok(deadline) => Ok(Step::Wait(deadline)),
            Err(_) => Ok(Step::Fail(crate::Failure::TIMEOUT)),
        }
    }
}
