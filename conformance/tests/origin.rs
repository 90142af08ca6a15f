//! The origin does what its script says.
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use winhttp_conformance::origin::{Answer, Conn, Origin, Routes, Script, Step};

fn dial(origin: &Origin) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", origin.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

fn talk(stream: &mut TcpStream, request: &str, until: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = Vec::new();
    let mut block = [0u8; 1000];
    while !String::from_utf8_lossy(&text).contains(until) {
        let n = stream.read(&mut block).unwrap();
        if n == 0 {
            break;
        }
        text.extend_from_slice(&block[..n]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn sends_exact_bytes_and_records_the_request() {
    let origin =
        Origin::start(Script::new().conn(Conn::new().request().send("HTTP/1.1 200 Fine\r\n\r\nx").close()))
            .unwrap();
    let mut stream = dial(&origin);
    let mut text = String::new();
    let sent = b"POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nX-One: 1\r\n\r\nabc";
    stream.write_all(sent).unwrap();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "HTTP/1.1 200 Fine\r\n\r\nx");
    let requests = origin.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].method(), requests[0].path()), ("POST".into(), "/a?b".into()));
    assert_eq!(requests[0].header("x-one").as_deref(), Some("1"));
    assert_eq!(requests[0].body, b"abc");
    assert_eq!(origin.bytes(0), sent);
}

#[test]
fn reads_a_chunked_body() {
    let origin = Origin::start(Script::new().conn(Conn::new().request().reply(200, "ok"))).unwrap();
    let mut stream = dial(&origin);
    let answer = talk(
        &mut stream,
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "ok",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), "{answer}");
    assert_eq!(origin.requests()[0].body, b"abcde");
}

