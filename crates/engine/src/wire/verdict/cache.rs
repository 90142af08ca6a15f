//! Fetched revocation lists, kept while they hold. The fetching itself is the engine's.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::crypto::WebPkiSupportedAlgorithms;

use super::certificate::Certificate;
use super::crl;
use super::der::Malformed;
use super::{RevocationAnswer, RevocationQuestion, RevocationSource};

/// All lists together, in bytes. The largest in public use have some ten million.
const ROOM: usize = 32 * 1024 * 1024;
/// Addresses that are remembered as wanted or as unreachable.
const ADDRESSES: usize = 64;
/// For this long an address that gave nothing is not wanted again, in seconds.
const PATIENCE: i64 = 300;

/// Revocation lists by the address they were fetched from. It answers from what it has, and remembers what it
/// was asked for and lacks.
///
/// How it is meant to be used: a handshake fails with `CERT_REV_FAILED`; if [`wanted`](Self::wanted) then names addresses, the engine fetches
/// them, hands each to [`insert`](Self::insert) or [`unreachable`](Self::unreachable), and connects again before it tells of a
/// failure. Several handshakes may want the same list: the addresses go to whoever takes them first. Nothing was sent on the first connection but its handshake, and no session of it can be resumed.
#[derive(Debug)]
pub struct RevocationCache {
    algorithms: WebPkiSupportedAlgorithms,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    lists: HashMap<String, List>,
    bytes: usize,
    wanted: Vec<String>,
    /// Address and the time until which it is left alone.
    unreachable: HashMap<String, i64>,
}

#[derive(Debug)]
struct List {
    der: Vec<u8>,
    until: i64,
}

impl RevocationCache {
    /// An empty cache.
    pub fn new() -> Self {
        let algorithms = crate::wire::tls::provider().signature_verification_algorithms;
        Self { algorithms, kept: Mutex::default() }
    }

    /// Takes the addresses of lists that were needed and not at hand: `http` only (RFC 5280 section 8 warns of loops
    /// through `https`), each once, at most some dozens.
    pub fn wanted(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().wanted)
    }

    /// Keeps a list that was fetched from an address, until its next update is due. Those that end soonest make room.
    ///
    /// # Errors
    /// [`Malformed`] when it is no list, says no end, has ended, or is larger than the cache; then the address is left alone for
    /// a while, as after [`unreachable`](Self::unreachable).
    pub fn insert(&self, address: &str, der: Vec<u8>, now: i64) -> Result<(), Malformed> {
        let until =
            crl::read(&der).ok().and_then(|(_, currency)| currency.next_update).filter(|until| now <= *until);
        let (Some(until), true) = (until, der.len() <= ROOM) else {
            self.unreachable(address, now);
            return Err(Malformed);
        };
        let mut kept = self.lock();
        kept.remove(address);
        kept.unreachable.remove(address);
        while kept.bytes + der.len() > ROOM || kept.lists.len() >= ADDRESSES {
            let Some(first) = kept.lists.iter().min_by_key(|(_, list)| list.until).map(|(at, _)| at.clone())
            else {
                break;
            };
            kept.remove(&first);
        }
        kept.bytes += der.len();
        kept.lists.insert(address.to_owned(), List { der, until });
        Ok(())
    }

    /// Notes that an address gave nothing. It is not wanted again for five minutes.
    pub fn unreachable(&self, address: &str, now: i64) {
        let mut kept = self.lock();
        kept.unreachable.retain(|_, until| now < *until);
        if kept.unreachable.len() < ADDRESSES {
            kept.unreachable.insert(address.to_owned(), now.saturating_add(PATIENCE));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, address: &str) {
        if let Some(list) = self.lists.remove(address) {
            self.bytes -= list.der.len();
        }
    }

    fn want(&mut self, address: String, now: i64) {
        let patient = self.unreachable.get(&address).is_some_and(|until| now < *until);
        if !patient && self.wanted.len() < ADDRESSES && !self.wanted.contains(&address) {
            self.wanted.push(address);
        }
    }
}

impl Default for RevocationCache {
    fn default() -> Self {
        Self::new()
    }
}

impl RevocationSource for RevocationCache {
    fn status(&self, question: &RevocationQuestion<'_>) -> RevocationAnswer {
        let Ok(certificate) = Certificate::read(question.certificate) else {
            return RevocationAnswer::Unknown;
        };
        let mut kept = self.lock();
        let mut missing = Vec::new();
        for address in question.addresses() {
            let scheme = address.get(..7).unwrap_or_default();
            if !scheme.eq_ignore_ascii_case("http://") {
                continue;
            }
            let Some(list) = kept.lists.get(&address) else {
                missing.push(address);
                continue;
            };
            match crl::judge(&list.der, &certificate, question, &self.algorithms) {
                Ok(RevocationAnswer::Unknown) | Err(Malformed) if list.until < question.now => {
                    missing.push(address)
                }
                Ok(RevocationAnswer::Unknown) | Err(Malformed) => {}
                // Several addresses are copies of one list: one answer is enough.
                Ok(answer) => return answer,
            }
        }
        if question.trusted {
            missing.into_iter().for_each(|address| kept.want(address, question.now));
        }
        RevocationAnswer::Unknown
    }
}
