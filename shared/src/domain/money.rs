//! Money as an integer of tiyin (1 UZS = 100 tiyin). It never passes through a float.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::newtype::number_newtype;

/// An amount of money, never negative, in tiyin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Tiyin(i64);
number_newtype!(Tiyin, i64, MoneyError);

/// Why a text or a number is not money. Its message says what an amount must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("digits, then optionally a point and one or two digits")]
    Form,
    #[error("at least {0} UZS")]
    TooSmall(Tiyin),
    #[error("at most {0} UZS")]
    TooLarge(Tiyin),
}

impl Tiyin {
    pub const ZERO: Self = Self(0);
    /// The smallest amount above zero.
    pub const ONE: Self = Self(1);
    pub const MAX: Self = Self(i64::MAX);

    /// Returns an error if `tiyin` is negative.
    pub fn new(tiyin: i64) -> Result<Self, MoneyError> {
        if tiyin < 0 { Err(MoneyError::TooSmall(Self::ZERO)) } else { Ok(Self(tiyin)) }
    }

    /// Parses so'm: ASCII digits, then optionally a point and one or two digits. No sign, space,
    /// exponent or separator.
    ///
    /// ```
    /// use shared::domain::money::{MoneyError, Tiyin};
    ///
    /// let amount = Tiyin::parse("1000.5")?;
    /// assert_eq!(amount.get(), 100_050);
    /// assert_eq!(amount.to_string(), "1000.50");
    ///
    /// assert_eq!(Tiyin::parse("1 000"), Err(MoneyError::Form));
    /// assert_eq!(Tiyin::parse("-1"), Err(MoneyError::Form));
    /// # Ok::<(), MoneyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || !(1..=2).contains(&fraction.len()) {
            return Err(MoneyError::Form);
        }
        // The form is checked, so only a number beyond 64 bits can fail here.
        let whole: i64 = whole.parse().map_err(|_| MoneyError::TooLarge(Self::MAX))?;
        let fraction: i64 = format!("{fraction:0<2}").parse().map_err(|_| MoneyError::Form)?;
        let tiyin = whole.checked_mul(100).and_then(|tiyin| tiyin.checked_add(fraction));
        tiyin.map(Self).ok_or(MoneyError::TooLarge(Self::MAX))
    }

    /// This amount less `other`. Cannot overflow, because neither is negative.
    pub const fn minus(self, other: Self) -> SignedTiyin {
        SignedTiyin(self.0 - other.0)
    }

    /// The part `share` / `whole` of this amount, rounded down. `whole` must not be zero.
    pub(super) fn share(self, share: u16, whole: u16) -> Self {
        let product = i128::from(self.0) * i128::from(share);
        // A part is at most 65,535 times the amount, and `PaymentAmount` is far below 2^47.
        i64::try_from(product / i128::from(whole)).map_or(Self::MAX, Self)
    }

    /// The same amount in a type that may be negative.
    pub const fn signed(self) -> SignedTiyin {
        SignedTiyin(self.0)
    }

    /// The amount as a JSON number with exactly two decimals: `50000.00`.
    pub const fn number(self) -> MoneyNumber {
        self.signed().number()
    }

    /// The amount as answers print it: `50000.00 UZS`.
    pub fn formatted(self) -> String {
        self.signed().formatted()
    }
}

/// So'm with a point and exactly two decimals: `50000.00`.
impl fmt::Display for Tiyin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signed().fmt(f)
    }
}

/// An amount of money in tiyin that may be negative, such as a shop's balance after a chargeback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedTiyin(i64);

impl SignedTiyin {
    pub const ZERO: Self = Self(0);

    pub const fn new(tiyin: i64) -> Self {
        Self(tiyin)
    }

    /// The number of tiyin.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The same size with the other sign.
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// The difference, or `None` if it does not fit 64 bits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum, or `None` if it does not fit 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The sum, or the nearest number that fits 64 bits.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The amount as a JSON number with exactly two decimals: `-50.00`.
    pub const fn number(self) -> MoneyNumber {
        MoneyNumber(self)
    }

    /// The amount as answers print it: `-50.00 UZS`.
    pub fn formatted(self) -> String {
        format!("{self} UZS")
    }
}

/// So'm with a point and exactly two decimals: `-50.00`.
impl fmt::Display for SignedTiyin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let tiyin = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", tiyin / 100, tiyin % 100)
    }
}

impl From<SignedTiyin> for i64 {
    fn from(money: SignedTiyin) -> Self {
        money.0
    }
}

/// Money in a JSON answer: a number with exactly two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyNumber(SignedTiyin);

impl Serialize for MoneyNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

/// The amount of a payment: 1000.00 to 999999999.99 UZS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct PaymentAmount(Tiyin);

impl PaymentAmount {
    pub const MIN: Self = Self(Tiyin(100_000));
    pub const MAX: Self = Self(Tiyin(99_999_999_999));

    /// Returns an error if `money` is outside the bounds.
    pub fn new(money: Tiyin) -> Result<Self, MoneyError> {
        if money < Self::MIN.0 {
            Err(MoneyError::TooSmall(Self::MIN.0))
        } else if money > Self::MAX.0 {
            Err(MoneyError::TooLarge(Self::MAX.0))
        } else {
            Ok(Self(money))
        }
    }

