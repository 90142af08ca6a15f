//! What nobody reads is read away.

use winhttp_proto::Fate;

use crate::HELLO;
use crate::scenario::{Do, Lease, Piece, Scenario};

fn open(s: Scenario) -> Scenario {
    let mut s = s;
    s.send().unwrap();
    s.receive().unwrap();
    s.told.clear();
    s
}

const TEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";

#[test]
fn closing_hands_a_small_rest_to_the_pool_in_silence() {
    let mut s = open(Scenario::asynchronous().pooled().replies(TEN));
    s.close().unwrap();
    s.expect("notifications S1: no closing pair although the body was unread", &["main HANDLE_CLOSING"]);
    assert_eq!(s.wire.released, [Fate::Drain]);
    s.finish();
}

#[test]
fn the_connection_is_given_up_before_handle_closing_is_told() {
    let mut s = open(Scenario::asynchronous().pooled().replies(TEN));
    s = s.inside("HANDLE_CLOSING", &[Do::Receive]);
    s.close().unwrap();
    assert_eq!(s.nested, [Err(6)], "contract: notifications R9");
    assert_eq!(s.wire.released, [Fate::Drain]);
    s.finish();
}

#[test]
fn a_rest_above_the_limit_costs_the_connection() {
    for (head, limit, fate) in [
        ("Content-Length: 10", 10, Fate::Drain),
        ("Content-Length: 10", 9, Fate::Close),
        ("Transfer-Encoding: chunked", 0, Fate::Drain),
        ("X: until the end", 1_000, Fate::Close),
        ("Connection: close\r\nContent-Length: 10", 1_000, Fate::Close),
    ] {
        let s = Scenario::asynchronous().pooled().terms(|t| t.max_drain_size = limit);
        let mut s = open(s.replies(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n")));
        s.close().unwrap();
        assert_eq!(s.wire.released, [fate], "contract: api-behaviour section 30, {head}");
        s.finish();
    }
}

#[test]
fn a_read_under_way_costs_the_connection() {
    let mut s = open(Scenario::asynchronous().pooled().replies(TEN));
    s.read(10).unwrap();
    s.told.clear();
    s.close().unwrap();
    s.expect("notifications R7", &["main REQUEST_ERROR 3 12017", "main HANDLE_CLOSING"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn sending_again_drains_first_and_keeps_the_connection() {
    let s =
        Scenario::asynchronous().pooled().replies(TEN).then(Piece::Pause).replies("defghij").replies(HELLO);
    let mut s = open(s);
    s.send().unwrap();
    s.receive().unwrap();
    s.read(9).unwrap();
    s.expect(
        "clients P6; notifications S8: the same connection",
        &[
            "worker SENDING_REQUEST",
            "REQUEST_SENT 58",
            "SENDREQUEST_COMPLETE 0",
            "RECEIVING_RESPONSE",
            "RESPONSE_RECEIVED 43",
            "HEADERS_AVAILABLE",
            "READ_COMPLETE 5",
        ],
    );
    assert_eq!(s.body, b"hello");
    assert_eq!(s.wire.released, [Fate::Keep, Fate::Keep]);
    s.finish();
}

#[test]
fn a_redirect_with_a_body_drains_it() {
    let s = Scenario::asynchronous()
        .pooled()
        .replies("HTTP/1.1 302 Moved\r\nLocation: /two\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc")
        .replies("\r\n0\r\n\r\n")
        .replies(HELLO);
    let mut s = open(s);
    s.read(9).unwrap();
    assert_eq!(s.body, b"hello");
    assert_eq!(s.wire.released, [Fate::Keep, Fate::Keep], "contract: notifications S3");
    s.finish();
}

#[test]
fn a_peer_that_goes_away_meanwhile_only_costs_the_connection() {
    for piece in [Piece::End, Piece::Reset(Scenario::RESET)] {
        let mut s = open(Scenario::asynchronous().pooled().replies(TEN).then(piece).replies(HELLO));
        s.send().unwrap();
        assert_eq!(s.told.last().unwrap().line, "SENDREQUEST_COMPLETE 0");
        assert_eq!(s.wire.released, [Fate::Close]);
        s.finish();
    }
}

#[test]
fn a_body_that_turns_out_too_large_overflows() {
    let s = Scenario::asynchronous()
        .pooled()
        .terms(|t| t.max_drain_size = 4)
        .replies("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .replies("5\r\nabcde\r\n");
    let mut s = open(s);
    s.send().unwrap();
    s.expect("notifications R10: 12184", &["REQUEST_ERROR 5 12184"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn a_rest_that_never_comes_is_a_time_out() {
    let mut s = open(Scenario::asynchronous().pooled().replies(TEN));
    s.send().unwrap();
    let begun = s.now;
    assert_eq!(s.deadline, Some(begun + 30_000));
    s.pass(30_000);
    s.expect("notifications R10 {5, 12002}", &["REQUEST_ERROR 5 12002"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

/// A request whose only connection still brings `rest`: the ten bytes of another's reply.
fn behind_another(rest: &[Piece]) -> Scenario {
    let mut first = open(Scenario::asynchronous().pooled().terms(|t| t.max_drain_size = 20).replies(TEN));
    first.close().unwrap();
    let late = first.wire.late.take();
    first.finish();
    assert!(late.is_some());
    Scenario::asynchronous().wired(|wire| {
        wire.late = late;
        wire.leases.push_back(Lease::Late);
        wire.incoming.extend(rest.iter().cloned());
    })
}

const DIALLED: &[&str] = &[
    "worker RESOLVING_NAME host",
    "worker NAME_RESOLVED 127.0.0.1",
    "worker CONNECTING_TO_SERVER 127.0.0.1",
    "worker CONNECTED_TO_SERVER 127.0.0.1",
    "worker SENDING_REQUEST",
    "worker REQUEST_SENT 58",
    "worker SENDREQUEST_COMPLETE 0",
];

#[test]
fn the_rest_of_anothers_reply_is_waited_for() {
    let rest = [Piece::Bytes(b"abcdef".to_vec()), Piece::Pause, Piece::Bytes(b"ghij".to_vec())];
    let mut s = behind_another(&rest).replies(HELLO);
    s.wire.leases.push_back(Lease::Pooled);
    s.send().unwrap();
    s.expect(
        "notifications S1: CONNECTING does not come",
        &["worker SENDING_REQUEST", "worker REQUEST_SENT 58", "worker SENDREQUEST_COMPLETE 0"],
    );
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn anothers_reply_that_cannot_be_drained_costs_its_connection_and_nothing_else() {
    for piece in [Piece::End, Piece::Reset(Scenario::RESET), Piece::Bytes(b"abcdefghij and more".to_vec())] {
        let mut s = behind_another(&[piece]);
        s = s.replies(HELLO);
        s.send().unwrap();
        s.expect("notifications R8", DIALLED);
        assert_eq!(s.wire.released, [Fate::Close]);
        s.finish();
    }
}

#[test]
fn anothers_reply_has_a_fifth_of_a_second_and_never_more_than_the_connect_timeout() {
    for (connect, limit) in [(60_000, 200), (0, 200), (u32::MAX, 200), (70, 70)] {
        // A piece of it buys no more time.
        let mut s = behind_another(&[]).terms(|t| t.connect_timeout = connect);
        s.send().unwrap();
        let begun = s.now;
        assert_eq!(s.deadline, Some(begun + limit), "{connect}");
        s.pass(limit / 2);
        s.wire.incoming.push_back(Piece::Bytes(b"d".to_vec()));
        s.ready();
        assert_eq!(s.deadline, Some(begun + limit), "{connect}");
        s = s.replies(HELLO);
        s.wire.incoming.clear();
        s.pass(limit - limit / 2);
        assert_eq!(s.wire.released, [Fate::Close]);
        assert_eq!(s.wire.dialled.len(), 1);
        s.finish();
    }
}

#[test]
fn closing_while_anothers_reply_is_drained() {
    let mut s = behind_another(&[]);
    s.send().unwrap();
    s.close().unwrap();
    s.expect("notifications R7", &["main REQUEST_ERROR 5 12017", "main HANDLE_CLOSING"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}
