//! The head of the reply: read under the send, told by ReceiveResponse.

use winhttp_proto::{Fate, Total};

use crate::scenario::{Piece, Scenario};
use crate::{EMPTY, HELLO};

const SENT: [&str; 3] = ["SENDING_REQUEST", "REQUEST_SENT 58", "SENDREQUEST_COMPLETE 0"];

#[test]
fn receive_response_completes_inside_the_call() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.send().unwrap();
    assert!(
        !s.exchange.reply.readable(),
        "contract: notifications S2 [M], queries fail before ReceiveResponse"
    );
    s.expect("notifications S2", &SENT);
    s.receive().unwrap();
    s.expect(
        "notifications S2: all three on main, inside the call",
        &["main RECEIVING_RESPONSE", "main RESPONSE_RECEIVED 43", "main HEADERS_AVAILABLE"],
    );
    assert!(s.exchange.reply.readable());
    s.finish();
}

#[test]
fn synchronously_the_answer_is_the_return() {
    let mut s = Scenario::synchronous().replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    s.expect(
        "notifications S1",
        &[
            "main RESOLVING_NAME host",
            "main NAME_RESOLVED 127.0.0.1",
            "main CONNECTING_TO_SERVER 127.0.0.1",
            "main CONNECTED_TO_SERVER 127.0.0.1",
            "main SENDING_REQUEST",
            "main REQUEST_SENT 58",
            "main RECEIVING_RESPONSE",
            "main RESPONSE_RECEIVED 43",
        ],
    );
    s.finish();
}

#[test]
fn the_send_is_complete_only_with_the_head() {
    let mut s = Scenario::asynchronous().pooled();
    s.send().unwrap();
    s.arrive(&HELLO[..20]);
    s.expect("evidence Q11", &SENT[..2]);
    s.arrive(&HELLO[20..]);
    s.expect("evidence Q11", &SENT[2..]);
    s.finish();
}

#[test]
fn a_head_may_come_in_any_pieces() {
    let mut s = Scenario::asynchronous().pooled();
    for byte in HELLO.bytes() {
        s = s.replies([byte]).then(Piece::Pause);
    }
    s.send().unwrap();
    s.receive().unwrap();
    s.read(5).unwrap();
    assert_eq!(s.body, b"hello");
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn a_silent_server_fails_the_receive_and_not_the_send() {
    let mut s = Scenario::asynchronous().pooled();
    s.send().unwrap();
    assert_eq!(s.deadline, Some(31_000), "contract: evidence table A, receive 30 s");
    s.pass(29_999);
    s.expect("evidence L3", &SENT[..2]);
    s.pass(1);
    s.expect("evidence L3: the late completion", &["worker SENDREQUEST_COMPLETE 0"]);
    s.receive().unwrap();
    s.expect("evidence Q11: {1, 12002} inline", &["main RECEIVING_RESPONSE", "main REQUEST_ERROR 1 12002"]);
    s.finish();

    let mut s = Scenario::synchronous().pooled();
    s.send().unwrap();
    assert_eq!(s.now, 31_000);
    assert_eq!(s.receive(), Err(12002), "contract: evidence Q11, SYNCRS");
    s.finish();
}

#[test]
fn bytes_that_keep_coming_keep_the_receive_limit_away() {
    let mut s = Scenario::asynchronous().pooled();
    s.send().unwrap();
    for byte in &HELLO.as_bytes()[..38] {
        s.pass(20_000);
        s.arrive([*byte]);
    }
    s.expect("options RECEIVE_TIMEOUT: for one partial receive", &SENT);
    s.finish();
}

#[test]
fn the_whole_head_has_a_limit_that_is_looked_at_when_bytes_arrive() {
    let mut s = Scenario::asynchronous().pooled().terms(|t| t.receive_response_timeout = 90_000);
    s.send().unwrap();
    for _ in 0..4 {
        s.pass(25_000);
        s.arrive("HTTP/1.1 100 Continue\r\n\r\n");
    }
    s.told.drain(..2);
    s.expect("options RECEIVE_RESPONSE_TIMEOUT", &["SENDREQUEST_COMPLETE 0"]);
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12002");
    s.finish();
}

#[test]
fn a_peer_that_closes_without_a_byte() {
    let mut s = Scenario::asynchronous().pooled().then(Piece::End);
    s.send().unwrap();
    s.expect("evidence table A: never at the send", &SENT);
    s.receive().unwrap();
    s.expect(
        "evidence Q14: RESPONSE_RECEIVED counts 0; table A: 12030",
        &["main RECEIVING_RESPONSE", "main RESPONSE_RECEIVED 0", "main REQUEST_ERROR 1 12030"],
    );
    assert_eq!(
        s.wire.leases.len(),
        7,
        "contract: evidence table A, a stale pooled connection is not retried"
    );
    s.receive().unwrap();
    s.expect("notifications R9: nothing was sent since", &["main REQUEST_ERROR 1 12019"]);
    s.finish();
}

#[test]
fn a_reply_that_is_no_http() {
    for (reply, error) in [
        ("<html>no status line</html>\r\n\r\n", 12152),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 12152),
        ("HTTP/1.1 200 OK\r\nCut: off", 12152),
    ] {
        let mut s = Scenario::asynchronous().pooled().replies(reply).then(Piece::End);
        s.send().unwrap();
        s.receive().unwrap();
        let received = format!("RESPONSE_RECEIVED {}", reply.len());
        let failed = format!("REQUEST_ERROR 1 {error}");
        s.told.drain(..3);
        s.expect("evidence Q11, Q14; notifications R10", &["RECEIVING_RESPONSE", &received, &failed]);
        assert_eq!(s.wire.released, [Fate::Close]);
        s.finish();
    }
}

