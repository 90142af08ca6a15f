//! The verdict as the TLS library asks for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::judge::{Question, judge};
use super::{RevocationSource, Verdict};
use crate::wire::tls::{ExtraRoots, Note, Roots, TlsPolicy, machine};

/// At most this many certificates with faults are remembered for the connections that resume their sessions.
const REMEMBERED: usize = 256;

/// Judges certificates for the connections of one policy. The same object for all of them: the TLS library
/// resumes a session only under the verifier that made it.
pub struct Judge {
    ignore: u32,
    revocation: bool,
    offline_ok: bool,
    extra_roots: Option<Arc<ExtraRoots>>,
    algorithms: WebPkiSupportedAlgorithms,
    source: Option<Arc<dyn RevocationSource>>,
    /// Certificates that passed with ignored faults: a resumed handshake shows no certificate to judge again.
    remembered: Mutex<VecDeque<(Vec<u8>, Verdict)>>,
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
    ) -> Verdict {
        let faults = judge(&Question {
            leaf,
            others,
            name,
            ocsp,
            now,
            roots: self.roots(),
            algorithms: &self.algorithms,
            revocation: self.revocation,
            offline_ok: self.offline_ok,
            source: self.source.as_deref(),
        });
        Verdict::new(faults, self.ignore)
    }

    fn roots(&self) -> &Roots {
        match &self.extra_roots {
            Some(extra) => extra.with_machine(),
            None => machine(),
        }
    }

    /// The verdict under which this leaf certificate was let pass; clean when it had no faults.
    pub(crate) fn recall(&self, leaf: &[u8]) -> Verdict {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.iter().find(|(der, _)| der == leaf).map_or_else(Verdict::default, |(_, verdict)| *verdict)
    }

    fn remember(&self, leaf: &[u8], verdict: Verdict) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|(der, _)| der != leaf);
        if verdict.faults != 0 {
            remembered.truncate(REMEMBERED - 1);
            remembered.push_front((leaf.to_vec(), verdict));
        }
    }
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
        let verdict = self.verdict(leaf, others, name, ocsp, now);
        let chain = std::iter::once(leaf).chain(others).map(|der| der.to_vec()).collect();
        Note::judged(chain, verdict);
        if verdict.fatal() != 0 {
            let condemned = OtherError(Arc::new(Condemned(verdict)));
            return Err(Error::InvalidCertificate(CertificateError::Other(condemned)));
        }
        self.remember(leaf, verdict);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, leaf, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, leaf, signed, &self.algorithms)
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
