//! A reply that asks for credentials which are at hand.

use winhttp_proto::auth::Login;
use winhttp_proto::{Fate, Total};

use crate::HELLO;
use crate::scenario::{Piece, Scenario};

const DENIED: &str =
    "HTTP/1.1 401 Denied\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 3\r\n\r\nno!";

fn known(s: Scenario) -> Scenario {
    s.plan(|plan| *plan.server.option_mut() = Login { user: "user".into(), password: "pwd".into() })
}

#[test]
fn the_request_is_sent_again_inside_the_receive() {
    let mut s = known(Scenario::asynchronous()).pooled().replies(DENIED).replies(HELLO);
    s.send().unwrap();
    s.told.clear();
    s.receive().unwrap();
    let sent = format!("REQUEST_SENT {}", s.wire.sent.len() - 58);
    s.expect(
        "notifications R4.3: as after a redirect, without REDIRECT; the first leg on the caller's thread",
        &[
            "main RECEIVING_RESPONSE",
            "main RESPONSE_RECEIVED 80",
            "worker SENDING_REQUEST",
            &sent,
            "RECEIVING_RESPONSE",
            "RESPONSE_RECEIVED 43",
            "worker HEADERS_AVAILABLE",
        ],
    );
    assert_eq!(s.sent().matches("Authorization: Basic dXNlcjpwd2Q=\r\n").count(), 1);
    assert_eq!(s.exchange.reply.head.status(), 200);
    assert_eq!(
        s.wire.released,
        [Fate::Keep],
        "contract: api-behaviour section 17, the 401's body is read away"
    );
    s.finish();
}

#[test]
fn a_refused_password_is_the_reply() {
    let mut s = known(Scenario::synchronous()).pooled().replies(DENIED).replies(DENIED);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 401, "contract: api-behaviour section 17, final status 401");
    s.read(9).unwrap();
    assert_eq!(s.body, b"no!", "contract: api-behaviour section 17, its body is readable");
    s.finish();
}

#[test]
fn without_credentials_it_is_the_reply_and_can_be_answered_by_the_application() {
    let mut s = Scenario::asynchronous().pooled().replies(DENIED).replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 401);
    s = known(s);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE", "contract: clients P6");
    s.finish();
}

#[test]
fn a_body_that_was_written_has_to_be_sent_by_the_application_again() {
    let mut s = known(Scenario::asynchronous()).pooled().method("POST").with_body(b"", Total::Bytes(1));
    s = s.replies(DENIED);
    s.send().unwrap();
    s.write(b"x").unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12032", "contract: notifications R10");
    s.finish();
}

#[test]
fn a_server_that_closes_between_the_legs_costs_a_connection() {
    let mut s =
        known(Scenario::asynchronous()).pooled().replies(&DENIED[..79]).then(Piece::End).replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE", "contract: evidence Q18");
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}
