//! What is known of a chain that was shown before, and when it is not believed.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use winhttp_abi::SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS;

use super::*;
use crate::wire::tls::provider;

/// Years after 1970 of 365 days and a quarter: the middle of nowhere near a boundary.
fn year(year: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600 + 15_000_000))
}

fn issuer(
    name: &str,
    years: (i32, i32),
    by: Option<&CertifiedIssuer<'static, KeyPair>>,
) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().expect("key");
    match by {
        None => CertifiedIssuer::self_signed(params, key),
        Some(by) => CertifiedIssuer::signed_by(params, key, by),
    }
    .expect("issuer")
}

fn leaf(issuer: &CertifiedIssuer<'static, KeyPair>, years: (i32, i32)) -> CertificateDer<'static> {
    let mut params = CertificateParams::new(vec!["one.test".into(), "two.test".into()]).expect("names");
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    params.signed_by(&KeyPair::generate().expect("key"), issuer).expect("leaf").der().clone()
}

fn judge(root: &[u8], policy: TlsPolicy) -> Judge {
    let extra_roots = ExtraRoots::from_der(vec![root.to_vec()]).map(Arc::new);
    let policy = TlsPolicy { extra_roots, ..policy };
    Judge::new(&policy, provider().signature_verification_algorithms, None)
}

fn name(name: &str) -> ServerName<'static> {
    ServerName::try_from(name.to_owned()).expect("name")
}

struct Shown {
    judge: Judge,
    leaf: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
}

impl Shown {
    fn accepted(&self, host: &str, now: UnixTime) -> bool {
        let accepted = self.judge.verify_server_cert(&self.leaf, &self.others, &name(host), &[], now).is_ok();
        let note = Note::take();
        assert_eq!(note.verdict.map(Verdict::fatal) == Some(0), accepted);
        assert_eq!(note.chain.expect("a chain").len(), 1 + self.others.len());
        accepted
    }

    fn is_known(&self, host: &str, now: UnixTime) -> bool {
        self.judge.known(&self.leaf, &self.others, &name(host), now).is_some()
    }
}

/// The dates of each certificate of the path count, whichever ends first.
#[test]
fn known_while_all_dates_of_the_path_hold() {
    for (root, middle, end) in [
        ((2010, 2030), (2010, 2040), (2010, 2040)),
        ((2010, 2040), (2010, 2030), (2010, 2040)),
        ((2010, 2040), (2010, 2040), (2010, 2030)),
        ((2020, 2040), (2010, 2030), (2010, 2040)),
        ((2010, 2030), (2010, 2040), (2020, 2040)),
    ] {
        let root = issuer("root", root, None);
        let middle = issuer("middle", middle, Some(&root));
        let shown = Shown {
            judge: judge(root.der(), TlsPolicy::default()),
            leaf: leaf(&middle, end),
            others: vec![middle.der().clone()],
        };
        assert!(!shown.is_known("one.test", year(2025)));
        assert!(shown.accepted("one.test", year(2025)) && shown.is_known("one.test", year(2025)));
        assert!(shown.accepted("one.test", year(2029)) && shown.is_known("one.test", year(2029)));
        assert!(!shown.is_known("one.test", year(2030)) && !shown.accepted("one.test", year(2030)));
        let early = shown.accepted("one.test", year(2015));
        assert_eq!(shown.is_known("one.test", year(2015)), early, "what begins later counts as well");
        assert!(shown.accepted("one.test", year(2025)), "and the clock may be set right again");
    }
}

#[test]
fn known_for_the_same_host_and_the_same_certificates_only() {
    let root = issuer("root", (2010, 2040), None);
    let other = issuer("root", (2010, 2040), None);
    let mut shown = Shown {
        judge: judge(root.der(), TlsPolicy::default()),
        leaf: leaf(&root, (2010, 2040)),
        others: vec![],
    };
    let now = year(2025);
    assert!(shown.accepted("one.test", now));
    assert!(!shown.is_known("two.test", now) && shown.accepted("two.test", now));
    assert!(shown.is_known("one.test", now) && shown.is_known("two.test", now), "each is remembered");
    assert!(!shown.accepted("three.test", now) && !shown.is_known("three.test", now));
    let chain = |shown: &Shown, host| shown.judge.known(&shown.leaf, &[], &name(host), now).expect("known");
    assert!(Arc::ptr_eq(&chain(&shown, "one.test"), &chain(&shown, "two.test")), "one chain for both");

    let good = shown.leaf.clone();
    for at in 0..good.len() {
        let mut changed = good.to_vec();
        changed[at] ^= 1;
        shown.leaf = changed.into();
        assert!(!shown.is_known("one.test", now), "byte {at}");
    }
    let mut forged = good.to_vec();
    *forged.last_mut().expect("bytes") ^= 1;
    shown.leaf = forged.into();
    assert!(!shown.accepted("one.test", now), "the signature is looked at");
    shown.leaf = leaf(&other, (2010, 2040));
    assert!(!shown.accepted("one.test", now), "another key under the same name");
    shown.leaf = good;
    shown.others = vec![other.der().clone()];
    assert!(!shown.is_known("one.test", now), "something else was sent along");
    assert!(shown.accepted("one.test", now));
}

/// What was ignored is a fault each time, and where revocation is checked nothing is known beforehand.
#[test]
fn faults_and_revocation_are_judged_each_time() {
    let root = issuer("root", (2010, 2020), None);
    let now = year(2025);
    let ignoring = TlsPolicy { ignore: SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS, ..TlsPolicy::default() };
    let shown = Shown { judge: judge(root.der(), ignoring), leaf: leaf(&root, (2010, 2020)), others: vec![] };
    for host in ["one.test", "other.test"] {
        assert!(shown.accepted(host, now) && !shown.is_known(host, now));
        let passed = shown.judge.recall(&shown.leaf).expect("a resumed handshake is told of it");
        assert!(passed.verdict.faults != 0 && passed.verdict.fatal() == 0);
    }
    let root = issuer("root", (2010, 2040), None);
    let offline = TlsPolicy { revocation: true, revocation_offline_ok: true, ..TlsPolicy::default() };
    let shown = Shown { judge: judge(root.der(), offline), leaf: leaf(&root, (2010, 2040)), others: vec![] };
    assert!(shown.accepted("one.test", now) && !shown.is_known("one.test", now));
}

#[test]
fn the_latest_are_remembered() {
    let root = issuer("root", (2010, 2040), None);
    let shown = Shown {
        judge: judge(root.der(), TlsPolicy::default()),
        leaf: leaf(&root, (2010, 2040)),
        others: vec![],
    };
    let now = year(2025);
    assert!(shown.accepted("one.test", now) && shown.accepted("two.test", now));
    let another = Shown { leaf: leaf(&root, (2010, 2040)), others: vec![], judge: shown.judge };
    for turn in 0..REMEMBERED {
        let fresh = leaf(&root, (2010, 2040));
        another.judge.remember(&fresh, &[], &name("one.test"), &Judged::flawless(Validity::NEVER), &[]);
        assert!(another.judge.remembered.lock().expect("lock").len() <= REMEMBERED, "{turn}");
    }
    assert!(!another.is_known("one.test", now));
}
