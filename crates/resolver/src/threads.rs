//! Starting threads the way a guest in somebody else's process must.

use std::io;
use std::thread;

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};

/// Stack of a resolver thread, in bytes. No application code runs on these threads, but getaddrinfo and the
/// name service modules it loads do.
pub(crate) const RESOLVER_STACK: usize = 512 * 1024;

/// Starts a named, detached thread on which every signal is blocked; `stack` in bytes.
///
/// The mask is set on the *calling* thread around the start, because a new thread inherits it: there is no
/// moment in which the new thread could take a signal meant for the application. The caller's own mask is put
/// back before this returns.
///
/// # Errors
/// What the operating system says when no thread can be had (`EAGAIN`: out of threads or memory).
#[cfg(unix)]
pub fn start(name: &str, stack: usize, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut before))?;
    let started = thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(run);
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
    started.map(drop)
}

/// Starts a named, detached thread; `stack` in bytes. Windows has no signals.
///
/// # Errors
/// What the operating system says when no thread can be had.
#[cfg(not(unix))]
pub fn start(name: &str, stack: usize, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(run).map(drop)
}
