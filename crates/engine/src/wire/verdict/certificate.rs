//! The fields of an X.509 certificate that the verdict asks for.

use rustls::pki_types::SignatureVerificationAlgorithm;

use super::der::{self, Element, Malformed, Reader, tag};

/// When a certificate is valid, both ends included; seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First valid second.
    pub not_before: i64,
    /// Last valid second.
    pub not_after: i64,
}

impl Validity {
    /// Contains no moment.
    pub(crate) const NEVER: Validity = Validity { not_before: i64::MAX, not_after: i64::MIN };

    /// Whether the moment lies within.
    pub fn contains(&self, moment: i64) -> bool {
        self.not_before <= moment && moment <= self.not_after
    }

    /// When both hold; it contains nothing where there is no such moment.
    pub(crate) fn and(self, other: Validity) -> Validity {
        Validity {
            not_before: self.not_before.max(other.not_before),
            not_after: self.not_after.min(other.not_after),
        }
    }
}

/// A certificate's fields, borrowed from its DER (RFC 5280 section 4.1). Versions 1 to 3 are read; what an extension says is
/// kept only where the verdict uses it.
#[derive(Debug, Clone)]
pub struct Certificate<'a> {
    /// The certificate as given.
    pub(crate) der: &'a [u8],
    /// The part that is signed.
    pub(crate) signed: Signed<'a>,
    /// 1, 2 or 3.
    pub version: u8,
    /// Serial number, big-endian two's complement.
    pub serial: &'a [u8],
    /// Issuer's name: the content of its SEQUENCE.
    pub issuer: &'a [u8],
    /// When it is valid.
    pub validity: Validity,
    /// Subject's name: the content of its SEQUENCE.
    pub subject: &'a [u8],
    /// Public key: the content of SubjectPublicKeyInfo.
    pub spki: &'a [u8],
    /// The same with its head.
    pub(crate) key: &'a [u8],
    /// Basic constraints say that it is an authority; `None` without the extension.
    pub authority: Option<bool>,
    /// At most this many intermediates may follow below it.
    pub path_length: Option<u64>,
    /// First eight bits of the key usage, the first bit highest, if there is one.
    pub(crate) key_usage: Option<u8>,
    /// Content of the extended key usage, if there is one.
    pub(crate) usages: Option<&'a [u8]>,
    /// Content of the subject's alternative names, if there are any.
    pub(crate) alternatives: Option<&'a [u8]>,
    /// Content of the name constraints, if there are any.
    pub(crate) name_constraints: Option<&'a [u8]>,
    /// Value of the CRL distribution points, if there are any.
    pub(crate) distribution: Option<&'a [u8]>,
    /// Content of the authority information access, if there is any.
    pub(crate) access: Option<&'a [u8]>,
    /// The issuer's key by the name that the issuer gave it, if there is one.
    pub(crate) issuer_key_id: Option<&'a [u8]>,
    /// Its own key by the name that its issuer gave it, if there is one.
    pub(crate) key_id: Option<&'a [u8]>,
    /// A critical extension that nobody here understands.
    pub unknown_critical: bool,
}

/// Something signed, as certificates, revocation lists and OCSP responses are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// The signed bytes.
    pub(crate) message: &'a [u8],
    /// Content of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    /// The signature's bytes.
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Reads `SEQUENCE { message, algorithm, signature }` and hands back the message's content beside it.
    pub(crate) fn read(der: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let mut outer = Reader::new(der::only(der, tag::SEQUENCE)?);
        let message = outer.expect(tag::SEQUENCE)?;
        let algorithm = outer.expect(tag::SEQUENCE)?;
        let signature = der::whole_bits(outer.expect(tag::BIT_STRING)?)?;
        outer.end()?;
        Ok((Self { message: message.whole, algorithm: algorithm.value, signature }, message.value))
    }

    /// Whether the key signed it, by one of these algorithms. The key is the content of a SubjectPublicKeyInfo.
    pub(crate) fn verifies(&self, key: &[u8], algorithms: &[&dyn SignatureVerificationAlgorithm]) -> bool {
        let mut fields = Reader::new(key);
        let Ok(kind) = fields.expect(tag::SEQUENCE) else { return false };
        let Ok(bits) = fields.expect(tag::BIT_STRING).and_then(der::whole_bits) else { return false };
        fields.is_empty()
            && algorithms.iter().any(|algorithm| {
                algorithm.signature_alg_id().as_ref() == self.algorithm
                    && algorithm.public_key_alg_id().as_ref() == kind.value
                    && algorithm.verify_signature(bits, self.message, self.signature).is_ok()
            })
    }
}

const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
const AUTHORITY_INFORMATION_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 0x20];

const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
const ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0];

/// The content of the subject's name of a certificate of which nothing else is looked at: not that it is whole.
///
/// # Errors
/// [`Malformed`] when it cannot be found.
pub(crate) fn subject(der: &[u8]) -> Result<&[u8], Malformed> {
    let outer = Reader::new(der).expect(tag::SEQUENCE)?;
    let mut fields = Reader::new(Reader::new(outer.value).expect(tag::SEQUENCE)?.value);
    fields.optional(tag::context(0))?;
    fields.expect(tag::INTEGER)?;
    // Algorithm, issuer, validity.
    for _ in 0..3 {
        fields.expect(tag::SEQUENCE)?;
    }
    Ok(fields.expect(tag::SEQUENCE)?.value)
}

