//! Hold: a provider's attempt takes a payment that has no live hold.

use crate::{
    domain::{
        attempt::Attempt,
        payability::{Opening, Payability},
        payment::Payment,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        transact::{Write, WriteOutcome},
        tries::Tries,
    },
};

/// The result of [`Store::hold`].
#[derive(Clone, Debug)]
pub enum HoldOutcome {
    /// This call's attempt holds the payment.
    Held(Attempt),
    /// The provider's id belongs to an earlier attempt, or to this call's own, which has come further
    /// since.
    AlreadyExists(Attempt),
    /// No new attempt may begin.
    Refused(Payability),
}

impl Store {
    /// Lets `attempt` hold `payment`. Ends a stale hold in the same write.
    pub async fn hold(&self, attempt: Attempt, payment: Payment) -> Result<HoldOutcome, StoreError> {
        // Every attempt that holds has an end. Without one the hold would be over at once.
        let hold_until = attempt.hold_until.unwrap_or(attempt.created_at);
        let now = attempt.created_at;
        self.take_payment(&attempt, payment, |opening| {
            let values = vec![(":attempt", text(&attempt.transaction_key)), (":until", number(hold_until))];
            let update = "SET held_by = :attempt, hold_until = :until";
            let mut writes = vec![self.put_attempt(&attempt)?];
            writes.extend(self.take_opening(&attempt.order_key, opening, update, values, now)?);
            Ok(writes)
        })
        .await
    }

    /// Applies `writes` to `payment` for the new `attempt`. Reads the payment again and decides
    /// again if it changed.
    pub(super) async fn take_payment(
        &self,
        attempt: &Attempt,
        mut payment: Payment,
        writes: impl Fn(&Opening) -> Result<Vec<Write>, StoreError>,
    ) -> Result<HoldOutcome, StoreError> {
        // This call's own attempt may have come further since its write.
        let is_own = |stored: &Attempt| {
            stored.transaction_id == attempt.transaction_id && stored.state == attempt.state
        };
        let outcome_of = |stored: Attempt| match is_own(&stored) {
            true => HoldOutcome::Held(stored),
            false => HoldOutcome::AlreadyExists(stored),
        };
        // Also the time of the event if the attempt pays at once.
        let now = attempt.created_at;
        let mut tries = Tries::start();
        loop {
            let opening = match payment.payability(now).to_pay() {
                Ok(opening) => opening,
                Err(refused) => return Ok(HoldOutcome::Refused(refused)),
            };
            let outcome = self.transact(&writes(&opening)?, now).await?;
            match &outcome {
                WriteOutcome::Applied => return Ok(HoldOutcome::Held(attempt.clone())),
                WriteOutcome::Refused(failed) => {
                    if let Some(stored) = &failed.attempt {
                        return Ok(outcome_of(stored.clone()));
                    }
                }
                WriteOutcome::Unknown(_) => {}
            }
            tries.again(&outcome).await?;
            let (stored, current) =
                self.attempt_and_payment(&attempt.transaction_key, Some(&payment.order_id)).await?;
            if let Some(stored) = stored {
                return Ok(outcome_of(stored));
            }
            payment =
                current.ok_or_else(|| StoreError::Fault(format!("payment {} is gone", payment.order_key)))?;
        }
    }
}
