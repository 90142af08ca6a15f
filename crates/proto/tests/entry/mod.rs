//! One function per kind of input, each taking any bytes: for property tests here and for fuzzers, which
//! include this file. None may panic; what is asserted must hold for every input.
#[path = "../frames/mod.rs"]
mod frames;
mod script;
mod socket;
mod websocket;

pub(crate) use script::exchange;
pub(crate) use socket::socket;
pub(crate) use websocket::websocket;
use winhttp_proto::http::chunked::ChunkedDecoder;
use winhttp_proto::http::decode::{Fields, Limits, Progress, ResponseHead};
use winhttp_proto::http::encode::{HeadParts, encode_head};
use winhttp_proto::http::framing::{Asked, frame};
use winhttp_proto::http::headers::HeaderList;
use winhttp_proto::http::location::Target;
use winhttp_proto::http::target::{CodePage, Escape, request_target};
use winhttp_proto::http::url::{component, crack};
use winhttp_proto::http::{body::Body, query};
use winhttp_proto::time::SystemTime;

/// Takes the first byte as a parameter.
fn parameter(input: &[u8]) -> (usize, &[u8]) {
    input.split_first().map_or((0, input), |(&first, rest)| (usize::from(first), rest))
}

/// A whole response: head in growing pieces, then framing and body.
pub(crate) fn response(input: &[u8]) {
    let (piece, input) = parameter(input);
    let limits = Limits { size: 4096, count: 16 };
    let mut head = ResponseHead::default();
    let mut end = 0;
    let consumed = loop {
        end = (end + piece.max(1)).min(input.len());
        match head.parse(&input[..end], &limits) {
            Ok(Progress::Complete { consumed }) => break consumed,
            Ok(Progress::Partial) if end < input.len() => {}
            _ => return,
        }
    };
    assert!(consumed <= end && consumed <= limits.size);
    let mut raw = Vec::new();
    head.raw_crlf(&mut raw);
    assert!(raw.ends_with(b"\r\n\r\n") && raw.starts_with(b"HTTP/1."));
    for (name, value) in head.fields().iter() {
        assert!(!name.is_empty() && !value.contains(&b'\n') && head.get(name).is_some());
        let _ = (query::number(value), query::number64(value), query::date(value));
    }
    let asked = Asked { method: b"GET", close: false, via_proxy: true };
    let verdict = frame(&mut head, &asked);
    changed(head, &input[..consumed], piece, &asked);
    let Ok(verdict) = verdict else { return };
    let mut body = Body::new();
    body.begin(verdict.framing);
    let mut rest = &input[consumed..];
    let mut out = [0; 64];
    while !body.is_done() {
        let available = body.available(rest);
        let Ok(step) = body.decode(rest, &mut out[..piece.clamp(1, 64)]) else { return };
        assert!(step.produced >= available.min(piece.clamp(1, 64)));
        rest = &rest[step.consumed..];
        if step.consumed == 0 {
            break;
        }
    }
    let _ = Fields::default().parse_trailer(body.trailer());
}

/// The same head with another byte, read behind it and read alone: the one before leaves no trace.
fn changed(mut used: ResponseHead, text: &[u8], piece: usize, asked: &Asked<'_>) {
    let mut text = text.to_vec();
    let (place, other) = (piece * 131 % text.len(), piece as u8 | 1);
    text[place] = text[place].wrapping_add(other);
    let limits = Limits::default();
    let mut alone = ResponseHead::default();
    used.clear();
    let (behind, fresh) = (used.parse(&text, &limits), alone.parse(&text, &limits));
    assert_eq!(behind, fresh);
    if let Ok(Progress::Complete { .. }) = fresh {
        assert_eq!((used.status(), used.status_text()), (alone.status(), alone.status_text()));
        assert_eq!(used.fields().raw(), alone.fields().raw());
        assert!(used.fields().iter().eq(alone.fields().iter()));
        assert_eq!(frame(&mut used, asked), frame(&mut alone, asked));
    }
}

