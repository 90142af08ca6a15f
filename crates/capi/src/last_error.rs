//! The last error of the calling thread, as `GetLastError` gives it. Never errno.

use std::cell::Cell;

thread_local! {
    // A plain number: it can be read while a thread ends.
    static LAST: Cell<u32> = const { Cell::new(winhttp_abi::ERROR_SUCCESS) };
}

/// The last error of this thread, 0 before any.
pub(crate) fn get() -> u32 {
    LAST.with(Cell::get)
}

/// Sets it.
pub(crate) fn set(error: u32) {
    LAST.with(|last| last.set(error));
}
