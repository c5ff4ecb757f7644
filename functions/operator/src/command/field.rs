//! Fields with a form of their own.

use serde::{Deserialize, Deserializer, de::Error};
use shared::domain::payout::PayoutAmount;

/// Parses an amount as create_payment does.
pub fn payout_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PayoutAmount, D::Error> {
    PayoutAmount::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
