//! Where a request goes, and where a Location field sends it: RFC 3986 section 5.

use std::sync::Arc;

use super::encode::{push_decimal, push_host};
use super::headers::trim;
use super::host::ascii;
use super::target::{must_escape, push_escaped};
use super::url::{Scheme, crack};
use winhttp_abi::{ERROR_WINHTTP_INVALID_URL, ERROR_WINHTTP_UNRECOGNIZED_SCHEME};

/// The place that a request goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Whether the scheme is https.
    pub secure: bool,
    /// The host, in ASCII and else as given; an IPv6 address with its brackets.
    pub host: Arc<str>,
    /// The port, always a real one.
    pub port: u16,
    /// Path and query, escaped, beginning with a slash.
    pub path: Vec<u8>,
}

impl Target {
    /// Reads an absolute URL and gives the target and the URL's text, see [`join`](Self::join).
    ///
    /// # Errors
    /// As [`join`](Self::join); also for a relative reference.
    pub fn parse(url: &[u8]) -> Result<(Self, String), u32> {
        absolute(url)
    }

    /// The URL of this target, without user name, password and fragment; the port only where it is not the
    /// scheme's default.
    pub fn url(&self) -> String {
        self.text(None)
    }

    /// The scheme's default port.
    pub const fn default_port(&self) -> u16 {
        if self.secure { Scheme::Https.default_port() } else { Scheme::Http.default_port() }
    }

    /// Resolves the value of a Location field against this target.
    ///
    /// Gives the new target and the absolute URL as the REDIRECT notification says it: with the fragment of
    /// the Location, never with one of the original URL (contract: REDIRECT, evidence Q4). Bytes that
    /// cannot stand in a request line are escaped, a host beyond ASCII becomes punycode; user name and password are
    /// dropped. Port 0 counts as none.
    ///
    /// # Errors
    /// * `ERROR_WINHTTP_UNRECOGNIZED_SCHEME`: a scheme other than http and https;
    /// * `ERROR_WINHTTP_INVALID_URL`: empty text, no host, a bad port, a host that is no UTF-8 or
    ///   that [`ascii`] refuses.
    pub fn join(&self, location: &[u8]) -> Result<(Self, String), u32> {
        let location = trim(location);
        if location.is_empty() {
            return Err(ERROR_WINHTTP_INVALID_URL);
        }
        if has_scheme(location) {
            return absolute(location);
        }
        if location.starts_with(b"//") {
            let mut url = if self.secure { b"https:".to_vec() } else { b"http:".to_vec() };
            url.extend_from_slice(location);
            return absolute(&url);
        }
        let (reference, fragment) = split_once(location, b'#');
        let (path, query) = split_once(reference, b'?');
        let (base_path, base_query) = split_once(&self.path, b'?');
        // RFC 3986 section 5.2.2.
        let (path, query) = match path.first() {
            None => (base_path.to_vec(), query.or(base_query)),
            Some(b'/') => (without_dots(path), query),
            Some(_) => {
                let directory = base_path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
                let mut merged = base_path.get(..directory).unwrap_or_default().to_vec();
                merged.extend_from_slice(path);
                (without_dots(&merged), query)
            }
        };
        let target = Self { path: escaped(&path, query), ..self.clone() };
        let text = target.text(fragment);
        Ok((target, text))
    }

    fn text(&self, fragment: Option<&[u8]>) -> String {
        let mut out = Vec::with_capacity(16 + self.host.len() + self.path.len());
        out.extend_from_slice(if self.secure { b"https://" } else { b"http://" });
        push_host(&mut out, self.host.as_bytes());
        if self.port != self.default_port() {
            out.push(b':');
            push_decimal(&mut out, u64::from(self.port));
        }
        out.extend_from_slice(&self.path);
        if let Some(fragment) = fragment {
            out.push(b'#');
            for &byte in fragment {
                if byte <= b' ' || byte == 0x7f { push_escaped(byte, &mut out) } else { out.push(byte) }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn absolute(url: &[u8]) -> Result<(Target, String), u32> {
    if !has_scheme(url) {
        return Err(ERROR_WINHTTP_UNRECOGNIZED_SCHEME);
    }
    let cracked = crack(url)?;
    let host = url.get(cracked.host.clone()).unwrap_or_default();
    let host = core::str::from_utf8(host).map_err(|_| ERROR_WINHTTP_INVALID_URL)?;
    let host = ascii(host)?;
    let (reference, fragment) = split_once(url.get(cracked.path_and_extra()).unwrap_or_default(), b'#');
    let (path, query) = split_once(reference, b'?');
    let target = Target {
        secure: cracked.kind == Scheme::Https,
        host: host.into(),
        port: if cracked.port == 0 { cracked.kind.default_port() } else { cracked.port },
        path: escaped(&without_dots(path), query),
    };
    let text = target.text(fragment);
    Ok((target, text))
}

/// Whether the text begins with `scheme:`: RFC 3986 section 3.1.
fn has_scheme(text: &[u8]) -> bool {
    let scheme =
        text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    text.first().is_some_and(u8::is_ascii_alphabetic) && text.get(scheme.count()) == Some(&b':')
}

fn split_once(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == at) {
        Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..)),
        None => (text, None),
    }
}

/// The path with `.` and `..` segments taken out: RFC 3986 section 5.2.4. Always begins with a slash.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + 1);
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let mut segments = path.split(|&byte| byte == b'/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            b"." | b".." => {
                if segment == b".." {
                    out.truncate(out.iter().rposition(|&byte| byte == b'/').unwrap_or(0));
                }
                if last {
                    out.push(b'/');
                }
            }
            _ => {
                out.push(b'/');
                out.extend_from_slice(segment);
            }
        }
    }
    out
}

/// Path and query with everything escaped that cannot stand on a request line; escapes stay as they are.
fn escaped(path: &[u8], query: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + query.map_or(0, <[u8]>::len) + 2);
    if path.first() != Some(&b'/') {
        out.push(b'/');
    }
    let mut push = |text: &[u8]| {
        for &byte in text {
            if must_escape(byte) { push_escaped(byte, &mut out) } else { out.push(byte) }
        }
    };
    push(path);
    if let Some(query) = query {
        push(b"?");
        push(query);
    }
    out
}
