//! Which ways to a server can be chosen: named, and as the machine or the process is set.

use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_engine::proxy::{self, NamedProxy};
use winhttp_engine::{Error, Handle, option};
use winhttp_proto::unit::Unit;

use crate::door::{Bool, Code};
use crate::lower::{self, Room};
use crate::{memory, raise};

exports! {
    /// The proxy that `WINHTTP_ACCESS_TYPE_DEFAULT_PROXY` comes to. Both texts are freed with `GlobalFree`.
    Bool, [WinHttpGetDefaultProxyConfiguration WinHttpGetDefaultProxyConfiguration_w32] (
        info: *mut abi::WINHTTP_PROXY_INFO<U>
    ) => get_default::<U>;

    /// Sets what `WINHTTP_ACCESS_TYPE_DEFAULT_PROXY` comes to in sessions that this process opens from now on.
    Bool, [WinHttpSetDefaultProxyConfiguration WinHttpSetDefaultProxyConfiguration_w32] (
        info: *const abi::WINHTTP_PROXY_INFO<U>
    ) => set_default::<U>;

    /// What the user's environment or system is set to. The three texts are freed with `GlobalFree`; what is not set is
    /// NULL.
    Bool, [WinHttpGetIEProxyConfigForCurrentUser WinHttpGetIEProxyConfigForCurrentUser_w32] (
        config: *mut abi::WINHTTP_CURRENT_USER_IE_PROXY_CONFIG<U>
    ) => of_user::<U>;

    /// Whether a host is on a list of those that are reached past the proxy.
    Code, [WinHttpIsHostInProxyBypassList WinHttpIsHostInProxyBypassList_w32] (
        info: *const abi::WINHTTP_PROXY_INFO<U>, host: *const U, scheme: abi::INTERNET_SCHEME, port: u16,
        within: *mut abi::BOOL
    ) => is_bypassed::<U>;
}

/// The proxy that an access type and two lists name. What the machine's default and its automatic settings are is looked
/// up in this moment.
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
        abi::WINHTTP_ACCESS_TYPE_NO_PROXY => Ok(None),
        abi::WINHTTP_ACCESS_TYPE_DEFAULT_PROXY => Ok(proxy::default()),
        abi::WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY => Ok(proxy::of_machine().proxy),
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

/// `WINHTTP_OPTION_PROXY_RESULT_ENTRY`: one entry of what a resolver found.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER` for a proxy without a usable name.
///
/// # Safety
/// The name is null or text that ends with a NUL.
pub(super) unsafe fn of_entry<U: Unit>(
    entry: &abi::WINHTTP_PROXY_RESULT_ENTRY<U>,
) -> Result<Option<Arc<NamedProxy>>, Error> {
    if entry.fProxy == abi::FALSE {
        return Ok(None);
    }
    // SAFETY: the caller's promise for the name.
    let host = unsafe { raise::string(entry.pwszProxy.cast_const()) };
    let bare_v6 = host.contains(':') && !host.starts_with('[');
    let host = if bare_v6 { format!("[{host}]") } else { host };
    let place = if entry.ProxyPort == 0 { host } else { format!("{host}:{}", entry.ProxyPort) };
    // A name with blanks or semicolons would be a list.
    if place.contains(|unit: char| unit == ';' || unit == '=' || unit.is_whitespace()) {
        return Err(Error::INVALID_PARAMETER);
    }
    // What is not spoken to in plain HTTP is known by its scheme: requests fail, and go nowhere else.
    let scheme = match entry.ProxyScheme {
        abi::INTERNET_SCHEME_HTTPS => "https://",
        abi::INTERNET_SCHEME_SOCKS => "socks://",
        _ => "",
    };
    NamedProxy::new(&format!("{scheme}{place}"), "").map(|proxy| Some(Arc::new(proxy)))
}

/// Text for the caller, who frees it; NULL for none.
pub(super) fn text<U: Unit>(text: Option<&str>) -> Result<Text<U>, Error> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => lower::allocated::<U>(text).map(Text),
        None => Ok(Text(std::ptr::null_mut())),
    }
}

/// Text that is freed unless it is given away.
pub(super) struct Text<U>(*mut U);

impl<U> Text<U> {
    pub(super) fn give(self) -> *mut U {
        let text = self.0;
        std::mem::forget(self);
        text
    }
}

impl<U> Drop for Text<U> {
    fn drop(&mut self) {
        // SAFETY: from the library's allocator or null, and nobody else has it.
        unsafe { memory::release(self.0.cast()) };
    }
}

