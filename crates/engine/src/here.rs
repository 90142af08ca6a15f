//! What the engine keeps for a thread, in one place, so that one look finds all of it.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use winhttp_proto::clock::Moment;

use crate::slot::Slot;
use crate::sync::thread_local;

/// Callbacks of one request on one thread's stack (contract: notifications R5, three deep since Windows 7).
const NESTED: usize = 3;
/// Callbacks of all requests on one thread's stack.
const NESTED_ALL: usize = 32;

/// The calling thread.
pub(crate) struct Here {
    /// Its number, once it was asked for.
    number: Cell<Option<NonZeroU32>>,
    /// The seat that the reactor gave it, in which life of the process; 0 for a thread that is not the reactor's.
    seat: Cell<u32>,
    life: Cell<usize>,
    /// How slow the request is whose turn this thread takes aside, and until when that turn is quick.
    aside: Cell<(u8, Moment)>,
    /// How many callbacks are on its stack.
    depth: Cell<usize>,
    /// Whose they are; of more than [`NESTED_ALL`] only the number is known.
    slots: [Cell<usize>; NESTED_ALL],
}

thread_local! {
    static HERE: Here = const {
        Here {
            number: Cell::new(None),
            seat: Cell::new(0),
            life: Cell::new(0),
            aside: Cell::new((0, Moment(0))),
            depth: Cell::new(0),
            slots: [const { Cell::new(0) }; NESTED_ALL],
        }
    };
}

/// Looks the calling thread up.
#[inline]
pub(crate) fn with<T>(body: impl FnOnce(&Here) -> T) -> T {
    // Plain numbers: they can be looked at while a thread ends.
    HERE.with(body)
}

impl Here {
    /// A number for this thread, unique in the process.
    #[inline]
    pub(crate) fn number(&self) -> NonZeroU32 {
        self.number.get().unwrap_or_else(|| self.take_number())
    }

    #[cold]
    fn take_number(&self) -> NonZeroU32 {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = NonZeroU32::MIN.saturating_add(LAST.fetch_add(1, Ordering::Relaxed));
        self.number.set(Some(number));
        number
    }

    /// This thread's seat; 0 for one that is not the reactor's. A thread that forked inside a callback has none in the
    /// child.
    #[inline]
    pub(crate) fn seat(&self) -> u32 {
        if self.life.get() == crate::core::life() { self.seat.get() } else { 0 }
    }

    /// The reactor gives this thread a seat.
    pub(crate) fn sit(&self, seat: u32) {
        self.life.set(crate::core::life());
        self.seat.set(seat);
    }

    /// What a request that is opened now takes over: one that a slow callback opens is as slow as the callback's own.
    #[inline]
    pub(crate) fn slowness(&self, leader: u32) -> u8 {
        let seat = self.seat();
        if seat == 0 || seat == leader || self.depth.get() == 0 {
            return 0;
        }
        match self.aside.get() {
            (slow, quick) if slow > 0 && crate::core::core().now() <= quick => slow,
            // A callback on a thread that does not lead any more has overstayed.
            _ => crate::reactor::SLOW,
        }
    }

    /// The thread takes the turn of a slow request, 0 when it is over; until when it is quick.
    pub(crate) fn take_aside(&self, slow: u8, quick: Moment) {
        self.aside.set((slow, quick));
    }

    /// Whether no further callback of this slot may be put onto this stack.
    #[inline]
    pub(crate) fn too_deep(&self, slot: &Slot) -> bool {
        // Fewer than NESTED callbacks cannot be too many of one request.
        self.depth.get() >= NESTED && self.full(slot)
    }

    fn full(&self, slot: &Slot) -> bool {
        let depth = self.depth.get();
        depth >= NESTED_ALL
            || self
                .slots
                .get(..depth)
                .is_none_or(|slots| slots.iter().filter(|index| index.get() == slot.index).count() >= NESTED)
    }

    /// A callback of this slot begins. Returns how many there were before.
    #[inline]
    pub(crate) fn descend(&self, slot: &Slot) -> usize {
        let depth = self.depth.get();
        if let Some(place) = self.slots.get(depth) {
            place.set(slot.index);
        }
        self.depth.set(depth + 1);
        depth
    }

    /// It has returned: there are as many as before.
    #[inline]
    pub(crate) fn ascend(&self, before: usize) {
        self.depth.set(before);
    }
}
