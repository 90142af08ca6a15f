//! The suite in numbers: cases, demands by how sure they are, agreement between subjects, the ledger by kind.
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::case::Case;
use super::coverage::Coverage;
use super::judge;
use super::ledger::Ledger;
use super::results::Results;

/// A number and what it counts, with a few words more.
pub type Line = (String, String);

/// Marks that say that Windows itself has shown it.
const WINDOWS: [&str; 4] = ["T", "T-", "T!", "STRONG"];
/// Marks that nobody outside Microsoft can settle without a run on Windows.
const OPEN: [&str; 3] = ["I", "W", "NONE"];

/// Reads every run below these folders (`results/*.json`), in the order of their names.
///
/// # Errors
/// When one cannot be read.
pub fn runs(folders: &[PathBuf]) -> Result<Vec<Results>, String> {
    let mut runs = Vec::new();
    for folder in folders {
        runs.extend(Results::below(folder)?);
    }
    Ok(runs)
}

/// The lines of the matrix.
#[must_use]
pub fn lines(cases: &[Case], runs: &[Results], ledger: &Ledger, coverage: &Coverage) -> Vec<Line> {
    let mut lines = Vec::new();
    let twins = cases.iter().filter(|c| c.name.ends_with("~sync")).count();
    let files = cases.len() - twins;
    lines.push((
        "cases".into(),
        format!("{} ({files} files, {twins} of them in a second mode too)", cases.len()),
    ));
    let (played, unplayed) = coverage.tally();
    lines.push(("facts in the index".into(), format!("{played} played, {unplayed} with a reason why not")));
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases {
        for (mark, count) in judge::count(case).by_mark {
            *marks.entry(mark).or_default() += count;
        }
    }
    let sum = |of: &[&str]| of.iter().filter_map(|mark| marks.get(*mark)).sum::<usize>();
    let all: usize = marks.values().sum();
    let (sure, open) = (sum(&WINDOWS), sum(&OPEN));
    lines.push((
        "demands".into(),
        format!(
            "{all}: {sure} from what Windows has shown, {open} open, {} from clients and documents",
            all - sure - open
        ),
    ));
    let each: Vec<String> = marks.iter().map(|(mark, count)| format!("{mark} {count}")).collect();
    lines.push(("demands by mark".into(), each.join(", ")));
    for run in runs {
        let clean = run.cases.iter().filter(|c| c.found.is_empty() && c.failed.is_none()).count();
        let (passed, failed) = run.tally();
        let text = format!(
            "{} cases: {clean} as demanded, {} as the ledger says, {failed} different",
            run.cases.len(),
            passed - clean
        );
        lines.push((format!("{} ({}, {})", run.subject, run.library, run.system), text));
    }
    agreements(runs, &mut lines);
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for entry in &ledger.deviation {
        *kinds.entry((&entry.subject, &entry.kind)).or_default() += 1;
    }
    let kinds: Vec<String> =
        kinds.iter().map(|((subject, kind), n)| format!("{subject} {kind} {n}")).collect();
    lines.push(("ledger entries".into(), kinds.join(", ")));
    lines.push(("open questions, answered until Windows speaks".into(), ledger.question.len().to_string()));
    lines
}

/// Where this library and another subject both do as demanded.
fn agreements(runs: &[Results], lines: &mut Vec<Line>) {
    let Some(ours) = runs.iter().find(|run| run.subject == "native") else { return };
    for other in runs.iter().filter(|run| run.subject != "native") {
        let (mut both, mut played) = (0, 0);
        for case in &ours.cases {
            if let Some(theirs) = other.cases.iter().find(|c| c.case == case.case) {
                played += 1;
                let clean = |o: &super::results::Outcome| o.found.is_empty() && o.failed.is_none();
                both += usize::from(clean(case) && clean(theirs));
            }
        }
        let share = (both * 100_usize).checked_div(played).unwrap_or(0);
        lines.push((
            format!("native and {}", other.subject),
            format!("agree without a difference in {both} of {played} cases ({share} %)"),
        ));
    }
}

/// The matrix as text.
#[must_use]
pub fn text(lines: &[Line]) -> String {
    let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    lines.iter().map(|(name, value)| format!("{name:<widest$}  {value}\n")).collect()
}
