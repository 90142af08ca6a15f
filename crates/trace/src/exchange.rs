//! One request through the C functions, as an application makes it.
mod security;
mod socket;
mod transfer;

pub(crate) use security::Client;

use std::ptr::{null, null_mut};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use winhttp::exports::option::EXTRA_ROOTS;
use winhttp_abi::{
    BOOL, FALSE, HINTERNET, WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_ADDREQ_FLAG_ADD,
    WINHTTP_ADDREQ_FLAG_REPLACE, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS,
    WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE,
    WINHTTP_FLAG_ASYNC, WINHTTP_FLAG_SECURE, WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH,
    WINHTTP_INVALID_STATUS_CALLBACK, WINHTTP_OPTION_CONTEXT_VALUE, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT,
    WINHTTP_QUERY_CONTENT_LENGTH, WINHTTP_QUERY_FLAG_NUMBER, WINHTTP_QUERY_STATUS_CODE,
    WINHTTP_QUERY_STATUS_TEXT,
};

use crate::body::{Destination, Sink, Source, Supply};
use crate::c::{self, last_error, wide};
use crate::record::{Failure, Outcome, Record};
use crate::recorder::{Recorder, Signal, callback};
use crate::screen::Screen;
use crate::url::Url;

/// What to do.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Name in the trace.
    pub(crate) name: String,
    /// Where.
    pub(crate) url: Url,
    /// Method.
    pub(crate) method: String,
    /// Header lines without line ends.
    pub(crate) headers: Vec<String>,
    /// The request's body.
    pub(crate) source: Source,
    /// Where the answer's body goes.
    pub(crate) destination: Destination,
    /// Ignore certificate faults.
    pub(crate) insecure: bool,
    /// Calls return when they are done.
    pub(crate) synchronous: bool,
    /// Milliseconds for each step; the library's defaults without.
    pub(crate) timeout: Option<i32>,
    /// Authorities to trust beside the machine's, PEM.
    pub(crate) roots: Option<Vec<u8>>,
    /// Ask whether certificates are revoked.
    pub(crate) revocation: bool,
    /// What a server that asks for a client certificate gets.
    pub(crate) client: Client,
    /// Texts to send over a WebSocket.
    pub(crate) messages: Vec<String>,
}

/// Why there is no answer.
pub(crate) enum Trouble {
    /// The library said no.
    Library(Failure),
    /// A local file.
    File(String),
    /// A completion that never came.
    Silent(String),
}

/// What was done.
pub(crate) struct Done {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What happened, when it was to be kept.
    pub(crate) records: Vec<Record>,
    /// How many lines of long reading or writing were not kept.
    pub(crate) left_out: u64,
}

/// Longest silence of the library that is waited for when closing.
const CLOSING: Duration = Duration::from_secs(20);

struct Exchange<'a> {
    plan: &'a Plan,
    recorder: Arc<Recorder>,
    signals: Receiver<Signal>,
    screen: Arc<Mutex<Screen>>,
    session: HINTERNET,
    connect: HINTERNET,
    request: HINTERNET,
    socket: HINTERNET,
    /// What goes with WinHttpSendRequest: a redirect may send it again until the answer has been received.
    whole: Vec<u8>,
    outcome: Outcome,
}

/// Performs a plan and shows what happens. The records come back when `keep` asks for them.
///
/// # Errors
/// A local file or a library that fell silent; what the library refuses is part of the outcome.
pub(crate) fn perform(plan: &Plan, screen: &Arc<Mutex<Screen>>, keep: bool) -> Result<Done, Trouble> {
    let mut sink = Sink::open(&plan.destination).map_err(Trouble::File)?;
    let (recorder, context, signals) = Recorder::new(&plan.name, Arc::clone(screen), keep);
    let mut exchange = Exchange {
        plan,
        recorder,
        signals,
        screen: Arc::clone(screen),
        session: null_mut(),
        connect: null_mut(),
        request: null_mut(),
        socket: null_mut(),
        whole: Vec::new(),
        outcome: Outcome::default(),
    };
    let done = exchange.run(context, &mut sink);
    // Buffers of this exchange are the library's until its last callback: nothing returns before.
    if let Err(trouble) = exchange.close() {
        std::mem::forget(exchange);
        return Err(trouble);
    }
    let recorder = &exchange.recorder;
    match done {
        Ok(()) => (exchange.outcome.bytes, exchange.outcome.sha256) = sink.finish().map_err(Trouble::File)?,
        Err(Trouble::Library(failure)) => {
            exchange.outcome.failure = Some(Failure { faults: recorder.faults(), ..failure });
        }
        Err(other) => return Err(other),
    }
    exchange.outcome.took = recorder.elapsed();
    let (records, left_out) = recorder.take();
    Ok(Done { outcome: exchange.outcome, records, left_out })
}

