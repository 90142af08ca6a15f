//! Options, by number. What a value's size in C is, the door knows; what it means, this file.
//!
//! contract: api-behaviour section 34. A request copies its session's options when it is opened and is independent
//! afterwards; a connect handle has none of its own and reads its session's time limits through (section 12).

use std::net::SocketAddr;
use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_abi::option::{Tier, find};
use winhttp_proto::http::target::CodePage;
use winhttp_proto::{RedirectPolicy, Terms};

use crate::core::enter;
use crate::proxy::NamedProxy;
use crate::request::Request;
use crate::session::{self, Settings, Shared};
use crate::slot::{Guard, Kind};
use crate::wire::KeepAlive;
use crate::wire::tls::{ClientIdentity, ExtraRoots, TlsReport};
use crate::wire::verdict::{BuiltChain, built};
use crate::{Error, Handle, HandleKind, credentials, lock, websocket};

/// `ERROR_WINHTTP_INVALID_OPTION`.
pub const INVALID_OPTION: Error = Error(abi::ERROR_WINHTTP_INVALID_OPTION);

/// Numbers that are kept and given back, and have no effect here: what they switch is always so, or does not exist.
const KEPT: &[u32] = &[
    abi::WINHTTP_OPTION_AUTOLOGON_POLICY,
    abi::WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL,
    abi::WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED,
    abi::WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS,
    // What a proxy says instead of granting a tunnel can always be read.
    abi::WINHTTP_OPTION_RECEIVE_PROXY_CONNECT_RESPONSE,
    abi::WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE,
];

/// Option values without effect, as set. Empty until one is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Vec<(u32, u32)>);

impl Kept {
    fn get(&self, id: u32) -> Option<u32> {
        self.0.iter().find(|(own, _)| *own == id).map(|(_, value)| *value)
    }

    fn set(&mut self, id: u32, value: u32) {
        match self.0.iter_mut().find(|(own, _)| *own == id) {
            Some(entry) => entry.1 = value,
            None => self.0.push((id, value)),
        }
    }

    /// Whether HTTP/2 or HTTP/3 is asked for and nothing older will do.
    ///
    /// contract: options, HTTP_PROTOCOL_REQUIRED
    pub(crate) fn wants_newer(&self) -> bool {
        let set = |id| self.get(id).is_some_and(|value| value != 0);
        set(abi::WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED) && set(abi::WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL)
    }

    /// The schemes in which nobody logs in to a proxy, `WINHTTP_AUTH_SCHEME_*` bits.
    pub(crate) fn refused_by_proxies(&self) -> u32 {
        const SCHEMES: [(u32, u32); 4] = [
            (abi::WINHTTP_PROXY_DISABLE_SCHEME_BASIC, abi::WINHTTP_AUTH_SCHEME_BASIC),
            (abi::WINHTTP_PROXY_DISABLE_SCHEME_DIGEST, abi::WINHTTP_AUTH_SCHEME_DIGEST),
            (abi::WINHTTP_PROXY_DISABLE_SCHEME_NTLM, abi::WINHTTP_AUTH_SCHEME_NTLM),
            (abi::WINHTTP_PROXY_DISABLE_SCHEME_NEGOTIATE, abi::WINHTTP_AUTH_SCHEME_NEGOTIATE),
        ];
        let set = self.get(abi::WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES).unwrap_or(0);
        let refused = SCHEMES.iter().filter(|(bit, _)| set & bit != 0);
        refused.fold(0, |all, (_, scheme)| all | scheme)
    }
}

/// What a handle names.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
pub fn kind(handle: Handle) -> Result<HandleKind, Error> {
    enter(handle)?.1.kind_of().ok_or(Error::INVALID_HANDLE)
}

/// Whether a handle is of the kind that a call wants: what is answered before a bad parameter
/// (contract: api-behaviour section 31).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`.
pub fn expect(handle: Handle, wanted: HandleKind) -> Result<(), Error> {
    if kind(handle)? == wanted { Ok(()) } else { Err(Error::INCORRECT_TYPE) }
}

