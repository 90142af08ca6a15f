//! `winhttp-conformance`: plays cases against a subject, checks, compares and reports traces.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    command::run(&words)
}
