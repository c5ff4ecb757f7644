//! The secrets that sign webhooks.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::domain::{page::parse_digits, time::UnixMillis};

/// A text that is not a [`WebhookSecret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook secret")]
pub struct SecretError;

/// A secret of a shop: 32 random bytes, written as `whsec_` and their base64. It is stored as it is,
/// because signing needs it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    const PREFIX: &str = "whsec_";

    /// Makes a secret.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(SecretError)?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| SecretError)?;
        bytes.try_into().map(Self).map_err(|_| SecretError)
    }

    /// Returns the secret itself, for the one answer that shows it.
    pub fn reveal(&self) -> String {
        format!("{}{}", Self::PREFIX, BASE64_STANDARD.encode(self.0))
    }

    /// Whether it is `other`.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Returns the signature of Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over
    /// `id.timestamp.body`.
    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        // HMAC pads a short key with zeros to a whole block (RFC 2104, 2). A whole block always has
        // the right length.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block.iter_mut().zip(self.0).for_each(|(padded, byte)| *padded = byte);
        let mut mac = Hmac::<Sha256>::new(&block);
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(hidden)")
    }
}

impl TryFrom<String> for WebhookSecret {
    type Error = SecretError;

    fn try_from(text: String) -> Result<Self, SecretError> {
        Self::parse(&text)
    }
}

impl From<WebhookSecret> for String {
    fn from(secret: WebhookSecret) -> Self {
        secret.reveal()
    }
}

/// How long the old secret still signs after a new one was made: 0 to 168 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldSecretHours(u8);

/// A text that is no number of hours from 0 to 168.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from 0 to {}", OldSecretHours::MAX)]
pub struct OldSecretHoursError;

impl OldSecretHours {
    pub const DAY: Self = Self(24);
    const MAX: u8 = 168;

    pub fn parse(text: &str) -> Result<Self, OldSecretHoursError> {
        let hours = parse_digits(text).and_then(|hours| u8::try_from(hours).ok());
        hours.filter(|hours| *hours <= Self::MAX).map(Self).ok_or(OldSecretHoursError)
    }

    /// The end of the old secret if it is replaced at `now`.
    pub fn after(self, now: UnixMillis) -> UnixMillis {
        now.plus_ms(i64::from(self.0) * 60 * 60 * 1000)
    }
}

/// A secret that was replaced, and still signs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OldSecret {
    secret: WebhookSecret,
    valid_until: UnixMillis,
}

/// The secrets of an endpoint: at most two.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Secrets {
    newest: WebhookSecret,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<OldSecret>,
}

impl Secrets {
    pub const fn new(secret: WebhookSecret) -> Self {
        Self { newest: secret, old: None }
    }

    /// Puts `secret` in the place of the newest one, which signs on until `valid_until`. An older
    /// one ends now.
    #[must_use]
    pub fn rotated(&self, secret: WebhookSecret, valid_until: UnixMillis) -> Self {
        Self { newest: secret, old: Some(OldSecret { secret: self.newest.clone(), valid_until }) }
    }

    pub const fn newest(&self) -> &WebhookSecret {
        &self.newest
    }

    /// When the old secret stops to sign. `None` if there is none at `now`.
    pub fn old_valid_until(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.old.as_ref().map(|old| old.valid_until).filter(|until| now < *until)
    }

    /// Returns the value of `webhook-signature`: a signature of each secret that is valid at `now`,
    /// with a space between them.
    pub fn signatures(&self, id: &str, now: UnixMillis, body: &str) -> String {
        let old = self.old.as_ref().filter(|old| now < old.valid_until).map(|old| &old.secret);
        let signatures = [Some(&self.newest), old].into_iter().flatten();
        signatures.map(|secret| secret.sign(id, now.seconds(), body)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // HMAC-SHA256 with a key of 32 bytes 0x0b and the text "EVT_1.1700000000.{}", computed with
        // Python's hmac module.
        let secrets = Secrets::new(WebhookSecret([0x0b; 32]));
        let now = UnixMillis::new(1_700_000_000_999).unwrap();
        assert_eq!(secrets.signatures("EVT_1", now, "{}"), "v1,KCYEgstvCRwO9AoHLjN+lMsE5pCipSsl8EuP233k5tc=");
    }

    #[test]
    fn the_old_secret_signs_until_its_end() {
        let now = UnixMillis::new(1_700_000_000_000).unwrap();
        let (first, second, third) = ([1; 32], [2; 32], [3; 32]);
        let once = Secrets::new(WebhookSecret(first)).rotated(WebhookSecret(second), now.plus_ms(1000));
        let one = |bytes| Secrets::new(WebhookSecret(bytes)).signatures("id", now, "body");
        assert_eq!(once.signatures("id", now, "body"), format!("{} {}", one(second), one(first)));
        assert_eq!(once.old_valid_until(now), Some(now.plus_ms(1000)));
        let later = now.plus_ms(1000);
        assert_eq!(once.signatures("id", later, "body").split(' ').count(), 1);
        assert_eq!(once.old_valid_until(later), None);
        let twice = once.rotated(WebhookSecret(third), now.plus_ms(500));
        assert_eq!(twice.signatures("id", now, "body"), format!("{} {}", one(third), one(second)));
    }

    proptest! {
        #[test]
        fn a_secret_is_read_back_and_never_prints(bytes in any::<[u8; 32]>()) {
            let secret = WebhookSecret(bytes);
            prop_assert_eq!(WebhookSecret::parse(&secret.reveal()).unwrap().0, bytes);
            let (printed, raw) = (format!("{:?}", Secrets::new(secret.clone()).rotated(secret.clone(), UnixMillis::MAX)), format!("{bytes:?}"));
            prop_assert!(!printed.contains(&secret.reveal()) && !printed.contains(&raw));
        }

        #[test]
        fn any_text_is_a_secret_or_an_error(text in ".{0,60}|whsec_[A-Za-z0-9+/=]{0,60}") {
            let _ = WebhookSecret::parse(&text);
        }
    }
}
