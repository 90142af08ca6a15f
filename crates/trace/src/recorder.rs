//! Hears the callback, names handles and threads, and keeps what a picture needs.
use std::ffi::c_void;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use winhttp_abi::status::{self, Role};
use winhttp_abi::{HINTERNET, WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING};

use crate::human::{Repeating, repeating};
use crate::info::{Info, SOCKET, decode};
use crate::record::{Named, Record, Thread, What};
use crate::screen::Screen;

/// What the calling thread waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// An operation is done; its number or length.
    Completed { status: u32, count: u32 },
    /// A WebSocket has sent or received.
    Frame { status: u32, bytes: u32, buffer_type: u32 },
    /// An operation failed.
    Failed { error: u32 },
    /// The last callback of a handle.
    Closing(usize),
}

/// Records of repeating work that are kept for a picture; the others are few by nature and always kept.
const KEPT: usize = 1200;

struct State {
    handles: Vec<(usize, &'static str)>,
    /// The name of the handle that is being made.
    coming: &'static str,
    threads: Vec<ThreadId>,
    inside: Option<&'static str>,
    screen: Arc<Mutex<Screen>>,
    kept: Vec<Record>,
    keep: bool,
    now: Option<Repeating>,
    repeated: usize,
    left_out: u64,
    last: Option<Record>,
    faults: u32,
}

/// One exchange's recorder.
pub(crate) struct Recorder {
    exchange: String,
    start: Instant,
    caller: ThreadId,
    state: Mutex<State>,
    signals: Sender<Signal>,
}

/// All recorders of this process; the context value of a handle is a place in it, counted from 1. A recorder stays:
/// whatever comes late finds it.
static RECORDERS: Mutex<Vec<Arc<Recorder>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is whole after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    /// A recorder whose time begins now, the context value that finds it, and what it signals.
    pub(crate) fn new(
        exchange: &str,
        screen: Arc<Mutex<Screen>>,
        keep: bool,
    ) -> (Arc<Recorder>, usize, Receiver<Signal>) {
        let (signals, heard) = mpsc::channel();
        let recorder = Arc::new(Recorder {
            exchange: exchange.to_owned(),
            start: Instant::now(),
            caller: std::thread::current().id(),
            state: Mutex::new(State {
                handles: Vec::new(),
                coming: "?",
                threads: Vec::new(),
                inside: None,
                screen,
                kept: Vec::new(),
                keep,
                now: None,
                repeated: 0,
                left_out: 0,
                last: None,
                faults: 0,
            }),
            signals,
        });
        let mut all = lock(&RECORDERS);
        all.push(Arc::clone(&recorder));
        (recorder, all.len(), heard)
    }

    /// Says that the next handle that appears bears this name.
    pub(crate) fn expect(&self, name: &'static str) {
        lock(&self.state).coming = name;
    }

    /// Names a handle; the value may have belonged to one that is gone.
    pub(crate) fn name(&self, value: usize, name: &'static str) {
        let mut state = lock(&self.state);
        state.handles.retain(|(v, _)| *v != value);
        state.handles.push((value, name));
    }

    /// Notes a call; the guard's drop is not its end, [`Recorder::returned`] is.
    pub(crate) fn call(&self, handle: usize, function: &'static str, arguments: String) {
        let mut state = lock(&self.state);
        state.inside = Some(function);
        self.note(&mut state, handle, What::Call { function, arguments });
    }

    /// Notes a return.
    pub(crate) fn returned(&self, handle: usize, function: &'static str, result: String, error: u32) {
        let mut state = lock(&self.state);
        state.inside = None;
        self.note(&mut state, handle, What::Return { function, result, error });
    }

    /// The faults that a certificate was reported to have.
    pub(crate) fn faults(&self) -> u32 {
        lock(&self.state).faults
    }

    /// Time since the exchange began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The records that were kept, and how many between them were not.
    pub(crate) fn take(&self) -> (Vec<Record>, u64) {
        let mut state = lock(&self.state);
        resume(&mut state);
        (std::mem::take(&mut state.kept), state.left_out)
    }

    fn heard(&self, handle: usize, status: u32, info: Info, length: u32) {
        let mut state = lock(&self.state);
        if let Info::Handle(value) = info
            && !state.handles.iter().any(|(v, _)| *v == value)
        {
            let coming = state.coming;
            state.handles.push((value, coming));
        }
        if let Info::Faults(bits) = info {
            state.faults |= bits;
        }
        let described = info.describe(|value| named(&state.handles, value).name.to_owned());
        let on_caller = std::thread::current().id() == self.caller;
        let inside = state.inside.filter(|_| on_caller);
        let signal = match (&info, status) {
            (Info::Failure { error, .. } | Info::SocketFailure { error, .. }, _) => {
                Some(Signal::Failed { error: *error })
            }
            (&Info::Frame { bytes, buffer_type }, _) => Some(Signal::Frame { status, bytes, buffer_type }),
            (_, WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING) => Some(Signal::Closing(handle)),
            (Info::Number(count), _) => Some(Signal::Completed { status, count: *count }),
            _ => Some(Signal::Completed { status, count: length }),
        };
        let completes = status::find(status).is_some_and(|row| row.role == Role::Completion);
        let closes = status == WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
        self.note(&mut state, handle, What::Notification { status, info, described, length, inside });
        if let Some(signal) = signal.filter(|_| completes || closes) {
            // Nobody listens any more once the exchange has been given up.
            let _ = self.signals.send(signal);
        }
    }

