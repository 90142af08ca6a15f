//! A scripted HTTP server on the loopback interface, for tests.
//!
//! Two ways to say what it does: a [`Script`] lists, connection by connection, the exact bytes, pauses and endings;
//! [`Routes`] answers ordinary requests by path. Everything runs in plain threads, is bounded in number and time, and
//! ends when the [`Origin`] is dropped.
//!
//! ```
//! use winhttp_conformance::origin::{Conn, Origin, Script};
//! let origin = Origin::start(Script::new().conn(Conn::new().request().reply(200, "hello"))).unwrap();
//! assert!(origin.url().starts_with("http://localhost:"));
//! ```
#[cfg(feature = "tls")]
pub mod certificates;
mod http;
mod play;
mod script;
mod serve;
mod stream;
pub mod websocket;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use http::Received;
#[cfg(feature = "suite")]
pub(crate) use script::reply;
pub use script::{Conn, Script, Step};
pub use serve::{Answer, Body, Routes};

/// Most connections that one origin serves in its life; further ones are closed at once.
pub const MAX_CONNECTIONS: usize = 65_536;

/// Longest time that one step waits for its peer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the threads of one origin share.
pub(crate) struct Shared {
    stop: AtomicBool,
    asleep: Mutex<()>,
    wake: Condvar,
    accepted: AtomicUsize,
    received: Mutex<Vec<Received>>,
    raw: Mutex<Vec<Vec<u8>>>,
    frames: Mutex<Vec<websocket::Frame>>,
    players: Mutex<Vec<JoinHandle<()>>>,
}

/// A mutex whose poisoning does not matter: what it guards is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Sleeps, but wakes at once when the origin is being dropped. False when it was.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        let mut guard = lock(&self.asleep);
        while !self.stopping() {
            let now = Instant::now();
            if now >= end {
                return true;
            }
            guard = self.wake.wait_timeout(guard, end - now).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Whether the origin is being dropped.
    pub(crate) fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Keeps one request for [`Origin::requests`].
    pub(crate) fn record(&self, request: Received) {
        lock(&self.received).push(request);
    }

    /// Keeps one frame for [`Origin::frames`].
    pub(crate) fn record_frame(&self, frame: websocket::Frame) {
        lock(&self.frames).push(frame);
    }

    /// Keeps bytes as they came in on a connection, 1 MiB of each at most.
    pub(crate) fn record_raw(&self, connection: usize, bytes: &[u8]) {
        let mut raw = lock(&self.raw);
        if raw.len() <= connection {
            raw.resize(connection + 1, Vec::new());
        }
        if raw[connection].len() < 1 << 20 {
            raw[connection].extend_from_slice(bytes);
        }
    }
}

