//! CONNECT, between CONNECTED_TO_SERVER and the handshake.

use std::sync::Arc;

use winhttp_proto::auth::Login;
use winhttp_proto::{Failure, Fate, Plan, Route, Total};

use crate::HELLO;
use crate::scenario::{Do, Piece, Reach, Scenario, Taken};

const GRANTED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";
const CHALLENGE: &str =
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 3\r\n\r\nno!";
const REFUSED: &str = "HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\nno way";
const BASIC: u32 = winhttp_abi::WINHTTP_AUTH_SCHEME_BASIC;
const DIGEST: u32 = winhttp_abi::WINHTTP_AUTH_SCHEME_DIGEST;

fn login() -> Login {
    Login { user: "user".into(), password: "pwd".into() }
}

fn through(plan: &mut Plan) {
    plan.route = Route::Proxy { host: Arc::from("proxy"), port: 3128 };
    plan.agent = Arc::from("agent");
}

fn tunnel() -> Scenario {
    Scenario::asynchronous().https().plan(through)
}

fn heads(s: &Scenario) -> Vec<String> {
    s.sent().split("\r\n\r\n").filter(|head| !head.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_tunnel_is_asked_for_before_the_handshake() {
    let mut s = tunnel().replies(GRANTED).replies(HELLO);
    s.send().unwrap();
    s.expect(
        "evidence Q18: SENDING_REQUEST for CONNECT and again for the request; names are the proxy's",
        &[
            "RESOLVING_NAME proxy",
            "NAME_RESOLVED 127.0.0.1",
            "CONNECTING_TO_SERVER 127.0.0.1",
            "CONNECTED_TO_SERVER 127.0.0.1",
            "worker SENDING_REQUEST",
            "worker REQUEST_SENT 94",
            "worker SENDING_REQUEST",
            "worker REQUEST_SENT 77",
            "worker SENDREQUEST_COMPLETE 0",
        ],
    );
    let heads = heads(&s);
    assert_eq!(
        heads[0],
        "CONNECT host:443 HTTP/1.1\r\nProxy-Connection: Keep-Alive\r\nUser-Agent: agent\r\nHost: host:443"
    );
    assert!(heads[1].starts_with("GET /path HTTP/1.1\r\n"), "{}", heads[1]);
    assert_eq!(s.wire.dialled[0].port(), 3128);
    s.receive().unwrap();
    s.expect("notifications R4", &["RECEIVING_RESPONSE", "RESPONSE_RECEIVED 43", "HEADERS_AVAILABLE"]);
    assert!(!s.exchange.reply.is_proxy_connect_response());
    s.read(5).unwrap();
    s.query().unwrap();
    assert_eq!(s.wire.released, [Fate::Keep], "the tunnel serves the next request");
    s.finish();
}

#[test]
fn no_byte_of_connect_before_its_callback_has_returned() {
    let mut s = tunnel().inside("SENDING_REQUEST", &[Do::Close]);
    s.send().unwrap();
    assert_eq!(s.sent(), "", "contract: notifications, SENDING_REQUEST");
    s.finish();
}

#[test]
fn what_the_proxy_says_instead_is_the_reply() {
    let mut s = tunnel().replies(REFUSED);
    s.send().unwrap();
    s.told.drain(..4);
    s.expect(
        "evidence Q18, LG2: the target's SENDING_REQUEST never comes",
        &["SENDING_REQUEST", "REQUEST_SENT 94", "SENDREQUEST_COMPLETE 0"],
    );
    s.receive().unwrap();
    s.expect(
        "notifications R4",
        &["main RECEIVING_RESPONSE", "main RESPONSE_RECEIVED 45", "main HEADERS_AVAILABLE"],
    );
    assert_eq!(s.exchange.reply.head.status(), 502);
    assert!(s.exchange.reply.is_proxy_connect_response());
    s.read(10).unwrap();
    assert_eq!(s.body, b"no way");
    assert_eq!(s.wire.released, [Fate::Close], "nobody takes it for a tunnel");
    assert_eq!(heads(&s).len(), 1, "no byte of the request");
    s.finish();
}

#[test]
fn a_redirect_or_a_401_of_the_proxy_is_not_acted_upon() {
    for head in [
        "HTTP/1.1 302 Go\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
    ] {
        let mut s = tunnel().plan(|plan| *plan.server.option_mut() = login()).replies(head);
        s.send().unwrap();
        s.receive().unwrap();
        assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
        assert!(!s.told.iter().any(|told| told.line.starts_with("REDIRECT")));
        assert!(!s.sent().contains("Authorization"), "the server's credentials are not for the proxy");
        s.finish();
    }
}

#[test]
fn a_407_is_answered_on_its_connection_before_anything_of_the_request() {
    let mut s = tunnel()
        .plan(|plan| *plan.proxy.option_mut() = login())
        .replies(CHALLENGE)
        .replies(GRANTED)
        .replies(HELLO);
    s.send().unwrap();
    s.told.drain(..4);
    s.expect(
        "evidence Q18: SENDING_REQUEST for the CONNECT requests",
        &[
            "SENDING_REQUEST",
            "REQUEST_SENT 94",
            "SENDING_REQUEST",
            "REQUEST_SENT 135",
            "SENDING_REQUEST",
            "REQUEST_SENT 77",
            "SENDREQUEST_COMPLETE 0",
        ],
    );
    let heads = heads(&s);
    assert!(!heads[0].contains("Authorization"));
    assert!(heads[1].ends_with("Proxy-Authorization: Basic dXNlcjpwd2Q="), "{}", heads[1]);
    assert!(!heads[2].contains("Authorization"), "never to the server: {}", heads[2]);
    assert_eq!(s.wire.dialled.len(), 1);
    s.finish();
}

#[test]
fn basic_of_set_credentials_goes_with_the_first_connect() {
    let mut s = tunnel().plan(|plan| plan.proxy.set(BASIC, Some(login()))).replies(GRANTED).replies(HELLO);
    s.send().unwrap();
    let heads = heads(&s);
    assert!(
        heads[0].contains("Proxy-Authorization: Basic dXNlcjpwd2Q="),
        "contract: api-behaviour section 17"
    );
    assert!(!heads[1].contains("Authorization"));
    s.finish();
}

#[test]
fn a_digest_names_the_method_and_the_authority() {
    let challenge = "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";
    let mut s = tunnel()
        .plan(|plan| plan.proxy.set(DIGEST, Some(login())))
        .replies(challenge)
        .replies(GRANTED)
        .replies(HELLO);
    s.send().unwrap();
    let heads = heads(&s);
    assert!(heads[1].contains("uri=\"host:443\"") && heads[1].contains("nc=00000001"), "{}", heads[1]);
    assert_eq!(heads.len(), 3);
    s.finish();
}

#[test]
fn wrong_credentials_end_in_the_407_itself() {
    let mut s = tunnel().plan(|plan| plan.proxy.set(BASIC, Some(login()))).replies(CHALLENGE);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 407);
    assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    s.finish();

    let mut s =
        tunnel().plan(|plan| *plan.proxy.option_mut() = login()).replies(CHALLENGE).replies(CHALLENGE);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 407);
    assert_eq!(heads(&s).len(), 2, "asked twice and not for ever");
    s.finish();
}

