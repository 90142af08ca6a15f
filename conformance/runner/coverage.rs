//! The index of what is known of WinHTTP's behaviour and of the cases that play it.
use std::path::Path;

use serde::Deserialize;

use super::case::Case;
use super::words::fits;

/// One fact, or a small family of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its short name.
    pub id: String,
    /// In one sentence.
    pub what: String,
    /// Patterns of the cases that play it.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Why no case does.
    #[serde(default)]
    pub without: Option<String>,
}

/// The file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// In the order of the file.
    #[serde(default)]
    pub row: Vec<Row>,
}

impl Coverage {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read or is wrong.
    pub fn read(path: &Path) -> Result<Coverage, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// What is wrong with the index when it is laid beside the cases.
    #[must_use]
    pub fn faults(&self, cases: &[Case]) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, row) in self.row.iter().enumerate() {
            if self.row[..at].iter().any(|other| other.id == row.id) {
                faults.push(format!("{}: is there twice", row.id));
            }
            if row.what.trim().is_empty() {
                faults.push(format!("{}: says nothing", row.id));
            }
            match (&row.without, row.cases.is_empty()) {
                (None, true) => faults.push(format!("{}: has neither a case nor a reason", row.id)),
                (Some(_), false) => faults.push(format!("{}: has cases and a reason for none", row.id)),
                (Some(why), true) if why.len() < 20 => {
                    faults.push(format!("{}: \"{why}\" is no reason", row.id))
                }
                _ => {}
            }
            for pattern in &row.cases {
                if !cases.iter().any(|case| fits(pattern, &case.name)) {
                    faults.push(format!("{}: there is no case {pattern}", row.id));
                }
            }
        }
        for case in cases {
            // A twin is its case in the other mode.
            let name = case.name.trim_end_matches("~sync");
            let named = |pattern: &String| fits(pattern, &case.name) || fits(pattern, name);
            if !self.row.iter().any(|row| row.cases.iter().any(named)) {
                faults.push(format!("{}: belongs to no row", case.name));
            }
        }
        faults
    }

    /// How many rows are played, and how many say why they are not.
    #[must_use]
    pub fn tally(&self) -> (usize, usize) {
        let played = self.row.iter().filter(|row| row.without.is_none()).count();
        (played, self.row.len() - played)
    }
}