/// The handle that this one was made from; `None` for a session.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
pub fn parent(handle: Handle) -> Result<Option<Handle>, Error> {
    let parent = enter(handle)?.1.door.parent;
    // Its slot is not given to another handle while this one lives.
    Ok(parent.map(|slot| slot.lock().handle(slot)))
}

fn shared_of(guard: &Guard) -> Option<Arc<Shared>> {
    match &guard.kind {
        Kind::Session(session) => Some(session.shared.clone()),
        Kind::Connect(connect) => Some(connect.peer.session.clone()),
        Kind::Request(_) | Kind::Resolver(_) | Kind::Socket(_) | Kind::Vacant => None,
    }
}

/// A number among the terms that needs no interpretation.
fn plain(terms: &mut Terms, id: u32) -> Option<&mut u32> {
    Some(match id {
        abi::WINHTTP_OPTION_RESOLVE_TIMEOUT => &mut terms.resolve_timeout,
        abi::WINHTTP_OPTION_CONNECT_TIMEOUT => &mut terms.connect_timeout,
        abi::WINHTTP_OPTION_CONNECT_RETRIES => &mut terms.connect_retries,
        abi::WINHTTP_OPTION_SEND_TIMEOUT => &mut terms.send_timeout,
        abi::WINHTTP_OPTION_RECEIVE_TIMEOUT => &mut terms.receive_timeout,
        abi::WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS => &mut terms.max_redirects,
        abi::WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE => &mut terms.max_continues,
        abi::WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE => &mut terms.max_header_size,
        abi::WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE => &mut terms.max_drain_size,
        // contract: api-behaviour section 27b, any size is taken; a small one fails with the send
        abi::WINHTTP_OPTION_WEB_SOCKET_RECEIVE_BUFFER_SIZE => &mut terms.socket_receive_buffer,
        abi::WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE => &mut terms.socket_send_buffer,
        _ => return None,
    })
}

fn of_terms(terms: &Terms, id: u32) -> Option<u32> {
    match id {
        // contract: api-behaviour section 12, the larger of what was set and RECEIVE_TIMEOUT
        abi::WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT => Some(terms.effective_response_timeout()),
        abi::WINHTTP_OPTION_REDIRECT_POLICY => Some(terms.redirect_policy.to_option()),
        _ => plain(&mut { *terms }, id).copied(),
    }
}

/// False when the option is not one of the terms.
fn set_terms(terms: &mut Terms, id: u32, value: u32) -> Result<bool, Error> {
    match id {
        abi::WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT => terms.receive_response_timeout = value,
        abi::WINHTTP_OPTION_REDIRECT_POLICY => {
            terms.redirect_policy = RedirectPolicy::from_option(value).ok_or(Error::INVALID_PARAMETER)?;
        }
        abi::WINHTTP_OPTION_REJECT_USERPWD_IN_URL => terms.reject_credentials = value != 0,
        abi::WINHTTP_OPTION_IPV6_FAST_FALLBACK => terms.fast_fallback = value != 0,
        abi::WINHTTP_OPTION_DECOMPRESSION => {
            only(value, abi::WINHTTP_DECOMPRESSION_FLAG_ALL)?;
            terms.decompression = value;
        }
        _ => match plain(terms, id) {
            // contract: api-behaviour section 12, no number is out of range
            Some(place) => *place = value,
            None => return Ok(false),
        },
    }
    Ok(true)
}

/// Whether an option is taken and kept without effect.
pub fn is_kept(id: u32) -> bool {
    KEPT.contains(&id) || find(id).is_some_and(|row| row.tier == Tier::Accept)
}

