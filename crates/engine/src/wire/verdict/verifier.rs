//! The verdict as the TLS library asks for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, PeerMisbehaved, SignatureScheme};

use super::certificate::{Certificate, Signed, Validity};
use super::judge::{Question, accepts, judge};
use super::{RevocationFetch, RevocationSource, Verdict};
use crate::wire::tls::{Bundle, ExtraRoots, Note, Roots, TlsPolicy, machine};
use winhttp_abi::{WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED, WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT};

/// At most this many chains are remembered: as many as servers whose sessions may be resumed.
const REMEMBERED: usize = 256;

/// Trust in none.
static NOBODY: Roots = Roots::none();

/// A server's certificates, leaf first. Connections to the same server share them.
pub(crate) type Chain = Arc<[Vec<u8>]>;

/// Judges certificates for the connections of one policy. The same object for all of them: the TLS library
/// resumes a session only under the verifier that made it.
pub struct Judge {
    ignore: u32,
    revocation: bool,
    offline_ok: bool,
    cache_only: bool,
    extra_roots: Option<Arc<ExtraRoots>>,
    algorithms: WebPkiSupportedAlgorithms,
    source: Option<Arc<dyn RevocationSource>>,
    /// Chains that passed, and how: a resumed handshake shows no certificate to judge again, and the same certificates shown again
    /// are the same question. The latest first.
    remembered: Mutex<VecDeque<Remembered>>,
}

/// A chain that was let pass.
#[derive(Clone)]
pub(crate) struct Remembered {
    pub(crate) chain: Chain,
    pub(crate) verdict: Verdict,
    /// What was stapled, where revocation is checked; else empty.
    pub(crate) ocsp: Arc<[u8]>,
    /// For whom it has no fault, and when: under the same authorities the same comes of it as long as its dates hold.
    flawless: Option<(ServerName<'static>, Validity)>,
}

impl Remembered {
    fn shows(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> bool {
        let shown = std::iter::once(leaf).chain(others);
        self.chain.len() == 1 + others.len()
            && self.chain.iter().zip(shown).all(|(one, other)| one == other.as_ref())
    }

    fn is_for(&self, name: &ServerName<'_>) -> bool {
        self.flawless.as_ref().is_none_or(|(host, _)| host == name)
    }
}

/// A verdict, and what has to be fetched before it is the last word.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) lacking: Vec<RevocationFetch>,
    /// When the same comes of the same question, where there is no fault and nothing was asked about revocation.
    holds: Option<Validity>,
}

impl Judged {
    fn flawless(holds: Validity) -> Self {
        Self { verdict: Verdict::default(), lacking: Vec::new(), holds: Some(holds) }
    }
}

impl Judge {
    /// A judge for a policy.
    pub(crate) fn new(
        policy: &TlsPolicy,
        algorithms: WebPkiSupportedAlgorithms,
        source: Option<Arc<dyn RevocationSource>>,
    ) -> Self {
        Self {
            ignore: policy.ignore,
            revocation: policy.revocation,
            offline_ok: policy.revocation_offline_ok,
            cache_only: policy.cache_only,
            extra_roots: policy.extra_roots.clone(),
            algorithms,
            source,
            remembered: Mutex::new(VecDeque::new()),
        }
    }

    /// The verdict on a certificate for this host at this moment.
    pub(crate) fn verdict(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Judged {
        let mut question = Question {
            leaf,
            others,
            name,
            ocsp,
            now,
            roots: &NOBODY,
            algorithms: &self.algorithms,
            revocation: self.revocation,
            offline_ok: self.offline_ok,
            source: self.source.as_deref(),
        };
        // The machine's store is read when it is needed: a session that trusts its server by itself goes without.
        if let Some(extra) = self.extra_roots.as_deref().filter(|_| !self.revocation) {
            question.roots = extra.own();
            if let Some(holds) = accepts(&question) {
                return Judged::flawless(holds);
            }
        }
        // Most chains end at an authority in the machine's file and have no fault; the rest of the store is then not read.
        if let Some(bundle) = Bundle::of_machine().filter(|_| !self.revocation)
            && let Some(holds) = accepts(&Question { roots: &bundle.issuers(leaf, others), ..question })
        {
            return Judged::flawless(holds);
        }
        question.roots = self.roots();
        let judgement = judge(&question);
        let lacking = if self.cache_only { Vec::new() } else { judgement.lacking };
        Judged { verdict: Verdict::new(judgement.faults, self.ignore), lacking, holds: judgement.holds }
    }

    /// Whether revocation is checked.
    pub(crate) fn checks_revocation(&self) -> bool {
        self.revocation
    }

    /// The verdict on a chain that was sent earlier, as it is now.
    pub(crate) fn again(&self, chain: &[Vec<u8>], name: &ServerName<'_>, ocsp: &[u8]) -> Judged {
        let certificates: Vec<_> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        match certificates.split_first() {
            Some((leaf, others)) => self.verdict(leaf, others, name, ocsp, UnixTime::now()),
            // Nothing was shown: nothing is known of it.
            None => Judged {
                verdict: Verdict::new(WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT, self.ignore),
                lacking: Vec::new(),
                holds: None,
            },
        }
    }

    fn roots(&self) -> &Roots {
        match &self.extra_roots {
            Some(extra) => extra.with_machine(),
            None => machine(),
        }
    }

    /// The chain with this leaf that was let pass, and its verdict.
    pub(crate) fn recall(&self, leaf: &[u8]) -> Option<Remembered> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.iter().find(|passed| passed.chain.first().is_some_and(|der| der == leaf)).cloned()
    }

