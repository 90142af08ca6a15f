//! The trace as lines for people.
use winhttp_abi::status::Role;
use winhttp_abi::{
    ERROR_IO_PENDING, WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE, WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
    WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE, WINHTTP_CALLBACK_STATUS_REQUEST_ERROR,
    WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED, WINHTTP_CALLBACK_STATUS_SECURE_FAILURE,
    WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE, status,
};

use crate::info::{error_name, status_name};
use crate::paint::{Ink, Paint, tame, thousands};
use crate::record::{Named, Record, What};

/// How many lines of reading or writing in a row are shown before the rest is only counted.
const SHOWN: u64 = 36;

/// Work that repeats for every piece of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeating {
    /// QueryDataAvailable, ReadData and what they bring about.
    Reading,
    /// WriteData and what it brings about.
    Writing,
}

/// Whether a record is part of work that repeats; `now` is what went on before it.
pub(crate) fn repeating(record: &Record, now: Option<Repeating>) -> Option<Repeating> {
    match &record.what {
        What::Call { function, .. } | What::Return { function, .. } => match *function {
            "WinHttpQueryDataAvailable" | "WinHttpReadData" => Some(Repeating::Reading),
            "WinHttpWriteData" => Some(Repeating::Writing),
            _ => None,
        },
        What::Notification { status, .. } => match *status {
            WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE | WINHTTP_CALLBACK_STATUS_READ_COMPLETE => {
                Some(Repeating::Reading)
            }
            // Part of a read only while reading; else they tell of the answer's head.
            WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE | WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED => {
                now.filter(|n| *n == Repeating::Reading)
            }
            WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE => Some(Repeating::Writing),
            _ => None,
        },
    }
}

/// Makes lines of records.
#[derive(Debug)]
pub(crate) struct Human {
    paint: Paint,
    verbose: bool,
    now: Option<Repeating>,
    in_a_row: u64,
}

impl Human {
    /// `verbose` shows handle values and every read.
    pub(crate) fn new(paint: Paint, verbose: bool) -> Human {
        Human { paint, verbose, now: None, in_a_row: 0 }
    }

    /// The heads of the columns.
    pub(crate) fn columns(&self) -> String {
        let line = format!(
            "{:>10}  {:<8} {:<width$} {:<21} {:>6}  information",
            "ms",
            "thread",
            "handle",
            "status",
            "length",
            width = self.width()
        );
        self.paint.ink(Ink::Quiet, &line)
    }

    fn width(&self) -> usize {
        if self.verbose { 21 } else { 8 }
    }

    fn handle(&self, handle: &Named) -> String {
        if self.verbose && handle.value != 0 {
            format!("{} {:#x}", handle.name, handle.value)
        } else {
            handle.name.to_owned()
        }
    }

    /// The lines that a record adds, each without its end.
    pub(crate) fn lines(&mut self, record: &Record) -> Vec<String> {
        let mut lines = Vec::new();
        let next = repeating(record, self.now);
        if next != self.now {
            lines.extend(self.left_out());
            self.now = next;
        }
        if next.is_some() {
            self.in_a_row += 1;
            if !self.verbose && self.in_a_row > SHOWN {
                return lines;
            }
        }
        lines.push(self.line(record));
        lines
    }

    /// What was not shown since the last line, if anything.
    pub(crate) fn left_out(&mut self) -> Option<String> {
        let hidden = if self.verbose { 0 } else { self.in_a_row.saturating_sub(SHOWN) };
        self.in_a_row = 0;
        let what = match self.now.take() {
            Some(Repeating::Writing) => "writing",
            _ => "reading",
        };
        (hidden > 0).then(|| {
            let line =
                format!("{:>10}  {} more lines of {what}; -v shows every one", "...", thousands(hidden));
            self.paint.ink(Ink::Quiet, &line)
        })
    }

    fn line(&self, record: &Record) -> String {
        let at = format!("{:>10.3}", record.at.as_secs_f64() * 1e3);
        let thread = record.thread.label();
        let handle = self.handle(&record.handle);
        let width = self.width();
        match &record.what {
            What::Call { function, arguments } => {
                let text = format!("{at}  {thread:<8} {handle:<width$} -> {function}({})", tame(arguments));
                self.paint.ink(Ink::Quiet, &text)
            }
            What::Return { function, result, error } => {
                let error = match *error {
                    0 => "last error 0".to_owned(),
                    ERROR_IO_PENDING => "last error ERROR_IO_PENDING (997): it completes later".to_owned(),
                    other => format!("last error {}", error_name(other)),
                };
                let text = format!("{at}  {thread:<8} {handle:<width$} <- {function} {result}, {error}");
                self.paint.ink(Ink::Quiet, text.trim_end())
            }
            What::Notification { status, described, length, .. } => {
                let ink = match *status {
                    WINHTTP_CALLBACK_STATUS_REQUEST_ERROR | WINHTTP_CALLBACK_STATUS_SECURE_FAILURE => {
                        Ink::Bad
                    }
                    other => match status::find(other).map(|row| row.role) {
                        Some(Role::Completion) => Ink::Good,
                        Some(Role::Handle) => Ink::Handle,
                        _ => Ink::Progress,
                    },
                };
                let name = self.paint.ink(ink, &format!("{:<21}", status_name(*status)));
                let text =
                    format!("{at}  {thread:<8} {handle:<width$} {name} {length:>6}  {}", tame(described));
                text.trim_end().to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::info::Info;
    use crate::record::Thread;

    fn record(what: What) -> Record {
        let handle = Named { name: "request", value: 0x30001 };
        Record { at: Duration::from_micros(12_345), thread: Thread::Other(1), handle, what }
    }

    fn told(status: u32, described: &str, length: u32) -> Record {
        record(What::Notification {
            status,
            info: Info::Nothing,
            described: described.into(),
            length,
            inside: None,
        })
    }

    #[test]
    fn a_line_has_time_thread_handle_status_length_and_payload() {
        let mut human = Human::new(Paint(false), false);
        assert_eq!(
            human.lines(&told(1, "\"localhost\"", 9)),
            ["    12.345  other 1  request  RESOLVING_NAME             9  \"localhost\""]
        );
        let mut human = Human::new(Paint(false), true);
        let line = human.lines(&told(0x20000, "", 0)).remove(0);
        assert!(line.contains("request 0x30001") && line.contains("HEADERS_AVAILABLE"), "{line}");
    }

    #[test]
    fn long_reading_is_counted() {
        let mut human = Human::new(Paint(false), false);
        let lines: usize = (0..100).map(|_| human.lines(&told(0x80000, "buffer", 8)).len()).sum();
        assert_eq!(lines as u64, SHOWN);
        let lines = human.lines(&told(0x800, "request", 8));
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("64 more lines of reading"), "{lines:?}");
        let mut verbose = Human::new(Paint(false), true);
        let lines: usize = (0..100).map(|_| verbose.lines(&told(0x80000, "buffer", 8)).len()).sum();
        assert_eq!(lines, 100);
    }

    #[test]
    fn receiving_the_head_is_not_reading() {
        assert_eq!(repeating(&told(0x40, "", 0), None), None);
        assert_eq!(repeating(&told(0x40, "", 0), Some(Repeating::Reading)), Some(Repeating::Reading));
    }
}
