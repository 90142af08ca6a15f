//! The lookup of the peer's name.

use winhttp_proto::{Failure, Fate};

use crate::scenario::{Reach, Scenario};

fn failing(how: Reach) -> impl FnOnce(&mut crate::scenario::Wire) {
    move |wire| wire.resolves.push_back(how)
}

#[test]
fn a_name_without_address_fails_the_send() {
    let mut s = Scenario::asynchronous().wired(failing(Reach::Fails(Failure::NAME_NOT_RESOLVED)));
    s.send().unwrap();
    s.expect("notifications R10 {5, 12007}", &["RESOLVING_NAME host", "worker REQUEST_ERROR 5 12007"]);
    assert_eq!(s.wire.released, [Fate::Close], "the right to a connection is given up");
    s.finish();

    let mut s = Scenario::asynchronous().wired(|w| w.addresses.clear());
    s.send().unwrap();
    s.expect("notifications R10 {5, 12007}", &["RESOLVING_NAME host", "REQUEST_ERROR 5 12007"]);
    s.finish();
}

#[test]
fn synchronously_it_is_the_answer_and_the_reply_cannot_be_asked_for() {
    let mut s = Scenario::synchronous().wired(failing(Reach::Fails(Failure::NAME_NOT_RESOLVED)));
    assert_eq!(s.send(), Err(12007), "contract: api-behaviour section 13");
    assert_eq!(s.receive(), Err(12019), "contract: api-behaviour section 13");
    s.expect("notifications R3: no completions in synchronous mode", &["main RESOLVING_NAME host"]);
    s.finish();
}

#[test]
fn it_has_no_limit_by_default() {
    let mut s = Scenario::asynchronous().wired(failing(Reach::Pending));
    s.send().unwrap();
    assert_eq!(s.deadline, None, "contract: options RESOLVE_TIMEOUT, infinite by default");
    s.pass(10_000_000);
    s.expect("options RESOLVE_TIMEOUT", &["RESOLVING_NAME host"]);
    s.event(winhttp_proto::Event::Resolved([std::net::IpAddr::from([127, 0, 0, 1])].into()));
    s.told.truncate(2);
    s.expect("notifications R4", &["NAME_RESOLVED 127.0.0.1", "CONNECTING_TO_SERVER 127.0.0.1"]);
    s.finish();
}

#[test]
fn the_limit_fires_in_its_millisecond() {
    let mut s = Scenario::asynchronous().terms(|t| t.resolve_timeout = 500).wired(failing(Reach::Pending));
    s.send().unwrap();
    assert_eq!(s.deadline, Some(1_500));
    s.pass(499);
    s.expect("notifications R10", &["RESOLVING_NAME host"]);
    s.pass(1);
    s.expect("notifications R10 {5, 12002}", &["REQUEST_ERROR 5 12002"]);
    assert_eq!(s.wire.released, [Fate::Close], "the lookup is given up");
    s.finish();
}
