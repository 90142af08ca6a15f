//! What closes a PKCS#12 container: the check of its password and the ciphers (RFC 7292 appendices B and C, RFC 8018).

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use des::TdesEde3;
use hmac::{EagerHash, Hmac, Mac};
use rc2::Rc2;
use sha1::Sha1;
use sha1::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};

use super::Closed;
use crate::wire::verdict::{Element, Reader, tag};

// pkcs-12PbeIds 3, 5 and 6 (RFC 7292 appendix C)
const SHA1_3DES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 3];
const SHA1_RC2_128: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 5];
const SHA1_RC2_40: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 6];
// pkcs-5 12 and 13 (RFC 8018 appendix A)
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
// digestAlgorithm 7, 9, 10 and 11; encryptionAlgorithm 7 (RFC 8018 appendix B)
const HMAC_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 7];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];
const HMAC_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 10];
const HMAC_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 11];
const DES_EDE3_CBC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7];
// aes 2, 22 and 42
const AES_128_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2];
const AES_192_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 22];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
// Digests of the MAC.
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

/// What a derived key is for (RFC 7292 appendix B.3).
#[derive(Clone, Copy)]
enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// The password in its two forms.
pub(super) struct Secret {
    /// As PBES2 takes it.
    utf8: Vec<u8>,
    /// UTF-16, big-endian, with its end (RFC 7292 appendix B.1).
    utf16: Vec<u8>,
}

impl Secret {
    pub(super) fn new(password: &str) -> Self {
        let utf16 = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
        Self { utf8: password.as_bytes().to_vec(), utf16 }
    }

    /// The password, checked by the container's MAC:
    /// MacData ::= SEQUENCE { SEQUENCE { digestAlgorithm, digest }, macSalt, iterations INTEGER DEFAULT 1 }
    pub(super) fn proven(password: &str, mac: Element<'_>, message: &[u8]) -> Result<Self, Closed> {
        let mut fields = Reader::new(mac.value);
        let mut info = Reader::new(fields.expect(tag::SEQUENCE)?.value);
        let algorithm = Reader::new(info.expect(tag::SEQUENCE)?.value).expect(tag::OID)?.value;
        let expected = info.expect(tag::OCTET_STRING)?.value;
        info.end()?;
        let salt = fields.expect(tag::OCTET_STRING)?.value;
        let rounds = fields.optional(tag::INTEGER)?.map_or(Ok(1), rounds)?;
        fields.end()?;

        let mut secret = Self::new(password);
        loop {
            let holds = match algorithm {
                SHA1 => secret.proves::<Sha1>(64, salt, rounds, message, expected),
                SHA256 => secret.proves::<Sha256>(64, salt, rounds, message, expected),
                SHA384 => secret.proves::<Sha384>(128, salt, rounds, message, expected),
                SHA512 => secret.proves::<Sha512>(128, salt, rounds, message, expected),
                _ => return Err(Closed::Unknown),
            };
            if holds {
                return Ok(secret);
            }
            // Without a password some tools derive from nothing, others from the end that stands behind it.
            if password.is_empty() && !secret.utf16.is_empty() {
                secret.utf16.clear();
            } else {
                return Err(Closed::Password);
            }
        }
    }

    /// Whether the MAC with this digest, of blocks of so many octets, is the expected one (RFC 7292 appendix A).
    fn proves<D: EagerHash + DynDigest + Default>(
        &self,
        block: usize,
        salt: &[u8],
        rounds: u32,
        message: &[u8],
        expected: &[u8],
    ) -> bool {
        let mut digest = D::default();
        let length = DynDigest::output_size(&digest);
        let key = self.derived(&mut digest, block, Purpose::Mac, salt, rounds, length);
        Hmac::<D>::new_from_slice(&key).is_ok_and(|mut mac| {
            mac.update(message);
            mac.verify_slice(expected).is_ok()
        })
    }

