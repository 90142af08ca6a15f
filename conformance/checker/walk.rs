//! One pass over a trace with what is known of each handle.
use std::collections::HashMap;

use super::known::{Debt, Known, Received, Way, last_error};
use super::law::{Broken, Law};
use super::shape;
use super::trace::{Call, Callback, Event, Leave, Return};

/// A callback that has begun and not returned.
#[derive(Debug, Clone)]
struct Frame {
    seq: u32,
    thread: String,
    handle: String,
    informational: bool,
}

/// A call on a thread's stack.
#[derive(Debug, Clone)]
struct Open {
    call: Call,
    before: Vec<String>,
    way: Way,
}

/// The pass.
pub(crate) struct Walk {
    pointer: u32,
    handles: HashMap<String, Known>,
    stacks: HashMap<String, Vec<Open>>,
    frames: Vec<Frame>,
    pub(crate) broken: Vec<Broken>,
    ended: bool,
}

const INFORMATIONAL: [&str; 13] = [
    "RESOLVING_NAME",
    "NAME_RESOLVED",
    "CONNECTING_TO_SERVER",
    "CONNECTED_TO_SERVER",
    "SENDING_REQUEST",
    "REQUEST_SENT",
    "RECEIVING_RESPONSE",
    "RESPONSE_RECEIVED",
    "CLOSING_CONNECTION",
    "CONNECTION_CLOSED",
    "REDIRECT",
    "INTERMEDIATE_RESPONSE",
    "SECURE_FAILURE",
];

/// The verb whose completion a status is, and its API id.
fn completes(callback: &Callback, socket: bool) -> Option<(&'static str, i64)> {
    Some(match callback.status.as_str() {
        "READ_COMPLETE" if socket => ("wsreceive", 0),
        "WRITE_COMPLETE" if socket => ("wssend", 0),
        "CLOSE_COMPLETE" => ("wsclose", 0),
        "SHUTDOWN_COMPLETE" => ("wsshutdown", 0),
        "REQUEST_ERROR" if socket => {
            let verb = match callback.info.operation.as_deref() {
                Some("send") => "wssend",
                Some("receive") => "wsreceive",
                Some("close") => "wsclose",
                Some("shutdown") => "wsshutdown",
                _ => "nothing",
            };
            (verb, callback.info.api.unwrap_or(-1))
        }
        "HEADERS_AVAILABLE" => ("receive", 1),
        "DATA_AVAILABLE" => ("query", 2),
        "READ_COMPLETE" => ("read", 3),
        "WRITE_COMPLETE" => ("write", 4),
        "SENDREQUEST_COMPLETE" => ("send", 5),
        "GETPROXYFORURL_COMPLETE" => ("proxyask", 6),
        "REQUEST_ERROR" => match callback.info.api {
            Some(1) => ("receive", 1),
            Some(2) => ("query", 2),
            Some(3) => ("read", 3),
            Some(4) => ("write", 4),
            Some(5) => ("send", 5),
            Some(6) => ("proxyask", 6),
            other => ("nothing", other.unwrap_or(-1)),
        },
        _ => return None,
    })
}

fn owes(verb: &str) -> Option<&'static str> {
    const OWE: [&str; 10] = [
        "send",
        "receive",
        "query",
        "read",
        "write",
        "wssend",
        "wsreceive",
        "wsclose",
        "wsshutdown",
        "proxyask",
    ];
    OWE.into_iter().find(|v| *v == verb)
}

impl Walk {
    pub(crate) fn new(pointer: u32) -> Self {
        Walk {
            pointer: if pointer == 0 { 8 } else { pointer },
            handles: HashMap::new(),
            stacks: HashMap::new(),
            frames: Vec::new(),
            broken: Vec::new(),
            ended: false,
        }
    }

