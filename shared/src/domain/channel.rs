//! The ways to pay a payment.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The way in which an attempt pays. Stored and answered in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
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

impl Channel {
    /// Returns whether the channel may still deliver the money of an attempt whose hold is over.
    /// Click has taken the payer's money when it calls Complete, so its attempt may be performed
    /// until another one takes the payment. Payme cancels a transaction after 12 hours (Payme
    /// Merchant API, CreateTransaction).
    pub const fn delivers_late(self) -> bool {
        match self {
            Self::Click => true,
            Self::Payme | Self::Test | Self::Operator => false,
        }
    }
}
