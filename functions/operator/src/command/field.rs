//! Fields with a form of their own.

use serde::{Deserialize, Deserializer, de::Error};
use shared::domain::{
    money::{AdjustmentAmount, Tiyin},
    payout::PayoutAmount,
    text::Contact,
};

/// Parses an amount in create_payment's form, without its bounds.
pub fn money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tiyin, D::Error> {
    Tiyin::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Parses an amount of at least 0.01 in create_payment's form.
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
