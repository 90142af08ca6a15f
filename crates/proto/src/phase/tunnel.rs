//! A proxy is asked for a tunnel to the server: CONNECT, between CONNECTED_TO_SERVER and the TLS handshake.
//!
//! ```text
//!   Asking -> Answer -> Secure             granted: 2xx
//!     ^         |----> Live                refused: the proxy's page is the reply
//!     |_ Rest _/                           407 that can be answered, on the same connection
//! ```

use winhttp_abi as abi;

use super::{Context, Down, Feed, Leftover, Live, Phase, Receiving, Step, Way};
use crate::clock::{Patience, Present};
use crate::http::body::Body as Framed;
use crate::http::decode::{Limits, Progress};
use crate::http::encode::{HeadParts, TargetForm, encode_head, push_decimal, push_named_host};
use crate::http::framing::{self, Asked, Framing};
use crate::message::{Body, Side};
use crate::reply::Seal;
use crate::{Action, Event, Failure, Fate, Notification, Outgoing, Plan, Want};

/// Asks, limited by `WINHTTP_OPTION_SEND_TIMEOUT` and, for the answer, by `WINHTTP_OPTION_RECEIVE_TIMEOUT` without
/// progress.
#[derive(Debug)]
pub(crate) struct Tunnel {
    part: Part,
    blocked: bool,
    /// Bytes of the wire's buffer that have been looked at and left.
    held: usize,
    patience: Patience,
}

#[derive(Debug)]
enum Part {
    /// CONNECT goes out, once SENDING_REQUEST has been told.
    Asking { encoded: bool, written: usize },
    /// The proxy's answer comes in.
    Answer(Answer),
    /// The rest of a 407 is read away, so that its connection can be asked again.
    Rest(Box<Leftover>),
}

#[derive(Debug, Default)]
struct Answer {
    taken: usize,
    whole: Patience,
    late: bool,
}

/// What the proxy's head comes to.
enum Verdict {
    Partial,
    Granted,
    Refused,
    /// Asked again, once the rest of the 407 is read away.
    Again(Option<Box<Leftover>>),
    /// Asked again on another connection.
    Reconnect,
}

impl Tunnel {
    /// contract: evidence Q18, SENDING_REQUEST is told for each CONNECT and again for the request in the tunnel
    pub(crate) fn enter(cx: &mut Context<'_>) -> Phase {
        cx.reply.clear();
        cx.inform(Notification::SendingRequest);
        let part = Part::Asking { encoded: false, written: 0 };
        Phase::Tunnel(Tunnel { part, blocked: false, held: 0, patience: Patience::default() })
    }

    pub(super) fn step(&mut self, cx: &mut Context<'_>, now: &mut Present<'_>) -> Step {
        let mut limit = cx.terms.receive_timeout;
        match &mut self.part {
            Part::Asking { encoded, written } => {
                if !*encoded {
                    cx.plan.encode_connect(cx.out);
                    *encoded = true;
                }
                if *written >= cx.out.len() {
                    let sent = u32::try_from(cx.out.len()).unwrap_or(u32::MAX);
                    cx.inform(Notification::RequestSent(sent));
                    self.go_on(Part::Answer(Answer::default()));
                    return Step::Again;
                }
                if !self.blocked {
                    return Step::Act(Action::Write);
                }
                limit = cx.terms.send_timeout;
            }
            Part::Answer(answer) => {
                answer.late = answer.whole.deadline(now, cx.terms.effective_response_timeout()).is_err();
                if !self.blocked {
                    return Step::Act(Action::Read);
                }
            }
            Part::Rest(_) if !self.blocked => return Step::Act(Action::Read),
            Part::Rest(_) => {}
        }
        match self.patience.deadline(now, limit) {
            Ok(deadline) => Step::Wait(deadline),
            Err(_) => Step::Fail(Failure::TIMEOUT),
        }
    }

    fn go_on(&mut self, part: Part) {
        self.part = part;
        self.blocked = false;
        self.held = 0;
        self.patience = Patience::default();
    }