/// Reads a number. The door has checked that the option belongs to this kind of handle and can be read.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_WINHTTP_INVALID_OPTION`.
pub fn number(handle: Handle, id: u32) -> Result<u32, Error> {
    let (_, mut guard) = enter(handle)?;
    if id == abi::WINHTTP_OPTION_HANDLE_TYPE {
        return guard.kind_of().map(|kind| kind as u32).ok_or(Error::INVALID_HANDLE);
    }
    if let Kind::Socket(_) = guard.kind {
        drop(guard);
        return websocket::number(handle, id);
    }
    if let Some(shared) = shared_of(&guard) {
        drop(guard);
        match id {
            abi::WINHTTP_OPTION_MAX_CONNS_PER_SERVER => return Ok(shared.gate.limit()),
            abi::WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER => return Ok(shared.gate.limit_1_0()),
            _ => {}
        }
        let settings = lock(&shared.settings);
        let kept = settings.kept.get(id);
        return of_terms(&settings.terms, id)
            .or(kept)
            .or_else(|| is_kept(id).then_some(0))
            .ok_or(INVALID_OPTION);
    }
    let request = guard.request().ok_or(Error::INVALID_HANDLE)?;
    if let Some(value) = of_terms(&request.exchange.terms, id) {
        return Ok(value);
    }
    match id {
        abi::WINHTTP_OPTION_SECURITY_FLAGS => Ok(security_flags(request)),
        abi::WINHTTP_OPTION_SECURITY_KEY_BITNESS => {
            Ok(request.report.as_ref().map_or(0, |report| report.key_bits))
        }
        // Nothing newer than HTTP/1.1.
        abi::WINHTTP_OPTION_HTTP_PROTOCOL_USED => Ok(0),
        abi::WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE => {
            Ok(u32::from(request.exchange.reply.is_proxy_connect_response()))
        }
        _ => request.kept.get(id).or_else(|| is_kept(id).then_some(0)).ok_or(INVALID_OPTION),
    }
}

/// contract: api-behaviour section 9, 0 before a connection; options, a query adds what was negotiated
fn security_flags(request: &Request) -> u32 {
    let strength = match request.report.as_ref().map(|report| report.key_bits) {
        None | Some(0) => return request.policy.ignore,
        Some(..56) => abi::SECURITY_FLAG_STRENGTH_WEAK,
        Some(56..128) => abi::SECURITY_FLAG_STRENGTH_MEDIUM,
        Some(128..) => abi::SECURITY_FLAG_STRENGTH_STRONG,
    };
    request.policy.ignore | abi::SECURITY_FLAG_SECURE | strength
}

/// Sets a number. The door has checked that the option belongs to this kind of handle and can be set.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_INVALID_PARAMETER` (a value out of range),
/// `ERROR_ACCESS_DENIED` (old protocols under `WINHTTP_FLAG_SECURE_DEFAULTS`), `ERROR_WINHTTP_INVALID_OPTION`.
pub fn set_number(handle: Handle, id: u32, value: u32) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    match &guard.kind {
        Kind::Session(session) => {
            let shared = session.shared.clone();
            drop(guard);
            // contract: options, 0 becomes 2
            let most = if value == 0 { 2 } else { value };
            return match id {
                abi::WINHTTP_OPTION_MAX_CONNS_PER_SERVER => {
                    session::limit_connections(&shared, Some(most), None);
                    Ok(())
                }
                abi::WINHTTP_OPTION_MAX_CONNS_PER_1_0_SERVER => {
                    session::limit_connections(&shared, None, Some(most));
                    Ok(())
                }
                _ => set_session(&mut lock(&shared.settings), id, value),
            };
        }
        Kind::Socket(_) => {
            drop(guard);
            return websocket::set_number(handle, id, value);
        }
        Kind::Connect(_) | Kind::Resolver(_) | Kind::Vacant => return Err(Error::INCORRECT_TYPE),
        Kind::Request(_) => {}
    }
    let request = guard.request().ok_or(Error::INVALID_HANDLE)?;
    if set_terms(&mut request.exchange.terms, id, value)? {
        return Ok(());
    }
    match id {
        // contract: api-behaviour section 3, any bits are taken; what is switched off stays off (inferred)
        abi::WINHTTP_OPTION_DISABLE_FEATURE => request.exchange.terms.disabled |= value,
        abi::WINHTTP_OPTION_ENABLE_FEATURE => {
            only(value, abi::WINHTTP_ENABLE_SSL_REVOCATION)?;
            if value & abi::WINHTTP_ENABLE_SSL_REVOCATION != 0 {
                request.policy.revocation = true;
            }
        }
        abi::WINHTTP_OPTION_SECURITY_FLAGS => {
            // contract: api-behaviour section 9, what can only be reported cannot be set
            only(
                value,
                abi::SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS | abi::SECURITY_FLAG_IGNORE_WEAK_SIGNATURE,
            )?;
            request.policy.ignore = value;
        }
        abi::WINHTTP_OPTION_IGNORE_CERT_REVOCATION_OFFLINE => {
            request.policy.revocation_offline_ok = value != 0
        }
        abi::WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS
        | abi::WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_CACHE_ONLY => {
            request.policy.cache_only = is_cache_only(id, value)
        }
        abi::WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES => {
            request.kept.set(id, value);
            request.exchange.plan.proxy.refuse(request.kept.refused_by_proxies());
        }
        _ => keep(&mut request.kept, id, value)?,
    }
    Ok(())
}

