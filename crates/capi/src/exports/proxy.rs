//! Which ways to a server can be chosen.

use winhttp_abi as abi;
use winhttp_engine::Error;

/// Whether an access type can be honoured.
///
/// Without a proxy of its own the system's default and automatic proxies come to "none". A named proxy cannot be used
/// yet, and a request that was meant for a proxy never goes past it in silence.
///
/// # Errors
/// * `ERROR_INVALID_PARAMETER`: an unknown type, or a named proxy without a name (contract: api-behaviour section 11)
/// * `ERROR_NOT_SUPPORTED`: a named proxy
pub(crate) fn check(access: u32, named: bool) -> Result<(), Error> {
    match access {
        abi::WINHTTP_ACCESS_TYPE_DEFAULT_PROXY
        | abi::WINHTTP_ACCESS_TYPE_NO_PROXY
        | abi::WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY => Ok(()),
        abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY if named => Err(Error(abi::ERROR_NOT_SUPPORTED)),
        _ => Err(Error::INVALID_PARAMETER),
    }
}
