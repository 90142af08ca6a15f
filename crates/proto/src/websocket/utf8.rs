//! UTF-8 that comes in pieces: RFC 6455 section 8.1.

/// The validity of a text so far. A piece may end in the middle of a character; a byte with which no valid text
/// can go on is found at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Utf8 {
    /// The beginning of a character whose rest has not come.
    begun: [u8; 4],
    length: u8,
}

impl Utf8 {
    /// At the beginning of a text.
    pub const fn new() -> Self {
        Self { begun: [0; 4], length: 0 }
    }

    /// Takes the next piece; whether the text can still be valid.
    #[must_use]
    pub fn take(&mut self, mut bytes: &[u8]) -> bool {
        while self.length > 0 {
            let Some((&byte, rest)) = bytes.split_first() else { return true };
            bytes = rest;
            let at = usize::from(self.length);
            let Some(place) = self.begun.get_mut(at) else { return false };
            *place = byte;
            self.length += 1;
            match std::str::from_utf8(self.begun.get(..=at).unwrap_or_default()) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        let Err(error) = std::str::from_utf8(bytes) else { return true };
        if error.error_len().is_some() {
            return false;
        }
        let begun = bytes.get(error.valid_up_to()..).unwrap_or_default();
        for (place, byte) in self.begun.iter_mut().zip(begun) {
            *place = *byte;
            self.length += 1;
        }
        true
    }

    /// Whether the text may end here.
    pub const fn is_whole(&self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Utf8;

    fn whole(pieces: &[&[u8]]) -> bool {
        let mut text = Utf8::new();
        pieces.iter().all(|piece| text.take(piece)) && text.is_whole()
    }

    #[test]
    fn every_split_answers_as_the_whole() {
        let texts: [&[u8]; 14] = [
            "κόσμε".as_bytes(),
            "\u{0}\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}".as_bytes(),
            b"plain",
            b"",
            &[0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xed, 0xa0, 0x80, 0x65],
            &[0xf4, 0x90, 0x80, 0x80],
            &[0xc0, 0xaf],
            &[0xe0, 0x80, 0xaf],
            &[0xf0, 0x80, 0x80, 0xaf],
            &[0x80],
            &[0xff],
            &[b'a', 0xe2, 0x82],
            &[0xf8, 0x88, 0x80, 0x80, 0x80],
            &[0xe2, 0x82, b'a'],
        ];
        for text in texts {
            let valid = std::str::from_utf8(text).is_ok();
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            assert_eq!(whole(&bytes), valid, "{text:x?}");
            for a in 0..=text.len() {
                for b in a..=text.len() {
                    assert_eq!(whole(&[&text[..a], &text[a..b], &text[b..]]), valid, "{text:x?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn the_first_impossible_byte_is_found_before_the_character_is_whole() {
        // Beyond U+10FFFF: the second byte says so.
        let mut text = Utf8::new();
        assert!(text.take(&[0xf4]));
        assert!(!text.take(&[0x90]));
        // A surrogate.
        let mut text = Utf8::new();
        assert!(text.take(&[0xed]));
        assert!(!text.take(&[0xa0]));
    }
}
