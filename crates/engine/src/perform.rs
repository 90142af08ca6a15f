//! Doing: what the exchange asks for, without ever blocking. Everything here happens under the slot's lock.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

use winhttp_proto::auth::Bond;
use winhttp_proto::clock::{Moment, Present};
use winhttp_proto::{Action, Event, Failure, Fate, Leftover, Route, Side, Want};

use crate::cookies;
use crate::core::Core;
use crate::limit::{self, Entry};
use crate::request::{News, Request};
use crate::resolver::{Outcome, Resolver};
use crate::room;
use crate::slot::Slot;
use crate::wire::tls::{Handshake, Tls, TlsFault, TlsPolicy, client_refused};
use crate::wire::{PoolKey, Wire};
use crate::{Handle, extended, lock};

/// Performs one action and reports what came of it.
#[inline(always)]
pub(crate) fn perform(
    core: &'static Core,
    slot: &'static Slot,
    handle: Handle,
    request: &mut Request,
    action: Action,
    now: &mut Present<'_>,
) {
    match action {
        Action::Lease => lease(core, slot, handle, request, now.now()),
        Action::Resolve => resolve(core, slot, request),
        Action::Dial(address) => dial(core, handle, request, address),
        Action::Secure => secure(core, slot, request),
        Action::Judge => settle(core, slot, request, true),
        Action::Write => write(request),
        Action::Read => read(request),
        Action::Release(fate) => release(core, request, fate, now.now()),
    }
}

#[inline(never)]
fn lease(core: &'static Core, slot: &'static Slot, handle: Handle, request: &mut Request, now: Moment) {
    if request.kept.wants_newer() {
        let mismatch = Failure(winhttp_abi::ERROR_WINHTTP_HTTP_PROTOCOL_MISMATCH);
        return request.exchange.event(Event::Failed(mismatch));
    }
    request.pass(now);
    cookies::add(request);
    request.choose_route();
    if request.no_way {
        return request.exchange.event(Event::Failed(Failure::CANNOT_CONNECT));
    }
    let last = request.key.take();
    let key = key(request, last);
    request.exchange.lend(room::take);
    lease_for(core, slot, handle, request, &key, now);
    request.key = Some(key);
}

fn lease_for(
    core: &'static Core,
    slot: &'static Slot,
    handle: Handle,
    request: &mut Request,
    key: &Arc<PoolKey>,
    now: Moment,
) {
    let watched = request.asynchronous();
    // It was another's connection until now, and is waited for once.
    let drained = std::mem::take(&mut request.draining);
    if let Some(mut wire) = request.held.take() {
        // contract: evidence Q18, legs of one exchange stay on their connection while it lives
        if wire.key.leads_as(key) && wire.alive(!wire.watched()) {
            wire.served += 1;
            request.wire = Some(wire);
            return request.exchange.event(if drained { Event::Leased } else { Event::Held });
        }
        give_back(core, request, wire, None, now);
    }
    if !admitted(slot, request, key) {
        // Ready comes with the turn.
        return request.exchange.event(Event::Blocked(Side::Read));
    }
    let plan = &request.exchange.plan;
    let mut late = Vec::new();
    let mut find = |key: &Arc<PoolKey>| core.pool.lease(key, handle, watched, now, &mut late);
    let leased = plan.identities().into_iter().find_map(|who| find(&key.of(who))).or_else(|| find(key));
    let mut late = late.into_iter();
    let first = if leased.is_none() && !drained { late.next() } else { None };
    for (wire, leftover) in late {
        core.pool.rest(wire, Some(leftover), now);
    }
    if let Some((wire, leftover)) = first {
        return await_rest(request, wire, leftover);
    }
    let event = match leased {
        Some(wire) => match take_over(request, wire) {
            Ok(()) => Event::Leased,
            Err(_) => Event::Failed(Failure::CANNOT_CONNECT),
        },
        None => Event::Vacant(match &request.peer {
            Some(peer) if *peer.host == *request.exchange.plan.lookup_host() => peer.known(),
            _ => None,
        }),
    };
    request.exchange.event(event);
}

/// A connection from the pool is the request's, and heard in its manner.
fn take_over(request: &mut Request, mut wire: Box<Wire>) -> io::Result<()> {
    if request.asynchronous() {
        wire.watch()?;
    } else {
        wire.unwatch();
    }
    request.report = wire.tls().map(Tls::report);
    request.wire = Some(wire);
    Ok(())
}

/// The only connection that is at hand still brings another's reply.
fn await_rest(request: &mut Request, wire: Box<Wire>, leftover: Box<Leftover>) {
    match take_over(request, wire) {
        Ok(()) => {
            request.draining = true;
            request.exchange.drain_first(leftover);
        }
        Err(_) => request.exchange.event(Event::Failed(Failure::CANNOT_CONNECT)),
    }
}

