//! Revocation lists at hand.

use std::sync::Arc;

use rustls::crypto::WebPkiSupportedAlgorithms;
use webpki::{BorrowedCertRevocationList, CertRevocationList};

use super::certificate::{Certificate, Signed};
use super::der::{self, Malformed, Reader, tag};
use super::{RevocationAnswer, RevocationQuestion, RevocationSource};

/// Revocation lists that were given or fetched; answers from them alone.
#[derive(Debug, Clone)]
pub struct RevocationLists {
    lists: Arc<[Vec<u8>]>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl RevocationLists {
    /// From lists in DER (RFC 5280 section 5). One that cannot be read answers nothing.
    pub fn from_der(lists: Vec<Vec<u8>>) -> Self {
        let algorithms = crate::wire::tls::provider().signature_verification_algorithms;
        Self { lists: lists.into(), algorithms }
    }
}

impl RevocationSource for RevocationLists {
    fn status(&self, question: &RevocationQuestion<'_>) -> RevocationAnswer {
        let mut answer = RevocationAnswer::Unknown;
        let Ok(certificate) = Certificate::read(question.certificate) else { return answer };
        for list in self.lists.iter() {
            match judge(list, &certificate, question, &self.algorithms) {
                Ok(RevocationAnswer::Revoked) => return RevocationAnswer::Revoked,
                Ok(RevocationAnswer::Good) => answer = RevocationAnswer::Good,
                Ok(RevocationAnswer::Unknown) | Err(Malformed) => {}
            }
        }
        answer
    }
}

/// The dates of a list: when it was made and until when it holds.
pub(crate) struct Currency {
    this_update: i64,
    pub(crate) next_update: Option<i64>,
}

/// A list of version 1: no extensions, and so neither a number nor a distribution point. The verification library takes it for
/// none; `openssl ca -gencrl` makes such lists unless it is told of extensions.
pub(crate) struct Old<'a> {
    issuer: &'a [u8],
    /// What stands behind the dates.
    entries: Reader<'a>,
}

/// A list, read by whoever reads its version.
enum List<'a> {
    Old(Old<'a>),
    New(CertRevocationList<'a>),
}

impl Old<'_> {
    /// Whether it has this serial number. It is read to its end, so that half a list does not pass for a whole one.
    fn revokes(&self, serial: &[u8]) -> Result<bool, Malformed> {
        let mut rest = self.entries;
        let entries = rest.optional(tag::SEQUENCE)?;
        rest.end()?;
        let mut entries = Reader::new(entries.map_or(&[], |entries| entries.value));
        let mut found = false;
        while !entries.is_empty() {
            let mut entry = Reader::new(entries.expect(tag::SEQUENCE)?.value);
            found |= entry.expect(tag::INTEGER)?.value == serial;
            der::time(entry.any()?)?;
            entry.end()?;
        }
        Ok(found)
    }
}

/// Reads what the verification library keeps to itself: what was signed, the dates, and lists of version 1.
pub(crate) fn read(list: &[u8]) -> Result<(Signed<'_>, Currency, Option<Old<'_>>), Malformed> {
    let (signed, content) = Signed::read(list)?;
    let mut fields = Reader::new(content);
    let version = fields.optional(tag::INTEGER)?;
    if fields.expect(tag::SEQUENCE)?.value != signed.algorithm {
        return Err(Malformed);
    }
    let issuer = fields.expect(tag::SEQUENCE)?.value;
    let this_update = der::time(fields.any()?)?;
    let next_update = match fields.optional(tag::UTC_TIME)? {
        Some(time) => Some(time),
        None => fields.optional(tag::GENERALIZED_TIME)?,
    };
    let next_update = next_update.map(der::time).transpose()?;
    let old = version.is_none().then_some(Old { issuer, entries: fields });
    Ok((signed, Currency { this_update, next_update }, old))
}

