//! Credentials.

use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_engine::credentials::{self, Asker};
use winhttp_engine::{Error, HandleKind, option};
use winhttp_proto::auth::Login;
use winhttp_proto::unit::{Unit, to_utf8};

use crate::door::Bool;
use crate::{RawHandle, lower, raise};

exports! {
    /// Sets the credentials that a request answers the server or the proxy with. Basic ones go with the first leg.
    Bool, [WinHttpSetCredentials WinHttpSetCredentials_w32] (
        request: RawHandle, target: u32, scheme: u32, user: *const U, password: *const U, reserved: *mut c_void
    ) => set_credentials::<U>;

    /// Which schemes the last reply, a 401 or 407, asked for.
    Bool, [WinHttpQueryAuthSchemes] (
        request: RawHandle, supported: *mut u32, first: *mut u32, target: *mut u32
    ) => query_schemes;
}

unsafe fn set_credentials<U: Unit>(
    request: RawHandle,
    target: u32,
    scheme: u32,
    user: *const U,
    password: *const U,
    _reserved: *mut c_void,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    // SAFETY: the caller's promise for the name.
    let user = unsafe { raise::text(user) };
    // SAFETY: the caller's promise for the password.
    let password = unsafe { raise::text(password) };
    let login = match (user, password) {
        (Some(user), Some(password)) => Some(Login { user: to_utf8(user), password: to_utf8(password) }),
        _ => None,
    };
    let asker = match target {
        abi::WINHTTP_AUTH_TARGET_SERVER => Asker::Server,
        abi::WINHTTP_AUTH_TARGET_PROXY => Asker::Proxy,
        _ => {
            option::expect(request, HandleKind::Request)?;
            return Err(Error::INVALID_PARAMETER);
        }
    };
    credentials::set(request, asker, scheme, login)
}

unsafe fn query_schemes(
    request: RawHandle,
    supported: *mut u32,
    first: *mut u32,
    target: *mut u32,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    if supported.is_null() || first.is_null() || target.is_null() {
        option::expect(request, HandleKind::Request)?;
        return Err(Error::INVALID_PARAMETER);
    }
    // contract: api-behaviour section 17, outputs are untouched when nothing was asked for
    let (offer, asker) = credentials::offered(request)?;
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { lower::out(supported, offer.supported) };
    // SAFETY: as above.
    unsafe { lower::out(first, offer.first) };
    let asked = match asker {
        Asker::Server => abi::WINHTTP_AUTH_TARGET_SERVER,
        Asker::Proxy => abi::WINHTTP_AUTH_TARGET_PROXY,
    };
    // SAFETY: as above.
    unsafe { lower::out(target, asked) };
    Ok(())
}
