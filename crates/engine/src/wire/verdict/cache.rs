//! What was fetched about revocation, kept while it holds. The fetching itself is the engine's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustls::crypto::WebPkiSupportedAlgorithms;

use super::certificate::{Certificate, Signed};
use super::der::Malformed;
use super::{RevocationAnswer, RevocationFetch, RevocationQuestion, RevocationSource, crl, ocsp};

/// Everything together, in bytes. The largest lists in public use have some ten million.
const ROOM: usize = 32 * 1024 * 1024;
/// So much is kept, or remembered as unreachable.
const ENTRIES: usize = 256;
/// For this long something that could not be had is not asked for again, in seconds.
const PATIENCE: i64 = 300;

/// Revocation lists and responders' answers by where they were fetched from. It answers from what it has, and says what
/// would have to be fetched.
///
/// How it is meant to be used: a verdict that lacks something names it ([`RevocationSource::lacking`]); whoever fetches hands
/// it to [`insert`](Self::insert) or [`unreachable`](Self::unreachable), and the chain is judged again.
#[derive(Debug)]
pub struct RevocationCache {
    algorithms: WebPkiSupportedAlgorithms,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<RevocationFetch, Arc<Answer>>,
    bytes: usize,
    /// What could not be had, and the time until which it is left alone.
    unreachable: HashMap<RevocationFetch, i64>,
}

/// A list or a response, as it came.
#[derive(Debug)]
struct Answer {
    der: Vec<u8>,
    until: i64,
    /// The key under which a list's signature was found right.
    signer: OnceLock<Box<[u8]>>,
}

impl Answer {
    fn genuine(&self, signed: &Signed<'_>, key: &[u8], algorithms: &WebPkiSupportedAlgorithms) -> bool {
        if self.signer.get().is_some_and(|signer| **signer == *key) {
            return true;
        }
        let genuine = signed.verifies(key, algorithms.all);
        if genuine {
            self.signer.get_or_init(|| key.into());
        }
        genuine
    }
}

impl RevocationCache {
    /// An empty cache.
    pub fn new() -> Self {
        let algorithms = crate::wire::tls::provider().signature_verification_algorithms;
        Self { algorithms, kept: Mutex::default() }
    }

    /// Keeps what was fetched until its next update is due. What ends soonest makes room. Whether it can be trusted is
    /// looked at when it is used: only then its issuer is known.
    ///
    /// # Errors
    /// [`Malformed`] when it is no list or no response, says no end, has ended, or is larger than the cache; then it is left
    /// alone for a while, as after [`unreachable`](Self::unreachable).
    pub fn insert(&self, fetch: &RevocationFetch, der: Vec<u8>, now: i64) -> Result<(), Malformed> {
        let until = match fetch.request {
            Some(_) => ocsp::holds_until(&der).ok(),
            None => crl::read(&der).ok().and_then(|(_, currency, _)| currency.next_update),
        };
        let (Some(until), true) = (until.filter(|until| now <= *until), der.len() <= ROOM) else {
            self.unreachable(fetch, now);
            return Err(Malformed);
        };
        let mut kept = self.lock();
        kept.remove(fetch);
        kept.unreachable.remove(fetch);
        while kept.bytes + der.len() > ROOM || kept.answers.len() >= ENTRIES {
            let Some(first) =
                kept.answers.iter().min_by_key(|(_, answer)| answer.until).map(|(at, _)| at.clone())
            else {
                break;
            };
            kept.remove(&first);
        }
        kept.bytes += der.len();
        let answer = Answer { der, until, signer: OnceLock::new() };
        kept.answers.insert(fetch.clone(), Arc::new(answer));
        Ok(())
    }

    /// Notes that something could not be had. It is not asked for again for five minutes.
    pub fn unreachable(&self, fetch: &RevocationFetch, now: i64) {
        let mut kept = self.lock();
        kept.unreachable.retain(|_, until| now < *until);
        if kept.unreachable.len() >= ENTRIES {
            let first = kept.unreachable.iter().min_by_key(|(_, until)| **until).map(|(at, _)| at.clone());
            first.map(|first| kept.unreachable.remove(&first));
        }
        kept.unreachable.insert(fetch.clone(), now.saturating_add(PATIENCE));
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, fetch: &RevocationFetch) {
        if let Some(answer) = self.answers.remove(fetch) {
            self.bytes -= answer.der.len();
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
        let issuer = ocsp::Issuer { name: question.issuer, key: question.issuer_key };
        for fetch in question.fetches(&certificate) {
            let Some(answer) = self.lock().answers.get(&fetch).cloned() else { continue };
            let said = match fetch.request {
                Some(_) => {
                    ocsp::status(&answer.der, &certificate, &issuer, self.algorithms.all, question.now)
                }
                None => crl::judge_signed(&answer.der, &certificate, question, |signed| {
                    answer.genuine(signed, question.issuer_key, &self.algorithms)
                })
                .unwrap_or(RevocationAnswer::Unknown),
            };
            // Several addresses are copies of one list: one answer is enough.
            if said != RevocationAnswer::Unknown {
                return said;
            }
        }
        RevocationAnswer::Unknown
    }

    fn lacking(&self, question: &RevocationQuestion<'_>) -> Option<RevocationFetch> {
        // Addresses out of certificates of strangers are nobody's business.
        let certificate = Certificate::read(question.certificate).ok().filter(|_| question.trusted)?;
        let kept = self.lock();
        question.fetches(&certificate).into_iter().find(|fetch| {
            let patient = kept.unreachable.get(fetch).is_some_and(|until| question.now < *until);
            // What is at hand and current has given no answer, and would be the same again.
            let useless = kept.answers.get(fetch).is_some_and(|answer| question.now <= answer.until);
            !patient && !useless
        })
    }
}
