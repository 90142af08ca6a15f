//! What runs hickory's futures on one thread: readiness from mio, timers, and tasks. No runtime besides.
//!
//! Everything here happens on the resolver's thread. The types are `Send` and `Sync` because hickory asks for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, Either, select};
use hickory_resolver::net::runtime::{Spawn, Time};
use mio::event::{Event, Source};
use mio::{Interest, Registry, Token};

/// The token of the waker that brings new lookups.
pub(super) const NEWS: Token = Token(0);

/// What sockets and tasks need to reach the loop.
#[derive(Clone)]
pub(super) struct Reactor(Arc<Shared>);

struct Shared {
    registry: Registry,
    next: AtomicUsize,
    sources: Mutex<HashMap<Token, Arc<Readiness>>>,
    spawned: Mutex<Vec<BoxFuture<'static, ()>>>,
}

impl Reactor {
    /// A reactor whose sockets report to the poll that `registry` belongs to.
    pub(super) fn new(registry: Registry) -> Self {
        Self(Arc::new(Shared {
            registry,
            next: AtomicUsize::new(NEWS.0 + 1),
            sources: Mutex::default(),
            spawned: Mutex::default(),
        }))
    }

    /// Puts a socket under watch for as long as the returned [`Watched`] lives.
    pub(super) fn watch<S: Source>(&self, mut source: S) -> io::Result<Watched<S>> {
        let token = Token(self.0.next.fetch_add(1, Ordering::Relaxed));
        self.0.registry.register(&mut source, token, Interest::READABLE | Interest::WRITABLE)?;
        let readiness = Arc::<Readiness>::default();
        locked(&self.0.sources).insert(token, Arc::clone(&readiness));
        Ok(Watched { source, token, readiness, reactor: self.clone() })
    }

    /// Wakes whoever waits for what `event` tells.
    pub(super) fn tell(&self, event: &Event) {
        let readiness = locked(&self.0.sources).get(&event.token()).cloned();
        let Some(readiness) = readiness else { return };
        let broken = event.is_error();
        if broken || event.is_readable() || event.is_read_closed() {
            wake(&readiness.read);
        }
        if broken || event.is_writable() || event.is_write_closed() {
            wake(&readiness.write);
        }
    }

    /// The tasks that were spawned since the last call.
    pub(super) fn spawned(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *locked(&self.0.spawned))
    }
}

impl Spawn for Reactor {
    fn spawn_bg(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        locked(&self.0.spawned).push(Box::pin(future));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(waiting: &Mutex<Option<Waker>>) {
    let waker = locked(waiting).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Who waits for a socket.
#[derive(Default)]
struct Readiness {
    read: Mutex<Option<Waker>>,
    write: Mutex<Option<Waker>>,
}

/// A socket under watch.
pub(super) struct Watched<S: Source> {
    source: S,
    token: Token,
    readiness: Arc<Readiness>,
    reactor: Reactor,
}

impl<S: Source> Watched<S> {
    /// The socket, to configure it.
    pub(super) fn socket(&self) -> &S {
        &self.source
    }

    /// Tries to take something in; when there is nothing yet, the task is woken once there may be.
    pub(super) fn poll_read<T>(
        &self,
        cx: &Context<'_>,
        attempt: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.poll(&self.readiness.read, cx, attempt)
    }

    /// Tries to send something; when there is no room yet, the task is woken once there may be.
    pub(super) fn poll_write<T>(
        &self,
        cx: &Context<'_>,
        attempt: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.poll(&self.readiness.write, cx, attempt)
    }

    fn poll<T>(
        &self,
        waiting: &Mutex<Option<Waker>>,
        cx: &Context<'_>,
        mut attempt: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match attempt(&self.source) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // mio reports edges: this is the moment after which the next one is certain to come.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    *locked(waiting) = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                done => return Poll::Ready(done),
            }
        }
    }
}

impl<S: Source> Drop for Watched<S> {
    fn drop(&mut self) {
        locked(&self.reactor.0.sources).remove(&self.token);
        // It fails only for a socket that is not registered; closing it, next, removes it anyway.
        let _closed_next = self.reactor.0.registry.deregister(&mut self.source);
    }
}

/// The waker of the loop: notes that a task can go on. A wake from elsewhere than the loop's own thread does not
/// occur, as all that wakes lives on it.
#[derive(Default)]
pub(super) struct Woken(AtomicBool);

impl Woken {
    /// Whether something was woken since the last call.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waiting timers by moment; the number tells apart those of one moment.
#[derive(Default)]
struct Timers {
    waiting: BTreeMap<(Instant, u64), Waker>,
    next: u64,
}

thread_local! {
    // hickory's Time has no receiver, so the timers are found through the thread.
    static TIMERS: RefCell<Timers> = RefCell::default();
}

/// Wakes the timers whose moment has come and tells when the next one is due.
pub(super) fn run_timers(now: Instant) -> Option<Instant> {
    // Nothing of others runs while the timers are borrowed, not even the end of a waker.
    loop {
        let first = TIMERS.with_borrow_mut(|timers| {
            let first = timers.waiting.first_entry()?;
            let until = first.key().0;
            Some(if until > now { Err(until) } else { Ok(first.remove()) })
        });
        match first? {
            Ok(waker) => waker.wake(),
            Err(until) => return Some(until),
        }
    }
}

/// A future that is done at a moment.
struct Sleep {
    until: Instant,
    key: Option<(Instant, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.until {
            return Poll::Ready(());
        }
        let (until, known) = (self.until, self.key);
        let waker = cx.waker().clone();
        let (key, before) = TIMERS.with_borrow_mut(|timers| {
            let key = known.unwrap_or_else(|| {
                timers.next += 1;
                (until, timers.next)
            });
            (key, timers.waiting.insert(key, waker))
        });
        drop(before);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // While the thread ends its timers may be gone before its futures.
            let _gone = TIMERS.try_with(|timers| {
                let waker = timers.borrow_mut().waiting.remove(&key);
                drop(waker);
            });
        }
    }
}

/// hickory's clock: real time and [`TIMERS`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock;

impl Clock {
    fn sleep(duration: Duration) -> Sleep {
        Sleep { until: Instant::now() + duration, key: None }
    }
}

#[async_trait]
impl Time for Clock {
    async fn delay_for(duration: Duration) {
        Self::sleep(duration).await;
    }

    async fn timeout<F: 'static + Future + Send>(
        duration: Duration,
        future: F,
    ) -> Result<F::Output, io::Error> {
        match select(Box::pin(future), Self::sleep(duration)).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
