//! Pay at once: the test button, and an operator who settles late money.

use super::{
    DECISIONS_MAX, Outcome,
    write::{Change, Write, number, text},
};
use crate::{
    domain::{
        payment::{Payment, Provider},
        settlement::Openness,
        time::UnixMillis,
        transaction::{Transaction, TransactionKey},
    },
    store::{Store, StoreError},
};

/// Whether a payment may be paid after its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateness {
    InTime,
    /// Only an operator who settles money that came late.
    Allowed,
}

impl Store {
    /// The test button: pays `payment`, as it was read, when it is open. Says whether this call did it.
    pub async fn pay_by_test_button(&self, mut payment: Payment, now: UnixMillis) -> Result<bool, StoreError> {
        let key = TransactionKey::test(&payment.order_key);
        let attempt = Transaction::paying(key, Provider::Test, &payment, now);
        for _ in 0..DECISIONS_MAX {
            let dead_hold = match payment.openness(now) {
                Openness::Free => None,
                Openness::DeadHold(holder) => Some(holder),
                Openness::Held(_) | Openness::Expired(_) | Openness::Closed(_) => return Ok(false),
            };
            let written = self.pay_at_once(&attempt, dead_hold.as_ref(), Lateness::InTime, now).await;
            match self.known(written, &attempt.transaction_key).await? {
                Outcome::Applied => return Ok(true),
                Outcome::Changed(changed) => match changed.transaction {
                    Some(stored) => return Ok(stored.settled_by == attempt.settled_by),
                    None => payment = self.reread(changed.payment, &payment).await?,
                },
            }
        }
        Err(StoreError::Unavailable(format!("payment {} kept changing", payment.order_key)))
    }

    /// `attempt` (state 2) pays its payment, which nobody holds; `dead_hold` is the attempt of a hold whose time is over.
    pub async fn pay_at_once(
        &self,
        attempt: &Transaction,
        dead_hold: Option<&TransactionKey>,
        lateness: Lateness,
        now: UnixMillis,
    ) -> Result<Outcome, StoreError> {
        self.settle(self.pay_writes(attempt, dead_hold, lateness, now)?).await
    }

    fn pay_writes(
        &self,
        attempt: &Transaction,
        dead_hold: Option<&TransactionKey>,
        lateness: Lateness,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let condition = match (lateness, dead_hold) {
            (Lateness::InTime, None) => "#status = :pending AND expires_at > :now AND attribute_not_exists(held_by)",
            (Lateness::InTime, Some(_)) => "#status = :pending AND expires_at > :now AND held_by = :old AND hold_until <= :now",
            (Lateness::Allowed, None) => "#status = :pending AND attribute_not_exists(held_by)",
            (Lateness::Allowed, Some(_)) => "#status = :pending AND held_by = :old AND hold_until <= :now",
        };
        let mut values = vec![
            (":pending", text("pending")),
            (":attempt", text(&attempt.transaction_key)),
            (":paid", text("paid")),
            (":now", number(now)),
            (":provider", text(attempt.kind.as_str())),
        ];
        values.extend(dead_hold.map(|old| (":old", text(old))));
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition,
                update: "SET #status = :paid, paid_at = :now, provider = :provider, held_by = :attempt REMOVE hold_until",
                values,
            },
        )?;
        let balance = self.credit(&attempt.shop_id, attempt.amount.money())?;
        let mut writes = vec![self.put_transaction(attempt)?, payment, balance];
        if let Some(old) = dead_hold {
            writes.push(self.cancel_dead_hold(old, now)?);
        }
        Ok(writes)
    }
}
