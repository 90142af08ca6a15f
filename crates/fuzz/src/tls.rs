//! Targets for what TLS reads of peers: certificates, lists, answers, containers.

use std::sync::{Arc, OnceLock};

use winhttp_engine::wire::tls::{ClientIdentity, ExtraRoots, TlsPolicy};
use winhttp_engine::wire::verdict::certificate::Certificate;
use winhttp_engine::wire::verdict::{
    Presented, RevocationCache, RevocationFetch, RevocationQuestion, RevocationSource, built, elements,
    judge, name_values,
};

/// The authority of the seeds, a certificate that it has issued, and a moment when both hold.
const ROOT: &[u8] = include_bytes!("../corpus/certificate/root");
const LEAF: &[u8] = include_bytes!("../corpus/certificate/leaf");
const NOW: u64 = 1_800_000_000;
const HOST: &str = "fuzz.example";

fn policy() -> &'static TlsPolicy {
    static POLICY: OnceLock<TlsPolicy> = OnceLock::new();
    POLICY.get_or_init(|| TlsPolicy {
        revocation: true,
        extra_roots: ExtraRoots::from_der(vec![ROOT.to_vec()]).map(Arc::new),
        ..TlsPolicy::default()
    })
}

/// What is read of a certificate lies within it.
pub(crate) fn certificate(input: &[u8]) {
    if let Ok(read) = Certificate::read(input) {
        assert!(read.serial.len() + read.subject.len() + read.issuer.len() + read.spki.len() < input.len());
        assert!((1..=3).contains(&read.version));
        let _ = name_values(read.subject);
        let _ = name_values(read.issuer);
        let question = RevocationQuestion {
            certificate: input,
            issuer: read.issuer,
            issuer_key: read.spki,
            issuer_signs_lists: true,
            now: NOW as i64,
            trusted: true,
        };
        assert!(question.addresses().iter().all(|address| address.len() < input.len()));
        // What is to be fetched was named by the certificate.
        if let Some(fetch) = RevocationCache::new().lacking(&question) {
            let address = fetch.address.as_bytes();
            assert!(input.windows(address.len()).any(|part| part == address));
        }
    }
}

/// A chain that holds without what the input says is the seeds' own: anything else has faults. The first byte says how much of
/// the input is stapled.
pub(crate) fn verdict(input: &[u8]) {
    let Some((split, rest)) = input.split_first() else { return };
    let at = rest.len() * usize::from(*split) / 256;
    let (ocsp, chain) = rest.split_at(at);
    let mut chain = elements(chain).unwrap_or_else(|_| vec![chain.to_vec()]);
    for presented in [&chain.clone()[..], {
        chain.insert(0, LEAF.to_vec());
        &chain
    }] {
        let verdict = judge(policy(), &Presented { chain: presented, ocsp, host: HOST, now: NOW }, None);
        let strict =
            judge(policy(), &Presented { chain: presented, ocsp, host: "x.example", now: NOW }, None);
        assert_ne!(strict.faults, 0, "nobody vouches for that name");
        assert_eq!(verdict.ignored, 0);
        if let Some(chain) = built(policy(), presented, NOW as i64) {
            assert!(!chain.links.is_empty() && chain.links.len() <= presented.len() + 1);
        }
    }
}

/// The first byte says whether it is a list or an answer. Neither can be signed by chance.
pub(crate) fn revocation(input: &[u8]) {
    let Some((kind, answer)) = input.split_first() else { return };
    let (Ok(leaf), Ok(root)) = (Certificate::read(LEAF), Certificate::read(ROOT)) else {
        unreachable!("the seeds are certificates")
    };
    let cache = RevocationCache::new();
    let request = (kind & 1 == 1).then(|| b"question".to_vec());
    let fetch = RevocationFetch { address: "http://crl.fuzz.example/".to_owned(), request };
    let question = RevocationQuestion {
        certificate: LEAF,
        issuer: leaf.issuer,
        issuer_key: root.spki,
        issuer_signs_lists: true,
        now: NOW as i64,
        trusted: true,
    };
    if cache.insert(&fetch, answer.to_vec(), NOW as i64).is_ok() {
        let _ = cache.status(&question);
    }
    let stapled = Presented { chain: &[LEAF.to_vec()], ocsp: answer, host: HOST, now: NOW };
    let _ = judge(policy(), &stapled, Some(Arc::new(cache)));
}

/// Whatever opens is a certificate with its key.
pub(crate) fn identity(input: &[u8]) {
    let made = [ClientIdentity::from_pkcs12(input, "open"), ClientIdentity::from_pem(input, input)];
    for identity in made.into_iter().flatten() {
        assert!(Certificate::read(identity.certificate()).is_ok());
    }
}
