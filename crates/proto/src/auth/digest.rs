//! Digest access authentication (RFC 7616).

use std::io::Write as _;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::{Challenge, Login, challenges};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
}

/// What a server has challenged with, and how often it was answered.
#[derive(Clone, Debug)]
pub(super) struct Session {
    realm: Vec<u8>,
    nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    algorithm: Algorithm,
    /// The algorithm's name is repeated only if the server gave one.
    named: bool,
    sess: bool,
    /// The client's own number of a -sess session, the same in all of its requests.
    cnonce: Option<u64>,
    auth: bool,
    pub(super) stale: bool,
    count: u32,
}

impl Session {
    /// Reads a challenge; `None` for one that cannot be answered (an unknown algorithm, only auth-int, no nonce).
    pub(super) fn of(challenge: &Challenge<'_>) -> Option<Session> {
        let name = challenge.parameter(b"algorithm");
        let (algorithm, sess) = match name.as_deref().map(<[u8]>::to_ascii_uppercase).as_deref() {
            None | Some(b"MD5") => (Algorithm::Md5, false),
            Some(b"MD5-SESS") => (Algorithm::Md5, true),
            Some(b"SHA-256") => (Algorithm::Sha256, false),
            Some(b"SHA-256-SESS") => (Algorithm::Sha256, true),
            Some(_) => return None,
        };
        let qop = challenge.parameter(b"qop");
        let auth = match qop.as_deref() {
            None => false,
            Some(list) => {
                let auth =
                    list.split(|&b| b == b',').any(|item| item.trim_ascii().eq_ignore_ascii_case(b"auth"));
                if !auth {
                    return None;
                }
                true
            }
        };
        Some(Session {
            realm: challenge.parameter(b"realm")?.into_owned(),
            nonce: challenge.parameter(b"nonce")?.into_owned(),
            opaque: challenge.parameter(b"opaque").map(|opaque| opaque.into_owned()),
            algorithm,
            named: name.is_some(),
            sess,
            cnonce: None,
            auth,
            stale: challenge.parameter(b"stale").is_some_and(|stale| stale.eq_ignore_ascii_case(b"true")),
            count: 0,
        })
    }

    pub(super) fn stronger(&self, other: &Session) -> bool {
        self.algorithm > other.algorithm
    }

    /// The server names the nonce of the next request (RFC 7616 section 3.5).
    pub(super) fn renew(&mut self, info: &[u8]) {
        // The parameters stand alone there; a scheme's name makes a challenge of them.
        let line = [b"Digest ", info].concat();
        let next = challenges(&line)
            .first()
            .and_then(|info| info.parameter(b"nextnonce").map(|nonce| nonce.into_owned()));
        if let Some(nonce) = next {
            self.nonce = nonce;
            self.count = 0;
        }
    }

    fn hash(&self, parts: &[&[u8]]) -> String {
        let text = parts.join(&b':');
        match self.algorithm {
            Algorithm::Md5 => hex(&Md5::digest(text)),
            Algorithm::Sha256 => hex(&Sha256::digest(text)),
        }
    }

    /// Appends the value of Authorization for one request.
    pub(super) fn respond(
        &mut self,
        login: &Login,
        method: &[u8],
        uri: &[u8],
        entropy: u64,
        out: &mut Vec<u8>,
    ) {
        self.count = self.count.wrapping_add(1);
        // RFC 7616 section 3.4.2: the key of a -sess session is made of the number that began it.
        let number = if self.sess { *self.cnonce.get_or_insert(entropy) } else { entropy };
        let cnonce = format!("{number:016x}");
        let count = format!("{:08x}", self.count);
        let mut user = self.hash(&[login.user.as_bytes(), &self.realm, login.password.as_bytes()]);
        if self.sess {
            user = self.hash(&[user.as_bytes(), &self.nonce, cnonce.as_bytes()]);
        }
        let what = self.hash(&[method, uri]);
        let response = if self.auth {
            let parts: [&[u8]; 6] =
                [user.as_bytes(), &self.nonce, count.as_bytes(), cnonce.as_bytes(), b"auth", what.as_bytes()];
            self.hash(&parts)
        } else {
            self.hash(&[user.as_bytes(), &self.nonce, what.as_bytes()])
        };
        out.extend_from_slice(b"Digest username=");
        quote(login.user.as_bytes(), out);
        out.extend_from_slice(b", realm=");
        quote(&self.realm, out);
        out.extend_from_slice(b", nonce=");
        quote(&self.nonce, out);
        out.extend_from_slice(b", uri=");
        quote(uri, out);
        if self.named {
            let name = match (self.algorithm, self.sess) {
                (Algorithm::Md5, false) => "MD5",
                (Algorithm::Md5, true) => "MD5-sess",
                (Algorithm::Sha256, false) => "SHA-256",
                (Algorithm::Sha256, true) => "SHA-256-sess",
            };
            // Writing to a Vec cannot fail.
            let _ = write!(out, ", algorithm={name}");
        }
        let _ = write!(out, ", response=\"{response}\"");
        if let Some(opaque) = &self.opaque {
            out.extend_from_slice(b", opaque=");
            quote(opaque, out);
        }
        if self.auth {
            let _ = write!(out, ", qop=auth, nc={count}, cnonce=\"{cnonce}\"");
        } else if self.sess {
            let _ = write!(out, ", cnonce=\"{cnonce}\"");
        }
    }
}

