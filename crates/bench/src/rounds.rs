//! Interleaved rounds: in each, every client does every scenario once, one after the other on the same processor.

use std::path::PathBuf;

use crate::origin::Origin;
use crate::peers::{self, Clients, Peer};
use crate::record::Record;
use crate::scenario::{self, Scenario};
use crate::{Failure, Flags, chart, icount, table, targets};

/// What the clients printed: scenario, peer, round.
pub(crate) struct Results {
    runs: Vec<(usize, Peer, usize, Record)>,
}

impl Results {
    /// A figure of one peer, each with the round in which it was measured.
    pub(crate) fn series(&self, scenario: usize, peer: Peer, field: &str) -> Vec<(usize, f64)> {
        self.runs
            .iter()
            .filter(|(at, who, ..)| *at == scenario && *who == peer)
            .filter_map(|(_, _, round, record)| Some((*round, record.get(field)?)))
            .collect()
    }

    #[cfg(test)]
    pub(crate) fn of(runs: Vec<(usize, Peer, usize, Record)>) -> Results {
        Results { runs }
    }
}

/// A folder of this process, removed in the end.
pub(crate) struct Workshop(pub(crate) PathBuf);

impl Workshop {
    pub(crate) fn new() -> Result<Workshop, Failure> {
        let folder = std::env::temp_dir().join(format!("winhttp-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Workshop(folder))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Left behind, it only takes room.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// As many files as this process may have: ten thousand connections need them.
pub(crate) fn allow_files() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    let wanted = hard.min(65_536);
    let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted, hard);
    getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft)
}

/// Measures, prints the table, writes it and the chart. False when a target was missed.
pub(crate) fn run(flags: &Flags) -> Result<bool, Failure> {
    let files = allow_files();
    let workshop = Workshop::new()?;
    let clients = Clients::build(&workshop.0, flags.lib.as_deref())?;
    peers::pin(0);
    let origin = Origin::start(&workshop.0, &clients.path("origin"))?;
    peers::pin(1);
    let scenarios: Vec<Scenario> =
        scenario::all().into_iter().filter(|scenario| flags.scenario.is_match(&scenario.name)).collect();
    if scenarios.is_empty() {
        return Err("no scenario has such a name".into());
    }
    let mut results = Results { runs: Vec::new() };
    for round in 0..flags.rounds {
        for (at, scenario) in scenarios.iter().enumerate() {
            if scenario.name.ends_with("10000") && files < 10_500 {
                eprintln!("{}: {files} files are too few, 10,500 are needed (ulimit -n)", scenario.name);
                continue;
            }
            for time in 0..scenario.times {
                for &peer in scenario.peers {
                    let mut command = clients.command(peer, scenario, &origin)?;
                    let count = if flags.short { scenario.fewer() } else { scenario.count };
                    command.args(["-n", &count.to_string()]);
                    match peers::finish(command) {
                        Ok(record) => results.runs.push((at, peer, round * scenario.times + time, record)),
                        Err(failure) => eprintln!("{}: {failure}", scenario.name),
                    }
                }
            }
        }
        eprintln!("round {} of {}", round + 1, flags.rounds);
    }
    let rows = table::rows(&scenarios, &results);
    let mut wanted = targets::of_rows(&rows);
    if flags.scenario.as_str().is_empty() {
        wanted.push(targets::of_library(&clients.library.join("libwinhttp.so"), &workshop.0)?);
        wanted.push(targets::of_timers(&origin, if flags.short { 50_000 } else { 1_000_000 })?);
        wanted.extend(targets::of_counts(&icount::count(&workshop, &clients, &origin, flags)?));
    }
    let text = format!(
        "# Targets\n\n{}\n# Everything measured\n\nMedians of {} rounds; ratios are medians of the ratios within a round.\n\n{}",
        targets::markdown(&wanted),
        flags.rounds,
        table::markdown(&rows),
    );
    print!("{text}");
    if let Some(path) = &flags.out {
        std::fs::write(path, text)?;
    }
    if let Some(path) = &flags.chart {
        std::fs::write(path, chart::svg(&rows))?;
    }
    Ok(targets::fine(&wanted))
}