    fn fail(&mut self, law: Law, seq: u32, text: impl Into<String>) {
        self.broken.push(Broken { law, text: text.into(), seq });
    }

    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::Call(call) => self.call(call),
            Event::Return(ret) => self.returned(ret),
            Event::Callback(callback) => self.callback(callback),
            Event::Leave(leave) => self.leave(leave),
            Event::End {} => self.ended = true,
            Event::Hung {} => self.fail(Law::Whole, 0, "the probe hung"),
            _ => {}
        }
    }

    fn call(&mut self, call: &Call) {
        let handle = call.args.first().cloned().unwrap_or_default();
        let mut before = Vec::new();
        let way = self.handles.get(&handle).map_or(Way::Start, |k| k.way);
        match call.verb.as_str() {
            "open" => {
                let asynchronous = call.args.iter().any(|a| a == "async" || a == "flags=268435456");
                self.handles.insert(handle, Known::new(asynchronous, call.seq));
            }
            "connect" | "request" | "resolver" => {
                let parent = call.args.get(1).cloned().unwrap_or_default();
                if let Some(p) = self.handles.get(&parent).filter(|p| !p.close_asked) {
                    let mut child = Known::new(p.asynchronous, call.seq);
                    child.watched = p.watched;
                    child.contexts = p.contexts.clone();
                    self.handles.insert(handle, child);
                }
            }
            "upgrade" => {
                let parent = call.args.get(1).cloned().unwrap_or_default();
                if let Some(p) = self.handles.get(&parent).filter(|p| !p.close_asked) {
                    let mut child = Known::new(p.asynchronous, call.seq);
                    child.watched = p.watched;
                    child.socket = Some(Received::default());
                    // contract: a WebSocket handle has the context given here and never its request's (R2)
                    let context = call.args.iter().find_map(|a| a.strip_prefix("ctx="));
                    let own = context.map_or_else(|| "0x0".to_owned(), hex);
                    // HANDLE_CREATED may be the request's notification and have its context (an open question).
                    child.contexts = [vec![own], p.contexts.clone()].concat();
                    self.handles.insert(handle, child);
                }
            }
            "setptr" if call.args.get(1).is_some_and(|o| o == "45") => {
                if let (Some(known), Some(value)) = (self.handles.get_mut(&handle), call.args.get(2)) {
                    before = known.contexts.clone();
                    known.contexts.push(hex(value));
                }
            }
            "callback" => {
                let whole =
                    call.args.get(1).is_some_and(|m| m == "all") && !call.args.iter().any(|a| a == "null");
                if let Some(known) = self.handles.get_mut(&handle) {
                    // Set before the handle said anything, all statuses: its notifications can be counted on.
                    known.watched = whole;
                }
            }
            "close" => {
                if let Some(known) = self.handles.get_mut(&handle) {
                    known.close_asked = true;
                }
            }
            verb => {
                if let Some(known) = self.handles.get_mut(&handle) {
                    if verb == "send" {
                        known.way = Way::Start;
                        known.receiving = false;
                        let context = call.args.iter().find_map(|a| a.strip_prefix("ctx="));
                        if let Some(value) = context.map(hex).filter(|v| v != "0x0") {
                            before = known.contexts.clone();
                            known.contexts = vec![value];
                        }
                    }
                    if verb == "proxyask" {
                        // contract: the answer comes with the question's own context (api-behaviour section 33)
                        let context = call.args.iter().find_map(|a| a.strip_prefix("ctx="));
                        known.contexts.push(context.map_or_else(|| "0x0".to_owned(), hex));
                    }
                    if let (Some(verb), true) = (owes(verb), known.asynchronous) {
                        known.debts.push(Debt {
                            call: call.seq,
                            verb,
                            accepted: false,
                            paid: false,
                            inline: false,
                            thread: call.thread.clone(),
                        });
                    }
                }
            }
        }
        let stack = self.stacks.entry(call.thread.clone()).or_default();
        stack.push(Open { call: call.clone(), before, way });
    }

    fn returned(&mut self, ret: &Return) {
        let stack = self.stacks.entry(ret.thread.clone()).or_default();
        let Some(open) = stack.pop().filter(|o| o.call.seq == ret.call) else {
            self.fail(
                Law::Whole,
                ret.seq,
                format!("a return of call {} that is not the innermost", ret.call),
            );
            return;
        };
        let call = open.call;
        let handle = call.args.first().cloned().unwrap_or_default();
        let success = matches!(ret.result.as_str(), "TRUE" | "handle");
        let mut failures: Vec<(Law, String)> = Vec::new();
        match call.verb.as_str() {
            "open" | "connect" | "request" | "upgrade" | "resolver" if !success => {
                self.handles.remove(&handle);
            }
            "connect" | "request" | "upgrade" | "resolver" => {
                let parent = call.args.get(1).cloned().unwrap_or_default();
                let watched = self.handles.get(&parent).is_some_and(|p| p.watched);
                if let Some(known) = self.handles.get(&handle)
                    && known.creator == call.seq
                    && watched
                    && known.created != 1
                {
                    failures.push((Law::Created, format!("{handle}: {} HANDLE_CREATED", known.created)));
                }
                if let Some(known) = self.handles.get_mut(&handle).filter(|k| k.socket.is_some()) {
                    known.contexts.truncate(1);
                }
            }
            "setptr" if call.args.get(1).is_some_and(|o| o == "45") => {
                if let (Some(known), Some(value)) = (self.handles.get_mut(&handle), call.args.get(2)) {
                    known.contexts = if success { vec![hex(value)] } else { open.before };
                }
            }
            "close" if !success => {
                // A second close is refused; the first one's state stays.
                if let Some(known) = self.handles.get_mut(&handle).filter(|k| !k.said_before_close) {
                    known.close_asked = known.closing > 0 || known.closed;
                }
            }
            "close" => {
                if let Some(known) = self.handles.get_mut(&handle) {
                    known.closed = true;
                    known.said_before_close = true;
                }
            }
            verb => {
                let watched = self.handles.get(&handle).is_some_and(|k| k.watched);
                if let Some(known) = self.handles.get_mut(&handle) {
                    if verb == "send" && !success {
                        // A refused send begins nothing; whether it has left its context is not known.
                        known.contexts.extend(open.before);
                        known.way = open.way;
                    }
                    if let Some(i) = known.debts.iter().position(|d| d.call == call.seq) {
                        let debt = known.debts[i].clone();
                        if success {
                            known.debts[i].accepted = true;
                            failures.extend(
                                last_error(&debt, verb, ret.error, watched).map(|t| (Law::LastError, t)),
                            );
                        } else {
                            if debt.paid {
                                failures.push((
                                    Law::RefusedIsSilent,
                                    format!("{verb} was refused and completed"),
                                ));
                            }
                            known.debts.remove(i);
                        }
                    }
                }
            }
        }
        for (law, text) in failures {
            self.fail(law, ret.seq, text);
        }
    }

    fn callback(&mut self, c: &Callback) {
        let informational = INFORMATIONAL.contains(&c.status.as_str());
        self.overlap(c);
        self.frames.push(Frame {
            seq: c.seq,
            thread: c.thread.clone(),
            handle: c.handle.clone(),
            informational,
        });
        // contract: HANDLE_CREATED may name the parent or the new handle as hInternet (open question)
        let subject = match (c.status.as_str(), &c.info.handle) {
            ("HANDLE_CREATED", Some(new)) => new.clone(),
            _ => c.handle.clone(),
        };
        let socket = self.handles.get(&subject).is_some_and(|k| k.socket.is_some());
        if let Some(text) = shape::fault(c, self.pointer, socket) {
            self.fail(Law::Payload, c.seq, text);
        }
        let inside: Vec<Call> = self
            .stacks
            .get(&c.thread)
            .map(|s| s.iter().map(|o| o.call.clone()).collect())
            .unwrap_or_default();
        let Some(known) = self.handles.get_mut(&subject) else { return };
        let mut failures: Vec<(Law, String)> = Vec::new();
        if !known.contexts.contains(&c.context) {
            failures.push((
                Law::Context,
                format!("{} of {subject} with {}, not {}", c.status, c.context, known.contexts.join(" or ")),
            ));
        }
        if known.closing > 0 {
            failures.push((Law::ClosingLast, format!("{} after HANDLE_CLOSING of {subject}", c.status)));
        }
        let on_stack = inside.iter().any(|o| o.args.first() == Some(&subject));
        match c.status.as_str() {
            "HANDLE_CREATED" => {
                known.created += 1;
                let creating = inside.iter().any(|o| o.seq == known.creator);
                if known.created > 1 || !creating {
                    failures.push((
                        Law::Created,
                        format!("HANDLE_CREATED of {subject} outside its call, or again"),
                    ));
                }
            }
            "HANDLE_CLOSING" => {
                known.closing += 1;
                if !known.close_asked {
                    failures.push((
                        Law::ClosingLast,
                        format!("HANDLE_CLOSING of {subject} before it was closed"),
                    ));
                }
                for debt in known.debts.iter().filter(|d| d.accepted && !d.paid && known.watched) {
                    failures.push((
                        Law::OneCompletion,
                        format!("{} (call {}) was never completed", debt.verb, debt.call),
                    ));
                }
                known.debts.clear();
            }
            _ if informational && known.socket.is_some() => {
                failures.push((Law::Socket, format!("{} of the WebSocket handle {subject}", c.status)));
            }
            "READ_COMPLETE" => {
                let received = known.socket.as_mut().zip(c.info.buffer_type.as_deref());
                let wrong = received.and_then(|(socket, buffer_type)| socket.step(buffer_type));
                failures.extend(wrong.map(|text| (Law::Socket, text)));
            }
            _ if informational => {
                let pending = known.debts.iter().any(|d| !d.paid);
                if known.asynchronous && !pending && !on_stack {
                    failures.push((Law::OnlyWhilePending, format!("{} while nothing was pending", c.status)));
                }
                if !known.asynchronous && !on_stack {
                    failures.push((Law::Synchronous, format!("{} outside a call of its request", c.status)));
                }
                failures.extend(known.step(&c.status).map(|t| (Law::PhaseOrder, t)));
            }
            _ => {}
        }
        if let Some((verb, api)) = completes(c, socket) {
            if known.asynchronous {
                let inline = |d: &Debt| inside.iter().any(|o| o.seq == d.call);
                match known.debts.iter_mut().find(|d| d.verb == verb && !d.paid) {
                    Some(debt) => {
                        debt.inline = inline(debt) && debt.thread == c.thread;
                        debt.paid = true;
                    }
                    None if c.status == "REQUEST_ERROR" => {
                        failures.push((
                            Law::ErrorId,
                            format!("REQUEST_ERROR of API {api}, which is not pending"),
                        ));
                    }
                    None => {
                        failures.push((Law::OneCompletion, format!("{} without a pending call", c.status)));
                    }
                }
                if verb == "send"
                    && c.status == "SENDREQUEST_COMPLETE"
                    && known.watched
                    && known.way != Way::Sent
                {
                    failures.push((Law::PhaseOrder, "SENDREQUEST_COMPLETE before REQUEST_SENT".into()));
                }
                // Paid debts of calls that have returned are no longer needed.
                known.debts.retain(|d| !(d.paid && d.accepted));
            } else {
                failures.push((Law::Synchronous, format!("{} in a synchronous session", c.status)));
            }
        }
        for (law, text) in failures {
            self.fail(law, c.seq, text);
        }
    }

    fn overlap(&mut self, c: &Callback) {
        let mut failures: Vec<(Law, String)> = Vec::new();
        let mine: Vec<u32> =
            self.stacks.get(&c.thread).map(|s| s.iter().map(|o| o.call.seq).collect()).unwrap_or_default();
        for frame in self.frames.iter().filter(|f| f.handle == c.handle) {
            if c.status == "HANDLE_CLOSING" {
                failures.push((Law::ClosingAlone, format!("HANDLE_CLOSING beside callback {}", frame.seq)));
            } else if frame.thread == c.thread {
                continue;
            } else if frame.informational {
                failures.push((
                    Law::Overlap,
                    format!("{} while informational callback {} runs", c.status, frame.seq),
                ));
            } else if !mine.iter().any(|call| *call > frame.seq) {
                failures.push((
                    Law::Overlap,
                    format!("{} while completion callback {} runs", c.status, frame.seq),
                ));
            }
        }
        let nested = self.frames.iter().filter(|f| f.handle == c.handle && f.thread == c.thread).count();
        if nested >= 3 {
            failures.push((Law::Depth, format!("{} callbacks of {} are nested", nested + 1, c.handle)));
        }
        for (law, text) in failures {
            self.fail(law, c.seq, text);
        }
    }

    fn leave(&mut self, leave: &Leave) {
        match self.frames.iter().rposition(|f| f.thread == leave.thread) {
            Some(i) if self.frames[i].seq == leave.callback => {
                self.frames.remove(i);
            }
            _ => self.fail(Law::Whole, leave.seq, "a callback returned that is not the innermost"),
        }
    }

    pub(crate) fn finish(&mut self) {
        if !self.ended {
            self.fail(Law::Whole, 0, "the trace has no end");
            return;
        }
        let mut failures: Vec<(Law, String)> = Vec::new();
        for stack in self.stacks.values() {
            failures.extend(stack.iter().map(|o| (Law::Whole, format!("{} did not return", o.call.label))));
        }
        for (name, known) in &self.handles {
            if known.closed && known.watched && known.closing == 0 {
                failures
                    .push((Law::ClosingLast, format!("{name} was closed and HANDLE_CLOSING did not come")));
            }
        }
        failures.sort();
        for (law, text) in failures {
            self.fail(law, 0, text);
        }
    }
}

/// A context as the trace writes it.
fn hex(value: &str) -> String {
    let number = match value.strip_prefix("0x") {
        Some(h) => u64::from_str_radix(h, 16),
        None => value.parse(),
    };
    number.map_or_else(|_| value.to_owned(), |n| format!("0x{n:x}"))
}
