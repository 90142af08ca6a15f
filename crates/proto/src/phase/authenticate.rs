//! Does this reply ask for credentials that are at hand?

use winhttp_abi as abi;

use super::redirect::Judgement;
use crate::auth::challenges;
use crate::{Plan, Reply, Terms};

/// What a 401 or 407 means for the ReceiveResponse that waits for it; `None` where it is an answer like any other.
pub(crate) fn judge(plan: &mut Plan, reply: &Reply, terms: &Terms) -> Option<Judgement> {
    // contract: evidence Q18, the page of a proxy that refuses a tunnel is nobody else's answer: it is neither followed
    // nor answered
    if reply.from_connect {
        return Some(Judgement::Deliver);
    }
    if terms.without(abi::WINHTTP_DISABLE_AUTHENTICATION) {
        return None;
    }
    let (head, mechanisms) = (&reply.head, plan.mechanisms);
    let status = u32::from(head.status());
    if status != abi::HTTP_STATUS_DENIED && status != abi::HTTP_STATUS_PROXY_AUTH_REQ {
        plan.server.accepted(head, b"Authentication-Info");
    }
    if status != abi::HTTP_STATUS_PROXY_AUTH_REQ {
        plan.proxy.accepted(head, b"Proxy-Authentication-Info");
    }
    let answered = match (status, plan.target.secure) {
        (abi::HTTP_STATUS_DENIED, _) => {
            plan.server.answer(head, b"WWW-Authenticate", mechanisms, &plan.target.host)
        }
        (abi::HTTP_STATUS_PROXY_AUTH_REQ, false) => plan.answer_proxy(head),
        _ => false,
    };
    if !answered {
        return None;
    }
    // contract: notifications R10 {1, 12032}, a body given by WriteData cannot be sent again: the application must
    Some(if plan.body.complete() { Judgement::Authenticate } else { Judgement::Resend })
}

/// contract: api-behaviour section 24, with Passport switched on the redirect that carries its challenge is shown as a
/// 401, whose status line says so and keeps its text
pub(crate) fn passport(reply: &mut Reply) {
    let challenged = |value| {
        challenges(value).iter().any(|challenge| challenge.scheme() == abi::WINHTTP_AUTH_SCHEME_PASSPORT)
    };
    if u32::from(reply.head.status()) == abi::HTTP_STATUS_REDIRECT
        && reply.head.fields().all(b"WWW-Authenticate").any(challenged)
    {
        reply.head.set_status(abi::HTTP_STATUS_DENIED as u16);
    }
}
