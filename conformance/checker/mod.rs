//! The laws of every trace, whatever its case.
pub mod trace;

use trace::Event;

/// A law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Law {
    /// x
    Whole,
}
impl Law {
    /// name
    pub fn name(self) -> &'static str {
        "whole"
    }
}
/// Broken
#[derive(Debug, Clone)]
pub struct Broken {
    /// law
    pub law: Law,
    /// text
    pub text: String,
    /// seq
    pub seq: u32,
}

/// Check
pub fn check(_events: &[Event]) -> Vec<Broken> {
    Vec::new()
}
