//! Ordinary answers by path, for tests that need a server rather than exact bytes.
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::http::{self, Received};
use super::stream::Stream;

/// The body of an answer.
#[derive(Clone)]
#[non_exhaustive]
pub enum Body {
    /// These bytes, with a Content-Length.
    Fixed(Vec<u8>),
    /// These pieces, chunked.
    Chunked(Vec<Vec<u8>>),
    /// These bytes with a Content-Length, so many at a time with a pause before every piece but the first.
    Slow(Vec<u8>, usize, Duration),
    /// So many bytes (the letters a to z, over and over) that are never held in memory.
    Counted(u64),
    /// No body and no length: ends with the connection.
    UntilClose(Vec<u8>),
}

/// An answer.
#[derive(Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header lines without line ends.
    pub headers: Vec<String>,
    /// Body.
    pub body: Body,
    /// Time before the first byte.
    pub after: Duration,
}

impl Answer {
    /// A status and a body with a Content-Length.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Answer { status, headers: Vec::new(), body: Body::Fixed(body.into()), after: Duration::ZERO }
    }

    /// Adds a header line such as `Content-Type: text/plain`.
    #[must_use]
    pub fn header(mut self, line: impl Into<String>) -> Self {
        self.headers.push(line.into());
        self
    }

    /// Waits before the first byte.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }
}

type Handler = Box<dyn Fn(&Received) -> Answer + Send + Sync>;

/// Paths and what they answer; anything else is a 404. Connections are kept as RFC 9112 section 9.3 has it.
#[derive(Default)]
pub struct Routes {
    paths: BTreeMap<String, Handler>,
}

impl Routes {
    /// No path at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// A path answered by a function. The query is not part of the path.
    #[must_use]
    pub fn on(mut self, path: &str, handler: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        self.paths.insert(path.to_owned(), Box::new(handler));
        self
    }

    /// A path with one answer.
    #[must_use]
    pub fn answer(self, path: &str, answer: Answer) -> Self {
        self.on(path, move |_| answer.clone())
    }

    /// 200 with this text.
    #[must_use]
    pub fn fixed(self, path: &str, body: impl Into<Vec<u8>>) -> Self {
        self.answer(path, Answer::new(200, body).header("Content-Type: text/plain"))
    }

    /// 200 with these chunks.
    #[must_use]
    pub fn chunked(self, path: &str, pieces: &[&str]) -> Self {
        let pieces = pieces.iter().map(|p| p.as_bytes().to_vec()).collect();
        self.answer(path, Answer { body: Body::Chunked(pieces), ..Answer::new(200, "") })
    }

    /// 200 with a body that comes `piece` bytes at a time, one every `every`.
    #[must_use]
    pub fn slow(self, path: &str, body: impl Into<Vec<u8>>, piece: usize, every: Duration) -> Self {
        self.answer(
            path,
            Answer { body: Body::Slow(body.into(), piece.max(1), every), ..Answer::new(200, "") },
        )
    }

    /// 200 with so many bytes, made as they are sent.
    #[must_use]
    pub fn counted(self, path: &str, length: u64) -> Self {
        self.answer(path, Answer { body: Body::Counted(length), ..Answer::new(200, "") })
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(self, path: &str, status: u16, location: &str) -> Self {
        self.answer(path, Answer::new(status, "").header(format!("Location: {location}")))
    }

    /// 200 with the request's own body (its first 64 KiB).
    #[must_use]
    pub fn echo(self, path: &str) -> Self {
        self.on(path, |request| Answer::new(200, request.body.clone()))
    }

    fn find(&self, request: &Received) -> Answer {
        let path = request.path();
        let path = path.split('?').next().unwrap_or_default();
        match self.paths.get(path) {
            Some(handler) => handler(request),
            None => Answer::new(404, "not found").header("Content-Type: text/plain"),
        }
    }
}

/// The reason phrase of a status code.
pub(crate) fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        413 => "Content Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// Answers the requests of one connection until it ends.
pub(crate) fn serve(stream: &mut Stream<'_>, routes: &Routes) -> io::Result<()> {
    loop {
        let Some(mut request) = http::read_head(stream)? else { return Ok(()) };
        http::read_body(stream, &mut request)?;
        stream.shared().record(request.clone());
        let answer = routes.find(&request);
        if !stream.shared().pause(answer.after) {
            return Ok(());
        }
        let last = write(stream, &request, &answer)?;
        let close = |v: String| v.to_ascii_lowercase().contains("close");
        if last || request.header("Connection").is_some_and(close) {
            stream.close();
            return Ok(());
        }
    }
}

/// Writes an answer; true when the connection must end with it.
fn write(stream: &mut Stream<'_>, request: &Received, answer: &Answer) -> io::Result<bool> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, phrase(answer.status));
    for line in &answer.headers {
        head.push_str(line);
        head.push_str("\r\n");
    }
    let bodiless = matches!(answer.status, 204 | 304) || answer.status < 200;
    match &answer.body {
        Body::Fixed(b) | Body::Slow(b, ..) if !bodiless => {
            head.push_str(&format!("Content-Length: {}\r\n", b.len()));
        }
        Body::Counted(n) => head.push_str(&format!("Content-Length: {n}\r\n")),
        Body::Chunked(_) => head.push_str("Transfer-Encoding: chunked\r\n"),
        Body::UntilClose(_) => head.push_str("Connection: close\r\n"),
        _ => {}
    }
    head.push_str("\r\n");
    stream.write(head.as_bytes())?;
    if bodiless || request.method() == "HEAD" {
        return Ok(false);
    }
    match &answer.body {
        Body::Fixed(bytes) => stream.write(bytes)?,
        Body::UntilClose(bytes) => {
            stream.write(bytes)?;
            return Ok(true);
        }
        Body::Chunked(pieces) => {
            for piece in pieces {
                stream.write(format!("{:x}\r\n", piece.len()).as_bytes())?;
                stream.write(piece)?;
                stream.write(b"\r\n")?;
            }
            stream.write(b"0\r\n\r\n")?;
        }
        Body::Slow(bytes, size, every) => pieces(stream, bytes, *size, *every)?,
        Body::Counted(length) => {
            let block: Vec<u8> = (b'a'..=b'z').cycle().take(26 * 2048).collect();
            let mut left = *length;
            while left > 0 {
                let n = block.len().min(usize::try_from(left).unwrap_or(block.len()));
                stream.write(&block[..n])?;
                left -= n as u64;
            }
        }
    }
    Ok(false)
}

/// Writes bytes in pieces with a pause before every piece but the first.
pub(crate) fn pieces(stream: &mut Stream<'_>, bytes: &[u8], size: usize, every: Duration) -> io::Result<()> {
    for (i, piece) in bytes.chunks(size.max(1)).enumerate() {
        if i > 0 && !stream.shared().pause(every) {
            return Ok(());
        }
        stream.write(piece)?;
    }
    Ok(())
}
