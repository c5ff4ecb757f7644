//! What an operator books on a shop's balance without a payment: payouts, their reversals and
//! adjustments. [`crate::store`] writes the result.

use super::{
    event_type::EventType,
    key::Reference,
    money::{AdjustmentAmount, SignedTiyin, Tiyin},
    payment_action::{ActionRefusal, Coverage},
    payout::{Payout, PayoutAmount},
    shop::Balance,
    time::UnixMillis,
};

/// A change of a balance, as requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BalanceAction {
    /// Takes money off the balance that is handed to the merchant.
    Payout(PayoutAmount),
    /// Gives back the payout with this reference, which did not reach the merchant.
    ReversePayout(Reference),
    /// Corrects the balance.
    Adjust { amount: AdjustmentAmount, coverage: Coverage },
}

/// How a balance changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceChange {
    pub event_type: EventType,
    /// What is added to the balance. May be negative.
    pub amount: SignedTiyin,
    /// The balance that allows it, and the one after it.
    pub before: SignedTiyin,
    pub after: SignedTiyin,
    /// The payout that is reversed.
    pub reversed: Option<Payout>,
}

impl BalanceAction {
    /// Decides how `balance` changes. `payout` is the payout to reverse, if there is one.
    ///
    /// # Errors
    /// The balance or the payout does not allow it.
    pub fn plan(&self, balance: &Balance, payout: Option<Payout>) -> Result<BalanceChange, ActionRefusal> {
        match self {
            Self::Payout(amount) => {
                let amount = Tiyin::ZERO.minus(amount.money());
                change(balance, EventType::PayoutRecorded, amount, Coverage::Required)
            }
            Self::ReversePayout(_) => {
                let payout = payout.ok_or(ActionRefusal::PayoutNotFound)?;
                if payout.reversed_by.is_some() {
                    return Err(ActionRefusal::PayoutReversed);
                }
                let amount = payout.amount.money().signed();
                let change = change(balance, EventType::PayoutReversed, amount, Coverage::NotRequired)?;
                Ok(BalanceChange { reversed: Some(payout), ..change })
            }
            Self::Adjust { amount, coverage } => {
                let amount = amount.money();
                balance.adjusted_total.checked_add(amount).ok_or(ActionRefusal::BalanceTooLarge)?;
                change(balance, EventType::AdjustmentRecorded, amount, *coverage)
            }
        }
    }
}

/// Adds `amount` to the balance. What is taken off must be covered if `coverage` says so.
fn change(
    balance: &Balance,
    event_type: EventType,
    amount: SignedTiyin,
    coverage: Coverage,
) -> Result<BalanceChange, ActionRefusal> {
    let before = balance.balance;
    let after = before.checked_add(amount).ok_or(ActionRefusal::BalanceTooLarge)?;
    let zero = SignedTiyin::ZERO;
    if amount < zero && after < zero && coverage == Coverage::Required {
        let needed = amount.negated();
        return Err(ActionRefusal::InsufficientBalance { balance: before, needed, fee: Tiyin::ZERO });
    }
    Ok(BalanceChange { event_type, amount, before, after, reversed: None })
}

impl BalanceChange {
    /// The time of this change at `now`.
    pub fn time(&self, now: UnixMillis) -> UnixMillis {
        now.after([self.reversed.as_ref().map(|payout| payout.created_at)])
    }
}
