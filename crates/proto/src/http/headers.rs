//! The request's header lines, as the application edits them and as they stand on the wire.
//!
//! All lines live in one buffer as `Name: value\r\n`, so encoding a request copies them in one go; an index
//! beside it says where each line begins. Edits happen before a send and are rare, so they may move bytes;
//! lookups compare lengths first and allocate nothing.

use winhttp_abi::{
    ERROR_INVALID_PARAMETER, ERROR_WINHTTP_HEADER_ALREADY_EXISTS, ERROR_WINHTTP_HEADER_NOT_FOUND,
    WINHTTP_ADDREQ_FLAG_ADD as ADD, WINHTTP_ADDREQ_FLAG_ADD_IF_NEW as ADD_IF_NEW,
    WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA as COALESCE_WITH_COMMA,
    WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON as COALESCE_WITH_SEMICOLON,
    WINHTTP_ADDREQ_FLAG_REPLACE as REPLACE, WINHTTP_ADDREQ_INDEX_MASK as INDEX_MASK,
};

/// The longest name and the longest value: anything above is `ERROR_INVALID_PARAMETER`
/// (contract: WinHttpAddRequestHeaders, api-behaviour section 35, dotnet/runtime issue 117391).
pub const MAX_TEXT: usize = 65_535;

/// Headers whose presence decides which automatic lines are left out; kept as bits so that encoding a
/// request does not search for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Known {
    /// `Connection`
    Connection = 1,
    /// `Proxy-Connection`
    ProxyConnection = 1 << 1,
    /// `User-Agent`
    UserAgent = 1 << 2,
    /// `Content-Length`
    ContentLength = 1 << 3,
    /// `Transfer-Encoding`
    TransferEncoding = 1 << 4,
    /// `Host`
    Host = 1 << 5,
    /// `Cookie`
    Cookie = 1 << 6,
    /// `Pragma`
    Pragma = 1 << 7,
    /// `Cache-Control`
    CacheControl = 1 << 8,
    /// `Authorization`
    Authorization = 1 << 9,
    /// `Proxy-Authorization`
    ProxyAuthorization = 1 << 10,
    /// `Accept-Encoding`
    AcceptEncoding = 1 << 11,
    /// `Expect`
    Expect = 1 << 12,
    /// `Upgrade`
    Upgrade = 1 << 13,
}

const KNOWN: [(&[u8], Known); 14] = [
    (b"Connection", Known::Connection),
    (b"Proxy-Connection", Known::ProxyConnection),
    (b"User-Agent", Known::UserAgent),
    (b"Content-Length", Known::ContentLength),
    (b"Transfer-Encoding", Known::TransferEncoding),
    (b"Host", Known::Host),
    (b"Cookie", Known::Cookie),
    (b"Pragma", Known::Pragma),
    (b"Cache-Control", Known::CacheControl),
    (b"Authorization", Known::Authorization),
    (b"Proxy-Authorization", Known::ProxyAuthorization),
    (b"Accept-Encoding", Known::AcceptEncoding),
    (b"Expect", Known::Expect),
    (b"Upgrade", Known::Upgrade),
];

fn known_bit(name: &[u8]) -> u16 {
    KNOWN.iter().find(|(text, _)| text.eq_ignore_ascii_case(name)).map_or(0, |(_, known)| *known as u16)
}

/// Where one line stands: `Name: value\r\n` begins at `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    start: usize,
    name: usize,
    value: usize,
}

impl Line {
    const fn value_start(self) -> usize {
        self.start + self.name + 2
    }

    const fn value_end(self) -> usize {
        self.value_start() + self.value
    }

    const fn end(self) -> usize {
        self.value_end() + 2
    }
}

/// A [`HeaderList`] as it was before a send brought its lines.
#[derive(Debug)]
pub struct Before(Was);

#[derive(Debug)]
enum Was {
    /// Lines were added behind these.
    Shorter { bytes: usize, lines: usize, known: u16 },
    /// Some took the place of others.
    Other(HeaderList),
}

/// The request headers in the order in which they were added.
///
/// Duplicates are separate lines and never merged unless a modifier asks for it. Names are visible ASCII
/// without a colon, values contain neither CR, LF nor NUL and no blanks at their ends: whatever is in the
/// list can go onto the wire unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderList {
    bytes: Vec<u8>,
    lines: Vec<Line>,
    known: u16,
}