    fn note(&self, state: &mut State, handle: usize, what: What) {
        let id = std::thread::current().id();
        let thread = if id == self.caller {
            Thread::Caller
        } else {
            let place = state.threads.iter().position(|t| *t == id).unwrap_or_else(|| {
                state.threads.push(id);
                state.threads.len() - 1
            });
            Thread::Other(place + 1)
        };
        let handle = named(&state.handles, handle);
        let record = Record { at: self.start.elapsed(), thread, handle, what };
        lock(&state.screen).record(&self.exchange, &record);
        if state.keep {
            keep(state, record);
        }
    }
}

fn keep(state: &mut State, record: Record) {
    state.now = repeating(&record, state.now);
    if state.now.is_some() {
        state.repeated += 1;
        // Whole calls are left out, never their returns alone.
        let skip =
            state.last.is_some() || (state.repeated > KEPT && matches!(record.what, What::Call { .. }));
        if skip {
            state.left_out += 1;
            state.last = Some(record);
            return;
        }
    }
    resume(state);
    state.kept.push(record);
}

/// Keeps the last record of those left out: it is where the next one begins.
fn resume(state: &mut State) {
    if let Some(last) = state.last.take() {
        state.left_out -= 1;
        state.kept.push(last);
    }
}

fn named(handles: &[(usize, &'static str)], value: usize) -> Named {
    if value == 0 {
        return Named::NONE;
    }
    let name = handles.iter().find(|(v, _)| *v == value).map_or("?", |(_, name)| name);
    Named { name, value }
}

/// The status callback.
///
/// # Safety
/// Called by the library only, with the context value of a recorder, or 0.
pub(crate) unsafe extern "C-unwind" fn callback(
    handle: HINTERNET,
    context: usize,
    status: u32,
    info: *mut c_void,
    length: u32,
) {
    let recorder = context.checked_sub(1).and_then(|place| lock(&RECORDERS).get(place).cloned());
    let Some(recorder) = recorder else { return };
    let of_socket = named(&lock(&recorder.state).handles, handle as usize).name == SOCKET;
    // SAFETY: these are the arguments of a callback that is running, from the 16-bit door.
    let info = unsafe { decode(status, info, length, of_socket) };
    recorder.heard(handle as usize, status, info, length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use winhttp_abi::{WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE, WINHTTP_CALLBACK_STATUS_HANDLE_CREATED};

    fn recorder() -> (Arc<Recorder>, usize, Receiver<Signal>) {
        Recorder::new("test", Arc::new(Mutex::new(Screen::none())), true)
    }

    #[test]
    fn a_callback_is_decoded_named_and_signalled() {
        let (recorder, context, signals) = recorder();
        recorder.expect("request");
        let mut handle = 0x77usize;
        let eight = u32::try_from(size_of::<usize>()).unwrap();
        let at = std::ptr::from_mut(&mut handle).cast();
        // SAFETY: arguments of the kind that the library passes.
        unsafe {
            callback(0x77 as HINTERNET, context, WINHTTP_CALLBACK_STATUS_HANDLE_CREATED, at, eight);
        }
        let other = std::thread::spawn(move || {
            let mut count = 5u32;
            let count = std::ptr::from_mut(&mut count).cast();
            // SAFETY: as above.
            unsafe {
                callback(0x77 as HINTERNET, context, WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE, count, 4);
            }
        });
        other.join().unwrap();
        assert_eq!(signals.try_recv(), Ok(Signal::Completed { status: 0x40000, count: 5 }));
        let (records, left_out) = recorder.take();
        assert_eq!(left_out, 0);
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].thread, Thread::Caller);
        assert_eq!(records[0].handle.name, "request");
        assert_eq!(records[1].thread, Thread::Other(1));
    }

    #[test]
    fn of_long_reading_the_beginning_and_the_end_are_kept() {
        let (recorder, _, _signals) = recorder();
        for _ in 0..KEPT {
            recorder.call(1, "WinHttpReadData", String::new());
            recorder.returned(1, "WinHttpReadData", "TRUE".to_owned(), 0);
        }
        recorder.call(1, "WinHttpCloseHandle", String::new());
        let (records, left_out) = recorder.take();
        assert_eq!(records.len() as u64 + left_out, 2 * KEPT as u64 + 1);
        assert_eq!(records.len(), KEPT + 2);
        assert!(matches!(records[KEPT - 1].what, What::Return { .. }));
        assert!(matches!(records[KEPT].what, What::Return { .. }));
    }

    #[test]
    fn a_context_of_nobody_is_left_alone() {
        for context in [0, usize::MAX] {
            // SAFETY: nothing is read for a context that is not known.
            unsafe { callback(std::ptr::null_mut(), context, 1, std::ptr::null_mut(), 0) };
        }
    }
}
