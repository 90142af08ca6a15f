//! The checker catches what it says it catches: for each law, a whole trace is broken in one place.
#![cfg(feature = "suite")]

use winhttp_conformance::checker::trace::{Call, Callback, Event, Info, Leave, Return};
use winhttp_conformance::checker::{Law, check};

/// Builds a trace; sequence numbers are given at the end.
#[derive(Default, Clone)]
struct Build {
    events: Vec<Event>,
    calls: u32,
}

fn info(status: &str, detail: &str) -> (u32, Info) {
    let text = |t: &str| {
        (
            t.len() as u32 + 1,
            Info { kind: "string".into(), text: Some(t.into()), terminated: Some(true), ..Info::default() },
        )
    };
    let number = |n| (4, Info { kind: "number".into(), number: Some(n), ..Info::default() });
    match status {
        "RESOLVING_NAME" | "NAME_RESOLVED" | "CONNECTING_TO_SERVER" | "CONNECTED_TO_SERVER" | "REDIRECT" => {
            text("host")
        }
        "REQUEST_SENT" | "RESPONSE_RECEIVED" | "DATA_AVAILABLE" | "WRITE_COMPLETE" => number(5),
        "HANDLE_CREATED" | "HANDLE_CLOSING" => {
            (8, Info { kind: "handle".into(), handle: Some(detail.into()), ..Info::default() })
        }
        "READ_COMPLETE" => (5, Info { kind: "buffer".into(), call: Some(1), ..Info::default() }),
        "REQUEST_ERROR" => (
            16,
            Info { kind: "error".into(), api: detail.parse().ok(), error: Some(12002), ..Info::default() },
        ),
        _ => (0, Info { kind: "null".into(), ..Info::default() }),
    }
}

impl Build {
    fn call(&mut self, thread: &str, verb: &str, args: &[&str]) -> u32 {
        self.calls += 1;
        let number = 1000 + self.calls;
        let args = args.iter().map(|a| (*a).to_owned()).collect();
        self.events.push(Event::Call(Call {
            seq: number,
            thread: thread.into(),
            verb: verb.into(),
            args,
            ..Call::default()
        }));
        number
    }

    fn ret(&mut self, thread: &str, call: u32, result: &str, error: u32) {
        self.events.push(Event::Return(Return {
            thread: thread.into(),
            call,
            result: result.into(),
            error,
            ..Return::default()
        }));
    }

    fn both(&mut self, verb: &str, args: &[&str], result: &str) {
        let call = self.call("main", verb, args);
        self.ret("main", call, result, 0);
    }

    fn enter(&mut self, thread: &str, handle: &str, status: &str, detail: &str) -> u32 {
        self.calls += 1;
        let number = 1000 + self.calls;
        let (length, info) = info(status, detail);
        self.events.push(Event::Callback(Callback {
            seq: number,
            thread: thread.into(),
            handle: handle.into(),
            context: "0x51".into(),
            status: status.into(),
            length,
            info,
            ..Callback::default()
        }));
        number
    }

    fn leave(&mut self, thread: &str, callback: u32) {
        self.events.push(Event::Leave(Leave { thread: thread.into(), callback, ..Leave::default() }));
    }

    fn said(&mut self, thread: &str, handle: &str, status: &str, detail: &str) {
        let callback = self.enter(thread, handle, status, detail);
        self.leave(thread, callback);
    }

    fn close(&mut self, handle: &str) {
        let call = self.call("main", "close", &[handle]);
        self.said("main", handle, "HANDLE_CLOSING", handle);
        self.ret("main", call, "TRUE", 0);
    }

    /// Gives every event its final number, and references with it.
    fn done(mut self) -> Vec<Event> {
        self.events.push(Event::End {});
        let mut map = std::collections::HashMap::new();
        for (i, event) in self.events.iter_mut().enumerate() {
            let seq = i as u32 + 1;
            match event {
                Event::Call(c) => {
                    map.insert(c.seq, seq);
                    c.seq = seq;
                }
                Event::Callback(c) => {
                    map.insert(c.seq, seq);
                    c.seq = seq;
                }
                Event::Return(r) => {
                    r.seq = seq;
                    r.call = map[&r.call];
                }
                Event::Leave(l) => {
                    l.seq = seq;
                    l.callback = map[&l.callback];
                }
                _ => {}
            }
        }
        self.events
    }
}

