//! The status callback of a handle.

use winhttp_abi as abi;
use winhttp_engine::{Error, callback};

use crate::door::Callback;
use crate::sink::{self, Doored};
use crate::{RawHandle, raise};

exports! {
    /// Registers the callback of a handle and of handles made from it later; gives back the one before, or NULL.
    /// Payload text comes in the unit of the symbol that was called.
    Callback, [WinHttpSetStatusCallback WinHttpSetStatusCallback_w32] (
        handle: RawHandle, callback: abi::WINHTTP_STATUS_CALLBACK, mask: u32, reserved: usize
    ) => set::<U>;
}

unsafe fn set<U: Doored>(
    handle: RawHandle,
    callback: abi::WINHTTP_STATUS_CALLBACK,
    mask: u32,
    _reserved: usize,
) -> Result<usize, Error> {
    let before = callback::set(raise::handle(handle)?, sink::target::<U>(callback), mask)?;
    Ok(sink::address(before.as_ref()))
}
