//! Request handles: one exchange after the other.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use winhttp_abi as abi;
use winhttp_proto::clock::Moment;
use winhttp_proto::websocket::Key;
use winhttp_proto::{
    Api, Body, BodyLength, CallId, Command, Common, Event, Exchange, Failure, Lane, Mode, Notification, Say,
    Side,
};

pub use crate::body::{query_data, read, read_owned, read_some, write};
pub use crate::call::Completion;
use crate::call::{call, call_and_wait, call_send};
use crate::connect::Peer;
use crate::core::{core, enter_as};
use crate::deliver;
use crate::limit::{Permit, Turn};
use crate::option::Kept;
use crate::park::Wake;
use crate::proxy::NamedProxy;
use crate::session::Shared;
use crate::slot::{Guard, Kind, Slot};
use crate::sync::Mutex;
use crate::sync::atomic::Ordering;
use crate::times::Times;
use crate::websocket::{self, Waiting};
use crate::wire::tls::{TlsPolicy, TlsReport};
use crate::wire::{Ends, PoolKey, Wire};
use crate::{Error, Handle, Loan, extended, lock};

/// Everything under a request handle's lock.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) exchange: Exchange,
    pub(crate) wire: Option<Box<Wire>>,
    /// The connection of the last leg, for the next one.
    pub(crate) held: Option<Box<Wire>>,
    /// Its connection still brings the rest of another request's reply.
    pub(crate) draining: bool,
    /// Buffers on loan, one for each lane.
    loans: [Option<Loan>; 2],
    /// The optional data of SendRequest: on loan until the reply's head is delivered, for sending again.
    pub(crate) optional: Option<Loan>,
    calls: u32,
    /// The SendRequest that has not returned yet; in synchronous mode the call, whichever it is.
    pub(crate) inside: Option<CallId>,
    /// A synchronous call is inside; others wake it instead of driving.
    pub(crate) sync: Option<Arc<Wake>>,
    /// The right to a connection, in a session that limits them.
    pub(crate) permit: Option<Box<Permit>>,
    /// A place among those who wait for such a right.
    pub(crate) turn: Option<Box<Turn>>,
    /// When it was where.
    pub(crate) times: Times,
    /// Requests that its last connection had carried before.
    pub(crate) index: u32,
    /// Attempts to connect that failed.
    pub(crate) refused_dials: u32,
    /// Where a lookup puts its outcome.
    pub(crate) news: Option<Arc<News>>,
    /// The entry among the timers while there is no connection; 0 where there is none.
    pub(crate) armed: Moment,
    pub(crate) peer: Option<Arc<Peer>>,
    pub(crate) key: Option<Arc<PoolKey>>,
    pub(crate) policy: Common<TlsPolicy>,
    pub(crate) private_pool: bool,
    /// What the last handshake showed, also when it failed.
    pub(crate) report: Option<Arc<TlsReport>>,
    /// The connection serves nobody after this exchange.
    pub(crate) expire: bool,
    /// Both ends of the last connection that was given up.
    pub(crate) ends: Option<Ends>,
    /// Options without effect.
    pub(crate) kept: Common<Kept>,
    /// A proxy that was named; nothing else is asked.
    pub(crate) proxy: Option<Arc<NamedProxy>>,
    /// The proxy of this leg cannot be spoken to.
    pub(crate) no_way: bool,
    /// The options' login for the proxy comes from the environment.
    pub(crate) lent_login: bool,
    pub(crate) flags: u32,
    counted: bool,
    /// The key of the WebSocket handshake that was sent last.
    pub(crate) key_sent: Option<Box<Key>>,
    /// Synchronous calls inside a WebSocket.
    pub(crate) waiting: Option<Box<Waiting>>,
}

/// Whether the optional data will not be sent again.
#[inline]
pub(crate) fn ends_optional(what: &Notification) -> bool {
    matches!(
        what,
        Notification::HeadersAvailable
            | Notification::RequestError { api: Api::SendRequest | Api::ReceiveResponse, .. }
    )
}

/// A lookup's outcome on its way to the request.
pub(crate) struct News {
    event: Mutex<Option<Event>>,
    wake: Option<Arc<Wake>>,
}

impl News {
    pub(crate) fn new(wake: Option<Arc<Wake>>) -> Arc<News> {
        Arc::new(News { event: Mutex::new(None), wake })
    }

    /// Called by the resolver, on its thread or inside the lookup. A request that has gone does not mind.
    pub(crate) fn put(&self, event: Event, slot: &'static Slot) {
        *lock(&self.event) = Some(event);
        match &self.wake {
            Some(wake) => wake.wake(),
            None => core().reactor.post(slot),
        }
    }
}

impl Request {
    pub(crate) fn next_call(&mut self) -> CallId {
        self.calls = self.calls.wrapping_add(1);
        CallId(self.calls)
    }

