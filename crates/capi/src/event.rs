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

/// Signals an event, if a function for it was registered.
pub(crate) fn signal(event: usize) {
    let address = SIGNAL.load(Ordering::Acquire);
    // SAFETY: the address is null or a `Signal` that `set_hook` stored; both have the size and niche of the Option.
    let signal = unsafe { transmute::<*mut c_void, Option<Signal>>(address) };
    if let Some(signal) = signal {
        // SAFETY: the application registered the function for exactly these values.
        unsafe { signal(std::ptr::with_exposed_provenance_mut(event)) };
    }
}
