//! Header lines: the request's are edited and read, the reply's are read.

use winhttp_abi as abi;
use winhttp_proto::http::decode::Fields;
use winhttp_proto::http::query::{self, Attribute};
use winhttp_proto::time::SystemTime;
use winhttp_proto::{Plan, Reply, Terms};

use crate::{Error, Handle, request};

/// Edits the request's header lines (contract: WinHttpAddRequestHeaders, api-behaviour sections 8 and 18).
///
/// `modifiers` are `WINHTTP_ADDREQ_FLAG_*`. What is changed takes effect with the next leg.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`, `ERROR_INVALID_PARAMETER` (malformed text),
/// `ERROR_WINHTTP_HEADER_NOT_FOUND`, `ERROR_WINHTTP_HEADER_ALREADY_EXISTS`.
pub fn add(handle: Handle, lines: &[u8], modifiers: u32) -> Result<(), Error> {
    let (_, mut guard) = request::enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    request.exchange.plan.headers.apply(lines, modifiers).map_err(Error)
}

/// What a query asks for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// A `WINHTTP_QUERY_*` number with its `WINHTTP_QUERY_FLAG_*` bits.
    pub level: u32,
    /// The header's name where the level is `WINHTTP_QUERY_CUSTOM`; ignored otherwise.
    pub name: &'a [u8],
    /// Which of the headers of that name, counted from 0.
    pub index: u32,
}

/// What a query found.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// Text, byte for byte as it stands in the head.
    Text(&'a [u8]),
    /// All lines, each with its end; a query for them does not count occurrences.
    Raw(&'a [u8]),
    /// `WINHTTP_QUERY_FLAG_NUMBER`
    Number(u32),
    /// `WINHTTP_QUERY_FLAG_NUMBER64`
    Number64(u64),
    /// `WINHTTP_QUERY_FLAG_SYSTEMTIME`
    Time(SystemTime),
}

/// Looks a header up and hands it to `take`, under the request's lock: `take` only copies.
///
/// contract: WinHttpQueryHeaders, api-behaviour section 36
///
/// # Errors
/// * `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`
/// * `ERROR_INVALID_PARAMETER`: a level above `WINHTTP_QUERY_MAX`
/// * `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: the reply has not been received yet
/// * `ERROR_WINHTTP_HEADER_NOT_FOUND`, `ERROR_WINHTTP_INVALID_HEADER` (no number, no date)
/// * what `take` answers
pub fn query<T>(
    handle: Handle,
    query: &Query<'_>,
    take: impl FnOnce(Found<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let (_, mut guard) = request::enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    let attribute = query::attribute(query.level).map_err(Error)?;
    let of_request = query.level & abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS != 0;
    let plan = &request.exchange.plan;
    // contract: api-behaviour section 36, the method can be read in any state and without the flag
    if attribute == Attribute::RequestMethod {
        return convert(query, &plan.method, take);
    }
    if of_request {
        return of_plan(plan, &request.exchange.terms, attribute, query, take);
    }
    let reply = &request.exchange.reply;
    if !reply.readable() {
        return Err(Error::INCORRECT_STATE);
    }
    if query.level & abi::WINHTTP_QUERY_FLAG_TRAILERS != 0 {
        let trailer = reply.trailer().ok_or(Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND))?;
        return of_trailer(trailer, attribute, query, take);
    }
    of_reply(reply, attribute, query, take)
}

fn of_reply<T>(
    reply: &Reply,
    attribute: Attribute,
    query: &Query<'_>,
    take: impl FnOnce(Found<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let head = &reply.head;
    let missing = Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND);
    let value = match attribute {
        Attribute::StatusCode => {
            // The usual query: no text is made.
            if query.level & abi::WINHTTP_QUERY_FLAG_NUMBER != 0 {
                return take(Found::Number(u32::from(head.status())));
            }
            let digits = three_digits(head.status());
            return convert(query, &digits, take);
        }
        Attribute::Version => head.version().as_bytes(),
        Attribute::StatusText => head.status_text(),
        Attribute::RawHeaders | Attribute::RawHeadersCrlf => {
            let mut raw = Vec::new();
            if attribute == Attribute::RawHeaders {
                head.raw_nul(&mut raw)
            } else {
                head.raw_crlf(&mut raw)
            }
            return take(Found::Raw(&raw));
        }
        Attribute::Header(name) => head.nth(name.as_bytes(), query.index as usize).ok_or(missing)?,
        Attribute::Custom => head.nth(query.name, query.index as usize).ok_or(missing)?,
        Attribute::RequestMethod => return Err(missing),
    };
    convert(query, value, take)
}

fn of_plan<T>(
    plan: &Plan,
    terms: &Terms,
    attribute: Attribute,
    query: &Query<'_>,
    take: impl FnOnce(Found<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let missing = Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND);
    let version: &[u8] = if plan.http10 { b"HTTP/1.0" } else { b"HTTP/1.1" };
    let sent = plan.head(terms);
    let wanted = match attribute {
        Attribute::Version => return convert(query, version, take),
        Attribute::RawHeaders | Attribute::RawHeadersCrlf => {
            let end: &[u8] = if attribute == Attribute::RawHeaders { b"\0" } else { b"\r\n" };
            let first = match &sent {
                Some(head) => head.split(|&byte| byte == b'\r').next().unwrap_or_default().to_vec(),
                None => [&plan.method[..], b" ", &plan.target.path, b" ", version].concat(),
            };
            let mut raw = [&first, end].concat();
            for (name, value) in lines(plan, sent.as_deref()) {
                for part in [name, b": ", value, end] {
                    raw.extend_from_slice(part);
                }
            }
            if attribute == Attribute::RawHeadersCrlf {
                raw.extend_from_slice(end);
            }
            return take(Found::Raw(&raw));
        }
        Attribute::Header(name) => name.as_bytes(),
        Attribute::Custom => query.name,
        Attribute::StatusCode | Attribute::StatusText | Attribute::RequestMethod => return Err(missing),
    };
    let mut same = lines(plan, sent.as_deref()).filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let (_, value) = same.nth(query.index as usize).ok_or(missing)?;
    convert(query, value, take)
}

/// Names and values of a request: once it has been sent, as they stand on the wire of its current leg; before, what the
/// application and the session have set.
///
/// contract: api-behaviour section 27a, what the stack adds is found among the request's headers after the send
fn lines<'a>(plan: &'a Plan, sent: Option<&'a [u8]>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let written = sent.into_iter().flat_map(|head| {
        let lines = head.split(|&byte| byte == b'\n').skip(1);
        lines.filter_map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let colon = line.iter().position(|&byte| byte == b':')?;
            Some((&line[..colon], line.get(colon + 2..).unwrap_or_default()))
        })
    });
    let own = sent.is_none().then(|| plan.headers.iter().chain(generated(plan)));
    written.chain(own.into_iter().flatten())
}

