//! WebSockets against a server: both modes, over TLS, refused.
#![allow(missing_docs)]
mod support;

use support::{Scratch, end, statuses, trace};
use winhttp_conformance::origin::certificates::{Authority, Kind};
use winhttp_conformance::origin::{Conn, Origin, Routes, Script};

fn echo() -> Origin {
    Origin::start(Script::new().every(Conn::new().upgrade().echo())).unwrap()
}

fn url(origin: &Origin, scheme: &str) -> String {
    format!("{scheme}://localhost:{}/chat", origin.port())
}

#[test]
fn messages_go_out_and_come_back() {
    let origin = echo();
    for mode in ["-v", "--sync"] {
        let run = trace(["--send", "hello", "--send", "Grüße", mode, &url(&origin, "ws")]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.text(), "hello\nGrüße\n", "{mode}");
        for line in [
            "WinHttpWebSocketCompleteUpgrade",
            "= websocket",
            "UTF8_MESSAGE, 7",
            "1000 WINHTTP_WEB_SOCKET_SUCCESS",
        ] {
            assert!(run.err.contains(line), "{mode} {line}: {}", run.err);
        }
        assert_eq!(run.err.contains("READ_COMPLETE"), mode == "-v", "{}", run.err);
    }
    let sent: Vec<String> = origin.frames().iter().map(|frame| frame.text()).collect();
    assert_eq!(sent[0], "text 5 hello");
    assert_eq!(sent.len(), 6, "{sent:?}");
}

#[test]
fn the_notifications_are_decoded() {
    let origin = echo();
    let url = url(&origin, "ws");
    let run = trace(["--json", "--send", "hello", &url]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = run.lines();
    let told = statuses(&lines, &url, "websocket");
    assert_eq!(
        told,
        ["HANDLE_CREATED", "WRITE_COMPLETE", "READ_COMPLETE", "CLOSE_COMPLETE", "HANDLE_CLOSING"]
    );
    let read = lines.iter().find(|line| line["status"] == "READ_COMPLETE").unwrap();
    assert_eq!(read["length"], 8);
    assert_eq!((&read["info"]["bytes"], &read["info"]["type"]), (&5.into(), &"UTF8_MESSAGE".into()));
    assert_eq!(end(&lines, &url)["info"]["code"], 101);
}

#[test]
fn over_tls() {
    let authority = Authority::new().unwrap();
    let offer = authority.offer(Kind::Good).unwrap();
    let origin = Origin::start(Script::new().every(Conn::new().tls(offer).upgrade().echo())).unwrap();
    let scratch = Scratch::new();
    let pem = scratch.file("authority.pem");
    std::fs::write(&pem, authority.ca_pem()).unwrap();
    let run = trace(["--cacert", pem.to_str().unwrap(), "--send", "secret", &url(&origin, "wss")]);
    assert_eq!((run.code, run.text().as_str()), (0, "secret\n"), "{}", run.err);
}

#[test]
fn a_server_that_has_no_websocket_answers_as_usual() {
    let origin = Origin::serve(Routes::new().fixed("/chat", "only text\n")).unwrap();
    let run = trace(["--send", "hello", &url(&origin, "ws")]);
    assert_eq!((run.code, run.text().as_str()), (7, "only text\n"), "{}", run.err);
    assert!(run.err.contains("opened no WebSocket but answered 200 OK; nothing was sent"), "{}", run.err);
    assert!(!run.err.contains("CompleteUpgrade"), "{}", run.err);
    let run = trace(["--send", "hello", &format!("{}/chat", origin.url())]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("--send is for ws://"), "{}", run.err);
}
