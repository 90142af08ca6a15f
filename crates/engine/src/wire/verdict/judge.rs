//! All faults of a certificate in one pass.
//!
//! The verification library is asked first: what it accepts for the name, the usage and the moment has no
//! faults. Only when it refuses are the parts judged on their own: the name alone; dates, roles and usages from an
//! own reading of the best path ([`Walk`]); trust by the library again, at a moment when all of the path is valid and with any usage.
//!
//! The own walk alone never lets a certificate pass that the library refuses, with two exceptions that Windows makes too: a
//! certificate that is itself trusted, and an authority's certificate in the role of a server's. Under ignore flags it decides
//! trust alone only where the path's certificates were never valid together.

use std::cell::Cell;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, Der, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage, VerifiedPath};
use winhttp_abi::{
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID, WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED,
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED, WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
    WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
};

use super::certificate::{Certificate, Validity};
use super::name::{Match, matches};
use super::ocsp;
use super::path::{Path, Walk};
use super::{RevocationAnswer, RevocationFetch, RevocationQuestion, RevocationSource};
use crate::wire::tls::Roots;

/// What is judged, and by what.
pub(crate) struct Question<'a> {
    /// The server's certificate.
    pub(crate) leaf: &'a CertificateDer<'a>,
    /// What else it sent.
    pub(crate) others: &'a [CertificateDer<'a>],
    /// The host.
    pub(crate) name: &'a ServerName<'a>,
    /// The stapled answer about revocation; empty when none came.
    pub(crate) ocsp: &'a [u8],
    /// The moment.
    pub(crate) now: UnixTime,
    /// Whom to trust.
    pub(crate) roots: &'a Roots,
    /// Which signatures to accept.
    pub(crate) algorithms: &'a rustls::crypto::WebPkiSupportedAlgorithms,
    /// Whether to check revocation.
    pub(crate) revocation: bool,
    /// Whether a revocation check that cannot be made passes.
    pub(crate) offline_ok: bool,
    /// Whom to ask about revocation beside the stapled answer.
    pub(crate) source: Option<&'a dyn RevocationSource>,
}

/// What the judgement came to.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// `WINHTTP_CALLBACK_STATUS_FLAG_*` bits OR-ed; 0 for none.
    pub(crate) faults: u32,
    /// What is not known about revocation and can be fetched: then the faults are not the last word.
    pub(crate) lacking: Vec<RevocationFetch>,
    /// Since when and until when the same question has the same answer, where that is known: no fault.
    pub(crate) holds: Option<Validity>,
}

impl Judgement {
    fn of(faults: u32) -> Self {
        Self { faults, lacking: Vec::new(), holds: None }
    }
}

/// When the certificate has no faults under these authorities, revocation aside: what most certificates come to, and cheap where
/// their authority is not among these. `None` if it has any now.
pub(crate) fn accepts(question: &Question<'_>) -> Option<Validity> {
    let parsed = EndEntityCert::try_from(question.leaf).ok()?;
    let holds = question.trusts(&parsed)?;
    parsed.verify_is_valid_for_subject_name(question.name).ok().map(|()| holds)
}

/// The faults of the certificate.
pub(crate) fn judge(question: &Question<'_>) -> Judgement {
    let parsed = EndEntityCert::try_from(question.leaf).ok();
    let trusted = parsed.as_ref().and_then(|parsed| question.trusts(parsed));
    if trusted.is_some() && !question.revocation {
        let named = parsed
            .as_ref()
            .is_some_and(|parsed| parsed.verify_is_valid_for_subject_name(question.name).is_ok());
        if named {
            return Judgement { holds: trusted, ..Judgement::default() };
        }
    }
    let Ok(leaf) = Certificate::read(question.leaf) else {
        return Judgement::of(WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT);
    };
    let named = matches(question.name, parsed.as_ref(), &leaf);
    // What cannot be read cannot be anyone's issuer.
    let others = question.others.iter().filter_map(|der| Certificate::read(der).ok());
    let certificates: Vec<_> = std::iter::once(leaf).chain(others).collect();
    let path = Walk::new(&certificates, question.roots, question.algorithms.all, question.seconds()).best();
    let judged = Judged { question, parsed: parsed.as_ref(), certificates: &certificates, path: &path };

    let mut faults = 0;
    match named {
        Match::Alternative => {}
        // Name constraints bind alternative names: a common name must not go around them.
        Match::CommonName if judged.constraints().next().is_none() => {}
        Match::CommonName | Match::None => faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID,
    }
    if trusted.is_none() {
        faults |= judged.distrust();
    }
    let mut judgement = Judgement::of(faults);
    if question.revocation {
        judged.revocation(&mut judgement);
    }
    judgement
}

