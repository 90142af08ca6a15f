//! Whom to trust: the machine's store, and authorities that a session adds.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rustls::crypto::hash::HashAlgorithm;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};

use super::provider;
use crate::wire::verdict::certificate::{Certificate, Validity};

/// Trusted authorities, parsed. The two lists run in step: the verification library wants a slice of its own type.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    trust: Vec<TrustAnchor<'static>>,
    notes: Vec<Note>,
}

/// What an authority's certificate says beyond what the verification library keeps of it; nothing where the
/// store has no certificates.
#[derive(Debug, Clone, Default)]
struct Note {
    validity: Option<Validity>,
    key_id: Option<Box<[u8]>>,
    digest: Option<Digest>,
}

impl Roots {
    /// No authority.
    pub(crate) const fn none() -> Self {
        Self { trust: Vec::new(), notes: Vec::new() }
    }

    /// Reads the certificates that can be read; one that cannot is no authority.
    pub(crate) fn from_certificates<'c>(certificates: impl IntoIterator<Item = CertificateDer<'c>>) -> Self {
        Self::read(certificates, digest)
    }

    /// As [`from_certificates`](Self::from_certificates), for a chain that is only asked whether it has no fault: none of these
    /// is recognised as a [certificate](Self::is_certificate) that was sent.
    pub(crate) fn for_acceptance<'c>(certificates: impl IntoIterator<Item = CertificateDer<'c>>) -> Self {
        Self::read(certificates, |_| None)
    }

    fn read<'c>(
        certificates: impl IntoIterator<Item = CertificateDer<'c>>,
        digest: impl Fn(&[u8]) -> Option<Digest>,
    ) -> Self {
        let mut roots = Self::default();
        for certificate in certificates {
            if let Ok(trust) = webpki::anchor_from_trusted_cert(&certificate) {
                roots.notes.push(Certificate::read(&certificate).map_or_else(
                    |_| Note::default(),
                    |read| Note {
                        validity: Some(read.validity),
                        key_id: read.key_id.map(Box::from),
                        digest: digest(&certificate),
                    },
                ));
                roots.trust.push(trust.to_owned());
            }
        }
        roots
    }

    /// The authorities as the verification library wants them.
    pub(crate) fn trust(&self) -> &[TrustAnchor<'static>] {
        &self.trust
    }

    /// The validity of an authority out of [`trust`](Self::trust), where it is known.
    pub(crate) fn validity(&self, at: usize) -> Option<Validity> {
        self.notes.get(at)?.validity
    }

    /// The name that an authority out of [`trust`](Self::trust) gives its key, if it does.
    pub(crate) fn key_id(&self, at: usize) -> Option<&[u8]> {
        self.notes.get(at)?.key_id.as_deref()
    }

    /// Whether this is the very certificate of an authority out of [`trust`](Self::trust). Name and key alone do not say
    /// so: whoever has the key can make other certificates for it.
    pub(crate) fn is_certificate(&self, at: usize, der: &[u8]) -> bool {
        self.notes.get(at).is_some_and(|note| note.digest.is_some() && note.digest == digest(der))
    }

    /// The certificate of an authority out of [`trust`](Self::trust), read again from where it came: only names and keys are
    /// kept. `None` for one of Mozilla's list, which has no certificates.
    pub(crate) fn certificate(&self, at: usize, extra: Option<&ExtraRoots>) -> Option<Vec<u8>> {
        let known = |der: &&CertificateDer<'static>| self.is_certificate(at, der);
        if let Some(own) = extra.and_then(|extra| extra.certificates.iter().find(known)) {
            return Some(own.to_vec());
        }
        rustls_native_certs::load_native_certs().certs.iter().find(known).map(|der| der.to_vec())
    }

    /// Both sets in one.
    fn joined(&self, other: &Self) -> Self {
        Self {
            trust: self.trust.iter().chain(&other.trust).cloned().collect(),
            notes: self.notes.iter().chain(&other.notes).cloned().collect(),
        }
    }
}

/// SHA-256 of a certificate.
type Digest = [u8; 32];

/// By the provider's hash function; `None` from a provider that has none of this length, and then no certificate is
/// recognised.
fn digest(der: &[u8]) -> Option<Digest> {
    let hash = provider().cipher_suites.iter().find_map(|suite| {
        let hash = suite.tls13()?.common.hash_provider;
        (hash.algorithm() == HashAlgorithm::SHA256).then_some(hash)
    })?;
    hash.hash(der).as_ref().try_into().ok()
}

/// The machine's authorities, read once per process and only when a certificate has to be judged.
///
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's files. Where nothing can be found (a bare
/// container), Mozilla's list that this library was built with takes the place.
pub(crate) fn machine() -> &'static Arc<Roots> {
    static MACHINE: OnceLock<Arc<Roots>> = OnceLock::new();
    MACHINE.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = Roots::from_certificates(found.certs);
        if roots.trust.is_empty() {
            roots.trust = webpki_roots::TLS_SERVER_ROOTS.to_vec();
            roots.notes = vec![Note::default(); roots.trust.len()];
        }
        Arc::new(roots)
    })
}

/// Authorities that a session trusts beside the machine's. Compared by content.
#[derive(Debug)]
pub struct ExtraRoots {
    certificates: Vec<CertificateDer<'static>>,
    own: OnceLock<Roots>,
    joined: OnceLock<Arc<Roots>>,
}

impl ExtraRoots {
    /// From PEM text: every certificate in it. `None` when there is none or one cannot be read.
    pub fn from_pem(text: &[u8]) -> Option<Self> {
        let certificates = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>().ok()?;
        Self::new(certificates)
    }

    /// From certificates in DER. `None` when there is none or one cannot be read.
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Option<Self> {
        Self::new(certificates.into_iter().map(CertificateDer::from).collect())
    }

    fn new(certificates: Vec<CertificateDer<'static>>) -> Option<Self> {
        let readable = certificates.iter().all(|der| webpki::anchor_from_trusted_cert(der).is_ok());
        (readable && !certificates.is_empty()).then(|| Self {
            certificates,
            own: OnceLock::new(),
            joined: OnceLock::new(),
        })
    }

    /// These authorities alone.
    pub(crate) fn own(&self) -> &Roots {
        self.own.get_or_init(|| Roots::from_certificates(self.certificates.iter().cloned()))
    }

    /// These authorities and the machine's.
    pub(crate) fn with_machine(&self) -> &Arc<Roots> {
        self.joined.get_or_init(|| Arc::new(self.own().joined(machine())))
    }
}

impl PartialEq for ExtraRoots {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.certificates == other.certificates
    }
}

impl Eq for ExtraRoots {}

impl Hash for ExtraRoots {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.certificates.len().hash(state);
        self.certificates.first().map(|first| first.as_ref()).hash(state);
    }
}
