//! Certificates for C: structures in the shape of `CERT_CONTEXT` that count their references.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use winhttp_abi as abi;
use winhttp_abi::CERT_CONTEXT;
use winhttp_engine::wire::tls::ClientIdentity;

/// `X509_ASN_ENCODING`.
const X509: u32 = 1;

/// Keys of the certificates that have one, by the address of their DER bytes: the structure may be copied, the bytes
/// are not.
static KEYS: Mutex<Vec<(usize, Arc<ClientIdentity>)>> = Mutex::new(Vec::new());

fn keys() -> MutexGuard<'static, Vec<(usize, Arc<ClientIdentity>)>> {
    KEYS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a pointer to a certificate points to, first of all its context.
#[repr(C)]
struct Certificate {
    context: abi::CERT_CONTEXT,
    holders: AtomicUsize,
    /// What `context.pbCertEncoded` points to.
    _der: Box<[u8]>,
}

/// A certificate with one reference, which the caller gives to C.
pub(crate) fn give(der: &[u8]) -> *const CERT_CONTEXT {
    let mut der: Box<[u8]> = der.into();
    let context = CERT_CONTEXT {
        dwCertEncodingType: X509,
        pbCertEncoded: der.as_mut_ptr(),
        cbCertEncoded: u32::try_from(der.len()).unwrap_or(u32::MAX),
        pCertInfo: std::ptr::null_mut(),
        hCertStore: std::ptr::null_mut(),
    };
    let certificate = Box::new(Certificate { context, holders: AtomicUsize::new(1), _der: der });
    Box::into_raw(certificate).cast_const().cast()
}

/// A certificate with its private key, with one reference.
pub(crate) fn give_identity(identity: ClientIdentity) -> *const CERT_CONTEXT {
    let context = give(identity.certificate());
    // SAFETY: just made, and held by the caller.
    let der = unsafe { (*context).pbCertEncoded };
    keys().push((der.addr(), Arc::new(identity)));
    context
}

/// The private key that belongs to a certificate, if the library knows one.
pub(crate) fn identity(context: &CERT_CONTEXT) -> Option<Arc<ClientIdentity>> {
    let der = context.pbCertEncoded.addr();
    keys().iter().find(|(own, _)| *own == der).map(|(_, identity)| identity.clone())
}

/// One holder more.
///
/// # Safety
/// `context` is null or came from [`give`] and has a holder.
pub(crate) unsafe fn retain(context: *const CERT_CONTEXT) {
    // SAFETY: the context is the first member of a Certificate, and a holder keeps it alive.
    let certificate = unsafe { context.cast::<Certificate>().as_ref() };
    if let Some(certificate) = certificate {
        certificate.holders.fetch_add(1, Ordering::Relaxed);
    }
}

/// One holder less; the last one frees it.
///
/// # Safety
/// As [`retain`]; the caller's own reference is gone afterwards.
pub(crate) unsafe fn release(context: *const CERT_CONTEXT) {
    let whole = context.cast::<Certificate>();
    // SAFETY: as in `retain`.
    let Some(certificate) = (unsafe { whole.as_ref() }) else { return };
    if certificate.holders.fetch_sub(1, Ordering::Release) == 1 {
        fence(Ordering::Acquire);
        let der = certificate.context.pbCertEncoded.addr();
        let gone = {
            let mut keys = keys();
            keys.iter().position(|(own, _)| *own == der).map(|at| keys.swap_remove(at))
        };
        drop(gone);
        // SAFETY: made by Box::into_raw in `give`, and nobody holds it any more.
        drop(unsafe { Box::from_raw(whole.cast_mut()) });
    }
}