impl Question<'_> {
    fn seconds(&self) -> i64 {
        i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX)
    }

    /// When the verification library accepts the certificate, names and revocation aside; `None` if it does not now. It knows no
    /// dates of authorities; a path to one that has expired is turned down, so that it looks for another.
    fn trusts(&self, parsed: &EndEntityCert<'_>) -> Option<Validity> {
        let now = self.seconds();
        let roots = self.roots;
        // The dates of all of the path: everything else in the question stays as it is.
        let holds = Cell::new(None);
        let current = |path: &VerifiedPath<'_>| {
            let mut dates = Certificate::read(self.leaf).map_or(Validity::NEVER, |read| read.validity);
            for certificate in path.intermediate_certificates() {
                let der = certificate.der();
                // It does not look at key usages either (RFC 5280 section 6.1.4 step n).
                let signs = Certificate::read(&der).ok().filter(Certificate::signs_certificates);
                dates = dates.and(signs.ok_or(Error::UnknownIssuer)?.validity);
            }
            let at = roots.trust().iter().position(|anchor| std::ptr::eq(anchor, path.anchor()));
            if let Some(validity) = at.and_then(|at| roots.validity(at)) {
                if !validity.contains(now) {
                    return Err(Error::UnknownIssuer);
                }
                dates = dates.and(validity);
            }
            holds.set(Some(dates));
            Ok(())
        };
        let accepted = parsed
            .verify_for_usage(
                self.algorithms.all,
                roots.trust(),
                self.others,
                self.now,
                KeyUsage::server_auth(),
                None,
                Some(&current),
            )
            .is_ok();
        if accepted { holds.get() } else { None }
    }
}

/// A path under judgement.
struct Judged<'a> {
    question: &'a Question<'a>,
    parsed: Option<&'a EndEntityCert<'a>>,
    certificates: &'a [Certificate<'a>],
    path: &'a Path,
}

impl<'a> Judged<'a> {
    /// Why the verification library does not accept the path now: at least one fault.
    fn distrust(&self) -> u32 {
        let mut faults = self.path.faults;
        let leaf = &self.certificates[0];
        let trusted_itself = self.path.anchor_sent && self.path.links.len() == 1;
        match self.parsed {
            // Critical extensions that nobody knows, encodings that are not DER.
            None if !leaf.is_old() => return faults | WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
            _ if trusted_itself => return faults,
            // The library has no such role and no such version, and so no opinion on their name constraints.
            None | Some(_) if leaf.is_old() || leaf.authority == Some(true) => {
                if self.constraints().next().is_some() {
                    faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT;
                }
                return faults;
            }
            None => {}
            Some(parsed) => match self.moment() {
                Some(moment)
                    if faults & WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT == 0
                        && self.path.anchor.is_some() =>
                {
                    faults |= self.confirm(parsed, moment);
                }
                _ => faults |= self.constrain(parsed),
            },
        }
        // It was refused for a reason that nobody found: then it is not valid.
        if faults == 0 { WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT } else { faults }
    }

    /// The links whose dates matter to the verification library: all but an authority that was sent along.
    fn dated(&self) -> impl Iterator<Item = &'a Certificate<'a>> {
        let count = self.path.links.len() - usize::from(self.path.anchor_sent);
        self.path.links[..count].iter().map(|at| &self.certificates[*at])
    }

    /// A moment when all of the path is valid, the nearest to now; none when there is no such moment.
    fn moment(&self) -> Option<UnixTime> {
        let first = self.dated().map(|certificate| certificate.validity.not_before).max()?;
        let last = self.dated().map(|certificate| certificate.validity.not_after).min()?;
        (first <= last).then(|| self.question.seconds().clamp(first, last)).and_then(at)
    }

    /// Trust alone, by the verification library: any usage, at this moment.
    fn confirm(&self, parsed: &EndEntityCert<'_>, moment: UnixTime) -> u32 {
        let question = self.question;
        let verified = parsed.verify_for_usage(
            question.algorithms.all,
            question.roots.trust(),
            question.others,
            moment,
            AnyUsage,
            None,
            None,
        );
        match verified {
            Ok(_) => 0,
            Err(Error::UnknownIssuer) => WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
            Err(_) => WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
        }
    }