    /// Opens what is closed in this way: `SEQUENCE { algorithm, parameters }`.
    pub(super) fn decrypt(&self, algorithm: Element<'_>, closed: &[u8]) -> Result<Vec<u8>, Closed> {
        let mut fields = Reader::new(algorithm.value);
        let kind = fields.expect(tag::OID)?.value;
        let mut parameters = Reader::new(fields.expect(tag::SEQUENCE)?.value);
        fields.end()?;
        if kind == PBES2 {
            return self.decrypt_pbes2(parameters, closed);
        }
        let length = match kind {
            SHA1_3DES => 24,
            SHA1_RC2_128 => 16,
            SHA1_RC2_40 => 5,
            _ => return Err(Closed::Unknown),
        };
        // pkcs-12PbeParams ::= SEQUENCE { salt, iterations }
        let salt = parameters.expect(tag::OCTET_STRING)?.value;
        let rounds = rounds(parameters.expect(tag::INTEGER)?)?;
        parameters.end()?;
        let key = self.derived(&mut Sha1::default(), 64, Purpose::Key, salt, rounds, length);
        let iv = self.derived(&mut Sha1::default(), 64, Purpose::Iv, salt, rounds, 8);
        match kind {
            SHA1_3DES => plain::<TdesEde3>(&key, &iv, closed),
            _ => plain::<Rc2>(&key, &iv, closed),
        }
    }

    /// PBES2-params ::= SEQUENCE { keyDerivationFunc, encryptionScheme } (RFC 8018 appendix A.4)
    fn decrypt_pbes2(&self, mut parameters: Reader<'_>, closed: &[u8]) -> Result<Vec<u8>, Closed> {
        let mut derivation = Reader::new(parameters.expect(tag::SEQUENCE)?.value);
        let mut scheme = Reader::new(parameters.expect(tag::SEQUENCE)?.value);
        parameters.end()?;
        let cipher = scheme.expect(tag::OID)?.value;
        let iv = scheme.expect(tag::OCTET_STRING)?.value;
        scheme.end()?;
        let mut key = match cipher {
            AES_128_CBC => vec![0; 16],
            AES_192_CBC | DES_EDE3_CBC => vec![0; 24],
            AES_256_CBC => vec![0; 32],
            _ => return Err(Closed::Unknown),
        };

        if derivation.expect(tag::OID)?.value != PBKDF2 {
            return Err(Closed::Unknown);
        }
        // PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 }
        let mut fields = Reader::new(derivation.expect(tag::SEQUENCE)?.value);
        derivation.end()?;
        let salt = fields.expect(tag::OCTET_STRING)?.value;
        let rounds = rounds(fields.expect(tag::INTEGER)?)?;
        if fields.optional(tag::INTEGER)?.is_some_and(|length| length.value != [key.len() as u8]) {
            return Err(Closed::Damaged);
        }
        let function = match fields.optional(tag::SEQUENCE)? {
            Some(function) => Reader::new(function.value).expect(tag::OID)?.value,
            None => HMAC_SHA1,
        };
        fields.end()?;
        match function {
            HMAC_SHA1 => pbkdf2::pbkdf2_hmac::<Sha1>(&self.utf8, salt, rounds, &mut key),
            HMAC_SHA256 => pbkdf2::pbkdf2_hmac::<Sha256>(&self.utf8, salt, rounds, &mut key),
            HMAC_SHA384 => pbkdf2::pbkdf2_hmac::<Sha384>(&self.utf8, salt, rounds, &mut key),
            HMAC_SHA512 => pbkdf2::pbkdf2_hmac::<Sha512>(&self.utf8, salt, rounds, &mut key),
            _ => return Err(Closed::Unknown),
        }
        match cipher {
            AES_128_CBC => plain::<Aes128>(&key, iv, closed),
            AES_192_CBC => plain::<Aes192>(&key, iv, closed),
            AES_256_CBC => plain::<Aes256>(&key, iv, closed),
            _ => plain::<TdesEde3>(&key, iv, closed),
        }
    }

