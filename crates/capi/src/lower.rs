//! From Rust to C: payloads of callbacks, text and numbers for the application's buffers.

use std::ffi::c_void;
use std::ptr::{null_mut, with_exposed_provenance_mut};

use winhttp_abi as abi;
use winhttp_engine::{Error, Handle, Payload};
use winhttp_proto::Load;
use winhttp_proto::unit::Unit;

use crate::RawHandle;

/// Units of payload text that need no memory from the heap: every address and most URLs.
const ON_STACK: usize = 256;

/// The value that stands for a handle.
#[inline]
pub(crate) fn handle(handle: Handle) -> RawHandle {
    with_exposed_provenance_mut(handle.raw())
}

/// Lays a payload out as C sees it and hands pointer and length to `call`. What it points to lives until `call`
/// returns.
#[inline]
pub(crate) fn payload<U: Unit>(payload: &Payload<'_>, call: impl FnOnce(*mut c_void, u32)) {
    match payload {
        Payload::None => call(null_mut(), 0),
        Payload::Text(text) => in_units::<U>(text, call),
        Payload::Number(number) => dword(*number, call),
        Payload::Handle(of) => handle_of(*of, call),
        // The application's own buffer, by the address that it gave.
        Payload::Buffer { address, length, .. } => call(with_exposed_provenance_mut(*address), *length),
        Payload::AsyncResult { api, error } => {
            let mut result = abi::WINHTTP_ASYNC_RESULT { dwResult: *api as usize, dwError: *error };
            call((&raw mut result).cast(), size_of::<abi::WINHTTP_ASYNC_RESULT>() as u32);
        }
        Payload::SocketStatus { bytes, buffer_type, .. } => socket_status(*bytes, *buffer_type, call),
        // contract: notifications S6.2, dwResult is 0 for every operation of a WebSocket
        Payload::SocketResult { operation, error } => {
            let mut result = abi::WINHTTP_WEB_SOCKET_ASYNC_RESULT {
                AsyncResult: abi::WINHTTP_ASYNC_RESULT { dwResult: 0, dwError: *error },
                Operation: *operation,
            };
            call((&raw mut result).cast(), size_of::<abi::WINHTTP_WEB_SOCKET_ASYNC_RESULT>() as u32);
        }
    }
}

/// As [`payload`], where it is made of numbers alone.
#[inline(always)]
pub(crate) fn numbers(
    load: Load,
    of: Handle,
    number: u32,
    address: usize,
    call: impl FnOnce(*mut c_void, u32),
) {
    match load {
        Load::Nothing | Load::Rare => call(null_mut(), 0),
        Load::Number => dword(number, call),
        Load::Handle => handle_of(of, call),
        Load::Buffer => call(with_exposed_provenance_mut(address), number),
        Load::Frame => socket_status(number, address as u32, call),
    }
}

#[inline(always)]
fn dword(mut number: u32, call: impl FnOnce(*mut c_void, u32)) {
    call((&raw mut number).cast(), size_of::<u32>() as u32);
}

#[inline(always)]
fn handle_of(of: Handle, call: impl FnOnce(*mut c_void, u32)) {
    let mut raw = handle(of);
    call((&raw mut raw).cast(), size_of::<RawHandle>() as u32);
}

#[inline(always)]
fn socket_status(bytes: u32, buffer_type: u32, call: impl FnOnce(*mut c_void, u32)) {
    let mut status = abi::WINHTTP_WEB_SOCKET_STATUS { dwBytesTransferred: bytes, eBufferType: buffer_type };
    call((&raw mut status).cast(), size_of::<abi::WINHTTP_WEB_SOCKET_STATUS>() as u32);
}

/// contract: evidence Q1, the length counts characters and the NUL
#[inline(never)]
fn in_units<U: Unit>(text: &str, call: impl FnOnce(*mut c_void, u32)) {
    // ASCII has one unit for each byte, and nothing has more units than bytes.
    if text.len() < ON_STACK && text.is_ascii() {
        let mut units = [U::default(); ON_STACK];
        for (unit, byte) in units.iter_mut().zip(text.bytes()) {
            *unit = U::from_ascii(byte);
        }
        call(units.as_mut_ptr().cast(), text.len() as u32 + 1);
    } else {
        let mut units = Vec::with_capacity(text.len() + 1);
        winhttp_proto::unit::encode::<U>(text, &mut units);
        units.push(U::default());
        call(units.as_mut_ptr().cast(), u32::try_from(units.len()).unwrap_or(u32::MAX));
    }
}

/// Where a result goes: the application's buffer and the place of its length in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// The buffer, or null.
    pub(crate) buffer: *mut u8,
    /// In: bytes of the buffer. Out: bytes used, or needed.
    pub(crate) length: *mut u32,
}

