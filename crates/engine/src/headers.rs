//! Header lines: the request's are edited and read, the reply's are read.

use winhttp_abi as abi;
use winhttp_proto::http::headers::HeaderList;
use winhttp_proto::http::query::{self, Attribute};
use winhttp_proto::time::SystemTime;
use winhttp_proto::{Plan, Reply};

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
        return of_plan(plan, attribute, query, take);
    }
    let reply = &request.exchange.reply;
    if !reply.readable() {
        return Err(Error::INCORRECT_STATE);
    }
    // Trailers are not kept.
    if query.level & abi::WINHTTP_QUERY_FLAG_TRAILERS != 0 {
        return Err(Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND));
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
    attribute: Attribute,
    query: &Query<'_>,
    take: impl FnOnce(Found<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let missing = Error(abi::ERROR_WINHTTP_HEADER_NOT_FOUND);
    let version: &[u8] = if plan.http10 { b"HTTP/1.0" } else { b"HTTP/1.1" };
    let value = match attribute {
        Attribute::Version => version,
        Attribute::RawHeaders | Attribute::RawHeadersCrlf => {
            let mut raw = Vec::new();
            let end: &[u8] = if attribute == Attribute::RawHeaders { b"\0" } else { b"\r\n" };
            for part in [&plan.method[..], b" ", &plan.target.path, b" ", version, end] {
                raw.extend_from_slice(part);
            }
            for (name, value) in plan.headers.iter().chain(generated(plan)) {
                for part in [name, b": ", value, end] {
                    raw.extend_from_slice(part);
                }
            }
            if attribute == Attribute::RawHeadersCrlf {
                raw.extend_from_slice(end);
            }
            return take(Found::Raw(&raw));
        }
        Attribute::Header(name) => nth(plan, name.as_bytes(), query.index).ok_or(missing)?,
        Attribute::Custom => nth(plan, query.name, query.index).ok_or(missing)?,
        Attribute::StatusCode | Attribute::StatusText | Attribute::RequestMethod => return Err(missing),
    };
    convert(query, value, take)
}

/// The lines that the session adds where the application has none of that name.
fn generated(plan: &Plan) -> impl Iterator<Item = (&[u8], &[u8])> {
    let own = |name: &[u8], headers: &HeaderList| headers.get(name).is_some();
    let agent = (!plan.agent.is_empty() && !own(b"User-Agent", &plan.headers))
        .then_some((&b"User-Agent"[..], plan.agent.as_bytes()));
    agent.into_iter()
}

fn nth<'a>(plan: &'a Plan, name: &[u8], index: u32) -> Option<&'a [u8]> {
    plan.headers.nth(name, index as usize).or_else(|| {
        let same = |own: &&(&'a [u8], &'a [u8])| own.0.eq_ignore_ascii_case(name);
        let found: Vec<_> = generated(plan).collect();
        found.iter().find(same).filter(|_| index == 0).map(|(_, value)| *value)
    })
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
