//! Headers as lists of names and values: WinHttpQueryHeadersEx.
//!
//! contract: WinHttpQueryHeadersEx, api-behaviour section 32. The buffer begins with the list; the texts that it points
//! to follow. All of it is the application's: nothing is freed.

use std::ffi::c_void;

use winhttp_abi as abi;
use winhttp_abi::{WINHTTP_EXTENDED_HEADER, WINHTTP_HEADER_NAME};
use winhttp_engine::headers::{self, Query};
use winhttp_engine::{Error, HandleKind, option};
use winhttp_proto::unit::{Unit, encode, from_latin1};

use crate::door::Code;
use crate::lower::{self, Room};
use crate::{RawHandle, raise};

exports! {
    /// Reads headers of the reply, its trailer or the request as names and values. Lengths are in bytes.
    Code, [WinHttpQueryHeadersEx WinHttpQueryHeadersEx_w32] (
        request: RawHandle, level: u32, flags: u64, code_page: u32, index: *mut u32,
        name: *const WINHTTP_HEADER_NAME<U>, buffer: *mut c_void, length: *mut u32,
        headers: *mut *mut WINHTTP_EXTENDED_HEADER<U>, count: *mut u32
    ) => query_pairs::<U>;
}

/// `CP_UTF8`: the one code page that text is converted with where another is asked for than the default.
const CP_UTF8: u32 = 65_001;

#[allow(clippy::too_many_arguments)]
unsafe fn query_pairs<U: Unit>(
    request: RawHandle,
    level: u32,
    flags: u64,
    code_page: u32,
    index: *mut u32,
    name: *const WINHTTP_HEADER_NAME<U>,
    buffer: *mut c_void,
    length: *mut u32,
    headers: *mut *mut WINHTTP_EXTENDED_HEADER<U>,
    count: *mut u32,
) -> Result<(), Error> {
    let request = raise::handle(request)?;
    let wire = level & abi::WINHTTP_QUERY_FLAG_WIRE_ENCODING != 0;
    // SAFETY: the caller's promise for the name.
    let own = unsafe { wanted::<U>(level, wire, name) };
    // SAFETY: the caller's promise for buffer and length.
    let room = unsafe { Room::new(buffer, length) };
    let (own, room) = match (own, room) {
        (Ok(own), Ok(room)) if flags == 0 => (own, room),
        // A wrong handle is reported before a wrong parameter (contract: api-behaviour section 31).
        _ => return option::expect(request, HandleKind::Request).and(Err(Error::INVALID_PARAMETER)),
    };
    // SAFETY: the caller's promise: null or readable.
    let first = if index.is_null() { 0 } else { unsafe { index.read_unaligned() } };
    let all = abi::query::level(level) == abi::WINHTTP_QUERY_EX_ALL_HEADERS;
    let query = Query { level, name: &own, index: first };
    headers::pairs(request, &query, |found| {
        let list = if wire {
            lay_out::<U, u8>(&room, found, |text, out| out.extend_from_slice(text))?
        } else if code_page == CP_UTF8 {
            lay_out::<U, U>(&room, found, |text, out| encode(&String::from_utf8_lossy(text), out))?
        } else {
            lay_out::<U, U>(&room, found, from_latin1)?
        };
        // SAFETY: the caller's promise: null or writable.
        unsafe { lower::out(headers, list) };
        // SAFETY: as above; a reply has at most as many fields as its parser takes.
        unsafe { lower::out(count, found.len() as u32) };
        Ok(())
    })?;
    if !all {
        // SAFETY: the caller's promise: null or writable.
        unsafe { lower::out(index, first.wrapping_add(1)) };
    }
    Ok(())
}

/// The name that a custom query asks for: wide, or bytes with `WINHTTP_QUERY_FLAG_WIRE_ENCODING`.
///
/// # Safety
/// `name` is null, or points to text of that kind that ends with a NUL.
unsafe fn wanted<U: Unit>(
    level: u32,
    wire: bool,
    name: *const WINHTTP_HEADER_NAME<U>,
) -> Result<Vec<u8>, Error> {
    if abi::query::level(level) != abi::WINHTTP_QUERY_CUSTOM {
        return Ok(Vec::new());
    }
    if name.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for it.
    let name = unsafe { name.read_unaligned() };
    if wire {
        // SAFETY: pointers of either width have the same form, and the flag says that it is this one.
        let first = unsafe { name.psz };
        // SAFETY: the caller's promise.
        Ok(unsafe { raise::text(first) }.ok_or(Error::INVALID_PARAMETER)?.to_vec())
    } else {
        // SAFETY: as above.
        let first = unsafe { name.pwsz };
        // SAFETY: the caller's promise. No header has a name above U+00FF.
        let text = unsafe { raise::text(first) }.ok_or(Error::INVALID_PARAMETER)?;
        Ok(raise::latin1(text).unwrap_or_default())
    }
}

/// Puts the list and behind it its texts into the buffer; the list stands where its type may stand.
///
/// # Errors
/// `ERROR_INSUFFICIENT_BUFFER` and the bytes needed; the buffer is untouched then.
fn lay_out<U: Unit, T: Unit>(
    room: &Room,
    found: &[(&[u8], &[u8])],
    convert: impl Fn(&[u8], &mut Vec<T>),
) -> Result<*mut WINHTTP_EXTENDED_HEADER<U>, Error> {
    let mut texts: Vec<T> = Vec::new();
    let mut starts = Vec::with_capacity(found.len());
    for (name, value) in found {
        let mut start = [0usize; 2];
        for (start, text) in start.iter_mut().zip([name, value]) {
            *start = texts.len();
            convert(text, &mut texts);
            texts.push(T::default());
        }
        starts.push(start);
    }
    let pad = match room.buffer.is_null() {
        true => 0,
        false => room.buffer.align_offset(align_of::<WINHTTP_EXTENDED_HEADER<U>>()),
    };
    let list_size = size_of::<WINHTTP_EXTENDED_HEADER<U>>() * found.len();
    let whole = pad + list_size + size_of_val(texts.as_slice());
    room.need(whole)?;
    // SAFETY: `need` has found room for everything that is put there.
    let list = unsafe { room.buffer.add(pad) }.cast::<WINHTTP_EXTENDED_HEADER<U>>();
    // SAFETY: as above.
    let text = unsafe { room.buffer.add(pad + list_size) }.cast::<T>();
    // SAFETY: as above; the list's size is a multiple of the texts' alignment, and memory of our own is no part of it.
    unsafe { std::ptr::copy_nonoverlapping(texts.as_ptr(), text, texts.len()) };
    for (at, [name, value]) in starts.into_iter().enumerate() {
        let place = |start: usize| abi::WINHTTP_HEADER_TEXT::<U> { psz: text.wrapping_add(start).cast() };
        // SAFETY: as above.
        let entry = unsafe { list.add(at) };
        // SAFETY: as above; aligned by the padding.
        unsafe { entry.write(WINHTTP_EXTENDED_HEADER { name: place(name), value: place(value) }) };
    }
    room.say(whole)?;
    Ok(list)
}
