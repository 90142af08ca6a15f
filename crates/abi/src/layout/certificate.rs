//! Certificates, what was negotiated, and stored credentials.

use super::base::{FILETIME, GUID};
use core::ffi::c_void;

/// A certificate, by `WINHTTP_OPTION_SERVER_CERT_CONTEXT`. Reference counted by the library.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct CERT_CONTEXT {
    /// 1, X.509 in ASN.1.
    pub dwCertEncodingType: u32,
    /// The DER bytes.
    pub pbCertEncoded: *mut u8,
    /// How many DER bytes there are.
    pub cbCertEncoded: u32,
    /// The decoded certificate of Windows.
    pub pCertInfo: *mut c_void,
    /// The store it came from.
    pub hCertStore: *mut c_void,
}

/// What is wrong, and what else is to be said, of a certificate or a chain: `CERT_TRUST_*` bits.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CERT_TRUST_STATUS {
    /// What is wrong; 0 for nothing.
    pub dwErrorStatus: u32,
    /// What else is to be said.
    pub dwInfoStatus: u32,
}

/// A certificate's place in a chain.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CERT_CHAIN_ELEMENT<W = u16> {
    /// Size of this structure.
    pub cbSize: u32,
    /// The certificate, which lives as long as the chain.
    pub pCertContext: *const CERT_CONTEXT,
    /// What is wrong with it.
    pub TrustStatus: CERT_TRUST_STATUS,
    /// Null.
    pub pRevocationInfo: *mut c_void,
    /// Null.
    pub pIssuanceUsage: *mut c_void,
    /// Null.
    pub pApplicationUsage: *mut c_void,
    /// Null.
    pub pwszExtendedErrorInfo: *const W,
}

/// Certificates in the order of their issuers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CERT_SIMPLE_CHAIN {
    /// Size of this structure.
    pub cbSize: u32,
    /// What is wrong with it.
    pub TrustStatus: CERT_TRUST_STATUS,
    /// How many certificates.
    pub cElement: u32,
    /// The certificates, the server's first.
    pub rgpElement: *mut *mut CERT_CHAIN_ELEMENT,
    /// Null.
    pub pTrustListInfo: *mut c_void,
    /// FALSE.
    pub fHasRevocationFreshnessTime: i32,
    /// 0.
    pub dwRevocationFreshnessTime: u32,
}

/// A certificate's chain, by `WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT`. Reference counted by the library.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CERT_CHAIN_CONTEXT {
    /// Size of this structure.
    pub cbSize: u32,
    /// What is wrong with it.
    pub TrustStatus: CERT_TRUST_STATUS,
    /// 1.
    pub cChain: u32,
    /// The one simple chain.
    pub rgpChain: *mut *mut CERT_SIMPLE_CHAIN,
    /// 0.
    pub cLowerQualityChainContext: u32,
    /// Null.
    pub rgpLowerQualityChainContext: *mut *const CERT_CHAIN_CONTEXT,
    /// FALSE.
    pub fHasRevocationFreshnessTime: i32,
    /// 0.
    pub dwRevocationFreshnessTime: u32,
    /// 0.
    pub dwCreateFlags: u32,
    /// All zero.
    pub ChainId: GUID,
}

/// A summary of a certificate, by `WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT`. Subject and
/// issuer are freed with `LocalFree`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_CERTIFICATE_INFO<W = u16> {
    /// End of validity.
    pub ftExpiry: FILETIME,
    /// Begin of validity.
    pub ftStart: FILETIME,
    /// Subject.
    pub lpszSubjectInfo: *mut W,
    /// Issuer.
    pub lpszIssuerInfo: *mut W,
    /// Null.
    pub lpszProtocolName: *mut W,
    /// Null.
    pub lpszSignatureAlgName: *mut W,
    /// Null.
    pub lpszEncryptionAlgName: *mut W,
    /// Bits of the symmetric key.
    pub dwKeySize: u32,
}

/// Bytes by pointer and length.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct CRYPT_BLOB {
    /// How many bytes.
    pub cbData: u32,
    /// The bytes.
    pub pbData: *mut u8,
}

