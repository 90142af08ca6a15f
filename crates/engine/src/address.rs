//! Addresses as the notifications tell them.

use std::net::IpAddr;

/// An address as text, on the stack.
pub(crate) struct AddressText {
    bytes: [u8; 46],
}

impl AddressText {
    pub(crate) fn new() -> Self {
        AddressText { bytes: [0; 46] }
    }

    #[cold]
    pub(crate) fn write(&mut self, address: IpAddr) -> &str {
        use std::io::Write as _;
        if let IpAddr::V4(address) = address {
            return self.write_octets(address.octets());
        }
        let mut room = &mut self.bytes[..];
        // The longest text of an address has 45 characters.
        let _ = write!(room, "{address}");
        let length = 46 - room.len();
        std::str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }

    /// Every connection that is made tells its address twice; formatting takes ten times as long.
    fn write_octets(&mut self, octets: [u8; 4]) -> &str {
        let mut length = 0;
        let mut put = |byte| {
            self.bytes[length] = byte;
            length += 1;
        };
        for (at, octet) in octets.into_iter().enumerate() {
            if at > 0 {
                put(b'.');
            }
            if octet >= 100 {
                put(b'0' + octet / 100);
            }
            if octet >= 10 {
                put(b'0' + octet / 10 % 10);
            }
            put(b'0' + octet % 10);
        }
        std::str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_usual() {
        let octets = (0..=255u8).map(|octet| IpAddr::from([octet, 255 - octet, octet / 3, octet % 11]));
        let others = ["::", "::1", "fe80::1:2", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:1.2.3.4"];
        for address in octets.chain(others.map(|other| other.parse().unwrap())) {
            assert_eq!(AddressText::new().write(address), address.to_string());
        }
    }
}
