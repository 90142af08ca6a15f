//! The laws of WebSocket handles: for each, a whole trace is broken in one place.
#![cfg(feature = "suite")]

use winhttp_conformance::checker::trace::{self, Event};
use winhttp_conformance::checker::{Law, check};

/// A trace of an asynchronous session with one WebSocket, in the form that the probe writes.
const WHOLE: &str = r#"{"kind":"head","pointer":8}
{"kind":"call","seq":2,"thread":"main","verb":"open","args":["ses","async"]}
{"kind":"return","seq":3,"thread":"main","call":2,"result":"handle","error":0}
{"kind":"call","seq":4,"thread":"main","verb":"callback","args":["ses","all"]}
{"kind":"return","seq":5,"thread":"main","call":4,"result":"NULL","error":0}
{"kind":"call","seq":6,"thread":"main","verb":"connect","args":["con","ses"]}
{"kind":"callback","seq":7,"thread":"main","handle":"con","context":"0x0","status":"HANDLE_CREATED","length":8,"info":{"kind":"handle","handle":"con"}}
{"kind":"leave","seq":8,"thread":"main","callback":7}
{"kind":"return","seq":9,"thread":"main","call":6,"result":"handle","error":0}
{"kind":"call","seq":10,"thread":"main","verb":"request","args":["req","con"]}
{"kind":"callback","seq":11,"thread":"main","handle":"req","context":"0x0","status":"HANDLE_CREATED","length":8,"info":{"kind":"handle","handle":"req"}}
{"kind":"leave","seq":12,"thread":"main","callback":11}
{"kind":"return","seq":13,"thread":"main","call":10,"result":"handle","error":0}
{"kind":"call","seq":14,"thread":"main","verb":"upgrade","args":["ws","req","ctx=0x52"]}
{"kind":"callback","seq":15,"thread":"main","handle":"req","context":"0x0","status":"HANDLE_CREATED","length":8,"info":{"kind":"handle","handle":"ws"}}
{"kind":"leave","seq":16,"thread":"main","callback":15}
{"kind":"return","seq":17,"thread":"main","call":14,"result":"handle","error":0}
{"kind":"call","seq":18,"thread":"main","verb":"wsreceive","args":["ws","10"]}
{"kind":"return","seq":19,"thread":"main","call":18,"result":"TRUE","error":0}
{"kind":"callback","seq":20,"thread":"w1","handle":"ws","context":"0x52","status":"READ_COMPLETE","length":8,"info":{"kind":"websocket","number":5,"type":"text+"}}
{"kind":"leave","seq":21,"thread":"w1","callback":20}
{"kind":"call","seq":22,"thread":"main","verb":"wsreceive","args":["ws","10"]}
{"kind":"callback","seq":23,"thread":"main","handle":"ws","context":"0x52","status":"READ_COMPLETE","length":8,"info":{"kind":"websocket","number":5,"type":"text"}}
{"kind":"leave","seq":24,"thread":"main","callback":23}
{"kind":"return","seq":25,"thread":"main","call":22,"result":"TRUE","error":0}
{"kind":"call","seq":26,"thread":"main","verb":"wssend","args":["ws","text"]}
{"kind":"callback","seq":27,"thread":"main","handle":"ws","context":"0x52","status":"WRITE_COMPLETE","length":8,"info":{"kind":"websocket","number":5,"type":"text"}}
{"kind":"leave","seq":28,"thread":"main","callback":27}
{"kind":"return","seq":29,"thread":"main","call":26,"result":"TRUE","error":0}
{"kind":"call","seq":30,"thread":"main","verb":"wsshutdown","args":["ws","1000"]}
{"kind":"callback","seq":31,"thread":"main","handle":"ws","context":"0x52","status":"SHUTDOWN_COMPLETE","length":0,"info":{"kind":"null"}}
{"kind":"leave","seq":32,"thread":"main","callback":31}
{"kind":"return","seq":33,"thread":"main","call":30,"result":"TRUE","error":0}
{"kind":"call","seq":34,"thread":"main","verb":"wsreceive","args":["ws","10"]}
{"kind":"return","seq":35,"thread":"main","call":34,"result":"TRUE","error":0}
{"kind":"call","seq":36,"thread":"main","verb":"wsclose","args":["ws","1000"]}
{"kind":"callback","seq":37,"thread":"main","handle":"ws","context":"0x52","status":"REQUEST_ERROR","length":24,"info":{"kind":"error","api":0,"error":12017,"operation":"receive"}}
{"kind":"leave","seq":38,"thread":"main","callback":37}
{"kind":"return","seq":39,"thread":"main","call":36,"result":"TRUE","error":0}
{"kind":"callback","seq":40,"thread":"w1","handle":"ws","context":"0x52","status":"CLOSE_COMPLETE","length":0,"info":{"kind":"null"}}
{"kind":"leave","seq":41,"thread":"w1","callback":40}
{"kind":"call","seq":42,"thread":"main","verb":"close","args":["ws"]}
{"kind":"callback","seq":43,"thread":"main","handle":"ws","context":"0x52","status":"HANDLE_CLOSING","length":8,"info":{"kind":"handle","handle":"ws"}}
{"kind":"leave","seq":44,"thread":"main","callback":43}
{"kind":"return","seq":45,"thread":"main","call":42,"result":"TRUE","error":0}
{"kind":"end"}
"#;

