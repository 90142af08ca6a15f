//! Proxy resolver handles: a session's question for a proxy, answered by a notification.
//!
//! contract: api-behaviour section 33 and evidence (GETPROXYFORURL_COMPLETE): the call answers ERROR_IO_PENDING, the
//! notification carries the context given with the question, closing the handle cancels.

use winhttp_abi as abi;
use winhttp_proto::Mode;

use super::{Found, Question, find, of_machine};
use crate::core::{core, enter_as};
use crate::deliver;
use crate::slot::{Guard, Kind, Slot};
use crate::{Error, Handle, Payload};

/// `API_GET_PROXY_FOR_URL`.
const API: u32 = abi::API_GET_PROXY_FOR_URL;

/// What a question comes to.
type Answer = Result<Vec<Found>, Error>;

/// What lives behind such a handle.
#[derive(Default)]
pub(crate) struct ProxyResolver {
    /// The context of a question, and its answer once there is one, until it is told.
    pending: Option<(usize, Option<Answer>)>,
    /// The last answer that was told.
    found: Option<Vec<Found>>,
}

/// A notification that is due, with its context.
pub(crate) struct Due {
    pub(crate) context: usize,
    pub(crate) status: u32,
    pub(crate) payload: Payload<'static>,
}

impl ProxyResolver {
    /// Takes what is to be told; `closing` when the handle is closed meanwhile.
    pub(crate) fn take(&mut self, closing: bool) -> Option<Due> {
        let (context, answer) = self.pending.take()?;
        let answer = match answer {
            _ if closing => Err(Error(abi::ERROR_WINHTTP_OPERATION_CANCELLED)),
            Some(answer) => answer,
            None => {
                self.pending = Some((context, None));
                return None;
            }
        };
        Some(match answer {
            Ok(found) => {
                self.found = Some(found);
                let status = abi::WINHTTP_CALLBACK_STATUS_GETPROXYFORURL_COMPLETE;
                Due { context, status, payload: Payload::None }
            }
            Err(Error(error)) => {
                let status = abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR;
                Due { context, status, payload: Payload::AsyncResult { api: API, error } }
            }
        })
    }
}

/// Makes a resolver (contract: WinHttpCreateProxyResolver). HANDLE_CREATED is told before this returns.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`; `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE` for anything but an asynchronous session;
/// `ERROR_NOT_ENOUGH_MEMORY`.
pub fn create(session: Handle) -> Result<Handle, Error> {
    let core = core();
    let parent = core.table.slot(session).ok_or(Error::INVALID_HANDLE)?;
    let record = {
        let mut guard = parent.enter(session).ok_or(Error::INVALID_HANDLE)?;
        match &guard.kind {
            Kind::Session(session) if session.shared.mode == Mode::Asynchronous => {}
            _ => return Err(Error::INCORRECT_TYPE),
        }
        guard.door.made += 1;
        guard.door.record.clone()
    };
    let Some(slot) = core.table.vacant() else {
        deliver::child_gone(parent);
        return Err(Error::NOT_ENOUGH_MEMORY);
    };
    let mut guard = slot.lock();
    let resolver = Kind::Resolver(Box::default());
    let handle = slot.occupy(&mut guard, resolver, record, Some(parent));
    deliver::created(slot, guard);
    Ok(handle)
}

fn enter(handle: Handle) -> Result<(&'static Slot, Guard), Error> {
    enter_as(handle, |kind| matches!(kind, Kind::Resolver(_)))
}

/// Asks (contract: WinHttpGetProxyForUrlEx). `Ok` means that the answer is told later, on a thread of the library.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` (a question is
/// pending), those of [`Question::check`], `ERROR_NOT_ENOUGH_MEMORY`.
pub fn ask(resolver: Handle, question: &Question, context: usize) -> Result<(), Error> {
    drop(enter(resolver)?);
    question.check()?;
    // The settings are those of this moment. Looking them up takes no lock of ours.
    let settings = of_machine();
    core().reactor.start().map_err(|_| Error::NOT_ENOUGH_MEMORY)?;
    #[cfg(feature = "pac")]
    if question.waits(&settings) {
        pend(resolver, context, None)?;
        let started = core().pac().later(question.clone(), settings, resolver);
        if started.is_err()
            && let Ok((_, mut guard)) = enter(resolver)
            && let Kind::Resolver(resolver) = &mut guard.kind
        {
            resolver.pending = None;
        }
        return started;
    }
    let slot = pend(resolver, context, Some(find(question, &settings)))?;
    core().reactor.post(slot);
    Ok(())
}

fn pend(resolver: Handle, context: usize, answer: Option<Answer>) -> Result<&'static Slot, Error> {
    let (slot, mut guard) = enter(resolver)?;
    let Kind::Resolver(resolver) = &mut guard.kind else { return Err(Error::INCORRECT_TYPE) };
    if resolver.pending.is_some() {
        return Err(Error::INCORRECT_STATE);
    }
    resolver.pending = Some((context, answer));
    Ok(slot)
}

/// The answer to a question that had to wait, on a thread of the library.
#[cfg(feature = "pac")]
pub(super) fn answered(resolver: Handle, answer: Answer) {
    // A handle that was closed meanwhile has told so.
    let Ok((slot, mut guard)) = enter(resolver) else { return };
    if let Kind::Resolver(resolver) = &mut guard.kind
        && let Some((_, pending)) = &mut resolver.pending
    {
        *pending = Some(answer);
    }
    drop(guard);
    core().reactor.post(slot);
}

/// The answer that was told last, what is to be tried first in front (contract: WinHttpGetProxyResult).
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`; `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` before there is
/// one.
pub fn result(resolver: Handle) -> Result<Vec<Found>, Error> {
    let (_, guard) = enter(resolver)?;
    match &guard.kind {
        Kind::Resolver(resolver) => resolver.found.clone().ok_or(Error::INCORRECT_STATE),
        _ => Err(Error::INCORRECT_TYPE),
    }
}
