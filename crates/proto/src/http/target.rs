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

use crate::unit::Unit;
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
}

impl Escape {
    /// Picks the bits out of the flags of WinHttpOpenRequest.
    pub const fn from_flags(flags: u32) -> Self {
        Self {
            percent: flags & WINHTTP_FLAG_ESCAPE_PERCENT != 0,
            disable: flags & WINHTTP_FLAG_ESCAPE_DISABLE != 0,
            disable_query: flags & WINHTTP_FLAG_ESCAPE_DISABLE_QUERY != 0,
        }
    }
}

/// Appends the target for an object name; empty text gives `/`.
pub fn request_target<U: Unit>(path: &[U], escape: Escape, out: &mut Vec<u8>) {
    out.reserve(path.len() + 1);
    if !path.first().is_some_and(|unit| unit.is(b'/')) {
        out.push(b'/');
    }
    let mut raw = escape.disable;
    let mut rest = path;
    while let Some((&unit, behind)) = rest.split_first() {
        let Some(byte) = unit.ascii() else {
            let (character, units) = U::first(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
            for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
                push_escaped(byte, out);
            }
            rest = rest.get(units..).unwrap_or_default();
            continue;
        };
        rest = behind;
        if byte == b'?' && escape.disable_query {
            raw = true;
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
