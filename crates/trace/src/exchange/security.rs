//! What a request is told about certificates before it is sent.
use std::ptr::null;

use winhttp_abi::{
    CERT_CONTEXT, SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS, WINHTTP_ENABLE_SSL_REVOCATION,
    WINHTTP_OPTION_CLIENT_CERT_CONTEXT, WINHTTP_OPTION_ENABLE_FEATURE, WINHTTP_OPTION_SECURITY_FLAGS,
};

use super::Exchange;
use crate::c::{self, last_error};
use crate::record::Failure;

/// What a server that asks for a client certificate gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Client {
    /// Nothing was chosen: the request fails when the server asks.
    #[default]
    Unsaid,
    /// No certificate, on purpose.
    Without,
    /// A certificate, those of its issuers and its key, PEM.
    With(Vec<u8>),
}

impl Exchange<'_> {
    /// Revocation, faults to ignore and the client certificate of a request that begins with TLS.
    pub(super) fn secure(&self) -> Result<(), Failure> {
        let plan = self.plan;
        if !plan.url.secure {
            return Ok(());
        }
        if plan.insecure {
            let all = SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS.to_ne_bytes();
            self.set(self.request, WINHTTP_OPTION_SECURITY_FLAGS, "SECURITY_FLAGS", &all)?;
        }
        if plan.revocation {
            let feature = WINHTTP_ENABLE_SSL_REVOCATION.to_ne_bytes();
            self.set(self.request, WINHTTP_OPTION_ENABLE_FEATURE, "ENABLE_FEATURE", &feature)?;
        }
        match &plan.client {
            Client::Unsaid => Ok(()),
            Client::Without => {
                let request = self.request;
                let option = WINHTTP_OPTION_CLIENT_CERT_CONTEXT;
                let arguments = "CLIENT_CERT_CONTEXT, NO_CLIENT_CERT_CONTEXT".to_owned();
                self.call(request, "WinHttpSetOption", arguments, || {
                    // SAFETY: no value, which says that there is no certificate.
                    unsafe { c::WinHttpSetOption(request, option, null(), 0) }
                })
            }
            Client::With(pem) => self.offer(pem),
        }
    }

    fn offer(&self, pem: &[u8]) -> Result<(), Failure> {
        const FUNCTION: &str = "WinHttpCompatCertFromPem";
        let request = self.request;
        self.recorder.call(request as usize, FUNCTION, format!("{} bytes", pem.len()));
        // SAFETY: text of this length, alive during the call; certificates and key stand in the same one.
        let context = unsafe {
            c::WinHttpCompatCertFromPem(pem.as_ptr().cast(), pem.len(), pem.as_ptr().cast(), pem.len())
        };
        let error = last_error();
        let result = if context.is_null() { "NULL" } else { "a context" };
        self.recorder.returned(request as usize, FUNCTION, result.to_owned(), error);
        if context.is_null() {
            return Err(Failure { function: FUNCTION, error, faults: 0 });
        }
        let size = u32::try_from(size_of::<CERT_CONTEXT>()).unwrap_or(u32::MAX);
        let option = WINHTTP_OPTION_CLIENT_CERT_CONTEXT;
        let set =
            self.call(request, "WinHttpSetOption", format!("CLIENT_CERT_CONTEXT, {size} bytes"), || {
                // SAFETY: a context of the library, which takes a reference of its own.
                unsafe { c::WinHttpSetOption(request, option, context.cast(), size) }
            });
        // SAFETY: the reference that was made above, given up once.
        unsafe { c::WinHttpCompatCertFreeContext(context) };
        set
    }
}
