//! Starting threads the way a guest in somebody else's process must.

#[cfg(shuttle)]
use std::io;
use std::sync::OnceLock;

/// Stack of a thread that fetches revocation lists, in bytes: it makes requests and judges nothing.
pub(crate) const FETCH_STACK: usize = 512 * 1024;

/// Stack of a thread on which callbacks of the application run, in bytes (what a thread pool of Windows reserves).
pub(crate) const CALLBACK_STACK: usize = 1024 * 1024;

/// Stack of a thread that only watches, in bytes.
pub(crate) const WATCHER_STACK: usize = 128 * 1024;

static BEGAN: OnceLock<fn()> = OnceLock::new();

/// Registers what every thread of the library on which callbacks run does first. Only the first hook counts.
pub fn at_thread_start(hook: fn()) {
    let _ = BEGAN.set(hook);
}

/// A thread of the reactor begins.
pub(crate) fn began() {
    if let Some(hook) = BEGAN.get() {
        hook();
    }
}

#[cfg(not(shuttle))]
pub(crate) use winhttp_resolver::threads::start;

/// A thread of the model.
#[cfg(shuttle)]
pub(crate) fn start(_name: &str, _stack: usize, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    crate::model::detached(run);
    Ok(())
}