/// The line that the session adds where the application has none of that name.
fn generated(plan: &Plan) -> impl Iterator<Item = (&[u8], &[u8])> {
    let wanted = !plan.agent.is_empty() && plan.headers.get(b"User-Agent").is_none();
    wanted.then_some((&b"User-Agent"[..], plan.agent.as_bytes())).into_iter()
}

/// Names and values of the reply, of its trailer or of the request: all of them for `WINHTTP_QUERY_EX_ALL_HEADERS`, else
/// the one of the asked name and index. `take` is called under the request's lock and only copies.
///
/// contract: WinHttpQueryHeadersEx, api-behaviour section 32
///
/// # Errors
/// As [`query()`]; `ERROR_INVALID_PARAMETER` for levels that are no header, and for numbers and dates.
pub fn pairs<T>(
    handle: Handle,
    query: &Query<'_>,
    take: impl FnOnce(&[(&[u8], &[u8])]) -> Result<T, Error>,
) -> Result<T, Error> {
    const CONVERTED: u32 = abi::WINHTTP_QUERY_FLAG_NUMBER
        | abi::WINHTTP_QUERY_FLAG_NUMBER64
        | abi::WINHTTP_QUERY_FLAG_SYSTEMTIME;
    let (_, mut guard) = request::enter(handle)?;
    let request = guard.request().ok_or(Error::INCORRECT_TYPE)?;
    let wanted = match query::attribute(query.level).map_err(Error)? {
        _ if query.level & CONVERTED != 0 => return Err(Error::INVALID_PARAMETER),
        Attribute::RawHeaders => None,
        Attribute::Header(name) => Some(name.as_bytes()),
        Attribute::Custom => Some(query.name),
        _ => return Err(Error::INVALID_PARAMETER),
    };
    let exchange = &request.exchange;
    let sent;
    let all: Vec<(&[u8], &[u8])> = if query.level & abi::WINHTTP_QUERY_FLAG_REQUEST_HEADERS != 0 {
        sent = exchange.plan.head(&exchange.terms);
        lines(&exchange.plan, sent.as_deref()).collect()
    } else if !exchange.reply.readable() {
        return Err(Error::INCORRECT_STATE);
    } else if query.level & abi::WINHTTP_QUERY_FLAG_TRAILERS != 0 {
        exchange.reply.trailer().into_iter().flat_map(Fields::iter).collect()
    } else {
        exchange.reply.head.fields().iter().collect()
    };
    let Some(wanted) = wanted else {
        return if all.is_empty() { Err(Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND)) } else { take(&all) };
    };
    let mut same = all.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let found = same.nth(query.index as usize).ok_or(Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND))?;
    take(&[*found])
}

/// A trailer has fields and nothing else.
fn of_trailer<T>(
    trailer: &Fields,
    attribute: Attribute,
    query: &Query<'_>,
    take: impl FnOnce(Found<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let missing = Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND);
    let value = match attribute {
        Attribute::Header(name) => trailer.nth(name.as_bytes(), query.index as usize),
        Attribute::Custom => trailer.nth(query.name, query.index as usize),
        Attribute::RawHeaders | Attribute::RawHeadersCrlf if !trailer.is_empty() => {
            let mut raw = Vec::new();
            if attribute == Attribute::RawHeaders {
                trailer.raw_nul(&mut raw);
            } else {
                trailer.raw_crlf(&mut raw);
            }
            return take(Found::Raw(&raw));
        }
        _ => None,
    };
    convert(query, value.ok_or(missing)?, take)
}

fn three_digits(status: u16) -> [u8; 3] {
    let digit = |number: u16| b'0' + (number % 10) as u8;
    [digit(status / 100), digit(status / 10), digit(status)]
}

fn convert<T>(
    query: &Query<'_>,
    value: &[u8],
    take: impl FnOnce(Found<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let found = if query.level & abi::WINHTTP_QUERY_FLAG_NUMBER != 0 {
        Found::Number(query::number(value).map_err(Error)?)
    } else if query.level & abi::WINHTTP_QUERY_FLAG_NUMBER64 != 0 {
        Found::Number64(query::number64(value).map_err(Error)?)
    } else if query.level & abi::WINHTTP_QUERY_FLAG_SYSTEMTIME != 0 {
        Found::Time(query::date(value).map_err(Error)?)
    } else {
        Found::Text(value)
    };
    take(found)
}
