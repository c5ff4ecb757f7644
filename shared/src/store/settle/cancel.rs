//! Cancel: a pending payment that nobody holds will not be paid any more.

use crate::{
    domain::{
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

/// What came of the wish to cancel a payment.
#[derive(Clone, Debug)]
pub enum CancelOutcome {
    /// It is cancelled, by this call or an earlier one.
    Cancelled(Box<Payment>),
    Refused(Payability),
}

impl Store {
    /// Cancels `payment`, as it was read.
    pub async fn cancel_payment(
        &self,
        mut payment: Payment,
        now: UnixMillis,
    ) -> Result<CancelOutcome, StoreError> {
        let mut tries = Tries::start();
        loop {
            let opening = match payment.payability(now).to_cancel() {
                Ok(opening) => opening,
                Err(Payability::Closed(Status::Cancelled)) => {
                    return Ok(CancelOutcome::Cancelled(Box::new(payment)));
                }
                Err(refused) => return Ok(CancelOutcome::Refused(refused)),
            };
            let outcome = self.transact(&self.cancel_writes(&payment, &opening, now)?).await?;
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
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let values = vec![(":cancelled", text("cancelled")), (":cancelled_at", number(now))];
        let update = "SET #status = :cancelled, cancelled_at = :cancelled_at REMOVE held_by, hold_until";
        self.take_opening(&payment.order_key, opening, update, values, now)
    }
}
