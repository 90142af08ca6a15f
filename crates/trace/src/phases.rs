//! What a trace says about where the time went: the phases of each leg.
use std::time::Duration;

use winhttp_abi::{
    WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER, WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER,
    WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, WINHTTP_CALLBACK_STATUS_NAME_RESOLVED,
    WINHTTP_CALLBACK_STATUS_REDIRECT, WINHTTP_CALLBACK_STATUS_REQUEST_ERROR,
    WINHTTP_CALLBACK_STATUS_REQUEST_SENT, WINHTTP_CALLBACK_STATUS_RESOLVING_NAME,
    WINHTTP_CALLBACK_STATUS_SENDING_REQUEST,
};

use crate::info::Info;
use crate::record::{Record, What};

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phase {
    /// What went on.
    pub(crate) name: &'static str,
    /// The leg, counted from 1; a redirect begins the next.
    pub(crate) leg: u32,
    /// Begin.
    pub(crate) from: Duration,
    /// End.
    pub(crate) to: Duration,
    /// A name, an address, a size.
    pub(crate) detail: String,
    /// Whether it ended in REQUEST_ERROR.
    pub(crate) failed: bool,
}

#[derive(Default)]
struct Walk {
    done: Vec<Phase>,
    open: Option<Phase>,
    leg: u32,
}

impl Walk {
    fn begin(&mut self, name: &'static str, at: Duration, detail: &str) {
        self.end(at);
        self.open =
            Some(Phase { name, leg: self.leg, from: at, to: at, detail: detail.to_owned(), failed: false });
    }

    fn end(&mut self, at: Duration) {
        if let Some(mut phase) = self.open.take() {
            phase.to = at;
            self.done.push(phase);
        }
    }

    fn is(&self, name: &str) -> bool {
        self.open.as_ref().is_some_and(|phase| phase.name == name)
    }

    fn call(&mut self, function: &str, at: Duration) {
        match function {
            "WinHttpWriteData" if !self.is("upload") => self.begin("upload", at, ""),
            "WinHttpReceiveResponse" if self.is("upload") => self.begin("wait", at, ""),
            "WinHttpQueryHeaders" if self.is("wait") => self.end(at),
            "WinHttpQueryDataAvailable" | "WinHttpReadData" if !self.is("body") => self.begin("body", at, ""),
            "WinHttpCloseHandle" if !self.is("close") => self.begin("close", at, ""),
            _ => {}
        }
    }

    fn told(&mut self, status: u32, info: &Info, at: Duration, secure: bool) {
        let text = match info {
            Info::Text(text) => text.as_str(),
            _ => "",
        };
        match status {
            WINHTTP_CALLBACK_STATUS_RESOLVING_NAME => self.begin("resolve", at, text),
            WINHTTP_CALLBACK_STATUS_NAME_RESOLVED => self.end(at),
            WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER => self.begin("connect", at, text),
            WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER if secure => self.begin("TLS", at, ""),
            WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER => self.end(at),
            WINHTTP_CALLBACK_STATUS_SENDING_REQUEST => self.begin("send", at, ""),
            WINHTTP_CALLBACK_STATUS_REQUEST_SENT => self.begin("wait", at, ""),
            WINHTTP_CALLBACK_STATUS_REDIRECT => {
                self.end(at);
                self.leg += 1;
            }
            WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE => self.end(at),
            WINHTTP_CALLBACK_STATUS_REQUEST_ERROR => {
                if let Some(phase) = &mut self.open {
                    phase.failed = true;
                }
                self.end(at);
            }
            _ => {}
        }
    }
}

/// The phases of an exchange, in the order of their beginnings.
pub(crate) fn phases(records: &[Record], secure: bool) -> Vec<Phase> {
    let mut walk = Walk { leg: 1, ..Walk::default() };
    for record in records {
        match &record.what {
            What::Call { function, .. } => walk.call(function, record.at),
            What::Notification { status, info, .. } => walk.told(*status, info, record.at, secure),
            What::Return { .. } => {}
        }
    }
    walk.end(records.last().map_or(Duration::ZERO, |record| record.at));
    walk.done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Named, Thread};

    fn at(us: u64, what: What) -> Record {
        Record { at: Duration::from_micros(us), thread: Thread::Caller, handle: Named::NONE, what }
    }

    fn told(us: u64, status: u32) -> Record {
        let what = What::Notification {
            status,
            info: Info::Nothing,
            described: String::new(),
            length: 0,
            inside: None,
        };
        at(us, what)
    }

    fn call(us: u64, function: &'static str) -> Record {
        at(us, What::Call { function, arguments: String::new() })
    }

    #[test]
    fn a_get_over_tls() {
        let records = [
            told(10, 0x1),
            told(20, 0x2),
            told(21, 0x4),
            told(30, 0x8),
            told(50, 0x10),
            told(55, 0x20),
            told(90, 0x0040_0000),
            call(91, "WinHttpReceiveResponse"),
            told(95, 0x20000),
            call(96, "WinHttpQueryHeaders"),
            call(100, "WinHttpQueryDataAvailable"),
            call(105, "WinHttpReadData"),
            call(120, "WinHttpCloseHandle"),
            told(130, 0x800),
        ];
        let list: Vec<_> = phases(&records, true)
            .into_iter()
            .map(|p| (p.name, p.from.as_micros(), p.to.as_micros()))
            .collect();
        assert_eq!(
            list,
            [
                ("resolve", 10, 20),
                ("connect", 21, 30),
                ("TLS", 30, 50),
                ("send", 50, 55),
                ("wait", 55, 95),
                ("body", 100, 120),
                ("close", 120, 130),
            ]
        );
    }

    #[test]
    fn a_failed_phase_and_a_second_leg() {
        let records = [told(1, 0x10), told(2, 0x20), told(5, 0x4000), told(6, 0x4), told(9, 0x0020_0000)];
        let list = phases(&records, false);
        assert_eq!(list.len(), 3);
        assert_eq!((list[2].name, list[2].leg, list[2].failed), ("connect", 2, true));
        assert!(phases(&[], false).is_empty());
    }
}
