//! Credentials, and what a 401 or 407 asks for.
//!
//! ```text
//!   challenge  WWW-Authenticate and Proxy-Authenticate, taken apart
//!   party      the server or the proxy; nothing where nobody logs in
//!   credentials  who logs in, and how far its challenges are
//!   digest     RFC 7616: MD5, SHA-256 and their -sess forms
//!   dialogue   NTLM and Negotiate: tokens on one connection, made by a mechanism from outside
//! ```

mod challenge;
mod credentials;
mod dialogue;
mod digest;
mod party;

pub use challenge::{Challenge, challenges};
pub use dialogue::{Bond, Identity, Introduction, Mechanism, Mechanisms};
pub use party::Party;

use crate::http::decode::ResponseHead;

/// A name and a password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// What a reply's challenges come to (contract: WinHttpQueryAuthSchemes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// `WINHTTP_AUTH_SCHEME_*` bits of all schemes that are known.
    pub supported: u32,
    /// The first known scheme (contract: api-behaviour section 17, unknown ones are passed over).
    pub first: u32,
}

impl Offer {
    /// Reads the challenges of a reply; nothing for a reply without any.
    pub fn of(head: &ResponseHead, header: &[u8]) -> Offer {
        let mut offer = Offer::default();
        for value in head.fields().all(header) {
            for challenge in challenges(value) {
                let scheme = challenge.scheme();
                offer.supported |= scheme;
                if offer.first == 0 {
                    offer.first = scheme;
                }
            }
        }
        offer
    }
}

#[cfg(test)]
mod tests {
    use winhttp_abi as abi;

    use super::*;
    use crate::http::decode::{Limits, Progress};

    fn reply(text: &str) -> ResponseHead {
        let mut head = ResponseHead::default();
        let parsed = head.parse(text.as_bytes(), &Limits::default()).unwrap();
        assert!(matches!(parsed, Progress::Complete { .. }));
        head
    }

    fn login(user: &str, password: &str) -> Login {
        Login { user: user.into(), password: password.into() }
    }

    fn optional(user: &str, password: &str) -> Party {
        let mut party = Party::default();
        *party.option_mut() = login(user, password);
        party
    }

    fn sent(party: &mut Party) -> String {
        party.authorize(b"GET", b"/dir/index.html", 7);
        String::from_utf8(party.value().to_vec()).unwrap()
    }

    /// contract: api-behaviour section 17, Bearer, Basic, NTLM in that order
    #[test]
    fn unknown_schemes_are_passed_over() {
        let head = reply(
            "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer\r\nWWW-Authenticate: Basic realm=\"placebo\"\r\n\
             WWW-Authenticate: NTLM\r\n\r\n",
        );
        let offer = Offer::of(&head, b"WWW-Authenticate");
        assert_eq!(offer.supported, abi::WINHTTP_AUTH_SCHEME_BASIC | abi::WINHTTP_AUTH_SCHEME_NTLM);
        assert_eq!(offer.first, abi::WINHTTP_AUTH_SCHEME_BASIC);
        assert_eq!(Offer::of(&head, b"Proxy-Authenticate"), Offer::default());
    }

    /// contract: api-behaviour section 17, pre-emptive, and no fallback to the options
    #[test]
    fn explicit_basic_goes_at_once_and_alone() {
        let head = reply("HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"placebo\"\r\n\r\n");
        let mut party = optional("other", "one");
        party.set(abi::WINHTTP_AUTH_SCHEME_BASIC, Some(login("user", "pwd")));
        party.begin();
        assert_eq!(sent(&mut party), "Basic dXNlcjpwd2Q=");
        assert!(!party.answer(&head, b"WWW-Authenticate", None, "h"));
    }

    #[test]
    fn options_wait_for_the_challenge_and_answer_once() {
        let head = reply("HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"placebo\"\r\n\r\n");
        let mut party = optional("user", "pwd");
        party.begin();
        assert_eq!(sent(&mut party), "");
        assert!(party.answer(&head, b"WWW-Authenticate", None, "h"));
        assert_eq!(sent(&mut party), "Basic dXNlcjpwd2Q=");
        assert!(!party.answer(&head, b"WWW-Authenticate", None, "h"), "the same answer is not given twice");
    }

    #[test]
    fn digest_is_preferred_and_answered_once_more_when_stale() {
        let head = reply(
            "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"a\", Digest realm=\"b\", nonce=\"n1\", qop=\"auth\", stale=true\r\n\r\n",
        );
        let mut party = optional("user", "pwd");
        assert!(party.answer(&head, b"WWW-Authenticate", None, "h"));
        assert!(sent(&mut party).starts_with("Digest username=\"user\", realm=\"b\", nonce=\"n1\""));
        assert!(party.answer(&head, b"WWW-Authenticate", None, "h"));
        assert!(!party.answer(&head, b"WWW-Authenticate", None, "h"));
    }
}
