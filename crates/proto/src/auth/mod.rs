//! Credentials, and what a 401 or 407 asks for.
//!
//! ```text
//!   challenge  WWW-Authenticate and Proxy-Authenticate, taken apart
//!   digest     RFC 7616: MD5, SHA-256 and their -sess forms
//! ```
//!
//! NTLM and Negotiate are recognised and reported; this build has no credentials for them.

mod challenge;
mod digest;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use winhttp_abi as abi;

pub use challenge::{Challenge, challenges};
use digest::Session;

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

/// One side that may ask for credentials: the server or the proxy.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// From WinHttpSetCredentials: the scheme and who. It beats the options and is not replaced by them.
    explicit: Option<(u32, Login)>,
    /// `WINHTTP_OPTION_USERNAME` and `WINHTTP_OPTION_PASSWORD`, or the proxy's.
    pub option: Login,
    /// An answer to a challenge is under way: Basic with the options' login.
    basic: bool,
    digest: Option<Session>,
    /// Challenges that were answered since SendRequest.
    answered: u32,
}

impl Party {
    /// Forgets everything but memory.
    pub fn clear(&mut self) {
        *self = Party::default();
    }

    /// WinHttpSetCredentials: `None` for the machine's own login, of which there is none here.
    pub fn set(&mut self, scheme: u32, login: Option<Login>) {
        self.explicit = login.map(|login| (scheme, login));
        self.digest = None;
        self.basic = false;
    }

    /// A SendRequest begins.
    pub(crate) fn begin(&mut self) {
        self.answered = 0;
    }

    /// Writes what goes with the next leg; `out` is left empty when that is nothing.
    ///
    /// contract: api-behaviour section 17, Basic credentials from WinHttpSetCredentials go with the first request
    pub(crate) fn authorize(&mut self, method: &[u8], uri: &[u8], entropy: u64, out: &mut Vec<u8>) {
        out.clear();
        match &self.explicit {
            Some((abi::WINHTTP_AUTH_SCHEME_BASIC, login)) => return basic(login, out),
            Some((abi::WINHTTP_AUTH_SCHEME_DIGEST, login)) => {
                if let Some(session) = &mut self.digest {
                    session.respond(login, method, uri, entropy, out);
                }
                return;
            }
            _ => {}
        }
        match &mut self.digest {
            Some(session) => session.respond(&self.option, method, uri, entropy, out),
            None if self.basic => basic(&self.option, out),
            None => {}
        }
    }

    /// Whether a challenge can be answered, and how it will be.
    ///
    /// contract: api-behaviour section 17, credentials from WinHttpSetCredentials that are wrong end in the 401 itself:
    /// the options are not tried after them
    pub(crate) fn answer(&mut self, head: &ResponseHead, header: &[u8]) -> bool {
        let mut digest: Option<Session> = None;
        let mut basic = false;
        for value in head.fields().all(header) {
            for challenge in challenges(value) {
                match challenge.scheme() {
                    abi::WINHTTP_AUTH_SCHEME_BASIC => basic = true,
                    abi::WINHTTP_AUTH_SCHEME_DIGEST => {
                        // Of several the strongest counts, and of equal ones the first (RFC 7616 section 3.7).
                        if let Some(session) = Session::of(&challenge)
                            && digest.as_ref().is_none_or(|best| session.stronger(best))
                        {
                            digest = Some(session);
                        }
                    }
                    _ => {}
                }
            }
        }
        // A nonce that has only grown old may be answered once more.
        let stale = digest.as_ref().is_some_and(|session| session.stale);
        let tried = if stale { 2 } else { 1 };
        if self.answered >= tried {
            return false;
        }
        let answers = match &self.explicit {
            Some((abi::WINHTTP_AUTH_SCHEME_DIGEST, _)) => digest.is_some(),
            Some(_) => false,
            None if self.option.user.is_empty() => false,
            None => digest.is_some() || basic,
        };
        if !answers {
            return false;
        }
        self.basic = digest.is_none();
        self.digest = digest;
        self.answered += 1;
        true
    }
}

/// RFC 7617: user and password in UTF-8.
fn basic(login: &Login, out: &mut Vec<u8>) {
    let pair = format!("{}:{}", login.user, login.password);
    out.extend_from_slice(b"Basic ");
    out.extend_from_slice(STANDARD.encode(pair).as_bytes());
}

#[cfg(test)]
mod tests {
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

    fn sent(party: &mut Party) -> String {
        let mut out = Vec::new();
        party.authorize(b"GET", b"/dir/index.html", 7, &mut out);
        String::from_utf8(out).unwrap()
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
        let mut party = Party { option: login("other", "one"), ..Party::default() };
        party.set(abi::WINHTTP_AUTH_SCHEME_BASIC, Some(login("user", "pwd")));
        party.begin();
        assert_eq!(sent(&mut party), "Basic dXNlcjpwd2Q=");
        assert!(!party.answer(&head, b"WWW-Authenticate"));
    }

    #[test]
    fn options_wait_for_the_challenge_and_answer_once() {
        let head = reply("HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"placebo\"\r\n\r\n");
        let mut party = Party { option: login("user", "pwd"), ..Party::default() };
        party.begin();
        assert_eq!(sent(&mut party), "");
        assert!(party.answer(&head, b"WWW-Authenticate"));
        assert_eq!(sent(&mut party), "Basic dXNlcjpwd2Q=");
        assert!(!party.answer(&head, b"WWW-Authenticate"), "the same answer is not given twice");
    }

    #[test]
    fn digest_is_preferred_and_answered_once_more_when_stale() {
        let head = reply(
            "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"a\", Digest realm=\"b\", nonce=\"n1\", qop=\"auth\", stale=true\r\n\r\n",
        );
        let mut party = Party { option: login("user", "pwd"), ..Party::default() };
        assert!(party.answer(&head, b"WWW-Authenticate"));
        assert!(sent(&mut party).starts_with("Digest username=\"user\", realm=\"b\", nonce=\"n1\""));
        assert!(party.answer(&head, b"WWW-Authenticate"));
        assert!(!party.answer(&head, b"WWW-Authenticate"));
    }
}
