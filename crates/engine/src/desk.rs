//! Work that waits for one of a few threads: fetching and asking scripts, never what a reactor's thread may do.
//!
//! A thread begins with work for which there is none, takes what is queued in turn and ends when nothing is. In a forked
//! child there are none, and a desk of its own ([`crate::core`]).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::threads;

/// A queue, and the threads that serve it.
pub(crate) struct Desk<W> {
    name: &'static str,
    most: usize,
    state: Mutex<State<W>>,
}

struct State<W> {
    queue: VecDeque<W>,
    threads: usize,
}

impl<W: Send + 'static> Desk<W> {
    /// A desk with at most so many threads of this name.
    pub(crate) const fn new(name: &'static str, most: usize) -> Self {
        Desk { name, most, state: Mutex::new(State { queue: VecDeque::new(), threads: 0 }) }
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a piece of work, which `serve` is called with on another thread.
    ///
    /// # Errors
    /// No thread serves and none could be started: everything that waits comes back, this piece and others'.
    pub(crate) fn put(&'static self, work: W, serve: impl Fn(W) + Send + 'static) -> Result<(), Vec<W>> {
        let mut state = self.lock();
        state.queue.push_back(work);
        if state.threads == self.most {
            return Ok(());
        }
        state.threads += 1;
        drop(state);
        let run = move || {
            while let Some(work) = self.next() {
                serve(work);
            }
        };
        if threads::start(self.name, threads::FETCH_STACK, run).is_ok() {
            return Ok(());
        }
        let mut state = self.lock();
        state.threads -= 1;
        // Another one comes to it.
        if state.threads > 0 { Ok(()) } else { Err(state.queue.drain(..).collect()) }
    }

    /// What is next; without anything the calling thread serves no more.
    fn next(&self) -> Option<W> {
        let mut state = self.lock();
        let next = state.queue.pop_front();
        if next.is_none() {
            state.threads -= 1;
        }
        next
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn work_is_done_in_turn_by_no_more_threads_than_there_may_be() {
        static DESK: Desk<u32> = Desk::new("winhttp-desk", 2);
        let (tell, told) = mpsc::channel();
        // Both threads are held until everything is queued.
        let gate = std::sync::Arc::new(std::sync::Barrier::new(3));
        for work in 0..8 {
            let (tell, gate) = (tell.clone(), gate.clone());
            let put = DESK.put(work, move |work| {
                if work < 2 {
                    gate.wait();
                }
                tell.send((work, std::thread::current().id())).unwrap();
            });
            assert!(put.is_ok());
        }
        assert_eq!(DESK.lock().threads, 2);
        gate.wait();
        let done: Vec<_> = (0..8).map(|_| told.recv_timeout(Duration::from_secs(30)).unwrap()).collect();
        let mut works: Vec<_> = done.iter().map(|(work, _)| *work).collect();
        works.sort_unstable();
        assert_eq!(works, (0..8).collect::<Vec<_>>());
        let mut threads: Vec<_> = done.iter().map(|(_, thread)| format!("{thread:?}")).collect();
        threads.sort_unstable();
        threads.dedup();
        assert!(threads.len() <= 2, "{threads:?}");
        // They end; what comes later finds a new one.
        while DESK.lock().threads > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(DESK.put(9, move |work| tell.send((work, std::thread::current().id())).unwrap()).is_ok());
        assert_eq!(told.recv_timeout(Duration::from_secs(30)).unwrap().0, 9);
    }
}
