//! The one ordered queue of what is to be told.

use crate::{CallId, Lane, Notification, Say};

/// Notifications that are known and not yet told, in order.
#[derive(Debug)]
pub(crate) struct Says {
    /// Rarely more than two: moving the others up costs less than a ring.
    queue: Vec<Say>,
    /// How many of the first are answers.
    answers: usize,
}

impl Default for Says {
    /// With room for what most requests have at a time: a list that grows by itself takes twice as much, and an open
    /// request keeps it.
    fn default() -> Self {
        Says { queue: Vec::with_capacity(2), answers: 0 }
    }
}

impl Says {
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.answers = 0;
    }

    #[inline]
    pub(crate) fn front(&self) -> Option<&Say> {
        self.queue.first()
    }

    #[inline]
    pub(crate) fn take(&mut self) -> Option<Say> {
        self.answers = self.answers.saturating_sub(1);
        match self.queue.len() {
            0 | 1 => self.queue.pop(),
            _ => Some(self.queue.remove(0)),
        }
    }

    /// Takes the first one away when it has been looked at: one that carries numbers alone.
    #[inline(always)]
    pub(crate) fn pass(&mut self) {
        self.answers = self.answers.saturating_sub(1);
        if self.queue.len() > 1 {
            self.shift();
        } else {
            // Nothing in it has to be dropped.
            std::mem::forget(self.queue.pop());
        }
    }

    #[inline(never)]
    fn shift(&mut self) {
        self.queue.remove(0);
    }

    /// Queues progress of the operation that `call` began.
    #[inline]
    pub(crate) fn inform(&mut self, what: Notification, call: CallId) {
        self.queue.push(Say::new(what, call, None, false));
    }

    /// Queues the completion of the debt in `lane`.
    #[inline]
    pub(crate) fn settle(&mut self, what: Notification, call: CallId, lane: Lane) {
        self.queue.push(Say::new(what, call, Some(lane), false));
    }

    /// Puts what a call has to say on its own account before everything but earlier answers: its callback runs inside
    /// the call, also while an informational one is `held`.
    pub(crate) fn answer(&mut self, what: Notification, call: CallId, held: bool) {
        self.queue.insert(self.answers, Say::new(what, call, None, held));
        self.answers += 1;
    }

    /// Closing: what has not been told and completes nothing is not told any more.
    pub(crate) fn drop_progress(&mut self) {
        self.answers = self.queue.iter().take(self.answers).filter(|say| !say.informational()).count();
        self.queue.retain(|say| !say.informational());
    }
}