/// What one list says. A list of another issuer, of another signer or for other certificates says nothing, nor does one that
/// is not current; but what an old list has revoked stays so.
pub(crate) fn judge(
    list: &[u8],
    certificate: &Certificate<'_>,
    question: &RevocationQuestion<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<RevocationAnswer, Malformed> {
    judge_signed(list, certificate, question, |signed| signed.verifies(question.issuer_key, algorithms.all))
}

/// As [`judge`], where the signature is looked at by `genuine`: over a large list it costs most of the time.
pub(crate) fn judge_signed(
    list: &[u8],
    certificate: &Certificate<'_>,
    question: &RevocationQuestion<'_>,
    genuine: impl FnOnce(&Signed<'_>) -> bool,
) -> Result<RevocationAnswer, Malformed> {
    let (signed, currency, old) = read(list)?;
    let list = match old {
        Some(old) => List::Old(old),
        None => List::New(BorrowedCertRevocationList::from_der(list).map_err(|_| Malformed)?.into()),
    };
    let issuer = match &list {
        List::Old(old) => old.issuer,
        List::New(new) => new.issuer(),
    };
    if issuer != question.issuer || !question.issuer_signs_lists || !genuine(&signed) {
        return Ok(RevocationAnswer::Unknown);
    }
    let (revoked, point) = match &list {
        List::Old(old) => (old.revokes(certificate.serial)?, None),
        List::New(new) => {
            let found = new.find_serial(certificate.serial).map_err(|_| Malformed)?;
            (found.is_some(), new.issuing_distribution_point())
        }
    };
    if revoked {
        return Ok(RevocationAnswer::Revoked);
    }
    let current =
        currency.this_update <= question.now && currency.next_update.is_some_and(|next| question.now <= next);
    let complete = match point {
        None => true,
        Some(point) => covers(point, certificate)?,
    };
    Ok(if current && complete { RevocationAnswer::Good } else { RevocationAnswer::Unknown })
}

/// Whether a list that is limited to a distribution point (RFC 5280 section 5.2.5) covers the certificate: the kinds fit, and one
/// name of the point is one that the certificate names.
fn covers(point: &[u8], certificate: &Certificate<'_>) -> Result<bool, Malformed> {
    let content = der::only(point, tag::SEQUENCE).unwrap_or(point);
    let mut fields = Reader::new(content);
    let mut named = true;
    while !fields.is_empty() {
        let field = fields.any()?;
        let set = field.value != [0];
        if field.tag == tag::context(0) {
            named = false;
            let points = certificate.distribution.unwrap_or_default();
            each_name(field.value, 0, &mut |name| {
                named |= contains_name(points, name);
            })?;
        } else if field.tag == tag::primitive(1) && set {
            named &= certificate.authority != Some(true);
        } else if field.tag == tag::primitive(2) && set {
            named &= certificate.authority == Some(true);
        } else if set {
            return Ok(false);
        }
    }
    Ok(named)
}

fn contains_name(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut found = false;
    // Names after what cannot be read are not found, which covers less.
    let _: Result<(), Malformed> = each_name(bytes, 0, &mut |name| found |= name == wanted);
    found
}

/// Calls `each` with every uniformResourceIdentifier and directoryName inside, whole, however it is nested.
fn each_name(bytes: &[u8], depth: u8, each: &mut dyn FnMut(&[u8])) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let element = reader.any()?;
        if element.tag == tag::primitive(6) || element.tag == tag::context(4) {
            each(element.whole);
        } else if element.tag & 0x20 != 0 && depth < 8 {
            each_name(element.value, depth + 1, each)?;
        }
    }
    Ok(())
}

/// Calls `each` with every uniformResourceIdentifier inside, however it is nested.
pub(super) fn each_uri(bytes: &[u8], depth: u8, each: &mut dyn FnMut(&[u8])) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let element = reader.any()?;
        if element.tag == tag::primitive(6) {
            each(element.value);
        } else if element.tag & 0x20 != 0 && depth < 8 {
            each_uri(element.value, depth + 1, each)?;
        }
    }
    Ok(())
}
