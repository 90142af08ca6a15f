//! A name server on loopback that answers as a test tells it. It reads and writes DNS with its own few lines, so
//! that hickory is not checked against itself.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(super) const A: u16 = 1;
pub(super) const AAAA: u16 = 28;

/// How a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Udp,
    Tcp,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) name: String,
    pub(super) kind: u16,
    pub(super) via: Via,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Those of the addresses that are of the kind asked for.
    Addresses(Vec<IpAddr>),
    /// No record, and this response code.
    Code(u8),
    /// An answer cut short.
    Truncated,
    /// Nothing.
    Silence,
    /// An answer with a wrong id, then a byte that is no message, then the addresses.
    Forged(Vec<IpAddr>),
    /// The right id and then bytes that are no message.
    Garbage,
}

pub(super) struct NameServer {
    pub(super) port: u16,
    asked: Arc<Mutex<Vec<Question>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts a server that asks `script` for each reply.
    pub(super) fn start(script: impl Fn(&Question) -> Reply + Send + 'static) -> Self {
        let (udp, tcp) = sockets();
        let port = udp.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<Question>>>::default();
        let stop = Arc::<AtomicBool>::default();
        let (log, stopped) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let answer = |bytes: &[u8], via| {
                let question = question(bytes, via)?;
                log.lock().unwrap().push(question.clone());
                Some(replies(bytes, &question, &script(&question)))
            };
            while !stopped.load(Ordering::Relaxed) {
                let mut bytes = [0; 2048];
                match udp.recv_from(&mut bytes) {
                    Ok((length, from)) => {
                        for reply in answer(&bytes[..length], Via::Udp).unwrap_or_default() {
                            udp.send_to(&reply, from).unwrap();
                        }
                        continue;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => panic!("{error}"),
                }
                match tcp.accept() {
                    Ok((stream, _)) => serve(stream, &answer),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        thread::sleep(Duration::from_millis(1));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        });
        Self { port, asked, stop, thread: Some(thread) }
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> Vec<Question> {
        self.asked.lock().unwrap().clone()
    }

    /// How often a name was asked for, in either kind.
    pub(super) fn asked_for(&self, name: &str) -> usize {
        self.asked().iter().filter(|question| question.name == name).count()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking());
        }
    }
}

/// A UDP and a TCP socket on one port.
fn sockets() -> (UdpSocket, TcpListener) {
    for _ in 0..50 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address: SocketAddr = udp.local_addr().unwrap();
        if let Ok(tcp) = TcpListener::bind(address) {
            udp.set_nonblocking(true).unwrap();
            tcp.set_nonblocking(true).unwrap();
            return (udp, tcp);
        }
    }
    panic!("no port is free for both UDP and TCP");
}

/// Answers two questions at most: hickory asks for both kinds over one connection.
fn serve(mut stream: TcpStream, answer: &impl Fn(&[u8], Via) -> Option<Vec<Vec<u8>>>) {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    for _ in 0..2 {
        let mut length = [0; 2];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut bytes).is_err() {
            return;
        }
        for reply in answer(&bytes, Via::Tcp).unwrap_or_default() {
            let length = u16::try_from(reply.len()).unwrap();
            stream.write_all(&length.to_be_bytes()).unwrap();
            stream.write_all(&reply).unwrap();
        }
    }
}

/// Reads the question (RFC 1035 section 4.1.2).
fn question(bytes: &[u8], via: Via) -> Option<Question> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*bytes.get(at)?);
        let label = bytes.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(label).into_owned());
    }
    let kind = u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]);
    Some(Question { name: labels.join("."), kind, via })
}

fn replies(bytes: &[u8], question: &Question, reply: &Reply) -> Vec<Vec<u8>> {
    const TRUNCATION: u8 = 0x02;
    match reply {
        Reply::Addresses(addresses) => vec![message(bytes, question, 0, 0, addresses)],
        Reply::Code(code) => vec![message(bytes, question, 0, *code, &[])],
        Reply::Truncated => vec![message(bytes, question, TRUNCATION, 0, &[])],
        Reply::Silence => Vec::new(),
        Reply::Garbage => vec![[&bytes[..2], &[0xff; 40]].concat()],
        Reply::Forged(addresses) => {
            let right = message(bytes, question, 0, 0, addresses);
            let mut wrong = message(bytes, question, 0, 0, &[IpAddr::from([6, 6, 6, 6])]);
            wrong[1] ^= 1;
            vec![wrong, vec![1], right]
        }
    }
}

/// Writes an answer (RFC 1035 sections 4.1.1 and 4.1.3).
fn message(query: &[u8], question: &Question, flags: u8, code: u8, addresses: &[IpAddr]) -> Vec<u8> {
    let end = 12 + question.name.len() + 2 + 4;
    let fitting: Vec<Vec<u8>> = addresses
        .iter()
        .filter_map(|address| match (address, question.kind) {
            (IpAddr::V4(v4), A) => Some(v4.octets().to_vec()),
            (IpAddr::V6(v6), AAAA) => Some(v6.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut message = query[..2].to_vec();
    message.extend([0x81 | flags, 0x80 | code, 0, 1]);
    message.extend(u16::try_from(fitting.len()).unwrap().to_be_bytes());
    message.extend([0, 0, 0, 0]);
    message.extend(&query[12..end]);
    for octets in fitting {
        message.extend([0xc0, 12]);
        message.extend(question.kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 60]);
        message.extend(u16::try_from(octets.len()).unwrap().to_be_bytes());
        message.extend(octets);
    }
    message
}