fn opened(mode: &str) -> Build {
    let mut b = Build::default();
    b.both("open", &["ses", mode], "handle");
    b.both("callback", &["ses", "all"], "NULL");
    b.both("setptr", &["ses", "45", "0x51"], "TRUE");
    for (verb, new, parent) in [("connect", "con", "ses"), ("request", "req", "con")] {
        let call = b.call("main", verb, &[new, parent]);
        b.said("main", new, "HANDLE_CREATED", new);
        b.ret("main", call, "handle", 0);
    }
    b
}

const DIAL: [&str; 4] = ["RESOLVING_NAME", "NAME_RESOLVED", "CONNECTING_TO_SERVER", "CONNECTED_TO_SERVER"];

fn sent(b: &mut Build) {
    b.both("send", &["req"], "TRUE");
    for status in DIAL.iter().chain(&["SENDING_REQUEST", "REQUEST_SENT", "SENDREQUEST_COMPLETE"]) {
        b.said("w1", "req", status, "");
    }
}

fn received(b: &mut Build) {
    let call = b.call("main", "receive", &["req"]);
    for status in ["RECEIVING_RESPONSE", "RESPONSE_RECEIVED", "HEADERS_AVAILABLE"] {
        b.said("main", "req", status, "");
    }
    b.ret("main", call, "TRUE", 0);
}

fn read(b: &mut Build) {
    let call = b.call("main", "read", &["req", "10"]);
    b.said("main", "req", "READ_COMPLETE", "");
    b.ret("main", call, "TRUE", 0);
}

fn closed(mut b: Build) -> Vec<Event> {
    for handle in ["req", "con", "ses"] {
        b.close(handle);
    }
    b.done()
}

fn whole() -> Vec<Event> {
    let mut b = opened("async");
    sent(&mut b);
    received(&mut b);
    read(&mut b);
    closed(b)
}

fn laws(events: &[Event]) -> Vec<Law> {
    let mut laws: Vec<Law> = check(events).into_iter().map(|b| b.law).collect();
    laws.sort();
    laws.dedup();
    laws
}

#[track_caller]
fn breaks(events: &[Event], law: Law) {
    assert_eq!(laws(events), [law], "{:#?}", check(events));
}

fn callback<'a>(events: &'a mut [Event], status: &str) -> &'a mut Callback {
    let found = events.iter_mut().find_map(|e| match e {
        Event::Callback(c) if c.status == status => Some(c),
        _ => None,
    });
    found.unwrap()
}

/// Takes a notification and its return out.
fn without(events: &[Event], status: &str) -> Vec<Event> {
    let mut events = events.to_vec();
    let at = events.iter().position(|e| matches!(e, Event::Callback(c) if c.status == status)).unwrap();
    events.drain(at..at + 2);
    events
}

#[test]
fn a_whole_trace_breaks_nothing() {
    assert_eq!(check(&whole()), []);
    let mut b = opened("");
    let call = b.call("main", "send", &["req"]);
    for status in DIAL.iter().chain(&["SENDING_REQUEST", "REQUEST_SENT"]) {
        b.said("main", "req", status, "");
    }
    b.ret("main", call, "TRUE", 0);
    let call = b.call("main", "receive", &["req"]);
    b.said("main", "req", "RECEIVING_RESPONSE", "");
    b.said("main", "req", "RESPONSE_RECEIVED", "");
    b.ret("main", call, "TRUE", 0);
    b.both("read", &["req", "10"], "TRUE");
    assert_eq!(check(&closed(b)), []);
}

