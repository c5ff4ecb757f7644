//! Fields with a form of their own.

use serde::{Deserialize, Deserializer, de::Error};
use shared::domain::{payout::PayoutAmount, time::UnixMillis};

/// A day in Tashkent, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Day {
    pub start: UnixMillis,
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        UnixMillis::start_of_tashkent_day(&text).map(|start| Self { start }).ok_or("not a day")
    }
}

/// Parses an amount as create_payment does.
pub fn payout_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PayoutAmount, D::Error> {
    PayoutAmount::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
