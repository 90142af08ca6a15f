//! Case files: what the origin does, what is called, what must come.
//!
//! `docs/CONFORMANCE.md` describes the form. A file gives one case, or two when it names both modes: the synchronous
//! twin is made from the asynchronous text by `play::twin`.
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::play::{self, Play};
use super::words;

/// Whether the session is opened with WINHTTP_FLAG_ASYNC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Async,
    /// It is not.
    Sync,
}

/// A case in one mode, ready to be compiled and judged.
#[derive(Debug, Clone)]
pub struct Case {
    /// File name without its ending, with `~sync` for a twin.
    pub name: String,
    /// One sentence.
    pub about: String,
    /// Where its facts come from.
    pub source: String,
    /// Certainty mark of rows and returns that bear none of their own.
    pub mark: String,
    /// Longest time for the whole case in milliseconds.
    pub limit: u32,
    /// Scripts of the first and, if there is one, the second origin.
    pub origins: Vec<String>,
    /// Calls and expected rows.
    pub play: Play,
    /// What the origins must have received.
    pub wire: Vec<WireRule>,
    /// Subjects on which it is not played, with the reason.
    pub skip: Vec<(String, String)>,
    /// Hash of file and mode.
    pub hash: String,
}

/// A demand on what an origin received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRule {
    /// Which request, counted from 1 over the connections of an origin; 0 for the origin as a whole.
    pub request: usize,
    /// Which origin, 1 or 2.
    pub origin: u32,
    /// `line`, `has`, `lacks`, `body`, `length`, `requests`, `connections`, `same-connection`, `frame`, `frames`.
    pub what: String,
    /// What it must be.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    source: String,
    mark: String,
    #[serde(default)]
    modes: Vec<String>,
    #[serde(default = "limit")]
    limit: u32,
    #[serde(default)]
    origin: String,
    #[serde(default)]
    second: String,
    play: String,
    #[serde(default)]
    wire: String,
    #[serde(default)]
    skip: std::collections::BTreeMap<String, String>,
}

fn limit() -> u32 {
    8_000
}

/// FNV-1a, enough to see that a trace belongs to another version of its case.
fn hash(text: &str) -> String {
    let sum = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{sum:016x}")
}

fn wire_rules(text: &str) -> Result<Vec<WireRule>, String> {
    let mut rules = Vec::new();
    for line in text.lines() {
        let cut = words::cut(line)?;
        let mut texts = cut.iter().map(|w| w.text.clone());
        let Some(first) = texts.next() else { continue };
        let (origin, rest) = match first.strip_prefix("second.") {
            Some(rest) => (2, rest.to_owned()),
            None => (1, first),
        };
        let (request, what) = match rest.parse::<usize>() {
            Ok(n) => (n, texts.next().unwrap_or_default()),
            // A frame has a number behind it.
            Err(_) if rest == "frame" => {
                let number = texts.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                (number.ok_or("wire: which frame?")?, rest)
            }
            Err(_) => (0, rest),
        };
        const KNOWN: [&str; 11] = [
            "line",
            "has",
            "lacks",
            "body",
            "length",
            "requests",
            "connections",
            "same-connection",
            "ends",
            "frame",
            "frames",
        ];
        if !KNOWN.contains(&what.as_str()) {
            return Err(format!("wire: what is \"{what}\"?"));
        }
        rules.push(WireRule { request, origin, what, text: texts.next().unwrap_or_default() });
    }
    Ok(rules)
}

/// Reads the text of a case file: one case for each of its modes.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(name: &str, text: &str) -> Result<Vec<Case>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    let modes = if file.modes.is_empty() { vec!["async".to_owned()] } else { file.modes.clone() };
    let single = modes.len() == 1;
    let mut cases = Vec::new();
    for mode in modes {
        let (mode, twin) = match mode.as_str() {
            "async" => (Mode::Async, false),
            "sync" => (Mode::Sync, true),
            other => return Err(format!("mode \"{other}\"?")),
        };
        let mut origins = vec![file.origin.clone()];
        if !file.second.is_empty() {
            origins.push(file.second.clone());
        }
        cases.push(Case {
            name: if twin && !single { format!("{name}~sync") } else { name.to_owned() },
            about: file.about.clone(),
            source: file.source.clone(),
            mark: file.mark.clone(),
            limit: file.limit,
            origins,
            play: play::parse(&file.play, mode)?,
            wire: wire_rules(&file.wire)?,
            skip: file.skip.clone().into_iter().collect(),
            hash: hash(&format!("{text}{twin}")),
        });
    }
    Ok(cases)
}

/// Reads every case of a folder whose name fits a pattern, in the order of their names.
///
/// # Errors
/// When a file cannot be read or is wrong; its name is said.
pub fn load(folder: &Path, pattern: &str) -> Result<Vec<Case>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{name}: {e}"))?;
        cases.extend(parse(&name, &text).map_err(|e| format!("{name}: {e}"))?);
    }
    cases.retain(|c| words::fits(pattern, &c.name));
    Ok(cases)
}
