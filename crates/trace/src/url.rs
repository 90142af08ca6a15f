//! URLs, taken apart by the library.
use winhttp_abi::{INTERNET_SCHEME_HTTPS, URL_COMPONENTS};

use crate::c;
use crate::info::error_name;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// `https` or `wss`.
    pub(crate) secure: bool,
    /// `ws` or `wss`.
    pub(crate) socket: bool,
    /// Host name or address.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// Path and query.
    pub(crate) object: String,
}

impl Url {
    /// Takes a URL apart with WinHttpCrackUrl. What follows `#` stays here: it is the application's.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Url, String> {
        let known = |scheme: &str| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
        let socket = known("ws://") || known("wss://");
        if !known("http://") && !known("https://") && !socket {
            return Err(format!(
                "{text:?} is no URL of this tool: begin it with http://, https://, ws:// or wss://"
            ));
        }
        // WinHTTP knows the schemes of HTTP only: a WebSocket begins as one of them (RFC 6455 section 1.7).
        let wide = c::wide(&if socket { format!("http{}", &text[2..]) } else { text.to_owned() });
        let mut parts = URL_COMPONENTS::<u16> {
            dwStructSize: u32::try_from(size_of::<URL_COMPONENTS<u16>>()).unwrap_or(0),
            ..URL_COMPONENTS::default()
        };
        // A null pointer with a length asks for a pointer into the URL.
        parts.dwHostNameLength = u32::MAX;
        parts.dwUserNameLength = u32::MAX;
        parts.dwUrlPathLength = u32::MAX;
        parts.dwExtraInfoLength = u32::MAX;
        // SAFETY: the URL ends with a NUL and the structure has its size in it; both outlive the call.
        let done = unsafe { c::WinHttpCrackUrl(wide.as_ptr(), 0, 0, &mut parts) };
        if done == 0 {
            return Err(format!("{text:?} is not a valid URL: {}", error_name(c::last_error())));
        }
        let part = |at: *mut u16, length: u32| -> String {
            let begin = (at as usize).wrapping_sub(wide.as_ptr() as usize) / 2;
            let length = usize::try_from(length).unwrap_or(0);
            let units = begin.checked_add(length).and_then(|end| wide.get(begin..end));
            String::from_utf16_lossy(units.unwrap_or_default())
        };
        if !part(parts.lpszUserName, parts.dwUserNameLength).is_empty() {
            return Err("WinHTTP does not send the user name of a URL: leave it out and say \
                        -H 'Authorization: ...'"
                .to_owned());
        }
        let extra = part(parts.lpszExtraInfo, parts.dwExtraInfoLength);
        let query = extra.split('#').next().unwrap_or_default();
        let path = part(parts.lpszUrlPath, parts.dwUrlPathLength);
        let path = path.split('#').next().unwrap_or_default();
        let slash = if path.is_empty() { "/" } else { "" };
        Ok(Url {
            socket,
            secure: parts.nScheme == INTERNET_SCHEME_HTTPS,
            host: part(parts.lpszHostName, parts.dwHostNameLength),
            port: parts.nPort,
            object: format!("{slash}{path}{query}"),
        })
    }

    /// Host and port, for people.
    pub(crate) fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Default for Url {
    fn default() -> Url {
        Url { secure: false, socket: false, host: String::new(), port: 0, object: "/".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url = Url::parse("https://localhost:8443/a%20b?q=1#part").unwrap();
        assert!(url.secure);
        assert_eq!((url.host.as_str(), url.port, url.object.as_str()), ("localhost", 8443, "/a%20b?q=1"));
        let url = Url::parse("HTTP://example.test").unwrap();
        assert_eq!((url.secure, url.port, url.object.as_str()), (false, 80, "/"));
        let url = Url::parse("WSS://example.test/chat").unwrap();
        assert_eq!((url.secure, url.socket, url.port, url.object.as_str()), (true, true, 443, "/chat"));
        let url = Url::parse("ws://example.test:81").unwrap();
        assert_eq!((url.secure, url.socket, url.port), (false, true, 81));
        let url = Url::parse("http://example.test?q").unwrap();
        assert_eq!(url.object, "/?q");
    }

    #[test]
    fn others_are_refused_with_advice() {
        assert!(Url::parse("localhost:80").unwrap_err().contains("http://"));
        assert!(Url::parse("ftp://host/").unwrap_err().contains("http://"));
        assert!(Url::parse("http://user@host/").unwrap_err().contains("Authorization"));
        assert!(Url::parse("http://").unwrap_err().contains("not a valid URL"));
    }
}
