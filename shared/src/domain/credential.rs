//! Keys and secrets. None of these types prints its value.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    id::OrderKey,
    mode::Mode,
    text::{PrintableError, parse_printable},
};

/// An empty provider secret, or a stored digest of the wrong form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a credential of this kind")]
pub struct CredentialError;

/// A shop's key as presented by a caller, not yet verified. Printable ASCII.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct ShopKey(String);

impl TryFrom<String> for ShopKey {
    type Error = PrintableError;

    fn try_from(text: String) -> Result<Self, PrintableError> {
        Self::parse(&text)
    }
}

impl ShopKey {
    pub fn parse(text: &str) -> Result<Self, PrintableError> {
        parse_printable(text).map(Self)
    }

    /// Makes a key: `tk_test_` or `tk_live_` and 32 random base-62 characters (190 bits).
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn random(mode: Mode) -> Result<Self, getrandom::Error> {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        const RANDOM_CHARACTERS: usize = 32;
        let mut key = String::from(match mode {
            Mode::Test => "tk_test_",
            Mode::Live => "tk_live_",
        });
        let whole = key.len() + RANDOM_CHARACTERS;
        while key.len() < whole {
            let mut byte = [0];
            getrandom::fill(&mut byte)?;
            // 248 is the largest multiple of 62 in a byte. The bytes above it would favour the
            // first letters.
            let letter = ALPHABET.get(usize::from(byte[0] % 62)).filter(|_| byte[0] < 248);
            key.extend(letter.map(|letter| char::from(*letter)));
        }
        Ok(Self(key))
    }

    /// Returns the hash that is stored instead of the key. A key has 190 random bits, so a slow
    /// hash would not make it safer.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(&self.0).into())
    }

    /// Returns the key itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ShopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShopKey(hidden)")
    }
}

/// SHA-256 of a shop's key, stored as base64url. Compared in constant time.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// A hash that no key has. Comparing with it when the shop does not exist takes the same time
    /// as a real comparison.
    pub const NONE: Self = Self([0; 32]);
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyHash {}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(hidden)")
    }
}

impl TryFrom<String> for KeyHash {
    type Error = CredentialError;

    fn try_from(text: String) -> Result<Self, CredentialError> {
        decode_32(&text).map(Self)
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        BASE64_URL_SAFE_NO_PAD.encode(hash.0)
    }
}

/// A secret from a provider: Payme's key, Click's secret key. Not empty.
#[derive(Clone)]
pub struct ProviderSecret(String);

impl ProviderSecret {
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        if text.is_empty() { Err(CredentialError) } else { Ok(Self(text.to_owned())) }
    }

    /// Returns the secret itself, to compute a signature or the expected credentials.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProviderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderSecret(hidden)")
    }
}

/// The secrets with which a provider may call: its own, and the one before it while a deployer
/// replaces it.
#[derive(Clone, Debug)]
pub struct ProviderSecrets {
    current: ProviderSecret,
    previous: Option<ProviderSecret>,
}

impl ProviderSecrets {
    pub const fn new(current: ProviderSecret, previous: Option<ProviderSecret>) -> Self {
        Self { current, previous }
    }

    /// Returns whether `matches` holds for a secret. Asks about each of them, so that the time does
    /// not tell which one it was.
    pub fn any(&self, matches: impl Fn(&ProviderSecret) -> bool) -> bool {
        let current = matches(&self.current);
        let previous = self.previous.as_ref().is_some_and(matches);
        current || previous
    }

    /// Returns whether a secret is in `other`, too.
    pub fn overlap(&self, other: &Self) -> bool {
        self.any(|own| {
            other.any(|others| constant_time_eq(own.reveal().as_bytes(), others.reveal().as_bytes()))
        })
    }
}

/// Compares in a time that depends neither on the lengths nor on the first difference.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    Sha256::digest(a).ct_eq(&Sha256::digest(b)).into()
}

/// A merchant's name for one attempt to create a payment. Printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub fn parse(text: &str) -> Result<Self, PrintableError> {
        parse_printable(text).map(Self)
    }
}

/// A shop's secret for deriving order keys: 32 random bytes that never change, stored as base64url.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdSecret([u8; 32]);

impl IdSecret {
    /// Makes a secret.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Derives the order key of `key` in this shop: the first 128 bits of HMAC-SHA256. The same key
    /// always gives the same payment. Nobody can compute it without the secret.
    pub fn order_key(&self, key: &IdempotencyKey) -> OrderKey {
        let digest = self.mac(key.0.as_bytes()).finalize().into_bytes();
        let bits = digest.iter().take(16).fold(0, |bits: u128, byte| bits << 8 | u128::from(*byte));
        OrderKey::from_bits(bits)
    }

