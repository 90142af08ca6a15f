//! The ledger: every known deviation, and every open question with the answer chosen.
//!
//! It holds both ways: a difference that no entry names fails a run, and so does an entry that no difference of the run
//! answers to, when all of its cases were played.
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::judge::Difference;
use super::words::fits;

/// Known differences of one subject.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Which subject.
    pub subject: String,
    /// Patterns of case names.
    pub cases: Vec<String>,
    /// Patterns of `SECTION: WHAT`.
    pub differences: Vec<String>,
    /// Why it is so, and why it stays.
    pub reason: String,
    /// Comes only sometimes: a run without it does not fail.
    #[serde(default)]
    pub sometimes: bool,
    /// What kind of deviation: `implementation` (the subject is known to differ), `open` (nobody knows which is right),
    /// `missing` (not built yet).
    pub kind: String,
}

impl Deviation {
    /// Whether it speaks of a subject. What is said of this library holds for its DLL too.
    #[must_use]
    pub fn concerns(&self, subject: &str) -> bool {
        self.subject == subject || self.subject == "native" && subject == "wine-native"
    }
}

/// An open question.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Short name.
    pub id: String,
    /// The question.
    pub question: String,
    /// The answer chosen.
    pub answer: String,
    /// Why this answer.
    pub why: String,
    /// Patterns of the cases that will settle it.
    #[serde(default)]
    pub cases: Vec<String>,
}

/// The file.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Known deviations.
    #[serde(default)]
    pub deviation: Vec<Deviation>,
    /// Open questions.
    #[serde(default)]
    pub question: Vec<Question>,
}

/// The outcome of holding differences against the ledger.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Differences that no entry names: case and difference.
    pub unlisted: Vec<(String, Difference)>,
    /// Differences that an entry names: case, difference, index of the entry.
    pub listed: Vec<(String, Difference, usize)>,
    /// Patterns of entries that no difference answered to: index of the entry and the pattern.
    pub gone: Vec<(usize, String)>,
}

impl Ledger {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read or is wrong.
    pub fn read(path: &Path) -> Result<Ledger, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Whether what a case is about is not built yet in a subject.
    pub fn misses(&self, subject: &str, case: &str) -> bool {
        let mut missing =
            self.deviation.iter().filter(|entry| entry.kind == "missing" && entry.concerns(subject));
        missing.any(|entry| entry.cases.iter().any(|pattern| fits(pattern, case)))
    }

    /// Whether any entry names a difference of a subject in a case.
    pub fn names(&self, subject: &str, case: &str, difference: &Difference) -> bool {
        self.deviation.iter().any(|entry| Self::covers(entry, subject, case, difference))
    }

    /// Whether an entry covers a difference.
    fn covers(entry: &Deviation, subject: &str, case: &str, difference: &Difference) -> bool {
        entry.concerns(subject)
            && entry.cases.iter().any(|p| fits(p, case))
            && entry.differences.iter().any(|p| fits(p, &difference.key()))
    }

    /// Holds the differences of a run against the entries of its subject. `played` are the cases of the run, `all` every
    /// case there is: an entry is only found to be gone when every case it names was played.
    pub fn hold(
        &self,
        subject: &str,
        found: Vec<(String, Difference)>,
        played: &[Case],
        all: &[Case],
    ) -> Verdict {
        let mut verdict = Verdict::default();
        for (case, difference) in found {
            match self.deviation.iter().position(|e| Self::covers(e, subject, &case, &difference)) {
                Some(entry) => verdict.listed.push((case, difference, entry)),
                None => verdict.unlisted.push((case, difference)),
            }
        }
        for (i, entry) in self.deviation.iter().enumerate() {
            if !entry.concerns(subject) || entry.sometimes {
                continue;
            }
            for pattern in &entry.cases {
                let complete = all
                    .iter()
                    .filter(|c| fits(pattern, &c.name) && !c.skip.iter().any(|(s, _)| s == subject))
                    .all(|c| played.iter().any(|p| p.name == c.name));
                let answered = verdict.listed.iter().any(|(case, _, e)| *e == i && fits(pattern, case));
                if complete && !answered {
                    verdict.gone.push((i, format!("case {pattern}")));
                }
            }
            let complete = all
                .iter()
                .filter(|c| entry.cases.iter().any(|p| fits(p, &c.name)))
                .filter(|c| !c.skip.iter().any(|(s, _)| s == subject))
                .all(|c| played.iter().any(|p| p.name == c.name));
            for pattern in &entry.differences {
                let answered = verdict.listed.iter().any(|(_, d, e)| *e == i && fits(pattern, &d.key()));
                if complete && !answered {
                    verdict.gone.push((i, pattern.clone()));
                }
            }
        }
        verdict
    }
}
