//! A response head, from bytes that arrive in any pieces.
//!
//! The head usually arrives whole: then one call of httparse does all the work. If it does not, the place up
//! to which the end of the head was looked for is remembered, and httparse is asked again only when the empty
//! line is there; a server that sends one byte at a time costs linear work.
//!
//! What is taken and what is refused (RFC 9112 section 2.2 and 5):
//!
//! | input | answer |
//! |---|---|
//! | lines ended by LF alone, empty lines before the status line | taken |
//! | a missing reason phrase, several blanks in the status line | taken |
//! | blanks between name and colon | taken, not part of the name |
//! | folded lines (obsolete) | taken, the fold becomes blanks |
//! | lines that are no header line (no colon, a control character) | passed over; still in the raw text |
//! | anything that does not begin with `HTTP/1.`, a NUL, a lone CR | `ERROR_WINHTTP_INVALID_SERVER_RESPONSE` |

use super::alike::{Likeness, likeness};
use super::framing::Seen;
use super::headers::trim;
use super::scan;
use core::mem::MaybeUninit;
use core::ops::Range;
use winhttp_abi::{
    ERROR_WINHTTP_HEADER_COUNT_EXCEEDED, ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
    ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
};

/// How much of a head is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole head, `WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE`.
    pub size: usize,
    /// Header lines. WinHTTP's own number is not public; [`MAX_FIELDS`] is ours (inferred).
    pub count: usize,
}

/// The most header lines in a response head, and in a trailer.
pub const MAX_FIELDS: usize = 1024;

impl Default for Limits {
    /// 64 KiB (contract: WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE, api-behaviour section 34).
    fn default() -> Self {
        Self { size: 65_536, count: MAX_FIELDS }
    }
}

/// What is wrong with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadFault {
    /// The bytes are no HTTP/1.x response.
    Garbage,
    /// More header lines than [`Limits::count`].
    Count,
    /// More bytes than [`Limits::size`].
    Size,
}

impl HeadFault {
    /// The Win32 error number (contract: WinHttpReceiveResponse, api-behaviour section 35).
    pub const fn code(self) -> u32 {
        match self {
            Self::Garbage => ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
            Self::Count => ERROR_WINHTTP_HEADER_COUNT_EXCEEDED,
            Self::Size => ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
        }
    }
}

/// How far a head has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The empty line is still missing: call again with more bytes behind the same ones.
    Partial,
    /// The head is whole; the body begins at `input[consumed]`.
    Complete {
        /// Bytes of `input` that the head took, including empty lines before it.
        consumed: usize,
    },
}

/// One field as two ranges of the raw text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: (u32, u32),
    pub(super) value: (u32, u32),
}

impl Field {
    /// From the end of the name to the end of the value.
    fn span(&self) -> Range<usize> {
        self.name.1 as usize..self.value.1 as usize
    }
}

/// The bit that stands for names of this length with this first character, in either case, and for some others.
#[inline]
pub(super) fn name_bit(first: u8, length: usize) -> u32 {
    1 << ((usize::from(first | 0x20) + length) % 32)
}

/// Fields and the raw text they point into.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    raw: Vec<u8>,
    index: Vec<Field>,
    /// A [`name_bit`] for each name that may be there: most that are asked for are not.
    names: u32,
}

