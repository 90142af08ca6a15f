//! The head of the request and the data given to SendRequest.

use winhttp_proto::{Fate, Total};

use crate::scenario::{Do, Scenario, Taken};
use crate::{EMPTY, HELLO};

#[test]
fn optional_data_goes_with_the_head_and_is_named_by_the_completion() {
    let mut s =
        Scenario::asynchronous().pooled().method("POST").with_body(b"12345", Total::Bytes(5)).replies(HELLO);
    s.send().unwrap();
    let sent = format!("REQUEST_SENT {}", s.wire.sent.len());
    s.expect(
        "notifications R4; evidence Q5: dwOptionalLength; section 2: head and optional data counted",
        &["SENDING_REQUEST", &sent, "SENDREQUEST_COMPLETE 5"],
    );
    assert!(s.sent().ends_with("Content-Length: 5\r\nHost: host\r\n\r\n12345"), "{}", s.sent());
    s.finish();
}

#[test]
fn a_request_goes_out_in_any_pieces() {
    for most in [1, 7, 60] {
        let mut s = Scenario::asynchronous()
            .pooled()
            .method("POST")
            .with_body(b"12345", Total::Bytes(5))
            .wired(|w| {
                for _ in 0..200 {
                    w.writes.extend([Taken::Bytes(most), Taken::Blocked]);
                }
            })
            .replies(HELLO);
        s.send().unwrap();
        assert!(s.sent().starts_with("POST /path HTTP/1.1\r\n") && s.sent().ends_with("\r\n\r\n12345"));
        assert_eq!(s.told.len(), 3, "each told once");
        s.finish();
    }
}

#[test]
fn closing_inside_sending_request_keeps_every_byte_off_the_wire() {
    let mut s = Scenario::asynchronous().pooled().inside("SENDING_REQUEST", &[Do::Close]);
    s.send().unwrap();
    s.expect(
        "clients P3; notifications section 2 SENDING_REQUEST; R7",
        &["SENDING_REQUEST", "worker REQUEST_ERROR 5 12017", "worker HANDLE_CLOSING"],
    );
    assert_eq!(s.sent(), "");
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn the_head_is_made_after_sending_request_was_told() {
    let mut s =
        Scenario::asynchronous().pooled().inside("SENDING_REQUEST", &[Do::Header("X: 1")]).replies(HELLO);
    s.send().unwrap();
    assert!(s.sent().contains("\r\nX: 1\r\n"), "contract: notifications R5, any call from any callback");
    s.finish();
}

#[test]
fn a_request_that_nobody_takes_is_a_time_out() {
    let mut s = Scenario::asynchronous().pooled().wired(|w| w.writes.extend([Taken::Bytes(5), Taken::Stuck]));
    s.send().unwrap();
    assert_eq!(s.deadline, Some(31_000), "contract: evidence table A, send 30 s");
    s.pass(29_999);
    s.expect("options SEND_TIMEOUT", &["SENDING_REQUEST"]);
    s.pass(1);
    s.expect("notifications R10 {5, 12002}", &["REQUEST_ERROR 5 12002"]);
    s.finish();
}

/// F1 of the design: the reply that is already on its way counts more than the write that failed.
#[test]
fn a_broken_write_does_not_hide_the_reply() {
    let early = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let mut s = Scenario::asynchronous()
        .pooled()
        .wired(|w| w.writes.push_back(Taken::Broke(Scenario::RESET)))
        .replies(early);
    s.send().unwrap();
    s.receive().unwrap();
    s.expect(
        "evidence table A: a dead connection shows at ReceiveResponse; a reply is a reply",
        &[
            "SENDING_REQUEST",
            "REQUEST_SENT 0",
            "SENDREQUEST_COMPLETE 0",
            "RECEIVING_RESPONSE",
            "RESPONSE_RECEIVED 64",
            "HEADERS_AVAILABLE",
        ],
    );
    assert_eq!(s.exchange.reply.head.status(), 413);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn without_a_reply_a_broken_write_fails_the_receive() {
    use crate::scenario::Piece;
    let mut s = Scenario::asynchronous()
        .pooled()
        .wired(|w| w.writes.push_back(Taken::Broke(Scenario::RESET)))
        .then(Piece::Reset(Scenario::RESET));
    s.send().unwrap();
    s.receive().unwrap();
    s.expect(
        "evidence table A, stale pooled connection",
        &[
            "SENDING_REQUEST",
            "REQUEST_SENT 0",
            "SENDREQUEST_COMPLETE 0",
            "main RECEIVING_RESPONSE",
            "main REQUEST_ERROR 1 12030",
        ],
    );
    s.finish();
}

#[test]
fn receive_response_inside_sending_request_is_accepted_and_completes_elsewhere() {
    let mut s = Scenario::asynchronous().pooled().inside("SENDING_REQUEST", &[Do::Receive]).replies(HELLO);
    s.send().unwrap();
    assert!(s.nested[0].is_ok());
    s.expect(
        "notifications S7.4 [T], Wine's order [W]",
        &[
            "worker SENDING_REQUEST",
            "worker RECEIVING_RESPONSE",
            "worker REQUEST_SENT 58",
            "worker SENDREQUEST_COMPLETE 0",
            "worker RESPONSE_RECEIVED 43",
            "worker HEADERS_AVAILABLE",
        ],
    );
    s.read(1024).unwrap();
    s.expect("notifications S7.4", &["READ_COMPLETE 5"]);
    s.finish();
}

#[test]
fn receive_response_inside_request_sent_is_accepted_and_completes_elsewhere() {
    let mut s = Scenario::asynchronous().pooled().inside("REQUEST_SENT", &[Do::Receive]).replies(EMPTY);
    s.send().unwrap();
    s.expect(
        "notifications S7.4 [T], Wine's order [W]",
        &[
            "worker SENDING_REQUEST",
            "worker REQUEST_SENT 58",
            "worker RECEIVING_RESPONSE",
            "worker SENDREQUEST_COMPLETE 0",
            "worker RESPONSE_RECEIVED 38",
            "worker HEADERS_AVAILABLE",
        ],
    );
    s.finish();
}

#[test]
fn a_synchronous_session_refuses_it_there() {
    let mut s = Scenario::synchronous().pooled().inside("SENDING_REQUEST", &[Do::Receive]).replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.nested, [Err(12019)], "contract: notifications R9 [W]");
    s.expect("notifications R3", &["main SENDING_REQUEST", "main REQUEST_SENT 58"]);
    s.receive().unwrap();
    s.expect("notifications S1", &["main RECEIVING_RESPONSE", "main RESPONSE_RECEIVED 43"]);
    s.finish();
}

#[test]
fn a_masked_notification_holds_nothing() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.masked = 0x10 | 0x0040_0000;
    s.send().unwrap();
    s.expect("notifications R1: the mask filters each status", &["REQUEST_SENT 58"]);
    s.receive().unwrap();
    s.told.clear();
    s.finish();
}
