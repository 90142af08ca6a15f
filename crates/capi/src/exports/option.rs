//! Options: sizes and directions here, meanings in the engine.
//!
//! contract: api-behaviour sections 3, 14, 31 and 34. The order of checks: the handle, the number, the direction, the
//! kind of the handle, the size, the value.

use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_abi::handle::Kinds;
use winhttp_abi::option::{Access, Setting, Tier, Value, find};
use winhttp_engine::{Error, Handle, HandleKind, callback, extended, option, speech, websocket};
use winhttp_proto::unit::{Unit, to_utf8};

use super::{proxy, security, statistics};
use crate::door::Bool;
use crate::lower::{self, Room};
use crate::sink::{self, Doored};
use crate::{RawHandle, certificate, event, raise};

/// `WINHTTP_COMPAT_OPTION_EXTRA_ROOTS` of `winhttp/library.h`: certificates in PEM form that a session trusts beside
/// the machine's. Set only; the length counts bytes; NULL and 0 take them away.
pub const EXTRA_ROOTS: u32 = 0x7F00_0001;

exports! {
    /// Sets an option. Numbers need their exact size; text counts units.
    Bool, [WinHttpSetOption WinHttpSetOption_w32] (
        handle: RawHandle, option: u32, buffer: *mut c_void, length: u32
    ) => set::<U>;

    /// Reads an option. Lengths are in bytes.
    Bool, [WinHttpQueryOption WinHttpQueryOption_w32] (
        handle: RawHandle, option: u32, buffer: *mut c_void, length: *mut u32
    ) => query::<U>;
}

fn set_of(kind: HandleKind) -> Kinds {
    match kind {
        HandleKind::Session => Kinds::SESSION,
        HandleKind::Connect => Kinds::CONNECT,
        HandleKind::Request => Kinds::REQUEST,
        HandleKind::WebSocket => Kinds::WEB_SOCKET,
        // No row of the table names it: see `belongs`.
        HandleKind::ProxyResolver => Kinds::UNSTATED,
    }
}

/// What the caller gives: bytes of any alignment.
#[derive(Clone, Copy)]
struct Given {
    buffer: *const u8,
    length: u32,
}

impl Given {
    /// A value of a fixed size.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` for NULL, `ERROR_INSUFFICIENT_BUFFER` for any other size
    /// (contract: api-behaviour section 3).
    ///
    /// # Safety
    /// The buffer is null or valid for reads of its length.
    unsafe fn value<T: Copy>(&self) -> Result<T, Error> {
        if self.buffer.is_null() {
            return Err(Error::INVALID_PARAMETER);
        }
        if self.length as usize != size_of::<T>() {
            return Err(Error(abi::ERROR_INSUFFICIENT_BUFFER));
        }
        // SAFETY: not null, of the right size, and the caller vouches for the rest.
        Ok(unsafe { self.buffer.cast::<T>().read_unaligned() })
    }
}

unsafe fn set<U: Doored>(
    handle: RawHandle,
    option: u32,
    buffer: *mut c_void,
    length: u32,
) -> Result<(), Error> {
    let given = Given { buffer: buffer.cast_const().cast(), length };
    if handle.is_null() {
        // SAFETY: the caller's promise for the buffer.
        return unsafe { set_process(option, given) };
    }
    let handle = raise::handle(handle)?;
    let kind = option::kind(handle)?;
    if option == EXTRA_ROOTS {
        // SAFETY: the caller's promise for the buffer.
        let pem = unsafe { raise::things(given.buffer, length as usize) };
        return option::set_extra_roots(handle, (!given.buffer.is_null()).then_some(pem));
    }
    // contract: api-behaviour section 14, what is no option is INVALID_OPTION here
    let row = find(option).filter(|row| row.tier != Tier::Refuse).ok_or(option::INVALID_OPTION)?;
    if row.access == Access::Read {
        return Err(Error(abi::ERROR_WINHTTP_OPTION_NOT_SETTABLE));
    }
    belongs(row, kind)?;
    // Time limits can be read through a connect handle, and never set.
    if kind == HandleKind::Connect
        && !matches!(option, abi::WINHTTP_OPTION_CALLBACK | abi::WINHTTP_OPTION_CONTEXT_VALUE)
    {
        return Err(Error::INCORRECT_TYPE);
    }
    // SAFETY: the caller's promise for the buffer.
    unsafe { set_value::<U>(handle, row, given) }
}

