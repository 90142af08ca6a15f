//! A server that stalls, resets, closes, talks nonsense or downgrades at every step of the handshake: each ends in its error,
//! within the request's limits, and no byte of the request is sent.

mod verdict_support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use verdict_support::{Identity, authority, server, server_config_with};
use winhttp_abi as abi;
use winhttp_engine::api::{Event, Session};
use winhttp_engine::{Error, option};

/// The limit of a server that stalls, in milliseconds; and of one that does something, on a machine that is busy.
const SHORT: u32 = 400;
const LONG: u32 = 20_000;
const TIMEOUT: u32 = abi::ERROR_WINHTTP_TIMEOUT;
const CONNECTION: u32 = abi::ERROR_WINHTTP_CONNECTION_ERROR;
const CHANNEL: u32 = abi::ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
const CHANNEL_BIT: u32 = abi::WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR;

/// What the server does instead of going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Stall,
    Close,
    Reset,
    /// Bytes that are no record.
    Nonsense,
    /// A record that holds nothing of TLS.
    EmptyWords,
    /// An alert that ends it.
    Alert,
}

const TURNS: [Turn; 6] =
    [Turn::Stall, Turn::Close, Turn::Reset, Turn::Nonsense, Turn::EmptyWords, Turn::Alert];

/// Where the records of these bytes begin, and the middle of each.
fn steps(flight: &[u8]) -> Vec<usize> {
    let mut steps = Vec::new();
    let mut at = 0;
    while at + 5 <= flight.len() {
        let length = usize::from(flight[at + 3]) << 8 | usize::from(flight[at + 4]);
        steps.extend([at, at + 3, at + 5 + length / 2]);
        at += 5 + length;
    }
    steps
}

fn turn(mut stream: TcpStream, turn: Turn) {
    match turn {
        Turn::Stall => {
            // Until the client gives up.
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.read(&mut [0; 1024]);
        }
        Turn::Close => drop(stream.shutdown(Shutdown::Write)),
        Turn::Reset => {
            let linger = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
            linger.expect("socket");
        }
        Turn::Nonsense => drop(stream.write_all(&[0x5a; 20_000])),
        Turn::EmptyWords => drop(stream.write_all(&[&[0x16, 3, 3, 0x10, 0][..], &[0; 4096]].concat())),
        Turn::Alert => drop(stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40])),
    }
    if turn != Turn::Reset {
        // What the client still says is taken, so that closing does not become a reset.
        let mut rest = [0; 1024];
        while stream.read(&mut rest).is_ok_and(|bytes| bytes > 0) {}
    }
}

