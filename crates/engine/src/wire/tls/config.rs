//! Configurations, one per policy, shared by all its connections.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, KeyLog, KeyLogFile, NoKeyLog, SignatureScheme};

use super::provider::provider;
use super::sessions::Sessions;
use super::{ClientIdentity, Note, TlsFault, TlsPolicy};
use crate::wire::verdict::{Judge, RevocationSource};

/// At most this many policies are kept at a time; a policy that falls out loses its resumable sessions, nothing else.
const KEPT: usize = 64;

/// At most this many servers are remembered per policy for resumption.
const SERVERS: usize = 256;

/// One policy made ready for use. Whoever holds it may start connections.
pub struct TlsConfig {
    pub(super) client: Arc<ClientConfig>,
    pub(super) judge: Arc<Judge>,
    pub(super) policy: TlsPolicy,
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// The configurations of a process or session, by policy. Sessions resume only within one
/// configuration, since the TLS library compares the verifier object: that keeps what was accepted under ignore flags
/// from a stricter request.
pub struct TlsConfigs {
    /// In the order of use, the latest last.
    kept: Mutex<Vec<Arc<TlsConfig>>>,
    revocation: Option<Arc<dyn RevocationSource>>,
}

impl TlsConfigs {
    /// Without a source of revocation lists: a policy that checks revocation has only what the server
    /// staples to its certificate.
    pub fn new() -> Self {
        Self { kept: Mutex::new(Vec::new()), revocation: None }
    }

    /// With a source that is asked where revocation is checked.
    pub fn with_revocation(source: Arc<dyn RevocationSource>) -> Self {
        Self { kept: Mutex::new(Vec::new()), revocation: Some(source) }
    }

    /// The configuration for a policy, made when it is asked for the first time.
    ///
    /// # Errors
    /// 12157 when the policy's protocols leave none that can be negotiated. `WINHTTP_FLAG_SECURE_PROTOCOL_ALL` is such
    /// a set: it names SSL 2 to TLS 1.0 only, and a Windows that has them switched off fails likewise.
    pub fn config(&self, policy: &TlsPolicy) -> Result<Arc<TlsConfig>, TlsFault> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().rposition(|config| config.policy == *policy) {
            let config = kept.remove(at);
            kept.push(config.clone());
            return Ok(config);
        }
        let config = Arc::new(self.make(policy)?);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(config.clone());
        Ok(config)
    }

    fn make(&self, policy: &TlsPolicy) -> Result<TlsConfig, TlsFault> {
        let versions = policy.versions();
        if versions.is_empty() {
            return Err(TlsFault::channel("none of the protocols asked for can be negotiated"));
        }
        let provider = provider();
        let judge =
            Arc::new(Judge::new(policy, provider.signature_verification_algorithms, self.revocation.clone()));
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .map_err(TlsFault::channel)?;
        let mut client = builder
            .dangerous()
            .with_custom_certificate_verifier(judge.clone())
            .with_client_cert_resolver(Arc::new(Chooser(policy.client.clone())));
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        client.resumption = Resumption::store(Arc::new(Sessions::new(SERVERS)));
        client.key_log = key_log();
        Ok(TlsConfig { client: Arc::new(client), judge, policy: policy.clone() })
    }
}

impl Default for TlsConfigs {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TlsConfigs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfigs").finish_non_exhaustive()
    }
}

/// Secrets go to the file that `SSLKEYLOGFILE` names, if it does, for a person who looks at a capture.
fn key_log() -> Arc<dyn KeyLog> {
    static LOG: OnceLock<Arc<dyn KeyLog>> = OnceLock::new();
    LOG.get_or_init(|| match std::env::var_os("SSLKEYLOGFILE") {
        Some(_) => Arc::new(KeyLogFile::new()),
        None => Arc::new(NoKeyLog),
    })
    .clone()
}

/// Presents the chosen certificate, whatever issuers the server names, and notes that the server asked.
#[derive(Debug)]
struct Chooser(Option<Arc<ClientIdentity>>);

impl ResolvesClientCert for Chooser {
    fn resolve(&self, issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Note::asked(issuers.iter().map(|name| name.to_vec()).collect());
        self.0.as_ref().map(|identity| identity.certified().clone())
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}
