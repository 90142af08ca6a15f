//! The cookie jar of a session.
//!
//! Facts (contract: api-behaviour section 22): the jar belongs to the session; blanks around names, values and
//! attributes are dropped; names are case-sensitive; the cookie that was set last is sent first; an application's own
//! Cookie header comes before the jar's, without removing duplicates.
//!
//! Matching and limits follow RFC 6265: domain-match in section 5.1.3, default path and path-match in 5.1.4.

use crate::time::SystemTime;

/// Cookies kept at most; the oldest gives way.
const MOST: usize = 1000;

/// Bytes of one Set-Cookie line beyond which it is not kept.
const LONGEST: usize = 16 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    /// In lower case, without a leading dot.
    domain: String,
    /// Only the host itself, not the hosts below it.
    host_only: bool,
    path: Vec<u8>,
    secure: bool,
    /// Seconds since 1970; `None` lives as long as the session.
    expires: Option<i64>,
}

/// Who asks: the target of a request.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The host, in any case.
    pub host: &'a str,
    /// The path of the request target, without its query.
    pub path: &'a [u8],
    /// Whether the connection is encrypted.
    pub secure: bool,
}

/// All cookies of a session. Empty when made.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    /// The last one first.
    cookies: Vec<Cookie>,
}

impl Jar {
    /// Whether there is nothing to send to anybody.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Takes a Set-Cookie line from `origin` at `now`, in seconds since 1970. What cannot be understood, or what the
    /// origin may not set, is passed over.
    pub fn store(&mut self, line: &[u8], origin: &Origin<'_>, now: i64) {
        self.store_guarded(line, origin, now, &|_| false);
    }

    /// As [`Jar::store`]; `public` says of a domain in lower case whether anybody can register below it: no cookie
    /// covers all of its hosts (RFC 6265 section 5.3 step 5). It is asked only where a cookie would.
    pub fn store_guarded(
        &mut self,
        line: &[u8],
        origin: &Origin<'_>,
        now: i64,
        public: &dyn Fn(&str) -> bool,
    ) {
        let Some(cookie) = Cookie::parse(line, origin, now, public) else { return };
        let same = |other: &Cookie| {
            other.name == cookie.name && other.domain == cookie.domain && other.path == cookie.path
        };
        let at = self.cookies.iter().position(same);
        let expired = cookie.expires.is_some_and(|expires| expires <= now);
        match at {
            Some(at) if expired => drop(self.cookies.remove(at)),
            // A cookie that is set again keeps its place (RFC 6265 section 5.3 step 11.3 keeps its creation time).
            Some(at) => self.cookies[at] = cookie,
            None if expired => {}
            None => {
                self.cookies.insert(0, cookie);
                self.cookies.truncate(MOST);
            }
        }
    }

    /// Appends what is sent to `origin` at `now`: `name=value; name2=value2`. Nothing when there is none.
    pub fn cookies_for(&mut self, origin: &Origin<'_>, now: i64, out: &mut Vec<u8>) {
        if self.cookies.is_empty() {
            return;
        }
        self.cookies.retain(|cookie| cookie.expires.is_none_or(|expires| expires > now));
        let host = origin.host.to_ascii_lowercase();
        for cookie in self.cookies.iter().filter(|cookie| cookie.goes_to(&host, origin)) {
            if !out.is_empty() {
                out.extend_from_slice(b"; ");
            }
            out.extend_from_slice(&cookie.name);
            out.push(b'=');
            out.extend_from_slice(&cookie.value);
        }
    }
}

