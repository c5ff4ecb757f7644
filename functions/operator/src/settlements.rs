//! What an operator does to one payment: settle money that came by another way, refund, cancel. Each has a reference, and the
//! record of the act is in the same write as the act.

use serde::Serialize;
use shared::{
    domain::{
        act::{Act, ActRecord},
        id::OrderId,
        payment::{Payment, PaymentRow, Provider, Status},
        settlement::Openness,
        text::Remark,
        transaction::{Reference, Transaction, TransactionKey},
    },
    edge::direct::DirectAnswer,
    store::{Changed, DECISIONS_MAX, Lateness, Outcome, StoreError},
};

use crate::{
    Desk,
    act::{content, repeated},
    answer::{self, PaymentView},
    error::CommandError,
};

/// What is done to the payment.
pub enum PaymentAct {
    Settle,
    Refund { reason: Option<Remark> },
    Cancel,
}

/// A way to do it on the payment as it was read.
enum Plan {
    Settle { dead_hold: Option<TransactionKey> },
    Refund { paid_by: TransactionKey },
    Cancel { dead_hold: Option<TransactionKey> },
}

#[derive(Serialize)]
struct Body<'a> {
    payment: PaymentView<'a>,
}

/// Does `act` to the payment, once for each reference.
pub async fn act(desk: &Desk<'_>, order_id: &OrderId, reference: Reference, act: PaymentAct) -> Result<DirectAnswer, CommandError> {
    let (store, now) = (&desk.service.store, desk.invocation.now);
    let mut payment = store.payment(order_id).await?.ok_or(CommandError::OrderNotFound)?;
    desk.invocation.belongs_to(&payment.shop_id);
    let key = TransactionKey::operator(&payment.shop_id, &reference);
    let first = store.act(&key).await?;
    if let Some(first) = first {
        return repeated(first, &act.record(desk, order_id, &answer::success(&answer::Nothing {})?));
    }
    for _ in 0..DECISIONS_MAX {
        let plan = act.plan(&payment, desk)?;
        let after = PaymentRow::from(&plan.after(payment.clone(), &key, desk));
        let told = answer::success(&Body { payment: PaymentView::new(&after, now) })?;
        let record = act.record(desk, order_id, &told);
        let outcome = plan.write(desk, &payment, &key, record.clone()).await;
        match store.know_outcome(&key, outcome).await? {
            Outcome::Applied => return Ok(told),
            Outcome::Changed(changed) => match *changed {
                Changed { act: Some(first), .. } => return repeated(first, &record),
                // Only the balance stood in the way: everything about the payment is as it was read.
                Changed { balance: Some(balance), payment: None, transaction: None, old_hold_moved: false, .. } => {
                    return Err(CommandError::InsufficientBalance { balance: balance.balance, amount: payment.amount.money() });
                }
                changed => payment = store.reread(changed.payment, &payment).await?,
            },
        }
    }
    Err(StoreError::Unavailable(format!("payment {} kept changing", payment.order_key)).into())
}

impl PaymentAct {
    fn record(&self, desk: &Desk<'_>, order_id: &OrderId, told: &DirectAnswer) -> ActRecord {
        let mut asked = content([("order_id", order_id.to_string())]);
        let command = match self {
            Self::Settle => "settle_payment",
            Self::Cancel => "cancel_payment",
            Self::Refund { reason } => {
                asked.extend(reason.iter().map(|reason| ("reason".to_owned(), reason.to_string())));
                "refund_payment"
            }
        };
        desk.record(command, asked, told)
    }

    /// How to do this to `payment`; refuses what its state does not allow.
    fn plan(&self, payment: &Payment, desk: &Desk<'_>) -> Result<Plan, CommandError> {
        let openness = payment.openness(desk.invocation.now);
        match (self, openness) {
            (Self::Settle, Openness::Free) => Ok(Plan::Settle { dead_hold: None }),
            (Self::Settle, Openness::DeadHold(holder)) => Ok(Plan::Settle { dead_hold: Some(holder) }),
            // Money that came late.
            (Self::Settle, Openness::Expired(dead_hold)) => Ok(Plan::Settle { dead_hold }),
            (Self::Settle, Openness::Closed(status)) => Err(CommandError::NotSettleable(status)),
            (Self::Cancel, Openness::Free) => Ok(Plan::Cancel { dead_hold: None }),
            (Self::Cancel, Openness::DeadHold(holder)) => Ok(Plan::Cancel { dead_hold: Some(holder) }),
            (Self::Cancel, Openness::Expired(_)) => Err(CommandError::NotCancellable(Status::Expired)),
            (Self::Cancel, Openness::Closed(status)) => Err(CommandError::NotCancellable(status)),
            (Self::Settle | Self::Cancel, Openness::Held(_)) => Err(CommandError::Held),
            (Self::Refund { .. }, Openness::Closed(Status::Paid)) => {
                let paid_by = payment.held_by.clone();
                let paid_by = paid_by.ok_or_else(|| CommandError::Internal(format!("payment {} was paid by none", payment.order_key)))?;
                Ok(Plan::Refund { paid_by })
            }
            (Self::Refund { .. }, _) => Err(CommandError::NotRefundable(payment.status_at(desk.invocation.now))),
        }
    }
}

impl Plan {
    /// The payment afterwards.
    fn after(&self, payment: Payment, key: &TransactionKey, desk: &Desk<'_>) -> Payment {
        let now = desk.invocation.now;
        match self {
            Self::Settle { .. } => payment.paid(key, Provider::Operator, now),
            Self::Refund { .. } => payment.refunded(now),
            Self::Cancel { .. } => payment.cancelled(now),
        }
    }

    async fn write(&self, desk: &Desk<'_>, payment: &Payment, key: &TransactionKey, record: ActRecord) -> Result<Outcome, StoreError> {
        let (store, now) = (&desk.service.store, desk.invocation.now);
        let act = |record| Act::on_payment(key.clone(), payment, record, now);
        match self {
            Self::Settle { dead_hold } => {
                let attempt = Transaction::paying(key.clone(), Provider::Operator, payment, now);
                let attempt = Transaction { act: Some(record), ..attempt };
                store.pay_at_once(&attempt, dead_hold.as_ref(), Lateness::Allowed, now).await
            }
            Self::Refund { paid_by } => match store.transaction(paid_by).await? {
                Some(attempt) => store.refund_by_operator(&attempt, &act(record), now).await,
                None => Err(StoreError::Fault(format!("payment {} was paid by {paid_by}, which is not there", payment.order_key))),
            },
            Self::Cancel { dead_hold } => store.cancel_by_operator(payment, dead_hold.as_ref(), &act(record), now).await,
        }
    }
}