fn set_session(settings: &mut Settings, id: u32, value: u32) -> Result<(), Error> {
    if set_terms(&mut settings.terms, id, value)? {
        return Ok(());
    }
    match id {
        abi::WINHTTP_OPTION_SECURE_PROTOCOLS => {
            let modern = abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2 | abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3;
            let known =
                modern | abi::WINHTTP_FLAG_SECURE_PROTOCOL_ALL | abi::WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1;
            only(value, known)?;
            // contract: api-behaviour section 32, WinHttpOpen with SECURE_DEFAULTS
            if settings.secure_defaults && value & !modern != 0 {
                return Err(Error(abi::ERROR_ACCESS_DENIED));
            }
            settings.tls.protocols = value;
        }
        abi::WINHTTP_OPTION_ENABLE_FEATURE => only(value, abi::WINHTTP_ENABLE_SSL_REVERT_IMPERSONATION)?,
        abi::WINHTTP_OPTION_CODEPAGE => {
            settings.code_page = CodePage::of(value).ok_or(Error::INVALID_PARAMETER)?;
        }
        abi::WINHTTP_OPTION_CONFIGURE_PASSPORT_AUTH => {
            only(value, PASSPORT)?;
            settings.terms.passport = value & abi::WINHTTP_ENABLE_PASSPORT_AUTH != 0;
        }
        abi::WINHTTP_OPTION_DISABLE_GLOBAL_POOLING => settings.private_pool = value != 0,
        abi::WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS
        | abi::WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_CACHE_ONLY => {
            settings.tls.cache_only = is_cache_only(id, value)
        }
        _ => keep(&mut settings.kept, id, value)?,
    }
    Ok(())
}

/// Whether chain building may fetch nothing (inferred from the names: no source describes these options).
fn is_cache_only(id: u32, value: u32) -> bool {
    let flags = abi::WINHTTP_SERVER_CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL
        | abi::WINHTTP_SERVER_CERT_CHAIN_REVOCATION_CHECK_CACHE_ONLY;
    match id {
        abi::WINHTTP_OPTION_SERVER_CERT_CHAIN_BUILD_FLAGS => value & flags != 0,
        _ => value != 0,
    }
}

fn keep(kept: &mut Kept, id: u32, value: u32) -> Result<(), Error> {
    match id {
        abi::WINHTTP_OPTION_AUTOLOGON_POLICY if value > abi::WINHTTP_AUTOLOGON_SECURITY_LEVEL_PROXY_ONLY => {
            return Err(Error::INVALID_PARAMETER);
        }
        abi::WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL => only(value, abi::WINHTTP_PROTOCOL_MASK)?,
        _ => {}
    }
    // Without effect: what it could switch on is not there, and switching it off is granted.
    if is_kept(id) {
        kept.set(id, value);
        return Ok(());
    }
    Err(INVALID_OPTION)
}

/// Bits of `WINHTTP_OPTION_CONFIGURE_PASSPORT_AUTH`. There is no store of credentials to switch.
const PASSPORT: u32 = abi::WINHTTP_ENABLE_PASSPORT_AUTH
    | abi::WINHTTP_DISABLE_PASSPORT_KEYRING
    | abi::WINHTTP_ENABLE_PASSPORT_KEYRING;

fn only(value: u32, known: u32) -> Result<(), Error> {
    if value & !known == 0 { Ok(()) } else { Err(Error::INVALID_PARAMETER) }
}