    /// The same certificates that had no fault for the same host, while their dates hold. Nothing of that can have changed: whom to
    /// trust is read once, and signatures stay what they are. That the server has the key is proved in every handshake.
    fn known(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Option<Chain> {
        let now = i64::try_from(now.as_secs()).ok()?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let at = remembered.iter().position(|passed| {
            let holds = passed.flawless.as_ref().filter(|(_, dates)| dates.contains(now));
            holds.is_some_and(|(host, _)| host == name) && passed.shows(leaf, others)
        })?;
        if at > 0 {
            let latest = remembered.remove(at)?;
            remembered.push_front(latest);
        }
        remembered.front().map(|passed| passed.chain.clone())
    }

    /// Remembers a chain that passes. Hands back the same chain if it was known.
    fn remember(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        judged: &Judged,
        ocsp: &[u8],
    ) -> Chain {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered.iter().find(|passed| passed.shows(leaf, others));
        let chain = known.map_or_else(|| owned(leaf, others), |passed| passed.chain.clone());
        remembered.retain(|passed| !(Arc::ptr_eq(&passed.chain, &chain) && passed.is_for(name)));
        let ocsp = if self.revocation { ocsp.into() } else { Arc::default() };
        let flawless = judged.holds.map(|holds| (name.to_owned(), holds));
        remembered.truncate(REMEMBERED - 1);
        remembered.push_front(Remembered { chain: chain.clone(), verdict: judged.verdict, ocsp, flawless });
        chain
    }
}

impl Judge {
    /// Remembers a chain whose verdict was settled after its handshake.
    pub(crate) fn settled(&self, chain: Chain, verdict: Verdict, ocsp: Arc<[u8]>) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|passed| passed.chain != chain);
        remembered.truncate(REMEMBERED - 1);
        remembered.push_front(Remembered { chain, verdict, ocsp, flawless: None });
    }
}

impl Judge {
    /// The signature of a TLS 1.2 handshake under a certificate that the TLS library does not read.
    fn signed_by(
        &self,
        certificate: &Certificate<'_>,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let (_, algorithms) = known.ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        let valid = algorithms.iter().any(|&algorithm| {
            let identifier = algorithm.signature_alg_id();
            let signed = Signed { message, algorithm: identifier.as_ref(), signature: signed.signature() };
            signed.verifies(certificate.spki, &[algorithm])
        });
        match valid {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(CertificateError::BadSignature.into()),
        }
    }
}

/// The certificate, if it is of version 1 or 2: the TLS library reads none of these, and makers of appliances still issue
/// them.
fn old<'a>(leaf: &'a CertificateDer<'_>) -> Option<Certificate<'a>> {
    Certificate::read(leaf).ok().filter(Certificate::is_old)
}

fn owned(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Chain {
    std::iter::once(leaf).chain(others).map(|der| der.to_vec()).collect()
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("ignore", &self.ignore)
            .field("revocation", &self.revocation)
            .finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(chain) = self.known(leaf, others, name, now) {
            Note::judged(chain, Verdict::default());
            return Ok(ServerCertVerified::assertion());
        }
        let mut judged = self.verdict(leaf, others, name, ocsp, now);
        let (verdict, lacking) = (judged.verdict, std::mem::take(&mut judged.lacking));
        let unsettled = !lacking.is_empty();
        let mut fatal = verdict.fatal();
        if unsettled {
            Note::unsettled(lacking, ocsp.to_vec());
            // The one question that is open is answered once the handshake is done; before, nothing else happens.
            fatal &= !WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED;
        }
        if fatal != 0 {
            Note::judged(owned(leaf, others), verdict);
            let condemned = OtherError(Arc::new(Condemned(verdict)));
            return Err(Error::InvalidCertificate(CertificateError::Other(condemned)));
        }
        let chain =
            if unsettled { owned(leaf, others) } else { self.remember(leaf, others, name, &judged, ocsp) };
        Note::judged(chain, verdict);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls12_signature(message, leaf, signed, &self.algorithms);
        match verified.is_err().then(|| old(leaf)).flatten() {
            Some(old) => self.signed_by(&old, message, signed),
            None => verified,
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls13_signature(message, leaf, signed, &self.algorithms);
        match verified.is_err().then(|| old(leaf)).flatten() {
            Some(old) => {
                let key = SubjectPublicKeyInfoDer::from(old.key);
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            None => verified,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The verdict as an error of the TLS library.
#[derive(Debug)]
struct Condemned(Verdict);

impl fmt::Display for Condemned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate has faults:")?;
        for name in winhttp_abi::secure::names(self.0.fatal()) {
            write!(f, " {name}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Condemned {}

#[cfg(test)]
mod tests;
