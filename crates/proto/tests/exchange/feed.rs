//! The body that WriteData brings.

use winhttp_proto::{Fate, Total};

use crate::scenario::{Do, Scenario, Taken};
use crate::{EMPTY, HELLO};

fn upload(total: Total) -> Scenario {
    Scenario::asynchronous().pooled().method("POST").with_body(b"", total)
}

#[test]
fn a_body_written_from_inside_the_callbacks() {
    let mut s = upload(Total::Bytes(1))
        .method("GET")
        .inside("SENDREQUEST_COMPLETE", &[Do::Write(b"x")])
        .inside("WRITE_COMPLETE", &[Do::Receive])
        .replies(HELLO);
    s.send().unwrap();
    let sent = format!("REQUEST_SENT {}", s.wire.sent.len() - 1);
    s.expect(
        "notifications S7.2: RECEIVING_RESPONSE on the thread that called ReceiveResponse",
        &[
            "SENDING_REQUEST",
            &sent,
            "SENDREQUEST_COMPLETE 0",
            "worker WRITE_COMPLETE 1",
            "worker RECEIVING_RESPONSE",
            "RESPONSE_RECEIVED 43",
            "HEADERS_AVAILABLE",
        ],
    );
    assert!(s.sent().ends_with("\r\n\r\nx"));
    s.finish();
}

#[test]
fn the_send_completes_as_soon_as_the_head_is_out() {
    let mut s = upload(Total::Bytes(10)).with_body(b"12345", Total::Bytes(10));
    s.send().unwrap();
    assert_eq!(
        s.told.last().unwrap().line,
        "SENDREQUEST_COMPLETE 5",
        "contract: notifications R4.2, section 5 B"
    );
    s.told.clear();
    s.write(b"67890").unwrap();
    s.expect("notifications R4.2", &["main WRITE_COMPLETE 5"]);
    s.receive().unwrap();
    s.expect("notifications section 5 B: RECEIVING in the call", &["main RECEIVING_RESPONSE"]);
    s.arrive(HELLO);
    s.expect("notifications section 5 B", &["worker RESPONSE_RECEIVED 43", "worker HEADERS_AVAILABLE"]);
    s.finish();
}

#[test]
fn the_reply_is_not_read_before_it_is_asked_for() {
    let mut s = upload(Total::Bytes(1)).replies(EMPTY);
    s.send().unwrap();
    s.write(b"x").unwrap();
    assert_eq!(s.wire.incoming.len(), 1, "contract: notifications R4.2, ReceiveResponse needs the network");
    assert_eq!(s.deadline, None, "no call waits, so nothing can time out");
    s.told.clear();
    s.pass(1_000_000);
    s.receive().unwrap();
    s.expect(
        "notifications R4.3",
        &["main RECEIVING_RESPONSE", "main RESPONSE_RECEIVED 38", "main HEADERS_AVAILABLE"],
    );
    s.finish();
}

#[test]
fn a_write_beyond_the_total_is_refused() {
    let mut s = upload(Total::Bytes(4)).replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.write(b"12345"), Err(87), "contract: notifications R9, api-behaviour section 5");
    s.write(b"123").unwrap();
    assert_eq!(s.write(b"45"), Err(87));
    s.write(b"4").unwrap();
    assert_eq!(s.write(b"5"), Err(87));
    s.write(b"").unwrap();
    s.told.drain(..3);
    s.expect(
        "notifications R3, evidence Q15: NULL and 0 is valid",
        &["WRITE_COMPLETE 3", "WRITE_COMPLETE 1", "WRITE_COMPLETE 0"],
    );
    s.receive().unwrap();
    s.read(100).unwrap();
    assert_eq!(s.write(b"5"), Err(87), "also when everything is over");
    s.finish();
}

#[test]
fn one_write_at_a_time() {
    let mut s = upload(Total::Bytes(9)).wired(|w| w.writes.extend([Taken::Bytes(4096), Taken::Stuck]));
    s.send().unwrap();
    s.write(b"123").unwrap();
    assert_eq!(s.write(b"4"), Err(12019), "contract: evidence Q15");
    s.told.clear();
    s.ready();
    s.expect("notifications R3", &["WRITE_COMPLETE 3"]);
    s.finish();
}