/// # Safety
/// As [`set`].
unsafe fn set_value<U: Doored>(handle: Handle, row: &Setting, given: Given) -> Result<(), Error> {
    match row.id {
        abi::WINHTTP_OPTION_CONTEXT_VALUE => {
            // SAFETY: the caller's promise for the buffer.
            let context = unsafe { given.value::<usize>() }?;
            callback::set_context(handle, context)
        }
        abi::WINHTTP_OPTION_CALLBACK => {
            // SAFETY: the caller's promise for the buffer: it holds a callback or NULL.
            let chosen = unsafe { given.value::<abi::WINHTTP_STATUS_CALLBACK>() }?;
            callback::replace(handle, sink::target::<U>(chosen))
        }
        // contract: api-behaviour section 3, another error for the same fault
        abi::WINHTTP_OPTION_ENABLE_FEATURE if given.length as usize != size_of::<u32>() => {
            Err(Error::INVALID_PARAMETER)
        }
        abi::WINHTTP_OPTION_CLIENT_CERT_CONTEXT => {
            if given.buffer.is_null() && given.length == 0 {
                return option::set_no_client(handle);
            }
            // SAFETY: the caller's promise for the buffer.
            let context = unsafe { given.value::<abi::CERT_CONTEXT>() }?;
            // Only certificates that the library made with their key can be used.
            let identity = certificate::identity(&context)
                .ok_or(Error(abi::ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY))?;
            option::set_client(handle, identity)
        }
        abi::WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT => {
            // SAFETY: the caller's promise for the buffer.
            let signalled = unsafe { given.value::<usize>() }?;
            option::set_unload(handle, move || event::signal(signalled))
        }
        abi::WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET => match given.length {
            0 => websocket::ask(handle),
            _ => Err(Error::INVALID_PARAMETER),
        },
        // contract: api-behaviour section 27b, another error for the same fault
        abi::WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL if given.length as usize != size_of::<u32>() => {
            Err(Error::INVALID_PARAMETER)
        }
        abi::WINHTTP_OPTION_EXPIRE_CONNECTION => match given.length {
            0 => option::expire(handle),
            _ => Err(Error(abi::ERROR_INSUFFICIENT_BUFFER)),
        },
        abi::WINHTTP_OPTION_HTTP_VERSION => {
            // SAFETY: the caller's promise for the buffer.
            let version = unsafe { given.value::<abi::HTTP_VERSION_INFO>() }?;
            speech::set_http10(handle, minor_version(&version)? == 0)
        }
        abi::WINHTTP_OPTION_PROXY_RESULT_ENTRY => {
            // SAFETY: the caller's promise for the buffer.
            let entry = unsafe { given.value::<abi::WINHTTP_PROXY_RESULT_ENTRY<U>>() }?;
            // SAFETY: the caller's promise for the name.
            let named = unsafe { proxy::of_entry(&entry) }?;
            option::set_proxy(handle, named)
        }
        abi::WINHTTP_OPTION_MATCH_CONNECTION_GUID => {
            // SAFETY: the caller's promise for the buffer.
            let wanted = unsafe { given.value::<abi::WINHTTP_MATCH_CONNECTION_GUID>() }?;
            let strict = u64::from(abi::WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION);
            // Connections bear no marks here: a preference is taken, a demand could not be met.
            if wanted.ullFlags & strict == 0 { Ok(()) } else { Err(option::INVALID_OPTION) }
        }
        abi::WINHTTP_OPTION_TCP_KEEPALIVE => {
            // SAFETY: the caller's promise for the buffer.
            let wanted = unsafe { given.value::<abi::tcp_keepalive>() }?;
            option::set_keep_alive(handle, wanted.onoff != 0, wanted.keepalivetime, wanted.keepaliveinterval)
        }
        // SAFETY: the caller's promise for the buffer.
        abi::WINHTTP_OPTION_FEATURE_SUPPORTED => supported(unsafe { given.value::<u32>() }?),
        abi::WINHTTP_OPTION_PROXY => {
            // SAFETY: the caller's promise for the buffer.
            let info = unsafe { given.value::<abi::WINHTTP_PROXY_INFO<U>>() }?;
            let (list, bypass) = (info.lpszProxy.cast_const(), info.lpszProxyBypass.cast_const());
            // SAFETY: the caller's promise for the lists.
            let named = unsafe { proxy::chosen::<U>(info.dwAccessType, list, bypass) }?;
            option::set_proxy(handle, named)
        }
        // SAFETY: the caller's promise for the buffer.
        _ => unsafe { set_by_type::<U>(handle, row, given) },
    }
}

