//! A proxy for a URL: asked and waited for, or asked of a resolver handle and told.

use std::ptr::{null, null_mut};

use winhttp_abi as abi;
use winhttp_engine::proxy::{self, Found, NamedProxy, ProxyScheme, Question, resolver};
use winhttp_engine::{Error, HandleKind, option};
use winhttp_proto::unit::Unit;

use super::proxy::{Text, info, text};
use crate::door::{Bool, Code, Plain};
use crate::{RawHandle, lower, memory, raise};

exports! {
    /// Looks for the URL of a configuration script on the network, to be freed with `GlobalFree`. Without the cargo feature `pac` none is
    /// looked for.
    Bool, [WinHttpDetectAutoProxyConfigUrl WinHttpDetectAutoProxyConfigUrl_w32] (
        flags: u32, url: *mut *mut U
    ) => detect::<U>;

    /// A proxy for a URL. The texts are freed with `GlobalFree`. Waits where a script has to be fetched and run.
    Bool, [WinHttpGetProxyForUrl WinHttpGetProxyForUrl_w32] (
        session: RawHandle, url: *const U, options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>,
        found: *mut abi::WINHTTP_PROXY_INFO<U>
    ) => for_url::<U>;

    /// Makes a resolver of an asynchronous session, with the session's callback.
    Code, [WinHttpCreateProxyResolver] (session: RawHandle, resolver: *mut RawHandle) => create;

    /// Asks for a proxy: GETPROXYFORURL_COMPLETE or REQUEST_ERROR comes with `context`.
    Code, [WinHttpGetProxyForUrlEx WinHttpGetProxyForUrlEx_w32] (
        resolver: RawHandle, url: *const U, options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>, context: usize
    ) => for_url_ex::<U>;

    /// The same; there is one interface to choose from.
    Code, [WinHttpGetProxyForUrlEx2 WinHttpGetProxyForUrlEx2_w32] (
        resolver: RawHandle, url: *const U, options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>,
        selection_length: u32, selection: *mut u8, context: usize
    ) => for_url_ex2::<U>;

    /// What was found, to be freed with `WinHttpFreeProxyResult`.
    Code, [WinHttpGetProxyResult WinHttpGetProxyResult_w32] (
        resolver: RawHandle, result: *mut abi::WINHTTP_PROXY_RESULT<U>
    ) => give::<U>;

    /// The same, to be freed with `WinHttpFreeProxyResultEx`.
    Code, [WinHttpGetProxyResultEx WinHttpGetProxyResultEx_w32] (
        resolver: RawHandle, result: *mut abi::WINHTTP_PROXY_RESULT_EX<U>
    ) => give_ex::<U>;

    /// Frees a result and leaves an empty one.
    Plain<()>, [WinHttpFreeProxyResult] (result: *mut abi::WINHTTP_PROXY_RESULT) => free_result;

    /// Frees a result and leaves an empty one.
    Plain<()>, [WinHttpFreeProxyResultEx] (result: *mut abi::WINHTTP_PROXY_RESULT_EX) => free_result_ex;

    /// Forgets what was learnt for automatic configuration: the scripts that are kept.
    Code, [WinHttpResetAutoProxy] (session: RawHandle, flags: u32) => reset;
}

const WAYS: u32 = abi::WINHTTP_AUTO_DETECT_TYPE_DHCP | abi::WINHTTP_AUTO_DETECT_TYPE_DNS_A;

/// contract: api-behaviour section 26, AUTODETECTION_FAILED and NULL where nothing is found
unsafe fn detect<U: Unit>(flags: u32, url: *mut *mut U) -> Result<(), Error> {
    if flags & WAYS == 0 || url.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { url.write_unaligned(null_mut()) };
    let found = text::<U>(Some(&proxy::detect(flags)?))?;
    // SAFETY: as above.
    unsafe { url.write_unaligned(found.give()) };
    Ok(())
}

