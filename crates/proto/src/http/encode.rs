//! A request head as bytes: request line, automatic headers, the application's lines.
//!
//! The order is the one that public captures of requests made through WinHTTP show: `Connection`, the
//! application's headers (for the COM client `Accept`), `User-Agent`, `Content-Length`, `Host`. Where no
//! capture settles it the place is chosen and marked (inferred):
//!
//! ```text
//!   METHOD target HTTP/1.1
//!   Connection: Keep-Alive          or close; Proxy-Connection to a proxy (inferred)
//!   Cache-Control: no-cache         WINHTTP_FLAG_REFRESH, HTTP/1.1 only (inferred place)
//!   Pragma: no-cache                WINHTTP_FLAG_REFRESH (inferred place)
//!   <the application's lines>       the cookies of the jar are joined to its Cookie line
//!   Accept-Encoding: ...            WINHTTP_OPTION_DECOMPRESSION, in the place of the application's own (inferred place)
//!   User-Agent: ...
//!   Content-Length: n
//!   Host: name[:port]
//!   Cookie: ...                     if the application has no Cookie line (inferred place)
//!   Authorization: ...              (inferred place)
//!   Proxy-Authorization: ...        (inferred place)
//!   <extra lines>
//! ```
//!
//! Each automatic line is left out if the application brought a header of that name.

use super::headers::{HeaderList, Known};

/// How the request line names what is asked for: RFC 9112 section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TargetForm {
    /// `/path?query`, straight to the origin server.
    #[default]
    Origin,
    /// `http://host/path?query`, to a proxy.
    Absolute,
    /// `host:port`, for CONNECT.
    Authority,
}

/// The version on the request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Version {
    /// `HTTP/1.0`
    Http10,
    /// `HTTP/1.1`
    #[default]
    Http11,
}

impl Version {
    /// As it stands on a request line.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

/// Everything a request head is made of. All texts are borrowed; empty text means "no such line".
#[derive(Clone, Copy, Debug)]
pub struct HeadParts<'a> {
    /// The method, a token (see [`is_token`]).
    pub method: &'a [u8],
    /// The form of the target.
    pub form: TargetForm,
    /// Whether the scheme is https: decides the default port and the absolute form.
    pub secure: bool,
    /// The host as the application gave it; an IPv6 address with or without brackets.
    pub host: &'a [u8],
    /// The port, always a real one (0 has been replaced by the scheme's default).
    pub port: u16,
    /// Path and query, escaped, beginning with a slash (see [`super::target::request_target`]).
    pub path: &'a [u8],
    /// The version.
    pub version: Version,
    /// The application's lines.
    pub headers: &'a HeaderList,
    /// The codings that are unpacked (`WINHTTP_OPTION_DECOMPRESSION`).
    pub accept_encoding: &'a [u8],
    /// The session's agent.
    pub user_agent: &'a [u8],
    /// `false` when keep-alive is disabled: says `Connection: close`.
    pub keep_alive: bool,
    /// `WINHTTP_FLAG_REFRESH` (`WINHTTP_FLAG_BYPASS_PROXY_CACHE`).
    pub refresh: bool,
    /// The body's whole length in bytes, or `None` to write no Content-Length at all
    /// (`WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH` with the application's own header).
    pub body: Option<u64>,
    /// The jar's cookies, `name=value; name2=value2`.
    pub cookies: &'a [u8],
    /// The value of Authorization.
    pub authorization: &'a [u8],
    /// The value of Proxy-Authorization.
    pub proxy_authorization: &'a [u8],
    /// Further complete lines, each ended by CRLF; copied unchecked.
    pub extra: &'a [u8],
}

static NO_HEADERS: HeaderList = HeaderList::new();

