//! The case files can be read, compiled and judged; faulty ones are refused in words.
#![cfg(feature = "suite")]

use std::path::Path;

use winhttp_conformance::checker::trace::{Callback, Event, Info, Return};
use winhttp_conformance::origin::certificates::Authority;
use winhttp_conformance::runner::case::{self, Case};
use winhttp_conformance::runner::compile::compile;
use winhttp_conformance::runner::judge::judge;
use winhttp_conformance::runner::ledger::{Deviation, Ledger};
use winhttp_conformance::runner::{fits, script};

fn all() -> Vec<Case> {
    case::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"), "*").unwrap()
}

#[test]
fn there_are_at_least_120_and_each_is_sound() {
    let cases = all();
    assert!(cases.len() >= 120, "{}", cases.len());
    let authority = Authority::new().unwrap();
    let values = |w: &str| {
        w.replace("$PORT2", "2").replace("$PORT", "1").replace("$CLOSED", "3").replace("$FULL", "4")
    };
    for case in &cases {
        assert!(!case.about.is_empty() && !case.source.is_empty() && !case.mark.is_empty(), "{}", case.name);
        for origin in &case.origins {
            script::parse(&values(origin), &authority).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        }
        let compiled = compile(case, "test", &values);
        assert!(
            !["$PORT", "$CLOSED", "$FULL", "$i"].iter().any(|n| compiled.contains(n)),
            "{}: {compiled}",
            case.name
        );
        assert!(compiled.lines().any(|l| l == "main"), "{}", case.name);
        let mut labels: Vec<&str> = case.play.steps().map(|s| s.label.as_str()).collect();
        let count = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count, "{}: labels are not unique", case.name);
    }
}

#[test]
fn the_ledger_names_cases_that_exist_and_gives_reasons() {
    let cases = all();
    let ledger = Ledger::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("ledger.toml")).unwrap();
    for entry in &ledger.deviation {
        assert!(["implementation", "open", "missing"].contains(&entry.kind.as_str()), "{}", entry.kind);
        assert!(entry.reason.len() > 20 && !entry.differences.is_empty(), "{entry:?}");
        for pattern in &entry.cases {
            assert!(cases.iter().any(|c| fits(pattern, &c.name)), "no case {pattern}");
        }
    }
    for question in &ledger.question {
        assert!(!question.answer.is_empty() && !question.why.is_empty(), "{}", question.id);
        for pattern in &question.cases {
            assert!(cases.iter().any(|c| fits(pattern, &c.name)), "{}: no case {pattern}", question.id);
        }
    }
}

fn small(play: &str) -> Result<Vec<Case>, String> {
    let text = format!(
        "about = \"a\"\nsource = \"s\"\nmark = \"T\"\nmodes = [\"async\", \"sync\"]\nplay = '''\n{play}\n'''\n"
    );
    case::parse("small", &text)
}

#[test]
fn faults_are_refused_in_words() {
    for (play, word) in [
        ("fetch req", "fetch"),
        ("send req\n  SENT_IT", "SENT_IT"),
        ("  SENDING_REQUEST", "before any call"),
        ("send req => FALSE NO_SUCH_ERROR", "NO_SUCH_ERROR"),
        ("send req\n  REQUEST_ERROR {5}", "error is"),
        ("send req headers=\"open", "quote"),
        ("on NOTHING req:\n  send req", "NOTHING"),
        ("repeat 3\nsend req", "done"),
    ] {
        let error = small(play).unwrap_err();
        assert!(error.contains(word), "{play}: {error}");
    }
    assert!(case::parse("x", "about = 1").is_err());
}

#[test]
fn a_twin_returns_what_completions_said() {
    let cases = small(
        "read req 10\n  RECEIVING_RESPONSE other\n  READ_COMPLETE len=5 bytes=\"hello\" other\nquery req\n  REQUEST_ERROR {2,TIMEOUT}",
    )
    .unwrap();
    let sync = &cases[1];
    assert_eq!(sync.name, "small~sync");
    let read = &sync.play.main[0];
    assert_eq!(read.rows.len(), 1);
    let answer = read.answer.as_ref().unwrap();
    assert_eq!(answer.errors, [0]);
    assert!(
        answer.out.contains(&("n".into(), "5".into()))
            && answer.out.contains(&("bytes".into(), "hello".into()))
    );
    let query = sync.play.main[1].answer.as_ref().unwrap();
    assert_eq!((query.result.as_str(), query.errors.as_slice()), ("FALSE", [12002].as_slice()));
}