#[test]
fn whole_wants_an_end_and_a_stack() {
    let mut cut = whole();
    cut.pop();
    breaks(&cut, Law::Whole);
    let mut crossed = opened("async");
    let outer = crossed.call("main", "getdw", &["req", "3"]);
    let inner = crossed.call("main", "getdw", &["req", "4"]);
    crossed.ret("main", outer, "TRUE", 0);
    crossed.ret("main", inner, "TRUE", 0);
    assert!(laws(&closed(crossed)).contains(&Law::Whole));
    let mut hung = whole();
    let end = hung.len() - 1;
    hung.insert(end, Event::Hung {});
    breaks(&hung, Law::Whole);
}

#[test]
fn one_completion_neither_none_nor_two() {
    breaks(&without(&whole(), "SENDREQUEST_COMPLETE"), Law::OneCompletion);
    let mut b = opened("async");
    sent(&mut b);
    b.said("w1", "req", "SENDREQUEST_COMPLETE", "");
    received(&mut b);
    breaks(&closed(b), Law::OneCompletion);
}

#[test]
fn refused_is_silent() {
    let mut b = opened("async");
    sent(&mut b);
    received(&mut b);
    let call = b.call("main", "read", &["req", "10"]);
    b.said("main", "req", "READ_COMPLETE", "");
    b.ret("main", call, "FALSE", 12019);
    breaks(&closed(b), Law::RefusedIsSilent);
}

#[test]
fn informational_only_while_pending() {
    let mut b = opened("async");
    sent(&mut b);
    b.said("w1", "req", "CLOSING_CONNECTION", "");
    breaks(&closed(b), Law::OnlyWhilePending);
}

#[test]
fn phases_come_in_order() {
    let mut swapped = whole();
    let at = |events: &[Event], s: &str| {
        events.iter().position(|e| matches!(e, Event::Callback(c) if c.status == s)).unwrap()
    };
    let (a, b) = (at(&swapped, "SENDING_REQUEST"), at(&swapped, "REQUEST_SENT"));
    let (first, second) = swapped.split_at_mut(b);
    let swap = |x: &mut Event, y: &mut Event| {
        if let (Event::Callback(x), Event::Callback(y)) = (x, y) {
            (x.status, y.status) = (y.status.clone(), x.status.clone());
            (x.length, y.length) = (y.length, x.length);
            (x.info, y.info) = (y.info.clone(), x.info.clone());
        }
    };
    swap(&mut first[a], &mut second[0]);
    breaks(&swapped, Law::PhaseOrder);
    breaks(&without(&whole(), "REQUEST_SENT"), Law::PhaseOrder);
    breaks(&without(&whole(), "CONNECTING_TO_SERVER"), Law::PhaseOrder);
    breaks(&without(&whole(), "RECEIVING_RESPONSE"), Law::PhaseOrder);
}

#[test]
fn a_refused_send_does_not_begin_a_new_way() {
    let mut b = opened("async");
    b.both("send", &["req"], "TRUE");
    for status in DIAL.iter().chain(&["SENDING_REQUEST", "REQUEST_SENT"]) {
        b.said("w1", "req", status, "");
    }
    let call = b.call("main", "send", &["req"]);
    b.ret("main", call, "FALSE", 12019);
    b.said("w1", "req", "SENDREQUEST_COMPLETE", "");
    assert_eq!(check(&closed(b)), []);
}

#[test]
fn nothing_overlaps_an_informational_callback() {
    let mut b = opened("async");
    b.both("send", &["req"], "TRUE");
    for status in DIAL {
        b.said("w1", "req", status, "");
    }
    let running = b.enter("w1", "req", "SENDING_REQUEST", "");
    b.said("w2", "req", "REQUEST_SENT", "");
    b.leave("w1", running);
    b.said("w1", "req", "SENDREQUEST_COMPLETE", "");
    breaks(&closed(b), Law::Overlap);
}

