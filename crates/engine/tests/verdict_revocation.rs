//! Revocation: lists at hand, and answers that servers staple.

mod verdict_support;

use rcgen::{
    CrlDistributionPoint, CrlIssuingDistributionPoint, ExtendedKeyUsagePurpose, SerialNumber, date_time_ymd,
};
use verdict_support::forge::*;
use winhttp_engine::wire::tls::TlsPolicy;
use winhttp_engine::wire::verdict::{
    Presented, RevocationAnswer, RevocationCache, RevocationFetch, RevocationQuestion, RevocationSource,
    judge,
};

const LEAF: u64 = 7;
const ISSUER: u64 = 8;
const CURRENT: (i32, i32) = (2025, 2027);

struct World {
    root: Authority,
    issuer: Authority,
    chain: Vec<Vec<u8>>,
}

fn world() -> World {
    let root = root(authority_params("root"));
    let mut params = authority_params("issuer");
    params.serial_number = Some(SerialNumber::from(ISSUER));
    let issuer = below(params, &root);
    let chain = vec![issue(numbered(), &issuer), issuer.der().to_vec()];
    World { root, issuer, chain }
}

fn numbered() -> rcgen::CertificateParams {
    let mut params = leaf_params();
    params.serial_number = Some(SerialNumber::from(LEAF));
    params
}

#[test]
fn lists() {
    let World { root: top, issuer, chain } = world();
    let other = root(authority_params("other"));
    let namesake = root(authority_params("issuer"));
    let case = |lists: Vec<Vec<u8>>| Case::new(chain.clone(), &[&top]).lists(lists);
    let clean = || list(&top, &[1], CURRENT);
    case(vec![list(&issuer, &[1], CURRENT), clean()]).expect("not revoked", 0);
    case(vec![list(&issuer, &[LEAF], CURRENT), clean()]).expect("revoked leaf", REVOKED);
    case(vec![list(&issuer, &[1], CURRENT), list(&top, &[ISSUER], CURRENT)])
        .expect("revoked intermediate", REVOKED);
    case(vec![list(&issuer, &[LEAF], CURRENT), list(&top, &[ISSUER], CURRENT)])
        .expect("both revoked", REVOKED);
    case(vec![]).expect("no lists", REV_FAILED);
    case(vec![]).offline_ok().expect("no lists, offline allowed", 0);
    case(vec![list(&issuer, &[LEAF], CURRENT)]).expect("revoked leaf, issuer unknown", REVOKED | REV_FAILED);
    case(vec![list(&issuer, &[LEAF], CURRENT)]).offline_ok().expect("the same, offline allowed", REVOKED);
    case(vec![list(&issuer, &[1], CURRENT)]).expect("only the leaf's", REV_FAILED);
    case(vec![list(&issuer, &[1], (2024, 2025)), clean()]).expect("expired list", REV_FAILED);
    case(vec![list(&issuer, &[LEAF], (2024, 2025)), clean()]).expect("revoked by an expired list", REVOKED);
    case(vec![list(&issuer, &[1], (2027, 2028)), clean()]).expect("list of the future", REV_FAILED);
    case(vec![list(&other, &[LEAF], CURRENT), clean()]).expect("list of another issuer", REV_FAILED);
    case(vec![list(&namesake, &[LEAF], CURRENT), clean()]).expect("list signed by another key", REV_FAILED);
    case(vec![list(&issuer, &[ISSUER], CURRENT), list(&top, &[LEAF], CURRENT)])
        .expect("numbers of the other issuer", 0);
    case(vec![b"list".to_vec(), list(&issuer, &[1], CURRENT), clean()]).expect("bytes that are none", 0);
    Case::new(chain.clone(), &[&top]).expect("not asked for", 0);
    case(vec![list(&issuer, &[LEAF], CURRENT), clean()])
        .host("other.example")
        .expect("and other host", REVOKED | NAME);
}

