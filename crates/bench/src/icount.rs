//! Counts for one request: the slope between a short and a long run, so that start and end do not matter.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::figures::{self, Figures};
use crate::origin::Origin;
use crate::peers::{Clients, Peer};
use crate::record::median;
use crate::rounds::Workshop;
use crate::scenario::{self, Scenario};
use crate::{Failure, Flags, counts, peers};

/// What is counted, and what the project wants.
const SCENARIOS: [(&str, &[(&str, f64)]); 4] = [
    ("get-1", &[("instructions", 8000.0), ("system calls", 3.02), ("allocations", 3.0), (ATOMICS, 80.0)]),
    ("get-16", &[("instructions", 8000.0), ("system calls", 2.10), ("allocations", 3.0), (ATOMICS, 80.0)]),
    ("get-tls-1", &[("instructions", 14_000.0)]),
    ("get-tls-16", &[("instructions", 14_000.0)]),
];

/// The figure that depends on time.
const OTHERS: &str = "system calls of the watch";
/// Counted where the machine's code shows them.
const ATOMICS: &str = "atomic read-modify-writes";
/// How often instructions are counted: how threads meet differs from run to run.
const TIMES: usize = 3;

/// Where the figures are kept.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("icount.csv")
}

/// Counts; writes the figures with `--write`, otherwise holds them against those that are kept.
pub(crate) fn run(flags: &Flags) -> Result<bool, Failure> {
    let workshop = Workshop::new()?;
    let clients = Clients::build(&workshop.0, flags.lib.as_deref())?;
    peers::pin(0);
    let origin = Origin::start(&workshop.0, &clients.path("origin"))?;
    peers::pin(1);
    let counter = Counter::new(&workshop, &clients, &origin);
    let scenarios = counted(flags);
    let mut found = counter.all(&scenarios)?;
    if found.is_empty() {
        return Err("nothing was counted".into());
    }
    print!("{}", against_limits(&found));
    // How often the watch looks depends on how long the run takes: it is shown and not held against anything.
    found.retain(|(_, figure), _| figure != OTHERS);
    if flags.write {
        let mut all = std::fs::read_to_string(kept())
            .ok()
            .map_or_else(|| Ok(Figures::new()), |text| figures::parse(&text))?;
        all.append(&mut found);
        std::fs::write(kept(), figures::csv(&all))?;
        return Ok(true);
    }
    let old = figures::parse(&std::fs::read_to_string(kept())?)?;
    // What has grown is counted again: a growth that is real stays.
    for _ in 0..4 {
        for scenario in &scenarios {
            if !figures::has_grown(&old, &found, &scenario.name) {
                continue;
            }
            for (key, again) in counter.count(scenario)? {
                found.entry(key).and_modify(|value| *value = value.min(again));
            }
        }
    }
    let (table, fine) = figures::held_against(&old, &found);
    println!("\n{table}");
    if !fine {
        println!(
            "More than 5 % above crates/bench/icount.csv: make it less, or change that file in the same commit."
        );
    }
    Ok(fine)
}

/// Counts with origins that run already.
pub(crate) fn count(
    workshop: &Workshop,
    clients: &Clients,
    origin: &Origin,
    flags: &Flags,
) -> Result<Figures, Failure> {
    Counter::new(workshop, clients, origin).all(&counted(flags))
}

/// Every limit: scenario, figure, and the most it may be.
pub(crate) fn limits() -> impl Iterator<Item = (&'static str, &'static str, f64)> {
    SCENARIOS
        .iter()
        .flat_map(|(scenario, limits)| limits.iter().map(|(figure, most)| (*scenario, *figure, *most)))
}

fn counted(flags: &Flags) -> Vec<Scenario> {
    let wanted =
        |s: &Scenario| flags.scenario.is_match(&s.name) && SCENARIOS.iter().any(|(name, _)| *name == s.name);
    scenario::all().into_iter().filter(wanted).collect()
}

/// What counts, and what is there to count with.
struct Counter<'a> {
    workshop: &'a Workshop,
    clients: &'a Clients,
    origin: &'a Origin,
    valgrind: bool,
    strace: bool,
    objdump: bool,
}