impl Cookie {
    fn parse(line: &[u8], origin: &Origin<'_>, now: i64, public: &dyn Fn(&str) -> bool) -> Option<Cookie> {
        if line.len() > LONGEST || line.iter().any(|&byte| byte < b' ' && byte != b'\t') {
            return None;
        }
        let mut parts = line.split(|&byte| byte == b';');
        let (name, value) = pair(parts.next()?);
        let value = value?;
        if name.is_empty() {
            return None;
        }
        let host = origin.host.to_ascii_lowercase();
        let mut cookie = Cookie {
            name: name.to_vec(),
            value: value.to_vec(),
            domain: host.clone(),
            host_only: true,
            path: default_path(origin.path).to_vec(),
            secure: false,
            expires: None,
        };
        let mut max_age = None;
        for part in parts {
            let (name, value) = pair(part);
            let value = value.unwrap_or_default();
            if name.eq_ignore_ascii_case(b"Secure") {
                cookie.secure = true;
            } else if name.eq_ignore_ascii_case(b"Path") {
                if value.first() == Some(&b'/') {
                    cookie.path = value.to_vec();
                }
            } else if name.eq_ignore_ascii_case(b"Domain") {
                let domain = std::str::from_utf8(value).ok()?.trim_start_matches('.').to_ascii_lowercase();
                if domain.is_empty() {
                    continue;
                }
                if !domain_matches(&host, &domain) || (domain != host && !may_cover(&domain)) {
                    return None;
                }
                if public(&domain) {
                    if domain != host {
                        return None;
                    }
                    continue;
                }
                cookie.host_only = false;
                cookie.domain = domain;
            } else if name.eq_ignore_ascii_case(b"Max-Age") {
                max_age =
                    std::str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok()).or(max_age);
            } else if name.eq_ignore_ascii_case(b"Expires") {
                let date = std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| SystemTime::from_text(text.as_bytes()).ok());
                cookie.expires = date.map(|date| date.to_unix_seconds()).or(cookie.expires);
            }
        }
        // RFC 6265 section 5.3 step 3: Max-Age comes before Expires.
        if let Some(seconds) = max_age {
            cookie.expires = Some(if seconds <= 0 { i64::MIN } else { now.saturating_add(seconds) });
        }
        Some(cookie)
    }

    fn goes_to(&self, host: &str, origin: &Origin<'_>) -> bool {
        let domain = if self.host_only { host == self.domain } else { domain_matches(host, &self.domain) };
        domain && (origin.secure || !self.secure) && path_matches(origin.path, &self.path)
    }
}

/// Name and value around the first `=`, without blanks.
fn pair(part: &[u8]) -> (&[u8], Option<&[u8]>) {
    match part.iter().position(|&byte| byte == b'=') {
        Some(at) => (part[..at].trim_ascii(), Some(part[at + 1..].trim_ascii())),
        None => (part.trim_ascii(), None),
    }
}

fn domain_matches(host: &str, domain: &str) -> bool {
    let address = host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    host == domain || (!address && host.strip_suffix(domain).is_some_and(|above| above.ends_with('.')))
}

/// The guard against cookies for a whole top-level domain: what covers other hosts has a dot inside.
fn may_cover(domain: &str) -> bool {
    domain.trim_end_matches('.').contains('.')
}

fn default_path(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(0) | None => b"/",
        Some(at) if path.first() == Some(&b'/') => &path[..at],
        Some(_) => b"/",
    }
}

