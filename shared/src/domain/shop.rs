//! A shop: who it is, which keys open it, and what money it has.

use serde::{Deserialize, Serialize};

use super::{
    credential::{IdSecret, KeyHash, ShopKey},
    id::ShopId,
    money::Tiyin,
    text::ShopName,
    time::UnixMillis,
};

/// Whether a shop takes real money. Test and live never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Test,
    Live,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopStatus {
    Active,
    Disabled,
}

/// One key of a shop. The newest has no end; older ones are valid until a stated time while they are replaced.
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
    pub created_at: UnixMillis,
}

impl Profile {
    pub const KEYS_MAX: usize = 5;

    /// Whether `key` opens this shop at `now`. Looks at every key, so that the time taken tells nothing.
    pub fn accepts(&self, key: &ShopKey, now: UnixMillis) -> bool {
        let hash = key.hash();
        let valid = |stored: &StoredKey| stored.valid_until.is_none_or(|end| now < end);
        self.keys.iter().fold(false, |accepted, stored| accepted | ((stored.hash == hash) & valid(stored)))
    }
}

/// The item `balance` of a shop. Always: balance = paid_total - refunded_total - paid_out_total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub shop_id: ShopId,
    pub balance: Tiyin,
    /// The sum of the shop's paid and refunded payments.
    pub paid_total: Tiyin,
    pub refunded_total: Tiyin,
    pub paid_out_total: Tiyin,
    pub paid_count: u64,
}

impl Balance {
    /// What a new shop has.
    pub fn empty(shop_id: ShopId) -> Self {
        let zero = Tiyin::ZERO;
        Self { shop_id, balance: zero, paid_total: zero, refunded_total: zero, paid_out_total: zero, paid_count: 0 }
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
        let profile = Profile {
            shop_id: ShopId::parse("101").unwrap(),
            name: ShopName::parse("My Shop").unwrap(),
            mode: Mode::Test,
            status: ShopStatus::Active,
            keys: vec![stored("older", Some(time(100))), stored("newest", None)],
            id_secret: IdSecret::random().unwrap(),
            created_at: time(0),
        };
        assert!(profile.accepts(&key("older"), time(99)));
        assert!(!profile.accepts(&key("older"), time(100)));
        assert!(profile.accepts(&key("newest"), UnixMillis::MAX));
        assert!(!profile.accepts(&key("newes"), time(0)));
    }
}
