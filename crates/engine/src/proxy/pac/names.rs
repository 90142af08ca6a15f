//! What a script may learn of names and addresses.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use crate::core::core;
use crate::resolver::Outcome;

/// Names that one run may look up; all further ones have no address.
const MOST: usize = 64;
/// The longest that one lookup takes.
const STEP: Duration = Duration::from_secs(5);

/// Looks up a name within a time.
pub(super) type Names = Arc<dyn Fn(&str, Duration) -> Vec<IpAddr> + Send + Sync>;

/// The process' resolver.
pub(super) fn of_process() -> Names {
    Arc::new(|host, limit| {
        let (tell, told) = mpsc::sync_channel(1);
        core().resolver.lookup(
            host,
            Box::new(move |outcome| {
                // Whoever waited too long has gone.
                let _ = tell.send(outcome);
            }),
        );
        match told.recv_timeout(limit) {
            Ok(Outcome::Found(addresses)) => addresses.to_vec(),
            _ => Vec::new(),
        }
    })
}

/// The names that one run has asked for. Each is looked up once.
pub(super) struct Known {
    names: Names,
    ends: Instant,
    found: RefCell<HashMap<String, Vec<IpAddr>>>,
}

impl Known {
    pub(super) fn new(names: Names, ends: Instant) -> Known {
        Known { names, ends, found: RefCell::default() }
    }

    /// The addresses of a host as texts.
    pub(super) fn addresses(&self, host: &str, only_v4: bool) -> Vec<String> {
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return texts(&[address], only_v4);
        }
        let mut found = self.found.borrow_mut();
        if let Some(found) = found.get(host) {
            return texts(found, only_v4);
        }
        let left = self.ends.saturating_duration_since(Instant::now()).min(STEP);
        if found.len() >= MOST || left.is_zero() {
            return Vec::new();
        }
        let addresses = (self.names)(host, left);
        let texts = texts(&addresses, only_v4);
        found.insert(host.to_owned(), addresses);
        texts
    }
}

fn texts(addresses: &[IpAddr], only_v4: bool) -> Vec<String> {
    addresses.iter().filter(|address| !only_v4 || address.is_ipv4()).map(ToString::to_string).collect()
}

/// The machine's own addresses on its way to the network: what a socket would be bound to. Nothing is sent.
pub(super) fn own(only_v4: bool) -> Vec<String> {
    // Networks for documentation: the way to them is the way to anywhere (RFC 5737, RFC 3849).
    let v4 = (IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)));
    let v6 =
        (IpAddr::from(Ipv6Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)));
    let ways = if only_v4 { vec![v4] } else { vec![v6, v4] };
    let of = |(from, to): (IpAddr, IpAddr)| {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect((to, 53)).ok()?;
        Some(socket.local_addr().ok()?.ip().to_string())
    };
    ways.into_iter().filter_map(of).collect()
}

/// Whether an address lies in a network written as `address/bits`.
pub(super) fn within(address: &str, network: &str) -> bool {
    let Some((base, bits)) = network.split_once('/') else { return false };
    let (Ok(address), Ok(base), Ok(bits)) = (address.parse(), base.parse(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            (address.to_bits() ^ base.to_bits()) & mask == 0
        }
        (IpAddr::V6(address), IpAddr::V6(base)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            (address.to_bits() ^ base.to_bits()) & mask == 0
        }
        _ => false,
    }
}

/// A list of addresses in order, those of IPv6 first; empty where one of them is none.
pub(super) fn sorted(list: &str) -> Vec<String> {
    let parsed: Result<Vec<IpAddr>, _> = list.split(';').map(|item| item.trim().parse()).collect();
    let Ok(mut addresses) = parsed else { return Vec::new() };
    addresses.sort_by_key(|address| (address.is_ipv4(), *address));
    addresses.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_both_kinds() {
        for (address, network, inside) in [
            ("198.95.249.79", "198.95.249.79/32", true),
            ("198.95.249.78", "198.95.249.79/32", false),
            ("198.95.6.8", "198.95.0.0/16", true),
            ("198.96.6.8", "198.95.0.0/16", false),
            ("1.2.3.4", "0.0.0.0/0", true),
            ("3ffe:8311:ffff::1", "3ffe:8311:ffff::/48", true),
            ("3ffe:8312::1", "3ffe:8311:ffff::/48", false),
            ("::1", "::/0", true),
            ("::1", "0.0.0.0/0", false),
            ("1.2.3.4", "1.2.3.4/33", false),
            ("1.2.3.4", "1.2.3.4", false),
            ("name", "1.2.3.4/8", false),
        ] {
            assert_eq!(within(address, network), inside, "{address} {network}");
        }
    }

    #[test]
    fn lists_in_order() {
        assert_eq!(
            sorted("10.2.3.9;2001:4898:28::1;::1;127.0.0.1"),
            ["::1", "2001:4898:28::1", "10.2.3.9", "127.0.0.1"]
        );
        assert!(sorted("10.2.3.9;name").is_empty());
        assert!(sorted("").is_empty());
    }

    #[test]
    fn a_run_asks_for_each_name_once_and_for_so_many() {
        let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = asked.clone();
        let names: Names = Arc::new(move |_, _| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            vec![IpAddr::from([1, 2, 3, 4]), IpAddr::from(Ipv6Addr::LOCALHOST)]
        });
        let known = Known::new(names.clone(), Instant::now() + Duration::from_secs(60));
        for _ in 0..3 {
            assert_eq!(known.addresses("a", true), ["1.2.3.4"]);
            assert_eq!(known.addresses("a", false), ["1.2.3.4", "::1"]);
        }
        assert_eq!(known.addresses("[::1]", false), ["::1"]);
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
        (0..100).for_each(|at| drop(known.addresses(&format!("n{at}"), true)));
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), MOST);
        let late = Known::new(names, Instant::now());
        assert!(late.addresses("a", true).is_empty());
    }
}