fn path_matches(path: &[u8], cookie: &[u8]) -> bool {
    path.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || cookie.ends_with(b"/") || rest[0] == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(host: &'a str, path: &'a str) -> Origin<'a> {
        Origin { host, path: path.as_bytes(), secure: false }
    }

    fn sent(jar: &mut Jar, host: &str, path: &str) -> String {
        let mut out = Vec::new();
        jar.cookies_for(&at(host, path), 1000, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// contract: api-behaviour section 22, blanks, case and order
    #[test]
    fn no_cookie_is_for_everybody_below_a_public_suffix() {
        let public = |domain: &str| domain == "co.uk";
        let mut jar = Jar::default();
        for (line, host) in [
            ("a=1; Domain=co.uk", "shop.co.uk"),
            ("b=1; Domain=shop.co.uk", "www.shop.co.uk"),
            ("c=1; Domain=co.uk", "co.uk"),
        ] {
            jar.store_guarded(line.as_bytes(), &at(host, "/"), 1000, &public);
        }
        assert_eq!(sent(&mut jar, "shop.co.uk", "/"), "b=1", "RFC 6265 section 5.3 step 5");
        assert_eq!(sent(&mut jar, "co.uk", "/"), "c=1", "the suffix itself keeps its own");
    }

    #[test]
    fn last_set_first_and_case_matters() {
        let mut jar = Jar::default();
        jar.store(b"name = value ", &at("localhost", "/cookie"), 0);
        jar.store(b"NAME = value ", &at("localhost", "/cookie"), 0);
        assert_eq!(sent(&mut jar, "localhost", "/cookie2"), "NAME=value; name=value");
        assert_eq!(sent(&mut jar, "LOCALHOST", "/"), "NAME=value; name=value");
        assert_eq!(sent(&mut jar, "other", "/"), "");
    }

    /// contract: api-behaviour section 22, attributes with blanks, in any order, with a trailing semicolon
    #[test]
    fn attributes_as_the_tests_write_them() {
        let mut jar = Jar::default();
        let line = b"name2=value; Domain = localhost; Path=/cookie5;Expires=Wed, 13 Jan 2100 22:23:01 GMT; HttpOnly; ";
        jar.store(line, &at("localhost", "/cookie4"), 0);
        assert_eq!(sent(&mut jar, "localhost", "/cookie5"), "name2=value");
        assert_eq!(sent(&mut jar, "localhost", "/cookie4"), "");
        let gone = b"name2=value; Domain=localhost; Path=/cookie5; Expires=Wed, 13 Jan 2021 22:23:01 GMT";
        jar.store(gone, &at("localhost", "/cookie4"), 1_700_000_000);
        assert_eq!(sent(&mut jar, "localhost", "/cookie5"), "", "an expiry in the past removes the cookie");
    }

    #[test]
    fn age_and_expiry() {
        let mut jar = Jar::default();
        jar.store(b"a=1; Max-Age=10", &at("h", "/"), 995);
        jar.store(b"b=1; Max-Age=3", &at("h", "/"), 995);
        jar.store(b"c=1; Max-Age=0", &at("h", "/"), 995);
        assert_eq!(sent(&mut jar, "h", "/"), "a=1");
        jar.store(b"a=2", &at("h", "/"), 1000);
        assert_eq!(sent(&mut jar, "h", "/"), "a=2");
    }

    #[test]
    fn domains_that_a_host_may_name() {
        let mut jar = Jar::default();
        jar.store(b"ok=1; Domain=.example.org", &at("www.example.org", "/"), 0);
        jar.store(b"top=1; Domain=org", &at("www.example.org", "/"), 0);
        jar.store(b"other=1; Domain=example.com", &at("www.example.org", "/"), 0);
        jar.store(b"tail=1; Domain=ample.org", &at("www.example.org", "/"), 0);
        jar.store(b"own=1", &at("www.example.org", "/"), 0);
        assert_eq!(sent(&mut jar, "ftp.example.org", "/"), "ok=1");
        assert_eq!(sent(&mut jar, "www.example.org", "/"), "own=1; ok=1");
        jar.store(b"ip=1; Domain=0.0.1", &at("127.0.0.1", "/"), 0);
        assert_eq!(sent(&mut jar, "127.0.0.1", "/"), "");
    }

    #[test]
    fn paths_and_secure() {
        let mut jar = Jar::default();
        jar.store(b"d=1", &at("h", "/a/b/c"), 0);
        assert_eq!(sent(&mut jar, "h", "/a/b"), "d=1");
        assert_eq!(sent(&mut jar, "h", "/a/bc"), "");
        jar.store(b"s=1; Path=/; Secure", &at("h", "/"), 0);
        assert_eq!(sent(&mut jar, "h", "/"), "");
        let mut out = Vec::new();
        jar.cookies_for(&Origin { host: "h", path: b"/", secure: true }, 0, &mut out);
        assert_eq!(out, b"s=1");
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let mut jar = Jar::default();
        for line in [&b""[..], b"=v", b"novalue", b"; Path=/", b"a\x01=b", &[b'x'; 20_000]] {
            jar.store(line, &at("h", "/"), 0);
        }
        assert!(jar.is_empty());
    }
}
