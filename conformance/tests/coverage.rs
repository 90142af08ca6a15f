//! What is known is played, or it is said why not.
#![cfg(feature = "suite")]

use std::path::Path;

use winhttp_conformance::runner::case;
use winhttp_conformance::runner::coverage::{Coverage, Row};

fn here(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_row_has_its_case_and_every_case_its_row() {
    let cases = case::load(&here("cases"), "*").unwrap();
    let coverage = Coverage::read(&here("coverage.toml")).unwrap();
    let faults = coverage.faults(&cases);
    assert!(faults.is_empty(), "conformance/coverage.toml:\n{}", faults.join("\n"));
}

#[test]
fn faults_are_seen() {
    let text = "about = \"a\"\nsource = \"s\"\nmark = \"T\"\nmodes = [\"async\", \"sync\"]\nplay = '''\nopen ses\n'''\n";
    let cases = case::parse("S1-one", text).unwrap();
    let row = |id: &str, cases: &[&str], without: Option<&str>| Row {
        id: id.into(),
        what: "something".into(),
        cases: cases.iter().map(|c| (*c).to_owned()).collect(),
        without: without.map(str::to_owned),
    };
    let faults = |rows: Vec<Row>| Coverage { row: rows }.faults(&cases);
    assert!(faults(vec![row("S1", &["S1-*"], None)]).is_empty());
    assert!(faults(vec![row("S1", &["S1-one"], None)]).is_empty(), "a twin belongs to its case's row");
    for (rows, told) in [
        (vec![row("S1", &["S1-*"], None), row("S1", &["S1-*"], None)], "twice"),
        (vec![row("S1", &["S1-*"], None), row("S2", &[], None)], "neither"),
        (vec![row("S1", &["S1-*"], None), row("S2", &["S2-*"], None)], "no case S2-*"),
        (vec![row("S1", &["S1-*"], None), row("S2", &[], Some("no"))], "no reason"),
        (vec![row("S1", &["S1-*"], Some("a reason that is long enough"))], "reason for none"),
        (vec![row("S2", &[], Some("a reason that is long enough"))], "belongs to no row"),
    ] {
        let found = faults(rows);
        assert!(found.iter().any(|fault| fault.contains(told)), "{told}: {found:?}");
    }
}
