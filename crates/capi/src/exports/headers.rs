//! Header lines: adding and querying.

use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_abi::WINHTTP_EXTENDED_HEADER;
use winhttp_engine::headers::{self, Found, Query};
use winhttp_engine::{Error, HandleKind, option};
use winhttp_proto::time::SystemTime;
use winhttp_proto::unit::Unit;

use crate::door::{Bool, Code};
use crate::lower::{self, Room};
use crate::{RawHandle, raise};

exports! {
    /// Adds, replaces or removes header lines of a request.
    Bool, [WinHttpAddRequestHeaders WinHttpAddRequestHeaders_w32] (
        request: RawHandle, headers: *const U, length: u32, modifiers: u32
    ) => add::<U>;

    /// Adds, replaces or removes headers of a request that come as names and values.
    Code, [WinHttpAddRequestHeadersEx WinHttpAddRequestHeadersEx_w32] (
        request: RawHandle, modifiers: u32, flags: u64, extra: u64, count: u32,
        headers: *const WINHTTP_EXTENDED_HEADER<U>
    ) => add_pairs::<U>;

    /// Reads a header of the reply or of the request. Lengths are in bytes.
    Bool, [WinHttpQueryHeaders WinHttpQueryHeaders_w32] (
        request: RawHandle, level: u32, name: *const U, buffer: *mut c_void, length: *mut u32, index: *mut u32
    ) => query::<U>;
}

unsafe fn add<U: Unit>(
    request: RawHandle,
    headers: *const U,
    length: u32,
    modifiers: u32,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    // SAFETY: the caller's promise for the headers.
    let text = unsafe { raise::counted(headers, length) };
    // contract: api-behaviour section 8, length 0 is refused, other than in WinHttpSendRequest
    let lines = match text.filter(|_| length != 0) {
        Some(text) => raise::latin1(text),
        None => Err(Error::INVALID_PARAMETER),
    };
    match lines {
        Ok(lines) => headers::add(request, &lines, modifiers),
        Err(error) => {
            option::expect(request, HandleKind::Request)?;
            Err(error)
        }
    }
}

unsafe fn add_pairs<U: Unit>(
    request: RawHandle,
    modifiers: u32,
    flags: u64,
    extra: u64,
    count: u32,
    headers: *const WINHTTP_EXTENDED_HEADER<U>,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    let known = u64::from(abi::WINHTTP_EXTENDED_HEADER_FLAG_UNICODE);
    let mut lines = Vec::new();
    let mut checked = Ok(());
    if flags & !known != 0 || extra != 0 || headers.is_null() || count == 0 {
        checked = Err(Error::INVALID_PARAMETER);
    } else {
        // SAFETY: the caller's promise for the list.
        for pair in unsafe { raise::things(headers, count as usize) } {
            // SAFETY: the caller's promise for name and value, wide or narrow as the flag says.
            let line = unsafe { pair_line(pair, flags & known != 0, &mut lines) };
            if line.is_err() {
                checked = line;
                break;
            }
        }
    }
    match checked {
        Ok(()) => headers::add(request, &lines, modifiers),
        Err(error) => {
            option::expect(request, HandleKind::Request)?;
            Err(error)
        }
    }
}

/// Appends one line.
///
/// # Safety
/// Name and value are null or text that ends with a NUL, in units of `U` if `wide`.
unsafe fn pair_line<U: Unit>(
    pair: &WINHTTP_EXTENDED_HEADER<U>,
    wide: bool,
    lines: &mut Vec<u8>,
) -> Result<(), Error> {
    for (text, end) in [(&pair.name, &b":"[..]), (&pair.value, b"\r\n")] {
        let bytes = if wide {
            // SAFETY: pointers of either width have the same form, and the caller says that it is this one.
            let first = unsafe { text.pwsz };
            // SAFETY: the caller's promise.
            raise::latin1(unsafe { raise::text(first) }.ok_or(Error::INVALID_PARAMETER)?)?
        } else {
            // SAFETY: as above.
            let first = unsafe { text.psz };
            // SAFETY: the caller's promise.
            unsafe { raise::text(first) }.ok_or(Error::INVALID_PARAMETER)?.to_vec()
        };
        // A pair is one line, whatever it holds.
        if bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return Err(Error::INVALID_PARAMETER);
        }
        lines.extend_from_slice(&bytes);
        lines.extend_from_slice(end);
    }
    Ok(())
}

unsafe fn query<U: Unit>(
    request: RawHandle,
    level: u32,
    name: *const U,
    buffer: *mut c_void,
    length: *mut u32,
    index: *mut u32,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    // SAFETY: the caller's promise for buffer and length.
    let room = match unsafe { Room::new(buffer, length) } {
        Ok(room) => room,
        Err(error) => {
            option::expect(request, HandleKind::Request)?;
            return Err(error);
        }
    };
    let mut own = Vec::new();
    if abi::query::level(level) == abi::WINHTTP_QUERY_CUSTOM {
        // SAFETY: the caller's promise for the name; it is ignored for every other level.
        match unsafe { raise::text(name) }.map(raise::latin1) {
            Some(Ok(name)) => own = name,
            // No header has such a name.
            Some(Err(_)) => {}
            None => {
                option::expect(request, HandleKind::Request)?;
                return Err(Error::INVALID_PARAMETER);
            }
        }
    }
    // SAFETY: the caller's promise: null or readable.
    let wanted = if index.is_null() { 0 } else { unsafe { index.read_unaligned() } };
    let query = Query { level, name: &own, index: wanted };
    // Text as it came over the wire: bytes, not units.
    let wire = level & abi::WINHTTP_QUERY_FLAG_WIRE_ENCODING != 0;
    let counted = headers::query(request, &query, |found| {
        match found {
            Found::Text(text) if wire => room.put_latin1::<u8>(text)?,
            Found::Text(text) => room.put_latin1::<U>(text)?,
            // contract: api-behaviour section 36, the index is not touched
            Found::Raw(text) if wire => return room.put_latin1::<u8>(text).map(|()| false),
            Found::Raw(text) => return room.put_latin1::<U>(text).map(|()| false),
            Found::Number(number) => room.put(&number)?,
            Found::Number64(number) => room.put(&number)?,
            Found::Time(time) => room.put(&system_time(&time))?,
        }
        Ok(true)
    })?;
    if counted {
        // SAFETY: the caller's promise: null or writable.
        unsafe { lower::out(index, wanted.wrapping_add(1)) };
    }
    Ok(())
}

/// The structure of Windows.
pub(crate) fn system_time(time: &SystemTime) -> abi::SYSTEMTIME {
    abi::SYSTEMTIME {
        wYear: time.year,
        wMonth: time.month,
        wDayOfWeek: time.day_of_week,
        wDay: time.day,
        wHour: time.hour,
        wMinute: time.minute,
        wSecond: time.second,
        wMilliseconds: time.milliseconds,
    }
}
