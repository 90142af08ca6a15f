//! Requests against a server: bodies, streams and exit codes.
#![allow(missing_docs)]
mod support;

use std::time::Duration;

use support::{Scratch, end, statuses, trace};
use winhttp_conformance::origin::certificates::{Authority, ClientAuth, Kind};
use winhttp_conformance::origin::{Answer, Conn, Origin, Routes, Script};

fn letters(count: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(count).collect()
}

#[test]
fn the_body_goes_to_standard_output_and_the_trace_to_standard_error() {
    let origin = Origin::serve(Routes::new().fixed("/x", "exactly this\n")).unwrap();
    let run = trace([format!("{}/x", origin.url())]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.out, b"exactly this\n");
    assert!(run.err.contains("READ_COMPLETE") && run.err.contains("200 OK; body 13 bytes"), "{}", run.err);
}

#[test]
fn a_file_is_what_was_served_in_both_modes() {
    const LENGTH: u64 = 3_000_007;
    let origin = Origin::serve(Routes::new().counted("/big", LENGTH)).unwrap();
    let scratch = Scratch::new();
    for mode in ["--sync", "-v"] {
        let file = scratch.file(mode);
        let run = trace(["-o", file.to_str().unwrap(), mode, &format!("{}/big", origin.url())]);
        assert_eq!(run.code, 0, "{}", run.err);
        let body = std::fs::read(file).unwrap();
        assert!(body == letters(LENGTH as usize), "{mode}: {} bytes differ", body.len());
        let text = run.text();
        assert!(text.contains("body 3,000,007 bytes"), "{mode}");
        assert_eq!(text.contains("-v shows every one"), mode != "-v", "{mode}");
    }
}

#[test]
fn method_headers_and_data_arrive() {
    let origin = Origin::serve(Routes::new().echo("/echo")).unwrap();
    let url = format!("{}/echo?q=1#part", origin.url());
    let run = trace(["-X", "PUT", "-H", "X-One: 1", "-H", "X-Two: zwei", "-d", "some data", &url]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.out, b"some data");
    let request = origin.requests().remove(0);
    assert_eq!(request.line(), "PUT /echo?q=1 HTTP/1.1");
    assert_eq!(request.header("X-One").as_deref(), Some("1"));
    assert_eq!(request.header("X-Two").as_deref(), Some("zwei"));
    assert_eq!(request.header("Content-Length").as_deref(), Some("9"));
}

#[test]
fn a_file_is_sent_with_write_data() {
    let origin = Origin::serve(Routes::new().echo("/echo")).unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("up");
    std::fs::write(&file, letters(60_000)).unwrap();
    for mode in ["-v", "--sync"] {
        let data = format!("@{}", file.display());
        let run = trace(["-d", &data, mode, &format!("{}/echo", origin.url())]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out == letters(60_000), "{mode}");
        assert!(run.err.contains("WinHttpWriteData(60000)"), "{}", run.err);
        assert_eq!(origin.requests().last().unwrap().method(), "POST");
    }
}

#[test]
fn an_error_status_is_a_failure_only_when_asked() {
    let origin = Origin::serve(Routes::new()).unwrap();
    let url = format!("{}/missing", origin.url());
    assert_eq!(trace([&url]).code, 0);
    let run = trace(["--fail", &url]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("404 Not Found"), "{}", run.err);
}

#[test]
fn a_refused_connection() {
    let port = Origin::closed_port().unwrap();
    let run = trace([format!("http://127.0.0.1:{port}/")]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.err.contains("ERROR_WINHTTP_CANNOT_CONNECT (12029)"), "{}", run.err);
    assert!(run.err.contains(&format!("listens at 127.0.0.1:{port}")), "{}", run.err);
}

#[test]
fn a_name_that_does_not_exist() {
    // RFC 6761 section 6.4: .invalid never resolves; a label of 64 octets cannot even be asked for.
    let run = trace([format!("http://{}.invalid/", "x".repeat(64))]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("name servers"), "{}", run.err);
}

