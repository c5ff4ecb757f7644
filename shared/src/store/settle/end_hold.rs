//! End a hold: cancels an attempt before any money moved.

use crate::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::text,
        settle::writes::cancellation,
        transact::{Change, WriteOutcome},
        tries::Tries,
    },
};

impl Store {
    /// Ends a live or stale hold and frees its payment. Returns an attempt without a hold
    /// unchanged.
    pub async fn end_hold(&self, mut attempt: Attempt, reason: Reason) -> Result<Attempt, StoreError> {
        let mut tries = Tries::start();
        while attempt.state == PaymeState::Created {
            let now = attempt.time_of_change(self.clock.now());
            attempt = match self.end_hold_once(&attempt, reason, now).await? {
                WriteOutcome::Applied => attempt.cancelled(reason, now),
                outcome => self.attempt_after(&outcome, &attempt, &mut tries).await?,
            };
        }
        Ok(attempt)
    }

    async fn end_hold_once(
        &self,
        attempt: &Attempt,
        reason: Reason,
        now: UnixMillis,
    ) -> Result<WriteOutcome, StoreError> {
        let key = &attempt.transaction_key;
        let transaction = self.change_attempt(key, cancellation(reason, now))?;
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :pending AND held_by = :attempt",
                update: "REMOVE held_by, hold_until",
                values: vec![(":pending", text("pending")), (":attempt", text(key))],
            },
        )?;
        self.transact(&[transaction, payment], now).await
    }
}