impl Exchange<'_> {
    /// Makes one call: notes it, makes it, reads the last error at once, notes the return.
    fn call(
        &self,
        handle: HINTERNET,
        function: &'static str,
        arguments: String,
        call: impl FnOnce() -> BOOL,
    ) -> Result<(), Failure> {
        self.recorder.call(handle as usize, function, arguments);
        let result = call();
        let error = last_error();
        let text = if result == FALSE { "FALSE" } else { "TRUE" };
        self.recorder.returned(handle as usize, function, text.to_owned(), error);
        if result == FALSE { Err(Failure { function, error, faults: 0 }) } else { Ok(()) }
    }

    /// As [`Exchange::call`], for functions that make a handle.
    fn make(
        &self,
        parent: HINTERNET,
        name: &'static str,
        function: &'static str,
        arguments: String,
        call: impl FnOnce() -> HINTERNET,
    ) -> Result<HINTERNET, Failure> {
        self.recorder.expect(name);
        self.recorder.call(parent as usize, function, arguments);
        let handle = call();
        let error = last_error();
        if handle.is_null() {
            self.recorder.returned(parent as usize, function, "NULL".to_owned(), error);
            return Err(Failure { function, error, faults: 0 });
        }
        self.recorder.name(handle as usize, name);
        self.recorder.returned(handle as usize, function, format!("= {name}"), error);
        Ok(handle)
    }

    /// Waits for the completion of an accepted operation. In synchronous mode it is done already.
    fn completion(&self, function: &'static str, status: u32, done: u32) -> Result<u32, Trouble> {
        if self.plan.synchronous {
            return Ok(done);
        }
        loop {
            match self.signals.recv() {
                Ok(Signal::Completed { status: s, count }) if s == status => return Ok(count),
                Ok(Signal::Failed { error }) => {
                    return Err(Trouble::Library(Failure { function, error, faults: 0 }));
                }
                Ok(Signal::Completed { status: other, .. } | Signal::Frame { status: other, .. }) => {
                    return Err(Trouble::Silent(format!(
                        "{function} completed with status {other:#x} instead of {status:#x}: a fault of the library"
                    )));
                }
                Ok(Signal::Closing(_)) => {}
                Err(_) => return Err(Trouble::Silent(format!("{function} was never completed"))),
            }
        }
    }

    fn run(&mut self, context: usize, sink: &mut Sink) -> Result<(), Trouble> {
        let supply = self.plan.source.open().map_err(Trouble::File)?;
        self.open(context)?;
        self.send(supply)?;
        let request = self.request;
        self.call(request, "WinHttpReceiveResponse", String::new(), || {
            // SAFETY: no buffer of ours is touched.
            unsafe { c::WinHttpReceiveResponse(request, null_mut()) }
        })?;
        self.completion("WinHttpReceiveResponse", WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, 0)?;
        self.outcome.code = self.number(WINHTTP_QUERY_STATUS_CODE, "STATUS_CODE").ok();
        self.outcome.reason = self.text(WINHTTP_QUERY_STATUS_TEXT, "STATUS_TEXT").unwrap_or_default();
        if self.plan.url.socket && self.outcome.code == Some(101) {
            return self.talk(context, sink);
        }
        let length = self.text(WINHTTP_QUERY_CONTENT_LENGTH, "CONTENT_LENGTH").ok();
        let bodiless = self.plan.method == "HEAD" || matches!(self.outcome.code, Some(204 | 304 | 100..=199));
        let length = if bodiless { Some(0) } else { length.and_then(|text| text.trim().parse().ok()) };
        self.read(length, sink)
    }

    fn open(&mut self, context: usize) -> Result<(), Failure> {
        let plan = self.plan;
        let agent = wide(concat!("winhttp-trace/", env!("CARGO_PKG_VERSION")));
        let (flags, mode) = if plan.synchronous { (0, "synchronous") } else { (WINHTTP_FLAG_ASYNC, "ASYNC") };
        let none = null::<u16>();
        let arguments = format!("\"winhttp-trace\", {mode}");
        self.session = self.make(null_mut(), "session", "WinHttpOpen", arguments, || {
            // SAFETY: text with its NUL, alive during the call; the other pointers are null.
            unsafe { c::WinHttpOpen(agent.as_ptr(), WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, none, none, flags) }
        })?;
        self.set(self.session, WINHTTP_OPTION_CONTEXT_VALUE, "CONTEXT_VALUE", &context.to_ne_bytes())?;
        self.listen()?;
        if let Some(ms) = plan.timeout {
            let session = self.session;
            self.call(session, "WinHttpSetTimeouts", format!("{ms}, {ms}, {ms}, {ms}"), || {
                // SAFETY: takes numbers only.
                unsafe { c::WinHttpSetTimeouts(session, ms, ms, ms, ms) }
            })?;
        }
        if let Some(pem) = &plan.roots {
            self.set(self.session, EXTRA_ROOTS, "COMPAT_OPTION_EXTRA_ROOTS", pem)?;
        }
        let (session, host) = (self.session, wide(&plan.url.host));
        let arguments = format!("{:?}, {}", plan.url.host, plan.url.port);
        self.connect = self.make(session, "connect", "WinHttpConnect", arguments, || {
            // SAFETY: text with its NUL, alive during the call.
            unsafe { c::WinHttpConnect(session, host.as_ptr(), plan.url.port, 0) }
        })?;
        let (connect, verb, object) = (self.connect, wide(&plan.method), wide(&plan.url.object));
        let flags = if plan.url.secure { WINHTTP_FLAG_SECURE } else { 0 };
        let secure = if plan.url.secure { ", SECURE" } else { "" };
        let arguments = format!("{:?}, {:?}{secure}", plan.method, plan.url.object);
        self.request = self.make(connect, "request", "WinHttpOpenRequest", arguments, || {
            let (verb, object) = (verb.as_ptr(), object.as_ptr());
            // SAFETY: texts with their NUL, alive during the call; the other pointers are null.
            unsafe { c::WinHttpOpenRequest(connect, verb, object, none, none, null(), flags) }
        })?;
        self.secure()?;
        if let Some(ms) = plan.timeout.and_then(|ms| u32::try_from(ms).ok()).filter(|ms| *ms > 0) {
            let option = WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT;
            self.set(self.request, option, "RECEIVE_RESPONSE_TIMEOUT", &ms.to_ne_bytes())?;
        }
        if plan.url.socket {
            self.ask_for_upgrade()?;
        }
        plan.headers.iter().try_for_each(|line| self.header(line))
    }

    fn listen(&self) -> Result<(), Failure> {
        const FUNCTION: &str = "WinHttpSetStatusCallback";
        let session = self.session;
        self.recorder.call(session as usize, FUNCTION, "ALL_NOTIFICATIONS".to_owned());
        // SAFETY: the callback is a function of this program and stays.
        let before = unsafe {
            c::WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0)
        };
        let error = last_error();
        let failed = before == WINHTTP_INVALID_STATUS_CALLBACK;
        let result = if failed { "INVALID_STATUS_CALLBACK" } else { "NULL" };
        self.recorder.returned(session as usize, FUNCTION, result.to_owned(), error);
        if failed { Err(Failure { function: FUNCTION, error, faults: 0 }) } else { Ok(()) }
    }

    fn set(&self, handle: HINTERNET, option: u32, name: &str, value: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        let text = match <[u8; 4]>::try_from(value) {
            Ok(dword) => format!("{:#x}", u32::from_ne_bytes(dword)),
            Err(_) => format!("{length} bytes"),
        };
        self.call(handle, "WinHttpSetOption", format!("{name}, {text}"), || {
            // SAFETY: the value is alive during the call and has this length.
            unsafe { c::WinHttpSetOption(handle, option, value.as_ptr().cast(), length) }
        })
    }

    fn header(&self, line: &str) -> Result<(), Failure> {
        let (request, text) = (self.request, wide(line));
        let modifiers = WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE;
        self.call(request, "WinHttpAddRequestHeaders", format!("{line:?}, ADD | REPLACE"), || {
            // SAFETY: text with its NUL, alive during the call; all bits of the length ask to look for the NUL.
            unsafe { c::WinHttpAddRequestHeaders(request, text.as_ptr(), u32::MAX, modifiers) }
        })
    }

    fn send(&mut self, supply: Supply) -> Result<(), Trouble> {
        const FUNCTION: &str = "WinHttpSendRequest";
        let request = self.request;
        let (total, pieces) = match supply {
            Supply::Whole(bytes) => {
                self.whole = bytes;
                (self.whole.len() as u64, None)
            }
            Supply::Pieces(reader, total, name) => (total, Some((reader, name))),
        };
        let with = u32::try_from(self.whole.len()).unwrap_or(u32::MAX);
        // contract: WinHttpSendRequest, bodies of 4 GiB and more name their length in a header.
        let announced = match u32::try_from(total) {
            Ok(total) => total,
            Err(_) => {
                self.header(&format!("Content-Length: {total}"))?;
                WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH
            }
        };
        let optional = if self.whole.is_empty() { null_mut() } else { self.whole.as_mut_ptr().cast() };
        self.call(request, FUNCTION, format!("optional {with}, total {announced}"), || {
            // SAFETY: the body is kept until the last callback of the request.
            unsafe { c::WinHttpSendRequest(request, null(), 0, optional, with, announced, 0) }
        })?;
        self.completion(FUNCTION, WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE, 0)?;
        self.outcome.uploaded = u64::from(with);
        match pieces {
            Some((mut reader, name)) => self.write(&mut *reader, total, &name),
            None => Ok(()),
        }
    }

    fn number(&self, level: u32, name: &str) -> Result<u32, Failure> {
        let request = self.request;
        let (mut number, mut size) = (0u32, 4u32);
        self.call(request, "WinHttpQueryHeaders", format!("{name} | NUMBER"), || {
            let at = std::ptr::from_mut(&mut number).cast();
            let level = level | WINHTTP_QUERY_FLAG_NUMBER;
            // SAFETY: four bytes for a number; name and index may be null.
            unsafe { c::WinHttpQueryHeaders(request, level, null(), at, &mut size, null_mut()) }
        })?;
        Ok(number)
    }

    fn text(&self, level: u32, name: &str) -> Result<String, Failure> {
        let request = self.request;
        let mut units = vec![0u16; 512];
        let mut size = 1024u32;
        self.call(request, "WinHttpQueryHeaders", name.to_owned(), || {
            let at = units.as_mut_ptr().cast();
            // SAFETY: the size is that of the buffer, in bytes; name and index may be null.
            unsafe { c::WinHttpQueryHeaders(request, level, null(), at, &mut size, null_mut()) }
        })?;
        let length = usize::try_from(size / 2).unwrap_or(0).min(units.len());
        Ok(String::from_utf16_lossy(&units[..length]))
    }

    /// Closes what was opened, the request first, and waits for the last callback of each.
    fn close(&mut self) -> Result<(), Trouble> {
        let mut open = Vec::new();
        for handle in [self.socket, self.request, self.connect, self.session] {
            if handle.is_null() {
                continue;
            }
            let closed = self.call(handle, "WinHttpCloseHandle", String::new(), || {
                // SAFETY: takes a handle that this program opened and did not close yet.
                unsafe { c::WinHttpCloseHandle(handle) }
            });
            closed.map_err(Trouble::from)?;
            open.push(handle as usize);
        }
        while !open.is_empty() {
            match self.signals.recv_timeout(CLOSING) {
                Ok(Signal::Closing(handle)) => open.retain(|h| *h != handle),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(Trouble::Silent(format!(
                        "{} of the handles closed never said HANDLE_CLOSING: a fault of the library",
                        open.len()
                    )));
                }
            }
        }
        Ok(())
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Library(failure)
    }
}