impl<'a> Certificate<'a> {
    /// Reads a certificate. Any bytes may be given.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are no certificate, hold the same extension twice, or go on after its end.
    pub fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let (signed, content) = Signed::read(der)?;
        let mut fields = Reader::new(content);
        let version = match fields.optional(tag::context(0))? {
            None => 1,
            Some(explicit) => match der::only(explicit.value, tag::INTEGER)? {
                [version @ 0..=2] => version + 1,
                _ => return Err(Malformed),
            },
        };
        let serial = fields.expect(tag::INTEGER)?.value;
        // The algorithm stands outside and inside what is signed (RFC 5280 section 4.1.1.2).
        if fields.expect(tag::SEQUENCE)?.value != signed.algorithm {
            return Err(Malformed);
        }
        let issuer = fields.expect(tag::SEQUENCE)?.value;
        let validity = fields.expect(tag::SEQUENCE)?.value;
        let subject = fields.expect(tag::SEQUENCE)?.value;
        let key = fields.expect(tag::SEQUENCE)?;
        let mut read = Self {
            der,
            signed,
            version,
            serial,
            issuer,
            validity: read_validity(validity)?,
            subject,
            spki: key.value,
            key: key.whole,
            authority: None,
            path_length: None,
            key_usage: None,
            usages: None,
            alternatives: None,
            name_constraints: None,
            distribution: None,
            access: None,
            issuer_key_id: None,
            key_id: None,
            unknown_critical: false,
        };
        fields.optional(tag::primitive(1))?;
        fields.optional(tag::primitive(2))?;
        if let Some(extensions) = fields.optional(tag::context(3))? {
            let mut extensions = Reader::new(der::only(extensions.value, tag::SEQUENCE)?);
            while !extensions.is_empty() {
                read.extension(extensions.expect(tag::SEQUENCE)?)?;
            }
        }
        fields.end()?;
        Ok(read)
    }

    fn extension(&mut self, element: Element<'a>) -> Result<(), Malformed> {
        let mut fields = Reader::new(element.value);
        let oid = fields.expect(tag::OID)?.value;
        let critical = fields.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.value != [0]);
        let value = fields.expect(tag::OCTET_STRING)?.value;
        fields.end()?;
        let once = |slot: &mut Option<&'a [u8]>, value| match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(Malformed),
        };
        match oid {
            BASIC_CONSTRAINTS => self.basic_constraints(der::only(value, tag::SEQUENCE)?),
            EXTENDED_KEY_USAGE => once(&mut self.usages, der::only(value, tag::SEQUENCE)?),
            SUBJECT_ALTERNATIVE_NAME => once(&mut self.alternatives, der::only(value, tag::SEQUENCE)?),
            NAME_CONSTRAINTS => once(&mut self.name_constraints, der::only(value, tag::SEQUENCE)?),
            SUBJECT_KEY_IDENTIFIER => once(&mut self.key_id, der::only(value, tag::OCTET_STRING)?),
            AUTHORITY_KEY_IDENTIFIER => {
                let id = Reader::new(der::only(value, tag::SEQUENCE)?).optional(tag::primitive(0))?;
                self.issuer_key_id = id.map(|id| id.value);
                Ok(())
            }
            CRL_DISTRIBUTION_POINTS => once(&mut self.distribution, value),
            AUTHORITY_INFORMATION_ACCESS => once(&mut self.access, value),
            KEY_USAGE => match (der::only(value, tag::BIT_STRING)?, self.key_usage) {
                ([_unused, bits, ..], None) => {
                    self.key_usage = Some(*bits);
                    Ok(())
                }
                _ => Err(Malformed),
            },
            CERTIFICATE_POLICIES => Ok(()),
            _ => {
                self.unknown_critical |= critical;
                Ok(())
            }
        }
    }

    fn basic_constraints(&mut self, content: &'a [u8]) -> Result<(), Malformed> {
        if self.authority.is_some() {
            return Err(Malformed);
        }
        let mut fields = Reader::new(content);
        self.authority = Some(fields.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.value != [0]));
        if let Some(length) = fields.optional(tag::INTEGER)? {
            if length.value.is_empty() || length.value.len() > 8 || length.value[0] & 0x80 != 0 {
                return Err(Malformed);
            }
            self.path_length = Some(length.value.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit)));
        }
        fields.end()
    }

    /// Its key may sign certificates: no usages named, or keyCertSign (RFC 5280 section 4.2.1.3).
    pub fn signs_certificates(&self) -> bool {
        self.key_usage.is_none_or(|bits| bits & 0x04 != 0)
    }

    /// Its key may sign revocation lists: no usages named, or cRLSign.
    pub fn signs_lists(&self) -> bool {
        self.key_usage.is_none_or(|bits| bits & 0x02 != 0)
    }

    /// It is of version 1 or 2: it has no extensions, and the verification library takes it for none.
    pub(crate) fn is_old(&self) -> bool {
        self.version < 3
    }

    /// It names itself as its issuer.
    pub fn self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it may authenticate a server: no usages named, or that one, or any (RFC 5280 section 4.2.1.12). A list that
    /// cannot be read names none.
    pub fn serves(&self) -> bool {
        self.usages.is_none() || self.names_usage(SERVER_AUTH) || self.names_usage(ANY_USAGE)
    }

    /// Whether its issuer lets it answer for the revocation of the issuer's certificates (RFC 6960 section 4.2.2.2).
    pub(crate) fn signs_ocsp(&self) -> bool {
        self.names_usage(OCSP_SIGNING)
    }

    fn names_usage(&self, wanted: &[u8]) -> bool {
        let mut usages = Reader::new(self.usages.unwrap_or_default());
        while let Ok(usage) = usages.expect(tag::OID) {
            if usage.value == wanted {
                return true;
            }
        }
        false
    }
}

fn read_validity(content: &[u8]) -> Result<Validity, Malformed> {
    let mut fields = Reader::new(content);
    let not_before = der::time(fields.any()?)?;
    let not_after = der::time(fields.any()?)?;
    fields.end()?;
    Ok(Validity { not_before, not_after })
}