    pub(super) fn event(&mut self, event: Event) -> Step {
        match event {
            Event::Wrote(bytes) => {
                if let Part::Asking { written, .. } = &mut self.part {
                    *written = written.saturating_add(bytes);
                }
                self.patience.renew();
            }
            Event::Blocked(_) => self.blocked = true,
            Event::Ready => self.blocked = false,
            Event::EndOfStream | Event::Broke(Side::Read, _) if matches!(self.part, Part::Rest(_)) => {
                // The proxy has had enough of this connection; the next one is asked.
                return Step::Then { fate: Fate::Close, next: Way::Lease };
            }
            // contract: notifications R10 {5, 12030} and {5, 12152}: the tunnel belongs to the send
            Event::EndOfStream => {
                let heard = self.held > 0 || matches!(&self.part, Part::Answer(answer) if answer.taken > 0);
                return Step::Fail(if heard { Failure::INVALID_RESPONSE } else { Failure::CONNECTION_ERROR });
            }
            Event::Broke(_, failure) | Event::Failed(failure) => return Step::Fail(failure),
            _ => {}
        }
        Step::Again
    }

    pub(crate) fn outgoing<'a>(&self, out: &'a [u8]) -> Outgoing<'a> {
        let before = match self.part {
            Part::Asking { encoded: true, written } => out.get(written..).unwrap_or_default(),
            _ => &[],
        };
        Outgoing { before, body: Body::Nothing, after: &[] }
    }

    pub(crate) fn want(&self, buffered: usize) -> Want {
        match self.part {
            Part::Asking { .. } => Want::Nothing,
            _ if buffered > self.held => Want::Buffered,
            _ => Want::Bytes,
        }
    }

    pub(crate) fn feed(&mut self, input: &[u8], cx: &mut Context<'_>) -> (usize, Step) {
        if input.len() > self.held {
            self.patience.renew();
        }
        match &mut self.part {
            Part::Asking { .. } => (0, Step::Again),
            Part::Answer(answer) if answer.late => (0, Step::Fail(Failure::TIMEOUT)),
            Part::Answer(answer) => {
                let (taken, verdict) = answer.read(input, cx);
                self.held = input.len() - taken;
                let step = match verdict {
                    Ok(Verdict::Partial) => Step::Again,
                    // The server says nothing before the client's hello (RFC 8446 section 2): these bytes are not its.
                    Ok(Verdict::Granted) if self.held > 0 => Step::Fail(Failure::INVALID_RESPONSE),
                    Ok(Verdict::Granted) if cx.plan.target.secure => Step::Next(Way::Secure),
                    Ok(Verdict::Granted) => Step::Next(Way::Live),
                    Ok(Verdict::Refused) => match framing(cx) {
                        Ok(verdict) => {
                            Step::Next(Way::Refused(Refused { framing: verdict.framing, held: self.held }))
                        }
                        Err(failure) => Step::Fail(failure),
                    },
                    Ok(Verdict::Again(Some(leftover))) => {
                        self.go_on(Part::Rest(leftover));
                        Step::Again
                    }
                    Ok(Verdict::Again(None)) if self.held == 0 => Step::Next(Way::Tunnel),
                    Ok(Verdict::Again(None) | Verdict::Reconnect) => {
                        Step::Then { fate: Fate::Close, next: Way::Lease }
                    }
                    Err(failure) => Step::Fail(failure),
                };
                (taken, step)
            }
            Part::Rest(leftover) => {
                let (taken, result) = leftover.feed(input);
                self.held = input.len() - taken;
                let step = match result {
                    Ok(true) if self.held == 0 => Step::Next(Way::Tunnel),
                    Ok(false) => Step::Again,
                    _ => Step::Then { fate: Fate::Close, next: Way::Lease },
                };
                (taken, step)
            }
        }
    }
}

impl Answer {
    fn read(&mut self, input: &[u8], cx: &mut Context<'_>) -> (usize, Result<Verdict, Failure>) {
        let limits = Limits { size: cx.terms.max_header_size as usize, ..Limits::default() };
        let mut at = 0;
        loop {
            let consumed = match cx.reply.head.parse(&input[at..], &limits) {
                Ok(Progress::Partial) => return (at, Ok(Verdict::Partial)),
                Ok(Progress::Complete { consumed }) => consumed,
                Err(fault) => return (at, Err(Failure(fault.code()))),
            };
            at += consumed;
            self.taken += consumed;
            let status = cx.reply.head.status();
            match u32::from(status) {
                // Nothing but a tunnel was asked for (RFC 9110 section 15.2.2).
                abi::HTTP_STATUS_SWITCH_PROTOCOLS => return (at, Err(Failure::INVALID_RESPONSE)),
                100..200 => {
                    cx.reply.continues += 1;
                    if cx.reply.continues > cx.terms.max_continues {
                        return (at, Err(Failure::INVALID_RESPONSE));
                    }
                    cx.reply.head.clear();
                }
                // RFC 9110 section 9.3.6: any 2xx; what it says of a body does not count.
                200..300 => {
                    cx.plan.proxy.accepted(&cx.reply.head, b"Proxy-Authentication-Info");
                    return (at, Ok(Verdict::Granted));
                }
                _ => {
                    cx.reply.received = u32::try_from(self.taken + input.len() - at).unwrap_or(u32::MAX);
                    return (at, challenged(cx));
                }
            }
        }
    }
}

