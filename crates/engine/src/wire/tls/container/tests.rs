use super::*;

/// `SEQUENCE` and its like, around parts.
fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = u16::try_from(value.len()).expect("a small element");
    let mut der = vec![tag];
    match length {
        0..0x80 => der.push(length as u8),
        0x80..0x100 => der.extend([0x81, length as u8]),
        _ => der.extend([&[0x82][..], &length.to_be_bytes()].concat()),
    }
    [der, value].concat()
}

/// A container without a MAC: one safe, not encrypted, with these bags.
fn container(bags: &[&[u8]]) -> Vec<u8> {
    let data = |content: &[u8]| {
        let content = wrap(tag::context(0), &[&wrap(tag::OCTET_STRING, &[content])]);
        wrap(tag::SEQUENCE, &[&wrap(tag::OID, &[DATA]), &content])
    };
    let safes = wrap(tag::SEQUENCE, &[&data(&wrap(tag::SEQUENCE, bags))]);
    wrap(tag::SEQUENCE, &[&[tag::INTEGER, 1, 3], &data(&safes)])
}

fn bag(kind: &[u8], value: &[u8], id: Option<&[u8]>) -> Vec<u8> {
    let attributes = id.map_or(Vec::new(), |id| {
        let value = wrap(tag::SET, &[&wrap(tag::OCTET_STRING, &[id])]);
        wrap(tag::SET, &[&wrap(tag::SEQUENCE, &[&wrap(tag::OID, &[LOCAL_KEY_ID]), &value])])
    });
    wrap(tag::SEQUENCE, &[&wrap(tag::OID, &[kind]), &wrap(tag::context(0), &[value]), &attributes])
}

/// A key bag whose key has this one octet for its key.
fn key_bag(octet: u8, id: Option<&[u8]>) -> Vec<u8> {
    let parts: [&[u8]; 3] = [&[tag::INTEGER, 1, 0], &[tag::SEQUENCE, 0], &[tag::OCTET_STRING, 1, octet]];
    bag(KEY_BAG, &wrap(tag::SEQUENCE, &parts), id)
}

fn certificate_bag(der: &[u8], id: Option<&[u8]>) -> Vec<u8> {
    let value = wrap(tag::context(0), &[&wrap(tag::OCTET_STRING, &[der])]);
    bag(CERTIFICATE_BAG, &wrap(tag::SEQUENCE, &[&wrap(tag::OID, &[X509_CERTIFICATE]), &value]), id)
}

/// A certificate of this name, by an authority of that name.
fn certificate(name: &str, authority: &str) -> Vec<u8> {
    let params = |name: &str| {
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params
    };
    let key = rcgen::KeyPair::generate().expect("a key");
    if name == authority {
        return params(name).self_signed(&key).expect("a root").der().to_vec();
    }
    let issuer = rcgen::Issuer::new(params(authority), rcgen::KeyPair::generate().expect("a key"));
    params(name).signed_by(&key, &issuer).expect("a certificate").der().to_vec()
}

#[test]
fn keys_find_their_certificates() {
    let (leaf, middle, root) =
        (certificate("leaf", "middle"), certificate("middle", "root"), certificate("root", "root"));
    let other = certificate("other", "root");
    // The first key has none of its own.
    let bags = [
        key_bag(1, Some(b"none")),
        certificate_bag(&root, None),
        certificate_bag(&other, Some(b"other")),
        certificate_bag(&leaf, Some(b"mine")),
        certificate_bag(&middle, None),
        key_bag(2, Some(b"mine")),
    ];
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    let opened = Container::open(&container(&bags), "").expect("a container");
    let (key, own) = opened.key().expect("a key");
    assert_eq!((key.last(), own.as_slice()), (Some(&2), &[2][..]));
    assert_eq!(opened.chain(2), [leaf, middle, root.clone()]);
    assert_eq!(opened.chain(0), std::slice::from_ref(&root));
    assert_eq!(opened.chain(1), [other, root]);
    // Without numbers any certificate may be the key's.
    let bags = [
        key_bag(1, None),
        certificate_bag(&certificate("a", "b"), None),
        certificate_bag(&certificate("b", "a"), None),
    ];
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    let opened = Container::open(&container(&bags), "").expect("a container");
    assert_eq!(opened.key().expect("a key").1, [0, 1]);
    // Two that name each other.
    assert_eq!(opened.chain(0).len(), 2);
    assert!(Container::open(&container(&[]), "").expect("a container").key().is_none());
}

#[test]
fn what_is_no_container() {
    let good = container(&[&key_bag(1, None)]);
    assert!(Container::open(&good, "").is_ok());
    for at in 0..good.len() {
        assert!(Container::open(&good[..at], "").is_err(), "cut at {at}");
    }
    assert_eq!(Container::open(&[good.clone(), vec![0]].concat(), "").err(), Some(Closed::Damaged));
    let mut old = good;
    *old.iter_mut().find(|octet| **octet == 3).expect("the version") = 2;
    assert_eq!(Container::open(&old, "").err(), Some(Closed::Unknown));
    assert_eq!(
        Container::open(&container(&[&certificate_bag(b"\x30\x00", None)]), "").err(),
        Some(Closed::Damaged)
    );
    // A revocation list is passed over.
    let list: &[u8] = &[DATA.len() as u8];
    assert!(Container::open(&container(&[&bag(DATA, list, None)]), "").is_ok());
}

#[test]
fn an_expensive_container_is_not_opened() {
    // Two derivations of 1.9 and 0.2 million rounds.
    let rounds =
        |octets: [u8; 3]| wrap(tag::SEQUENCE, &[&[tag::OCTET_STRING, 1, 0], &wrap(tag::INTEGER, &[&octets])]);
    let (long, short) = (rounds([0x1c, 0xfd, 0xe0]), rounds([0x03, 0x0d, 0x40]));
    assert_eq!(iterations(&long, 0), 1_900_000);
    let both = container(&[&bag(DATA, &long, None), &bag(DATA, &short, None)]);
    assert_eq!(Container::open(&both, "").err(), Some(Closed::Slow));
    assert!(Container::open(&container(&[&bag(DATA, &long, None)]), "").is_ok());
}
