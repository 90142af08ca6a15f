//! The way of a request's next leg, and who the request says it is there.

use std::time::Instant;

use winhttp_proto::auth::Login;
use winhttp_proto::{Detour, Route};

use super::list::Entry;
use super::{Failing, route};
use crate::lock;
use crate::request::Request;

/// The proxy of a list for the next leg. Legs of one send stay with theirs while it can be reached.
fn one_of(list: &[Entry], current: &Route, detour: &mut Detour, failing: &mut Failing) -> Route {
    let now = Instant::now();
    for route in &detour.failed {
        failing.note(route, now);
    }
    let route = |entry: &Entry| Route::Proxy { host: entry.host.clone(), port: entry.port };
    let open = || list.iter().filter(|entry| !detour.failed.contains(&route(entry)));
    let good = |entry: &&Entry| !failing.avoids(&entry.host, entry.port, now);
    let kept = open().find(|entry| !detour.fresh && route(entry) == *current);
    let taken = kept.or_else(|| open().find(good)).or_else(|| open().next()).or_else(|| list.first());
    let taken = taken.map(route).unwrap_or_default();
    let left = open().filter(|entry| route(entry) != taken).count();
    (detour.left, detour.fresh) = (left, false);
    taken
}

impl Request {
    /// Chooses the way of the next leg.
    #[inline]
    pub(crate) fn choose_route(&mut self) {
        let plan = &self.exchange.plan;
        // The usual: nobody named a proxy, and none was taken before.
        if self.proxy.is_none() && plan.goes_direct() && plan.detour.is_none() && !self.lent_login {
            self.no_way = false;
        } else {
            self.choose_among_proxies();
        }
    }

    #[inline(never)]
    fn choose_among_proxies(&mut self) {
        let plan = &mut self.exchange.plan;
        let way = route(self.proxy.as_deref(), &plan.target);
        self.no_way = way.is_none();
        let list = self.proxy.as_deref().map_or(&[][..], |proxy| proxy.usable(plan.target.secure));
        let way = match (way, &self.peer) {
            (Some((Route::Proxy { .. }, None)), Some(peer)) if list.len() > 1 => {
                let detour =
                    plan.detour.get_or_insert_with(|| Box::new(Detour { fresh: true, ..Detour::default() }));
                Some((one_of(list, &plan.route, detour, &mut lock(&peer.session.failing)), None))
            }
            (way, _) => {
                plan.detour = None;
                way
            }
        };
        let (route, login) = way.unwrap_or_default();
        // A login of the environment is for the proxy that it stands with, and for no other.
        if std::mem::take(&mut self.lent_login) {
            *plan.proxy.option_mut() = Login::default();
        }
        // What the program says of itself counts before what the environment says.
        if let Some(login) = login.filter(|_| plan.proxy.option().is_none_or(|own| own.user.is_empty())) {
            plan.proxy.option_mut().clone_from(&login);
            self.lent_login = true;
        }
        plan.take_route(route);
    }

    /// The program says who it is: what the environment said of it does not count any more.
    pub(crate) fn returns_login(&mut self) {
        if std::mem::take(&mut self.lent_login) {
            *self.exchange.plan.proxy.option_mut() = Login::default();
        }
    }
}
