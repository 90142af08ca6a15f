//! What is known of a handle at one point of a trace.

/// A call that may owe a completion.
#[derive(Debug, Clone)]
pub(super) struct Debt {
    pub(super) call: u32,
    pub(super) verb: &'static str,
    pub(super) accepted: bool,
    pub(super) paid: bool,
    pub(super) inline: bool,
    pub(super) thread: String,
}

/// How far a request is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Start,
    Resolving,
    Resolved,
    Connecting,
    Connected,
    Sending,
    Sent,
}

/// What is known of a handle.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) asynchronous: bool,
    pub(super) watched: bool,
    pub(super) contexts: Vec<String>,
    pub(super) created: u32,
    pub(super) creator: u32,
    pub(super) close_asked: bool,
    pub(super) closed: bool,
    pub(super) closing: u32,
    pub(super) debts: Vec<Debt>,
    pub(super) way: Way,
    pub(super) receiving: bool,
    pub(super) closing_connection: bool,
    pub(super) said_before_close: bool,
    /// Set for a WebSocket handle.
    pub(super) socket: Option<Received>,
}

/// What a WebSocket handle has received.
#[derive(Debug, Clone, Default)]
pub(super) struct Received {
    /// The kind of the message that is not at its end.
    open: Option<String>,
    closed: bool,
}

impl Received {
    /// What is wrong with a completed receive of this buffer type, if anything.
    pub(super) fn step(&mut self, buffer_type: &str) -> Option<String> {
        if self.closed {
            return Some(format!("{buffer_type} after the close"));
        }
        let kind = buffer_type.trim_end_matches('+');
        if kind == "close" {
            self.closed = true;
            return None;
        }
        let wrong = self.open.as_deref().filter(|open| *open != kind);
        let wrong = wrong.map(|open| format!("{buffer_type} inside a {open} message"));
        self.open = buffer_type.ends_with('+').then(|| kind.to_owned());
        wrong
    }
}

/// contract: 0 iff the completion ran on the caller's thread inside the call, else 997; SendRequest and ReceiveResponse
/// always 0.
pub(super) fn last_error(debt: &Debt, verb: &str, error: u32, watched: bool) -> Option<String> {
    if !watched {
        return None;
    }
    let wanted = match verb {
        "send" | "receive" => 0,
        // Nobody has asserted it of WriteData.
        "write" => return None,
        // contract: an accepted call returns 0, wherever it completes (api-behaviour section 28)
        "wssend" | "wsreceive" | "wsclose" | "wsshutdown" => 0,
        // contract: ERROR_IO_PENDING always (api-behaviour section 32)
        "proxyask" => 997,
        _ if debt.inline => 0,
        _ => 997,
    };
    (error != wanted).then(|| format!("{verb} left {error}, {wanted} is due"))
}

impl Known {
    pub(super) fn new(asynchronous: bool, creator: u32) -> Known {
        Known {
            asynchronous,
            watched: false,
            contexts: vec!["0x0".into()],
            created: 0,
            creator,
            close_asked: false,
            closed: false,
            closing: 0,
            debts: Vec::new(),
            way: Way::Start,
            receiving: false,
            closing_connection: false,
            said_before_close: false,
            socket: None,
        }
    }

    /// What is wrong with an informational notification at this point of the way, if anything.
    pub(super) fn step(&mut self, status: &str) -> Option<String> {
        use Way::{Connected, Connecting, Resolved, Resolving, Sending, Sent, Start};
        let (next, from): (Way, &[Way]) = match status {
            // A proxy that is not found or not reached gives way to the next one of its list.
            "RESOLVING_NAME" => (Resolving, &[Start, Sent, Resolving, Connecting]),
            "NAME_RESOLVED" => (Resolved, &[Resolving]),
            "CONNECTING_TO_SERVER" => (Connecting, &[Start, Resolved, Connecting, Sent]),
            "CONNECTED_TO_SERVER" => (Connected, &[Connecting]),
            "SENDING_REQUEST" => (Sending, &[Start, Resolved, Connected, Sent]),
            "REQUEST_SENT" => (Sent, &[Sending]),
            "REDIRECT" => (Start, &[Sent]),
            "RECEIVING_RESPONSE" => {
                let again = std::mem::replace(&mut self.receiving, true);
                return again.then(|| "RECEIVING_RESPONSE twice".to_owned());
            }
            "RESPONSE_RECEIVED" => {
                let begun = std::mem::replace(&mut self.receiving, false);
                return (!begun).then(|| "RESPONSE_RECEIVED without RECEIVING_RESPONSE".to_owned());
            }
            "CLOSING_CONNECTION" => {
                self.closing_connection = true;
                return None;
            }
            "CONNECTION_CLOSED" => {
                let begun = std::mem::replace(&mut self.closing_connection, false);
                return (!begun).then(|| "CONNECTION_CLOSED without CLOSING_CONNECTION".to_owned());
            }
            _ => return None,
        };
        let right = from.contains(&self.way);
        let was = std::mem::replace(&mut self.way, next);
        (!right).then(|| format!("{status} after {was:?}"))
    }
}
