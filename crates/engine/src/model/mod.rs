//! The model: the engine's own code under a checker that orders every step of every thread.
//!
//! Built with `RUSTFLAGS="--cfg shuttle"`. Locks, atomics and threads are shuttle's ([`crate::sync`]); the poll, the
//! sockets, the clock and the waker of a synchronous call are replaced by one small world under one lock. Everything
//! between them is the code that ships.
//!
//! ```text
//!   world   sockets with scripted peers, the queue of events, the time
//!   poll    what the reactor takes for mio
//!   wire    what the exchange takes for a connection
//!   park    how a synchronous call waits
//!   laws    the invariants, checked at every callback
//!   play    runs and calls; scenarios, network, sockets, monkeys  what is played
//! ```
#![allow(unsafe_code)]
// Played by the tests alone.
#![cfg_attr(not(test), allow(dead_code))]

mod chat;
mod laws;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod monkeys;
#[cfg(test)]
mod network;
#[cfg(test)]
mod play;
pub(crate) mod poll;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sockets;
pub(crate) mod world;

use std::cell::Cell;
use std::ptr;

use winhttp_proto::clock::Moment;

use crate::core::Core;
use world::World;

/// Everything of one run.
pub(crate) struct Stage {
    core: Core,
    world: World,
}

std::thread_local! {
    /// The run that the checker executes on this thread, and all its tasks with it.
    static STAGE: Cell<*mut Stage> = const { Cell::new(ptr::null_mut()) };
}

fn stage() -> &'static Stage {
    let stage = STAGE.get();
    assert!(!stage.is_null(), "a run begins with `begin`");
    // SAFETY: the pointer came from `Box::into_raw` and is freed by the next `begin` only, when no task of this run
    // exists any more.
    unsafe { &*stage }
}

/// Begins a run with a fresh engine and a fresh world. The last run's are given back.
pub(crate) fn begin() {
    let fresh = Box::into_raw(Box::new(Stage { core: Core::new(), world: World::new() }));
    let last = STAGE.replace(fresh);
    if !last.is_null() {
        // SAFETY: it came from `Box::into_raw` here, and the checker has ended all tasks of the last run.
        drop(unsafe { Box::from_raw(last) });
    }
}

/// Starts a thread that nobody waits for: a run may end while it waits.
pub(crate) fn detached(run: impl FnOnce() + Send + 'static) {
    // The checker's threads must end. Its asynchronous tasks, which may block as threads do, need not, once aborted;
    // that this does no more is why the checker's version is fixed.
    shuttle::future::spawn(async move { run() }).abort();
}

/// The engine of this run.
pub(crate) fn core() -> &'static Core {
    &stage().core
}

pub(crate) fn world() -> &'static World {
    &stage().world
}

/// The time of this run.
pub(crate) fn now() -> Moment {
    world().now()
}
