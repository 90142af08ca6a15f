//! Named proxies: which server goes through which, and which past all of them.

use std::net::IpAddr;
use std::sync::Arc;

use winhttp_proto::Route;

use crate::Error;

/// A named proxy as it was chosen (contract: WINHTTP_PROXY_INFO, api-behaviour section 34).
#[derive(Debug, PartialEq, Eq)]
pub struct NamedProxy {
    /// The list, as given.
    pub list: Box<str>,
    /// Hosts that are reached past it, as given.
    pub bypass: Box<str>,
    http: Option<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    host: Arc<str>,
    port: u16,
}

/// The port of a proxy that names none.
const DEFAULT_PORT: u16 = 80;

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(|unit: char| unit == ';' || unit.is_whitespace()).filter(|part| !part.is_empty())
}

impl NamedProxy {
    /// Reads a list of `[scheme=][scheme://]host[:port]`, and one of host names in which `*` stands for any text and
    /// `<local>` for names without a dot; both are separated by semicolons or blanks.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` for a list that names no proxy, or one with a bad port.
    pub fn new(list: &str, bypass: &str) -> Result<NamedProxy, Error> {
        let mut http = None;
        let mut any = false;
        for part in parts(list) {
            let (scheme, place) = match part.split_once('=') {
                Some((scheme, place)) => (Some(scheme), place),
                None => (None, part),
            };
            let place = place.split_once("://").map_or(place, |(_, place)| place);
            let entry = entry(place.trim_end_matches('/')).ok_or(Error::INVALID_PARAMETER)?;
            any = true;
            let serves = scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case("http"));
            if serves && http.is_none() {
                http = Some(entry);
            }
        }
        if !any {
            return Err(Error::INVALID_PARAMETER);
        }
        Ok(NamedProxy { list: list.into(), bypass: bypass.into(), http })
    }

    /// The way to a host.
    pub(crate) fn route(&self, host: &str) -> Route {
        match &self.http {
            Some(entry) if !self.bypasses(host) => {
                Route::Proxy { host: entry.host.clone(), port: entry.port }
            }
            _ => Route::Direct,
        }
    }

    fn bypasses(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        parts(&self.bypass).any(|pattern| {
            if pattern.eq_ignore_ascii_case("<local>") {
                !host.contains('.') && bare.parse::<IpAddr>().is_err()
            } else {
                let pattern = pattern.split_once("://").map_or(pattern, |(_, host)| host);
                matches(pattern.as_bytes(), host.as_bytes())
            }
        })
    }
}

fn entry(place: &str) -> Option<Entry> {
    let (host, port) = match place.rfind(':') {
        Some(colon) if !place[colon..].contains(']') => {
            (&place[..colon], place[colon + 1..].parse().ok().filter(|&port| port != 0)?)
        }
        _ => (place, DEFAULT_PORT),
    };
    let clean = !host.is_empty() && !host.bytes().any(|byte| matches!(byte, b'/' | b'@' | b'?' | b'#'));
    clean.then(|| Entry { host: Arc::from(host), port })
}

/// Whether a host fits a pattern with asterisks; ASCII case does not matter.
fn matches(pattern: &[u8], host: &[u8]) -> bool {
    // The last asterisk met, and where the host stood then: all that ever has to be tried again.
    let (mut at, mut of) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while of < host.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, of));
                at += 1;
            }
            Some(byte) if byte.eq_ignore_ascii_case(&host[of]) => {
                at += 1;
                of += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    (at, of) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes(list: &str, bypass: &str, host: &str) -> Option<(String, u16)> {
        match NamedProxy::new(list, bypass).expect("a list").route(host) {
            Route::Direct => None,
            Route::Proxy { host, port } => Some((host.to_string(), port)),
        }
    }

    #[test]
    fn lists_name_a_proxy_for_each_scheme() {
        assert_eq!(goes("proxy:8080", "", "example.org"), Some(("proxy".into(), 8080)));
        assert_eq!(goes("proxy", "", "example.org"), Some(("proxy".into(), 80)));
        assert_eq!(goes("https=a:1; http=http://b:2/", "", "example.org"), Some(("b".into(), 2)));
        assert_eq!(goes("https=a:1", "", "example.org"), None);
        assert_eq!(goes("[::1]:3128", "", "example.org"), Some(("[::1]".into(), 3128)));
        assert_eq!(goes("[::1]", "", "example.org"), Some(("[::1]".into(), 80)));
        for list in ["", " ; ", "proxy:", "proxy:0", "proxy:65536", "proxy:x", ":80", "a@b:80"] {
            assert_eq!(NamedProxy::new(list, "").map(drop), Err(Error::INVALID_PARAMETER), "{list}");
        }
    }

    #[test]
    fn bypassed_hosts_are_reached_directly() {
        let bypass = "<local>;*.example.org 10.* exact.net";
        for host in ["intranet", "www.EXAMPLE.org", "10.1.2.3", "Exact.NET"] {
            assert_eq!(goes("proxy", bypass, host), None, "{host}");
        }
        for host in ["example.com", "example.org", "110.1.2.3", "exact.net.org", "[::1]"] {
            assert!(goes("proxy", bypass, host).is_some(), "{host}");
        }
    }

    #[test]
    fn asterisks_stand_for_any_text() {
        assert!(matches(b"*", b"") && matches(b"**", b"ab") && matches(b"a*b*c", b"aXbYbZc"));
        assert!(!matches(b"a*b", b"abX") && !matches(b"", b"a") && matches(b"", b""));
    }
}
