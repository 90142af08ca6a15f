//! Header lines: adding and querying.

use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_engine::headers::{self, Found, Query};
use winhttp_engine::{Error, HandleKind, option};
use winhttp_proto::time::SystemTime;
use winhttp_proto::unit::Unit;

use crate::door::Bool;
use crate::lower::{self, Room};
use crate::{RawHandle, raise};

exports! {
    /// Adds, replaces or removes header lines of a request.
    Bool, [WinHttpAddRequestHeaders WinHttpAddRequestHeaders_w32] (
        request: RawHandle, headers: *const U, length: u32, modifiers: u32
    ) => add::<U>;

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
    let counted = headers::query(request, &query, |found| {
        match found {
            Found::Text(text) => room.put_latin1::<U>(text)?,
            // contract: api-behaviour section 36, the index is not touched
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
