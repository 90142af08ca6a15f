//! The conformance suite: one set of scenarios, three subjects.
//!
//! A *case* says what a server does, which `winhttp.h` calls are made and which notifications must come. The *probe*
//! (C, in `conformance/probe`) plays it and prints a *trace*; the *runner* starts origin and probe, lays the trace
//! beside the case's table and the *ledger* of known deviations; the *checker* reads any trace at all and holds it
//! against the laws that are true of every WinHTTP program.
//!
//! The scripted server is useful by itself: with `default-features = false` this crate is only [`origin`].
#[path = "../origin/mod.rs"]
pub mod origin;

#[cfg(feature = "suite")]
#[path = "../checker/mod.rs"]
pub mod checker;
#[cfg(feature = "suite")]
#[path = "../runner/mod.rs"]
pub mod runner;
