//! Certificates that clients show, and what their refusal is called.

mod plain;

use std::ffi::{c_char, c_void};
use std::ptr::{null, null_mut};

use plain::{Handles, answer, set};
use winhttp::exports::handle::narrow::WinHttpCloseHandle;
use winhttp::exports::library::narrow::{WinHttpCompatCertFreeContext, WinHttpCompatCertFromPem};
use winhttp::exports::option::EXTRA_ROOTS;
use winhttp::exports::option::narrow::WinHttpSetOption;
use winhttp::exports::request::narrow::{WinHttpOpenRequest, WinHttpReceiveResponse, WinHttpSendRequest};
use winhttp_abi as abi;
use winhttp_conformance::origin::certificates::{Authority, ClientAuth, Kind};
use winhttp_conformance::origin::{Conn, Origin, Script};

/// The error of a send and the receive after it.
fn exchange(request: abi::HINTERNET) -> Result<(), u32> {
    // SAFETY: NULL is allowed for headers and data.
    let sent = answer(|| unsafe { WinHttpSendRequest(request, null(), 0, null_mut(), 0, 0, 0) });
    if sent != 0 {
        return Err(sent);
    }
    // SAFETY: the reserved parameter is NULL.
    match answer(|| unsafe { WinHttpReceiveResponse(request, null_mut()) }) {
        0 => Ok(()),
        code => Err(code),
    }
}

/// contract: api-behaviour section 10, the send without a certificate fails with 12044, the certificate is set on the
/// same handle, and one that has expired ends in SEC_E_CERT_EXPIRED
#[test]
fn an_expired_certificate_is_called_so() {
    let authority = Authority::new().expect("an authority");
    for (tls12, kind, wanted) in [
        (true, Kind::Expired, Err(abi::SEC_E_CERT_EXPIRED)),
        (false, Kind::Expired, Err(abi::SEC_E_CERT_EXPIRED)),
        (true, Kind::Good, Ok(())),
        (false, Kind::Good, Ok(())),
    ] {
        let offer = authority.offer_with(Kind::Good, ClientAuth::Required, tls12).expect("an offer");
        let conn = Conn::new().tls(offer).request().reply(200, "known");
        let origin = Origin::start(Script::new().every(conn)).expect("an origin");
        let handles = Handles::new("localhost", origin.port(), "GET", "/");
        let pem = authority.ca_pem();
        assert_eq!(set(handles.session, EXTRA_ROOTS, pem.as_bytes()), 0);
        // SAFETY: NULL is allowed for each text.
        let request = unsafe {
            WinHttpOpenRequest(
                handles.connect,
                null(),
                null(),
                null(),
                null(),
                null(),
                abi::WINHTTP_FLAG_SECURE,
            )
        };
        assert_eq!(exchange(request), Err(abi::ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED));
        let (certificate, key) = authority.client_pem_of(kind).expect("a client's certificate");
        let (first, second) = (certificate.as_ptr().cast::<c_char>(), key.as_ptr().cast::<c_char>());
        // SAFETY: texts with their lengths.
        let context = unsafe { WinHttpCompatCertFromPem(first, certificate.len(), second, key.len()) };
        // SAFETY: an answer that holds a pointer and nothing else.
        let context: *const c_void = unsafe { std::mem::transmute_copy(&context) };
        assert!(!context.is_null());
        let size = size_of::<abi::CERT_CONTEXT>() as u32;
        let option = abi::WINHTTP_OPTION_CLIENT_CERT_CONTEXT;
        // SAFETY: a context of this library's own.
        assert_eq!(answer(|| unsafe { WinHttpSetOption(request, option, context.cast_mut(), size) }), 0);
        assert_eq!(exchange(request), wanted, "TLS 1.2: {tls12}, {}", kind.name());
        // SAFETY: made above, and freed once.
        unsafe { WinHttpCompatCertFreeContext(context.cast()) };
        // SAFETY: any value is allowed.
        assert_eq!(answer(|| unsafe { WinHttpCloseHandle(request) }), 0);
    }
}