    /// Seals `text`, so that only text of ours is accepted back from a caller. The line break keeps
    /// seals apart from order keys: an idempotency key has none.
    pub fn seal(&self, text: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.mac(format!("seal\n{text}").as_bytes()).finalize().into_bytes())
    }

    /// Whether `seal` is the seal of `text`. Takes the same time for each wrong seal.
    pub fn is_seal(&self, text: &str, seal: &str) -> bool {
        let mac = self.mac(format!("seal\n{text}").as_bytes());
        decode_32(seal).is_ok_and(|seal| mac.verify_slice(&seal).is_ok())
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        // HMAC pads a short key with zeros to a whole block (RFC 2104, 2). A whole block always has
        // the right length.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block.iter_mut().zip(self.0).for_each(|(padded, byte)| *padded = byte);
        let mut mac = Hmac::<Sha256>::new(&block);
        mac.update(message);
        mac
    }
}

impl fmt::Debug for IdSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSecret(hidden)")
    }
}

impl TryFrom<String> for IdSecret {
    type Error = CredentialError;

    fn try_from(text: String) -> Result<Self, CredentialError> {
        decode_32(&text).map(Self)
    }
}

impl From<IdSecret> for String {
    fn from(secret: IdSecret) -> Self {
        BASE64_URL_SAFE_NO_PAD.encode(secret.0)
    }
}

fn decode_32(text: &str) -> Result<[u8; 32], CredentialError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| CredentialError)?;
    bytes.try_into().map_err(|_| CredentialError)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn random_keys_differ_and_have_their_form() {
        let keys: HashSet<String> =
            (0..100).map(|_| ShopKey::random(Mode::Live).unwrap().reveal().to_owned()).collect();
        assert_eq!(keys.len(), 100);
        for key in keys {
            let random = key.strip_prefix("tk_live_").unwrap();
            assert!(random.len() == 32 && random.chars().all(|c| c.is_ascii_alphanumeric()), "{key}");
        }
    }

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-2, appendix B.1: SHA-256 of "abc".
        let hash = ShopKey::parse("abc").unwrap().hash();
        assert_eq!(hash.0[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(hash.0[28..], [0xf2, 0x00, 0x15, 0xad]);
    }

    #[test]
    fn the_order_key_is_hmac_sha_256() {
        // HMAC-SHA256 with a key of 32 bytes 0x0b and the text "Hi There", computed with Python's
        // hmac module.
        let key = IdSecret([0x0b; 32]).order_key(&IdempotencyKey::parse("Hi There").unwrap());
        assert_eq!(key, OrderKey::from_bits(0x198a607eb44bfbc69903a0f1cf2bbdc5));
    }

    #[test]
    fn a_seal_is_of_one_text_and_one_secret() {
        let (secret, other) = (IdSecret([1; 32]), IdSecret([2; 32]));
        let seal = secret.seal("text");
        assert!(secret.is_seal("text", &seal));
        assert!(!secret.is_seal("texts", &seal) && !other.is_seal("text", &seal));
        assert!(!secret.is_seal("text", "") && !secret.is_seal("text", &seal[1..]));
    }

    proptest! {
        #[test]
        fn a_key_is_printable_ascii_of_a_bounded_length(text in "\\PC{0,70}|[ -~]{0,70}|.{0,9}") {
            let fits = (1..=64).contains(&text.len()) && text.chars().all(|c| (' '..='~').contains(&c));
            prop_assert_eq!(ShopKey::parse(&text).is_ok(), fits);
            prop_assert_eq!(IdempotencyKey::parse(&text).is_ok(), fits);
        }

        #[test]
        fn hashes_agree_exactly_when_keys_do(a in "[a-c]{1,3}", b in "[a-c]{1,3}") {
            prop_assert_eq!(ShopKey::parse(&a).unwrap().hash() == ShopKey::parse(&b).unwrap().hash(), a == b);
        }

        #[test]
        fn a_secret_never_prints(text in "[!-~]{8,64}") {
            let key = ShopKey::parse(&text).unwrap();
            prop_assume!(!"ShopKey(hidden)KeyHash".contains(&text));
            let printed = format!("{key:?} {:?}", key.hash());
            prop_assert!(!printed.contains(&text));
        }

        #[test]
        fn stored_digests_are_read_back(bytes in any::<[u8; 32]>()) {
            prop_assert_eq!(KeyHash::try_from(String::from(KeyHash(bytes))), Ok(KeyHash(bytes)));
            prop_assert_eq!(IdSecret::try_from(String::from(IdSecret(bytes))).unwrap().0, bytes);
        }

        #[test]
        fn one_secret_and_key_give_one_order_key(secret in any::<[u8; 32]>(), a in "[ -~]{1,64}", b in "[ -~]{1,64}") {
            let derive = |text: &str| IdSecret(secret).order_key(&IdempotencyKey::parse(text).unwrap());
            prop_assert_eq!(derive(&a) == derive(&b), a == b);
        }
    }
}
