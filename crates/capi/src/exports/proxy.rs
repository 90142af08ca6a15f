//! Which ways to a server can be chosen.

use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_engine::proxy::NamedProxy;
use winhttp_engine::{Error, Handle, option};
use winhttp_proto::unit::Unit;

use crate::lower::{self, Room};
use crate::{memory, raise};

/// The proxy that an access type and two lists name. The machine's default and automatic proxies come to none: there is
/// no setting here that they could follow.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: an unknown access type, or a named proxy without a usable name (contract: api-behaviour
/// section 11). Beside another access type the lists are passed over (section 40).
///
/// # Safety
/// The lists are null or text that ends with a NUL.
pub(super) unsafe fn chosen<U: Unit>(
    access: u32,
    list: *const U,
    bypass: *const U,
) -> Result<Option<Arc<NamedProxy>>, Error> {
    match access {
        abi::WINHTTP_ACCESS_TYPE_DEFAULT_PROXY
        | abi::WINHTTP_ACCESS_TYPE_NO_PROXY
        | abi::WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY => Ok(None),
        abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY => {
            // SAFETY: the caller's promise for the list.
            let list = unsafe { raise::string(list) };
            // SAFETY: and for the other one.
            let bypass = unsafe { raise::string(bypass) };
            NamedProxy::new(&list, &bypass).map(|proxy| Some(Arc::new(proxy)))
        }
        _ => Err(Error::INVALID_PARAMETER),
    }
}

/// `WINHTTP_OPTION_PROXY`: the caller frees both texts.
pub(super) fn query<U: Unit>(handle: Handle, room: &Room) -> Result<(), Error> {
    let named = option::proxy(handle)?;
    room.need(size_of::<abi::WINHTTP_PROXY_INFO<U>>())?;
    let mut info = abi::WINHTTP_PROXY_INFO::<U> {
        dwAccessType: abi::WINHTTP_ACCESS_TYPE_NO_PROXY,
        lpszProxy: std::ptr::null_mut(),
        lpszProxyBypass: std::ptr::null_mut(),
    };
    if let Some(named) = named {
        info.dwAccessType = abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY;
        info.lpszProxy = lower::allocated::<U>(&named.list)?;
        if !named.bypass.is_empty() {
            info.lpszProxyBypass = lower::allocated::<U>(&named.bypass).inspect_err(|_| {
                // SAFETY: just allocated, and nobody has seen it.
                unsafe { memory::release(info.lpszProxy.cast()) };
            })?;
        }
    }
    room.put(&info)
}

/// The default of the machine: none.
pub(super) fn default<U>() -> abi::WINHTTP_PROXY_INFO<U> {
    abi::WINHTTP_PROXY_INFO {
        dwAccessType: abi::WINHTTP_ACCESS_TYPE_NO_PROXY,
        lpszProxy: std::ptr::null_mut(),
        lpszProxyBypass: std::ptr::null_mut(),
    }
}
