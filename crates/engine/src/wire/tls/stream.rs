//! One TLS connection, driven step by step over a stream that it does not own.

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, Error};

use super::settle::Unsettled;
use super::{Note, TlsConfig, TlsConfigs, TlsFault, TlsPolicy, TlsReport};
use crate::wire::verdict::reported;

/// Ciphertext that may wait for the socket, in bytes of plaintext: four full records, one system call.
const OUTGOING: usize = 64 * 1024;

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
    pub(super) conn: Box<ClientConnection>,
    pub(super) config: Arc<TlsConfig>,
    pub(super) report: Arc<TlsReport>,
    fault: Option<Box<TlsFault>>,
    /// The host, where the chain may have to be judged again.
    pub(super) name: Option<ServerName<'static>>,
    /// The verdict is not the last word.
    pub(super) unsettled: Option<Box<Unsettled>>,
    /// The last read of the stream got less than it could take.
    drained: bool,
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
        let mut conn = ClientConnection::new(config.client.clone(), name).map_err(TlsFault::channel)?;
        conn.set_buffer_limit(Some(OUTGOING));
        Ok(Self {
            conn: Box::new(conn),
            config,
            report: Arc::default(),
            fault: None,
            name: kept,
            unsettled: None,
            drained: false,
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
                self.held = self.conn.wants_write();
                return self.finish(io);
            }
            let flushed = match self.flush(io) {
                Ok(flushed) => flushed,
                Err(error) => return self.failed(TlsFault::of_transport(&error)),
            };
            if !self.conn.is_handshaking() {
                return if flushed { self.finish(io) } else { Handshake::WantWrite };
            }
            match self.conn.read_tls(&mut Metered { io, short: &mut self.drained }) {
                Ok(0) => {
                    return self.failed(TlsFault::connection("the peer closed during the handshake"));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
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
        let mut dry = false;
        loop {
            match self.conn.reader().read(&mut buf[filled..]) {
                Ok(0) if filled == buf.len() => return Ok(filled),
                Ok(0) => {
                    self.ending = Ending::CloseNotify;
                    return Ok(filled);
                }
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.ending = Ending::Truncated;
                    return Ok(filled);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if filled == buf.len() || (dry && filled > 0) {
                return Ok(filled);
            }
            match self.fill(io) {
                Ok(()) => dry = self.drained,
                Err(_) if filled > 0 => return Ok(filled),
                // What came before the fault still counts.
                Err(error) => return self.conn.reader().read(buf).ok().filter(|n| *n > 0).ok_or(error),
            }
        }
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
        let accepted = self.conn.writer().write_vectored(bufs)?;
        self.flush(io)?;
        Ok(accepted)
    }

    /// Sends waiting ciphertext. `true` when none is left.
    ///
    /// # Errors
    /// Errors of the stream other than `WouldBlock`.
    pub fn flush(&mut self, io: &mut (impl Read + Write)) -> io::Result<bool> {
        self.held = false;
        while self.conn.wants_write() {
            match self.conn.write_tls(io) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Says that no more will be sent (close_notify) and sends that as far as the stream takes it.
    pub fn close(&mut self, io: &mut (impl Read + Write)) {
        self.conn.send_close_notify();
        // The connection is given up either way; a peer that cannot be told finds out by the stream's end.
        let _ = self.flush(io);
    }

    /// Plaintext is at hand: a read gives it without touching the stream.
    pub fn buffered(&mut self) -> bool {
        self.conn.reader().into_first_chunk().is_ok_and(|chunk| !chunk.is_empty())
    }

    /// Ciphertext waits for the stream to become writable.
    pub fn wants_write(&self) -> bool {
        self.conn.wants_write()
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
        loop {
            match self.conn.reader().into_first_chunk() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => return false,
            }
            match self.fill(io) {
                Ok(()) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Gives memory back that a burst of data has left. For a connection that waits in the pool.
    pub fn rest(&mut self) {
        // A read that brings nothing lets the TLS library cut its input buffer back to one small read.
        let _ = self.conn.read_tls(&mut Nothing);
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

    /// Reads the stream once and processes what came.
    fn fill(&mut self, io: &mut (impl Read + Write)) -> io::Result<()> {
        if let Some(fault) = &self.fault {
            return Err(carried(fault));
        }
        if self.held {
            self.flush(io)?;
        }
        loop {
            match self.conn.read_tls(&mut Metered { io, short: &mut self.drained }) {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let processed = self.process();
        // Answers to what came: alerts, key updates.
        let sent = if self.conn.wants_write() { self.flush(io) } else { Ok(true) };
        if let Err(error) = processed {
            let mut fault = self.fault_of(&error);
            fault.report = Some(self.report.clone());
            let carried = carried(&fault);
            self.fault = Some(Box::new(fault));
            return Err(carried);
        }
        sent.map(drop)
    }

    /// Processes what was read, and takes the note that verifier and chooser may have left.
    fn process(&mut self) -> Result<(), Error> {
        if !self.conn.is_handshaking() {
            return self.conn.process_new_packets().map(drop);
        }
        Note::begin(self.unsettled.is_some());
        let processed = self.conn.process_new_packets();
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

/// Notes whether a read got less than it had room for.
struct Metered<'a, R> {
    io: &'a mut R,
    short: &'a mut bool,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.io.read(buf);
        *self.short = match &got {
            Ok(n) => *n < buf.len(),
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        got
    }
}

/// A stream that has nothing.
struct Nothing;

impl Read for Nothing {
    fn read(&mut self, _buf: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
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
