//! One TLS connection, driven step by step over a stream that it does not own.

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::Error;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;

use super::ciphertext::Ciphertext;
use super::settle::Unsettled;
use super::{Note, TlsConfig, TlsConfigs, TlsFault, TlsPolicy, TlsReport};
use crate::wire::buffers::Input;
use crate::wire::verdict::reported;

/// Where a handshake stands after a step.
#[derive(Debug)]
pub enum Handshake {
    /// Finished, and everything of it sent, but for a last flight that [is held](Tls::hold_last_flight).
    Done,
    /// Goes on when the stream is readable.
    WantRead,
    /// Goes on when the stream is writable (or readable).
    WantWrite,
    /// The verdict lacks answers about revocation, named by [`Tls::lacking`]: they are to be fetched, then
    /// [`Tls::settle`] goes on.
    Unsettled,
    /// Over. An alert was sent where one is due.
    Failed(TlsFault),
}

/// How the peer's side of a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// More may come.
    Open,
    /// The peer has said that it sends no more.
    CloseNotify,
    /// The stream ended without a word: what came may have been cut off (RFC 8446 section 6.1).
    Truncated,
}

/// A client's TLS connection without its socket. Plaintext goes in and out here, ciphertext through the
/// non-blocking `io` that each call is given, always the same one.
pub struct Tls {
    pub(super) conn: Box<UnbufferedClientConnection>,
    /// What came in and has not been opened: at most the beginning of a record where `unopened` is not set.
    pub(super) incoming: Ciphertext,
    /// Records may wait in `incoming`.
    pub(super) unopened: bool,
    pub(super) outgoing: Ciphertext,
    /// Plaintext that the last read had no room for.
    pub(super) plain: Input,
    pub(super) config: Arc<TlsConfig>,
    pub(super) report: Arc<TlsReport>,
    fault: Option<Box<TlsFault>>,
    /// The host, where the chain may have to be judged again.
    pub(super) name: Option<ServerName<'static>>,
    /// The verdict is not the last word.
    pub(super) unsettled: Option<Box<Unsettled>>,
    /// The last read of the stream got less than it could take.
    drained: bool,
    /// The peer has said that it sends no more.
    pub(super) closed: bool,
    /// The stream has ended.
    ended: bool,
    ending: Ending,
    /// The last flight of the handshake may wait for the first data.
    holds: bool,
    /// It waits.
    held: bool,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("handshaking", &self.conn.is_handshaking())
            .field("ending", &self.ending)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// Begins a connection to `host`: a DNS name (sent as SNI) or an IP address with or without brackets
    /// (no SNI, RFC 6066 section 3). Nothing is sent before the first [`handshake`](Self::handshake).
    ///
    /// # Errors
    /// 12157 when the policy allows no usable protocol or the host cannot be a name in a certificate.
    pub fn start(configs: &TlsConfigs, policy: &TlsPolicy, host: &str) -> Result<Self, TlsFault> {
        Self::with_config(configs.config(policy)?, host)
    }

    /// As [`start`](Self::start), with a configuration at hand.
    ///
    /// # Errors
    /// 12157 when the host cannot be a name in a certificate.
    pub fn with_config(config: Arc<TlsConfig>, host: &str) -> Result<Self, TlsFault> {
        let name =
            server_name(host).ok_or_else(|| TlsFault::channel("the host is no DNS name or address"))?;
        let kept = config.policy.revocation.then(|| name.clone());
        let conn = UnbufferedClientConnection::new(config.client.clone(), name).map_err(TlsFault::channel)?;
        Ok(Self {
            conn: Box::new(conn),
            incoming: Ciphertext::default(),
            unopened: false,
            outgoing: Ciphertext::default(),
            plain: Input::default(),
            config,
            report: Arc::default(),
            fault: None,
            name: kept,
            unsettled: None,
            drained: false,
            closed: false,
            ended: false,
            ending: Ending::Open,
            holds: false,
            held: false,
        })
    }

    /// The handshake's last flight, where it is the client's, goes out in one piece with the first data, or with the first
    /// read: for a caller that writes as soon as the handshake is done.
    pub fn hold_last_flight(&mut self) {
        // A verdict that waits for answers may take longer than a server waits for the end of a handshake.
        self.holds = !self.config.judge.checks_revocation();
    }

