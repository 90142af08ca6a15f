//! What WinHttpQueryHeaders selects, and how a value becomes a number or a date.

use super::codes::{ERROR_INVALID_PARAMETER, ERROR_WINHTTP_HEADER_NOT_FOUND, ERROR_WINHTTP_INVALID_HEADER};
use super::headers::trim;
use crate::time::SystemTime;

/// `WINHTTP_QUERY_MAX`: the highest attribute but `WINHTTP_QUERY_CUSTOM`.
pub const QUERY_MAX: u16 = 78;
/// `WINHTTP_QUERY_CUSTOM`: the header that the caller names.
pub const QUERY_CUSTOM: u16 = 0xFFFF;

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
/// * `ERROR_WINHTTP_HEADER_NOT_FOUND` for the numbers 71 to 74, which no header has [inf].
pub fn attribute(level: u32) -> Result<Attribute, u32> {
    let id = (level & 0xFFFF) as u16;
    match id {
        18 => Ok(Attribute::Version),
        19 => Ok(Attribute::StatusCode),
        20 => Ok(Attribute::StatusText),
        21 => Ok(Attribute::RawHeaders),
        22 => Ok(Attribute::RawHeadersCrlf),
        45 => Ok(Attribute::RequestMethod),
        QUERY_CUSTOM => Ok(Attribute::Custom),
        _ => match NAMES.get(usize::from(id)) {
            Some(&"") => Err(ERROR_WINHTTP_HEADER_NOT_FOUND),
            Some(&name) => Ok(Attribute::Header(name)),
            None => Err(ERROR_INVALID_PARAMETER),
        },
    }
}

/// The header name of a `WINHTTP_QUERY_*` number, or `None` if it names no header.
pub fn header_name(id: u16) -> Option<&'static str> {
    match attribute(u32::from(id)) {
        Ok(Attribute::Header(name)) => Some(name),
        _ => None,
    }
}

/// `WINHTTP_QUERY_FLAG_NUMBER`: the value as a DWORD.
///
/// # Errors
/// `ERROR_WINHTTP_INVALID_HEADER` if the value does not begin with a digit, or the number needs more than
/// 32 bits [inf].
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
/// `ERROR_WINHTTP_INVALID_HEADER` if the value is no date [inf].
pub fn date(value: &[u8]) -> Result<SystemTime, u32> {
    SystemTime::from_text(value).map_err(|_| ERROR_WINHTTP_INVALID_HEADER)
}

/// Header names by `WINHTTP_QUERY_*` number; empty where the number names something else or nothing.
const NAMES: [&str; QUERY_MAX as usize + 1] = [
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-ID",
    "Content-Description",
    "Content-Length",
    "Content-Language",
    "Allow",
    "Public",
    "Date",
    // 10
    "Expires",
    "Last-Modified",
    "Message-ID",
    "URI",
    "Derived-From",
    "Cost",
    "Link",
    "Pragma",
    "",
    "",
    // 20
    "",
    "",
    "",
    "Connection",
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Content-Encoding",
    // 30
    "Forwarded",
    "From",
    "If-Modified-Since",
    "Location",
    "Orig-URI",
    "Referer",
    "Retry-After",
    "Server",
    "Title",
    "User-Agent",
    // 40
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Accept-Ranges",
    "Set-Cookie",
    "Cookie",
    "",
    "Refresh",
    "Content-Disposition",
    "Age",
    "Cache-Control",
    // 50
    "Content-Base",
    "Content-Location",
    "Content-MD5",
    "Content-Range",
    "ETag",
    "Host",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    // 60
    "Max-Forwards",
    "Proxy-Authorization",
    "Range",
    "Transfer-Encoding",
    "Upgrade",
    "Vary",
    "Via",
    "Warning",
    "Expect",
    "Proxy-Connection",
    // 70
    "Unless-Modified-Since",
    "",
    "",
    "",
    "",
    "Proxy-Support",
    "Authentication-Info",
    "PassportURLs",
    "PassportConfig",
];
