//! What an operator may do to one payment: settle it, refund it, cancel it. These are the rules;
//! [`crate::store`] writes them.

use serde::Deserialize;
use strum::IntoStaticStr;

use super::{
    channel::Channel,
    key::TransactionKey,
    money::SignedTiyin,
    payability::{Opening, Payability},
    payment::{Payment, ReturnedBy, Status},
    time::UnixMillis,
};

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentAction {
    /// Books money that came for it, in time or late.
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

/// How the money of a settled payment came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Received {
    /// Another way than through a provider's attempt.
    Outside,
    /// Click has it, although its attempt was never completed.
    Click,
}

/// Whether a shop's balance must hold what is taken off it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    Required,
    /// The money has already moved, so that the balance may go below zero.
    NotRequired,
}

/// Why an operator's act is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionRefusal {
    /// A provider's attempt may still pay it by itself.
    Held,
    NotSettleable(Status),
    /// Click may have the money: the operator has to say whether it has.
    ReceivedNeeded,
    /// Click is said to have the money, but no attempt of Click's points at the payment.
    NoClickAttempt,
    NotRefundable(Status),
    /// No provider took the money, so none can have returned it.
    NoProvider,
    NotCancellable(Status),
    InsufficientBalance(SignedTiyin),
}

/// A way to do what was asked for, to a payment as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionPlan {
    /// A new attempt of the operator's pays it.
    PayAtOnce(Opening),
    /// Click's own attempt is performed.
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
    /// How to do this to `payment`, whose shop has `balance`.
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
    match (opening.stale_hold.clone().filter(TransactionKey::is_click), received) {
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
    if coverage == Coverage::Required && balance < payment.amount.money().signed() {
        return Err(ActionRefusal::InsufficientBalance(balance));
    }
    Ok(ActionPlan::Refund { paid_by, returned_by, balance })
}

impl ActionPlan {
    /// The payment as this leaves it, recorded under `key`.
    #[must_use]
    pub fn after(&self, payment: Payment, key: &TransactionKey, now: UnixMillis) -> Payment {
        match self {
            Self::PayAtOnce(_) => payment.paid(key, Channel::Operator, now),
            Self::PerformClick(attempt) => payment.paid(attempt, Channel::Click, now),
            Self::Refund { returned_by, .. } => payment.refunded(key, *returned_by, now),
            Self::Cancel(_) => payment.cancelled(now),
        }
    }
}
