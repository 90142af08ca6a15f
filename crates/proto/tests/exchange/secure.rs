//! The handshake, between CONNECTED_TO_SERVER and SENDING_REQUEST.

use winhttp_proto::{Failure, Fate};

use crate::HELLO;
use crate::scenario::{Reach, Scenario};

const NOT_TRUSTED: Reach = Reach::Insecure(0x8, Failure(12175));

#[test]
fn connected_comes_before_the_handshake() {
    let mut s = Scenario::asynchronous()
        .https()
        .wired(|w| w.handshakes.extend([Reach::Blocked, Reach::Blocked, Reach::Works]))
        .replies(HELLO);
    s.send().unwrap();
    s.told.drain(..2);
    s.expect(
        "evidence Q9",
        &[
            "CONNECTING_TO_SERVER 127.0.0.1",
            "CONNECTED_TO_SERVER 127.0.0.1",
            "SENDING_REQUEST",
            "REQUEST_SENT 58",
            "SENDREQUEST_COMPLETE 0",
        ],
    );
    assert_eq!(s.wire.dialled[0].port(), 443);
    s.finish();
}

#[test]
fn an_untrusted_certificate_is_told_before_its_failure() {
    let mut s = Scenario::asynchronous().https().wired(|w| w.handshakes.push_back(NOT_TRUSTED));
    s.send().unwrap();
    s.told.drain(..3);
    s.expect(
        "evidence Q9, Q10; clients P10",
        &["CONNECTED_TO_SERVER 127.0.0.1", "worker SECURE_FAILURE 0x8", "worker REQUEST_ERROR 5 12175"],
    );
    assert_eq!(s.sent(), "", "no byte of the request");
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn the_same_handle_can_be_sent_again_after_a_secure_failure() {
    let mut s =
        Scenario::asynchronous().https().wired(|w| w.handshakes.push_back(NOT_TRUSTED)).replies(HELLO);
    s.send().unwrap();
    s.told.clear();
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE", "contract: evidence Q10, clients P6");
    s.finish();

    let mut s = Scenario::synchronous().https().wired(|w| w.handshakes.push_back(NOT_TRUSTED)).replies(HELLO);
    assert_eq!(s.send(), Err(12175), "contract: clients, libgit2");
    s.send().unwrap();
    s.receive().unwrap();
    s.finish();
}

#[test]
fn a_send_inside_the_error_callback_begins_a_new_leg() {
    use crate::scenario::Do;
    let mut s = Scenario::asynchronous()
        .https()
        .wired(|w| w.handshakes.push_back(NOT_TRUSTED))
        .inside("REQUEST_ERROR", &[Do::Send])
        .replies(HELLO);
    s.send().unwrap();
    assert!(s.nested[0].is_ok(), "contract: notifications R5, legal once the completion is called");
    assert_eq!(s.told.last().unwrap().line, "SENDREQUEST_COMPLETE 0");
    s.finish();
}

#[test]
fn a_listener_that_never_answers_is_a_time_out() {
    let mut s = Scenario::asynchronous().https().wired(|w| w.handshakes.push_back(Reach::Pending));
    s.send().unwrap();
    s.told.clear();
    assert_eq!(s.deadline, Some(31_000));
    s.pass(30_000);
    s.expect("evidence Q10: time-out, not 12175", &["REQUEST_ERROR 5 12002"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn a_peer_that_goes_away_is_a_connection_error() {
    for event in [winhttp_proto::Event::EndOfStream, winhttp_proto::Event::Failed(Scenario::RESET)] {
        let mut s = Scenario::asynchronous().https().wired(|w| w.handshakes.push_back(Reach::Pending));
        s.send().unwrap();
        s.told.clear();
        s.event(event);
        s.expect("notifications R10 {5, 12030}", &["REQUEST_ERROR 5 12030"]);
        s.finish();
    }
}

#[test]
fn revocation_that_cannot_be_checked_in_time_is_no_time_out() {
    let mut s = Scenario::asynchronous()
        .https()
        .wired(|w| w.handshakes.extend([Reach::Pending, Reach::Checking, Reach::Checking]));
    s.send().unwrap();
    s.told.clear();
    s.pass(20_000);
    // The handshake is done: what is left has the whole limit, and the connection's own news do not lengthen it.
    s.ready();
    s.pass(20_000);
    s.ready();
    s.expect("nothing yet", &[]);
    assert_eq!(s.deadline, Some(51_000));
    s.pass(10_000);
    s.expect("evidence Q10", &["SECURE_FAILURE 0x1", "REQUEST_ERROR 5 12175"]);
    assert_eq!(s.sent(), "", "no byte of the request");
    s.finish();

    let mut s = Scenario::asynchronous()
        .https()
        .wired(|w| w.handshakes.extend([Reach::Checking, Reach::Works]))
        .replies(HELLO);
    s.send().unwrap();
    s.told.clear();
    s.ready();
    s.expect("evidence Q9", &["SENDING_REQUEST", "REQUEST_SENT 58", "SENDREQUEST_COMPLETE 0"]);
    s.finish();
}
