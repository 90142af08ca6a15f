//! Connect handles: the server that requests go to. No network is touched before a request is sent.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use winhttp_proto::http::ending::Ending;

use crate::core::core;
use crate::deliver;
use crate::session::Shared;
use crate::slot::Kind;
use crate::sync::Mutex;
use crate::wire::PoolKey;
use crate::{Error, Handle, HandleKind, lock, option};

/// What a connect handle and its requests share.
pub(crate) struct Peer {
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
    pub(crate) session: Arc<Shared>,
    /// Addresses that a lookup has found (contract: notifications R4, RESOLVING comes once for a connect handle).
    known: Mutex<Option<Arc<[IpAddr]>>>,
    /// The key of plain connections, made once.
    pub(crate) plain: OnceLock<Arc<PoolKey>>,
    /// How heads of its requests end, as its first request made it.
    pub(crate) ending: OnceLock<Arc<Ending>>,
    /// The key of encrypted connections under the session's own policy.
    pub(crate) secure: Mutex<Option<Arc<PoolKey>>>,
}

impl Peer {
    pub(crate) fn known(&self) -> Option<Arc<[IpAddr]>> {
        lock(&self.known).clone()
    }

    pub(crate) fn learn(&self, addresses: Option<Arc<[IpAddr]>>) {
        *lock(&self.known) = addresses;
    }
}

pub(crate) struct Connect {
    pub(crate) peer: Arc<Peer>,
}

/// A host as it is looked up and named to the server: an international name in its ASCII form (RFC 5891).
///
/// # Errors
/// `ERROR_WINHTTP_INVALID_URL` for text that is no host.
pub(crate) fn host(text: &str) -> Result<Cow<'_, str>, Error> {
    winhttp_proto::http::host::ascii(text).map_err(Error)
}

/// Makes a connect handle (contract: WinHttpConnect). HANDLE_CREATED is told before this returns.
///
/// `host` is a name or an address, IPv6 in brackets; a name beyond ASCII is taken in its punycode form; `port` 0 means
/// the scheme's default.
///
/// # Errors
/// * `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` (not a session)
/// * `ERROR_WINHTTP_INVALID_URL` for a name with characters that no host name has
pub fn connect(session: Handle, host: &str, port: u16) -> Result<Handle, Error> {
    let core = core();
    let parent = core.table.slot(session).ok_or(Error::INVALID_HANDLE)?;
    let name = match self::host(host) {
        Ok(name) => name,
        // contract: api-behaviour section 31, the handle first
        Err(error) => return option::expect(session, HandleKind::Session).and(Err(error)),
    };
    let (shared, record) = {
        let mut guard = parent.enter(session).ok_or(Error::INVALID_HANDLE)?;
        let Kind::Session(session) = &guard.kind else { return Err(Error::INCORRECT_TYPE) };
        let shared = session.shared.clone();
        guard.door.made += 1;
        (shared, guard.door.record.clone())
    };
    let peer = Peer {
        host: name.into(),
        port,
        session: shared,
        known: Mutex::new(None),
        plain: OnceLock::new(),
        ending: OnceLock::new(),
        secure: Mutex::new(None),
    };
    let Some(slot) = core.table.vacant() else {
        deliver::child_gone(parent);
        return Err(Error::NOT_ENOUGH_MEMORY);
    };
    let mut guard = slot.lock();
    let handle =
        slot.occupy(&mut guard, Kind::Connect(Connect { peer: Arc::new(peer) }), record, Some(parent));
    deliver::created(slot, guard);
    Ok(handle)
}
