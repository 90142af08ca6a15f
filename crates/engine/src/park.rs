//! How a synchronous call waits: on its own socket and on a descriptor that others wake it by.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use winhttp_proto::clock::Moment;

use crate::lock;
use crate::sync::Mutex;
use crate::wire::Wire;
use crate::wire::cell::{ENDED, READABLE, WRITABLE};

/// Wakes one thread that waits in [`wait`].
pub(crate) struct Wake {
    bell: Bell,
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
    #[cfg(target_os = "linux")]
    fn new() -> io::Result<Wake> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Wake { bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)? })
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    fn new() -> io::Result<Wake> {
        let bell = rustix::pipe::pipe()?;
        for end in [&bell.0, &bell.1] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(end, true)?;
        }
        Ok(Wake { bell })
    }

    #[cfg(windows)]
    fn new() -> io::Result<Wake> {
        let bell = Bell::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        // From then on it hears nobody else.
        bell.connect(bell.local_addr()?)?;
        bell.set_nonblocking(true)?;
        Ok(Wake { bell })
    }

    /// The calling thread's own.
    pub(crate) fn mine() -> io::Result<Arc<Wake>> {
        thread_local! {
            /// In a forked child the parent's would be heard by both.
            static MINE: Mutex<Option<(usize, Arc<Wake>)>> = const { Mutex::new(None) };
        }
        let life = crate::core::life();
        let kept = MINE.try_with(|mine| -> io::Result<Arc<Wake>> {
            let mut mine = lock(mine);
            match &*mine {
                // Another request may still hold it for a moment: then it is not this call's alone.
                Some((made, wake)) if *made == life && Arc::strong_count(wake) == 1 => Ok(wake.clone()),
                _ => {
                    let wake = Arc::new(Wake::new()?);
                    *mine = Some((life, wake.clone()));
                    Ok(wake)
                }
            }
        });
        kept.unwrap_or_else(|_| Wake::new().map(Arc::new))
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
