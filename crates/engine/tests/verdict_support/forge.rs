//! Certificates, revocation lists and OCSP responses with chosen faults.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CustomExtension, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, RevokedCertParams, SanType, SerialNumber,
    SigningKey, date_time_ymd,
};
use sha1::{Digest, Sha1};
use winhttp_engine::wire::tls::{ExtraRoots, TlsPolicy};
use winhttp_engine::wire::verdict::{Presented, RevocationLists, RevocationSource, Verdict, judge};

pub const REV_FAILED: u32 = 0x1;
pub const INVALID: u32 = 0x2;
pub const REVOKED: u32 = 0x4;
pub const CA: u32 = 0x8;
pub const NAME: u32 = 0x10;
pub const DATE: u32 = 0x20;
pub const USAGE: u32 = 0x40;

/// 2026-01-01.
pub const NOW: u64 = 1_767_225_600;
pub const HOST: &str = "good.example";

pub type Authority = CertifiedIssuer<'static, KeyPair>;

/// Parameters valid from the start of one year to the start of another.
pub fn params(common_name: Option<&str>, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    if let Some(name) = common_name {
        params.distinguished_name.push(DnType::CommonName, name);
    }
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    params
}

/// Parameters of an authority, 2020 to 2040.
pub fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(Some(name), (2020, 2040));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// Parameters of a server's certificate for [`HOST`], 2020 to 2040.
pub fn leaf_params() -> CertificateParams {
    let mut params = params(Some("a server"), (2020, 2040));
    params.subject_alt_names = vec![dns(HOST)];
    params
}

pub fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("ascii"))
}

pub fn key() -> KeyPair {
    KeyPair::generate().expect("key")
}

pub fn same_key(key: &KeyPair) -> KeyPair {
    KeyPair::try_from(key.serialize_der()).expect("key")
}

pub fn root(params: CertificateParams) -> Authority {
    CertifiedIssuer::self_signed(params, key()).expect("root")
}

pub fn below(params: CertificateParams, issuer: &Issuer<'static, KeyPair>) -> Authority {
    CertifiedIssuer::signed_by(params, key(), issuer).expect("authority")
}

pub fn issue(params: CertificateParams, issuer: &Issuer<'static, KeyPair>) -> Vec<u8> {
    der_of(&params.signed_by(&key(), issuer).expect("certificate"))
}

pub fn self_signed(params: CertificateParams) -> Vec<u8> {
    der_of(&params.self_signed(&key()).expect("certificate"))
}

pub fn der_of(certificate: &Certificate) -> Vec<u8> {
    certificate.der().to_vec()
}

/// An extension that nobody knows.
pub fn unknown_extension() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    extension.set_criticality(true);
    extension
}

/// A list of the issuer that revokes these serial numbers.
pub fn list(issuer: &Issuer<'static, KeyPair>, serials: &[u64], years: (i32, i32)) -> Vec<u8> {
    list_params(serials, years).signed_by(issuer).expect("list").der().to_vec()
}

pub fn list_params(serials: &[u64], years: (i32, i32)) -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: date_time_ymd(years.0, 1, 1),
        next_update: date_time_ymd(years.1, 1, 1),
        crl_number: SerialNumber::from(1u64),
        issuing_distribution_point: None,
        revoked_certs: serials
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: date_time_ymd(2021, 1, 1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

/// What is to be judged, and what must come out.
#[derive(Clone, Default)]
pub struct Case {
    pub chain: Vec<Vec<u8>>,
    pub roots: Vec<Vec<u8>>,
    pub host: &'static str,
    pub lists: Option<Vec<Vec<u8>>>,
    pub ocsp: Vec<u8>,
    pub revocation: bool,
    pub offline_ok: bool,
}

impl Case {
    pub fn new(chain: Vec<Vec<u8>>, roots: &[&Authority]) -> Self {
        let roots = roots.iter().map(|root| root.der().to_vec()).collect();
        Self { chain, roots, host: HOST, ..Self::default() }
    }

    pub fn host(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    pub fn trusting(mut self, der: &[u8]) -> Self {
        self.roots.push(der.to_vec());
        self
    }

    /// Check revocation with these lists.
    pub fn lists(mut self, lists: Vec<Vec<u8>>) -> Self {
        (self.revocation, self.lists) = (true, Some(lists));
        self
    }

    /// Check revocation with this stapled response.
    pub fn staple(mut self, response: Vec<u8>) -> Self {
        (self.revocation, self.ocsp) = (true, response);
        self
    }

    pub fn offline_ok(mut self) -> Self {
        self.offline_ok = true;
        self
    }

    pub fn verdict(&self, ignore: u32) -> Verdict {
        let policy = TlsPolicy {
            ignore,
            revocation: self.revocation,
            revocation_offline_ok: self.offline_ok,
            extra_roots: ExtraRoots::from_der(self.roots.clone()).map(Arc::new),
            ..TlsPolicy::default()
        };
        let source = self
            .lists
            .clone()
            .map(|lists| Arc::new(RevocationLists::from_der(lists)) as Arc<dyn RevocationSource>);
        judge(&policy, &Presented { chain: &self.chain, ocsp: &self.ocsp, host: self.host, now: NOW }, source)
    }

    /// Asserts the faults, and that each ignore flag silences its own of them and nothing else.
    pub fn expect(&self, name: &str, faults: u32) {
        for flags in 0..16u32 {
            let (mut ignore, mut silenced) = (0, 0);
            for (bit, (flag, fault)) in
                [(0x100, CA), (0x200, USAGE), (0x1000, NAME), (0x2000, DATE)].into_iter().enumerate()
            {
                if flags & 1 << bit != 0 {
                    (ignore, silenced) = (ignore | flag, silenced | fault);
                }
            }
            let verdict = self.verdict(ignore);
            assert_eq!(verdict.faults, faults, "{name}: found {:#x}, expected {faults:#x}", verdict.faults);
            assert_eq!(verdict.ignored, faults & silenced, "{name} ignoring {ignore:#x}");
            assert_eq!(verdict.fatal(), faults & !silenced, "{name} ignoring {ignore:#x}");
        }
    }
}

/// One DER element out of its parts.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.push(content.len() as u8);
    } else {
        let digits: Vec<u8> =
            content.len().to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
        out.push(0x80 | digits.len() as u8);
        out.extend(digits);
    }
    out.extend(content);
    out
}

