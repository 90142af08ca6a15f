//! Chains of every shape, and what is wrong with each.

mod verdict_support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{
    BasicConstraints, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    NameConstraints, SanType,
};
use verdict_support::forge::*;
use winhttp_engine::wire::verdict::certificate::Certificate;
use winhttp_engine::wire::verdict::name_values;

#[test]
fn names() {
    let root = root(authority_params("root"));
    let named = |names: Vec<SanType>, common: Option<&str>| {
        let mut params = params(common, (2020, 2040));
        params.subject_alt_names = names;
        Case::new(vec![issue(params, &root)], &[&root])
    };
    let v4 = SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let v6 = SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST));
    let mail = || SanType::Rfc822Name("post@good.example".try_into().expect("ascii"));
    named(vec![dns(HOST)], None).expect("plain", 0);
    named(vec![dns(HOST)], None).host("GOOD.example.").expect("case and final dot", 0);
    named(vec![dns("a.example"), dns(HOST)], None).expect("second name", 0);
    named(vec![dns("*.example")], None).expect("wildcard of a top-level domain", NAME);
    named(vec![dns("*.good.example")], None).host("www.good.example").expect("wildcard", 0);
    named(vec![dns("*.good.example")], None).host("a.b.good.example").expect("wildcard, two labels", NAME);
    named(vec![dns("*.good.example")], None).expect("wildcard, apex", NAME);
    named(vec![dns("w*.good.example")], None).host("www.good.example").expect("part of a label", NAME);
    named(vec![v4.clone()], None).host("127.0.0.1").expect("address", 0);
    named(vec![v6], None).host("[::1]").expect("address, version 6", 0);
    named(vec![v4.clone()], None).host("127.0.0.2").expect("other address", NAME);
    named(vec![dns("127.0.0.1")], None).host("127.0.0.1").expect("address as a DNS name", NAME);
    named(vec![v4], Some(HOST)).expect("address only, common name fits", NAME);
    named(vec![], Some(HOST)).expect("common name", 0);
    named(vec![], Some("other.example")).expect("other common name", NAME);
    named(vec![], Some("*.good.example")).host("www.good.example").expect("wildcard common name", 0);
    named(vec![], Some("*.example")).expect("common name for a top-level domain", NAME);
    named(vec![], Some("127.0.0.1")).host("127.0.0.1").expect("address as common name", 0);
    named(vec![], None).expect("no name at all", NAME);
    named(vec![dns("other.example")], Some(HOST)).expect("alternative names win", NAME);
    named(vec![mail()], Some(HOST)).expect("mail address beside the common name", 0);
}

#[test]
fn self_signed_certificates() {
    let other = root(authority_params("other"));
    let plain = self_signed(leaf_params());
    Case::new(vec![plain.clone()], &[&other]).expect("self-signed", CA);
    let namesake = root(authority_params("a server"));
    Case::new(vec![plain.clone()], &[&namesake]).expect("self-signed under the name of somebody trusted", CA);
    Case::new(vec![plain.clone(), namesake.der().to_vec()], &[&namesake])
        .expect("with the trusted one beside it", CA);
    Case::new(vec![plain.clone()], &[&other]).trusting(&plain).expect("self-signed, trusted", 0);
    Case::new(vec![plain.clone()], &[])
        .trusting(&plain)
        .host("other.example")
        .expect("trusted, other host", NAME);
    let mut params = leaf_params();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = self_signed(params.clone());
    Case::new(vec![authority.clone()], &[&other]).expect("self-signed authority", CA);
    Case::new(vec![authority.clone()], &[&other])
        .trusting(&authority)
        .expect("self-signed authority, trusted", 0);
    Case::new(vec![authority.clone()], &[])
        .trusting(&authority)
        .lists(vec![])
        .expect("a root is not revoked", 0);
    Case::new(vec![authority], &[&other]).lists(vec![]).expect("nor an unknown one", CA);
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let expired = self_signed(params);
    Case::new(vec![expired.clone()], &[]).trusting(&expired).expect("self-signed, trusted, expired", DATE);
    let mut forged = plain;
    let last = forged.len() - 1;
    forged[last] ^= 1;
    Case::new(vec![forged], &[&other]).expect("self-signed, forged", CA | INVALID);
}

