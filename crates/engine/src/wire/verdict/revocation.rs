//! Whether certificates have been revoked.

use std::fmt;

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
pub trait RevocationSource: Send + Sync + fmt::Debug {
    /// The status of one certificate.
    fn status(&self, question: &RevocationQuestion<'_>) -> RevocationAnswer;
}