/// Reads a text: USER_AGENT of a session, the credentials of a request.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_WINHTTP_INVALID_OPTION`.
pub fn text(handle: Handle, id: u32) -> Result<Arc<str>, Error> {
    let (_, mut guard) = enter(handle)?;
    match &mut guard.kind {
        Kind::Session(session) if id == abi::WINHTTP_OPTION_USER_AGENT => {
            Ok(lock(&session.shared.settings).agent.clone())
        }
        Kind::Request(request) => {
            credentials::option_text(request, id).map(|text| Arc::from(text.as_str())).ok_or(INVALID_OPTION)
        }
        _ => Err(Error::INCORRECT_TYPE),
    }
}

/// Sets a text. A session's agent holds for requests that are opened from now on.
///
/// # Errors
/// As [`text`]; `ERROR_INVALID_PARAMETER` for an agent that cannot stand on a header line.
pub fn set_text(handle: Handle, id: u32, text: &str) -> Result<(), Error> {
    if id == abi::WINHTTP_OPTION_USER_AGENT {
        if text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Error::INVALID_PARAMETER);
        }
        return with_session(handle, |settings| settings.agent = Arc::from(text));
    }
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    if id == abi::WINHTTP_OPTION_RESOLUTION_HOSTNAME {
        let name = crate::connect::host(text)?;
        request.exchange.plan.resolve_as = Some(Arc::from(name.as_ref()));
        return Ok(());
    }
    if matches!(id, abi::WINHTTP_OPTION_PROXY_USERNAME | abi::WINHTTP_OPTION_PROXY_PASSWORD) {
        request.returns_login();
    }
    let place = credentials::option_text(request, id).ok_or(INVALID_OPTION)?;
    place.clear();
    place.push_str(text);
    Ok(())
}

/// `WINHTTP_OPTION_URL`: the absolute URL of the current leg, after redirects the one that was followed.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` (not a request).
pub fn url(handle: Handle) -> Result<Arc<str>, Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    let plan = &request.exchange.plan;
    Ok(plan.url.clone().unwrap_or_else(|| Arc::from(plan.target.url())))
}

/// Whether the request uses TLS (of its current leg).
///
/// # Errors
/// As [`url`].
pub fn secure(handle: Handle) -> Result<bool, Error> {
    let (_, mut guard) = enter(handle)?;
    Ok(guard.request().ok_or(Error::INCORRECT_TYPE)?.exchange.plan.target.secure)
}

/// What the last handshake of a request showed, also when it failed; it stays when the connection is gone.
///
/// # Errors
/// As [`url`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before there was a handshake.
pub fn report(handle: Handle) -> Result<Arc<TlsReport>, Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    request.report.clone().ok_or(Error::INCORRECT_STATE)
}

/// The server's chain as it was judged, and the faults that were found: `WINHTTP_CALLBACK_STATUS_FLAG_*`.
///
/// # Errors
/// As [`report`]; also when the server showed no certificate that can be read.
pub fn chain(handle: Handle) -> Result<(BuiltChain, u32), Error> {
    let (policy, report) = {
        let (_, mut guard) = enter(handle)?;
        let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
        (request.policy.clone(), request.report.clone().ok_or(Error::INCORRECT_STATE)?)
    };
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    // No lock is held: signatures are checked.
    let chain = built(&policy, &report.chain, now).ok_or(Error::INCORRECT_STATE)?;
    Ok((chain, report.verdict.faults))
}

/// Both ends of a request's connection: this one, the other one.
///
/// # Errors
/// As [`url`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before there was a connection (contract: api-behaviour
/// section 23).
pub fn ends(handle: Handle) -> Result<(SocketAddr, SocketAddr), Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    let now = request.wire.as_deref().and_then(crate::wire::Wire::ends);
    now.or_else(|| request.ends.clone()).map(|ends| ends.addresses()).ok_or(Error::INCORRECT_STATE)
}

/// `WINHTTP_OPTION_EXPIRE_CONNECTION`: the connection is closed when the exchange that it carries is over.
///
/// # Errors
/// As [`url`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` without a connection (contract: api-behaviour section 34, only
/// while active).
pub fn expire(handle: Handle) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    if request.wire.is_none() {
        return Err(Error::INCORRECT_STATE);
    }
    request.expire = true;
    Ok(())
}

