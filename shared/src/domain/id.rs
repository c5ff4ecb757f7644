//! The ids of shops, orders and payments.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    newtype::{number_newtype, text_newtype},
    time::UnixMillis,
};

/// 128 bits in base 36 need 25 digits.
const TAIL_LENGTH: usize = 25;
const SECONDS_LENGTH: usize = 10;

/// A text that is not an id of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct IdError;

/// A shop's number as text: 1 to 18 digits without a leading zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShopId(String);
text_newtype!(ShopId, IdError);

impl ShopId {
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let digits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && !text.starts_with('0') { Ok(Self(text.to_owned())) } else { Err(IdError) }
    }
}

/// A shop id as a number, for counting up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct ShopNumber(u64);
number_newtype!(ShopNumber, u64, IdError);

impl ShopNumber {
    pub const FIRST: Self = Self(1001);
    /// A shop id has at most 18 digits.
    const MAX: u64 = 999_999_999_999_999_999;

    pub fn new(number: u64) -> Result<Self, IdError> {
        if (Self::FIRST.0..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(IdError) }
    }

    pub fn shop_id(self) -> ShopId {
        ShopId(self.0.to_string())
    }

    /// The next number, or `None` after the last one.
    pub fn next(self) -> Option<Self> {
        Self::new(self.0 + 1).ok()
    }
}

/// The tail of an order id and the key of its payment: 25 digits of base 36, at least 122 random
/// bits. check_payment needs no shop key, so these bits keep a payment private.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderKey(String);
text_newtype!(OrderKey, IdError);

impl OrderKey {
    /// Makes a key from a random UUID (version 4).
    pub fn random() -> Self {
        Self::from_bits(Uuid::new_v4().as_u128())
    }

    /// The key that writes these 128 bits in base 36.
    pub fn from_bits(bits: u128) -> Self {
        Self(base36(bits))
    }

    pub fn parse(text: &str) -> Result<Self, IdError> {
        if is_tail(text) { Ok(Self(text.to_owned())) } else { Err(IdError) }
    }
}

/// `ORD_<unix seconds, 10 digits>_<order key>`: the name of a payment for payers and providers.
///
/// Only the tail is the key of the payment. The seconds tell people when it was created.
///
/// ```
/// use shared::domain::id::{IdError, OrderId};
///
/// let id = OrderId::parse("ORD_1701234567_9c4e1m7k0v2p8s6w3j5t1b4xq")?;
/// assert_eq!(id.key().as_str(), "9c4e1m7k0v2p8s6w3j5t1b4xq");
/// assert_eq!(OrderId::parse("9c4e1m7k0v2p8s6w3j5t1b4xq"), Err(IdError));
/// # Ok::<(), IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderId(String);
text_newtype!(OrderId, IdError);

impl OrderId {
    pub fn new(created_at: UnixMillis, key: &OrderKey) -> Self {
        Self(format!("ORD_{:010}_{key}", created_at.seconds()))
    }

    pub fn parse(text: &str) -> Result<Self, IdError> {
        tail(text, "ORD_").map(|_| Self(text.to_owned())).ok_or(IdError)
    }

    /// The key of the payment with this order id. The payment may not exist.
    pub fn key(&self) -> OrderKey {
        // Every `OrderId` has a tail, so the default is never used.
        OrderKey(tail(&self.0, "ORD_").unwrap_or_default().to_owned())
    }
}

/// `PAY_<unix seconds, 10 digits>_<25 random digits of base 36>`: a second name of a payment, only
/// for the merchant's books.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentId(String);
text_newtype!(PaymentId, IdError);

impl PaymentId {
    pub fn random(created_at: UnixMillis) -> Self {
        Self(format!("PAY_{:010}_{}", created_at.seconds(), base36(Uuid::new_v4().as_u128())))
    }

