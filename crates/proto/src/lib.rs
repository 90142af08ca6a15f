//! One WinHTTP exchange as a sans-IO state machine.
//!
//! The application sends [`Command`]s (send, write, receive, query, read, close) and hears
//! [`Notification`]s; the wire reports [`Event`]s and gets [`Action`]s. They meet in one [`Exchange`],
//! which is `Phase x Owed`: where the bytes are, and which calls still wait for their completion.
//!
//! ```text
//!   idle -> lease -> resolve -> dial -> [tunnel] -> secure -> live { up, down } -> idle
//!             |_____________ a connection at hand ____________^        |
//!             ^_________________ drain (redirect, send again) _________|
//! ```
//!
//! Nothing here has a clock, a thread or a socket: time is an argument, bytes are slices. The whole
//! contract can be played in a test with virtual time.
#![forbid(unsafe_code)]

pub mod auth;
pub mod clock;
mod common;
pub mod cookie;
mod exchange;
mod failure;
pub mod http;
mod message;
mod notify;
mod owed;
mod phase;
mod plan;
mod refuse;
mod reply;
mod retry;
mod says;
mod settle;
mod socket;
mod stage;
mod terms;
pub mod time;
pub mod unit;
pub mod websocket;

pub use common::Common;
pub use exchange::{Exchange, Next};
pub use failure::{Failure, Refusal};
pub use message::{Action, Body, Command, Event, Fate, Outgoing, Side, Total, Want};
pub use notify::{Load, Notification, Say};
pub use owed::{Api, CallId, Debt, Lane};
pub use phase::{Leftover, SocketCommand, SocketTerms};
pub use plan::{BodyLength, Detour, Plan, Route};
pub use reply::Reply;
pub use stage::point;
pub use terms::{Mode, RedirectPolicy, Terms};
