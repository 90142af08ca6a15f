//! Where a response body ends, and whether the connection can be used again: RFC 9112 sections 6.3 and 9.3.
//!
//! Decisions where the field differs:
//! * A body is de-chunked whenever `chunked` is the last coding, also behind others (RFC 9112 section 6.3). A
//!   client library notes that WinHTTP does so only when chunked is the sole coding; the RFC is followed, since
//!   the other way hands framing bytes to the application (inferred).
//! * Transfer-Encoding together with Content-Length: the former counts and the connection is given up.
//! * Content-Length given several times: equal numbers are one, different numbers are
//!   `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`, as is anything but digits.

use super::decode::{HeadFault, ResponseHead};
use super::headers::trim;

/// How the body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Framing {
    /// No body, whatever the fields say.
    #[default]
    None,
    /// So many bytes.
    Counted(u64),
    /// The chunked coding.
    Chunked,
    /// Everything until the server closes.
    UntilClose,
}

/// What the request says about its response.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method that was sent.
    pub method: &'a [u8],
    /// Whether the request was sent with `Connection: close` or keep-alive disabled.
    pub close: bool,
    /// Whether a proxy speaks the HTTP (absolute-form or CONNECT), so that Proxy-Connection counts.
    pub via_proxy: bool,
}

/// Framing and fate of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How the body is delimited.
    pub framing: Framing,
    /// Whether the connection may serve another request once the body has been read.
    pub persistent: bool,
}

/// Judges a whole head.
///
/// # Errors
/// [`HeadFault::Garbage`] for a Content-Length that is no number or contradicts itself.
pub fn frame(head: &mut ResponseHead, asked: &Asked<'_>) -> Result<Verdict, HeadFault> {
    let seen = match head.framing {
        Some(seen) => seen,
        None => *head.framing.insert(Seen::read(head)),
    };
    let status = head.status();
    // RFC 9112 section 6.3: rules 1 and 2 come before any field.
    // contract: WinHttpQueryDataAvailable, api-behaviour section 41 fact 32 (204, 304, HEAD, 101).
    let tunnel = asked.method == b"CONNECT" && (200..300).contains(&status);
    if tunnel || status == 101 {
        return Ok(Verdict { framing: Framing::None, persistent: false });
    }
    let bodiless = asked.method == b"HEAD" || matches!(status, 100..=199 | 204 | 304);
    let framing = if bodiless {
        Framing::None
    } else if seen.coded {
        if seen.chunked_last { Framing::Chunked } else { Framing::UntilClose }
    } else {
        match seen.length {
            Length::Absent => Framing::UntilClose,
            Length::Is(length) => Framing::Counted(length),
            Length::Contradictory => return Err(HeadFault::Garbage),
        }
    };
    let kept = if head.minor_version() == 0 {
        // RFC 9112 section 9.3: HTTP/1.0 has to ask for it; section 6.1: and may not be chunked.
        (seen.keep_alive || asked.via_proxy && seen.proxy_keep_alive) && !seen.coded
    } else {
        true
    };
    let closing = asked.close || seen.close || asked.via_proxy && seen.proxy_close;
    // RFC 9112 section 6.1: both framings at once is an attempt at smuggling or a broken server.
    let twofold = seen.coded && seen.length != Length::Absent;
    let persistent = kept && !closing && !twofold && framing != Framing::UntilClose;
    Ok(Verdict { framing, persistent })
}

/// The body length that the head announces, whether or not a body follows (HEAD); `None` if it announces none
/// or contradicts itself.
pub fn announced_length(head: &ResponseHead) -> Option<u64> {
    match Seen::read(head).length {
        Length::Is(length) => Some(length),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Absent,
    Is(u64),
    Contradictory,
}

/// Lengths of the names that matter: Connection, Content-Length, Proxy-Connection, Transfer-Encoding.
pub(super) const NAMES: [u32; 4] = [10, 14, 16, 17];

/// What one pass over the fields finds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    length: Length,
    coded: bool,
    chunked_last: bool,
    close: bool,
    keep_alive: bool,
    proxy_close: bool,
    proxy_keep_alive: bool,
}

impl Seen {
    fn read(head: &ResponseHead) -> Self {
        let mut seen = Self {
            length: Length::Absent,
            coded: false,
            chunked_last: false,
            close: false,
            keep_alive: false,
            proxy_close: false,
            proxy_keep_alive: false,
        };
        // One comparison rules out nearly every field.
        for (name, value) in head.fields().with_lengths(NAMES) {
            match name.len() {
                // The usual values need no look at lists.
                10 if same(name, b"Connection") => match value.len() {
                    10 if same(value, b"keep-alive") => seen.keep_alive = true,
                    5 if same(value, b"close") => seen.close = true,
                    _ => {
                        seen.close |= has_token(value, b"close");
                        seen.keep_alive |= has_token(value, b"keep-alive");
                    }
                },
                14 if same(name, b"Content-Length") => match decimal(value) {
                    Some(length) => seen.add_length(Some(length)),
                    None => {
                        for element in value.split(|&byte| byte == b',') {
                            seen.add_length(decimal(trim(element)));
                        }
                    }
                },
                16 if same(name, b"Proxy-Connection") => {
                    seen.proxy_close |= has_token(value, b"close");
                    seen.proxy_keep_alive |= has_token(value, b"keep-alive");
                }
                17 if same(name, b"Transfer-Encoding") => {
                    for coding in elements(value) {
                        // RFC 9112 section 7: "identity" is no coding any more and changes nothing.
                        if coding.eq_ignore_ascii_case(b"identity") {
                            continue;
                        }
                        seen.coded = true;
                        seen.chunked_last = coding.eq_ignore_ascii_case(b"chunked");
                    }
                }
                _ => {}
            }
        }
        seen
    }

    fn add_length(&mut self, length: Option<u64>) {
        self.length = match (length, self.length) {
            (Some(new), Length::Absent) => Length::Is(new),
            (Some(new), Length::Is(old)) if new == old => Length::Is(old),
            _ => Length::Contradictory,
        };
    }
}

/// Whether two texts of the same length are the same but for case; mostly they are the same outright.
#[inline]
fn same<const N: usize>(text: &[u8], known: &[u8; N]) -> bool {
    text == known || text.eq_ignore_ascii_case(known)
}

/// Digits only: RFC 9110 section 8.6.
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// The elements of a comma-separated list, without empty ones: RFC 9110 section 5.6.1.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim).filter(|element| !element.is_empty())
}

/// Whether a comma-separated list holds this token; ASCII case does not matter.
pub fn has_token(value: &[u8], token: &[u8]) -> bool {
    elements(value).any(|element| element.eq_ignore_ascii_case(token))
}
