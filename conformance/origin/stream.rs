//! One accepted connection, plain or TLS, whose reads and writes end when the origin is dropped.
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::{PATIENCE, Shared};

/// How long a blocking call may last before it looks whether the origin is being dropped.
const TICK: Duration = Duration::from_millis(40);

enum Layer {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>),
    Gone,
}

/// A connection and the bytes read ahead of what was asked for.
pub(crate) struct Stream<'a> {
    layer: Layer,
    shared: &'a Shared,
    connection: usize,
    ahead: Vec<u8>,
    patience: Duration,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(shared: &'a Shared, connection: usize, socket: TcpStream) -> io::Result<Self> {
        socket.set_read_timeout(Some(TICK))?;
        socket.set_write_timeout(Some(TICK))?;
        Ok(Stream { layer: Layer::Plain(socket), shared, connection, ahead: Vec::new(), patience: PATIENCE })
    }

    pub(crate) fn shared(&self) -> &'a Shared {
        self.shared
    }

    pub(crate) fn connection(&self) -> usize {
        self.connection
    }

    /// Changes how long one read or write waits for the peer.
    pub(crate) fn be_patient(&mut self, time: Duration) {
        self.patience = time;
    }

    fn socket(&self) -> io::Result<&TcpStream> {
        match &self.layer {
            Layer::Plain(socket) => Ok(socket),
            #[cfg(feature = "tls")]
            Layer::Tls(tls) => Ok(&tls.sock),
            Layer::Gone => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn patiently<T>(&mut self, mut once: impl FnMut(&mut Layer) -> io::Result<T>) -> io::Result<T> {
        let end = Instant::now() + self.patience;
        loop {
            match once(&mut self.layer) {
                Err(e)
                    if matches!(
                        e.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) =>
                {
                    if self.shared.stopping() || Instant::now() >= end {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                other => return other,
            }
        }
    }

    /// Reads what has come, waiting for at least one byte; 0 at the peer's end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let n = into.len().min(self.ahead.len());
            into[..n].copy_from_slice(&self.ahead[..n]);
            self.ahead.drain(..n);
            return Ok(n);
        }
        let n = self.patiently(|layer| match layer {
            Layer::Plain(socket) => socket.read(into),
            #[cfg(feature = "tls")]
            Layer::Tls(tls) => tls.read(into),
            Layer::Gone => Ok(0),
        })?;
        self.shared.record_raw(self.connection, &into[..n]);
        Ok(n)
    }

    /// Gives bytes back that belong to what comes next.
    pub(crate) fn unread(&mut self, bytes: &[u8]) {
        self.ahead.splice(0..0, bytes.iter().copied());
    }

    /// Writes everything.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = self.patiently(|layer| match layer {
                Layer::Plain(socket) => socket.write(bytes),
                #[cfg(feature = "tls")]
                Layer::Tls(tls) => tls.write(bytes),
                Layer::Gone => Err(ErrorKind::BrokenPipe.into()),
            })?;
            if n == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            bytes = &bytes[n..];
        }
        self.patiently(|layer| match layer {
            #[cfg(feature = "tls")]
            Layer::Tls(tls) => tls.flush(),
            _ => Ok(()),
        })
    }

    /// Takes the TLS handshake as the server.
    #[cfg(feature = "tls")]
    pub(crate) fn handshake(&mut self, config: std::sync::Arc<rustls::ServerConfig>) -> io::Result<()> {
        let Layer::Plain(socket) = std::mem::replace(&mut self.layer, Layer::Gone) else {
            return Err(ErrorKind::Unsupported.into());
        };
        let server = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
        let tls = rustls::StreamOwned::new(server, socket);
        self.layer = Layer::Tls(Box::new(tls));
        let end = Instant::now() + PATIENCE;
        loop {
            let Layer::Tls(tls) = &mut self.layer else { return Err(ErrorKind::NotConnected.into()) };
            if !tls.conn.is_handshaking() {
                return Ok(());
            }
            let rustls::StreamOwned { conn, sock } = &mut **tls;
            match conn.complete_io(sock) {
                Ok(_) => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.shared.stopping() || Instant::now() >= end {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(e) => {
                    // What the peer has already sent behind its handshake must not turn the alert into a reset.
                    let _ = self.half_close();
                    self.linger();
                    return Err(e);
                }
            }
        }
    }

    /// Sends the end of what it has to say, keeps listening.
    pub(crate) fn half_close(&mut self) -> io::Result<()> {
        #[cfg(feature = "tls")]
        if let Layer::Tls(tls) = &mut self.layer {
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
        self.socket()?.shutdown(Shutdown::Write)
    }

    /// Closes both ways as a well-behaved server does: what the peer still sends is read for a moment, so that the
    /// kernel does not turn the end into a reset.
    pub(crate) fn close(&mut self) {
        if self.half_close().is_ok() && matches!(self.layer, Layer::Plain(_)) {
            self.linger();
        }
        self.layer = Layer::Gone;
    }

    /// Reads and forgets what the peer still sends, until its end or for a moment.
    fn linger(&self) {
        let end = Instant::now() + Duration::from_millis(200);
        let mut rest = [0u8; 4096];
        let Ok(mut socket) = self.socket() else { return };
        while Instant::now() < end && !self.shared.stopping() {
            match socket.read(&mut rest) {
                Ok(0) => break,
                Err(e) if !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                _ => {}
            }
        }
    }

    /// Ends the connection with a TCP reset.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        socket2::SockRef::from(self.socket()?).set_linger(Some(Duration::ZERO))?;
        self.layer = Layer::Gone;
        Ok(())
    }
}
