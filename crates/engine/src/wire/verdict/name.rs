//! Whether a certificate is for the host.

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use webpki::EndEntityCert;

use super::certificate::Certificate;
use super::der::{Malformed, Reader, tag};

/// How a certificate stands to the host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// Named among the subject's alternative names.
    Alternative,
    /// Named as the subject's common name, in a certificate that has no alternative name of a host.
    CommonName,
    /// Not named.
    None,
}

/// Matches the host. Alternative names decide, by the verification library's rules (wildcards for one whole label); only
/// where there is none of a host at all, the common name does, as Windows still has it.
pub(crate) fn matches(
    host: &ServerName<'_>,
    parsed: Option<&EndEntityCert<'_>>,
    leaf: &Certificate<'_>,
) -> Match {
    let alternative = match parsed {
        Some(parsed) => parsed.verify_is_valid_for_subject_name(host).is_ok(),
        // The library does not read this certificate, which is a fault of its own; its names are no further one.
        None => alternatives_match(host, leaf.alternatives),
    };
    if alternative {
        return Match::Alternative;
    }
    if names_a_host(leaf.alternatives) {
        return Match::None;
    }
    let mut found = Match::None;
    // A subject that cannot be read has named nothing beyond that point.
    let _: Result<(), Malformed> = common_names(leaf.subject, |name| {
        if name_matches(host, name) {
            found = Match::CommonName;
        }
    });
    found
}

/// Whether an alternative name is the host's, as far as the list can be read.
fn alternatives_match(host: &ServerName<'_>, alternatives: Option<&[u8]>) -> bool {
    let mut names = Reader::new(alternatives.unwrap_or_default());
    while let Ok(name) = names.any() {
        let same = match host {
            ServerName::DnsName(_) if name.tag == tag::primitive(2) => {
                std::str::from_utf8(name.value).is_ok_and(|name| name_matches(host, name))
            }
            ServerName::IpAddress(address) if name.tag == tag::primitive(7) => match IpAddr::from(*address) {
                IpAddr::V4(address) => address.octets() == name.value,
                IpAddr::V6(address) => address.octets() == name.value,
            },
            _ => false,
        };
        if same {
            return true;
        }
    }
    false
}

/// Whether there is an alternative name of a host: a DNS name or an address. A list that cannot be read is taken to have one.
fn names_a_host(alternatives: Option<&[u8]>) -> bool {
    let mut names = Reader::new(alternatives.unwrap_or_default());
    while !names.is_empty() {
        match names.any() {
            Ok(name) if name.tag != tag::primitive(2) && name.tag != tag::primitive(7) => {}
            _ => return true,
        }
    }
    false
}

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// Calls `each` with every common name of a subject.
fn common_names(subject: &[u8], mut each: impl FnMut(&str)) -> Result<(), Malformed> {
    attributes(subject, |kind, value| {
        if kind == COMMON_NAME {
            each(value);
        }
    })
}

/// Calls `each` with the kind (an object identifier) and the value of every attribute of a name, in the order
/// of the encoding. Values that are no text are left out.
fn attributes(name: &[u8], mut each: impl FnMut(&[u8], &str)) -> Result<(), Malformed> {
    let mut sets = Reader::new(name);
    while !sets.is_empty() {
        let mut set = Reader::new(sets.expect(tag::SET)?.value);
        while !set.is_empty() {
            let mut attribute = Reader::new(set.expect(tag::SEQUENCE)?.value);
            let kind = attribute.expect(tag::OID)?.value;
            let value = attribute.any()?;
            let text = match value.tag {
                tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::NUMERIC_STRING | tag::IA5_STRING => {
                    String::from_utf8(value.value.to_vec()).map_err(|_| Malformed)?
                }
                // Hosts are ASCII, where Teletex means the same; elsewhere it is read as Latin-1, as is usual.
                tag::TELETEX_STRING => value.value.iter().copied().map(char::from).collect(),
                tag::BMP_STRING => {
                    let units =
                        value.value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                    char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| Malformed)?
                }
                _ => continue,
            };
            each(kind, &text);
        }
    }
    Ok(())
}

/// The values of a certificate's name ([`Certificate::subject`], [`Certificate::issuer`]) in the order of the encoding, as
/// `WINHTTP_CERTIFICATE_INFO` shows them one a line. Ends where the name cannot be read.
pub fn name_values(name: &[u8]) -> Vec<String> {
    let mut values = Vec::new();
    let _: Result<(), Malformed> = attributes(name, |_, value| values.push(value.to_owned()));
    values
}

fn name_matches(host: &ServerName<'_>, name: &str) -> bool {
    match host {
        ServerName::DnsName(host) => {
            let host = host.as_ref();
            match name.strip_prefix("*.") {
                // One whole label, and never a whole top-level domain.
                Some(parent) => {
                    parent.contains('.')
                        && host.split_once('.').is_some_and(|(first, rest)| {
                            !first.is_empty() && rest.eq_ignore_ascii_case(parent)
                        })
                }
                None => host.eq_ignore_ascii_case(name),
            }
        }
        ServerName::IpAddress(host) => {
            name.parse::<IpAddr>().is_ok_and(|address| address == IpAddr::from(*host))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_name_rules() {
        let host = |name: &'static str| ServerName::try_from(name).expect("name");
        assert!(name_matches(&host("a.example.org"), "A.Example.ORG"));
        assert!(name_matches(&host("a.example.org"), "*.example.org"));
        assert!(!name_matches(&host("a.b.example.org"), "*.example.org"));
        assert!(!name_matches(&host("example.org"), "*.example.org"));
        assert!(!name_matches(&host("example.org"), "*.org"));
        assert!(!name_matches(&host("example.org"), "*"));
        assert!(name_matches(&host("127.0.0.1"), "127.0.0.1"));
        assert!(name_matches(&host("::1"), "0:0:0:0:0:0:0:1"));
        assert!(!name_matches(&host("127.0.0.1"), "*.0.0.1"));
    }

    #[test]
    fn subjects_in_every_string_type() {
        for (kind, text) in [
            (tag::UTF8_STRING, &b"ab"[..]),
            (tag::PRINTABLE_STRING, b"ab"),
            (tag::TELETEX_STRING, b"ab"),
            (tag::IA5_STRING, b"ab"),
            (tag::BMP_STRING, b"\0a\0b"),
        ] {
            let mut attribute = vec![6, 3, 0x55, 4, 3, kind, text.len() as u8];
            attribute.extend(text);
            let mut subject = vec![0x31, attribute.len() as u8 + 2, 0x30, attribute.len() as u8];
            subject.extend(attribute);
            let mut seen = Vec::new();
            common_names(&subject, |name| seen.push(name.to_owned())).expect("subject");
            assert_eq!(seen, ["ab"]);
            assert_eq!(name_values(&subject), ["ab"]);
            assert_eq!(name_values(&subject[..subject.len() - 1]), [""; 0]);
        }
    }
}
