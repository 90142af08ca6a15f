//! Session handles: what all requests of an application have in common.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use winhttp_proto::cookie::Jar;
use winhttp_proto::http::target::CodePage;
use winhttp_proto::{Common, Mode, Terms};

use crate::core::core;
use crate::deliver::UnloadHook;
use crate::drive::{self, Seat};
use crate::limit::{self, Gate};
use crate::option::Kept;
use crate::proxy::{Failing, NamedProxy};
use crate::sink::Record;
use crate::slot::Kind;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::wire::KeepAlive;
use crate::wire::tls::TlsPolicy;
use crate::{Error, Handle, lock};

/// What the session handle, its connects and its requests share. It lives as long as the last of them.
pub(crate) struct Shared {
    pub(crate) id: usize,
    pub(crate) mode: Mode,
    /// The session handle is closed: network calls of its requests fail.
    pub(crate) cancelled: AtomicBool,
    pub(crate) settings: Mutex<Settings>,
    /// The limits of connections to a server.
    pub(crate) gate: Gate,
    /// Cookies of all its requests (contract: api-behaviour section 22).
    pub(crate) jar: Mutex<Jar>,
    /// Proxies that could not be reached.
    pub(crate) failing: Mutex<Failing>,
    /// Something was put into the jar; before that nobody looks.
    pub(crate) baked: AtomicBool,
}

/// The options of a session. Requests take them when they are opened.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) agent: Arc<str>,
    pub(crate) terms: Common<Terms>,
    pub(crate) tls: Common<TlsPolicy>,
    /// `WINHTTP_OPTION_DISABLE_GLOBAL_POOLING`.
    pub(crate) private_pool: bool,
    /// `WINHTTP_OPTION_TCP_KEEPALIVE`: for connections that are made from then on.
    pub(crate) keep_alive: Option<KeepAlive>,
    /// `WINHTTP_FLAG_SECURE_DEFAULTS` was given: older protocols may not be chosen.
    pub(crate) secure_defaults: bool,
    /// `WINHTTP_OPTION_CODEPAGE`.
    pub(crate) code_page: CodePage,
    /// `WINHTTP_OPTION_HTTP_VERSION` says 1.0.
    pub(crate) http10: bool,
    /// Options without effect.
    pub(crate) kept: Common<Kept>,
    /// A proxy that was named; nothing else is asked.
    pub(crate) proxy: Option<Arc<NamedProxy>>,
    /// Called when HANDLE_CLOSING of the session has returned.
    pub(crate) unload: Option<UnloadHook>,
}

pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
}

impl Session {
    pub(crate) fn unload_hook(&self) -> Option<UnloadHook> {
        lock(&self.shared.settings).unload.clone()
    }
}

/// How a session is opened (contract: WinHttpOpen).
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `User-Agent`; none is sent when empty.
    pub agent: String,
    /// `WINHTTP_FLAG_ASYNC`: calls complete by notification.
    pub asynchronous: bool,
    /// `WINHTTP_FLAG_SECURE_DEFAULTS`: TLS 1.2 at least.
    pub secure_defaults: bool,
    /// `WINHTTP_ACCESS_TYPE_NAMED_PROXY`; without one servers are reached directly.
    pub proxy: Option<Arc<NamedProxy>>,
}

/// Opens a session. There is no notification: no callback can be registered yet.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY` when there are a million handles.
pub fn open(config: Config) -> Result<Handle, Error> {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let settings = Settings {
        agent: Arc::from(config.agent),
        terms: Common::default(),
        tls: Common::default(),
        private_pool: false,
        keep_alive: None,
        secure_defaults: config.secure_defaults,
        code_page: CodePage::default(),
        http10: crate::speech::process_http10(),
        kept: Common::default(),
        proxy: config.proxy,
        unload: None,
    };
    let shared = Arc::new(Shared {
        id: NEXT.fetch_add(1, Ordering::Relaxed),
        mode: if config.asynchronous { Mode::Asynchronous } else { Mode::Synchronous },
        cancelled: AtomicBool::new(false),
        settings: Mutex::new(settings),
        gate: Gate::new(),
        jar: Mutex::new(Jar::default()),
        failing: Mutex::new(Failing::default()),
        baked: AtomicBool::new(false),
    });
    let slot = core().table.vacant().ok_or(Error::NOT_ENOUGH_MEMORY)?;
    let mut inner = slot.lock();
    Ok(slot.occupy(&mut inner, Kind::Session(Session { shared }), Record::default(), None))
}

/// contract: evidence table A, closing a session ends waiting calls of its requests with 12017, and so it does with
/// later ones; closing a connect handle does not
pub(crate) fn cancel_children(shared: &Arc<Shared>) {
    shared.cancelled.store(true, Ordering::SeqCst);
    let core = core();
    for slot in core.table.slots() {
        let mut guard = slot.lock();
        let Some(request) = guard.driven().filter(|request| request.belongs_to(shared)) else { continue };
        request.cancel();
        if let Some(wake) = &request.sync {
            wake.wake();
        }
        drive::drive(slot, guard, &mut Seat::Caller, None);
    }
    core.pool.forget(shared.id);
}

/// `WINHTTP_OPTION_MAX_CONNS_PER_SERVER` and `WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER`. Connections that are in use when
/// the first limit is set count too.
pub(crate) fn limit_connections(shared: &Arc<Shared>, most: Option<u32>, most_1_0: Option<u32>) {
    let before = shared.gate.limits();
    shared.gate.set(most, most_1_0);
    if before || !shared.gate.limits() {
        return;
    }
    // Whoever asks from now on finds the limit; these asked before.
    for slot in core().table.slots() {
        let mut guard = slot.lock();
        let Some(request) = guard.driven().filter(|request| request.belongs_to(shared)) else { continue };
        // A synchronous call takes its connection along while it waits.
        if (request.exchange.wired() || request.wire.is_some())
            && request.permit.is_none()
            && let Some(key) = &request.key
        {
            request.permit = Some(Box::new(limit::adopt(shared, key)));
        }
    }
}
