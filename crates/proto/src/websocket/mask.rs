//! Masking: RFC 6455 section 5.3.

/// The mask of one frame and how far it has come; the payload may pass in any pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The key, rotated so that its first byte belongs to the next payload byte.
    key: [u8; 4],
}

impl Mask {
    /// At the first payload byte.
    pub const fn new(key: [u8; 4]) -> Self {
        Self { key }
    }

    /// Masks, or unmasks, the next bytes of the payload where they are.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        let word = self.word();
        let mut words = bytes.chunks_exact_mut(8);
        for eight in &mut words {
            if let Ok(plain) = <[u8; 8]>::try_from(&*eight) {
                eight.copy_from_slice(&(u64::from_ne_bytes(plain) ^ word).to_ne_bytes());
            }
        }
        for (byte, key) in words.into_remainder().iter_mut().zip(self.key.iter().cycle()) {
            *byte ^= key;
        }
        self.advance(bytes.len());
    }

    /// Copies the next bytes of the payload masked: as many as both slices hold. Returns how many.
    pub fn copy(&mut self, from: &[u8], to: &mut [u8]) -> usize {
        let length = from.len().min(to.len());
        let (Some(from), Some(to)) = (from.get(..length), to.get_mut(..length)) else { return 0 };
        let word = self.word();
        let (mut plain, mut masked) = (from.chunks_exact(8), to.chunks_exact_mut(8));
        for (plain, masked) in (&mut plain).zip(&mut masked) {
            if let Ok(plain) = <[u8; 8]>::try_from(plain) {
                masked.copy_from_slice(&(u64::from_ne_bytes(plain) ^ word).to_ne_bytes());
            }
        }
        let rest = plain.remainder().iter().zip(self.key.iter().cycle());
        for (masked, (plain, key)) in masked.into_remainder().iter_mut().zip(rest) {
            *masked = plain ^ key;
        }
        self.advance(length);
        length
    }

    fn word(&self) -> u64 {
        let [a, b, c, d] = self.key;
        u64::from_ne_bytes([a, b, c, d, a, b, c, d])
    }

    fn advance(&mut self, length: usize) {
        self.key.rotate_left(length & 3);
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    /// The formula of RFC 6455 section 5.3, byte for byte.
    fn by_the_book(key: [u8; 4], bytes: &[u8]) -> Vec<u8> {
        bytes.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]).collect()
    }

    #[test]
    fn pieces_of_any_length_mask_as_the_whole() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let plain: Vec<u8> = (0..100).map(|at| (at * 7) as u8).collect();
        let expected = by_the_book(key, &plain);
        for first in 0..40 {
            for second in 0..30 {
                let mut mask = Mask::new(key);
                let mut inplace = plain.clone();
                let (a, rest) = inplace.split_at_mut(first);
                let (b, c) = rest.split_at_mut(second);
                mask.apply(a);
                mask.apply(b);
                mask.apply(c);
                assert_eq!(inplace, expected, "{first} {second}");

                let mut mask = Mask::new(key);
                let mut copied = vec![0; plain.len()];
                assert_eq!(mask.copy(&plain, &mut copied[..first]), first);
                let end = first + second;
                assert_eq!(mask.copy(&plain[first..end], &mut copied[first..]), second);
                assert_eq!(mask.copy(&plain[end..], &mut copied[end..]), plain.len() - end);
                assert_eq!(copied, expected, "{first} {second}");
            }
        }
    }
}
