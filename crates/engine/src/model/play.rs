//! What the scenarios are made of: runs, handles, calls, and the usual application.

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::panic;
use winhttp_abi as abi;

use super::laws::{Heard, Laws};
use super::world::Script;
use super::{begin, core};
use crate::request::{self, Completion, Send};
use crate::slot::Kind;
use crate::{Error, Handle, Loan, callback, connect, lock, session};

pub(super) const SENT: u32 = abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE;
pub(super) const HEADERS: u32 = abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE;
pub(super) const DATA: u32 = abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE;
pub(super) const READ: u32 = abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE;
pub(super) const WRITTEN: u32 = abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE;
pub(super) const ERROR: u32 = abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR;
pub(super) const CREATED: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED;
pub(super) const CLOSING: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
pub(super) const CANCELLED: u32 = abi::ERROR_WINHTTP_OPERATION_CANCELLED;

/// Runs of each scenario under each scheduler: `WINHTTP_MODEL_RUNS`, or a few.
pub(super) fn runs() -> usize {
    std::env::var("WINHTTP_MODEL_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300)
}

pub(super) fn check(scenario: impl Fn() + std::marker::Send + Sync + Clone + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.max_steps = MaxSteps::FailAfter(200_000);
    config.failure_persistence = FailurePersistence::Print;
    config.silence_warnings = true;
    let played = {
        let scenario = scenario.clone();
        move || {
            begin();
            scenario();
        }
    };
    told(|| {
        Runner::new(RandomScheduler::new(runs()), config.clone()).run(played.clone());
        Runner::new(PctScheduler::new(3, runs()), config).run(played);
    });
}

/// Says what failed. Between two runs the checker silences the process' panic hook for a moment, and what another
/// thread finds meanwhile would end without a word.
fn told(runs: impl FnOnce()) {
    if let Err(found) = panic::catch_unwind(panic::AssertUnwindSafe(runs)) {
        let text =
            found.downcast_ref::<String>().map(String::as_str).or_else(|| found.downcast_ref().copied());
        eprintln!("{}", text.unwrap_or("something that is no text"));
        panic::resume_unwind(found);
    }
}

pub(super) struct Handles {
    pub(super) session: Handle,
    pub(super) connect: Handle,
    pub(super) request: Handle,
}

pub(super) fn open_session(laws: &'static Laws, asynchronous: bool, limit: u32) -> Handle {
    let session = session::open(session::Config { asynchronous, ..Default::default() }).unwrap();
    {
        let slot = core().table.slot(session).unwrap();
        let guard = slot.lock();
        let Kind::Session(session) = &guard.kind else { unreachable!() };
        let mut settings = lock(&session.shared.settings);
        settings.terms.receive_timeout = limit;
        settings.terms.send_timeout = limit;
        settings.terms.connect_timeout = limit;
        settings.terms.resolve_timeout = limit;
    }
    callback::set(session, Some(laws.target()), abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS).unwrap();
    session
}

pub(super) fn open_limited(laws: &'static Laws, asynchronous: bool, script: Script, limit: u32) -> Handles {
    let session = open_session(laws, asynchronous, limit);
    let connect = connect::connect(session, "127.0.0.1", script as u16).unwrap();
    let request = request::open(connect, &request::Config::default()).unwrap();
    Handles { session, connect, request }
}

/// As [`open`], by a name.
pub(super) fn open_named(
    laws: &'static Laws,
    asynchronous: bool,
    name: &str,
    script: Script,
    limit: u32,
) -> Handles {
    let session = open_session(laws, asynchronous, limit);
    let connect = connect::connect(session, name, script as u16).unwrap();
    let request = request::open(connect, &request::Config::default()).unwrap();
    Handles { session, connect, request }
}

pub(super) fn open(laws: &'static Laws, script: Script) -> Handles {
    open_limited(laws, true, script, 0)
}

impl Handles {
    pub(super) fn all(&self) -> [Handle; 3] {
        [self.request, self.connect, self.session]
    }

    pub(super) fn close(&self, laws: &Laws) {
        for handle in self.all() {
            laws.close(handle);
        }
    }
}

pub(super) fn send(laws: &Laws, handle: Handle, total: u32) -> Result<Completion, Error> {
    laws.call(handle, 5, || {
        request::send(handle, Send { headers: Vec::new(), optional: None, total, context: 0 })
    })
}

pub(super) fn receive(laws: &Laws, handle: Handle) -> Result<Completion, Error> {
    laws.call(handle, 1, || request::receive(handle))
}

pub(super) fn query(laws: &Laws, handle: Handle) -> Result<Completion, Error> {
    laws.call(handle, 2, || request::query_data(handle, &mut |_| {}))
}

/// Reads; the count that was given before the call returned, if any.
pub(super) fn read(laws: &Laws, handle: Handle, bytes: usize) -> (Result<Completion, Error>, Option<u32>) {
    let mut count = None;
    let done = laws.call(handle, 3, || {
        let loan = Loan::owned(vec![0; bytes].into_boxed_slice());
        request::read(handle, loan, &mut |bytes| count = Some(bytes))
    });
    (done, count)
}

pub(super) fn write(laws: &Laws, handle: Handle, bytes: &[u8]) -> Result<Completion, Error> {
    laws.call(handle, 4, || request::write(handle, Loan::owned(bytes.into()), &mut |_| {}))
}

/// The usual application: everything from inside the callbacks. What it may not do any more is refused.
pub(super) fn usual(laws: &'static Laws, heard: &Heard) {
    match heard.status {
        SENT => {
            let _ = receive(laws, heard.handle);
        }
        HEADERS => {
            let _ = query(laws, heard.handle);
        }
        DATA if heard.detail.1 > 0 => {
            let _ = read(laws, heard.handle, heard.detail.1 as usize);
        }
        READ if heard.detail.1 > 0 => {
            let _ = query(laws, heard.handle);
        }
        _ => {}
    }
}

pub(super) fn is(handle: Handle, status: u32) -> impl Fn(&Heard) -> bool {
    move |heard| heard.handle == handle && heard.status == status
}

/// As [`check`], for scenarios that come in many kinds.
pub(super) fn check_few(scenario: impl Fn() + std::marker::Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.max_steps = MaxSteps::FailAfter(200_000);
    config.silence_warnings = true;
    told(|| {
        Runner::new(RandomScheduler::new(runs() / 5 + 1), config).run(move || {
            begin();
            scenario();
        });
    });
}
