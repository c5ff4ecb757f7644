//! Cancel: ends a pending payment that has no live hold.

use crate::{
    domain::{
        event::{ActionNote, Event},
        payability::{Opening, Payability},
        payment::{Payment, Status},
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        transact::{Write, WriteOutcome},
        tries::Tries,
    },
};

/// The result of [`Store::cancel_payment`].
#[derive(Clone, Debug)]
pub enum CancelOutcome {
    /// The payment is cancelled, by this call or an earlier one.
    Cancelled(Box<Payment>),
    Refused(Payability),
}

impl Store {
    /// Cancels `payment`. Reads it again and decides again if it changed.
    pub async fn cancel_payment(&self, mut payment: Payment) -> Result<CancelOutcome, StoreError> {
        let mut tries = Tries::start();
        loop {
            let now = payment.time_of_change(self.clock.now());
            let opening = match payment.payability(now).to_cancel() {
                Ok(opening) => opening,
                Err(Payability::Closed(Status::Cancelled)) => {
                    return Ok(CancelOutcome::Cancelled(Box::new(payment)));
                }
                Err(refused) => return Ok(CancelOutcome::Refused(refused)),
            };
            let outcome = self.transact(&self.cancel_writes(&payment, &opening, None, now)?, now).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(CancelOutcome::Cancelled(Box::new(payment.cancelled(now))));
            }
            tries.again(&outcome).await?;
            payment = self.payment_again(&payment).await?;
        }
    }

    pub(super) fn cancel_writes(
        &self,
        payment: &Payment,
        opening: &Opening,
        note: Option<ActionNote>,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let values = vec![(":cancelled", text("cancelled")), (":cancelled_at", number(now))];
        let update = "SET #status = :cancelled, cancelled_at = :cancelled_at REMOVE held_by, hold_until";
        let mut writes = self.take_opening(&payment.order_key, opening, update, values, now)?;
        writes.push(self.put_event(&Event::cancelled(payment.into(), now).noted(note))?);
        Ok(writes)
    }
}
