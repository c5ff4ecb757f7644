//! The ways by which a payment is paid.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The provider that a payment was paid or is held through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Channel {
    Payme,
    Click,
    /// The test button of a test shop.
    Test,
    /// An operator who settled it by hand.
    Operator,
}