#[test]
fn a_later_call_may_overtake_a_completion_and_a_worker_may_not() {
    let begun = |by_call: bool| {
        let mut b = opened("async");
        b.both("send", &["req"], "TRUE");
        for status in DIAL.iter().chain(&["SENDING_REQUEST", "REQUEST_SENT"]) {
            b.said("w1", "req", status, "");
        }
        if by_call {
            let running = b.enter("w1", "req", "SENDREQUEST_COMPLETE", "");
            received(&mut b);
            b.leave("w1", running);
        } else {
            let call = b.call("main", "receive", &["req"]);
            b.said("main", "req", "RECEIVING_RESPONSE", "");
            b.ret("main", call, "TRUE", 0);
            let running = b.enter("w1", "req", "SENDREQUEST_COMPLETE", "");
            b.said("w2", "req", "RESPONSE_RECEIVED", "");
            b.said("w1", "req", "HEADERS_AVAILABLE", "");
            b.leave("w1", running);
        }
        closed(b)
    };
    assert_eq!(check(&begun(true)), []);
    breaks(&begun(false), Law::Overlap);
}

#[test]
fn closing_comes_alone() {
    let mut b = opened("async");
    sent(&mut b);
    let call = b.call("main", "receive", &["req"]);
    b.said("main", "req", "RECEIVING_RESPONSE", "");
    b.said("main", "req", "RESPONSE_RECEIVED", "");
    let running = b.enter("main", "req", "HEADERS_AVAILABLE", "");
    let close = b.call("main", "close", &["req"]);
    b.said("main", "req", "HANDLE_CLOSING", "req");
    b.ret("main", close, "TRUE", 0);
    b.leave("main", running);
    b.ret("main", call, "TRUE", 0);
    b.close("con");
    b.close("ses");
    breaks(&b.done(), Law::ClosingAlone);
}

#[test]
fn an_error_names_a_pending_call() {
    let trace = |api: &str| {
        let mut b = opened("async");
        b.both("send", &["req"], "TRUE");
        b.said("w1", "req", "REQUEST_ERROR", api);
        closed(b)
    };
    assert_eq!(check(&trace("5")), []);
    let laws = laws(&trace("1"));
    assert!(laws.contains(&Law::ErrorId), "{laws:?}");
}

#[test]
fn closing_comes_once_and_last() {
    breaks(&without(&whole(), "HANDLE_CLOSING"), Law::ClosingLast);
    let mut b = opened("async");
    b.close("req");
    b.said("w1", "req", "HANDLE_CLOSING", "req");
    b.close("con");
    b.close("ses");
    breaks(&b.done(), Law::ClosingLast);
    let mut early = opened("async");
    early.said("main", "req", "HANDLE_CLOSING", "req");
    assert!(laws(&closed(early)).contains(&Law::ClosingLast));
}

#[test]
fn payloads_have_their_shape() {
    for (status, length) in [
        ("RESOLVING_NAME", 4),
        ("REQUEST_SENT", 8),
        ("SENDING_REQUEST", 1),
        ("HANDLE_CREATED", 4),
        ("HEADERS_AVAILABLE", 4),
        ("SENDREQUEST_COMPLETE", 4),
    ] {
        let mut events = whole();
        callback(&mut events, status).length = length;
        breaks(&events, Law::Payload);
    }
    for status in ["REQUEST_SENT", "READ_COMPLETE", "CONNECTED_TO_SERVER"] {
        let mut events = whole();
        callback(&mut events, status).info = Info { kind: "null".into(), ..Info::default() };
        breaks(&events, Law::Payload);
    }
}

#[test]
fn contexts_are_inherited() {
    let mut events = whole();
    callback(&mut events, "SENDING_REQUEST").context = "0x0".into();
    breaks(&events, Law::Context);
    let mut b = opened("async");
    b.both("send", &["req", "ctx=0x77"], "TRUE");
    b.said("w1", "req", "RESOLVING_NAME", "");
    let events = {
        let mut b = b;
        b.said("w1", "req", "REQUEST_ERROR", "5");
        closed(b)
    };
    assert_eq!(laws(&events), [Law::Context], "the old context after SendRequest gave a new one");
}

#[test]
fn created_comes_once_inside_its_call() {
    breaks(&without(&whole(), "HANDLE_CREATED"), Law::Created);
    let mut b = opened("async");
    b.said("main", "req", "HANDLE_CREATED", "req");
    breaks(&closed(b), Law::Created);
}

