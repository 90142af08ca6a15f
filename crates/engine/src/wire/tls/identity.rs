//! Who the client is: a certificate chain and its private key.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

#[cfg(feature = "pkcs12")]
use super::container::Container;
use super::provider::provider;
use crate::wire::verdict::certificate::Certificate;

/// Why a client certificate could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityError {
    /// The text or container holds no certificate, or one that cannot be read.
    Certificate(String),
    /// No private key was found, or it is of a kind that cannot be used (`ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY`).
    Key(String),
    /// The key is not the certificate's.
    Mismatch,
    /// The password does not open the container, or the container is damaged.
    Container(String),
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(why) => write!(f, "no usable certificate: {why}"),
            Self::Key(why) => write!(f, "no usable private key: {why}"),
            Self::Mismatch => f.write_str("the private key does not belong to the certificate"),
            Self::Container(why) => write!(f, "the container cannot be opened: {why}"),
        }
    }
}

impl std::error::Error for IdentityError {}

/// A client certificate with its chain and private key, ready to sign. Compared by certificate chain: a
/// certificate has one key.
pub struct ClientIdentity {
    chain: Vec<CertificateDer<'static>>,
    certified: Arc<CertifiedKey>,
}

impl ClientIdentity {
    /// From PEM text: the certificates in order, leaf first, and one unencrypted private key (PKCS#8,
    /// PKCS#1 or SEC1). Both may stand in one text; anything else in it is skipped.
    ///
    /// # Errors
    /// [`IdentityError`], saying which part is missing or does not fit.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let chain = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| IdentityError::Certificate(error.to_string()))?;
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|error| IdentityError::Key(error.to_string()))?;
        Self::new(chain, key)
    }

    /// From DER: the certificates in order, leaf first, and the private key (PKCS#8, PKCS#1 or SEC1).
    ///
    /// # Errors
    /// [`IdentityError`], saying which part is missing or does not fit.
    pub fn from_der(certificates: Vec<Vec<u8>>, key: Vec<u8>) -> Result<Self, IdentityError> {
        let chain = certificates.into_iter().map(CertificateDer::from).collect();
        let key = PrivateKeyDer::try_from(key).map_err(|error| IdentityError::Key(error.to_owned()))?;
        Self::new(chain, key)
    }

    /// From a PKCS#12 container (`.p12`, `.pfx`) with the private key and its certificates, opened by this password. Needs the cargo
    /// feature `pkcs12`.
    ///
    /// # Errors
    /// [`IdentityError`]; `Container` also when this was built without the feature.
    #[cfg(feature = "pkcs12")]
    pub fn from_pkcs12(container: &[u8], password: &str) -> Result<Self, IdentityError> {
        let opened = Container::open(container, password)
            .map_err(|closed| IdentityError::Container(closed.to_string()))?;
        let (key, own) = opened.key().ok_or_else(|| IdentityError::Key("none found".to_owned()))?;
        let mut identity = Err(IdentityError::Certificate("none found".to_owned()));
        for leaf in own {
            identity = Self::from_der(opened.chain(leaf), key.to_vec());
            if !matches!(identity, Err(IdentityError::Mismatch)) {
                break;
            }
        }
        identity
    }

    /// From a PKCS#12 container.
    ///
    /// # Errors
    /// Always: this was built without the cargo feature `pkcs12`.
    #[cfg(not(feature = "pkcs12"))]
    pub fn from_pkcs12(_container: &[u8], _password: &str) -> Result<Self, IdentityError> {
        Err(IdentityError::Container("built without PKCS#12".to_owned()))
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, IdentityError> {
        let Some(leaf) = chain.first() else {
            return Err(IdentityError::Certificate("none found".to_owned()));
        };
        // The TLS library looks for the key alone; what is offered to servers and shown to programs has to be whole.
        if Certificate::read(leaf).is_err() {
            return Err(IdentityError::Certificate("it is malformed".to_owned()));
        }
        let certified =
            CertifiedKey::from_der(chain.clone(), key, provider()).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => IdentityError::Mismatch,
                rustls::Error::InvalidCertificate(why) => IdentityError::Certificate(format!("{why:?}")),
                other => IdentityError::Key(other.to_string()),
            })?;
        Ok(Self { chain, certified: Arc::new(certified) })
    }

    /// The certificate itself, DER.
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], |leaf| leaf.as_ref())
    }

    /// What the TLS library signs with.
    pub(super) fn certified(&self) -> &Arc<CertifiedKey> {
        &self.certified
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}

impl PartialEq for ClientIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.chain == other.chain
    }
}

impl Eq for ClientIdentity {}

impl Hash for ClientIdentity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.certificate().hash(state);
    }
}
