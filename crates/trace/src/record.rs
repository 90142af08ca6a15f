//! What a trace consists of: calls, returns, notifications, and how an exchange ended.
use std::time::Duration;

use crate::info::Info;

/// Which thread something happened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thread {
    /// The one that makes the calls.
    Caller,
    /// Another one, numbered from 1 in the order of appearance.
    Other(usize),
}

impl Thread {
    /// For people.
    pub(crate) fn label(self) -> String {
        match self {
            Thread::Caller => "caller".to_owned(),
            Thread::Other(number) => format!("other {number}"),
        }
    }
}

/// A handle: the name it was given and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// `session`, `connect`, `request`, or `?` for one that is not known.
    pub(crate) name: &'static str,
    /// Its value; 0 for none.
    pub(crate) value: usize,
}

impl Named {
    /// No handle at all.
    pub(crate) const NONE: Named = Named { name: "", value: 0 };
}

/// One line of a trace.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Time since the exchange began.
    pub(crate) at: Duration,
    /// The thread.
    pub(crate) thread: Thread,
    /// The handle it is about.
    pub(crate) handle: Named,
    /// What happened.
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A function is about to be called.
    Call {
        /// Its name.
        function: &'static str,
        /// Its arguments, for people.
        arguments: String,
    },
    /// It returned.
    Return {
        /// Its name.
        function: &'static str,
        /// What it returned, for people.
        result: String,
        /// The last error; 0 after success, 997 when it completes later.
        error: u32,
    },
    /// The callback was called.
    Notification {
        /// `dwInternetStatus`.
        status: u32,
        /// The decoded payload.
        info: Info,
        /// The payload for people.
        described: String,
        /// `dwStatusInformationLength`.
        length: u32,
        /// The function on whose stack it came.
        inside: Option<&'static str>,
    },
}

/// Why an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The function that failed.
    pub(crate) function: &'static str,
    /// The error, as `GetLastError` or `WINHTTP_ASYNC_RESULT` gave it.
    pub(crate) error: u32,
    /// Faults of the certificate, when it has any.
    pub(crate) faults: u32,
}

/// How an exchange ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// The status code of the answer, if one came.
    pub(crate) code: Option<u32>,
    /// Its reason phrase.
    pub(crate) reason: String,
    /// Bytes of the body.
    pub(crate) bytes: u64,
    /// SHA-256 of the body in hexadecimal; empty when no answer came.
    pub(crate) sha256: String,
    /// Bytes sent as the request's body.
    pub(crate) uploaded: u64,
    /// Why it failed.
    pub(crate) failure: Option<Failure>,
    /// From the first call to the last notification.
    pub(crate) took: Duration,
}
