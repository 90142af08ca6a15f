//! URLs taken apart and put together: the pure part of WinHttpCrackUrl and WinHttpCreateUrl.
//!
//! [`crack`] answers with ranges into its input; what a pointer and a length in `URL_COMPONENTS` ask for is the
//! business of the C door. Nothing is unescaped while splitting: the split comes first
//! (contract: WinHttpCrackUrl, api-behaviour section 2).

use super::target::{must_escape, push_escaped};
use crate::unit::{Unit, encode, eq_ignore_ascii_case};
use core::ops::Range;
use winhttp_abi::{
    ERROR_INVALID_PARAMETER, ERROR_WINHTTP_INVALID_URL, ERROR_WINHTTP_UNRECOGNIZED_SCHEME, ICU_DECODE,
    ICU_ESCAPE, ICU_INCLUDE_DEFAULT_PORT, ICU_REJECT_USERPWD, INTERNET_SCHEME_FTP, INTERNET_SCHEME_HTTP,
    INTERNET_SCHEME_HTTPS,
};

/// The schemes that requests can be made for, with the numbers of `INTERNET_SCHEME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Scheme {
    /// `INTERNET_SCHEME_HTTP`
    Http = INTERNET_SCHEME_HTTP,
    /// `INTERNET_SCHEME_HTTPS`
    Https = INTERNET_SCHEME_HTTPS,
}

impl Scheme {
    /// The port that stands for no port.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// As written in a URL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn of<U: Unit>(text: &[U]) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| eq_ignore_ascii_case(text, scheme.name()))
    }
}

/// The parts of a URL as ranges of the cracked text.
///
/// An absent user name or password is `None` (a NULL pointer). The other parts are always there; an empty
/// path or extra part is an empty range at the place where it would stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cracked {
    /// The scheme's name, without the colon.
    pub scheme: Range<usize>,
    /// The scheme.
    pub kind: Scheme,
    /// The user name.
    pub user: Option<Range<usize>>,
    /// The password.
    pub password: Option<Range<usize>>,
    /// The host; an IPv6 address with its brackets, as WinHttpConnect wants it.
    pub host: Range<usize>,
    /// The port: what the URL says, also 0, else the scheme's default.
    pub port: u16,
    /// The path.
    pub path: Range<usize>,
    /// Query and fragment, with their leading `?` or `#`.
    pub extra: Range<usize>,
}

impl Cracked {
    /// Path and extra part in one, for callers that want no extra part.
    ///
    /// contract: WinHttpCrackUrl, api-behaviour section 2 (without an extra buffer the query joins the path).
    pub fn path_and_extra(&self) -> Range<usize> {
        self.path.start..self.extra.end
    }

    /// Applies `ICU_REJECT_USERPWD`.
    ///
    /// # Errors
    /// `ERROR_WINHTTP_INVALID_URL` if the flag is set and the URL holds credentials.
    pub fn check_credentials(&self, flags: u32) -> Result<(), u32> {
        if flags & ICU_REJECT_USERPWD != 0 && (self.user.is_some() || self.password.is_some()) {
            return Err(ERROR_WINHTTP_INVALID_URL);
        }
        Ok(())
    }
}

/// Takes a URL apart. The text ends where the slice ends.
///
/// contract: WinHttpCrackUrl, api-behaviour section 2.
///
/// # Errors
/// * `ERROR_WINHTTP_UNRECOGNIZED_SCHEME`: no colon, or a scheme other than http and https;
/// * `ERROR_WINHTTP_INVALID_URL`: no `//` behind the scheme, no host, a bracket without its partner, a port
///   that is no number or above 65535.
pub fn crack<U: Unit>(url: &[U]) -> Result<Cracked, u32> {
    let colon = position(url, 0, b":").ok_or(ERROR_WINHTTP_UNRECOGNIZED_SCHEME)?;
    let kind = Scheme::of(&url[..colon]).ok_or(ERROR_WINHTTP_UNRECOGNIZED_SCHEME)?;
    let authority = colon + 3;
    let slashes = url.get(colon + 1..authority).is_some_and(|two| two.iter().all(|unit| unit.is(b'/')));
    if !slashes {
        return Err(ERROR_WINHTTP_INVALID_URL);
    }
    // RFC 3986 section 3.2: the authority ends at the next slash, question mark or number sign.
    let end = position(url, authority, b"/?#").unwrap_or(url.len());
    // The last at-sign divides, so a password may hold one (inferred).
    let at = url[authority..end].iter().rposition(|unit| unit.is(b'@')).map(|at| authority + at);
    let (mut user, mut password) = (None, None);
    if let Some(at) = at {
        match position(&url[..at], authority, b":") {
            Some(colon) => (user, password) = (Some(authority..colon), Some(colon + 1..at)),
            None => user = Some(authority..at),
        }
    }
    let start = at.map_or(authority, |at| at + 1);
    let (host, port) = host_and_port(url, start..end)?;

    let mut extra = position(url, end, b"?#").unwrap_or(url.len());
    // contract: WinHttpCrackUrl, api-behaviour section 2: a lone "?" right behind the host is swallowed.
    if extra == end && extra + 1 == url.len() && url[extra].is(b'?') {
        extra = url.len();
    }
    let path = if extra == url.len() && url.get(end).is_some_and(|unit| unit.is(b'?')) { extra } else { end };
    Ok(Cracked {
        scheme: 0..colon,
        kind,
        user,
        password,
        host,
        port: port.unwrap_or(kind.default_port()),
        path: path..extra,
        extra: extra..url.len(),
    })
}