#[test]
fn lists_of_a_distribution_point() {
    let World { root: top, .. } = world();
    let point = |uri: &str| CrlDistributionPoint { uris: vec![uri.to_owned()] };
    let mut params = numbered();
    params.crl_distribution_points = vec![point("http://crl.example/1")];
    let chain = vec![issue(params, &top)];
    for (uri, serials, faults) in [
        ("http://crl.example/1", &[1][..], 0),
        ("http://crl.example/1", &[LEAF][..], REVOKED),
        ("http://crl.example/2", &[1][..], REV_FAILED),
    ] {
        let mut params = list_params(serials, CURRENT);
        params.issuing_distribution_point =
            Some(CrlIssuingDistributionPoint { distribution_point: point(uri), scope: None });
        let list = params.signed_by(&top).expect("list").der().to_vec();
        Case::new(chain.clone(), &[&top]).lists(vec![list]).expect(uri, faults);
    }
    for (scope, faults) in [(rcgen::CrlScope::UserCertsOnly, 0), (rcgen::CrlScope::CaCertsOnly, REV_FAILED)] {
        let mut params = list_params(&[1], CURRENT);
        params.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
            distribution_point: point("http://crl.example/1"),
            scope: Some(scope),
        });
        let list = params.signed_by(&top).expect("list").der().to_vec();
        Case::new(chain.clone(), &[&top]).lists(vec![list]).expect("scope", faults);
    }
}

/// Never panics, and never trusted: any byte of a list changed, any length cut.
#[test]
fn mutated_lists() {
    let top = root(authority_params("root"));
    let chain = vec![issue(numbered(), &top)];
    let good = list(&top, &[1], CURRENT);
    let case = |list: Vec<u8>| Case::new(chain.clone(), &[&top]).lists(vec![list]);
    assert_eq!(case(good.clone()).verdict(0).faults, 0);
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0x41;
        assert_eq!(case(changed).verdict(0).faults, REV_FAILED, "byte {at}");
        assert_eq!(case(good[..at].to_vec()).verdict(0).faults, REV_FAILED, "cut at {at}");
    }
}

/// Says nothing and remembers where to look.
#[derive(Debug, Default)]
struct Seeker(std::sync::Mutex<Vec<String>>);

impl RevocationSource for Seeker {
    fn status(&self, question: &RevocationQuestion<'_>) -> RevocationAnswer {
        self.0.lock().expect("lock").extend(question.addresses());
        RevocationAnswer::Unknown
    }
}

#[test]
fn a_source_learns_where_to_look() {
    let top = root(authority_params("root"));
    let mut params = numbered();
    let point = |uri: &str| CrlDistributionPoint { uris: vec![uri.to_owned()] };
    params.crl_distribution_points = vec![point("http://crl.example/1"), point("ldap://crl.example/2")];
    let chain = [issue(params, &top)];
    let seeker = std::sync::Arc::new(Seeker::default());
    let policy = TlsPolicy { revocation: true, ..verdict_support::trusting(top.der()) };
    let verdict =
        judge(&policy, &Presented { chain: &chain, ocsp: &[], host: HOST, now: NOW }, Some(seeker.clone()));
    assert_eq!(verdict.faults, REV_FAILED);
    assert_eq!(*seeker.0.lock().expect("lock"), ["http://crl.example/1", "ldap://crl.example/2"]);
}

fn certificate(serial: u64, issuer: &Authority, points: &[&str]) -> Vec<u8> {
    let mut params = leaf_params();
    params.serial_number = Some(SerialNumber::from(serial));
    params.crl_distribution_points =
        points.iter().map(|at| CrlDistributionPoint { uris: vec![(*at).to_owned()] }).collect();
    issue(params, issuer)
}

