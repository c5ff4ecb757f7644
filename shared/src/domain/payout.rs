//! Payouts: money that an operator handed to a merchant, taken off the shop's balance.

use serde::{Deserialize, Serialize};

use super::{
    action_record::{ActionRecord, Arguments},
    id::ShopId,
    key::{Reference, TransactionKey, shop_owner},
    money::{MoneyError, Tiyin},
    time::UnixMillis,
};

/// The amount of a payout, at least 0.01 UZS. The shop's balance is the upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct PayoutAmount(Tiyin);

impl PayoutAmount {
    pub const MIN: Self = Self(Tiyin::ONE);

    pub fn new(money: Tiyin) -> Result<Self, MoneyError> {
        if money < Self::MIN.0 { Err(MoneyError::TooSmall(Self::MIN.0)) } else { Ok(Self(money)) }
    }

    /// Parses so'm like [`Tiyin::parse`] and rejects zero.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        Self::new(Tiyin::parse(text)?)
    }

    pub const fn money(self) -> Tiyin {
        self.0
    }
}

impl TryFrom<i64> for PayoutAmount {
    type Error = MoneyError;

    fn try_from(tiyin: i64) -> Result<Self, MoneyError> {
        Self::new(Tiyin::new(tiyin)?)
    }
}

impl From<PayoutAmount> for i64 {
    fn from(amount: PayoutAmount) -> Self {
        amount.0.get()
    }
}

/// The record of a payout: an action on a shop, with an amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    pub transaction_key: TransactionKey,
    pub shop_id: ShopId,
    pub owner: String,
    pub created_at: UnixMillis,
    pub reference: Reference,
    pub amount: PayoutAmount,
    #[serde(rename = "act")]
    pub record: ActionRecord,
    /// The key of the reversal, if the money came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed_by: Option<TransactionKey>,
    /// Set with `reversed_by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed_at: Option<UnixMillis>,
}

impl Payout {
    pub const COMMAND: &str = "record_payout";

    pub fn new(
        shop_id: &ShopId,
        reference: Reference,
        amount: PayoutAmount,
        record: ActionRecord,
        now: UnixMillis,
    ) -> Self {
        Self {
            transaction_key: TransactionKey::operator(shop_id, &reference),
            shop_id: shop_id.clone(),
            owner: shop_owner(shop_id),
            created_at: now,
            reference,
            amount,
            record,
            reversed_by: None,
            reversed_at: None,
        }
    }

    /// Returns this payout as reversed by the action `reversed_by`.
    #[must_use]
    pub fn reversed(self, reversed_by: &TransactionKey, now: UnixMillis) -> Self {
        Self { reversed_by: Some(reversed_by.clone()), reversed_at: Some(now), ..self }
    }

    /// The arguments of a payout, as its record holds them.
    pub fn arguments(amount: PayoutAmount) -> Arguments {
        Arguments::from([("amount".to_owned(), amount.money().to_string())])
    }
}
