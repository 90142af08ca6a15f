//! Measures the library: beside libcurl and two floors in interleaved rounds (`run`), and by counts that do not depend
//! on the machine's mood (`icount`). See `crates/bench/README.md`.
#![allow(clippy::print_stdout, clippy::print_stderr)] // The output is what this program is for.

mod chart;
mod counts;
mod figures;
mod icount;
mod origin;
mod peers;
mod profiles;
mod record;
mod rounds;
mod scenario;
mod table;
mod targets;

use std::process::ExitCode;

/// What went wrong, in words for whoever started it.
type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "\
winhttp-bench run [--rounds N] [--short] [--scenario REGEX] [--out FILE.md] [--chart FILE.svg] [--lib DIR]
winhttp-bench icount [--scenario REGEX] [--write] [--lib DIR]
winhttp-bench icount compare BASE
winhttp-bench profiles --out FOLDER [--lib DIR]
  --short     one round of a quarter of the requests: what it prints is rough
  --lib DIR   where libwinhttp.so is; without it `cargo build --release -p winhttp-capi` is run
  BASE        a revision of this repository, or a CSV file";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.split_first() {
        Some((&"run", rest)) => Flags::parse(rest).and_then(|flags| rounds::run(&flags)),
        Some((&"icount", ["compare", base])) => icount::compare(base),
        Some((&"icount", rest)) => Flags::parse(rest).and_then(|flags| icount::run(&flags)),
        Some((&"profiles", rest)) => Flags::parse(rest).and_then(|flags| profiles::run(&flags)),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}

/// The command line after the subcommand.
struct Flags {
    rounds: usize,
    scenario: regex_lite::Regex,
    out: Option<String>,
    chart: Option<String>,
    lib: Option<String>,
    write: bool,
    short: bool,
}

impl Flags {
    fn parse(words: &[&str]) -> Result<Flags, Failure> {
        let mut flags = Flags {
            rounds: 5,
            scenario: regex_lite::Regex::new("")?,
            out: None,
            chart: None,
            lib: None,
            write: false,
            short: false,
        };
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            if word == "--write" {
                flags.write = true;
                continue;
            }
            if word == "--short" {
                (flags.short, flags.rounds) = (true, 1);
                continue;
            }
            let value = *words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
            match word {
                "--rounds" => flags.rounds = value.parse::<usize>()?.max(1),
                "--scenario" => flags.scenario = regex_lite::Regex::new(value)?,
                "--out" => flags.out = Some(value.into()),
                "--chart" => flags.chart = Some(value.into()),
                "--lib" => flags.lib = Some(value.into()),
                _ => return Err(format!("unknown flag {word}\n{USAGE}").into()),
            }
        }
        Ok(flags)
    }
}
