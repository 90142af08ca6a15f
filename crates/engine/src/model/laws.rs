//! The invariants, checked at every callback and at the end of a run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use winhttp_abi as abi;

use super::{core, world};
use crate::core::me;
use crate::request::Completion;
use crate::slot::Kind;
use crate::{Error, Handle, Notice, Payload, Sink, Target};

/// A callback that runs.
#[derive(Debug)]
struct Frame {
    thread: u32,
    handle: Handle,
    informational: bool,
    began: u64,
}

/// A call that is under way.
#[derive(Debug)]
struct Running {
    thread: u32,
    handle: Handle,
    api: u32,
    began: u64,
}

/// One callback that has begun.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) thread: u32,
    pub(crate) handle: Handle,
    pub(crate) status: u32,
    /// The error's call and code, or the number told.
    pub(crate) detail: (u32, u32),
}

#[derive(Default)]
struct Book {
    clock: u64,
    frames: Vec<Frame>,
    calls: Vec<Running>,
    heard: Vec<Heard>,
    gone: Vec<Handle>,
    accepted: HashMap<(Handle, u32), u32>,
    completed: HashMap<(Handle, u32), u32>,
}

/// What a callback does, given what it was told.
type Act = dyn Fn(&'static Laws, &Heard) + Send + Sync;

/// Hears everything of a run, and lets its callbacks act.
pub(crate) struct Laws {
    book: Mutex<Book>,
    act: Box<Act>,
}

/// Whether the exchange waits for this callback.
fn informational(status: u32) -> bool {
    const COMPLETIONS: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING
        | abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED
        | abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE
        | abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE
        | abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE
        | abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE
        | abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR
        | abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE
        | abi::WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE
        | abi::WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE;
    COMPLETIONS & status == 0
}

/// Calls on a WebSocket are counted from here, in the order of `WINHTTP_WEB_SOCKET_OPERATION`.
const OF_SOCKETS: u32 = 0x10;

/// Which call a status completes.
fn completes(heard: &Heard) -> Option<u32> {
    Some(match heard.status {
        _ if heard.detail.0 >= OF_SOCKETS => heard.detail.0,
        abi::WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE => OF_SOCKETS + 2,
        abi::WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE => OF_SOCKETS + 3,
        abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE => 1,
        abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE => 2,
        abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE => 3,
        abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE => 4,
        abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE => 5,
        abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR => heard.detail.0,
        _ => return None,
    })
}

impl Laws {
    pub(crate) fn new(act: impl Fn(&'static Laws, &Heard) + Send + Sync + 'static) -> &'static Laws {
        // As long as the checker runs: a few hundred bytes for each run.
        Box::leak(Box::new(Laws { book: Mutex::default(), act: Box::new(act) }))
    }

    pub(crate) fn target(&'static self) -> Target {
        Target::Plain(self, 0)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an asynchronous call; `api` is its number.
    pub(crate) fn call(
        &self,
        handle: Handle,
        api: u32,
        call: impl FnOnce() -> Result<Completion, Error>,
    ) -> Result<Completion, Error> {
        {
            let mut book = self.book();
            book.clock += 1;
            let began = book.clock;
            book.calls.push(Running { thread: me(), handle, api, began });
        }
        let done = call();
        let mut book = self.book();
        let at = book.calls.iter().rposition(|call| call.thread == me() && call.handle == handle);
        book.calls.remove(at.expect("the call that was noted"));
        if done.is_ok() {
            *book.accepted.entry((handle, api)).or_default() += 1;
        }
        done
    }

    /// Closes; afterwards no buffer is on loan.
    pub(crate) fn close(&self, handle: Handle) -> bool {
        self.book().clock += 1;
        let closed = crate::close(handle).is_ok();
        if closed && let Some(slot) = core().table.slot(handle) {
            let mut guard = slot.lock();
            if guard.generation == handle.generation() {
                let lent = guard.driven().is_some_and(|request| request.lends());
                assert!(!lent, "I5: CloseHandle has returned and a buffer is on loan");
            }
        }
        closed
    }

    /// How often SendRequest was called.
    fn sends(&self, handle: Handle) -> usize {
        let book = self.book();
        let running = book.calls.iter().filter(|call| call.handle == handle && call.api == 5).count();
        running + book.accepted.get(&(handle, 5)).map_or(0, |accepted| *accepted as usize)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.book().heard.clone()
    }

    /// Waits until something has been heard.
    pub(crate) fn until(&self, what: impl Fn(&Heard) -> bool) -> Heard {
        world().wait(|_| self.book().heard.iter().find(|heard| what(heard)).cloned())
    }

    /// Waits until HANDLE_CLOSING of all of these has returned.
    pub(crate) fn until_gone(&self, handles: &[Handle]) {
        world().wait(|_| {
            let book = self.book();
            handles.iter().all(|handle| book.gone.contains(handle)).then_some(())
        });
    }

    /// The end of a run: every accepted call has completed once, and nothing of a handle is left.
    pub(crate) fn settled(&self, handles: &[Handle]) {
        self.until_gone(handles);
        {
            let book = self.book();
            assert_eq!(
                book.accepted, book.completed,
                "I2: one completion for each accepted call: {:?}",
                book.heard
            );
            assert!(book.frames.is_empty(), "I6");
            for handle in handles {
                let closings = |heard: &&Heard| {
                    heard.handle == *handle && heard.status == abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING
                };
                assert_eq!(book.heard.iter().filter(closings).count(), 1, "one HANDLE_CLOSING");
            }
        }
        for handle in handles {
            let Some(slot) = core().table.slot(*handle) else { continue };
            loop {
                let guard = slot.lock();
                if guard.generation != handle.generation() || matches!(guard.kind, Kind::Vacant) {
                    break;
                }
                drop(guard);
                shuttle::thread::yield_now();
            }
        }
    }

    fn begin(&self, heard: &Heard) {
        let mut book = self.book();
        book.clock += 1;
        let (thread, handle, status) = (heard.thread, heard.handle, heard.status);
        let closes = status == abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
        let sealed = |other: &Heard| {
            other.handle == handle && other.status == abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING
        };
        assert!(!book.heard.iter().any(sealed), "I4: {heard:?} after HANDLE_CLOSING");
        for frame in book.frames.iter().filter(|frame| frame.handle == handle) {
            assert!(!closes, "I3: HANDLE_CLOSING while {frame:?} runs");
            if frame.thread == thread {
                continue;
            }
            // What was taken first may begin second: there is no lock in between. Two that may run side by side are
            // a worker's completion and what a call brings about itself, in either order.
            let calls =
                |thread: u32| book.calls.iter().any(|call| call.thread == thread && call.handle == handle);
            if calls(thread) {
                assert!(!frame.informational || calls(frame.thread), "I3: {heard:?} beside {frame:?}");
            } else {
                let completes = !informational(status) && calls(frame.thread);
                assert!(completes, "I3: {heard:?} beside {frame:?}, and neither by a call");
            }
        }
        let nested = book.frames.iter().filter(|f| f.thread == thread && f.handle == handle).count();
        assert!(nested < 3, "I7: {heard:?} is {nested} deep");
        let error = status == abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR;
        let within = book.calls.iter().rev().find(|call| call.thread == thread);
        let innermost = book.frames.iter().rev().find(|frame| frame.thread == thread);
        if let Some(call) = within
            && call.handle == handle
            && innermost.is_none_or(|frame| frame.began < call.began)
        {
            // A session that is closed fails it at once, and what was closed inside that callback ends after it.
            assert!(call.api != 5 || error || closes, "{heard:?} inside SendRequest");
        }
        if let Some(api) = completes(heard) {
            *book.completed.entry((handle, api)).or_default() += 1;
        }
        let began = book.clock;
        book.heard.push(heard.clone());
        book.frames.push(Frame { thread, handle, informational: informational(status), began });
    }

    fn end(&self, heard: &Heard) {
        {
            let mut book = self.book();
            let at = book.frames.iter().rposition(|f| f.thread == heard.thread && f.handle == heard.handle);
            book.frames.remove(at.expect("the frame that was noted"));
            if heard.status == abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING {
                book.gone.push(heard.handle);
            }
        }
        world().change(|_| {});
    }
}

impl Sink for Laws {
    fn notify(&self, _token: usize, notice: Notice<'_>) {
        let detail = match notice.payload {
            Payload::Number(number) => (0, number),
            Payload::Buffer { length, .. } => (0, length),
            Payload::AsyncResult { api, error } => (api, error),
            Payload::SocketResult { operation, error } => (OF_SOCKETS + operation, error),
            Payload::SocketStatus { bytes, .. } => {
                let received = notice.status == abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE;
                (OF_SOCKETS + u32::from(received), bytes)
            }
            Payload::None | Payload::Text(_) | Payload::Handle(_) => (0, 0),
        };
        let heard = Heard { thread: me(), handle: notice.handle, status: notice.status, detail };
        if heard.status == abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE
            && let Some(slot) = core().table.slot(heard.handle)
        {
            // What is left of the call is its return; a call after it may be the one that is inside.
            // Nor does a close by another thread wait for it.
            let inside = |request: &mut crate::request::Request| {
                request.inside.is_some() && !request.exchange.closing()
            };
            let inside = slot.lock().driven().is_some_and(inside);
            let inside = inside && self.sends(heard.handle) == 1;
            assert!(!inside, "SENDREQUEST_COMPLETE before SendRequest has left");
        }
        self.begin(&heard);
        // Whoever waits for this has it now, and not when the callback returns.
        world().change(|_| {});
        if heard.status == abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE
            && let Some(slot) = core().table.slot(heard.handle)
        {
            // On a WebSocket a send may be under way, and the next receive of another thread.
            let lent = slot.lock().request().is_some_and(|request| request.lends());
            assert!(!lent, "I5: READ_COMPLETE while its buffer is on loan");
        }
        // SAFETY: every `Laws` is made by `new`, which leaks it.
        let this: &'static Laws = unsafe { &*std::ptr::from_ref(self) };
        (self.act)(this, &heard);
        self.end(&heard);
    }
}
