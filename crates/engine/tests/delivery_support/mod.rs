//! An application that writes down everything it hears, and a server that does what a test says.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use winhttp_engine::request::{self, Completion, Send};
use winhttp_engine::{Error, Handle, Loan, Notice, Payload, Sink, Target, callback, connect, session};

pub(crate) use winhttp_abi as abi;

/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const RESOLVING: u32 = abi::WINHTTP_CALLBACK_STATUS_RESOLVING_NAME;
pub(crate) const RESOLVED: u32 = abi::WINHTTP_CALLBACK_STATUS_NAME_RESOLVED;
pub(crate) const CONNECTING: u32 = abi::WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER;
pub(crate) const CONNECTED: u32 = abi::WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER;
pub(crate) const SENDING: u32 = abi::WINHTTP_CALLBACK_STATUS_SENDING_REQUEST;
pub(crate) const REQUEST_SENT: u32 = abi::WINHTTP_CALLBACK_STATUS_REQUEST_SENT;
pub(crate) const RECEIVING: u32 = abi::WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE;
pub(crate) const RECEIVED: u32 = abi::WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED;
pub(crate) const CONNECTION_CLOSING: u32 = abi::WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION;
pub(crate) const CONNECTION_CLOSED: u32 = abi::WINHTTP_CALLBACK_STATUS_CONNECTION_CLOSED;
pub(crate) const CREATED: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CREATED;
pub(crate) const CLOSING: u32 = abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING;
pub(crate) const REDIRECT: u32 = abi::WINHTTP_CALLBACK_STATUS_REDIRECT;
pub(crate) const HEADERS: u32 = abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE;
pub(crate) const DATA: u32 = abi::WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE;
pub(crate) const READ: u32 = abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE;
pub(crate) const WRITTEN: u32 = abi::WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE;
pub(crate) const ERROR: u32 = abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR;
pub(crate) const SENT: u32 = abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE;

/// The call numbers of REQUEST_ERROR.
pub(crate) const API_RECEIVE: u32 = 1;
pub(crate) const API_QUERY: u32 = 2;
pub(crate) const API_READ: u32 = 3;
pub(crate) const API_WRITE: u32 = 4;
pub(crate) const API_SEND: u32 = 5;

pub(crate) const CANCELLED: u32 = abi::ERROR_WINHTTP_OPERATION_CANCELLED;

/// One callback.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) thread: ThreadId,
    pub(crate) handle: Handle,
    pub(crate) context: usize,
    pub(crate) status: u32,
    pub(crate) text: String,
    /// A number, a count of bytes, or the call of an error.
    pub(crate) number: u32,
    pub(crate) error: u32,
    pub(crate) address: usize,
    pub(crate) bytes: Vec<u8>,
}

type Act = Box<dyn Fn(&App, &Heard) + std::marker::Send + Sync>;

/// The application.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    heard: Mutex<Vec<Heard>>,
    more: Condvar,
    act: Act,
    failed: AtomicBool,
}

/// An assertion inside a callback fails the test and not only the request.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

struct Ear(App);

impl Sink for Ear {
    fn notify(&self, _token: usize, notice: Notice<'_>) {
        let mut heard = Heard {
            thread: std::thread::current().id(),
            handle: notice.handle,
            context: notice.context,
            status: notice.status,
            text: String::new(),
            number: 0,
            error: 0,
            address: 0,
            bytes: Vec::new(),
        };
        match notice.payload {
            Payload::Text(text) => heard.text = text.to_owned(),
            Payload::Number(number) => heard.number = number,
            Payload::Buffer { address, length, owned } => {
                heard.address = address;
                heard.number = length;
                heard.bytes = owned.map(|bytes| bytes.take()[..length as usize].to_vec()).unwrap_or_default();
            }
            Payload::AsyncResult { api, error } => (heard.number, heard.error) = (api, error),
            // The buffer type stands where errors do.
            Payload::SocketStatus { bytes, buffer_type, owned } => {
                (heard.number, heard.error) = (bytes, buffer_type);
                heard.bytes =
                    owned.map(|buffer| buffer.take()[..bytes as usize].to_vec()).unwrap_or_default();
            }
            Payload::SocketResult { operation, error } => {
                (heard.number, heard.error) = (operation, error);
                "of a WebSocket".clone_into(&mut heard.text);
            }
            Payload::None | Payload::Handle(_) => {}
        }
        self.0.0.heard.lock().unwrap().push(heard.clone());
        self.0.0.more.notify_all();
        let _alarm = Alarm(&self.0.0.failed);
        (self.0.0.act)(&self.0, &heard);
    }
}