    /// Name constraints of every authority of the path, laid on the leaf by the verification library: it takes the leaf's issuer
    /// for trusted and that authority's constraints for the issuer's.
    fn constrain(&self, parsed: &EndEntityCert<'_>) -> u32 {
        let leaf = &self.certificates[0];
        let validity = leaf.validity;
        let moment = (validity.not_before <= validity.not_after)
            .then(|| self.question.seconds().clamp(validity.not_before, validity.not_after))
            .and_then(at);
        let (Some(issuer), Some(moment)) = (self.issuer(0), moment) else { return 0 };
        for constraints in self.constraints() {
            let anchor = [TrustAnchor {
                subject: Der::from_slice(issuer.name),
                subject_public_key_info: Der::from_slice(issuer.key),
                name_constraints: Some(Der::from_slice(constraints)),
            }];
            let verified = parsed.verify_for_usage(
                self.question.algorithms.all,
                &anchor,
                &[],
                moment,
                AnyUsage,
                None,
                None,
            );
            match verified {
                Ok(_) | Err(Error::UnknownIssuer | Error::InvalidSignatureForPublicKey) => {}
                Err(_) => return WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
            }
        }
        0
    }

    /// The name constraints of the leaf's authorities.
    fn constraints(&self) -> impl Iterator<Item = &'a [u8]> {
        let anchor =
            self.path.anchor.and_then(|at| self.question.roots.trust()[at].name_constraints.as_ref());
        let links = self.path.links.iter().skip(1).filter_map(|at| self.certificates[*at].name_constraints);
        links.chain(anchor.map(|constraints| constraints.as_ref()))
    }

    /// Whether the issuer of a link may sign revocation lists; nothing is known of an authority's usages that was not sent.
    fn issuer_signs_lists(&self, link: usize) -> bool {
        let issuer = self.path.links.get(link + 1);
        issuer.is_none_or(|at| self.certificates[*at].signs_lists())
    }

    /// The issuer of a link, if there is one to be found.
    fn issuer(&self, link: usize) -> Option<ocsp::Issuer<'a>> {
        if let Some(at) = self.path.links.get(link + 1) {
            let issuer = &self.certificates[*at];
            return Some(ocsp::Issuer { name: issuer.subject, key: issuer.spki });
        }
        let anchor = &self.question.roots.trust()[self.path.anchor?];
        Some(ocsp::Issuer { name: anchor.subject.as_ref(), key: anchor.subject_public_key_info.as_ref() })
    }

    /// The revocation of every link but the root.
    fn revocation(&self, judgement: &mut Judgement) {
        for (link, at) in self.path.links.iter().enumerate() {
            let certificate = &self.certificates[*at];
            let top = link + 1 == self.path.links.len();
            if top && (self.path.anchor_sent || (self.path.anchor.is_none() && certificate.self_issued())) {
                continue;
            }
            let answer = self.issuer(link).map_or(RevocationAnswer::Unknown, |issuer| {
                self.status(link, certificate, &issuer, &mut judgement.lacking)
            });
            judgement.faults |= match answer {
                RevocationAnswer::Good => 0,
                RevocationAnswer::Revoked => WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED,
                RevocationAnswer::Unknown if self.question.offline_ok => 0,
                RevocationAnswer::Unknown => WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED,
            };
        }
    }

    fn status(
        &self,
        link: usize,
        certificate: &Certificate<'_>,
        issuer: &ocsp::Issuer<'_>,
        lacking: &mut Vec<RevocationFetch>,
    ) -> RevocationAnswer {
        let question = self.question;
        let now = question.seconds();
        if link == 0 && !question.ocsp.is_empty() {
            let stapled = ocsp::status(question.ocsp, certificate, issuer, question.algorithms.all, now);
            if stapled != RevocationAnswer::Unknown {
                return stapled;
            }
        }
        let Some(source) = question.source else { return RevocationAnswer::Unknown };
        let asked = RevocationQuestion {
            certificate: certificate.der,
            issuer: issuer.name,
            issuer_key: issuer.key,
            issuer_signs_lists: self.issuer_signs_lists(link),
            now,
            trusted: self.path.anchor.is_some()
                && self.path.faults & WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT == 0,
        };
        let answer = source.status(&asked);
        if answer == RevocationAnswer::Unknown {
            lacking.extend(source.lacking(&asked));
        }
        answer
    }
}

fn at(seconds: i64) -> Option<UnixTime> {
    u64::try_from(seconds).ok().map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
}

/// Usages are judged apart.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _usages: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}
