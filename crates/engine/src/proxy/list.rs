//! Lists of proxies: `[scheme=][scheme://]host[:port]`, one for all schemes or one for each.

use std::net::Ipv6Addr;
use std::sync::Arc;

use winhttp_proto::auth::Login;

/// One proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
    /// It is spoken to in plain HTTP; false for `https://` and `socks://` in front of it, which nobody speaks here.
    pub(crate) plain: bool,
    /// Who to say one is, where the list came from a place that tells.
    pub(crate) login: Option<Arc<Login>>,
}

/// The port of a proxy that names none.
const DEFAULT_PORT: u16 = 80;

/// The parts of a list.
pub(super) fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(|unit: char| unit == ';' || unit.is_whitespace()).filter(|part| !part.is_empty())
}

/// The proxies for one scheme, in the order in which they are tried.
pub(super) type Entries = Box<[Entry]>;

/// The proxies for http and for https; `None` for a list without any proxy, or with a bad one.
///
/// Entries for a scheme and entries for all do not mix: what stands first decides which of them serve it.
pub(super) fn read(list: &str) -> Option<(Entries, Entries)> {
    let mut found = [("http", None, Vec::new()), ("https", None, Vec::new())];
    let mut any = false;
    for part in parts(list) {
        let (scheme, place) = match part.split_once('=') {
            Some((scheme, place)) => (Some(scheme), place),
            None => (None, part),
        };
        let entry = entry(place)?;
        any = true;
        for (name, named, entries) in &mut found {
            let serves = scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case(name));
            if serves && *named.get_or_insert(scheme.is_some()) == scheme.is_some() {
                entries.push(entry.clone());
            }
        }
    }
    let [(_, _, http), (_, _, https)] = found;
    any.then(|| (http.into(), https.into()))
}

fn entry(place: &str) -> Option<Entry> {
    let (plain, place) = match place.split_once("://") {
        None => (true, place),
        Some((scheme, place)) => (scheme.eq_ignore_ascii_case("http"), place),
    };
    let (host, port) = split(place.trim_end_matches('/'))?;
    is_clean(host).then(|| Entry {
        host: Arc::from(host),
        port: port.unwrap_or(DEFAULT_PORT),
        plain,
        login: None,
    })
}

/// Whether this can be a host.
///
/// contract: api-behaviour section 11, letters of other alphabets are INVALID_PARAMETER
pub(super) fn is_clean(host: &str) -> bool {
    !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'@' | b'?' | b'#'))
}

/// Host, and port where there is one; an IPv6 address with a port stands in brackets. `None` for a bad port.
pub(super) fn split(place: &str) -> Option<(&str, Option<u16>)> {
    if place.parse::<Ipv6Addr>().is_ok() {
        return Some((place, None));
    }
    match place.rfind(':') {
        Some(colon) if !place[colon..].contains(']') => {
            let digits = &place[colon + 1..];
            let port = digits.parse().ok().filter(|&port| port != 0 && !digits.starts_with('+'))?;
            Some((&place[..colon], Some(port)))
        }
        _ => Some((place, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: &[Entry]) -> Option<(String, u16, bool)> {
        entries.first().map(|entry| (entry.host.to_string(), entry.port, entry.plain))
    }

    fn proxy(host: &str, port: u16) -> Option<(String, u16, bool)> {
        Some((host.into(), port, true))
    }

    #[test]
    fn lists_name_a_proxy_for_each_scheme() {
        for (list, http, https) in [
            ("proxy:8080", proxy("proxy", 8080), proxy("proxy", 8080)),
            ("proxy", proxy("proxy", 80), proxy("proxy", 80)),
            ("https=a:1; http=http://b:2/", proxy("b", 2), proxy("a", 1)),
            ("https=a:1", None, proxy("a", 1)),
            ("HTTP=a:1;rest:2", proxy("a", 1), proxy("rest", 2)),
            ("socks=s:1080 a:1", proxy("a", 1), proxy("a", 1)),
            ("socks=s:1080", None, None),
            ("[::1]:3128", proxy("[::1]", 3128), proxy("[::1]", 3128)),
            ("[::1]", proxy("[::1]", 80), proxy("[::1]", 80)),
            ("::1", proxy("::1", 80), proxy("::1", 80)),
            ("https://tls:1", Some(("tls".into(), 1, false)), Some(("tls".into(), 1, false))),
        ] {
            let (found, secure) = read(list).expect(list);
            assert_eq!((of(&found), of(&secure)), (http, https), "{list}");
        }
        let places = |list: &str| {
            let (http, https) = read(list).expect(list);
            let text = |entries: Entries| {
                entries
                    .iter()
                    .map(|entry| format!("{}:{}", entry.host, entry.port))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            (text(http), text(https))
        };
        assert_eq!(places("a:1; b:2 c"), ("a:1 b:2 c:80".into(), "a:1 b:2 c:80".into()));
        assert_eq!(places("http=a:1;rest:2;http=b:3;more:4"), ("a:1 b:3".into(), "rest:2 more:4".into()));
        for list in [
            "",
            " ; ",
            "proxy:",
            "proxy:0",
            "proxy:65536",
            "proxy:x",
            "proxy:+80",
            ":80",
            "a@b:80",
            "pr\u{f6}xy:1",
        ] {
            assert_eq!(read(list), None, "{list}");
        }
    }
}
