//! What is to be told about a handshake, kept by the request beyond the connection's life.

use std::fmt;
use std::sync::Arc;

use rustls::{CipherSuite, CommonState, HandshakeKind, ProtocolVersion, SupportedCipherSuite};
use winhttp_abi::{WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3};

use crate::wire::verdict::Verdict;

/// What is known about a handshake, finished or failed. It outlives the connection: the server's certificate
/// stays readable on a request whose handshake failed.
#[derive(Clone, Default)]
pub struct TlsReport {
    /// The peer's certificates as sent, DER, leaf first; empty when none came.
    pub chain: Arc<[Vec<u8>]>,
    /// All faults of the certificate and which of them were ignored. On a resumed session, the verdict of
    /// the full handshake that made it.
    pub verdict: Verdict,
    /// Protocol version on the wire, 0x0303 for TLS 1.2 and 0x0304 for TLS 1.3; 0 before it is agreed.
    pub protocol: u16,
    /// The same as a `WINHTTP_FLAG_SECURE_PROTOCOL_*` bit; 0 before it is agreed.
    pub protocol_flag: u32,
    /// Cipher suite by its IANA number; 0 before it is agreed.
    pub suite: u16,
    /// Cipher suite by its IANA name; empty before it is agreed.
    pub suite_name: &'static str,
    /// Length of the cipher's key in bits; 0 before it is agreed.
    pub key_bits: u32,
    /// Length of the authentication tag's hash in bits (the suite's hash function); 0 before it is agreed.
    pub hash_bits: u32,
    /// Key exchange group by its IANA number; 0 when resumed without one or not yet agreed.
    pub group: u16,
    /// The session of an earlier connection was resumed.
    pub resumed: bool,
    /// The peer asked for a client certificate.
    pub client_asked: bool,
    /// The issuers that the peer named when it asked, DER names; may be empty.
    pub issuers: Vec<Vec<u8>>,
}

impl fmt::Debug for TlsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsReport")
            .field("certificates", &self.chain.len())
            .field("verdict", &self.verdict)
            .field("protocol", &format_args!("{:#06x}", self.protocol))
            .field("suite", &self.suite_name)
            .field("resumed", &self.resumed)
            .field("client_asked", &self.client_asked)
            .finish_non_exhaustive()
    }
}

impl TlsReport {
    /// Adds what the connection itself knows.
    pub(super) fn complete(&mut self, conn: &CommonState) {
        if let (true, Some(chain)) = (self.chain.is_empty(), conn.peer_certificates()) {
            self.chain = chain.iter().map(|der| der.to_vec()).collect();
        }
        if let Some(version) = conn.protocol_version() {
            self.protocol = u16::from(version);
            self.protocol_flag = match version {
                ProtocolVersion::TLSv1_2 => WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2,
                ProtocolVersion::TLSv1_3 => WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3,
                _ => 0,
            };
        }
        if let Some(suite) = conn.negotiated_cipher_suite() {
            self.suite = u16::from(suite.suite());
            self.suite_name = iana_name(suite.suite());
            self.key_bits = key_bits(self.suite_name);
            self.hash_bits = hash_bits(suite);
        }
        self.group = conn.negotiated_key_exchange_group().map_or(0, |group| u16::from(group.name()));
        self.resumed = conn.handshake_kind() == Some(HandshakeKind::Resumed);
    }
}

/// The TLS library has names of its own for the suites of TLS 1.3 (RFC 8446 appendix B.4).
fn iana_name(suite: CipherSuite) -> &'static str {
    match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        other => other.as_str().unwrap_or(""),
    }
}

/// The cipher's key length follows from the suite's name; ChaCha20 has one length, 256.
fn key_bits(suite: &str) -> u32 {
    if suite.contains("AES_128") {
        128
    } else if suite.contains("AES_256") || suite.contains("CHACHA20") {
        256
    } else {
        0
    }
}

fn hash_bits(suite: SupportedCipherSuite) -> u32 {
    let common = match &suite {
        SupportedCipherSuite::Tls12(suite) => &suite.common,
        SupportedCipherSuite::Tls13(suite) => &suite.common,
    };
    u32::try_from(common.hash_provider.output_len() * 8).unwrap_or(0)
}