impl HeaderList {
    /// An empty list, without memory.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), lines: Vec::new(), known: 0 }
    }

    /// Forgets all lines and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
        self.known = 0;
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All lines as they go onto the wire, each ended by CRLF, without the empty line.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a line of this name exists; costs one bit test.
    #[inline]
    pub fn has(&self, known: Known) -> bool {
        self.known & known as u16 != 0
    }

    /// Whether a line of any of these names exists.
    #[inline]
    pub fn has_known(&self) -> bool {
        self.known != 0
    }

    /// The value of the first line of this name (ASCII case does not matter).
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        // Most requests have no lines but those that the library adds.
        if self.lines.is_empty() { None } else { self.nth(name, 0) }
    }

    /// The value of the `index`-th line of this name, counted from 0.
    pub fn nth(&self, name: &[u8], index: usize) -> Option<&[u8]> {
        let line = self.lines[self.find(name, index)?];
        self.bytes.get(line.value_start()..line.value_end())
    }

    /// Where the value of the first line of this name stands within [`as_bytes`](Self::as_bytes).
    pub(crate) fn value_range(&self, name: &[u8]) -> Option<core::ops::Range<usize>> {
        let line = self.lines[self.find(name, 0)?];
        Some(line.value_start()..line.value_end())
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.lines.iter().map(|line| {
            let name = self.bytes.get(line.start..line.start + line.name);
            let value = self.bytes.get(line.value_start()..line.value_end());
            (name.unwrap_or_default(), value.unwrap_or_default())
        })
    }

    /// Removes every line of this name; says how many there were.
    pub fn remove(&mut self, name: &[u8]) -> usize {
        let mut removed = 0;
        while let Some(at) = self.find(name, 0) {
            self.remove_line(at);
            removed += 1;
        }
        removed
    }

    /// Makes this the only line of its name, in the place of the first one or at the end.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` if the name or the value cannot stand on a header line.
    pub fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), u32> {
        let value = trim(value);
        check(name, value)?;
        match self.find(name, 0) {
            Some(at) => {
                self.splice_value(at, 0, usize::MAX, &[value]);
                while let Some(again) = self.find(name, 1) {
                    self.remove_line(again);
                }
            }
            None => self.push(name, value),
        }
        Ok(())
    }

    /// Goes back to what was before [`send_with`](Self::send_with). Only adding may have happened since.
    pub fn undo(&mut self, before: Before) {
        match before.0 {
            Was::Shorter { bytes, lines, known } => {
                self.bytes.truncate(bytes);
                self.lines.truncate(lines);
                self.known = known;
            }
            Was::Other(list) => *self = list,
        }
    }

    /// Edits the list as WinHttpAddRequestHeaders does.
    ///
    /// `text` holds any number of lines, separated by any run of CR and LF; a NUL ends it. `modifiers` are
    /// `WINHTTP_ADDREQ_FLAG_*`; none of them means "add" (contract: WinHttpAddRequestHeaders, api-behaviour
    /// sections 8 and 18). The low 16 bits choose the occurrence that REPLACE acts on, 0 being the first (inferred).
    ///
    /// Every line is checked before the first edit, so malformed text changes nothing. Edits then happen line
    /// by line; the first that is refused ends the call and leaves the earlier ones in place (inferred).
    ///
    /// # Errors
    /// * `ERROR_INVALID_PARAMETER`: a line without colon, with an empty name, with a blank in or around the
    ///   name, or a name or value above [`MAX_TEXT`] bytes;
    /// * `ERROR_WINHTTP_HEADER_NOT_FOUND`: REPLACE without ADD of a header that is not there;
    /// * `ERROR_WINHTTP_HEADER_ALREADY_EXISTS`: ADD_IF_NEW of a header that is there.
    pub fn apply(&mut self, text: &[u8], modifiers: u32) -> Result<(), u32> {
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        for line in lines(text) {
            let (name, value) = split(line)?;
            check(name, value)?;
        }
        for line in lines(text) {
            let (name, value) = split(line)?;
            self.edit(name, value, modifiers)?;
        }
        Ok(())
    }

    /// Takes the lines that WinHttpSendRequest brings, written as for [`apply`](Self::apply); gives what was before.
    ///
    /// The first line of a name takes the place of the first one that is here, the second that of the second; what finds
    /// no place is added. So a request that is sent again with its headers says each of them once (Wine replaces, too;
    /// no source shows what Windows does).
    ///
    /// # Errors
    /// As [`apply`](Self::apply) of ADD: malformed text, which changes nothing.
    #[inline]
    pub fn send_with(&mut self, text: &[u8]) -> Result<Before, u32> {
        let (bytes, lines, known) = (self.bytes.len(), self.lines.len(), self.known);
        if text.is_empty() {
            Ok(Before(Was::Shorter { bytes, lines, known }))
        } else {
            self.send_with_lines(text)
        }
    }

    fn send_with_lines(&mut self, text: &[u8]) -> Result<Before, u32> {
        let (bytes, here, known) = (self.bytes.len(), self.lines.len(), self.known);
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        let named = |line| split(line).is_ok_and(|(name, _)| self.find(name, 0).is_some());
        if here == 0 || !lines(text).any(named) {
            self.apply(text, ADD)?;
            return Ok(Before(Was::Shorter { bytes, lines: here, known }));
        }
        for line in lines(text) {
            let (name, value) = split(line)?;
            check(name, value)?;
        }
        let before = Before(Was::Other(self.clone()));
        let mut replaced = vec![false; here];
        for line in lines(text) {
            let (name, value) = split(line)?;
            let mut places = (0..).map_while(|index| self.find(name, index)).take_while(|&at| at < here);
            match places.find(|&at| !replaced[at]) {
                Some(at) => {
                    replaced[at] = true;
                    self.splice_value(at, 0, usize::MAX, &[value]);
                }
                None => self.push(name, value),
            }
        }
        Ok(before)
    }

    fn edit(&mut self, name: &[u8], value: &[u8], modifiers: u32) -> Result<(), u32> {
        if modifiers & ADD_IF_NEW != 0 {
            // contract: WinHttpAddRequestHeaders, api-behaviour section 8 (fails, list unchanged).
            if self.find(name, 0).is_some() {
                return Err(ERROR_WINHTTP_HEADER_ALREADY_EXISTS);
            }
        } else if modifiers & REPLACE != 0 {
            return self.replace(name, value, modifiers);
        } else if modifiers & (COALESCE_WITH_COMMA | COALESCE_WITH_SEMICOLON) != 0
            && let Some(at) = self.find(name, 0)
        {
            let separator: &[u8] = if modifiers & COALESCE_WITH_SEMICOLON != 0 { b"; " } else { b", " };
            return self.coalesce(at, separator, value);
        }
        self.push(name, value);
        Ok(())
    }

    fn replace(&mut self, name: &[u8], value: &[u8], modifiers: u32) -> Result<(), u32> {
        let occurrence = (modifiers & INDEX_MASK) as usize;
        match self.find(name, occurrence) {
            // contract: WinHttpAddRequestHeaders, api-behaviour section 8 (an empty value removes).
            Some(at) if value.is_empty() => self.remove_line(at),
            // contract: WinHttpAddRequestHeaders, api-behaviour section 8 (first occurrence, in place).
            Some(at) => self.splice_value(at, 0, usize::MAX, &[value]),
            None if modifiers & ADD == 0 => return Err(ERROR_WINHTTP_HEADER_NOT_FOUND),
            // Removing what is not there is no error, and adds nothing (inferred).
            None if value.is_empty() => {}
            None => self.push(name, value),
        }
        Ok(())
    }

    fn coalesce(&mut self, at: usize, separator: &[u8], value: &[u8]) -> Result<(), u32> {
        let old = self.lines[at].value;
        if value.is_empty() {
            return Ok(());
        }
        if old == 0 {
            self.splice_value(at, 0, 0, &[value]);
            return Ok(());
        }
        if old + separator.len() + value.len() > MAX_TEXT {
            return Err(ERROR_INVALID_PARAMETER);
        }
        self.splice_value(at, old, old, &[separator, value]);
        Ok(())
    }

    fn find(&self, name: &[u8], index: usize) -> Option<usize> {
        let same = |line: &Line| {
            line.name == name.len()
                && self
                    .bytes
                    .get(line.start..line.start + line.name)
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        self.lines.iter().enumerate().filter(|(_, line)| same(line)).nth(index).map(|(at, _)| at)
    }

    fn push(&mut self, name: &[u8], value: &[u8]) {
        self.lines.push(Line { start: self.bytes.len(), name: name.len(), value: value.len() });
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(b": ");
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(b"\r\n");
        self.known |= known_bit(name);
    }

    /// Puts `pieces` in the place of the bytes `from..to` of a line's value and moves the lines behind it.
    fn splice_value(&mut self, at: usize, from: usize, to: usize, pieces: &[&[u8]]) {
        let line = self.lines[at];
        let from = from.min(line.value);
        let to = to.clamp(from, line.value);
        let added: usize = pieces.iter().map(|piece| piece.len()).sum();
        let base = line.value_start();
        self.bytes.splice(base + from..base + to, pieces.iter().flat_map(|piece| piece.iter().copied()));
        self.lines[at].value = line.value - (to - from) + added;
        for later in self.lines.iter_mut().skip(at + 1) {
            later.start = later.start + added - (to - from);
        }
    }

    fn remove_line(&mut self, at: usize) {
        let line = self.lines.remove(at);
        let length = line.end() - line.start;
        self.bytes.drain(line.start..line.end());
        for later in self.lines.iter_mut().skip(at) {
            later.start -= length;
        }
        self.known = self.iter().fold(0, |known, (name, _)| known | known_bit(name));
    }
}

/// contract: WinHttpAddRequestHeaders, api-behaviour section 18 (any run of CR and LF separates).
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\r' || byte == b'\n').filter(|line| !line.is_empty())
}

fn split(line: &[u8]) -> Result<(&[u8], &[u8]), u32> {
    let colon = line.iter().position(|&byte| byte == b':').ok_or(ERROR_INVALID_PARAMETER)?;
    let (name, rest) = line.split_at(colon);
    Ok((name, trim(rest.get(1..).unwrap_or_default())))
}

fn check(name: &[u8], value: &[u8]) -> Result<(), u32> {
    // contract: WinHttpAddRequestHeaders, api-behaviour section 8: ":", ":b", "cd" and " e :f" are refused.
    let named = !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_graphic() && byte != b':');
    let clean = value.iter().all(|&byte| !matches!(byte, b'\r' | b'\n' | 0));
    if named && clean && name.len() <= MAX_TEXT && value.len() <= MAX_TEXT {
        Ok(())
    } else {
        Err(ERROR_INVALID_PARAMETER)
    }
}

/// The text without the blanks (SP, HT) at its ends: RFC 9110 section 5.5.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
