//! The last error of the calling thread, as `GetLastError` gives it, and whether the thread can be cancelled. Never
//! errno.

use std::cell::Cell;

/// What the door keeps for a thread.
pub(crate) struct Thread {
    #[cfg(not(windows))]
    last: Cell<u32>,
    /// `pthread_cancel` waits: a call is inside, or the thread is the library's own.
    pub(crate) uncancelled: Cell<bool>,
}

thread_local! {
    // Plain numbers: they can be read while a thread ends.
    static THREAD: Thread = const {
        Thread {
            #[cfg(not(windows))]
            last: Cell::new(winhttp_abi::ERROR_SUCCESS),
            uncancelled: Cell::new(false),
        }
    };
}

/// Looks the calling thread up.
#[inline]
pub(crate) fn with<T>(body: impl FnOnce(&Thread) -> T) -> T {
    THREAD.with(body)
}

#[cfg(not(windows))]
impl Thread {
    /// The last error of this thread, 0 before any.
    #[inline]
    pub(crate) fn get(&self) -> u32 {
        self.last.get()
    }

    /// Sets it.
    #[inline]
    pub(crate) fn set(&self, error: u32) {
        self.last.set(error);
    }
}

/// On Windows there is one already, and programs ask for that.
#[cfg(windows)]
mod system {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        pub(super) safe fn GetLastError() -> u32;
        pub(super) safe fn SetLastError(error: u32);
    }
}

#[cfg(windows)]
impl Thread {
    /// The last error of this thread.
    pub(crate) fn get(&self) -> u32 {
        system::GetLastError()
    }

    /// Sets it.
    pub(crate) fn set(&self, error: u32) {
        system::SetLastError(error);
    }
}

/// The last error of this thread, 0 before any.
pub(crate) fn get() -> u32 {
    with(Thread::get)
}

/// Sets it.
pub(crate) fn set(error: u32) {
    with(|thread| thread.set(error));
}
