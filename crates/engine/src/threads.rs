//! Starting threads the way a guest in somebody else's process must.

use std::io;
use std::sync::OnceLock;
#[cfg(not(shuttle))]
use std::thread;

#[cfg(all(unix, not(shuttle)))]
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};

/// Stack of a resolver thread, in bytes. No application code runs on these threads, but getaddrinfo and the
/// name service modules it loads do.
pub(crate) const RESOLVER_STACK: usize = 512 * 1024;

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

/// Starts a named, detached thread on which every signal is blocked.
///
/// The mask is set on the *calling* thread around the start, because a new thread inherits it: there is no
/// moment in which the new thread could take a signal meant for the application. The caller's own mask is put
/// back before this returns.
///
/// # Errors
/// What the operating system says when no thread can be had (`EAGAIN`: out of threads or memory).
#[cfg(all(unix, not(shuttle)))]
pub(crate) fn start(name: &str, stack: usize, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut before))?;
    let started = thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(run);
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
    started.map(drop)
}

/// Starts a named, detached thread. Windows has no signals.
///
/// # Errors
/// What the operating system says when no thread can be had.
#[cfg(not(any(unix, shuttle)))]
pub(crate) fn start(name: &str, stack: usize, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(run).map(drop)
}

/// A thread of the model.
#[cfg(shuttle)]
pub(crate) fn start(_name: &str, _stack: usize, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    crate::model::detached(run);
    Ok(())
}