/// `WINHTTP_OPTION_CLIENT_CERT_CONTEXT`: the certificate that the request shows when the server asks for one.
///
/// # Errors
/// As [`set_no_client`].
pub fn set_client(handle: Handle, identity: Arc<ClientIdentity>) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    if !request.exchange.plan.target.secure {
        return Err(Error::INCORRECT_STATE);
    }
    request.policy.client = Some(identity);
    request.policy.no_client = false;
    Ok(())
}

/// The application goes without a client certificate on purpose.
///
/// # Errors
/// As [`url`]; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` without TLS (contract: api-behaviour section 9).
pub fn set_no_client(handle: Handle) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    if !request.exchange.plan.target.secure {
        return Err(Error::INCORRECT_STATE);
    }
    request.policy.client = None;
    request.policy.no_client = true;
    Ok(())
}

/// Trusts the certificates in `pem` beside the machine's; NULL text takes them away.
///
/// # Errors
/// As [`set_text`]; `ERROR_INVALID_PARAMETER` for text without a certificate.
pub fn set_extra_roots(handle: Handle, pem: Option<&[u8]>) -> Result<(), Error> {
    let roots = match pem {
        Some(pem) => Some(Arc::new(ExtraRoots::from_pem(pem).ok_or(Error::INVALID_PARAMETER)?)),
        None => None,
    };
    with_session(handle, |settings| settings.tls.extra_roots = roots)
}

/// `WINHTTP_OPTION_FAILED_CONNECTION_RETRIES`: how often requests opened from now on are sent again, and on which
/// `WINHTTP_CONNECTION_RETRY_CONDITION_*`.
///
/// # Errors
/// As [`set_text`].
pub fn set_retries(handle: Handle, most: u32, conditions: u32) -> Result<(), Error> {
    with_session(handle, |settings| {
        settings.terms.retries = most;
        settings.terms.retry_on = conditions;
    })
}

/// `WINHTTP_OPTION_TCP_KEEPALIVE`: whether and how the system asks a silent peer if it is still there, on connections
/// that requests of the session make from then on. Times are milliseconds; the system counts whole seconds.
///
/// # Errors
/// As [`set_text`].
pub fn set_keep_alive(handle: Handle, on: bool, idle: u32, interval: u32) -> Result<(), Error> {
    with_session(handle, |settings| settings.keep_alive = on.then_some(KeepAlive { idle, interval }))
}

/// `signal` is called when HANDLE_CLOSING of the session has returned and nothing of it is left.
///
/// # Errors
/// As [`set_text`].
pub fn set_unload(handle: Handle, signal: impl Fn() + Send + Sync + 'static) -> Result<(), Error> {
    with_session(handle, |settings| settings.unload = Some(Arc::new(signal)))
}

/// The proxy that was named for a session or a request.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` (a connect handle).
pub fn proxy(handle: Handle) -> Result<Option<Arc<NamedProxy>>, Error> {
    let (_, guard) = enter(handle)?;
    match &guard.kind {
        Kind::Session(session) => Ok(lock(&session.shared.settings).proxy.clone()),
        Kind::Request(request) => Ok(request.proxy.clone()),
        Kind::Connect(_) | Kind::Resolver(_) | Kind::Socket(_) | Kind::Vacant => Err(Error::INCORRECT_TYPE),
    }
}

/// Names a proxy, or none. It counts from the next leg on.
///
/// # Errors
/// As [`proxy`].
pub fn set_proxy(handle: Handle, proxy: Option<Arc<NamedProxy>>) -> Result<(), Error> {
    let (_, mut guard) = enter(handle)?;
    match &mut guard.kind {
        Kind::Session(session) => lock(&session.shared.settings).proxy = proxy,
        Kind::Request(request) => {
            request.proxy = proxy;
            request.choose_route();
        }
        Kind::Connect(_) | Kind::Resolver(_) | Kind::Socket(_) | Kind::Vacant => {
            return Err(Error::INCORRECT_TYPE);
        }
    }
    Ok(())
}

fn with_session(handle: Handle, change: impl FnOnce(&mut Settings)) -> Result<(), Error> {
    let (_, guard) = enter(handle)?;
    match &guard.kind {
        Kind::Session(session) => change(&mut lock(&session.shared.settings)),
        _ => return Err(Error::INCORRECT_TYPE),
    }
    Ok(())
}