#[test]
fn resets() {
    let origin = Origin::start(Script::new().conn(Conn::new().request().reset())).unwrap();
    let mut stream = dial(&origin);
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let error = stream.read(&mut [0u8; 10]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn again_serves_a_second_request_on_the_connection() {
    let origin = Origin::start(Script::new().every(Conn::new().request().reply(200, "ok").again())).unwrap();
    let mut stream = dial(&origin);
    for _ in 0..2 {
        assert!(talk(&mut stream, "GET / HTTP/1.1\r\n\r\n", "ok").ends_with("ok"));
    }
    assert_eq!((origin.connections(), origin.requests().len()), (1, 2));
}

#[test]
fn half_close_keeps_reading() {
    let origin =
        Origin::start(Script::new().conn(Conn::new().step(Step::Read(1)).half_close().request())).unwrap();
    let mut stream = dial(&origin);
    stream.write_all(b"!").unwrap();
    assert_eq!(stream.read(&mut [0u8; 10]).unwrap(), 0);
    stream.write_all(b"GET /late HTTP/1.1\r\n\r\n").unwrap();
    assert!(origin.wait_requests(1, Duration::from_secs(5)));
    assert_eq!(origin.requests()[0].path(), "/late");
}

#[test]
fn drop_frees_a_silent_connection_quickly() {
    let origin = Origin::start(Script::new().every(Conn::new().request().hold())).unwrap();
    let mut stream = dial(&origin);
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(origin.wait_requests(1, Duration::from_secs(5)));
    let begun = Instant::now();
    drop(origin);
    assert!(begun.elapsed() < Duration::from_secs(10), "the origin hung: {:?}", begun.elapsed());
    assert!(!matches!(stream.read(&mut [0u8; 10]), Ok(n) if n > 0));
}

#[test]
fn routes_answer_by_path_and_keep_the_connection() {
    let origin = Origin::serve(
        Routes::new()
            .fixed("/hello", "hello")
            .chunked("/chunked", &["one", "two"])
            .counted("/many", 1_000_000)
            .echo("/echo")
            .redirect("/old", 302, "/hello")
            .on("/who", |r| Answer::new(200, r.method())),
    )
    .unwrap();
    let mut stream = dial(&origin);
    assert!(talk(&mut stream, "GET /hello?x HTTP/1.1\r\n\r\n", "hello").ends_with("\r\n\r\nhello"));
    let chunked = talk(&mut stream, "GET /chunked HTTP/1.1\r\n\r\n", "0\r\n\r\n");
    assert!(chunked.ends_with("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), "{chunked}");
    assert!(
        talk(&mut stream, "POST /echo HTTP/1.1\r\nContent-Length: 4\r\n\r\nback", "back").ends_with("back")
    );
    assert!(talk(&mut stream, "GET /old HTTP/1.1\r\n\r\n", "\r\n\r\n").contains("Location: /hello\r\n"));
    assert!(talk(&mut stream, "GET /who HTTP/1.1\r\n\r\n", "GET").ends_with("GET"));
    assert!(talk(&mut stream, "GET /none HTTP/1.1\r\n\r\n", "found").starts_with("HTTP/1.1 404 "));
    stream.write_all(b"GET /many HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > 1_000_000 && rest.len() < 1_000_200, "{}", rest.len());
    assert_eq!(origin.connections(), 1);
}

#[test]
fn a_closed_port_refuses() {
    let port = Origin::closed_port().unwrap();
    let error = TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[cfg(feature = "tls")]
mod tls {
    use super::*;
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
    use std::sync::Arc;
    use winhttp_conformance::origin::certificates::{Authority, ClientAuth, Kind};

    fn client(authority: &Authority, origin: &Origin) -> Result<String, String> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap()).unwrap();
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = rustls::StreamOwned::new(session, dial(origin));
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").map_err(|e| e.to_string())?;
        let mut text = [0u8; 100];
        let n = stream.read(&mut text).map_err(|e| e.to_string())?;
        Ok(String::from_utf8_lossy(&text[..n]).into_owned())
    }

    #[test]
    fn every_kind_of_certificate_has_its_fault_and_no_other() {
        let authority = Authority::new().unwrap();
        for kind in Kind::ALL {
            let script = Script::new()
                .every(Conn::new().tls(authority.offer(kind).unwrap()).request().reply(200, "ok"));
            let origin = Origin::start(script).unwrap();
            assert!(origin.url().starts_with("https://"));
            let got = client(&authority, &origin);
            let expected = match kind {
                Kind::Good | Kind::NoCrl | Kind::Revoked => "HTTP/1.1 200 OK",
                Kind::Untrusted => "UnknownIssuer",
                Kind::Expired | Kind::AllFaults => "expired",
                Kind::NotYet => "not valid yet",
                Kind::WrongName => "not valid for name",
                Kind::WrongUsage => "does not allow extended key usage",
                _ => unreachable!(),
            };
            let text = match &got {
                Ok(t) | Err(t) => t,
            };
            assert!(text.contains(expected), "{kind:?}: {got:?}");
        }
    }

    #[test]
    fn a_demanded_client_certificate_fails_a_client_without_one() {
        let authority = Authority::new().unwrap();
        let offer = authority.offer_with(Kind::Good, ClientAuth::Required, false).unwrap();
        let origin =
            Origin::start(Script::new().every(Conn::new().tls(offer).request().reply(200, "ok"))).unwrap();
        let error = client(&authority, &origin).unwrap_err();
        assert!(error.contains("CertificateRequired"), "{error}");
        let (certificate, key) = authority.client_pem().unwrap();
        assert!(CertificateDer::from_pem_slice(certificate.as_bytes()).is_ok());
        assert!(key.contains("PRIVATE KEY"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_port_neither_takes_nor_refuses() {
    let full = winhttp_conformance::origin::Full::start().unwrap();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], full.port()));
    let error = TcpStream::connect_timeout(&address, Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

/// A client's frame with the key of RFC 6455 section 5.7.
fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let masked: Vec<u8> = payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    [&[first, 0x80 | payload.len() as u8], &key[..], &masked].concat()
}

#[test]
fn a_websocket_is_upgraded_echoed_and_recorded() {
    use winhttp_conformance::origin::websocket::{close_frame, frame};
    let script = Script::new().conn(Conn::new().upgrade().send(frame(0x81, b"hello")).echo());
    let origin = Origin::start(script).unwrap();
    let mut stream = dial(&origin);
    let request = "GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let head = talk(&mut stream, request, "hello");
    // RFC 6455 section 1.3.
    assert!(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    // 0x81 alone is no UTF-8.
    assert!(head.ends_with("\r\n\r\n\u{fffd}\u{5}hello"), "{head}");
    let sent = [
        client_frame(0x01, b"ab"),
        client_frame(0x89, b"?"),
        client_frame(0x80, b""),
        client_frame(0x88, b"\x03\xe8ok"),
    ];
    stream.write_all(&sent.concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let expected = [frame(0x01, b"ab"), frame(0x8a, b"?"), frame(0x80, b""), close_frame(1000, b"ok")];
    assert_eq!(answer, expected.concat());
    let texts: Vec<String> = origin.frames().iter().map(|f| f.text()).collect();
    assert_eq!(texts, ["text+ 2 ab", "ping 1 ?", "more 0", "close 4 \u{3}\u{e8}ok"]);
    assert!(origin.frames().iter().all(|f| f.masked));
}

#[test]
fn a_frame_without_a_mask_is_told() {
    let origin = Origin::start(
        Script::new()
            .conn(Conn::new().upgrade().step(Step::AwaitFrame(None, Duration::from_secs(5))).close()),
    )
    .unwrap();
    let mut stream = dial(&origin);
    let mut answer = Vec::new();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n\xc1\x01a").unwrap();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(origin.frames()[0].text(), "unmasked reserved text 1 a");
}
