//! Revocation checked over the network: lists and responders that answer, refuse, stall and flood.

mod verdict_support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{CrlDistributionPoint, SerialNumber};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use verdict_support::forge::*;
use verdict_support::{Identity, server_config_with};
use winhttp_abi as abi;
use winhttp_engine::api::{Event, Session};
use winhttp_engine::{Error, option};

const LEAF: u64 = 7;

/// A server on loopback: one thread for each connection, all gone with it.
struct Server {
    port: u16,
    served: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Server {
    fn start(each: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("port").port();
        let (served, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, over, each) = (served.clone(), stop.clone(), Arc::new(each));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let each = each.clone();
                std::thread::spawn(move || {
                    let stream = stream.expect("connection");
                    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("socket");
                    each(stream);
                });
            }
        });
        Server { port, served, stop }
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Reads a request: its head, and the body that it announces.
fn request(stream: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).expect("head");
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().expect("length"))];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn reply(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// Answers every request with these bytes and closes.
fn answering(bytes: Vec<u8>) -> Server {
    Server::start(move |mut stream| {
        if request(&mut stream).is_some() {
            let _ = stream.write_all(&bytes);
        }
    })
}

/// A TLS server whose certificate `change` makes, and what it takes to trust it.
struct Site {
    server: Server,
    pem: String,
}

fn site(top: &Authority, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Site {
    site_with(top, change, rustls::ALL_VERSIONS)
}

fn site_with(
    top: &Authority,
    change: impl FnOnce(&mut rcgen::CertificateParams),
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Site {
    let mut params = leaf_params();
    params.subject_alt_names = vec![dns("localhost")];
    params.serial_number = Some(SerialNumber::from(LEAF));
    change(&mut params);
    let key = key();
    let chain = vec![der_of(&params.signed_by(&key, top).expect("certificate"))];
    let config: Arc<ServerConfig> = Arc::new(server_config_with(&Identity { chain, key }, versions, None));
    let server = Server::start(move |stream| {
        let conn = ServerConnection::new(config.clone()).expect("server");
        let mut stream = StreamOwned::new(conn, stream);
        while request(&mut stream).is_some() {
            if stream.write_all(&reply(b"hello")).and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
    });
    Site { server, pem: top.pem() }
}

fn pointed(url: String) -> impl FnOnce(&mut rcgen::CertificateParams) {
    move |params| params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![url] }]
}

/// Sends one request that checks revocation. The bits of SECURE_FAILURE, and the outcome.
fn send(site: &Site, limit: u32, set: impl Fn(winhttp_engine::Handle)) -> (u32, Result<(), Error>) {
    let session = Session::synchronous("test").expect("session");
    let bits = Arc::new(Mutex::new(0));
    let heard = bits.clone();
    session
        .on_notification(move |told| {
            if let Event::SecureFailure(found) = told.event {
                *heard.lock().expect("lock") = found;
            }
        })
        .expect("callback");
    option::set_extra_roots(session.handle(), Some(site.pem.as_bytes())).expect("roots");
    option::set_number(session.handle(), abi::WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, 1).expect("pool");
    if limit != 0 {
        option::set_number(session.handle(), abi::WINHTTP_OPTION_RECEIVE_TIMEOUT, limit).expect("limit");
    }
    let connect = session.connect("localhost", site.server.port).expect("connect");
    let request = connect.open("GET", "/", abi::WINHTTP_FLAG_SECURE).expect("request");
    option::set_number(
        request.handle(),
        abi::WINHTTP_OPTION_ENABLE_FEATURE,
        abi::WINHTTP_ENABLE_SSL_REVOCATION,
    )
    .expect("revocation");
    set(request.handle());
    let outcome = request.send().map(drop).and_then(|()| request.receive_response().map(drop));
    if outcome.is_ok() {
        assert_eq!(request.read_to_end().expect("body"), b"hello");
    }
    let found = *bits.lock().expect("lock");
    (found, outcome)
}

const REFUSED: Result<(), Error> = Err(Error(abi::ERROR_WINHTTP_SECURE_FAILURE));

/// From a year ago to a year from now.
fn current(issuer: &Authority, serials: &[u64]) -> Vec<u8> {
    let mut params = list_params(serials, (2020, 2021));
    let now = std::time::SystemTime::now();
    let year = Duration::from_secs(365 * 86_400);
    (params.this_update, params.next_update) = ((now - year).into(), (now + year).into());
    params.signed_by(issuer).expect("list").der().to_vec()
}

fn nothing(_: winhttp_engine::Handle) {}

#[test]
fn lists_are_fetched_once() {
    let top = root(authority_params("root"));
    let lists = answering(reply(&current(&top, &[9])));
    let url = format!("http://127.0.0.1:{}/ca.crl", lists.port);
    let good = site(&top, pointed(url.clone()));
    assert_eq!(send(&good, 0, nothing), (0, Ok(())));
    assert_eq!((good.server.served(), lists.served()), (1, 1), "one connection each");
    let bad = site(&top, move |params| {
        params.serial_number = Some(SerialNumber::from(9));
        pointed(url)(params);
    });
    assert_eq!(send(&bad, 0, nothing), (REVOKED, REFUSED));
    // Offline is no excuse for what is known.
    let lenient = |request| {
        option::set_number(request, abi::WINHTTP_OPTION_IGNORE_CERT_REVOCATION_OFFLINE, 1).expect("option");
    };
    assert_eq!(send(&bad, 0, lenient), (REVOKED, REFUSED));
    assert_eq!(send(&good, 0, lenient), (0, Ok(())));
    assert_eq!(lists.served(), 1, "kept");
}

#[test]
fn requests_share_a_fetch() {
    let top = root(authority_params("root"));
    let list = reply(&current(&top, &[9]));
    let lists = Server::start(move |mut stream| {
        let _ = request(&mut stream);
        std::thread::sleep(Duration::from_millis(300));
        let _ = stream.write_all(&list);
    });
    let site = Arc::new(site(&top, pointed(format!("http://127.0.0.1:{}/", lists.port))));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let site = site.clone();
            std::thread::spawn(move || send(&site, 0, nothing))
        })
        .collect();
    for client in clients {
        assert_eq!(client.join().expect("client"), (0, Ok(())));
    }
    assert_eq!(lists.served(), 1);
}

