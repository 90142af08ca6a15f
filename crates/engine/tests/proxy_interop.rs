//! Requests through proxies that nobody here wrote: tinyproxy and squid.
//!
//! They run where the programs are there. Where one is missing the test says so and plays with the others;
//! `WINHTTP_INTEROP=required` makes that a failure.
#![allow(clippy::print_stdout, reason = "whoever plays it wants to know with whom")]

mod interop_support;
mod verdict_support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use interop_support::Peer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use winhttp_abi as abi;
use winhttp_engine::api::{Request, Session};
use winhttp_engine::credentials::{self, Asker};
use winhttp_engine::option;
use winhttp_engine::proxy::NamedProxy;
use winhttp_proto::auth::Login;

const USER: &str = "user";
const PASSWORD: &str = "pass-word";

/// What an origin has seen.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

/// A server that answers every request with its method and the length of its body.
fn origin(tls: Option<ServerConfig>) -> (u16, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = Arc::new(Seen::default());
    let (noted, tls) = (seen.clone(), tls.map(Arc::new));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (noted, tls) = (noted.clone(), tls.clone());
            std::thread::spawn(move || {
                noted.connections.fetch_add(1, Ordering::SeqCst);
                // A peer that leaves ends the conversation.
                let _ = match tls {
                    None => converse(stream, &noted),
                    Some(tls) => {
                        let server = ServerConnection::new(tls).expect("a server");
                        converse(StreamOwned::new(server, stream), &noted)
                    }
                };
            });
        }
    });
    (port, seen)
}

fn converse(stream: impl Read + Write, seen: &Seen) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        let method = head.split(' ').next().unwrap_or_default().to_owned();
        seen.heads.lock().expect("no panic").push(head);
        let reply = format!("{method} {length}");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", reply.len());
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(reply.as_bytes())?;
        stream.flush()?;
    }
}

/// Starts a proxy with the configuration that `write` makes of a port and a folder.
fn start(program: &str, arguments: &[&str], write: impl Fn(u16, &Path) -> String) -> Option<Peer> {
    interop_support::start(program, Duration::from_secs(60), |port, folder| {
        let file = folder.join("configuration");
        std::fs::write(&file, write(port, folder)).expect("a file");
        let mut command = Command::new(program);
        command.args(arguments).arg(&file);
        command
    })
}

fn tinyproxy(login: bool) -> Option<Peer> {
    start("tinyproxy", &["-d", "-c"], |port, _| {
        let login = if login { format!("BasicAuth {USER} {PASSWORD}\n") } else { String::new() };
        format!(
            "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 20\nLogLevel Critical\n{login}"
        )
    })
}

fn squid(scheme: u32) -> Option<Peer> {
    start("squid", &["-N", "-f"], |port, folder| {
        let place = folder.display();
        let passwords = folder.join("passwords");
        let auth = match scheme {
            abi::WINHTTP_AUTH_SCHEME_BASIC => {
                std::fs::write(&passwords, format!("{USER}:{}\n", crypted())).expect("a file");
                format!(
                    "auth_param basic program /usr/lib/squid/basic_ncsa_auth {place}/passwords\nauth_param basic realm test\n"
                )
            }
            _ => {
                std::fs::write(&passwords, format!("{USER}:{PASSWORD}\n")).expect("a file");
                format!(
                    "auth_param digest program /usr/lib/squid/digest_file_auth {place}/passwords\nauth_param digest realm test\n"
                )
            }
        };
        format!(
            "{auth}http_port 127.0.0.1:{port}\npid_filename none\naccess_log none\ncache_log {place}/log\ncache deny all\n\
             coredump_dir {place}\npinger_enable off\nshutdown_lifetime 0 seconds\nacl known proxy_auth REQUIRED\n\
             http_access allow known\nhttp_access deny all\n"
        )
    })
}