/// Names of authorities the server accepts, by `WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SecPkgContext_IssuerListInfoEx {
    /// The names, DER.
    pub aIssuers: *mut CRYPT_BLOB,
    /// How many.
    pub cIssuers: u32,
}

/// Channel bindings, by `WINHTTP_OPTION_SERVER_CBT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SecPkgContext_Bindings {
    /// Bytes of the bindings.
    pub BindingsLength: u32,
    /// The bindings.
    pub Bindings: *mut c_void,
}

/// Algorithms of a TLS connection.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecPkgContext_ConnectionInfo {
    /// Protocol, a bit of the system's own.
    pub dwProtocol: u32,
    /// Cipher.
    pub aiCipher: u32,
    /// Bits of the cipher.
    pub dwCipherStrength: u32,
    /// Hash.
    pub aiHash: u32,
    /// Bits of the hash.
    pub dwHashStrength: u32,
    /// Key exchange.
    pub aiExch: u32,
    /// Bits of the key exchange.
    pub dwExchStrength: u32,
}

/// The cipher suite of a TLS connection. Texts end with a NUL.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecPkgContext_CipherInfo<W = u16> {
    /// 1.
    pub dwVersion: u32,
    /// Protocol version on the wire.
    pub dwProtocol: u32,
    /// Number of the suite.
    pub dwCipherSuite: u32,
    /// Number of the suite it is based on.
    pub dwBaseCipherSuite: u32,
    /// Name of the suite.
    pub szCipherSuite: [W; 64],
    /// Name of the cipher.
    pub szCipher: [W; 64],
    /// Bits of the cipher.
    pub dwCipherLen: u32,
    /// Bytes of a block.
    pub dwCipherBlockLen: u32,
    /// Name of the hash.
    pub szHash: [W; 64],
    /// Bits of the hash.
    pub dwHashLen: u32,
    /// Name of the key exchange.
    pub szExchange: [W; 64],
    /// Fewest bits of the key exchange.
    pub dwMinExchangeLen: u32,
    /// Most bits of the key exchange.
    pub dwMaxExchangeLen: u32,
    /// Type of the certificate.
    pub szCertificate: [W; 64],
    /// Type of the key.
    pub dwKeyType: u32,
}

impl<W: Copy + Default> Default for SecPkgContext_CipherInfo<W> {
    fn default() -> Self {
        let text = [W::default(); 64];
        Self {
            dwVersion: 0,
            dwProtocol: 0,
            dwCipherSuite: 0,
            dwBaseCipherSuite: 0,
            szCipherSuite: text,
            szCipher: text,
            dwCipherLen: 0,
            dwCipherBlockLen: 0,
            szHash: text,
            dwHashLen: 0,
            szExchange: text,
            dwMinExchangeLen: 0,
            dwMaxExchangeLen: 0,
            szCertificate: text,
            dwKeyType: 0,
        }
    }
}

/// What TLS negotiated, by `WINHTTP_OPTION_SECURITY_INFO`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_SECURITY_INFO<W: Copy + Default = u16> {
    /// Algorithms.
    pub ConnectionInfo: SecPkgContext_ConnectionInfo,
    /// Cipher suite.
    pub CipherInfo: SecPkgContext_CipherInfo<W>,
}

/// Stored proxy credentials, narrow text.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_CREDS {
    /// User name.
    pub lpszUserName: *mut u8,
    /// Password.
    pub lpszPassword: *mut u8,
    /// Realm.
    pub lpszRealm: *mut u8,
    /// See [`crate::auth::SCHEMES`].
    pub dwAuthScheme: u32,
    /// Host.
    pub lpszHostName: *mut u8,
    /// Port.
    pub dwPort: u32,
}

/// Stored server credentials, narrow text.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WINHTTP_CREDS_EX {
    /// User name.
    pub lpszUserName: *mut u8,
    /// Password.
    pub lpszPassword: *mut u8,
    /// Realm.
    pub lpszRealm: *mut u8,
    /// See [`crate::auth::SCHEMES`].
    pub dwAuthScheme: u32,
    /// Host.
    pub lpszHostName: *mut u8,
    /// Port.
    pub dwPort: u32,
    /// URL.
    pub lpszUrl: *mut u8,
}
