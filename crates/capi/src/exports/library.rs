//! What the library offers beside WinHTTP, in place of kernel32 and crypt32.

use std::ffi::{CStr, c_char, c_void};

use winhttp_abi as abi;
use winhttp_engine::Error;
use winhttp_engine::wire::tls::{ClientIdentity, IdentityError};
use winhttp_engine::wire::verdict::elements;

use crate::door::{Answer, Plain};
use crate::{certificate, chain, event, last_error, memory, raise};

/// A pointer as an answer.
#[repr(transparent)]
pub struct Pointer(*mut c_void);

impl Default for Pointer {
    fn default() -> Self {
        Pointer(std::ptr::null_mut())
    }
}

/// A certificate as an answer.
#[repr(transparent)]
pub struct CertificatePointer(*const abi::CERT_CONTEXT);

impl Default for CertificatePointer {
    fn default() -> Self {
        CertificatePointer(std::ptr::null())
    }
}

/// A chain of certificates as an answer.
#[repr(transparent)]
pub struct ChainPointer(*const abi::CERT_CHAIN_CONTEXT);

impl Default for ChainPointer {
    fn default() -> Self {
        ChainPointer(std::ptr::null())
    }
}

/// A certificate, or NULL and the last error.
pub struct NewCertificate;

impl Answer for NewCertificate {
    type Value = CertificatePointer;
    type Raw = CertificatePointer;

    fn answer(outcome: Result<CertificatePointer, Error>, _found: u32) -> (CertificatePointer, u32) {
        match outcome {
            Ok(certificate) => (certificate, abi::ERROR_SUCCESS),
            Err(Error(error)) => (CertificatePointer::default(), error),
        }
    }
}

exports! {
    /// The last error of the calling thread.
    Plain<u32>, [WinHttpCompatGetLastError] () => get_last_error;

    /// Zeroed memory, or NULL.
    Plain<Pointer>, [WinHttpCompatAlloc] (size: usize) => allocate;

    /// Gives memory back; takes NULL.
    Plain<()>, [WinHttpCompatFree] (memory: *mut c_void) => free;

    /// One more reference to a certificate; gives it back.
    Plain<CertificatePointer>, [WinHttpCompatCertDuplicateContext] (
        context: *const abi::CERT_CONTEXT
    ) => duplicate;

    /// One reference less to a certificate; TRUE.
    Plain<abi::BOOL>, [WinHttpCompatCertFreeContext] (context: *const abi::CERT_CONTEXT) => free_context;

    /// A certificate with its chain and private key, all as PEM text, for `WINHTTP_OPTION_CLIENT_CERT_CONTEXT`; NULL and
    /// the last error when they do not belong together.
    NewCertificate, [WinHttpCompatCertFromPem] (
        certificates: *const c_char, certificates_size: usize, key: *const c_char, key_size: usize
    ) => certificate_from_pem;

    /// A certificate with its private key, both DER, for the same; the chain above it stands behind it, one certificate after
    /// the other.
    NewCertificate, [WinHttpCompatCertFromDer] (
        certificates: *const u8, certificates_size: usize, key: *const u8, key_size: usize
    ) => certificate_from_der;

    /// A certificate with its chain and private key out of a PKCS#12 container, for the same. The password is UTF-8 with a
    /// NUL, or NULL.
    NewCertificate, [WinHttpCompatCertFromPkcs12] (
        container: *const u8, container_size: usize, password: *const c_char
    ) => certificate_from_pkcs12;

    /// One more reference to a chain of certificates; gives it back.
    Plain<ChainPointer>, [WinHttpCompatCertDuplicateChain] (
        chain: *const abi::CERT_CHAIN_CONTEXT
    ) => duplicate_chain;

    /// One reference less to a chain of certificates; takes NULL.
    Plain<()>, [WinHttpCompatCertFreeChain] (chain: *const abi::CERT_CHAIN_CONTEXT) => free_chain;

    /// An English sentence for an error number, as UTF-8; gives back its whole length without the NUL.
    Plain<u32>, [WinHttpCompatErrorText] (error: u32, text: *mut c_char, size: usize) => error_text;

    /// The version of this library, as text; gives back its length without the NUL.
    Plain<u32>, [WinHttpCompatVersion] (text: *mut c_char, size: usize) => version;

    /// Registers the function that signals an event.
    Plain<()>, [WinHttpCompatSetEventHook] (signal: Option<event::Signal>) => set_event_hook;
}

/// Sets the last error of the calling thread.
#[unsafe(no_mangle)]
pub extern "C" fn WinHttpCompatSetLastError(error: u32) {
    // The one function that leaves another last error than it found; nothing in it can fail.
    last_error::set(error);
}

unsafe fn get_last_error() -> Result<u32, Error> {
    Ok(last_error::get())
}

unsafe fn allocate(size: usize) -> Result<Pointer, Error> {
    Ok(Pointer(memory::allocate(size)))
}

unsafe fn free(memory: *mut c_void) -> Result<(), Error> {
    // SAFETY: the caller's promise: null or from WinHttpCompatAlloc.
    unsafe { memory::release(memory) };
    Ok(())
}

