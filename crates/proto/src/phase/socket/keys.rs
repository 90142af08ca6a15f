//! Masking keys: a new one for each frame, and nobody can guess the next.

use sha2::{Digest as _, Sha256};

/// Makes masking keys of a secret.
///
/// RFC 6455 section 10.3: a key must not be predictable from those before it, so they are pieces of a hash over a
/// secret and a counter.
#[derive(Clone)]
pub(super) struct Keys {
    secret: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Keys {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Keys { secret, counter: 0, block: [0; 32], used: 32 }
    }

    pub(super) fn next(&mut self) -> [u8; 4] {
        if self.used == self.block.len() {
            self.counter = self.counter.wrapping_add(1);
            let hash = Sha256::new().chain_update(self.secret).chain_update(self.counter.to_le_bytes());
            self.block = hash.finalize().into();
            self.used = 0;
        }
        let key = self.block.get(self.used..self.used + 4).and_then(|key| key.try_into().ok());
        self.used += 4;
        key.unwrap_or_default()
    }
}

/// A secret is not shown.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("counter", &self.counter).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;
    use std::collections::HashSet;

    #[test]
    fn keys_differ_and_follow_from_the_secret_alone() {
        let keys = |secret: u8| {
            let mut keys = Keys::new([secret; 32]);
            std::iter::repeat_with(move || keys.next()).take(1000).collect::<Vec<_>>()
        };
        assert_eq!(keys(1), keys(1));
        let all: HashSet<_> = keys(1).into_iter().chain(keys(2)).collect();
        assert!(all.len() > 1990, "{} of 2000 differ", all.len());
    }
}