/// # Safety
/// Both are null or valid for reads; texts end with a NUL.
unsafe fn question<U: Unit>(
    url: *const U,
    options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>,
) -> Result<Question, Error> {
    if url.is_null() || options.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let options = unsafe { options.read_unaligned() };
    let scripted = options.dwFlags & abi::WINHTTP_AUTOPROXY_CONFIG_URL != 0;
    let script = if scripted { options.lpszAutoConfigUrl } else { null() };
    // SAFETY: the caller's promise for the text.
    let script = unsafe { raise::text(script) }.map(winhttp_proto::unit::to_utf8);
    // SAFETY: the caller's promise for the text.
    let url = unsafe { raise::string(url) };
    Ok(Question { url, flags: options.dwFlags, detect: options.dwAutoDetectFlags, script })
}

unsafe fn for_url<U: Unit>(
    session: RawHandle,
    url: *const U,
    options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>,
    place: *mut abi::WINHTTP_PROXY_INFO<U>,
) -> Result<(), Error> {
    // contract: api-behaviour section 31, the handle before the parameters
    option::expect(raise::handle(session)?, HandleKind::Session)?;
    if place.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: the caller's promise.
    let question = unsafe { question(url, options) }?;
    question.check()?;
    let list = listed(&proxy::find(&question, &proxy::of_machine())?);
    let named = if list.is_empty() { None } else { Some(NamedProxy::new(&list, "")?) };
    // contract: api-behaviour section 26, NAMED_PROXY, "host:port" and no bypass list
    let info = info::<U>(named.as_ref())?;
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write_unaligned(info) };
    Ok(())
}

/// The list of proxies that a structure has room for: those that stand before the first "directly". One that is not spoken to in
/// plain HTTP says so, and nothing goes past it unnoticed.
fn listed(found: &[Found]) -> String {
    let proxies = found.iter().map_while(|one| match one {
        Found::Proxy { scheme, host, port } => {
            let scheme = match scheme {
                ProxyScheme::Http => "",
                ProxyScheme::Https => "https://",
                ProxyScheme::Socks => "socks://",
            };
            Some(format!("{scheme}{}:{port}", bracketed(host)))
        }
        Found::Direct | Found::Past => None,
    });
    proxies.collect::<Vec<_>>().join(";")
}

fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

unsafe fn create(session: RawHandle, place: *mut RawHandle) -> Result<(), Error> {
    let session = raise::handle(session)?;
    if place.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let resolver = resolver::create(session)?;
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write_unaligned(lower::handle(resolver)) };
    Ok(())
}

unsafe fn for_url_ex<U: Unit>(
    resolver: RawHandle,
    url: *const U,
    options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>,
    context: usize,
) -> Result<(), Error> {
    let handle = raise::handle(resolver)?;
    option::expect(handle, HandleKind::ProxyResolver)?;
    // SAFETY: the caller's promise.
    let question = unsafe { question(url, options) }?;
    resolver::ask(handle, &question, context)?;
    // contract: api-behaviour section 33, the call itself answers with ERROR_IO_PENDING
    Err(Error(abi::ERROR_IO_PENDING))
}

unsafe fn for_url_ex2<U: Unit>(
    resolver: RawHandle,
    url: *const U,
    options: *const abi::WINHTTP_AUTOPROXY_OPTIONS<U>,
    _selection_length: u32,
    _selection: *mut u8,
    context: usize,
) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    unsafe { for_url_ex(resolver, url, options, context) }
}

/// Entries, in memory that the caller gives back with their texts.
fn entries<U: Unit>(found: &[Found]) -> Result<*mut abi::WINHTTP_PROXY_RESULT_ENTRY<U>, Error> {
    let names: Result<Vec<Text<U>>, Error> = found
        .iter()
        .map(|one| match one {
            Found::Proxy { host, .. } => text::<U>(Some(host)),
            Found::Direct | Found::Past => text::<U>(None),
        })
        .collect();
    let names = names?;
    let memory = memory::allocate(size_of::<abi::WINHTTP_PROXY_RESULT_ENTRY<U>>() * found.len());
    let place = memory.cast::<abi::WINHTTP_PROXY_RESULT_ENTRY<U>>();
    if place.is_null() {
        return Err(Error::NOT_ENOUGH_MEMORY);
    }
    for (at, (one, name)) in found.iter().zip(names).enumerate() {
        let (scheme, port) = match one {
            Found::Proxy { scheme: ProxyScheme::Https, port, .. } => (abi::INTERNET_SCHEME_HTTPS, *port),
            Found::Proxy { scheme: ProxyScheme::Socks, port, .. } => (abi::INTERNET_SCHEME_SOCKS, *port),
            Found::Proxy { port, .. } => (abi::INTERNET_SCHEME_HTTP, *port),
            Found::Direct | Found::Past => (abi::INTERNET_SCHEME_HTTP, 0),
        };
        let entry = abi::WINHTTP_PROXY_RESULT_ENTRY {
            fProxy: abi::BOOL::from(matches!(one, Found::Proxy { .. })),
            fBypass: abi::BOOL::from(matches!(one, Found::Past)),
            ProxyScheme: scheme,
            pwszProxy: Text::give(name),
            ProxyPort: port,
        };
        // SAFETY: there is room for so many.
        let place = unsafe { place.add(at) };
        // SAFETY: fresh memory of this size.
        unsafe { place.write(entry) };
    }
    Ok(place)
}

