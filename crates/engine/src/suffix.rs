//! Domains under which anybody can register: no cookie may be set for all of them (RFC 6265 section 5.3 step 5).
//!
//! The list is the machine's (Debian: package `publicsuffix`), read when the first cookie asks to cover other hosts. A
//! list of our own would be a third of a megabyte and out of date. Without one only the rule remains that a domain has
//! a dot inside, which the jar itself keeps.

use std::collections::HashSet;
use std::fs;
use std::sync::OnceLock;

/// Where systems keep the list.
const PLACES: &[&str] = &[
    "/usr/share/publicsuffix/public_suffix_list.dat",
    "/usr/local/share/publicsuffix/public_suffix_list.dat",
    "/opt/homebrew/share/public_suffix_list.dat",
    "/usr/share/public_suffix_list.dat",
];

/// Bytes beyond which a file is not taken for the list.
const LONGEST: u64 = 4 << 20;

/// The rules of a list: `com`, `*.ck`, `!www.ck`.
struct Rules(HashSet<Box<str>>);

impl Rules {
    fn read(text: &str) -> Rules {
        let lines = text.lines().filter_map(|line| line.split_whitespace().next());
        let rules = lines.filter(|rule| !rule.starts_with("//"));
        Rules(
            rules
                .map(|rule| match rule.is_ascii() {
                    true => Box::from(rule.to_ascii_lowercase()),
                    false => international(rule),
                })
                .collect(),
        )
    }

    /// Whether the whole of a domain in lower case is a suffix: the rules of <https://publicsuffix.org/list/>.
    fn is_public(&self, domain: &str) -> bool {
        if self.0.contains(format!("!{domain}").as_str()) {
            return false;
        }
        let above = domain.split_once('.').map_or("", |(_, above)| above);
        self.0.contains(domain) || self.0.contains(format!("*.{above}").as_str())
    }
}

/// A rule in the form that names have on the wire.
fn international(rule: &str) -> Box<str> {
    let bare = rule.trim_start_matches(['!', '*', '.']);
    let mark = &rule[..rule.len() - bare.len()];
    // A rule that is no name fits no name either.
    idna::domain_to_ascii(bare).map_or_else(|_| Box::from(rule), |name| format!("{mark}{name}").into())
}

/// Whether anybody can register below this domain, as far as the machine knows.
pub(crate) fn is_public(domain: &str) -> bool {
    static RULES: OnceLock<Option<Rules>> = OnceLock::new();
    let rules = RULES.get_or_init(|| {
        let found =
            PLACES.iter().find(|place| fs::metadata(place).is_ok_and(|file| file.len() <= LONGEST))?;
        fs::read_to_string(found).ok().map(|text| Rules::read(&text))
    });
    rules.as_ref().is_some_and(|rules| rules.is_public(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_wildcards_and_exceptions() {
        let rules =
            Rules::read("// a list\ncom\nco.uk and more\n\n*.ck\n!www.ck\n\u{516c}\u{53f8}.cn\nGITHUB.io\n");
        for public in ["com", "co.uk", "any.ck", "xn--55qx5d.cn", "github.io"] {
            assert!(rules.is_public(public), "{public}");
        }
        for own in ["example.com", "uk", "www.ck", "example.any.ck", "example.github.io", "cn"] {
            assert!(!rules.is_public(own), "{own}");
        }
    }
}