impl<'a> Counter<'a> {
    fn new(workshop: &'a Workshop, clients: &'a Clients, origin: &'a Origin) -> Counter<'a> {
        let tools = [("valgrind", "valgrind"), ("strace", "strace"), ("objdump", "binutils")];
        let [valgrind, strace, objdump] = tools.map(|(tool, package)| {
            let there = counts::there(tool);
            if !there {
                eprintln!("{tool} is missing: its figures are left out (Debian: apt-get install {package})");
            }
            there
        });
        Counter { workshop, clients, origin, valgrind, strace, objdump }
    }

    fn all(&self, scenarios: &[Scenario]) -> Result<Figures, Failure> {
        let mut found = Figures::new();
        for scenario in scenarios {
            found.append(&mut self.count(scenario)?);
        }
        Ok(found)
    }

    fn count(&self, scenario: &Scenario) -> Result<Figures, Failure> {
        let folder = &self.workshop.0;
        let run = |count: u64| -> Result<Command, Failure> {
            let mut command = self.clients.command(Peer::Ours, scenario, self.origin)?;
            command.args(["-n", &count.to_string()]).env("BENCH_COUNTED", "1");
            Ok(command)
        };
        let mut found = Figures::new();
        let mut keep = |figure: &str, value: f64| {
            // A slope below nothing is noise around nothing.
            found.insert((scenario.name.clone(), figure.to_owned()), value.max(0.0));
        };
        if self.valgrind {
            let mut slopes = Vec::new();
            for _ in 0..TIMES {
                let count = |n| counts::instructions(folder, &run(n)?);
                slopes.push(slope(1000, count(1000)?, 6000, count(6000)?));
            }
            keep("instructions", median(slopes).unwrap_or(0.0));
            if cfg!(target_arch = "x86_64") && self.objdump {
                let count = |n| counts::atomics(folder, &run(n)?);
                keep(ATOMICS, slope(500, count(500)?, 2500, count(2500)?));
            }
        }
        if self.strace {
            let count = |n| counts::system_calls(folder, &run(n)?);
            let (few, many) = (count(500)?, count(2500)?);
            keep("system calls", slope(500, few.0, 2500, many.0));
            keep(OTHERS, slope(500, few.1, 2500, many.1));
        }
        let count = |n| counts::allocations(folder, &self.clients.path("allocs.so"), &run(n)?);
        keep("allocations", slope(1000, count(1000)?, 5000, count(5000)?));
        Ok(found)
    }
}

/// Cost of one request between two runs.
fn slope(few: u64, cost_few: f64, many: u64, cost_many: f64) -> f64 {
    (cost_many - cost_few) / (many - few) as f64
}

fn against_limits(found: &Figures) -> String {
    let mut text = String::from("| scenario | figure | for one request | limit | |\n|---|---|--:|--:|---|\n");
    for ((scenario, figure), value) in found {
        let limit = SCENARIOS
            .iter()
            .find(|(name, _)| name == scenario)
            .and_then(|(_, limits)| limits.iter().find(|(name, _)| name == figure));
        let (limit, word) = match limit {
            Some((_, most)) => (most.to_string(), if value <= most { "met" } else { "**missed**" }),
            None => (String::new(), ""),
        };
        text.push_str(&format!("| {scenario} | {figure} | {value:.2} | {limit} | {word} |\n"));
    }
    text
}

/// How the kept figures differ from those of a revision or a file. False when one has grown by more than 5 %.
pub(crate) fn compare(base: &str) -> Result<bool, Failure> {
    let old = if Path::new(base).is_file() {
        std::fs::read_to_string(base)?
    } else {
        let shown = Command::new("git")
            .args(["show", &format!("{base}:crates/bench/icount.csv")])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()?;
        if !shown.status.success() {
            return Err(format!("{base}: {}", String::from_utf8_lossy(&shown.stderr)).into());
        }
        String::from_utf8(shown.stdout)?
    };
    let new = figures::parse(&std::fs::read_to_string(kept())?)?;
    let (table, fine) = figures::held_against(&figures::parse(&old)?, &new);
    print!("{table}");
    Ok(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_exists() {
        let all = scenario::all();
        assert!(SCENARIOS.iter().all(|(name, _)| all.iter().any(|s| s.name == *name)));
        assert_eq!(slope(1000, 5000.0, 3000, 9000.0), 2.0);
    }
}
