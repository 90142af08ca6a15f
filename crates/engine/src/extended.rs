//! `WINHTTP_OPTION_EXTENDED_ERROR`: the network's own error behind the last failure, thread by thread.
//!
//! contract: options, the Winsock error behind the last `ERROR_WINHTTP_*` of this thread. It is noted where the network
//! answers: on the caller's thread for synchronous calls, on the thread of the callback otherwise.

use std::cell::Cell;
use std::io::{self, ErrorKind};

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// `WSAHOST_NOT_FOUND`: the name has no address.
pub(crate) const HOST_NOT_FOUND: u32 = 11_001;

/// The last network error of this thread as Winsock numbers it, 0 before any.
pub fn last() -> u32 {
    LAST.try_with(Cell::get).unwrap_or(0)
}

/// Notes a number of Winsock.
pub(crate) fn note(number: u32) {
    // A thread that is ending has nobody left to ask.
    let _ = LAST.try_with(|last| last.set(number));
}

/// Notes what the system said; what Winsock has no number for is `WSASYSCALLFAILURE`.
pub(crate) fn note_io(error: &io::Error) {
    note(match error.kind() {
        ErrorKind::PermissionDenied => 10_013,
        ErrorKind::AddrInUse => 10_048,
        ErrorKind::AddrNotAvailable => 10_049,
        ErrorKind::NetworkDown => 10_050,
        ErrorKind::NetworkUnreachable => 10_051,
        ErrorKind::ConnectionAborted => 10_053,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => 10_054,
        ErrorKind::NotConnected => 10_057,
        ErrorKind::TimedOut => 10_060,
        ErrorKind::ConnectionRefused => 10_061,
        ErrorKind::HostUnreachable => 10_065,
        _ => 10_107,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_its_own() {
        note_io(&ErrorKind::ConnectionRefused.into());
        assert_eq!(last(), 10_061);
        assert_eq!(std::thread::spawn(last).join().expect("a thread"), 0);
        note_io(&ErrorKind::Other.into());
        assert_eq!(last(), 10_107);
    }
}
