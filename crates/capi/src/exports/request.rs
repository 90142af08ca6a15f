//! Requests: opening, sending, asking for the reply.

use std::cell::Cell;
use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_engine::{Error, Handle, HandleKind, callback, option, request, speech};
use winhttp_proto::http::target::{Escape, push_plain, request_target};
use winhttp_proto::unit::{Unit, push_latin1};

use crate::door::{Bool, NewHandle};
use crate::{RawHandle, raise};

/// Media types that WinHttpOpenRequest follows before it gives up looking for the NULL at the end of their list.
const MOST_TYPES: usize = 1 << 16;

exports! {
    /// Opens a request: NULL or empty method, object and version mean GET, `/` and HTTP/1.1.
    NewHandle, [WinHttpOpenRequest WinHttpOpenRequest_w32] (
        connect: RawHandle, method: *const U, object: *const U, version: *const U, referrer: *const U,
        types: *const *const U, flags: u32
    ) => open::<U>;

    /// Sends the head and the optional data of a request.
    Bool, [WinHttpSendRequest WinHttpSendRequest_w32] (
        request: RawHandle, headers: *const U, headers_length: u32, optional: *mut c_void, optional_length: u32,
        total: u32, context: usize
    ) => send::<U>;

    /// Asks for the head of the reply.
    Bool, [WinHttpReceiveResponse] (request: RawHandle, reserved: *mut c_void) => receive;
}

unsafe fn open<U: Unit>(
    connect: RawHandle,
    method: *const U,
    object: *const U,
    version: *const U,
    referrer: *const U,
    types: *const *const U,
    flags: u32,
) -> Result<Handle, Error> {
    let connect = raise::handle(connect)?;
    // A callback inside may open another request: what is in use is taken out. A thread that ends has nothing to keep.
    let mut config = CONFIG.try_with(Cell::take).ok().flatten().unwrap_or_default();
    // SAFETY: the caller's promise for these five.
    let read = unsafe { fill(connect, &mut config, method, object, version, referrer, types, flags) };
    let opened = match read {
        Ok(()) => request::open(connect, &config),
        Err(error) => option::expect(connect, HandleKind::Connect).and(Err(error)),
    };
    if config.target.capacity() + config.headers.capacity() <= LARGEST_KEPT {
        let _ = CONFIG.try_with(|kept| kept.set(Some(config)));
    }
    opened
}

thread_local! {
    /// Buffers that are used again by the thread's next call.
    static CONFIG: Cell<Option<Box<request::Config>>> = const { Cell::new(None) };
}

/// Bytes that a thread keeps between two calls.
const LARGEST_KEPT: usize = 4096;

/// # Safety
/// As [`open`].
#[allow(clippy::too_many_arguments)]
unsafe fn fill<U: Unit>(
    connect: Handle,
    config: &mut request::Config,
    method: *const U,
    object: *const U,
    version: *const U,
    referrer: *const U,
    types: *const *const U,
    flags: u32,
) -> Result<(), Error> {
    config.method.clear();
    config.target.clear();
    config.headers.clear();
    config.http10 = false;
    config.flags = flags;
    // SAFETY: the caller's promise for the method.
    if let Some(method) = unsafe { raise::text(method) }.filter(|method| !is_get(method)) {
        if !push_latin1(method, &mut config.method) {
            return Err(Error::INVALID_PARAMETER);
        }
        // RFC 9110 section 9.1: a method is a token, and nothing else may get onto the request line.
        if !config.method.iter().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::INVALID_PARAMETER);
        }
    }
    // SAFETY: the caller's promise for the object's name.
    if let Some(object) = unsafe { raise::text(object) }.filter(|object| !object.is_empty())
        && !push_plain(object, &mut config.target)
    {
        let mut escape = Escape::from_flags(flags);
        if object.iter().any(|unit| unit.ascii().is_none()) {
            escape.page = speech::code_page(connect)?;
        }
        request_target(object, escape, &mut config.target);
    }
    // SAFETY: the caller's promise for the version.
    if let Some(version) = unsafe { raise::text(version) } {
        config.http10 = winhttp_proto::unit::eq_ignore_ascii_case(version, "HTTP/1.0");
    }
    // SAFETY: the caller's promise for the list.
    unsafe { accepted(types, &mut config.headers)? };
    // SAFETY: the caller's promise for the referrer.
    if let Some(referrer) = unsafe { raise::text(referrer) }.filter(|text| !text.is_empty()) {
        line(b"Referer: ", &raise::latin1(referrer)?, &mut config.headers)?;
    }
    Ok(())
}

