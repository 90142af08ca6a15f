//! The one allocator behind everything that the caller frees: text, issuer lists, certificate summaries.

use std::ffi::c_void;

unsafe extern "C" {
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
}

/// Zeroed memory for the application, to be given back with [`release`]; null when there is none.
pub(crate) fn allocate(size: usize) -> *mut c_void {
    // SAFETY: calloc takes any size; 0 is asked for as 1, so that null always means failure.
    unsafe { calloc(1, size.max(1)) }
}

/// Gives memory back.
///
/// # Safety
/// `memory` is null or came from [`allocate`], and is not used afterwards.
pub(crate) unsafe fn release(memory: *mut c_void) {
    // SAFETY: what `allocate` gives is calloc's, and null is allowed.
    unsafe { free(memory) }
}
