//! Fields with a form of their own.

use serde::{Deserialize, Deserializer, de::Error};
use shared::domain::{money::AdjustmentAmount, payout::PayoutAmount, text::Contact};

/// Parses an amount as create_payment does.
pub fn payout_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PayoutAmount, D::Error> {
    PayoutAmount::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The same with an optional `-`.
pub fn adjustment_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AdjustmentAmount, D::Error> {
    AdjustmentAmount::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Parses a contact or null. Without this function, serde would take null for a missing field.
pub fn contact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Contact>, D::Error> {
    Option::deserialize(deserializer)
}
