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

use super::certificate::{Certificate, Signed};
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
    /// Chains that passed, and how: a resumed handshake shows no certificate to judge again. The latest first.
    remembered: Mutex<VecDeque<Remembered>>,
}

/// A chain that was let pass.
#[derive(Clone)]
pub(crate) struct Remembered {
    pub(crate) chain: Chain,
    pub(crate) verdict: Verdict,
    /// What was stapled, where revocation is checked; else empty.
    pub(crate) ocsp: Arc<[u8]>,
}

/// A verdict, and what has to be fetched before it is the last word.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) lacking: Vec<RevocationFetch>,
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
            if accepts(&question) {
                return Judged { verdict: Verdict::default(), lacking: Vec::new() };
            }
        }
        // Most chains end at an authority in the machine's file and have no fault; the rest of the store is then not read.
        if let Some(bundle) = Bundle::of_machine().filter(|_| !self.revocation)
            && accepts(&Question { roots: &bundle.issuers(leaf, others), ..question })
        {
            return Judged { verdict: Verdict::default(), lacking: Vec::new() };
        }
        question.roots = self.roots();
        let judgement = judge(&question);
        let lacking = if self.cache_only { Vec::new() } else { judgement.lacking };
        Judged { verdict: Verdict::new(judgement.faults, self.ignore), lacking }
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

    /// Remembers a chain that passes. Hands back the same chain if it was known.
    fn remember(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        verdict: Verdict,
        ocsp: &[u8],
    ) -> Chain {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered.iter().position(|passed| {
            passed.chain.len() == 1 + others.len()
                && passed
                    .chain
                    .iter()
                    .zip(std::iter::once(leaf).chain(others))
                    .all(|(one, other)| one == other.as_ref())
        });
        let chain = match known.and_then(|at| remembered.remove(at)) {
            Some(passed) => passed.chain,
            None => owned(leaf, others),
        };
        let ocsp = if self.revocation { ocsp.into() } else { Arc::default() };
        remembered.truncate(REMEMBERED - 1);
        remembered.push_front(Remembered { chain: chain.clone(), verdict, ocsp });
        chain
    }
}

impl Judge {
    /// Remembers a chain whose verdict was settled after its handshake.
    pub(crate) fn settled(&self, chain: Chain, verdict: Verdict, ocsp: Arc<[u8]>) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|passed| passed.chain != chain);
        remembered.truncate(REMEMBERED - 1);
        remembered.push_front(Remembered { chain, verdict, ocsp });
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
        let Judged { verdict, lacking } = self.verdict(leaf, others, name, ocsp, now);
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
        let chain = if unsettled { owned(leaf, others) } else { self.remember(leaf, others, verdict, ocsp) };
        Note::judged(chain, verdict);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match old(leaf) {
            Some(old) => self.signed_by(&old, message, signed),
            None => verify_tls12_signature(message, leaf, signed, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match old(leaf) {
            Some(old) => {
                let key = SubjectPublicKeyInfoDer::from(old.key);
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            None => verify_tls13_signature(message, leaf, signed, &self.algorithms),
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
