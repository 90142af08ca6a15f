//! What a request allows its TLS connection: the key under which connections may be shared.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use winhttp_abi::{
    SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2,
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3,
};

use super::{ClientIdentity, ExtraRoots};

/// What a request allows its TLS connection. Two connections whose policies are equal may share a pooled
/// wire and a resumable session; any difference keeps them apart.
///
/// Identities and roots are compared by content, so that a client that hands the same certificate in
/// again with every request still resumes.
#[derive(Clone, Debug, Default)]
pub struct TlsPolicy {
    /// `WINHTTP_FLAG_SECURE_PROTOCOL_*` bits; 0 means the default, TLS 1.2 and 1.3. Every bit is
    /// accepted; of those below TLS 1.2 none can be negotiated.
    pub protocols: u32,
    /// `SECURITY_FLAG_IGNORE_*` bits; others have no effect here.
    pub ignore: u32,
    /// Check revocation (`WINHTTP_ENABLE_SSL_REVOCATION`).
    pub revocation: bool,
    /// Let a revocation check that cannot be made pass (`WINHTTP_OPTION_IGNORE_CERT_REVOCATION_OFFLINE`).
    pub revocation_offline_ok: bool,
    /// Fetch nothing for that check: what is not at hand counts as unreachable
    /// (`WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_CACHE_ONLY`, `WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS`).
    pub cache_only: bool,
    /// The client's certificate and key (`WINHTTP_OPTION_CLIENT_CERT_CONTEXT`); `None` when nothing was chosen.
    pub client: Option<Arc<ClientIdentity>>,
    /// The application chose to go without a client certificate (`WINHTTP_NO_CLIENT_CERT_CONTEXT`).
    pub no_client: bool,
    /// Authorities trusted beside the machine's.
    pub extra_roots: Option<Arc<ExtraRoots>>,
}

static NONE: &[&SupportedProtocolVersion] = &[];
static TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
static BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

impl TlsPolicy {
    /// The versions that may be negotiated; empty when `protocols` names only versions that cannot be.
    pub(super) fn versions(&self) -> &'static [&'static SupportedProtocolVersion] {
        if self.protocols == 0 {
            return BOTH;
        }
        let has = |bit| self.protocols & bit != 0;
        match (has(WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2), has(WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3)) {
            (true, true) => BOTH,
            (true, false) => TLS12,
            (false, true) => TLS13,
            (false, false) => NONE,
        }
    }

    /// The ignore bits that mean something to the verdict.
    pub(super) fn ignored(&self) -> u32 {
        self.ignore & SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS
    }

    /// Going without a certificate counts only where none was chosen; the offline option only where
    /// revocation is checked.
    fn essence(&self) -> (u32, usize, bool, bool, bool, bool) {
        let versions = self.versions();
        let names = versions.iter().fold(0, |sum, version| sum | u32::from(u16::from(version.version)));
        (
            self.ignored(),
            versions.len() << 16 | names as usize,
            self.revocation,
            self.revocation && self.revocation_offline_ok,
            self.revocation && self.cache_only,
            self.client.is_none() && self.no_client,
        )
    }
}

impl PartialEq for TlsPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
            && self.client == other.client
            && self.extra_roots == other.extra_roots
    }
}

impl Eq for TlsPolicy {}

impl Hash for TlsPolicy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.essence().hash(state);
        self.client.hash(state);
        self.extra_roots.hash(state);
    }
}