/// Serves one connection up to this many bytes of its own, then takes the turn. How many there would have been.
fn serve(listener: &TcpListener, config: &Arc<ServerConfig>, upto: usize, then: Turn) -> Vec<u8> {
    let (mut stream, _) = listener.accept().expect("connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("socket");
    let mut conn = ServerConnection::new(config.clone()).expect("server");
    let mut sent = Vec::new();
    loop {
        let mut out = Vec::new();
        while conn.wants_write() {
            conn.write_tls(&mut out).expect("memory");
        }
        sent.extend_from_slice(&out);
        let already = sent.len() - out.len();
        let most = upto.saturating_sub(already).min(out.len());
        if stream.write_all(&out[..most]).is_err() {
            return sent;
        }
        if sent.len() >= upto && !conn.is_handshaking() || upto < sent.len() {
            turn(stream, then);
            return sent;
        }
        let mut bytes = [0; 16_384];
        let got = stream.read(&mut bytes).unwrap_or(0);
        if got == 0 {
            return sent;
        }
        conn.read_tls(&mut &bytes[..got]).expect("memory");
        if conn.process_new_packets().is_err() {
            return sent;
        }
    }
}

/// Sends one request. The bits of SECURE_FAILURE, whether SENDING_REQUEST was told, and the outcome of the send.
fn send(port: u16, pem: &str, limit: u32) -> (u32, bool, Result<(), Error>) {
    let session = Session::synchronous("test").expect("session");
    let heard = Arc::new(Mutex::new((0, false)));
    let told = heard.clone();
    session
        .on_notification(move |notification| {
            let mut told = told.lock().expect("lock");
            match notification.event {
                Event::SecureFailure(bits) => told.0 |= bits,
                Event::SendingRequest => told.1 = true,
                _ => {}
            }
        })
        .expect("callback");
    option::set_extra_roots(session.handle(), Some(pem.as_bytes())).expect("roots");
    for id in [abi::WINHTTP_OPTION_RECEIVE_TIMEOUT, abi::WINHTTP_OPTION_SEND_TIMEOUT] {
        option::set_number(session.handle(), id, limit).expect("limit");
    }
    let connect = session.connect("localhost", port).expect("connect");
    let request = connect.open("GET", "/", abi::WINHTTP_FLAG_SECURE).expect("request");
    let sent = request.send().map(drop);
    let heard = *heard.lock().expect("lock");
    (heard.0, heard.1, sent)
}

fn check(version: &'static SupportedProtocolVersion) {
    let root = authority("root");
    let identity = server(&root, &["localhost"]);
    let mut config = server_config_with(&identity, &[version], None);
    // Every handshake is a full one, and nothing of the server's follows it.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    let config = Arc::new(config);
    // The whole handshake first: it shows where its steps are.
    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").expect("port"));
    let port = listener.local_addr().expect("port").port();
    let play = |upto: usize, then: Turn| {
        let (listener, config) = (listener.clone(), config.clone());
        let serving = std::thread::spawn(move || serve(&listener, &config, upto, then));
        let began = Instant::now();
        // Where too little of a message comes, the client waits for the rest of it.
        let short = upto != usize::MAX
            && (then == Turn::Stall || (upto != 0 && matches!(then, Turn::Alert | Turn::EmptyWords)));
        let limit = if short { SHORT } else { LONG };
        let outcome = send(port, &root.pem(), limit);
        let most = Duration::from_millis(u64::from(limit) + 8_000);
        assert!(began.elapsed() < most, "{then:?} after {upto} bytes: {:?}", began.elapsed());
        (outcome, serving.join().expect("server"))
    };
    let ((bits, sending, _), flight) = play(usize::MAX, Turn::Close);
    assert!(bits == 0 && sending, "the handshake works when it is left alone");
    let steps = steps(&flight);
    assert!(steps.len() >= 6, "{steps:?}");
    for &at in &steps {
        for then in TURNS {
            let ((bits, sending, outcome), _) = play(at, then);
            let name = format!("{then:?} after {at} bytes");
            assert!(!sending, "{name}: SENDING_REQUEST was told");
            let error = outcome.expect_err(&name).0;
            let expected: &[(u32, u32)] = match then {
                Turn::Stall => &[(TIMEOUT, 0)],
                Turn::Close | Turn::Reset => &[(CONNECTION, 0)],
                // A server whose first record is none does not speak TLS.
                Turn::Nonsense if at < 5 => &[(CONNECTION, 0)],
                // In the middle of something else even an alert is nonsense, or too little of it.
                Turn::Alert if at != 0 => &[(CHANNEL, CHANNEL_BIT), (TIMEOUT, 0)],
                Turn::EmptyWords if at != 0 => &[(CHANNEL, CHANNEL_BIT), (TIMEOUT, 0)],
                Turn::Nonsense | Turn::EmptyWords | Turn::Alert => &[(CHANNEL, CHANNEL_BIT)],
            };
            assert!(expected.contains(&(error, bits)), "{name}: {error}, bits {bits:#x}");
        }
    }
}

#[test]
fn disturbed_at_every_step_of_tls_12() {
    check(&rustls::version::TLS12);
}

#[test]
fn disturbed_at_every_step_of_tls_13() {
    check(&rustls::version::TLS13);
}

/// A server's answer by hand.
fn answering(bytes: Vec<u8>) -> (u32, bool, Result<(), Error>) {
    let root = authority("root");
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let port = listener.local_addr().expect("port").port();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("socket");
        let _ = stream.read(&mut [0; 16_384]);
        let _ = stream.write_all(&bytes);
        let mut rest = [0; 1024];
        while stream.read(&mut rest).is_ok_and(|bytes| bytes > 0) {}
    });
    let outcome = send(port, &root.pem(), LONG);
    serving.join().expect("server");
    outcome
}

