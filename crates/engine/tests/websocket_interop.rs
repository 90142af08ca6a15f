//! Conversations with servers that nobody here wrote: the Python package `websockets` and the Node package `ws`.
//!
//! They run where the tools are there. `WINHTTP_INTEROP_PYTHON` names an interpreter that has `websockets` (`python3`
//! otherwise); `NODE_PATH` leads node to `ws`. Where one is missing the test says so and plays with the others;
//! `WINHTTP_INTEROP=required` makes that a failure.
#![allow(clippy::print_stdout, reason = "whoever plays it wants to know with whom")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use winhttp_engine::api::{BufferType, Event, Message, Session, WebSocket};

/// A server in another process; it ends with this value.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts `program script`; `None` with a word about it when the tool or its package is not there.
    fn start(program: &str, script: &str) -> Option<Server> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script);
        let mut command = Command::new(program);
        command.arg(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return missing(program, &error.to_string()),
        };
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line of the server");
        match line.trim().parse() {
            Ok(port) => Some(Server { child, port }),
            Err(_) => {
                let output = child.wait_with_output().expect("the server's end");
                let stderr = String::from_utf8_lossy(&output.stderr);
                missing(program, stderr.lines().find(|line| line.contains("Error")).unwrap_or(&stderr))
            }
        }
    }
}

fn missing(program: &str, why: &str) -> Option<Server> {
    let required = std::env::var("WINHTTP_INTEROP").is_ok_and(|value| value == "required");
    assert!(!required, "{program}: {why}");
    println!("NOT PLAYED with {program}: {why}");
    None
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn servers() -> Vec<(&'static str, Server)> {
    let python = std::env::var("WINHTTP_INTEROP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let all = [("websockets", Server::start(&python, "echo.py")), ("ws", Server::start("node", "echo.js"))];
    all.into_iter().filter_map(|(name, server)| Some((name, server?))).collect()
}

fn megabyte() -> Vec<u8> {
    (0..1 << 20).map(|at: u32| (at * 31 + (at >> 8)) as u8).collect()
}

fn echoes(socket: &WebSocket, name: &str) {
    for text in ["", "hello", "Grüße, 世界 🌍", &"x".repeat(125), &"x".repeat(126), &"ü".repeat(40_000)]
    {
        socket.send_text(text).unwrap();
        assert_eq!(socket.read_message(), Ok(Message::Text(text.to_owned())), "{name}");
    }
    for bytes in [Vec::new(), vec![0; 65_535], vec![1; 65_536], megabyte()] {
        socket.send(BufferType::BinaryMessage, bytes.clone()).unwrap();
        assert!(socket.read_message() == Ok(Message::Binary(bytes)), "{name}");
    }
    for (kind, part) in [
        (BufferType::Utf8Fragment, "in "),
        (BufferType::Utf8Fragment, "three "),
        (BufferType::Utf8Message, "parts"),
    ] {
        socket.send(kind, part.into()).unwrap();
    }
    assert_eq!(socket.read_message(), Ok(Message::Text("in three parts".to_owned())), "{name}");
}

#[test]
fn synchronous_conversations() {
    for (name, server) in servers() {
        let session = Session::synchronous("interop").unwrap();
        let connect = session.connect("127.0.0.1", server.port).unwrap();

        let socket = connect.websocket("/echo", 0).unwrap();
        echoes(&socket, name);
        socket.close(1000, "done").unwrap();
        assert_eq!(socket.close_status(), Ok((1000, "done".to_owned())), "{name}");

        let socket = connect.websocket("/fragments", 0).unwrap();
        assert_eq!(socket.read_message(), Ok(Message::Text("Fragments ü".to_owned())), "{name}");
        let parts = [vec![0; 3000], vec![1; 3000]].concat();
        assert_eq!(socket.read_message(), Ok(Message::Binary(parts)), "{name}");
        // A message that ends with an empty part; then the two halves of a close, one after the other.
        socket.send(BufferType::BinaryFragment, vec![7; 10]).unwrap();
        socket.send(BufferType::BinaryMessage, Vec::new()).unwrap();
        assert_eq!(socket.read_message(), Ok(Message::Binary(vec![7; 10])), "{name}");
        socket.shutdown(3000, "ours").unwrap();
        assert_eq!(socket.read_message(), Ok(Message::Close), "{name}");
        socket.close(1000, "").unwrap();
        assert_eq!(socket.close_status().unwrap().0, 3000, "{name}");

        let socket = connect.websocket("/ping", 0).unwrap();
        assert_eq!(socket.read_message(), Ok(Message::Text("ponged".to_owned())), "{name}");

        let socket = connect.websocket("/closes", 0).unwrap();
        assert_eq!(socket.read_message(), Ok(Message::Text("bye".to_owned())), "{name}");
        assert_eq!(socket.read_message(), Ok(Message::Close), "{name}");
        assert_eq!(socket.close_status(), Ok((4001, "the server closes".to_owned())), "{name}");
        socket.close(1000, "").unwrap();
        println!("played with {name}, synchronously");
    }
}

#[test]
fn asynchronous_conversations() {
    for (name, server) in servers() {
        let (tell, told) = mpsc::channel();
        let session = Session::asynchronous("interop").unwrap();
        session
            .on_notification(move |notification| {
                let _ = tell.send(match notification.event {
                    Event::MessageReceived { bytes, kind } => ("received", Some((kind, bytes))),
                    Event::MessageSent { .. } => ("sent", None),
                    Event::SendRequestComplete => ("request sent", None),
                    Event::HeadersAvailable => ("headers", None),
                    Event::CloseComplete => ("closed", None),
                    Event::WebSocketError { .. } | Event::RequestError { .. } => ("failed", None),
                    _ => return,
                });
            })
            .unwrap();
        let hear = |wanted: &str| {
            let (what, with) = told.recv_timeout(Duration::from_secs(20)).expect(wanted);
            assert_eq!(what, wanted, "{name}");
            with
        };
        let connect = session.connect("127.0.0.1", server.port).unwrap();
        let request = connect.get("/echo").unwrap();
        request.upgrade_to_websocket().unwrap();
        request.send().unwrap();
        hear("request sent");
        request.receive_response().unwrap();
        hear("headers");
        let socket = request.complete_upgrade(0).unwrap();
        drop(request);
        let message = megabyte();
        socket.send(BufferType::BinaryMessage, message.clone()).unwrap();
        let mut echoed = Vec::new();
        let mut sent = false;
        socket.receive(10_000).unwrap();
        while !sent || echoed.len() < message.len() {
            match told.recv_timeout(Duration::from_secs(20)).expect("more") {
                ("sent", None) => sent = true,
                ("received", Some((kind, part))) => {
                    echoed.extend_from_slice(&part);
                    assert_eq!(kind == BufferType::BinaryMessage, echoed.len() == message.len(), "{name}");
                    if kind == BufferType::BinaryFragment {
                        socket.receive(10_000).unwrap();
                    }
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(echoed == message, "{name}");
        socket.close(1000, "done").unwrap();
        hear("closed");
        assert_eq!(socket.close_status(), Ok((1000, "done".to_owned())), "{name}");
        println!("played with {name}, asynchronously");
    }
}
