//! A floor for our own parts: mio, httparse and rustls on one thread, one GET at a time on each connection, no contract.
//!
//! It takes the flags of the C clients that it needs and prints the same line.
#![allow(clippy::print_stdout)] // The line is the output.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

struct Flags {
    work: String,
    conc: usize,
    count: usize,
    url: String,
    roots: String,
}

struct Conn {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
    ready: bool,
    head: Vec<u8>,
    /// Of the body; none before the head is whole.
    left: Option<usize>,
    began: Instant,
}

struct Floor {
    flags: Flags,
    poll: Poll,
    to: SocketAddr,
    request: Vec<u8>,
    tls: Option<Arc<ClientConfig>>,
    room: Vec<u8>,
    started: usize,
    latency: Vec<u64>,
    bytes: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let flags = flags()?;
    let (scheme, rest) = flags.url.split_once("://").ok_or("no scheme")?;
    let (host, path) = rest.split_at(rest.find('/').ok_or("no path")?);
    let tls = (scheme == "https").then(|| tls(&flags.roots)).transpose()?;
    let mut floor = Floor {
        poll: Poll::new()?,
        to: host.parse()?,
        request: format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Keep-Alive\r\n\r\n")
            .into_bytes(),
        tls: tls.map(Arc::new),
        room: vec![0; 64 * 1024],
        started: 0,
        latency: Vec::with_capacity(flags.count),
        bytes: 0,
        flags,
    };
    let (began, before) = (Instant::now(), cpu()?);
    floor.run()?;
    let (wall, cost) = (began.elapsed().as_secs_f64(), cpu()? - before);
    floor.latency.sort_unstable();
    let done = floor.latency.len();
    println!(
        "{{\"client\":\"mio\",\"done\":{done},\"errors\":0,\"bytes\":{},\"rps\":{:.1},\"p50_us\":{:.2},\
         \"cpu_us\":{:.3}}}",
        floor.bytes,
        done as f64 / wall,
        floor.latency.get(done / 2).map_or(0.0, |ns| *ns as f64 / 1e3),
        cost * 1e6 / done as f64
    );
    Ok(())
}

impl Floor {
    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        let conc = self.flags.conc;
        let mut conns = (0..conc).map(|at| self.dial(at)).collect::<io::Result<Vec<Conn>>>()?;
        let mut events = Events::with_capacity(256);
        while self.latency.len() < self.flags.count {
            self.poll.poll(&mut events, Some(Duration::from_secs(10)))?;
            if events.is_empty() {
                return Err("nothing for 10 s".into());
            }
            for event in &events {
                let at = event.token().0;
                self.serve(&mut conns[at], at)?;
            }
        }
        Ok(())
    }

    fn dial(&mut self, at: usize) -> io::Result<Conn> {
        self.started += 1;
        let began = Instant::now();
        let mut socket = TcpStream::connect(self.to)?;
        socket.set_nodelay(true)?;
        self.poll.registry().register(&mut socket, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        let name = ServerName::IpAddress(self.to.ip().into());
        let tls = match &self.tls {
            Some(config) => {
                let tls = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
                Some(Box::new(tls))
            }
            None => None,
        };
        Ok(Conn { socket, tls, ready: false, head: Vec::new(), left: None, began })
    }

    fn serve(&mut self, conn: &mut Conn, at: usize) -> Result<(), Box<dyn Error>> {
        if !conn.ready {
            match conn.tls.as_deref_mut() {
                None if conn.socket.peer_addr().is_err() => return Ok(()),
                None => {}
                Some(tls) => match tls.complete_io(&mut conn.socket) {
                    Ok(_) if tls.is_handshaking() => return Ok(()),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                    // Not connected yet.
                    Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(()),
                    outcome => drop(outcome?),
                },
            }
            conn.ready = true;
            self.send(conn)?;
            if conn.tls.is_none() {
                return Ok(());
            }
        }
        loop {
            let read = match conn.tls.as_deref_mut() {
                None => conn.socket.read(&mut self.room),
                Some(tls) => rustls::Stream::new(tls, &mut conn.socket).read(&mut self.room),
            };
            let length = match read {
                Ok(0) => return Err("the origin has closed".into()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            if self.feed(conn, length)? {
                return self.finish(conn, at);
            }
            if conn.tls.is_none() && length < self.room.len() {
                return Ok(());
            }
        }
    }

    fn send(&self, conn: &mut Conn) -> io::Result<()> {
        conn.left = None;
        conn.head.clear();
        match conn.tls.as_deref_mut() {
            None => conn.socket.write_all(&self.request),
            Some(tls) => rustls::Stream::new(tls, &mut conn.socket).write_all(&self.request),
        }
    }

    /// Whether the response is whole.
    fn feed(&mut self, conn: &mut Conn, length: usize) -> Result<bool, Box<dyn Error>> {
        let bytes = &self.room[..length];
        let (left, body) = match conn.left {
            Some(left) => (left, length),
            None => {
                conn.head.extend_from_slice(bytes);
                let mut headers = [httparse::EMPTY_HEADER; 32];
                let mut response = httparse::Response::new(&mut headers);
                let httparse::Status::Complete(end) = response.parse(&conn.head)? else { return Ok(false) };
                let all = response.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
                let all = all.ok_or("no Content-Length")?;
                (std::str::from_utf8(all.value)?.parse()?, conn.head.len() - end)
            }
        };
        self.bytes += body as u64;
        let left = left.checked_sub(body).ok_or("more than was announced")?;
        conn.left = Some(left);
        Ok(left == 0)
    }

    fn finish(&mut self, conn: &mut Conn, at: usize) -> Result<(), Box<dyn Error>> {
        self.latency.push(conn.began.elapsed().as_nanos() as u64);
        if self.started == self.flags.count {
            return Ok(());
        }
        if self.flags.work == "fresh" {
            self.poll.registry().deregister(&mut conn.socket)?;
            *conn = self.dial(at)?;
            return Ok(());
        }
        self.started += 1;
        conn.began = Instant::now();
        Ok(self.send(conn)?)
    }
}

fn flags() -> Result<Flags, Box<dyn Error>> {
    let mut flags = Flags { work: "get".into(), conc: 1, count: 1, url: String::new(), roots: String::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or("a flag needs a value");
        match word.as_str() {
            "-s" => flags.work = value()?,
            "-c" => flags.conc = value()?.parse()?,
            "-n" => flags.count = value()?.parse()?,
            "-u" => flags.url = value()?,
            "--ca" => flags.roots = value()?,
            "--resume" => {}
            "--buf" | "--hold" | "--size" => drop(value()?),
            _ => return Err(format!("unknown flag {word}").into()),
        }
    }
    flags.count = flags.count.max(flags.conc);
    Ok(flags)
}

fn tls(roots: &str) -> Result<ClientConfig, Box<dyn Error>> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots)? {
        store.add(certificate?)?;
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(store)
        .with_no_client_auth())
}

/// Processor time of this process so far, in seconds.
fn cpu() -> nix::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}
