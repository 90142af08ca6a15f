//! The last error of the calling thread, as `GetLastError` gives it. Never errno.

#[cfg(not(windows))]
pub(crate) use own::{get, set};
#[cfg(windows)]
pub(crate) use system::{get, set};

#[cfg(not(windows))]
mod own {
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
}

/// On Windows there is one already, and programs ask for that.
#[cfg(windows)]
mod system {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        safe fn GetLastError() -> u32;
        safe fn SetLastError(error: u32);
    }

    /// The last error of this thread.
    pub(crate) fn get() -> u32 {
        GetLastError()
    }

    /// Sets it.
    pub(crate) fn set(error: u32) {
        SetLastError(error);
    }
}
