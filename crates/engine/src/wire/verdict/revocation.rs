//! Whether certificates have been revoked: what is asked, and who answers.

use std::fmt;

use super::certificate::Certificate;
use super::crl::each_uri;
use super::der::Malformed;
use super::ocsp;

/// What a source of revocation lists is asked.
#[derive(Debug, Clone, Copy)]
pub struct RevocationQuestion<'a> {
    /// The certificate in question, DER.
    pub certificate: &'a [u8],
    /// Its issuer's name: the content of the SEQUENCE.
    pub issuer: &'a [u8],
    /// Its issuer's key: the content of SubjectPublicKeyInfo.
    pub issuer_key: &'a [u8],
    /// Its issuer's key usages do not rule lists out (RFC 5280 section 6.3.3 step f).
    pub issuer_signs_lists: bool,
    /// The time for which to answer, seconds since 1970.
    pub now: i64,
    /// The chain ends in a trusted authority and its signatures hold. Where not, the addresses are a stranger's and should not
    /// be fetched from.
    pub trusted: bool,
}

impl RevocationQuestion<'_> {
    /// Where the certificate says that its issuer's list can be fetched (RFC 5280 section 4.2.1.13): addresses of any scheme, in
    /// the order given.
    pub fn addresses(&self) -> Vec<String> {
        let mut addresses = Vec::new();
        if let Ok(certificate) = Certificate::read(self.certificate) {
            // What follows an unreadable part is left out.
            let _: Result<(), Malformed> =
                each_uri(certificate.distribution.unwrap_or_default(), 0, &mut |uri| {
                    addresses.extend(std::str::from_utf8(uri).map(str::to_owned));
                });
        }
        addresses
    }

    /// Everything that could answer the question, the best first: what responders say of this one certificate, then lists.
    /// Only `http` addresses: RFC 5280 section 8 warns of loops through `https`.
    ///
    /// Windows asks responders before it fetches lists (CertGetCertificateChain does both by default), so a certificate that
    /// names only a responder has an answer there.
    pub(super) fn fetches(&self, certificate: &Certificate<'_>) -> Vec<RevocationFetch> {
        let issuer = ocsp::Issuer { name: self.issuer, key: self.issuer_key };
        let mut fetches = Vec::new();
        if let Ok(request) = ocsp::request(certificate, &issuer) {
            let responders = ocsp::responders(certificate).unwrap_or_default();
            fetches.extend(
                responders
                    .into_iter()
                    .map(|address| RevocationFetch { address, request: Some(request.clone()) }),
            );
        }
        fetches
            .extend(self.addresses().into_iter().map(|address| RevocationFetch { address, request: None }));
        fetches.retain(|fetch| {
            let scheme = fetch.address.get(..7).unwrap_or_default();
            scheme.eq_ignore_ascii_case("http://") && fetch.address.len() <= 2048
        });
        // A few are usual; what a certificate may make us fetch is bounded.
        fetches.truncate(8);
        fetches
    }
}

/// Something to be fetched over HTTP that tells of revocation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RevocationFetch {
    /// The address, `http` only.
    pub address: String,
    /// What to post there as `application/ocsp-request`, DER; `None` to get a list.
    pub request: Option<Vec<u8>>,
}

/// What a source of revocation lists answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationAnswer {
    /// A current list of the issuer does not name the certificate.
    Good,
    /// A list of the issuer names the certificate.
    Revoked,
    /// No list is at hand, or it is not current, or it cannot be trusted.
    Unknown,
}

/// Where answers about revocation come from. Asked in the middle of a handshake, possibly with a lock of the
/// connection held: it answers from what it has and neither waits nor calls back into the connection.
pub trait RevocationSource: Send + Sync + fmt::Debug {
    /// The status of one certificate.
    fn status(&self, question: &RevocationQuestion<'_>) -> RevocationAnswer;

    /// After [`Unknown`](RevocationAnswer::Unknown): what should be fetched before the question is put again. `None` when nothing
    /// would help, and so from a source that nobody fetches for.
    fn lacking(&self, question: &RevocationQuestion<'_>) -> Option<RevocationFetch> {
        let _ = question;
        None
    }
}