unsafe fn duplicate(context: *const abi::CERT_CONTEXT) -> Result<CertificatePointer, Error> {
    // SAFETY: the caller's promise: null or a certificate of the library that it holds.
    unsafe { certificate::retain(context) };
    Ok(CertificatePointer(context))
}

unsafe fn free_context(context: *const abi::CERT_CONTEXT) -> Result<abi::BOOL, Error> {
    // SAFETY: as in `duplicate`; the caller gives its reference up.
    unsafe { certificate::release(context) };
    Ok(abi::TRUE)
}

unsafe fn certificate_from_pem(
    certificates: *const c_char,
    certificates_size: usize,
    key: *const c_char,
    key_size: usize,
) -> Result<CertificatePointer, Error> {
    // SAFETY: the caller's promise for the certificates.
    let certificates = unsafe { raise::things(certificates.cast::<u8>(), certificates_size) };
    // SAFETY: the caller's promise for the key.
    let key = unsafe { raise::things(key.cast::<u8>(), key_size) };
    identified(ClientIdentity::from_pem(certificates, key))
}

fn identified(made: Result<ClientIdentity, IdentityError>) -> Result<CertificatePointer, Error> {
    match made {
        Ok(identity) => Ok(CertificatePointer(certificate::give_identity(identity))),
        Err(IdentityError::Certificate(_) | IdentityError::Container(_)) => {
            Err(Error(abi::ERROR_INVALID_DATA))
        }
        Err(_) => Err(Error(abi::ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY)),
    }
}

unsafe fn certificate_from_der(
    certificates: *const u8,
    certificates_size: usize,
    key: *const u8,
    key_size: usize,
) -> Result<CertificatePointer, Error> {
    // SAFETY: the caller's promise for the certificates.
    let certificates = unsafe { raise::things(certificates, certificates_size) };
    // SAFETY: the caller's promise for the key.
    let key = unsafe { raise::things(key, key_size) };
    let certificates = elements(certificates).map_err(|_| Error(abi::ERROR_INVALID_DATA))?;
    identified(ClientIdentity::from_der(certificates, key.to_vec()))
}

unsafe fn certificate_from_pkcs12(
    container: *const u8,
    container_size: usize,
    password: *const c_char,
) -> Result<CertificatePointer, Error> {
    // SAFETY: the caller's promise for the container.
    let container = unsafe { raise::things(container, container_size) };
    let password = if password.is_null() {
        ""
    } else {
        // SAFETY: not null; the caller's promise for the text.
        let text = unsafe { CStr::from_ptr(password) };
        text.to_str().map_err(|_| Error::INVALID_PARAMETER)?
    };
    identified(ClientIdentity::from_pkcs12(container, password))
}

unsafe fn duplicate_chain(chain: *const abi::CERT_CHAIN_CONTEXT) -> Result<ChainPointer, Error> {
    // SAFETY: the caller's promise: null or a chain of the library that it holds.
    unsafe { chain::retain(chain) };
    Ok(ChainPointer(chain))
}

unsafe fn free_chain(chain: *const abi::CERT_CHAIN_CONTEXT) -> Result<(), Error> {
    // SAFETY: as in `duplicate_chain`; the caller gives its reference up.
    unsafe { chain::release(chain) };
    Ok(())
}

unsafe fn error_text(error: u32, text: *mut c_char, size: usize) -> Result<u32, Error> {
    // SAFETY: the caller's promise, handed on.
    Ok(unsafe { give(abi::error::text(error).unwrap_or_default(), text, size) })
}

unsafe fn version(text: *mut c_char, size: usize) -> Result<u32, Error> {
    // SAFETY: the caller's promise, handed on.
    Ok(unsafe { give(env!("CARGO_PKG_VERSION"), text, size) })
}

/// Writes as much of the sentence as there is room for, and a NUL; its whole length.
///
/// # Safety
/// `text` is null or valid for writes of `size` bytes.
unsafe fn give(sentence: &str, text: *mut c_char, size: usize) -> u32 {
    if !text.is_null() && size > 0 {
        let fits = sentence.floor_char_boundary_or_len(size - 1);
        // SAFETY: the caller's buffer has `size` bytes, and at most `size - 1` are copied.
        unsafe { std::ptr::copy_nonoverlapping(sentence.as_ptr(), text.cast(), fits) };
        // SAFETY: `fits` is less than `size`.
        let end = unsafe { text.add(fits) };
        // SAFETY: as above.
        unsafe { end.write(0) };
    }
    u32::try_from(sentence.len()).unwrap_or(u32::MAX)
}

unsafe fn set_event_hook(signal: Option<event::Signal>) -> Result<(), Error> {
    event::set_hook(signal);
    Ok(())
}

/// Where text can be cut.
trait Cut {
    /// The last character boundary at or before `at`.
    fn floor_char_boundary_or_len(&self, at: usize) -> usize;
}

impl Cut for str {
    fn floor_char_boundary_or_len(&self, at: usize) -> usize {
        let mut at = at.min(self.len());
        while !self.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