    /// Takes the handshake as far as `io` allows without waiting. After `Done`, `Unsettled` or `Failed` it says the same
    /// again.
    pub fn handshake(&mut self, io: &mut (impl Read + Write)) -> Handshake {
        if let Some(fault) = &self.fault {
            return Handshake::Failed((**fault).clone());
        }
        if self.suspended() {
            return Handshake::Unsettled;
        }
        loop {
            if self.holds && !self.conn.is_handshaking() && self.unsettled.is_none() {
                self.held = !self.outgoing.is_empty();
                self.outgoing.park();
                self.incoming.park();
                return self.finish(io);
            }
            let flushed = match self.flush(io) {
                Ok(flushed) => flushed,
                Err(error) => return self.failed(TlsFault::of_transport(&error)),
            };
            if !self.conn.is_handshaking() {
                self.incoming.park();
                return if flushed { self.finish(io) } else { Handshake::WantWrite };
            }
            match self.receive(io) {
                Ok(0) => {
                    return self.failed(TlsFault::connection("the peer closed during the handshake"));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.incoming.park();
                    return if flushed { Handshake::WantRead } else { Handshake::WantWrite };
                }
                Err(error) => return self.failed(TlsFault::of_transport(&error)),
            }
            if let Err(error) = self.process() {
                let fault = self.fault_of(&error);
                // The alert is a courtesy: the reason stands, sent or not.
                let _ = self.flush(io);
                return self.condemned(fault);
            }
        }
    }

    /// Reads plaintext into `buf`: what is at hand, then what the stream gives without waiting, until `buf` is full
    /// or the stream has run dry. `Ok(0)` only for an empty `buf` or at the end; [`ending`](Self::ending) says which end.
    ///
    /// # Errors
    /// `WouldBlock`; an error of the stream; or, with a [`TlsFault`] inside, a failure of the channel. Plaintext
    /// that came before an error is handed out first.
    pub fn read(&mut self, io: &mut (impl Read + Write), buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        let read = loop {
            match self.read_on(io, &mut buf[filled..], filled > 0) {
                Ok(Some(bytes)) => filled += bytes,
                Ok(None) => break Ok(filled),
                Err(_) if filled > 0 => break Ok(filled),
                Err(error) => break Err(error),
            }
        };
        if read.is_err() {
            self.incoming.park()
        } else {
            self.incoming.rest()
        }
        read
    }

    /// One step of a read that has brought something already or not. `None`: there is no more for it.
    fn read_on(
        &mut self,
        io: &mut (impl Read + Write),
        room: &mut [u8],
        begun: bool,
    ) -> io::Result<Option<usize>> {
        if room.is_empty() {
            return Ok(None);
        }
        let kept = self.plain.bytes();
        if !kept.is_empty() {
            let bytes = kept.len().min(room.len());
            room[..bytes].copy_from_slice(&kept[..bytes]);
            self.plain.consume(bytes);
            return Ok(Some(bytes));
        }
        if self.unopened {
            return self.open(io, room).map(Some);
        }
        if self.closed || self.ended {
            self.ending = if self.closed { Ending::CloseNotify } else { Ending::Truncated };
            return Ok(None);
        }
        if begun && self.drained {
            return Ok(None);
        }
        self.fill(io)?;
        Ok(Some(0))
    }

