//! Certificates made on the spot and a TLS server in memory, for the tests of TLS and of the verdict.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

pub mod forge;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use winhttp_engine::wire::tls::{ExtraRoots, Handshake, Tls, TlsPolicy};

/// A certificate and the key it certifies.
pub struct Identity {
    pub chain: Vec<Vec<u8>>,
    pub key: KeyPair,
}

/// An authority for tests.
pub fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("authority")
}

/// A server's certificate for these names, issued by the authority.
pub fn server(authority: &CertifiedIssuer<'static, KeyPair>, names: &[&str]) -> Identity {
    let key = KeyPair::generate().expect("key");
    let params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        .expect("names");
    let certificate = params.signed_by(&key, authority).expect("certificate");
    Identity { chain: vec![certificate.der().to_vec()], key }
}

/// A server's configuration for all protocol versions.
pub fn server_config(identity: &Identity) -> ServerConfig {
    server_config_with(identity, rustls::ALL_VERSIONS, None)
}

/// A server's configuration: with these versions, and asking for certificates of this authority.
pub fn server_config_with(
    identity: &Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
    clients: Option<(&[u8], bool)>,
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .expect("versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some((root, must)) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(root.to_vec())).expect("root");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if must { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().expect("verifier"))
        }
    };
    let chain = identity.chain.iter().cloned().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let mut config = builder.with_single_cert(chain, key).expect("identity");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// A policy that trusts this authority beside the machine's.
pub fn trusting(root: &[u8]) -> TlsPolicy {
    TlsPolicy {
        extra_roots: Some(Arc::new(ExtraRoots::from_der(vec![root.to_vec()]).expect("root"))),
        ..TlsPolicy::default()
    }
}

/// A server in memory, and the client's end of the stream to it. Reads and writes of the client move at most
/// `piece` bytes, and every other one would block when `stutter` is set.
pub struct Peer {
    pub conn: ServerConnection,
    /// Ciphertext on its way to the client.
    pub inbound: VecDeque<u8>,
    /// The stream ends after `inbound`.
    pub ended: bool,
    pub piece: usize,
    pub stutter: bool,
    /// Plaintext that the server has received.
    pub received: Vec<u8>,
    /// The server's own failure.
    pub failure: Option<rustls::Error>,
    /// Bytes that the client may still write before it would block.
    pub room: usize,
    /// The client gets no more than this many bytes.
    pub cut: usize,
    /// The client gets this byte with other bits.
    pub flip: Option<usize>,
    /// Bytes that the client has got.
    pub delivered: usize,
    beat: bool,
}

impl Peer {
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self {
            conn: ServerConnection::new(config).expect("server"),
            inbound: VecDeque::new(),
            ended: false,
            piece: usize::MAX,
            stutter: false,
            received: Vec::new(),
            failure: None,
            room: usize::MAX,
            cut: usize::MAX,
            flip: None,
            delivered: 0,
            beat: false,
        }
    }

    /// Moves what the server has to send onto the stream.
    pub fn pump(&mut self) {
        while self.conn.wants_write() {
            let mut out = Vec::new();
            self.conn.write_tls(&mut out).expect("memory");
            self.inbound.extend(out);
        }
    }

    fn stutters(&mut self) -> bool {
        self.beat = !self.beat;
        self.stutter && self.beat
    }
}

impl Read for Peer {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pump();
        if self.inbound.is_empty() || self.delivered == self.cut {
            return if self.ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        if self.stutters() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let limit = buf.len().min(self.piece).min(self.cut - self.delivered);
        let got = self.inbound.read(&mut buf[..limit])?;
        if let Some(byte) =
            self.flip.and_then(|at| at.checked_sub(self.delivered)).and_then(|at| buf[..got].get_mut(at))
        {
            *byte ^= 0x5a;
        }
        self.delivered += got;
        Ok(got)
    }
}

impl Write for Peer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.room == 0 || self.stutters() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let take = buf.len().min(self.piece).min(self.room);
        if self.room != usize::MAX {
            self.room -= take;
        }
        let mut rest = &buf[..take];
        while !rest.is_empty() && self.failure.is_none() {
            self.conn.read_tls(&mut rest).expect("memory");
            if let Err(error) = self.conn.process_new_packets() {
                self.failure = Some(error);
            }
            let mut plain = [0; 4096];
            while let Ok(n) = self.conn.reader().read(&mut plain) {
                if n == 0 {
                    break;
                }
                self.received.extend_from_slice(&plain[..n]);
            }
        }
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Steps the handshake until it is decided; the count of steps bounds it.
pub fn shake(tls: &mut Tls, peer: &mut Peer) -> Handshake {
    for _ in 0..100_000 {
        match tls.handshake(peer) {
            Handshake::WantRead | Handshake::WantWrite => {}
            decided => return decided,
        }
    }
    panic!("the handshake never ends");
}

/// A handshake that goes well.
pub fn done(tls: &mut Tls, peer: &mut Peer) {
    match shake(tls, peer) {
        Handshake::Done => {}
        other => panic!("{other:?}"),
    }
}

/// A policy that trusts the server of this configuration, which is `localhost`.
pub fn setting() -> (TlsPolicy, Arc<ServerConfig>) {
    let root = authority("root");
    let identity = server(&root, &["localhost"]);
    (trusting(root.der()), Arc::new(server_config(&identity)))
}