/// A running server. Dropping it closes its port and every connection, and joins its threads.
pub struct Origin {
    port: u16,
    secure: bool,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Origin {
    /// Starts a scripted server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound or no thread be started.
    pub fn start(script: Script) -> io::Result<Origin> {
        Self::reserve()?.start(script)
    }

    /// Starts a server that answers requests by path until it is dropped.
    ///
    /// # Errors
    /// As [`Origin::start`].
    pub fn serve(routes: Routes) -> io::Result<Origin> {
        Self::start(Script::new().every(Conn::new().serve(routes)))
    }

    /// Starts a server that answers requests by path over TLS.
    ///
    /// # Errors
    /// As [`Origin::start`].
    #[cfg(feature = "tls")]
    pub fn serve_tls(routes: Routes, tls: certificates::Offer) -> io::Result<Origin> {
        Self::start(Script::new().every(Conn::new().tls(tls).serve(routes)))
    }

    /// Takes a free port before the script is known, for scripts that name their own port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn reserve() -> io::Result<Reserved> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = listener.local_addr()?.port();
        Ok(Reserved { listener, port })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://localhost:PORT`, or `https://` when its first connection begins with TLS. No slash at the end.
    pub fn url(&self) -> String {
        format!("http{}://localhost:{}", if self.secure { "s" } else { "" }, self.port)
    }

    /// Every request read so far, in the order in which their heads were complete.
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// Every WebSocket frame read so far, in the order in which they were whole.
    pub fn frames(&self) -> Vec<websocket::Frame> {
        lock(&self.shared.frames).clone()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// The bytes that came in on one connection (counted from 0), decrypted, 1 MiB at most.
    pub fn bytes(&self, connection: usize) -> Vec<u8> {
        lock(&self.shared.raw).get(connection).cloned().unwrap_or_default()
    }

    /// Waits until at least `count` requests have been read; false when they did not come in time.
    pub fn wait_requests(&self, count: usize, time: Duration) -> bool {
        let end = Instant::now() + time;
        while lock(&self.shared.received).len() < count {
            if Instant::now() >= end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// A port of 127.0.0.1 that nothing listens on: connections to it are refused.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn closed_port() -> io::Result<u16> {
        Ok(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.local_addr()?.port())
    }
}

/// A port that is bound and not yet served.
pub struct Reserved {
    listener: TcpListener,
    port: u16,
}

impl Reserved {
    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts serving it.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(self, script: Script) -> io::Result<Origin> {
        let Reserved { listener, port } = self;
        let secure = script.is_secure();
        let script = Arc::new(script);
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            asleep: Mutex::new(()),
            wake: Condvar::new(),
            accepted: AtomicUsize::new(0),
            received: Mutex::new(Vec::new()),
            raw: Mutex::new(Vec::new()),
            frames: Mutex::new(Vec::new()),
            players: Mutex::new(Vec::new()),
        });
        let player = Arc::new(move |shared: &Shared, connection: usize, stream: TcpStream| {
            play::play(shared, connection, stream, script.connection(connection));
        });
        let inside = Arc::clone(&shared);
        let acceptor = std::thread::Builder::new().name("origin".into()).spawn(move || {
            accept(&listener, &inside, &player);
        })?;
        Ok(Origin { port, secure, shared, acceptor: Some(acceptor) })
    }
}

/// A port of 127.0.0.1 whose queue of connections is full: a further connection is neither taken nor refused (Linux
/// and macOS; Windows refuses it).
pub struct Full {
    port: u16,
    _held: Vec<socket2::Socket>,
}

impl Full {
    /// Binds a port and fills its queue.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn start() -> io::Result<Full> {
        use socket2::{Domain, Socket, Type};
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        listener.listen(0)?;
        let address = listener.local_addr()?;
        let port = address.as_socket().map_or(0, |a| a.port());
        let mut held = Vec::new();
        for _ in 0..8 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_nonblocking(true)?;
            // In progress is what it will be and stay.
            let _ = socket.connect(&address);
            held.push(socket);
        }
        held.push(listener);
        Ok(Full { port, _held: held })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        {
            let _guard = lock(&self.shared.asleep);
            self.shared.stop.store(true, Ordering::SeqCst);
        }
        self.shared.wake.notify_all();
        // Frees the acceptor from accept(); whether it could be reached no longer matters.
        let _ = TcpStream::connect_timeout(
            &SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            Duration::from_secs(1),
        );
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        let players = std::mem::take(&mut *lock(&self.shared.players));
        for player in players {
            let _ = player.join();
        }
    }
}

fn accept<F>(listener: &TcpListener, shared: &Arc<Shared>, player: &Arc<F>)
where
    F: Fn(&Shared, usize, TcpStream) + Send + Sync + 'static,
{
    for stream in listener.incoming() {
        if shared.stopping() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let connection = shared.accepted.fetch_add(1, Ordering::SeqCst);
        if connection >= MAX_CONNECTIONS {
            continue;
        }
        let (shared, player) = (Arc::clone(shared), Arc::clone(player));
        let keep = Arc::clone(&shared);
        let started = std::thread::Builder::new().name(format!("origin {connection}")).spawn(move || {
            let _ = stream.set_nodelay(true);
            player(&shared, connection, stream);
        });
        if let Ok(handle) = started {
            let mut players = lock(&keep.players);
            players.retain(|p| !p.is_finished());
            players.push(handle);
        }
    }
}
