//! Credentials of a request, and what its last reply asked for.

use winhttp_abi as abi;
use winhttp_proto::auth::{Login, Offer};

use crate::request::{Request, enter};
use crate::{Error, Handle};

/// Who asks: `WINHTTP_AUTH_TARGET_SERVER` or `WINHTTP_AUTH_TARGET_PROXY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The server.
    Server,
    /// The proxy.
    Proxy,
}

/// Sets the credentials of one side (contract: WinHttpSetCredentials). They beat those of the options.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_INVALID_PARAMETER` for a scheme that is not
/// exactly one known scheme, and for Basic or Digest without a name and a password (contract: api-behaviour section 17).
pub fn set(handle: Handle, asker: Asker, scheme: u32, login: Option<Login>) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    match scheme {
        abi::WINHTTP_AUTH_SCHEME_BASIC | abi::WINHTTP_AUTH_SCHEME_DIGEST if login.is_none() => {
            return Err(Error::INVALID_PARAMETER);
        }
        abi::WINHTTP_AUTH_SCHEME_BASIC
        | abi::WINHTTP_AUTH_SCHEME_DIGEST
        | abi::WINHTTP_AUTH_SCHEME_NTLM
        | abi::WINHTTP_AUTH_SCHEME_PASSPORT
        | abi::WINHTTP_AUTH_SCHEME_NEGOTIATE => {}
        _ => return Err(Error::INVALID_PARAMETER),
    }
    match asker {
        Asker::Server => request.exchange.plan.server.set(scheme, login),
        Asker::Proxy => request.exchange.plan.proxy.set(scheme, login),
    }
    Ok(())
}

/// What the last reply asked for, and who asked (contract: WinHttpQueryAuthSchemes).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_INVALID_OPERATION` unless the last reply was a
/// 401 or 407 that names a known scheme (contract: api-behaviour section 17).
pub fn offered(handle: Handle) -> Result<(Offer, Asker), Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    let reply = &request.exchange.reply;
    let nothing = Error(abi::ERROR_INVALID_OPERATION);
    if !reply.readable() {
        return Err(nothing);
    }
    let (offer, asker) = match u32::from(reply.head.status()) {
        abi::HTTP_STATUS_DENIED => (Offer::of(&reply.head, b"WWW-Authenticate"), Asker::Server),
        abi::HTTP_STATUS_PROXY_AUTH_REQ => (Offer::of(&reply.head, b"Proxy-Authenticate"), Asker::Proxy),
        _ => return Err(nothing),
    };
    if offer.supported == 0 { Err(nothing) } else { Ok((offer, asker)) }
}

/// Which of the four texts behind `WINHTTP_OPTION_USERNAME`, `PASSWORD`, `PROXY_USERNAME` and `PROXY_PASSWORD`.
///
/// They are kept apart from [`set`] (contract: api-behaviour section 25).
pub(crate) fn option_text(request: &mut Request, option: u32) -> Option<&mut String> {
    let plan = &mut request.exchange.plan;
    match option {
        abi::WINHTTP_OPTION_USERNAME => Some(&mut plan.server.option_mut().user),
        abi::WINHTTP_OPTION_PASSWORD => Some(&mut plan.server.option_mut().password),
        abi::WINHTTP_OPTION_PROXY_USERNAME => Some(&mut plan.proxy.option_mut().user),
        abi::WINHTTP_OPTION_PROXY_PASSWORD => Some(&mut plan.proxy.option_mut().password),
        _ => None,
    }
}
