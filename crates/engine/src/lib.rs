//! The WinHTTP callback contract on a mio reactor: the Rust API, on which the C door is built.
//!
//! A [`Handle`] names a session, a connect or a request handle. Calls on handles are plain functions
//! ([`session`], [`connect`], [`request`], [`option`]); [`api`] wraps them in types for Rust programs. Notifications go
//! to a [`Sink`].
//!
//! ```text
//!   call    -> handle (table) -> slot (lock) -> request -> Exchange::command
//!   drive   -> Exchange::poll -> perform (wire, pool, resolver) | deliver (Sink) | wait
//!   reactor -> cell -> run queue -> drive
//! ```
//!
//! # Locks
//!
//! A thread holds at most one slot, and under it at most one leaf (handle table, pool, timers, run queue, options). A
//! leaf takes nothing and calls nothing. No callback runs while a lock of the engine is held.
#![deny(unsafe_code)]

mod address;
pub mod api;
mod body;
mod call;
pub mod callback;
pub mod connect;
mod cookies;
mod core;
pub mod credentials;
mod deliver;
mod desk;
mod drive;
mod error;
pub mod extended;
mod fetch;
mod handle;
pub mod headers;
mod here;
mod limit;
mod loan;
mod mechanism;
#[cfg(shuttle)]
mod model;
pub mod option;
#[cfg_attr(shuttle, path = "model/park.rs")]
mod park;
mod perform;
pub mod proxy;
mod reactor;
pub mod request;
#[cfg(shuttle)]
#[path = "model/resolver.rs"]
pub mod resolver;
mod revocation;
mod room;
mod segments;
pub mod session;
mod sink;
mod slot;
mod spare;
pub mod speech;
mod suffix;
mod sync;
mod threads;
pub mod times;
pub mod websocket;
pub mod wire;

#[cfg(not(shuttle))]
pub use winhttp_resolver as resolver;

pub use crate::core::forked;
pub use crate::deliver::close;
pub use crate::error::Error;
pub use crate::handle::{Handle, HandleKind};
pub use crate::loan::Loan;
pub use crate::reactor::{kept, promotions};
use crate::sync::lock;
pub use crate::threads::at_thread_start;

pub use crate::sink::{About, Handed, Notice, Payload, Sink, Target};