/// A ServerHello of an older version, or of a suite that was not offered.
#[test]
fn downgrades() {
    let hello = |version: [u8; 2], suite: [u8; 2], random: [u8; 32]| {
        let body = [&version[..], &random, &[0], &suite, &[0]].concat();
        let message = [&[2, 0, 0, body.len() as u8][..], &body].concat();
        [&[0x16, 3, 3, 0, message.len() as u8][..], &message].concat()
    };
    // RFC 8446 section 4.1.3: what a server of TLS 1.3 says when it is made to speak TLS 1.2.
    let mut downgraded = [7; 32];
    downgraded[24..].copy_from_slice(b"DOWNGRD\x01");
    for (name, bytes) in [
        ("SSL 3.0", hello([3, 0], [0, 5], [7; 32])),
        ("TLS 1.0", hello([3, 1], [0, 0x2f], [7; 32])),
        ("TLS 1.1", hello([3, 2], [0, 0x2f], [7; 32])),
        ("RSA key exchange", hello([3, 3], [0, 0x2f], [7; 32])),
        ("downgrade told", hello([3, 3], [0xc0, 0x2f], downgraded)),
        ("protocol_version", vec![0x15, 3, 1, 0, 2, 2, 70]),
        ("insufficient_security", vec![0x15, 3, 3, 0, 2, 2, 71]),
    ] {
        assert_eq!(answering(bytes), (CHANNEL_BIT, false, Err(Error(CHANNEL))), "{name}");
    }
}

/// Ten megabytes of certificates: refused by their announced length, in either version.
#[test]
fn a_flood_of_certificates() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let root = authority("root");
        let Identity { mut chain, key } = server(&root, &["localhost"]);
        let copies = (10 << 20) / (root.der().len() + 3);
        chain.extend(std::iter::repeat_n(root.der().to_vec(), copies));
        let config = Arc::new(server_config_with(&Identity { chain, key }, &[version], None));
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("port").port();
        let serving = std::thread::spawn(move || drop(serve(&listener, &config, usize::MAX, Turn::Close)));
        assert_eq!(send(port, &root.pem(), LONG), (CHANNEL_BIT, false, Err(Error(CHANNEL))), "{version:?}");
        serving.join().expect("server");
    }
}

/// A connection that has served ends in order: close_notify, then the stream's end.
#[test]
fn the_server_hears_the_end() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let root = authority("root");
        let config = Arc::new(server_config_with(&server(&root, &["localhost"]), &[version], None));
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("port").port();
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("connection");
            stream.set_read_timeout(Some(Duration::from_secs(10))).expect("socket");
            let mut conn = ServerConnection::new(config).expect("server");
            let mut tls = rustls::Stream::new(&mut conn, &mut stream);
            let mut request = [0; 1024];
            assert!(tls.read(&mut request).expect("request") > 0);
            tls.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                .expect("reply");
            // An end without close_notify would be an error here.
            assert_eq!(tls.read(&mut request).expect("close_notify"), 0);
            assert_eq!(stream.read(&mut request).expect("end"), 0);
        });
        assert_eq!(send(port, &root.pem(), LONG), (0, true, Ok(())), "{version:?}");
        serving.join().expect("server");
    }
}