#[test]
fn twins_of_trusted_certificates() {
    // Whoever has an authority's key can make a second certificate of its name: it is not the trusted one.
    let mut limits = authority_params("limited");
    limits.name_constraints = Some(permitted("other.example"));
    let limited = root(limits);
    let mut twin = params(Some("limited"), (2020, 2040));
    twin.subject_alt_names = vec![dns(HOST)];
    let twin = der_of(&twin.self_signed(limited.key()).expect("certificate"));
    Case::new(vec![twin.clone()], &[&limited]).expect("against its constraints", INVALID);
    Case::new(vec![twin.clone(), limited.der().to_vec()], &[&limited]).expect("with the real one", INVALID);
    Case::new(vec![twin.clone()], &[&limited]).trusting(&twin).expect("trusted itself", 0);
    // The trusted certificate itself is still judged for its purpose.
    let mut client = leaf_params();
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client = self_signed(client);
    Case::new(vec![client.clone()], &[]).trusting(&client).expect("trusted, wrong usage", USAGE);
}

#[test]
fn authorities_as_servers() {
    let root = root(authority_params("root"));
    let mut params = leaf_params();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Case::new(vec![issue(params.clone(), &root)], &[&root]).expect("authority as server", 0);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Case::new(vec![issue(params.clone(), &root)], &[&root]).expect("authority as server, wrong usage", USAGE);
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    Case::new(vec![issue(params.clone(), &root)], &[&root]).expect("and expired", USAGE | DATE);
    let mut limited = authority_params("limited");
    limited.name_constraints = Some(permitted("good.example"));
    let limited = below(limited, &root);
    let mut params = leaf_params();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Case::new(vec![issue(params, &limited), limited.der().to_vec()], &[&root])
        .expect("authority as server under name constraints: not judged, so not accepted", INVALID);
}

fn permitted(name: &str) -> NameConstraints {
    NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(name.to_owned())],
        excluded_subtrees: vec![],
    }
}

#[test]
fn intermediates() {
    let trusted = root(authority_params("root"));
    let first = below(authority_params("first"), &trusted);
    let second = below(authority_params("second"), &first);
    let leaf = issue(leaf_params(), &second);
    let (one, two) = (first.der().to_vec(), second.der().to_vec());
    let case = |chain: &[&Vec<u8>]| Case::new(chain.iter().map(|der| (*der).clone()).collect(), &[&trusted]);
    case(&[&leaf, &two, &one]).expect("in order", 0);
    case(&[&leaf, &one, &two]).expect("in disorder", 0);
    case(&[&leaf, &two, &one, &trusted.der().to_vec()]).expect("with the root", 0);
    case(&[&leaf, &two]).expect("one missing", CA);
    case(&[&leaf, &one]).expect("the other missing", CA);
    case(&[&leaf]).expect("both missing", CA);
    Case::new(vec![leaf.clone(), two.clone()], &[]).trusting(&one).expect("an intermediate is trusted", 0);
    Case::new(vec![leaf.clone(), two.clone(), one.clone()], &[])
        .trusting(&two)
        .expect("the nearest is trusted", 0);
    let old = self_signed(params(Some("junk"), (2000, 2001)));
    case(&[&leaf, &two, &old, &one]).expect("an expired one that is not used", 0);
    case(&[&leaf, &two, &b"no certificate".to_vec(), &one]).expect("bytes that are none", 0);
    case(&[&leaf, &two, &two, &leaf, &one]).expect("repeated", 0);

    let mut params = authority_params("expired");
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let expired = below(params, &trusted);
    case(&[&issue(leaf_params(), &expired), &expired.der().to_vec()]).expect("expired intermediate", DATE);
    let mut params = leaf_params();
    params.not_before = rcgen::date_time_ymd(2030, 1, 1);
    case(&[&issue(params, &second), &two, &one]).expect("not yet valid", DATE);

    let mut params = authority_params("no authority");
    params.is_ca = IsCa::ExplicitNoCa;
    let none = below(params, &trusted);
    case(&[&issue(leaf_params(), &none), &none.der().to_vec()]).expect("a server as authority", INVALID);
    for (usages, faults) in [
        (vec![rcgen::KeyUsagePurpose::KeyCertSign], 0),
        (vec![rcgen::KeyUsagePurpose::CrlSign, rcgen::KeyUsagePurpose::DigitalSignature], INVALID),
    ] {
        let mut params = authority_params("keys");
        params.key_usages = usages;
        let issuer = below(params, &trusted);
        case(&[&issue(leaf_params(), &issuer), &issuer.der().to_vec()]).expect("key usage", faults);
    }
    let mut params = authority_params("short");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let short = below(params, &trusted);
    case(&[&issue(leaf_params(), &short), &short.der().to_vec()]).expect("path length kept", 0);
    let longer = below(authority_params("longer"), &short);
    case(&[&issue(leaf_params(), &longer), &longer.der().to_vec(), &short.der().to_vec()])
        .expect("path length exceeded", INVALID);
    let mut params = authority_params("clients only");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let clients = below(params, &trusted);
    case(&[&issue(leaf_params(), &clients), &clients.der().to_vec()])
        .expect("usage of the intermediate", USAGE);
    let mut params = authority_params("strange");
    params.custom_extensions = vec![unknown_extension()];
    let strange = below(params, &trusted);
    case(&[&issue(leaf_params(), &strange), &strange.der().to_vec()])
        .expect("critical extension above", INVALID);
}