#[test]
fn a_407_whose_connection_ends_is_answered_on_another() {
    let closing = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno!";
    let mut s = tunnel()
        .plan(|plan| *plan.proxy.option_mut() = login())
        .replies(closing)
        .replies(GRANTED)
        .replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.wire.dialled.len(), 2);
    assert_eq!(s.wire.released, [Fate::Close]);
    assert!(heads(&s)[1].contains("Proxy-Authorization: Basic"));
    s.finish();

    // It promises to go on and does not.
    let mut s = tunnel()
        .plan(|plan| *plan.proxy.option_mut() = login())
        .replies(CHALLENGE.strip_suffix("o!").unwrap())
        .then(Piece::End)
        .replies(GRANTED)
        .replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.wire.dialled.len(), 2);
    s.finish();
}

#[test]
fn the_applications_own_words_to_the_proxy_stay_there() {
    let mut s =
        tunnel().header("Proxy-Authorization: Bearer own").header("X-Own: 1").replies(GRANTED).replies(HELLO);
    s.send().unwrap();
    let heads = heads(&s);
    assert!(
        heads[0].contains("Proxy-Authorization: Bearer own") && !heads[0].contains("X-Own"),
        "{}",
        heads[0]
    );
    assert!(heads[1].contains("X-Own: 1") && !heads[1].contains("Bearer"), "{}", heads[1]);
    s.finish();
}

#[test]
fn authentication_switched_off_leaves_the_407() {
    let mut s = tunnel()
        .plan(|plan| *plan.proxy.option_mut() = login())
        .terms(|terms| terms.disabled = winhttp_abi::WINHTTP_DISABLE_AUTHENTICATION)
        .replies(CHALLENGE);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 407);
    s.finish();
}

#[test]
fn a_body_to_come_is_taken_and_forgotten_when_there_is_no_tunnel() {
    let mut s = tunnel().method("POST").with_body(b"ab", Total::Bytes(5)).replies(REFUSED);
    s.send().unwrap();
    assert_eq!(s.told.last().unwrap().line, "SENDREQUEST_COMPLETE 2");
    s.write(b"cd").unwrap();
    assert_eq!(s.told.last().unwrap().line, "WRITE_COMPLETE 2");
    assert_eq!(s.write(b"ef"), Err(87), "contract: api-behaviour section 5");
    s.write(b"e").unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 502);
    assert_eq!(heads(&s).len(), 1);
    s.finish();
}