/// The pool's key for the next leg. The keys of a connect handle's own server are made once; `last` is that of the leg
/// before, mostly the same.
fn key(request: &Request, last: Option<Arc<PoolKey>>) -> Arc<PoolKey> {
    match usual_key(request) {
        Some(usual) => last.filter(|last| Arc::ptr_eq(last, usual)).unwrap_or_else(|| usual.clone()),
        None => key_of(request),
    }
}

/// The key of a connect handle's own server, without TLS, proxy or a pool of its session's own: nearly always.
#[inline]
fn usual_key(request: &Request) -> Option<&Arc<PoolKey>> {
    let plan = &request.exchange.plan;
    let peer = request.peer.as_ref()?;
    let kept = peer.plain.get()?;
    let plain = !plan.target.secure && plan.goes_direct() && plan.resolve_as.is_none();
    let alike = kept.port == plan.target.port && kept.through.is_none() && kept.private.is_none();
    (plain && alike && !request.private_pool && peer.host == plan.target.host).then_some(kept)
}

#[inline(never)]
fn key_of(request: &Request) -> Arc<PoolKey> {
    let plan = &request.exchange.plan;
    let secure = plan.target.secure.then(|| TlsPolicy::clone(&request.policy));
    let private = match &request.peer {
        Some(peer) if request.private_pool => Some(peer.session.id),
        _ => None,
    };
    // A tunnel is as good as a connection to its server, for whoever goes through the same proxy.
    let (host, port, through) = match &plan.route {
        Route::Proxy { host, port } if plan.tunnels() => {
            (&*plan.target.host, plan.target.port, Some((host.clone(), *port)))
        }
        _ => (plan.peer_host(), plan.peer_port(), None),
    };
    // A server that was looked up under another name may be another one.
    let looked_up = plan.lookup_host();
    if looked_up != plan.peer_host() {
        let host = format!("{host}\0{looked_up}");
        return Arc::new(PoolKey::new(&host, port, secure, private).through(through));
    }
    let Some(peer) = request.peer.as_ref().filter(|peer| *peer.host == *host) else {
        return Arc::new(PoolKey::new(host, port, secure, private).through(through));
    };
    let fits = |key: &PoolKey| {
        key.port == port && key.secure == secure && key.private == private && key.through == through
    };
    if !plan.target.secure {
        // Nearly always the same one, which is found without a lock.
        let made = || Arc::new(PoolKey::new(host, port, None, private).through(through.clone()));
        let kept = peer.plain.get_or_init(made);
        return if fits(kept) { kept.clone() } else { made() };
    }
    let mut kept = lock(&peer.secure);
    match &*kept {
        Some(key) if fits(key) => key.clone(),
        _ => {
            let key = Arc::new(PoolKey::new(host, port, secure, private).through(through));
            *kept = Some(key.clone());
            key
        }
    }
}

#[inline(never)]
fn resolve(core: &'static Core, slot: &'static Slot, request: &mut Request) {
    request.pass_exactly();
    let host = request.exchange.plan.lookup_host().to_owned();
    if let Some(addresses) = Resolver::literal(&host) {
        request.exchange.event(Event::Resolved(addresses));
        return;
    }
    let news = News::new(request.sync.clone());
    request.news = Some(news.clone());
    request.exchange.event(Event::Blocked(Side::Read));
    core.resolver.lookup(
        &host,
        Box::new(move |outcome| {
            let event = match outcome {
                Outcome::Found(addresses) => Event::Resolved(addresses),
                Outcome::NotFound | Outcome::Failed(_) => Event::Failed(Failure::NAME_NOT_RESOLVED),
            };
            news.put(event, slot);
        }),
    );
}

#[inline(never)]
fn dial(core: &'static Core, handle: Handle, request: &mut Request, address: SocketAddr) {
    request.pass_exactly();
    request.wire = None;
    if request.exchange.plan.tunnels() {
        // contract: evidence Q18, while CONNECT goes out there is no certificate to ask for
        request.report = None;
    }
    let event = match begin_dial(core, handle, request, address) {
        Ok(true) => Event::Dialled,
        Ok(false) => Event::Blocked(Side::Write),
        Err(error) => {
            extended::note_io(&error);
            request.wire = None;
            request.refused_dials += 1;
            // What a lookup found earlier may have moved.
            if let Some(peer) = &request.peer {
                peer.learn(None);
            }
            Event::Failed(Failure::CANNOT_CONNECT)
        }
    };
    request.exchange.event(event);
}