/// The laws that the trace breaks when these texts are replaced.
#[track_caller]
fn laws(changes: &[(&str, &str)]) -> Vec<Law> {
    let mut text = WHOLE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let events = trace::read(text.as_bytes()).unwrap();
    let mut laws: Vec<Law> = check(&events).into_iter().map(|broken| broken.law).collect();
    laws.sort();
    laws.dedup();
    laws
}

/// The line with this sequence number and its end of line.
fn line(seq: u32) -> &'static str {
    let mark = format!("\"seq\":{seq},");
    WHOLE.split_inclusive('\n').find(|line| line.contains(&mark)).unwrap()
}

#[test]
fn a_whole_trace_breaks_nothing() {
    assert_eq!(laws(&[]), []);
    assert!(matches!(trace::read(WHOLE.as_bytes()).unwrap().last(), Some(Event::End {})));
}

#[test]
fn every_call_has_its_own_completion() {
    for (callback, leave) in [(20, 21), (27, 28), (31, 32), (37, 38), (40, 41)] {
        assert_eq!(laws(&[(line(callback), ""), (line(leave), "")]), [Law::OneCompletion], "{callback}");
    }
    assert_eq!(laws(&[("CLOSE_COMPLETE", "SHUTDOWN_COMPLETE")]), [Law::OneCompletion]);
}

#[test]
fn an_error_names_a_pending_operation() {
    assert_eq!(
        laws(&[("\"operation\":\"receive\"", "\"operation\":\"send\"")]),
        [Law::OneCompletion, Law::ErrorId]
    );
}

#[test]
fn payloads_are_those_of_a_socket() {
    assert_eq!(laws(&[("\"length\":24", "\"length\":16")]), [Law::Payload]);
    assert!(laws(&[(",\"operation\":\"receive\"", "")]).contains(&Law::Payload));
    assert_eq!(
        laws(&[(
            "\"length\":8,\"info\":{\"kind\":\"websocket\"",
            "\"length\":5,\"info\":{\"kind\":\"websocket\""
        )]),
        [Law::Payload]
    );
    assert_eq!(
        laws(&[(
            "\"websocket\",\"number\":5,\"type\":\"text\"",
            "\"number\",\"number\":5,\"type\":\"text\""
        )]),
        [Law::Payload]
    );
}

#[test]
fn the_context_is_the_sockets_own() {
    let own = "\"handle\":\"ws\",\"context\":\"0x52\"";
    assert_eq!(laws(&[(own, &own.replace("0x52", "0x0"))]), [Law::Context]);
    let created = "\"handle\":\"req\",\"context\":\"0x0\",\"status\":\"HANDLE_CREATED\",\"length\":8,\"info\":{\"kind\":\"handle\",\"handle\":\"ws\"";
    assert_eq!(
        laws(&[(created, &created.replace("0x0", "0x52"))]),
        [],
        "its creation may be told with either"
    );
    assert_eq!(laws(&[(created, &created.replace("0x0", "0x77"))]), [Law::Context]);
}

#[test]
fn it_is_created_once_inside_its_call() {
    assert_eq!(laws(&[(line(15), ""), (line(16), "")]), [Law::Created]);
}

#[test]
fn messages_keep_their_kind_and_a_close_is_the_last() {
    assert_eq!(laws(&[("\"type\":\"text\"", "\"type\":\"binary\"")]), [Law::Socket]);
    assert_eq!(laws(&[("\"type\":\"text+\"", "\"type\":\"close\"")]), [Law::Socket]);
}

#[test]
fn it_hears_of_no_request() {
    assert_eq!(
        laws(&[("\"SHUTDOWN_COMPLETE\"", "\"RECEIVING_RESPONSE\"")]),
        [Law::OneCompletion, Law::Socket]
    );
}
