//! Reading items again when a write or a read did not give a clear result.

use crate::{
    domain::{attempt::Attempt, id::OrderId, key::TransactionKey, payment::Payment},
    store::{Store, StoreError, transact::WriteOutcome, transactions, tries::Tries},
};

impl Store {
    /// Reads the attempt under `key` and the payment with `order_id` in one round trip, each
    /// strongly consistent.
    ///
    /// The two reads run in parallel, so an equal call can commit between them. A payment that
    /// `key` holds proves that the attempt exists or is just being committed.
    pub async fn attempt_and_payment(
        &self,
        key: &TransactionKey,
        order_id: Option<&OrderId>,
    ) -> Result<(Option<Attempt>, Option<Payment>), StoreError> {
        let Some(order_id) = order_id else { return Ok((self.attempt(key).await?, None)) };
        let (attempt, payment) = tokio::try_join!(self.attempt(key), self.payment(order_id))?;
        let is_holder = payment.as_ref().is_some_and(|payment| payment.held_by.as_ref() == Some(key));
        let attempt = match attempt {
            None if is_holder => Some(self.holder(key).await?),
            read => read,
        };
        Ok((attempt, payment))
    }

    /// Reads the attempt under `key`, which holds a payment. Waits if its commit is not complete.
    async fn holder(&self, key: &TransactionKey) -> Result<Attempt, StoreError> {
        let mut tries = Tries::start();
        loop {
            if let Some(attempt) = self.attempt(key).await? {
                return Ok(attempt);
            }
            tries.wait(&format!("transaction {key} holds a payment and is not there")).await?;
        }
    }

    /// Returns `attempt` after a write that was not applied: as the write returned it, otherwise by
    /// a strong read. Waits if the read finds no change, because the outcome may still come.
    pub(super) async fn attempt_after(
        &self,
        outcome: &WriteOutcome,
        attempt: &Attempt,
        tries: &mut Tries,
    ) -> Result<Attempt, StoreError> {
        if let WriteOutcome::Refused(failed) = outcome
            && let Some(came_back) = &failed.attempt
        {
            tries.again(outcome).await?;
            return Ok(came_back.clone());
        }
        let key = &attempt.transaction_key;
        let read = self
            .attempt(key)
            .await?
            .ok_or_else(|| StoreError::corrupt(transactions::TABLE, key, "it is gone"))?;
        if read.state == attempt.state {
            let detail = match outcome {
                WriteOutcome::Unknown(detail) => detail,
                _ => "its payment does not point to it",
            };
            tries.wait(&format!("transaction {key} stays in its state: {detail}")).await?;
        }
        Ok(read)
    }

    /// Reads `payment` again.
    pub(super) async fn payment_again(&self, payment: &Payment) -> Result<Payment, StoreError> {
        let stored = self.payment(&payment.order_id).await?;
        stored.ok_or_else(|| StoreError::Fault(format!("payment {} is gone", payment.order_key)))
    }
}
