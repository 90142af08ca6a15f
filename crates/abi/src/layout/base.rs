//! Base types and the small structures of Windows that WinHTTP's refer to.

use core::ffi::c_void;

/// A handle of WinHTTP: an opaque number of pointer size, never dereferenced.
pub type HINTERNET = *mut c_void;
/// A 32-bit truth value: 0 is false, everything else true.
pub type BOOL = i32;
/// A port, 0 for the default of the scheme.
pub type INTERNET_PORT = u16;
/// A URL scheme, see [`crate::url::SCHEMES`].
pub type INTERNET_SCHEME = i32;
/// The type of a WebSocket buffer, see [`crate::websocket::BUFFER_TYPES`].
pub type WINHTTP_WEB_SOCKET_BUFFER_TYPE = u32;
/// A WebSocket operation, see [`crate::websocket::OPERATIONS`].
pub type WINHTTP_WEB_SOCKET_OPERATION = u32;
/// An operation of an upgraded protocol, see [`crate::websocket::PROTOCOL_OPERATIONS`].
pub type WINHTTP_PROTOCOL_OPERATION = u32;

/// True.
pub const TRUE: BOOL = 1;
/// False.
pub const FALSE: BOOL = 0;

/// The status callback. It may unwind: an application written in C++ throws through it at its
/// own risk, and the library must not abort for that.
///
/// Arguments: handle, context, status, information, length of the information.
pub type WINHTTP_STATUS_CALLBACK =
    Option<unsafe extern "C-unwind" fn(HINTERNET, usize, u32, *mut c_void, u32)>;

/// The callback of `WinHttpRegisterProxyChangeNotification`. Arguments: flags, context.
pub type WINHTTP_PROXY_CHANGE_CALLBACK = Option<unsafe extern "C-unwind" fn(u64, *mut c_void)>;

/// A point in time: 100-nanosecond steps since 1601-01-01 UTC, in two halves.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FILETIME {
    /// Low 32 bits.
    pub dwLowDateTime: u32,
    /// High 32 bits.
    pub dwHighDateTime: u32,
}

/// A point in time, broken down, UTC.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SYSTEMTIME {
    /// Year, 1601 to 30827.
    pub wYear: u16,
    /// Month, 1 to 12.
    pub wMonth: u16,
    /// Day of the week, 0 for Sunday.
    pub wDayOfWeek: u16,
    /// Day of the month, 1 to 31.
    pub wDay: u16,
    /// Hour, 0 to 23.
    pub wHour: u16,
    /// Minute, 0 to 59.
    pub wMinute: u16,
    /// Second, 0 to 59.
    pub wSecond: u16,
    /// Millisecond, 0 to 999.
    pub wMilliseconds: u16,
}

/// A globally unique id.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GUID {
    /// First 32 bits.
    pub Data1: u32,
    /// Next 16 bits.
    pub Data2: u16,
    /// Next 16 bits.
    pub Data3: u16,
    /// Last 64 bits, byte by byte.
    pub Data4: [u8; 8],
}

/// A version of HTTP.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HTTP_VERSION_INFO {
    /// Major number.
    pub dwMajorVersion: u32,
    /// Minor number.
    pub dwMinorVersion: u32,
}

/// What `REQUEST_ERROR` points to.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_ASYNC_RESULT {
    /// Which call failed, see [`crate::api::TABLE`].
    pub dwResult: usize,
    /// Why, see [`crate::error`].
    pub dwError: u32,
}

/// Times of a request, by `WINHTTP_OPTION_REQUEST_TIMES`.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WINHTTP_REQUEST_TIMES {
    /// In: slots asked for. Out: slots filled.
    pub cTimes: u32,
    /// Performance-counter ticks, indexed by [`crate::timing::TIMES`].
    pub rgullTimes: [u64; 64],
}

impl Default for WINHTTP_REQUEST_TIMES {
    fn default() -> Self {
        Self { cTimes: 0, rgullTimes: [0; 64] }
    }
}

/// Counters of a request, by `WINHTTP_OPTION_REQUEST_STATS`.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_REQUEST_STATS {
    /// Bits of [`crate::timing::STAT_FLAGS`].
    pub ullFlags: u64,
    /// The number of this request on its connection.
    pub ulIndex: u32,
    /// In: slots asked for. Out: slots filled.
    pub cStats: u32,
    /// Counters, indexed by [`crate::timing::STATS`].
    pub rgullStats: [u64; 32],
}

/// What `WINHTTP_OPTION_FAST_FORWARDING_RESPONSE_STATUS` reports.
#[cfg_attr(target_pointer_width = "32", repr(C, packed(4)))]
#[cfg_attr(not(target_pointer_width = "32"), repr(C))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WINHTTP_FAST_FORWARDING_STATUS {
    /// How far it has come, see [`crate::setting::FAST_FORWARDING`].
    pub TransferState: u32,
    /// A kernel status.
    pub NtStatus: i32,
    /// A Win32 error.
    pub dwError: u32,
    /// Bytes passed on.
    pub ullBytesTransferred: u64,
}