#[test]
fn automatic_chunking_frames_each_write_and_ends_with_an_empty_one() {
    let mut s = upload(Total::Chunked).with_body(b"ab", Total::Chunked).replies(HELLO);
    s.send().unwrap();
    s.write(b"0123456789abcdef").unwrap();
    s.write(b"").unwrap();
    let body = s.sent();
    let (head, body) = body.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Transfer-Encoding: chunked") && !head.contains("Content-Length"));
    assert_eq!(
        body, "2\r\nab\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
        "contract: evidence Q23; RFC 9112 section 7.1"
    );
    s.told.drain(..3);
    s.expect("notifications R3", &["WRITE_COMPLETE 16", "WRITE_COMPLETE 0"]);
    s.receive().unwrap();
    s.read(9).unwrap();
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn a_reply_may_be_waited_for_while_the_body_is_written() {
    let mut s = upload(Total::Chunked);
    s.send().unwrap();
    s.receive().unwrap();
    s.told.clear();
    s.write(b"one").unwrap();
    s.arrive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    s.read(3).unwrap();
    s.write(b"two").unwrap();
    s.arrive("3\r\nuno\r\n");
    s.write(b"").unwrap();
    s.read(3).unwrap();
    s.arrive("0\r\n\r\n");
    s.expect(
        "evidence Q15, Q23: one write and one read may be outstanding together",
        &[
            "main WRITE_COMPLETE 3",
            "RESPONSE_RECEIVED 47",
            "HEADERS_AVAILABLE",
            "main RECEIVING_RESPONSE",
            "main WRITE_COMPLETE 3",
            "worker RESPONSE_RECEIVED 8",
            "worker READ_COMPLETE 3",
            "main WRITE_COMPLETE 0",
            "main RECEIVING_RESPONSE",
            "worker RESPONSE_RECEIVED 5",
            "worker READ_COMPLETE 0",
        ],
    );
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn a_body_that_the_application_frames_ends_where_the_reply_is_asked_for() {
    let mut s = upload(Total::Framed).header("Transfer-Encoding: chunked").replies(HELLO);
    s.send().unwrap();
    s.write(b"1\r\nx\r\n").unwrap();
    s.write(b"0\r\n\r\n").unwrap();
    s.receive().unwrap();
    s.read(99).unwrap();
    assert!(s.sent().ends_with("\r\n\r\n1\r\nx\r\n0\r\n\r\n"), "contract: api-behaviour section 15");
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn asking_for_the_reply_does_not_cut_the_write_under_way() {
    let mut s = upload(Total::Framed)
        .header("Transfer-Encoding: chunked")
        .wired(|w| w.writes.extend([Taken::Bytes(4096), Taken::Bytes(2), Taken::Stuck]));
    s.send().unwrap();
    s.write(b"0\r\n\r\n").unwrap();
    s.receive().unwrap();
    s.told.clear();
    s.arrive(HELLO);
    s.expect(
        "evidence Q15: both lanes; notifications R3: one completion each",
        &["WRITE_COMPLETE 5", "RESPONSE_RECEIVED 43", "HEADERS_AVAILABLE"],
    );
    assert!(s.sent().ends_with("\r\n\r\n0\r\n\r\n"));
    s.finish();
}

#[test]
fn a_write_that_nobody_takes_is_a_time_out() {
    let mut s = upload(Total::Bytes(9)).wired(|w| w.writes.extend([Taken::Bytes(4096), Taken::Stuck]));
    s.send().unwrap();
    s.write(b"123").unwrap();
    s.told.clear();
    s.pass(30_000);
    s.expect("notifications R10 {4, 12002}", &["REQUEST_ERROR 4 12002"]);
    s.finish();
}

#[test]
fn a_reset_is_silent_until_a_write_owes() {
    let mut s = upload(Total::Bytes(9))
        .wired(|w| w.writes.extend([Taken::Bytes(4096), Taken::Broke(Scenario::RESET)]));
    s.send().unwrap();
    s.told.clear();
    s.write(b"123").unwrap();
    s.expect("notifications R10 {4, 12030}", &["main REQUEST_ERROR 4 12030"]);
    s.write(b"456").unwrap();
    s.expect("notifications R3: a later write meets it again", &["main REQUEST_ERROR 4 12030"]);
    s.receive().unwrap();
    s.arrive(EMPTY);
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE", "the reply on its way is still delivered");
    s.finish();
}

#[test]
fn an_early_reply_does_not_end_the_body() {
    let mut s = upload(Total::Bytes(6)).replies("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
    s.send().unwrap();
    s.write(b"123").unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 413);
    s.write(b"456").unwrap();
    assert!(s.sent().ends_with("123456"));
    s.read(10).unwrap();
    assert_eq!(s.told.last().unwrap().line, "READ_COMPLETE 0");
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn both_calls_hear_of_a_lost_connection() {
    let mut s = upload(Total::Chunked).wired(|w| w.writes.extend([Taken::Bytes(4096), Taken::Stuck]));
    s.send().unwrap();
    s.receive().unwrap();
    s.write(b"123").unwrap();
    s.told.clear();
    s.event(winhttp_proto::Event::Broke(winhttp_proto::Side::Read, Scenario::RESET));
    s.expect(
        "notifications R3: one completion for each; write first, then read",
        &["REQUEST_ERROR 4 12030", "REQUEST_ERROR 1 12030"],
    );
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}
