//! A slot: one handle's lock and everything under it.

use std::num::NonZeroU32;

use crate::connect::Connect;
use crate::handle::Table;
use crate::here::Here;
use crate::lock;
use crate::proxy::resolver::ProxyResolver;
use crate::request::Request;
use crate::session::Session;
use crate::sink::Record;
use crate::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use crate::sync::{Mutex, MutexGuard, slot_lock, try_lock};
use crate::{Handle, HandleKind};

/// Where a handle lives. It never moves and is used again by later handles.
pub(crate) struct Slot {
    pub(crate) index: usize,
    /// It stands in the run queue.
    pub(crate) queued: AtomicBool,
    /// It is slow: so many turns in a row still have to be quick until the thread that polls takes it again.
    pub(crate) slow: AtomicU8,
    /// How many of the handles that were made from the one that lives here are gone.
    gone: AtomicU32,
    /// HANDLE_CLOSING waits for the others: whoever goes looks whether it is due.
    awaits: AtomicBool,
    inner: Mutex<Inner>,
}

pub(crate) type Guard = MutexGuard<'static, Inner>;

/// What the lock guards.
pub(crate) struct Inner {
    pub(crate) generation: u32,
    /// Calls with the handle's value are answered; ends with CloseHandle.
    pub(crate) live: bool,
    pub(crate) door: Door,
    pub(crate) kind: Kind,
    /// The request that lived here before, for its buffers.
    pub(crate) spare: Option<Box<Request>>,
}

/// What lives in a slot.
#[derive(Default)]
#[repr(u8)]
pub(crate) enum Kind {
    #[default]
    Vacant,
    Session(Session),
    Connect(Connect),
    Request(Box<Request>),
    /// An exchange on an upgraded connection.
    Socket(Box<Request>),
    Resolver(Box<ProxyResolver>),
}

/// What every kind of handle has to do with callbacks.
#[derive(Default)]
pub(crate) struct Door {
    pub(crate) record: Record,
    /// Callbacks of this handle that run now, on all threads.
    pub(crate) frames: u32,
    /// The thread inside an informational callback.
    pub(crate) holder: Option<NonZeroU32>,
    /// Something was left to do; whoever is waited for looks here.
    pub(crate) again: bool,
    /// Handles that were made from this one; [`Slot::gone`] says of how many HANDLE_CLOSING has returned.
    pub(crate) made: u32,
    pub(crate) parent: Option<&'static Slot>,
    /// HANDLE_CLOSING is due (handles without an exchange).
    pub(crate) closing: bool,
    /// HANDLE_CLOSING is being told: nothing follows.
    pub(crate) sealed: bool,
}

impl Door {
    /// A callback begins, the last one if it `closes`. Returns the thread that was inside an informational one before.
    #[inline(always)]
    pub(crate) fn enter(&mut self, here: &Here, informational: bool, closes: bool) -> Option<NonZeroU32> {
        let before = self.holder;
        if informational {
            self.holder = Some(here.number());
        }
        self.frames += 1;
        self.sealed = closes;
        before
    }
}

impl Slot {
    pub(crate) fn new(index: usize) -> Self {
        Slot {
            index,
            queued: AtomicBool::new(false),
            slow: AtomicU8::new(0),
            gone: AtomicU32::new(0),
            awaits: AtomicBool::new(false),
            inner: slot_lock(Inner {
                generation: 0,
                live: false,
                door: Door::default(),
                kind: Kind::Vacant,
                spare: None,
            }),
        }
    }

    /// Locks it for a call with `handle`; `None` when the value is stale.
    #[inline]
    pub(crate) fn enter(&'static self, handle: Handle) -> Option<Guard> {
        let inner = lock(&self.inner);
        (inner.live && inner.generation == handle.generation()).then_some(inner)
    }

    /// Locks it for whatever lives here.
    #[inline]
    pub(crate) fn lock(&'static self) -> Guard {
        lock(&self.inner)
    }

    /// Locks it unless somebody else has.
    pub(crate) fn try_lock(&'static self) -> Option<Guard> {
        try_lock(&self.inner)
    }

    /// Whether this call is the one that puts it into the run queue.
    pub(crate) fn claim_place(&self) -> bool {
        !self.queued.swap(true, Ordering::AcqRel)
    }

    /// Whether handles made from this one are still there. If so, the last of them finds that somebody waits.
    pub(crate) fn has_children(&self, inner: &Inner) -> bool {
        let left = || inner.door.made != self.gone.load(Ordering::SeqCst);
        if !left() {
            return false;
        }
        // In one order with `child_gone`: either the child sees this, or this sees the child.
        self.awaits.store(true, Ordering::SeqCst);
        left()
    }

    /// HANDLE_CLOSING of a handle that was made from this one has returned. Whether that is waited for.
    pub(crate) fn child_gone(&self) -> bool {
        self.gone.fetch_add(1, Ordering::SeqCst);
        self.awaits.load(Ordering::SeqCst)
    }

    /// Moves something in; the handle is valid from now on.
    pub(crate) fn occupy(
        &'static self,
        inner: &mut Inner,
        kind: Kind,
        record: Record,
        parent: Option<&'static Slot>,
    ) -> Handle {
        self.gone.store(0, Ordering::Relaxed);
        self.awaits.store(false, Ordering::Relaxed);
        inner.generation = Table::next(inner.generation);
        inner.live = true;
        inner.kind = kind;
        inner.door = Door { record, parent, ..Door::default() };
        Table::name(self, inner.generation)
    }
}

impl Inner {
    /// The handle that lives here.
    pub(crate) fn handle(&self, slot: &Slot) -> Handle {
        Table::name(slot, self.generation)
    }

    pub(crate) fn kind_of(&self) -> Option<HandleKind> {
        match self.kind {
            Kind::Vacant => None,
            Kind::Session(_) => Some(HandleKind::Session),
            Kind::Connect(_) => Some(HandleKind::Connect),
            Kind::Request(_) => Some(HandleKind::Request),
            Kind::Socket(_) => Some(HandleKind::WebSocket),
            Kind::Resolver(_) => Some(HandleKind::ProxyResolver),
        }
    }

    pub(crate) fn request(&mut self) -> Option<&mut Request> {
        match &mut self.kind {
            Kind::Request(request) => Some(request),
            _ => None,
        }
    }

    /// What has an exchange: a request or a WebSocket.
    pub(crate) fn driven(&mut self) -> Option<&mut Request> {
        match &mut self.kind {
            Kind::Request(request) | Kind::Socket(request) => Some(request),
            _ => None,
        }
    }

    /// Both parts at once, for the delivery.
    pub(crate) fn door_and_request(&mut self) -> Option<(&mut Door, &mut Request)> {
        match &mut self.kind {
            Kind::Request(request) | Kind::Socket(request) => Some((&mut self.door, request)),
            _ => None,
        }
    }
}
