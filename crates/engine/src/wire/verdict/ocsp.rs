//! Answers about the revocation of one certificate (RFC 6960), stapled by the server or asked for.

use rustls::pki_types::SignatureVerificationAlgorithm;
use sha1::{Digest, Sha1};

use super::RevocationAnswer;
use super::certificate::{Certificate, Signed};
use super::der::{self, Element, Malformed, Reader, tag};

const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];
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
    let Some(content) = basic(response)? else { return Ok(RevocationAnswer::Unknown) };
    let mut basic = Reader::new(content);
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
    let (own_name, own_key) = names(issuer)?;
    Ok(own_name == name && own_key == key)
}

/// SHA-1 of the issuer's name and of its key, by which certificates are named here.
fn names(issuer: &Issuer<'_>) -> Result<(Vec<u8>, Vec<u8>), Malformed> {
    let mut fields = Reader::new(issuer.key);
    fields.expect(tag::SEQUENCE)?;
    let bits = der::whole_bits(fields.expect(tag::BIT_STRING)?)?;
    let mut whole = Sha1::new();
    whole.update(header(tag::SEQUENCE, issuer.name.len()));
    whole.update(issuer.name);
    Ok((whole.finalize().to_vec(), Sha1::digest(bits).to_vec()))
}

/// The header that belongs before content of this length.
fn header(tag: u8, length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![tag, length as u8];
    }
    let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
    [&[tag, 0x80 | digits.len() as u8][..], &digits].concat()
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [header(tag, content.len()), content].concat()
}

/// The question about one certificate, to be posted to a responder. Without a nonce, as responders that answer
/// everybody the same expect it (RFC 5019 section 2.1.1).
pub(crate) fn request(certificate: &Certificate<'_>, issuer: &Issuer<'_>) -> Result<Vec<u8>, Malformed> {
    let (name, key) = names(issuer)?;
    let hash = element(tag::SEQUENCE, &[&element(tag::OID, &[SHA1]), &element(5, &[])]);
    let id = element(
        tag::SEQUENCE,
        &[
            &hash,
            &element(tag::OCTET_STRING, &[&name]),
            &element(tag::OCTET_STRING, &[&key]),
            &element(tag::INTEGER, &[certificate.serial]),
        ],
    );
    // OCSPRequest of a TBSRequest of a list of one Request.
    Ok((0..4).fold(id, |inner, _| element(tag::SEQUENCE, &[&inner])))
}

/// Where the certificate's issuer answers such questions (RFC 5280 section 4.2.2.1).
pub(crate) fn responders(certificate: &Certificate<'_>) -> Result<Vec<String>, Malformed> {
    let mut found = Vec::new();
    let Some(access) = certificate.access else { return Ok(found) };
    let mut entries = Reader::new(der::only(access, tag::SEQUENCE)?);
    while !entries.is_empty() {
        let mut entry = Reader::new(entries.expect(tag::SEQUENCE)?.value);
        let method = entry.expect(tag::OID)?.value;
        let place = entry.any()?;
        if method == OCSP && place.tag == tag::primitive(6) {
            found.extend(std::str::from_utf8(place.value).map(str::to_owned));
        }
    }
    Ok(found)
}

/// Until when a response holds, by the earliest end of its answers. Whose it is and what it says is not looked at.
pub(crate) fn holds_until(response: &[u8]) -> Result<i64, Malformed> {
    let mut until = None;
    let basic = basic(response)?.ok_or(Malformed)?;
    let mut fields = Reader::new(Reader::new(basic).expect(tag::SEQUENCE)?.value);
    fields.optional(tag::context(0))?;
    fields.any()?;
    fields.expect(tag::GENERALIZED_TIME)?;
    let mut answers = Reader::new(fields.expect(tag::SEQUENCE)?.value);
    while !answers.is_empty() {
        let mut answer = Reader::new(answers.expect(tag::SEQUENCE)?.value);
        answer.expect(tag::SEQUENCE)?;
        answer.any()?;
        answer.expect(tag::GENERALIZED_TIME)?;
        let explicit = answer.optional(tag::context(0))?.ok_or(Malformed)?;
        let next = der::time(Reader::new(explicit.value).expect(tag::GENERALIZED_TIME)?)?;
        until = Some(until.map_or(next, |until: i64| until.min(next)));
    }
    until.ok_or(Malformed)
}

/// The content of the basic response; `None` where the responder refuses or answers in another form.
fn basic(response: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut outer = Reader::new(der::only(response, tag::SEQUENCE)?);
    if outer.expect(tag::ENUMERATED)?.value != [0] {
        return Ok(None);
    }
    let mut typed = Reader::new(der::only(outer.expect(tag::context(0))?.value, tag::SEQUENCE)?);
    if typed.expect(tag::OID)?.value != BASIC {
        return Ok(None);
    }
    der::only(typed.expect(tag::OCTET_STRING)?.value, tag::SEQUENCE).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(header(0x30, 5), [0x30, 5]);
        assert_eq!(header(0x30, 0x80), [0x30, 0x81, 0x80]);
        assert_eq!(header(0x30, 0x1234), [0x30, 0x82, 0x12, 0x34]);
    }
}
