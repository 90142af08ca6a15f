//! Whether certificates have been revoked.

use std::fmt;

use super::certificate::Certificate;
use super::crl::each_uri;
use super::der::Malformed;

/// What a source of revocation lists is asked.
#[derive(Debug, Clone, Copy)]
pub struct RevocationQuestion<'a> {
    /// The certificate in question, DER.
    pub certificate: &'a [u8],
    /// Its issuer's name: the content of the SEQUENCE.
    pub issuer: &'a [u8],
    /// Its issuer's key: the content of SubjectPublicKeyInfo.
    pub issuer_key: &'a [u8],
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

/// Where revocation lists come from. Asked in the middle of a handshake, possibly with a lock of the
/// connection held: it answers from what it has and neither waits nor calls back into the connection.
///
/// A source that fetches lists answers `Unknown` for what it lacks and remembers the question's
/// [addresses](RevocationQuestion::addresses); once the lists are there, [`judge`](super::judge) gives the verdict on the same chain anew,
/// and the next handshake finds them.
pub trait RevocationSource: Send + Sync + fmt::Debug {
    /// The status of one certificate.
    fn status(&self, question: &RevocationQuestion<'_>) -> RevocationAnswer;
}
