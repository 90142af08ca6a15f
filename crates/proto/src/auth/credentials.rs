//! Credentials for one side, and the state of its challenges.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use winhttp_abi as abi;

use super::dialogue::{Bond, Dialogue, Identity, Introduction, Mechanisms, binds};
use super::digest::Session;
use super::{Login, challenges};
use crate::http::decode::ResponseHead;

/// What is known of one side, the server or the proxy, once there is something to know.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// From WinHttpSetCredentials: the scheme and who; `None` for the machine's own login, of which there is none here.
    /// It beats the options and is not replaced by them.
    explicit: Option<(u32, Option<Login>)>,
    /// `WINHTTP_OPTION_USERNAME` and `WINHTTP_OPTION_PASSWORD`, or the proxy's.
    pub(super) option: Login,
    /// An answer to a challenge is under way: Basic with the options' login.
    basic: bool,
    digest: Option<Session>,
    dialogue: Dialogue,
    /// `WINHTTP_AUTH_SCHEME_*` bits of the schemes in which nobody logs in, whoever is known.
    refused: u32,
    /// Challenges that were answered since SendRequest.
    answered: u32,
    /// What goes with the next leg: the value of Authorization or Proxy-Authorization, empty for nothing.
    pub(super) value: Vec<u8>,
}

impl Credentials {
    /// WinHttpSetCredentials: `None` for the machine's own login, of which there is none here.
    pub(super) fn set(&mut self, scheme: u32, login: Option<Login>) {
        self.explicit = Some((scheme, login));
        self.digest = None;
        self.basic = false;
        self.dialogue.end();
    }

    /// The schemes in which nobody logs in from now on, `WINHTTP_AUTH_SCHEME_*` bits.
    pub(super) fn refuse(&mut self, schemes: u32) {
        self.refused = schemes;
        if self.refused & self.dialogue.scheme() != 0 {
            self.dialogue.end();
        }
    }

    /// A SendRequest begins; a dialogue that an earlier one has left is over.
    pub(super) fn begin(&mut self) {
        self.answered = 0;
        if self.dialogue.open() {
            self.dialogue.end();
        }
    }

    /// Who logs in with this scheme.
    fn login(&self, scheme: u32) -> Option<&Login> {
        if self.refused & scheme != 0 {
            return None;
        }
        match &self.explicit {
            Some((own, login)) => login.as_ref().filter(|_| *own == scheme),
            None => Some(&self.option).filter(|login| !login.user.is_empty()),
        }
    }