impl HeadParts<'_> {
    /// A `GET / HTTP/1.1` to nowhere: the parts that a caller does not set.
    pub const fn new() -> Self {
        Self {
            method: b"GET",
            form: TargetForm::Origin,
            secure: false,
            host: b"",
            port: 80,
            path: b"/",
            version: Version::Http11,
            headers: &NO_HEADERS,
            accept_encoding: b"",
            user_agent: b"",
            keep_alive: true,
            refresh: false,
            body: Some(0),
            cookies: b"",
            authorization: b"",
            proxy_authorization: b"",
            extra: b"",
        }
    }
}

impl Default for HeadParts<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// The Content-Length that a request announces, or `None` for no such line.
///
/// * an application's Transfer-Encoding or Content-Length replaces it
///   (contract: WinHttpSendRequest, api-behaviour section 15);
/// * a body that is not empty is announced for every method;
/// * PUT without body announces 0 (contract: WinHttpSendRequest, api-behaviour section 14), POST likewise (inferred),
///   which is also RFC 9110 section 8.6; other methods without body announce nothing.
pub fn content_length(method: &[u8], headers: &HeaderList, body: Option<u64>) -> Option<u64> {
    if headers.has(Known::ContentLength) || headers.has(Known::TransferEncoding) {
        return None;
    }
    body.filter(|&length| length > 0 || matches!(method, b"PUT" | b"POST"))
}

/// Appends the whole head, including the empty line. Allocates only if `out` has to grow.
pub fn encode_head(out: &mut Vec<u8>, parts: &HeadParts<'_>) {
    let proxied = parts.form != TargetForm::Origin;
    let headers = parts.headers;
    out.reserve(
        256 + parts.path.len()
            + 2 * parts.host.len()
            + headers.as_bytes().len()
            + parts.user_agent.len()
            + parts.cookies.len()
            + parts.extra.len(),
    );
    request_line(out, parts);

    if proxied && !headers.has(Known::ProxyConnection) && !headers.has(Known::Connection) {
        push_fixed(
            out,
            if parts.keep_alive {
                b"Proxy-Connection: Keep-Alive\r\n"
            } else {
                b"Proxy-Connection: close\r\n"
            },
        );
        // A server behind the proxy reads only Connection: RFC 9112 section 9.6.
        if !parts.keep_alive {
            push_fixed(out, b"Connection: close\r\n");
        }
    } else if !proxied && !headers.has(Known::Connection) {
        push_fixed(
            out,
            if parts.keep_alive { b"Connection: Keep-Alive\r\n" } else { b"Connection: close\r\n" },
        );
    }
    if parts.refresh {
        // contract: WinHttpOpenRequest, api-behaviour section 32 (REFRESH).
        if parts.version == Version::Http11 && !headers.has(Known::CacheControl) {
            push_fixed(out, b"Cache-Control: no-cache\r\n");
        }
        if !headers.has(Known::Pragma) {
            push_fixed(out, b"Pragma: no-cache\r\n");
        }
    }

    application_lines(out, headers, parts.cookies);

    line(out, b"Accept-Encoding: ", parts.accept_encoding);
    if !headers.has(Known::UserAgent) {
        line(out, b"User-Agent: ", parts.user_agent);
    }
    if let Some(length) = content_length(parts.method, headers, parts.body) {
        push_fixed(out, b"Content-Length: ");
        push_decimal(out, length);
        push_fixed(out, b"\r\n");
    }
    if !headers.has(Known::Host) {
        push_fixed(out, b"Host: ");
        push_authority(out, parts, parts.form == TargetForm::Authority);
        push_fixed(out, b"\r\n");
    }
    if !headers.has(Known::Cookie) {
        line(out, b"Cookie: ", parts.cookies);
    }
    if !headers.has(Known::Authorization) {
        line(out, b"Authorization: ", parts.authorization);
    }
    if !headers.has(Known::ProxyAuthorization) {
        line(out, b"Proxy-Authorization: ", parts.proxy_authorization);
    }
    out.extend_from_slice(parts.extra);
    push_fixed(out, b"\r\n");
}

