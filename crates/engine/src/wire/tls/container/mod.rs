//! PKCS#12 containers (RFC 7292): a private key and its certificates, closed by a password.
//!
//! Read here with the verdict's DER reader, opened with the RustCrypto primitives (`protection.rs`). Bags of other kinds
//! (secrets, revocation lists, nested safes) are passed over.

mod protection;
#[cfg(test)]
mod tests;

use std::fmt;

use protection::Secret;

use crate::wire::verdict::certificate::Certificate;
use crate::wire::verdict::{Element, Malformed, Reader, only, tag};

/// The most that a container may ask for to be opened, in rounds of its key derivations taken together: a second or two. Common
/// tools ask for some thousands, careful ones for a million.
const ITERATIONS: u64 = 2_000_000;

// pkcs-7 1 and 6 (RFC 7292 section 4.1)
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
// bagtypes 1, 2 and 3 (section 4.2)
const KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 1];
const SHROUDED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 3];
// pkcs-9 21 and 22 1
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];

/// Why a container cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// It is damaged, or no container.
    Damaged,
    /// Its key derivations ask for too many rounds.
    Slow,
    /// It is protected in a way that is not known here.
    Unknown,
    /// The password is not the one.
    Password,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "it is damaged, or no container",
            Self::Slow => "it takes too long to open",
            Self::Unknown => "it is protected in an unknown way",
            Self::Password => "the password is wrong",
        })
    }
}

impl From<Malformed> for Closed {
    fn from(_: Malformed) -> Self {
        Self::Damaged
    }
}

/// What a bag holds, in DER, and the number that joins a key and its certificate.
#[derive(Debug)]
struct Bag {
    der: Vec<u8>,
    id: Option<Vec<u8>>,
}

/// An opened container: keys (PKCS#8) and certificates in their order.
#[derive(Debug, Default)]
pub(super) struct Container {
    keys: Vec<Bag>,
    certificates: Vec<Bag>,
}

impl Container {
    /// Opens a container with its password, which may be empty.
    pub(super) fn open(der: &[u8], password: &str) -> Result<Self, Closed> {
        if iterations(der, 0) > ITERATIONS {
            return Err(Closed::Slow);
        }
        // PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }
        let mut pfx = Reader::new(only(der, tag::SEQUENCE)?);
        if pfx.expect(tag::INTEGER)?.value != [3] {
            return Err(Closed::Unknown);
        }
        let (kind, content) = content_info(pfx.expect(tag::SEQUENCE)?)?;
        if kind != DATA {
            // Signed instead of closed by a password.
            return Err(Closed::Unknown);
        }
        let safes = only(content, tag::OCTET_STRING)?;
        let secret = match pfx.optional(tag::SEQUENCE)? {
            Some(mac) => Secret::proven(password, mac, safes)?,
            None => Secret::new(password),
        };
        pfx.end()?;

        let mut opened = Self::default();
        let mut safes = Reader::new(only(safes, tag::SEQUENCE)?);
        while !safes.is_empty() {
            match content_info(safes.expect(tag::SEQUENCE)?)? {
                (DATA, content) => opened.take(only(content, tag::OCTET_STRING)?, &secret)?,
                (ENCRYPTED_DATA, content) => opened.take(&decrypted(content, &secret)?, &secret)?,
                _ => return Err(Closed::Unknown),
            }
        }
        Ok(opened)
    }

