//! Rules for what an operator may do to a payment: settle, refund or cancel it. [`crate::store`]
//! writes the result.

use serde::Deserialize;
use strum::IntoStaticStr;

use super::{
    channel::Channel,
    key::TransactionKey,
    money::{SignedTiyin, Tiyin},
    payability::{Opening, Payability},
    payment::{Payment, ReturnedBy, Status},
    time::UnixMillis,
};

/// An action on a payment, as requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentAction {
    /// Books money that arrived, in time or late.
    Settle {
        received: Option<Received>,
    },
    /// Books money that went back to the payer.
    Refund {
        returned_by: ReturnedBy,
        coverage: Coverage,
    },
    Cancel,
}

/// How the money of a settled payment arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Received {
    /// Not through a provider's attempt.
    Outside,
    /// Click has the money, but never completed its attempt.
    Click,
}

/// Whether a shop's balance must cover what an action takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    Required,
    /// The money has already moved, so the balance may go below zero.
    NotRequired,
}

/// Why an action is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionRefusal {
    /// A provider's attempt may still pay the payment.
    Held,
    NotSettleable(Status),
    /// Click may have the money, so the operator must say whether it does.
    ReceivedNeeded,
    /// The operator says that Click has the money, but no Click attempt holds the payment.
    NoClickAttempt,
    NotRefundable(Status),
    /// No provider took the money, so none can return it.
    NoProvider,
    NotCancellable(Status),
    /// The balance does not cover what the action takes off.
    InsufficientBalance {
        balance: SignedTiyin,
        needed: SignedTiyin,
        /// The fee that a refund gives back, so that it takes less than the payment.
        fee: Tiyin,
    },
    /// The shop has no payout with this reference.
    PayoutNotFound,
    /// The payout was reversed before.
    PayoutReversed,
    /// The balance or its totals would not fit 64 bits.
    BalanceTooLarge,
}

/// How to carry out an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionPlan {
    /// A new attempt by the operator pays the payment.
    PayAtOnce(Opening),
    /// Performs Click's own attempt.
    PerformClick(TransactionKey),
    Refund {
        paid_by: TransactionKey,
        returned_by: ReturnedBy,
        /// The balance that allows it.
        balance: SignedTiyin,
    },
    Cancel(Opening),
}

impl PaymentAction {
    /// Decides how to carry out this action on `payment`, whose shop has `balance`.
    ///
    /// # Errors
    /// The payment or the balance does not allow it.
    pub fn plan(
        self,
        payment: &Payment,
        balance: SignedTiyin,
        now: UnixMillis,
    ) -> Result<ActionPlan, ActionRefusal> {
        match self {
            Self::Settle { received } => settle(payment, received, now),
            Self::Refund { returned_by, coverage } => refund(payment, balance, returned_by, coverage, now),
            Self::Cancel => match payment.payability(now).to_cancel() {
                Ok(opening) => Ok(ActionPlan::Cancel(opening)),
                Err(Payability::Held) => Err(ActionRefusal::Held),
                Err(_) => Err(ActionRefusal::NotCancellable(payment.status_at(now))),
            },
        }
    }
}

fn settle(
    payment: &Payment,
    received: Option<Received>,
    now: UnixMillis,
) -> Result<ActionPlan, ActionRefusal> {
    let opening = payment.payability(now).to_settle().map_err(|refused| match refused {
        Payability::Held => ActionRefusal::Held,
        _ => ActionRefusal::NotSettleable(payment.status_at(now)),
    })?;
    match (opening.stale_hold.clone().filter(TransactionKey::delivers_late), received) {
        (Some(_), None) => Err(ActionRefusal::ReceivedNeeded),
        (Some(attempt), Some(Received::Click)) => Ok(ActionPlan::PerformClick(attempt)),
        (None, Some(Received::Click)) => Err(ActionRefusal::NoClickAttempt),
        (_, Some(Received::Outside) | None) => Ok(ActionPlan::PayAtOnce(opening)),
    }
}

fn refund(
    payment: &Payment,
    balance: SignedTiyin,
    returned_by: ReturnedBy,
    coverage: Coverage,
    now: UnixMillis,
) -> Result<ActionPlan, ActionRefusal> {
    let paid_by = payment.held_by.clone().filter(|_| payment.status_at(now) == Status::Paid);
    let paid_by = paid_by.ok_or(ActionRefusal::NotRefundable(payment.status_at(now)))?;
    if returned_by == ReturnedBy::Provider
        && !matches!(payment.channel, Some(Channel::Payme | Channel::Click))
    {
        return Err(ActionRefusal::NoProvider);
    }
    let needed = payment.net_or_amount();
    if coverage == Coverage::Required && balance < needed {
        let fee = payment.fee.unwrap_or_default();
        return Err(ActionRefusal::InsufficientBalance { balance, needed, fee });
    }
    Ok(ActionPlan::Refund { paid_by, returned_by, balance })
}

impl ActionPlan {
    /// Returns the payment after this plan. `key` is the key of the action's record. `fee` is the fee
    /// of the attempt that pays, if the plan pays.
    #[must_use]
    pub fn after(&self, payment: Payment, key: &TransactionKey, fee: Tiyin, now: UnixMillis) -> Payment {
        match self {
            Self::PayAtOnce(_) => payment.paid(key, Channel::Operator, fee, now),
            Self::PerformClick(attempt) => payment.paid(attempt, Channel::Click, fee, now),
            Self::Refund { returned_by, .. } => payment.refunded(key, *returned_by, now),
            Self::Cancel(_) => payment.cancelled(now),
        }
    }
}