fn host_and_port<U: Unit>(url: &[U], span: Range<usize>) -> Result<(Range<usize>, Option<u16>), u32> {
    let text = &url[span.clone()];
    let host_length = if text.first().is_some_and(|unit| unit.is(b'[')) {
        let close = text.iter().position(|unit| unit.is(b']')).ok_or(ERROR_WINHTTP_INVALID_URL)?;
        close + 1
    } else {
        text.iter().position(|unit| unit.is(b':')).unwrap_or(text.len())
    };
    let port = match text[host_length..].split_first() {
        None => None,
        Some((colon, digits)) if colon.is(b':') => port_number(digits)?,
        Some(_) => return Err(ERROR_WINHTTP_INVALID_URL),
    };
    if host_length == 0 {
        return Err(ERROR_WINHTTP_INVALID_URL);
    }
    Ok((span.start..span.start + host_length, port))
}

/// contract: WinHttpCrackUrl, api-behaviour section 2: no digits are the default, 0 is 0, 65536 is refused.
fn port_number<U: Unit>(digits: &[U]) -> Result<Option<u16>, u32> {
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.iter().try_fold(0u16, |number, unit| {
        let digit = unit.ascii().filter(u8::is_ascii_digit)?;
        number.checked_mul(10)?.checked_add(u16::from(digit - b'0'))
    });
    number.map(Some).ok_or(ERROR_WINHTTP_INVALID_URL)
}

fn position<U: Unit>(text: &[U], from: usize, wanted: &[u8]) -> Option<usize> {
    let found =
        text.get(from..)?.iter().position(|unit| unit.ascii().is_some_and(|byte| wanted.contains(&byte)));
    found.map(|at| from + at)
}

/// Appends a cracked component as the flags of WinHttpCrackUrl want it: unescaped (`ICU_DECODE`), escaped
/// (`ICU_ESCAPE`), first the one and then the other, or as it is.
///
/// Meant for user name, password, path and extra part; scheme and host are copied unchanged
/// (contract: WinHttpCrackUrl, api-behaviour section 2: the host is not escaped). Escaping spares `%` unless
/// the text has been unescaped before; non-ASCII becomes the `%XX` of its UTF-8 bytes (inferred).
pub fn component<U: Unit>(text: &[U], flags: u32, out: &mut Vec<U>) {
    let decode = flags & ICU_DECODE != 0;
    match (decode, flags & ICU_ESCAPE != 0) {
        (false, false) => out.extend_from_slice(text),
        (true, false) => unescape(text, out),
        (false, true) => escape_any(text, false, out),
        (true, true) => {
            let mut plain = Vec::with_capacity(text.len());
            unescape(text, &mut plain);
            escape_any(&plain, true, out);
        }
    }
}

/// Appends the text with each `%XX` replaced by the unit of that value. Sequences of escapes are not read as
/// UTF-8 (documented for ICU_DECODE), and a `%` without two hexadecimal digits stays.
pub fn unescape<U: Unit>(text: &[U], out: &mut Vec<U>) {
    let digit = |unit: Option<&U>| unit?.ascii().and_then(|byte| char::from(byte).to_digit(16));
    let mut at = 0;
    while let Some(&unit) = text.get(at) {
        if unit.is(b'%')
            && let (Some(high), Some(low)) = (digit(text.get(at + 1)), digit(text.get(at + 2)))
            && let Some(decoded) = U::from_u32(high * 16 + low)
        {
            out.push(decoded);
            at += 3;
        } else {
            out.push(unit);
            at += 1;
        }
    }
}

fn escape_any<U: Unit>(text: &[U], percent: bool, out: &mut Vec<U>) {
    let mut rest = text;
    let mut bytes = Vec::new();
    while let Some((character, units)) = U::first(rest) {
        let (own, behind) = rest.split_at(units.min(rest.len()));
        rest = behind;
        match u8::try_from(u32::from(character)).ok().filter(u8::is_ascii) {
            Some(byte) if !(must_escape(byte) || percent && byte == b'%') => out.extend_from_slice(own),
            _ => {
                bytes.clear();
                character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_escaped(byte, &mut bytes));
                out.extend(bytes.iter().map(|&byte| U::from_ascii(byte)));
            }
        }
    }
}

