//! How many payments a shop may create.

use serde::{Deserialize, Serialize};

use super::newtype::number_newtype;

/// Payments in one second: 1 to 10,000. Each instance of the function counts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PerSecond(u32);
number_newtype!(PerSecond, u32, PerSecondError);

/// A number outside the bounds of [`PerSecond`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from 1 to {}", PerSecond::MAX)]
pub struct PerSecondError;

impl PerSecond {
    pub const MAX: u32 = 10_000;

    pub fn new(payments: u32) -> Result<Self, PerSecondError> {
        if (1..=Self::MAX).contains(&payments) { Ok(Self(payments)) } else { Err(PerSecondError) }
    }
}

/// Payments in one minute over all instances: 1 to 600,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PerMinute(u32);
number_newtype!(PerMinute, u32, PerMinuteError);

/// A number outside the bounds of [`PerMinute`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from 1 to {}", PerMinute::MAX)]
pub struct PerMinuteError;

impl PerMinute {
    pub const MAX: u32 = 600_000;

    pub fn new(payments: u32) -> Result<Self, PerMinuteError> {
        if (1..=Self::MAX).contains(&payments) { Ok(Self(payments)) } else { Err(PerMinuteError) }
    }
}

/// The most payments of one shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    pub per_second: PerSecond,
    pub per_minute: PerMinute,
}

/// The limits of a deployment, for shops that have none of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultLimits {
    pub shop: RateLimit,
    /// For public shops. Everybody can flood them, because their keys are published.
    pub public_per_second: PerSecond,
}

impl Default for DefaultLimits {
    fn default() -> Self {
        Self {
            shop: RateLimit { per_second: PerSecond(20), per_minute: PerMinute(600) },
            public_per_second: PerSecond(2),
        }
    }
}

impl DefaultLimits {
    /// The limit of a public shop.
    pub fn public(&self) -> RateLimit {
        RateLimit {
            per_second: self.public_per_second,
            // The same rate, so that many instances together keep to it, too.
            per_minute: PerMinute(self.public_per_second.0 * 60),
        }
    }
}
