//! The target of a request line: what of the object name is escaped, dropped or sent as it is.
//!
//! contract: WinHttpOpenRequest, api-behaviour section 21. Always: a missing leading slash is added, a space
//! becomes `%20`, what is above U+007F becomes the `%XX` of its UTF-8 bytes, hexadecimal digits are upper case.
//!
//! | flags | path | query (from the first `?`) |
//! |---|---|---|
//! | none | escaped | escaped |
//! | ESCAPE_PERCENT | escaped, `%` too | escaped, `%` too |
//! | ESCAPE_DISABLE | raw, CR and LF dropped | raw, CR and LF dropped |
//! | ESCAPE_DISABLE_QUERY | escaped | raw, CR and LF dropped |
//!
//! A NUL is never sent raw: where nothing else is escaped it becomes `%00`.

use crate::unit::{Unit, push_low};
use winhttp_abi::{
    WINHTTP_FLAG_ESCAPE_DISABLE, WINHTTP_FLAG_ESCAPE_DISABLE_QUERY, WINHTTP_FLAG_ESCAPE_PERCENT,
};

/// The `WINHTTP_FLAG_ESCAPE_*` bits of WinHttpOpenRequest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Escape {
    /// `WINHTTP_FLAG_ESCAPE_PERCENT`: `%` is escaped as well.
    pub percent: bool,
    /// `WINHTTP_FLAG_ESCAPE_DISABLE`: nothing but spaces and non-ASCII is escaped. Wins over the others (inferred).
    pub disable: bool,
    /// `WINHTTP_FLAG_ESCAPE_DISABLE_QUERY`: the same for the query alone.
    pub disable_query: bool,
    /// `WINHTTP_OPTION_CODEPAGE`, for the query.
    pub page: CodePage,
}

/// What the characters of a query beyond ASCII become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodePage {
    /// `CP_UTF8`, and what the system's own page (`CP_ACP`) is here.
    #[default]
    Utf8,
    /// 20127
    Ascii,
    /// 28591
    Latin1,
    /// 1252
    Windows1252,
}

/// What stands at 0x80 to 0x9F of Windows-1252; five places are empty.
const WINDOWS_1252: [char; 32] = [
    '\u{20AC}', '\0', '\u{201A}', '\u{0192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{02C6}',
    '\u{2030}', '\u{0160}', '\u{2039}', '\u{0152}', '\0', '\u{017D}', '\0', '\0', '\u{2018}', '\u{2019}',
    '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{02DC}', '\u{2122}', '\u{0161}',
    '\u{203A}', '\u{0153}', '\0', '\u{017E}', '\u{0178}',
];

impl CodePage {
    /// The page of this number, if it is one that is known here.
    pub const fn of(number: u32) -> Option<Self> {
        match number {
            0 | 65_001 => Some(Self::Utf8),
            20_127 => Some(Self::Ascii),
            28_591 => Some(Self::Latin1),
            1252 => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// Appends a character beyond ASCII, escaped; `?` for one that the page does not have.
    fn push(self, character: char, out: &mut Vec<u8>) {
        let code = u32::from(character);
        let byte = match self {
            Self::Utf8 => {
                for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
                    push_escaped(byte, out);
                }
                return;
            }
            Self::Ascii => None,
            Self::Latin1 => u8::try_from(code).ok(),
            Self::Windows1252 if (0xA0..=0xFF).contains(&code) => Some(code as u8),
            Self::Windows1252 => {
                WINDOWS_1252.iter().position(|&own| own == character).map(|at| 0x80 + at as u8)
            }
        };
        match byte {
            Some(byte) => push_escaped(byte, out),
            None => out.push(b'?'),
        }
    }
}

impl Escape {
    /// Picks the bits out of the flags of WinHttpOpenRequest.
    pub const fn from_flags(flags: u32) -> Self {
        Self {
            percent: flags & WINHTTP_FLAG_ESCAPE_PERCENT != 0,
            disable: flags & WINHTTP_FLAG_ESCAPE_DISABLE != 0,
            disable_query: flags & WINHTTP_FLAG_ESCAPE_DISABLE_QUERY != 0,
            page: CodePage::Utf8,
        }
    }
}

/// Appends an object name that is its own target, whatever is to be escaped. False, and nothing is appended, for any other.
#[must_use]
pub fn push_plain<U: Unit>(path: &[U], out: &mut Vec<u8>) -> bool {
    let plain = |&unit: &U| unit.ascii().is_some_and(|byte| PLAIN[usize::from(byte)]);
    if !path.first().is_some_and(|unit| unit.is(b'/')) || !path.iter().all(plain) {
        return false;
    }
    push_low(path, out);
    true
}

/// Appends the target for an object name; empty text gives `/`.
pub fn request_target<U: Unit>(path: &[U], escape: Escape, out: &mut Vec<u8>) {
    out.reserve(path.len() + 1);
    if !path.first().is_some_and(|unit| unit.is(b'/')) {
        out.push(b'/');
    }
    let mut raw = escape.disable;
    // contract: options, CODEPAGE is that of the query; a path is always UTF-8
    let mut page = CodePage::Utf8;
    let mut rest = path;
    while let Some((&unit, behind)) = rest.split_first() {
        let Some(byte) = unit.ascii() else {
            let (character, units) = U::first(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
            page.push(character, out);
            rest = rest.get(units..).unwrap_or_default();
            continue;
        };
        rest = behind;
        if PLAIN[usize::from(byte)] {
            out.push(byte);
            continue;
        }
        if byte == b'?' {
            raw |= escape.disable_query;
            page = escape.page;
        }
        match byte {
            b'\r' | b'\n' if raw => {}
            b' ' | 0 => push_escaped(byte, out),
            _ if raw => out.push(byte),
            b'%' if escape.percent => push_escaped(byte, out),
            _ if must_escape(byte) => push_escaped(byte, out),
            _ => out.push(byte),
        }
    }
}

/// What stands as it is, whatever is to be escaped.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = !must_escape(byte as u8) && byte != b'%' as usize && byte != b'?' as usize;
        byte += 1;
    }
    plain
};

/// The bytes that never stand raw on an escaped request line.
pub(crate) const fn must_escape(byte: u8) -> bool {
    matches!(
        byte,
        0..=b' ' | b'"' | b'#' | b'<' | b'>' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x7f..
    )
}

/// Appends `%XX`.
pub(crate) fn push_escaped(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}
