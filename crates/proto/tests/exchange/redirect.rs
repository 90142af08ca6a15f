//! A reply that leads on.

use winhttp_proto::{Failure, Fate, RedirectPolicy, Total};

use crate::scenario::{Do, Lease, Piece, Reach, Scenario};
use crate::{EMPTY, HELLO};

fn moved(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn synchronous_redirect() {
    let mut s = Scenario::synchronous().pooled().replies(moved(302, "/two")).replies(HELLO);
    s.send().unwrap();
    s.expect("notifications S3", &["main SENDING_REQUEST", "main REQUEST_SENT 58"]);
    s.receive().unwrap();
    s.expect(
        "notifications S3; evidence Q4: the URL is absolute",
        &[
            "main RECEIVING_RESPONSE",
            "main RESPONSE_RECEIVED 57",
            "main REDIRECT http://host/two",
            "main SENDING_REQUEST",
            "main REQUEST_SENT 57",
            "main RECEIVING_RESPONSE",
            "main RESPONSE_RECEIVED 43",
        ],
    );
    assert_eq!(s.exchange.reply.head.status(), 200);
    assert_eq!(s.wire.released, [Fate::Keep]);
    s.finish();
}

#[test]
fn asynchronous_redirect() {
    let mut s = Scenario::asynchronous()
        .wired(|w| w.leases.push_back(Lease::Pooled))
        .replies(moved(302, "http://other/"))
        .replies(HELLO);
    s.send().unwrap();
    s.told.clear();
    s.receive().unwrap();
    s.expect(
        "notifications S4: the first leg on main, the next on a worker; no second SENDREQUEST_COMPLETE",
        &[
            "main RECEIVING_RESPONSE",
            "main RESPONSE_RECEIVED 66",
            "main REDIRECT http://other/",
            "worker RESOLVING_NAME other",
            "worker NAME_RESOLVED 127.0.0.1",
            "worker CONNECTING_TO_SERVER 127.0.0.1",
            "worker CONNECTED_TO_SERVER 127.0.0.1",
            "worker SENDING_REQUEST",
            "worker REQUEST_SENT 55",
            "worker RECEIVING_RESPONSE",
            "worker RESPONSE_RECEIVED 43",
            "worker HEADERS_AVAILABLE",
        ],
    );
    assert!(
        s.sent().ends_with("Host: other\r\n\r\n"),
        "contract: api-behaviour section 37, Host is recomputed"
    );
    s.finish();
}

#[test]
fn the_applications_host_is_not_told_another_server() {
    for (location, host) in
        [("/two", "Host: mine"), ("http://HOST/two", "Host: mine"), ("http://host:8080/", "Host: host:8080")]
    {
        let mut s = Scenario::synchronous().pooled().replies(moved(302, location)).replies(HELLO);
        s = s.plan(|plan| plan.headers.apply(b"Host: mine\r\nX: y", 0).expect("headers"));
        s.send().unwrap();
        s.receive().unwrap();
        let sent = s.sent();
        let second = sent.split("\r\n\r\n").nth(1).expect("a second request");
        assert!(second.lines().any(|line| line == host), "contract: api-behaviour section 37: {second}");
        assert!(second.contains("X: y") && second.matches("Host").count() == 1, "{second}");
        s.finish();
    }
}

#[test]
fn the_fragment_of_location_is_told_and_not_sent() {
    let mut s = Scenario::asynchronous().pooled().replies(moved(301, "two?a#frag")).replies(EMPTY);
    s.send().unwrap();
    s.receive().unwrap();
    assert!(s.told.iter().any(|t| t.line == "REDIRECT http://host/two?a#frag"), "contract: evidence Q4");
    assert!(s.sent().contains("GET /two?a HTTP/1.1\r\n"));
    s.finish();
}

/// Method and body of the second request, per status.
#[test]
fn methods_change_as_the_table_says() {
    for (status, method, next) in [
        (300, "POST", "GET"),
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "HEAD", "HEAD"),
        (302, "PUT", "PUT"),
        (301, "DELETE", "DELETE"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (307, "PUT", "PUT"),
    ] {
        let body: &[u8] = if matches!(method, "POST" | "PUT") { b"12345" } else { b"" };
        let mut s = Scenario::asynchronous()
            .pooled()
            .method(method)
            .with_body(body, Total::Bytes(body.len() as u64))
            .replies(moved(status, "/two"))
            .replies(EMPTY);
        s.send().unwrap();
        s.wire.sent.clear();
        s.receive().unwrap();
        let (head, sent) =
            s.sent().split_once("\r\n\r\n").map(|(h, b)| (h.to_owned(), b.to_owned())).unwrap();
        assert!(
            head.starts_with(&format!("{next} /two ")),
            "contract: evidence table A, {status} {method}: {head}"
        );
        let replayed = next == method && !body.is_empty();
        assert_eq!(sent.is_empty(), !replayed, "contract: evidence table A, {status} {method}");
        assert_eq!(head.contains("Content-Length: 5"), replayed, "{status} {method}");
        s.finish();
    }
}

#[test]
fn a_body_that_was_written_cannot_be_sent_again() {
    for total in [Total::Bytes(1), Total::Chunked] {
        let mut s = Scenario::asynchronous()
            .pooled()
            .method("POST")
            .with_body(b"", total)
            .replies(moved(307, "/two"));
        s.send().unwrap();
        s.write(b"x").unwrap();
        if total == Total::Chunked {
            s.write(b"").unwrap();
        }
        s.told.clear();
        s.receive().unwrap();
        s.expect(
            "evidence table A {1, 12032}",
            &["RECEIVING_RESPONSE", "RESPONSE_RECEIVED 57", "REQUEST_ERROR 1 12032"],
        );
        s.exchange.plan.body = winhttp_proto::BodyLength::NONE;
        s.send().unwrap();
        s.finish();
    }
}

#[test]
fn n_redirects_are_followed_and_the_next_one_fails() {
    for limit in [0, 1, 3] {
        let mut s = Scenario::asynchronous().pooled().terms(|t| t.max_redirects = limit);
        for _ in 0..=limit {
            s = s.replies(moved(302, "/again"));
        }
        s.send().unwrap();
        s.receive().unwrap();
        let followed = s.told.iter().filter(|t| t.line.starts_with("REDIRECT")).count();
        assert_eq!(followed, limit as usize, "contract: evidence table A, redirect limit");
        assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12156", "contract: evidence table A");
        s.finish();
    }
}

#[test]
fn the_limit_counts_anew_with_each_send() {
    let mut s = Scenario::asynchronous().pooled().terms(|t| t.max_redirects = 1);
    for _ in 0..2 {
        s = s.replies(moved(302, "/two")).replies(EMPTY);
    }
    for _ in 0..2 {
        s.send().unwrap();
        s.receive().unwrap();
        assert_eq!(s.told.last().unwrap().line, "HEADERS_AVAILABLE");
    }
    s.finish();
}

#[test]
fn a_redirect_without_location_fails() {
    let mut s = Scenario::synchronous().pooled().replies("HTTP/1.1 302 Moved\r\nContent-Length: 0\r\n\r\n");
    s.send().unwrap();
    assert_eq!(s.receive(), Err(12150), "contract: evidence table A, no Location");
    s.finish();
}

#[test]
fn an_unknown_scheme_fails() {
    let mut s = Scenario::synchronous().pooled().replies(moved(302, "ftp://host/"));
    s.send().unwrap();
    assert_eq!(s.receive(), Err(12006), "contract: evidence table A, unsupported scheme");
    s.finish();
}

#[test]
fn replies_that_are_handed_to_the_application() {
    let disabled = |t: &mut winhttp_proto::Terms| t.disabled = winhttp_abi::WINHTTP_DISABLE_REDIRECTS;
    let never = |t: &mut winhttp_proto::Terms| t.redirect_policy = RedirectPolicy::Never;
    for (source, s, status) in [
        ("evidence table A: https to http", Scenario::asynchronous().https(), 302),
        ("api-behaviour section 37: NEVER", Scenario::asynchronous().terms(never), 302),
        ("api-behaviour section 37: DISABLE_REDIRECTS", Scenario::asynchronous().terms(disabled), 302),
        ("evidence table A: followed statuses", Scenario::asynchronous(), 304),
        ("evidence table A: followed statuses", Scenario::asynchronous(), 305),
    ] {
        let mut s = s.pooled().replies(moved(status, "http://host/plain"));
        s.send().unwrap();
        s.told.clear();
        s.receive().unwrap();
        s.expect(source, &["RECEIVING_RESPONSE", "RESPONSE_RECEIVED 70", "HEADERS_AVAILABLE"]);
        assert_eq!(s.exchange.reply.head.status(), status);
        s.finish();
    }
    let always = |t: &mut winhttp_proto::Terms| t.redirect_policy = RedirectPolicy::Always;
    let mut s = Scenario::asynchronous()
        .https()
        .pooled()
        .terms(always)
        .replies(moved(302, "http://host/x"))
        .replies(EMPTY);
    s.send().unwrap();
    s.receive().unwrap();
    assert!(
        s.told.iter().any(|t| t.line == "REDIRECT http://host/x"),
        "contract: api-behaviour section 37, ALWAYS"
    );
    s.finish();
}

#[test]
fn the_application_may_look_change_and_close_inside_redirect() {
    let mut s = Scenario::asynchronous()
        .pooled()
        .inside("REDIRECT", &[Do::Header("X: 1")])
        .replies(moved(302, "/two"))
        .replies(EMPTY);
    s.send().unwrap();
    s.wire.sent.clear();
    s.receive().unwrap();
    assert!(s.sent().contains("X: 1\r\n"), "contract: notifications section 2, REDIRECT");
    s.finish();

    let mut s =
        Scenario::asynchronous().pooled().inside("REDIRECT", &[Do::Close]).replies(moved(302, "/two"));
    s.send().unwrap();
    s.wire.sent.clear();
    s.told.clear();
    s.receive().unwrap();
    s.told.drain(..2);
    s.expect(
        "notifications section 2: may close the handle there; R7",
        &["main REDIRECT http://host/two", "main REQUEST_ERROR 1 12017", "main HANDLE_CLOSING"],
    );
    assert_eq!(s.sent(), "", "nothing goes to the new place");
    s.finish();
}

#[test]
fn what_fails_on_the_way_belongs_to_the_receive() {
    let vacant = |w: &mut crate::scenario::Wire| w.leases.extend([Lease::Pooled, Lease::Vacant(None)]);
    for (error, script) in
        [(12007, Reach::Fails(Failure::NAME_NOT_RESOLVED)), (12029, Reach::Fails(Failure::CANNOT_CONNECT))]
    {
        let mut s = Scenario::asynchronous().wired(vacant).replies(moved(302, "http://other/"));
        if error == 12007 {
            s.wire.resolves.push_back(script);
        } else {
            s.wire.dials.push_back(script);
        }
        s.send().unwrap();
        s.receive().unwrap();
        let failed = format!("REQUEST_ERROR 1 {error}");
        assert_eq!(s.told.last().unwrap().line, failed, "contract: notifications R10, the hop's send");
        s.finish();
    }
    let mut s =
        Scenario::asynchronous().pooled().replies(moved(302, "/two")).then(Piece::Reset(Scenario::RESET));
    s.send().unwrap();
    s.receive().unwrap();
    assert_eq!(s.told.last().unwrap().line, "REQUEST_ERROR 1 12030");
    s.finish();
}

#[test]
fn to_https_there_is_a_handshake() {
    let mut s = Scenario::asynchronous()
        .wired(|w| w.leases.push_back(Lease::Pooled))
        .wired(|w| w.handshakes.push_back(Reach::Insecure(0x10, Failure(12175))))
        .replies(moved(302, "https://host/"));
    s.send().unwrap();
    s.told.clear();
    s.receive().unwrap();
    s.told.drain(..7);
    s.expect(
        "notifications R10: the hop is part of the receive",
        &["SECURE_FAILURE 0x10", "REQUEST_ERROR 1 12175"],
    );
    s.finish();
}
