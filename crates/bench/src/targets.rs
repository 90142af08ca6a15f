//! What the project wants, what was measured, and whether that is enough: one line for each target.

use std::path::Path;
use std::process::Command;

use crate::figures::Figures;
use crate::origin::Origin;
use crate::record::Record;
use crate::scenario::{Limit, Site};
use crate::table::{Row, number};
use crate::{Failure, icount};

/// The library as it would be shipped, in MiB.
const SHIPPED: f64 = 3.0;

/// One target.
pub(crate) struct Target {
    what: String,
    figure: Option<f64>,
    limit: Limit,
}

impl Target {
    fn met(&self) -> Option<bool> {
        match (self.figure, self.limit) {
            (Some(figure), Limit::AtMost(most)) => Some(figure <= most),
            (Some(figure), Limit::AtLeast(least)) => Some(figure >= least),
            (None, _) => None,
        }
    }

    /// Whether missing it is a fault: wishes are only told.
    fn binding(&self) -> bool {
        matches!(self.limit, Limit::AtMost(_))
    }
}

/// Those of the measured rows.
pub(crate) fn of_rows(rows: &[Row]) -> Vec<Target> {
    let mut targets = Vec::new();
    for row in rows {
        let parts = [
            ("", row.ours, row.measure.own),
            (", ours / libcurl", row.to_curl, row.measure.to_curl),
            (", ours / raw", row.to_raw, row.measure.to_raw),
        ];
        for (words, figure, limit) in parts {
            if let Some(limit) = limit {
                targets.push(Target {
                    what: format!("{}: {}{words}", row.scenario, row.measure.what),
                    figure,
                    limit,
                });
            }
        }
    }
    targets
}

/// Those of the counts for one request.
pub(crate) fn of_counts(found: &Figures) -> Vec<Target> {
    icount::limits()
        .map(|(scenario, figure, most)| Target {
            what: format!("{scenario}: {figure} a GET"),
            figure: found.get(&(scenario.to_owned(), figure.to_owned())).copied(),
            limit: Limit::AtMost(most),
        })
        .collect()
}

/// The size of the library as it would be shipped.
pub(crate) fn of_library(path: &Path, folder: &Path) -> Result<Target, Failure> {
    let stripped = folder.join("stripped.so");
    let done = Command::new("strip").arg("-o").arg(&stripped).arg(path).status();
    let figure = match done {
        Ok(status) if status.success() => {
            Some(std::fs::metadata(&stripped)?.len() as f64 / f64::from(1 << 20))
        }
        _ => {
            eprintln!(
                "strip is missing: the size of the library is left out (Debian: apt-get install binutils)"
            );
            None
        }
    };
    Ok(Target { what: "the stripped library, MiB".into(), figure, limit: Limit::AtMost(SHIPPED) })
}

/// Deadlines that are kept after so many GETs, for each connection that is kept.
pub(crate) fn of_timers(origin: &Origin, count: u64) -> Result<Target, Failure> {
    let url = origin.url(Site::Plain, "");
    let port = url.rsplit(':').next().unwrap_or_default().to_owned();
    let program = std::env::current_exe()?.with_file_name("timers");
    let output = Command::new(&program)
        .args([&port, &count.to_string()])
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let record = Record::last_of(&String::from_utf8_lossy(&output.stdout))
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("timers: {}", String::from_utf8_lossy(&output.stderr)))?;
    let figure =
        record.get("timers").zip(record.get("connections")).map(|(timers, kept)| timers / kept.max(1.0));
    let what = format!("live timers a connection after {count} GETs");
    Ok(Target { what, figure, limit: Limit::AtMost(1.0) })
}

/// The table, and how many are met, missed and not measured.
pub(crate) fn markdown(targets: &[Target]) -> String {
    let mut text = String::from("| target | limit | figure | |\n|---|--:|--:|---|\n");
    let (mut met, mut missed, mut open) = (0, 0, 0);
    for target in targets {
        let limit = match target.limit {
            Limit::AtMost(most) => format!("<= {most}"),
            Limit::AtLeast(least) => format!(">= {least} (wished for)"),
        };
        let word = match target.met() {
            Some(true) => "met",
            Some(false) if target.binding() => "**missed**",
            Some(false) => "missed",
            None => "not measured",
        };
        match target.met().filter(|_| target.binding()) {
            Some(true) => met += 1,
            Some(false) => missed += 1,
            None => open += usize::from(target.binding()),
        }
        text.push_str(&format!("| {} | {limit} | {} | {word} |\n", target.what, number(target.figure)));
    }
    text.push_str(&format!("\n{met} targets met, {missed} missed, {open} not measured.\n"));
    text
}

/// Whether no target is missed.
pub(crate) fn fine(targets: &[Target]) -> bool {
    targets.iter().all(|target| !target.binding() || target.met() != Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(figure: Option<f64>, limit: Limit) -> Target {
        Target { what: "x".into(), figure, limit }
    }

    #[test]
    fn met_missed_and_not_measured_are_told_apart() {
        let met = target(Some(1.0), Limit::AtMost(1.0));
        let missed = target(Some(1.1), Limit::AtMost(1.0));
        let open = target(None, Limit::AtMost(1.0));
        let wish = target(Some(1.0), Limit::AtLeast(2.0));
        let text = markdown(&[met, open, wish]);
        assert!(text.ends_with("1 targets met, 0 missed, 1 not measured.\n"), "{text}");
        assert!(text.contains("| x | >= 2 (wished for) | 1.000 | missed |"), "{text}");
        assert!(fine(&[target(None, Limit::AtMost(1.0)), target(Some(1.0), Limit::AtLeast(2.0))]));
        assert!(!fine(&[missed]), "a limit that does not hold is a fault");
    }

    #[test]
    fn every_count_with_a_limit_is_a_target() {
        let found = Figures::from([(("get-1".to_owned(), "instructions".to_owned()), 7000.0)]);
        let targets = of_counts(&found);
        assert!(targets.len() > 5);
        let instructions =
            targets.iter().find(|t| t.what == "get-1: instructions a GET").and_then(Target::met);
        assert_eq!(instructions, Some(true));
    }
}
