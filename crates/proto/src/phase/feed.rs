//! The body that the application writes after SendRequest.

use super::{Context, Step, Up};
use crate::clock::{Patience, Present};
use crate::message::Body;
use crate::owed::Broken;
use crate::{Action, Api, BodyLength, Failure, Outgoing, Total};

/// What is still to come, and the write that is under way.
#[derive(Debug)]
pub(crate) struct Feed {
    /// How much of the body is missing.
    pub(crate) left: Total,
    pub(super) blocked: bool,
    /// The reply was asked for: nothing follows the write that is under way.
    last: bool,
    /// Nobody is there to be written to: what comes is taken and forgotten.
    discards: bool,
    writing: Option<Writing>,
    patience: Patience,
}

#[derive(Debug)]
struct Writing {
    length: usize,
    written: usize,
    /// It is a chunk, which has an end.
    chunk: bool,
}

impl Feed {
    pub(crate) fn enter(body: &BodyLength) -> Up {
        if body.complete() {
            return Up::Ended;
        }
        let left = match body.total {
            Total::Bytes(total) => Total::Bytes(total - u64::from(body.optional)),
            open => open,
        };
        let (blocked, last, discards) = (false, false, false);
        Up::Feed(Feed { left, blocked, last, discards, writing: None, patience: Patience::default() })
    }

    /// The rest of a body that no server gets, because a proxy has refused the way: the application writes it as it
    /// would have, and finds the reason when it asks for the reply.
    pub(crate) fn discard(body: &BodyLength) -> Up {
        let mut up = Feed::enter(body);
        if let Up::Feed(feed) = &mut up {
            feed.discards = true;
        }
        up
    }

    /// A body that the application frames itself ends where it asks for the reply.
    pub(super) fn reply_is_asked(&mut self) {
        self.last = self.discards || self.left == Total::Framed;
    }

    pub(super) fn outgoing<'a>(&self, out: &'a [u8]) -> Outgoing<'a> {
        let Some(writing) = &self.writing else {
            return Outgoing { before: &[], body: Body::Nothing, after: &[] };
        };
        let body = writing.written.saturating_sub(out.len());
        let after = body.saturating_sub(writing.length);
        Outgoing {
            before: out.get(writing.written..).unwrap_or_default(),
            body: if body < writing.length { Body::Written(body..writing.length) } else { Body::Nothing },
            after: chunk_end(writing.chunk).get(after..).unwrap_or_default(),
        }
    }

    pub(super) fn wrote(&mut self, bytes: usize) {
        if let Some(writing) = &mut self.writing {
            writing.written = writing.written.saturating_add(bytes);
        }
        self.patience.renew();
    }

    /// The next step, or what `up` becomes.
    #[inline(never)]
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Result<Step, Up> {
        let Some(debt) = cx.owed.waits(Api::WriteData).filter(|debt| !debt.finished) else {
            return if self.last { Err(Up::Ended) } else { Ok(Step::Wait(None)) };
        };
        let length = debt.length as usize;
        let writing = self.writing.get_or_insert_with(|| {
            cx.out.clear();
            let chunked = self.left == Total::Chunked;
            match length {
                0 if chunked => cx.out.extend_from_slice(b"0\r\n\r\n"),
                _ if chunked => chunk_size(length, cx.out),
                _ => {}
            }
            Writing { length, written: 0, chunk: chunked && length > 0 }
        });
        let all = cx.out.len() + writing.length + chunk_end(writing.chunk).len();
        if self.discards || writing.written >= all {
            debt.done = debt.length;
            debt.finished = true;
            self.writing = None;
            self.patience.renew();
            return match self.left {
                Total::Bytes(left) if left == length as u64 => Err(Up::Ended),
                Total::Bytes(left) => {
                    self.left = Total::Bytes(left - length as u64);
                    Ok(Step::Again)
                }
                Total::Chunked if length == 0 => Err(Up::Ended),
                Total::Chunked | Total::Framed => Ok(Step::Again),
            };
        }
        if !self.blocked {
            return Ok(Step::Act(Action::Write));
        }
        match self.patience.deadline(now, cx.terms.send_timeout) {
            Ok(deadline) => Ok(Step::Wait(deadline)),
            Err(_) => Err(Up::Broken(Broken(Failure::TIMEOUT))),
        }
    }
}

/// The line before a chunk (RFC 9112 section 7.1).
pub(super) fn chunk_size(length: usize, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{length:x}\r\n");
}

/// What follows the bytes, where they are a chunk.
pub(super) fn chunk_end(chunk: bool) -> &'static [u8] {
    if chunk { b"\r\n" } else { b"" }
}