#[test]
fn a_cache_of_fetched_lists() {
    let top = root(authority_params("root"));
    let at = "http://crl.example/1";
    let fetch = RevocationFetch { address: at.to_owned(), request: None };
    let issued = |serial: u64| [certificate(serial, &top, &["ldap://crl.example/1", at])];
    let (good, bad) = (issued(LEAF), issued(9));
    let policy = TlsPolicy { revocation: true, ..verdict_support::trusting(top.der()) };
    let cache = std::sync::Arc::new(RevocationCache::new());
    let faults = |chain: &[Vec<u8>], now: u64| {
        judge(&policy, &Presented { chain, ocsp: &[], host: HOST, now }, Some(cache.clone())).faults
    };
    let key = fields(top.der());
    let (issuer, issuer_key) = (split(&key[5]).1.to_vec(), split(&key[6]).1.to_vec());
    let lacking = |certificate: &[u8], now: u64, trusted: bool| {
        let now = now as i64;
        let question = RevocationQuestion {
            certificate,
            issuer: &issuer,
            issuer_key: &issuer_key,
            issuer_signs_lists: true,
            now,
            trusted,
        };
        cache.lacking(&question)
    };
    let now = NOW as i64;
    assert_eq!(faults(&good, NOW), REV_FAILED);
    assert_eq!(lacking(&good[0], NOW, true).as_ref(), Some(&fetch));
    // Whom nobody trusts sends nobody anywhere.
    assert_eq!(lacking(&good[0], NOW, false), None);
    // Nothing is there: it is left alone for five minutes.
    cache.unreachable(&fetch, now);
    assert_eq!(lacking(&good[0], NOW + 299, true), None);
    assert_eq!(lacking(&good[0], NOW + 300, true).as_ref(), Some(&fetch));
    assert!(cache.insert(&fetch, b"<html>".to_vec(), now + 300).is_err());
    assert!(cache.insert(&fetch, list(&top, &[9], (2024, 2025)), now + 300).is_err());
    assert_eq!((faults(&good, NOW + 301), lacking(&good[0], NOW + 301, true)), (REV_FAILED, None));
    cache.insert(&fetch, list(&top, &[9], CURRENT), now).expect("list");
    assert_eq!((faults(&good, NOW), faults(&bad, NOW)), (0, REVOKED));
    // The next update is due: what was revoked stays so, the rest is to be fetched again.
    let later = NOW + 400 * 86_400;
    assert_eq!(faults(&bad, later), REVOKED);
    assert_eq!((faults(&good, later), lacking(&good[0], later, true)), (REV_FAILED, Some(fetch.clone())));
    // A list of another signer is no list of this issuer, and is not fetched over and over.
    cache.insert(&fetch, list(&root(authority_params("root")), &[], CURRENT), now).expect("list");
    assert_eq!((faults(&good, NOW), lacking(&good[0], NOW, true)), (REV_FAILED, None));
    // What is kept is bounded.
    for number in 0..600 {
        let fetch =
            |host: &str| RevocationFetch { address: format!("http://{host}/{number}"), request: None };
        cache.insert(&fetch("crl.example"), list(&top, &[], CURRENT), now).expect("list");
        cache.unreachable(&fetch("other.example"), now);
    }
}

#[test]
fn responders_are_asked_before_lists() {
    let top = root(authority_params("root"));
    let mut params = numbered();
    params.custom_extensions = vec![responder("http://ocsp.example/")];
    params.crl_distribution_points =
        vec![CrlDistributionPoint { uris: vec!["http://crl.example/".to_owned()] }];
    let chain = [issue(params, &top)];
    let key = fields(top.der());
    let (issuer, issuer_key) = (split(&key[5]).1.to_vec(), split(&key[6]).1.to_vec());
    let cache = RevocationCache::new();
    let question = RevocationQuestion {
        certificate: &chain[0],
        issuer: &issuer,
        issuer_key: &issuer_key,
        issuer_signs_lists: true,
        now: NOW as i64,
        trusted: true,
    };
    let asked = cache.lacking(&question).expect("a responder");
    assert_eq!(asked.address, "http://ocsp.example/");
    // The question names the certificate as its answers do.
    let answer = response(&top, LEAF, Said::Good, ("2025", "2027"), top.key(), &[]);
    let sent = asked.request.clone().expect("a question");
    let id = split(split(split(split(split(&sent).1).1).1).1).2;
    assert!(answer.windows(id.len()).any(|part| part == id), "{id:x?}");
    cache.insert(&asked, answer, NOW as i64).expect("answer");
    assert_eq!(cache.status(&question), RevocationAnswer::Good);
    // One that does not know is followed by the list.
    let unknown = response(&top, LEAF, Said::Unknown, ("2025", "2027"), top.key(), &[]);
    cache.insert(&asked, unknown, NOW as i64).expect("answer");
    assert_eq!(cache.status(&question), RevocationAnswer::Unknown);
    let next = cache.lacking(&question).expect("a list");
    assert_eq!((next.address.as_str(), next.request), ("http://crl.example/", None));
    assert!(cache.insert(&asked, b"\x30\x03\x0a\x01\x06".to_vec(), NOW as i64).is_err());
}