    pub(crate) fn belongs_to(&self, session: &Arc<Shared>) -> bool {
        self.peer.as_ref().is_some_and(|peer| Arc::ptr_eq(&peer.session, session))
    }

    pub(crate) fn asynchronous(&self) -> bool {
        self.exchange.mode() == Mode::Asynchronous
    }

    /// Whether a call waits for its completion.
    pub(crate) fn busy(&self) -> bool {
        self.exchange.owes(Lane::Write) || self.exchange.owes(Lane::Read)
    }

    /// Whether there may be something to take in.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.news.is_some()
            || self.turn.is_some()
            || self.wire.as_ref().is_some_and(|wire| wire.cell.is_ready())
    }

    /// Takes in what the reactor, a lookup or the caller's own poll has noted.
    #[inline(never)]
    pub(crate) fn absorb(&mut self) {
        let arrived = self.news.as_ref().and_then(|news| lock(&news.event).take());
        if let Some(event) = arrived {
            if let (Event::Resolved(addresses), Some(peer)) = (&event, &self.peer)
                && *self.exchange.plan.lookup_host() == *peer.host
            {
                peer.learn(Some(addresses.clone()));
            }
            if matches!(event, Event::Failed(Failure::NAME_NOT_RESOLVED)) {
                extended::note(extended::HOST_NOT_FOUND);
            }
            self.news = None;
            self.exchange.event(event);
        }
        if self.turn.as_ref().is_some_and(|turn| turn.rung()) {
            self.exchange.event(Event::Ready);
        }
        let Some(wire) = &mut self.wire else { return };
        let bits = wire.cell.take_ready();
        if bits == 0 {
            return;
        }
        let sound = wire.ready(bits);
        if wire.connecting {
            match wire.connected() {
                Ok(true) => self.exchange.event(Event::Dialled),
                Ok(false) => {}
                Err(error) => {
                    extended::note_io(&error);
                    self.wire = None;
                    self.refused_dials += 1;
                    self.exchange.event(Event::Failed(Failure::CANNOT_CONNECT));
                }
            }
            return;
        }
        match sound {
            Ok(()) => self.exchange.event(Event::Ready),
            Err(error) => {
                extended::note_io(&error);
                self.exchange.event(Event::Broke(Side::Write, Failure::CONNECTION_ERROR));
            }
        }
    }

    #[inline]
    pub(crate) fn loan(&mut self, lane: Lane) -> &mut Option<Loan> {
        &mut self.loans[lane as usize]
    }

    /// Exchange and buffers, for reading into them.
    pub(crate) fn reading(&mut self) -> (&mut Exchange, Option<&mut Wire>, &mut Option<Loan>) {
        (&mut self.exchange, self.wire.as_deref_mut(), &mut self.loans[Lane::Read as usize])
    }

    /// Writes what the exchange shows, as far as the socket takes it.
    pub(crate) fn write_outgoing(&mut self) -> io::Result<usize> {
        let payload = self.loans[Lane::Write as usize].as_ref().map_or(&[][..], Loan::bytes);
        self.exchange.stage(payload);
        let outgoing = self.exchange.outgoing();
        let body = match &outgoing.body {
            Body::Nothing => Some(&[][..]),
            Body::Optional(range) => self.optional.as_ref().and_then(|loan| loan.bytes().get(range.clone())),
            Body::Written(range) => {
                self.loans[Lane::Write as usize].as_ref().and_then(|loan| loan.bytes().get(range.clone()))
            }
        };
        // A buffer that was given back cannot be sent any more; a connection that is gone cannot take it.
        let (Some(body), Some(wire)) = (body, self.wire.as_mut()) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        wire.write([outgoing.before, body, outgoing.after])
    }

    /// A lane is settled: its buffer goes back before anybody is told. The optional data goes back once it will not be
    /// sent again.
    pub(crate) fn end_loan(&mut self, say: &Say) -> Option<Loan> {
        let lane = say.settles?;
        if ends_optional(&say.what) {
            self.optional = None;
        }
        self.loans[lane as usize].take()
    }

    pub(crate) fn end_all_loans(&mut self) {
        self.loans = [None, None];
        self.optional = None;
    }

    /// CloseHandle: it does not count any more.
    pub(crate) fn gone(&mut self) {
        if std::mem::take(&mut self.counted) {
            core().reactor.count(false);
        }
    }

    /// The session is closed: whatever waits fails.
    pub(crate) fn cancel(&mut self) {
        let id = self.next_call();
        let _ = self.exchange.command(Command::Cancel, id);
    }

    /// A closure of the application panicked: whatever waits fails.
    pub(crate) fn abandon(&mut self) {
        let id = self.next_call();
        let _ = self.exchange.command(Command::Abandon, id);
    }

    pub(crate) fn count(&mut self) {
        self.counted = true;
        core().reactor.count(true);
    }

    /// Whether a buffer of a lane is on loan, for the model.
    #[cfg(shuttle)]
    pub(crate) fn lends(&self) -> bool {
        self.loans.iter().any(Option::is_some)
    }

    /// Ready for the next request in this slot; buffers stay, unless they have grown large, and so do the session's options,
    /// the key and the ending of the head, which the next one looks at before it takes its own.
    pub(crate) fn clear(&mut self) {
        self.gone();
        self.exchange.reset(Mode::Synchronous);
        self.wire = None;
        self.held = None;
        self.draining = false;
        self.permit = None;
        self.times.clear();
        self.index = 0;
        self.refused_dials = 0;
        self.turn = None;
        self.end_all_loans();
        self.inside = None;
        self.sync = None;
        self.news = None;
        self.armed = Moment::default();
        self.peer = None;
        // The next one takes its session's; a client's key goes with the request that it was given to.
        if self.policy.client.is_some() {
            self.policy = Common::default();
        }
        self.report = None;
        self.ends = None;
        self.expire = false;
        self.key_sent = None;
        self.waiting = None;
    }
}

