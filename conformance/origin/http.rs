//! Reading one request as it is, without judging it.
use std::io::{self, ErrorKind};

use super::stream::Stream;

/// Longest head that is read.
const MAX_HEAD: usize = 1 << 20;
/// How much of a body is kept; the rest is only counted.
const KEPT_BODY: usize = 1 << 16;

/// One request as it came in.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// On which connection, counted from 0 in the order of acceptance.
    pub connection: usize,
    /// The request line and headers with the empty line that ends them.
    pub head: Vec<u8>,
    /// The first 64 KiB of the body, without chunk framing.
    pub body: Vec<u8>,
    /// Length of the whole body in bytes.
    pub body_len: u64,
}

impl Received {
    /// The request line, without its line end.
    pub fn line(&self) -> String {
        let end = self.head.iter().position(|b| *b == b'\r' || *b == b'\n').unwrap_or(self.head.len());
        String::from_utf8_lossy(&self.head[..end]).into_owned()
    }

    /// The method, or nothing when the line is empty.
    pub fn method(&self) -> String {
        self.line().split(' ').next().unwrap_or_default().to_owned()
    }

    /// The request target as sent.
    pub fn path(&self) -> String {
        self.line().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// The values of a header, in order; its name in any case.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.head).into_owned();
        text.split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim().to_owned())
            .collect()
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).into_iter().next()
    }
}

/// Reads a head up to its empty line. Nothing when the peer ended before its first byte.
pub(crate) fn read_head(stream: &mut Stream<'_>) -> io::Result<Option<Received>> {
    let mut head = Vec::new();
    let mut block = [0u8; 16 * 1024];
    loop {
        let n = stream.read(&mut block)?;
        if n == 0 {
            return if head.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        let from = head.len().saturating_sub(3);
        head.extend_from_slice(&block[..n]);
        if let Some(at) = head[from..].windows(4).position(|w| w == b"\r\n\r\n") {
            let rest = head.split_off(from + at + 4);
            stream.unread(&rest);
            return Ok(Some(Received { connection: stream.connection(), head, ..Received::default() }));
        }
        if head.len() > MAX_HEAD {
            return Err(ErrorKind::InvalidData.into());
        }
    }
}

/// How a request's body is framed (RFC 9112 section 6.3).
enum Framing {
    None,
    Length(u64),
    Chunked,
}

fn framing(request: &Received) -> Framing {
    if request.header("Transfer-Encoding").is_some_and(|v| v.to_ascii_lowercase().contains("chunked")) {
        return Framing::Chunked;
    }
    match request.header("Content-Length").and_then(|v| v.parse().ok()) {
        Some(0) | None => Framing::None,
        Some(n) => Framing::Length(n),
    }
}

fn take(stream: &mut Stream<'_>, mut left: u64, request: &mut Received) -> io::Result<()> {
    let mut block = vec![0u8; 64 * 1024];
    while left > 0 {
        let want = block.len().min(usize::try_from(left).unwrap_or(block.len()));
        let n = stream.read(&mut block[..want])?;
        if n == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        left -= n as u64;
        request.body_len += n as u64;
        let room = KEPT_BODY.saturating_sub(request.body.len()).min(n);
        request.body.extend_from_slice(&block[..room]);
    }
    Ok(())
}

fn read_line(stream: &mut Stream<'_>) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0u8; 1];
    while line.len() < 8192 {
        if stream.read(&mut byte)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if byte[0] == b'\n' {
            break;
        }
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Reads the body that the head announces.
pub(crate) fn read_body(stream: &mut Stream<'_>, request: &mut Received) -> io::Result<()> {
    match framing(request) {
        Framing::None => Ok(()),
        Framing::Length(n) => take(stream, n, request),
        Framing::Chunked => loop {
            let line = read_line(stream)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
            if size == 0 {
                while !read_line(stream)?.is_empty() {}
                return Ok(());
            }
            take(stream, size, request)?;
            read_line(stream)?;
        },
    }
}