/// # Safety
/// As [`set`].
unsafe fn set_by_type<U: Unit>(handle: Handle, row: &Setting, given: Given) -> Result<(), Error> {
    match row.value {
        Value::Dword | Value::Bool => {
            // SAFETY: the caller's promise for the buffer.
            let value = unsafe { given.value::<u32>() }?;
            option::set_number(handle, row.id, value)
        }
        Value::Text if row.tier < Tier::Accept => {
            // contract: api-behaviour section 17, lengths of text count units when set
            // SAFETY: the caller's promise for the buffer.
            let text = unsafe { raise::counted(given.buffer.cast::<U>(), given.length) };
            option::set_text(handle, row.id, &to_utf8(text.ok_or(Error::INVALID_PARAMETER)?))
        }
        Value::Struct(size) if row.tier == Tier::Accept => {
            if given.buffer.is_null() {
                return Err(Error::INVALID_PARAMETER);
            }
            if given.length as usize == size { Ok(()) } else { Err(Error(abi::ERROR_INSUFFICIENT_BUFFER)) }
        }
        _ if row.id == abi::WINHTTP_OPTION_FAILED_CONNECTION_RETRIES => {
            // SAFETY: the caller's promise for the buffer.
            let retries = unsafe { given.value::<abi::WINHTTP_FAILED_CONNECTION_RETRIES>() }?;
            option::set_retries(handle, retries.dwMaxRetries, retries.dwAllowedRetryConditions)
        }
        Value::Text | Value::Unstated if row.tier == Tier::Accept => Ok(()),
        _ => Err(option::INVALID_OPTION),
    }
}

/// Options of the whole process: a NULL handle.
///
/// # Safety
/// As [`set`].
unsafe fn set_process(id: u32, given: Given) -> Result<(), Error> {
    match id {
        abi::WINHTTP_OPTION_WORKER_THREAD_COUNT | abi::WINHTTP_OPTION_ENABLETRACING => {
            // The library has as many threads as it needs, and traces nothing by itself.
            // SAFETY: the caller's promise for the buffer.
            unsafe { given.value::<u32>() }.map(|_| ())
        }
        abi::WINHTTP_OPTION_HTTP_VERSION => {
            // SAFETY: the caller's promise for the buffer.
            let version = unsafe { given.value::<abi::HTTP_VERSION_INFO>() }?;
            speech::set_process_http10(minor_version(&version)? == 0);
            Ok(())
        }
        // SAFETY: the caller's promise for the buffer.
        abi::WINHTTP_OPTION_FEATURE_SUPPORTED => supported(unsafe { given.value::<u32>() }?),
        _ => Err(Error::INVALID_HANDLE),
    }
}

/// HTTP/1.0 or HTTP/1.1.
fn minor_version(version: &abi::HTTP_VERSION_INFO) -> Result<u32, Error> {
    match (version.dwMajorVersion, version.dwMinorVersion) {
        (1, minor @ (0 | 1)) => Ok(minor),
        _ => Err(Error::INVALID_PARAMETER),
    }
}

/// Whether a `WINHTTP_FEATURE_*` is there: success, `ERROR_WINHTTP_INVALID_OPTION` if it is not, and
/// `ERROR_INVALID_PARAMETER` for what is no feature (inferred: only the option's purpose is documented).
fn supported(feature: u32) -> Result<(), Error> {
    match abi::feature::name(feature) {
        None => Err(Error::INVALID_PARAMETER),
        Some(_) if FEATURES.contains(&feature) => Ok(()),
        Some(_) => Err(option::INVALID_OPTION),
    }
}

