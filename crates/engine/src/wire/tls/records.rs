//! Between the TLS library and the ciphertext: records opened and sealed. The library has no buffers of its own here.

use std::io::{self, IoSlice};

use rustls::Error;
use rustls::client::ClientConnectionData;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus, WriteTraffic,
};

use super::Tls;
use super::ciphertext::Ciphertext;
use crate::wire::buffers::{Input, SIZE};

/// The plaintext of a full record.
const FRAGMENT: usize = 16 * 1024;

/// Plaintext that is sealed at once: four full records, one system call.
const SEALED: usize = 4 * FRAGMENT;

/// What a record has beside its plaintext, or more.
const EXTRA: usize = 64;

impl Tls {
    /// Lets the TLS library work on what has come in until that is used up or has given a record of plaintext. As much of it as
    /// fits goes into `room`, the rest into `plain`, which has to be empty. What the library has to say is in `outgoing` then.
    pub(super) fn digest(&mut self, room: &mut [u8]) -> Result<usize, Error> {
        loop {
            let UnbufferedStatus { mut discard, state } =
                self.conn.process_tls_records(self.incoming.bytes());
            let mut opened = None;
            let mut used_up = false;
            let mut failure = None;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => match traffic.next_record() {
                    Some(Ok(record)) => {
                        discard += record.discard;
                        opened = Some(hand_out(record.payload, room, &mut self.plain));
                    }
                    Some(Err(error)) => failure = Some(error),
                    None => {}
                },
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut self.outgoing),
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => {
                    // RFC 8446 section 6.1: what comes behind it is ignored.
                    self.closed = true;
                    discard = usize::MAX >> 1;
                }
                Ok(_) => used_up = true,
                Err(error) => failure = Some(error),
            }
            self.incoming.discard(discard);
            if let Some(error) = failure {
                self.unopened = false;
                self.speak();
                return Err(error);
            }
            if let Some(bytes) = opened {
                return Ok(bytes);
            }
            if used_up {
                self.unopened = false;
                return Ok(0);
            }
        }
    }

    /// What the TLS library has to say goes to `outgoing`.
    pub(super) fn speak(&mut self) {
        while self.conn.wants_write() {
            // What has come in is not looked at before the library has said what it has to.
            match self.conn.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut self.outgoing),
                _ => return,
            }
        }
    }

    /// Encrypts plaintext, up to a limit, into `outgoing`. Small pieces share a record. How much it was.
    pub(super) fn seal(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut accepted = 0;
        let mut parts = bufs.iter();
        let mut part: &[u8] = &[];
        loop {
            while part.is_empty() {
                let Some(next) = parts.next() else { return Ok(accepted) };
                part = next;
            }
            let most = SEALED - accepted;
            if most == 0 {
                return Ok(accepted);
            }
            let last = parts.as_slice().iter().all(|part| part.is_empty());
            let bytes = part.len().min(most);
            let alone = if last { bytes } else { bytes - bytes % FRAGMENT };
            if alone > 0 {
                self.encrypt(&part[..alone])?;
                part = &part[alone..];
                accepted += alone;
                continue;
            }
            let mut joined = Input::default();
            let filled = joined.fill(SIZE, |room| {
                let mut filled = 0;
                while filled < room.len() {
                    if part.is_empty() {
                        let Some(next) = parts.next() else { break };
                        part = next;
                    }
                    let bytes = part.len().min(room.len() - filled);
                    room[filled..filled + bytes].copy_from_slice(&part[..bytes]);
                    part = &part[bytes..];
                    filled += bytes;
                }
                Ok::<_, io::Error>(filled)
            })?;
            self.encrypt(joined.bytes())?;
            accepted += filled.bytes;
        }
    }

    fn encrypt(&mut self, plain: &[u8]) -> io::Result<()> {
        let least = plain.len() + plain.len().div_ceil(FRAGMENT) * EXTRA;
        self.may_send(|mut traffic, outgoing| sealed(outgoing, least, |room| traffic.encrypt(plain, room)))
    }

    /// close_notify goes to `outgoing`.
    pub(super) fn say_close(&mut self) {
        // One that cannot be said any more is not missed: the channel has failed.
        let _ = self.may_send(|mut traffic, outgoing| {
            sealed(outgoing, EXTRA, |room| traffic.queue_close_notify(room))
        });
    }

    fn may_send(
        &mut self,
        send: impl FnOnce(WriteTraffic<'_, ClientConnectionData>, &mut Ciphertext) -> Result<usize, EncryptError>,
    ) -> io::Result<()> {
        loop {
            // Records that wait are left to the next read. Otherwise there is the beginning of one at most, and of a message that
            // the library knows already.
            let incoming: &mut [u8] = if self.unopened { &mut [] } else { self.incoming.bytes() };
            let UnbufferedStatus { mut discard, state } = self.conn.process_tls_records(incoming);
            match state {
                Ok(ConnectionState::WriteTraffic(traffic)) => {
                    let sent = send(traffic, &mut self.outgoing);
                    self.incoming.discard(discard);
                    self.outgoing.add(sent.map_err(io::Error::other)?);
                    return Ok(());
                }
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    if let Some(Ok(record)) = traffic.next_record() {
                        discard += record.discard;
                        hand_out(record.payload, &mut [], &mut self.plain);
                    }
                    self.unopened = true;
                }
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut self.outgoing),
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.closed = true,
                Ok(_) => return Err(io::ErrorKind::NotConnected.into()),
                Err(error) => return Err(io::Error::other(error)),
            }
            self.incoming.discard(discard);
        }
    }
}

/// Seals into room for at least so many bytes, or for as many as that turns out to take.
fn sealed(
    outgoing: &mut Ciphertext,
    least: usize,
    mut seal: impl FnMut(&mut [u8]) -> Result<usize, EncryptError>,
) -> Result<usize, EncryptError> {
    match seal(outgoing.room(least)) {
        Err(EncryptError::InsufficientSize(size)) => seal(outgoing.room(size.required_size)),
        sealed => sealed,
    }
}

fn encode(mut data: EncodeTlsData<'_, ClientConnectionData>, outgoing: &mut Ciphertext) {
    let encoded = match data.encode(outgoing.room(EXTRA)) {
        Err(EncodeError::InsufficientSize(size)) => data.encode(outgoing.room(size.required_size)),
        encoded => encoded,
    };
    // There is room, and it is encoded once.
    outgoing.add(encoded.unwrap_or(0));
}

/// Copies a record's plaintext to `room`, and what does not fit there to `kept`.
fn hand_out(record: &[u8], room: &mut [u8], kept: &mut Input) -> usize {
    let bytes = record.len().min(room.len());
    room[..bytes].copy_from_slice(&record[..bytes]);
    let mut rest = &record[bytes..];
    while !rest.is_empty() {
        let kept = kept.fill(usize::MAX, |room| {
            let bytes = rest.len().min(room.len());
            room[..bytes].copy_from_slice(&rest[..bytes]);
            rest = &rest[bytes..];
            Ok::<_, std::convert::Infallible>(bytes)
        });
        if kept.is_ok_and(|kept| kept.full) {
            break;
        }
    }
    bytes
}
