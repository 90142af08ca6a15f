//! The file in which the machine has its authorities, looked through by name.
//!
//! A handshake needs one or two authorities out of some 140. So the file's certificates are kept as they are, in one
//! piece of memory, and of each only the place of its name; those that the chain at hand asks for are parsed. What this
//! finds nothing for is asked of all that the machine has: [`machine`](super::machine).

use std::env;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Roots;
use crate::wire::verdict::certificate::{Certificate, subject};

/// Certificates of authorities in DER, one behind the other.
#[derive(Debug)]
pub(crate) struct Bundle {
    der: Box<[u8]>,
    entries: Box<[Entry]>,
}

/// Where one certificate stands, and within it the content of its subject's name.
#[derive(Debug, Clone, Copy)]
struct Entry {
    certificate: (u32, u32),
    subject: (u32, u32),
}

impl Bundle {
    /// The machine's, read once per process. `None` where it has no such file or the file cannot be read.
    pub(crate) fn of_machine() -> Option<&'static Bundle> {
        static BUNDLE: OnceLock<Option<Bundle>> = OnceLock::new();
        BUNDLE.get_or_init(|| std::fs::read(file()?).ok().map(|text| Bundle::from_pem(&text))).as_ref()
    }

    /// The certificates in a PEM text. One that cannot be read is no authority.
    fn from_pem(text: &[u8]) -> Bundle {
        // Base64 has four letters for three bytes.
        let mut der = Vec::with_capacity(text.len() / 4 * 3);
        let mut entries = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(text).flatten() {
            let Ok(name) = subject(&certificate) else { continue };
            let offset = name.as_ptr() as usize - certificate.as_ptr() as usize;
            if let (Some(certificate), Some(subject)) =
                (place(der.len(), certificate.len()), place(der.len() + offset, name.len()))
            {
                entries.push(Entry { certificate, subject });
            }
            der.extend_from_slice(&certificate);
        }
        Bundle { der: der.into(), entries: entries.into() }
    }

    /// The authorities whose name is the issuer of one of these certificates.
    pub(crate) fn issuers(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Roots {
        let names: Vec<&[u8]> = std::iter::once(leaf)
            .chain(others)
            .filter_map(|der| Certificate::read(der).ok())
            .map(|read| read.issuer)
            .collect();
        let named = self.entries.iter().filter(|entry| names.contains(&&self.der[range(entry.subject)]));
        Roots::for_acceptance(named.map(|entry| CertificateDer::from(&self.der[range(entry.certificate)])))
    }
}

fn place(start: usize, length: usize) -> Option<(u32, u32)> {
    Some((u32::try_from(start).ok()?, u32::try_from(length).ok()?))
}

fn range((start, length): (u32, u32)) -> Range<usize> {
    start as usize..start as usize + length as usize
}

/// The file, by the rules of the crate that reads all that the machine has: the variables replace what the system has.
fn file() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    match variable("SSL_CERT_FILE") {
        Some(file) => Some(file.into()),
        None if variable("SSL_CERT_DIR").is_some() => None,
        None => system_file(),
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn system_file() -> Option<PathBuf> {
    openssl_probe::probe().cert_file
}

/// The keychain is no file.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system_file() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::verdict::certificate::Certificate;

    #[test]
    fn authorities_are_found_by_name_and_only_those() {
        let made = |name: &str| {
            let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap();
            (certificate.pem(), certificate.der().clone(), rcgen::Issuer::new(params, key))
        };
        let (one, other, third) = (made("one"), made("other"), made("third"));
        // What is no certificate, or no PEM, costs the others nothing.
        let noise = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let text = format!("{}{noise}# a comment\n{}{}", one.0, other.0, one.0);
        let bundle = Bundle::from_pem(text.as_bytes());

        let leaf = rcgen::CertificateParams::new(vec!["host".into()]).unwrap();
        let issued = |issuer| leaf.signed_by(&rcgen::KeyPair::generate().unwrap(), issuer).unwrap();
        let subjects = |found: &Roots| -> Vec<Vec<u8>> {
            found.trust().iter().map(|anchor| anchor.subject.to_vec()).collect()
        };
        let name = |der: &[u8]| Certificate::read(der).unwrap().subject.to_vec();

        let found = bundle.issuers(issued(&other.2).der(), &[]);
        assert_eq!(subjects(&found), [name(&other.1)]);
        assert!(found.validity(0).is_some(), "dates of authorities count");
        // As often as it stands there, and for any certificate of the chain.
        let found = bundle.issuers(issued(&third.2).der(), std::slice::from_ref(&one.1));
        assert_eq!(subjects(&found), [name(&one.1), name(&one.1)]);
        assert!(bundle.issuers(issued(&third.2).der(), std::slice::from_ref(&third.1)).trust().is_empty());
        assert!(Bundle::from_pem(b"").issuers(issued(&one.2).der(), &[]).trust().is_empty());
    }
}
