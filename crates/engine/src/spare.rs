//! What a thread keeps to lend again: boxes and buffers that one request has given back and another one takes.

use std::cell::RefCell;
#[cfg(not(shuttle))]
use std::thread::LocalKey;

#[cfg(shuttle)]
use shuttle::thread::LocalKey;

/// The calling thread's own.
pub(crate) type Spare<T> = RefCell<Vec<T>>;

/// One of them, where this thread has any. A thread that ends has none.
#[inline]
pub(crate) fn take<T: 'static>(spare: &'static LocalKey<Spare<T>>) -> Option<T> {
    spare.try_with(|spare| spare.borrow_mut().pop()).ok().flatten()
}

/// For the next one, unless there are so many already.
#[inline]
pub(crate) fn give<T: 'static>(spare: &'static LocalKey<Spare<T>>, thing: T, most: usize) {
    // A run of the model that is over ends its tasks where they stand, and with a task its thread's own.
    #[cfg(shuttle)]
    if std::thread::panicking() {
        return;
    }
    // During a thread's end there is nowhere to keep it, and no need to.
    let _ = spare.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < most {
            spare.push(thing);
        }
    });
}
