//! The verdict on a server's certificate: every fault at once, as WinHTTP reports them.

mod built;
mod cache;
pub mod certificate;
mod crl;
mod der;
mod judge;
mod name;
mod ocsp;
mod path;
mod revocation;
mod verifier;

pub use built::{BuiltChain, BuiltLink, built};
pub use cache::RevocationCache;
pub use crl::RevocationLists;
#[cfg(feature = "pkcs12")]
pub(crate) use der::{Element, Reader, only, tag};
pub use der::{Malformed, elements};
pub use name::name_values;
pub use revocation::{RevocationAnswer, RevocationFetch, RevocationQuestion, RevocationSource};
pub use verifier::Judge;

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use winhttp_abi::{
    SECURITY_FLAG_IGNORE_CERT_CN_INVALID, SECURITY_FLAG_IGNORE_CERT_DATE_INVALID,
    SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE, SECURITY_FLAG_IGNORE_UNKNOWN_CA,
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID, WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID,
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE, WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
    WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
};

use crate::wire::tls::{TlsPolicy, provider, server_name};

/// What is wrong with a certificate, and what of it the policy overlooks. Both are
/// `WINHTTP_CALLBACK_STATUS_FLAG_*` bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Every fault found.
    pub faults: u32,
    /// Those of them that an ignore flag silences.
    pub ignored: u32,
}

impl Verdict {
    /// The verdict on these faults under these `SECURITY_FLAG_IGNORE_*` bits.
    pub fn new(faults: u32, ignore: u32) -> Self {
        Self { faults, ignored: faults & silenced(ignore) }
    }

    /// The faults that are not ignored: any of them ends the handshake.
    pub fn fatal(self) -> u32 {
        self.faults & !self.ignored
    }
}

/// What a server has presented, to be judged without a handshake.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The certificates, DER, the server's own first.
    pub chain: &'a [Vec<u8>],
    /// The stapled answer about revocation; empty when there is none.
    pub ocsp: &'a [u8],
    /// The host that was asked for, a DNS name or an address.
    pub host: &'a str,
    /// The moment, seconds since 1970.
    pub now: u64,
}

/// The verdict on what a server has presented, as a handshake under this policy would have it. For judging again once
/// revocation lists have been fetched, and for tools; any bytes may be given.
///
/// Without a certificate, or for a host that cannot stand in one, the faults are `INVALID_CERT` and `CERT_CN_INVALID`.
pub fn judge(
    policy: &TlsPolicy,
    presented: &Presented<'_>,
    source: Option<Arc<dyn RevocationSource>>,
) -> Verdict {
    let certificates: Vec<_> =
        presented.chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let (Some((leaf, others)), Some(name)) = (certificates.split_first(), server_name(presented.host)) else {
        let faults = WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT | WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID;
        return Verdict::new(faults, policy.ignore);
    };
    let now = UnixTime::since_unix_epoch(Duration::from_secs(presented.now));
    Judge::new(policy, provider().signature_verification_algorithms, source)
        .verdict(leaf, others, &name, presented.ocsp, now)
        .verdict
}

/// The faults that ignore flags silence, each exactly its own.
/// `contract:` WINHTTP_OPTION_SECURITY_FLAGS, option flags page. An invalid or revoked certificate and a revocation
/// check that failed have no flag.
fn silenced(ignore: u32) -> u32 {
    [
        (SECURITY_FLAG_IGNORE_UNKNOWN_CA, WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA),
        (SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE, WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE),
        (SECURITY_FLAG_IGNORE_CERT_CN_INVALID, WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID),
        (SECURITY_FLAG_IGNORE_CERT_DATE_INVALID, WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID),
    ]
    .into_iter()
    .filter(|(flag, _)| ignore & flag != 0)
    .fold(0, |bits, (_, fault)| bits | fault)
}

/// What `SECURE_FAILURE` carries for a verdict: all faults, the ignored ones included.
///
/// Which of several faults Windows reports is known only in part: a certificate can have several bits at once, and
/// the status is sent for ignored faults too, even when the request then succeeds (both from an old client's source, of 2008).
/// No value with several bits was seen in the field. Should a measurement say otherwise, this is the one place to change.
pub fn reported(verdict: Verdict) -> u32 {
    verdict.faults
}
