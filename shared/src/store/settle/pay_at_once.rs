//! Pay at once: an attempt begins and pays in one write. Used by the test button and by operators
//! who settle a payment.

use crate::{
    domain::{
        attempt::Attempt, channel::Channel, key::TransactionKey, payability::Opening, payment::Payment,
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        settle::hold::HoldOutcome,
        transact::Write,
    },
};

impl Store {
    /// Pays `payment` for the test button. Returns whether this call paid it.
    pub async fn pay_by_test_button(&self, payment: Payment, now: UnixMillis) -> Result<bool, StoreError> {
        let attempt = Attempt::paying(TransactionKey::test(&payment.order_key), Channel::Test, &payment, now);
        let outcome = self
            .take_payment(&attempt, payment, now, |opening| self.pay_writes(&attempt, opening, now))
            .await?;
        Ok(matches!(outcome, HoldOutcome::Held(_)))
    }

    /// Makes the writes by which `attempt` (state 2) pays its payment.
    pub(super) fn pay_writes(
        &self,
        attempt: &Attempt,
        opening: &Opening,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let values = vec![
            (":attempt", text(&attempt.transaction_key)),
            (":paid", text("paid")),
            (":paid_at", number(now)),
            (":provider", text(attempt.channel.into_str())),
        ];
        let update = "SET #status = :paid, paid_at = :paid_at, provider = :provider, held_by = :attempt REMOVE hold_until";
        let mut writes = vec![self.put_attempt(attempt)?];
        writes.extend(self.take_opening(&attempt.order_key, opening, update, values, now)?);
        writes.push(self.credit(&attempt.shop_id, attempt.amount.money())?);
        Ok(writes)
    }
}
