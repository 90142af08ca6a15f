//! What requests are written in: the version of HTTP, and the code page of a query.

use std::sync::atomic::{AtomicBool, Ordering};

use winhttp_proto::http::target::CodePage;

use crate::core::enter;
use crate::slot::Kind;
use crate::{Error, Handle, lock};

static PROCESS_HTTP10: AtomicBool = AtomicBool::new(false);

/// How the paths of requests that are opened from a connect handle become bytes (`WINHTTP_OPTION_CODEPAGE`).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` (not a connect handle).
pub fn code_page(connect: Handle) -> Result<CodePage, Error> {
    let (_, guard) = enter(connect)?;
    match &guard.kind {
        Kind::Connect(connect) => Ok(lock(&connect.peer.session.settings).code_page),
        _ => Err(Error::INCORRECT_TYPE),
    }
}

/// What `WINHTTP_OPTION_HTTP_VERSION` with a NULL handle gives sessions that are opened from now on.
pub fn set_process_http10(http10: bool) {
    PROCESS_HTTP10.store(http10, Ordering::Relaxed);
}

/// What a session begins with.
pub fn process_http10() -> bool {
    PROCESS_HTTP10.load(Ordering::Relaxed)
}

/// `WINHTTP_OPTION_HTTP_VERSION` of a session or a request.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` (a connect handle).
pub fn http10(handle: Handle) -> Result<bool, Error> {
    let (_, guard) = enter(handle)?;
    match &guard.kind {
        Kind::Session(session) => Ok(lock(&session.shared.settings).http10),
        Kind::Request(request) => Ok(request.exchange.plan.http10),
        Kind::Connect(_) | Kind::Resolver(_) | Kind::Socket(_) | Kind::Vacant => Err(Error::INCORRECT_TYPE),
    }
}

/// Sets `WINHTTP_OPTION_HTTP_VERSION`.
///
/// # Errors
/// As [`http10`].
pub fn set_http10(handle: Handle, http10: bool) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    match &mut guard.kind {
        Kind::Session(session) => lock(&session.shared.settings).http10 = http10,
        Kind::Request(request) => request.exchange.plan.http10 = http10,
        Kind::Connect(_) | Kind::Resolver(_) | Kind::Socket(_) | Kind::Vacant => {
            return Err(Error::INCORRECT_TYPE);
        }
    }
    Ok(())
}
