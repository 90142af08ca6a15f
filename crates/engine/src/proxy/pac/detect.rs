//! Looking for a script by name: `wpad` in the machine's domain (WPAD by DNS). DHCP is not asked.
//!
//! Whoever has the name `wpad` says where requests go. So the name is asked for in the machine's own domain and in those above
//! that have at least three labels, never where anybody can register: `wpad.example.com` is asked for by machines of
//! `example.com` only.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::names::Names;
use crate::suffix;

/// The longest that the search takes.
const LIMIT: Duration = Duration::from_secs(5);

/// The URL of a script that the network offers, if the name of its server has an address.
pub(super) fn find(names: &Names) -> Option<String> {
    let ends = Instant::now() + LIMIT;
    servers(&domain()?).into_iter().find_map(|server| {
        let left = ends.saturating_duration_since(Instant::now());
        let found: Vec<IpAddr> = if left.is_zero() { Vec::new() } else { names(&server, left) };
        (!found.is_empty()).then(|| format!("http://{server}/wpad.dat"))
    })
}

/// The machine's domain: what follows its own name, or the first that its resolver is set to.
fn domain() -> Option<String> {
    let own = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    let own = own.as_deref().and_then(|name| name.split_once('.')).map(|(_, domain)| domain.to_owned());
    own.or_else(|| of_resolver(&std::fs::read_to_string("/etc/resolv.conf").ok()?))
}

/// resolv.conf(5): the last of `domain` and `search` counts.
fn of_resolver(settings: &str) -> Option<String> {
    let said = |line: &str| {
        let mut words = line.split_whitespace();
        matches!(words.next()?, "domain" | "search").then(|| words.next().map(str::to_owned)).flatten()
    };
    settings.lines().filter_map(said).next_back()
}

/// The names to ask for, the nearest first.
fn servers(domain: &str) -> Vec<String> {
    let domain = domain.trim_matches('.').to_ascii_lowercase();
    let mut names = Vec::new();
    let mut part = domain.as_str();
    loop {
        let labels = part.split('.').count();
        let least = if part.len() == domain.len() { 2 } else { 3 };
        if labels < least || suffix::is_public(part) {
            return names;
        }
        names.push(format!("wpad.{part}"));
        part = part.split_once('.').map_or("", |(_, above)| above);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers() {
        for (domain, names) in [
            ("a.b.Example.org.", &["wpad.a.b.example.org", "wpad.b.example.org"][..]),
            ("example.org", &["wpad.example.org"]),
            ("org", &[]),
            ("", &[]),
            (".", &[]),
        ] {
            assert_eq!(servers(domain), names, "{domain}");
        }
    }

    #[test]
    fn the_resolvers_domain() {
        let settings =
            "# search no.example\nnameserver 10.0.0.1\ndomain a.example\nsearch b.example c.example\n";
        assert_eq!(of_resolver(settings).as_deref(), Some("b.example"));
        assert_eq!(of_resolver("nameserver 10.0.0.1\nsearch\n"), None);
    }
}
