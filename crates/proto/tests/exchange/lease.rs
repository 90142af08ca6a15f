//! A leg begins: pooled, fresh, or queued.

use std::net::{IpAddr, Ipv4Addr};

use winhttp_proto::Fate;

use crate::HELLO;
use crate::scenario::{Lease, Scenario};

#[test]
fn a_fresh_connection_shows_every_step() {
    let mut s = Scenario::asynchronous().replies(HELLO);
    s.send().unwrap();
    s.expect(
        "notifications S8 round 1; S4: SendRequest never calls back inside the call",
        &[
            "worker RESOLVING_NAME host",
            "worker NAME_RESOLVED 127.0.0.1",
            "worker CONNECTING_TO_SERVER 127.0.0.1",
            "worker CONNECTED_TO_SERVER 127.0.0.1",
            "worker SENDING_REQUEST",
            "worker REQUEST_SENT 58",
            "worker SENDREQUEST_COMPLETE 0",
        ],
    );
    assert_eq!(s.sent(), "GET /path HTTP/1.1\r\nConnection: Keep-Alive\r\nHost: host\r\n\r\n");
    s.finish();
}

#[test]
fn a_pooled_connection_shows_neither_resolving_nor_connecting() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.send().unwrap();
    s.expect(
        "notifications S8 round 2, R8",
        &["SENDING_REQUEST", "REQUEST_SENT 58", "SENDREQUEST_COMPLETE 0"],
    );
    s.finish();
}

#[test]
fn a_known_address_is_not_resolved_again() {
    let known = vec![IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))];
    let mut s =
        Scenario::asynchronous().wired(|w| w.leases.push_back(Lease::Vacant(Some(known)))).replies(HELLO);
    s.send().unwrap();
    s.expect(
        "notifications R4.1: resolving only where the connect handle has not resolved yet",
        &[
            "CONNECTING_TO_SERVER 10.0.0.1",
            "CONNECTED_TO_SERVER 10.0.0.1",
            "SENDING_REQUEST",
            "REQUEST_SENT 58",
            "SENDREQUEST_COMPLETE 0",
        ],
    );
    s.finish();
}

#[test]
fn a_queued_request_waits_in_silence_and_goes_on() {
    let mut s = Scenario::asynchronous()
        .wired(|w| w.leases.extend([Lease::Queued, Lease::Queued, Lease::Pooled]))
        .replies(HELLO);
    s.send().unwrap();
    s.ready();
    s.pass(1_000_000);
    s.expect("notifications R3: nothing to report", &[]);
    s.ready();
    s.expect("notifications R8", &["SENDING_REQUEST", "REQUEST_SENT 58", "SENDREQUEST_COMPLETE 0"]);
    s.finish();
}

#[test]
fn closing_gives_a_place_in_the_queue_back() {
    let mut s = Scenario::asynchronous().wired(|w| w.leases.push_back(Lease::Queued));
    s.send().unwrap();
    s.close().unwrap();
    s.expect("notifications R7, R10", &["REQUEST_ERROR 5 12017", "HANDLE_CLOSING"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

/// Round after round on one handle, as after 401: each leg asks for a connection again.
#[test]
fn a_connection_that_is_at_rest_is_given_back_before_the_reply_is_told() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO).replies(HELLO);
    for _ in 0..2 {
        s.send().unwrap();
        s.receive().unwrap();
        s.told.clear();
        s.read(100).unwrap();
        s.expect("notifications S8: no closing pair on a kept connection", &["main READ_COMPLETE 5"]);
    }
    assert_eq!(s.wire.released, [Fate::Keep, Fate::Keep]);
    assert_eq!(s.body, b"hellohello");
    s.finish();
}