/// The method that an empty one stands for.
fn is_get<U: Unit>(method: &[U]) -> bool {
    matches!(method, [g, e, t] if g.is(b'G') && e.is(b'E') && t.is(b'T'))
}

/// Makes one Accept line of a list of media types that ends with NULL; no line for no list (contract:
/// WinHttpOpenRequest, api-behaviour section 32).
///
/// # Safety
/// `types` is null or a list of texts that ends with NULL.
unsafe fn accepted<U: Unit>(types: *const *const U, headers: &mut Vec<u8>) -> Result<(), Error> {
    if types.is_null() {
        return Ok(());
    }
    let mut all = Vec::new();
    for at in 0..MOST_TYPES {
        // SAFETY: no NULL has been met yet, so this place belongs to the list.
        let place = unsafe { types.add(at) };
        // SAFETY: as above.
        let entry = unsafe { place.read() };
        // SAFETY: an entry of the list is text or NULL.
        let Some(entry) = (unsafe { raise::text(entry) }) else { break };
        if entry.is_empty() {
            continue;
        }
        if !all.is_empty() {
            all.extend_from_slice(b", ");
        }
        all.extend_from_slice(&raise::latin1(entry)?);
    }
    if all.is_empty() { Ok(()) } else { line(b"Accept: ", &all, headers) }
}

fn line(name: &[u8], value: &[u8], headers: &mut Vec<u8>) -> Result<(), Error> {
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(Error::INVALID_PARAMETER);
    }
    headers.extend_from_slice(name);
    headers.extend_from_slice(value);
    headers.extend_from_slice(b"\r\n");
    Ok(())
}

unsafe fn send<U: Unit>(
    request: RawHandle,
    headers: *const U,
    headers_length: u32,
    optional: *mut c_void,
    optional_length: u32,
    total: u32,
    context: usize,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    // contract: api-behaviour section 16, length 0 beside text means "up to the NUL" here
    let length = if headers_length == 0 { u32::MAX } else { headers_length };
    // SAFETY: the caller's promise for the headers.
    let text = unsafe { raise::counted(headers, length) }.unwrap_or_default();
    let headers = match raise::latin1(text) {
        Ok(headers) => headers,
        Err(error) => return refused(request, context, error),
    };
    let optional = if optional_length == 0 {
        None
    } else {
        // SAFETY: the caller keeps the optional data until ReceiveResponse is complete or the handle is closed.
        match unsafe { raise::loan(optional.cast(), optional_length) } {
            Ok(optional) => Some(optional),
            Err(error) => return refused(request, context, error),
        }
    };
    // contract: api-behaviour section 29, the last error of an accepted call is 0 and never 997
    request::send(request, request::Send { headers, optional, total, context }).map(|_| ())
}

/// SendRequest's own parameters are wrong.
#[cold]
fn refused(request: Handle, context: usize, error: Error) -> Result<(), Error> {
    option::expect(request, HandleKind::Request)?;
    // contract: clients P11, the context is stored before anything can fail
    if context != 0 {
        callback::set_context(request, context)?;
    }
    Err(error)
}

unsafe fn receive(request: RawHandle, _reserved: *mut c_void) -> Result<(), Error> {
    // contract: api-behaviour section 29, as for WinHttpSendRequest
    request::receive(raise::handle(request)?).map(|_| ())
}

/// The last error of an accepted query, read or write.
///
/// contract: api-behaviour section 29, 0 if the completion was told on the caller's thread inside the call
pub(crate) fn last_error(completion: request::Completion) -> u32 {
    match completion {
        request::Completion::Done(_) | request::Completion::Inline => abi::ERROR_SUCCESS,
        request::Completion::Pending => abi::ERROR_IO_PENDING,
    }
}