#[test]
fn cross_signed() {
    let trusted = root(authority_params("trusted"));
    let unknown = root(authority_params("unknown"));
    let shared = key();
    let by = |issuer: &Authority, until: i32| {
        let mut params = authority_params("shared");
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        CertifiedIssuer::signed_by(params, same_key(&shared), issuer).expect("authority")
    };
    let (good, bad, old) = (by(&trusted, 2040), by(&unknown, 2040), by(&trusted, 2022));
    let leaf = issue(leaf_params(), &good);
    let case = |chain: &[&Authority]| {
        let chain =
            std::iter::once(leaf.clone()).chain(chain.iter().map(|issuer| issuer.der().to_vec())).collect();
        Case::new(chain, &[&trusted])
    };
    case(&[&bad, &good]).expect("one of two leads to trust", 0);
    case(&[&good, &bad, &unknown]).expect("in any order", 0);
    case(&[&bad, &unknown]).expect("none leads to trust", CA);
    case(&[&old, &bad, &unknown]).expect("expired trust before valid distrust", DATE);
    case(&[&old, &good]).expect("the valid one of two", 0);
    case(&[&bad, &good]).trusting(unknown.der()).expect("both lead to trust", 0);
}

#[test]
fn roots() {
    let mut params = authority_params("root");
    params.not_after = rcgen::date_time_ymd(2022, 1, 1);
    let expired = root(params);
    let leaf = issue(leaf_params(), &expired);
    Case::new(vec![leaf.clone()], &[&expired]).expect("expired root", DATE);
    Case::new(vec![leaf.clone()], &[&expired])
        .host("other.example")
        .expect("expired root, other host", DATE | NAME);
    let renewed =
        CertifiedIssuer::self_signed(authority_params("root"), same_key(expired.key())).expect("root");
    Case::new(vec![leaf.clone()], &[&expired, &renewed]).expect("expired and renewed root", 0);
    Case::new(vec![leaf.clone(), expired.der().to_vec()], &[&renewed]).expect("the expired one was sent", 0);
    Case::new(vec![leaf], &[]).expect("no root of ours", CA);

    // An authority of the same name with another key.
    let real = root(authority_params("name"));
    let fake = root(authority_params("name"));
    Case::new(vec![issue(leaf_params(), &fake)], &[&real]).expect("false root", INVALID);
    Case::new(vec![issue(leaf_params(), &fake)], &[&real, &fake]).expect("false root, trusted too", 0);
    let mut params = leaf_params();
    params.use_authority_key_identifier_extension = true;
    Case::new(vec![issue(params, &fake)], &[&real]).expect("another root of the name, told apart by key", CA);
}

