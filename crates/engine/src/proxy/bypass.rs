//! Hosts that are reached past every proxy.
//!
//! ```text
//!   [scheme://]name[:port]   a name in which `*` stands for any text; an address, IPv6 in brackets before a port
//!   address/bits             the addresses of a network
//!   <local>                  names without a dot
//!   <-loopback>              <local> does not cover this machine's own names
//! ```

use std::net::IpAddr;

use super::list::{parts, split};

/// A list of such hosts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Bypass {
    local: bool,
    /// This machine's names are no local ones.
    not_loopback: bool,
    rules: Vec<Rule>,
}

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// Only for https, or only for http.
    secure: Option<bool>,
    port: Option<u16>,
    host: Host,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Name(Box<str>),
    Address(IpAddr),
    Network(IpAddr, u8),
}

impl Bypass {
    /// Reads a list; what is no pattern fits nothing.
    pub(super) fn read(list: &str) -> Bypass {
        let mut bypass = Bypass::default();
        for part in parts(list) {
            if part.eq_ignore_ascii_case("<local>") {
                bypass.local = true;
            } else if part.eq_ignore_ascii_case("<-loopback>") {
                bypass.not_loopback = true;
            } else {
                bypass.rules.extend(Rule::read(part));
            }
        }
        bypass
    }

    /// Whether a host is on the list.
    pub(super) fn covers(&self, host: &str, port: u16, secure: bool) -> bool {
        let bare = unbracketed(host).trim_end_matches('.');
        let address = without_scope(bare).parse().ok();
        if self.local && address.is_none() && !bare.contains('.') {
            let own = bare.eq_ignore_ascii_case("localhost") || bare.eq_ignore_ascii_case("loopback");
            if !(self.not_loopback && own) {
                return true;
            }
        }
        self.rules.iter().any(|rule| {
            rule.secure.is_none_or(|only| only == secure)
                && rule.port.is_none_or(|only| only == port)
                && match &rule.host {
                    Host::Name(pattern) => matches(pattern.as_bytes(), bare.as_bytes()),
                    Host::Address(only) => address == Some(*only),
                    Host::Network(network, bits) => address.is_some_and(|own| within(own, *network, *bits)),
                }
        })
    }
}

impl Rule {
    fn read(part: &str) -> Option<Rule> {
        let (secure, place) = match part.split_once("://") {
            Some((scheme, place)) if scheme.eq_ignore_ascii_case("https") => (Some(true), place),
            Some((scheme, place)) if scheme.eq_ignore_ascii_case("http") => (Some(false), place),
            // A rule for another scheme is no rule here.
            Some(_) => return None,
            None => (None, part),
        };
        if let Some((network, bits)) = place.split_once('/')
            && let Some((network, bits)) = read_network(network, bits)
        {
            return Some(Rule { secure, port: None, host: Host::Network(network, bits) });
        }
        let (name, port) = split(place.trim_end_matches('/'))?;
        let name = unbracketed(name).trim_end_matches('.');
        if name.is_empty() {
            return None;
        }
        let host = without_scope(name).parse().map_or_else(|_| Host::Name(name.into()), Host::Address);
        Some(Rule { secure, port, host })
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

fn without_scope(host: &str) -> &str {
    host.split_once('%').map_or(host, |(address, _)| address)
}

/// `10.0.0.0/8`, `fd00::/8`, and `169.254/16` as macOS writes it.
fn read_network(network: &str, bits: &str) -> Option<(IpAddr, u8)> {
    let bits = bits.parse::<u8>().ok()?;
    let whole: IpAddr = match network.parse() {
        Ok(address) => address,
        Err(_) => {
            let missing = 3usize.checked_sub(network.matches('.').count())?;
            format!("{network}{}", ".0".repeat(missing)).parse().ok()?
        }
    };
    let most = if whole.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((whole, bits))
}

fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differs = u32::from(address) ^ u32::from(network);
            differs.checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let differs = u128::from(address) ^ u128::from(network);
            differs.checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
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

    fn past(list: &str, host: &str) -> bool {
        Bypass::read(list).covers(host, 80, false)
    }

    #[test]
    fn names_and_addresses() {
        let list = "<local>;*.example.org 10.* exact.net [::1]";
        for host in
            ["intranet", "www.EXAMPLE.org", "10.1.2.3", "Exact.NET", "exact.net.", "[::1]", "[0:0::1]"]
        {
            assert!(past(list, host), "{host}");
        }
        for host in ["example.com", "example.org", "110.1.2.3", "exact.net.org", "[::2]", "[fe80::1%eth0]"] {
            assert!(!past(list, host), "{host}");
        }
    }

    #[test]
    fn local_names_and_this_machine() {
        assert!(past("<local>", "localhost") && past("<LOCAL>", "printer") && !past("<local>", "127.0.0.1"));
        assert!(!past("<local>", "[::1]"));
        assert!(!past("<local>;<-loopback>", "localhost") && past("<-loopback> <local>", "printer"));
        assert!(past("<-loopback>;localhost", "localhost"), "what is named is named");
        assert!(!past("<-loopback>", "printer"));
    }

    #[test]
    fn schemes_and_ports() {
        let list = Bypass::read("https://secure.org;ported.org:8080;ftp://never.org;http://[::1]:81");
        assert!(list.covers("secure.org", 443, true) && !list.covers("secure.org", 443, false));
        assert!(list.covers("ported.org", 8080, false) && !list.covers("ported.org", 80, false));
        assert!(!list.covers("never.org", 80, false));
        assert!(list.covers("[::1]", 81, false) && !list.covers("[::1]", 80, false));
    }

    #[test]
    fn networks() {
        let list = "10.0.0.0/8;169.254/16;fd00::/8;192.168.1.7/32;1.2.3.4/0x";
        for host in ["10.255.0.1", "169.254.3.4", "[fdff::1]", "192.168.1.7"] {
            assert!(past(list, host), "{host}");
        }
        for host in ["11.0.0.1", "169.255.0.1", "[fe80::1]", "192.168.1.8", "1.2.3.4", "ten.example"] {
            assert!(!past(list, host), "{host}");
        }
        assert!(past("0.0.0.0/0", "8.8.8.8") && !past("0.0.0.0/0", "[::1]") && past("::/0", "[::1]"));
        for list in ["10.0.0.0/33", "/8", "10/", "::/129", "1.2.3.4.5/8", "a:b:c/8"] {
            assert!(!past(list, "10.0.0.1"), "{list}");
        }
    }

    #[test]
    fn asterisks_stand_for_any_text() {
        assert!(matches(b"*", b"") && matches(b"**", b"ab") && matches(b"a*b*c", b"aXbYbZc"));
        assert!(!matches(b"a*b", b"abX") && !matches(b"", b"a") && matches(b"", b""));
    }
}