unsafe fn give<U: Unit>(resolver: RawHandle, place: *mut abi::WINHTTP_PROXY_RESULT<U>) -> Result<(), Error> {
    let found = resolver::result(raise::handle(resolver)?)?;
    if place.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let result = abi::WINHTTP_PROXY_RESULT { cEntries: found.len() as u32, pEntries: entries::<U>(&found)? };
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write_unaligned(result) };
    Ok(())
}

unsafe fn give_ex<U: Unit>(
    resolver: RawHandle,
    place: *mut abi::WINHTTP_PROXY_RESULT_EX<U>,
) -> Result<(), Error> {
    let found = resolver::result(raise::handle(resolver)?)?;
    if place.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let result = abi::WINHTTP_PROXY_RESULT_EX {
        cEntries: found.len() as u32,
        pEntries: entries::<U>(&found)?,
        hProxyDetectionHandle: null_mut(),
        dwProxyInterfaceAffinity: 0,
    };
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write_unaligned(result) };
    Ok(())
}

/// Frees entries and their texts; the unit of the text does not matter.
///
/// # Safety
/// From [`entries`] or null.
unsafe fn release(entries: *mut abi::WINHTTP_PROXY_RESULT_ENTRY, count: u32) {
    if entries.is_null() {
        return;
    }
    for at in 0..count as usize {
        // SAFETY: there are so many of them.
        let entry = unsafe { entries.add(at) };
        // SAFETY: as above.
        let name = unsafe { entry.read_unaligned() }.pwszProxy;
        // SAFETY: from the library's allocator or null.
        unsafe { memory::release(name.cast()) };
    }
    // SAFETY: from the library's allocator.
    unsafe { memory::release(entries.cast()) };
}

/// Takes a result out of the application's place and leaves an empty one; nothing where there is no place.
///
/// # Safety
/// `place` is null, or readable and writable.
unsafe fn emptied<T: Default>(place: *mut T) -> Option<T> {
    if place.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let result = unsafe { place.read_unaligned() };
    // SAFETY: as above.
    unsafe { place.write_unaligned(T::default()) };
    Some(result)
}

unsafe fn free_result(place: *mut abi::WINHTTP_PROXY_RESULT) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    if let Some(result) = unsafe { emptied(place) } {
        // SAFETY: the caller's promise: the library has filled it.
        unsafe { release(result.pEntries, result.cEntries) };
    }
    Ok(())
}

unsafe fn free_result_ex(place: *mut abi::WINHTTP_PROXY_RESULT_EX) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    if let Some(result) = unsafe { emptied(place) } {
        // SAFETY: the caller's promise: the library has filled it.
        unsafe { release(result.pEntries, result.cEntries) };
    }
    Ok(())
}

unsafe fn reset(session: RawHandle, flags: u32) -> Result<(), Error> {
    const KNOWN: u32 = abi::WINHTTP_RESET_ALL
        | abi::WINHTTP_RESET_NOTIFY_NETWORK_CHANGED
        | abi::WINHTTP_RESET_OUT_OF_PROC
        | abi::WINHTTP_RESET_DISCARD_RESOLVERS;
    option::expect(raise::handle(session)?, HandleKind::Session)?;
    if flags & !KNOWN != 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    proxy::forget(flags);
    Ok(())
}