#[test]
fn never_valid_together() {
    let trusted = root(authority_params("root"));
    let unknown = root(authority_params("unknown"));
    let late = |issuer: &Authority, constraints: Option<NameConstraints>| {
        let mut params = authority_params("late");
        params.not_before = rcgen::date_time_ymd(2023, 1, 1);
        params.name_constraints = constraints;
        below(params, issuer)
    };
    let early = |issuer: &Authority, change: &dyn Fn(&mut rcgen::CertificateParams)| {
        let mut params = leaf_params();
        params.not_after = rcgen::date_time_ymd(2022, 1, 1);
        change(&mut params);
        vec![issue(params, issuer), issuer.der().to_vec()]
    };
    let good = late(&trusted, None);
    let case = |chain| Case::new(chain, &[&trusted]);
    case(early(&good, &|_| ())).expect("no common moment", DATE);
    case(early(&good, &|_| ())).host("other.example").expect("and other host", DATE | NAME);
    case(early(&good, &|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]))
        .host("other.example")
        .expect("and wrong usage", DATE | NAME | USAGE);
    case(early(&late(&unknown, None), &|_| ())).expect("and unknown", DATE | CA);
    case(early(&good, &|params| params.custom_extensions = vec![unknown_extension()]))
        .expect("and invalid", DATE | INVALID);
    let mut forged = early(&good, &|_| ());
    let last = forged[0].len() - 1;
    forged[0][last] ^= 1;
    case(forged).expect("and forged", DATE | INVALID);
    case(early(&late(&trusted, Some(permitted("good.example"))), &|_| ())).expect("constraints kept", DATE);
    case(early(&late(&trusted, Some(permitted("other.example"))), &|_| ()))
        .expect("constraints broken", DATE | INVALID);
    let mut backwards = leaf_params();
    (backwards.not_before, backwards.not_after) = (backwards.not_after, backwards.not_before);
    case(vec![issue(backwards, &trusted)]).expect("ends before it begins", DATE);
}

#[test]
fn name_constraints() {
    let trusted = root(authority_params("root"));
    let under = |constraints: NameConstraints| {
        let mut params = authority_params("limited");
        params.name_constraints = Some(constraints);
        below(params, &trusted)
    };
    let case = |issuer: &Authority, params| {
        Case::new(vec![issue(params, issuer), issuer.der().to_vec()], &[&trusted])
    };
    let inside = under(permitted("good.example"));
    let outside = under(permitted("other.example"));
    let excluded = under(NameConstraints {
        permitted_subtrees: vec![],
        excluded_subtrees: vec![GeneralSubtree::DnsName("example".to_owned())],
    });
    case(&inside, leaf_params()).expect("inside", 0);
    case(&outside, leaf_params()).expect("outside", INVALID);
    case(&excluded, leaf_params()).expect("excluded", INVALID);
    let mut expired = leaf_params();
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    case(&outside, expired).expect("outside and expired", INVALID | DATE);
    let mut common = params(Some(HOST), (2020, 2040));
    common.distinguished_name.push(DnType::OrganizationName, "someone");
    case(&outside, common).expect("a common name does not go around them", NAME);
    let mut limited = authority_params("limited root");
    limited.name_constraints = Some(permitted("other.example"));
    let limited = root(limited);
    Case::new(vec![issue(leaf_params(), &limited)], &[&limited]).expect("constraints of the root", INVALID);
}

#[test]
fn fields_to_show() {
    let mut params = params(Some("a server"), (2020, 2040));
    params.distinguished_name.push(DnType::OrganizationName, "an owner");
    params.serial_number = Some(rcgen::SerialNumber::from(77u64));
    let der = issue(params, &root(authority_params("an authority")));
    let read = Certificate::read(&der).expect("certificate");
    assert_eq!(name_values(read.subject), ["a server", "an owner"]);
    assert_eq!(name_values(read.issuer), ["an authority"]);
    assert_eq!((read.version, read.serial), (3, &[77][..]));
    assert_eq!(read.validity.not_before, 1_577_836_800);
    assert_eq!(read.validity.not_after, 2_208_988_800);
    assert!(!read.self_issued() && read.serves());
}

