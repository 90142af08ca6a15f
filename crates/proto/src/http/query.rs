//! What WinHttpQueryHeaders selects, and how a value becomes a number or a date.

use super::headers::trim;
use crate::time::SystemTime;
use winhttp_abi::query as table;
use winhttp_abi::{
    ERROR_INVALID_PARAMETER, ERROR_WINHTTP_HEADER_NOT_FOUND, ERROR_WINHTTP_INVALID_HEADER,
    WINHTTP_QUERY_CUSTOM, WINHTTP_QUERY_MAX, WINHTTP_QUERY_RAW_HEADERS, WINHTTP_QUERY_RAW_HEADERS_CRLF,
    WINHTTP_QUERY_REQUEST_METHOD, WINHTTP_QUERY_STATUS_CODE, WINHTTP_QUERY_STATUS_TEXT,
    WINHTTP_QUERY_VERSION,
};

/// What the low 16 bits of a query ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The values of this header.
    Header(&'static str),
    /// `WINHTTP_QUERY_VERSION`
    Version,
    /// `WINHTTP_QUERY_STATUS_CODE`
    StatusCode,
    /// `WINHTTP_QUERY_STATUS_TEXT`
    StatusText,
    /// `WINHTTP_QUERY_RAW_HEADERS`
    RawHeaders,
    /// `WINHTTP_QUERY_RAW_HEADERS_CRLF`
    RawHeadersCrlf,
    /// `WINHTTP_QUERY_REQUEST_METHOD`
    RequestMethod,
    /// `WINHTTP_QUERY_CUSTOM`
    Custom,
}

/// The attribute that an information level names; flags in the high bits are ignored.
///
/// # Errors
/// * `ERROR_INVALID_PARAMETER` above `WINHTTP_QUERY_MAX` (contract: WinHttpQueryHeaders, api-behaviour
///   section 36);
/// * `ERROR_WINHTTP_HEADER_NOT_FOUND` for the numbers 71 to 74, which no header has (inferred).
pub fn attribute(level: u32) -> Result<Attribute, u32> {
    let id = table::level(level);
    match id {
        WINHTTP_QUERY_VERSION => Ok(Attribute::Version),
        WINHTTP_QUERY_STATUS_CODE => Ok(Attribute::StatusCode),
        WINHTTP_QUERY_STATUS_TEXT => Ok(Attribute::StatusText),
        WINHTTP_QUERY_RAW_HEADERS => Ok(Attribute::RawHeaders),
        WINHTTP_QUERY_RAW_HEADERS_CRLF => Ok(Attribute::RawHeadersCrlf),
        WINHTTP_QUERY_REQUEST_METHOD => Ok(Attribute::RequestMethod),
        WINHTTP_QUERY_CUSTOM => Ok(Attribute::Custom),
        _ if id > WINHTTP_QUERY_MAX => Err(ERROR_INVALID_PARAMETER),
        _ => header_name(id).map(Attribute::Header).ok_or(ERROR_WINHTTP_HEADER_NOT_FOUND),
    }
}

/// The header name of a `WINHTTP_QUERY_*` number without flags, or `None` if it names no header.
pub fn header_name(id: u32) -> Option<&'static str> {
    table::find(id).and_then(table::Query::header)
}

/// `WINHTTP_QUERY_FLAG_NUMBER`: the value as a DWORD.
///
/// # Errors
/// `ERROR_WINHTTP_INVALID_HEADER` if the value does not begin with a digit, or the number needs more than
/// 32 bits (inferred).
pub fn number(value: &[u8]) -> Result<u32, u32> {
    number64(value).and_then(|number| u32::try_from(number).map_err(|_| ERROR_WINHTTP_INVALID_HEADER))
}

/// `WINHTTP_QUERY_FLAG_NUMBER64`: the value as a ULONGLONG. Blanks in front and anything behind the digits are
/// passed over.
///
/// # Errors
/// As [`number`], for 64 bits.
pub fn number64(value: &[u8]) -> Result<u64, u32> {
    let value = trim(value);
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    if !value.first().is_some_and(u8::is_ascii_digit) {
        return Err(ERROR_WINHTTP_INVALID_HEADER);
    }
    digits
        .map(|byte| u64::from(byte - b'0'))
        .try_fold(0u64, |number, digit| number.checked_mul(10)?.checked_add(digit))
        .ok_or(ERROR_WINHTTP_INVALID_HEADER)
}

/// `WINHTTP_QUERY_FLAG_SYSTEMTIME`: the value as a date, read as WinHttpTimeToSystemTime reads it
/// (contract: WinHttpQueryHeaders, api-behaviour section 36).
///
/// # Errors
/// `ERROR_WINHTTP_INVALID_HEADER` if the value is no date (inferred).
pub fn date(value: &[u8]) -> Result<SystemTime, u32> {
    SystemTime::from_text(value).map_err(|_| ERROR_WINHTTP_INVALID_HEADER)
}