#[test]
fn a_server_that_stays_silent() {
    let origin = Origin::start(Script::new().every(Conn::new().request().hold())).unwrap();
    for mode in ["--sync", "-v"] {
        let run = trace(["--timeout", "250", mode, &origin.url()]);
        assert_eq!(run.code, 5, "{mode}: {}", run.err);
        assert!(run.err.contains("--timeout"), "{}", run.err);
    }
}

#[test]
fn certificates() {
    let authority = Authority::new().unwrap();
    let scratch = Scratch::new();
    let pem = scratch.file("ca.pem");
    std::fs::write(&pem, authority.ca_pem()).unwrap();
    let routes = || Routes::new().fixed("/", "secret\n");
    let good = Origin::serve_tls(routes(), authority.offer(Kind::Good).unwrap()).unwrap();
    let expired = Origin::serve_tls(routes(), authority.offer(Kind::Expired).unwrap()).unwrap();

    let run = trace([good.url()]);
    assert_eq!(run.code, 6, "{}", run.err);
    assert!(run.err.contains("Faults: INVALID_CA.") && run.err.contains("-k"), "{}", run.err);
    let run = trace(["--cacert", pem.to_str().unwrap(), &good.url()]);
    assert_eq!((run.code, run.out.as_slice()), (0, &b"secret\n"[..]), "{}", run.err);
    let run = trace(["--cacert", pem.to_str().unwrap(), &expired.url()]);
    assert_eq!(run.code, 6);
    assert!(run.err.contains("Faults: CERT_DATE_INVALID."), "{}", run.err);
    std::fs::write(&pem, "no certificate").unwrap();
    let run = trace(["--cacert", pem.to_str().unwrap(), &good.url()]);
    assert_eq!(run.code, 7);
    assert!(run.err.contains("PEM form"), "{}", run.err);
    let run = trace(["-k", &expired.url()]);
    assert_eq!((run.code, run.out.as_slice()), (0, &b"secret\n"[..]), "{}", run.err);
}

/// A revoked certificate passes unless somebody asks.
#[test]
fn revocation_on_demand() {
    let authority = Authority::new().unwrap();
    let scratch = Scratch::new();
    let pem = scratch.file("ca.pem");
    std::fs::write(&pem, authority.ca_pem()).unwrap();
    let server = |kind| {
        Origin::serve_tls(Routes::new().fixed("/", "secret\n"), authority.offer(kind).unwrap()).unwrap()
    };
    let (good, revoked, no_crl) = (server(Kind::Good), server(Kind::Revoked), server(Kind::NoCrl));
    let pem = pem.to_str().unwrap();
    let run = trace(["--cacert", pem, &revoked.url()]);
    assert_eq!((run.code, run.out.as_slice()), (0, &b"secret\n"[..]), "{}", run.err);
    for (server, code, said) in [
        (&good, 0, "ENABLE_FEATURE, 0x1"),
        (&revoked, 6, "Faults: CERT_REVOKED."),
        (&no_crl, 6, "Faults: CERT_REV_FAILED."),
    ] {
        let run = trace(["--cacert", pem, "--revocation", &server.url()]);
        assert_eq!(run.code, code, "{}", run.err);
        assert!(run.err.contains(said), "{said}: {}", run.err);
        assert_eq!(run.err.contains("leave --revocation out"), code == 6, "{}", run.err);
    }
}

