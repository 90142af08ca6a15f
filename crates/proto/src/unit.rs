//! Code units: the same text rules for 8-, 16- and 32-bit characters.
//!
//! WinHTTP's own character is a UTF-16 code unit; where `wchar_t` has four bytes the same text arrives as
//! UTF-32, and the Rust API speaks UTF-8. Everything that only looks at ASCII (URLs, dates, header names) is
//! written once over [`Unit`]; only these functions know how a character above U+007F is spelled.
//!
//! Decoding never fails: what is no Unicode scalar value (a lone surrogate, a malformed byte, a number above
//! U+10FFFF) reads as U+FFFD.

/// One code unit of application text: `u8` (UTF-8), `u16` (UTF-16) or `u32` (UTF-32).
pub trait Unit: Copy + Eq + Default + core::fmt::Debug + Into<u32> + Send + Sync + 'static {
    /// The unit that stands for an ASCII character.
    fn from_ascii(byte: u8) -> Self;

    /// The unit with this value, or `None` if the value does not fit the width.
    fn from_u32(value: u32) -> Option<Self>;

    /// The first scalar value of `text` and how many units it takes; `None` only for empty text.
    fn first(text: &[Self]) -> Option<(char, usize)>;

    /// Appends one character.
    fn push(character: char, out: &mut Vec<Self>);

    /// The ASCII character of this unit, if it is one.
    #[inline]
    fn ascii(self) -> Option<u8> {
        let value: u32 = self.into();
        u8::try_from(value).ok().filter(u8::is_ascii)
    }

    /// Whether this unit is the ASCII character `byte`.
    #[inline]
    fn is(self, byte: u8) -> bool {
        let value: u32 = self.into();
        value == u32::from(byte)
    }
}

impl Unit for u8 {
    #[inline]
    fn from_ascii(byte: u8) -> Self {
        byte
    }

    fn from_u32(value: u32) -> Option<Self> {
        Self::try_from(value).ok()
    }

    fn first(text: &[Self]) -> Option<(char, usize)> {
        let &lead = text.first()?;
        if lead.is_ascii() {
            return Some((char::from(lead), 1));
        }
        let window = text.get(..4).unwrap_or(text);
        let valid = match core::str::from_utf8(window) {
            Ok(valid) => valid,
            Err(error) => {
                let (valid, _) = window.split_at(error.valid_up_to());
                if valid.is_empty() {
                    return Some((char::REPLACEMENT_CHARACTER, error.error_len().unwrap_or(window.len())));
                }
                core::str::from_utf8(valid).unwrap_or_default()
            }
        };
        valid.chars().next().map(|c| (c, c.len_utf8()))
    }

    fn push(character: char, out: &mut Vec<Self>) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

impl Unit for u16 {
    #[inline]
    fn from_ascii(byte: u8) -> Self {
        Self::from(byte)
    }

    fn from_u32(value: u32) -> Option<Self> {
        Self::try_from(value).ok()
    }

    fn first(text: &[Self]) -> Option<(char, usize)> {
        let window = text.get(..2).unwrap_or(text);
        let decoded = char::decode_utf16(window.iter().copied()).next()?;
        Some(decoded.map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, c.len_utf16())))
    }

    fn push(character: char, out: &mut Vec<Self>) {
        out.extend_from_slice(character.encode_utf16(&mut [0; 2]));
    }
}

impl Unit for u32 {
    #[inline]
    fn from_ascii(byte: u8) -> Self {
        Self::from(byte)
    }

    fn from_u32(value: u32) -> Option<Self> {
        Some(value)
    }

    fn first(text: &[Self]) -> Option<(char, usize)> {
        text.first().map(|&unit| (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 1))
    }

    fn push(character: char, out: &mut Vec<Self>) {
        out.push(character.into());
    }
}

/// The text as UTF-8. Units that are no scalar value become U+FFFD.
pub fn to_utf8<U: Unit>(text: &[U]) -> String {
    let mut out = String::with_capacity(text.len());
    push_utf8(text, &mut out);
    out
}

/// Appends the text to a UTF-8 string, keeping its capacity across calls.
pub fn push_utf8<U: Unit>(text: &[U], out: &mut String) {
    let mut rest = text;
    while let Some((character, units)) = U::first(rest) {
        out.push(character);
        rest = rest.get(units..).unwrap_or_default();
    }
}