/// The password as squid's helper keeps it.
fn crypted() -> String {
    let output = Command::new("openssl").args(["passwd", "-1", PASSWORD]).output().expect("openssl");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// Who one says one is.
#[derive(Clone, Copy)]
enum Who {
    Nobody,
    /// WinHttpSetCredentials.
    Set(u32, &'static str),
    /// The options.
    Option(&'static str),
}

struct Client {
    session: Session,
    plain: u16,
    tls: u16,
}

impl Client {
    fn new(proxy: &Peer, plain: u16, tls: u16, roots: &str) -> Client {
        let session = Session::synchronous("interop").expect("a session");
        let named = NamedProxy::new(&format!("127.0.0.1:{}", proxy.port), "").expect("a list");
        option::set_proxy(session.handle(), Some(Arc::new(named))).expect("a proxy");
        let roots = (!roots.is_empty()).then_some(roots.as_bytes());
        option::set_extra_roots(session.handle(), roots).expect("roots");
        Client { session, plain, tls }
    }

    fn request(&self, method: &str, secure: bool, who: Who) -> Request {
        let port = if secure { self.tls } else { self.plain };
        let connect = self.session.connect("localhost", port).expect("a connect");
        let flags = if secure { abi::WINHTTP_FLAG_SECURE } else { 0 };
        let request = connect.open(method, "/path?query", flags).expect("a request");
        let login = |password: &str| Login { user: USER.into(), password: password.into() };
        match who {
            Who::Nobody => {}
            Who::Set(scheme, password) => {
                credentials::set(request.handle(), Asker::Proxy, scheme, Some(login(password)))
                    .expect("credentials");
            }
            Who::Option(password) => {
                for (id, text) in [
                    (abi::WINHTTP_OPTION_PROXY_USERNAME, USER),
                    (abi::WINHTTP_OPTION_PROXY_PASSWORD, password),
                ] {
                    option::set_text(request.handle(), id, text).expect("an option");
                }
            }
        }
        request
    }

    /// Status and body of a GET.
    fn get(&self, secure: bool, who: Who) -> (u16, Vec<u8>) {
        let request = self.request("GET", secure, who);
        request.send().expect("a send");
        request.receive_response().expect("a reply");
        (request.status().expect("a status"), request.read_to_end().expect("a body"))
    }
}

/// What holds for every proxy that lets one through.
fn passes(name: &str, proxy: &Peer, who: Who) {
    let authority = verdict_support::authority("interop");
    let identity = verdict_support::server(&authority, &["localhost"]);
    let roots = authority.pem();
    let (plain, plainly) = origin(None);
    let (tls, secretly) = origin(Some(verdict_support::server_config(&identity)));
    let client = Client::new(proxy, plain, tls, &roots);
    for secure in [false, true, true] {
        assert_eq!(client.get(secure, who), (200, b"GET 0".to_vec()), "{name}");
    }
    assert_eq!(secretly.connections.load(Ordering::SeqCst), 1, "{name}: the tunnel serves the next request");

    // Squid keeps a connection open after the 407 to a large body and answers nothing there any more: what has to be
    // sent twice is small.
    for (secure, size) in [(false, 2_000), (true, 200_000)] {
        let request = client.request("POST", secure, who);
        request.send_with(vec![b'x'; size], size as u32).expect("a send");
        request.receive_response().expect("a reply");
        let body = request.read_to_end().expect("a body");
        assert_eq!(String::from_utf8_lossy(&body), format!("POST {size}"), "{name}");
    }
    // Written piece by piece: in a tunnel the proxy's question has been answered by then.
    let request = client.request("PUT", true, who);
    request.send_with(Vec::new(), 6).expect("a send");
    for part in [&b"abc"[..], b"def"] {
        request.write(part.to_vec()).expect("a write");
    }
    request.receive_response().expect("a reply");
    assert_eq!(request.read_to_end().expect("a body"), b"PUT 6", "{name}");

    for seen in [plainly, secretly] {
        for head in seen.heads.lock().expect("no panic").iter() {
            assert!(!head.to_ascii_lowercase().contains("proxy-authorization"), "{name}: {head}");
            assert!(head.split(' ').nth(1) == Some("/path?query"), "{name}: {head}");
        }
    }

    // Nobody listens there: the proxy says so, and for a tunnel it is its page that one gets.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let lost = Client { plain: free, tls: free, ..client };
    for secure in [false, true] {
        let request = lost.request("GET", secure, who);
        request.send().expect("a send");
        request.receive_response().expect("a reply");
        assert!((500..600).contains(&request.status().expect("a status")), "{name}");
        let tunnel = option::number(request.handle(), abi::WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE);
        assert_eq!(tunnel, Ok(u32::from(secure)), "{name}");
        assert!(!request.read_to_end().expect("a page").is_empty(), "{name}");
    }
    println!("played with {name}");
}

/// What holds for every proxy that asks who one is.
fn asks(name: &str, proxy: &Peer, scheme: u32) {
    let (plain, seen) = origin(None);
    let client = Client::new(proxy, plain, plain, "");
    for secure in [false, true] {
        for who in [Who::Nobody, Who::Set(scheme, "wrong"), Who::Option("wrong")] {
            let request = client.request("GET", secure, who);
            request.send().expect("a send");
            request.receive_response().expect("a reply");
            let status = request.status().expect("a status");
            // Tinyproxy speaks of a wrong password as a server would.
            if status == 401 && name.starts_with("tinyproxy") && !matches!(who, Who::Nobody) {
                continue;
            }
            assert_eq!(status, 407, "{name}");
            let (offer, asker) = credentials::offered(request.handle()).expect("an offer");
            assert_eq!((offer.supported, asker), (scheme, Asker::Proxy), "{name}");
        }
    }
    assert_eq!(seen.connections.load(Ordering::SeqCst), 0, "{name}: nothing has come through");
}

#[test]
fn through_tinyproxy() {
    if let Some(proxy) = tinyproxy(false) {
        passes("tinyproxy", &proxy, Who::Nobody);
    }
    if let Some(proxy) = tinyproxy(true) {
        let scheme = abi::WINHTTP_AUTH_SCHEME_BASIC;
        asks("tinyproxy with a login", &proxy, scheme);
        for who in [Who::Set(scheme, PASSWORD), Who::Option(PASSWORD)] {
            passes("tinyproxy with a login", &proxy, who);
        }
    }
}

#[test]
fn through_squid() {
    for (name, scheme) in
        [("squid, Basic", abi::WINHTTP_AUTH_SCHEME_BASIC), ("squid, Digest", abi::WINHTTP_AUTH_SCHEME_DIGEST)]
    {
        let Some(proxy) = squid(scheme) else { continue };
        asks(name, &proxy, scheme);
        for who in [Who::Set(scheme, PASSWORD), Who::Option(PASSWORD)] {
            passes(name, &proxy, who);
        }
    }
}