/// Appends the text escaped as WinHttpCreateUrl does, which unlike a request line escapes `%` and `~` too.
///
/// contract: WinHttpCreateUrl, api-behaviour section 1 (the set; non-ASCII is refused).
///
/// # Errors
/// `ERROR_INVALID_PARAMETER` if the text is not ASCII; `out` may then hold a part of it.
pub fn escape<U: Unit>(text: &[U], out: &mut Vec<U>) -> Result<(), u32> {
    let mut bytes = Vec::new();
    for &unit in text {
        let byte = unit.ascii().ok_or(ERROR_INVALID_PARAMETER)?;
        if must_escape(byte) || matches!(byte, b'%' | b'~') {
            bytes.clear();
            push_escaped(byte, &mut bytes);
            out.extend(bytes.iter().map(|&byte| U::from_ascii(byte)));
        } else {
            out.push(unit);
        }
    }
    Ok(())
}

/// What WinHttpCreateUrl is given; `None` is a NULL pointer, which is not the same as empty text.
#[derive(Clone, Copy, Debug)]
pub struct CreateParts<'a, U> {
    /// Any scheme name; wins over `kind`.
    pub scheme: Option<&'a [U]>,
    /// `nScheme`, looked at if there is no scheme name: 0 and 1 http, 2 https, 3 ftp.
    pub kind: i32,
    /// The user name.
    pub user: Option<&'a [U]>,
    /// The password; needs a user name.
    pub password: Option<&'a [U]>,
    /// The host.
    pub host: Option<&'a [U]>,
    /// The port; 0 is written as `:0`.
    pub port: u16,
    /// The path.
    pub path: Option<&'a [U]>,
    /// The extra part.
    pub extra: Option<&'a [U]>,
}

impl<U> Default for CreateParts<'_, U> {
    fn default() -> Self {
        Self {
            scheme: None,
            kind: 0,
            user: None,
            password: None,
            host: None,
            port: 0,
            path: None,
            extra: None,
        }
    }
}

/// Appends the URL made of these parts, without a NUL.
///
/// contract: WinHttpCreateUrl, api-behaviour section 1.
///
/// # Errors
/// * `ERROR_INVALID_PARAMETER`: a password without user name; text that is not ASCII under `ICU_ESCAPE`;
/// * `ERROR_WINHTTP_UNRECOGNIZED_SCHEME`: a scheme number that has no name here (inferred);
/// * `ERROR_WINHTTP_INVALID_URL`: user name or password under `ICU_REJECT_USERPWD`.
///
/// After an error `out` may hold a part of the URL.
pub fn create<U: Unit>(parts: &CreateParts<'_, U>, flags: u32, out: &mut Vec<U>) -> Result<(), u32> {
    if parts.password.is_some() && parts.user.is_none() {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if flags & ICU_REJECT_USERPWD != 0 && parts.user.is_some() {
        return Err(ERROR_WINHTTP_INVALID_URL);
    }
    let default_port = match parts.scheme.filter(|scheme| !scheme.is_empty()) {
        Some(scheme) => {
            out.extend_from_slice(scheme);
            // The port of another scheme is always written: its default is unknown here.
            Scheme::of(scheme).map(Scheme::default_port)
        }
        None => {
            let (name, port) = match parts.kind {
                0 | INTERNET_SCHEME_HTTP => ("http", Some(80)),
                INTERNET_SCHEME_HTTPS => ("https", Some(443)),
                INTERNET_SCHEME_FTP => ("ftp", Some(21)),
                _ => return Err(ERROR_WINHTTP_UNRECOGNIZED_SCHEME),
            };
            encode(name, out);
            port
        }
    };
    encode("://", out);
    if let Some(user) = parts.user {
        out.extend_from_slice(user);
        if let Some(password) = parts.password {
            out.push(U::from_ascii(b':'));
            out.extend_from_slice(password);
        }
        out.push(U::from_ascii(b'@'));
    }
    if let Some(host) = parts.host {
        out.extend_from_slice(host);
        if flags & ICU_INCLUDE_DEFAULT_PORT != 0 || default_port != Some(parts.port) {
            let mut digits = vec![b':'];
            super::encode::push_decimal(&mut digits, u64::from(parts.port));
            out.extend(digits.iter().map(|&byte| U::from_ascii(byte)));
        }
    }
    for text in [parts.path, parts.extra].into_iter().flatten() {
        if flags & ICU_ESCAPE != 0 {
            escape(text, out)?;
        } else {
            out.extend_from_slice(text);
        }
    }
    Ok(())
}
