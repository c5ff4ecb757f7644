//! The platform's commission on a payment.

use serde::{Deserialize, Serialize};

use super::{
    money::{PaymentAmount, Tiyin},
    newtype::number_newtype,
};

/// A commission in hundredths of a percent: 0 to 2,000, so at most 20 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct FeeRate(u16);
number_newtype!(FeeRate, u16, FeeRateError);

/// A number outside the bounds of [`FeeRate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from 0 to {}", FeeRate::MAX)]
pub struct FeeRateError;

impl FeeRate {
    const MAX: u16 = 2000;

    pub fn new(hundredths_of_a_percent: u16) -> Result<Self, FeeRateError> {
        if hundredths_of_a_percent <= Self::MAX {
            Ok(Self(hundredths_of_a_percent))
        } else {
            Err(FeeRateError)
        }
    }

    /// The fee of a payment of `amount`, rounded down to a tiyin.
    ///
    /// ```
    /// use shared::domain::{fee::FeeRate, money::PaymentAmount};
    ///
    /// let one_and_a_half_percent = FeeRate::new(150)?;
    /// let amount = PaymentAmount::parse("1000.99")?;
    /// assert_eq!(one_and_a_half_percent.of(amount).to_string(), "15.01");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(self, amount: PaymentAmount) -> Tiyin {
        amount.money().share(self.0, 10_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_fee_is_rounded_down_and_at_most_a_fifth(tiyin in PaymentAmount::MIN.money().get()..=PaymentAmount::MAX.money().get(), rate in 0..=FeeRate::MAX) {
            let amount = PaymentAmount::try_from(tiyin).unwrap();
            let fee = FeeRate::new(rate).unwrap().of(amount).get();
            prop_assert!(fee * 10_000 <= tiyin * i64::from(rate));
            prop_assert!((fee + 1) * 10_000 > tiyin * i64::from(rate));
            prop_assert!(fee * 5 <= tiyin);
        }

        #[test]
        fn a_rate_has_bounds(rate in any::<u16>()) {
            prop_assert_eq!(FeeRate::new(rate).is_ok(), rate <= FeeRate::MAX);
        }
    }
}