/// The features that do what they are for; held against `docs/COVERAGE.md` by a test.
const FEATURES: &[u32] = &[
    abi::WINHTTP_FEATURE_REQUEST_TIMES,
    abi::WINHTTP_FEATURE_REQUEST_STATS,
    abi::WINHTTP_FEATURE_IPV6_FAST_FALLBACK,
    abi::WINHTTP_FEATURE_EXPIRE_CONNECTION,
    abi::WINHTTP_FEATURE_HTTP_PROTOCOL_REQUIRED,
    abi::WINHTTP_FEATURE_SERVER_CERT_CHAIN_CONTEXT,
    abi::WINHTTP_FEATURE_TCP_KEEPALIVE,
    abi::WINHTTP_FEATURE_SECURITY_INFO,
    abi::WINHTTP_FEATURE_IGNORE_CERT_REVOCATION_OFFLINE,
    abi::WINHTTP_FEATURE_FAILED_CONNECTION_RETRIES,
    abi::WINHTTP_FEATURE_RESOLUTION_HOSTNAME,
    abi::WINHTTP_FEATURE_IS_FEATURE_SUPPORTED,
    abi::WINHTTP_FEATURE_ADD_REQUEST_HEADERS_EX,
    abi::WINHTTP_FEATURE_READ_DATA_EX,
    abi::WINHTTP_FEATURE_QUERY_HEADERS_EX,
    abi::WINHTTP_FEATURE_SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS,
    abi::WINHTTP_FEATURE_FLAG_SECURE_DEFAULTS,
    abi::WINHTTP_FEATURE_EXTENDED_HEADER_FLAG_UNICODE,
    abi::WINHTTP_FEATURE_QUERY_FLAG_TRAILERS,
    abi::WINHTTP_FEATURE_QUERY_FLAG_WIRE_ENCODING,
    abi::WINHTTP_FEATURE_FLAG_AUTOMATIC_CHUNKING,
    abi::WINHTTP_FEATURE_QUERY_EX_ALL_HEADERS,
    abi::WINHTTP_FEATURE_READ_DATA_EX_FLAG_FILL_BUFFER,
    abi::WINHTTP_FEATURE_DISABLE_GLOBAL_POOLING,
    abi::WINHTTP_FEATURE_DISABLE_PROXY_AUTH_SCHEMES,
];

fn belongs(row: &Setting, kind: HandleKind) -> Result<(), Error> {
    // Where no source says to which handles an option belongs, sessions and requests take it.
    let fits = if kind == HandleKind::ProxyResolver {
        matches!(
            row.id,
            abi::WINHTTP_OPTION_CALLBACK
                | abi::WINHTTP_OPTION_CONTEXT_VALUE
                | abi::WINHTTP_OPTION_HANDLE_TYPE
                | abi::WINHTTP_OPTION_PARENT_HANDLE
        )
    } else if row.handles == Kinds::UNSTATED {
        matches!(kind, HandleKind::Session | HandleKind::Request)
    } else {
        row.handles.has(set_of(kind))
    };
    if fits { Ok(()) } else { Err(Error::INCORRECT_TYPE) }
}