/// A trace of one call `send req` with these notifications.
fn trace(rows: &[(&str, &str)], result: &str, error: u32) -> Vec<Event> {
    let call = winhttp_conformance::checker::trace::Call {
        seq: 1,
        thread: "main".into(),
        label: "send".into(),
        section: "send".into(),
        verb: "send".into(),
        args: vec!["req".into()],
        ..Default::default()
    };
    let mut events = vec![
        Event::Call(call),
        Event::Return(Return { call: 1, result: result.into(), error, ..Return::default() }),
    ];
    for (status, thread) in rows {
        events.push(Event::Callback(Callback {
            section: "send".into(),
            thread: (*thread).into(),
            handle: "req".into(),
            status: (*status).into(),
            info: Info { kind: "null".into(), ..Info::default() },
            ..Callback::default()
        }));
    }
    events.push(Event::End {});
    events
}

fn found(play: &str, rows: &[(&str, &str)], result: &str, error: u32) -> Vec<String> {
    let case = &small(play).unwrap()[0];
    judge(case, &trace(rows, result, error), true, &|w| w.to_owned()).iter().map(|d| d.key()).collect()
}

#[test]
fn the_judge_sees_what_is_missing_extra_and_wrong() {
    let play = "send req => TRUE 0\n  SENDING_REQUEST\n  ? REDIRECT\n  REQUEST_SENT other";
    let good = [("SENDING_REQUEST", "w1"), ("REQUEST_SENT", "w1")];
    assert_eq!(found(play, &good, "TRUE", 0), [""; 0]);
    assert_eq!(found(play, &good[..1], "TRUE", 0), ["send: missing REQUEST_SENT"]);
    assert_eq!(
        found(play, &[good[0], ("RESPONSE_RECEIVED", "w1"), good[1]], "TRUE", 0),
        ["send: extra RESPONSE_RECEIVED"]
    );
    assert_eq!(
        found(play, &[good[0], ("REQUEST_SENT", "main")], "TRUE", 0),
        ["send: thread of REQUEST_SENT"]
    );
    assert_eq!(found(play, &good, "FALSE", 6), ["send: result"]);
    assert_eq!(found(play, &good, "TRUE", 997), ["send: last error"]);
    assert_eq!(
        found(play, &[good[1], good[0]], "TRUE", 0).len(),
        2,
        "an order that is wrong is one missing and one extra"
    );
    let free = "send req any-order\n  * SENDING_REQUEST\n  REQUEST_SENT";
    assert_eq!(found(free, &[good[1], good[0], good[0]], "TRUE", 0), [""; 0]);
}

#[test]
fn the_ledger_holds_both_ways() {
    let cases = small("send req").unwrap();
    let ledger = Ledger {
        deviation: vec![Deviation {
            subject: "wine".into(),
            cases: vec!["small".into()],
            differences: vec!["*: missing REQUEST_SENT".into()],
            reason: "a reason that is long enough".into(),
            sometimes: false,
            kind: "implementation".into(),
        }],
        question: Vec::new(),
    };
    let difference = |what: &str| winhttp_conformance::runner::judge::Difference {
        section: "send".into(),
        what: what.into(),
        expected: String::new(),
        got: String::new(),
        seq: 0,
    };
    let one = vec![("small".to_owned(), difference("missing REQUEST_SENT"))];
    let held = ledger.hold("wine", one.clone(), &cases, &cases);
    assert!(held.unlisted.is_empty() && held.gone.is_empty() && held.listed.len() == 1);
    let other = ledger.hold("native", one, &cases, &cases);
    assert_eq!((other.unlisted.len(), other.gone.len()), (1, 0));
    let gone = ledger.hold("wine", Vec::new(), &cases, &cases);
    assert!(!gone.gone.is_empty(), "a deviation that has gone away must fail");
    let partly = ledger.hold("wine", Vec::new(), &[], &cases);
    assert!(partly.gone.is_empty(), "what was not played cannot have gone");
}
