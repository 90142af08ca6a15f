//! Lookups, in the model: the name says how it is answered.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What has been found, in the order in which it is tried.
pub type Addresses = Arc<[IpAddr]>;

/// How a lookup ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The host has these addresses.
    Found(Addresses),
    /// There is no such name.
    NotFound,
    /// It could not be found out.
    Failed(()),
}

/// Gets the outcome.
pub type Answer = Box<dyn FnOnce(Outcome) + Send>;

/// Answers by name: `prompt` inside the lookup, `late` from a thread of its own, `lost` with an error, `never` not.
#[derive(Debug)]
pub struct Resolver;

#[allow(clippy::new_without_default)]
impl Resolver {
    /// A resolver.
    pub const fn new() -> Self {
        Resolver
    }

    /// The address that the text is.
    pub fn literal(host: &str) -> Option<Addresses> {
        let address: IpAddr = host.parse().ok()?;
        Some(Arc::new([address]))
    }

    /// No interface is ever named.
    pub fn scope(_host: &str) -> u32 {
        0
    }

    /// Starts a lookup.
    pub fn lookup(&self, host: &str, answer: Answer) {
        let found = || Outcome::Found(Arc::new([IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        match host {
            "prompt" => answer(found()),
            "late" => crate::model::detached(move || answer(found())),
            "lost" => crate::model::detached(move || answer(Outcome::NotFound)),
            _ => {}
        }
    }
}
