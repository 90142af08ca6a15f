//! Does this reply ask for credentials that are at hand?

use winhttp_abi as abi;

use super::redirect::Judgement;
use crate::{Failure, Plan, Reply, Route, Terms};

/// What a 401 or 407 means for the ReceiveResponse that waits for it; `None` where it is an answer like any other.
pub(crate) fn judge(plan: &mut Plan, reply: &Reply, terms: &Terms) -> Option<Judgement> {
    if terms.without(abi::WINHTTP_DISABLE_AUTHENTICATION) {
        return None;
    }
    let answered = match u32::from(reply.head.status()) {
        abi::HTTP_STATUS_DENIED => plan.server.answer(&reply.head, b"WWW-Authenticate"),
        abi::HTTP_STATUS_PROXY_AUTH_REQ if matches!(plan.route, Route::Proxy { .. }) => {
            plan.proxy.answer(&reply.head, b"Proxy-Authenticate")
        }
        _ => false,
    };
    if !answered {
        return None;
    }
    // contract: notifications R10 {1, 12032}, a body given by WriteData cannot be sent again: the application must
    Some(if plan.body.complete() {
        Judgement::Authenticate
    } else {
        Judgement::Fail(Failure::RESEND_REQUEST)
    })
}
