//! The one error of the engine's calls.

use std::fmt;

/// A Win32 or WinHTTP error number, as `GetLastError` gives it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error(pub u32);

impl Error {
    /// `ERROR_INVALID_HANDLE`.
    pub const INVALID_HANDLE: Error = Error(winhttp_abi::ERROR_INVALID_HANDLE);
    /// `ERROR_NOT_ENOUGH_MEMORY`.
    pub const NOT_ENOUGH_MEMORY: Error = Error(winhttp_abi::ERROR_NOT_ENOUGH_MEMORY);
    /// `ERROR_INVALID_PARAMETER`.
    pub const INVALID_PARAMETER: Error = Error(winhttp_abi::ERROR_INVALID_PARAMETER);
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`.
    pub const INCORRECT_TYPE: Error = Error(winhttp_abi::ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`.
    pub const INCORRECT_STATE: Error = Error(winhttp_abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    /// `ERROR_WINHTTP_INTERNAL_ERROR`.
    pub const INTERNAL: Error = Error(winhttp_abi::ERROR_WINHTTP_INTERNAL_ERROR);
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match winhttp_abi::error::name(self.0) {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "error {}", self.0),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match winhttp_abi::error::text(self.0) {
            Some(text) => write!(f, "{text} ({self:?})"),
            None => fmt::Debug::fmt(self, f),
        }
    }
}

impl std::error::Error for Error {}

impl From<winhttp_proto::Refusal> for Error {
    fn from(refusal: winhttp_proto::Refusal) -> Self {
        Error(refusal.0)
    }
}