    pub fn parse(text: &str) -> Result<Self, IdError> {
        tail(text, "PAY_").map(|_| Self(text.to_owned())).ok_or(IdError)
    }
}

fn tail<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (seconds, tail) = text.strip_prefix(prefix)?.split_once('_')?;
    let dated = seconds.len() == SECONDS_LENGTH && seconds.bytes().all(|byte| byte.is_ascii_digit());
    (dated && is_tail(tail)).then_some(tail)
}

pub(super) fn is_tail(text: &str) -> bool {
    text.len() == TAIL_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

/// Base 36 in lower case, padded to 25 digits.
pub(super) fn base36(mut bits: u128) -> String {
    let mut digits = [b'0'; TAIL_LENGTH];
    for digit in digits.iter_mut().rev() {
        let value = (bits % 36) as u8;
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        bits /= 36;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// Our number of an attempt, which Click sends back in Complete: 1 to 2^31-1, because Click's field
/// is an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct PrepareId(i32);
number_newtype!(PrepareId, i32, PrepareIdError);

/// A number outside 1 to 2^31-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prepare id is 1 to 2147483647")]
pub struct PrepareIdError;

impl PrepareId {
    /// Makes a random number.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let bits = getrandom::u32()? >> 1;
        // Zero is not a valid number, so one draw in 2^31 becomes 1.
        Ok(Self(i32::try_from(bits).unwrap_or(i32::MAX).max(1)))
    }

    pub fn new(number: i32) -> Result<Self, PrepareIdError> {
        if number >= 1 { Ok(Self(number)) } else { Err(PrepareIdError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shop_id_is_a_plain_number() {
        for bad in
            ["", "0", "0101", " 101", "101 ", "+101", "1e3", "10.1", "#next", "١٠١", "1234567890123456789"]
        {
            assert!(ShopId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(ShopId::parse("101").unwrap().as_str(), "101");
    }

    #[test]
    fn an_order_id_has_one_form() {
        let zeros = "0".repeat(21);
        assert_eq!(
            OrderId::parse(&format!("ORD_1701234567_{zeros}abcz")).unwrap().key().as_str(),
            format!("{zeros}abcz")
        );
        for (before, after) in [
            ("", ""),
            ("ORD_1701234567_", "abc"),
            ("ORD_1701234567_", "abcde"),
            ("ORD_1701234567_", "ABCZ"),
            ("ORD_1701234567_", "ab_z"),
            ("ORD_1701234567", "abcz"),
            ("ORD_170123456_", "abcz"),
            ("ORD_17012345678_", "abcz"),
            ("ORD_-701234567_", "abcz"),
            ("ord_1701234567_", "abcz"),
            ("PAY_1701234567_", "abcz"),
            (" ORD_1701234567_", "abcz"),
            ("ORD_1701234567_", "abcz "),
        ] {
            let text = format!("{before}{zeros}{after}");
            assert!(OrderId::parse(&text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn bits_and_key_are_one_to_one(bits in any::<u128>()) {
            let key = OrderKey::from_bits(bits);
            prop_assert_eq!(u128::from_str_radix(key.as_str(), 36).unwrap(), bits);
            prop_assert_eq!(OrderKey::parse(key.as_str()), Ok(key));
        }

        #[test]
        fn an_order_id_is_read_back_with_its_key(bits in any::<u128>(), millis in 0..=UnixMillis::MAX.get()) {
            let key = OrderKey::from_bits(bits);
            let id = OrderId::new(UnixMillis::new(millis).unwrap(), &key);
            prop_assert_eq!(id.as_str().len(), 40);
            prop_assert_eq!(OrderId::parse(id.as_str()).unwrap().key(), key);
        }

        #[test]
        fn keys_sort_as_their_bits(a in any::<u128>(), b in any::<u128>()) {
            prop_assert_eq!(OrderKey::from_bits(a).cmp(&OrderKey::from_bits(b)), a.cmp(&b));
        }
    }
}
