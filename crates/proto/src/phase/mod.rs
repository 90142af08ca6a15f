//! Where the bytes of an exchange are. Every phase is a file of its own; `enter` is its only constructor.

pub(crate) mod authenticate;
mod body;
mod dial;
mod drain;
mod feed;
mod head;
mod lease;
mod live;
pub(crate) mod redirect;
mod resolve;
mod secure;
mod send;
pub(crate) mod socket;
mod tunnel;

pub(crate) use body::Receiving;
pub(crate) use dial::Dial;
pub(crate) use drain::Drain;
pub use drain::Leftover;
pub(crate) use feed::Feed;
pub(crate) use head::Awaiting;
pub(crate) use lease::Lease;
pub(crate) use live::{Down, Live, Rest, Up};
pub(crate) use resolve::Resolve;
pub(crate) use secure::Secure;
pub(crate) use send::Sending;
pub(crate) use socket::Socket;
pub use socket::{SocketCommand, SocketTerms};
pub(crate) use tunnel::{Refused, Tunnel};

use crate::clock::{Moment, Present};
use crate::message::Addresses;
use crate::owed::Owed;
use crate::says::Says;
use crate::{Action, CallId, Event, Failure, Fate, Notification, Plan, Reply, Terms};

/// Linear up to the first request byte, then both directions at once.
#[derive(Debug, Default)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Nothing is under way.
    #[default]
    Idle,
    Lease(Lease),
    Resolve(Resolve),
    Dial(Dial),
    Tunnel(Tunnel),
    Secure(Secure),
    Live(Live),
    Drain(Drain),
    Socket(Box<Socket>),
}

/// What a phase may see and touch besides itself.
pub(crate) struct Context<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) plan: &'a mut Plan,
    pub(crate) reply: &'a mut Reply,
    pub(crate) owed: &'a mut Owed,
    pub(crate) says: &'a mut Says,
    /// Encoded bytes that wait to be written.
    pub(crate) out: &'a mut Vec<u8>,
    /// RECEIVING_RESPONSE has been told on this leg.
    pub(crate) announced: &'a mut bool,
}

impl Context<'_> {
    /// The call that pays for this leg: the send, or the receive that followed a redirect.
    pub(crate) fn payer(&self) -> CallId {
        match (self.owed.write, self.owed.read) {
            (Some(debt), _) if self.owed.sending() => debt.call,
            (_, Some(debt)) => debt.call,
            (Some(debt), None) => debt.call,
            (None, None) => CallId::default(),
        }
    }

    #[inline(always)]
    pub(crate) fn inform(&mut self, what: Notification) {
        let call = self.payer();
        self.says.inform(what, call);
    }
}

/// Which phase begins, with what it needs. The phase itself is made where it is going to stand: it is large.
#[derive(Debug)]
pub(crate) enum Way {
    Lease,
    Resolve,
    Dial(Addresses),
    Tunnel,
    /// A tunnel was refused: the proxy's page is the reply.
    Refused(Refused),
    Secure,
    Live,
}

/// What a phase does next.
#[derive(Debug)]
pub(crate) enum Step {
    /// The driver is asked for this, until it reports an event.
    Act(Action),
    /// Something changed: look again.
    Again,
    /// The phase is over, and this one begins.
    Next(Way),
    /// The exchange is complete: its connection goes.
    Done { fate: Fate, closed: bool },
    /// The connection goes, and another leg begins.
    Then { fate: Fate, next: Way },
    /// The connection goes, the phase stays.
    Hang,
    /// The leg has failed.
    Fail(Failure),
    /// The reply's head could not be had: told by ReceiveResponse.
    NoHead(Failure),
    /// The body could not be read to its end.
    NoBody(Failure),
    /// Nothing to do before the deadline.
    Wait(Option<Moment>),
}

impl Phase {
    /// Begins a phase.
    #[inline(never)]
    pub(crate) fn enter(way: Way, cx: &mut Context<'_>) -> Phase {
        match way {
            Way::Lease => Lease::enter(),
            Way::Resolve => Resolve::enter(cx),
            Way::Dial(addresses) => Dial::enter(addresses, cx),
            Way::Tunnel => Tunnel::enter(cx),
            Way::Refused(refused) => refused.enter(cx),
            Way::Secure => Secure::enter(),
            Way::Live => Live::enter(cx),
        }
    }

    /// Something was begun towards a connection and has not been reported: the driver has to give it up.
    pub(crate) fn engaged(&self) -> bool {
        match self {
            // The right to a connection, a lookup, an attempt.
            Phase::Lease(_) | Phase::Resolve(_) | Phase::Dial(_) => true,
            Phase::Idle
            | Phase::Tunnel(_)
            | Phase::Secure(_)
            | Phase::Live(_)
            | Phase::Drain(_)
            | Phase::Socket(_) => false,
        }
    }

    pub(crate) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        match self {
            Phase::Idle => Step::Wait(None),
            Phase::Lease(lease) => lease.step(),
            Phase::Resolve(resolve) => resolve.step(cx, now),
            Phase::Dial(dial) => dial.step(cx, now),
            Phase::Tunnel(tunnel) => tunnel.step(cx, now),
            Phase::Secure(secure) => secure.step(cx, now),
            Phase::Live(live) => live.step(cx, now),
            Phase::Drain(drain) => drain.step(cx, now),
            Phase::Socket(socket) => socket.step(cx, now),
        }
    }

    pub(crate) fn event(&mut self, event: Event, cx: &mut Context<'_>) -> Step {
        match self {
            Phase::Idle => Step::Again,
            Phase::Lease(lease) => lease.event(event),
            Phase::Resolve(resolve) => resolve.event(event, cx),
            Phase::Dial(dial) => dial.event(event, cx),
            Phase::Tunnel(tunnel) => tunnel.event(event),
            Phase::Secure(secure) => secure.event(event, cx),
            Phase::Live(live) => live.event(event, cx),
            Phase::Drain(drain) => drain.event(event),
            Phase::Socket(socket) => socket.event(event, cx),
        }
    }
}
