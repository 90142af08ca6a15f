//! Closing handles.

use winhttp_engine::Error;

use crate::door::Bool;
use crate::{RawHandle, raise};

exports! {
    /// Closes a handle of any kind. Never waits for a callback; HANDLE_CLOSING is the last one.
    Bool, [WinHttpCloseHandle] (handle: RawHandle) => close;
}

unsafe fn close(handle: RawHandle) -> Result<(), Error> {
    winhttp_engine::close(raise::handle(handle)?)
}
