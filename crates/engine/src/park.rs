//! How a synchronous call waits: on its own socket and on a descriptor that others wake it by.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use winhttp_proto::clock::Moment;

use crate::wire::Wire;
use crate::wire::cell::{ENDED, READABLE, WRITABLE};

/// Wakes one thread that waits in [`wait`].
pub(crate) struct Wake {
    bell: Bell,
    /// In which life of the process it was made: in a forked child the parent's would be heard by both.
    life: usize,
}

thread_local! {
    /// From one call of this thread to the next; one that is inside has taken it.
    static MINE: Cell<Option<Arc<Wake>>> = const { Cell::new(None) };
}

/// What a thread polls beside its socket.
#[cfg(target_os = "linux")]
type Bell = std::os::fd::OwnedFd;
/// A pipe: its end to hear and its end to ring.
#[cfg(all(unix, not(target_os = "linux")))]
type Bell = (std::os::fd::OwnedFd, std::os::fd::OwnedFd);
/// Windows polls nothing but sockets: one that is connected to itself.
#[cfg(windows)]
type Bell = std::net::UdpSocket;

impl Wake {
    fn of(bell: Bell) -> Wake {
        Wake { bell, life: crate::core::life() }
    }

    #[cfg(target_os = "linux")]
    fn new() -> io::Result<Wake> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Wake::of(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    fn new() -> io::Result<Wake> {
        let bell = rustix::pipe::pipe()?;
        for end in [&bell.0, &bell.1] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(end, true)?;
        }
        Ok(Wake::of(bell))
    }

    #[cfg(windows)]
    fn new() -> io::Result<Wake> {
        let bell = Bell::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        // From then on it hears nobody else.
        bell.connect(bell.local_addr()?)?;
        bell.set_nonblocking(true)?;
        Ok(Wake::of(bell))
    }

    /// The calling thread's own, which nobody else has. [`Wake::keep`] is for when the call is over.
    pub(crate) fn mine() -> io::Result<Arc<Wake>> {
        let kept = MINE.try_with(Cell::take).ok().flatten();
        match kept.filter(|wake| wake.life == crate::core::life()) {
            Some(wake) => Ok(wake),
            None => Wake::new().map(Arc::new),
        }
    }

    /// For the thread's next call, unless somebody has it still, who may ring late.
    pub(crate) fn keep(wake: Arc<Wake>) {
        if Arc::strong_count(&wake) == 1 {
            // A thread that ends makes no further call.
            let _ = MINE.try_with(|mine| mine.set(Some(wake)));
        }
    }

    pub(crate) fn wake(&self) {
        // A full counter, pipe or socket is awake already.
        #[cfg(target_os = "linux")]
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
        #[cfg(all(unix, not(target_os = "linux")))]
        let _ = rustix::io::write(&self.bell.1, &[1]);
        #[cfg(windows)]
        let _ = self.bell.send(&[1]);
    }

    /// Takes back what was rung.
    fn hush(&self) {
        let mut scrap = [0u8; 64];
        #[cfg(unix)]
        let _ = rustix::io::read(self.heard(), &mut scrap);
        #[cfg(windows)]
        while self.bell.recv(&mut scrap).is_ok() {}
    }

    #[cfg(unix)]
    fn heard(&self) -> &std::os::fd::OwnedFd {
        #[cfg(target_os = "linux")]
        return &self.bell;
        #[cfg(not(target_os = "linux"))]
        return &self.bell.0;
    }

    #[cfg(windows)]
    fn heard(&self) -> &Bell {
        &self.bell
    }
}

/// Waits until the connection is ready, somebody wakes, or the deadline has come. What became ready is raised in the
/// connection's cell.
pub(crate) fn wait(wire: Option<&Wire>, wake: &Wake, now: Moment, deadline: Option<Moment>) {
    let timeout = deadline.map(|deadline| {
        let left = Duration::from_millis(deadline.0.saturating_sub(now.0).saturating_add(1));
        Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ }
    });
    let mut entries =
        [PollFd::new(wake.heard(), PollFlags::IN), PollFd::new(wake.heard(), PollFlags::empty())];
    let mut count = 1;
    if let Some(wire) = wire {
        let (read, write) = wire.waits();
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, read);
        flags.set(PollFlags::OUT, write);
        if !flags.is_empty() {
            entries[1] = PollFd::new(wire.socket(), flags);
            count = 2;
        }
    }
    // An interrupted poll is a wake without a reason: the caller looks and comes back.
    let _ = poll(&mut entries[..count], timeout.as_ref());
    if entries[0].revents().intersects(PollFlags::IN) {
        wake.hush();
    }
    if let (2, Some(wire)) = (count, wire) {
        // Windows answers IN and OUT with some of their bits.
        let seen = entries[1].revents();
        let mut bits = 0;
        if seen.intersects(PollFlags::IN) {
            bits |= READABLE;
        }
        if seen.intersects(PollFlags::OUT) {
            bits |= WRITABLE;
        }
        if seen.intersects(PollFlags::ERR | PollFlags::HUP) {
            bits |= ENDED | READABLE | WRITABLE;
        }
        wire.cell.raise(bits);
    }
}
