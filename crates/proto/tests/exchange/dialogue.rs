//! NTLM and Negotiate: a dialogue of several legs that stays on one connection.

use winhttp_abi as abi;
use winhttp_proto::auth::{Bond, Introduction, Login, Mechanism, Mechanisms};
use winhttp_proto::{Fate, Total};

use crate::HELLO;
use crate::scenario::{Lease, Piece, Scenario};

/// Says `one`, and `two` to the challenge `ask`; nothing else.
struct Talk;

impl Mechanism for Talk {
    fn step(&mut self, challenge: &[u8]) -> Option<Vec<u8>> {
        match challenge {
            b"" => Some(b"one".to_vec()),
            b"ask" => Some(b"two".to_vec()),
            _ => None,
        }
    }
}

const TALK: Mechanisms = |introduction: &Introduction<'_>| {
    assert_eq!((introduction.login.user.as_str(), introduction.host), ("user", "host"));
    Some(Box::new(Talk))
};

const OFFER: &str = "HTTP/1.1 401 Denied\r\nWWW-Authenticate: Basic realm=\"r\"\r\nWWW-Authenticate: NTLM\r\nContent-Length: 3\r\n\r\nno!";
const ASK: &str = "HTTP/1.1 401 Denied\r\nWWW-Authenticate: NTLM YXNr\r\nContent-Length: 0\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 401 Denied\r\nWWW-Authenticate: NTLM\r\nContent-Length: 3\r\n\r\nno!";

/// `one` and `two`, as they stand in Authorization.
const ONE: &str = "Authorization: NTLM b25l\r\n";
const TWO: &str = "Authorization: NTLM dHdv\r\n";

fn set(s: Scenario) -> Scenario {
    s.plan(|plan| {
        plan.mechanisms = Some(TALK);
        let login = Login { user: "user".into(), password: "pwd".into() };
        plan.server.set(abi::WINHTTP_AUTH_SCHEME_NTLM, Some(login));
    })
}

fn held(s: Scenario) -> Scenario {
    s.wired(|wire| {
        wire.leases.push_back(Lease::Pooled);
        wire.leases.extend(std::iter::repeat_n(Lease::Held, 4));
    })
}

fn legs(s: &Scenario) -> Vec<&'static str> {
    s.sent()
        .split("\r\n\r\n")
        .filter(|head| !head.is_empty())
        .map(|head| match (head.contains(ONE.trim_end()), head.contains(TWO.trim_end())) {
            (true, false) => "one",
            (false, true) => "two",
            _ => "-",
        })
        .collect()
}

#[test]
fn two_legs_on_the_connection_of_the_challenge() {
    let mut s = held(set(Scenario::asynchronous())).replies(OFFER).replies(ASK).replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(legs(&s), ["-", "one", "two"], "contract: api-behaviour section 38");
    assert_eq!(s.exchange.reply.head.status(), 200);
    assert_eq!(s.told.iter().filter(|told| told.line == "SENDING_REQUEST").count(), 3);
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    assert!(matches!(s.exchange.plan.bond(), Bond::Of(_)), "nobody else may use it");
    s.read(9).unwrap();
    // What follows on the handle needs no login on this connection.
    s = s.replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(legs(&s), ["-", "one", "two", "-"]);
    s.finish();
}

#[test]
fn a_refused_login_is_the_reply_and_spoils_the_connection() {
    let mut s = held(set(Scenario::synchronous())).replies(OFFER).replies(ASK).replies(REFUSED);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 401);
    assert_eq!(s.exchange.plan.bond(), Bond::Spoiled);
    s.read(9).unwrap();
    assert_eq!(s.body, b"no!");
    s.finish();
}

#[test]
fn without_a_mechanism_the_challenge_is_the_reply() {
    let mut s = held(set(Scenario::synchronous())).plan(|plan| plan.mechanisms = None).replies(OFFER);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!((s.exchange.reply.head.status(), legs(&s)), (401, vec!["-"]));
    s.finish();
}

#[test]
fn on_another_connection_it_begins_afresh() {
    // The challenge comes with the end of its connection: `two` would mean nothing on the next one.
    let ask = ASK.replace("Content-Length", "Connection: close\r\nContent-Length");
    let mut s = set(Scenario::asynchronous()).wired(|wire| {
        wire.leases.extend([Lease::Pooled, Lease::Held, Lease::Pooled, Lease::Held]);
    });
    s = s.replies(OFFER).replies(ask).replies(ASK).replies(HELLO);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(legs(&s), ["-", "one", "one", "two"]);
    assert_eq!(s.exchange.reply.head.status(), 200);
    s.finish();
}

#[test]
fn a_server_that_always_asks_is_not_asked_for_ever() {
    let mut s = held(set(Scenario::asynchronous())).replies(OFFER);
    for _ in 0..20 {
        s = s.replies(ASK);
    }
    s = s.wired(|wire| wire.leases.extend(std::iter::repeat_n(Lease::Held, 20)));
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 401);
    assert!(legs(&s).len() < 10);
    s.finish();
}

#[test]
fn a_written_body_is_asked_for_on_every_leg() {
    let mut s = held(set(Scenario::asynchronous())).method("POST").with_body(b"", Total::Bytes(1));
    s = s.replies(OFFER).replies(ASK).replies(HELLO);
    for round in 0..2 {
        s.send().unwrap();
        s.write(b"x").unwrap();
        s.receive().unwrap();
        assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12032", "round {round}");
        s.receive().expect("accepted, and out of turn");
        assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12019");
    }
    s.send().unwrap();
    s.write(b"x").unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    let sent = s.sent();
    assert_eq!((sent.matches(ONE).count(), sent.matches(TWO).count()), (1, 1));
    assert_eq!(s.wire.released[..2], [Fate::Keep, Fate::Keep], "contract: evidence Q18");
    s.finish();
}

#[test]
fn closing_in_the_middle() {
    let mut s = held(set(Scenario::asynchronous())).replies(OFFER).then(Piece::Pause);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.plan.bond(), Bond::UnderWay);
    s.close().unwrap();
    s.finish();
}
