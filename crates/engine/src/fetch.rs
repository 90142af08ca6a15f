//! Requests that the library makes for itself: revocation lists, responders' answers, configuration scripts.
//!
//! They are made on threads that wait, never on one of the reactor's, with sessions of their own. So no callback of the
//! application hears of them.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use winhttp_abi as abi;
use winhttp_proto::http::location::Target;

use crate::proxy::NamedProxy;
use crate::{
    Error, Handed, Handle, Loan, Notice, Payload, Sink, Target as Hearer, callback, connect, option, request,
    session,
};

/// What is read at a time, in bytes.
const PART: usize = 64 * 1024;

/// One request, and its bounds.
pub(crate) struct Fetch<'a> {
    /// From where.
    pub(crate) target: &'a Target,
    /// The body, and the header line that says what it is; without one it is a GET.
    pub(crate) post: Option<(&'static str, Vec<u8>)>,
    /// Through which proxy.
    pub(crate) proxy: Option<Arc<NamedProxy>>,
    /// The longest that the whole takes.
    pub(crate) limit: Duration,
    /// The longest that one step of it takes, in milliseconds.
    pub(crate) step: u32,
    /// The largest body, in bytes.
    pub(crate) largest: usize,
}

/// The body of a 200, or another status.
pub(crate) type Fetched = Result<Vec<u8>, u16>;

/// Closes a handle when the fetch is over, however it ends.
struct Owned(Handle);

impl Drop for Owned {
    fn drop(&mut self) {
        // It was never given away, so it is open.
        let _ = crate::close(self.0);
    }
}

impl Fetch<'_> {
    /// Makes the request and waits; `head` may look at the head of a 200. It is asynchronous so that the limit holds for the
    /// whole, whatever it waits for.
    ///
    /// # Errors
    /// Those of the calls and of REQUEST_ERROR; `ERROR_WINHTTP_TIMEOUT` at the limit,
    /// `ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW` for a body that is too large.
    pub(crate) fn make(self, head: impl Fn(Handle)) -> Result<Fetched, Error> {
        let ends = Instant::now() + self.limit;
        let agent = concat!("winhttp/", env!("CARGO_PKG_VERSION")).to_owned();
        let config = session::Config { agent, asynchronous: true, proxy: self.proxy, ..Default::default() };
        let session = Owned(session::open(config)?);
        for limit in [
            abi::WINHTTP_OPTION_RESOLVE_TIMEOUT,
            abi::WINHTTP_OPTION_CONNECT_TIMEOUT,
            abi::WINHTTP_OPTION_SEND_TIMEOUT,
            abi::WINHTTP_OPTION_RECEIVE_TIMEOUT,
            abi::WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT,
        ] {
            option::set_number(session.0, limit, self.step)?;
        }
        let connect = Owned(connect::connect(session.0, &self.target.host, self.target.port)?);
        let method = if self.post.is_some() { "POST" } else { "GET" };
        let config = request::Config {
            method: method.into(),
            target: self.target.path.clone(),
            flags: if self.target.secure { abi::WINHTTP_FLAG_SECURE } else { 0 },
            ..Default::default()
        };
        let open = Owned(request::open(connect.0, &config)?);
        option::set_number(
            open.0,
            abi::WINHTTP_OPTION_DISABLE_FEATURE,
            abi::WINHTTP_DISABLE_COOKIES | abi::WINHTTP_DISABLE_AUTHENTICATION,
        )?;
        let (tell, told) = mpsc::channel();
        let heard = Hearer::Shared(Arc::new(Heard(Mutex::new(tell))));
        callback::set(open.0, Some(heard), abi::WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS)?;
        let (headers, body) = match self.post {
            Some((header, body)) => (header.as_bytes().to_vec(), Some(body.into_boxed_slice())),
            None => (Vec::new(), None),
        };
        let total = body.as_ref().map_or(0, |body| body.len() as u32);
        request::send(open.0, request::Send { headers, optional: body.map(Loan::owned), total, context: 0 })?;
        let mut answer = Vec::new();
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            match told.recv_timeout(left).map_err(|_| Error(abi::ERROR_WINHTTP_TIMEOUT))? {
                News::Sent => drop(request::receive(open.0)?),
                News::Head => match request::status(open.0)? {
                    200 => {
                        head(open.0);
                        read(open.0)?;
                    }
                    status => return Ok(Err(status)),
                },
                News::Part(part) if part.is_empty() => return Ok(Ok(answer)),
                News::Part(part) => {
                    answer.extend_from_slice(&part);
                    if answer.len() > self.largest {
                        return Err(Error(abi::ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW));
                    }
                    read(open.0)?;
                }
                News::Failed(error) => return Err(error),
            }
        }
    }
}

fn read(request: Handle) -> Result<(), Error> {
    let room = Loan::owned(vec![0; PART].into_boxed_slice());
    request::read(request, room, &mut |_| {}).map(drop)
}

/// What the fetching thread has to know of its request.
enum News {
    Sent,
    Head,
    Part(Vec<u8>),
    Failed(Error),
}

/// Passes completions on to the fetching thread.
struct Heard(Mutex<mpsc::Sender<News>>);

impl Sink for Heard {
    fn notify(&self, _token: usize, notice: Notice<'_>) {
        let news = match (notice.status, notice.payload) {
            (abi::WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE, _) => News::Sent,
            (abi::WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, _) => News::Head,
            (abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE, Payload::Buffer { length, owned, .. }) => {
                let mut part = Vec::from(owned.map(Handed::take).unwrap_or_default());
                part.truncate(length as usize);
                News::Part(part)
            }
            (abi::WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, Payload::AsyncResult { error, .. }) => {
                News::Failed(Error(error))
            }
            _ => return,
        };
        // A fetch that was given up does not listen any more.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).send(news);
    }
}
