//! One side that may ask for credentials.

use super::Login;
use super::credentials::Credentials;
use super::dialogue::{Bond, Identity, Mechanisms};
use crate::http::decode::ResponseHead;

/// One side that may ask for credentials: the server or the proxy. Most requests know of none: then it is one empty
/// pointer.
#[derive(Debug, Default)]
pub struct Party(Option<Box<Credentials>>);

impl Party {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// WinHttpSetCredentials: `None` for the machine's own login, of which there is none here.
    pub fn set(&mut self, scheme: u32, login: Option<Login>) {
        self.0.get_or_insert_default().set(scheme, login);
    }

    /// `WINHTTP_OPTION_USERNAME` and `WINHTTP_OPTION_PASSWORD`, or the proxy's, where one of them was ever set.
    pub fn option(&self) -> Option<&Login> {
        self.0.as_ref().map(|known| &known.option)
    }

    /// The same, to be set.
    pub fn option_mut(&mut self) -> &mut Login {
        &mut self.0.get_or_insert_default().option
    }

    /// The schemes in which nobody logs in from now on, `WINHTTP_AUTH_SCHEME_*` bits.
    pub fn refuse(&mut self, schemes: u32) {
        if schemes != 0 || self.0.is_some() {
            self.0.get_or_insert_default().refuse(schemes);
        }
    }

    /// Whether nobody logs in here.
    pub(crate) fn idle(&self) -> bool {
        self.0.is_none()
    }

    /// What goes with the next leg: the value of Authorization or Proxy-Authorization, empty for nothing.
    pub(crate) fn value(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |known| &known.value)
    }

    /// Nothing goes with the next leg.
    pub(crate) fn silence(&mut self) {
        if let Some(known) = &mut self.0 {
            known.value.clear();
        }
    }

    /// Works out what goes with the next leg.
    pub(crate) fn authorize(&mut self, method: &[u8], uri: &[u8], entropy: u64) {
        if let Some(known) = &mut self.0 {
            known.authorize(method, uri, entropy);
        }
    }

    /// Writes what goes with a request that is no leg (CONNECT), where something does.
    pub(crate) fn write(&mut self, method: &[u8], uri: &[u8], entropy: u64, out: &mut Vec<u8>) {
        if let Some(known) = &mut self.0 {
            known.write(method, uri, entropy, out);
        }
    }

    /// A SendRequest begins; a dialogue that an earlier one has left is over.
    pub(crate) fn begin(&mut self) {
        if let Some(known) = &mut self.0 {
            known.begin();
        }
    }

    /// The logins whose connections this side may use, the likelier first.
    pub(crate) fn identities(&self) -> impl Iterator<Item = Identity> {
        self.0.iter().flat_map(|known| known.identities())
    }

    /// Whether a scheme that belongs to a connection may be used at all.
    pub(crate) fn binding_likely(&self) -> bool {
        self.0.as_ref().is_some_and(|known| known.binding_likely())
    }

    /// What the connection has become by this side's dialogue.
    pub(crate) fn bond(&self) -> Bond {
        self.0.as_ref().map_or(Bond::None, |known| known.bond())
    }

    /// The next leg goes on another connection. True when something else goes with it now.
    pub(crate) fn moved(&mut self, mechanisms: Option<Mechanisms>, host: &str) -> bool {
        self.0.as_mut().is_some_and(|known| known.moved(mechanisms, host))
    }

    /// A reply that does not ask for credentials (any more).
    pub(crate) fn accepted(&mut self, head: &ResponseHead, info: &[u8]) {
        if let Some(known) = &mut self.0 {
            known.accepted(head, info);
        }
    }

    /// Whether a challenge can be answered, and how it will be. Without credentials there is nothing to answer.
    pub(crate) fn answer(
        &mut self,
        head: &ResponseHead,
        header: &[u8],
        mechanisms: Option<Mechanisms>,
        host: &str,
    ) -> bool {
        self.0.as_mut().is_some_and(|known| known.answer(head, header, mechanisms, host))
    }
}
