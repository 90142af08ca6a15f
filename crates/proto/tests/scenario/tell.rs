//! What is told, and how it reads in a table.

use winhttp_proto::{Mode, Notification, Say};

use super::{Answer, Do, Scenario, Seat};
use winhttp_proto::Command;

/// One line of a scenario's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// `main` inside a call of the main line, else `worker`.
    pub(crate) thread: &'static str,
    /// The status in WinHTTP's spelling, then the payload.
    pub(crate) line: String,
    /// Whose doing it is.
    pub(crate) call: u32,
}

/// A notification as a line: `CONNECTING_TO_SERVER 127.0.0.1`.
pub(crate) fn line(what: &Notification) -> String {
    match what {
        Notification::ResolvingName(name) => format!("RESOLVING_NAME {name}"),
        Notification::NameResolved(address) => format!("NAME_RESOLVED {address}"),
        Notification::ConnectingToServer(address) => format!("CONNECTING_TO_SERVER {address}"),
        Notification::ConnectedToServer(address) => format!("CONNECTED_TO_SERVER {address}"),
        Notification::SendingRequest => "SENDING_REQUEST".into(),
        Notification::RequestSent(bytes) => format!("REQUEST_SENT {bytes}"),
        Notification::ReceivingResponse => "RECEIVING_RESPONSE".into(),
        Notification::ResponseReceived(bytes) => format!("RESPONSE_RECEIVED {bytes}"),
        Notification::ClosingConnection => "CLOSING_CONNECTION".into(),
        Notification::ConnectionClosed => "CONNECTION_CLOSED".into(),
        Notification::HandleClosing => "HANDLE_CLOSING".into(),
        Notification::Redirect(url) => format!("REDIRECT {url}"),
        Notification::IntermediateResponse(code) => format!("INTERMEDIATE_RESPONSE {code}"),
        Notification::SecureFailure(bits) => format!("SECURE_FAILURE {bits:#x}"),
        Notification::HeadersAvailable => "HEADERS_AVAILABLE".into(),
        Notification::DataAvailable(bytes) => format!("DATA_AVAILABLE {bytes}"),
        Notification::ReadComplete(bytes) => format!("READ_COMPLETE {bytes}"),
        Notification::WriteComplete(bytes) => format!("WRITE_COMPLETE {bytes}"),
        Notification::RequestError { api, error } => format!("REQUEST_ERROR {} {error}", *api as u32),
        Notification::SendRequestComplete(bytes) => format!("SENDREQUEST_COMPLETE {bytes}"),
        Notification::WebSocketReceived { bytes, buffer_type } => {
            format!("READ_COMPLETE {bytes} type {buffer_type}")
        }
        Notification::WebSocketSent { bytes, buffer_type } => {
            format!("WRITE_COMPLETE {bytes} type {buffer_type}")
        }
        Notification::CloseComplete => "CLOSE_COMPLETE".to_owned(),
        Notification::ShutdownComplete => "SHUTDOWN_COMPLETE".to_owned(),
    }
}

impl Scenario {
    /// Tells what stands in front, if this seat may. False when it is left to another.
    pub(super) fn tell(&mut self, seat: Seat) -> bool {
        let synchronous = self.exchange.mode() == Mode::Synchronous;
        let front = self.exchange.front().expect("something to tell").clone();
        if self.exchange.closing() && self.frames > 0 {
            return false;
        }
        let thread = match seat {
            Seat::Caller { call, .. } if front.call.0 != call && !self.exchange.closing() => return false,
            Seat::Caller { thread, .. } => thread,
            Seat::Worker => "worker",
        };
        let settles_send = matches!(front.what, Notification::SendRequestComplete(_));
        if settles_send && self.sending == Some(front.call.0) {
            return false;
        }
        assert!(!self.sealed, "told after HANDLE_CLOSING: {front:?}");
        let closing = front.what == Notification::HandleClosing;
        let informational = front.informational();
        if informational {
            let owes = [winhttp_proto::Lane::Write, winhttp_proto::Lane::Read].map(|l| self.exchange.owes(l));
            assert!(owes.contains(&true), "progress while nothing is outstanding: {front:?}");
        }
        // contract: notifications R3, in synchronous mode completions are the answer of the call
        let completes = !informational && !closing;
        let said = self.masked & front.what.status() == 0 && !(synchronous && completes);
        let say = self.exchange.take(said).expect("what was in front");
        self.settle(&say, completes);
        if synchronous && completes {
            self.answer = Some(say.what);
            return true;
        }
        self.sealed = closing;
        if said {
            self.callback(&say, thread);
            if informational {
                self.exchange.told();
            }
        }
        true
    }

    fn settle(&mut self, say: &Say, completes: bool) {
        if completes {
            let paid = self.debts.get_mut(&say.call.0).expect("a completion belongs to an accepted call");
            *paid += 1;
            assert_eq!(*paid, 1, "one completion for each call: {say:?}");
        }
        if let Notification::ReadComplete(bytes) = say.what {
            self.body.extend_from_slice(&self.buffer[..bytes as usize]);
        }
    }

    fn callback(&mut self, say: &Say, thread: &'static str) {
        let line = line(&say.what);
        let status = line.split(' ').next().unwrap_or_default().to_owned();
        self.told.push(Told { thread, line, call: say.call.0 });
        let Some(at) = self.inside.iter().position(|(name, _)| *name == status) else { return };
        let (_, acts) = self.inside.remove(at);
        self.frames += 1;
        for act in acts {
            let answer = self.act(act, thread);
            self.nested.push(answer);
        }
        self.frames -= 1;
    }

    fn act(&mut self, act: Do, thread: &'static str) -> Answer {
        let command = match act {
            Do::Send => Command::Send,
            Do::Receive => Command::Receive,
            Do::Query => Command::Query,
            Do::Read(length) => Command::Read(length),
            Do::Write(bytes) => {
                self.written = bytes.to_vec();
                Command::Write(bytes.len() as u32)
            }
            Do::Close => Command::Close,
            Do::Header(line) => {
                self.exchange.plan.headers.apply(line.as_bytes(), 0).expect("a header line");
                return Ok(0);
            }
        };
        self.call_on(command, thread)
    }

    /// Compares what was told since the last time with `lines`, each `STATUS payload` or `thread STATUS payload`.
    #[track_caller]
    pub(crate) fn expect(&mut self, source: &str, lines: &[&str]) {
        let told: Vec<String> = self
            .told
            .drain(..)
            .enumerate()
            .map(|(at, told)| {
                let names_thread = lines
                    .get(at)
                    .is_some_and(|line| line.starts_with("main ") || line.starts_with("worker "));
                if names_thread { format!("{} {}", told.thread, told.line) } else { told.line }
            })
            .collect();
        assert_eq!(told, lines, "contract: {source}");
    }

    /// Closes what is open and checks that every accepted call was answered.
    #[track_caller]
    pub(crate) fn finish(mut self) {
        if !self.exchange.closing() {
            self.close().expect("a handle closes once");
        }
        assert!(self.sealed, "HANDLE_CLOSING has been told");
        assert!(self.inside.is_empty(), "a callback that the script waits for never came: {:?}", self.inside);
        let open: Vec<_> = self.debts.iter().filter(|(_, paid)| **paid != 1).collect();
        assert!(open.is_empty(), "calls without their completion: {open:?}");
        assert!(!self.exchange.wired(), "the connection is given back");
    }
}
