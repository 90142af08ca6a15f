//! Is this reply the answer, or a way to it?

use std::borrow::Cow;
use std::sync::Arc;

use winhttp_abi as abi;

use crate::http::location::Target;
use crate::{BodyLength, Failure, Plan, RedirectPolicy, Reply, Terms, Total};

/// What a complete head means for the ReceiveResponse that waits for it.
#[derive(Debug)]
pub(crate) enum Judgement {
    /// It is handed to the application.
    Deliver,
    /// It is followed.
    Follow(Hop),
    /// It is sent again with credentials.
    Authenticate,
    /// The application has to send it again: the body is gone. The connection stays for that.
    Resend,
    /// The call fails.
    Fail(Failure),
}

/// Where a redirect leads.
#[derive(Debug)]
pub(crate) struct Hop {
    /// The absolute URL, as it is told.
    pub(crate) url: Arc<str>,
    target: Target,
    /// The method becomes GET and the body is dropped.
    becomes_get: bool,
}

pub(crate) fn judge(plan: &Plan, reply: &Reply, terms: &Terms) -> Judgement {
    let status = u32::from(reply.head.status());
    if terms.without(abi::WINHTTP_DISABLE_REDIRECTS)
        || terms.redirect_policy == RedirectPolicy::Never
        || !matches!(status, 300..=303 | 307 | 308)
    {
        return Judgement::Deliver;
    }
    // contract: evidence table A, a redirect without Location fails by design
    let Some(location) = reply.head.get(b"Location") else {
        return Judgement::Fail(Failure::HEADER_NOT_FOUND);
    };
    let (target, url) = match plan.target.join(location) {
        Ok(hop) => hop,
        Err(error) => return Judgement::Fail(Failure(error)),
    };
    // contract: options, REJECT_USERPWD_IN_URL; the error is that of ICU_REJECT_USERPWD (api-behaviour section 2)
    if terms.reject_credentials && has_credentials(location) {
        return Judgement::Fail(Failure(abi::ERROR_WINHTTP_INVALID_URL));
    }
    // contract: evidence table A, from https to http under the default policy the 3xx itself is the reply
    if plan.target.secure && !target.secure && terms.redirect_policy == RedirectPolicy::DisallowHttpsToHttp {
        return Judgement::Deliver;
    }
    // contract: evidence table A, N redirects are followed, the next one is ERROR_WINHTTP_REDIRECT_FAILED
    if plan.redirects >= terms.max_redirects {
        return Judgement::Fail(Failure::REDIRECT_FAILED);
    }
    let becomes_get = becomes_get(status, &plan.method);
    // contract: evidence table A, a body given by WriteData cannot be sent again: the application must
    if !becomes_get && !plan.body.complete() {
        return Judgement::Fail(Failure::RESEND_REQUEST);
    }
    Judgement::Follow(Hop { url: Arc::from(url), target, becomes_get })
}

/// Whether the authority of a URL names a user.
fn has_credentials(location: &[u8]) -> bool {
    let Some(at) = location.windows(2).position(|two| two == b"//") else { return false };
    let scheme = &location[..at];
    let relative = scheme.iter().any(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let authority = location[at + 2..].split(|byte| matches!(byte, b'/' | b'?' | b'#')).next();
    !relative && authority.is_some_and(|authority| authority.contains(&b'@'))
}

/// contract: evidence table A, POST becomes GET on 300 to 303, 303 makes GET of everything but GET and HEAD
fn becomes_get(status: u32, method: &[u8]) -> bool {
    match status {
        303 => method != b"GET" && method != b"HEAD",
        300..=302 => method == b"POST",
        _ => false,
    }
}

impl Hop {
    /// The plan's next leg.
    pub(crate) fn apply(self, plan: &mut Plan) {
        plan.redirects += 1;
        // The other name was that of the server before.
        let same_host = plan.target.host.eq_ignore_ascii_case(&self.target.host);
        if !same_host {
            plan.resolve_as = None;
        }
        // contract: api-behaviour section 37, Host is recomputed: the application's own named the server before
        if !same_host || plan.target.port != self.target.port {
            plan.headers.remove(b"Host");
        }
        plan.go_to(self.target);
        plan.url = Some(self.url);
        if self.becomes_get {
            plan.method = Cow::Borrowed(b"GET");
            plan.body = BodyLength { optional: 0, total: Total::Bytes(0) };
            // contract: evidence table A, no Content-Length and no Transfer-Encoding once the body is dropped
            plan.headers.remove(b"Content-Length");
            plan.headers.remove(b"Transfer-Encoding");
        }
    }
}
