//! A WebSocket server made of a socket and nothing of the library, and the way of a test to an upgraded handle.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use sha1::{Digest as _, Sha1};
use winhttp_engine::request::{self, Completion};
use winhttp_engine::{Error, Handle, Loan, websocket};

use crate::delivery_support::*;

pub(crate) const CLOSED: u32 = abi::WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE;
pub(crate) const SHUT: u32 = abi::WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE;

pub(crate) const BINARY: u32 = 0;
pub(crate) const BINARY_FRAGMENT: u32 = 1;
pub(crate) const TEXT: u32 = 2;
pub(crate) const TEXT_FRAGMENT: u32 = 3;
pub(crate) const CLOSE: u32 = 4;

/// Operations of a failure.
pub(crate) const OF_SEND: u32 = 0;
pub(crate) const OF_RECEIVE: u32 = 1;
pub(crate) const OF_CLOSE: u32 = 2;
pub(crate) const OF_SHUTDOWN: u32 = 3;

pub(crate) const INVALID_OPERATION: u32 = 4317;
pub(crate) const INVALID_PARAMETER: u32 = 87;

/// The server's end of one upgraded connection.
pub(crate) struct Peer(pub(crate) TcpStream);

/// A frame, unmasked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// FIN and opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Peer {
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).ok()?;
        assert_eq!(head[1] & 0x80, 0x80, "a client masks");
        let mut length = u64::from(head[1] & 0x7F);
        if length >= 126 {
            let mut more = [0; 8];
            let bytes = if length == 126 { 2 } else { 8 };
            self.0.read_exact(&mut more[8 - bytes..]).ok()?;
            length = u64::from_be_bytes(more);
        }
        let mut key = [0; 4];
        self.0.read_exact(&mut key).ok()?;
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).ok()?;
        for (at, byte) in payload.iter_mut().enumerate() {
            *byte ^= key[at % 4];
        }
        Some(Frame { first: head[0], payload })
    }

    /// What an unmasked frame looks like.
    pub(crate) fn bytes(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            short @ ..=125 => frame.push(short as u8),
            medium @ ..=0xFFFF => {
                frame.push(126);
                frame.extend_from_slice(&(medium as u16).to_be_bytes());
            }
            long => {
                frame.push(127);
                frame.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        frame
    }

    pub(crate) fn say(&mut self, first: u8, payload: &[u8]) {
        // The client may have gone.
        let _ = self.0.write_all(&Peer::bytes(first, payload));
    }

    /// Ends the connection without a close frame.
    pub(crate) fn hang_up(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }

    /// Gives every frame back, pongs for pings, and answers the close frame.
    pub(crate) fn echo(&mut self) {
        while let Some(frame) = self.frame() {
            match frame.first & 0x0F {
                8 => return self.say(0x88, &frame.payload),
                9 => self.say(0x8A, &frame.payload),
                10 => {}
                _ => self.say(frame.first, &frame.payload),
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number =
            group.iter().fold(0u32, |number, &byte| number << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= group.len() { digit as char } else { '=' });
        }
    }
    text
}

/// A field of a head.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|found| found.1)
}

/// The reply that agrees to an upgrade.
pub(crate) fn agreement(head: &str) -> String {
    let key = field(head, "Sec-WebSocket-Key").expect("a key");
    let accept = base64(&Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// A server that agrees to every upgrade and then does what `talk` says.
pub(crate) fn upgrading(talk: impl Fn(&mut Peer) + std::marker::Send + Sync + 'static) -> u16 {
    serve(move |mut stream| {
        let Some(head) = head(&mut stream) else { return };
        stream.write_all(agreement(&head).as_bytes()).unwrap();
        talk(&mut Peer(stream));
    })
}

/// Handles of one upgrade: session, connect, request, WebSocket.
#[derive(Clone, Copy)]
pub(crate) struct Upgraded {
    pub(crate) session: Handle,
    pub(crate) connect: Handle,
    pub(crate) request: Handle,
    pub(crate) socket: Handle,
}

pub(crate) const CONTEXT: usize = 0x50C;

impl Upgraded {
    /// S6.1 up to the upgrade.
    pub(crate) fn open(app: &App, port: u16) -> Upgraded {
        let (session, connect, request) = asked(app, port, true);
        send(request).unwrap();
        app.wait(request, SENT);
        request::receive(request).unwrap();
        app.wait(request, HEADERS);
        let socket = websocket::complete_upgrade(request, CONTEXT).unwrap();
        Upgraded { session, connect, request, socket }
    }

    pub(crate) fn open_sync(app: &App, port: u16) -> Upgraded {
        let (session, connect, request) = asked(app, port, false);
        send(request).unwrap();
        request::receive(request).unwrap();
        let socket = websocket::complete_upgrade(request, CONTEXT).unwrap();
        Upgraded { session, connect, request, socket }
    }

    pub(crate) fn close(self, app: &App) {
        app.close_all(&[self.socket, self.request, self.connect, self.session]);
    }
}

/// A request that asks for an upgrade.
pub(crate) fn asked(app: &App, port: u16, asynchronous: bool) -> (Handle, Handle, Handle) {
    let session = app.session(asynchronous);
    let connect = link(session, port);
    let request = get(connect, "/chat");
    websocket::ask(request).unwrap();
    (session, connect, request)
}

pub(crate) fn say(socket: Handle, buffer_type: u32, bytes: &[u8]) -> Result<Completion, Error> {
    websocket::send(socket, buffer_type, Loan::owned(bytes.into()))
}

pub(crate) fn hear(socket: Handle, bytes: usize) -> Result<Completion, Error> {
    websocket::receive(socket, Loan::owned(vec![0; bytes].into_boxed_slice()))
        .map(|(completion, _)| completion)
}

/// The status and reason of the server's close frame.
pub(crate) fn farewell(socket: Handle) -> Result<(u16, Vec<u8>), Error> {
    websocket::close_status(socket, |status, reason| (status, reason.to_vec()))
}
