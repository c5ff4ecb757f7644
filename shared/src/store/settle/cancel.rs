//! Cancel: a pending payment that nobody holds will not be paid any more.

use super::{
    DECISIONS_MAX, Outcome,
    write::{Change, Write, number, text},
};
use crate::{
    domain::{
        payment::{Payment, Status},
        settlement::Openness,
        time::UnixMillis,
        transaction::TransactionKey,
    },
    store::{Store, StoreError},
};

/// What became of a wish to cancel.
#[derive(Clone, Debug)]
pub enum Cancelled {
    /// It is cancelled, now or since earlier.
    Is(Box<Payment>),
    /// A provider holds it.
    Held,
    Not(Status),
}

impl Store {
    /// Cancels `payment`, as it was read.
    pub async fn cancel_payment(&self, mut payment: Payment, now: UnixMillis) -> Result<Cancelled, StoreError> {
        for _ in 0..DECISIONS_MAX {
            let dead_hold = match payment.openness(now) {
                Openness::Closed(Status::Cancelled) => return Ok(Cancelled::Is(Box::new(payment))),
                Openness::Closed(status) => return Ok(Cancelled::Not(status)),
                Openness::Expired(_) => return Ok(Cancelled::Not(Status::Expired)),
                Openness::Held(_) => return Ok(Cancelled::Held),
                Openness::DeadHold(holder) => Some(holder),
                Openness::Free => None,
            };
            match self.settle(self.cancel_writes(&payment, dead_hold.as_ref(), now)?).await? {
                Outcome::Applied => return Ok(Cancelled::Is(Box::new(payment.cancelled(now)))),
                Outcome::Changed(changed) => payment = self.reread(changed.payment, &payment).await?,
            }
        }
        Err(StoreError::Unavailable("cancel: the payment kept changing".to_owned()))
    }

    /// The payment that came back, or the table's where another item's condition failed.
    pub async fn reread(&self, came_back: Option<Payment>, payment: &Payment) -> Result<Payment, StoreError> {
        if let Some(payment) = came_back {
            return Ok(payment);
        }
        let stored = self.payment(&payment.order_id).await?;
        stored.ok_or_else(|| StoreError::Fault(format!("payment {} is gone", payment.order_key)))
    }

    pub(super) fn cancel_writes(
        &self,
        payment: &Payment,
        dead_hold: Option<&TransactionKey>,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let mut values = vec![(":pending", text("pending")), (":cancelled", text("cancelled")), (":now", number(now))];
        values.extend(dead_hold.map(|old| (":old", text(old))));
        let condition = match dead_hold {
            None => "#status = :pending AND expires_at > :now AND attribute_not_exists(held_by)",
            Some(_) => "#status = :pending AND expires_at > :now AND held_by = :old AND hold_until <= :now",
        };
        let update = "SET #status = :cancelled, cancelled_at = :now REMOVE held_by, hold_until";
        let mut writes = vec![self.change_payment(&payment.order_key, Change { condition, update, values })?];
        if let Some(old) = dead_hold {
            writes.push(self.cancel_dead_hold(old, now)?);
        }
        Ok(writes)
    }
}
