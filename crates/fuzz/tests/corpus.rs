//! Every seed through its target, and every target over a few inputs of its own: no fuzzer needed.

use std::fs;
use std::path::Path;

#[test]
fn every_seed_plays() {
    for (name, target) in winhttp_fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut seeds = 0;
        for file in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = file.expect("a directory entry").path();
            target(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has seeds");
    }
}

#[test]
fn every_target_takes_the_simplest_inputs() {
    for (_, target) in winhttp_fuzz::TARGETS {
        target(b"");
        for byte in 0..=u8::MAX {
            target(&[byte]);
            target(&[byte; 300]);
        }
    }
}

#[test]
fn every_target_is_a_program() {
    let manifest = include_str!("../Cargo.toml");
    for (name, _) in winhttp_fuzz::TARGETS {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name} stands in Cargo.toml");
    }
}
