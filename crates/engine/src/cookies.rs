//! Cookies on their way between a request and its session's jar.

use std::time::{SystemTime, UNIX_EPOCH};

use winhttp_abi as abi;
use winhttp_proto::cookie::Origin;
use winhttp_proto::http::location::Target;

use crate::request::Request;
use crate::sync::atomic::Ordering;
use crate::{lock, suffix};

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

fn origin(target: &Target) -> Origin<'_> {
    let path = target.path.split(|&byte| byte == b'?').next().unwrap_or_default();
    Origin { host: &target.host, path, secure: target.secure }
}

/// Before a leg: what the jar has for its target. Every leg gets its own (contract: api-behaviour section 38).
pub(crate) fn add(request: &mut Request) {
    let plan = &mut request.exchange.plan;
    plan.cookies.clear();
    if request.exchange.terms.without(abi::WINHTTP_DISABLE_COOKIES) {
        return;
    }
    let Some(peer) = &request.peer else { return };
    if !peer.session.baked.load(Ordering::Acquire) {
        return;
    }
    let mut jar = lock(&peer.session.jar);
    if !jar.is_empty() {
        jar.cookies_for(&origin(&plan.target), now(), &mut plan.cookies);
    }
}

/// After a head: what it sets.
pub(crate) fn keep(request: &mut Request) {
    if request.exchange.terms.without(abi::WINHTTP_DISABLE_COOKIES) {
        return;
    }
    let head = &request.exchange.reply.head;
    if head.get(b"Set-Cookie").is_none() {
        return;
    }
    let Some(peer) = &request.peer else { return };
    let mut jar = lock(&peer.session.jar);
    peer.session.baked.store(true, Ordering::Release);
    let now = now();
    for line in head.fields().all(b"Set-Cookie") {
        jar.store_guarded(line, &origin(&request.exchange.plan.target), now, &suffix::is_public);
    }
}
