//! The parts of a URL.

use super::base::{INTERNET_PORT, INTERNET_SCHEME};

/// The parts of a URL, in and out of `WinHttpCrackUrl` and `WinHttpCreateUrl`. Lengths count
/// code units without the NUL.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct URL_COMPONENTS<W = u16> {
    /// Size of this structure in bytes.
    pub dwStructSize: u32,
    /// Scheme.
    pub lpszScheme: *mut W,
    /// Length of the scheme.
    pub dwSchemeLength: u32,
    /// Scheme as a number.
    pub nScheme: INTERNET_SCHEME,
    /// Host.
    pub lpszHostName: *mut W,
    /// Length of the host.
    pub dwHostNameLength: u32,
    /// Port.
    pub nPort: INTERNET_PORT,
    /// User name.
    pub lpszUserName: *mut W,
    /// Length of the user name.
    pub dwUserNameLength: u32,
    /// Password.
    pub lpszPassword: *mut W,
    /// Length of the password.
    pub dwPasswordLength: u32,
    /// Path.
    pub lpszUrlPath: *mut W,
    /// Length of the path.
    pub dwUrlPathLength: u32,
    /// Query and fragment, with their `?` or `#`.
    pub lpszExtraInfo: *mut W,
    /// Length of query and fragment.
    pub dwExtraInfoLength: u32,
}
