//! Key exchange with X25519 (RFC 7748) by s2n-bignum's routines, whose correctness is proved, in half of the time that ring's
//! take. They want a processor with certain instructions; without these ring's stay.

use graviola::key_agreement::x25519::{PrivateKey, PublicKey};
use rustls::crypto::{ActiveKeyExchange, CryptoProvider, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

/// Puts these routines in the place of the provider's own, where this processor has what they need. The groups that are
/// offered and their order stay as they are.
pub(super) fn prefer(provider: &mut CryptoProvider) {
    if !capable() {
        return;
    }
    for group in &mut provider.kx_groups {
        if group.name() == NamedGroup::X25519 {
            *group = &X25519;
        }
    }
}

/// What graviola asks for; it panics without. Valgrind's processor has no ADX.
fn capable() -> bool {
    std::is_x86_feature_detected!("adx")
        && std::is_x86_feature_detected!("aes")
        && std::is_x86_feature_detected!("avx")
        && std::is_x86_feature_detected!("avx2")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2")
        && std::is_x86_feature_detected!("pclmulqdq")
        && std::is_x86_feature_detected!("ssse3")
}

#[derive(Debug)]
struct X25519;

impl SupportedKxGroup for X25519 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = PrivateKey::new_random().map_err(|_| GetRandomFailed)?;
        let public = private.public_key().as_bytes();
        Ok(Box::new(Started { private, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// A key of one handshake.
struct Started {
    private: PrivateKey,
    public: [u8; 32],
}

impl ActiveKeyExchange for Started {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        // Also refused is a key that gives all zeros (RFC 8446 section 7.4.2).
        let secret = PublicKey::try_from_slice(peer).and_then(|peer| self.private.diffie_hellman(&peer));
        let secret = secret.map_err(|_| PeerMisbehaved::InvalidKeyShare)?;
        Ok(SharedSecret::from(&secret.0[..]))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(
        ours: &'static dyn SupportedKxGroup,
        theirs: &'static dyn SupportedKxGroup,
    ) -> (Vec<u8>, Vec<u8>) {
        let (one, other) = (ours.start().expect("key"), theirs.start().expect("key"));
        let (public, known) = (one.pub_key().to_vec(), other.pub_key().to_vec());
        let one = one.complete(&known).expect("secret").secret_bytes().to_vec();
        (one, other.complete(&public).expect("secret").secret_bytes().to_vec())
    }

    #[test]
    fn both_routines_come_to_the_same_secret() {
        if !capable() {
            return;
        }
        let ring = rustls::crypto::ring::kx_group::X25519;
        for _ in 0..1000 {
            for (ours, theirs) in
                [(&X25519 as &dyn SupportedKxGroup, ring), (ring, &X25519), (&X25519, &X25519)]
            {
                let (one, other) = secret(ours, theirs);
                assert!(one == other && one.len() == 32 && one != [0; 32]);
            }
        }
        let keys: std::collections::HashSet<Vec<u8>> =
            (0..1000).map(|_| X25519.start().expect("key").pub_key().to_vec()).collect();
        assert_eq!(keys.len(), 1000, "each handshake has a key of its own");
    }

    /// RFC 8446 section 7.4.2; the points of small order are those of RFC 7748 section 7 and their like.
    #[test]
    fn keys_that_are_none_are_refused() {
        if !capable() {
            return;
        }
        let mut points = vec![vec![0; 32], vec![0; 31], vec![9; 33], vec![]];
        let mut point = vec![0; 32];
        point[0] = 1;
        points.push(point);
        // p - 1, p and p + 1.
        for low in [0xec, 0xed, 0xee] {
            let mut point = vec![0xff; 32];
            (point[0], point[31]) = (low, 0x7f);
            points.push(point);
        }
        for point in points {
            let refused = X25519.start().expect("key").complete(&point).map(|_| ()).expect_err("refused");
            assert_eq!(refused, PeerMisbehaved::InvalidKeyShare.into(), "{point:02x?}");
        }
    }

    #[test]
    fn the_offer_stays_as_it_is() {
        let names = |provider: &CryptoProvider| -> Vec<NamedGroup> {
            provider.kx_groups.iter().map(|group| group.name()).collect()
        };
        let mut provider = rustls::crypto::ring::default_provider();
        let before = names(&provider);
        prefer(&mut provider);
        assert_eq!(names(&provider), before);
        assert_eq!(before.first(), Some(&NamedGroup::X25519));
    }
}
