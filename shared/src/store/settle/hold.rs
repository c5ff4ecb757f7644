//! Begin, take over, perform, cancel before: the life of a provider's hold.

use uuid::Uuid;

use super::{
    Outcome,
    write::{Change, cancellation, number, state, text},
};
use crate::{
    domain::{
        time::UnixMillis,
        transaction::{Reason, State, Transaction, TransactionKey},
    },
    store::{Store, StoreError},
};

impl Store {
    /// `attempt` takes hold of a free payment.
    pub(super) async fn begin(&self, attempt: &Transaction, now: UnixMillis) -> Result<Outcome, StoreError> {
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :pending AND expires_at > :now AND attribute_not_exists(held_by)",
                update: "SET held_by = :attempt, hold_until = :until",
                values: vec![
                    (":pending", text("pending")),
                    (":now", number(now)),
                    (":attempt", text(&attempt.transaction_key)),
                    (":until", hold_until(attempt)),
                ],
            },
        )?;
        self.settle(vec![self.put_transaction(attempt)?, payment]).await
    }

    /// `attempt` takes hold of a payment whose hold by `old` is dead; the old attempt is cancelled in the same write.
    pub(super) async fn take_over(&self, attempt: &Transaction, old: &TransactionKey, now: UnixMillis) -> Result<Outcome, StoreError> {
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :pending AND expires_at > :now AND held_by = :old AND hold_until <= :now",
                update: "SET held_by = :attempt, hold_until = :until",
                values: vec![
                    (":pending", text("pending")),
                    (":now", number(now)),
                    (":old", text(old)),
                    (":attempt", text(&attempt.transaction_key)),
                    (":until", hold_until(attempt)),
                ],
            },
        )?;
        self.settle(vec![self.put_transaction(attempt)?, payment, self.cancel_dead_hold(old, now)?]).await
    }

    /// The hold becomes money on the shop's balance. `settled_by` is a fresh random value of this call.
    pub(super) async fn perform(&self, attempt: &Transaction, settled_by: Uuid, now: UnixMillis) -> Result<Outcome, StoreError> {
        let key = &attempt.transaction_key;
        let transaction = self.change_transaction(
            key,
            Change {
                condition: "#state = :created AND hold_until > :now",
                update: "SET #state = :performed, performed_at = :now, settled_by = :settled_by",
                values: vec![
                    (":created", state(State::Created)),
                    (":performed", state(State::Performed)),
                    (":now", number(now)),
                    (":settled_by", text(settled_by)),
                ],
            },
        )?;
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :pending AND held_by = :attempt",
                update: "SET #status = :paid, paid_at = :now, provider = :provider REMOVE hold_until",
                values: vec![
                    (":pending", text("pending")),
                    (":attempt", text(key)),
                    (":paid", text("paid")),
                    (":now", number(now)),
                    (":provider", text(attempt.kind.as_str())),
                ],
            },
        )?;
        let balance = self.credit(&attempt.shop_id, attempt.amount.money())?;
        self.settle(vec![transaction, payment, balance]).await
    }

    /// The hold ends without money; its payment is free again. Also right for a dead hold.
    pub(super) async fn cancel_hold(&self, attempt: &Transaction, reason: Reason, now: UnixMillis) -> Result<Outcome, StoreError> {
        let key = &attempt.transaction_key;
        let transaction = self.change_transaction(key, cancellation(reason, now))?;
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :pending AND held_by = :attempt",
                update: "REMOVE held_by, hold_until",
                values: vec![(":pending", text("pending")), (":attempt", text(key))],
            },
        )?;
        self.settle(vec![transaction, payment]).await
    }
}

fn hold_until(attempt: &Transaction) -> aws_sdk_dynamodb::types::AttributeValue {
    // An attempt without a hold would hold nothing: it is dead at once.
    number(attempt.hold_until.unwrap_or(attempt.created_at))
}
