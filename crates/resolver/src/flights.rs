//! Lookups under way, so that a thousand requests for one name ask for it once.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Answer, Outcome, Trouble};

/// The names being looked up and who waits for each.
#[derive(Default)]
pub(super) struct Flights {
    waiting: Mutex<HashMap<Arc<str>, Vec<Answer>>>,
}

impl Flights {
    /// Adds `answer` to those waiting for `host`. The first to ask gets the [`Pending`] to hand to a resolver.
    pub(super) fn join(self: &Arc<Self>, host: &str, answer: Answer) -> Option<Pending> {
        // Names compare without case (RFC 4343), so they share one flight.
        let host: Arc<str> = host.to_ascii_lowercase().into();
        let mut waiting = self.waiting();
        if let Some(others) = waiting.get_mut(&host) {
            others.push(answer);
            return None;
        }
        waiting.insert(Arc::clone(&host), vec![answer]);
        Some(Pending { flights: Arc::clone(self), host })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Arc<str>, Vec<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn land(&self, host: &str, outcome: &Outcome) {
        let answers = self.waiting().remove(host).unwrap_or_default();
        for answer in answers {
            give(answer, outcome.clone());
        }
    }
}

/// Calls an answer. One that panics must not take the thread, and with it other people's lookups, away; the
/// panic itself has been reported by the panic hook.
pub(super) fn give(answer: Answer, outcome: Outcome) {
    let _reported = catch_unwind(AssertUnwindSafe(|| answer(outcome)));
}

/// A lookup that owes its answers: settled once, or [`Trouble::Abandoned`] when dropped unsettled.
pub(super) struct Pending {
    flights: Arc<Flights>,
    host: Arc<str>,
}

impl Pending {
    /// The name to look up, in lower case.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Answers everybody who waits.
    pub(super) fn settle(self, outcome: Outcome) {
        self.flights.land(&self.host, &outcome);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After settle this flight is gone, but a new one for the same name may be under way: it has a key of its
        // own.
        let mut waiting = self.flights.waiting();
        let ours = waiting.get_key_value(&*self.host).is_some_and(|(key, _)| Arc::ptr_eq(key, &self.host));
        let answers = if ours { waiting.remove(&*self.host).unwrap_or_default() } else { Vec::new() };
        drop(waiting);
        for answer in answers {
            give(answer, Outcome::Failed(Trouble::Abandoned));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn those_who_wait_get_one_answer_each() {
        let flights = Arc::<Flights>::default();
        let (sender, receiver) = channel();
        let answer = |n: u32| -> Answer {
            let sender = sender.clone();
            Box::new(move |outcome| sender.send((n, outcome)).unwrap())
        };
        let pending = flights.join("Host", answer(1)).unwrap();
        assert_eq!(pending.host(), "host");
        assert!(flights.join("hOST", answer(2)).is_none());
        let other = flights.join("other", answer(3)).unwrap();
        pending.settle(Outcome::NotFound);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [(1, Outcome::NotFound), (2, Outcome::NotFound)]);
        drop(other);
        let abandoned = Outcome::Failed(Trouble::Abandoned);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [(3, abandoned)]);
    }

    #[test]
    fn a_new_flight_from_inside_an_answer_is_left_alone() {
        let flights = Arc::<Flights>::default();
        let (sender, receiver) = channel();
        let (again, next) = (Arc::clone(&flights), sender.clone());
        let answer = Box::new(move |_| {
            let second = Box::new(move |outcome| next.send(outcome).unwrap());
            sender.send(Outcome::NotFound).unwrap();
            // Kept alive past the first flight's end.
            std::mem::forget(again.join("host", second).unwrap());
        });
        flights.join("host", answer).unwrap().settle(Outcome::NotFound);
        assert_eq!(receiver.try_iter().count(), 1);
        assert_eq!(flights.waiting().len(), 1);
    }

    #[test]
    fn an_answer_that_panics_takes_nobody_with_it() {
        let flights = Arc::<Flights>::default();
        let (sender, receiver) = channel();
        let pending = flights.join("host", Box::new(|_| std::panic::resume_unwind(Box::new(())))).unwrap();
        assert!(flights.join("host", Box::new(move |outcome| sender.send(outcome).unwrap())).is_none());
        pending.settle(Outcome::NotFound);
        assert_eq!(receiver.try_recv(), Ok(Outcome::NotFound));
    }
}
