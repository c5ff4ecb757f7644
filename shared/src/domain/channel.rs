//! The ways to pay a payment.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The way in which an attempt pays. Stored and answered in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Channel {
    Payme,
    Click,
    /// The test button of a test shop.
    Test,
    /// An operator who settles by hand.
    Operator,
}
