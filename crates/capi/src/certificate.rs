//! Certificates for C: structures in the shape of `CERT_CONTEXT` that count their references.

use std::sync::atomic::{AtomicUsize, Ordering, fence};

use winhttp_abi as abi;
use winhttp_abi::CERT_CONTEXT;

/// `X509_ASN_ENCODING`.
const X509: u32 = 1;

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
        // SAFETY: made by Box::into_raw in `give`, and nobody holds it any more.
        drop(unsafe { Box::from_raw(whole.cast_mut()) });
    }
}