fn begin_dial(
    core: &'static Core,
    handle: Handle,
    request: &mut Request,
    address: SocketAddr,
) -> io::Result<bool> {
    let address = match address.ip() {
        IpAddr::V6(ip) => {
            let scope = Resolver::scope(request.exchange.plan.lookup_host());
            SocketAddr::V6(SocketAddrV6::new(ip, address.port(), 0, scope))
        }
        IpAddr::V4(_) => address,
    };
    let key = request.key.clone().unwrap_or_else(|| key(request, None));
    let wire = Box::new(Wire::dial(core, address, key)?);
    let keep_alive = request.peer.as_ref().and_then(|peer| lock(&peer.session.settings).keep_alive);
    if let Some(keep_alive) = keep_alive {
        wire.keep_alive(keep_alive)?;
    }
    wire.cell.own(Some(handle));
    let watched = request.asynchronous();
    let wire = request.wire.insert(wire);
    // On a near network the answer is there already, and the reactor need not tell it.
    let connected = wire.connected()?;
    if watched {
        wire.watch()?;
    }
    Ok(connected)
}

#[inline(never)]
fn secure(core: &'static Core, slot: &'static Slot, request: &mut Request) {
    request.pass_exactly();
    let Some(wire) = request.wire.as_mut() else {
        request.exchange.event(Event::Failed(Failure::CONNECTION_ERROR));
        return;
    };
    match wire.tls() {
        None => match Tls::start(core.tls(), &request.policy, &request.exchange.plan.target.host) {
            Ok(tls) => wire.begin_tls(tls),
            Err(fault) => return insecure(request, fault),
        },
        Some(tls) if tls.suspended() => return settle(core, slot, request, false),
        Some(_) => {}
    }
    let step = wire.handshake();
    secured(core, slot, request, step);
}

/// The verdict waits for what is known of revocation; `last`: it waits no longer.
#[inline(never)]
fn settle(core: &'static Core, slot: &'static Slot, request: &mut Request, last: bool) {
    if request.news.is_some() && !last {
        // What woke it was the connection.
        return request.exchange.event(Event::Checking);
    }
    request.news = None;
    let step = request.wire.as_mut().and_then(|wire| wire.settle(last));
    secured(core, slot, request, step);
}

fn secured(core: &'static Core, slot: &'static Slot, request: &mut Request, step: Option<Handshake>) {
    let event = match step {
        Some(Handshake::Done) => {
            request.report = request.wire.as_ref().and_then(|wire| wire.tls()).map(Tls::report);
            Event::Secured
        }
        Some(Handshake::WantRead) => Event::Blocked(Side::Read),
        Some(Handshake::WantWrite) => Event::Blocked(Side::Write),
        Some(Handshake::Unsettled) => {
            let lacking = request.wire.as_ref().and_then(|wire| wire.tls()).map_or(&[][..], Tls::lacking);
            let news = News::new(request.sync.clone());
            let told = news.clone();
            core.revocation().fetch(lacking, &request.proxy, move || told.put(Event::Ready, slot));
            request.news = Some(news);
            Event::Checking
        }
        Some(Handshake::Failed(fault)) => return insecure(request, fault),
        None => Event::Failed(Failure::CONNECTION_ERROR),
    };
    request.exchange.event(event);
}

fn insecure(request: &mut Request, fault: TlsFault) {
    if fault.report.is_some() {
        request.report = fault.report;
    }
    let failure = Failure(fault.error);
    request.exchange.event(match fault.bits {
        0 => Event::Failed(failure),
        bits => Event::Insecure { bits, failure },
    });
}

#[inline(never)]
fn write(request: &mut Request) {
    let event = match request.write_outgoing() {
        Ok(0) => Event::Blocked(Side::Write),
        Ok(bytes) => Event::Wrote(bytes),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Event::Blocked(Side::Write),
        Err(error) => {
            extended::note_io(&error);
            Event::Broke(Side::Write, Failure::CONNECTION_ERROR)
        }
    };
    request.exchange.event(event);
    // The reply is still on its way, mostly: then nobody has to try.
    if request.wire.as_ref().is_some_and(|wire| wire.input.len() == 0 && wire.silent()) {
        request.exchange.dry();
    }
    if let Some(spare) = request.exchange.spare_room() {
        room::give(spare);
    }
}

