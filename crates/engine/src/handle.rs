//! Handle values and the table behind them.
//!
//! A handle is an index and a generation, never an address: a forged, stale or closed value finds nothing and
//! touches nothing. Slots stand in segments that never move; the generation is compared under the slot's own
//! lock, so a call costs one lock and no global one.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use crate::lock;
use crate::segments::Segments;
use crate::slot::{Inner, Slot};
use crate::sync::Mutex;

/// Bits of the index within a value.
const INDEX_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };
const INDEX_MASK: usize = (1usize << INDEX_BITS) - 1;
const GENERATION_MASK: usize = usize::MAX >> INDEX_BITS;

/// An `HINTERNET`: names a session, a connect or a request handle of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(NonZeroUsize);

impl Handle {
    /// The handle behind a raw value; `None` for 0 and -1, which are never handles.
    #[inline]
    pub fn from_raw(raw: usize) -> Option<Handle> {
        NonZeroUsize::new(raw).filter(|&raw| raw.get() != usize::MAX).map(Handle)
    }

    /// The value that stands for it in C.
    #[inline]
    pub fn raw(self) -> usize {
        self.0.get()
    }

    #[inline]
    fn join(index: usize, generation: u32) -> Handle {
        let raw = ((generation as usize & GENERATION_MASK) << INDEX_BITS) | (index + 1);
        Handle(NonZeroUsize::new(raw).expect("an index plus one is not 0"))
    }

    #[inline]
    fn index(self) -> Option<usize> {
        (self.raw() & INDEX_MASK).checked_sub(1)
    }

    #[inline]
    pub(crate) fn generation(self) -> u32 {
        (self.raw() >> INDEX_BITS) as u32
    }
}

/// What a handle names, with the numbers of `WINHTTP_OPTION_HANDLE_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleKind {
    /// From WinHttpOpen.
    Session = 1,
    /// From WinHttpConnect.
    Connect = 2,
    /// From WinHttpOpenRequest.
    Request = 3,
    /// From WinHttpCreateProxyResolver.
    ProxyResolver = 4,
    /// From WinHttpWebSocketCompleteUpgrade.
    WebSocket = 5,
}

/// The slot that a thread has freed last, for the next handle that it makes: a callback that closes its request and
/// opens the next one asks nobody.
mod kept {
    use std::cell::Cell;

    use crate::core::{core, life};
    use crate::slot::Slot;

    /// Not where generations are short, nor in the model, where it would hide nothing and show nothing.
    const KEEPS: bool = usize::BITS == 64 && !cfg!(shuttle);

    /// With the life of the process that it belongs to.
    struct Kept(Cell<Option<(usize, &'static Slot)>>);

    std::thread_local! {
        static KEPT: Kept = const { Kept(Cell::new(None)) };
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            if let Some((life, slot)) = self.0.take()
                && life == crate::core::life()
            {
                core().table.put_back(slot);
            }
        }
    }

    /// The one that is kept. A forked child's thread keeps one of its parent's, which is none here.
    #[inline]
    pub(super) fn take() -> Option<&'static Slot> {
        if !KEEPS {
            return None;
        }
        let kept = KEPT.try_with(|kept| kept.0.take()).ok().flatten();
        kept.filter(|(own, _)| *own == life()).map(|(_, slot)| slot)
    }

    /// Keeps a slot; gives it back where there is one already, or the thread ends.
    #[inline]
    pub(super) fn give(slot: &'static Slot) -> Option<&'static Slot> {
        if !KEEPS {
            return Some(slot);
        }
        let life = life();
        let taken = KEPT.try_with(|kept| match kept.0.get() {
            Some((own, _)) if own == life => false,
            _ => {
                kept.0.set(Some((life, slot)));
                true
            }
        });
        if taken == Ok(true) { None } else { Some(slot) }
    }
}

/// All slots of a process.
pub(crate) struct Table {
    slots: Segments<Slot>,
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    indices: VecDeque<usize>,
    grown: usize,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Table { slots: Segments::new(), free: Mutex::new(Free { indices: VecDeque::new(), grown: 0 }) }
    }

    /// A slot that nobody uses; `None` when there are a million handles.
    #[inline]
    pub(crate) fn vacant(&'static self) -> Option<&'static Slot> {
        kept::take().or_else(|| self.vacant_of_all())
    }

    fn vacant_of_all(&'static self) -> Option<&'static Slot> {
        let index = {
            let mut free = lock(&self.free);
            // Where generations are short an index rests as long as it can before it is used again.
            let reused = if usize::BITS == 64 { free.indices.pop_back() } else { free.indices.pop_front() };
            match reused {
                Some(index) => index,
                None if free.grown == Segments::<Slot>::LENGTH => return None,
                None => {
                    free.grown += 1;
                    free.grown - 1
                }
            }
        };
        self.slots.get_or_make(index, Slot::new)
    }

    /// The slot that a value points at, whatever lives there now.
    pub(crate) fn slot(&'static self, handle: Handle) -> Option<&'static Slot> {
        self.slots.get(handle.index()?)
    }

    /// The slot may be used again.
    #[inline]
    pub(crate) fn free(&self, slot: &'static Slot) {
        if let Some(slot) = kept::give(slot) {
            self.put_back(slot);
        }
    }

    /// For any thread.
    fn put_back(&self, slot: &Slot) {
        lock(&self.free).indices.push_back(slot.index);
    }

    /// Every slot that was ever in use.
    pub(crate) fn slots(&'static self) -> impl Iterator<Item = &'static Slot> {
        let grown = lock(&self.free).grown;
        (0..grown).filter_map(|index| self.slots.get(index))
    }

    /// The handle that [`Slot::occupy`] will make of a slot.
    pub(crate) fn upcoming(slot: &Slot, inner: &Inner) -> Handle {
        Handle::join(slot.index, Table::next(inner.generation))
    }

    pub(crate) fn name(slot: &Slot, generation: u32) -> Handle {
        Handle::join(slot.index, generation)
    }

    /// The generation after this one, never 0.
    pub(crate) fn next(generation: u32) -> u32 {
        let next = generation.wrapping_add(1) & GENERATION_MASK as u32;
        if next == 0 { 1 } else { next }
    }
}

#[cfg(all(test, not(shuttle), target_pointer_width = "64"))]
mod tests {
    use std::collections::HashSet;

    use crate::session::{Config, open};
    use crate::{Handle, close};

    fn opened_and_closed() -> Handle {
        let session = open(Config::default()).unwrap();
        close(session).unwrap();
        session
    }

    #[test]
    fn a_thread_uses_the_slot_that_it_freed_last_and_gives_it_back_at_its_end() {
        let mut indices = HashSet::new();
        for _ in 0..600 {
            let thread = std::thread::spawn(|| [opened_and_closed(), opened_and_closed()]);
            let [first, second] = thread.join().unwrap();
            assert_eq!(first.index(), second.index());
            assert_ne!(first.generation(), second.generation());
            indices.insert(first.index());
        }
        // Other tests take slots and free them meanwhile; 600 threads that kept theirs would have 600.
        assert!(indices.len() < 300, "{} slots for one handle at a time", indices.len());
    }

    #[test]
    fn what_a_thread_has_closed_is_no_handle_on_another() {
        let session = opened_and_closed();
        let again = open(Config::default()).unwrap();
        assert_eq!(session.index(), again.index());
        std::thread::spawn(move || {
            assert_eq!(close(session), Err(crate::Error::INVALID_HANDLE));
            close(again).unwrap();
        })
        .join()
        .unwrap();
    }
}