#[test]
fn a_head_above_its_limit() {
    let long = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(70_000));
    let mut s = Scenario::synchronous().pooled().replies(long);
    s.send().unwrap();
    assert_eq!(s.receive(), Err(12182), "contract: notifications R10, api-behaviour section 35");
    s.finish();
}

#[test]
fn interim_replies_are_told_by_the_receive() {
    let mut s = Scenario::asynchronous()
        .pooled()
        .replies("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n")
        .replies(EMPTY);
    s.send().unwrap();
    s.expect("notifications R4.2", &SENT);
    s.receive().unwrap();
    s.expect(
        "notifications R4.3: RECEIVING, INTERMEDIATE, RECEIVED",
        &[
            "RECEIVING_RESPONSE",
            "INTERMEDIATE_RESPONSE 100",
            "INTERMEDIATE_RESPONSE 103",
            "RESPONSE_RECEIVED 97",
            "HEADERS_AVAILABLE",
        ],
    );
    assert_eq!(s.exchange.reply.head.status(), 200);
    assert_eq!(s.exchange.reply.head.get(b"A"), None, "headers of an interim reply are gone");
    s.finish();
}

#[test]
fn too_many_interim_replies() {
    let mut s = Scenario::asynchronous().pooled().terms(|t| t.max_continues = 2);
    for _ in 0..3 {
        s = s.replies("HTTP/1.1 102 Wait\r\n\r\n");
    }
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12152", "contract: evidence Q17, options 90");
    s.finish();
}

#[test]
fn an_upgraded_connection_is_neither_kept_nor_closed_by_the_reply() {
    let mut s = Scenario::asynchronous()
        .pooled()
        .replies("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nrest");
    s.send().unwrap();
    s.receive().unwrap();
    s.told.clear();
    s.query().unwrap();
    s.expect("api-behaviour section 27a: QueryDataAvailable gives 0", &["DATA_AVAILABLE 0"]);
    assert!(s.exchange.wired(), "CompleteUpgrade needs it");
    s.close().unwrap();
    assert_eq!(s.wire.released, [Fate::Close], "contract: notifications S6.2, never back to the pool");
    s.finish();
}

#[test]
fn the_head_of_a_written_request_is_waited_for_by_the_receive() {
    let mut s = Scenario::asynchronous().pooled().method("PUT").with_body(b"", Total::Bytes(1));
    s.send().unwrap();
    s.write(b"x").unwrap();
    s.told.clear();
    s.receive().unwrap();
    assert_eq!(s.deadline, Some(31_000));
    s.pass(30_000);
    s.expect("notifications R10 {1, 12002}", &["main RECEIVING_RESPONSE", "worker REQUEST_ERROR 1 12002"]);
    s.finish();
}

/// S5 of the notification tests: the second ReceiveResponse fails by itself and damages nothing.
#[test]
fn a_second_receive_fails_inside_its_call() {
    let mut s = Scenario::asynchronous().pooled().replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    s.told.clear();
    s.receive().unwrap();
    s.expect("notifications S5, R9", &["main REQUEST_ERROR 1 12019"]);
    assert!(s.exchange.reply.readable());
    s.query().unwrap();
    s.expect("notifications S5: DATA_AVAILABLE only", &["main DATA_AVAILABLE 5"]);
    s.finish();
}
