//! A shop: its profile with its keys, and its balance.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{
    credential::{IdSecret, KeyHash, ShopKey},
    fee::FeeRate,
    id::ShopId,
    mode::Mode,
    money::{SignedTiyin, Tiyin},
    rate_limit::{DefaultLimits, RateLimit},
    text::{Contact, ShopName},
    time::UnixMillis,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ShopStatus {
    Active,
    Disabled,
}

/// One key of a shop. The newest has no end. `rotate_key` gives the older ones an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    pub hash: KeyHash,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<UnixMillis>,
}

/// The item `profile` of a shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    pub shop_id: ShopId,
    pub name: ShopName,
    pub mode: Mode,
    pub status: ShopStatus,
    /// At most [`Profile::KEYS_MAX`], the newest last.
    pub keys: Vec<StoredKey>,
    pub id_secret: IdSecret,
    /// The platform's commission on payments that begin from now on.
    #[serde(rename = "fee_bps", default)]
    pub fee_rate: FeeRate,
    #[serde(default)]
    pub access: Access,
    /// Where payers reach the shop. Shown to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// `None`: the deployment's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    pub created_at: UnixMillis,
}

/// Who can act as a shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Access {
    /// Only whoever knows its key.
    #[default]
    Private,
    /// Everybody, because its key is published in the documentation.
    Public,
}

/// How long older keys stay valid after a new one is made: 0 to 168 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct OldKeyHours(u8);

/// A number of hours outside 0 to 168.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from 0 to {}", OldKeyHours::MAX)]
pub struct OldKeyHoursError;

impl OldKeyHours {
    const MAX: u8 = 168;

    /// The end of the older keys if they are replaced at `now`.
    pub fn after(self, now: UnixMillis) -> UnixMillis {
        now.plus_ms(i64::from(self.0) * 60 * 60 * 1000)
    }
}

impl fmt::Display for OldKeyHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u8> for OldKeyHours {
    type Error = OldKeyHoursError;

    fn try_from(hours: u8) -> Result<Self, OldKeyHoursError> {
        if hours <= Self::MAX { Ok(Self(hours)) } else { Err(OldKeyHoursError) }
    }
}

/// The shop has the maximum number of keys, and all of them still work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all {} keys of the shop still work; the first of them ends at {first_end}", Profile::KEYS_MAX, first_end = .first_end.tashkent())]
pub struct TooManyKeys {
    pub first_end: UnixMillis,
}

impl Profile {
    pub const KEYS_MAX: usize = 5;

    /// Makes an active shop with one key.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn new(
        shop_id: ShopId,
        name: ShopName,
        mode: Mode,
        key: &ShopKey,
        now: UnixMillis,
    ) -> Result<Self, getrandom::Error> {
        let keys = vec![StoredKey { hash: key.hash(), valid_until: None }];
        Ok(Self {
            shop_id,
            name,
            mode,
            status: ShopStatus::Active,
            keys,
            id_secret: IdSecret::random()?,
            fee_rate: FeeRate::default(),
            access: Access::Private,
            contact: None,
            rate_limit: None,
            created_at: now,
        })
    }

    /// Adds `key` as the newest. Each older key ends at the earlier of its own end and `end`. Keys
    /// that have ended are dropped.
    ///
    /// # Errors
    /// The shop would have too many keys. No working key is dropped, because the merchant may be
    /// using it.
    pub fn with_new_key(&self, key: &ShopKey, end: UnixMillis, now: UnixMillis) -> Result<Self, TooManyKeys> {
        let ending = |stored: &StoredKey| stored.valid_until.map_or(end, |own| own.min(end));
        let older =
            self.keys.iter().map(|stored| StoredKey { valid_until: Some(ending(stored)), ..stored.clone() });
        let mut keys: Vec<StoredKey> =
            older.filter(|stored| stored.valid_until.is_some_and(|until| now < until)).collect();
        if keys.len() >= Self::KEYS_MAX {
            return Err(TooManyKeys {
                first_end: keys.iter().filter_map(|stored| stored.valid_until).min().unwrap_or(end),
            });
        }
        keys.push(StoredKey { hash: key.hash(), valid_until: None });
        Ok(Self { keys, ..self.clone() })
    }

    /// How many payments the shop may create. The limit that an operator set comes first.
    pub fn limit(&self, defaults: &DefaultLimits) -> RateLimit {
        match (self.rate_limit, self.access) {
            (Some(own), _) => own,
            (None, Access::Private) => defaults.shop,
            (None, Access::Public) => defaults.public(),
        }
    }

    /// Whether `key` is valid for this shop at `now`. Compares with every key, so that the time
    /// taken reveals nothing.
    pub fn accepts(&self, key: &ShopKey, now: UnixMillis) -> bool {
        let hash = key.hash();
        let valid = |stored: &StoredKey| stored.valid_until.is_none_or(|end| now < end);
        self.keys.iter().fold(false, |accepted, stored| accepted | ((stored.hash == hash) & valid(stored)))
    }
}

/// The item `balance` of a shop. Always: balance = paid_total - fee_total - refunded_total -
/// paid_out_total + adjusted_total = the sum of `net` over the shop's events. It is below zero only
/// after an operator booked money that had already moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub shop_id: ShopId,
    pub balance: SignedTiyin,
    /// The sum of the shop's paid and refunded payments.
    pub paid_total: Tiyin,
    /// The fees of its paid payments, without those of refunded ones.
    #[serde(default)]
    pub fee_total: Tiyin,
    pub refunded_total: Tiyin,
    pub paid_out_total: Tiyin,
    /// The sum of its adjustments, each with its sign.
    #[serde(default)]
    pub adjusted_total: SignedTiyin,
    pub paid_count: u64,
}

impl Balance {
    /// The balance of a new shop.
    pub fn empty(shop_id: ShopId) -> Self {
        let zero = Tiyin::ZERO;
        Self {
            shop_id,
            balance: SignedTiyin::ZERO,
            paid_total: zero,
            fee_total: zero,
            refunded_total: zero,
            paid_out_total: zero,
            adjusted_total: SignedTiyin::ZERO,
            paid_count: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_key_opens_until_its_end() {
        let key = |text: &str| ShopKey::parse(text).unwrap();
        let time = |millis| UnixMillis::new(millis).unwrap();
        let stored = |text: &str, valid_until| StoredKey { hash: key(text).hash(), valid_until };
        let (shop_id, name) = (ShopId::parse("101").unwrap(), ShopName::parse("My Shop").unwrap());
        let profile = Profile::new(shop_id, name, Mode::Test, &key("newest"), time(0)).unwrap();
        let profile =
            Profile { keys: vec![stored("older", Some(time(100))), stored("newest", None)], ..profile };
        assert!(profile.accepts(&key("older"), time(99)));
        assert!(!profile.accepts(&key("older"), time(100)));
        assert!(profile.accepts(&key("newest"), UnixMillis::MAX));
        assert!(!profile.accepts(&key("newes"), time(0)));
    }
}
