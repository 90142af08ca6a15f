//! Types for Rust programs.
