//! The answer about revocation that a server staples to its certificate (RFC 6960).

use rustls::pki_types::SignatureVerificationAlgorithm;
use sha1::{Digest, Sha1};

use super::RevocationAnswer;
use super::certificate::{Certificate, Signed};
use super::der::{self, Element, Malformed, Reader, tag};

const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];

/// The issuer as an answer has to match it.
pub(crate) struct Issuer<'a> {
    /// Name: the content of its SEQUENCE.
    pub(crate) name: &'a [u8],
    /// Key: the content of SubjectPublicKeyInfo.
    pub(crate) key: &'a [u8],
}

/// What a stapled response says of the certificate. A response that is malformed, signed by someone else, about another
/// certificate or not current says nothing.
pub(crate) fn status(
    response: &[u8],
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
    now: i64,
) -> RevocationAnswer {
    read(response, certificate, issuer, algorithms, now).unwrap_or(RevocationAnswer::Unknown)
}

fn read(
    response: &[u8],
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
    now: i64,
) -> Result<RevocationAnswer, Malformed> {
    let mut outer = Reader::new(der::only(response, tag::SEQUENCE)?);
    if outer.expect(tag::ENUMERATED)?.value != [0] {
        return Ok(RevocationAnswer::Unknown);
    }
    let mut typed = Reader::new(der::only(outer.expect(tag::context(0))?.value, tag::SEQUENCE)?);
    if typed.expect(tag::OID)?.value != BASIC {
        return Ok(RevocationAnswer::Unknown);
    }
    let mut basic = Reader::new(der::only(typed.expect(tag::OCTET_STRING)?.value, tag::SEQUENCE)?);
    let message = basic.expect(tag::SEQUENCE)?;
    let algorithm = basic.expect(tag::SEQUENCE)?.value;
    let signature = der::whole_bits(basic.expect(tag::BIT_STRING)?)?;
    let signed = Signed { message: message.whole, algorithm, signature };
    let signers = basic.optional(tag::context(0))?;
    if !signed.verifies(issuer.key, algorithms) && !delegated(signers, &signed, issuer, algorithms, now)? {
        return Ok(RevocationAnswer::Unknown);
    }
    let mut fields = Reader::new(message.value);
    fields.optional(tag::context(0))?;
    // The responder's name: whoever signed has been found by its key.
    fields.any()?;
    fields.expect(tag::GENERALIZED_TIME)?;
    let mut answers = Reader::new(fields.expect(tag::SEQUENCE)?.value);
    let mut found = RevocationAnswer::Unknown;
    while !answers.is_empty() {
        match single(answers.expect(tag::SEQUENCE)?, certificate, issuer, now)? {
            RevocationAnswer::Revoked => return Ok(RevocationAnswer::Revoked),
            RevocationAnswer::Good => found = RevocationAnswer::Good,
            RevocationAnswer::Unknown => {}
        }
    }
    Ok(found)
}

/// Whether one of the enclosed certificates signed, that the issuer made for this purpose (RFC 6960 section 4.2.2.2).
fn delegated(
    signers: Option<Element<'_>>,
    signed: &Signed<'_>,
    issuer: &Issuer<'_>,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
    now: i64,
) -> Result<bool, Malformed> {
    let Some(signers) = signers else { return Ok(false) };
    let mut signers = Reader::new(der::only(signers.value, tag::SEQUENCE)?);
    // A few are usual; what a peer may make us check is bounded.
    for _ in 0..4 {
        if signers.is_empty() {
            break;
        }
        let signer = Certificate::read(signers.expect(tag::SEQUENCE)?.whole)?;
        if signer.issuer == issuer.name
            && signer.signs_ocsp()
            && signer.validity.contains(now)
            && signer.signed.verifies(issuer.key, algorithms)
            && signed.verifies(signer.spki, algorithms)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One of a response's answers, if it is about the certificate and current.
fn single(
    answer: Element<'_>,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    now: i64,
) -> Result<RevocationAnswer, Malformed> {
    let mut fields = Reader::new(answer.value);
    let mut about = Reader::new(fields.expect(tag::SEQUENCE)?.value);
    let mut hash = Reader::new(about.expect(tag::SEQUENCE)?.value);
    // Other hashes are allowed and not used (RFC 5019 section 2.1.1).
    let usable = hash.expect(tag::OID)?.value == SHA1;
    let name = about.expect(tag::OCTET_STRING)?.value;
    let key = about.expect(tag::OCTET_STRING)?.value;
    let serial = about.expect(tag::INTEGER)?.value;
    let status = fields.any()?;
    let this_update = der::time(fields.expect(tag::GENERALIZED_TIME)?)?;
    let next_update = match fields.optional(tag::context(0))? {
        Some(explicit) => Some(der::time(Reader::new(explicit.value).expect(tag::GENERALIZED_TIME)?)?),
        None => None,
    };
    if !usable || serial != certificate.serial || !same_issuer(name, key, issuer)? {
        return Ok(RevocationAnswer::Unknown);
    }
    // Without an end the answer could be of any age.
    let current = this_update <= now && next_update.is_some_and(|next| now <= next);
    Ok(match status.tag {
        kind if kind == tag::context(1) => RevocationAnswer::Revoked,
        kind if kind == tag::primitive(0) && current => RevocationAnswer::Good,
        _ => RevocationAnswer::Unknown,
    })
}

fn same_issuer(name: &[u8], key: &[u8], issuer: &Issuer<'_>) -> Result<bool, Malformed> {
    let mut fields = Reader::new(issuer.key);
    fields.expect(tag::SEQUENCE)?;
    let bits = der::whole_bits(fields.expect(tag::BIT_STRING)?)?;
    let mut whole = Sha1::new();
    whole.update(sequence_header(issuer.name.len()));
    whole.update(issuer.name);
    Ok(whole.finalize().as_slice() == name && Sha1::digest(bits).as_slice() == key)
}

/// The header that belongs before a SEQUENCE's content of this length.
fn sequence_header(length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![tag::SEQUENCE, length as u8];
    }
    let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
    [&[tag::SEQUENCE, 0x80 | digits.len() as u8][..], &digits].concat()
}

#[cfg(test)]
mod tests {
    use super::sequence_header;

    #[test]
    fn headers() {
        assert_eq!(sequence_header(5), [0x30, 5]);
        assert_eq!(sequence_header(0x80), [0x30, 0x81, 0x80]);
        assert_eq!(sequence_header(0x1234), [0x30, 0x82, 0x12, 0x34]);
    }
}