    fn identity(&self, scheme: u32) -> Option<Identity> {
        let login = self.login(scheme)?;
        let mut hash = Sha256::new();
        for part in [&scheme.to_le_bytes()[..], login.user.as_bytes(), login.password.as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Some(hash.finalize().into())
    }

    /// The logins whose connections this side may use, the likelier first.
    pub(super) fn identities(&self) -> impl Iterator<Item = Identity> {
        let schemes = [abi::WINHTTP_AUTH_SCHEME_NEGOTIATE, abi::WINHTTP_AUTH_SCHEME_NTLM];
        let likely = self.binding_likely();
        schemes.into_iter().filter(move |_| likely).filter_map(|scheme| self.identity(scheme))
    }

    /// Whether a scheme that belongs to a connection may be used at all.
    pub(super) fn binding_likely(&self) -> bool {
        match &self.explicit {
            Some((scheme, login)) => binds(*scheme) && login.is_some(),
            None => !self.option.user.is_empty(),
        }
    }

    /// What the connection has become by this side's dialogue.
    pub(super) fn bond(&self) -> Bond {
        self.dialogue.bond(|| self.identity(self.dialogue.scheme()).unwrap_or_default())
    }

    /// The next leg goes on another connection. True when something else goes with it now.
    pub(super) fn moved(&mut self, mechanisms: Option<Mechanisms>, host: &str) -> bool {
        if !self.dialogue.moved() {
            return false;
        }
        let scheme = self.dialogue.scheme();
        self.start(scheme, mechanisms, host);
        true
    }

    fn start(&mut self, scheme: u32, mechanisms: Option<Mechanisms>, host: &str) -> bool {
        let Some(login) = self.login(scheme).cloned() else { return false };
        self.dialogue.begin(mechanisms, &Introduction { scheme, login: &login, host })
    }

    /// A reply that does not ask for credentials (any more).
    pub(super) fn accepted(&mut self, head: &ResponseHead, info: &[u8]) {
        self.dialogue.accept();
        if let Some(session) = &mut self.digest
            && let Some(info) = head.get(info)
        {
            session.renew(info);
        }
    }

    /// Works out what goes with the next leg.
    ///
    /// contract: api-behaviour section 17, Basic credentials from WinHttpSetCredentials go with the first request
    pub(super) fn authorize(&mut self, method: &[u8], uri: &[u8], entropy: u64) {
        let mut value = std::mem::take(&mut self.value);
        value.clear();
        self.write(method, uri, entropy, &mut value);
        self.value = value;
    }

    /// Writes what goes with a request; nothing where nothing does.
    pub(super) fn write(&mut self, method: &[u8], uri: &[u8], entropy: u64, out: &mut Vec<u8>) {
        if self.dialogue.write(out) {
            return;
        }
        let scheme = match &self.explicit {
            Some((scheme, _)) => *scheme,
            None if self.digest.is_some() => abi::WINHTTP_AUTH_SCHEME_DIGEST,
            None if self.basic => abi::WINHTTP_AUTH_SCHEME_BASIC,
            None => return,
        };
        // Counting goes on in the session while the login is looked at.
        let mut digest = self.digest.take();
        match (scheme, self.login(scheme), &mut digest) {
            (abi::WINHTTP_AUTH_SCHEME_BASIC, Some(login), _) => basic(login, out),
            (abi::WINHTTP_AUTH_SCHEME_DIGEST, Some(login), Some(session)) => {
                session.respond(login, method, uri, entropy, out);
            }
            _ => {}
        }
        self.digest = digest;
    }

    /// Whether a challenge can be answered, and how it will be.
    ///
    /// contract: api-behaviour section 17, credentials from WinHttpSetCredentials that are wrong end in the 401 itself:
    /// the options are not tried after them
    pub(super) fn answer(
        &mut self,
        head: &ResponseHead,
        header: &[u8],
        mechanisms: Option<Mechanisms>,
        host: &str,
    ) -> bool {
        if self.dialogue.open() {
            return self.go_on(head, header);
        }
        let mut digest: Option<Session> = None;
        let mut basic = false;
        let mut bound = 0;
        for value in head.fields().all(header) {
            for challenge in challenges(value) {
                match challenge.scheme() {
                    scheme if self.refused & scheme != 0 => {}
                    abi::WINHTTP_AUTH_SCHEME_BASIC => basic = true,
                    scheme if binds(scheme) => bound |= scheme,
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
        // contract: api-behaviour section 34, of the schemes offered the strongest is answered
        for scheme in [abi::WINHTTP_AUTH_SCHEME_NEGOTIATE, abi::WINHTTP_AUTH_SCHEME_NTLM] {
            if bound & scheme != 0 && self.start(scheme, mechanisms, host) {
                self.answered += 1;
                return true;
            }
        }
        let answers = match &self.explicit {
            Some((abi::WINHTTP_AUTH_SCHEME_DIGEST, Some(_))) => digest.is_some(),
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

    /// The next step of a dialogue. What is not answered is the reply.
    fn go_on(&mut self, head: &ResponseHead, header: &[u8]) -> bool {
        let scheme = self.dialogue.scheme();
        self.answered += 1;
        if self.answered > MOST_STEPS {
            self.dialogue.end();
            return false;
        }
        let token = head
            .fields()
            .all(header)
            .flat_map(challenges)
            .find(|challenge| challenge.scheme() == scheme)
            .and_then(|challenge| challenge.token());
        self.dialogue.answer(token)
    }
}

/// Challenges answered for one SendRequest: two for NTLM, more where a server changes connections in between.
const MOST_STEPS: u32 = 8;

/// RFC 7617: user and password in UTF-8.
fn basic(login: &Login, out: &mut Vec<u8>) {
    let pair = format!("{}:{}", login.user, login.password);
    out.extend_from_slice(b"Basic ");
    out.extend_from_slice(STANDARD.encode(pair).as_bytes());
}
