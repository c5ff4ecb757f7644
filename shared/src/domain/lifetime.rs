//! How long a payment can be paid.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::newtype::number_newtype;

const MINUTE_MS: i64 = 60 * 1000;

/// A number of minutes: 5 to 525,600, which is a year.
///
/// ```
/// use shared::domain::lifetime::{Lifetime, LifetimeTooLong};
///
/// let half_an_hour = Lifetime::parse("30")?;
/// assert_eq!(half_an_hour.ms(), 1_800_000);
/// assert_eq!(half_an_hour.within(Lifetime::DAY), Ok(half_an_hour));
/// assert_eq!(Lifetime::DAY.within(half_an_hour), Err(LifetimeTooLong(half_an_hour)));
/// # Ok::<(), shared::domain::lifetime::LifetimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Lifetime(i64);
number_newtype!(Lifetime, i64, LifetimeError);

/// A text or a number that is not a valid [`Lifetime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number of minutes, {} or more", Lifetime::MIN)]
pub struct LifetimeError;

/// A lifetime above the deployment's maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at most {0} minutes")]
pub struct LifetimeTooLong(pub Lifetime);

impl Lifetime {
    /// Payme and Click show the payer several pages before they ask for the payment.
    pub const MIN: Self = Self(5);
    pub const DAY: Self = Self(24 * 60);
    const MAX: Self = Self(365 * Self::DAY.0);

    pub fn new(minutes: i64) -> Result<Self, LifetimeError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&minutes) { Ok(Self(minutes)) } else { Err(LifetimeError) }
    }

    /// Parses a number of minutes: digits alone.
    pub fn parse(text: &str) -> Result<Self, LifetimeError> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map_or(Err(LifetimeError), Self::new)
    }

    /// Returns this lifetime if it is not longer than `max`.
    pub fn within(self, max: Self) -> Result<Self, LifetimeTooLong> {
        if self <= max { Ok(self) } else { Err(LifetimeTooLong(max)) }
    }

    /// In milliseconds.
    pub const fn ms(self) -> i64 {
        self.0 * MINUTE_MS
    }
}

/// The number of minutes.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_and_form() {
        for bad in ["", "0", "4", "525601", "-5", "+5", " 5", "5.0", "1e1", "٥", "99999999999999999999"] {
            assert_eq!(Lifetime::parse(bad), Err(LifetimeError), "{bad:?}");
        }
        assert_eq!(Lifetime::parse("5"), Ok(Lifetime::MIN));
        assert_eq!(Lifetime::parse("01440"), Ok(Lifetime::DAY));
        assert_eq!(Lifetime::parse("525600"), Ok(Lifetime::MAX));
    }

    proptest! {
        #[test]
        fn any_text_is_a_lifetime_or_an_error(text in ".{0,12}|[0-9]{0,8}") {
            let _ = Lifetime::parse(&text);
        }
    }
}