#[test]
fn client_certificates() {
    let authority = Authority::new().unwrap();
    let scratch = Scratch::new();
    let (ca, me) = (scratch.file("ca.pem"), scratch.file("me.pem"));
    std::fs::write(&ca, authority.ca_pem()).unwrap();
    let (certificate, key) = authority.client_pem().unwrap();
    std::fs::write(&me, certificate + &key).unwrap();
    let (ca, me) = (ca.to_str().unwrap(), me.to_str().unwrap());
    let server = |asks| {
        let offer = authority.offer_with(Kind::Good, asks, false).unwrap();
        Origin::serve_tls(Routes::new().fixed("/", "secret\n"), offer).unwrap()
    };
    let (optional, required) = (server(ClientAuth::Optional), server(ClientAuth::Required));
    for origin in [&optional, &required] {
        let run = trace(["--cacert", ca, &origin.url()]);
        assert_eq!(run.code, 6, "{}", run.err);
        assert!(run.err.contains("12044") && run.err.contains("--cert FILE"), "{}", run.err);
        let run = trace(["--cacert", ca, "--cert", me, &origin.url()]);
        assert_eq!((run.code, run.out.as_slice()), (0, &b"secret\n"[..]), "{}", run.err);
    }
    let run = trace(["--cacert", ca, "--cert", "none", &optional.url()]);
    assert_eq!((run.code, run.out.as_slice()), (0, &b"secret\n"[..]), "{}", run.err);
    let run = trace(["--cacert", ca, "--cert", ca, &optional.url()]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("given with --cert:"), "{}", run.err);
    let run = trace(["--cert", "/nowhere/at/all", &optional.url()]);
    assert_eq!(run.code, 8, "{}", run.err);
}

#[test]
fn what_is_no_http_and_what_breaks() {
    let garbage = Origin::start(Script::new().every(Conn::new().request().send("no http\r\n\r\n").close()));
    let run = trace([garbage.unwrap().url()]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("ERROR_WINHTTP_INVALID_SERVER_RESPONSE"), "{}", run.err);
    let reset = Origin::start(Script::new().every(Conn::new().request().reset())).unwrap();
    let run = trace([reset.url()]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("12030"), "{}", run.err);
}

#[test]
fn files_that_cannot_be_used() {
    let origin = Origin::serve(Routes::new().fixed("/", "x")).unwrap();
    let run = trace(["-o", "/nowhere/at/all", &origin.url()]);
    assert_eq!(run.code, 8);
    assert!(run.err.contains("/nowhere/at/all"), "{}", run.err);
    let run = trace(["-d", "@/nowhere/at/all", &origin.url()]);
    assert_eq!(run.code, 8);
    assert!(run.err.contains("cannot read /nowhere/at/all"), "{}", run.err);
}

#[test]
fn mistakes_on_the_command_line() {
    for (line, part) in [
        (vec![], "--help"),
        (vec!["localhost"], "begin it with http://"),
        (vec!["--bogus", "http://localhost/"], "--bogus"),
        (vec!["http://user:secret@localhost/"], "Authorization"),
    ] {
        let run = trace(&line);
        assert_eq!(run.code, 2, "{line:?}");
        assert!(run.err.contains(part), "{line:?}: {}", run.err);
    }
    let run = trace(["--help"]);
    assert_eq!(run.code, 0);
    assert!(run.text().contains("exit codes"));
}

#[test]
fn heads_without_bodies() {
    let routes = Routes::new().fixed("/x", "a body").answer("/none", Answer::new(204, ""));
    let origin = Origin::serve(routes).unwrap();
    for (method, path) in [("HEAD", "/x"), ("GET", "/none")] {
        let run = trace(["-X", method, &format!("{}{path}", origin.url())]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.is_empty());
    }
}

#[test]
fn json_lines_of_a_slow_body() {
    let slow = Routes::new().slow("/slow", letters(400), 100, Duration::from_millis(30));
    let origin = Origin::serve(slow).unwrap();
    let url = format!("{}/slow", origin.url());
    let run = trace(["--json", &url]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = run.lines();
    assert_eq!(end(&lines, &url)["info"]["bytes"], 400);
    let reads = statuses(&lines, &url, "request").iter().filter(|s| *s == "READ_COMPLETE").count();
    assert!(reads >= 2, "{reads} reads");
    let pending = lines.iter().any(|l| l["last_error"] == 997);
    let other = lines.iter().any(|l| l["status"] == "DATA_AVAILABLE" && l["thread"] == "other");
    // contract: S5, 997 exactly when the completion comes on another thread
    assert_eq!(pending, other);
}
