//! Schemes that belong to a connection (NTLM, Negotiate): tokens back and forth until the server is satisfied.
//!
//! The tokens are made outside: a mechanism needs cryptography, a clock and the machine's name. Here is when one is
//! asked for, on which connection its token may go, and when the dialogue is over.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use winhttp_abi as abi;

use super::Login;

/// Makes the tokens of one dialogue.
pub trait Mechanism: Send {
    /// The next token; `challenge` is empty for the first one. `None` when there is no answer to it.
    fn step(&mut self, challenge: &[u8]) -> Option<Vec<u8>>;
}

/// What a mechanism is begun with.
#[derive(Clone, Copy, Debug)]
pub struct Introduction<'a> {
    /// `WINHTTP_AUTH_SCHEME_NTLM` or `WINHTTP_AUTH_SCHEME_NEGOTIATE`.
    pub scheme: u32,
    /// Who.
    pub login: &'a Login,
    /// Host of the server or proxy that asks.
    pub host: &'a str,
}

/// Begins a mechanism; `None` for a scheme that is not there.
pub type Mechanisms = fn(&Introduction<'_>) -> Option<Box<dyn Mechanism>>;

/// Whether a scheme belongs to the connection that carried it (RFC 4559 section 6).
pub(crate) fn binds(scheme: u32) -> bool {
    matches!(scheme, abi::WINHTTP_AUTH_SCHEME_NTLM | abi::WINHTTP_AUTH_SCHEME_NEGOTIATE)
}

/// Whom a connection belongs to, as far as such schemes are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// Nobody has logged in on it.
    None,
    /// A dialogue goes on: the connection stays with its request.
    UnderWay,
    /// Somebody has logged in: only requests of the same login may use it.
    Of(Identity),
    /// A dialogue ended without success: nobody may use it.
    Spoiled,
}

/// Scheme, user and password, as a hash: connections at rest keep no password.
pub type Identity = [u8; 32];

/// One dialogue on one connection.
#[derive(Default)]
pub(super) struct Dialogue {
    scheme: u32,
    mechanism: Option<Box<dyn Mechanism>>,
    /// Goes with the next leg.
    token: Option<Vec<u8>>,
    /// A challenge has been answered: what follows makes sense on the same connection only.
    deep: bool,
    /// A token has gone, or is about to go, on the present connection.
    touched: bool,
    accepted: bool,
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens are as good as passwords for a while.
        f.debug_struct("Dialogue")
            .field("scheme", &self.scheme)
            .field("deep", &self.deep)
            .finish_non_exhaustive()
    }
}

impl Dialogue {
    pub(super) fn scheme(&self) -> u32 {
        self.scheme
    }

    /// Somebody is asked for a next token.
    pub(super) fn open(&self) -> bool {
        self.mechanism.is_some()
    }

    /// A first token goes with the next leg. False when there is no mechanism.
    pub(super) fn begin(&mut self, mechanisms: Option<Mechanisms>, introduction: &Introduction<'_>) -> bool {
        self.end();
        let Some(mut mechanism) = mechanisms.and_then(|begin| begin(introduction)) else { return false };
        let Some(token) = mechanism.step(&[]) else { return false };
        *self = Dialogue {
            scheme: introduction.scheme,
            mechanism: Some(mechanism),
            token: Some(token),
            touched: self.touched,
            ..Dialogue::default()
        };
        true
    }

    /// The server's token, base64 as it came. False when it has no answer: the login is refused.
    pub(super) fn answer(&mut self, challenge: Option<&[u8]>) -> bool {
        let token = challenge
            .and_then(|text| STANDARD.decode(text).ok())
            .filter(|challenge| !challenge.is_empty())
            .and_then(|challenge| self.mechanism.as_mut()?.step(&challenge));
        match token {
            Some(token) => {
                self.token = Some(token);
                self.deep = true;
                true
            }
            None => {
                self.end();
                false
            }
        }
    }

    /// Writes the value of Authorization, where there is a token.
    pub(super) fn write(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(token) = &self.token else { return false };
        self.touched = true;
        let name: &[u8] = if self.scheme == abi::WINHTTP_AUTH_SCHEME_NTLM { b"NTLM " } else { b"Negotiate " };
        out.extend_from_slice(name);
        out.extend_from_slice(STANDARD.encode(token).as_bytes());
        true
    }

    /// A reply that asks for nothing more.
    pub(super) fn accept(&mut self) {
        if self.token.take().is_some() {
            self.mechanism = None;
            self.accepted = true;
        }
    }

    /// Nothing more is said; what the connection has become stays.
    pub(super) fn end(&mut self) {
        self.mechanism = None;
        self.token = None;
        self.accepted = false;
    }

    /// The next leg goes on another connection. True when the dialogue has to begin afresh there.
    pub(super) fn moved(&mut self) -> bool {
        let again = self.deep && self.open();
        self.touched = self.open();
        self.accepted = false;
        again
    }

    pub(super) fn bond(&self, identity: impl FnOnce() -> Identity) -> Bond {
        match self {
            Dialogue { mechanism: Some(_), .. } => Bond::UnderWay,
            Dialogue { touched: false, .. } => Bond::None,
            Dialogue { accepted: true, .. } => Bond::Of(identity()),
            _ => Bond::Spoiled,
        }
    }
}
