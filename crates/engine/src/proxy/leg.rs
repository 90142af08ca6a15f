//! The way of a request's next leg, and who the request says it is there.

use winhttp_proto::auth::Login;

use super::route;
use crate::request::Request;

impl Request {
    /// Chooses the way of the next leg.
    pub(crate) fn choose_route(&mut self) {
        let plan = &mut self.exchange.plan;
        let way = route(self.proxy.as_deref(), &plan.target);
        self.no_way = way.is_none();
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
