//! The sockets hickory speaks DNS over, as mio has them.

use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use hickory_resolver::net::runtime::{DnsTcpStream, DnsUdpSocket, RuntimeProvider, Time};
use mio::net::{TcpStream, UdpSocket};

use super::reactor::{Clock, Reactor, Watched};

/// How long a connection to a name server may take if hickory does not say.
const CONNECT: Duration = Duration::from_secs(5);

type Connecting = Pin<Box<dyn Future<Output = io::Result<Tcp>> + Send>>;
type Binding = Pin<Box<dyn Future<Output = io::Result<Udp>> + Send>>;

impl RuntimeProvider for Reactor {
    type Handle = Self;
    type Timer = Clock;
    type Udp = Udp;
    type Tcp = Tcp;

    fn create_handle(&self) -> Self {
        self.clone()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        wait: Option<Duration>,
    ) -> Connecting {
        let reactor = self.clone();
        Box::pin(async move {
            if local.is_some() {
                return Err(io::ErrorKind::Unsupported.into());
            }
            let socket = Tcp(reactor.watch(TcpStream::connect(server)?)?);
            let connected = async move {
                poll_fn(|cx| socket.poll_connected(cx)).await?;
                socket.0.socket().set_nodelay(true)?;
                Ok(socket)
            };
            Clock::timeout(wait.unwrap_or(CONNECT), connected).await?
        })
    }

    /// Binds and also connects: the kernel then drops what comes from elsewhere, and a server that is not there
    /// is noticed at once instead of after the time-out.
    fn bind_udp(&self, local: SocketAddr, server: SocketAddr) -> Binding {
        let reactor = self.clone();
        Box::pin(async move {
            let socket = UdpSocket::bind(local)?;
            socket.connect(server)?;
            Ok(Udp { socket: reactor.watch(socket)?, server })
        })
    }
}

/// A UDP socket for one server.
pub(super) struct Udp {
    socket: Watched<UdpSocket>,
    server: SocketAddr,
}

impl DnsUdpSocket for Udp {
    type Time = Clock;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.socket.poll_read(cx, |socket| socket.recv(buf)).map_ok(|length| (length, self.server))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], to: SocketAddr) -> Poll<io::Result<usize>> {
        if to != self.server {
            return Poll::Ready(Err(io::ErrorKind::InvalidInput.into()));
        }
        self.socket.poll_write(cx, |socket| socket.send(buf))
    }
}

/// A TCP connection to a server.
pub(super) struct Tcp(Watched<TcpStream>);

impl Tcp {
    fn poll_connected(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write(cx, |socket| {
            if let Some(error) = socket.take_error()? {
                return Err(error);
            }
            match socket.peer_addr() {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    Err(io::ErrorKind::WouldBlock.into())
                }
                done => done.map(drop),
            }
        })
    }
}

impl DnsTcpStream for Tcp {
    type Time = Clock;
}

impl AsyncRead for Tcp {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.0.poll_read(cx, |mut socket| socket.read(buf))
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, |mut socket| socket.write(buf))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.socket().shutdown(Shutdown::Write))
    }
}