    /// A key of `length` octets (RFC 7292 appendix B.2); `block` is the digest's, in octets.
    fn derived(
        &self,
        digest: &mut dyn DynDigest,
        block: usize,
        purpose: Purpose,
        salt: &[u8],
        rounds: u32,
        length: usize,
    ) -> Vec<u8> {
        let filled = |bytes: &[u8]| {
            let room = bytes.len().next_multiple_of(block);
            bytes.iter().copied().cycle().take(room).collect::<Vec<_>>()
        };
        let mut input = [filled(salt), filled(&self.utf16)].concat();
        let mut key = Vec::with_capacity(length + 64);
        let mut hash = vec![0; digest.output_size()];
        loop {
            digest.update(&vec![purpose as u8; block]);
            digest.update(&input);
            for round in 0..rounds {
                if round > 0 {
                    digest.update(&hash);
                }
                // The room is the digest's.
                let _fits = digest.finalize_into_reset(&mut hash);
            }
            key.extend_from_slice(&hash);
            if key.len() >= length {
                key.truncate(length);
                return key;
            }
            // Each block of the input grows by the hash, repeated to its length, and one.
            for part in input.chunks_exact_mut(block) {
                let mut carry = 1u16;
                for (at, octet) in part.iter_mut().enumerate().rev() {
                    let sum = u16::from(*octet) + u16::from(hash[at % hash.len()]) + carry;
                    (*octet, carry) = (sum as u8, sum >> 8);
                }
            }
        }
    }
}

/// How often a derivation is to be repeated: at least once.
fn rounds(number: Element<'_>) -> Result<u32, Closed> {
    let digits = number.value;
    // Not negative, and below the sum of all that `Container::open` has held against its bound.
    if digits.is_empty() || digits.len() > 4 || digits[0] & 0x80 != 0 {
        return Err(Closed::Damaged);
    }
    let rounds = digits.iter().fold(0, |sum, digit| sum << 8 | u32::from(*digit));
    if rounds == 0 { Err(Closed::Damaged) } else { Ok(rounds) }
}

/// Deciphers blocks in CBC mode and takes their padding off. A padding that is none tells of the wrong password.
fn plain<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], closed: &[u8]) -> Result<Vec<u8>, Closed> {
    let cipher = C::new_from_slice(key).map_err(|_| Closed::Damaged)?;
    let cipher = cbc::Decryptor::inner_iv_slice_init(cipher, iv).map_err(|_| Closed::Damaged)?;
    cipher.decrypt_padded_vec::<Pkcs7>(closed).map_err(|_| Closed::Password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// What OpenSSL derives (`PKCS12_key_gen_utf8`).
    #[test]
    fn keys_as_openssl_derives_them() {
        let secret = Secret::new("ge@\u{e4}heim");
        let salt = [1, 2, 3, 4, 5, 6, 7, 8];
        let derived = |purpose, rounds, length| {
            hex(&secret.derived(&mut Sha256::default(), 64, purpose, &salt, rounds, length))
        };
        let key = derived(Purpose::Key, 100, 32);
        assert_eq!(key, "fae4d4957a3cc781e1180b9d4fb79c1e0c8579b746a3177e5b0768a3118bf863");
        assert_eq!(derived(Purpose::Key, 100, 12), key[..24]);
        assert_eq!(
            derived(Purpose::Iv, 100, 32),
            "e5ff813bc6547de5155b14d2fada85b3201a977349db6e26ccc998d9e8f83d6c"
        );
        assert_eq!(
            derived(Purpose::Mac, 100, 32),
            "136355ed9434516682534f46d63956db5ff06b844702c2c1f3b46321e2524a4d"
        );
        // More than one hash long.
        assert_eq!(
            derived(Purpose::Key, 1000, 100),
            "2b95a0569b63f641fae1efca32e84db3699ab74540628ba66283b58cf5400527d8d0ebe2ccbf768c51c4d8fbd1bb156be06c1c59cbb69e44052ffc37376fdb47b2de7f9e543de9d096d8e5474b220410ff1c5d8bb7e5bc0f61baeaa12fd0da1d7a970172"
        );
        let long = secret.derived(&mut Sha512::default(), 128, Purpose::Key, &salt, 100, 32);
        assert_eq!(hex(&long), "b14a9f01bfd9dce4c9d66d2fe9937e5fd9f1afa59e370a6fa4fc81c1cc8ec8ee");
    }

    #[test]
    fn rounds_are_positive_and_not_too_many() {
        let read = |value: &'static [u8]| rounds(Element { tag: tag::INTEGER, value, whole: value });
        assert_eq!(read(&[1]), Ok(1));
        assert_eq!(read(&[0x7f, 0xff, 0xff, 0xff]), Ok(i32::MAX as u32));
        for bad in [&[][..], &[0], &[0x80], &[0, 0x80, 0, 0, 0]] {
            assert_eq!(read(bad), Err(Closed::Damaged), "{bad:?}");
        }
    }
}
