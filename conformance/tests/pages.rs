//! Every status has its page in docs/contract, and every page its status.
#![cfg(feature = "suite")]

use std::collections::BTreeSet;
use std::path::Path;

use winhttp_abi::status::{Payload, Role, TABLE};
use winhttp_conformance::runner::STATUSES;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/contract")
}

#[test]
fn every_row_has_its_page_and_says_the_same() {
    for row in TABLE {
        let file = folder().join(format!("{}.md", row.short_name()));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let has = |what: &str| assert!(text.contains(what), "{}: no \"{what}\"", file.display());
        has(&format!("# {}\n", row.name));
        has(&format!("| value | `{:#010x}` |", row.value));
        has(match row.role {
            Role::Progress => "| role | Progress |",
            Role::Completion => "| role | Completion |",
            Role::Handle => "| role | Handle |",
        });
        has(match row.payload {
            Payload::Nothing => "| payload | Nothing",
            Payload::Text => "| payload | Text",
            Payload::Count => "| payload | Count",
            Payload::Code => "| payload | Code",
            Payload::Faults => "| payload | Faults",
            Payload::Handle => "| payload | Handle",
            Payload::Buffer => "| payload | Buffer",
            Payload::Failure | Payload::SocketFailure => "| payload | Failure",
            Payload::Frame => "| payload | Frame",
        });
        for part in
            ["When", "Thread", "Lifetime of the payload", "How sure", "Example", "In a trace", "Cases"]
        {
            has(&format!("\n## {part}\n"));
        }
    }
}

#[test]
fn every_page_has_its_row() {
    let rows: BTreeSet<String> = TABLE.iter().map(|r| format!("{}.md", r.short_name())).collect();
    let pages: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "README.md")
        .collect();
    assert_eq!(pages, rows);
}

#[test]
fn the_suite_and_the_vocabulary_know_the_same_statuses() {
    let rows: Vec<(&str, u32)> = TABLE.iter().map(|r| (r.short_name(), r.value)).collect();
    assert_eq!(STATUSES, rows);
}

/// The cases that a page names are there.
#[test]
fn pages_name_cases_that_exist() {
    let cases =
        winhttp_conformance::runner::case::load(&folder().join("../../conformance/cases"), "*").unwrap();
    for row in TABLE {
        let text = std::fs::read_to_string(folder().join(format!("{}.md", row.short_name()))).unwrap();
        let named = text.split("## Cases").nth(1).unwrap_or_default();
        for name in named.split('`').skip(1).step_by(2) {
            let known = cases.iter().any(|c| winhttp_conformance::runner::fits(name, &c.name));
            assert!(known, "{}: no case {name}", row.short_name());
        }
    }
}

/// The names that cases use stand for the numbers that the vocabulary has.
#[test]
fn names_stand_for_the_numbers_of_the_header() {
    const PREFIXES: [(&str, &str); 13] = [
        ("WINHTTP_ADDREQ_FLAG_", "ADDREQ_"),
        ("WINHTTP_CALLBACK_FLAG_", "CALLBACK_"),
        ("WINHTTP_OPTION_", "OPTION_"),
        ("WINHTTP_QUERY_", "QUERY_"),
        ("WINHTTP_AUTH_", "AUTH_"),
        ("WINHTTP_ENABLE_", "ENABLE_"),
        ("WINHTTP_DISABLE_", "DISABLE_"),
        ("WINHTTP_FLAG_", "FLAG_"),
        ("WINHTTP_DECOMPRESSION_", "DECOMPRESSION_"),
        ("SECURITY_FLAG_", "SECURITY_FLAG_"),
        ("ERROR_WINHTTP_", ""),
        ("ERROR_", ""),
        ("API_", ""),
    ];
    let mut held = 0;
    for (name, value) in winhttp_abi::catalogue::all() {
        let Some((prefix, short)) = PREFIXES.iter().find(|(p, _)| name.starts_with(p)) else { continue };
        let short = format!("{short}{}", &name[prefix.len()..]);
        // ERROR_TIMEOUT and ERROR_INTERNAL_ERROR share their rest with a WinHTTP error, which cases mean.
        let shadowed = name.starts_with("ERROR_") && !name.starts_with("ERROR_WINHTTP_");
        match winhttp_conformance::runner::number(&short) {
            Some(number) if u64::from(number) == value & 0xffff_ffff => held += 1,
            None => {}
            Some(_) if shadowed => {}
            Some(number) => panic!("{short} is {number}, {name} is {value}"),
        }
    }
    assert!(held > 250, "only {held} names were compared");
}