/// A proxy as C sees it: the caller frees both texts.
pub(super) fn info<U: Unit>(named: Option<&NamedProxy>) -> Result<abi::WINHTTP_PROXY_INFO<U>, Error> {
    let list = text::<U>(named.map(|named| &*named.list))?;
    let bypass = text::<U>(named.map(|named| &*named.bypass))?;
    Ok(abi::WINHTTP_PROXY_INFO {
        dwAccessType: match named {
            Some(_) => abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY,
            // contract: api-behaviour section 11, for no proxy the access type is 1
            None => abi::WINHTTP_ACCESS_TYPE_NO_PROXY,
        },
        lpszProxy: list.give(),
        lpszProxyBypass: bypass.give(),
    })
}

/// Gives a proxy to the application.
pub(super) fn put<U: Unit>(named: Option<&NamedProxy>, room: &Room) -> Result<(), Error> {
    // Only a caller with room gets texts to free.
    room.need(size_of::<abi::WINHTTP_PROXY_INFO<U>>())?;
    room.put(&info::<U>(named)?)
}

/// `WINHTTP_OPTION_PROXY`: the caller frees both texts.
pub(super) fn query<U: Unit>(handle: Handle, room: &Room) -> Result<(), Error> {
    put::<U>(option::proxy(handle)?.as_deref(), room)
}

unsafe fn get_default<U: Unit>(place: *mut abi::WINHTTP_PROXY_INFO<U>) -> Result<(), Error> {
    if place.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let info = info::<U>(proxy::default().as_deref())?;
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write_unaligned(info) };
    Ok(())
}

unsafe fn set_default<U: Unit>(info: *const abi::WINHTTP_PROXY_INFO<U>) -> Result<(), Error> {
    if info.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let info = unsafe { info.read_unaligned() };
    let named = match info.dwAccessType {
        // contract: api-behaviour section 11, with type 1 the strings are passed over; what is neither 1 nor 3 is
        // INVALID_PARAMETER
        access @ (abi::WINHTTP_ACCESS_TYPE_NO_PROXY | abi::WINHTTP_ACCESS_TYPE_NAMED_PROXY) => {
            // SAFETY: the caller's promise for the lists.
            unsafe { chosen::<U>(access, info.lpszProxy.cast_const(), info.lpszProxyBypass.cast_const()) }?
        }
        _ => return Err(Error::INVALID_PARAMETER),
    };
    proxy::set_default(named);
    Ok(())
}

/// contract: api-behaviour section 26, TRUE and absent texts where nothing is set
unsafe fn of_user<U: Unit>(place: *mut abi::WINHTTP_CURRENT_USER_IE_PROXY_CONFIG<U>) -> Result<(), Error> {
    if place.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let settings = proxy::of_machine();
    let named = settings.proxy.as_deref();
    let script = text::<U>(settings.script.as_deref())?;
    let list = text::<U>(named.map(|named| &*named.list))?;
    let bypass = text::<U>(named.map(|named| &*named.bypass))?;
    let config = abi::WINHTTP_CURRENT_USER_IE_PROXY_CONFIG {
        fAutoDetect: abi::BOOL::from(settings.detects),
        lpszAutoConfigUrl: script.give(),
        lpszProxy: list.give(),
        lpszProxyBypass: bypass.give(),
    };
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write_unaligned(config) };
    Ok(())
}

/// Outputs only where it answers (inferred: the function has no page).
unsafe fn is_bypassed<U: Unit>(
    info: *const abi::WINHTTP_PROXY_INFO<U>,
    host: *const U,
    scheme: abi::INTERNET_SCHEME,
    port: u16,
    within: *mut abi::BOOL,
) -> Result<(), Error> {
    if info.is_null() || host.is_null() || within.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let secure = match scheme {
        abi::INTERNET_SCHEME_HTTP => false,
        abi::INTERNET_SCHEME_HTTPS => true,
        _ => return Err(Error::INVALID_PARAMETER),
    };
    // SAFETY: not null, and the caller vouches for the rest.
    let info = unsafe { info.read_unaligned() };
    // SAFETY: the caller's promise for the list.
    let list = unsafe { raise::string(info.lpszProxyBypass.cast_const()) };
    // SAFETY: the caller's promise for the name.
    let host = unsafe { raise::string(host) };
    let past = proxy::is_past(&list, &host, port, secure);
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { within.write_unaligned(abi::BOOL::from(past)) };
    Ok(())
}