#[inline(never)]
fn read(request: &mut Request) {
    let largest = request.exchange.terms.max_header_size as usize + 1;
    let (exchange, wire, loan) = request.reading();
    let Some(wire) = wire else {
        exchange.event(Event::Broke(Side::Read, Failure::CONNECTION_ERROR));
        return;
    };
    if let Some(spare) = exchange.spare_room() {
        room::give(spare);
    }
    let read = match exchange.want(wire.input.len()) {
        Want::Nothing => return exchange.event(Event::Blocked(Side::Read)),
        // Unpacked bytes may wait beside an empty buffer.
        Want::Buffered => Ok(wire.input.len().max(1)),
        Want::Bytes => match wire.fill(largest) {
            // The head has outgrown what it may have; the parser says so.
            Ok(None) => Ok(wire.input.len()),
            Ok(Some(bytes)) => Ok(bytes),
            Err(error) => Err(error),
        },
        Want::Direct { at, most } => {
            let room =
                loan.as_mut().and_then(|loan| loan.room().get_mut(at as usize..at as usize + most as usize));
            let Some(room) = room else {
                return exchange.event(Event::Broke(Side::Read, Failure::CANCELLED));
            };
            match wire.read(room) {
                Ok(bytes) if bytes > 0 => {
                    exchange.direct(bytes);
                    return;
                }
                ended => ended,
            }
        }
    };
    match read {
        // contract: evidence table A, a body cut off in order is a clean end; so is one over TLS without close_notify,
        // which servers that mark the end of a body by closing often leave out
        Ok(0) => exchange.event(Event::EndOfStream),
        Ok(_) => {
            let room = loan.as_mut().map(|loan| loan.room()).unwrap_or_default();
            let taken = exchange.feed(wire.input.bytes(), room);
            wire.input.consume(taken);
            if exchange.reply.take_fresh() {
                cookies::keep(request);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => exchange.event(Event::Blocked(Side::Read)),
        Err(error) => {
            extended::note_io(&error);
            let failure = client_refused(&error).map_or(Failure::CONNECTION_ERROR, Failure);
            exchange.event(Event::Broke(Side::Read, failure));
        }
    }
}

#[inline(never)]
fn release(core: &'static Core, request: &mut Request, fate: Fate, now: Moment) {
    request.pass(now);
    if let Some(wire) = request.wire.take() {
        if !wire.connecting {
            request.ends = wire.ends();
            request.index = wire.served;
        }
        let leftover = request.exchange.take_leftover();
        // What the application wants of its own connection is not said of one that is only waited for.
        let expired = !request.draining && std::mem::take(&mut request.expire);
        let fate = if expired { Fate::Close } else { fate };
        let next = request.exchange.between_legs() || request.exchange.plan.bond() == Bond::UnderWay;
        match fate {
            Fate::Keep if next && !request.exchange.closing() => request.held = Some(wire),
            Fate::Keep => give_back(core, request, wire, None, now),
            Fate::Drain => give_back(core, request, wire, leftover, now),
            Fate::Close => drop(wire),
        }
    }
    // The next in the queue finds the connection at rest.
    request.turn = None;
    if request.permit.is_some() {
        leave(request);
    }
    // A lookup that was given up may still answer: its outcome is nobody's.
    request.news = None;
    request.exchange.event(Event::Released);
}

/// A connection goes to rest, for everybody or for those of the same login.
fn give_back(
    core: &'static Core,
    request: &Request,
    mut wire: Box<Wire>,
    leftover: Option<Box<Leftover>>,
    now: Moment,
) {
    match request.exchange.plan.bond() {
        Bond::None => {}
        Bond::Of(who) => wire.key = wire.key.of(who),
        // Half a login is of no use to anybody.
        Bond::UnderWay | Bond::Spoiled => return,
    }
    core.pool.rest(wire, leftover, now);
}

/// Whether the session lets the request have a connection now; otherwise it has a place in the queue.
fn admitted(slot: &'static Slot, request: &mut Request, key: &PoolKey) -> bool {
    let Some(peer) = &request.peer else { return true };
    if request.permit.as_ref().is_some_and(|permit| permit.fits(key)) {
        return true;
    }
    let turn = request.turn.take();
    if turn.is_none() && request.permit.is_none() && !peer.session.gate.limits() {
        return true;
    }
    let entry = match turn.map(|turn| turn.claim()) {
        Some(Ok(permit)) if permit.fits(key) => Entry::Permit(permit),
        Some(Err(turn)) if turn.fits(key) => Entry::Turn(turn),
        // Another server than last time.
        _ => limit::enter(&peer.session, key, slot, request.sync.clone()),
    };
    let (permit, turn) = match entry {
        Entry::Permit(permit) => (Some(Box::new(permit)), None),
        Entry::Turn(turn) => (None, Some(Box::new(turn))),
    };
    // What was for another server is given up only now: a request that waits for one keeps no other waiting.
    request.permit = permit;
    request.turn = turn;
    request.turn.is_none()
}

/// A permit goes with its connection; between two legs it stays.
fn leave(request: &mut Request) {
    let reply = &request.exchange.reply;
    if let Some(permit) = &request.permit
        && reply.head.status() != 0
    {
        permit.heard(reply.head.minor_version());
    }
    let stays = request.held.is_some() || request.exchange.between_legs() && !request.exchange.closing();
    if !stays {
        request.permit = None;
    }
}