#[test]
fn synchronous_sessions_tell_no_completion_and_no_worker() {
    let trace = |thread: &str, status: &str| {
        let mut b = opened("");
        let call = b.call("main", "send", &["req"]);
        for s in DIAL {
            b.said("main", "req", s, "");
        }
        b.said("main", "req", "SENDING_REQUEST", "");
        b.said(thread, "req", status, "");
        b.ret("main", call, "TRUE", 0);
        closed(b)
    };
    assert_eq!(check(&trace("main", "REQUEST_SENT")), []);
    breaks(&trace("w1", "REQUEST_SENT"), Law::Synchronous);
    breaks(&trace("main", "SENDREQUEST_COMPLETE"), Law::Synchronous);
}

#[test]
fn three_callbacks_nest_and_not_four() {
    let trace = |depth: usize| {
        let mut b = opened("async");
        sent(&mut b);
        received(&mut b);
        let mut open = Vec::new();
        for _ in 0..depth {
            let call = b.call("main", "read", &["req", "1"]);
            let callback = b.enter("main", "req", "READ_COMPLETE", "");
            open.push((call, callback));
        }
        for (call, callback) in open.into_iter().rev() {
            b.leave("main", callback);
            b.ret("main", call, "TRUE", 0);
        }
        closed(b)
    };
    assert_eq!(check(&trace(3)), []);
    breaks(&trace(4), Law::Depth);
}

/// Mistakes: 35.
#[test]
fn last_error_tells_where_the_completion_ran() {
    let trace = |inline: bool, error: u32| {
        let mut b = opened("async");
        sent(&mut b);
        received(&mut b);
        let call = b.call("main", "read", &["req", "10"]);
        if inline {
            b.said("main", "req", "READ_COMPLETE", "");
            b.ret("main", call, "TRUE", error);
        } else {
            b.ret("main", call, "TRUE", error);
            b.said("w1", "req", "READ_COMPLETE", "");
        }
        closed(b)
    };
    assert_eq!(check(&trace(true, 0)), []);
    assert_eq!(check(&trace(false, 997)), []);
    breaks(&trace(true, 997), Law::LastError);
    breaks(&trace(false, 0), Law::LastError);
}

#[test]
fn a_resolvers_question_is_pending_until_it_is_told() {
    let trace = |status: &str, context: &str, error: u32| {
        let mut b = opened("async");
        let call = b.call("main", "resolver", &["res", "ses"]);
        b.said("main", "res", "HANDLE_CREATED", "res");
        b.ret("main", call, "handle", 0);
        let call = b.call("main", "proxyask", &["res", "ctx=0x61"]);
        b.ret("main", call, "TRUE", error);
        if !status.is_empty() {
            b.said("w1", "res", status, "6");
        }
        b.close("res");
        let mut events = closed(b);
        for event in &mut events {
            if let Event::Callback(told) = event
                && told.status == status
            {
                told.context = context.into();
            }
        }
        events
    };
    assert_eq!(check(&trace("GETPROXYFORURL_COMPLETE", "0x61", 997)), []);
    assert_eq!(check(&trace("REQUEST_ERROR", "0x61", 997)), []);
    breaks(&trace("GETPROXYFORURL_COMPLETE", "0x62", 997), Law::Context);
    breaks(&trace("GETPROXYFORURL_COMPLETE", "0x61", 0), Law::LastError);
    breaks(&trace("", "", 997), Law::OneCompletion);
}

#[test]
fn a_narrow_mask_is_not_held_to_what_it_cannot_hear() {
    let mut b = opened("async");
    b.both("callback", &["req", "0x10"], "SAME");
    b.both("send", &["req"], "TRUE");
    b.both("close", &["req"], "TRUE");
    b.close("con");
    b.close("ses");
    assert_eq!(check(&b.done()), []);
}

#[test]
fn every_law_has_a_name_of_its_own() {
    let mut names: Vec<&str> = Law::ALL.iter().map(|l| l.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Law::ALL.len());
}
