//! Bytes from a WebSocket server, and frames to one.

use super::frames::{Heard, read, read_direct, server_frame};
use super::parameter;
use winhttp_proto::websocket::{ControlFrame, Inbound, Kind, Mask, Outbound};

/// The first byte says how the stream is cut; the rest is a stream, and then the payload of frames of our own.
pub(crate) fn websocket(input: &[u8]) {
    let (piece, input) = parameter(input);
    let piece = piece.max(1);
    let whole = read(input, input.len().max(1), 4096);
    assert_eq!(whole, read(input, piece, piece));
    assert_eq!(whole, read(input, 1, 4096));
    assert_eq!(whole, read_direct(input, piece));
    skip(input, piece);
    there_and_back(input, piece);
}

/// Skipping ends where reading ends, or later: text is not judged.
fn skip(input: &[u8], piece: usize) {
    let (mut inbound, mut at) = (Inbound::new(), 0);
    while at < input.len() {
        let Ok(step) = inbound.skip(&input[at..(at + piece).min(input.len())]) else { return };
        if step.consumed == 0 {
            assert!(inbound.close().is_some());
            return;
        }
        at += step.consumed;
    }
}

/// Sends the bytes as a fragmented message with a ping inside, unmasks it as a server does, and reads it as a
/// client does.
fn there_and_back(input: &[u8], piece: usize) {
    let key = [input.first().copied().unwrap_or(0), piece as u8, 0x55, 0xff];
    let (mut outbound, mut stream) = (Outbound::new(), Vec::new());
    let mut parts = input.chunks(piece.max(input.len() / 8)).peekable();
    while let Some(part) = parts.next() {
        let buffer_type = u32::from(parts.peek().is_some());
        let (head, mut mask) =
            outbound.send(buffer_type, part.len() as u64, key).expect("one kind of message");
        let mut masked = vec![0; part.len()];
        assert_eq!(mask.copy(part, &mut masked), part.len());
        Mask::new(key).apply(&mut masked);
        let first = head.as_bytes().first().copied().unwrap_or(0);
        assert!(head.as_bytes().ends_with(&key));
        stream.extend(server_frame(first, &masked));
        let ping = ControlFrame::ping(part, key);
        let mut payload = ping.as_bytes()[6..].to_vec();
        Mask::new(key).apply(&mut payload);
        stream.extend(server_frame(0x89, &payload));
    }
    let (heard, fault) = read(&stream, piece, piece);
    assert_eq!(fault, None);
    let messages: Vec<&Heard> = heard.iter().filter(|heard| !matches!(heard, Heard::Ping(_))).collect();
    let expected = Heard::Message(Kind::Binary, input.to_vec());
    assert_eq!(messages, if input.is_empty() { Vec::new() } else { vec![&expected] });
}
