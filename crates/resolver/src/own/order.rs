//! The order in which addresses are tried: RFC 6724 section 6, the rules an application can know.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};

/// Sorts addresses so that the one most likely to work stands first. Equals keep the server's order.
pub(super) fn sort(addresses: &mut [IpAddr]) {
    if addresses.len() > 1 {
        sort_from(addresses, source);
    }
}

/// The address this machine would send from, if it has a way there at all. Connecting a datagram socket asks
/// the routing table and sends nothing.
fn source(to: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if to.is_ipv4() { [0, 0, 0, 0].into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    socket.connect(SocketAddr::new(to, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn sort_from(addresses: &mut [IpAddr], source: impl Fn(IpAddr) -> Option<IpAddr>) {
    addresses.sort_by_cached_key(|&to| {
        let from = source(to);
        let (precedence, label) = policy(to);
        (
            // Rule 1: avoid unusable destinations.
            from.is_none(),
            // Rule 2: prefer matching scope.
            from.is_some_and(|from| scope(from) != scope(to)),
            // Rule 5: prefer matching label.
            from.is_some_and(|from| policy(from).1 != label),
            // Rule 6: prefer higher precedence.
            Reverse(precedence),
            // Rule 8: prefer smaller scope.
            scope(to),
            // Rule 9: longest matching prefix. For IPv4 it undoes the server's rotation, so it is left out.
            Reverse(shared_prefix(from, to)),
        )
    });
}

/// Precedence and label of an address (RFC 6724 section 2.1).
fn policy(address: IpAddr) -> (u8, u8) {
    let IpAddr::V6(v6) = address else { return (35, 4) };
    let [first, second, ..] = v6.segments();
    match v6 {
        Ipv6Addr::LOCALHOST => (50, 0),
        _ if v6.to_ipv4_mapped().is_some() => (35, 4),
        _ if v6.octets()[..12] == [0; 12] => (1, 3),
        _ if first == 0x2002 => (30, 2),
        _ if (first, second) == (0x2001, 0) => (5, 5),
        _ if first & 0xfe00 == 0xfc00 => (3, 13),
        _ if first & 0xffc0 == 0xfec0 => (1, 11),
        _ if first == 0x3ffe => (1, 12),
        _ => (40, 1),
    }
}

/// Scope of an address (RFC 6724 sections 3.1 and 3.2; the numbers are those of multicast scopes).
fn scope(address: IpAddr) -> u8 {
    const LINK: u8 = 2;
    const SITE: u8 = 5;
    const GLOBAL: u8 = 14;
    match address {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_link_local() => LINK,
        IpAddr::V4(_) => GLOBAL,
        IpAddr::V6(v6) => match v6.segments()[0] {
            first if first & 0xff00 == 0xff00 => (first & 0xf) as u8,
            first if first & 0xffc0 == 0xfec0 => SITE,
            first if first & 0xffc0 == 0xfe80 || v6.is_loopback() => LINK,
            _ => GLOBAL,
        },
    }
}

/// Bits that a source and its destination share, within the network half of an IPv6 address.
fn shared_prefix(from: Option<IpAddr>, to: IpAddr) -> u32 {
    match (from, to) {
        (Some(IpAddr::V6(from)), IpAddr::V6(to)) => (from.to_bits() ^ to.to_bits()).leading_zeros().min(64),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(addresses: &[&str], from: &[(&str, &str)]) -> Vec<String> {
        let source = |to: IpAddr| {
            let known = from.iter().find(|(prefix, _)| to.to_string().starts_with(prefix));
            known.map(|(_, source)| source.parse().unwrap())
        };
        let mut addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        sort_from(&mut addresses, source);
        addresses.iter().map(IpAddr::to_string).collect()
    }

    #[test]
    fn unreachable_addresses_stand_last() {
        let v4_only = [("198.", "192.0.2.1")];
        assert_eq!(sorted(&["2001:db8::1", "198.51.100.1"], &v4_only), ["198.51.100.1", "2001:db8::1"]);
        let neither = [];
        assert_eq!(sorted(&["198.51.100.2", "198.51.100.1"], &neither), ["198.51.100.2", "198.51.100.1"]);
    }

    #[test]
    fn six_before_four_and_server_order_kept() {
        let both = [("198.", "192.0.2.1"), ("2001:db8", "2001:db8::9")];
        assert_eq!(
            sorted(&["198.51.100.2", "198.51.100.1", "2001:db8::1"], &both),
            ["2001:db8::1", "198.51.100.2", "198.51.100.1"]
        );
    }

    // RFC 6724 section 10.2, examples that need no rule left out here.
    #[test]
    fn examples_of_the_standard() {
        let six_to_four = [("2002:", "2002:c633:6401::2"), ("2001:db8", "fe80::1")];
        assert_eq!(sorted(&["2001:db8:1::1", "2002:c633:6401::1"], &six_to_four)[0], "2002:c633:6401::1");
        let link_local_four = [("198.", "169.254.13.78"), ("2001:db8", "2001:db8::2")];
        assert_eq!(sorted(&["198.51.100.121", "2001:db8::1"], &link_local_four)[0], "2001:db8::1");
        let link_local_six = [("198.", "198.51.100.117"), ("2001:db8", "fe80::1")];
        assert_eq!(sorted(&["2001:db8::1", "198.51.100.121"], &link_local_six)[0], "198.51.100.121");
    }

    #[test]
    fn loopback_six_stands_before_four() {
        let both = [("127.", "127.0.0.1"), ("::1", "::1")];
        assert_eq!(sorted(&["127.0.0.1", "::1"], &both), ["::1", "127.0.0.1"]);
    }
}