impl Room {
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` without a place for the length.
    ///
    /// # Safety
    /// `length` is null or valid for reads and writes; `buffer` is null or valid for writes of as many bytes as
    /// `length` says, both until the call returns.
    pub(crate) unsafe fn new(buffer: *mut c_void, length: *mut u32) -> Result<Room, Error> {
        if length.is_null() {
            return Err(Error::INVALID_PARAMETER);
        }
        Ok(Room { buffer: buffer.cast(), length })
    }

    fn given(&self) -> usize {
        if self.buffer.is_null() {
            return 0;
        }
        // SAFETY: checked for null in `new`, valid by its promise.
        unsafe { self.length.read_unaligned() as usize }
    }

    /// Says how many bytes there are.
    pub(crate) fn say(&self, bytes: usize) -> Result<(), Error> {
        let bytes = u32::try_from(bytes).map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
        // SAFETY: checked for null in `new`, valid by its promise.
        unsafe { self.length.write_unaligned(bytes) };
        Ok(())
    }

    /// Whether there is room for so many bytes; otherwise says how many are needed.
    ///
    /// # Errors
    /// `ERROR_INSUFFICIENT_BUFFER`, also for a null buffer, whatever its length (contract: api-behaviour section 3).
    pub(crate) fn need(&self, bytes: usize) -> Result<(), Error> {
        if self.buffer.is_null() || self.given() < bytes {
            self.say(bytes)?;
            return Err(Error(abi::ERROR_INSUFFICIENT_BUFFER));
        }
        Ok(())
    }

    /// Puts a value of a fixed size there.
    ///
    /// # Errors
    /// As [`Room::need`].
    pub(crate) fn put<T: Copy>(&self, value: &T) -> Result<(), Error> {
        self.need(size_of::<T>())?;
        // SAFETY: `need` has found room for a T; the application's buffer may stand anywhere.
        unsafe { self.buffer.cast::<T>().write_unaligned(*value) };
        self.say(size_of::<T>())
    }

    /// Puts units and a NUL there; the length afterwards is that of the text alone, in bytes.
    ///
    /// # Errors
    /// `ERROR_INSUFFICIENT_BUFFER` and the bytes needed with the NUL; the buffer is untouched then.
    pub(crate) fn put_units<U: Unit>(
        &self,
        count: usize,
        units: impl Iterator<Item = U>,
    ) -> Result<(), Error> {
        self.need((count + 1) * size_of::<U>())?;
        let first = self.buffer.cast::<U>();
        for (at, unit) in units.take(count).chain(std::iter::once(U::default())).enumerate() {
            // SAFETY: at most `count` units and a NUL, for which `need` has found room.
            let place = unsafe { first.add(at) };
            // SAFETY: as above.
            unsafe { place.write_unaligned(unit) };
        }
        self.say(count * size_of::<U>())
    }

    /// Bytes as the units of the same values, as header text is.
    ///
    /// # Errors
    /// As [`Room::put_units`].
    pub(crate) fn put_latin1<U: Unit>(&self, bytes: &[u8]) -> Result<(), Error> {
        let units = bytes.iter().map(|&byte| U::from_u32(u32::from(byte)).unwrap_or_default());
        self.put_units(bytes.len(), units)
    }

    /// Text.
    ///
    /// # Errors
    /// As [`Room::put_units`].
    pub(crate) fn put_text<U: Unit>(&self, text: &str) -> Result<(), Error> {
        let mut units = Vec::new();
        winhttp_proto::unit::encode::<U>(text, &mut units);
        self.put_units(units.len(), units.into_iter())
    }
}

/// Writes through an optional out-parameter.
///
/// # Safety
/// `place` is null or valid for writes.
pub(crate) unsafe fn out<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: not null, and the caller vouches for the rest.
        unsafe { place.write_unaligned(value) };
    }
}

/// Copies text into memory that the application frees with `GlobalFree` or `LocalFree`.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`.
pub(crate) fn allocated<U: Unit>(text: &str) -> Result<*mut U, Error> {
    let mut units = Vec::new();
    winhttp_proto::unit::encode::<U>(text, &mut units);
    units.push(U::default());
    let memory = crate::memory::allocate(size_of_val(units.as_slice())).cast::<U>();
    if memory.is_null() {
        return Err(Error::NOT_ENOUGH_MEMORY);
    }
    // SAFETY: fresh memory of exactly this size, aligned for every type.
    unsafe { std::ptr::copy_nonoverlapping(units.as_ptr(), memory, units.len()) };
    Ok(memory)
}