impl App {
    /// An application that only listens.
    pub(crate) fn new() -> App {
        App::acting(|_, _| {})
    }

    /// An application whose callback does something.
    pub(crate) fn acting(act: impl Fn(&App, &Heard) + std::marker::Send + Sync + 'static) -> App {
        App(Arc::new(Shared {
            heard: Mutex::default(),
            more: Condvar::new(),
            act: Box::new(act),
            failed: AtomicBool::new(false),
        }))
    }

    pub(crate) fn target(&self) -> Target {
        Target::Shared(Arc::new(Ear(self.clone())))
    }

    /// A session that this application hears.
    pub(crate) fn session(&self, asynchronous: bool) -> Handle {
        let config = session::Config { agent: "delivery".into(), asynchronous, ..Default::default() };
        let session = session::open(config).unwrap();
        callback::set(session, Some(self.target()), abi::WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS).unwrap();
        callback::set_context(session, 0x5E55).unwrap();
        session
    }

    pub(crate) fn all(&self) -> Vec<Heard> {
        self.0.heard.lock().unwrap().clone()
    }

    /// How much has been heard so far.
    pub(crate) fn mark(&self) -> usize {
        self.0.heard.lock().unwrap().len()
    }

    /// Statuses of one handle since a mark.
    pub(crate) fn statuses(&self, handle: Handle, since: usize) -> Vec<u32> {
        self.all()[since..].iter().filter(|heard| heard.handle == handle).map(|heard| heard.status).collect()
    }

