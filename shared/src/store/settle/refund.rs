//! Refund: a paid payment's money leaves the balance again.

use super::{
    Outcome,
    write::{Change, Write, number, state, text},
};
use crate::{
    domain::{
        time::UnixMillis,
        transaction::{Reason, State, Transaction},
    },
    store::{Store, StoreError},
};

impl Store {
    /// Takes back what `attempt` paid, if the shop's balance still has it.
    pub async fn refund(&self, attempt: &Transaction, reason: Reason, now: UnixMillis) -> Result<Outcome, StoreError> {
        self.settle(self.refund_writes(attempt, reason, now)?).await
    }

    pub(super) fn refund_writes(&self, attempt: &Transaction, reason: Reason, now: UnixMillis) -> Result<Vec<Write>, StoreError> {
        let key = &attempt.transaction_key;
        let transaction = self.change_transaction(
            key,
            Change {
                condition: "#state = :performed",
                update: "SET #state = :refunded, reason = :reason, cancelled_at = :now",
                values: vec![
                    (":performed", state(State::Performed)),
                    (":refunded", state(State::Refunded)),
                    (":reason", number(reason.get())),
                    (":now", number(now)),
                ],
            },
        )?;
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :paid AND held_by = :attempt",
                update: "SET #status = :refunded, refunded_at = :now",
                values: vec![(":paid", text("paid")), (":attempt", text(key)), (":refunded", text("refunded")), (":now", number(now))],
            },
        )?;
        Ok(vec![transaction, payment, self.take_back(&attempt.shop_id, attempt.amount.money())?])
    }
}
