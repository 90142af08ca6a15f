//! Frames from the server, whole and in every piece: RFC 6455 by its examples, by its prohibitions, and against a
//! reader that has the whole stream at once.

mod frames;

use frames::{Heard, read, read_direct, server_frame};
use proptest::prelude::*;
use winhttp_proto::websocket::{Event, Inbound, Kind, Violation};

fn text(text: &str) -> Heard {
    Heard::Message(Kind::Text, text.as_bytes().to_vec())
}

#[test]
fn the_examples_of_the_rfc() {
    // RFC 6455 section 5.7.
    let hello = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(read(&hello, 1, 1), (vec![text("Hello")], None));
    let fragments = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
    assert_eq!(read(&fragments, 9, 64), (vec![text("Hello")], None));
    let ping = [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(read(&ping, 3, 64), (vec![Heard::Ping(b"Hello".to_vec())], None));
    for length in [256_usize, 65536] {
        let mut frame = if length == 256 {
            vec![0x82, 0x7e, 0x01, 0x00]
        } else {
            vec![0x82, 0x7f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00]
        };
        frame.extend(std::iter::repeat_n(7, length));
        let expected = vec![Heard::Message(Kind::Binary, vec![7; length])];
        assert_eq!(read(&frame, 1000, 999), (expected.clone(), None));
        assert_eq!(read_direct(&frame, 1000), (expected, None));
    }
}

/// A stream with everything that is allowed: fragments, control frames between them, empty frames, every length form.
fn everything() -> (Vec<u8>, Vec<Heard>) {
    let mut stream = Vec::new();
    let mut add = |first: u8, payload: &[u8]| stream.extend(server_frame(first, payload));
    add(0x81, b"");
    add(0x01, &"zw\u{f6}lf".as_bytes()[..3]);
    add(0x89, b"");
    add(0x00, b"");
    add(0x8a, b"unasked");
    add(0x80, &"zw\u{f6}lf \u{1f600}".as_bytes()[3..]);
    add(0x02, &[0xff; 126]);
    add(0x89, &[1; 125]);
    add(0x80, &[0xfe; 300]);
    add(0x82, &[0; 125]);
    add(0x88, b"\x03\xe8done");
    let binary = [vec![0xff; 126], vec![0xfe; 300]].concat();
    let heard = vec![
        text(""),
        Heard::Ping(Vec::new()),
        Heard::Pong(b"unasked".to_vec()),
        text("zw\u{f6}lf \u{1f600}"),
        Heard::Ping(vec![1; 125]),
        Heard::Message(Kind::Binary, binary),
        Heard::Message(Kind::Binary, vec![0; 125]),
        Heard::Close(1000, b"done".to_vec()),
    ];
    (stream, heard)
}

#[test]
fn every_split_of_every_frame_says_the_same() {
    let (stream, heard) = everything();
    for split in 0..=stream.len() {
        let (a, b) = stream.split_at(split);
        assert_eq!(frames::read_pieces(&[a, b], 4096), (heard.clone(), None), "split at {split}");
    }
    for room in [1, 2, 3, 7, 124, 125, 126, 4096] {
        for piece in [1, 2, 5, 127, 4096] {
            assert_eq!(read(&stream, piece, room), (heard.clone(), None), "{piece} into {room}");
        }
    }
    for piece in [1, 3, 64, 4096] {
        assert_eq!(read_direct(&stream, piece), (heard.clone(), None), "direct, {piece}");
    }
}

#[test]
fn a_small_buffer_gets_fragments_and_then_the_message() {
    // contract: api-behaviour section 27c, the echo of 256 bytes into a buffer of 128.
    let frame = server_frame(0x82, &[9; 256]);
    let mut inbound = Inbound::new();
    let mut out = [0; 128];
    let mut at = 0;
    let mut types = Vec::new();
    while at < frame.len() {
        let step = inbound.take(&frame[at..], &mut out).expect("fine");
        at += step.consumed;
        let Some(Event::Data(chunk)) = step.event else { panic!("{step:?}") };
        types.push((chunk.length, chunk.buffer_type()));
    }
    assert_eq!(types, [(128, 1), (128, 0)]);
}

#[test]
fn without_room_only_framing_is_taken() {
    let stream = [server_frame(0x89, b"now"), server_frame(0x81, b"Hello")].concat();
    let mut inbound = Inbound::new();
    let step = inbound.take(&stream, &mut []).expect("fine");
    assert_eq!((step.consumed, step.event), (5, Some(Event::Ping)));
    assert_eq!(inbound.control(), b"now");
    let step = inbound.take(&stream[5..], &mut []).expect("fine");
    assert_eq!((step.consumed, step.event, inbound.direct_len()), (2, None, 5));
    assert!(inbound.is_inside_message());
    let chunk = inbound.took(b"Hello and more").expect("fine");
    assert_eq!((chunk.length, chunk.buffer_type(), chunk.ends_frame), (5, 2, true));
    assert!(!inbound.is_inside_message());
    let chunk = inbound.took(b"nothing is due").expect("fine");
    assert_eq!((chunk.length, chunk.ends_frame, chunk.ends_message), (0, false, false));
}

#[test]
fn a_ping_does_not_end_the_message_around_it() {
    let stream = [server_frame(0x01, b"a"), server_frame(0x89, b"")].concat();
    let mut inbound = Inbound::new();
    let mut out = [0; 8];
    assert!(matches!(inbound.take(&stream, &mut out), Ok(step) if step.consumed == 3));
    assert!(matches!(inbound.take(&stream[3..], &mut out), Ok(step) if step.event == Some(Event::Ping)));
    assert!(inbound.took(b"x").is_ok_and(|chunk| chunk.length == 0));
    let end = server_frame(0x80, b"b");
    let step = inbound.take(&end, &mut out).expect("the message goes on");
    assert!(matches!(step.event, Some(Event::Data(chunk)) if chunk.kind == Kind::Text && chunk.ends_message));
}

#[test]
fn a_close_ends_everything() {
    let stream = [server_frame(0x88, b"\x03\xe9bye"), server_frame(0x81, b"late")].concat();
    let mut inbound = Inbound::new();
    assert_eq!(inbound.close(), None);
    let step = inbound.take(&stream, &mut [0; 8]).expect("fine");
    assert_eq!((step.consumed, step.event), (7, Some(Event::Close)));
    let step = inbound.take(&stream[7..], &mut [0; 8]).expect("fine");
    assert_eq!((step.consumed, step.event), (0, None));
    let close = inbound.close().expect("there");
    assert_eq!((close.status, close.reason), (1001, b"bye".as_slice()));

    let mut inbound = Inbound::new();
    assert!(inbound.take(&server_frame(0x88, b""), &mut []).is_ok());
    let close = inbound.close().expect("there");
    assert_eq!((close.status, close.reason), (1005, b"".as_slice()));
}

#[test]
fn skipping_hears_control_frames_only() {
    let stream = [
        server_frame(0x81, b"dropped \xff\xff"),
        server_frame(0x82, b""),
        server_frame(0x01, b""),
        server_frame(0x89, b"p"),
        server_frame(0x80, &[0xff; 70000]),
        server_frame(0x88, b"\x03\xe8"),
    ]
    .concat();
    for piece in [1, 2, 1000, stream.len()] {
        let (mut inbound, mut events) = (Inbound::new(), Vec::new());
        for part in stream.chunks(piece) {
            let mut at = 0;
            while at < part.len() {
                let step = inbound.skip(&part[at..]).expect("fine");
                at += step.consumed;
                events.extend(step.event);
            }
        }
        assert_eq!(events, [Event::Ping, Event::Close], "{piece}");
    }
}

#[test]
fn violations() {
    let long = server_frame(0x82, &[0; 200]);
    let cases: Vec<(Vec<u8>, Violation, u16)> = vec![
        (vec![0xc1, 0], Violation::ReservedBit, 1002),
        (vec![0xa1, 0], Violation::ReservedBit, 1002),
        (vec![0x91, 0], Violation::ReservedBit, 1002),
        (vec![0x83, 0], Violation::Opcode, 1002),
        (vec![0x87, 0], Violation::Opcode, 1002),
        (vec![0x8b, 0], Violation::Opcode, 1002),
        (vec![0x8f, 0], Violation::Opcode, 1002),
        (vec![0x81, 0x81, 0, 0, 0, 0, b'a'], Violation::Masked, 1002),
        (vec![0x09, 0], Violation::FragmentedControl, 1002),
        (vec![0x0a, 0], Violation::FragmentedControl, 1002),
        (vec![0x08, 0], Violation::FragmentedControl, 1002),
        (server_frame(0x89, &[0; 126]), Violation::LongControl, 1002),
        (server_frame(0x88, &[0; 126]), Violation::LongControl, 1002),
        (vec![0x82, 126, 0, 125], Violation::Length, 1002),
        (vec![0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], Violation::Length, 1002),
        (vec![0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], Violation::HugeLength, 1002),
        (vec![0x80, 0], Violation::Continuation, 1002),
        (vec![0x00, 0], Violation::Continuation, 1002),
        ([server_frame(0x82, b"whole"), vec![0x80, 0]].concat(), Violation::Continuation, 1002),
        (vec![0x01, 0, 0x81, 0], Violation::Interleaved, 1002),
        (vec![0x01, 0, 0x02, 0], Violation::Interleaved, 1002),
        (server_frame(0x81, b"\xff"), Violation::Text, 1007),
        (server_frame(0x81, b"\xe2\x82"), Violation::Text, 1007),
        ([server_frame(0x01, b"\xe2\x82"), server_frame(0x80, b"a")].concat(), Violation::Text, 1007),
        ([server_frame(0x01, b"\xe2\x82"), server_frame(0x80, b"")].concat(), Violation::Text, 1007),
        (server_frame(0x01, b"\xf4\x90"), Violation::Text, 1007),
        (server_frame(0x88, b"\x03"), Violation::CloseLength, 1002),
        (server_frame(0x88, &999_u16.to_be_bytes()), Violation::CloseStatus, 1002),
        (server_frame(0x88, &1005_u16.to_be_bytes()), Violation::CloseStatus, 1002),
        (server_frame(0x88, &5000_u16.to_be_bytes()), Violation::CloseStatus, 1002),
        (server_frame(0x88, b"\x03\xe8\xff"), Violation::CloseReason, 1007),
    ];
    for (bytes, violation, status) in cases {
        assert_eq!(violation.close_status(), status);
        for prefix in [Vec::new(), long.clone()] {
            let stream = [prefix, bytes.clone()].concat();
            for split in 0..stream.len() {
                let (a, b) = stream.split_at(split);
                let (_, fault) = frames::read_pieces(&[a, b], 64);
                assert_eq!(fault, Some(violation), "{bytes:x?} at {split}");
            }
        }
        let mut inbound = Inbound::new();
        let mut at = 0;
        let mut out = [0; 256];
        while let Ok(step) = inbound.take(&bytes[at..], &mut out) {
            assert!(step.consumed > 0, "{bytes:x?} breaks");
            at += step.consumed;
        }
        assert_eq!(inbound.take(&long, &mut out), Err(violation), "and stays broken");
    }
}

/// A fragment and the pings before it.
type Fragment = (Vec<u8>, Vec<Vec<u8>>);

/// One message: whether it is text, and its fragments.
fn message() -> impl Strategy<Value = (bool, Vec<Fragment>)> {
    let control = prop::collection::vec(any::<u8>(), 0..20);
    let fragment = prop::collection::vec(any::<u8>(), 0..300);
    (any::<bool>(), prop::collection::vec((fragment, prop::collection::vec(control, 0..3)), 1..5))
}

proptest! {
    #[test]
    fn what_was_framed_is_heard(messages in prop::collection::vec(message(), 1..5), piece in 1_usize..70, room in 1_usize..70) {
        let (mut stream, mut heard) = (Vec::new(), Vec::new());
        for (is_text, fragments) in messages {
            let kind = if is_text { Kind::Text } else { Kind::Binary };
            let mut whole = Vec::new();
            let last = fragments.len() - 1;
            for (at, (mut payload, controls)) in fragments.into_iter().enumerate() {
                for control in controls {
                    stream.extend(server_frame(0x89, &control));
                    heard.push(Heard::Ping(control));
                }
                if is_text {
                    payload.iter_mut().for_each(|byte| *byte &= 0x7f);
                }
                let opcode = if at > 0 { 0 } else if is_text { 1 } else { 2 };
                stream.extend(server_frame(opcode | if at == last { 0x80 } else { 0 }, &payload));
                whole.extend(payload);
            }
            heard.push(Heard::Message(kind, whole));
        }
        prop_assert_eq!(read(&stream, piece, room), (heard.clone(), None));
        prop_assert_eq!(read_direct(&stream, piece), (heard, None));
    }

    #[test]
    fn any_bytes_say_the_same_in_any_pieces(
        stream in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(0x81), 1 => Just(0x02), 2 => 0_u8..6], 0..200),
        piece in 1_usize..20,
        room in 1_usize..20,
    ) {
        let whole = read(&stream, stream.len().max(1), 4096);
        prop_assert_eq!(&read(&stream, piece, room), &whole);
        prop_assert_eq!(&read_direct(&stream, piece), &whole);
    }
}