    /// Waits until something is heard.
    pub(crate) fn until(&self, what: impl Fn(&Heard) -> bool) -> Heard {
        let end = Instant::now() + PATIENCE;
        let mut heard = self.0.heard.lock().unwrap();
        loop {
            if let Some(found) = heard.iter().find(|heard| what(heard)) {
                return found.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not heard; but: {heard:#?}");
            heard = self.0.more.wait_timeout(heard, left).unwrap().0;
        }
    }

    /// Waits for a status of a handle.
    pub(crate) fn wait(&self, handle: Handle, status: u32) -> Heard {
        self.until(|heard| heard.handle == handle && heard.status == status)
    }

    /// Waits for a status of a handle, heard since a mark.
    pub(crate) fn wait_since(&self, mark: usize, handle: Handle, status: u32) -> Heard {
        self.wait_any_since(mark, handle, &[status])
    }

    /// Waits for one of several statuses of a handle, heard since a mark.
    pub(crate) fn wait_any_since(&self, mark: usize, handle: Handle, statuses: &[u32]) -> Heard {
        let end = Instant::now() + PATIENCE;
        let mut heard = self.0.heard.lock().unwrap();
        loop {
            let fits = |heard: &&Heard| heard.handle == handle && statuses.contains(&heard.status);
            if let Some(found) = heard[mark..].iter().find(fits) {
                return found.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{statuses:x?} not heard; but: {heard:#?}");
            heard = self.0.more.wait_timeout(heard, left).unwrap().0;
        }
    }

    pub(crate) fn count(&self, handle: Handle, status: u32) -> usize {
        self.all().iter().filter(|heard| heard.handle == handle && heard.status == status).count()
    }

    /// Closes in this order and waits for every HANDLE_CLOSING; each comes once and last.
    pub(crate) fn close_all(&self, handles: &[Handle]) {
        for &handle in handles {
            // It may be closed already.
            let _ = winhttp_engine::close(handle);
        }
        self.gone(handles);
    }

    pub(crate) fn gone(&self, handles: &[Handle]) {
        assert!(!self.0.failed.load(Ordering::SeqCst), "a callback has failed");
        for &handle in handles {
            self.wait(handle, CLOSING);
            assert_eq!(self.count(handle, CLOSING), 1);
            let last = self.all().into_iter().rfind(|heard| heard.handle == handle).unwrap();
            assert_eq!(last.status, CLOSING, "nothing follows HANDLE_CLOSING");
        }
    }
}

/// The usual application: everything from inside the callback.
pub(crate) fn usual(_app: &App, heard: &Heard) {
    match heard.status {
        SENT => drop(request::receive(heard.handle).map(drop)),
        HEADERS => drop(query(heard.handle).map(drop)),
        DATA if heard.number > 0 => drop(read(heard.handle, heard.number as usize).map(drop)),
        READ if heard.number > 0 => drop(query(heard.handle).map(drop)),
        _ => {}
    }
}

pub(crate) fn link(session: Handle, port: u16) -> Handle {
    connect::connect(session, "127.0.0.1", port).unwrap()
}

pub(crate) fn get(connect: Handle, path: &str) -> Handle {
    request::open(connect, &request::Config { target: path.into(), ..Default::default() }).unwrap()
}

pub(crate) fn send(handle: Handle) -> Result<Completion, Error> {
    send_total(handle, 0)
}

pub(crate) fn send_total(handle: Handle, total: u32) -> Result<Completion, Error> {
    request::send(handle, Send { headers: Vec::new(), optional: None, total, context: 0 })
}

pub(crate) fn query(handle: Handle) -> Result<Completion, Error> {
    request::query_data(handle, &mut |_| {})
}

pub(crate) fn read(handle: Handle, bytes: usize) -> Result<Completion, Error> {
    request::read(handle, Loan::owned(vec![0; bytes].into_boxed_slice()), &mut |_| {})
}

pub(crate) fn write(handle: Handle, bytes: &[u8]) -> Result<Completion, Error> {
    request::write(handle, Loan::owned(bytes.into()), &mut |_| {})
}

pub(crate) fn me() -> ThreadId {
    std::thread::current().id()
}

/// A server that gives every connection to `talk`, each on a thread of its own.
pub(crate) fn serve(talk: impl Fn(TcpStream) + std::marker::Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = Arc::new(talk);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}

/// Reads one head; `None` at the end of the connection.
pub(crate) fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8(head).unwrap())
}

/// A server that answers every request on every connection with what `reply` makes of its head.
pub(crate) fn answer(reply: impl Fn(&str) -> Vec<u8> + std::marker::Send + Sync + 'static) -> u16 {
    serve(move |mut stream| {
        while let Some(head) = head(&mut stream) {
            if stream.write_all(&reply(&head)).is_err() {
                return;
            }
        }
    })
}

/// Keeps what a server accepts and never says a word; hands over each connection.
pub(crate) fn silent() -> (u16, Arc<Mutex<Vec<TcpStream>>>) {
    let kept: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let keep = kept.clone();
    let port = serve(move |stream| keep.lock().unwrap().push(stream));
    (port, kept)
}

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Runs `case` alone in a child; in the child, plays it.
pub(crate) fn alone(case: &str, play: impl FnOnce()) {
    const CHILD: &str = "DELIVERY_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return play();
    }
    let this = std::env::current_exe().unwrap();
    let child = std::process::Command::new(this)
        .args(["--exact", case, "--nocapture", "--test-threads", "1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{case}: {}\n{said}", child.status);
}
