//! Calls in the wrong state: the table of `refuse.rs`.

use winhttp_proto::clock::Moment;
use winhttp_proto::{CallId, Command, Event, Next, Total};

use crate::HELLO;
use crate::scenario::Scenario;

#[test]
fn before_anything_was_sent() {
    let mut s = Scenario::asynchronous();
    s.receive().unwrap();
    s.expect("notifications S7.1, R9: accepted, then {1, 12019}", &["main REQUEST_ERROR 1 12019"]);
    assert_eq!(s.query(), Err(12019), "contract: notifications R9, api-behaviour section 19");
    assert_eq!(s.read(1), Err(12019), "contract: notifications R9");
    assert_eq!(s.write(b"x"), Err(12019), "contract: notifications R10");
    s.finish();

    let mut s = Scenario::synchronous();
    assert_eq!(s.receive(), Err(12019), "contract: api-behaviour sections 13 and 29");
    assert_eq!(s.query(), Err(12019));
    assert_eq!(s.read(1), Err(12019));
    s.finish();
}

#[test]
fn while_the_send_is_under_way() {
    let mut s = Scenario::asynchronous().pooled();
    s.send().unwrap();
    assert_eq!(s.send(), Err(12019), "contract: evidence Q15, one write-side operation");
    assert_eq!(s.write(b"x"), Err(12019));
    assert_eq!(s.query(), Err(12019), "contract: api-behaviour section 29 [D]");
    assert_eq!(s.read(1), Err(12019));
    s.arrive(HELLO);
    s.finish();
}

#[test]
fn before_the_reply_was_asked_for() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.query(), Err(12019), "contract: notifications S2 [M]");
    assert_eq!(s.read(1), Err(12019));
    s.finish();
}

#[test]
fn while_the_receive_is_under_way() {
    let mut s = Scenario::asynchronous().pooled().with_body(b"", Total::Bytes(1));
    s.send().unwrap();
    s.write(b"x").unwrap();
    s.receive().unwrap();
    s.told.clear();
    s.receive().unwrap();
    s.expect("notifications R9: inside the call", &["main REQUEST_ERROR 1 12019"]);
    assert_eq!(s.query(), Err(12019), "contract: evidence Q15, one read-side operation");
    assert_eq!(s.read(1), Err(12019));
    assert_eq!(s.send(), Err(12019));
    s.arrive(HELLO);
    s.expect("notifications R9: the first one is not harmed", &["RESPONSE_RECEIVED 43", "HEADERS_AVAILABLE"]);
    s.finish();
}

#[test]
fn while_a_read_is_under_way() {
    let mut s = Scenario::asynchronous().pooled().replies(&HELLO[..38]);
    s.send().unwrap();
    s.receive().unwrap();
    s.read(5).unwrap();
    assert_eq!(s.read(5), Err(12019), "contract: notifications R9, evidence Q15");
    assert_eq!(s.query(), Err(12019));
    assert_eq!(s.send(), Err(12019));
    s.told.clear();
    s.receive().unwrap();
    s.expect("notifications R9", &["main REQUEST_ERROR 1 12019"]);
    s.arrive("hello");
    assert_eq!(s.told.last().unwrap().line, "READ_COMPLETE 5");
    assert_eq!(s.body, b"hello");
    s.finish();
}

#[test]
fn a_synchronous_session_refuses_a_second_receive() {
    let mut s = Scenario::synchronous().pooled().replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.receive(), Err(12019), "contract: notifications R9 [W]");
    assert!(s.exchange.reply.readable());
    s.finish();
}

#[test]
fn an_untold_completion_still_occupies_its_lane() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    s.exchange.command(Command::Read(5), CallId(500)).unwrap();
    while let Next::Do(_) = s.exchange.poll(Moment(s.now)) {
        let mut out = [0; 5];
        if s.exchange.wired() && s.wire.buffer.is_empty() {
            s.exchange.event(Event::Released);
            continue;
        }
        let taken = s.exchange.feed(&s.wire.buffer, &mut out);
        s.wire.buffer.drain(..taken);
    }
    let second = s.exchange.command(Command::Read(5), CallId(501));
    assert_eq!(second.unwrap_err().0, 12019, "contract: notifications R5, once the completion was called");
    assert!(s.exchange.take(true).is_some());
    assert!(s.exchange.command(Command::Read(5), CallId(502)).is_ok());
}

#[test]
fn sending_again_without_asking_for_the_reply() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO).replies(HELLO);
    s.send().unwrap();
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(
        s.told.last().unwrap().line,
        "HEADERS_AVAILABLE",
        "contract: notifications R9 [W], drained first"
    );
    s.finish();
}
