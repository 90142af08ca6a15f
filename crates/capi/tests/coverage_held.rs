//! The last column of `docs/COVERAGE.md`, which `scripts/coverage` writes: every row is there, and what it names exists.

mod plain;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use plain::Handles;
use winhttp_abi as abi;
use winhttp_abi::query::Asks;

/// State and held-by column of each row whose name begins like this; `width` columns.
fn rows(prefix: &str, width: usize) -> BTreeMap<String, (String, Vec<String>)> {
    let page = file("docs/COVERAGE.md");
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        if cells.len() != width + 2 || !name.starts_with(prefix) {
            return None;
        }
        let held = cells[width].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let states = ["works", "accepted", "refused", "not there", "given", "not given"];
        let state = cells.iter().find(|cell| states.contains(cell))?;
        Some((name.to_owned(), ((*state).to_owned(), held)))
    });
    rows.collect()
}

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A case of the conformance suite, or `file::function` of a test.
fn exists(name: &str) -> bool {
    match name.rsplit_once("::") {
        None => {
            let case = format!("../../conformance/cases/{name}.toml");
            Path::new(env!("CARGO_MANIFEST_DIR")).join(case).exists()
        }
        Some((path, function)) => {
            let text = file(path);
            text.find(&format!("fn {function}(")).is_some_and(|at| {
                let line = text[..at].rfind('\n').map_or(0, |end| end);
                let above = text[..line].lines().rev().take_while(|line| !line.trim().is_empty());
                above.take(8).any(|line| line.trim() == "#[test]")
            })
        }
    }
}

fn check(prefix: &str, width: usize, names: impl Iterator<Item = &'static str>) {
    let rows = rows(prefix, width);
    let mut count = 0;
    for name in names {
        let (state, held) =
            rows.get(name).unwrap_or_else(|| panic!("{name} has no row: run scripts/coverage"));
        assert!(state == "not given" || !held.is_empty(), "{name}: nothing holds it; run scripts/coverage");
        for held in held {
            assert!(exists(held), "{name}: there is no {held}; run scripts/coverage");
        }
        count += 1;
    }
    assert!(count > 30, "{count}");
}

#[test]
fn every_row_names_a_case_or_a_test() {
    check("WinHttp", 4, abi::function::TABLE.iter().map(|row| row.name));
    check("WINHTTP_OPTION_", 5, abi::option::TABLE.iter().map(|row| row.name));
    check("WINHTTP_QUERY_", 3, abi::query::TABLE.iter().map(|row| row.name));
    check("ERROR_", 4, abi::error::TABLE.iter().map(|row| row.name));
}

#[test]
fn every_query_number_finds_its_header() {
    let handles = Handles::new("localhost", 1, "GET", "/");
    let mut found = 0;
    for row in abi::query::TABLE {
        let Asks::Header(name) = row.asks else { continue };
        let value = format!("value-{}", row.id);
        assert_eq!(handles.add(&format!("{name}: {value}"), abi::WINHTTP_ADDREQ_FLAG_ADD), 0, "{name}");
        let asked = handles.header(row.id | abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS, "");
        assert_eq!(asked.as_deref(), Ok(value.as_str()), "{}", row.name);
        found += 1;
    }
    assert!(found > 60, "{found}");
    let sent = abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    assert_eq!(handles.header(sent | abi::WINHTTP_QUERY_VERSION, "").as_deref(), Ok("HTTP/1.1"));
    assert_eq!(handles.header(abi::WINHTTP_QUERY_REQUEST_METHOD, "").as_deref(), Ok("GET"));
    let raw = handles.header(sent | abi::WINHTTP_QUERY_RAW_HEADERS_CRLF, "").expect("all lines");
    assert!(raw.starts_with("GET / HTTP/1.1\r\n") && raw.ends_with("value-78\r\n\r\n"), "{raw}");
}
