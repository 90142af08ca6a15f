//! NTLM and Negotiate against a server that checks every message by itself (cargo feature `ntlm`).
#![cfg(feature = "ntlm")]

mod delivery_support;
#[path = "ntlm_support/mod.rs"]
mod ntlm_support;

use std::sync::Arc;

use delivery_support::*;
use ntlm_support::{Account, Server, Style};
use winhttp_engine::credentials::{self, Asker};
use winhttp_engine::request::{self, Completion, Send};
use winhttp_engine::{Error, Handle, Loan};
use winhttp_proto::auth::Login;

const NTLM: u32 = abi::WINHTTP_AUTH_SCHEME_NTLM;
const NEGOTIATE: u32 = abi::WINHTTP_AUTH_SCHEME_NEGOTIATE;

fn login(request: Handle, scheme: u32, user: &str, password: &str) {
    let login = Login { user: user.into(), password: password.into() };
    credentials::set(request, Asker::Server, scheme, Some(login)).unwrap();
}

fn account() -> Account {
    Account { domain: "DOM".into(), user: "user".into(), password: "pass wörd".into() }
}

/// Sends and receives, synchronously; the status.
fn exchange(request: Handle) -> u16 {
    send(request).unwrap();
    request::receive(request).unwrap();
    let status = request::status(request).unwrap();
    let mut left = 1;
    while left > 0 {
        let buffer = vec![0; 4096].into_boxed_slice();
        left = request::read_owned(request, buffer).unwrap().1;
    }
    status
}

#[test]
fn a_login_is_good_for_its_connection_and_for_nobody_else() {
    for (scheme, style) in [(NTLM, Style::Ntlm), (NEGOTIATE, Style::RawNegotiate), (NEGOTIATE, Style::Spnego)]
    {
        let server = Server::start(account(), style);
        let app = App::new();
        let session = app.session(false);
        let link = link(session, server.port);
        let first = get(link, "/first");
        login(first, scheme, r"DOM\user", "pass wörd");
        assert_eq!(exchange(first), 200, "{style:?}");
        assert_eq!(server.heard(), ["0 /first -", "0 /first 1", "0 /first 3 DOM\\user"], "{style:?}");
        // The same handle, and another one of the same login: no more messages.
        assert_eq!(exchange(first), 200);
        let second = get(link, "/second");
        login(second, scheme, r"DOM\user", "pass wörd");
        assert_eq!(exchange(second), 200);
        assert_eq!(server.heard()[3..], ["0 /first -", "0 /second -"], "{style:?}");
        // Nobody, and somebody else: on connections of their own.
        let nobody = get(link, "/nobody");
        assert_eq!(exchange(nobody), 401);
        let other = get(link, "/other");
        login(other, scheme, r"DOM\user", "wrong");
        assert_eq!(exchange(other), 401);
        let heard = server.heard();
        assert_eq!(heard[5], "1 /nobody -");
        assert!(heard[6..].iter().all(|line| !line.starts_with("0 ")), "{heard:?}");
        assert!(heard.last().unwrap().ends_with("3 refused"), "{heard:?}");
        app.close_all(&[first, second, nobody, other, link, session]);
    }
}

#[test]
fn the_login_of_a_user_name_alone_and_of_a_principal() {
    for (user, domain) in [("user", ""), ("user@dom.example", "")] {
        let server =
            Server::start(Account { domain: domain.into(), user: user.into(), ..account() }, Style::Ntlm);
        let app = App::new();
        let session = app.session(false);
        let link = link(session, server.port);
        let request = get(link, "/");
        login(request, NTLM, user, "pass wörd");
        assert_eq!(exchange(request), 200, "{:?}", server.heard());
        app.close_all(&[request, link, session]);
    }
}

#[test]
fn asynchronous_and_by_the_options() {
    let server = Server::start(account(), Style::Ntlm);
    let app = App::acting(usual);
    let session = app.session(true);
    let link = link(session, server.port);
    let request = get(link, "/");
    winhttp_engine::option::set_text(request, abi::WINHTTP_OPTION_USERNAME, r"DOM\user").unwrap();
    winhttp_engine::option::set_text(request, abi::WINHTTP_OPTION_PASSWORD, "pass wörd").unwrap();
    send(request).unwrap();
    app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
    assert_eq!(request::status(request), Ok(200));
    assert_eq!(app.count(request, CONNECTING), 1);
    assert_eq!(app.count(request, SENDING), 3, "contract: notifications R4.3");
    assert_eq!(app.count(request, SENT), 1);
    app.close_all(&[request, link, session]);
}

