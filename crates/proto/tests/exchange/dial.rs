//! The addresses are tried in turn.

use std::net::IpAddr;

use winhttp_proto::{Detour, Failure, Fate, Route};

use crate::HELLO;
use crate::scenario::{Reach, Scenario};

const REFUSED: Reach = Reach::Fails(Failure::CANNOT_CONNECT);

fn two(s: Scenario) -> Scenario {
    s.wired(|w| w.addresses = vec!["::1".parse().unwrap(), "127.0.0.1".parse().unwrap()])
}

#[test]
fn each_address_that_is_tried_is_told() {
    let mut s = two(Scenario::asynchronous()).wired(|w| w.dials.push_back(REFUSED)).replies(HELLO);
    s.send().unwrap();
    s.told.truncate(5);
    s.expect(
        "notifications S8 round 1: CONNECTING again; evidence Q2: the first address is named",
        &[
            "RESOLVING_NAME host",
            "NAME_RESOLVED ::1",
            "CONNECTING_TO_SERVER ::1",
            "CONNECTING_TO_SERVER 127.0.0.1",
            "CONNECTED_TO_SERVER 127.0.0.1",
        ],
    );
    assert_eq!(s.wire.dialled.iter().map(|a| a.port()).collect::<Vec<_>>(), [80, 80]);
    s.finish();
}

#[test]
fn refused_everywhere_fails_the_send() {
    let mut s = two(Scenario::asynchronous()).wired(|w| w.dials.extend([REFUSED, REFUSED]));
    s.send().unwrap();
    s.told.drain(..4);
    s.expect("notifications R10 {5, 12029}", &["worker REQUEST_ERROR 5 12029"]);
    s.finish();

    let mut s = Scenario::synchronous().wired(|w| w.dials.push_back(REFUSED));
    assert_eq!(s.send(), Err(12029), "contract: api-behaviour section 6");
    s.finish();
}

/// `WINHTTP_OPTION_CONNECT_RETRIES`
#[test]
fn connect_retries_limits_the_addresses() {
    let many: Vec<IpAddr> = (1..=9).map(|n| IpAddr::from([10, 0, 0, n])).collect();
    for (retries, tried) in [(5, 5), (0, 1), (100, 9)] {
        let addresses = many.clone();
        let mut s = Scenario::asynchronous().terms(|t| t.connect_retries = retries).wired(|w| {
            w.addresses = addresses;
            w.dials.extend(std::iter::repeat_n(REFUSED, 9));
        });
        s.send().unwrap();
        assert_eq!(s.wire.dialled.len(), tried, "contract: evidence Q3, at most CONNECT_RETRIES addresses");
        s.finish();
    }
}

#[test]
fn each_address_has_the_whole_limit() {
    let mut s = two(Scenario::asynchronous()).wired(|w| w.dials.extend([Reach::Pending, Reach::Pending]));
    s.send().unwrap();
    assert_eq!(s.deadline, Some(61_000), "contract: evidence table A, connect 60 s");
    s.pass(60_000);
    assert_eq!(s.deadline, Some(121_000), "contract: evidence Q3, for each address");
    s.told.clear();
    s.pass(60_000);
    s.expect("notifications R10 {5, 12002}", &["REQUEST_ERROR 5 12002"]);
    assert_eq!(s.wire.released, [Fate::Close], "the attempt is given up");
    s.finish();
}

#[test]
fn a_connection_that_comes_too_late_is_closed() {
    let mut s = Scenario::asynchronous().wired(|w| w.dials.push_back(Reach::Pending));
    s.send().unwrap();
    s.pass(60_000);
    s.event(winhttp_proto::Event::Dialled);
    assert_eq!(s.wire.released, [Fate::Close, Fate::Close]);
    s.finish();
}

/// `WINHTTP_OPTION_IPV6_FAST_FALLBACK`
#[test]
fn ipv6_is_given_up_early_for_ipv4() {
    let two = ["[::1]", "127.0.0.1", "127.0.0.2"];
    let mut s = Scenario::asynchronous().terms(|terms| terms.fast_fallback = true).wired(|wire| {
        wire.addresses = two.iter().map(|text| text.trim_matches(['[', ']']).parse().unwrap()).collect();
        wire.dials.extend([Reach::Pending, Reach::Pending, Reach::Pending]);
    });
    s.send().unwrap();
    s.pass(299);
    assert_eq!(s.wire.dialled.len(), 1);
    s.pass(2);
    s.pass(60_001);
    s.pass(301);
    let dialled: Vec<String> = s.wire.dialled.iter().map(|address| address.ip().to_string()).collect();
    assert_eq!(dialled, ["::1", "127.0.0.1", "::1"], "evidence Q3: v6 with 300 ms, v4, v6 again");
    s.pass(60_001);
    assert_eq!(s.wire.dialled.last().unwrap().ip().to_string(), "127.0.0.2", "then the rest");
}

/// A list of proxies: the leg begins again as often as there is another one.
#[test]
fn a_proxy_that_cannot_be_reached_is_left_for_the_next() {
    for (left, refused, reached) in [(1, 1, true), (2, 2, true), (1, 2, false), (0, 1, false)] {
        let mut s = Scenario::asynchronous().replies(HELLO).plan(|plan| {
            plan.route = Route::Proxy { host: "proxy".into(), port: 8080 };
            plan.detour = Some(Box::new(Detour { left, ..Detour::default() }));
        });
        s = s.wired(|w| w.dials.extend(std::iter::repeat_n(REFUSED, refused)));
        s.send().unwrap();
        let tried = if reached { refused + 1 } else { left + 1 };
        let told = |what: &str| s.told.iter().filter(|told| told.line.contains(what)).count();
        assert_eq!(told("RESOLVING_NAME proxy"), tried, "each one is looked up");
        assert_eq!(s.wire.dialled.len(), tried);
        let last = s.told.last().expect("something was told");
        assert_eq!(last.line.contains("REQUEST_ERROR 5 12029"), !reached, "{}", last.line);
        let detour = s.exchange.plan.detour.as_deref().expect("it stays");
        assert_eq!((detour.left, detour.failed.len()), (left + 1 - tried, tried - 1));
        s.finish();
    }
}
