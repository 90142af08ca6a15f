//! The head that nearly every server sends, read in one pass.
//!
//! [`plain`] takes only what has one meaning: lines ended by CRLF, a name of letters, digits and dashes, the colon
//! right behind it, and a value of printable bytes without blanks at its end. Anything else it leaves alone, for
//! httparse to judge. What it takes, httparse takes with the same result (`tests/http_decode.rs`).

use super::decode::{Field, name_bit};

/// What a status line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// Bytes of the whole head, with the empty line.
    pub(super) length: usize,
    pub(super) code: u16,
    pub(super) minor: u8,
    /// Where the reason phrase stands.
    pub(super) reason: (u32, u32),
    /// A [`name_bit`] for each name.
    pub(super) names: u32,
}

/// Where the status code stands in a plain head.
pub(super) const CODE_AT: usize = 9;

/// Reads a whole plain head with at most `most` fields; `None` where it is incomplete or anything but plain.
#[inline(never)]
pub(super) fn plain(text: &[u8], most: usize, fields: &mut Vec<Field>) -> Option<Status> {
    let &[b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ (b'0' | b'1'), b' ', a, b, c, behind, ..] = text
    else {
        return None;
    };
    if !(a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit()) {
        return None;
    }
    let digit = |byte: u8| u16::from(byte - b'0');
    let code = 100 * digit(a) + 10 * digit(b) + digit(c);
    let reason = match (behind, text.get(13)?) {
        (b' ', b' ' | b'\t' | b'\r') => return None,
        (b' ', _) => 13,
        (b'\r', _) => 12,
        _ => return None,
    };
    let end = printable(text, reason);
    let phrase = text.get(reason..end)?;
    if !phrase.is_ascii() || phrase.last() == Some(&b' ') {
        return None;
    }
    let mut at = line_end(text, end)?;
    fields.clear();
    let mut names = 0;
    loop {
        let name = at;
        at += name_length(text.get(at..)?)?;
        if at == name {
            // Not a name: the empty line, or something that is for others to judge.
            let length = line_end(text, at)?;
            let reason = (reason as u32, end as u32);
            return Some(Status { length, code, minor: minor - b'0', reason, names });
        }
        if text[at] != b':' || fields.len() == most {
            return None;
        }
        let value = at + 1 + usize::from(text.get(at + 1) == Some(&b' '));
        let end = printable(text, value);
        if end == value || text[value] == b' ' || text[end - 1] == b' ' {
            return None;
        }
        names |= name_bit(text[name], at - name);
        fields.push(Field { name: (name as u32, at as u32), value: (value as u32, end as u32) });
        at = line_end(text, end)?;
    }
}

/// How many of the first bytes may be a name's; `None` where no other byte follows.
#[inline(always)]
fn name_length(text: &[u8]) -> Option<usize> {
    let other = |byte: u8| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        !(letter | digit | (byte == b'-'))
    };
    let mut at = 0;
    while let Some(Ok(sixteen)) = text.get(at..at + 16).map(<[u8; 16]>::try_from) {
        if let Some(more) = first_of(sixteen, other) {
            return Some(at + more);
        }
        at += 16;
    }
    text.get(at..)?.iter().position(|&byte| other(byte)).map(|more| at + more)
}

/// The place behind the CRLF that stands at `at`.
#[inline]
fn line_end(text: &[u8], at: usize) -> Option<usize> {
    (text.get(at..at + 2)? == b"\r\n").then_some(at + 2)
}

/// The first place from `at` on whose byte is a control character, or the end.
#[inline(always)]
pub(super) fn printable(text: &[u8], mut at: usize) -> usize {
    let control = |byte: u8| (byte < b' ') | (byte == 0x7F);
    while let Some(Ok(sixteen)) = text.get(at..at + 16).map(<[u8; 16]>::try_from) {
        if let Some(more) = first_of(sixteen, control) {
            return at + more;
        }
        at += 16;
    }
    while text.get(at).is_some_and(|&byte| !control(byte)) {
        at += 1;
    }
    at
}

/// The first of sixteen bytes that is `sought`. Written so that a vector unit looks at all of them at once: without
/// branches, and with a whole byte of each answer.
#[inline(always)]
fn first_of(sixteen: [u8; 16], sought: impl Fn(u8) -> bool) -> Option<usize> {
    let found = u128::from_le_bytes(sixteen.map(|byte| 0u8.wrapping_sub(u8::from(sought(byte)))));
    let (low, high) = (found as u64, (found >> 64) as u64);
    if low != 0 {
        Some(low.trailing_zeros() as usize / 8)
    } else if high != 0 {
        Some(8 + high.trailing_zeros() as usize / 8)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_stops_at_the_first_control_character() {
        let mut text = [b'x'; 40];
        assert_eq!(printable(&text, 3), 40);
        for place in 0..40 {
            for control in [0, 1, 9, 10, 13, 31, 127] {
                text[place] = control;
                for from in 0..=place {
                    assert_eq!(printable(&text, from), place, "{control} at {place} from {from}");
                }
                text[place] = 0xE9;
                assert_eq!(printable(&text, 0), 40);
            }
            text[place] = b'x';
        }
    }

    #[test]
    fn names_are_letters_digits_and_dashes() {
        for length in 0..40 {
            for place in 0..=length {
                for byte in 0..=255u8 {
                    let mut text = [b'q'; 41];
                    text[length] = b':';
                    text[place] = if place == length { b':' } else { byte };
                    let other = !(byte.is_ascii_alphanumeric() || byte == b'-');
                    let expected = if other { place } else { length };
                    assert_eq!(name_length(&text), Some(expected), "{byte} at {place} of {length}");
                }
            }
        }
        assert_eq!(name_length(b"all"), None);
        assert_eq!(name_length(b"alltheeight-bytes"), None);
    }

    #[test]
    fn what_is_not_plain_is_left_alone() {
        let mut fields = Vec::new();
        for text in [
            "HTTP/1.1 200 OK\r\nA: b\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n\r",
            "HTTP/1.1 200 OK\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b \r\n\r\n",
            "HTTP/1.1 200 OK\r\nA:  b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA:\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 200  OK\r\n\r\n",
            "HTTP/1.1 2000\r\n\r\n",
            "HTTP/1.2 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
            "",
        ] {
            assert_eq!(plain(text.as_bytes(), 64, &mut fields), None, "{text:?}");
        }
        let text = b"HTTP/1.0 404\r\nA:b\r\nC-d: e f\r\n\r\nbody";
        let status = plain(text, 2, &mut fields).unwrap();
        assert_eq!((status.code, status.minor, status.reason, status.length), (404, 0, (12, 12), 31));
        assert_eq!(fields.len(), 2);
        assert_eq!(plain(text, 1, &mut fields), None);
    }
}