/// Appends the request line with its CRLF.
pub fn request_line(out: &mut Vec<u8>, parts: &HeadParts<'_>) {
    out.extend_from_slice(parts.method);
    out.push(b' ');
    match parts.form {
        TargetForm::Origin => out.extend_from_slice(parts.path),
        TargetForm::Absolute => {
            push_fixed(out, if parts.secure { b"https://" } else { b"http://" });
            push_authority(out, parts, false);
            out.extend_from_slice(parts.path);
        }
        TargetForm::Authority => push_authority(out, parts, true),
    }
    out.push(b' ');
    push_fixed(out, parts.version.text().as_bytes());
    push_fixed(out, b"\r\n");
}

/// Appends `host`, in brackets if it is a bare IPv6 address, and the port where it has to be said.
fn push_authority(out: &mut Vec<u8>, parts: &HeadParts<'_>, always_port: bool) {
    push_named_host(out, parts.host);
    // RFC 9110 section 7.2: the port is said unless it is the scheme's default.
    if always_port || parts.port != if parts.secure { 443 } else { 80 } {
        out.push(b':');
        push_decimal(out, u64::from(parts.port));
    }
}

/// Appends a host as others are told it: the zone of an IPv6 address means something only on this machine (RFC 6874
/// section 4).
pub(crate) fn push_named_host(out: &mut Vec<u8>, host: &[u8]) {
    if host.first() == Some(&b'[')
        && let Some(zone) = host.iter().position(|&byte| byte == b'%')
    {
        push_clean(out, host.get(..zone).unwrap_or_default());
        out.push(b']');
        return;
    }
    push_host(out, host);
}

/// Appends a host, with brackets around an IPv6 address that has none: RFC 3986 section 3.2.2.
pub(crate) fn push_host(out: &mut Vec<u8>, host: &[u8]) {
    let bare_v6 = host.first() != Some(&b'[') && host.contains(&b':');
    if bare_v6 {
        out.push(b'[');
    }
    push_clean(out, host);
    if bare_v6 {
        out.push(b']');
    }
}

/// The application's lines; the jar's cookies go behind its own cookies, in one line.
///
/// contract: WinHttpSendRequest, api-behaviour section 22 (user text first, jar appended, no de-duplication).
fn application_lines(out: &mut Vec<u8>, headers: &HeaderList, cookies: &[u8]) {
    let bytes = headers.as_bytes();
    if !cookies.is_empty()
        && headers.has(Known::Cookie)
        && let Some(own) = headers.value_range(b"Cookie")
    {
        let (before, behind) = bytes.split_at(own.end.min(bytes.len()));
        out.extend_from_slice(before);
        if !own.is_empty() {
            push_fixed(out, b"; ");
        }
        push_clean(out, cookies);
        out.extend_from_slice(behind);
        return;
    }
    out.extend_from_slice(bytes);
}

fn line(out: &mut Vec<u8>, name: &'static [u8], value: &[u8]) {
    if !value.is_empty() {
        out.extend_from_slice(name);
        push_clean(out, value);
        push_fixed(out, b"\r\n");
    }
}

/// Appends text without the bytes that could end the line (CR, LF, NUL): an agent, a host or a cookie must
/// not be able to add headers.
fn push_clean(out: &mut Vec<u8>, text: &[u8]) {
    if super::scan::printable(text, 0) == text.len() {
        out.extend_from_slice(text);
    } else {
        let harmful = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        out.extend(text.iter().filter(|byte| !harmful(byte)));
    }
}

#[inline]
fn push_fixed(out: &mut Vec<u8>, text: &'static [u8]) {
    out.extend_from_slice(text);
}

/// Appends a number in decimal.
pub(crate) fn push_decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Whether `text` can be a method: RFC 9110 section 5.6.2 (token).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|&byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'!' | b'#'
                        | b'$'
                        | b'%'
                        | b'&'
                        | b'\''
                        | b'*'
                        | b'+'
                        | b'-'
                        | b'.'
                        | b'^'
                        | b'_'
                        | b'`'
                        | b'|'
                        | b'~'
                )
        })
}
