//! The response on the wire: head, framing, chunked coding, body.
use proptest::prelude::*;
use winhttp_proto::http::body::{Body, End};
use winhttp_proto::http::chunked::{ChunkFault, ChunkedDecoder, MAX_SIZE_LINE, MAX_TRAILER};
use winhttp_proto::http::decode::{Fields, HeadFault, Limits, MAX_FIELDS, Progress, ResponseHead};
use winhttp_proto::http::framing::{Asked, Framing, Verdict, announced_length, frame};

fn parse(text: &[u8]) -> Result<(ResponseHead, usize), HeadFault> {
    let mut head = ResponseHead::default();
    match head.parse(text, &Limits::default())? {
        Progress::Complete { consumed } => Ok((head, consumed)),
        Progress::Partial => panic!("head is not whole"),
    }
}

fn head(text: &str) -> ResponseHead {
    parse(text.as_bytes()).unwrap().0
}

const USUAL: &str =
    "HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a=1\r\nContent-Length: 3\r\nset-cookie: b=2\r\n\r\n";

#[test]
fn a_usual_head() {
    let (head, consumed) = parse(format!("{USUAL}abc").as_bytes()).unwrap();
    assert_eq!(consumed, USUAL.len());
    assert_eq!((head.status(), head.version(), head.status_text()), (200, "HTTP/1.1", &b"OK"[..]));
    assert_eq!(head.get(b"server"), Some(&b"x"[..]));
    assert_eq!(head.nth(b"Set-Cookie", 0), Some(&b"a=1"[..]), "section 36: duplicates stay apart");
    assert_eq!(head.nth(b"Set-Cookie", 1), Some(&b"b=2"[..]));
    assert_eq!(head.nth(b"Set-Cookie", 2), None);
    assert_eq!(head.get(b"Serve"), None);
}

#[test]
fn names_are_found_in_any_head() {
    for (end, colon) in [("\r\n", ":"), ("\n", ":"), ("\r\n", " :"), ("\r\n", ":  ")] {
        let text =
            ["HTTP/1.1 200 OK", "Set-Cookie# b", "X-1# c", "-# d", ""].join(end).replace('#', colon) + end;
        let head = head(&text);
        for (name, value) in [(&b"sEt-cookie"[..], b"b"), (b"x-1", b"c"), (b"-", b"d")] {
            assert_eq!(head.get(name), Some(&value[..]), "{text:?}");
        }
        for name in [&b"Set-Cookies"[..], b"Connection", b"X-2", b"a", b""] {
            assert_eq!(head.get(name), None, "{text:?}");
        }
    }
}

#[test]
fn a_second_head_uses_the_memory_of_the_first() {
    let (mut head, _) = parse(USUAL.as_bytes()).unwrap();
    let place = head.fields().raw().as_ptr();
    for _ in 0..3 {
        head.clear();
        assert!(matches!(head.parse(USUAL.as_bytes(), &Limits::default()), Ok(Progress::Complete { .. })));
    }
    assert_eq!(head.fields().raw().as_ptr(), place);
}

