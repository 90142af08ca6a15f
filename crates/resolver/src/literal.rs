//! What a host text is before anybody is asked: an address, a name worth asking for, or neither.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::Addresses;

/// Longest name in text, without the final dot (RFC 1035 section 2.3.4: 255 octets on the wire).
const LONGEST_NAME: usize = 253;
/// Longest label (RFC 1035 section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// The addresses of a literal; see [`super::Resolver::literal`].
pub(super) fn addresses(host: &str) -> Option<Addresses> {
    let address = match host.strip_prefix('[') {
        Some(rest) => IpAddr::V6(bracketed(rest.strip_suffix(']')?)?.0),
        None => IpAddr::V4(host.parse::<Ipv4Addr>().ok()?),
    };
    Some(Arc::from([address]))
}

/// The scope (interface index) a literal names, 0 if none; see [`super::Resolver::scope`].
pub(super) fn scope(host: &str) -> u32 {
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.and_then(bracketed).map_or(0, |(_, scope)| scope)
}

/// Reads the inside of `[...]`: an address and the scope behind `%`, 0 without one.
///
/// The zone is an interface name or index (RFC 4007 section 11.2); `%25` before it is the form URLs use
/// (RFC 6874 section 2). A zone no interface has makes the whole no literal.
fn bracketed(inside: &str) -> Option<(Ipv6Addr, u32)> {
    let Some((address, zone)) = inside.split_once('%') else {
        return Some((inside.parse().ok()?, 0));
    };
    let address = address.parse().ok()?;
    // "%25" alone is interface 25; "%25lo" is lo.
    let scope = index(zone).or_else(|| index(zone.strip_prefix("25")?))?;
    Some((address, scope))
}

fn index(zone: &str) -> Option<u32> {
    if zone.is_empty() || zone.contains('\0') {
        return None;
    }
    if zone.bytes().all(|b| b.is_ascii_digit()) {
        return zone.parse().ok().filter(|&scope| scope != 0);
    }
    interface(zone)
}

/// The index of an interface by its name.
#[cfg(unix)]
fn interface(name: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(name).ok()
}

/// Windows writes zones as numbers.
#[cfg(not(unix))]
fn interface(_name: &str) -> Option<u32> {
    None
}

/// How a name is to be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Can be no host name: nobody is asked.
    Invalid,
    /// `localhost` or below it: loopback, and never asked of a server (RFC 6761 section 6.3).
    Loopback,
    /// An IPv4 address in a short, octal or hexadecimal spelling (`127.1`, `0x7f.1`): only the system reads it.
    Numeric,
    /// Ends in `.local`: multicast DNS (RFC 6762 section 3), which only the system may know how to do.
    Local,
    /// Any other name.
    Name,
}

/// Sorts a host text that is no literal.
///
/// A name with a colon or brackets is invalid even where getaddrinfo would read it as an address: WinHTTP takes
/// IPv6 only in brackets (contract: WinHttpConnect, evidence Q3).
pub(super) fn kind(host: &str) -> Kind {
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.is_empty() || name.len() > LONGEST_NAME {
        return Kind::Invalid;
    }
    let labels_fit = name.split('.').all(|label| (1..=LONGEST_LABEL).contains(&label.len()));
    let letters_fit = name.bytes().all(|b| b.is_ascii_graphic() && !b":[]%/\\@?#".contains(&b));
    if !labels_fit || !letters_fit {
        return Kind::Invalid;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    if is_number(last) {
        Kind::Numeric
    } else if last.eq_ignore_ascii_case("localhost") {
        Kind::Loopback
    } else if last.eq_ignore_ascii_case("local") {
        Kind::Local
    } else {
        Kind::Name
    }
}

/// No top-level domain is a number, so a name that ends in one is meant as an address.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x").or_else(|| label.strip_prefix("0X")) {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        let v4 = |a, b, c, d| IpAddr::V4(Ipv4Addr::new(a, b, c, d));
        let v6 = |text: &str| IpAddr::V6(text.parse().unwrap());
        let table = [
            ("127.0.0.1", Some(v4(127, 0, 0, 1))),
            ("255.255.255.255", Some(v4(255, 255, 255, 255))),
            ("[::1]", Some(v6("::1"))),
            ("[2001:db8::198.51.100.35]", Some(v6("2001:db8::198.51.100.35"))),
            ("[fe80::1%1]", Some(v6("fe80::1"))),
            ("[fe80::1%251]", Some(v6("fe80::1"))),
            // Not literals; what becomes of them is kind's business.
            ("::1", None),
            ("[127.0.0.1]", None),
            ("[::1", None),
            ("::1]", None),
            ("[]", None),
            ("[%lo]", None),
            ("[fe80::1%]", None),
            ("[fe80::1%0]", None),
            ("[fe80::1%no-such-interface]", None),
            ("[fe80::1%l\0o]", None),
            ("[[::1]]", None),
            ("127.1", None),
            ("127.0.0.01", None),
            ("256.0.0.1", None),
            ("127.0.0.1.", None),
            (" 127.0.0.1", None),
            ("", None),
            ("localhost", None),
        ];
        for (host, expected) in table {
            assert_eq!(addresses(host).as_deref(), expected.as_ref().map(std::slice::from_ref), "{host:?}");
        }
    }

    #[test]
    fn zones() {
        let loopback = if cfg!(target_os = "macos") { "lo0" } else { "lo" };
        let index = interface(loopback).unwrap();
        assert_ne!(index, 0);
        assert_eq!(scope(&format!("[fe80::1%{loopback}]")), index);
        assert_eq!(scope(&format!("[fe80::1%25{loopback}]")), index);
        assert_eq!(scope("[fe80::1%7]"), 7);
        assert_eq!(scope("[fe80::1]"), 0);
        assert_eq!(scope("127.0.0.1"), 0);
    }

    #[test]
    fn kinds() {
        let label63 = "a".repeat(63);
        let longest = format!("{label63}.{label63}.{label63}.{}", "a".repeat(61));
        let table = [
            ("example.com", Kind::Name),
            ("example.com.", Kind::Name),
            ("_dmarc.x-y.example", Kind::Name),
            ("single", Kind::Name),
            (longest.as_str(), Kind::Name),
            ("localhost", Kind::Loopback),
            ("LOCALHOST.", Kind::Loopback),
            ("a.b.localhost", Kind::Loopback),
            ("notlocalhost", Kind::Name),
            ("printer.local", Kind::Local),
            ("127.1", Kind::Numeric),
            ("0x7f.1", Kind::Numeric),
            ("0x7f000001", Kind::Numeric),
            ("2130706433", Kind::Numeric),
            ("", Kind::Invalid),
            (".", Kind::Invalid),
            ("..", Kind::Invalid),
            (".com", Kind::Invalid),
            ("a..b", Kind::Invalid),
            ("a\0b", Kind::Invalid),
            ("a b", Kind::Invalid),
            ("b\u{fc}cher.example", Kind::Invalid),
            ("::1", Kind::Invalid),
            ("[::1]", Kind::Invalid),
            ("host:80", Kind::Invalid),
            ("user@host", Kind::Invalid),
        ];
        for (host, expected) in table {
            assert_eq!(kind(host), expected, "{host:?}");
        }
        assert_eq!(kind(&format!("{longest}a")), Kind::Invalid);
        assert_eq!(kind(&format!("{}.example", "a".repeat(64))), Kind::Invalid);
        assert_eq!(kind(&"a.".repeat(100_000)), Kind::Invalid);
    }
}