#[test]
fn a_407_with_a_body_to_come_needs_no_resend() {
    let mut s = tunnel()
        .method("POST")
        .with_body(b"", Total::Bytes(2))
        .plan(|plan| *plan.proxy.option_mut() = login())
        .replies(CHALLENGE)
        .replies(GRANTED)
        .replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.told.last().unwrap().line, "SENDREQUEST_COMPLETE 0");
    s.write(b"ab").unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 200);
    s.finish();
}

#[test]
fn what_follows_the_grant_is_not_the_servers() {
    let mut s = tunnel().replies(format!("{GRANTED}injected"));
    s.send().unwrap();
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 5 12152");
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}

#[test]
fn hostile_answers() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let endless = "HTTP/1.1 100 Go on\r\n\r\n".repeat(11);
    for (answer, error) in [
        ("nonsense\r\n\r\n", 12152),
        ("\r\n\r\n\r\n", 12152),
        ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", 12152),
        ("HTTP/1.1 502 X\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 12152),
        (endless.as_str(), 12152),
        (long.as_str(), 12182),
    ] {
        let mut s = tunnel().replies(answer).then(Piece::End);
        s.send().unwrap();
        let told = s.told.last().unwrap().line.clone();
        assert_eq!(told, format!("REQUEST_ERROR 5 {error}"), "{:.40}", answer);
        s.finish();
    }
}

#[test]
fn any_2xx_grants_and_its_body_does_not_count() {
    for head in [
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 204 Fine\r\nContent-Length: 77\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let mut s = tunnel().replies(head).replies(HELLO);
        s.send().unwrap();
        assert_eq!(s.told.last().unwrap().line, "SENDREQUEST_COMPLETE 0", "{head}");
        s.finish();
    }
}

#[test]
fn a_head_in_pieces() {
    let mut s = tunnel();
    for byte in GRANTED.bytes() {
        s = s.then(Piece::Bytes(vec![byte])).then(Piece::Pause);
    }
    s = s.replies(HELLO);
    s.send().unwrap();
    assert_eq!(s.told.last().unwrap().line, "SENDREQUEST_COMPLETE 0");
    s.finish();
}

#[test]
fn a_proxy_that_leaves() {
    for (piece, before, error) in [
        (Piece::End, "", 12030),
        (Piece::End, "HTTP/1.1 2", 12152),
        (Piece::Reset(Failure::CONNECTION_ERROR), "HTTP/1.1 2", 12030),
    ] {
        let mut s = tunnel();
        if !before.is_empty() {
            s = s.replies(before);
        }
        s = s.then(piece);
        s.send().unwrap();
        assert_eq!(s.told.last().unwrap().line, format!("REQUEST_ERROR 5 {error}"), "notifications R10");
        s.finish();
    }
}

#[test]
fn a_silent_proxy_is_a_time_out_in_each_direction() {
    let mut s =
        tunnel().wired(|wire| wire.writes.push_back(Taken::Stuck)).terms(|terms| terms.send_timeout = 700);
    s.send().unwrap();
    s.pass(700);
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 5 12002");
    s.finish();

    let mut s = tunnel().terms(|terms| terms.receive_timeout = 900);
    s.send().unwrap();
    s.pass(899);
    assert_eq!(s.told.last().unwrap().line, "REQUEST_SENT 94");
    s.pass(1);
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 5 12002");
    s.finish();

    let mut s = Scenario::synchronous().https().plan(through);
    assert_eq!(s.send(), Err(12002));
    s.finish();
}

#[test]
fn the_handshake_in_the_tunnel_fails_as_any_other() {
    let mut s = tunnel()
        .wired(|wire| wire.handshakes.push_back(Reach::Insecure(0x10, Failure(12175))))
        .replies(GRANTED);
    s.send().unwrap();
    let tail: Vec<_> = s.told.iter().rev().take(2).map(|told| told.line.as_str()).collect();
    assert_eq!(tail, ["REQUEST_ERROR 5 12175", "SECURE_FAILURE 0x10"]);
    s.finish();
}

#[test]
fn a_407_of_the_server_is_not_the_proxys() {
    let mut s = tunnel().plan(|plan| *plan.proxy.option_mut() = login()).replies(GRANTED).replies(CHALLENGE);
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.exchange.reply.head.status(), 407);
    assert!(!s.sent().contains("Authorization"));
    s.finish();
}

#[test]
fn closing_while_the_proxy_is_silent_cancels() {
    let mut s = tunnel();
    s.send().unwrap();
    s.told.clear();
    s.close().unwrap();
    s.expect("notifications R7", &["REQUEST_ERROR 5 12017", "HANDLE_CLOSING"]);
    assert_eq!(s.wire.released, [Fate::Close]);
    s.finish();
}
