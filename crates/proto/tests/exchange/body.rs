//! The body of the reply, as far as it is asked for.

use winhttp_proto::{Event, Fate, Side};

use crate::scenario::{Do, Piece, Scenario};
use crate::{EMPTY, HELLO};

/// Sent, received, record cleared.
fn open(s: Scenario) -> Scenario {
    let mut s = s;
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    s.told.clear();
    s
}

fn reply(head: &str) -> Scenario {
    Scenario::asynchronous().pooled().replies(format!("HTTP/1.1 {head}\r\n\r\n"))
}

#[test]
fn persistent_rounds() {
    for (source, reply, body, fate) in [
        (
            "notifications S8 round 1",
            "200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nX",
            "X",
            Fate::Keep,
        ),
        (
            "notifications S8 round 2",
            "200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
            "123456789",
            Fate::Keep,
        ),
        ("notifications S8 round 3", "200 OK\r\nContent-Length: 2\r\n\r\nxx", "xx", Fate::Keep),
        (
            "notifications S8 round 4",
            "200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nyy",
            "yy",
            Fate::Close,
        ),
    ] {
        let mut s = open(Scenario::asynchronous().pooled().replies(format!("HTTP/1.1 {reply}")));
        s.read(1024).unwrap();
        s.expect(source, &[&format!("main READ_COMPLETE {}", body.len())]);
        assert_eq!(s.body, body.as_bytes());
        s.close().unwrap();
        s.expect(source, &["HANDLE_CLOSING"]);
        assert_eq!(s.wire.released, [fate], "{source}");
        s.finish();
    }
}

/// `test_async`: the request says `Connection: close`.
#[test]
fn the_closing_pair_comes_before_the_read_that_ends_the_body() {
    let s = Scenario::asynchronous().pooled().header("Connection: close").replies(HELLO);
    let mut s = open(s);
    s.receive().unwrap();
    s.expect("notifications S5", &["main REQUEST_ERROR 1 12019"]);
    s.query().unwrap();
    s.expect("notifications S5: DATA_AVAILABLE only", &["main DATA_AVAILABLE 5"]);
    s.read(1024).unwrap();
    s.expect("notifications S5", &["CLOSING_CONNECTION", "CONNECTION_CLOSED", "main READ_COMPLETE 5"]);
    s.close().unwrap();
    s.expect("notifications S5", &["main HANDLE_CLOSING"]);
    s.finish();
}

#[test]
fn the_end_of_the_connection_is_told_where_it_is_seen() {
    let mut s = open(reply("200 OK").replies("abc").then(Piece::End));
    s.read(2).unwrap();
    s.expect("notifications R4.5", &["main READ_COMPLETE 2"]);
    s.read(2).unwrap();
    s.expect(
        "evidence Q13: tied to the real end of the socket; notifications R4.5",
        &["CLOSING_CONNECTION", "CONNECTION_CLOSED", "READ_COMPLETE 1"],
    );
    s.read(2).unwrap();
    s.expect("notifications R4.5: length 0 is the end", &["main READ_COMPLETE 0"]);
    assert_eq!(s.body, b"abc");
    s.finish();
}

#[test]
fn a_read_fills_its_buffer() {
    let mut s = open(reply("200 OK\r\nContent-Length: 6"));
    s.read(4).unwrap();
    s.arrive("ab");
    s.arrive("c");
    s.expect(
        "notifications R4.5: keeps receiving until the buffer is full; RECEIVING and RECEIVED are optional there",
        &["main RECEIVING_RESPONSE", "worker RESPONSE_RECEIVED 2"],
    );
    s.arrive("def");
    s.expect("notifications R4.5", &["worker READ_COMPLETE 4"]);
    s.query().unwrap();
    s.expect("notifications R4.4", &["main DATA_AVAILABLE 2"]);
    s.read(4).unwrap();
    s.expect("notifications R4.5", &["main READ_COMPLETE 2"]);
    assert_eq!(s.body, b"abcdef");
    s.finish();
}

#[test]
fn synchronously_it_waits_for_the_end_as_well() {
    let mut s = Scenario::synchronous()
        .pooled()
        .replies("HTTP/1.1 200 OK\r\nServer: winetest\r\n\r\n")
        .then(Piece::Pause)
        .replies("x".repeat(64))
        .then(Piece::Pause)
        .replies("y".repeat(64))
        .then(Piece::End);
    s.send().unwrap();
    s.receive().unwrap();
    s.read(256).unwrap();
    assert_eq!(s.body.len(), 128, "contract: api-behaviour section 14, all 128 bytes in one call");
    s.finish();
}

