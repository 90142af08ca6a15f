//! The C door: `libwinhttp`, the functions of `winhttp.h`.
//!
//! ```text
//!   C program -> exports (one file a family) -> raise (pointers to Rust) -> winhttp_engine
//!   winhttp_engine -> sink -> lower (Rust to pointers) -> the status callback
//! ```
//!
//! Every raw pointer of the project lives in this crate. Functions that carry text, callbacks or options have two
//! symbols made from one body: the plain name takes UTF-16 units, the name with `_w32` 32-bit units. The unit of a
//! call is its symbol's; the unit of a callback's payload is that of the symbol through which the callback was
//! registered.
//!
//! # Last error
//!
//! Each thread has its own, and setting it is the last thing that a function does: 0 on success, 997 where an
//! asynchronous read, write or query goes on after the call has returned (contract: api-behaviour section 0 and
//! mistakes 1 and 35). Functions that answer with the error itself leave it as it was.
//!
//! # Exceptions and cancelled threads
//!
//! A panic of the library ends the call with `ERROR_WINHTTP_INTERNAL_ERROR`. What the application's callback throws
//! through the library ends the process. `pthread_cancel` takes effect after the call.

#[macro_use]
mod door;

mod certificate;
mod chain;
mod event;
mod fork;
mod last_error;
mod lower;
mod memory;
mod raise;
mod sink;

pub mod exports;

/// Handles as C has them.
pub(crate) type RawHandle = winhttp_abi::HINTERNET;