    /// Encrypts plaintext out of `bufs` and sends what the stream takes. Returns the plaintext accepted: it is
    /// encrypted, and what of it has not been sent goes out with the next `write` or [`flush`](Self::flush).
    ///
    /// # Errors
    /// `WouldBlock` when earlier ciphertext still waits, so that memory stays bounded; errors of the stream.
    pub fn write(&mut self, io: &mut (impl Read + Write), bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(carried(fault));
        }
        if !self.held && !self.flush(io)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let accepted = self.seal(bufs)?;
        self.flush(io)?;
        Ok(accepted)
    }

    /// Sends waiting ciphertext. `true` when none is left.
    ///
    /// # Errors
    /// Errors of the stream other than `WouldBlock`.
    pub fn flush(&mut self, io: &mut impl Write) -> io::Result<bool> {
        self.held = false;
        self.speak();
        self.outgoing.send(io)
    }

    /// Says that no more will be sent (close_notify) and sends that as far as the stream takes it. A handshake that is not
    /// done ends without a word.
    pub fn close(&mut self, io: &mut impl Write) {
        if self.conn.is_handshaking() {
            return;
        }
        if self.fault.is_none() {
            self.say_close();
        }
        // The connection is given up either way; a peer that cannot be told finds out by the stream's end.
        let _ = self.flush(io);
    }

    /// Whether a read has something to say without the stream: plaintext, or the peer's end.
    pub(crate) fn speaks(&self) -> bool {
        self.buffered() || self.closed || self.ended || self.fault.is_some()
    }

    /// Plaintext may be at hand: a read looks there before it touches the stream.
    pub fn buffered(&self) -> bool {
        self.plain.len() > 0 || (self.unopened && !self.incoming.is_empty())
    }

    /// Ciphertext waits for the stream to become writable.
    pub fn wants_write(&self) -> bool {
        !self.outgoing.is_empty() || self.conn.wants_write()
    }

    /// As [`wants_write`](Self::wants_write), but for a last flight that waits for the first data.
    pub(crate) fn stuck(&self) -> bool {
        self.wants_write() && !self.held
    }

    /// The last read of the stream got less than it had room for, or would have blocked: another brings nothing
    /// before the stream is readable again, unless it was closed meanwhile.
    pub fn drained(&self) -> bool {
        self.drained
    }

    /// How the peer's side stands.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Looks at a connection that waits in the pool: reads what the peer has sent beside application data (session
    /// tickets), until the stream has no more. `true` when the connection can still be used; not when it has ended, failed,
    /// or brought data that nobody asked for.
    pub fn probe(&mut self, io: &mut (impl Read + Write)) -> bool {
        let usable = loop {
            if self.plain.len() > 0 || self.fault.is_some() {
                break false;
            }
            if self.unopened {
                if self.open(io, &mut []).is_err() {
                    break false;
                }
                continue;
            }
            if self.closed || self.ended {
                break false;
            }
            if let Err(error) = self.fill(io) {
                break error.kind() == io::ErrorKind::WouldBlock;
            }
        };
        self.incoming.park();
        usable
    }

    /// Gives memory back that a burst of data has left. For a connection that waits in the pool.
    pub fn rest(&mut self) {
        self.incoming.park();
        self.outgoing.park();
    }

    /// What is known so far; complete when the handshake is `Done`.
    pub fn report(&self) -> Arc<TlsReport> {
        self.report.clone()
    }

    /// The fault that ended the channel, if one did.
    pub fn fault(&self) -> Option<&TlsFault> {
        self.fault.as_deref()
    }

    /// The policy under which the connection was made.
    pub fn policy(&self) -> &TlsPolicy {
        &self.config.policy
    }

    /// Reads the stream once. The end of the stream is noted.
    fn fill(&mut self, io: &mut (impl Read + Write)) -> io::Result<()> {
        if let Some(fault) = &self.fault {
            return Err(carried(fault));
        }
        if self.held {
            self.flush(io)?;
        }
        self.ended = self.receive(io)? == 0;
        Ok(())
    }

    fn receive(&mut self, io: &mut impl Read) -> io::Result<usize> {
        loop {
            match self.incoming.receive(io) {
                Ok((bytes, short)) => {
                    self.drained = short;
                    self.unopened = bytes > 0;
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.drained = error.kind() == io::ErrorKind::WouldBlock;
                    return Err(error);
                }
            }
        }
    }

    /// Opens what has come, up to a record of plaintext, and sends what it calls for. The plaintext is in `room`, what does not
    /// fit there is kept.
    fn open(&mut self, io: &mut (impl Read + Write), room: &mut [u8]) -> io::Result<usize> {
        let opened = self.digest(room);
        // Answers to what came: alerts, key updates.
        let sent = if self.wants_write() { self.flush(io) } else { Ok(true) };
        match opened {
            Ok(bytes) if bytes > 0 => Ok(bytes),
            Ok(bytes) => sent.map(|_| bytes),
            Err(error) => {
                let mut fault = self.fault_of(&error);
                fault.report = Some(self.report.clone());
                let carried = carried(&fault);
                self.fault = Some(Box::new(fault));
                Err(carried)
            }
        }
    }

    /// Processes what was read in a handshake, and takes the note that verifier and chooser may have left.
    fn process(&mut self) -> Result<(), Error> {
        Note::begin(self.unsettled.is_some());
        let processed = self.digest(&mut []);
        let note = Note::take();
        if note.chain.is_some() || note.asked.is_some() {
            let report = Arc::make_mut(&mut self.report);
            if let Some(chain) = note.chain {
                report.chain = chain;
            }
            if let Some(verdict) = note.verdict {
                report.verdict = verdict;
            }
            if let Some(issuers) = note.asked {
                report.client_asked = true;
                report.issuers = issuers;
            }
        }
        if let Some((lacking, ocsp)) = note.unsettled {
            self.unsettled = Some(Box::new(Unsettled::new(lacking, ocsp.into())));
        }
        processed.map(drop)
    }

    fn finish(&mut self, io: &mut (impl Read + Write)) -> Handshake {
        if self.report.protocol == 0 {
            let report = Arc::make_mut(&mut self.report);
            report.complete(&self.conn);
            let mut ocsp = Arc::default();
            let leaf = self.conn.peer_certificates().and_then(|chain| chain.first());
            if let Some(passed) =
                leaf.filter(|_| report.resumed).and_then(|leaf| self.config.judge.recall(leaf))
            {
                (report.chain, report.verdict, ocsp) = (passed.chain, passed.verdict, passed.ocsp);
            }
            if report.resumed && self.config.judge.checks_revocation() {
                // A session outlives the lists that let its certificate pass.
                self.unsettled = Some(Box::new(Unsettled::new(Vec::new(), ocsp)));
                return self.settle(io, false);
            }
            if self.unsettled.is_some() {
                return self.suspend();
            }
            return self.done(io);
        }
        Handshake::Done
    }

    /// The handshake is done and the certificate holds.
    pub(super) fn done(&mut self, io: &mut (impl Read + Write)) -> Handshake {
        // contract: ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, WinHTTP error messages: "the server requests client
        // authentication"; an application that wants to go on without says so with WINHTTP_NO_CLIENT_CERT_CONTEXT.
        if self.wanted() {
            self.close(io);
            return self.failed(TlsFault::client_needed("the server asks for a client certificate"));
        }
        Handshake::Done
    }

    /// The peer asked for a client certificate and the application has said nothing about it.
    fn wanted(&self) -> bool {
        let policy = &self.config.policy;
        self.report.client_asked && policy.client.is_none() && !policy.no_client
    }

    fn fault_of(&self, error: &Error) -> TlsFault {
        if matches!(error, Error::InvalidCertificate(_)) && self.report.verdict.fatal() != 0 {
            return TlsFault::certificate(reported(self.report.verdict), error);
        }
        // A ServerHello has come: it does speak TLS.
        let greeted = self.conn.protocol_version().is_some();
        let shown = self.report.client_asked && self.config.policy.client.is_some();
        TlsFault::of_protocol(error, greeted, self.wanted(), shown)
    }

    pub(super) fn failed(&mut self, mut fault: TlsFault) -> Handshake {
        Arc::make_mut(&mut self.report).complete(&self.conn);
        fault.report = Some(self.report.clone());
        self.fault = Some(Box::new(fault.clone()));
        Handshake::Failed(fault)
    }
}

/// The host as the TLS library wants it. Brackets and zone of an IPv6 address go; so does a final dot (RFC 6066 section 3).
pub(crate) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let bare = match bare.split_once('%') {
        Some((address, _zone)) if address.contains(':') => address,
        _ => bare,
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    ServerName::try_from(bare).ok().map(|name| name.to_owned())
}

/// The fault as the cause of an I/O error.
fn carried(fault: &TlsFault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_become_names_or_addresses() {
        for (host, dns) in [
            ("example.org", true),
            ("example.org.", true),
            ("a_b.example", true),
            ("127.0.0.1", false),
            ("[::1]", false),
            ("fe80::1%eth0", false),
        ] {
            let name = server_name(host).expect(host);
            assert_eq!(matches!(name, ServerName::DnsName(_)), dns, "{host}");
        }
        for host in ["", "a b", "-", "..", "[::1", "\u{e9}.example"] {
            assert!(server_name(host).is_none(), "{host}");
        }
    }
}
