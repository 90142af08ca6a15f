//! The one allocator behind everything that the caller frees: text, issuer lists, certificate summaries.

use std::ffi::c_void;

#[cfg(not(windows))]
unsafe extern "C" {
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
}

// On Windows programs give the memory back with `GlobalFree`.
#[cfg(windows)]
#[link(name = "kernel32")]
unsafe extern "system" {
    safe fn GlobalAlloc(flags: u32, size: usize) -> *mut c_void;
    fn GlobalFree(memory: *mut c_void) -> *mut c_void;
}

/// Zeroed memory for the application, to be given back with [`release`]; null when there is none.
#[cfg(not(windows))]
pub(crate) fn allocate(size: usize) -> *mut c_void {
    // SAFETY: calloc takes any size; 0 is asked for as 1, so that null always means failure.
    unsafe { calloc(1, size.max(1)) }
}

/// Zeroed memory for the application, to be given back with [`release`]; null when there is none.
#[cfg(windows)]
pub(crate) fn allocate(size: usize) -> *mut c_void {
    /// `GPTR`: not movable, zeroed.
    const FIXED: u32 = 0x40;
    GlobalAlloc(FIXED, size.max(1))
}

/// Gives memory back.
///
/// # Safety
/// `memory` is null or came from [`allocate`], and is not used afterwards.
#[cfg(not(windows))]
pub(crate) unsafe fn release(memory: *mut c_void) {
    // SAFETY: what `allocate` gives is calloc's, and null is allowed.
    unsafe { free(memory) }
}

/// Gives memory back.
///
/// # Safety
/// `memory` is null or came from [`allocate`], and is not used afterwards.
#[cfg(windows)]
pub(crate) unsafe fn release(memory: *mut c_void) {
    // SAFETY: what `allocate` gives is GlobalAlloc's, and null is allowed.
    unsafe { GlobalFree(memory) };
}
