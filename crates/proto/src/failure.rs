//! The two kinds of no.

/// Ends an accepted operation: told as `REQUEST_ERROR` (asynchronous) or returned with the call (synchronous).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u32);

/// Answers an illegal call at once (`FALSE` and the last error) and is never notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub u32);

impl Failure {
    /// `ERROR_WINHTTP_TIMEOUT`.
    pub const TIMEOUT: Failure = Failure(winhttp_abi::ERROR_WINHTTP_TIMEOUT);
    /// `ERROR_WINHTTP_INTERNAL_ERROR`.
    pub const INTERNAL_ERROR: Failure = Failure(winhttp_abi::ERROR_WINHTTP_INTERNAL_ERROR);
    /// `ERROR_WINHTTP_NAME_NOT_RESOLVED`.
    pub const NAME_NOT_RESOLVED: Failure = Failure(winhttp_abi::ERROR_WINHTTP_NAME_NOT_RESOLVED);
    /// `ERROR_WINHTTP_CANNOT_CONNECT`.
    pub const CANNOT_CONNECT: Failure = Failure(winhttp_abi::ERROR_WINHTTP_CANNOT_CONNECT);
    /// `ERROR_WINHTTP_CONNECTION_ERROR`.
    pub const CONNECTION_ERROR: Failure = Failure(winhttp_abi::ERROR_WINHTTP_CONNECTION_ERROR);
    /// `ERROR_WINHTTP_OPERATION_CANCELLED`.
    pub const CANCELLED: Failure = Failure(winhttp_abi::ERROR_WINHTTP_OPERATION_CANCELLED);
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`.
    pub const INCORRECT_STATE: Failure = Failure(winhttp_abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    /// `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`.
    pub const INVALID_RESPONSE: Failure = Failure(winhttp_abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
    /// `ERROR_WINHTTP_REDIRECT_FAILED`.
    pub const REDIRECT_FAILED: Failure = Failure(winhttp_abi::ERROR_WINHTTP_REDIRECT_FAILED);
    /// `ERROR_WINHTTP_RESEND_REQUEST`.
    pub const RESEND_REQUEST: Failure = Failure(winhttp_abi::ERROR_WINHTTP_RESEND_REQUEST);
    /// `ERROR_WINHTTP_HEADER_NOT_FOUND`.
    pub const HEADER_NOT_FOUND: Failure = Failure(winhttp_abi::ERROR_WINHTTP_HEADER_NOT_FOUND);
    /// `ERROR_NOT_ENOUGH_MEMORY`.
    pub const NOT_ENOUGH_MEMORY: Failure = Failure(winhttp_abi::ERROR_NOT_ENOUGH_MEMORY);
    /// `ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW`.
    pub const DRAIN_OVERFLOW: Failure = Failure(winhttp_abi::ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW);
}

impl Refusal {
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`.
    pub const INCORRECT_STATE: Refusal = Refusal(winhttp_abi::ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    /// `ERROR_INVALID_PARAMETER`.
    pub const INVALID_PARAMETER: Refusal = Refusal(winhttp_abi::ERROR_INVALID_PARAMETER);
    /// `ERROR_INVALID_OPERATION`.
    pub const INVALID_OPERATION: Refusal = Refusal(winhttp_abi::ERROR_INVALID_OPERATION);
    /// `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`.
    pub const INVALID_RESPONSE: Refusal = Refusal(winhttp_abi::ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
    /// `ERROR_INVALID_HANDLE`.
    pub const INVALID_HANDLE: Refusal = Refusal(winhttp_abi::ERROR_INVALID_HANDLE);
}
