//! Certificates made for one run: a private authority and one certificate per fault.
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use time::{Duration, OffsetDateTime};

use super::{Answer, Origin, Routes, lock};

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Nothing.
    Good,
    /// Nothing, but it does not say where its revocation list is.
    NoCrl,
    /// Signed by an authority that nobody trusts.
    Untrusted,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYet,
    /// Made out to another host.
    WrongName,
    /// Made for clients only.
    WrongUsage,
    /// On its authority's revocation list.
    Revoked,
    /// Untrusted, expired, wrong name and wrong usage at once.
    AllFaults,
}

impl Kind {
    /// Every kind, in the order of the enumeration.
    pub const ALL: [Kind; 9] = [
        Kind::Good,
        Kind::NoCrl,
        Kind::Untrusted,
        Kind::Expired,
        Kind::NotYet,
        Kind::WrongName,
        Kind::WrongUsage,
        Kind::Revoked,
        Kind::AllFaults,
    ];

    /// The name that scripts use.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Good => "good",
            Kind::NoCrl => "no_crl",
            Kind::Untrusted => "untrusted",
            Kind::Expired => "expired",
            Kind::NotYet => "not_yet",
            Kind::WrongName => "wrong_name",
            Kind::WrongUsage => "wrong_usage",
            Kind::Revoked => "revoked",
            Kind::AllFaults => "all_faults",
        }
    }

    /// The kind of a name.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// Whether the server asks for a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// Does not ask.
    #[default]
    None,
    /// Asks and accepts none.
    Optional,
    /// Asks and refuses the handshake without one of the same authority.
    Required,
}

/// A way to take a TLS handshake: certificate, client authentication, version.
#[derive(Clone)]
pub struct Offer(Arc<ServerConfig>);

impl Offer {
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }
}

/// A private certificate authority with its revocation list on a loopback port.
pub struct Authority {
    key: KeyPair,
    name: String,
    ca: CertificateDer<'static>,
    ca_pem: String,
    stranger: KeyPair,
    crl: Origin,
    crl_url: String,
    serial: Mutex<u64>,
}

/// The serial number of the one revoked certificate.
const REVOKED_SERIAL: u64 = 0x0bad;

fn other(e: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(e)
}

fn authority_params(name: &str) -> io::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new()).map_err(other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params.not_before = OffsetDateTime::now_utc() - Duration::days(800);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(800);
    Ok(params)
}

const CA_NAME: &str = "winhttp-conformance test authority";

impl Authority {
    /// Makes a new authority.
    ///
    /// # Errors
    /// When no key can be made or the list's server not be started.
    pub fn new() -> io::Result<Authority> {
        Self::with_key(KeyPair::generate().map_err(other)?)
    }