/// A chunked body: the same payload in any pieces, and by direct reads.
pub(crate) fn chunked(input: &[u8]) {
    let (piece, input) = parameter(input);
    let read = |piece: usize, direct: bool| {
        let (mut decoder, mut payload, mut at) = (ChunkedDecoder::new(), Vec::new(), 0);
        while at < input.len() && !decoder.is_done() {
            let rest = &input[at..];
            let straight = usize::try_from(decoder.direct_len()).unwrap_or(usize::MAX).min(rest.len());
            if direct && straight > 0 {
                payload.extend_from_slice(&rest[..straight]);
                decoder.advance(straight as u64);
                at += straight;
                continue;
            }
            let mut out = vec![0; if direct { 0 } else { piece }];
            match decoder.decode(&rest[..piece.min(rest.len())], &mut out) {
                Ok(step) => {
                    assert!(step.consumed > 0);
                    payload.extend_from_slice(&out[..step.produced]);
                    at += step.consumed;
                }
                Err(fault) => return (payload, Err(fault)),
            }
        }
        (payload, Ok((at, decoder.is_done(), decoder.trailer().to_vec())))
    };
    let whole = read(input.len().max(1), false);
    assert_eq!(whole, read(piece.max(1), false));
    assert_eq!(whole, read(piece.max(1), true));
}

/// Header text with modifiers from the first byte; then a request head made of it.
pub(crate) fn request(input: &[u8]) {
    let (flags, input) = parameter(input);
    let mut list = HeaderList::new();
    for text in input.split(|&byte| byte == b'|') {
        let before = list.clone();
        if list.apply(text, (flags as u32) << 24).is_err() && list.len() == before.len() {
            continue;
        }
        let lines: usize = list.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        assert_eq!(lines, list.as_bytes().len(), "the index covers the bytes");
    }
    let mut path = Vec::new();
    let page = CodePage::of([0, 20_127, 28_591, 1252][(flags >> 6) & 3]).expect("a known page");
    let escape =
        Escape { percent: flags & 1 != 0, disable: flags & 2 != 0, disable_query: flags & 4 != 0, page };
    request_target(input, escape, &mut path);
    assert!(path.starts_with(b"/") && !path.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b' ' | 0)));
    let mut out = Vec::new();
    encode_head(
        &mut out,
        &HeadParts {
            headers: &list,
            path: &path,
            host: input,
            user_agent: input,
            cookies: input,
            authorization: input,
            ..HeadParts::new()
        },
    );
    let text = out.strip_suffix(b"\r\n\r\n").unwrap_or_default();
    assert_eq!(
        text.iter().filter(|&&byte| byte == b'\n').count(),
        text.windows(2).filter(|two| two == b"\r\n").count()
    );
    assert!(!text.windows(4).any(|four| four == b"\r\n\r\n"), "one head, one empty line");
}

/// A URL and a Location.
pub(crate) fn address(input: &[u8]) {
    let (flags, input) = parameter(input);
    if let Ok(parts) = crack(input) {
        assert!(parts.host.end <= parts.path.start && parts.path.end == parts.extra.start);
        let mut out = Vec::new();
        component(&input[parts.path_and_extra()], (flags as u32) << 24, &mut out);
    }
    let base = Target { secure: false, host: "a".into(), port: 80, path: b"/b/c?d".to_vec() };
    if let Ok((target, url)) = base.join(input) {
        assert!(target.path.starts_with(b"/") && target.path.iter().all(u8::is_ascii_graphic));
        assert_eq!(base.join(url.as_bytes()).map(|(again, _)| again), Ok(target));
    }
}

/// A date.
pub(crate) fn date(input: &[u8]) {
    if let Ok(time) = SystemTime::from_text(input) {
        let again = SystemTime::from_unix_seconds(time.to_unix_seconds());
        assert_eq!(
            again.map(|time| (time.year, time.month, time.day)),
            Some((time.year, time.month, time.day))
        );
    }
}

/// A packed body in any pieces, with any room.
pub(crate) fn unpack(input: &[u8]) {
    use winhttp_proto::http::unpack::{AHEAD, Coding, Unpack};
    let (Some(&how), input) = (input.first(), input.get(1..).unwrap_or_default()) else { return };
    let coding = if how & 1 == 0 { Coding::Gzip } else { Coding::Deflate };
    let mut unpack = Unpack::new(coding);
    let mut room = vec![0; usize::from(how >> 4) * 100];
    for piece in input.chunks(usize::from(how >> 1 & 7) * 9 + 1) {
        let mut rest = piece;
        // So much is unpacked at most, however little came in.
        for _ in 0..200 {
            let ahead = unpack.waiting();
            let step = match how & 8 {
                0 => unpack.step(rest, &mut room),
                _ => unpack.look_ahead(rest).map(|taken| (taken, unpack.take_ahead(&mut room))),
            };
            let Ok((taken, given)) = step else { return };
            assert!(taken <= rest.len() && given <= room.len() && unpack.waiting() <= AHEAD);
            rest = &rest[taken..];
            if taken == 0 && given == 0 && ahead == unpack.waiting() {
                break;
            }
        }
    }
    let _ = unpack.whole();
}
