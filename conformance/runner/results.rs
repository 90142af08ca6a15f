//! What a run found, kept beside its traces for the report.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One difference of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    /// Label of the call, `wire`, `law` or `trace`.
    pub section: String,
    /// What differs.
    pub what: String,
    /// With values.
    pub text: String,
    /// The event in the trace, or 0.
    pub seq: u32,
    /// Kind and reason of the ledger entry that names it.
    pub ledger: Option<(String, String)>,
}

/// One case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Name.
    pub case: String,
    /// One sentence.
    pub about: String,
    /// Where its facts come from.
    pub source: String,
    /// Demands by certainty mark.
    pub marks: BTreeMap<String, usize>,
    /// Time in milliseconds.
    pub millis: u64,
    /// What differs.
    pub found: Vec<Found>,
    /// Why it could not be played, if it could not.
    pub failed: Option<String>,
}

/// One run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Results {
    /// Subject.
    pub subject: String,
    /// Library and its version.
    pub library: String,
    /// Operating system and its build.
    pub system: String,
    /// Cases.
    pub cases: Vec<Outcome>,
    /// Ledger patterns that nothing answered to.
    pub gone: Vec<String>,
    /// Where the tables contradict what was recorded on Windows.
    #[serde(default)]
    pub contradicted: Vec<String>,
}

impl Results {
    /// Writes `SUBJECT.json` into a folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{}.json", self.subject)), serde_json::to_string(self)?)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it cannot be read or is no such file.
    pub fn read(path: &Path) -> std::io::Result<Results> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Reads every run below a folder (`results/*.json`), in the order of their names; none where there is no such folder.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn below(folder: &Path) -> Result<Vec<Results>, String> {
        let Ok(entries) = std::fs::read_dir(folder.join("results")) else { return Ok(Vec::new()) };
        let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        files.retain(|f| f.extension().is_some_and(|e| e == "json"));
        files.sort();
        let read = |f: PathBuf| Results::read(&f).map_err(|e| format!("{}: {e}", f.display()));
        files.into_iter().map(read).collect()
    }

    /// How many cases ended as demanded or as the ledger says, and how many did not.
    pub fn tally(&self) -> (usize, usize) {
        let bad = |c: &&Outcome| c.failed.is_some() || c.found.iter().any(|f| f.ledger.is_none());
        let failed = self.cases.iter().filter(bad).count();
        (self.cases.len() - failed, failed)
    }
}