/// How a request is opened (contract: WinHttpOpenRequest).
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The method; GET when empty.
    pub method: Vec<u8>,
    /// Path and query as they go on the request line, escaped; `/` when empty.
    pub target: Vec<u8>,
    /// `HTTP/1.0` instead of 1.1.
    pub http10: bool,
    /// Header lines to begin with (Accept, Referer), in the form of WinHttpAddRequestHeaders.
    pub headers: Vec<u8>,
    /// `WINHTTP_FLAG_SECURE`, `WINHTTP_FLAG_REFRESH`, `WINHTTP_FLAG_AUTOMATIC_CHUNKING`.
    pub flags: u32,
}

/// The method that is named, GET where none is. The usual ones need no memory.
fn method(named: &[u8]) -> Cow<'static, [u8]> {
    const USUAL: [&[u8]; 5] = [b"POST", b"HEAD", b"PUT", b"DELETE", b"GET"];
    match USUAL.into_iter().find(|usual| *usual == named) {
        _ if named.is_empty() => Cow::Borrowed(b"GET"),
        Some(usual) => Cow::Borrowed(usual),
        None => Cow::Owned(named.to_vec()),
    }
}

/// Opens a request (contract: WinHttpOpenRequest). HANDLE_CREATED is told before this returns.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` (not a connect handle), `ERROR_NOT_ENOUGH_MEMORY`.
pub fn open(connect: Handle, config: &Config) -> Result<Handle, Error> {
    let core = core();
    let parent = core.table.slot(connect).ok_or(Error::INVALID_HANDLE)?;
    let (peer, record) = {
        let mut guard = parent.enter(connect).ok_or(Error::INVALID_HANDLE)?;
        let Kind::Connect(connect) = &guard.kind else { return Err(Error::INCORRECT_TYPE) };
        let peer = connect.peer.clone();
        guard.door.made += 1;
        (peer, guard.door.record.clone())
    };
    let Some(slot) = core.table.vacant() else {
        deliver::child_gone(parent);
        return Err(Error::NOT_ENOUGH_MEMORY);
    };
    let mut guard = slot.lock();
    let mut request = guard.spare.take().unwrap_or_default();
    request.begin(peer, config);
    let cancelled = request.peer.as_ref().is_some_and(|peer| peer.session.cancelled.load(Ordering::SeqCst));
    if cancelled {
        request.cancel();
    }
    slot.slow.store(core.reactor.slowness(), Ordering::Relaxed);
    let handle = slot.occupy(&mut guard, Kind::Request(request), record, Some(parent));
    deliver::created(slot, guard);
    Ok(handle)
}