impl Fields {
    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.raw.clear();
        self.index.clear();
        self.names = 0;
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The bytes as received, with folded lines unfolded in place.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The first value of this name; ASCII case does not matter.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.nth(name, 0)
    }

    /// The `index`-th value of this name, counted from 0. Duplicates are never merged
    /// (contract: WinHttpQueryHeaders, api-behaviour section 36).
    pub fn nth(&self, name: &[u8], index: usize) -> Option<&[u8]> {
        let first = *name.first()?;
        if self.names & name_bit(first, name.len()) == 0 {
            return None;
        }
        self.all(name).nth(index)
    }

    /// Every value of this name in order.
    pub fn all<'a, 'n>(&'a self, name: &'n [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        let length = name.len();
        let mut long =
            self.index.iter().filter(move |field| (field.name.1 - field.name.0) as usize == length);
        std::iter::from_fn(move || {
            let field = long.find(|field| self.text(field.name).eq_ignore_ascii_case(name))?;
            Some(self.text(field.value))
        })
    }

    /// Names and values of those whose name is as long as one of these.
    #[inline]
    pub(super) fn with_lengths<const N: usize>(
        &self,
        lengths: [u32; N],
    ) -> impl Iterator<Item = (&[u8], &[u8])> {
        let fits = move |field: &&Field| lengths.contains(&(field.name.1 - field.name.0));
        self.index.iter().filter(fits).map(|field| (self.text(field.name), self.text(field.value)))
    }

    /// Names and values in the order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.index.iter().map(|field| (self.text(field.name), self.text(field.value)))
    }

    /// Appends the lines, each ended by CRLF, and an empty line: the form of `WINHTTP_QUERY_RAW_HEADERS_CRLF`.
    ///
    /// contract: WinHttpQueryHeaders, api-behaviour section 36 (ends CRLFCRLF).
    pub fn raw_crlf(&self, out: &mut Vec<u8>) {
        out.reserve(self.raw.len() + 4);
        for line in self.lines() {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends the lines, each ended by a NUL: the form of `WINHTTP_QUERY_RAW_HEADERS`. The further NUL behind
    /// the last line is not counted in the length and therefore not written here
    /// (contract: WinHttpQueryHeaders, api-behaviour section 36).
    pub fn raw_nul(&self, out: &mut Vec<u8>) {
        out.reserve(self.raw.len());
        for line in self.lines() {
            out.extend_from_slice(line);
            out.push(0);
        }
    }

    /// The lines without their ends and without blank ones.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.raw
            .split(|&byte| byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !trim(line).is_empty())
    }

    /// Reads trailer lines, as the chunked coding keeps them (each ended by LF or CRLF, without the empty line).
    ///
    /// # Errors
    /// [`HeadFault::Count`] or [`HeadFault::Garbage`]; the list is empty then.
    pub fn parse_trailer(&mut self, lines: &[u8]) -> Result<(), HeadFault> {
        // httparse speaks of response heads only when it is lenient: a status line makes one of the lines.
        const STATUS_LINE: &[u8] = b"HTTP/1.1 200\r\n";
        self.clear();
        if lines.is_empty() {
            return Ok(());
        }
        let mut head = ResponseHead::default();
        let mut text = STATUS_LINE.to_vec();
        text.extend_from_slice(lines);
        text.extend_from_slice(b"\r\n");
        match head.parse(&text, &Limits { size: usize::MAX, count: MAX_FIELDS })? {
            Progress::Complete { .. } => {
                let shift = STATUS_LINE.len() as u32;
                *self = head.fields;
                self.raw.drain(..STATUS_LINE.len());
                for field in &mut self.index {
                    for edge in [&mut field.name.0, &mut field.name.1, &mut field.value.0, &mut field.value.1]
                    {
                        *edge = edge.saturating_sub(shift);
                    }
                }
                Ok(())
            }
            Progress::Partial => Err(HeadFault::Garbage),
        }
    }

    /// Takes every line of this name away, from the raw text too.
    fn hide(&mut self, name: &[u8]) {
        while let Some(at) =
            self.index.iter().position(|field| self.text(field.name).eq_ignore_ascii_case(name))
        {
            let field = self.index.remove(at);
            let (start, end) = (field.name.0 as usize, field.value.1 as usize);
            let before = self.raw.get(..start).unwrap_or_default();
            let from = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
            let behind = self.raw.get(end..).unwrap_or_default();
            let to = behind.iter().position(|&byte| byte == b'\n').map_or(self.raw.len(), |at| end + at + 1);
            self.raw.drain(from..to);
            let gone = (to - from) as u32;
            for later in self.index.iter_mut().skip(at) {
                for edge in [&mut later.name.0, &mut later.name.1, &mut later.value.0, &mut later.value.1] {
                    *edge -= gone;
                }
            }
        }
    }

    fn text(&self, (start, end): (u32, u32)) -> &[u8] {
        self.raw.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// A response head: status line, fields, and the raw bytes behind both.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    fields: Fields,
    /// The fields are those of the head before, and shown to nobody: the next one may be like it.
    past: bool,
    /// They were read by [`scan::plain`], from a head with this code and minor version, and are untouched.
    plain: Option<(u16, u8)>,
    /// What its fields say of the body, once somebody has asked.
    pub(super) framing: Option<Seen>,
    status: u16,
    minor: u8,
    status_at: u32,
    reason: (u32, u32),
    /// Line ends in front of the status line.
    start: usize,
    /// Bytes in which the end of the head was looked for.
    scanned: usize,
    tried: bool,
}

impl ResponseHead {
    /// Bytes of status line and fields, with their line ends.
    pub fn size(&self) -> usize {
        self.fields().raw().len()
    }

    /// Forgets everything and keeps the memory: ready for the next head.
    pub fn clear(&mut self) {
        self.past = self.plain.is_some();
        if !self.past {
            self.fields.clear();
            self.framing = None;
        }
        self.status = 0;
        self.minor = 1;
        self.start = 0;
        self.scanned = 0;
        self.tried = false;
    }

    /// The status code, 0 before a head has been read.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The minor version: 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub fn minor_version(&self) -> u8 {
        self.minor
    }

    /// The version as `WINHTTP_QUERY_VERSION` gives it.
    pub fn version(&self) -> &'static str {
        if self.minor == 0 { "HTTP/1.0" } else { "HTTP/1.1" }
    }

    /// The reason phrase, possibly empty, as `WINHTTP_QUERY_STATUS_TEXT` gives it.
    pub fn status_text(&self) -> &[u8] {
        self.fields().text(self.reason)
    }

    /// The fields and the raw text (status line included).
    #[inline]
    pub fn fields(&self) -> &Fields {
        static NONE: Fields = Fields { raw: Vec::new(), index: Vec::new(), names: 0 };
        if self.past { &NONE } else { &self.fields }
    }

    /// The first value of this name.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields().get(name)
    }

    /// The `index`-th value of this name, counted from 0.
    pub fn nth(&self, name: &[u8], index: usize) -> Option<&[u8]> {
        self.fields().nth(name, index)
    }

    /// Appends the head as `WINHTTP_QUERY_RAW_HEADERS_CRLF` gives it. See [`Fields::raw_crlf`].
    pub fn raw_crlf(&self, out: &mut Vec<u8>) {
        self.fields().raw_crlf(out);
    }

    /// Appends the head as `WINHTTP_QUERY_RAW_HEADERS` gives it. See [`Fields::raw_nul`].
    pub fn raw_nul(&self, out: &mut Vec<u8>) {
        self.fields().raw_nul(out);
    }

    /// Takes every field of this name away, from the raw text too: what is no longer true of the body.
    pub fn hide(&mut self, name: &[u8]) {
        if !self.past {
            (self.plain, self.framing) = (None, None);
            self.fields.hide(name);
        }
    }

    /// Changes the status code, in the raw text too; the reason phrase stays.
    ///
    /// contract: WinHttpReceiveResponse, api-behaviour section 24 (Passport turns 302 into `401 Found`).
    pub fn set_status(&mut self, status: u16) {
        let status = status.min(999);
        let digits =
            [b'0' + (status / 100) as u8, b'0' + (status / 10 % 10) as u8, b'0' + (status % 10) as u8];
        let at = self.status_at as usize;
        if let Some(place) = self.fields.raw.get_mut(at..at + 3).filter(|_| !self.past) {
            self.plain = None;
            place.copy_from_slice(&digits);
            self.status = status;
        }
    }

    /// Looks at the bytes received so far.
    ///
    /// `input` begins with the first byte of the head and only grows from call to call, until
    /// [`clear`](Self::clear). Bytes behind the head are not looked at.
    ///
    /// # Errors
    /// See the table above; after an error call [`clear`](Self::clear).
    pub fn parse(&mut self, input: &[u8], limits: &Limits) -> Result<Progress, HeadFault> {
        // RFC 9112 section 2.2: empty lines before the message are passed over.
        while matches!(input.get(self.start), Some(b'\r' | b'\n')) {
            self.start += 1;
        }
        let start = self.start;
        if start > limits.size {
            return Err(HeadFault::Size);
        }
        let head = input.get(start..).unwrap_or_default();
        if !begins_like_http(head) {
            return Err(HeadFault::Garbage);
        }
        let window = head.get(..limits.size.saturating_sub(start)).unwrap_or(head);
        let truncated = window.len() < head.len();

        let known_end = if self.tried {
            match end_of_head(window, self.scanned.saturating_sub(start)) {
                None if truncated => return Err(HeadFault::Size),
                None => {
                    self.scanned = input.len();
                    return Ok(Progress::Partial);
                }
                end => end,
            }
        } else {
            None
        };
        self.tried = true;
        // Given only the head itself, httparse has no reason to say that something is missing.
        let text = known_end.and_then(|end| window.get(..end)).unwrap_or(window);
        match self.read(text, limits.count)? {
            Some(length) => Ok(Progress::Complete { consumed: start + length }),
            None if known_end.is_some() => Err(HeadFault::Garbage),
            None if truncated => Err(HeadFault::Size),
            None => {
                // An end that httparse did not take as one must not be found later in other pieces.
                if end_of_head(window, 0).is_some() {
                    return Err(HeadFault::Garbage);
                }
                self.scanned = input.len();
                Ok(Progress::Partial)
            }
        }
    }

    fn read(&mut self, text: &[u8], count: usize) -> Result<Option<usize>, HeadFault> {
        /// Heads with no more fields than this are read with a small array on the stack.
        const USUAL: usize = 64;
        if std::mem::take(&mut self.past)
            && let Some((code, minor)) = self.plain
        {
            let known = &self.fields;
            let likeness = likeness(&known.raw, &known.index, text);
            if likeness != Likeness::Other && known.index.len() <= count {
                let length = known.raw.len();
                if likeness != Likeness::Same {
                    self.fields.raw.copy_from_slice(text.get(..length).unwrap_or(text));
                }
                if likeness == Likeness::Alike {
                    self.framing = None;
                }
                (self.status, self.minor) = (code, minor);
                return Ok(Some(length));
            }
        }
        self.framing = None;
        if let Some(status) = scan::plain(text, count.min(USUAL), &mut self.fields.index) {
            self.plain = Some((status.code, status.minor));
            self.fields.names = status.names;
            self.fields.raw.clear();
            self.fields.raw.extend_from_slice(text.get(..status.length).unwrap_or(text));
            self.status = status.code;
            self.minor = status.minor;
            self.status_at = scan::CODE_AT as u32;
            self.reason = status.reason;
            return Ok(Some(status.length));
        }
        self.plain = None;
        self.fields.clear();
        (self.status_at, self.reason) = (0, (0, 0));
        let mut usual = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; USUAL];
        let slots = usual.len().min(count);
        match self.read_into(text, usual.get_mut(..slots).unwrap_or_default()) {
            Err(HeadFault::Count) if count > USUAL => {
                let mut many = vec![MaybeUninit::<httparse::Header<'_>>::uninit(); count.min(MAX_FIELDS)];
                self.read_into(text, &mut many)
            }
            answer => answer,
        }
    }

    fn read_into<'t>(
        &mut self,
        text: &'t [u8],
        slots: &mut [MaybeUninit<httparse::Header<'t>>],
    ) -> Result<Option<usize>, HeadFault> {
        let mut response = httparse::Response::new(&mut []);
        let length = match lenient().parse_response_with_uninit_headers(&mut response, text, slots) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(HeadFault::Count),
            Err(_) => return Err(HeadFault::Garbage),
        };
        let (Some(status), Some(minor)) = (response.code, response.version) else {
            return Err(HeadFault::Garbage);
        };
        let Ok(_) = u32::try_from(length) else {
            return Err(HeadFault::Size);
        };
        let base = text.as_ptr() as usize;
        let place = |part: &[u8]| {
            let start = part.as_ptr() as usize - base;
            (start as u32, (start + part.len()) as u32)
        };
        self.fields.clear();
        self.fields.raw.extend_from_slice(text.get(..length).unwrap_or(text));
        self.fields.index.extend(
            response
                .headers
                .iter()
                .map(|header| Field { name: place(header.name.as_bytes()), value: place(header.value) }),
        );
        self.fields.names = u32::MAX;
        // One line for each field, the status line and the empty one: then nothing is folded, nor passed over.
        if line_ends(&self.fields.raw) != self.fields.index.len() + 2 {
            self.unfold();
        }
        self.status = status;
        self.minor = minor;
        self.locate_status();
        Ok(Some(length))
    }

    /// Turns the line ends inside fields into blanks: RFC 9112 section 5.2.
    fn unfold(&mut self) {
        for field in &self.fields.index {
            for byte in self.fields.raw.get_mut(field.span()).unwrap_or_default() {
                if matches!(byte, b'\r' | b'\n') {
                    *byte = b' ';
                }
            }
        }
    }

    /// Finds code and reason in the status line, which httparse has accepted. The reason is taken from here
    /// because httparse gives none if it holds bytes above 0x7F.
    fn locate_status(&mut self) {
        let line = self.fields.lines().next().unwrap_or_default();
        let blank = |from: usize| -> usize {
            line.iter().skip(from).take_while(|byte| matches!(byte, b' ' | b'\t')).count() + from
        };
        let code = blank(VERSION_LENGTH);
        let reason = blank(code + 3).min(line.len());
        let end = line.len();
        self.status_at = code as u32;
        self.reason = (reason as u32, end as u32);
    }
}

/// How many line ends there are, counted in blocks that a byte can count and a vector unit can add.
fn line_ends(text: &[u8]) -> usize {
    text.chunks(128)
        .map(|block| usize::from(block.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>()))
        .sum()
}

/// Length of `HTTP/1.1`.
const VERSION_LENGTH: usize = 8;

fn lenient() -> httparse::ParserConfig {
    let mut config = httparse::ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .ignore_invalid_headers_in_responses(true);
    config
}

/// Whether these bytes can still become a status line. Decides at the first wrong byte, so a server that
/// sends something else is not waited for.
///
/// contract: WinHttpReceiveResponse, api-behaviour section 19 (no status line).
fn begins_like_http(head: &[u8]) -> bool {
    const START: &[u8] = b"HTTP/1.";
    let length = head.len().min(START.len());
    head.get(..length) == START.get(..length)
}

/// The length of the head if its empty line is in `text`. `from` bytes were searched before.
fn end_of_head(text: &[u8], from: usize) -> Option<usize> {
    // The empty line may straddle the place where the last search stopped.
    let mut at = from.saturating_sub(3);
    while let Some(found) = text.get(at..)?.iter().position(|&byte| byte == b'\n') {
        let next = at + found + 1;
        match text.get(next..)? {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}