unsafe fn query<U: Doored>(
    handle: RawHandle,
    option: u32,
    buffer: *mut c_void,
    length: *mut u32,
) -> Result<(), Error> {
    if handle.is_null() {
        // SAFETY: the caller's promise for buffer and length.
        return unsafe { query_process::<U>(option, buffer, length) };
    }
    let handle = raise::handle(handle)?;
    let kind = option::kind(handle)?;
    // SAFETY: the caller's promise for buffer and length.
    let room = unsafe { Room::new(buffer, length) }?;
    // contract: api-behaviour section 14, what is no option is INVALID_PARAMETER here
    let row = find(option).ok_or(Error::INVALID_PARAMETER)?;
    // contract: api-behaviour section 3, what can only be set has no size to be asked for
    if row.access == Access::Write {
        return Err(Error::INVALID_PARAMETER);
    }
    if row.tier == Tier::Refuse {
        return Err(option::INVALID_OPTION);
    }
    belongs(row, kind)?;
    match option {
        abi::WINHTTP_OPTION_CONTEXT_VALUE => room.put(&callback::context(handle)?),
        abi::WINHTTP_OPTION_CALLBACK => {
            let address = sink::address(callback::get(handle)?.as_ref());
            room.put(&std::ptr::with_exposed_provenance::<c_void>(address))
        }
        abi::WINHTTP_OPTION_PARENT_HANDLE => {
            let parent = option::parent(handle)?.map_or(std::ptr::null_mut(), lower::handle);
            room.put(&parent)
        }
        abi::WINHTTP_OPTION_URL => text::<U>(&room, &option::url(handle)?),
        abi::WINHTTP_OPTION_HTTP_VERSION => {
            let minor = u32::from(!speech::http10(handle)?);
            room.put(&abi::HTTP_VERSION_INFO { dwMajorVersion: 1, dwMinorVersion: minor })
        }
        abi::WINHTTP_OPTION_PROXY => proxy::query::<U>(handle, &room),
        abi::WINHTTP_OPTION_EXTENDED_ERROR => room.put(&extended::last()),
        abi::WINHTTP_OPTION_FEATURE_SUPPORTED => asked(&room),
        abi::WINHTTP_OPTION_CONNECTION_INFO => security::connection(handle, &room),
        abi::WINHTTP_OPTION_SERVER_CERT_CONTEXT => security::certificate(handle, &room),
        abi::WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT => security::chain(handle, &room),
        abi::WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST => security::issuers(handle, &room),
        abi::WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT => security::summary::<U>(handle, &room),
        abi::WINHTTP_OPTION_REQUEST_TIMES => statistics::request_times(handle, &room),
        abi::WINHTTP_OPTION_REQUEST_STATS => statistics::request_stats(handle, &room),
        abi::WINHTTP_OPTION_SECURITY_INFO => security::negotiated::<U>(handle, &room),
        _ => match row.value {
            Value::Dword | Value::Bool => room.put(&option::number(handle, option)?),
            Value::Text => text::<U>(&room, &option::text(handle, option)?),
            _ => Err(option::INVALID_OPTION),
        },
    }
}

/// contract: api-behaviour section 25, empty text gives TRUE and size 0
fn text<U: Unit>(room: &Room, text: &str) -> Result<(), Error> {
    room.put_text::<U>(text)
}

/// # Safety
/// As [`query`].
unsafe fn query_process<U: Unit>(option: u32, buffer: *mut c_void, length: *mut u32) -> Result<(), Error> {
    match option {
        abi::WINHTTP_OPTION_PROXY => {
            // SAFETY: the caller's promise for buffer and length.
            let room = unsafe { Room::new(buffer, length) }?;
            proxy::put::<U>(winhttp_engine::proxy::default().as_deref(), &room)
        }
        abi::WINHTTP_OPTION_WORKER_THREAD_COUNT | abi::WINHTTP_OPTION_ENABLETRACING => {
            // SAFETY: the caller's promise for buffer and length.
            unsafe { Room::new(buffer, length) }?.put(&0u32)
        }
        abi::WINHTTP_OPTION_HTTP_VERSION => {
            let minor = u32::from(!speech::process_http10());
            let version = abi::HTTP_VERSION_INFO { dwMajorVersion: 1, dwMinorVersion: minor };
            // SAFETY: the caller's promise for buffer and length.
            unsafe { Room::new(buffer, length) }?.put(&version)
        }
        abi::WINHTTP_OPTION_EXTENDED_ERROR => {
            // SAFETY: the caller's promise for buffer and length.
            unsafe { Room::new(buffer, length) }?.put(&extended::last())
        }
        // SAFETY: the caller's promise for buffer and length.
        abi::WINHTTP_OPTION_FEATURE_SUPPORTED => asked(&unsafe { Room::new(buffer, length) }?),
        _ => Err(Error::INVALID_HANDLE),
    }
}

/// The buffer holds the feature that is asked about, and keeps it.
fn asked(room: &Room) -> Result<(), Error> {
    room.need(size_of::<u32>())?;
    // SAFETY: `need` has found room for a number; the application's buffer may stand anywhere.
    supported(unsafe { room.buffer.cast::<u32>().read_unaligned() })?;
    room.say(size_of::<u32>())
}
