//! CloseHandle and the closing of the session, in every phase.

use winhttp_proto::clock::Moment;
use winhttp_proto::{Action, CallId, Command, Event, Fate, Next, Notification, Total};

use crate::HELLO;
use crate::scenario::{Do, Lease, Reach, Scenario, Taken};

/// Every place where an exchange can wait, and the call that waits there.
fn waiting() -> Vec<(&'static str, Scenario, &'static [&'static str], Option<Fate>)> {
    let sent = |s: Scenario| {
        let mut s = s;
        s.send().unwrap();
        s
    };
    let received = |s: Scenario| {
        let mut s = sent(s);
        s.receive().unwrap();
        s
    };
    let base = Scenario::asynchronous;
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    let mut writing = sent(base().pooled().with_body(b"", Total::Chunked).wired(|w| {
        w.writes.extend([Taken::Bytes(4096), Taken::Stuck]);
    }));
    writing.write(b"abc").unwrap();
    let mut both = sent(base().pooled().with_body(b"", Total::Chunked).wired(|w| {
        w.writes.extend([Taken::Bytes(4096), Taken::Stuck]);
    }));
    both.write(b"abc").unwrap();
    both.receive().unwrap();
    let mut reading = received(base().pooled().replies(head));
    reading.read(9).unwrap();
    let mut querying = received(base().pooled().replies(head));
    querying.query().unwrap();
    let mut draining = received(base().pooled().replies(head));
    draining.send().unwrap();
    let close = Some(Fate::Close);
    vec![
        ("idle", base(), &[], None),
        (
            "lease",
            sent(base().wired(|w| w.leases.push_back(Lease::Queued))),
            &["REQUEST_ERROR 5 12017"],
            close,
        ),
        (
            "resolve",
            sent(base().wired(|w| w.resolves.push_back(Reach::Pending))),
            &["REQUEST_ERROR 5 12017"],
            close,
        ),
        (
            "dial",
            sent(base().wired(|w| w.dials.push_back(Reach::Pending))),
            &["REQUEST_ERROR 5 12017"],
            close,
        ),
        (
            "secure",
            sent(base().https().wired(|w| w.handshakes.push_back(Reach::Pending))),
            &["REQUEST_ERROR 5 12017"],
            close,
        ),
        (
            "send",
            sent(base().pooled().wired(|w| w.writes.push_back(Taken::Stuck))),
            &["REQUEST_ERROR 5 12017"],
            close,
        ),
        ("head", sent(base().pooled()), &["REQUEST_ERROR 5 12017"], close),
        ("feed", sent(base().pooled().with_body(b"", Total::Bytes(9))), &[], close),
        ("writing", writing, &["REQUEST_ERROR 4 12017"], close),
        ("both lanes", both, &["REQUEST_ERROR 4 12017", "REQUEST_ERROR 1 12017"], close),
        ("sealed", sent(base().pooled().replies(head)), &[], Some(Fate::Drain)),
        ("reading", reading, &["REQUEST_ERROR 3 12017"], close),
        ("querying", querying, &["REQUEST_ERROR 2 12017"], close),
        ("draining", draining, &["REQUEST_ERROR 5 12017"], close),
    ]
}

#[test]
fn closing_answers_what_waits_and_nothing_follows() {
    for (phase, mut s, errors, fate) in waiting() {
        s.told.clear();
        s.wire.released.clear();
        s.close().unwrap();
        let lines: Vec<String> =
            errors.iter().chain(&["HANDLE_CLOSING"]).map(|line| format!("main {line}")).collect();
        s.expect(
            &format!("notifications R7, R10; evidence Q16: inline, in {phase}"),
            &lines.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        assert_eq!(s.wire.released, Vec::from_iter(fate), "{phase}");
        assert_eq!(s.close(), Err(6), "contract: notifications R9, in {phase}");
        assert_eq!(s.send(), Err(6), "{phase}");
        s.ready();
        s.pass(10_000_000);
        s.expect("notifications R6: last callback of the handle", &[]);
        s.finish();
    }
}

#[test]
fn closing_the_session_answers_what_waits_and_every_later_call() {
    for (phase, mut s, errors, fate) in waiting() {
        s.told.clear();
        s.wire.released.clear();
        s.cancel().unwrap();
        s.expect(&format!("evidence table A: 12017, in {phase}"), errors);
        let closed = if phase == "sealed" { Some(Fate::Close) } else { fate };
        assert_eq!(s.wire.released, Vec::from_iter(closed), "{phase}");
        s.send().unwrap();
        s.receive().unwrap();
        s.read(4).unwrap();
        s.expect(
            "evidence table A: fails at once, inline",
            &["main REQUEST_ERROR 5 12017", "main REQUEST_ERROR 1 12017", "main REQUEST_ERROR 3 12017"],
        );
        s.cancel().unwrap();
        s.close().unwrap();
        s.expect("notifications R6", &["HANDLE_CLOSING"]);
        s.finish();
    }
}

#[test]
fn a_synchronous_call_is_refused_after_the_session_was_closed() {
    let mut s = Scenario::synchronous().pooled().replies(HELLO);
    s.send().unwrap();
    s.cancel().unwrap();
    assert_eq!(s.receive(), Err(12017), "contract: evidence table A");
    s.finish();
}

#[test]
fn closing_inside_any_progress_comes_after_that_callback() {
    for status in [
        "RESOLVING_NAME",
        "NAME_RESOLVED",
        "CONNECTING_TO_SERVER",
        "CONNECTED_TO_SERVER",
        "SENDING_REQUEST",
        "REQUEST_SENT",
    ] {
        let mut s = Scenario::asynchronous().https().inside(status, &[Do::Close]).replies(HELLO);
        s.send().unwrap();
        let told: Vec<_> = s.told.drain(..).map(|told| told.line).collect();
        let [.., last, error, closing] = &told[..] else { panic!("{told:?}") };
        assert!(last.starts_with(status), "contract: notifications R7, {told:?}");
        assert_eq!([error.as_str(), closing], ["REQUEST_ERROR 5 12017", "HANDLE_CLOSING"]);
        s.finish();
    }
    for status in ["RECEIVING_RESPONSE", "RESPONSE_RECEIVED"] {
        let mut s = Scenario::asynchronous().pooled().inside(status, &[Do::Close]).replies(HELLO);
        s.send().unwrap();
        s.told.clear();
        s.receive().unwrap();
        let told: Vec<_> = s.told.drain(..).map(|told| told.line).collect();
        assert_eq!(told[told.len() - 2..], ["REQUEST_ERROR 1 12017", "HANDLE_CLOSING"], "{status}");
        s.finish();
    }
}

#[test]
fn closing_inside_a_completion_cancels_nothing() {
    let mut s = Scenario::asynchronous().pooled().inside("SENDREQUEST_COMPLETE", &[Do::Close]).replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HANDLE_CLOSING", "contract: notifications R7");
    assert!(!s.told.iter().any(|told| told.line.starts_with("REQUEST_ERROR")));
    s.finish();
}

#[test]
fn closing_inside_any_completion_is_followed_by_nothing_but_the_end() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for status in ["WRITE_COMPLETE", "HEADERS_AVAILABLE", "DATA_AVAILABLE", "READ_COMPLETE", "REQUEST_ERROR"]
    {
        let s = Scenario::asynchronous().pooled().with_body(b"", Total::Bytes(1)).replies(whole);
        let mut s = s.inside(status, &[Do::Close]);
        s.send().unwrap();
        let answers = [s.write(b"x"), s.receive(), s.query(), s.read(4), s.receive()];
        let told: Vec<_> = s.told.iter().map(|told| told.line.clone()).collect();
        let [.., last, closing] = &told[..] else { panic!("{told:?}") };
        assert!(last.starts_with(status), "contract: notifications R7, R5: {told:?}");
        assert_eq!(closing, "HANDLE_CLOSING");
        let accepted = answers.iter().take_while(|answer| answer.is_ok()).count();
        assert!(answers[accepted..].iter().all(|answer| *answer == Err(6)), "contract: notifications R9");
        s.finish();
    }
}

#[test]
fn closing_inside_a_nested_callback_waits_for_both() {
    let mut s = Scenario::asynchronous()
        .pooled()
        .inside("SENDING_REQUEST", &[Do::Receive])
        .inside("RECEIVING_RESPONSE", &[Do::Close]);
    s.send().unwrap();
    s.expect(
        "notifications S7.4, R7: one error for each call, then HANDLE_CLOSING",
        &[
            "SENDING_REQUEST",
            "RECEIVING_RESPONSE",
            "REQUEST_ERROR 5 12017",
            "REQUEST_ERROR 1 12017",
            "HANDLE_CLOSING",
        ],
    );
    assert_eq!(s.sent(), "");
    s.finish();
}

#[test]
fn a_completion_that_is_known_is_told_as_it_is() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    s.query().unwrap();
    s.told.clear();
    // The answer is in the queue, and nobody has told it yet.
    s.exchange.command(Command::Query, CallId(900)).unwrap();
    assert_eq!(s.exchange.poll(Moment(s.now)), Next::Tell);
    s.exchange.command(Command::Close, CallId(901)).unwrap();
    let first = s.exchange.poll(Moment(s.now));
    assert_eq!(first, Next::Do(Action::Release(Fate::Drain)), "contract: notifications S1");
    s.exchange.event(Event::Released);
    assert_eq!(s.exchange.take(true).unwrap().what, Notification::DataAvailable(5));
    assert_eq!(s.exchange.take(true).unwrap().what, Notification::HandleClosing);
    assert!(s.exchange.take(true).is_none());
}

#[test]
fn a_synchronous_close_inside_a_callback_ends_the_call() {
    let mut s = Scenario::synchronous().pooled().inside("SENDING_REQUEST", &[Do::Close]).replies(HELLO);
    assert_eq!(s.send(), Err(12017), "contract: notifications R7, clients P9");
    s.ready();
    s.expect("notifications R3", &["main SENDING_REQUEST", "HANDLE_CLOSING"]);
    assert_eq!(s.sent(), "");
}
