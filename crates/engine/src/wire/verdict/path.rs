//! From a leaf to an authority, with everything that is wrong on the way.
//!
//! The verification library stops at the first fault, and its dates must all hold at one moment, which a leaf and an
//! issuer that were never valid together do not have. So the faults of a chain are found by an own walk: every path
//! that names and signatures allow, each with its faults, and the best one counts. The walk is only asked when the
//! library has refused a certificate or revocation is to be checked.

use rustls::pki_types::SignatureVerificationAlgorithm;
use winhttp_abi::{
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID, WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE,
    WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA, WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
};

use super::certificate::Certificate;
use crate::wire::tls::Roots;

/// Signature checks per walk: a peer may send hundreds of certificates of one name.
const CHECKS: u32 = 100;
/// Certificates in a path, the leaf included.
const DEPTH: usize = 10;

/// The best path found.
#[derive(Debug)]
pub(crate) struct Path {
    /// Positions among the certificates, the leaf (0) first.
    pub(crate) links: Vec<usize>,
    /// Position of the authority among the roots, if the path ends at one.
    pub(crate) anchor: Option<usize>,
    /// The last link is the authority itself: its certificate was sent.
    pub(crate) anchor_sent: bool,
    /// What is wrong with it, without names and revocation.
    pub(crate) faults: u32,
}

/// What a walk needs. `certificates` holds the leaf first and at least that.
pub(crate) struct Walk<'a> {
    pub(crate) certificates: &'a [Certificate<'a>],
    pub(crate) roots: &'a Roots,
    pub(crate) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    pub(crate) now: i64,
    checks: u32,
    best: Option<Path>,
}

impl<'a> Walk<'a> {
    /// A walk over these certificates at this moment.
    pub(crate) fn new(
        certificates: &'a [Certificate<'a>],
        roots: &'a Roots,
        algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
        now: i64,
    ) -> Self {
        Self { certificates, roots, algorithms, now, checks: CHECKS, best: None }
    }

    /// The path with the fewest faults; among equals one that ends at an authority.
    pub(crate) fn best(mut self) -> Path {
        self.from(&mut vec![0], false);
        self.best.unwrap_or(Path {
            links: vec![0],
            anchor: None,
            anchor_sent: false,
            faults: WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
        })
    }

    /// Goes on from the last of `links`. `broken`: a signature on the way did not verify.
    fn from(&mut self, links: &mut Vec<usize>, broken: bool) {
        let certificates = self.certificates;
        let Some(last) = links.last().map(|at| &certificates[*at]) else { return };
        // Who has signed himself has no other issuer, whoever else has his name: an appliance's `localhost` beside another
        // `localhost` that the machine trusts is unknown and not forged.
        let signs_itself = last.self_issued()
            && identified(last.issuer_key_id, last.key_id)
            && self.check(last, last.spki) == Some(true);
        let mut issuers = 0;
        for (at, anchor) in self.roots.trust().iter().enumerate() {
            if anchor.subject.as_ref() == last.subject && anchor.subject_public_key_info.as_ref() == last.spki
            {
                // The leaf has to be the trusted certificate itself; further up its key is what counts, and that is the
                // authority's. Its own signature says nothing.
                if links.len() > 1 || self.roots.is_certificate(at, last.der) {
                    issuers += 1;
                    self.propose(links, Some(at), true, broken);
                }
            }
            if anchor.subject.as_ref() == last.issuer
                && identified(last.issuer_key_id, self.roots.key_id(at))
                && (!signs_itself || anchor.subject_public_key_info.as_ref() == last.spki)
            {
                let Some(verified) = self.check(last, anchor.subject_public_key_info.as_ref()) else { break };
                issuers += 1;
                self.propose(links, Some(at), false, broken || !verified);
            }
        }
        for (at, candidate) in certificates.iter().enumerate() {
            if links.len() < DEPTH
                && !links.contains(&at)
                && candidate.subject == last.issuer
                && identified(last.issuer_key_id, candidate.key_id)
                && (!signs_itself || candidate.spki == last.spki)
            {
                let Some(verified) = self.check(last, candidate.spki) else { break };
                issuers += 1;
                links.push(at);
                self.from(links, broken || !verified);
                links.pop();
            }
        }
        if issuers == 0 {
            let own = last.self_issued() && identified(last.issuer_key_id, last.key_id);
            let forged = own && !signs_itself && self.check(last, last.spki) == Some(false);
            self.propose(links, None, false, broken || forged);
        }
    }

    /// Whether the key signed the certificate; `None` when too much has been asked.
    fn check(&mut self, certificate: &Certificate<'_>, key: &[u8]) -> Option<bool> {
        self.checks = self.checks.checked_sub(1)?;
        Some(certificate.signed.verifies(key, self.algorithms))
    }

    fn propose(&mut self, links: &[usize], anchor: Option<usize>, anchor_sent: bool, broken: bool) {
        let faults = self.faults(links, anchor, anchor_sent, broken);
        let better = self.best.as_ref().is_none_or(|best| {
            (faults.count_ones(), anchor.is_none()) < (best.faults.count_ones(), best.anchor.is_none())
        });
        if better {
            self.best = Some(Path { links: links.to_vec(), anchor, anchor_sent, faults });
        }
    }

    /// The faults of one path.
    ///
    /// `contract:` WinHTTP error messages. ERROR_WINHTTP_SECURE_INVALID_CERT stands for a role, path length, critical
    /// extension or encoding that is not right; ERROR_WINHTTP_SECURE_INVALID_CA for a chain that ends in a root
    /// that is not trusted. A chain whose issuer is missing counts as the latter, though the page names its code with the
    /// former: an unknown authority whose own certificate was not sent is reported as 0x8 in the field.
    fn faults(&self, links: &[usize], anchor: Option<usize>, anchor_sent: bool, broken: bool) -> u32 {
        let mut faults = 0;
        if broken {
            faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT;
        }
        match anchor {
            None => faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
            Some(at) if self.roots.validity(at).is_some_and(|validity| !validity.contains(self.now)) => {
                faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID;
            }
            Some(_) => {}
        }
        for (depth, at) in links.iter().enumerate() {
            let certificate = &self.certificates[*at];
            if !certificate.validity.contains(self.now) {
                faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID;
            }
            // An authority is trusted by decision, not for what it says of itself.
            if anchor_sent && depth > 0 && depth + 1 == links.len() {
                continue;
            }
            if !certificate.serves() {
                faults |= WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE;
            }
            if certificate.unknown_critical {
                faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT;
            }
            if depth == 0 {
                continue;
            }
            // RFC 5280 section 4.2.1.9: self-issued intermediates below do not count.
            let below =
                links[1..depth].iter().filter(|at| !self.certificates[**at].self_issued()).count() as u64;
            if certificate.authority != Some(true)
                || !certificate.signs_certificates()
                || certificate.path_length.is_some_and(|most| below > most)
            {
                faults |= WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT;
            }
        }
        faults
    }
}

/// Whether key names allow the one to be the issuer of the other: they must not differ where both are given.
fn identified(wanted: Option<&[u8]>, own: Option<&[u8]>) -> bool {
    !matches!((wanted, own), (Some(wanted), Some(own)) if wanted != own)
}
