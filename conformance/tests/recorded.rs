//! What was recorded on Windows decides over the tables.
#![cfg(feature = "suite")]

use std::path::{Path, PathBuf};

use winhttp_conformance::checker::trace::{Call, Callback, Event, Head, Info, Return};
use winhttp_conformance::runner::case::{self, Case};
use winhttp_conformance::runner::judge::judge;
use winhttp_conformance::runner::recorded::Recorded;

/// A folder of this test, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("winhttp-recorded-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn keep(&self, build: &str, case: &Case, events: &[Event]) {
        let folder = self.0.join(build);
        std::fs::create_dir_all(&folder).unwrap();
        let lines: Vec<String> = events.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
        std::fs::write(folder.join(format!("{}.jsonl", case.name)), lines.join("\n")).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn case(rows: &str) -> Case {
    let text =
        format!("about = \"a\"\nsource = \"s\"\nmark = \"I\"\nplay = '''\nsend req => TRUE 0\n{rows}\n'''\n");
    case::parse("small", &text).unwrap().remove(0)
}

/// A trace of the case's one call with these notifications and this last error.
fn trace(case: &Case, rows: &[&str], error: u32) -> Vec<Event> {
    let head = Head {
        case: case.name.clone(),
        hash: case.hash.clone(),
        subject: "windows".into(),
        ..Head::default()
    };
    let call =
        Call { seq: 1, label: "send".into(), section: "send".into(), verb: "send".into(), ..Call::default() };
    let mut events = vec![Event::Head(head), Event::Call(call)];
    for row in rows {
        let (status, text) = row.split_once(' ').unwrap_or((row, ""));
        let info = Info { kind: "string".into(), text: Some(text.into()), ..Info::default() };
        events.push(Event::Callback(Callback {
            section: "send".into(),
            thread: "w1".into(),
            handle: "req".into(),
            status: status.into(),
            info,
            ..Callback::default()
        }));
    }
    events.push(Event::Return(Return { call: 1, result: "TRUE".into(), error, ..Return::default() }));
    events.push(Event::End {});
    events
}

fn verdict(recorded: &Recorded, case: &Case, events: &[Event], ours: bool) -> Vec<String> {
    let found = judge(case, events, true, &|w| w.to_owned());
    recorded.judged(case, events, true, ours, found).iter().map(|d| d.key()).collect()
}

#[test]
fn a_table_that_agrees_stays_and_one_that_contradicts_is_told() {
    let folder = Folder::new("table");
    let right = case("  SENDING_REQUEST\n  REDIRECT \"http://h:$PORT/x\"");
    let windows = ["SENDING_REQUEST", "REDIRECT http://h:40123/x"];
    folder.keep("20348-2026-01-31", &right, &trace(&right, &windows, 0));
    let recorded = Recorded::load(&folder.0).unwrap();
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded.contradictions(&right), []);

    // The same table with one demand more, one less, another text.
    for (rows, told) in [
        ("  SENDING_REQUEST\n  REQUEST_SENT\n  REDIRECT", "send: missing REQUEST_SENT"),
        ("  REDIRECT", "send: extra SENDING_REQUEST"),
        ("  SENDING_REQUEST\n  REDIRECT \"/x\"", "send: text of REDIRECT"),
    ] {
        let wrong = case(rows);
        let mut take = trace(&wrong, &windows, 0);
        folder.keep("20348-2026-01-31", &wrong, &take);
        let recorded = Recorded::load(&folder.0).unwrap();
        let contradictions = recorded.contradictions(&wrong);
        let keys: Vec<String> = contradictions.iter().map(|c| c.difference.key()).collect();
        assert_eq!(keys, [told], "{rows}");
        assert_eq!(contradictions[0].builds, ["20348-2026-01-31"]);
        // Who does as Windows does is not blamed; who does as the table says, is.
        take.remove(0);
        assert_eq!(verdict(&recorded, &wrong, &take, true), [""; 0], "{rows}");
    }
}

#[test]
fn ours_is_held_against_windows_where_the_table_allows_both() {
    let folder = Folder::new("both");
    let loose = case("  SENDING_REQUEST\n  ? REQUEST_SENT");
    folder.keep("a", &loose, &trace(&loose, &["SENDING_REQUEST", "REQUEST_SENT"], 0));
    let recorded = Recorded::load(&folder.0).unwrap();
    let short = trace(&loose, &["SENDING_REQUEST"], 0);
    assert_eq!(verdict(&recorded, &loose, &short, true), ["send: Windows alone: req REQUEST_SENT"]);
    assert_eq!(
        verdict(&recorded, &loose, &short, false),
        [""; 0],
        "another library is held against the table alone"
    );
    let long = trace(&loose, &["SENDING_REQUEST", "REQUEST_SENT", "REDIRECT"], 0);
    assert!(
        verdict(&recorded, &loose, &long, true).contains(&"send: not on Windows: req REDIRECT".to_owned())
    );

    // A second build without it: both are right.
    folder.keep("b", &loose, &trace(&loose, &["SENDING_REQUEST"], 0));
    let recorded = Recorded::load(&folder.0).unwrap();
    assert_eq!(verdict(&recorded, &loose, &short, true), [""; 0]);
}

#[test]
fn a_trace_of_another_version_decides_nothing() {
    let folder = Folder::new("stale");
    let old = case("  REDIRECT");
    folder.keep("a", &old, &trace(&old, &["REDIRECT"], 0));
    let recorded = Recorded::load(&folder.0).unwrap();
    let new = case("  SENDING_REQUEST");
    assert_eq!(recorded.contradictions(&new), []);
    assert_eq!(recorded.stale(&[new]), ["small on a"]);
    assert!(Recorded::load(Path::new("/nowhere/at/all")).unwrap().is_empty());
}
