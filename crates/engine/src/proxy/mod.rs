//! Which server goes through which proxy, and which past all of them.
//!
//! ```text
//!   mod       one choice: a list of proxies, hosts that go past them
//!   list      the entries of such a list          bypass    the patterns of hosts
//!   settings  what the machine and the process are set to: environment, system, default configuration
//!   find      a proxy for a URL, as the automatic functions are asked
//!   leg       what it means for a request's next leg
//!   failing   proxies that a session could not reach
//!   resolver  handles that are asked asynchronously
//!   pac       configuration scripts (cargo feature `pac`)
//! ```

mod bypass;
mod failing;
mod find;
mod leg;
mod list;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(feature = "pac")]
pub(crate) mod pac;
pub mod resolver;
mod settings;

use std::sync::Arc;

use winhttp_proto::Route;
use winhttp_proto::auth::Login;
use winhttp_proto::http::location::Target;

use crate::Error;
use bypass::Bypass;
use list::Entry;

pub(crate) use failing::Failing;
pub use find::{Found, ProxyScheme, Question, detect, find, forget};
pub use settings::{Settings, default, of_machine, set_default};

/// A named proxy as it was chosen (contract: WINHTTP_PROXY_INFO, api-behaviour section 34).
#[derive(Debug, PartialEq, Eq)]
pub struct NamedProxy {
    /// The list, as given.
    pub list: Box<str>,
    /// Hosts that are reached past it, as given.
    pub bypass: Box<str>,
    http: list::Entries,
    https: list::Entries,
    past: Bypass,
}

/// The way to a server, before anything is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// No proxy serves its scheme.
    Direct,
    /// It is on the list of those that are reached past the proxy.
    Past,
    /// Through this one.
    Proxy(Entry),
}

impl NamedProxy {
    /// Reads a list of `[scheme=][scheme://]host[:port]`, and one of hosts as `bypass` describes them; both are
    /// separated by semicolons or blanks.
    ///
    /// A proxy behind `socks=` or another scheme than http and https is passed over.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` for a list that names no proxy, or one with a bad name or port.
    pub fn new(list: &str, bypass: &str) -> Result<NamedProxy, Error> {
        let (http, https) = list::read(list).ok_or(Error::INVALID_PARAMETER)?;
        Ok(NamedProxy { list: list.into(), bypass: bypass.into(), http, https, past: Bypass::read(bypass) })
    }

    /// The same, with a login for each scheme's proxy, as URLs in the environment carry them.
    pub(crate) fn with_logins(mut self, http: Option<Login>, https: Option<Login>) -> NamedProxy {
        for (entries, login) in [(&mut self.http, http), (&mut self.https, https)] {
            if let Some(entry) = entries.first_mut() {
                entry.login = login.map(Arc::new);
            }
        }
        self
    }

    fn entries(&self, secure: bool) -> &[Entry] {
        if secure { &self.https } else { &self.http }
    }

    /// Those that can be spoken to, up to one that cannot: nothing goes past that unnoticed.
    fn usable(&self, secure: bool) -> &[Entry] {
        let entries = self.entries(secure);
        let end = entries.iter().position(|entry| !entry.plain).unwrap_or(entries.len());
        entries.get(..end).unwrap_or_default()
    }

    /// The way to a server.
    pub(crate) fn way(&self, host: &str, port: u16, secure: bool) -> Way {
        match self.entries(secure).first() {
            None => Way::Direct,
            Some(_) if self.past.covers(host, port, secure) => Way::Past,
            Some(entry) => Way::Proxy(entry.clone()),
        }
    }
}

/// Whether a host is on a list of those that are reached past the proxy (contract: WinHttpIsHostInProxyBypassList).
pub fn is_past(list: &str, host: &str, port: u16, secure: bool) -> bool {
    Bypass::read(list).covers(host, port, secure)
}

/// The way of a leg, and the login that the environment has for it. `None` where the proxy cannot be spoken to: what
/// was to go through it goes nowhere else.
fn route(proxy: Option<&NamedProxy>, target: &Target) -> Option<(Route, Option<Arc<Login>>)> {
    let Some(proxy) = proxy else { return Some((Route::Direct, None)) };
    match proxy.way(&target.host, target.port, target.secure) {
        Way::Direct | Way::Past => Some((Route::Direct, None)),
        Way::Proxy(entry) if entry.plain => {
            Some((Route::Proxy { host: entry.host, port: entry.port }, entry.login))
        }
        Way::Proxy(_) => None,
    }
}
