//! A head that reads as the one before.
//!
//! On a connection that is kept the replies of a server differ in a date, a length, a tag: inside of values. Where a
//! plain head differs from the one before in nothing else, [`scan`](super::scan) would find the same fields in the same
//! places, and does not have to look for them.

use super::decode::Field;
use super::framing;

/// What a text is, beside a plain head of which every place is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It begins with the same bytes.
    Same,
    /// It begins with a head of the same length, whose fields stand in the same places. Those that say where the body
    /// ends are the same.
    Framed,
    /// It begins with a head of the same length, whose fields stand in the same places.
    Alike,
    /// It is to be read.
    Other,
}

/// Compares `text` with the plain head `known`, whose fields are `fields`, in their order.
pub(super) fn likeness(known: &[u8], fields: &[Field], text: &[u8]) -> Likeness {
    let Some(text) = text.get(..known.len()) else { return Likeness::Other };
    let mut values = Values { left: fields, likeness: Likeness::Same };
    let (blocks, rest) = known.as_chunks::<16>();
    let (others, other_rest) = text.as_chunks::<16>();
    let mut at = 0;
    for (block, other) in blocks.iter().zip(others) {
        if block != other && !values.take(at, block, other) {
            return Likeness::Other;
        }
        at += 16;
    }
    if rest != other_rest && !values.take(at, rest, other_rest) {
        return Likeness::Other;
    }
    values.likeness
}

/// What has been compared.
struct Values<'a> {
    /// The fields that have not been passed.
    left: &'a [Field],
    likeness: Likeness,
}

impl Values<'_> {
    /// Whether the bytes from `at` on differ only inside of values, by bytes that leave a value what it is: printable, and
    /// no blank at either end.
    fn take(&mut self, at: usize, known: &[u8], text: &[u8]) -> bool {
        let bytes = known.iter().zip(text).enumerate();
        bytes.filter(|(_, (known, byte))| known != byte).all(|(place, (_, &byte))| {
            let place = (at + place) as u32;
            while let [first, others @ ..] = self.left
                && first.value.1 <= place
            {
                self.left = others;
            }
            let Some(&Field { name, value: (start, end) }) = self.left.first() else { return false };
            self.likeness = match self.likeness {
                Likeness::Alike => Likeness::Alike,
                _ if framing::NAMES.contains(&(name.1 - name.0)) => Likeness::Alike,
                _ => Likeness::Framed,
            };
            let edge = place == start || place + 1 == end;
            start <= place && byte >= b' ' && byte != 0x7F && !(edge && byte == b' ')
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    const HEAD: &[u8] =
        b"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 17:13:35 GMT\r\nA:b\r\nContent-Length: 128\r\n\r\n";

    #[test]
    fn it_is_alike_just_where_it_reads_alike() {
        let mut fields = Vec::new();
        let status = scan::plain(HEAD, 64, &mut fields).unwrap();
        assert_eq!(likeness(HEAD, &fields, HEAD), Likeness::Same);
        assert_eq!(likeness(HEAD, &fields, &HEAD[..HEAD.len() - 1]), Likeness::Other);
        let mut alike = 0;
        for place in 0..HEAD.len() {
            for byte in 0..=255u8 {
                let mut text = [HEAD, b"body"].concat();
                text[place] = byte;
                let mut found = Vec::new();
                let read = scan::plain(&text, 64, &mut found);
                match likeness(HEAD, &fields, &text) {
                    Likeness::Same => assert_eq!(byte, HEAD[place]),
                    likeness @ (Likeness::Framed | Likeness::Alike) => {
                        alike += 1;
                        assert_eq!((read, &found), (Some(status), &fields), "{byte} at {place}");
                        let length = fields[2];
                        let counts = (length.value.0..length.value.1).contains(&(place as u32));
                        assert_eq!(likeness == Likeness::Alike, counts, "{byte} at {place}");
                    }
                    Likeness::Other => {}
                }
            }
        }
        // The values have 33 bytes: 223 others may stand inside of them, one less at their ends, and fewer where it was a blank.
        assert!(alike > 30 * 220, "{alike}");
    }
}
