//! Hosts as they are looked up, named to the server and compared: in ASCII.

use std::borrow::Cow;

use idna::AsciiDenyList;
use winhttp_abi::ERROR_WINHTTP_INVALID_URL;

/// The ASCII form of a host: a name beyond ASCII in punycode (RFC 5891, UTS 46), everything else as it is.
///
/// Whether the text is a name or an address that anybody knows is not looked at, and an IPv6 address keeps its brackets.
///
/// # Errors
/// `ERROR_WINHTTP_INVALID_URL` for empty text, for text with characters that end a host in a URL, blanks or control
/// characters, and for a name that has no ASCII form or whose ASCII form holds such characters.
pub fn ascii(host: &str) -> Result<Cow<'_, str>, u32> {
    let wrong = |byte| byte <= b' ' || matches!(byte, b'/' | b'?' | b'#' | b'@' | 0x7F);
    if host.is_empty() || host.bytes().any(wrong) {
        return Err(ERROR_WINHTTP_INVALID_URL);
    }
    if host.is_ascii() {
        return Ok(Cow::Borrowed(host));
    }
    // A full-width slash or an ideographic space becomes a plain one on the way: looked at again.
    match idna::domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::URL) {
        Ok(name) if !name.is_empty() => Ok(name),
        _ => Err(ERROR_WINHTTP_INVALID_URL),
    }
}
