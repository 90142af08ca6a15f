//! A server's frames, and readers that put messages together. Also for the fuzz target.

use winhttp_proto::websocket::{Chunk, Event, Inbound, Kind, Violation};

/// What a reader makes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Message(Kind, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16, Vec<u8>),
}

/// Everything heard, and the violation that ended it.
pub(crate) type Story = (Vec<Heard>, Option<Violation>);

/// A frame of a server: not masked, with the shortest length.
pub(crate) fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ ..=125 => frame.push(length as u8),
        length @ ..=0xffff => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

#[derive(Default)]
struct Ear {
    heard: Vec<Heard>,
    message: Vec<u8>,
}

impl Ear {
    fn hear(&mut self, inbound: &Inbound, event: Event, out: &[u8]) {
        match event {
            Event::Data(chunk) => self.data(chunk, out),
            Event::Ping => self.heard.push(Heard::Ping(inbound.control().to_vec())),
            Event::Pong => self.heard.push(Heard::Pong(inbound.control().to_vec())),
            Event::Close => {
                let close = inbound.close().expect("a close event means that it is there");
                self.heard.push(Heard::Close(close.status, close.reason.to_vec()));
            }
        }
    }

    fn data(&mut self, chunk: Chunk, bytes: &[u8]) {
        assert!(!chunk.ends_message || chunk.ends_frame);
        assert!(chunk.length > 0 || chunk.ends_frame);
        self.message.extend_from_slice(&bytes[..chunk.length]);
        if chunk.ends_message {
            self.heard.push(Heard::Message(chunk.kind, std::mem::take(&mut self.message)));
        }
    }
}

/// Reads a stream in pieces of this length into a buffer of this length.
pub(crate) fn read(stream: &[u8], piece: usize, room: usize) -> Story {
    read_pieces(&stream.chunks(piece).collect::<Vec<_>>(), room)
}

/// Reads these pieces into a buffer of this length.
pub(crate) fn read_pieces(pieces: &[&[u8]], room: usize) -> Story {
    let (mut inbound, mut ear, mut out) = (Inbound::new(), Ear::default(), vec![0; room]);
    for piece in pieces {
        let mut at = 0;
        loop {
            let rest = &piece[at..];
            match inbound.take(rest, &mut out) {
                Ok(step) => {
                    assert!(step.consumed <= rest.len());
                    at += step.consumed;
                    match step.event {
                        Some(event) => ear.hear(&inbound, event, &out),
                        None => break,
                    }
                }
                Err(violation) => return (ear.heard, Some(violation)),
            }
        }
        assert!(at == piece.len() || inbound.close().is_some(), "with room everything is taken");
    }
    (ear.heard, None)
}

/// Reads a stream with message bytes past `take`, in steps of at most this length.
pub(crate) fn read_direct(stream: &[u8], piece: usize) -> Story {
    let (mut inbound, mut ear, mut at) = (Inbound::new(), Ear::default(), 0);
    while at < stream.len() && inbound.close().is_none() {
        let end = (at + piece).min(stream.len());
        let direct = usize::try_from(inbound.direct_len()).unwrap_or(usize::MAX).min(end - at);
        if direct > 0 {
            match inbound.took(&stream[at..at + direct]) {
                Ok(chunk) => {
                    assert_eq!(chunk.length, direct);
                    ear.data(chunk, &stream[at..]);
                }
                Err(violation) => return (ear.heard, Some(violation)),
            }
            at += direct;
            continue;
        }
        match inbound.take(&stream[at..end], &mut []) {
            Ok(step) => {
                at += step.consumed;
                if let Some(event) = step.event {
                    ear.hear(&inbound, event, &[]);
                }
            }
            Err(violation) => return (ear.heard, Some(violation)),
        }
    }
    (ear.heard, None)
}
