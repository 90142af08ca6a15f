//! The laws of every trace, whatever its case.
//!
//! The checker knows handles, calls and notifications, nothing of scenarios: it can be laid against a trace of any
//! program. Notifications are only counted on for handles that registered the callback for all of them; a handle with a
//! narrower mask, or whose callback was taken away, is not held to what it could not hear.
mod known;
mod law;
mod shape;
pub mod trace;
mod walk;

pub use law::{Broken, Law};

/// The laws that a trace breaks, in the order of their places.
pub fn check(events: &[trace::Event]) -> Vec<Broken> {
    let mut walk = walk::Walk::new(trace::head(events).pointer);
    events.iter().for_each(|e| walk.event(e));
    walk.finish();
    walk.broken
}
