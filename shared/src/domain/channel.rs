//! The ways by which a payment is paid.

use serde::{Deserialize, Serialize};

/// The provider that a payment was paid or is held through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Payme,
    Click,
    /// The test button of a test shop.
    Test,
    /// An operator who settled it by hand.
    Operator,
}

impl Channel {
    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payme => "payme",
            Self::Click => "click",
            Self::Test => "test",
            Self::Operator => "operator",
        }
    }
}
