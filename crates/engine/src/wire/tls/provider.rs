//! The cryptography under TLS, chosen when the crate is built.

use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs", feature = "graviola")))]
compile_error!("TLS needs one of the features `ring` (default), `aws-lc-rs` and `graviola`");

/// The provider of this build: graviola or aws-lc-rs where asked for, else ring. One object for the
/// whole process, never the TLS library's process-wide default, which belongs to the application.
pub(crate) fn provider() -> &'static Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(chosen()))
}

#[cfg(feature = "graviola")]
fn chosen() -> CryptoProvider {
    rustls_graviola::default_provider()
}

#[cfg(all(feature = "aws-lc-rs", not(feature = "graviola")))]
fn chosen() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

#[cfg(all(feature = "ring", not(any(feature = "aws-lc-rs", feature = "graviola"))))]
fn chosen() -> CryptoProvider {
    #[allow(unused_mut, reason = "not everywhere")]
    let mut provider = rustls::crypto::ring::default_provider();
    #[cfg(all(feature = "x25519", target_os = "linux", target_arch = "x86_64"))]
    super::x25519::prefer(&mut provider);
    provider
}