#[test]
fn what_cannot_be_had_fails_the_check() {
    let top = root(authority_params("root"));
    let other = root(authority_params("other"));
    let endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_vec();
    let answers = [
        ("no list", reply(b"<html>")),
        ("404", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("no HTTP", b"hello\r\n\r\n".to_vec()),
        ("nothing", Vec::new()),
        ("of another issuer", reply(&current(&other, &[]))),
        ("expired", reply(&list(&top, &[], (2020, 2021)))),
        ("cut off", [&endless[..], &[0x30; 100]].concat()),
        ("over the limit", [&endless[..], &vec![0x30; 11 << 20]].concat()),
    ];
    for (name, answer) in answers {
        let lists = answering(answer);
        let site = site(&top, pointed(format!("http://127.0.0.1:{}/", lists.port)));
        assert_eq!(send(&site, 0, nothing), (REV_FAILED, REFUSED), "{name}");
        assert_eq!(lists.served(), 1, "{name}");
        let lenient = |request| {
            option::set_number(request, abi::WINHTTP_OPTION_IGNORE_CERT_REVOCATION_OFFLINE, 1)
                .expect("option");
        };
        assert_eq!(send(&site, 0, lenient), (0, Ok(())), "{name}");
        assert_eq!(lists.served(), 1, "{name}: left alone for a while");
    }
}

/// The list's server says nothing: the request's own limit ends the wait, and that is no time-out.
#[test]
fn a_list_that_never_comes() {
    let top = root(authority_params("root"));
    let lists = Server::start(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.read(&mut [0; 4096]);
    });
    let site = site(&top, pointed(format!("http://127.0.0.1:{}/", lists.port)));
    let began = Instant::now();
    assert_eq!(send(&site, 400, nothing), (REV_FAILED, REFUSED));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn other_faults_come_with_it() {
    let top = root(authority_params("root"));
    let lists = answering(reply(&current(&top, &[LEAF])));
    let url = format!("http://127.0.0.1:{}/", lists.port);
    let faulty = site(&top, move |params| {
        pointed(url)(params);
        params.subject_alt_names = vec![dns("elsewhere.example")];
    });
    assert_eq!(send(&faulty, 0, nothing), (REVOKED | NAME, REFUSED));
    // Addresses out of certificates of strangers are left alone.
    let stranger = root(authority_params("stranger"));
    let untouched = answering(reply(b""));
    let unknown = site(&stranger, pointed(format!("http://127.0.0.1:{}/", untouched.port)));
    let unknown = Site { server: unknown.server, pem: top.pem() };
    assert_eq!(send(&unknown, 0, nothing), (CA | REV_FAILED, REFUSED));
    assert_eq!(untouched.served(), 0);
}

/// Responders are asked first; where one says nothing, the list is fetched.
#[test]
fn responders_are_asked() {
    let top = root(authority_params("root"));
    for (said, bits) in [(Said::Good, 0), (Said::Revoked, REVOKED), (Said::Unknown, 0)] {
        let answer = reply(&response(&top, LEAF, said, ("2025", "2060"), top.key(), &[]));
        let asked = Arc::new(Mutex::new(String::new()));
        let seen = asked.clone();
        let responder_ = Server::start(move |mut stream| {
            if let Some((head, body)) = request(&mut stream) {
                assert!(body.len() > 40);
                *seen.lock().expect("lock") = head;
                let _ = stream.write_all(&answer);
            }
        });
        let lists = answering(reply(&current(&top, &[9])));
        let (at, url) = (responder_.port, format!("http://127.0.0.1:{}/", lists.port));
        let site = site(&top, move |params| {
            params.custom_extensions = vec![responder(&format!("http://127.0.0.1:{at}/ocsp"))];
            pointed(url)(params);
        });
        let outcome = if bits == 0 { Ok(()) } else { REFUSED };
        assert_eq!(send(&site, 0, nothing), (bits, outcome), "{said:?}");
        let head = asked.lock().expect("lock").clone();
        assert!(head.starts_with("POST /ocsp HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("Content-Type: application/ocsp-request\r\n"), "{head}");
        assert_eq!(lists.served(), usize::from(matches!(said, Said::Unknown)), "{said:?}");
    }
}

/// A session that was begun before its verdict was settled is not resumed; one that was begun after is, and its certificate is
/// looked at again.
#[test]
fn sessions_of_condemned_connections_are_not_kept() {
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let top = root(authority_params("root"));
        let lists = answering(reply(&current(&top, &[LEAF])));
        let url = format!("http://127.0.0.1:{}/", lists.port);
        let bad = site_with(&top, pointed(url), versions);
        for _ in 0..3 {
            assert_eq!(send(&bad, 0, nothing), (REVOKED, REFUSED));
        }
        let lists = answering(reply(&current(&top, &[9])));
        let url = format!("http://127.0.0.1:{}/", lists.port);
        let good = site_with(&top, pointed(url), versions);
        for _ in 0..3 {
            assert_eq!(send(&good, 0, nothing), (0, Ok(())));
        }
        assert_eq!(lists.served(), 1);
    }
}

/// The request that waits is closed: nothing is told any more, and the fetch is nobody's.
#[test]
fn a_request_that_waits_can_be_closed() {
    let top = root(authority_params("root"));
    let lists = Server::start(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        std::thread::sleep(Duration::from_millis(500));
    });
    let site = site(&top, pointed(format!("http://127.0.0.1:{}/", lists.port)));
    let session = Session::asynchronous("test").expect("session");
    let (tell, told) = std::sync::mpsc::channel();
    session
        .on_notification(move |heard| {
            let _ = tell.send(format!("{:?}", heard.event));
        })
        .expect("callback");
    option::set_extra_roots(session.handle(), Some(site.pem.as_bytes())).expect("roots");
    let connect = session.connect("localhost", site.server.port).expect("connect");
    let request = connect.open("GET", "/", abi::WINHTTP_FLAG_SECURE).expect("request");
    option::set_number(request.handle(), abi::WINHTTP_OPTION_ENABLE_FEATURE, 1).expect("revocation");
    request.send().expect("send");
    let deadline = Instant::now() + Duration::from_secs(20);
    while lists.served() == 0 {
        assert!(Instant::now() < deadline, "the list is asked for");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(request);
    let mut lines = Vec::new();
    while let Ok(line) = told.recv_timeout(Duration::from_secs(10)) {
        lines.push(line);
        if lines.last().is_some_and(|line| line == "HandleClosing") {
            break;
        }
    }
    let last: Vec<_> = lines.iter().rev().take(2).map(String::as_str).collect();
    assert_eq!(last[0], "HandleClosing", "{lines:?}");
    assert!(last[1].starts_with("RequestError") && last[1].contains("12017"), "{lines:?}");
    assert!(told.recv_timeout(Duration::from_millis(900)).is_err(), "nothing follows");
}