#[test]
fn section_36_raw_forms() {
    for text in ["HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", "HTTP/1.1 200 OK\nA: 1\nB: 2\n\n"] {
        let head = head(text);
        let (mut crlf, mut nul) = (Vec::new(), Vec::new());
        head.raw_crlf(&mut crlf);
        head.raw_nul(&mut nul);
        assert_eq!(crlf, b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n");
        assert_eq!(nul, b"HTTP/1.1 200 OK\0A: 1\0B: 2\0", "exactly one trailing NUL is counted");
    }
}

#[test]
fn section_24_passport_rewrites_the_status() {
    let mut head = head("HTTP/1.1  302  Found\r\nLocation: /\r\n\r\n");
    head.set_status(401);
    let mut crlf = Vec::new();
    head.raw_crlf(&mut crlf);
    assert_eq!((head.status(), head.status_text()), (401, &b"Found"[..]));
    assert_eq!(crlf, b"HTTP/1.1  401  Found\r\nLocation: /\r\n\r\n");
}

#[test]
fn reason_phrases() {
    assert_eq!(head("HTTP/1.1 200\r\n\r\n").status_text(), b"");
    assert_eq!(head("HTTP/1.1 200 \r\n\r\n").status_text(), b"");
    assert_eq!(head("HTTP/1.0 404 Not  Found\r\n\r\n").status_text(), b"Not  Found");
    assert_eq!(parse(b"HTTP/1.1 200 \xe9t\xe9\r\n\r\n").unwrap().0.status_text(), b"\xe9t\xe9");
    assert_eq!(head("HTTP/1.0 200 OK\r\n\r\n").version(), "HTTP/1.0");
}

#[test]
fn leniency_that_servers_need() {
    assert_eq!(head("\r\n\r\n\nHTTP/1.1 200 OK\r\n\r\n").status(), 200);
    assert_eq!(parse(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody").unwrap().1, 23);
    assert_eq!(head("HTTP/1.1 200 OK\nA: 1\n\n").get(b"A"), Some(&b"1"[..]));
    assert_eq!(head("HTTP/1.1 200 OK\r\nA \t: 1\r\n\r\n").get(b"A"), Some(&b"1"[..]));
    assert_eq!(head("HTTP/1.1 200 OK\r\nno colon here\r\nA: 1\r\n\r\n").get(b"A"), Some(&b"1"[..]));
    let folded = head("HTTP/1.1 200 OK\r\nA: one\r\n  two\r\nB: 3\r\n\r\n");
    assert_eq!(folded.get(b"A"), Some(&b"one    two"[..]));
    assert_eq!(folded.get(b"B"), Some(&b"3"[..]));
    let folded = head("HTTP/1.1 200 OK\r\nA:\r\n one\r\n \r\nB: 3\r\n\r\n");
    assert_eq!(folded.get(b"A"), Some(&b"one"[..]));
    let mut crlf = Vec::new();
    folded.raw_crlf(&mut crlf);
    assert_eq!(crlf, b"HTTP/1.1 200 OK\r\nA:   one\r\nB: 3\r\n\r\n");
}

#[test]
fn empty_lines_count_against_the_limit() {
    let limits = Limits { size: 64, ..Limits::default() };
    let mut head = ResponseHead::default();
    let lines = "\r\n".repeat(33);
    assert_eq!(head.parse(&lines.as_bytes()[..64], &limits), Ok(Progress::Partial));
    assert_eq!(head.parse(lines.as_bytes(), &limits), Err(HeadFault::Size));
}

#[test]
fn section_19_no_status_line() {
    for text in [
        &b"hello"[..],
        b"<html>",
        b"H TTP/1.1",
        b"HTTP/2 200\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 20x OK\r\n\r\n",
    ] {
        let mut head = ResponseHead::default();
        assert_eq!(head.parse(text, &Limits::default()), Err(HeadFault::Garbage), "{text:?}");
    }
    assert_eq!(HeadFault::Garbage.code(), 12152);
    assert_eq!(parse(b"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n").unwrap_err(), HeadFault::Garbage);
    assert_eq!(parse(b"HTTP/1.1 200 OK\r\nA: b\rc: d\r\n\r\n").unwrap_err(), HeadFault::Garbage);
}

#[test]
fn section_35_header_limits() {
    let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
    let line = [b"A: ".as_slice(), &[b'x'; 4000], b"\r\n"].concat();
    for _ in 0..20 {
        text.extend_from_slice(&line);
    }
    let mut head = ResponseHead::default();
    assert_eq!(head.parse(&text, &Limits::default()), Err(HeadFault::Size), "without an end");
    text.extend_from_slice(b"\r\n");
    assert_eq!(parse(&text).unwrap_err().code(), 12182, "with an end");
    let roomy = Limits { size: 1 << 20, ..Limits::default() };
    head.clear();
    assert!(matches!(head.parse(&text, &roomy), Ok(Progress::Complete { .. })));

    let many = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(count));
    assert_eq!(parse(many(MAX_FIELDS).as_bytes()).unwrap().0.fields().len(), MAX_FIELDS);
    assert_eq!(parse(many(MAX_FIELDS + 1).as_bytes()).unwrap_err().code(), 12181);
    let few = Limits { count: 3, ..Limits::default() };
    head.clear();
    assert_eq!(head.parse(many(4).as_bytes(), &few), Err(HeadFault::Count));
    head.clear();
    assert!(head.parse(many(3).as_bytes(), &few).is_ok());
}

#[test]
fn exactly_the_limit_is_taken() {
    let size = USUAL.len();
    let mut head = ResponseHead::default();
    assert!(head.parse(format!("{USUAL}body").as_bytes(), &Limits { size, ..Limits::default() }).is_ok());
    head.clear();
    assert_eq!(
        head.parse(format!("{USUAL}body").as_bytes(), &Limits { size: size - 1, ..Limits::default() }),
        Err(HeadFault::Size)
    );
}

#[test]
fn interim_heads_one_after_another() {
    let text = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
    let (head, first) = parse(text).unwrap();
    assert_eq!(head.status(), 100);
    let (head, second) = parse(&text[first..]).unwrap();
    assert_eq!((head.status(), first + second), (204, text.len()));
}

fn judged(method: &str, text: &str) -> Result<Verdict, HeadFault> {
    frame(&mut head(text), &Asked { method: method.as_bytes(), close: false, via_proxy: false })
}

fn framing(method: &str, text: &str) -> Framing {
    judged(method, text).unwrap().framing
}

#[test]
fn rfc_9112_section_6_3_framing() {
    assert_eq!(framing("GET", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"), Framing::Counted(12));
    assert_eq!(framing("GET", "HTTP/1.1 200 OK\r\n\r\n"), Framing::UntilClose);
    assert_eq!(framing("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"), Framing::Chunked);
    assert_eq!(
        framing("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        Framing::Chunked
    );
    assert_eq!(
        framing("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Framing::Chunked
    );
    assert_eq!(
        framing("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"),
        Framing::UntilClose
    );
    assert_eq!(
        framing("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\n"),
        Framing::Counted(1)
    );
}

#[test]
fn section_41_fact_32_no_body() {
    assert_eq!(framing("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"), Framing::None);
    assert_eq!(announced_length(&head("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")), Some(100));
    for status in [100, 103, 204, 304] {
        let verdict =
            judged("GET", &format!("HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n")).unwrap();
        assert_eq!(verdict, Verdict { framing: Framing::None, persistent: true }, "{status}");
    }
    let upgrade = judged(
        "GET",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    )
    .unwrap();
    assert_eq!(upgrade, Verdict { framing: Framing::None, persistent: false });
    assert_eq!(framing("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Framing::None);
    assert_eq!(framing("CONNECT", "HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\n"), Framing::Counted(5));
}

#[test]
fn content_length_faults() {
    for value in ["1, 2", "-1", "+1", "x", "", "1 2", "18446744073709551616", "0x10"] {
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n");
        assert_eq!(judged("GET", &text), Err(HeadFault::Garbage), "{value:?}");
        assert!(judged("HEAD", &text).is_ok());
    }
    let twice = |a: &str, b: &str| {
        judged("GET", &format!("HTTP/1.1 200 OK\r\nContent-Length: {a}\r\nContent-Length: {b}\r\n\r\n"))
    };
    assert_eq!(twice("5", "5").unwrap().framing, Framing::Counted(5));
    assert_eq!(twice("5", "6"), Err(HeadFault::Garbage));
    assert_eq!(framing("GET", "HTTP/1.1 200 OK\r\nContent-Length: 7, 7\r\n\r\n"), Framing::Counted(7));
}

#[test]
fn section_30_persistence() {
    let kept = |text: &str, close: bool, via_proxy: bool| {
        frame(&mut head(text), &Asked { method: b"GET", close, via_proxy }).unwrap().persistent
    };
    let with =
        |version: &str, fields: &str| format!("HTTP/1.{version} 200 OK\r\nContent-Length: 0\r\n{fields}\r\n");
    assert!(kept(&with("1", ""), false, false), "HTTP/1.1 needs no keep-alive");
    assert!(!kept(&with("1", ""), true, false), "close in the request");
    assert!(!kept(&with("1", "Connection: foo, Close\r\n"), false, false), "close in the response");
    assert!(!kept(&with("0", ""), false, false));
    assert!(kept(&with("0", "Connection: Keep-Alive\r\n"), false, false));
    assert!(!kept(&with("0", "Proxy-Connection: Keep-Alive\r\n"), false, false));
    assert!(kept(&with("0", "Proxy-Connection: Keep-Alive\r\n"), false, true));
    assert!(kept(&with("1", "Proxy-Connection: close\r\n"), false, false));
    assert!(!kept(&with("1", "Proxy-Connection: close\r\n"), false, true));
    assert!(!kept("HTTP/1.1 200 OK\r\n\r\n", false, false), "until close");
    assert!(!kept(&with("1", "Transfer-Encoding: chunked\r\n"), false, false), "both framings");
    assert!(!kept(
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
        false,
        false
    ));
}

/// Decodes with pieces of the given sizes and an output of the given size.
fn dechunk(input: &[u8], pieces: &[usize], room: usize) -> Result<(Vec<u8>, usize, Vec<u8>), ChunkFault> {
    let mut decoder = ChunkedDecoder::new();
    let (mut out, mut at, mut end) = (Vec::new(), 0, 0);
    let mut sizes = pieces.iter().copied().cycle();
    while !decoder.is_done() && (end < input.len() || at < end) {
        end = (end + sizes.next().unwrap_or(1).max(1)).min(input.len());
        loop {
            let mut buffer = vec![0; room];
            let promised = decoder.available(&input[at..end]);
            let step = decoder.decode(&input[at..end], &mut buffer)?;
            assert!(step.produced >= promised.min(room), "what is available can be read");
            at += step.consumed;
            out.extend_from_slice(&buffer[..step.produced]);
            if step.produced == 0 && step.consumed == 0 || step.done {
                break;
            }
        }
    }
    Ok((out, at, decoder.trailer().to_vec()))
}

#[test]
fn chunked_bodies() {
    let plain = |text: &str| {
        dechunk(text.as_bytes(), &[usize::MAX], 4096).map(|(out, _, _)| String::from_utf8(out).unwrap())
    };
    assert_eq!(plain("9\r\n123456789\r\n0\r\n\r\n").unwrap(), "123456789");
    assert_eq!(plain("1\r\na\r\nA;x=\"y\"\r\n0123456789\r\n0;z\r\n\r\n").unwrap(), "a0123456789");
    assert_eq!(plain("1\na\n2 \t\nbc\n0\n\n").unwrap(), "abc", "LF alone, blanks behind the size");
    assert_eq!(plain("0000000000000000000000001\r\na\r\n0\r\n\r\n").unwrap(), "a");
    let (out, consumed, trailer) = dechunk(b"1\r\na\r\n0\r\nA: 1\r\nB: 2\r\n\r\nNEXT", &[100], 100).unwrap();
    assert_eq!((&out[..], consumed), (&b"a"[..], 23));
    assert_eq!(trailer, b"A: 1\r\nB: 2\r\n");
    let mut fields = Fields::default();
    fields.parse_trailer(&trailer).unwrap();
    assert_eq!((fields.len(), fields.get(b"a"), fields.get(b"B")), (2, Some(&b"1"[..]), Some(&b"2"[..])));
    assert_eq!(fields.raw(), b"A: 1\r\nB: 2\r\n\r\n");
    fields.parse_trailer(b"").unwrap();
    assert!(fields.is_empty());
}

#[test]
fn chunked_faults() {
    let fault = |text: &[u8]| dechunk(text, &[usize::MAX], 0).unwrap_err();
    for text in [
        &b"\r\n"[..],
        b";x\r\n",
        b"g\r\n",
        b"-1\r\n",
        b"1\rx",
        b"0x1\r\n",
        b"10000000000000000\r\n",
        b" 1\r\n",
        b"1 x\r\n",
    ] {
        assert_eq!(fault(text), ChunkFault::Garbage, "{text:?}");
    }
    assert_eq!(
        dechunk(b"1\r\nab", &[9], 9).unwrap_err(),
        ChunkFault::Garbage,
        "payload without its line end"
    );
    assert_eq!(dechunk(b"1\r\na\rb", &[9], 9).unwrap_err(), ChunkFault::Garbage);
    assert_eq!(ChunkFault::Garbage.code(), 12152);
    let long = [b"1;".as_slice(), &vec![b'x'; MAX_SIZE_LINE]].concat();
    assert_eq!(fault(&long).code(), 12183, "section 32: CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW");
    let zeros = vec![b'0'; MAX_SIZE_LINE + 1];
    assert_eq!(fault(&zeros), ChunkFault::SizeLine);
    let trailer = [b"0\r\n".as_slice(), &vec![b'x'; MAX_TRAILER + 1]].concat();
    assert_eq!(fault(&trailer).code(), 12182);
}

#[test]
fn a_fault_does_not_take_good_bytes_away() {
    let mut decoder = ChunkedDecoder::new();
    let mut out = [0; 8];
    let step = decoder.decode(b"2\r\nab\r\nzz", &mut out).unwrap();
    assert_eq!((step.produced, step.done), (2, false));
    assert_eq!(decoder.decode(b"zz", &mut out), Err(ChunkFault::Garbage));
    assert_eq!(decoder.decode(b"", &mut out), Err(ChunkFault::Garbage), "a fault stays");
    assert_eq!(decoder.available(b"2\r\nab"), 0);
}

#[test]
fn section_19_available_ends_at_the_chunk() {
    let mut decoder = ChunkedDecoder::new();
    assert_eq!(decoder.available(b""), 0);
    assert_eq!(decoder.available(b"5\r\n"), 0);
    assert_eq!(decoder.available(b"5\r\nabc"), 3);
    assert_eq!(decoder.available(b"5\r\nabcde\r\n3\r\nxyz"), 5);
    assert_eq!(decoder.available(b"0\r\n\r\nabc"), 0);
    let mut out = [0; 5];
    let step = decoder.decode(b"5\r\nabcde\r\n3\r\nxyz", &mut out).unwrap();
    assert_eq!((step.produced, step.consumed), (5, 13), "ends in front of the next payload");
    assert_eq!(decoder.direct_len(), 3);
}

#[test]
fn payload_read_past_the_decoder() {
    let mut decoder = ChunkedDecoder::new();
    assert_eq!(decoder.direct_len(), 0);
    assert_eq!(decoder.decode(b"a\r\n", &mut []).unwrap().consumed, 3);
    assert_eq!(decoder.direct_len(), 10);
    decoder.advance(4);
    assert_eq!(decoder.direct_len(), 6);
    decoder.advance(6);
    assert_eq!(decoder.direct_len(), 0);
    assert!(decoder.decode(b"\r\n0\r\n\r\n", &mut []).unwrap().done);
    decoder.clear();
    assert!(!decoder.is_done());
}

#[test]
fn one_face_for_every_framing() {
    let mut body = Body::new();
    assert!(body.is_done());
    assert_eq!((body.remaining_known(), body.direct_len(), body.available(b"x")), (Some(0), 0, 0));

    let mut out = [0; 8];
    body.begin(Framing::Counted(5));
    assert_eq!(body.available(b"abcdefgh"), 5);
    let step = body.decode(b"abcdefgh", &mut out[..3]).unwrap();
    assert_eq!((step.consumed, step.produced, step.done), (3, 3, false));
    assert_eq!((body.remaining_known(), body.direct_len()), (Some(2), 2));
    body.advance(1);
    assert_eq!(body.clone().on_end_of_stream(), End::Truncated);
    assert!(body.decode(b"efgh", &mut out).unwrap().done);
    assert_eq!(body.on_end_of_stream(), End::Clean);

    body.begin(Framing::UntilClose);
    assert_eq!((body.remaining_known(), body.direct_len(), body.available(b"abc")), (None, u64::MAX, 3));
    assert_eq!(body.on_end_of_stream(), End::Clean);
    assert!(body.is_done());
    assert_eq!((body.available(b"abc"), body.direct_len()), (0, 0));

    body.begin(Framing::Chunked);
    assert_eq!(body.decode(b"3\r\nab", &mut out).unwrap().produced, 2);
    assert_eq!((body.direct_len(), body.remaining_known()), (1, None));
    assert_eq!(body.on_end_of_stream(), End::Truncated);
    assert!(body.is_done());
    assert_eq!(body.decode(b"c", &mut out).unwrap().produced, 0);
    body.begin(Framing::Chunked);
    assert!(body.decode(b"0\r\nT: 1\r\n\r\n", &mut out).unwrap().done);
    assert_eq!(body.trailer(), b"T: 1\r\n");
    assert_eq!(body.on_end_of_stream(), End::Clean);
}

type Seen = Result<(usize, u16, Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>), HeadFault>;

fn seen(head: &ResponseHead, consumed: usize) -> Seen {
    let fields = head.fields().iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    Ok((consumed, head.status(), head.status_text().to_vec(), fields))
}

/// Feeds a head in growing pieces.
fn fed(text: &[u8], pieces: &[usize], limits: &Limits) -> Option<Seen> {
    let mut head = ResponseHead::default();
    let mut sizes = pieces.iter().copied().cycle();
    let mut end = 0;
    loop {
        end = (end + sizes.next().unwrap_or(1).max(1)).min(text.len());
        match head.parse(&text[..end], limits) {
            Ok(Progress::Complete { consumed }) => return Some(seen(&head, consumed)),
            Ok(Progress::Partial) if end == text.len() => return None,
            Ok(Progress::Partial) => {}
            Err(fault) => return Some(Err(fault)),
        }
    }
}

fn headish() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just(" folded\r\n".to_owned()),
        Just(" \r\n".to_owned()),
        Just("A: 1\r\n".to_owned()),
        Just("A:\r\n".to_owned()),
        Just("A:\n".to_owned()),
        Just("B : 2\n".to_owned()),
        Just("nonsense\r\n".to_owned()),
        Just("x\ry\r\n".to_owned()),
        Just("Content-Length: 3\r\n".to_owned()),
        "[a-zA-Z:\\r\\n \\t]{0,12}",
    ];
    (
        prop_oneof![Just("HTTP/1.1 200 OK\r\n"), Just("\r\nHTTP/1.0 404\n"), Just("HTTP/1.1 200 \r\n")],
        prop::collection::vec(line, 0..8),
    )
        .prop_map(|(first, lines)| {
            let mut text = first.to_owned();
            lines.iter().for_each(|line| text.push_str(line));
            text.push_str("\r\n\r\nbody\r\n\r\n");
            text.into_bytes()
        })
}

proptest! {
    #[test]
    fn a_head_reads_the_same_in_any_pieces(text in headish(), pieces in prop::collection::vec(1usize..9, 1..6)) {
        let limits = Limits::default();
        let whole = fed(&text, &[usize::MAX], &limits);
        let pieced = fed(&text, &pieces, &limits);
        // Where one way finds a fault the other finds one too; otherwise all that is read is equal.
        prop_assert_eq!(whole, pieced);
    }

    #[test]
    fn chunked_reads_the_same_in_any_pieces(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
        pieces in prop::collection::vec(1usize..17, 1..6),
        room in 1usize..50,
    ) {
        let mut text = Vec::new();
        for chunk in &chunks {
            text.extend_from_slice(format!("{:x};e=1\r\n", chunk.len()).as_bytes());
            text.extend_from_slice(chunk);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"0\r\nT: 1\r\n\r\n");
        let length = text.len();
        text.extend_from_slice(b"HTTP/1.1");
        let (out, consumed, trailer) = dechunk(&text, &pieces, room).unwrap();
        prop_assert_eq!(out, chunks.concat());
        prop_assert_eq!(consumed, length);
        prop_assert_eq!(trailer, b"T: 1\r\n".to_vec());
    }

    #[test]
    fn any_bytes_are_answered(text in prop::collection::vec(any::<u8>(), 0..200), pieces in prop::collection::vec(1usize..9, 1..4)) {
        let _ = fed(&text, &pieces, &Limits { size: 100, count: 2 });
        let prefixed = [b"HTTP/1.1 200 OK\r\n".as_slice(), &text].concat();
        let _ = fed(&prefixed, &pieces, &Limits { size: 100, count: 2 });
        let whole = dechunk(&text, &[usize::MAX], 300);
        let pieced = dechunk(&text, &pieces, 300);
        prop_assert_eq!(whole.is_err(), pieced.is_err());
        let _ = Fields::default().parse_trailer(&text);
    }
}

/// What httparse makes of a head: code, minor version, fields, length; `None` where it takes none.
type Judged = Option<(u16, u8, Vec<(Vec<u8>, Vec<u8>)>, usize)>;

fn by_httparse(text: &[u8]) -> Judged {
    let mut config = httparse::ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .ignore_invalid_headers_in_responses(true);
    let mut slots = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut slots);
    let Ok(httparse::Status::Complete(length)) = config.parse_response(&mut response, text) else {
        return None;
    };
    let unfold = |value: &[u8]| -> Vec<u8> {
        value.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect()
    };
    let fields = response.headers.iter().map(|h| (h.name.as_bytes().to_vec(), unfold(h.value))).collect();
    Some((response.code.unwrap(), response.version.unwrap(), fields, length))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// The one pass over a plain head finds what httparse finds, and takes nothing that httparse refuses. So does the
    /// comparison with the head before, which most of these are like but for a byte or two.
    #[test]
    fn the_quick_way_is_the_long_one(
        status in "HTTP/1\\.[012] {1,2}[0-9]{3}( {0,2}[ -~\t\u{e9}]{0,6})?",
        fields in prop::collection::vec(prop_oneof![
            ("[A-Za-z0-9_!~-]{0,12} {0,1}", ":", "[ \t]{0,2}[ -~\t\u{e9}]{0,20}"),
            ("Content-Length|Connection", ": ", "[0-9]{1,3}|close|keep-alive"),
        ], 0..6),
        end in "\r?\n",
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"\r\n\t :\0\x7fZ7\xe9".to_vec())), 0..4),
    ) {
        let mut text = status.into_bytes();
        for (name, colon, value) in fields {
            text.extend_from_slice(end.as_bytes());
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(colon.as_bytes());
            text.extend_from_slice(value.as_bytes());
        }
        text.extend_from_slice(end.as_bytes());
        text.extend_from_slice(end.as_bytes());
        text.extend_from_slice(b"body: x\r\n\r\n");
        let asked = Asked { method: b"GET", close: false, via_proxy: true };
        let mut used = ResponseHead::default();
        if matches!(used.parse(&text, &Limits::default()), Ok(Progress::Complete { .. })) {
            let _ = frame(&mut used, &asked);
        }
        used.clear();
        prop_assert_eq!((used.status(), used.size(), used.fields().len(), used.status_text()), (0, 0, 0, &b""[..]));
        for (place, byte) in changes {
            *place.get_mut(&mut text) = byte;
        }
        // Empty lines before the head are passed over by both, and counted by both.
        let theirs = by_httparse(&text).filter(|_| text.starts_with(b"HTTP/1.") || text.starts_with(b"\r\n") || text.starts_with(b"\n"));
        let mut fresh = ResponseHead::default();
        for head in [&mut fresh, &mut used] {
            let ours = match head.parse(&text, &Limits::default()) {
                Ok(Progress::Complete { consumed }) => {
                    let fields = head.fields().iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
                    Some((head.status(), head.minor_version(), fields, consumed))
                }
                _ => None,
            };
            prop_assert_eq!(&ours, &theirs);
        }
        prop_assert_eq!((fresh.status_text(), fresh.fields().raw()), (used.status_text(), used.fields().raw()));
        if theirs.is_some() {
            prop_assert_eq!(frame(&mut fresh, &asked), frame(&mut used, &asked));
        }
    }
}