/// The next element of some DER: its tag, its value, itself, and what follows.
pub fn split(der: &[u8]) -> (u8, &[u8], &[u8], &[u8]) {
    let (header, length) = match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            (2 + count, der[2..2 + count].iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)))
        }
    };
    let end = header + length;
    (der[0], &der[header..end], &der[..end], &der[end..])
}

pub const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// Signs a message into `SEQUENCE { message, algorithm, signature, more }`.
pub fn sign(message: &[u8], key: &KeyPair, more: &[u8]) -> Vec<u8> {
    let signature = key.sign(message).expect("signature");
    element(0x30, &[message, ECDSA_SHA256, &element(3, &[&[0], &signature]), more])
}

/// The fields of a certificate's signed part, each as a whole element.
pub fn fields(certificate: &[u8]) -> Vec<Vec<u8>> {
    let (_, outer, ..) = split(certificate);
    let (_, mut rest, ..) = split(outer);
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (_, _, whole, after) = split(rest);
        fields.push(whole.to_vec());
        rest = after;
    }
    fields
}

/// Signs changed fields of a certificate anew.
pub fn reissue(fields: &[Vec<u8>], key: &KeyPair) -> Vec<u8> {
    let parts: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    sign(&element(0x30, &parts), key, &[])
}

/// The status of one answer.
#[derive(Clone, Copy, Debug)]
pub enum Said {
    Good,
    Revoked,
    Unknown,
}

/// A response about one serial number of this issuer, signed by `signer`, with certificates enclosed.
pub fn response(
    about: &Authority,
    serial: u64,
    said: Said,
    years: (&str, &str),
    signer: &KeyPair,
    enclosed: &[Vec<u8>],
) -> Vec<u8> {
    let parts = fields(about.der());
    let subject = &parts[5];
    let (_, key, ..) = split(&parts[6]);
    let (_, _, _, bits) = split(key);
    let (_, bits, ..) = split(bits);
    let time = |year: &str| element(0x18, &[format!("{year}0101000000Z").as_bytes()]);
    let sha1 = element(0x30, &[&[6, 5, 0x2b, 0x0e, 3, 2, 0x1a], &[5, 0]]);
    let id = element(
        0x30,
        &[
            &sha1,
            &element(4, &[&Sha1::digest(subject)]),
            &element(4, &[&Sha1::digest(&bits[1..])]),
            &element(2, &[&[serial as u8]]),
        ],
    );
    let status = match said {
        Said::Good => vec![0x80, 0],
        Said::Revoked => element(0xa1, &[&time("2025")]),
        Said::Unknown => vec![0x82, 0],
    };
    let single = element(0x30, &[&id, &status, &time(years.0), &element(0xa0, &[&time(years.1)])]);
    let message = element(0x30, &[&element(0xa1, &[subject]), &time(years.0), &element(0x30, &[&single])]);
    let more =
        if enclosed.is_empty() { vec![] } else { element(0xa0, &[&element(0x30, &[&enclosed.concat()])]) };
    let basic = sign(&message, signer, &more);
    let typed = element(0x30, &[&[6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1], &element(4, &[&basic])]);
    element(0x30, &[&[0x0a, 1, 0], &element(0xa0, &[&typed])])
}

/// Authority information access that names one responder.
pub fn responder(uri: &str) -> CustomExtension {
    let entry = element(0x30, &[&[6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1], &element(0x86, &[uri.as_bytes()])]);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], element(0x30, &[&entry]))
}
