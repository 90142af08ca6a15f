//! The demonstrations: what they show, for people and for machines.
#![allow(missing_docs)]
mod support;

use support::{Scratch, end, statuses, trace};

/// contract: S2 and S5 of the notification tables, and HANDLE_CREATED before OpenRequest returns.
const PLAIN_GET: [&str; 14] = [
    "HANDLE_CREATED",
    "RESOLVING_NAME",
    "NAME_RESOLVED",
    "CONNECTING_TO_SERVER",
    "CONNECTED_TO_SERVER",
    "SENDING_REQUEST",
    "REQUEST_SENT",
    "SENDREQUEST_COMPLETE",
    "RECEIVING_RESPONSE",
    "RESPONSE_RECEIVED",
    "HEADERS_AVAILABLE",
    "DATA_AVAILABLE",
    "READ_COMPLETE",
    "HANDLE_CLOSING",
];

#[test]
fn all_of_them_as_json() {
    let run = trace(["demo", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = run.lines();
    for line in &lines {
        for key in ["event", "exchange", "t_ms", "thread", "handle", "status", "length", "info"] {
            assert!(line.get(key).is_some(), "{key} is missing in {line}");
        }
        if line["event"] == "notification" {
            assert!(line["length"].is_u64() && line["handle"].is_string(), "{line}");
            assert!(line["thread"] == "caller" || line["thread"] == "other", "{line}");
        }
    }
    assert_eq!(statuses(&lines, "get", "request"), PLAIN_GET);
    assert_eq!(statuses(&lines, "get", "session"), ["HANDLE_CLOSING"]);

    let faults = lines
        .iter()
        .find(|l| l["exchange"] == "certificate" && l["status"] == "SECURE_FAILURE")
        .expect("SECURE_FAILURE");
    assert_eq!(faults["info"]["bits"], 0x78);
    assert_eq!(
        faults["info"]["names"],
        serde_json::json!(["INVALID_CA", "CERT_CN_INVALID", "CERT_DATE_INVALID", "CERT_WRONG_USAGE"])
    );
    assert_eq!(end(&lines, "certificate")["info"]["failure"]["error"], 12175);
    assert_eq!(end(&lines, "refused")["info"]["failure"]["error"], 12029);
    assert_eq!(end(&lines, "timeout")["info"]["failure"]["error"], 12002);
    assert_eq!(end(&lines, "tls")["info"]["code"], 200);
    assert_eq!(end(&lines, "upload")["info"]["uploaded"], 197_608);
    assert!(statuses(&lines, "redirect", "request").contains(&"REDIRECT".to_owned()));
    assert_eq!(statuses(&lines, "upload", "request").iter().filter(|s| *s == "WRITE_COMPLETE").count(), 4);
}

#[test]
fn payloads_and_threads_of_a_plain_get() {
    let run = trace(["demo", "get", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = run.lines();
    let told = |status: &str| {
        lines
            .iter()
            .find(|l| l["status"] == status && l["handle"] == "request")
            .unwrap_or_else(|| panic!("no {status}"))
    };
    assert_eq!(told("NAME_RESOLVED")["info"], "127.0.0.1");
    // contract: string payloads, length in characters with the NUL
    assert_eq!(told("NAME_RESOLVED")["length"], 10);
    assert_eq!(told("SENDREQUEST_COMPLETE")["thread"], "other");
    // contract: S2, the head was read under the send, so ReceiveResponse completes inside the call
    for status in ["RECEIVING_RESPONSE", "RESPONSE_RECEIVED", "HEADERS_AVAILABLE"] {
        assert_eq!(told(status)["thread"], "caller", "{status}");
        assert_eq!(told(status)["inside"], "WinHttpReceiveResponse", "{status}");
    }
    assert_eq!(told("DATA_AVAILABLE")["info"], 32);
    assert_eq!(told("READ_COMPLETE")["length"], 32);
    let called: Vec<&str> =
        lines.iter().filter(|l| l["event"] == "call").filter_map(|l| l["function"].as_str()).collect();
    let returned = lines.iter().filter(|l| l["event"] == "return").count();
    assert_eq!(called.len(), returned);
    assert_eq!(called[0], "WinHttpOpen");
    let mut last = 0.0;
    for line in &lines {
        let at = line["t_ms"].as_f64().expect("a time");
        assert!(at >= last, "time goes back at {line}");
        last = at;
    }
}

#[test]
fn a_synchronous_get_stays_on_the_callers_thread() {
    let run = trace(["demo", "sync", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = run.lines();
    assert!(lines.iter().filter(|l| l["event"] == "notification").all(|l| l["thread"] == "caller"));
    let told = statuses(&lines, "sync", "request");
    // contract: S1, no completions in synchronous mode
    for completion in ["SENDREQUEST_COMPLETE", "HEADERS_AVAILABLE", "DATA_AVAILABLE", "READ_COMPLETE"] {
        assert!(!told.contains(&completion.to_owned()), "{completion}");
    }
    assert!(told.contains(&"RESPONSE_RECEIVED".to_owned()));
}

#[test]
fn for_people_without_colours_off_a_terminal() {
    let scratch = Scratch::new();
    let html = scratch.file("demo.html");
    let run = trace(["demo", "get", "certificate", "--html", html.to_str().expect("UTF-8")]);
    assert_eq!(run.code, 0, "{}", run.err);
    let text = run.text();
    assert!(!text.contains('\x1b'), "colours off a terminal");
    let mut from = 0;
    for status in PLAIN_GET {
        let at = text[from..].find(status).unwrap_or_else(|| panic!("{status} out of order in\n{text}"));
        from += at + status.len();
    }
    assert!(text.contains("INVALID_CA | CERT_CN_INVALID | CERT_DATE_INVALID | CERT_WRONG_USAGE"));
    let page = std::fs::read_to_string(html).expect("the picture");
    for part in ["<svg", "class=\"resolve\"", "class=\"TLS failed\"", "SECURE_FAILURE"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("src=") && !page.contains("href="), "loads something");
}

#[test]
fn an_unknown_demo_is_named_with_the_known_ones() {
    let run = trace(["demo", "nonsense"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("nonsense") && run.err.contains("redirect"), "{}", run.err);
}
