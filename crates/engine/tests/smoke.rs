//! First exchanges through the Rust API.
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use winhttp_engine::api::Session;

/// A server that answers every request on every connection with the same bytes.
fn serve(reply: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                let mut seen = Vec::new();
                while let Ok(read) = stream.read(&mut buffer) {
                    if read == 0 {
                        return;
                    }
                    seen.extend_from_slice(&buffer[..read]);
                    if seen.ends_with(b"\r\n\r\n") {
                        seen.clear();
                        stream.write_all(reply).unwrap();
                    }
                }
            });
        }
    });
    port
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn synchronous() {
    let port = serve(OK);
    let session = Session::synchronous("smoke").unwrap();
    let server = session.connect("127.0.0.1", port).unwrap();
    for _ in 0..3 {
        let request = server.get("/").unwrap();
        request.send().unwrap();
        request.receive_response().unwrap();
        assert_eq!(request.status().unwrap(), 200);
        assert_eq!(request.read_to_end().unwrap(), b"hello");
    }
}

#[test]
fn asynchronous() {
    let port = serve(OK);
    let (tell, told) = mpsc::channel();
    let session = Session::asynchronous("smoke").unwrap();
    session
        .on_notification(move |n| {
            tell.send(format!("{:?}", n.event)).unwrap();
        })
        .unwrap();
    let server = session.connect("127.0.0.1", port).unwrap();
    for _ in 0..3 {
        let request = server.get("/").unwrap();
        request.send().unwrap();
        let wait = |what: &str| {
            loop {
                let line: String = told.recv_timeout(Duration::from_secs(5)).expect(what);
                if line.starts_with(what) {
                    return line;
                }
            }
        };
        wait("SendRequestComplete");
        request.receive_response().unwrap();
        wait("HeadersAvailable");
        request.query_data().unwrap();
        assert_eq!(wait("DataAvailable"), "DataAvailable(5)");
        request.read(5).unwrap();
        wait("ReadComplete");
        drop(request);
        wait("HandleClosing");
    }
}