#[test]
fn usages() {
    let root = root(authority_params("root"));
    for (usages, faults) in [
        (vec![], 0),
        (vec![ExtendedKeyUsagePurpose::ServerAuth], 0),
        (vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth], 0),
        (vec![ExtendedKeyUsagePurpose::ClientAuth], USAGE),
        (vec![ExtendedKeyUsagePurpose::OcspSigning], USAGE),
        (vec![ExtendedKeyUsagePurpose::EmailProtection, ExtendedKeyUsagePurpose::CodeSigning], USAGE),
    ] {
        let mut params = leaf_params();
        params.extended_key_usages = usages;
        Case::new(vec![issue(params, &root)], &[&root]).expect("usages", faults);
    }
}

#[test]
fn encodings() {
    let root = root(authority_params("root"));
    let leaf = issue(leaf_params(), &root);
    let case = |leaf: Vec<u8>| Case::new(vec![leaf], &[&root]);
    case(vec![]).expect("empty", INVALID);
    case(b"certificate".to_vec()).expect("text", INVALID);
    case(leaf[..leaf.len() - 1].to_vec()).expect("cut off", INVALID);
    case([&leaf[..], &[0]].concat()).expect("goes on", INVALID);
    let mut forged = leaf.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    case(forged.clone()).expect("forged", INVALID);
    case(forged).host("other.example").expect("forged, other host", INVALID | NAME);
    Case { chain: vec![], ..case(leaf.clone()) }.expect("nothing", INVALID | NAME);

    // Version 1: no version and no extensions. The common name is the host's.
    let mut old = fields(&issue(params(Some(HOST), (2020, 2040)), &root));
    old.remove(0);
    old.retain(|field| field[0] != 0xa3);
    case(reissue(&old, root.key())).expect("version 1", 0);
    case(reissue(&old, root.key())).host("other.example").expect("version 1, other host", NAME);
    case(reissue(&old, &key())).expect("version 1, forged", INVALID);
    let mut limits = authority_params("limited");
    limits.name_constraints = Some(permitted("good.example"));
    let limited = self::root(limits);
    let mut below = fields(&issue(params(Some(HOST), (2020, 2040)), &limited));
    below.remove(0);
    below.retain(|field| field[0] != 0xa3);
    Case::new(vec![reissue(&below, limited.key())], &[&limited])
        .expect("version 1 under constraints that cannot be checked", INVALID | NAME);
    // Version 3, signed anew without a change.
    case(reissue(&fields(&leaf), root.key())).expect("reissued", 0);
    let mut twice = fields(&leaf);
    let extensions = twice.pop().expect("extensions");
    let (_, list, ..) = split(&extensions);
    let (_, content, ..) = split(list);
    twice.push(element(0xa3, &[&element(0x30, &[content, content])]));
    case(reissue(&twice, root.key())).expect("an extension twice", INVALID);
}

/// Never panics, and never clean: any byte of a good chain changed, any length cut.
#[test]
fn mutations() {
    let root = root(authority_params("root"));
    let issuer = below(authority_params("issuer"), &root);
    let chain = vec![issue(leaf_params(), &issuer), issuer.der().to_vec()];
    let good = Case::new(chain, &[&root]);
    assert_eq!(good.verdict(0).faults, 0);
    for at in 0..good.chain[0].len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut case = good.clone();
            case.chain[0][at] ^= flip;
            assert_ne!(case.verdict(0x3200).fatal(), 0, "byte {at} ^ {flip:#x}");
        }
        let mut case = good.clone();
        case.chain[0].truncate(at);
        assert_ne!(case.verdict(0).faults, 0, "cut at {at}");
    }
    for at in 0..good.chain[1].len() {
        let mut case = good.clone();
        case.chain[1][at] ^= 0x55;
        assert_ne!(case.verdict(0).faults, 0, "issuer's byte {at}");
    }
}