    /// Parses so'm like [`Tiyin::parse`], then applies the bounds.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        match Tiyin::parse(text) {
            Ok(money) => Self::new(money),
            Err(MoneyError::TooLarge(_)) => Err(MoneyError::TooLarge(Self::MAX.0)),
            Err(error) => Err(error),
        }
    }

    pub const fn money(self) -> Tiyin {
        self.0
    }
}

impl TryFrom<i64> for PaymentAmount {
    type Error = MoneyError;

    fn try_from(tiyin: i64) -> Result<Self, MoneyError> {
        Self::new(Tiyin::new(tiyin)?)
    }
}

impl From<PaymentAmount> for i64 {
    fn from(amount: PaymentAmount) -> Self {
        amount.0.0
    }
}

/// The amount of an adjustment: 0.01 to 999999999999.99 UZS, with its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdjustmentAmount(SignedTiyin);

impl AdjustmentAmount {
    /// The largest size, so that no sum of adjustments overflows soon.
    pub const MAX: Tiyin = Tiyin(99_999_999_999_999);

    /// Parses so'm like [`Tiyin::parse`], with an optional `-` before it, and rejects zero.
    ///
    /// ```
    /// use shared::domain::money::{AdjustmentAmount, MoneyError};
    ///
    /// assert_eq!(AdjustmentAmount::parse("-0.5")?.money().get(), -50);
    /// assert!(AdjustmentAmount::parse("-0").is_err());
    /// assert!(AdjustmentAmount::parse("+1").is_err());
    /// # Ok::<(), MoneyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let (is_taken, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
        let size = Tiyin::parse(size)?;
        if size == Tiyin::ZERO {
            Err(MoneyError::TooSmall(Tiyin::ONE))
        } else if size > Self::MAX {
            Err(MoneyError::TooLarge(Self::MAX))
        } else {
            Ok(Self(if is_taken { Tiyin::ZERO.minus(size) } else { size.signed() }))
        }
    }

    pub const fn money(self) -> SignedTiyin {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in [
            "", ".", "1.", ".5", "1.000", "1000.001", "-1000", "+1000", " 1000", "1000 ", "1,000", "1_000",
            "1e3", "NaN", "inf", "0x10", "١٠٠٠", "1000.0.0", "1000\0",
        ] {
            assert_eq!(Tiyin::parse(text), Err(MoneyError::Form), "{text:?}");
        }
        assert_eq!(Tiyin::parse(&"9".repeat(400)), Err(MoneyError::TooLarge(Tiyin::MAX)));
    }

    #[test]
    fn a_payment_has_bounds() {
        assert_eq!(PaymentAmount::parse("999.99"), Err(MoneyError::TooSmall(PaymentAmount::MIN.money())));
        assert_eq!(PaymentAmount::parse("1000"), Ok(PaymentAmount::MIN));
        assert_eq!(PaymentAmount::parse("999999999.99"), Ok(PaymentAmount::MAX));
        for large in ["1000000000", &"9".repeat(400)] {
            assert_eq!(PaymentAmount::parse(large), Err(MoneyError::TooLarge(PaymentAmount::MAX.money())));
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(tiyin in 0..=i64::MAX) {
            let money = Tiyin::new(tiyin).unwrap();
            prop_assert_eq!(Tiyin::parse(&money.to_string()), Ok(money));
        }

        #[test]
        fn a_json_number_has_two_decimals_and_every_digit(tiyin in 0..=i64::MAX) {
            let json = serde_json::to_string(&Tiyin(tiyin).number()).unwrap();
            let (whole, fraction) = json.split_once('.').unwrap();
            prop_assert_eq!(fraction.len(), 2);
            prop_assert_eq!(format!("{whole}{fraction}").parse::<i64>().unwrap(), tiyin);
        }

        #[test]
        fn parsing_accepts_the_grammar_and_nothing_else(text in "\\PC{0,24}|[0-9.]{0,24}") {
            let parts: Vec<&str> = text.split('.').collect();
            let digits = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            let fits = parts.len() <= 2 && parts.iter().all(digits) && parts.get(1).is_none_or(|fraction| fraction.len() <= 2);
            match Tiyin::parse(&text) {
                Ok(_) => prop_assert!(fits),
                Err(MoneyError::TooLarge(_)) => prop_assert!(fits && text.len() > 16),
                Err(_) => prop_assert!(!fits),
            }
        }

        #[test]
        fn one_decimal_counts_tens_of_tiyin(whole in 0..1_000_000_i64, tenth in 0..10_i64) {
            prop_assert_eq!(Tiyin::parse(&format!("{whole}.{tenth}")).unwrap().get(), whole * 100 + tenth * 10);
        }

        #[test]
        fn a_sum_below_zero_has_its_sign_in_front(tiyin in any::<i64>()) {
            let (printed, size) = (SignedTiyin(tiyin).to_string(), tiyin.unsigned_abs());
            let sign = if tiyin < 0 { "-" } else { "" };
            prop_assert_eq!(printed, format!("{sign}{}.{:02}", size / 100, size % 100));
        }
    }
}
