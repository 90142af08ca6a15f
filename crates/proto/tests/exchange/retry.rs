//! A request goes once more where `WINHTTP_OPTION_FAILED_CONNECTION_RETRIES` asks for it, and only there.

use winhttp_abi as abi;
use winhttp_proto::Total;

use crate::HELLO;
use crate::scenario::{Piece, Scenario};

const SENT: [&str; 3] = ["SENDING_REQUEST", "REQUEST_SENT 58", "SENDREQUEST_COMPLETE 0"];

fn retrying(most: u32, on: u32) -> Scenario {
    Scenario::asynchronous().pooled().terms(|terms| {
        terms.retries = most;
        terms.retry_on = on;
    })
}

#[test]
fn a_stale_connection_is_left_for_another() {
    let stale = abi::WINHTTP_CONNECTION_RETRY_CONDITION_STALE_CONNECTION;
    let mut s = retrying(1, stale).then(Piece::End).replies(HELLO);
    s.send().unwrap();
    s.expect(
        "options.csv FAILED_CONNECTION_RETRIES: the leg begins again, the send is complete once",
        &[
            "SENDING_REQUEST",
            "REQUEST_SENT 58",
            "SENDING_REQUEST",
            "REQUEST_SENT 58",
            "SENDREQUEST_COMPLETE 0",
        ],
    );
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    s.finish();
}

#[test]
fn no_more_often_than_allowed_and_for_no_other_reason() {
    let stale = abi::WINHTTP_CONNECTION_RETRY_CONDITION_STALE_CONNECTION;
    let late = abi::WINHTTP_CONNECTION_RETRY_CONDITION_408;
    for mut s in [
        retrying(1, stale).then(Piece::End).then(Piece::End),
        retrying(1, late).then(Piece::End),
        retrying(0, stale).then(Piece::End),
        retrying(1, stale).replies("HTTP/1.1 2").then(Piece::End),
    ] {
        s.send().unwrap();
        s.receive().unwrap();
        let last = &s.told.last().unwrap().line;
        assert!(last.starts_with("REQUEST_ERROR 1 121") || last == "REQUEST_ERROR 1 12030", "{last}");
        s.finish();
    }
}

#[test]
fn what_was_written_in_pieces_does_not_go_again() {
    let stale = abi::WINHTTP_CONNECTION_RETRY_CONDITION_STALE_CONNECTION;
    let mut s = retrying(3, stale).method("POST").with_body(b"", Total::Bytes(2)).then(Piece::End);
    s.send().unwrap();
    s.write(b"ab").unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12030");
    s.finish();
}

#[test]
fn a_request_that_came_too_late() {
    let late = abi::WINHTTP_CONNECTION_RETRY_CONDITION_408;
    let answer = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
    let mut s = retrying(1, late).replies(answer).replies(HELLO);
    s.send().unwrap();
    s.expect("the head is read under the send", &SENT);
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    assert_eq!(s.sent().matches("GET /path").count(), 2);
    s.finish();
}
