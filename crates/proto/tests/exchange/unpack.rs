//! A packed body on its way to the application (`WINHTTP_OPTION_DECOMPRESSION`).

use flate2::{Compress, Compression, FlushCompress};
use winhttp_abi as abi;
use winhttp_proto::{Fate, Mode};

use crate::scenario::{Piece, Scenario};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = vec![0; text.len() + 64];
    let mut compress = Compress::new_gzip(Compression::best(), 15);
    compress.compress(text, &mut out, FlushCompress::Finish).expect("it compresses");
    out.truncate(compress.total_out() as usize);
    out
}

fn packed(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n{head}\r\n");
    [head.as_bytes(), body].concat()
}

fn scenario(mode: Mode) -> Scenario {
    let s = match mode {
        Mode::Asynchronous => Scenario::asynchronous(),
        Mode::Synchronous => Scenario::synchronous(),
    };
    s.pooled().terms(|terms| terms.decompression = abi::WINHTTP_DECOMPRESSION_FLAG_ALL)
}

/// Sent, received, record cleared.
fn open(s: Scenario) -> Scenario {
    let mut s = s;
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    s.told.clear();
    s
}

#[test]
fn what_is_promised_is_read_and_the_end_gives_the_connection_back() {
    let text: Vec<u8> = (0..20_000u32).map(|n| (n % 251) as u8).collect();
    let bytes = gzip(&text);
    let mut s = open(
        scenario(Mode::Asynchronous).replies(packed(&format!("Content-Length: {}\r\n", bytes.len()), &bytes)),
    );
    assert!(s.sent().contains("Accept-Encoding: gzip, deflate\r\n"), "{}", s.sent());
    let fields = s.exchange.reply.head.fields();
    assert!(fields.get(b"Content-Encoding").is_none() && fields.get(b"Content-Length").is_none());
    assert_eq!(s.exchange.reply.head.fields().raw(), b"HTTP/1.1 200 OK\r\n\r\n");
    s.query().unwrap();
    s.expect("api-behaviour 19: so much can be read", &["main DATA_AVAILABLE 8192"]);
    s.read(8192).unwrap();
    s.expect("api-behaviour 19: ReadData(n) gives n", &["main READ_COMPLETE 8192"]);
    s.query().unwrap();
    s.read(100).unwrap();
    s.query().unwrap();
    s.expect(
        "api-behaviour 32: the count is not looked for again before it was read",
        &["main DATA_AVAILABLE 8192", "main READ_COMPLETE 100", "main DATA_AVAILABLE 8092"],
    );
    s.read(65_536).unwrap();
    s.expect("api-behaviour 31: until the end", &["main READ_COMPLETE 11708"]);
    assert!(s.body == text);
    s.query().unwrap();
    s.expect("api-behaviour 31: and again", &["main DATA_AVAILABLE 0"]);
    s.close().unwrap();
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn chunks_may_cut_the_stream_anywhere() {
    let text = b"one two three four five six seven eight nine ten ".repeat(20);
    let mut chunked = Vec::new();
    for byte in gzip(&text) {
        chunked.extend_from_slice(b"1\r\n");
        chunked.push(byte);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    for piece in [1, 3, 1000] {
        let mut s = scenario(Mode::Synchronous).replies(packed("Transfer-Encoding: chunked\r\n", b""));
        for part in chunked.chunks(piece) {
            s = s.replies(part);
        }
        s.send().unwrap();
        s.receive().unwrap();
        for _ in 0..=text.len() / 97 {
            s.read(97).unwrap();
        }
        assert!(s.body == text, "{piece}");
        s.close().unwrap();
        assert_eq!(s.wire.released, [Fate::Keep]);
    }
}

#[test]
fn what_waits_unpacked_outlives_the_connection() {
    let text = vec![b'x'; 30_000];
    let mut s = open(scenario(Mode::Asynchronous).replies(packed("", &gzip(&text))).then(Piece::End));
    s.read(10_000).unwrap();
    s.expect("api-behaviour 31", &["main READ_COMPLETE 10000"]);
    s.read(10_000).unwrap();
    s.read(10_000).unwrap();
    s.query().unwrap();
    s.expect(
        "evidence Q13: the end of the connection is told where it is seen",
        &[
            "main READ_COMPLETE 10000",
            "main READ_COMPLETE 10000",
            "CLOSING_CONNECTION",
            "CONNECTION_CLOSED",
            "main DATA_AVAILABLE 0",
        ],
    );
    assert!(s.body == text);
    s.finish();
}

#[test]
fn a_stream_that_is_cut_off_or_wrong_fails_the_read() {
    let whole = gzip(b"hello hello hello");
    let cut = &whole[..whole.len() - 3];
    let mut wrong = whole.clone();
    wrong[12] ^= 0xFF;
    let counted = |bytes: &[u8]| packed(&format!("Content-Length: {}\r\n", bytes.len()), bytes);
    for (reply, error) in [
        (scenario(Mode::Asynchronous).replies(counted(cut)), 12152),
        (scenario(Mode::Asynchronous).replies(counted(&wrong)), 12152),
        (scenario(Mode::Asynchronous).replies(packed("", cut)).then(Piece::End), 12152),
        (scenario(Mode::Asynchronous).replies(packed("Content-Length: 99\r\n", cut)).then(Piece::End), 12030),
    ] {
        let mut s = open(reply);
        s.read(100).unwrap();
        assert_eq!(s.told.last().unwrap().line, format!("REQUEST_ERROR 3 {error}"));
        s.close().unwrap();
        assert_eq!(s.wire.released, [Fate::Close]);
        s.finish();
    }
}

#[test]
fn what_nobody_reads_is_drained_as_it_came() {
    let bytes = gzip(&vec![0; 1 << 20]);
    let head = format!("Content-Length: {}\r\n", bytes.len());
    // Nothing read: the rest is drained.
    let mut s = open(scenario(Mode::Asynchronous).replies(packed(&head, &bytes)));
    s.close().unwrap();
    assert_eq!(s.wire.released, [Fate::Drain]);
    // A little read, everything received: the connection is at rest.
    let mut s = open(scenario(Mode::Asynchronous).replies(packed(&head, &bytes)));
    s.read(10).unwrap();
    s.expect("api-behaviour 31", &["main READ_COMPLETE 10"]);
    s.close().unwrap();
    assert_eq!(s.wire.released.len(), 1);
    assert_ne!(s.wire.released, [Fate::Close], "it can serve again");
}

#[test]
fn a_reply_without_a_body_keeps_its_headers() {
    for (method, status) in [("HEAD", "200 OK"), ("GET", "304 Not Modified"), ("GET", "204 No Content")] {
        let head = format!("HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n");
        let mut s = open(scenario(Mode::Asynchronous).method(method).replies(head));
        assert_eq!(s.exchange.reply.head.get(b"Content-Encoding"), Some(&b"gzip"[..]));
        assert_eq!(s.exchange.reply.head.get(b"Content-Length"), Some(&b"100"[..]));
        s.query().unwrap();
        s.expect("api-behaviour 19", &["main DATA_AVAILABLE 0"]);
        s.finish();
    }
}

#[test]
fn the_option_decides_what_is_asked_for_and_what_is_unpacked() {
    let bytes = gzip(b"hello");
    let reply = packed(&format!("Content-Length: {}\r\n", bytes.len()), &bytes);
    for (enabled, asked, delivered) in [
        (abi::WINHTTP_DECOMPRESSION_FLAG_GZIP, "Accept-Encoding: gzip\r\n", &b"hello"[..]),
        (abi::WINHTTP_DECOMPRESSION_FLAG_DEFLATE, "Accept-Encoding: deflate\r\n", &bytes[..]),
        (0, "Accept-Encoding: br\r\n", &bytes[..]),
    ] {
        let s = Scenario::synchronous().pooled().header("Accept-Encoding: br").header("Accept-Encoding: br");
        let mut s = s.terms(|terms| terms.decompression = enabled).replies(&reply);
        s.send().unwrap();
        assert!(s.sent().contains(asked), "{}", s.sent());
        let lines = s.sent().matches("Accept-Encoding").count();
        assert_eq!(lines, if enabled == 0 { 2 } else { 1 });
        s.receive().unwrap();
        s.read(1000).unwrap();
        assert_eq!(s.body, delivered);
    }
}