#[test]
fn stapled_answers() {
    let top = root(authority_params("root"));
    let stranger = root(authority_params("stranger"));
    let chain = vec![issue(numbered(), &top)];
    let case = |staple: Vec<u8>| Case::new(chain.clone(), &[&top]).staple(staple);
    let now = ("2025", "2027");
    case(response(&top, LEAF, Said::Good, now, top.key(), &[])).expect("good", 0);
    case(response(&top, LEAF, Said::Revoked, now, top.key(), &[])).expect("revoked", REVOKED);
    case(response(&top, LEAF, Said::Unknown, now, top.key(), &[])).expect("unknown", REV_FAILED);
    case(response(&top, LEAF, Said::Unknown, now, top.key(), &[]))
        .offline_ok()
        .expect("unknown, offline allowed", 0);
    case(response(&top, 9, Said::Good, now, top.key(), &[])).expect("another certificate", REV_FAILED);
    case(response(&top, LEAF, Said::Good, ("2024", "2025"), top.key(), &[])).expect("expired", REV_FAILED);
    case(response(&top, LEAF, Said::Good, ("2027", "2028"), top.key(), &[]))
        .expect("of the future", REV_FAILED);
    case(response(&top, LEAF, Said::Good, now, stranger.key(), &[]))
        .expect("signed by a stranger", REV_FAILED);
    case(response(&stranger, LEAF, Said::Good, now, top.key(), &[]))
        .expect("about another issuer", REV_FAILED);
    case(b"\x30\x03\x0a\x01\x06".to_vec()).expect("the responder refuses", REV_FAILED);
    case(b"answer".to_vec()).expect("no answer", REV_FAILED);
    // A list fills in for a response that says nothing.
    let mut both = case(b"answer".to_vec());
    both.lists = Some(vec![list(&top, &[1], CURRENT)]);
    both.expect("list instead", 0);
    // Nobody asked.
    let mut unasked = case(response(&top, LEAF, Said::Revoked, now, top.key(), &[]));
    unasked.revocation = false;
    unasked.expect("not asked for", 0);

    let delegate = |change: &dyn Fn(&mut rcgen::CertificateParams), issuer: &Authority| {
        let mut params = params(Some("responder"), (2020, 2040));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        change(&mut params);
        let key = key();
        let certificate = der_of(&params.signed_by(&key, issuer).expect("responder"));
        response(&top, LEAF, Said::Good, now, &key, &[certificate])
    };
    case(delegate(&|_| (), &top)).expect("delegate", 0);
    case(delegate(&|params| params.extended_key_usages.clear(), &top))
        .expect("delegate without the usage", REV_FAILED);
    case(delegate(&|params| params.not_after = date_time_ymd(2021, 1, 1), &top))
        .expect("expired delegate", REV_FAILED);
    case(delegate(&|_| (), &stranger)).expect("delegate of a stranger", REV_FAILED);

    // Never panics, and never accepted: any byte changed.
    let good = response(&top, LEAF, Said::Good, now, top.key(), &[]);
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0x41;
        let faults = case(changed).verdict(0).faults;
        assert_eq!(faults, REV_FAILED, "byte {at}");
    }
    // The intermediate of a longer chain needs an answer of its own.
    let World { root: top, issuer, chain } = world();
    let staple = response(&issuer, LEAF, Said::Good, now, issuer.key(), &[]);
    Case::new(chain.clone(), &[&top]).staple(staple.clone()).expect("intermediate unanswered", REV_FAILED);
    let mut answered = Case::new(chain, &[&top]).staple(staple);
    answered.lists = Some(vec![list(&top, &[1], CURRENT)]);
    answered.expect("intermediate by list", 0);
}
