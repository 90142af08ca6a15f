//! Events are the application's: the library knows only the function that signals one.

use std::ffi::c_void;
use std::mem::transmute;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The type of the function: it gets the handle that the application set as an option.
pub(crate) type Signal = unsafe extern "C" fn(*mut c_void);

static SIGNAL: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// Registers the function; `None` takes it away.
pub(crate) fn set_hook(signal: Option<Signal>) {
    let address = signal.map_or(std::ptr::null_mut(), |signal| signal as *mut c_void);
    SIGNAL.store(address, Ordering::Release);
}

/// Signals an event with the function that was registered for it; without one only Windows knows how.
pub(crate) fn signal(event: usize) {
    let address = SIGNAL.load(Ordering::Acquire);
    // SAFETY: the address is null or a `Signal` that `set_hook` stored; both have the size and niche of the Option.
    let signal = unsafe { transmute::<*mut c_void, Option<Signal>>(address) };
    match signal {
        // SAFETY: the application registered the function for exactly these values.
        Some(signal) => unsafe { signal(std::ptr::with_exposed_provenance_mut(event)) },
        #[cfg(windows)]
        None => windows::signal(event),
        #[cfg(not(windows))]
        None => {}
    }
}

#[cfg(windows)]
mod windows {
    use std::ffi::c_void;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn SetEvent(event: *mut c_void) -> i32;
    }

    /// Signals an event of the system.
    pub(super) fn signal(event: usize) {
        // SAFETY: the application set this value as an event that it keeps until it is signalled; the system answers a
        // value that is none with an error, about which nobody could be told.
        unsafe { SetEvent(std::ptr::with_exposed_provenance_mut(event)) };
    }
}
