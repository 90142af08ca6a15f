//! The addresses are tried in turn.

use std::net::SocketAddr;

use super::{Context, Phase, Step, Way};
use crate::clock::{Patience, Present};
use crate::message::Addresses;
use crate::{Action, Event, Failure, Notification};

/// One address after the other, each limited by `WINHTTP_OPTION_CONNECT_TIMEOUT`, at most
/// `WINHTTP_OPTION_CONNECT_RETRIES` of them.
#[derive(Debug)]
pub(crate) struct Dial {
    addresses: Addresses,
    index: usize,
    dialling: bool,
    patience: Patience,
    /// The first attempt gets [`QUICK`] milliseconds.
    quick: bool,
}

/// Milliseconds for the first IPv6 address under `WINHTTP_OPTION_IPV6_FAST_FALLBACK`.
const QUICK: u32 = 300;

/// The first IPv6 address, the first IPv4 one, the first again, then the rest; `None` where one kind is missing.
///
/// contract: evidence Q3, WINHTTP_OPTION_IPV6_FAST_FALLBACK
fn fallback(addresses: &Addresses) -> Option<Addresses> {
    let six = *addresses.iter().find(|address| address.is_ipv6())?;
    let four = *addresses.iter().find(|address| address.is_ipv4())?;
    let rest = addresses.iter().copied().filter(|&address| address != six && address != four);
    Some([six, four, six].into_iter().chain(rest).collect())
}

impl Dial {
    pub(crate) fn enter(addresses: Addresses, cx: &mut Context<'_>) -> Phase {
        let reordered = if cx.terms.fast_fallback { fallback(&addresses) } else { None };
        let quick = reordered.is_some();
        let addresses = reordered.unwrap_or(addresses);
        let dial = Dial { addresses, index: 0, dialling: false, patience: Patience::default(), quick };
        dial.announce(cx);
        Phase::Dial(dial)
    }

    /// contract: notifications S8 and evidence Q3, CONNECTING_TO_SERVER comes once for each address that is tried
    fn announce(&self, cx: &mut Context<'_>) {
        if let Some(&address) = self.addresses.get(self.index) {
            cx.inform(Notification::ConnectingToServer(address));
        }
    }

    #[inline(never)]
    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        let Some(&address) = self.addresses.get(self.index) else {
            return Step::Fail(Failure::CANNOT_CONNECT);
        };
        if !self.dialling {
            return Step::Act(Action::Dial(SocketAddr::new(address, cx.plan.peer_port())));
        }
        let limit = if self.quick && self.index == 0 { QUICK } else { cx.terms.connect_timeout };
        match self.patience.deadline(now, limit) {
            Ok(deadline) => Step::Wait(deadline),
            Err(_) => self.next(Failure::TIMEOUT, cx),
        }
    }

    fn next(&mut self, failure: Failure, cx: &mut Context<'_>) -> Step {
        self.index += 1;
        let limit = (cx.terms.connect_retries.max(1) as usize).min(self.addresses.len());
        if self.index >= limit {
            return Step::Fail(failure);
        }
        self.dialling = false;
        self.patience.renew();
        self.announce(cx);
        Step::Again
    }

    pub(super) fn event(&mut self, event: Event, cx: &mut Context<'_>) -> Step {
        match event {
            Event::Dialled => {
                if let Some(&address) = self.addresses.get(self.index) {
                    cx.inform(Notification::ConnectedToServer(address));
                }
                // contract: evidence Q9, CONNECTED comes right after TCP, then the handshake, then SENDING_REQUEST
                Step::Next(match cx.plan.target.secure {
                    _ if cx.plan.tunnels() => Way::Tunnel,
                    true => Way::Secure,
                    false => Way::Live,
                })
            }
            Event::Blocked(_) => {
                self.dialling = true;
                Step::Again
            }
            Event::Failed(failure) => {
                self.dialling = false;
                self.next(failure, cx)
            }
            _ => Step::Again,
        }
    }
}