#[test]
fn a_body_given_with_the_send_goes_with_every_leg() {
    let server = Server::start(account(), Style::Ntlm);
    let app = App::new();
    let session = app.session(false);
    let link = link(session, server.port);
    let config = request::Config { method: b"POST".into(), target: b"/post".into(), ..Default::default() };
    let request = request::open(link, &config).unwrap();
    login(request, NTLM, r"DOM\user", "pass wörd");
    let optional = Some(Loan::owned(Box::from(&b"12345"[..])));
    request::send(request, Send { headers: Vec::new(), optional, total: 5, context: 0 }).unwrap();
    request::receive(request).unwrap();
    assert_eq!(request::status(request), Ok(200));
    assert_eq!(server.bodies(), ["12345", "12345", "12345"]);
    app.close_all(&[request, link, session]);
}

/// contract: api-behaviour section 38, a body given by WriteData has to be given again
#[test]
fn a_written_body_is_asked_for_again() {
    let server = Server::start(account(), Style::Ntlm);
    let app = App::new();
    let session = app.session(false);
    let link = link(session, server.port);
    let config = request::Config { method: b"POST".into(), target: b"/post".into(), ..Default::default() };
    let request = request::open(link, &config).unwrap();
    login(request, NTLM, r"DOM\user", "pass wörd");
    let mut again = 0;
    loop {
        assert_eq!(send_total(request, 5), Ok(Completion::Done(0)));
        write(request, b"12345").unwrap();
        match request::receive(request) {
            Ok(_) => break,
            Err(Error(abi::ERROR_WINHTTP_RESEND_REQUEST)) => again += 1,
            Err(error) => panic!("{error:?}"),
        }
        assert!(credentials::offered(request).is_err(), "contract: evidence Q18");
    }
    assert_eq!((again, request::status(request)), (2, Ok(200)));
    let heard = server.heard();
    assert_eq!(heard, ["0 /post -", "0 /post 1", "0 /post 3 DOM\\user"]);
    app.close_all(&[request, link, session]);
}

#[test]
fn a_server_that_closes_after_the_offer_or_after_the_challenge() {
    for style in [Style::ClosesAfterOffer, Style::ClosesAfterChallengeOnce] {
        let server = Server::start(account(), style);
        let app = App::new();
        let session = app.session(false);
        let link = link(session, server.port);
        let request = get(link, "/");
        login(request, NTLM, r"DOM\user", "pass wörd");
        assert_eq!(exchange(request), 200, "{style:?} {:?}", server.heard());
        app.close_all(&[request, link, session]);
    }
    // One that never lets it come to an end.
    let server = Server::start(account(), Style::ClosesAfterChallenge);
    let app = App::new();
    let session = app.session(false);
    let link = link(session, server.port);
    let request = get(link, "/");
    login(request, NTLM, r"DOM\user", "pass wörd");
    assert_eq!(exchange(request), 401);
    assert!(server.heard().len() < 12);
    app.close_all(&[request, link, session]);
}

#[test]
fn garbage_for_a_challenge() {
    for style in [Style::Garbage, Style::Truncated] {
        let server = Server::start(account(), style);
        let app = App::new();
        let session = app.session(false);
        let link = link(session, server.port);
        let request = get(link, "/");
        login(request, NTLM, r"DOM\user", "pass wörd");
        assert_eq!(exchange(request), 401);
        app.close_all(&[request, link, session]);
    }
}

/// Many requests of one login at once: each connection logs in for itself, and none is mixed up.
#[test]
fn many_at_once() {
    let server = Arc::new(Server::start(account(), Style::Ntlm));
    let app = App::acting(usual);
    let session = app.session(true);
    let link = link(session, server.port);
    let requests: Vec<Handle> = (0..24).map(|number| get(link, &format!("/{number}"))).collect();
    for &request in &requests {
        login(request, NTLM, r"DOM\user", "pass wörd");
        send(request).unwrap();
    }
    for &request in &requests {
        app.until(|heard| heard.handle == request && heard.status == DATA && heard.number == 0);
        assert_eq!(request::status(request), Ok(200));
    }
    app.close_all(&requests);
    app.close_all(&[link, session]);
}

/// contract: evidence Q18, the dialogue with a proxy comes before anything is said to the server
#[test]
fn a_proxy_that_wants_ntlm() {
    let server = Server::start(account(), Style::Proxy);
    let app = App::new();
    let proxy =
        winhttp_engine::proxy::NamedProxy::new(&format!("127.0.0.1:{}", server.port), "").map(Arc::new);
    let session = app.session(false);
    winhttp_engine::option::set_proxy(session, proxy.ok()).unwrap();
    let link = winhttp_engine::connect::connect(session, "server.example", 80).unwrap();
    let request = get(link, "/page");
    let login = Login { user: r"DOM\user".into(), password: "pass wörd".into() };
    credentials::set(request, Asker::Proxy, NTLM, Some(login)).unwrap();
    assert_eq!(exchange(request), 200);
    let page = "http://server.example/page";
    assert_eq!(
        server.heard(),
        [format!("0 {page} -"), format!("0 {page} 1"), format!("0 {page} 3 DOM\\user")]
    );
    app.close_all(&[request, link, session]);
}
