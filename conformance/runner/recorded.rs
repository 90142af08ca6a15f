//! Traces recorded on Windows: where there is one of a case, it decides, and not the table.
//!
//! Three questions are asked of it. Does the table contradict it? Then the table is wrong, and the run says so. Does a
//! subject differ from the table only where Windows does too? Then it is right. Does this library tell anything else than
//! Windows, be it where the table allows both? Then it is wrong.
use std::collections::BTreeMap;
use std::path::Path;

use super::case::Case;
use super::compare;
use super::judge::{Difference, judge};
use crate::checker::trace::{self, Event};

/// A trace of one case on one build of Windows.
#[derive(Debug, Clone)]
struct Take {
    /// The folder it lies in: build and date.
    build: String,
    events: Vec<Event>,
}

/// Every trace recorded on Windows, by case.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    takes: BTreeMap<String, Vec<Take>>,
}

/// A demand of a table that Windows does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The case.
    pub case: String,
    /// The builds that contradict.
    pub builds: Vec<String>,
    /// What the table demands and what Windows does.
    pub difference: Difference,
}

/// Ports are another run's: any will do.
fn any_port(word: &str) -> String {
    ["$PORT2", "$PORT", "$CLOSED", "$FULL"].iter().fold(word.to_owned(), |text, name| text.replace(name, "*"))
}

impl Recorded {
    /// Reads `FOLDER/BUILD/CASE.jsonl`. A folder that is not there holds none.
    ///
    /// # Errors
    /// When a trace cannot be read.
    pub fn load(folder: &Path) -> Result<Recorded, String> {
        let mut recorded = Recorded::default();
        let Ok(builds) = std::fs::read_dir(folder) else { return Ok(recorded) };
        let mut builds: Vec<_> =
            builds.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.is_dir()).collect();
        builds.sort();
        for build in builds {
            let fault = |e: std::io::Error, path: &Path| format!("{}: {e}", path.display());
            let mut files: Vec<_> = std::fs::read_dir(&build)
                .map_err(|e| fault(e, &build))?
                .filter_map(|e| e.ok().map(|e| e.path()))
                .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
                .collect();
            files.sort();
            for file in files {
                let input = std::fs::File::open(&file).map_err(|e| fault(e, &file))?;
                let events = trace::read(std::io::BufReader::new(input)).map_err(|e| fault(e, &file))?;
                let build = build.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let case = trace::head(&events).case;
                recorded.takes.entry(case).or_default().push(Take { build, events });
            }
        }
        Ok(recorded)
    }

    /// How many cases have a trace.
    #[must_use]
    pub fn len(&self) -> usize {
        self.takes.len()
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.takes.is_empty()
    }

    /// The traces of a case as it is now.
    fn takes(&self, case: &Case) -> impl Iterator<Item = &Take> {
        let all = self.takes.get(&case.name).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|take| trace::head(&take.events).hash == case.hash)
    }

    /// Traces of a case that was changed since they were recorded: they decide nothing.
    #[must_use]
    pub fn stale(&self, cases: &[Case]) -> Vec<String> {
        let mut stale = Vec::new();
        for case in cases {
            for take in self.takes.get(&case.name).into_iter().flatten() {
                if trace::head(&take.events).hash != case.hash {
                    stale.push(format!("{} on {}", case.name, take.build));
                }
            }
        }
        stale
    }

    /// Where the table of a case demands what Windows does not do.
    #[must_use]
    pub fn contradictions(&self, case: &Case) -> Vec<Contradiction> {
        let mut found: Vec<Contradiction> = Vec::new();
        for take in self.takes(case) {
            for difference in judge(case, &take.events, true, &any_port) {
                match found.iter_mut().find(|c| c.difference.key() == difference.key()) {
                    Some(known) => known.builds.push(take.build.clone()),
                    None => found.push(Contradiction {
                        case: case.name.clone(),
                        builds: vec![take.build.clone()],
                        difference,
                    }),
                }
            }
        }
        found
    }

    /// Judges what a subject did in a case by what Windows did. `differences` are those from the table; `ours` says that
    /// the subject is this library, which is to do as Windows does in everything.
    #[must_use]
    pub fn judged(
        &self,
        case: &Case,
        events: &[Event],
        threads: bool,
        ours: bool,
        mut differences: Vec<Difference>,
    ) -> Vec<Difference> {
        let contradicted = self.contradictions(case);
        // What one build contradicts is no demand any more: a subject may do as either.
        differences.retain(|difference| !contradicted.iter().any(|c| c.difference.key() == difference.key()));
        if ours {
            let other = self.takes(case).map(|take| unlike(events, &take.events, threads));
            // Builds differ from each other: to be as one of them is enough.
            if let Some(least) = other.min_by_key(Vec::len) {
                differences.extend(least);
            }
        }
        differences
    }
}

/// In what a trace is unlike Windows'.
fn unlike(events: &[Event], windows: &[Event], threads: bool) -> Vec<Difference> {
    compare::traces(windows, events, threads)
        .iter()
        .map(|line| {
            let (sign, rest) = line.split_at(1);
            let rest = rest.trim();
            let (section, what) = rest.split_once(" / ").unwrap_or(("trace", rest));
            // Handle and status alone, without the payload: what a ledger entry is matched with.
            let what: Vec<&str> = what.split_whitespace().take(2).collect();
            let (word, expected, got) = match sign {
                "-" => ("Windows alone", rest, ""),
                _ => ("not on Windows", "", rest),
            };
            Difference::new(section, format!("{word}: {}", what.join(" ")), expected, got, 0)
        })
        .collect()
}