/// How the answer to CONNECT is framed.
fn framing(cx: &mut Context<'_>) -> Result<framing::Verdict, Failure> {
    let asked = Asked { method: b"CONNECT", close: false, via_proxy: true };
    framing::frame(&mut cx.reply.head, &asked).map_err(|fault| Failure(fault.code()))
}

/// A 407 that can be answered is answered here: nothing of the request has been sent, and so nothing has to be sent
/// again. The dialogue stays on its connection where the proxy keeps that open.
fn challenged(cx: &mut Context<'_>) -> Result<Verdict, Failure> {
    let answers = u32::from(cx.reply.head.status()) == abi::HTTP_STATUS_PROXY_AUTH_REQ
        && !cx.terms.without(abi::WINHTTP_DISABLE_AUTHENTICATION)
        && !cx.plan.headers.has(crate::http::headers::Known::ProxyAuthorization)
        && cx.plan.answer_proxy(&cx.reply.head);
    if !answers {
        return Ok(Verdict::Refused);
    }
    let verdict = framing(cx)?;
    let mut body = Framed::new();
    body.begin(verdict.framing);
    Ok(match body.is_done() {
        _ if !verdict.persistent => Verdict::Reconnect,
        true => Verdict::Again(None),
        false => match Leftover::of(body, cx.terms.max_drain_size) {
            None => Verdict::Reconnect,
            rest => Verdict::Again(rest),
        },
    })
}

/// A tunnel that was refused, and what the proxy says instead.
#[derive(Debug)]
pub(crate) struct Refused {
    framing: Framing,
    held: usize,
}

impl Refused {
    /// contract: evidence Q18, what the proxy says instead of granting a tunnel is handed to the application as the reply
    pub(super) fn enter(self, cx: &mut Context<'_>) -> Phase {
        cx.reply.from_connect = true;
        cx.reply.seal = Seal::Sealed(None);
        // The connection leads to no server: nobody else may take it for a tunnel.
        let down = Receiving::enter(self.framing, Fate::Close, false, None);
        let held = if matches!(down, Down::Ended { .. }) { self.held } else { 0 };
        Live::of(Feed::discard(&cx.plan.body), down, held)
    }
}

impl Plan {
    /// Whether the server is reached through a tunnel: for TLS, and for a WebSocket (RFC 6455 section 4.1), which no proxy
    /// has to understand.
    pub fn tunnels(&self) -> bool {
        (self.target.secure || self.upgrade) && self.proxied()
    }

    /// Replaces `out` by the head of a CONNECT to the plan's server.
    ///
    /// contract: evidence Q18, CONNECT carries the session's agent; the application's own headers are for the server
    fn encode_connect(&mut self, out: &mut Vec<u8>) {
        let mut authority = Vec::with_capacity(self.target.host.len() + 8);
        push_named_host(&mut authority, self.target.host.as_bytes());
        authority.push(b':');
        push_decimal(&mut authority, u64::from(self.target.port));
        let mut authorization = Vec::new();
        match self.headers.get(b"Proxy-Authorization") {
            // The application answers for the proxy itself.
            Some(own) => authorization.extend_from_slice(own),
            None => {
                self.stir();
                self.proxy.write(b"CONNECT", &authority, self.entropy, &mut authorization);
            }
        }
        out.clear();
        encode_head(
            out,
            &HeadParts {
                method: b"CONNECT",
                form: TargetForm::Authority,
                secure: true,
                host: self.target.host.as_bytes(),
                port: self.target.port,
                user_agent: self.agent.as_bytes(),
                body: None,
                proxy_authorization: &authorization,
                ..HeadParts::new()
            },
        );
    }
}
