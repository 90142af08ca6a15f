//! From C to Rust: pointers and lengths become slices, strings and handles.

use std::slice;

use winhttp_engine::{Error, Handle, Loan};
use winhttp_proto::unit::{self, Unit};

use crate::RawHandle;

/// The most units that text without a length may have, against a missing NUL that would be followed forever.
const LONGEST: usize = 1 << 30;

/// The handle behind a value.
///
/// # Errors
/// `ERROR_INVALID_HANDLE` for NULL and -1, which is checked before any other parameter (contract: api-behaviour
/// section 31).
#[inline]
pub(crate) fn handle(raw: RawHandle) -> Result<Handle, Error> {
    Handle::from_raw(raw.expose_provenance()).ok_or(Error::INVALID_HANDLE)
}

/// `length` things at `first`; empty when `length` is 0 or `first` is null.
///
/// # Safety
/// Unless it is null, `first` is valid for reads of `length` things for as long as the slice is used.
#[inline]
pub(crate) unsafe fn things<'a, T>(first: *const T, length: usize) -> &'a [T] {
    if first.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { slice::from_raw_parts(first, length) }
}

/// How many units stand before the NUL.
///
/// # Safety
/// `text` is not null and points to units that end with a NUL.
#[inline]
unsafe fn length_of<U: Unit>(text: *const U) -> usize {
    let mut length = 0;
    while length < LONGEST {
        // SAFETY: no NUL has been met yet, so this unit belongs to the text.
        let next = unsafe { text.add(length) };
        // SAFETY: as above.
        if unsafe { next.read() } == U::default() {
            break;
        }
        length += 1;
    }
    length
}

/// Text that ends with a NUL; `None` for a null pointer.
///
/// # Safety
/// `text` is null or points to units that end with a NUL and stay valid while the slice is used.
#[inline]
pub(crate) unsafe fn text<'a, U: Unit>(text: *const U) -> Option<&'a [U]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null.
    let length = unsafe { length_of(text) };
    // SAFETY: so many units were just read.
    Some(unsafe { slice::from_raw_parts(text, length) })
}

/// Text with a length; -1 stands for "up to the NUL". `None` for a null pointer.
///
/// # Safety
/// As [`text`], or valid for `length` units where a length is given.
#[inline]
pub(crate) unsafe fn counted<'a, U: Unit>(first: *const U, length: u32) -> Option<&'a [U]> {
    if length == u32::MAX {
        // SAFETY: the caller's promise.
        return unsafe { text(first) };
    }
    if first.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for `length` units.
    Some(unsafe { things(first, length as usize) })
}

/// Text as UTF-8; empty for NULL.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn string<U: Unit>(first: *const U) -> String {
    // SAFETY: the caller's promise.
    unsafe { text(first) }.map(unit::to_utf8).unwrap_or_default()
}

/// Header text as bytes.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER` for characters above U+00FF (contract: api-behaviour section 35).
pub(crate) fn latin1<U: Unit>(text: &[U]) -> Result<Vec<u8>, Error> {
    unit::to_latin1(text).ok_or(Error::INVALID_PARAMETER)
}

/// A buffer on loan.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER` for NULL with a length.
///
/// # Safety
/// As [`Loan::lent`].
#[inline]
pub(crate) unsafe fn loan(buffer: *mut u8, length: u32) -> Result<Loan, Error> {
    if buffer.is_null() && length > 0 {
        return Err(Error::INVALID_PARAMETER);
    }
    // The address comes back in a notification.
    buffer.expose_provenance();
    // SAFETY: the caller's promise.
    Ok(unsafe { Loan::lent(buffer, length as usize) })
}
