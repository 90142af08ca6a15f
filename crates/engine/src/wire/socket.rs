//! The system calls on a connection's socket, which never wait.
//!
//! On POSIX systems they go to the system at once. On Windows they go through mio: it imitates edges there, and a
//! socket is watched again only after mio itself has seen that it would have had to wait.

use std::io::{self, IoSlice, Read, Write};

use mio::net::TcpStream;

/// The socket alone.
pub(super) struct Bare<'a>(pub(super) &'a TcpStream);

/// The socket, and whether a read is known to bring nothing before the reactor hears of it: then it is spared.
pub(super) struct Heard<'a> {
    pub(super) socket: Bare<'a>,
    pub(super) dry: bool,
}

/// The socket that is going to be closed: what is written goes out with the end of the connection, in one packet where the
/// system can do that.
pub(super) struct Last<'a>(pub(super) &'a TcpStream);

impl Write for Last<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        send_last(self.0, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the reactor hears of what comes after a read that was not filled. Where it does not, only a read that would
/// wait lets it listen again.
pub(super) const HEARD_AFTER_SHORT: bool = cfg!(unix);

impl Write for Bare<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        send(self.0, bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        send_all(self.0, slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Bare<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        receive(self.0, room)
    }
}

impl Read for Heard<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.dry {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = self.socket.read(room);
        self.dry = match &read {
            Ok(bytes) => *bytes > 0 && *bytes < room.len() && HEARD_AFTER_SHORT,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        read
    }
}

impl Write for Heard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
pub(super) use posix::{keep_alive, quiet, send_all};
#[cfg(unix)]
use posix::{receive, send, send_last};
#[cfg(windows)]
pub(super) use windows::{keep_alive, quiet, send_all};
#[cfg(windows)]
use windows::{receive, send, send as send_last};

#[cfg(unix)]
mod posix {
    use std::io::{self, IoSlice};
    use std::time::Duration;

    use super::super::KeepAlive;
    use mio::net::TcpStream;
    use rustix::io::Errno;
    use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};

    /// A library may not leave it to the application to ignore SIGPIPE. Where there is no such flag, mio has set
    /// `SO_NOSIGPIPE` on the socket.
    #[cfg(not(target_vendor = "apple"))]
    const QUIET: SendFlags = SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT);
    #[cfg(target_vendor = "apple")]
    const QUIET: SendFlags = SendFlags::DONTWAIT;

    /// Seconds: Linux takes no more.
    const LONGEST: u64 = 32_767;

    pub(super) fn receive(socket: &TcpStream, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::net::recv(socket, &mut room[..], RecvFlags::DONTWAIT) {
                Err(Errno::INTR) => {}
                received => return Ok(received.map(|(bytes, _)| bytes)?),
            }
        }
    }

    pub(super) fn send(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        send_with(socket, bytes, QUIET)
    }

    /// The system may keep it back until more is sent or the socket is closed.
    pub(super) fn send_last(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const FLAGS: SendFlags = QUIET.union(SendFlags::MORE);
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const FLAGS: SendFlags = QUIET;

        send_with(socket, bytes, FLAGS)
    }

    fn send_with(socket: &TcpStream, bytes: &[u8], flags: SendFlags) -> io::Result<usize> {
        loop {
            match rustix::net::send(socket, bytes, flags) {
                Err(Errno::INTR) => {}
                sent => return Ok(sent?),
            }
        }
    }

    /// Several pieces with one system call.
    pub(in super::super) fn send_all(socket: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match rustix::net::sendmsg(socket, slices, &mut SendAncillaryBuffer::default(), QUIET) {
                Err(Errno::INTR) => {}
                sent => return Ok(sent?),
            }
        }
    }

    /// Lets the system ask a silent peer; it counts whole seconds.
    pub(in super::super) fn keep_alive(socket: &TcpStream, wanted: KeepAlive) -> io::Result<()> {
        use rustix::net::sockopt;

        sockopt::set_socket_keepalive(socket, true)?;
        let seconds = |time: u32| Duration::from_secs(u64::from(time).div_ceil(1000).min(LONGEST));
        if wanted.idle > 0 {
            sockopt::set_tcp_keepidle(socket, seconds(wanted.idle))?;
        }
        if wanted.interval > 0 {
            sockopt::set_tcp_keepintvl(socket, seconds(wanted.interval))?;
        }
        Ok(())
    }

    /// Whether nothing has come in, no end either.
    pub(in super::super) fn quiet(socket: &TcpStream) -> bool {
        let mut byte = [0u8; 1];
        let peeked = rustix::net::recv(socket, &mut byte[..], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        matches!(peeked, Err(Errno::WOULDBLOCK))
    }
}

#[cfg(windows)]
mod windows {
    use std::io::{self, ErrorKind, IoSlice, Read, Write};

    use mio::net::TcpStream;

    pub(super) fn receive(mut socket: &TcpStream, room: &mut [u8]) -> io::Result<usize> {
        socket.read(room)
    }

    pub(super) fn send(mut socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        socket.write(bytes)
    }

    /// Several pieces with one system call.
    pub(in super::super) fn send_all(mut socket: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        socket.write_vectored(slices)
    }

    /// The DLL is there to be compared, and no case looks at keep-alive: the option has no effect in it.
    pub(in super::super) fn keep_alive(
        _socket: &TcpStream,
        _wanted: super::super::KeepAlive,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Whether nothing has come in, no end either.
    pub(in super::super) fn quiet(socket: &TcpStream) -> bool {
        matches!(socket.peek(&mut [0u8; 1]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}