impl Request {
    fn begin(&mut self, peer: Arc<Peer>, config: &Config) {
        // It is new, or was cleared when the request before it went.
        self.exchange.renew(peer.session.mode);
        let secure = config.flags & abi::WINHTTP_FLAG_SECURE != 0;
        let plan = &mut self.exchange.plan;
        plan.method = method(&config.method);
        plan.target.secure = secure;
        // Mostly that of the request before: a count that stays as it is costs nothing.
        if !Arc::ptr_eq(&plan.target.host, &peer.host) {
            plan.target.host = peer.host.clone();
        }
        plan.target.port = match peer.port {
            0 if secure => abi::INTERNET_DEFAULT_HTTPS_PORT,
            0 => abi::INTERNET_DEFAULT_HTTP_PORT,
            port => port,
        };
        plan.target.path.clear();
        plan.target.path.extend_from_slice(if config.target.is_empty() { b"/" } else { &config.target });
        plan.http10 = config.http10;
        plan.headers.clear();
        if !config.headers.is_empty() {
            // The door has checked these lines.
            let _ = plan.headers.apply(&config.headers, abi::WINHTTP_ADDREQ_FLAG_ADD);
        }
        plan.refresh = config.flags & abi::WINHTTP_FLAG_REFRESH != 0;
        plan.body = BodyLength::NONE;
        plan.upgrade = false;
        plan.url = None;
        plan.resolve_as = None;
        plan.detour = None;
        plan.cookies.clear();
        plan.server.clear();
        plan.proxy.clear();
        self.lent_login = false;
        plan.mechanisms = crate::mechanism::MECHANISMS;
        {
            let settings = lock(&peer.session.settings);
            // Mostly those of the request before: a count that stays as it is costs nothing.
            if !Arc::ptr_eq(&self.exchange.plan.agent, &settings.agent) {
                self.exchange.plan.agent = settings.agent.clone();
            }
            if self.proxy.as_ref().map(Arc::as_ptr) != settings.proxy.as_ref().map(Arc::as_ptr) {
                self.proxy.clone_from(&settings.proxy);
            }
            self.exchange.terms.share(&settings.terms);
            self.policy.share(&settings.tls);
            self.private_pool = settings.private_pool;
            self.kept.share(&settings.kept);
            self.exchange.plan.proxy.refuse(self.kept.refused_by_proxies());
            self.exchange.plan.http10 |= settings.http10;
        }
        self.exchange.plan.share_ending(&peer.ending);
        self.flags = config.flags;
        self.peer = Some(peer);
        self.choose_route();
        self.count();
    }
}

/// What WinHttpSendRequest is given.
pub struct Send {
    /// Header lines to add; empty for none.
    pub headers: Vec<u8>,
    /// Data that follows the head at once. It is read until the reply's head is delivered or the handle is closed.
    pub optional: Option<Loan>,
    /// `dwTotalLength`.
    pub total: u32,
    /// `dwContext`; 0 leaves the handle's context as it is.
    pub context: usize,
}

/// Finds the request behind a handle and locks it.
pub(crate) fn enter(handle: Handle) -> Result<(&'static Slot, Guard), Error> {
    enter_as(handle, |kind| matches!(kind, Kind::Request(_)))
}

/// Sends (contract: WinHttpSendRequest). Asynchronous: never calls back inside the call.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` (a call is
/// pending), `ERROR_INVALID_PARAMETER` (headers, lengths); in synchronous mode what the exchange met.
pub fn send(handle: Handle, send: Send) -> Result<Completion, Error> {
    let (slot, mut guard) = enter(handle)?;
    // contract: clients P11, the context is stored before anything can fail
    if send.context != 0 {
        guard.door.record.context = send.context;
    }
    let Some(request) = guard.request() else { return Err(Error::INCORRECT_TYPE) };
    let optional = send.optional.as_ref().map_or(0, Loan::len);
    let length = u32::try_from(optional).map_err(|_| Error::INVALID_PARAMETER)?;
    let automatic = request.flags & abi::WINHTTP_FLAG_AUTOMATIC_CHUNKING != 0;
    if request.busy() {
        return Err(Error::INCORRECT_STATE);
    }
    // What is refused changes nothing.
    request.exchange.may(Command::Send)?;
    if request.asynchronous() {
        core().reactor.start().map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    }
    let plan = &mut request.exchange.plan;
    let before = plan.headers.send_with(&send.headers).map_err(Error)?;
    match BodyLength::of(length, send.total, &plan.headers, automatic) {
        Ok(body) => plan.body = body,
        Err(refusal) => {
            plan.headers.undo(before);
            return Err(refusal.into());
        }
    }
    if plan.entropy == 0 {
        plan.entropy = getrandom::u64().unwrap_or(1) | 1;
    }
    // The last that can fail; what it adds, it adds when nothing can fail any more.
    if plan.upgrade
        && let Err(error) = websocket::prepare(request)
    {
        request.exchange.plan.headers.undo(before);
        return Err(error);
    }
    request.optional = send.optional;
    if request.asynchronous() {
        call_send(slot, guard)
    } else {
        call_and_wait(slot, guard, Command::Send, None, None)
    }
}

/// Asks for the reply (contract: WinHttpReceiveResponse).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; in synchronous mode
/// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` out of turn, and what the exchange met.
pub fn receive(handle: Handle) -> Result<Completion, Error> {
    let (slot, guard) = enter(handle)?;
    call(slot, guard, Command::Receive, None, None)
}

/// The status code of the reply.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before the
/// reply has been received.
pub fn status(handle: Handle) -> Result<u16, Error> {
    let (_, mut guard) = enter(handle)?;
    let reply = guard.request().map(|request| &request.exchange.reply).filter(|reply| reply.readable());
    reply.map(|reply| reply.head.status()).ok_or(Error::INCORRECT_STATE)
}