/// Appends UTF-8 text in code units of the wanted width.
pub fn encode<U: Unit>(text: &str, out: &mut Vec<U>) {
    out.reserve(text.len());
    for character in text.chars() {
        U::push(character, out);
    }
}

/// One byte per unit, or `None` if a unit is above 0xFF.
///
/// Header text that does not fit is refused with `ERROR_INVALID_PARAMETER`
/// (contract: WinHttpAddRequestHeaders, api-behaviour section 35). Eight-bit text is taken byte for byte.
pub fn to_latin1<U: Unit>(text: &[U]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    push_latin1(text, &mut out).then_some(out)
}

/// Like [`to_latin1`], into a buffer that is reused. On `false` nothing has been appended.
#[must_use]
pub fn push_latin1<U: Unit>(text: &[U], out: &mut Vec<u8>) -> bool {
    if text.iter().any(|&unit| Into::<u32>::into(unit) > 0xff) {
        return false;
    }
    push_low(text, out);
    true
}

/// Appends units that are known to be below 256.
#[inline]
pub(crate) fn push_low<U: Unit>(text: &[U], out: &mut Vec<u8>) {
    out.extend(text.iter().map(|&unit| Into::<u32>::into(unit) as u8));
}

/// Appends bytes as the code units of the same value (Latin-1). For `u8` this is a copy.
pub fn from_latin1<U: Unit>(bytes: &[u8], out: &mut Vec<U>) {
    out.reserve(bytes.len());
    out.extend(bytes.iter().filter_map(|&byte| U::from_u32(u32::from(byte))));
}

/// Whether two texts are the same but for ASCII case.
pub fn eq_ignore_ascii_case<U: Unit>(text: &[U], ascii: &str) -> bool {
    text.len() == ascii.len()
        && text
            .iter()
            .zip(ascii.bytes())
            .all(|(&unit, byte)| unit.ascii().is_some_and(|own| own.eq_ignore_ascii_case(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units<U: Unit>(text: &str) -> Vec<U> {
        let mut out = Vec::new();
        encode(text, &mut out);
        out
    }

    #[test]
    fn text_survives_every_width() {
        let text = "a\u{e9}\u{541b}\u{1f600}z";
        assert_eq!(to_utf8(&units::<u8>(text)), text);
        assert_eq!(to_utf8(&units::<u16>(text)), text);
        assert_eq!(to_utf8(&units::<u32>(text)), text);
        assert_eq!(units::<u16>(text).len(), 6);
        assert_eq!(units::<u32>(text).len(), 5);
    }

    #[test]
    fn what_is_no_scalar_value_reads_as_replacement() {
        assert_eq!(to_utf8(&[0x61u16, 0xd800, 0x62]), "a\u{fffd}b");
        assert_eq!(to_utf8(&[0x61u16, 0xdc00]), "a\u{fffd}");
        assert_eq!(to_utf8(&[0xd800u32, 0x0011_0000]), "\u{fffd}\u{fffd}");
        assert_eq!(to_utf8(b"a\xff\xc3b\xe2\x82"), String::from_utf8_lossy(b"a\xff\xc3b\xe2\x82"));
    }

    #[test]
    fn latin1_is_all_or_nothing() {
        assert_eq!(to_latin1(&[0x41u16, 0xe9]), Some(vec![0x41, 0xe9]));
        assert_eq!(to_latin1(&[0x41u16, 0x100]), None);
        let mut kept = vec![1];
        assert!(!push_latin1(&[0x41u32, 0x541b], &mut kept));
        assert_eq!(kept, [1]);
        let mut wide = Vec::<u16>::new();
        from_latin1(b"\xe9A", &mut wide);
        assert_eq!(wide, [0xe9, 0x41]);
    }

    #[test]
    fn ascii_comparison_never_folds_wide_units() {
        assert!(eq_ignore_ascii_case(&units::<u16>("HtTp"), "http"));
        // U+0148 has the low byte of 'H'.
        assert!(!eq_ignore_ascii_case(&[0x0148u16, 0x74, 0x74, 0x70], "http"));
    }
}