/// A quoted string; bytes that would end the header line are left out.
fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text.iter().filter(|&&byte| byte >= b' ' || byte == b'\t') {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::challenges;
    use super::*;

    fn answer(line: &[u8], user: &str, password: &str, uri: &[u8]) -> String {
        let mut session = Session::of(&challenges(line)[0]).expect("a challenge that can be answered");
        let mut out = Vec::new();
        let login = Login { user: user.into(), password: password.into() };
        session.respond(&login, b"GET", uri, 0, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// RFC 2069's example as corrected by its errata: no qop, so nothing is random.
    #[test]
    fn the_oldest_form() {
        let line = br#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
        let said = answer(line, "Mufasa", "CircleOfLife", b"/dir/index.html");
        assert!(said.contains(r#"response="1949323746fe6a43ef61f9606e7febea""#), "{said}");
        assert!(said.contains(r#"opaque="5ccc069c403ebaf9f0171e9517f40e41""#));
        assert!(!said.contains("qop") && !said.contains("algorithm"));
    }

    #[test]
    fn with_qop_the_count_goes_up() {
        let line = br#"Digest realm="r", nonce="n", qop="auth-int, auth", algorithm=SHA-256"#;
        let mut session = Session::of(&challenges(line)[0]).unwrap();
        let login = Login { user: "u\"x".into(), password: "p".into() };
        let (mut first, mut second) = (Vec::new(), Vec::new());
        session.respond(&login, b"GET", b"/", 1, &mut first);
        session.respond(&login, b"GET", b"/", 1, &mut second);
        let (first, second) = (String::from_utf8(first).unwrap(), String::from_utf8(second).unwrap());
        assert!(first.contains("qop=auth, nc=00000001, cnonce=\"0000000000000001\""), "{first}");
        assert!(second.contains("nc=00000002"));
        assert!(first.contains(r#"username="u\"x""#));
        assert!(first.contains("algorithm=SHA-256"));
        assert_ne!(first.split("response=").nth(1), second.split("response=").nth(1));
    }

    fn parameter(answer: &str, name: &str) -> String {
        let rest = answer.split(&format!("{name}=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {answer}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// RFC 7616 section 3.4.2: H(H(user:realm:password):nonce:cnonce), and without qop the response of RFC 2069.
    #[test]
    fn a_session_keeps_its_key() {
        let login = Login { user: "u".into(), password: "p".into() };
        for (qop, algorithm) in [("", "MD5-sess"), (r#", qop="auth""#, "MD5-sess"), ("", "SHA-256-sess")] {
            let line = format!(r#"Digest realm="r", nonce="n", algorithm={algorithm}{qop}"#);
            let mut session = Session::of(&challenges(line.as_bytes())[0]).expect("a challenge");
            let mut first_cnonce = None;
            for (number, entropy) in [(1, 7), (2, 8)] {
                let mut out = Vec::new();
                session.respond(&login, b"GET", b"/", entropy, &mut out);
                let said = String::from_utf8(out).expect("text");
                let cnonce = parameter(&said, "cnonce");
                assert_eq!(first_cnonce.get_or_insert_with(|| cnonce.clone()), &cnonce, "{said}");
                let hash = |text: String| session.hash(&[text.as_bytes()]);
                let key = hash(format!("{}:n:{cnonce}", hash("u:r:p".into())));
                let what = hash("GET:/".into());
                let wanted = match qop {
                    "" => hash(format!("{key}:n:{what}")),
                    _ => hash(format!("{key}:n:{number:08x}:{cnonce}:auth:{what}")),
                };
                assert_eq!(parameter(&said, "response"), wanted, "{said}");
                assert_eq!(said.contains("qop=auth, nc="), !qop.is_empty(), "{said}");
            }
        }
    }

    #[test]
    fn the_server_names_the_next_nonce() {
        let login = Login { user: "u".into(), password: "p".into() };
        let line = br#"Digest realm="r", nonce="one", qop="auth""#;
        let mut session = Session::of(&challenges(line)[0]).expect("a challenge");
        let said = |session: &mut Session| {
            let mut out = Vec::new();
            session.respond(&login, b"GET", b"/", 1, &mut out);
            String::from_utf8(out).expect("text")
        };
        said(&mut session);
        session.renew(br#"qop=auth, rspauth="x", cnonce="0000000000000001", nc=00000001, nextnonce="two""#);
        let next = said(&mut session);
        assert!(next.contains(r#"nonce="two""#) && next.contains("nc=00000001"), "{next}");
        session.renew(b"qop=auth");
        let next = said(&mut session);
        assert!(next.contains(r#"nonce="two""#) && next.contains("nc=00000002"), "{next}");
    }

    #[test]
    fn what_cannot_be_answered() {
        for line in [
            &br#"Digest realm="r""#[..],
            br#"Digest nonce="n""#,
            br#"Digest realm="r", nonce="n", qop="auth-int""#,
            br#"Digest realm="r", nonce="n", algorithm=SHA-512-256"#,
        ] {
            assert!(Session::of(&challenges(line)[0]).is_none());
        }
    }
}