    /// The authority whose key lies in a folder (`ca.key`); made and written there, with `ca.pem` and `ca.der`, when
    /// there is none. So that a machine's store can be told to trust it before a run.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn kept(folder: &Path) -> io::Result<Authority> {
        let path = folder.join("ca.key");
        let authority = match std::fs::read_to_string(&path) {
            Ok(pem) => Self::with_key(KeyPair::from_pem(&pem).map_err(other)?)?,
            Err(_) => {
                std::fs::create_dir_all(folder)?;
                let authority = Self::new()?;
                std::fs::write(&path, authority.key.serialize_pem())?;
                std::fs::write(folder.join("ca.pem"), authority.ca_pem())?;
                std::fs::write(folder.join("ca.der"), authority.ca_der())?;
                authority
            }
        };
        Ok(authority)
    }

    fn with_key(key: KeyPair) -> io::Result<Authority> {
        // Authorities of several runs may lie in one store: their names differ.
        let sum = key
            .public_key_raw()
            .iter()
            .fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(16_777_619));
        let name = format!("{CA_NAME} {sum:08x}");
        let params = authority_params(&name)?;
        let ca = params.self_signed(&key).map_err(other)?;
        let issuer = Issuer::from_params(&params, &key);
        let crl = CertificateRevocationListParams {
            this_update: OffsetDateTime::now_utc() - Duration::hours(2),
            next_update: OffsetDateTime::now_utc() + Duration::days(30),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(REVOKED_SERIAL),
                revocation_time: OffsetDateTime::now_utc() - Duration::hours(1),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&issuer)
        .map_err(other)?;
        let list = crl.der().to_vec();
        let crl = Origin::serve(
            Routes::new()
                .answer("/ca.crl", Answer::new(200, list).header("Content-Type: application/pkix-crl")),
        )?;
        let crl_url = format!("http://127.0.0.1:{}/ca.crl", crl.port());
        let (pem, der) = (ca.pem(), ca.der().clone());
        let stranger = KeyPair::generate().map_err(other)?;
        Ok(Authority { key, name, ca: der, ca_pem: pem, stranger, crl, crl_url, serial: Mutex::new(0x1000) })
    }

    /// The common name of the authority.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The authority's certificate as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The authority's certificate as DER.
    pub fn ca_der(&self) -> &[u8] {
        &self.ca
    }

    /// How often the revocation list was fetched.
    pub fn crl_requests(&self) -> usize {
        self.crl.requests().len()
    }

    fn leaf(&self, kind: Kind, for_client: bool) -> io::Result<(CertificateDer<'static>, KeyPair)> {
        let wrong_name = matches!(kind, Kind::WrongName | Kind::AllFaults);
        let names: Vec<String> = match (for_client, wrong_name) {
            (true, _) => vec![],
            (false, true) => vec!["elsewhere.example".into()],
            (false, false) => vec!["localhost".into(), "127.0.0.1".into(), "::1".into()],
        };
        let mut params = CertificateParams::new(names).map_err(other)?;
        params.distinguished_name.push(
            DnType::CommonName,
            if for_client {
                "test client"
            } else if wrong_name {
                "elsewhere.example"
            } else {
                "localhost"
            },
        );
        let now = OffsetDateTime::now_utc();
        (params.not_before, params.not_after) = match kind {
            Kind::Expired | Kind::AllFaults => (now - Duration::days(60), now - Duration::days(30)),
            Kind::NotYet => (now + Duration::days(30), now + Duration::days(60)),
            _ => (now - Duration::days(1), now + Duration::days(90)),
        };
        let client_only = for_client || matches!(kind, Kind::WrongUsage | Kind::AllFaults);
        params.extended_key_usages = vec![if client_only {
            ExtendedKeyUsagePurpose::ClientAuth
        } else {
            ExtendedKeyUsagePurpose::ServerAuth
        }];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        if kind != Kind::NoCrl {
            params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![self.crl_url.clone()] }];
        }
        params.serial_number = Some(if kind == Kind::Revoked {
            SerialNumber::from(REVOKED_SERIAL)
        } else {
            let mut serial = lock(&self.serial);
            *serial += 1;
            SerialNumber::from(*serial)
        });
        let key = KeyPair::generate().map_err(other)?;
        let (name, signer) = match kind {
            Kind::Untrusted | Kind::AllFaults => ("an authority nobody knows", &self.stranger),
            _ => (self.name.as_str(), &self.key),
        };
        let issuer_params = authority_params(name)?;
        let certificate =
            params.signed_by(&key, &Issuer::from_params(&issuer_params, signer)).map_err(other)?;
        Ok((certificate.der().clone(), key))
    }

    /// An offer of a certificate of that kind, made now, for TLS 1.2 and 1.3.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn offer(&self, kind: Kind) -> io::Result<Offer> {
        self.offer_with(kind, ClientAuth::None, false)
    }

    /// An offer with client authentication, or of TLS 1.2 alone.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn offer_with(&self, kind: Kind, client: ClientAuth, tls12_only: bool) -> io::Result<Offer> {
        let (certificate, key) = self.leaf(kind, false)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions: &[&rustls::SupportedProtocolVersion] =
            if tls12_only { &[&rustls::version::TLS12] } else { rustls::ALL_VERSIONS };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .map_err(other)?;
        let builder = if client == ClientAuth::None {
            builder.with_no_client_auth()
        } else {
            let mut roots = RootCertStore::empty();
            roots.add(self.ca.clone()).map_err(other)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier =
                if client == ClientAuth::Optional { verifier.allow_unauthenticated() } else { verifier };
            builder.with_client_cert_verifier(verifier.build().map_err(other)?)
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        Ok(Offer(Arc::new(builder.with_single_cert(vec![certificate], key).map_err(other)?)))
    }

    /// A client certificate of this authority and its key, both PEM.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn client_pem(&self) -> io::Result<(String, String)> {
        self.client_pem_of(Kind::Good)
    }

    /// The same, with the fault of that kind.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn client_pem_of(&self, kind: Kind) -> io::Result<(String, String)> {
        let (der, key) = self.leaf(kind, true)?;
        Ok((pem("CERTIFICATE", &der), key.serialize_pem()))
    }
}

/// RFC 7468 text of some DER.
fn pem(label: &str, der: &[u8]) -> String {
    const SET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let word = three.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for i in 0..4 {
            let digit = SET[(word >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= three.len() { char::from(digit) } else { '=' });
        }
    }
    let lines: Vec<String> =
        text.as_bytes().chunks(64).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