#[test]
fn large_reads_go_straight_into_the_buffer() {
    let body = "z".repeat(20_000);
    let mut s = open(
        reply("200 OK\r\nContent-Length: 20000")
            .replies(&body[..9_000])
            .replies(&body[9_000..])
            .replies("extra"),
    );
    s.read(16_384).unwrap();
    s.read(16_384).unwrap();
    assert_eq!(s.body, body.as_bytes());
    assert_eq!(s.wire.released, [Fate::Keep], "what comes behind the body was not taken");
    s.finish();

    let chunked = format!("4e20\r\n{body}\r\n0\r\n\r\n");
    let mut s =
        open(reply("200 OK\r\nTransfer-Encoding: chunked").replies(&chunked[..10]).replies(&chunked[10..]));
    s.read(30_000).unwrap();
    assert_eq!(s.body, body.as_bytes());
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn what_was_announced_can_be_read_at_once() {
    let mut s = open(reply("200 OK\r\nTransfer-Encoding: chunked").replies("3\r\nabc\r\n3\r\nde"));
    s.query().unwrap();
    s.query().unwrap();
    s.expect(
        "api-behaviour section 32: not computed again before it is read; section 19: not across the chunk",
        &["DATA_AVAILABLE 3", "DATA_AVAILABLE 3"],
    );
    s.read(2).unwrap();
    s.query().unwrap();
    s.read(1).unwrap();
    s.query().unwrap();
    s.expect(
        "notifications R8: exactly readable",
        &["READ_COMPLETE 2", "DATA_AVAILABLE 1", "READ_COMPLETE 1", "DATA_AVAILABLE 2"],
    );
    s.finish();
}

#[test]
fn a_pending_query_is_answered_by_a_worker() {
    let mut s = open(reply("200 OK\r\nContent-Length: 3"));
    s.query().unwrap();
    s.arrive("abc");
    s.expect(
        "notifications R4.4, S5: 997 and another thread",
        &["main RECEIVING_RESPONSE", "worker RESPONSE_RECEIVED 3", "worker DATA_AVAILABLE 3"],
    );
    s.finish();
}

#[test]
fn replies_without_a_body() {
    for (source, s) in [
        ("api-behaviour section 19: 204", reply("204 No Content\r\nContent-Length: 5")),
        ("api-behaviour section 16: 304", reply("304 Not Modified\r\nContent-Length: 5")),
        ("api-behaviour section 19: HEAD", reply("200 OK\r\nContent-Length: 100").method("HEAD")),
        ("RFC 9112 section 6.3", Scenario::asynchronous().pooled().replies(EMPTY)),
    ] {
        let mut s = open(s);
        s.query().unwrap();
        s.read(10).unwrap();
        s.query().unwrap();
        s.expect(source, &["main DATA_AVAILABLE 0", "main READ_COMPLETE 0", "main DATA_AVAILABLE 0"]);
        assert_eq!(s.wire.released, [Fate::Keep], "{source}");
        s.finish();
    }
}

#[test]
fn a_read_of_nothing_is_complete_at_once() {
    let mut s = open(reply("200 OK\r\nContent-Length: 3"));
    s.read(0).unwrap();
    s.expect("clients P7, .NET", &["main READ_COMPLETE 0"]);
    s.arrive("abc");
    s.read(3).unwrap();
    s.read(0).unwrap();
    s.expect("clients P7, .NET", &["main READ_COMPLETE 3", "main READ_COMPLETE 0"]);
    s.finish();
}

#[test]
fn a_body_cut_off_in_order_is_a_clean_end() {
    let mut s = open(reply("200 OK\r\nContent-Length: 10").replies("abc").then(Piece::End));
    s.query().unwrap();
    s.read(3).unwrap();
    s.expect("evidence L8", &["DATA_AVAILABLE 3", "READ_COMPLETE 3"]);
    s.query().unwrap();
    s.expect("evidence L8; Q13", &["CLOSING_CONNECTION", "CONNECTION_CLOSED", "DATA_AVAILABLE 0"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn a_body_cut_off_by_a_reset_is_an_error() {
    for framing in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
        let mut s = open(reply(&format!("200 OK\r\n{framing}")).then(Piece::Reset(Scenario::RESET)));
        s.read(3).unwrap();
        s.expect("notifications R10 {3, 12030}", &["REQUEST_ERROR 3 12030"]);
        s.query().unwrap();
        s.expect("notifications R10 {2, 12030}", &["main REQUEST_ERROR 2 12030"]);
        assert_eq!(s.wire.released, [Fate::Close]);
        s.finish();
    }
}

#[test]
fn chunks_that_are_none() {
    let mut s = open(reply("200 OK\r\nTransfer-Encoding: chunked").replies("xyz\r\n"));
    s.query().unwrap();
    s.expect("notifications R10: 12152", &["REQUEST_ERROR 2 12152"]);
    s.finish();

    // The fault stands behind good bytes, and the server says nothing more.
    let mut s = open(reply("200 OK\r\nTransfer-Encoding: chunked").replies("3\r\nabcXX"));
    s.read(10).unwrap();
    s.expect("notifications R10: 12152", &["REQUEST_ERROR 3 12152"]);
    s.finish();
}

#[test]
fn a_chunked_body_without_its_end_is_an_error() {
    let mut s = open(reply("200 OK\r\nTransfer-Encoding: chunked").replies("3\r\nabc\r\n").then(Piece::End));
    s.read(3).unwrap();
    s.expect("RFC 9112 section 8", &["READ_COMPLETE 3"]);
    s.read(3).unwrap();
    s.expect("RFC 9112 section 8: incomplete", &["REQUEST_ERROR 3 12030"]);
    s.finish();
}

#[test]
fn silence_in_the_body_is_a_time_out_of_the_call_that_waits() {
    let mut s = open(reply("200 OK\r\nContent-Length: 10"));
    s.pass(1_000_000);
    s.expect("notifications R3: nothing is reported when no operation is outstanding", &[]);
    s.read(5).unwrap();
    let begun = s.now;
    s.pass(29_000);
    s.arrive("ab");
    assert_eq!(s.deadline, Some(begun + 59_000), "contract: evidence Q11 SYNCRS, the limit starts over");
    s.told.clear();
    s.pass(30_000);
    s.expect("notifications R10 {3, 12002}", &["REQUEST_ERROR 3 12002"]);
    s.finish();

    let mut s = open(reply("200 OK\r\nContent-Length: 10"));
    s.query().unwrap();
    s.told.clear();
    s.pass(30_000);
    s.expect("notifications R10 {2, 12002}", &["REQUEST_ERROR 2 12002"]);
    s.finish();
}

#[test]
fn verdicts_on_the_connection() {
    for (source, head, fate) in [
        ("RFC 9112 section 9.3", "HTTP/1.0 200 OK\r\nContent-Length: 0", Fate::Close),
        (
            "RFC 9112 section 9.3",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0",
            Fate::Keep,
        ),
        (
            "RFC 9112 section 6.1",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked",
            Fate::Close,
        ),
        (
            "api-behaviour section 30",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0",
            Fate::Close,
        ),
    ] {
        let s = Scenario::asynchronous().pooled().replies(format!("{head}\r\n\r\n")).replies("0\r\n\r\n");
        let mut s = open(s);
        s.read(1).unwrap();
        assert_eq!(s.wire.released, [fate], "{source}: {head}");
        s.finish();
    }
    // Bytes behind the reply belong to nobody.
    let mut s = open(Scenario::asynchronous().pooled().replies(format!("{EMPTY}surplus")));
    s.read(1).unwrap();
    assert_eq!(s.wire.released, [Fate::Close], "contract: RFC 9112 section 9.2");
    s.finish();
}

#[test]
fn one_byte_after_the_other_from_inside_the_callbacks() {
    let mut s = open(reply("200 OK\r\nContent-Length: 3").replies("abc"));
    for _ in 0..3 {
        s = s.inside("DATA_AVAILABLE", &[Do::Read(1)]).inside("READ_COMPLETE", &[Do::Query]);
    }
    s.query().unwrap();
    s.expect(
        "notifications S7.3: each inside the one before, on the caller's thread",
        &[
            "main DATA_AVAILABLE 3",
            "main READ_COMPLETE 1",
            "main DATA_AVAILABLE 2",
            "main READ_COMPLETE 1",
            "main DATA_AVAILABLE 1",
            "main READ_COMPLETE 1",
            "main DATA_AVAILABLE 0",
        ],
    );
    assert_eq!(s.body, b"abc");
    s.finish();
}

#[test]
fn an_error_of_the_socket_wakes_the_read_that_waits() {
    let mut s = open(reply("200 OK\r\nContent-Length: 3"));
    s.read(3).unwrap();
    s.wire.incoming.push_back(Piece::Bytes(b"abc".to_vec()));
    s.event(Event::Broke(Side::Write, Scenario::RESET));
    assert_eq!(s.told.last().unwrap().line, "READ_COMPLETE 3", "what came before the error is delivered");
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}
