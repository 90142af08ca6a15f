//! What a scripted origin does, step by step, and the text form that cases write it in.
use std::sync::Arc;
use std::time::Duration;

use super::serve::Routes;
use super::websocket::Accept;

/// One thing that a connection does.
#[derive(Clone)]
#[non_exhaustive]
pub enum Step {
    /// Reads a request: its head, then the body that the head announces.
    Request,
    /// Reads a request's head only; the body is left in the socket.
    Head,
    /// Reads until so many bytes have come (or the peer ends).
    Read(usize),
    /// Writes exactly these bytes.
    Send(Vec<u8>),
    /// Writes bytes in pieces of a size, pausing before every piece but the first.
    Pieces(Vec<u8>, usize, Duration),
    /// Writes so many bytes of one value without holding them.
    Fill(u64, u8),
    /// Does nothing for a while.
    Delay(Duration),
    /// Ends its own direction and goes on reading.
    HalfClose,
    /// Closes in order.
    Close,
    /// Closes with a TCP reset.
    Reset,
    /// Never says anything more; the connection stays open until the peer or the test ends.
    Hold,
    /// Goes back to the first step after the last TLS handshake, for the next request of the connection.
    Again,
    /// Answers everything that comes by path.
    Serve(Arc<Routes>),
    /// Reads a request and answers that it is a WebSocket from now on, with these header lines too.
    Upgrade(Accept, Vec<String>),
    /// Reads WebSocket frames until one of this opcode, or any, has come, or nothing has for so long.
    AwaitFrame(Option<u8>, Duration),
    /// Reads WebSocket frames until the close frame and answers it with these bytes, or with its own payload.
    AnswerClose(Option<Vec<u8>>),
    /// Sends back so many WebSocket frames of messages, answers pings and the close frame.
    Echo(u32),
    /// Takes a TLS handshake.
    #[cfg(feature = "tls")]
    Tls(super::certificates::Offer),
}

/// The steps of one connection. After the last one the connection is read until its peer ends it.
#[derive(Clone, Default)]
pub struct Conn {
    pub(crate) steps: Vec<Step>,
}

impl Conn {
    /// A connection that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds any step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Reads one request with its body.
    #[must_use]
    pub fn request(self) -> Self {
        self.step(Step::Request)
    }

    /// Writes an HTTP/1.1 answer with a Content-Length.
    #[must_use]
    pub fn reply(self, status: u16, body: &str) -> Self {
        self.step(Step::Send(reply(status, &[], body)))
    }

    /// Writes exactly these bytes.
    #[must_use]
    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Send(bytes.as_ref().to_vec()))
    }

    /// Writes bytes in pieces with a pause before every piece but the first.
    #[must_use]
    pub fn pieces(self, bytes: impl AsRef<[u8]>, size: usize, every: Duration) -> Self {
        self.step(Step::Pieces(bytes.as_ref().to_vec(), size.max(1), every))
    }

    /// Does nothing for a while.
    #[must_use]
    pub fn delay(self, time: Duration) -> Self {
        self.step(Step::Delay(time))
    }

    /// Ends its own direction.
    #[must_use]
    pub fn half_close(self) -> Self {
        self.step(Step::HalfClose)
    }

    /// Closes in order.
    #[must_use]
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// Closes with a TCP reset.
    #[must_use]
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Never answers.
    #[must_use]
    pub fn hold(self) -> Self {
        self.step(Step::Hold)
    }

    /// Begins again for the next request of the connection.
    #[must_use]
    pub fn again(self) -> Self {
        self.step(Step::Again)
    }

    /// Answers everything that comes by path.
    #[must_use]
    pub fn serve(self, routes: Routes) -> Self {
        self.step(Step::Serve(Arc::new(routes)))
    }

    /// Answers the handshake of a WebSocket.
    #[must_use]
    pub fn upgrade(self) -> Self {
        self.step(Step::Upgrade(Accept::Right, Vec::new()))
    }

    /// Sends back every WebSocket frame until the close frame has been answered, then closes.
    #[must_use]
    pub fn echo(self) -> Self {
        self.step(Step::Echo(u32::MAX)).close()
    }

    /// Takes a TLS handshake.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, offer: super::certificates::Offer) -> Self {
        self.step(Step::Tls(offer))
    }
}

/// What an origin does with its connections, in the order in which they come.
#[derive(Clone, Default)]
pub struct Script {
    connections: Vec<Conn>,
    every: Conn,
}

impl Script {
    /// An origin that accepts and stays silent.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next connection.
    #[must_use]
    pub fn conn(mut self, conn: Conn) -> Self {
        self.connections.push(conn);
        self
    }

    /// Every further connection.
    #[must_use]
    pub fn every(mut self, conn: Conn) -> Self {
        self.every = conn;
        self
    }

    pub(crate) fn connection(&self, number: usize) -> &Conn {
        self.connections.get(number).unwrap_or(&self.every)
    }

    pub(crate) fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return matches!(self.connection(0).steps.first(), Some(Step::Tls(_)));
        #[cfg(not(feature = "tls"))]
        false
    }
}

/// An HTTP/1.1 answer with a Content-Length and these header lines.
pub(crate) fn reply(status: u16, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} {}\r\n", super::serve::phrase(status));
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    // RFC 9110 section 8.6: these carry no length of their own.
    if !(status == 204 || status == 304 || status < 200) {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
