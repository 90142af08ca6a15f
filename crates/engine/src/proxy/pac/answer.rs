//! What a script says: `PROXY host:port; DIRECT`.

use crate::proxy::list::{is_clean, split};
use crate::proxy::{Found, ProxyScheme};

/// Reads an answer; nothing is "directly". `None` where it holds nothing that can be read.
///
/// The words are those of browsers: DIRECT, PROXY and HTTP, HTTPS, SOCKS, SOCKS4 and SOCKS5. What is not among them is passed
/// over.
pub(super) fn read(answer: &str) -> Option<Vec<Found>> {
    if answer.trim().is_empty() {
        return Some(vec![Found::Direct]);
    }
    let found: Vec<_> = answer.split(';').filter_map(one).collect();
    (!found.is_empty()).then_some(found)
}

fn one(part: &str) -> Option<Found> {
    let mut words = part.split_whitespace();
    let (word, place) = (words.next()?, words.next());
    if words.next().is_some() {
        return None;
    }
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if is("DIRECT") {
        return place.is_none().then_some(Found::Direct);
    }
    let (scheme, usual) = if is("PROXY") || is("HTTP") {
        (ProxyScheme::Http, 80)
    } else if is("HTTPS") {
        (ProxyScheme::Https, 443)
    } else if is("SOCKS") || is("SOCKS4") || is("SOCKS5") {
        (ProxyScheme::Socks, 1080)
    } else {
        return None;
    };
    let (host, port) = split(place?)?;
    // What would be a list, or part of one, is no host.
    let clean = is_clean(host) && !host.contains(['=', ',']);
    clean.then(|| Found::Proxy { scheme, host: host.into(), port: port.unwrap_or(usual) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(scheme: ProxyScheme, host: &str, port: u16) -> Found {
        Found::Proxy { scheme, host: host.into(), port }
    }

    #[test]
    fn answers_of_scripts() {
        use ProxyScheme::{Http, Https, Socks};
        for (answer, found) in [
            ("DIRECT", vec![Found::Direct]),
            ("", vec![Found::Direct]),
            (" \t", vec![Found::Direct]),
            ("PROXY x:8080", vec![proxy(Http, "x", 8080)]),
            ("proxy x", vec![proxy(Http, "x", 80)]),
            (
                "PROXY  a:1 ;\tPROXY b:2;DIRECT;",
                vec![proxy(Http, "a", 1), proxy(Http, "b", 2), Found::Direct],
            ),
            (
                "HTTPS s; SOCKS5 t; SOCKS u:1",
                vec![proxy(Https, "s", 443), proxy(Socks, "t", 1080), proxy(Socks, "u", 1)],
            ),
            ("PROXY [::1]:3128", vec![proxy(Http, "[::1]", 3128)]),
            ("BLOCK x:1; DIRECT", vec![Found::Direct]),
            (
                "PROXY x:0; PROXY x:y; PROXY; PROXY a b; PROXY a/b; DIRECT x; PROXY z:9",
                vec![proxy(Http, "z", 9)],
            ),
        ] {
            assert_eq!(read(answer), Some(found), "{answer}");
        }
        for answer in ["PROXY", "nonsense", ";", "PROXY a=b:1", "PROXY pr\u{f6}xy:1", "x:8080"] {
            assert_eq!(read(answer), None, "{answer}");
        }
    }
}