    /// Takes in the bags of a safe: SafeContents ::= SEQUENCE OF SafeBag.
    fn take(&mut self, safe: &[u8], secret: &Secret) -> Result<(), Closed> {
        let mut bags = Reader::new(only(safe, tag::SEQUENCE)?);
        while !bags.is_empty() {
            // SafeBag ::= SEQUENCE { bagId, bagValue [0] EXPLICIT, bagAttributes SET OPTIONAL }
            let mut bag = Reader::new(bags.expect(tag::SEQUENCE)?.value);
            let kind = bag.expect(tag::OID)?.value;
            let value = bag.expect(tag::context(0))?.value;
            let id = match bag.optional(tag::SET)? {
                Some(attributes) => local_key_id(attributes.value)?,
                None => None,
            };
            bag.end()?;
            match kind {
                KEY_BAG => self.keys.push(Bag { der: key(value)?, id }),
                SHROUDED_KEY_BAG => {
                    // EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData }
                    let mut fields = Reader::new(only(value, tag::SEQUENCE)?);
                    let algorithm = fields.expect(tag::SEQUENCE)?;
                    let closed = fields.expect(tag::OCTET_STRING)?.value;
                    fields.end()?;
                    self.keys.push(Bag { der: key(&secret.decrypt(algorithm, closed)?)?, id });
                }
                CERTIFICATE_BAG => {
                    // CertBag ::= SEQUENCE { certId, certValue [0] EXPLICIT OCTET STRING }
                    let mut fields = Reader::new(only(value, tag::SEQUENCE)?);
                    if fields.expect(tag::OID)?.value != X509_CERTIFICATE {
                        return Err(Closed::Unknown);
                    }
                    let der = only(fields.expect(tag::context(0))?.value, tag::OCTET_STRING)?;
                    fields.end()?;
                    Certificate::read(der)?;
                    self.certificates.push(Bag { der: der.to_vec(), id });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first key, and the certificates that may be its own, the likeliest first: those that carry the key's number, else all.
    /// Nothing when there is no key.
    pub(super) fn key(&self) -> Option<(&[u8], Vec<usize>)> {
        let joined = |key: &Bag| {
            let own = |bag: &Bag| bag.id.is_some() && bag.id == key.id;
            (0..self.certificates.len()).filter(|at| own(&self.certificates[*at])).collect::<Vec<_>>()
        };
        // Of several keys the first that has a certificate.
        let known = self.keys.iter().map(|key| (key, joined(key))).find(|(_, own)| !own.is_empty());
        known
            .or_else(|| self.keys.first().map(|key| (key, (0..self.certificates.len()).collect())))
            .map(|(key, own)| (key.der.as_slice(), own))
    }

    /// The chain that begins with this certificate, as far as the container has it, its root included.
    pub(super) fn chain(&self, leaf: usize) -> Vec<Vec<u8>> {
        let names = |at: usize| {
            // They have been read before.
            let certificate = self.certificates.get(at).and_then(|bag| Certificate::read(&bag.der).ok());
            certificate.map_or((&[][..], &[][..]), |read| (read.subject, read.issuer))
        };
        let (mut chain, mut last) = (vec![leaf], names(leaf));
        while last.0 != last.1 {
            let issuer =
                (0..self.certificates.len()).find(|at| names(*at).0 == last.1 && !chain.contains(at));
            let Some(issuer) = issuer else { break };
            chain.push(issuer);
            last = names(issuer);
        }
        chain.into_iter().filter_map(|at| self.certificates.get(at)).map(|bag| bag.der.clone()).collect()
    }
}

/// ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT }
fn content_info(info: Element<'_>) -> Result<(&[u8], &[u8]), Closed> {
    let mut fields = Reader::new(info.value);
    let kind = fields.expect(tag::OID)?.value;
    let content = fields.expect(tag::context(0))?.value;
    fields.end()?;
    Ok((kind, content))
}

/// EncryptedData ::= SEQUENCE { version, SEQUENCE { contentType, algorithm, encryptedContent [0] IMPLICIT OPTIONAL } }
fn decrypted(data: &[u8], secret: &Secret) -> Result<Vec<u8>, Closed> {
    let mut data = Reader::new(only(data, tag::SEQUENCE)?);
    if data.expect(tag::INTEGER)?.value != [0] {
        return Err(Closed::Unknown);
    }
    let mut fields = Reader::new(data.expect(tag::SEQUENCE)?.value);
    if fields.expect(tag::OID)?.value != DATA {
        return Err(Closed::Unknown);
    }
    let algorithm = fields.expect(tag::SEQUENCE)?;
    let closed = fields.expect(tag::primitive(0))?.value;
    fields.end()?;
    secret.decrypt(algorithm, closed)
}

/// A key's bytes, if they are one: PrivateKeyInfo ::= SEQUENCE { version, algorithm, privateKey OCTET STRING, ... }. What decrypts by
/// chance under a wrong password, in a container without a MAC, is found out here.
fn key(der: &[u8]) -> Result<Vec<u8>, Closed> {
    let mut fields = Reader::new(only(der, tag::SEQUENCE).map_err(|_| Closed::Password)?);
    fields.expect(tag::INTEGER)?;
    fields.expect(tag::SEQUENCE)?;
    fields.expect(tag::OCTET_STRING)?;
    Ok(der.to_vec())
}

/// The localKeyId among a bag's attributes: SET OF SEQUENCE { type, SET OF value }.
fn local_key_id(attributes: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let mut attributes = Reader::new(attributes);
    while !attributes.is_empty() {
        let mut attribute = Reader::new(attributes.expect(tag::SEQUENCE)?.value);
        if attribute.expect(tag::OID)?.value == LOCAL_KEY_ID {
            let mut values = Reader::new(attribute.expect(tag::SET)?.value);
            return values.optional(tag::OCTET_STRING).map(|id| id.map(|id| id.value.to_vec()));
        }
    }
    Ok(None)
}

/// The rounds that a container asks for: numbers that follow a salt (RFC 7292 section 4, RFC 8018 appendix A), in every structure
/// that is not encrypted.
fn iterations(der: &[u8], depth: u8) -> u64 {
    let mut reader = Reader::new(der);
    let (mut sum, mut after_salt) = (0u64, false);
    // What follows an unreadable part is nothing to the reader that opens it either.
    while let (false, Ok(element)) = (reader.is_empty(), reader.any()) {
        if element.tag == tag::INTEGER && after_salt {
            let rounds =
                element.value.iter().fold(0u64, |sum, digit| sum.saturating_mul(256) | u64::from(*digit));
            sum = sum.saturating_add(rounds);
        } else if depth < 24 && (element.tag & 0x20 != 0 || element.tag == tag::OCTET_STRING) {
            sum = sum.saturating_add(iterations(element.value, depth + 1));
        }
        after_salt = element.tag == tag::OCTET_STRING;
    }
    sum
}
