//! Room for the heads of requests, lent to one request after the other of a thread.
//!
//! A head stands there from its encoding until it has gone out. A request that waits for its reply or is read from
//! keeps none, so that ten thousand open ones cost ten thousand heads less.

use std::cell::RefCell;

use crate::spare::{self, Spare};
use crate::sync::thread_local;

/// As many are kept for a thread: what one batch of events may bring back before the first is taken again.
const KEPT: usize = 256;

/// Larger ones are freed, in bytes.
const LARGEST: usize = 4096;

thread_local! {
    static ROOMS: Spare<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room that nobody uses; without capacity where this thread has none.
pub(crate) fn take() -> Vec<u8> {
    spare::take(&ROOMS).unwrap_or_default()
}

/// Room for the next one.
pub(crate) fn give(room: Vec<u8>) {
    if room.capacity() <= LARGEST {
        spare::give(&ROOMS, room, KEPT);
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn room_comes_back_unless_there_is_enough_or_it_is_large() {
        assert_eq!(take().capacity(), 0);
        give(Vec::with_capacity(300));
        give(Vec::with_capacity(LARGEST + 1));
        assert!(take().capacity() >= 300);
        assert_eq!(take().capacity(), 0);
        for _ in 0..KEPT + 1 {
            give(Vec::with_capacity(10));
        }
        assert_eq!(std::iter::repeat_with(take).take_while(|room| room.capacity() > 0).count(), KEPT);
    }
}
